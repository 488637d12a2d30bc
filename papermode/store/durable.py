"""The seam between the store and the disk: what is written here survives a power cut, or the caller is told.

A file is durable when its bytes are synced, and so is the folder that holds its name. All writing of the store's
truth (journal, scans) goes through :class:`Disk`, so that tests can put a disk in its place that crashes at every
call, reorders what was not synced, or is full. The index is SQLite's own business, and can be thrown away.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from papermode.errors import StoreError

CHUNK: Final = 1 << 20
"""Bytes read at a time."""
PATIENCE_S: Final = 30.0
"""How long a writer waits for another one. A write takes milliseconds."""
PARTIAL: Final = ".new-"
"""How the names of files begin that are being written."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Disk(Protocol):
    """The system calls that the store makes; each raises ``OSError`` as ``os`` does."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """Open a file (``open(2)``)."""

    def close(self, handle: int) -> None:
        """Close a file."""

    def write(self, handle: int, data: bytes) -> int:
        """Write some of ``data``, and return how many bytes."""

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        """Read up to ``size`` bytes from ``offset``; fewer at the end of the file."""

    def status(self, handle: int) -> tuple[int, int]:
        """Return (inode, size in bytes) of an open file."""

    def truncate(self, handle: int, size: int) -> None:
        """Cut a file to ``size`` bytes."""

    def fsync(self, handle: int) -> None:
        """Return when the file's bytes are on the disk."""

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of what had it."""

    def unlink(self, path: Path) -> None:
        """Remove a file."""

    def make_dir(self, path: Path, mode: int = 0o700) -> None:
        """Make a folder; ``FileExistsError`` if it is there."""

    def fsync_dir(self, path: Path) -> None:
        """Return when the folder's names are on the disk."""

    def names(self, path: Path) -> list[str]:
        """Return the names in a folder, sorted."""

    def lock(self, path: Path, *, shared: bool = False) -> contextlib.AbstractContextManager[None]:
        """Hold a lock file, alone or with other readers; ``TimeoutError`` after :data:`PATIENCE_S`."""


class OsDisk:
    """The disk of this machine."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """Open a file (``open(2)``)."""
        return os.open(path, flags, mode)

    def close(self, handle: int) -> None:
        """Close a file."""
        os.close(handle)

    def write(self, handle: int, data: bytes) -> int:
        """Write some of ``data``, and return how many bytes."""
        return os.write(handle, data)

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        """Read up to ``size`` bytes from ``offset``."""
        return os.pread(handle, size, offset)

    def status(self, handle: int) -> tuple[int, int]:
        """Return (inode, size in bytes) of an open file."""
        found = os.fstat(handle)
        return found.st_ino, found.st_size

    def truncate(self, handle: int, size: int) -> None:
        """Cut a file to ``size`` bytes."""
        os.ftruncate(handle, size)

    def fsync(self, handle: int) -> None:
        """Return when the file's bytes are on the disk."""
        os.fsync(handle)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of what had it."""
        old.replace(new)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def make_dir(self, path: Path, mode: int = 0o700) -> None:
        """Make a folder."""
        path.mkdir(mode)

    def fsync_dir(self, path: Path) -> None:
        """Return when the folder's names are on the disk."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def names(self, path: Path) -> list[str]:
        """Return the names in a folder, sorted."""
        return sorted(p.name for p in path.iterdir())

    @contextlib.contextmanager
    def lock(self, path: Path, *, shared: bool = False) -> Iterator[None]:
        """Hold ``flock(2)`` on a lock file.

        Not ``lockf``: its locks are lost as soon as any other handle of this process on the file is closed.
        """
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            until = time.monotonic() + PATIENCE_S
            while True:
                try:
                    fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from None
                    time.sleep(0.005)
            yield
        finally:
            os.close(handle)  # gives the lock back


@contextlib.contextmanager
def telling(place: Path) -> Iterator[None]:
    """Turn what the disk refuses at ``place`` into a :class:`StoreError` (E810, E811, E813)."""
    try:
        yield
    except OSError as error:
        raise refusal(place, error) from error


def disk_full(place: Path) -> StoreError:
    """Return the message of a full disk."""
    return StoreError(
        "E811",
        place=str(place),
        fault="cannot be written: the disk is full.",
        cure="Free space and do it again. Nothing that was stored before is lost.",
    )


def busy(place: Path) -> StoreError:
    """Return the message of a store that somebody else keeps locked."""
    return StoreError(
        "E813",
        place=str(place),
        fault=f"another papermode has been writing for {PATIENCE_S:.0f} s.",
        cure="Wait for it or end it, then do it again.",
    )


def refusal(place: Path, error: OSError) -> StoreError:
    """Return the message for what the disk refused."""
    if error.errno in _FULL:
        return disk_full(place)
    if isinstance(error, TimeoutError):
        return busy(place)
    return StoreError(
        "E810",
        place=str(place),
        fault=f"cannot be read or written ({error.strerror or type(error).__name__}).",
        cure="Check the disk, the folder and the rights of this user.",
    )


def write_all(disk: Disk, handle: int, data: bytes) -> None:
    """Write all of ``data``; ``write(2)`` may take less at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[disk.write(handle, bytes(rest)) :]


def make_folder(disk: Disk, path: Path) -> None:
    """Make a folder, and those above it, so that it stays.

    A folder that is there is synced all the same: who made it may have been killed before doing so.
    """
    try:
        disk.make_dir(path)
    except FileExistsError:
        pass
    except FileNotFoundError:
        make_folder(disk, path.parent)
        disk.make_dir(path)
    disk.fsync_dir(path.parent)


def put_new(disk: Disk, folder: Path, chunks: Iterable[bytes], mode: int, name: str | None = None) -> str:
    """Write a file whole or not at all: temporary name, bytes synced, final name, folder synced.

    Args:
        disk: Where to.
        folder: The folder, which is there.
        chunks: The content, in pieces.
        mode: The rights of the file.
        name: Its name; ``None`` for the SHA-256 of the content, in hex.

    Returns:
        The name. When this returns, the file is durable.
    """
    partial = folder / f"{PARTIAL}{secrets.token_hex(8)}"
    digest = hashlib.sha256()
    # The mode holds for later openings only: a file of mode 0400 can be written by who made it.
    handle = disk.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        try:
            for chunk in chunks:
                digest.update(chunk)
                write_all(disk, handle, chunk)
            disk.fsync(handle)
        finally:
            disk.close(handle)
        final = name or digest.hexdigest()
        disk.rename(partial, folder / final)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.unlink(partial)
        raise
    disk.fsync_dir(folder)
    return final


def read_chunks(disk: Disk, path: Path) -> Iterator[bytes]:
    """Yield a file's content in pieces."""
    handle = disk.open(path, os.O_RDONLY)
    try:
        offset = 0
        while chunk := disk.pread(handle, CHUNK, offset):
            yield chunk
            offset += len(chunk)
    finally:
        disk.close(handle)
