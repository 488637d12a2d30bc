"""Page images of scanned files: PDF, multi-page TIFF, JPEG, PNG, and folders of them.

A broken file or page yields a :class:`Broken` in its place and never stops the batch. Files are only
read. The parsers used here are native code fed with untrusted bytes: batches go through
:mod:`papermode.scan.child`, which runs this module in a process that can be killed.
"""

from __future__ import annotations

import os
import stat
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from papermode.errors import ScanError
from papermode.scan import limits, pdf
from papermode.scan.colour import without_ink

Gray = npt.NDArray[np.uint8]

SUFFIXES: Final = frozenset({".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png"})
"""Files with other suffixes in a folder are no scans and are passed over."""

_OTHER_PICTURES: Final = frozenset({".bmp", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".webp"})
"""Pictures as phones and old scanners make them: most cannot be read, but they may be pages, so each is named."""

_FIRST_BYTES: Final = (b"%PDF-", b"II*\0", b"MM\0*", b"\xff\xd8\xff", b"\x89PNG\r\n")
"""Of PDF, TIFF, JPEG and PNG: some scanners and mail gateways give files no suffix."""

_PILLOW_FORMATS: Final = ("TIFF", "JPEG", "PNG", "MPO")
_NO_TEXT: Final = frozenset({"Cc", "Cs"})
"""Control characters, and the surrogates that stand for bytes that are no UTF-8 (PEP 383)."""

_SQUARE: Final = (0.8, 1.25)
"""Ratio of horizontal to vertical resolution beyond which pixels are made square (fax 204 x 98)."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One image of one side."""

    file: str
    index: int
    """0-based image in the file."""
    gray: Gray
    """Height x width, uint8, 0 black to 255 white."""
    dpi_hint: float = 0.0
    """Pixels per inch as the file says, 0 when it does not. A hint: never used as a scale."""
    bilevel: bool = False
    """Only black and white: faint marks may be missing from it."""
    without_ink: Gray | None = None
    """The page without coloured ink, for its codes; ``None`` where nothing on it is coloured."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A file, or one image of it, that could not be read."""

    file: str
    index: int
    error: ScanError


def scan_files(path: Path) -> list[Path]:
    """Return the scan files of a path: itself, or the files of a folder and its folders, sorted by name.

    Links are not followed below the folder: a drop folder must not reach other files. :func:`not_read` names them.
    """
    return [p for p in _found(path) if not p.is_symlink() and p.is_file()] if path.is_dir() else [path]


def each_file(paths: Iterable[Path]) -> list[Path]:
    """Return the scan files of several paths, each file once, however often and by whatever path it is named.

    What :func:`not_read` names is not among them.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        for file in scan_files(path) or [path]:
            if not _odd_name(file):
                files.setdefault(file.resolve(), file)
    return list(files.values())


def not_read(path: Path) -> Iterator[Broken]:
    """Yield an entry (E701) for each thing with the name of a scan that must not be opened.

    Those are links, pipes and devices in a folder (a link may lead to any file of this user, and a pipe never ends),
    and names with bytes that are no UTF-8 or with control characters, which neither journal nor terminal can take.
    """
    for file in _found(path) if path.is_dir() else [path]:
        if _odd_name(file):
            shown = Path("".join("?" if unicodedata.category(c) in _NO_TEXT else c for c in str(file)))
            fault = "the name holds control characters or bytes that are no UTF-8."
            yield Broken(str(shown), 0, ScanError("E701", place=str(shown), fault=fault, cure="Rename the file."))
        elif file != path and (file.is_symlink() or not (file.is_file() or file.is_dir())):
            yield Broken(str(file), 0, _error("E701", file, "this is a link, a pipe or a device, and no file."))


def _odd_name(file: Path) -> bool:
    return any(unicodedata.category(c) in _NO_TEXT for c in str(file))


def _found(folder: Path) -> list[Path]:
    """Return everything below a folder with the name of a picture, or with no suffix and a scan's first bytes."""
    named = SUFFIXES | _OTHER_PICTURES
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in named or (not p.suffix and _begins_as_scan(p)))


def _begins_as_scan(file: Path) -> bool:
    try:
        if file.is_symlink() or not file.is_file():
            return False
        with file.open("rb") as opened:
            return opened.read(8).startswith(_FIRST_BYTES)
    except OSError:
        return False


def page_images(path: Path) -> Iterator[PageImage | Broken]:
    """Yield the images of a file, or of all files of a folder, in order.

    Every fault becomes a :class:`Broken` (codes E701 to E706); nothing is raised.
    """
    files = scan_files(path)
    if not files:
        yield Broken(str(path), 0, _error("E701", path, "the folder holds no PDF, TIFF, JPEG or PNG file."))
    for file in files:
        yield from _images_of(file)


def _images_of(file: Path) -> Iterator[PageImage | Broken]:
    index = 0
    try:
        for image in _open(file):
            if index >= limits.PAGES_PER_FILE:
                raise _error("E704", file, f"the file has more than {limits.PAGES_PER_FILE} pages.")
            yield image
            index += 1
    except ScanError as error:
        yield Broken(str(file), index, error)
    except Exception as error:  # a parser of untrusted bytes may raise anything
        yield Broken(str(file), index, _error("E703", file, f"the file is damaged ({type(error).__name__})."))


