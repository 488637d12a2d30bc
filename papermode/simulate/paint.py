"""Lay ink on a page: the one place where the simulator's strokes become pixels."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]


def lay_ink(
    page: Gray, scale: float, middle: tuple[float, float], cover: npt.NDArray[np.floating], per_mm: float, ink: float
) -> None:
    """Lay a shape on a page as ink, in place; the page never gets lighter.

    Args:
        page: uint8 gray, 255 = paper.
        scale: pixels of the page per mm.
        middle: where the shape's middle lies, in mm.
        cover: how much of each point is inked, 0 to 1.
        per_mm: points of the shape per mm.
        ink: reflectance of the ink, 0 black to 1 paper.
    """
    ratio = scale / per_mm
    height, width = cover.shape[0] * ratio, cover.shape[1] * ratio
    left, top = middle[0] * scale - width / 2, middle[1] * scale - height / 2
    x0, y0 = max(int(left), 0), max(int(top), 0)
    part = page[y0 : max(int(top + height) + 2, 0), x0 : max(int(left + width) + 2, 0)]
    if not part.size:
        return
    soft = cv2.GaussianBlur(cover, (0, 0), max(0.4 / ratio, 0.5)) if ratio < 1 else cover
    place = np.array([[ratio, 0, left - x0], [0, ratio, top - y0]])
    share = cv2.warpAffine(soft.astype(np.float32), place, part.shape[::-1], flags=cv2.INTER_LINEAR)
    share = np.clip(share, 0, 1)
    part[...] = np.round(part * (1 - share) + np.minimum(part, ink * 255) * share).astype(np.uint8)


def low_frequency(shape: tuple[int, ...], period: int, rng: np.random.Generator) -> Floats:
    """Return smooth noise between 0 and 1 whose features are about ``period`` pixels wide."""
    period = max(period, 1)
    coarse = rng.random((max(shape[0] // period, 1) + 2, max(shape[1] // period, 1) + 2)).astype(np.float32)
    smooth = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 1).astype(np.float32)


def ragged_line(length: int, sigma: float, period: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return ``length`` offsets of a torn or worn edge: smooth noise of the given sigma and period (in points)."""
    knots = max(round(length / max(period, 1.0)), 2) + 1
    return np.interp(np.linspace(0, knots - 1, length), np.arange(knots), rng.normal(0, sigma, knots))
