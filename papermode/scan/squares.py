"""Find the black corner squares of a page."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.model.layout import CORNER_SIZE
from papermode.scan.levels import gray_percentiles
from papermode.scan.sampling import Registration, sample

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

SIDE_MM: Final = CORNER_SIZE / 100
_PIXELS_PER_MM: Final = 6.0
_AREA: Final = (0.55, 1.6)
"""Area of a candidate relative to the square's."""
_ASPECT: Final = (0.6, 1.65)
_FILL: Final = 0.72
"""Least share of the bounding box that is dark: a square turned by 10 degrees still has 0.73."""
_SCORE: Final = 0.35
_DISTANCE_COST: Final = 0.06
"""Per mm from the expected place."""
_THRESHOLDS: Final = (1.0, 0.8, 1.25)
"""Of Otsu's."""


def find_squares(gray: Gray, start: Registration, corners: Points, reach_mm: float) -> dict[int, Points]:
    """Find the corner squares near where they are expected.

    Args:
        gray: the scan.
        start: a first registration.
        corners: expected centres, N x 2 page mm.
        reach_mm: how far from there to look.

    Returns:
        For each square found: its number and its centre in page mm of ``start`` (shape 2).
    """
    offsets = np.arange(-reach_mm, reach_mm + 1e-9, 1 / _PIXELS_PER_MM)
    windows = sample(gray, start, corners, offsets, offsets)
    found: dict[int, Points] = {}
    for number, window in enumerate(windows):
        place = _square_in(window)
        if place is not None:
            found[number] = corners[number] + offsets[0] + place / _PIXELS_PER_MM
    return found


def _square_in(window: Gray) -> Points | None:
    """Return the place (x, y; pixels from the first sample) of the best square in a window."""
    soft = np.asarray(cv2.GaussianBlur(window, (0, 0), 0.7), dtype=np.uint8)
    otsu, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    side = SIDE_MM * _PIXELS_PER_MM
    brush = np.ones((round(0.35 * side),) * 2, np.uint8)
    best, best_score = None, _SCORE
    for factor in _THRESHOLDS:
        dark = (soft < otsu * factor).astype(np.uint8)
        count, labels, stats, centres = cv2.connectedComponentsWithStats(cv2.morphologyEx(dark, cv2.MORPH_OPEN, brush))
        for i in range(1, count):
            score = _score(stats[i], centres[i], window.shape[0])
            if score < best_score:
                best_score = score
                best = _centroid(soft, np.asarray(labels) == i)
        if best_score < _SCORE / 3:
            break
    return best


def _score(stats: npt.NDArray[np.int32], centre: Points, size: int) -> float:
    """Return how unlike the expected square a dark component is (0 = equal, infinite = none)."""
    w, h, area = int(stats[cv2.CC_STAT_WIDTH]), int(stats[cv2.CC_STAT_HEIGHT]), int(stats[cv2.CC_STAT_AREA])
    ratio = area / (SIDE_MM * _PIXELS_PER_MM) ** 2
    if not (_AREA[0] < ratio < _AREA[1] and _ASPECT[0] < w / h < _ASPECT[1] and area > _FILL * w * h):
        return float("inf")
    distance = float(np.hypot(*(centre - (size - 1) / 2))) / _PIXELS_PER_MM
    return abs(ratio - 1) + _DISTANCE_COST * distance


def _centroid(soft: Gray, component: npt.NDArray[np.bool_]) -> Points:
    """Return the centroid of the darkness on and just around a component: finer than a pixel."""
    around = np.asarray(cv2.dilate(component.astype(np.uint8), np.ones((5, 5), np.uint8)), dtype=bool)
    paper = gray_percentiles(soft[::3, ::3], 90)[0]
    weight = np.where(around, np.clip(paper - soft.astype(np.float64), 0, None), 0)
    total = weight.sum() or 1.0
    at = np.arange(soft.shape[0], dtype=np.float64)
    return np.array([(weight.sum(0) @ at) / total, (weight.sum(1) @ at) / total])