def _open(file: Path) -> Iterator[PageImage | Broken]:
    """Choose the parser by the file's first bytes: scanners write wrong suffixes."""
    try:
        # Not to wait for somebody to write into a pipe.
        with open(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:  # noqa: PTH123
            status = os.fstat(stream.fileno())
            head = stream.read(1024) if stat.S_ISREG(status.st_mode) else None
    except OSError as error:
        raise _error("E701", file, f"the file cannot be opened ({error.strerror}).") from None
    if head is None:
        raise _error("E701", file, "this is a pipe, a device or a folder, and no file.")
    size = status.st_size
    if size > limits.FILE_BYTES:
        raise _error("E702", file, f"the file is larger than {limits.FILE_BYTES >> 20} MB.")
    return _pdf_pages(file) if b"%PDF-" in head else _raster_pages(file)


def _pdf_pages(file: Path) -> Iterator[PageImage | Broken]:
    for index, page in enumerate(pdf.pages(file)):
        if isinstance(page, ScanError):
            yield Broken(str(file), index, page)
        else:
            yield _finish(file, index, page.gray, page.dpi, page.bilevel, page.without_ink)


def _raster_pages(file: Path) -> Iterator[PageImage | Broken]:
    with warnings.catch_warnings():
        # Pillow only warns between one and two times its limit; ours is checked on every frame below.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(file, formats=_PILLOW_FORMATS)
        except Image.DecompressionBombError:
            raise _too_large(file, 0) from None
        except Exception:  # unidentified, truncated in the header, or a damaged directory
            raise _error("E703", file, "this is not a PDF, TIFF, JPEG or PNG file, or it is damaged.") from None
    with image:
        index = 0
        while True:
            yield _frame(file, index, image)
            index += 1
            if image.format != "TIFF":
                return
            try:
                image.seek(index)
            except EOFError:
                return


def _frame(file: Path, index: int, image: Image.Image) -> PageImage | Broken:
    if image.width * image.height > limits.PAGE_PIXELS:
        return Broken(str(file), index, _too_large(file, index))
    bilevel = image.mode == "1"
    dpi = _resolution(image)
    try:
        gray, bare = _to_gray(image)
    except Exception as error:  # a damaged frame does not spoil the others
        fault = f"image {index + 1} is damaged ({type(error).__name__})."
        return Broken(str(file), index, _error("E703", file, fault))
    if _SQUARE[0] > dpi[0] / dpi[1] or dpi[0] / dpi[1] > _SQUARE[1]:
        scale = dpi[0] / dpi[1]
        shape = (
            (gray.shape[1], round(gray.shape[0] * scale)) if scale > 1 else (round(gray.shape[1] / scale), len(gray))
        )
        if shape[0] * shape[1] > limits.PAGE_PIXELS:
            return Broken(str(file), index, _too_large(file, index))
        gray, bare = _resized(gray, shape), _resized(bare, shape) if bare is not None else None
    return _finish(file, index, gray, max(dpi) if dpi != (1.0, 1.0) else 0.0, bilevel, bare)


def _resized(gray: Gray, size: tuple[int, int]) -> Gray:
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _to_gray(image: Image.Image) -> tuple[Gray, Gray | None]:
    """Return a Pillow image as gray and without coloured ink, transparency as paper, turned as its EXIF says."""
    if image.mode.startswith("I"):  # 16 and 32 bit gray: Pillow would clip, not scale
        deep = np.asarray(image, dtype=np.float64)
        return np.asarray(np.clip(deep / (257 if deep.max(initial=0) > 255 else 1), 0, 255), dtype=np.uint8), None
    if image.mode in {"LA", "RGBA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        paper.alpha_composite(layer)
        image = paper
    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"1", "L"}:
        return np.array(upright.convert("L"), dtype=np.uint8), None
    colours = np.asarray(upright.convert("RGB"), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), dtype=np.uint8), without_ink(colours)


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Return the image's (x, y) resolution, (1, 1) where the file gives none that makes sense."""
    try:
        x, y = (float(v) for v in image.info.get("dpi", (1, 1)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0, 1.0
    return (x, y) if 50 <= x <= 2400 and 50 <= y <= 2400 else (1.0, 1.0)


def _finish(file: Path, index: int, gray: Gray, dpi: float, bilevel: bool, bare: Gray | None) -> PageImage:
    bare = np.ascontiguousarray(bare) if bare is not None else None
    return PageImage(str(file), index, np.ascontiguousarray(gray), dpi, bilevel or _two_levels(gray), bare)


def _two_levels(gray: Gray) -> bool:
    """Tell whether a gray image holds no more than two values (a bilevel scan saved as gray)."""
    few = np.count_nonzero(np.bincount(gray[:: max(len(gray) // 64, 1)].ravel(), minlength=256))
    return bool(few == 2) and len(np.unique(gray)) == 2


def _too_large(file: Path, index: int) -> ScanError:
    fault = f"image {index + 1} has more than {limits.PAGE_PIXELS // 1_000_000} million pixels."
    return _error("E705", file, fault)


_CURES: Final = {
    "E701": "Name a PDF, TIFF, JPEG or PNG file, or a folder with some.",
    "E702": "Scan the pages in smaller stacks.",
    "E703": "Scan the pages of this file again.",
    "E704": "Scan the pages in smaller stacks.",
    "E705": "Scan at 200 or 300 dpi.",
}


def _error(code: str, file: Path, fault: str) -> ScanError:
    return ScanError(code, place=str(file), fault=fault, cure=_CURES[code])
