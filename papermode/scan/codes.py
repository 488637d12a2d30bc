"""Find the QR codes of a page: claim (PM1), locator (PML1) and others.

The whole page is always searched once, although a crop would be ten times cheaper than those 2.5 ms:
a second claim on the same sheet (two pages fed together, a sticker) must be seen. Only when our codes
are missing are the page's corners searched again in enhanced copies, in the order of their measured
use (docs/architecture.md, "Reading a damaged code").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from papermode.scan import limits
from papermode.symbols import qr

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

CLAIM_PREFIX: Final = "PM1 "
LOCATOR_PREFIX: Final = "PML1 "

_SAMPLES: Final = 4
"""Pixels per module and direction when the modules of a symbol are looked at."""
_AGREEMENT: Final = 0.7
"""Least share of agreeing modules of a mirrored symbol. One that papermode has not drawn (another mask) has a half."""
_CROP: Final = 0.30
"""Side of a corner crop, of the page's short side: 63 mm of A4, which holds either code with skew."""


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """One decoded code."""

    text: str
    corners: Points
    """4 x 2 pixels (x right, y down; a pixel's centre is at +0.5): the symbol's own top left, top right,
    bottom right, bottom left. Of a mirrored symbol the decoder has the second and the last exchanged."""
    mirrored: bool = False
    """It is one of ours, seen from behind: through the paper, from the other side."""


@dataclass(frozen=True, slots=True)
class Codes:
    """All codes of a page, each text once, in the order of discovery.

    Mirrored claims and locators are among the others if there is any that is not: they are those of the sheet's back.
    Only a page that is mirrored as a whole has no other.
    """

    claims: tuple[Code, ...]
    locators: tuple[Code, ...]
    others: tuple[Code, ...]

    def __bool__(self) -> bool:
        """Tell whether any code was found."""
        return bool(self.all)

    @property
    def all(self) -> tuple[Code, ...]:
        """All of them."""
        return (*self.claims, *self.locators, *self.others)

    def joined(self, more: Iterable[Code]) -> Codes:
        """Return these codes and others, each text once."""
        found = {c.text: c for c in self.all}
        return _sorted({**{c.text: c for c in more}, **found})


def qr_formats() -> zxingcpp.BarcodeFormats:
    """Return what to look for. Not ``QRCode``: in zxing-cpp 3 that includes Micro QR, which is "found" in scribbles.

    Made for each call: kept in a module it outlives the interpreter, which then complains on stderr.
    """
    return zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def find_codes(gray: Gray, accept: Callable[[str], bool] = lambda _: True) -> Codes:
    """Find the codes of a page image at any rotation.

    Args:
        gray: the page, uint8.
        accept: tells whether a PM1 text is genuine; the rescue of a damaged claim goes on until one is.
    """
    found: dict[str, Code] = {}
    _decode(gray, found)
    if _complete(found, accept):
        return _sorted(found)
    corners = _corner_crops(gray)
    for enhance, scale in _PASSES:
        for crop, x, y in corners:
            _decode(enhance(crop), found, scale, x, y)
        # The second code helps the registration, but is not worth all passes over four corners.
        if _identified(found, accept):
            break
    return _sorted(found)


def _complete(found: dict[str, Code], accept: Callable[[str], bool]) -> bool:
    straight = (text for text, code in found.items() if not code.mirrored)
    return _identified(found, accept) and any(text.startswith(LOCATOR_PREFIX) for text in straight)


def _identified(found: dict[str, Code], accept: Callable[[str], bool]) -> bool:
    return any(text.startswith(CLAIM_PREFIX) and not code.mirrored and accept(text) for text, code in found.items())


def _sorted(found: dict[str, Code]) -> Codes:
    ours = [c for c in found.values() if c.text.startswith((CLAIM_PREFIX, LOCATOR_PREFIX))]
    ours = [c for c in ours if not c.mirrored] or ours
    claims = tuple(c for c in ours if c.text.startswith(CLAIM_PREFIX))
    locators = tuple(c for c in ours if c.text.startswith(LOCATOR_PREFIX))
    return Codes(claims, locators, tuple(c for c in found.values() if c not in ours))


