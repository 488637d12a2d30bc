"""Pages of scanned PDF files as gray images.

A scanner's PDF page is one image over the whole page. Taking that image out is five to eight times
cheaper than drawing the page, and it is what the scanner saw: no resampling. Every other page (drawn
content, annotations, several images, a mirrored or masked image, inks instead of light) is drawn by PDFium.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from papermode.errors import ScanError
from papermode.scan import limits
from papermode.scan.colour import without_ink
from papermode.scan.intact import CutOffError, images_of, require_decoded, require_whole

Gray = npt.NDArray[np.uint8]

_FULL_PAGE: Final = 0.93
"""Least share of the page's width and height that a scanner's image covers."""
_PAGES_AT_ONCE: Final = 25
"""PDFium keeps every stream that it has read until the document is closed, so it is opened anew after so many pages."""
_INVISIBLE: Final = 3
"""Text render mode 3 (ISO 32000-2, table 104): the words that a scanner's own OCR puts over its image."""
_MASKED: Final = re.compile(rb"/(?:SMask(?:InData)?|Mask|ImageMask|Decode)(?![A-Za-z])")
"""Entries of an image dictionary with which its samples are not what a page shows (ISO 32000-2, table 87). An image is
a stream, and a stream's dictionary is never in a compressed object stream (7.5.7), so the file's bytes show them."""
_ENCRYPTED: Final = re.compile(rb"/Encrypt\b")
_IMAGE: Final = re.compile(rb"/Subtype\s*/Image\b")
_PART: Final = 1 << 20
_OVERLAP: Final = 256
"""Bytes of a file that are searched in one go, and how many of them again with the next."""
_DARK: Final = 128
_NOTHING: Final = 0.001
"""Share of dark pixels below which a page shows nothing: the number of a page has less, a line of words has more."""
_PLAIN: Final = frozenset(
    {
        pdfium_c.FPDF_COLORSPACE_DEVICEGRAY,
        pdfium_c.FPDF_COLORSPACE_DEVICERGB,
        pdfium_c.FPDF_COLORSPACE_CALGRAY,
        pdfium_c.FPDF_COLORSPACE_CALRGB,
        pdfium_c.FPDF_COLORSPACE_ICCBASED,
    }
)
"""Colour spaces whose samples are light: not ink, as in CMYK and Separation, and no numbers in a table."""


@dataclass(frozen=True, slots=True)
class PdfPage:
    """The picture of one PDF page."""

    gray: Gray
    dpi: float
    bilevel: bool
    without_ink: Gray | None = None
    """The page without coloured ink; ``None`` where nothing on it is coloured."""


def pages(file: Path) -> Iterator[PdfPage | ScanError]:
    """Yield every page of a PDF file, or the fault of a page that cannot be read.

    Raises:
        ScanError: E703 if it is not a PDF, E704 if it has too many pages, E706 if it is encrypted.
    """
    document = _opened(file)
    masked = _holds(file, _MASKED)  # then all its pages are drawn
    try:
        count = len(document)
        if count > limits.PAGES_PER_FILE:
            fault = f"the file has more than {limits.PAGES_PER_FILE} pages."
            raise _error("E704", file, fault, "Scan the pages in smaller stacks.")
        for index in range(count):
            if index and index % _PAGES_AT_ONCE == 0:
                document.close()
                document = _opened(file)
            yield _page(file, document, index, masked)
    finally:
        document.close()


def _opened(file: Path) -> Any:
    try:
        return pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        # PDFium leaves an older error standing in some cases, as for a document without pages.
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD and _holds(file, _ENCRYPTED):
            raise _error("E706", file, "the PDF is encrypted.", "Save it without a password.") from None
        raise _error("E703", file, "the PDF is damaged.", "Scan the pages of this file again.") from None


def _holds(file: Path, pattern: re.Pattern[bytes]) -> bool:
    """Tell whether a file has a match of at most :data:`_OVERLAP` bytes; read in parts, for a heap has gigabytes."""
    with file.open("rb") as opened:
        part = opened.read(_PART)
        while part:
            more = opened.read(_PART)
            # What ends with the part may go on in the next one: it is seen again there.
            if any(match.end() < len(part) or not more for match in pattern.finditer(part)):
                return True
            part = part[-_OVERLAP:] + more if more else b""
    return False


