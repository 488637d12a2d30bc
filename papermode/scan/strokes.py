"""Follow the ink of mark boxes over their printed outlines: does a stroke go on where a mark would end?

A line of a scanner's glass, a hair, a stamp's frame, a long stroke of a pen through several boxes: inside of one box
all of them look like a mark. They differ in what is around it. A mark may overshoot a little, on one side far; what
leaves a box far on two sides, or very far on one, only passes through.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.scan.ink import Sheet

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

STEP_MM: Final = 0.125
_REACH_MM: Final = 2.75
"""What of the page around a box is looked at, from the outline's centre line."""
_BAND_MM: Final = 0.36
"""The printed outline with its blur, to both sides of its centre line."""
_STRIP_MM: Final = 0.30
"""Ink this near to the band goes into it."""
_BRIDGE_PX: Final = 13
"""A stroke at 45 degrees shifts by the band's width while it crosses it."""
FAR_MM: Final = 1.3
"""Ticks and crosses of a quick hand leave the outline by up to a millimetre."""
VERY_FAR_MM: Final = 2.4
"""As far as this, a stroke is at the next box: it may have come from there."""


def passes_through(sheet: Sheet, centres: Points, half: tuple[float, float], limits: Values) -> Mask:
    """Tell which boxes have ink in them that only passes through.

    Args:
        sheet: the registered page.
        centres: of boxes of one size, N x 2, mm.
        half: half the boxes' width and height, mm.
        limits: gray value per box below which a pixel is ink.
    """
    if not len(centres):
        return np.zeros(0, np.bool_)
    us, vs = (_offsets(side) for side in half)
    ink = sheet.values(sheet.grids(centres, us, vs)) < limits[:, None, None]
    # Patches lie one below the other in one picture; an empty row between them keeps their ink apart.
    ink[:, 0] = False
    beyond = np.maximum(np.abs(us)[None, :] - half[0], np.abs(vs)[:, None] - half[1]).astype(np.float32)
    inside, outside = beyond < -_BAND_MM, beyond > _BAND_MM
    joined = _labels(ink & ~_between(beyond, _BAND_MM) | _bridges(ink, beyond))
    of_mark = np.zeros(int(joined.max()) + 1, np.bool_)
    of_mark[joined[:, inside]] = True
    of_mark[0] = False
    pieces = _labels(ink & outside)
    box, row, column = np.nonzero(pieces)
    numbers = pieces[box, row, column]
    count = int(pieces.max()) + 1
    reach, owner, own = np.zeros(count, np.float32), np.zeros(count, np.int64), np.zeros(count, np.bool_)
    np.maximum.at(reach, numbers, beyond[row, column])
    owner[numbers] = box
    own[numbers[of_mark[joined[box, row, column]]]] = True
    far = np.bincount(owner[own & (reach > FAR_MM)], minlength=len(centres))
    very_far = np.bincount(owner[own & (reach > VERY_FAR_MM)], minlength=len(centres))
    return np.asarray((far > 1) | (very_far > 0))


def _offsets(half: float) -> npt.NDArray[np.float64]:
    reach = half + _REACH_MM
    return np.linspace(-reach, reach, round(2 * reach / STEP_MM) + 1)


def _between(beyond: Values, reach: float) -> Mask:
    return np.asarray(np.abs(beyond) <= reach)


def _labels(mask: Mask) -> npt.NDArray[np.int32]:
    """Return the number of its connected piece for every pixel of N patches; 0 = none."""
    stack = mask.reshape(-1, mask.shape[2]).astype(np.uint8)
    return np.asarray(cv2.connectedComponents(stack, connectivity=8)[1], dtype=np.int32).reshape(mask.shape)


def _bridges(ink: Mask, beyond: Values) -> Mask:
    """Return where ink crosses the printed outlines: between ink just inside and ink just outside."""
    brush = np.ones((_BRIDGE_PX, _BRIDGE_PX), np.uint8)
    near = _between(beyond, _BAND_MM + _STRIP_MM)
    grown = []
    for side in (beyond < -_BAND_MM, beyond > _BAND_MM):
        strip = (ink & (near & side)).reshape(-1, ink.shape[2]).astype(np.uint8)
        grown.append(np.asarray(cv2.dilate(strip, brush), dtype=np.bool_).reshape(ink.shape))
    return np.asarray(grown[0] & grown[1] & _between(beyond, _BAND_MM))