def _decode(gray: Gray, found: dict[str, Code], scale: float = 1, x: float = 0, y: float = 0) -> None:
    """Add the codes of a picture that is ``scale`` times the page's part at (x, y)."""
    results = zxingcpp.read_barcodes(gray, formats=qr_formats(), try_downscale=False, try_invert=False)
    for result in results:
        text = result.text
        if len(found) >= limits.CODES_PER_PAGE or not text or len(text) > limits.CODE_CHARACTERS or text in found:
            continue
        found[text] = Code(text, _corners(result) / scale + (x, y), is_mirrored(gray, result))


def _corners(result: zxingcpp.Barcode) -> Points:
    p = result.position
    return np.array([(q.x, q.y) for q in (p.top_left, p.top_right, p.bottom_right, p.bottom_left)], dtype=np.float64)


def is_mirrored(gray: Gray, result: zxingcpp.Barcode) -> bool:
    """Tell whether what was decoded in a picture is a claim or locator seen from behind: the decoder does not say.

    The modules are compared with those that its text gives, with rows and columns exchanged.
    """
    text = result.text
    if not text.startswith((CLAIM_PREFIX, LOCATOR_PREFIX)):
        return False
    try:
        symbol = qr.claim_symbol(text) if text.startswith(CLAIM_PREFIX) else qr.locator_symbol(text)
    except ValueError:
        return False  # not one of ours
    modules = symbol.modules
    packed = np.frombuffer(symbol.rows, np.uint8).reshape(modules, -1)
    dark = np.unpackbits(packed, axis=1, count=modules).astype(bool)
    size = modules * _SAMPLES
    square = np.array([(0, 0), (size, 0), (size, size), (0, size)], dtype=np.float32)
    straight = cv2.getPerspectiveTransform(_corners(result).astype(np.float32), square)
    flat = cv2.warpPerspective(gray, straight, (size, size))
    window = 9 * _SAMPLES
    seen = (flat < cv2.blur(flat, (window, window)))[_SAMPLES // 2 :: _SAMPLES, _SAMPLES // 2 :: _SAMPLES]
    return bool(np.mean((seen == dark.T)[dark != dark.T]) > _AGREEMENT)


def _corner_crops(gray: Gray) -> list[tuple[Gray, int, int]]:
    """Return the four corners of the page with their places: top right and bottom left first (upright pages)."""
    height, width = gray.shape
    side = round(min(height, width) * _CROP)
    places = ((width - side, 0), (0, height - side), (0, 0), (width - side, height - side))
    return [(np.ascontiguousarray(gray[y : y + side, x : x + side]), x, y) for x, y in places]


def _twice(crop: Gray) -> Gray:
    return _u8(cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))


def _contrast(crop: Gray) -> Gray:
    return _u8(cv2.createCLAHE(3, (8, 8)).apply(crop))


def _sharp(crop: Gray) -> Gray:
    return _u8(cv2.addWeighted(crop, 2.5, cv2.GaussianBlur(crop, (0, 0), 2.5), -1.5, 0))


def _soft(crop: Gray, sigma: float) -> Gray:
    return _u8(cv2.GaussianBlur(crop, (0, 0), sigma))


def _flat(crop: Gray) -> Gray:
    return _u8(cv2.adaptiveThreshold(_soft(crop, 1.0), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 41, 8))


def _u8(image: npt.ArrayLike) -> Gray:
    return np.asarray(image, dtype=np.uint8)


_PASSES: Final[tuple[tuple[Callable[[Gray], Gray], int], ...]] = (
    (_twice, 2),
    (lambda crop: _twice(_contrast(crop)), 2),
    (lambda crop: _twice(_sharp(crop)), 2),
    (lambda crop: _soft(crop, 1.0), 1),
    (lambda crop: _twice(_soft(crop, 0.8)), 2),
    (_flat, 1),
)
"""(enhancement, its scale), in the order of failures rescued among 1,492 of 5,208 symbols."""
