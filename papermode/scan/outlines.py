"""Measure where the printed outlines of a page really are.

Nothing but an outline's own lines is printed within 1.5 mm of it (``CLEARANCE``), so the darkness
across each of its four sides, averaged along the side, shows the line alone; pen strokes cross it and
mostly average out. Two opposite sides are looked for together: a neighbour's line is never at the same
distance from both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.scan.sampling import Registration, sample

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Profiles = npt.NDArray[np.float64]

_STEP_MM: Final = 0.1
_ALONG: Final = 10
"""Samples along a side."""
_ALONG_SHARE: Final = 0.8
_MARGIN_MM: Final = 0.9
"""Profile beyond the reach, for the matched filter."""
_LINE_MM: Final = 0.15
"""Half width of the line in the matched filter."""
_CLEAR_MM: Final = (0.35, 0.8)
"""Where the paper beside the line is taken."""
_CONTRAST: Final = 0.22
"""Least darkness of a side's line against the paper beside it; paper is 0, the page's black 1."""
_AGREE_MM: Final = 0.25
"""Two opposite sides must agree on the shift by this."""
_CROSS_MM: Final = 3.0
"""Arms of an anchor cross (``w`` = ``h`` = 0), centre line to centre line."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """The printed outlines of a layout as arrays, in mm."""

    centres: Points
    """N x 2."""
    half: Points
    """N x 2: half width and half height of the centre line; 0 for a cross."""

    @classmethod
    def of(cls, rects: Sequence[Rect]) -> Outlines:
        """Take the outlines of a layout's anchors or boxes."""
        values = np.array([r.as_list() for r in rects], dtype=np.float64).reshape(-1, 4) / 100
        return cls(values[:, :2] + values[:, 2:] / 2, values[:, 2:] / 2)

    def __len__(self) -> int:
        """Return the number of outlines."""
        return len(self.centres)


def measure(
    gray: Gray, registration: Registration, outlines: Outlines, levels: tuple[float, float], reach_mm: float
) -> tuple[Points, Mask]:
    """Measure the shift of each outline from where the registration has it.

    Args:
        gray: the scan.
        registration: the registration so far.
        outlines: what to look for.
        levels: gray level of black and of paper on this page.
        reach_mm: largest shift looked for.

    Returns:
        Shifts (N x 2 mm, meaningful where found) and the mask of outlines found in both directions.
    """
    found = np.ones(len(outlines), dtype=bool)
    shifts = np.zeros((len(outlines), 2))
    for axis in (0, 1):
        shifts[:, axis], ok = _along_axis(gray, registration, outlines, levels, reach_mm, axis)
        found &= ok
    return shifts, found


def _along_axis(
    gray: Gray,
    registration: Registration,
    outlines: Outlines,
    levels: tuple[float, float],
    reach_mm: float,
    axis: int,
) -> tuple[npt.NDArray[np.float64], Mask]:
    across = np.arange(-reach_mm - _MARGIN_MM, reach_mm + _MARGIN_MM + 1e-9, _STEP_MM)
    cross = outlines.half[:, 0] == 0
    length = np.where(cross, _CROSS_MM / 2, outlines.half[:, 1 - axis])
    along = np.linspace(-_ALONG_SHARE, _ALONG_SHARE, _ALONG) * length[:, None]
    black, paper = levels
    sides: list[Profiles] = []
    for sign in (-1, 1):
        centres = outlines.centres.copy()
        centres[:, axis] += sign * outlines.half[:, axis]
        us, vs = (across, along) if axis == 0 else (along, across)
        grid = sample(gray, registration, centres, us, vs)
        profile = grid.mean(axis=1 if axis == 0 else 2, dtype=np.float64)
        sides.append(np.clip((paper - profile) / max(paper - black, 25), -0.2, 1.2))
    return _common_shift(sides[0], sides[1], across, reach_mm)


def _common_shift(
    first: Profiles, second: Profiles, across: npt.NDArray[np.float64], reach_mm: float
) -> tuple[npt.NDArray[np.float64], Mask]:
    """Find the shift that two opposite sides share: strongest common line, then the mean of both lines' centroids."""
    filtered = [_matched(p) for p in (first, second)]
    inside = np.flatnonzero(np.abs(across) <= reach_mm + 1e-9)
    both = np.minimum(*filtered)[:, inside]
    peak = inside[both.argmax(1)]
    strong = both.max(1) >= _CONTRAST
    places = [_centroid(p, peak, across) for p in (first, second)]
    agree = np.abs(places[0] - places[1]) <= _AGREE_MM
    return np.asarray((places[0] + places[1]) / 2), strong & agree


def _matched(profiles: Profiles) -> Profiles:
    """Return, at every place, how much darker a line there is than the lighter of its two sides."""
    line = _window_mean(profiles, 0, _LINE_MM)
    left = _window_mean(profiles, -sum(_CLEAR_MM) / 2, (_CLEAR_MM[1] - _CLEAR_MM[0]) / 2)
    right = _window_mean(profiles, sum(_CLEAR_MM) / 2, (_CLEAR_MM[1] - _CLEAR_MM[0]) / 2)
    # A pen stroke beside the line darkens one side only.
    return np.asarray(line - np.minimum(left, right))


def _window_mean(profiles: Profiles, offset_mm: float, half_mm: float) -> Profiles:
    reach = round((abs(offset_mm) + half_mm) / _STEP_MM)
    at = np.arange(-reach, reach + 1) * _STEP_MM
    kernel = (np.abs(at - offset_mm) <= half_mm + 1e-9).astype(np.float64)
    filtered = cv2.filter2D(profiles, -1, (kernel / kernel.sum())[None, :], borderType=cv2.BORDER_REPLICATE)
    return np.asarray(filtered, dtype=np.float64)


def _centroid(
    profiles: Profiles, peak: npt.NDArray[np.intp], across: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the centroid (mm) of the darkness above half height within 0.3 mm of the peak."""
    window = np.arange(-3, 4)
    columns = np.clip(peak[:, None] + window, 0, profiles.shape[1] - 1)
    near = np.take_along_axis(profiles, columns, axis=1)
    weight = np.clip(near - near.min(1, keepdims=True) - 0.25 * np.ptp(near, axis=1, keepdims=True), 0, None)
    total = np.maximum(weight.sum(1), 1e-9)
    return np.asarray((weight * across[columns]).sum(1) / total)
