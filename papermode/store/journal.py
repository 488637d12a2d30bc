"""The journal: what happened to every scanned page, as hash-chained lines; the store's truth.

One line is one record::

    {"h":"<hash>","p":"<hash of the line before, or 64 zeros>","r":{"kind":…,"time":…,"user":…,…}}

``h`` is the SHA-256, in hex, of ``p`` followed by the bytes of ``r`` as they stand in the line. Lines are ASCII and
``r`` has sorted keys and no spaces, so that a record has one form only. The hash of the last line, the head, says
which journal this is and how far it goes: copied elsewhere (a packet's cover, a USB stick) it shows later that
nothing was taken away.

:meth:`Journal.append` returns when the line is on the disk. Several processes may write, one at a time, under a
lock. What a crash left half written is cut off by the next writer, kept beside the journal and reported in it. A
line changed in the middle is no crash: the journal is then read up to there, and written no more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from papermode.errors import StoreError
from papermode.store.durable import CHUNK, Disk, OsDisk, put_new, refusal, telling, write_all

NAME: Final = "journal"
LOCK: Final = "journal.lock"
TORN: Final = "journal.torn-"
START: Final = "0" * 64
"""The head of an empty journal."""
MACHINE: Final = "papermode"
"""The user of records that papermode writes by itself."""

_LINE: Final = re.compile(rb'\{"h":"([0-9a-f]{64})","p":"([0-9a-f]{64})","r":(\{.*\})\}', re.DOTALL)
_LINE_CHUNK: Final = 1 << 15
"""Bytes read at a time where one line is wanted; most are shorter."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    offset: int
    """Where its line begins, in bytes."""
    end: int
    """Where the next line begins."""
    head: str
    """The hash of the line."""
    body: bytes

    @property
    def record(self) -> Record:
        """The record."""
        found: Record = json.loads(self.body)
        return found


