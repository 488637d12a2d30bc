"""Files on disk: which ones to read, and their bytes line by line.

A file is read once, in pieces; its SHA-256 is taken of the bytes on disk on the way.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from papermode.errors import SnapshotError
from papermode.intake.settings import Limits

SUFFIXES: Final = (".json", ".ndjson", ".jsonl", ".csv", ".json.gz", ".ndjson.gz", ".jsonl.gz", ".csv.gz", ".gz")
_CHUNK: Final = 1 << 20
_GZIP: Final = 31
"""zlib's code for 'expect a gzip header'."""
_UTF8_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read, and the name to call it by in messages (its path below what the user gave)."""

    path: Path
    name: str

    @property
    def stem(self) -> str:
        """The file's name without ``.gz`` and the suffix before it: the resource type of a bulk export's file."""
        return self.path.name.removesuffix(".gz").partition(".")[0]

    @property
    def suffix(self) -> str:
        """The suffix that says the format, without ``.gz`` ('' for a bare ``.gz``)."""
        return Path(self.path.name.removesuffix(".gz")).suffix.lower()


@dataclass(slots=True)
class Tally:
    """What is learnt about a file while it is read."""

    sha256: str = ""
    damaged: str = ""
    """Why the file could not be read to its end, in words."""
    size: int = 0


def find(paths: Sequence[Path]) -> list[Input]:
    """Return the data files of ``paths``; folders are searched recursively, hidden files are left out.

    Raises:
        SnapshotError: E301 if a path does not exist or nothing is found.
    """
    found: dict[Path, Input] = {}
    for path in paths:
        if path.is_dir():
            for item in _walk(path):
                found.setdefault(item.path.resolve(), item)
        elif path.is_file():
            found.setdefault(path.resolve(), Input(path, path.name))
        else:
            raise SnapshotError(
                "E301",
                place=str(path),
                fault="there is no such file or folder.",
                cure="Check the path of the patient data.",
            )
    if not found:
        raise SnapshotError(
            "E301",
            place=", ".join(str(path) for path in paths) or "snapshot",
            fault="no patient data was found there.",
            cure="Give a folder or files ending in .json, .ndjson, .csv or their .gz forms.",
        )
    return sorted(found.values(), key=lambda item: (item.name, str(item.path)))


def _walk(folder: Path) -> Iterator[Input]:
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                path = Path(base) / name
                yield Input(path, path.relative_to(folder).as_posix())


def chunks(item: Input, limits: Limits, tally: Tally) -> Iterator[bytes]:
    """Yield the file's bytes, decompressed where it is gzip (told by its content).

    Raises:
        SnapshotError: E302 if the file cannot be opened, E303 if it is larger than the limit.
    """
    digest = hashlib.sha256()
    try:
        with item.path.open("rb") as stream:
            first = stream.read(_CHUNK)
            packed = first.startswith(b"\x1f\x8b")
            pieces = _pieces(stream, first, digest)
            for piece in _inflated(pieces, tally) if packed else pieces:
                tally.size += len(piece)
                if tally.size > limits.file_bytes:
                    raise SnapshotError(
                        "E303",
                        place=item.name,
                        fault=f"the file is larger than {limits.file_bytes // 2**20} MB.",
                        cure="Export fewer wards or a shorter time per file, or split the file.",
                    )
                yield piece
    except OSError as error:
        raise SnapshotError(
            "E302",
            place=item.name,
            fault=f"the file cannot be read ({error.strerror or type(error).__name__}).",
            cure="Check its permissions and the disk, then load again.",
        ) from error
    tally.sha256 = digest.hexdigest()


def _pieces(stream: BinaryIO, first: bytes, digest: hashlib._Hash) -> Iterator[bytes]:
    piece = first
    while piece:
        digest.update(piece)
        yield piece
        piece = stream.read(_CHUNK)


def _inflated(pieces: Iterator[bytes], tally: Tally) -> Iterator[bytes]:
    """Decompress gzip of one or more members, at most :data:`_CHUNK` bytes at a time; a fault ends the file."""
    engine = zlib.decompressobj(_GZIP)
    fed = False
    try:
        for piece in pieces:
            data = piece
            while data:
                fed = True
                out = engine.decompress(data, _CHUNK)
                if out:
                    yield out
                data = engine.unconsumed_tail
                if engine.eof:
                    data = engine.unused_data.lstrip(b"\0")
                    engine, fed = zlib.decompressobj(_GZIP), False
    except zlib.error:
        tally.damaged = "the compressed file is damaged"
        for _ in pieces:
            """Read on to the end, so that the SHA-256 is of the whole file."""
        return
    if fed:
        tally.damaged = "the compressed file ends too early"


def whole(item: Input, limits: Limits, tally: Tally) -> bytes:
    """Return all bytes of a file, without a UTF-8 byte order mark."""
    return b"".join(chunks(item, limits, tally)).removeprefix(_UTF8_BOM)


def lines(item: Input, limits: Limits, tally: Tally) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line's number (from 1) and bytes; None for a line longer than the limit."""
    number, rest, skipping = 0, b"", False
    first = True
    for chunk in chunks(item, limits, tally):
        data = rest + chunk if rest else chunk
        if first:
            data, first = data.removeprefix(_UTF8_BOM), False
        parts = data.split(b"\n")
        rest = parts.pop()
        for part in parts:
            number += 1
            yield number, None if skipping or len(part) > limits.line_bytes else part
            skipping = False
        if len(rest) > limits.line_bytes:
            rest, skipping = b"", True
    if rest or skipping:
        yield number + 1, None if skipping else rest
