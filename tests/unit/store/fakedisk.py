"""A disk in memory that can lose power at every call, and be full.

It keeps what programs see (``current``) apart from what is on the platter (``synced``). Writes are taken by halves.
After every call there is a crash point; :func:`crash_states` gives all that the disk may hold after a power cut
there: any of the pending changes of names may have arrived, and any of several parts of the unsynced bytes. The idea
is that of ALICE (Pillai et al., OSDI 2014).
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = -1
"""In place of an inode: the name is a folder's."""

State = tuple[frozenset[Path], tuple[tuple[Path, bytes], ...]]
"""The folders, and the files with their content, that a disk holds after a power cut."""
Change = tuple[Path, tuple[tuple[Path, int | None], ...]]
"""A folder, and the names in it that change together: to an inode, or to nothing."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file's content."""

    synced: bytes = b""
    current: bytes = b""
    low: int = 0
    """The fewest bytes it has had since it was synced: those before were not touched."""


@dataclass(frozen=True)
class Point:
    """What the disk is at one moment."""

    acked: int
    names: dict[Path, int]
    """The synced ones."""
    pending: tuple[Change, ...]
    files: dict[int, Bytes]
    """By inode."""


@dataclass
class FakeDisk:
    """See the module; implements :class:`papermode.store.durable.Disk`."""

    root: Path
    acked: int = 0
    """How often the program under test has told its caller that something is stored."""
    refuse: Callable[[str], int] = field(default=lambda _: 0)
    """Asked before every call by its name: an ``errno``, or 0 to let it pass."""
    points: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names_now: dict[Path, int] = {self.root: FOLDER}
        self.synced: dict[Path, int] = dict(self.names_now)
        self.pending: list[Change] = []
        self.files: dict[int, Bytes] = {}
        self.handles: dict[int, tuple[int, Path]] = {}
        self.serial = itertools.count(1)

    @classmethod
    def after(cls, root: Path, state: State) -> FakeDisk:
        """Return the disk as it comes up after a power cut."""
        disk = cls(root)
        folders, files = state
        disk.names_now |= dict.fromkeys(folders, FOLDER)
        for path, content in files:
            inode = next(disk.serial)
            disk.names_now[path] = inode
            disk.files[inode] = Bytes(content, content, len(content))
        disk.synced = dict(disk.names_now)
        return disk

    def ack(self) -> None:
        """Note that the caller has been told."""
        self.acked += 1
        self._point()

    def content(self, path: Path) -> bytes:
        """Return what programs see in a file."""
        return self.files[self.names_now[path]].current

    def change(self, path: Path, content: bytes) -> None:
        """Put something else in a file, behind the program's back."""
        self.files[self.names_now[path]] = Bytes(content, content, len(content))

    def _point(self) -> None:
        self.points.append(Point(self.acked, dict(self.synced), tuple(self.pending), dict(self.files)))

    def _may(self, call: str, path: Path) -> None:
        if code := self.refuse(call):
            raise OSError(code, os.strerror(code), str(path))

    def _rename(self, folder: Path, *changes: tuple[Path, int | None]) -> None:
        self.pending.append((folder, changes))
        _apply(self.names_now, changes)
        self._point()

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """See ``Disk``."""
        if path not in self.names_now:
            if path.parent not in self.names_now or not flags & os.O_CREAT:
                raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
            self._may("open", path)
            inode = next(self.serial)
            self.files[inode] = Bytes()
            self._rename(path.parent, (path, inode))
        elif flags & os.O_EXCL:
            raise FileExistsError(errno.EEXIST, "File exists", str(path))
        if flags & os.O_TRUNC:
            self._set(self.names_now[path], b"")
        handle = next(self.serial)
        self.handles[handle] = (self.names_now[path], path)
        return handle

    def close(self, handle: int) -> None:
        """See ``Disk``."""
        del self.handles[handle]

    def _set(self, inode: int, content: bytes) -> None:
        old = self.files[inode]
        self.files[inode] = Bytes(old.synced, content, min(old.low, len(content)))
        self._point()

    def write(self, handle: int, data: bytes) -> int:
        """Append half of it."""
        inode, path = self.handles[handle]
        self._may("write", path)
        taken = data[: (len(data) + 1) // 2]
        self._set(inode, self.files[inode].current + taken)
        return len(taken)

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        """See ``Disk``."""
        return self.files[self.handles[handle][0]].current[offset : offset + size]

    def status(self, handle: int) -> tuple[int, int]:
        """See ``Disk``."""
        inode = self.handles[handle][0]
        return inode, len(self.files[inode].current)

    def truncate(self, handle: int, size: int) -> None:
        """See ``Disk``."""
        inode, path = self.handles[handle]
        self._may("truncate", path)
        self._set(inode, self.files[inode].current[:size])

    def fsync(self, handle: int) -> None:
        """See ``Disk``."""
        inode, path = self.handles[handle]
        self._may("fsync", path)
        content = self.files[inode].current
        self.files[inode] = Bytes(content, content, len(content))
        self._point()

    def rename(self, old: Path, new: Path) -> None:
        """See ``Disk``."""
        self._may("rename", new)
        self._rename(new.parent, (new, self.names_now[old]), (old, None))

    def unlink(self, path: Path) -> None:
        """See ``Disk``."""
        self._rename(path.parent, (path, None))

    def make_dir(self, path: Path, mode: int = 0o700) -> None:
        """See ``Disk``."""
        if path in self.names_now:
            raise FileExistsError(errno.EEXIST, "File exists", str(path))
        if path.parent not in self.names_now:
            raise FileNotFoundError(errno.ENOENT, "No such folder", str(path))
        self._may("make_dir", path)
        self._rename(path.parent, (path, FOLDER))

    def fsync_dir(self, path: Path) -> None:
        """See ``Disk``."""
        self._may("fsync_dir", path)
        for folder, changes in self.pending:
            if folder == path:
                _apply(self.synced, changes)
        self.pending = [change for change in self.pending if change[0] != path]
        self._point()

    def names(self, path: Path) -> list[str]:
        """See ``Disk``."""
        if path not in self.names_now:
            raise FileNotFoundError(errno.ENOENT, "No such folder", str(path))
        return sorted(p.name for p in self.names_now if p.parent == path)

    @contextlib.contextmanager
    def lock(self, path: Path, *, shared: bool = False) -> Iterator[None]:
        """One program at a time is all there is here."""
        yield


def _apply(names: dict[Path, int], changes: tuple[tuple[Path, int | None], ...]) -> None:
    for path, inode in changes:
        if inode is None:
            names.pop(path, None)
        else:
            names[path] = inode


def crash_states(disk: FakeDisk) -> dict[State, set[int]]:
    """Return every state that the disk may be in after a power cut, with how much had been acknowledged by then."""
    found: dict[State, set[int]] = {}
    for point in disk.points:
        for count in range(len(point.pending) + 1):
            for arrived in itertools.combinations(point.pending, count):
                names = dict(point.names)
                for _, changes in arrived:
                    _apply(names, changes)
                for state in _contents(disk.root, names, point.files):
                    found.setdefault(state, set()).add(point.acked)
    return found


def _contents(root: Path, names: dict[Path, int], files: dict[int, Bytes]) -> Iterator[State]:
    reachable = {p: n for p, n in names.items() if all(a in names for a in p.parents if a.is_relative_to(root))}
    folders = frozenset(p for p, n in reachable.items() if n == FOLDER)
    paths = [p for p, n in sorted(reachable.items()) if n != FOLDER]
    for contents in itertools.product(*(_variants(files[reachable[p]]) for p in paths)):
        yield folders, tuple(zip(paths, contents, strict=True))


def _variants(file: Bytes) -> list[bytes]:
    """Return what of a file may have arrived: nothing, all, a half, or zeros where bytes should be."""
    kept, new = file.current[: file.low], file.current[file.low :]
    half = len(new) // 2
    some = [b"", new, new[:half], bytes(len(new)), bytes(half) + new[half:], bytes(len(file.synced) - file.low)]
    if file.low < len(file.synced):  # the new bytes arrived, and the cut before them did not
        some.append(new + file.synced[len(file.current) :])
    return list(dict.fromkeys([file.synced, *(kept + part for part in some)]))
