"""Parse scanned files in a child process that can be killed.

PDFium, libtiff and libjpeg are native code, and a scan is whatever somebody put into the folder. The child
limits its own memory, time, files and file size before it loads any of them, and sends page images back
over a pipe. When it dies or takes too long, the file at hand becomes a failure, pages that came out of
it before stay, and a new child goes on with the next file.

The limits need POSIX ``setrlimit``. On Windows only the wall-clock limit holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from papermode.errors import ScanError
from papermode.scan import limits
from papermode.scan.images import Broken, PageImage, each_file, not_read
from papermode.scan.threads import ENVIRONMENT

# The first thing that the child does is to limit itself; then it may load native code.
_BOOT: Final = "import sys; sys.path[:0] = sys.argv[1:2]; from papermode.scan.worker import main; main()"
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_PIPE_BYTES: Final = 1 << 20
_LONGEST_HEADER: Final = 65_536
_START_SECONDS: Final = 60.0
"""Time for a child to start and load its parsers, on a busy machine."""


class _ChildError(Exception):
    """The child ended or hung before the answer was complete."""


def page_images_guarded(paths: Iterable[Path]) -> Iterator[PageImage | Broken]:
    """Yield the page images of files and folders as :func:`papermode.scan.images.page_images` does, from a child.

    No fault of a file is raised, not even one that kills the parser: the file then ends with a
    :class:`~papermode.scan.images.Broken` (E707). A file that is named twice is read once; links and pipes in a
    folder, and files with odd names, are named (E701), not opened.
    """
    named = list(paths)
    yield from {broken.file: broken for path in named for broken in not_read(path)}.values()
    files = each_file(named)
    while files:
        with _Child(files) as child:
            for done, file in enumerate(files, start=1):
                pages = 0
                try:
                    for image in child.images(file):
                        pages += 1
                        yield image
                except _ChildError as died:
                    yield Broken(str(file), pages, _killed(file, str(died)))
                    files = files[done:]
                    break
            else:
                return


def _killed(file: Path, fault: str) -> ScanError:
    return ScanError("E707", place=str(file), fault=fault, cure="Scan the pages of this file again, at 200 or 300 dpi.")


def _widen(pipe: int) -> None:
    """Ask for a wide pipe: a page has 4 MB, and the default 64 KiB means a switch of process each."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


class _Child:
    """One child at work on a list of files."""

    def __init__(self, files: Sequence[Path]) -> None:
        environment = {"PATH": os.defpath, **ENVIRONMENT}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-c", _BOOT, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._left = _START_SECONDS
        self._ready = False
        _widen(self._stdout.fileno())
        names = "\n".join(json.dumps(str(file.absolute())) for file in files) + "\n"
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(names.encode())
            self._stdin.close()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._stdout.close()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - Popen was asked for a pipe
        return self._process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101
        return self._process.stdout

    def images(self, file: Path) -> Iterator[PageImage | Broken]:
        """Yield the images of the next file."""
        if not self._ready:
            try:
                self._header()
            except _ChildError:
                raise _ChildError("the process that reads files did not start.") from None
            self._ready = True
        self._left = limits.CHILD_WALL_FACTOR * float(limits.CHILD_CPU_SECONDS)
        while True:
            self._left += limits.CHILD_WALL_FACTOR * limits.CHILD_CPU_SECONDS_PER_PAGE
            header = self._header()
            if header["kind"] == "end":
                return
            if header["kind"] == "broken":
                yield Broken(str(file), header["index"], ScanError(**{**header["error"], "place": str(file)}))
                continue
            height, width = header["shape"]
            if not 0 < height * width <= limits.PAGE_PIXELS:
                raise _ChildError("the parser sent nonsense.")
            gray, *more = (self._plane(height, width) for _ in range(min(header["planes"], 2)))
            yield PageImage(str(file), header["index"], gray, header["dpi"], header["bilevel"], *more)

    def _plane(self, height: int, width: int) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self._read(height * width), np.uint8).reshape(height, width)

    def _header(self) -> dict[str, Any]:
        length = int.from_bytes(self._read(4), "big")
        if length > _LONGEST_HEADER:
            raise _ChildError("the parser sent nonsense.")
        header: dict[str, Any] = json.loads(self._read(length))
        return header

    def _read(self, size: int) -> bytearray:
        """Read exactly this much; only time spent waiting for the child counts."""
        data = bytearray(size)
        place = 0
        pipe = self._stdout.fileno()
        while place < size:
            started = time.monotonic()
            ready, _, _ = select.select([pipe], [], [], max(self._left, 0))
            self._left -= time.monotonic() - started
            if not ready:
                raise _ChildError("reading the file took too long.")
            count = os.readv(pipe, [memoryview(data)[place:]])
            if not count:
                raise _ChildError("the file made its parser fail or use too much memory or time.")
            place += count
        return data
