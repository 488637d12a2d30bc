"""Scanned files and page pictures, each kept once under the SHA-256 of its content.

They are written once, with mode 0400, and never changed. papermode copies what was scanned: the file in the
scanner's folder stays where it is until a person removes it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from papermode.errors import StoreError
from papermode.store.durable import CHUNK, Disk, OsDisk, make_folder, put_new, read_chunks, refusal, telling

FOLDER: Final = "scans"
_MODE: Final = 0o400
_NAME: Final = re.compile(r"[0-9a-f]{64}")


class PageStore:
    """The folder ``scans`` of a store."""

    def __init__(self, store: Path, disk: Disk | None = None) -> None:
        self.folder = store / FOLDER
        self._disk = disk or OsDisk()
        self._made = False

    def path(self, sha256: str) -> Path:
        """Return where the content of that SHA-256 is, or would be."""
        if not _NAME.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self.folder / sha256

    def put(self, content: bytes) -> str:
        """Store bytes and return their SHA-256 in hex; when this returns they survive a power cut.

        Content that is there already is written again in the same place, which mends a copy that has decayed.

        Raises:
            StoreError: E810 the disk refuses, E811 it is full.
        """
        return self._put(iter((content,)))

    def put_file(self, path: Path) -> str:
        """Store a copy of a file and return its SHA-256 in hex.

        Raises:
            StoreError: E810 the file cannot be read or the disk refuses, E811 it is full.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise refusal(path, error) from error
        with file:
            return self._put(iter(lambda: file.read(CHUNK), b""))

    def _put(self, chunks: Iterator[bytes]) -> str:
        with telling(self.folder):
            if not self._made:
                make_folder(self._disk, self.folder)
                self._made = True
            return put_new(self._disk, self.folder, chunks, _MODE)

    def has(self, sha256: str) -> bool:
        """Tell whether there is a file of that name; :meth:`read` tells whether it is whole."""
        return self.size(sha256) is not None

    def size(self, sha256: str) -> int | None:
        """Return how many bytes are stored under that name, or ``None`` if nothing is."""
        path = self.path(sha256)
        try:
            handle = self._disk.open(path, os.O_RDONLY)
            try:
                return self._disk.status(handle)[1]
            finally:
                self._disk.close(handle)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise refusal(path, error) from error

    def read(self, sha256: str) -> bytes:
        """Return the content of that SHA-256.

        Raises:
            StoreError: E814, it is missing or is not what was stored; E810, the disk refuses.
        """
        path = self.path(sha256)
        try:
            content = b"".join(read_chunks(self._disk, path))
        except FileNotFoundError:
            raise missing(path) from None
        except OSError as error:
            raise refusal(path, error) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _changed(path)
        return content

    def names(self) -> list[str]:
        """Return the SHA-256 of everything that is stored, in order.

        Raises:
            StoreError: E810, the disk refuses.
        """
        try:
            return [name for name in self._disk.names(self.folder) if _NAME.fullmatch(name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise refusal(self.folder, error) from error

    def verify(self) -> Iterator[StoreError]:
        """Read every file and yield a fault for each that is not what its name says."""
        try:
            names = self.names()
        except StoreError as error:
            yield error
            return
        for name in names:
            path = self.folder / name
            digest = hashlib.sha256()
            try:
                for chunk in read_chunks(self._disk, path):
                    digest.update(chunk)
            except OSError as error:
                yield refusal(path, error)
                continue
            if digest.hexdigest() != name:
                yield _changed(path)


def missing(path: Path) -> StoreError:
    """Return the fault of a file that the journal names and that is not there."""
    return StoreError(
        "E814",
        place=str(path),
        fault="is missing, though the journal names it.",
        cure="Take it from a copy of the store, or scan the page again.",
    )


def _changed(path: Path) -> StoreError:
    return StoreError(
        "E814",
        place=str(path),
        fault="is not what was stored: its content was changed.",
        cure="Take it from a copy of the store, or scan the page again: that puts it right.",
    )
