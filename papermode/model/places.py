"""Where every page has its codes and corner squares: the same for all forms, so that a page can be recognised by them.

A reader that has neither code can still look for them where the corner squares say they are.
"""

from __future__ import annotations

from typing import Final

from papermode.geometry import Hmm, Rect
from papermode.model.form import BODY_W
from papermode.model.layout import CORNER_INSET, CodePlace

CLAIM_SIDE: Final = 2800
LOCATOR_SIDE: Final = 2200
EDGE: Final = 1000
"""Nothing is printed nearer to the edge of the paper."""
_CLAIM_TOP: Final = 1150
_CLAIM_RIGHT: Final = 150
"""Distance from the right edge of the body."""
_LOCATOR_LEFT: Final = 1900
_LOCATOR_BOTTOM: Final = 40


def code_places(size: tuple[Hmm, Hmm]) -> tuple[CodePlace, CodePlace]:
    """Return the places of claim (top right) and locator (bottom left) on a paper of a size."""
    width, height = size
    left = (width - BODY_W) // 2
    claim = Rect(left + BODY_W - _CLAIM_RIGHT - CLAIM_SIDE, _CLAIM_TOP, CLAIM_SIDE, CLAIM_SIDE)
    top = height - EDGE - LOCATOR_SIDE - _LOCATOR_BOTTOM
    locator = Rect(max(left, _LOCATOR_LEFT), top, LOCATOR_SIDE, LOCATOR_SIDE)
    return CodePlace("claim", claim), CodePlace("locator", locator)


def corner_places(size: tuple[Hmm, Hmm]) -> tuple[tuple[Hmm, Hmm], ...]:
    """Return the centres of the corner squares: top left, top right, bottom left, bottom right."""
    xs, ys = ((CORNER_INSET, length - CORNER_INSET) for length in size)
    return tuple((x, y) for y in ys for x in xs)