def _page(file: Path, document: Any, index: int, masked: bool) -> PdfPage | ScanError:
    try:
        page = document[index]
        image = None if masked else _scanned_image(page)
        width, height = page.get_size()
        if image is None and width * height > limits.PAGE_PIXELS:
            return _error("E705", file, f"page {index + 1} is too large.", "Scan on A4, A3, Letter or Tabloid.")
        if any(math.prod(i.get_px_size()) > limits.PAGE_PIXELS for i in ([image] if image else images_of(page))):
            fault = f"page {index + 1} has more than {limits.PAGE_PIXELS // 1_000_000} million pixels."
            return _error("E705", file, fault, "Scan at 200 or 300 dpi.")
        return _rendered(file, page) if image is None else _extracted(page, image)
    except CutOffError:
        return _error("E703", file, f"the picture of page {index + 1} is missing or cut off.", "Scan this page again.")
    except Exception as error:  # native parser of untrusted bytes: a bad page does not spoil the others
        fault = f"page {index + 1} is damaged ({type(error).__name__})."
        return _error("E703", file, fault, "Scan this page again.")


def _scanned_image(page: Any) -> Any | None:
    """Return the page's only image if that is all there is to see on the page, else ``None``."""
    if pdfium_c.FPDFPage_GetAnnotCount(page):
        return None
    image = None
    for item in page.get_objects(max_depth=1):
        if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT and pdfium_c.FPDFTextObj_GetTextRenderMode(item) == _INVISIBLE:
            continue
        if item.type != pdfium_c.FPDF_PAGEOBJ_IMAGE or image is not None:
            return None
        image = item
    if image is None:
        return None
    a, b, c, d, _, _ = image.get_matrix().get()
    turned = page.get_rotation() in (90, 270)
    width, height = page.get_size()[::-1] if turned else page.get_size()
    upright = a > 0 and d > 0 and abs(b) < 0.01 * a and abs(c) < 0.01 * d
    full = _FULL_PAGE <= a / width <= 1.1 and _FULL_PAGE <= d / height <= 1.1
    columns, rows = image.get_px_size()
    square = 0.97 < (columns / a) / (rows / d) < 1.03
    plain = image.get_metadata().colorspace in _PLAIN and not pdfium_c.FPDFPageObj_HasTransparency(image)
    return image if upright and full and square and plain else None


def _extracted(page: Any, image: Any) -> PdfPage:
    bitmap = image.get_bitmap(render=False)
    require_whole(image, bitmap, plain=True)
    gray, bare = _planes(bitmap)
    bits = image.get_metadata().bits_per_pixel
    quarter_turns = page.get_rotation() // 90
    dpi = image.get_px_size()[0] / image.get_matrix().get()[0] * 72
    bare = np.rot90(bare, -quarter_turns) if bare is not None else None
    return PdfPage(np.rot90(gray, -quarter_turns), dpi, bits == 1, bare)


def _rendered(file: Path, page: Any) -> PdfPage:
    """Draw a page; one that is larger than paper is (a phone's, a point for each pixel) more coarsely."""
    width, height = page.get_size()
    dpi = limits.RENDER_DPI * min(1, math.sqrt(limits.PAGE_PIXELS / (width * height)) * 72 / limits.RENDER_CHECK_DPI)
    bitmap = page.render(scale=dpi / 72, rev_byteorder=False, prefer_bgrx=True)
    gray, bare = _planes(bitmap)
    images = images_of(page)
    for image in images:
        require_decoded(image)
    if not images and np.mean(gray < _DARK) < _NOTHING and _holds(file, _IMAGE):
        raise CutOffError  # PDFium has left out an object that is not in the file
    return PdfPage(gray, dpi, bilevel=False, without_ink=bare)


def _planes(bitmap: Any) -> tuple[Gray, Gray | None]:
    """Return a PDFium bitmap as own arrays, gray and without coloured ink: the bitmap's memory goes with the page."""
    pixels = np.asarray(bitmap.to_numpy())
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.array(pixels.reshape(pixels.shape[:2]), dtype=np.uint8), None
    conversion = cv2.COLOR_BGRA2GRAY if pixels.shape[2] == 4 else cv2.COLOR_BGR2GRAY
    return np.asarray(cv2.cvtColor(pixels, conversion), dtype=np.uint8), without_ink(pixels)


def _error(code: str, file: Path, fault: str, cure: str) -> ScanError:
    return ScanError(code, place=str(file), fault=fault, cure=cure)
