"""Tell written combs and crops from empty ones, by their ink."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import Box
from papermode.scan.ink import Darkness, Mask, Sheet, without_specks
from papermode.scan.trace import trace_of

_INK: Final = 0.28
_CELL_INK: Final = 0.20
"""A cell is smaller than a crop and nothing else is near it: a faint pencil's digit must not count as nothing."""
_INSET_MM: Final = 0.55
"""From an outline's centre line: line, blur and a shift left over."""
_CROP_INSET_MM: Final = 0.40
"""Words are written over a crop's thin gray edge; what of them lies inside must not count as nothing."""
_CELL_STEP_MM: Final = 0.125
_CROP_PIXELS_PER_MM: Final = 5.0
_NOISE_FACTOR: Final = 1.3
_STD_FAINT: Final = 0.008
"""Crops more uneven than the page's others, by this factor and difference, are looked at for faint strokes."""
_SMOOTH_MM: Final = 0.20
_FAINT: Final = 0.06
"""Darkness of the faintest stroke, once smoothed."""
_SIGMAS: Final = 6.0
_MAD_TO_SIGMA: Final = 1.48
_STROKE_MM: Final = 1.5
"""Shorter pieces of faint ink are the paper's."""
INK_MM2: Final = 0.15
"""More ink than this in a cell or crop is writing. The thinnest digit 1 (4.2 mm high, 0.3 mm pen) has 1.3."""


def ink_in_cells(sheet: Sheet, boxes: Sequence[Box]) -> list[tuple[float, ...]]:
    """Return the ink in mm² of every cell of every comb."""
    cells: list[Rect] = []
    for box in boxes:
        edges = [box.rect.x + round(i * box.rect.w / box.cells) for i in range(box.cells + 1)]
        cells += [Rect(a, box.rect.y, b - a, box.rect.h) for a, b in pairwise(edges)]
    amounts = iter(_ink(sheet, cells))
    return [tuple(next(amounts) for _ in range(box.cells)) for box in boxes]


def ink_in_crops(sheet: Sheet, boxes: Sequence[Box]) -> list[float]:
    """Return the ink in mm² of every crop: what is dark, or else what stands out of the noise of the page's crops."""
    pictures = [_inside(sheet, box.rect.grown(-round(_CROP_INSET_MM * 100))) for box in boxes]
    uneven = np.array([float(dark.std()) if dark.size else 0.0 for dark in pictures])
    noise = float(np.percentile(uneven, 25)) if boxes else 0.0
    amounts = []
    for dark, std in zip(pictures, uneven.tolist(), strict=True):
        amount = _area(without_specks(dark > _INK, _CROP_PIXELS_PER_MM))
        if amount <= INK_MM2 and std > _NOISE_FACTOR * noise + _STD_FAINT:
            amount = max(amount, _faint_ink(dark))
        amounts.append(amount)
    return amounts


def _inside(sheet: Sheet, rect: Rect) -> Darkness:
    """Return the darkness of a part of the page that may be long enough for the paper to bend in it."""
    if rect.w <= 0 or rect.h <= 0:
        return np.zeros((0, 0), np.float32)
    return sheet.flat_darkness(rect, _CROP_PIXELS_PER_MM)


def traces(sheet: Sheet, boxes: Sequence[Box]) -> list[str]:
    """Return where the ink is in crops that are written on (:mod:`papermode.scan.trace`)."""
    inner = [box.rect.grown(-round(_INSET_MM * 100)) for box in boxes]
    return [trace_of(sheet.flat_darkness(rect, _CROP_PIXELS_PER_MM), _CROP_PIXELS_PER_MM) for rect in inner]


def _faint_ink(dark: Darkness) -> float:
    """Return the area in mm² of strokes of a faint or grainy pencil: long, and clear of the noise around them."""
    smooth = cv2.GaussianBlur(dark, (0, 0), _SMOOTH_MM * _CROP_PIXELS_PER_MM)
    level = float(np.median(smooth))
    sigma = _MAD_TO_SIGMA * float(np.median(np.abs(smooth - level)))
    ink = (smooth > level + max(_FAINT, _SIGMAS * sigma)).astype(np.uint8)
    pieces = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    longest = np.maximum(pieces[:, cv2.CC_STAT_WIDTH], pieces[:, cv2.CC_STAT_HEIGHT])
    strokes = pieces[longest >= _STROKE_MM * _CROP_PIXELS_PER_MM, cv2.CC_STAT_AREA]
    return float(strokes.sum()) / _CROP_PIXELS_PER_MM**2


def _area(ink: Mask) -> float:
    return float(ink.sum()) / _CROP_PIXELS_PER_MM**2


def _ink(sheet: Sheet, rects: Sequence[Rect]) -> list[float]:
    """Return the ink in mm² inside rectangles; those of nearly one size are read in one go."""
    if not rects:
        return []
    values = np.array([r.as_list() for r in rects], dtype=np.float64) / 100
    centres = values[:, :2] + values[:, 2:] / 2
    half = np.maximum(values[:, 2:] / 2 - _INSET_MM, _CELL_STEP_MM)
    amounts = np.zeros(len(rects))
    sizes = np.ceil(half / _CELL_STEP_MM).astype(np.int64)
    for size in np.unique(sizes, axis=0):
        same = (sizes == size).all(1)
        us, vs = (_grid(half[same, axis], int(size[axis])) for axis in (0, 1))
        dark = sheet.darkness(sheet.grids(centres[same], us, vs))
        area = 4 * half[same].prod(1)
        amounts[same] = (dark > _CELL_INK).mean((1, 2)) * area
    return [float(a) for a in amounts]


def _grid(half: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    return np.asarray(half[:, None] * np.linspace(-1, 1, 2 * count + 1)[None, :])