class Journal:
    """The journal of one store folder, for reading and writing."""

    def __init__(self, store: Path, disk: Disk | None = None, clock: Callable[[], datetime] | None = None) -> None:
        """Prepare; nothing is read or written yet. The folder must be there."""
        self.path = store / NAME
        self._store = store
        self._disk = disk or OsDisk()
        self._clock = clock or (lambda: datetime.now(UTC))
        self.thread = threading.RLock()
        self._depth = 0
        self._handle = -1
        self._inode = 0
        self._end = 0
        self._head = START
        self._torn = 0
        self._named = False
        self._fault: StoreError | None = None

    @property
    def head(self) -> str:
        """The hash of the last line that was read or written here."""
        return self._head

    @property
    def end(self) -> int:
        """Bytes of the lines that were read or written here."""
        return self._end

    @property
    def fault(self) -> StoreError | None:
        """Why nothing may be written, or ``None``."""
        return self._fault

    def stamp(self) -> str:
        """Return the time of a record that is made now: ISO 8601, UTC, milliseconds."""
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds")

    def append(self, record: Mapping[str, Any]) -> str:
        """Write a record and return the new head. When this returns, the record survives a power cut.

        Args:
            record: ``kind`` and ``user``, and what belongs to the kind; ``time`` is put in if it is not there.

        Raises:
            StoreError: E810 the disk refuses, E811 it is full, E812 or E817 the journal is damaged, E813 somebody
                else does not stop writing. The record is then not in the journal.
        """
        whole = {"time": self.stamp(), **record}
        for field in ("kind", "user"):
            if not isinstance(whole.get(field), str) or not whole[field]:
                raise ValueError(f"a record needs its {field}")
        with self.writing():
            return self._write(whole)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer, so that what is decided from the records still holds when the next one is written."""
        with self.thread:
            if self._depth:
                yield
                return
            with contextlib.ExitStack() as stack:
                with telling(self.path):
                    stack.enter_context(self._disk.lock(self._store / LOCK))
                    stack.enter_context(self._opened(os.O_RDWR | os.O_CREAT))
                    self._make_sound()
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1

    def sync(self) -> None:
        """Take note of what others have written, and of damage (:attr:`fault`)."""
        with self.thread:
            if self._depth:
                return
            try:
                with telling(self.path), self._disk.lock(self._store / LOCK, shared=True), self._opened(os.O_RDONLY):
                    self._catch_up()
            except StoreError as error:
                if not isinstance(error.__cause__, FileNotFoundError):
                    raise
                if self._end:
                    self._fault = shortened(self.path)

    def records(self, kind: str = "") -> Iterator[Record]:
        """Go through the records, or those of one kind, oldest first.

        Raises:
            StoreError: E812 or E817, after the last record that can be trusted, if the journal is damaged.
        """
        self.sync()
        written = f'"kind":"{kind}"'.encode() if kind else b""
        for entry in self.entries():
            if written in entry.body and (not kind or entry.record["kind"] == kind):
                yield entry.record
        self._refuse_if_damaged()

    def entries(self, start: int = 0, before: str | None = None, *, chunk: int = CHUNK) -> Iterator[Entry]:
        """Go through the sound lines from ``start``, the beginning of a line, that :meth:`sync` knows of.

        Args:
            start: Where to begin, in bytes.
            before: The hash of the line before, where the caller knows it.
            chunk: How many bytes to read at a time.

        Raises:
            StoreError: E817, there is no such line: this is another journal, or a part of it is gone.
        """
        if start > self._end or (start == self._end and before not in (None, self._head)):
            raise self._fault or shortened(self.path)
        if start == self._end:
            return
        with telling(self.path):
            handle = self._disk.open(self.path, os.O_RDONLY)
            try:
                for offset, line in _lines(self._disk, handle, start, self._end, chunk):
                    entry = _check(offset, line, before)
                    if entry is None:
                        raise shortened(self.path) if offset == start else broken(self.path, offset)
                    before = entry.head
                    yield entry
            finally:
                self._disk.close(handle)

    def at(self, offset: int) -> Record:
        """Return the record whose line begins at ``offset``."""
        for entry in self.entries(offset, chunk=_LINE_CHUNK):
            return entry.record
        raise self._fault or shortened(self.path)

    def verify(self, heads: tuple[str, ...] = ()) -> list[StoreError]:
        """Read the journal anew and return what is wrong with it.

        Args:
            heads: Heads that were written down elsewhere; each must be in the chain.
        """
        fresh = Journal(self._store, self._disk, self._clock)
        wanted = set(heads) - {START}
        try:
            fresh.sync()
            for entry in fresh.entries():
                wanted.discard(entry.head)
        except StoreError as error:
            return [error]
        faults = [fresh.fault] if fresh.fault else []
        if fresh._torn and not fresh.fault:
            faults.append(_torn(self.path, fresh._end))
        if wanted:
            faults.append(shortened(self.path))
        return faults

    @contextlib.contextmanager
    def _opened(self, flags: int) -> Iterator[None]:
        self._handle = self._disk.open(self.path, flags | os.O_APPEND, 0o600)
        try:
            yield
        finally:
            self._disk.close(self._handle)

    def _make_sound(self) -> None:
        """Bring the open journal to where a line may be appended."""
        self._catch_up()
        self._refuse_if_damaged()
        if not self._named:
            self._disk.fsync_dir(self._store)
            self._named = True
        if self._torn:
            self._recover()

    def _refuse_if_damaged(self) -> None:
        if self._fault:
            raise self._fault

    def _catch_up(self) -> None:
        """Check the lines that are new since last time; the lock is held and the file open."""
        inode, size = self._disk.status(self._handle)
        if inode != self._inode or size < self._end:
            known = self._end, self._head
            self._inode, self._end, self._head, self._fault = inode, 0, START, None
        elif size == self._end + self._torn or self._fault:
            return
        else:
            known = 0, START
        # A line of a writer that was killed before its fsync looks like any other: sync it before anybody builds on it.
        self._disk.fsync(self._handle)
        self._torn = 0
        seen = not known[0]
        for offset, line in _lines(self._disk, self._handle, self._end, size):
            entry = _check(offset, line, self._head)
            if entry is None:
                if offset + len(line) == size and _is_torn(line, self._head):
                    self._torn = len(line)
                else:
                    self._fault = broken(self.path, offset)
                break
            self._end, self._head = entry.end, entry.head
            seen = seen or (self._end, self._head) == known
        if not seen and not self._fault:
            self._fault = shortened(self.path)

    def _recover(self) -> None:
        """Move a torn tail out of the journal and say so in it; the tail was never acknowledged."""
        tail = b"".join(line for _, line in _lines(self._disk, self._handle, self._end, self._end + self._torn))
        name = f"{TORN}{self._clock().astimezone(UTC):%Y%m%dT%H%M%SZ}-{self._end}"
        put_new(self._disk, self._store, (tail,), 0o400, name)
        self._disk.truncate(self._handle, self._end)
        self._disk.fsync(self._handle)
        self._torn = 0
        self._write({"kind": "recovered", "time": self.stamp(), "user": MACHINE, "bytes": len(tail), "kept": name})

    def _write(self, record: Mapping[str, Any]) -> str:
        line, head = line_of(record, self._head)
        try:
            write_all(self._disk, self._handle, line)
            self._disk.fsync(self._handle)
        except OSError as error:
            self._undo()
            raise refusal(self.path, error) from error
        self._end += len(line)
        self._head = head
        return head

    def _undo(self) -> None:
        """Take back a line that could not be written or synced.

        After a failed fsync the system may hold the line in memory and never write it; a later line would then
        stand after a hole. If it cannot be taken back, nothing more is written by this process.
        """
        try:
            self._disk.truncate(self._handle, self._end)
            self._disk.fsync(self._handle)
        except OSError as error:
            self._fault = refusal(self.path, error)


def line_of(record: Mapping[str, Any], before: str) -> tuple[bytes, str]:
    """Return a record's line and its hash, after the line whose hash is ``before``."""
    # ASCII, because the names of files may hold bytes that are no UTF-8, which Python keeps as lone surrogates.
    body = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()
    head = hashlib.sha256(before.encode() + body).hexdigest()
    return b'{"h":"%b","p":"%b","r":%b}\n' % (head.encode(), before.encode(), body), head


