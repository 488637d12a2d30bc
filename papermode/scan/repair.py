"""Read a code that no decoder finds, where the page's corner squares say that it must be.

Version, level and mask of both symbols are fixed, so that most of what a decoder needs to find a symbol (finders,
timing, alignment, format) is known beforehand. It is drawn anew over what a torn corner or a pen left of it, and
error correction does the rest (docs/architecture.md, "Reading a damaged code").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from papermode.model.layout import CodePlace
from papermode.model.places import code_places
from papermode.scan.codes import CLAIM_PREFIX, LOCATOR_PREFIX, Code, is_mirrored, qr_formats
from papermode.scan.frames import Frame
from papermode.scan.sampling import Registration, rectify
from papermode.symbols import qr

Gray = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float32]

_PIXELS: Final = 8
"""Samples per module and direction."""
_QUIET: Final = 4
_SNAP: Final = 16
"""Largest shift tried, in samples: two modules, 0.9 mm of a claim."""
_SNAP_STEP: Final = 2
_SOFT: Final = 0.22
"""Sigma of the blur before a module is sampled, in modules."""
_WINDOWS: Final = (9, 15, 25)
"""Modules around, over which the local threshold is taken; tried in turn."""
_PREFIXES: Final[dict[qr.Kind, str]] = {"claim": CLAIM_PREFIX, "locator": LOCATOR_PREFIX}


class CodeView:
    """The place of one code of a page, as one frame has it; nothing is computed before it is asked for."""

    def __init__(self, gray: Gray, frame: Frame, place: CodePlace) -> None:
        """Look at a place of a page that lies as a frame says."""
        self.kind: qr.Kind = place.kind
        self.corners = frame.codes()[place.kind].corners
        self.known = _known(place.kind)
        """Which modules are known: 1 dark, -1 light, 0 unknown."""
        self._gray, self._frame, self._rect = gray, frame, place.rect

    @cached_property
    def picture(self) -> Gray:
        """The code's place, flat, with its quiet zone and room to move."""
        module = self._rect.w / len(self.known)
        margin = round(module * (_QUIET + _SNAP / _PIXELS))
        return rectify(self._gray, Registration(self._frame.matrix), self._rect.grown(margin), _PIXELS * 100 / module)

    @cached_property
    def modules(self) -> Values:
        """The gray value at each module's middle, after moving the symbol to where its known modules fit best."""
        soft = np.asarray(cv2.GaussianBlur(self.picture, (0, 0), _SOFT * _PIXELS), dtype=np.float32)
        y, x = _snapped(soft, self.known)
        end = _PIXELS * len(self.known)
        return soft[y : y + end : _PIXELS, x : x + end : _PIXELS]


def views_of(gray: Gray, frames: Sequence[Frame]) -> list[tuple[CodeView, CodeView]]:
    """Return the places of claim and locator of a page for each way that it may lie."""
    return [
        (CodeView(gray, frame, claim), CodeView(gray, frame, locator))
        for frame in frames
        for claim, locator in (code_places(frame.size),)
    ]


def repaired_codes(views: Sequence[tuple[CodeView, CodeView]], accept: Callable[[str], bool]) -> list[Code]:
    """Read the codes at the places that frames give them.

    Args:
        views: claim and locator for each way that the page may lie.
        accept: tells whether a PM1 text is genuine.

    Returns:
        The codes of the first frame that has a genuine claim or, if none has, of the first with a locator.
    """
    locators: list[Code] = []
    for pair in views:
        found = [Code(text, view.corners) for view in pair if (text := _accepted(view, accept))]
        if any(code.text.startswith(CLAIM_PREFIX) for code in found):
            return found
        locators = locators or found
    return locators


def _accepted(view: CodeView, accept: Callable[[str], bool]) -> str:
    prefix, is_locator = _PREFIXES[view.kind], view.kind == "locator"
    return next((t for t in _texts(view) if t.startswith(prefix) and (is_locator or accept(t))), "")


def _texts(view: CodeView) -> Iterator[str]:
    """Yield what a code may say: decoded as it is, then with its known modules drawn anew."""
    yield from _decoded(view.picture)
    for window in _WINDOWS:
        yield from _decoded(_drawn(view.modules, view.known, window))


def _decoded(picture: Gray) -> Iterator[str]:
    for result in zxingcpp.read_barcodes(
        picture, qr_formats(), try_rotate=False, try_downscale=False, try_invert=False
    ):
        if result.text and not is_mirrored(picture, result):
            yield result.text


@cache
def _known(kind: qr.Kind) -> Values:
    """Return a kind's known modules: 1 dark, -1 light, 0 unknown."""
    table = qr.known_modules(kind, _PREFIXES[kind])
    return np.array([[0 if m is None else 1 if m else -1 for m in row] for row in table], dtype=np.float32)


def _snapped(soft: Values, known: Values) -> tuple[int, int]:
    """Return the sample (row, column) of the first module's middle: where the known modules fit best."""
    window = 6 * _PIXELS + 1
    contrast = cv2.blur(soft, (window, window)) - soft
    middle = (_QUIET * _PIXELS) + _SNAP + _PIXELS // 2
    size = _PIXELS * len(known)
    best, place = -np.inf, (middle, middle)
    for dy in range(-_SNAP, _SNAP + 1, _SNAP_STEP):
        for dx in range(-_SNAP, _SNAP + 1, _SNAP_STEP):
            y, x = middle + dy, middle + dx
            score = float((contrast[y : y + size : _PIXELS, x : x + size : _PIXELS] * known).sum())
            if score > best:
                best, place = score, (y, x)
    return place


def _drawn(values: Values, known: Values, window: int) -> Gray:
    """Return a clean symbol from the modules' gray values, the known ones as they must be."""
    brush = np.ones((window, window), np.uint8)
    levels = (cv2.dilate(values, brush) + cv2.erode(values, brush)) / 2
    dark = values < cv2.blur(levels, (window, window))
    dark = np.where(known == 0, dark, known > 0)
    symbol = np.pad(np.where(dark, 0, 255).astype(np.uint8), _QUIET, constant_values=255)
    return np.asarray(np.kron(symbol, np.ones((4, 4), np.uint8)), dtype=np.uint8)