def _lines(disk: Disk, handle: int, start: int, stop: int, chunk: int = CHUNK) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, line with its newline) between two offsets; the last may have no newline."""
    offset, rest = start, b""
    position = start
    while position < stop:
        some = disk.pread(handle, min(chunk, stop - position), position)
        if not some:
            break
        position += len(some)
        pieces = (rest + some).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            yield offset, piece + b"\n"
            offset += len(piece) + 1
    if rest:
        yield offset, rest


def _check(offset: int, line: bytes, before: str | None) -> Entry | None:
    """Return the entry of a sound line that follows ``before`` (``None``: any), or ``None``."""
    found = _LINE.fullmatch(line[:-1]) if line.endswith(b"\n") else None
    if found is None:
        return None
    head, previous, body = found[1].decode(), found[2].decode(), found[3]
    if before not in (None, previous) or hashlib.sha256(found[2] + body).hexdigest() != head:
        return None
    return Entry(offset, offset + len(line), head, body)


def _is_torn(line: bytes, before: str) -> bool:
    """Tell what a crash leaves at the end (cut short, or zeros where bytes did not arrive) from a changed line."""
    if b"\0" in line:
        return True
    return not line.endswith(b"\n") and _check(0, line[:-1] + b"\n", before) is None


def broken(path: Path, offset: int) -> StoreError:
    """Return the fault of a line that is not what was written."""
    return StoreError(
        "E812",
        place=f"{path}, byte {offset}",
        fault="the chain is broken: a line was changed or taken out. Nothing more is written.",
        cure="Keep this file, and put the newest sound copy of the journal in its place.",
    )


def shortened(path: Path) -> StoreError:
    """Return the fault of a journal that lacks lines which it had."""
    return StoreError(
        "E817",
        place=str(path),
        fault="lacks records that were in it: it was cut short, or is an older copy. Nothing more is written.",
        cure="Put the newest copy of the journal in its place; to go on without those records, run: papermode reindex.",
    )


def _torn(path: Path, offset: int) -> StoreError:
    return StoreError(
        "E818",
        place=f"{path}, byte {offset}",
        fault="ends in half a line, which a crash leaves, or a change to the last line.",
        cure="The next record that is written moves it to a file journal.torn-…; look there at what it was.",
    )
