"""What can be told of words without reading them: where their ink is, coarsely enough to survive another scan.

Two images of one printed page are one sheet scanned twice, or a photocopy that somebody else wrote on. Marks and
numbers tell them apart; words only by their ink.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Darkness = npt.NDArray[np.float32]

_CELL_MM: Final = 1.5
_CELLS: Final = 1000
"""At most about that many in one trace: a page of notes has larger cells."""
_LEVELS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PER_DARKNESS: Final = 70
"""Levels for each unit of mean darkness: a cell that is half ink has the highest."""


def trace_of(dark: Darkness, pixels_per_mm: float) -> str:
    """Return the trace of a written area.

    Args:
        dark: its darkness, flat and upright, H x W (:meth:`papermode.scan.ink.Sheet.flat_darkness`).
        pixels_per_mm: its resolution.

    Returns:
        ``<columns>:<levels>``, the mean darkness of cells row by row, a character each.
    """
    height, width = dark.shape
    cell = max(_CELL_MM * pixels_per_mm, sqrt(height * width / _CELLS))
    columns, rows = max(round(width / cell), 1), max(round(height / cell), 1)
    soft = cv2.GaussianBlur(dark, (0, 0), 0.3 * cell)  # a shift of half a millimetre is none
    means = cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_AREA)
    levels = np.clip(np.rint(means * _PER_DARKNESS), 0, len(_LEVELS) - 1).astype(int)
    return f"{columns}:" + "".join(_LEVELS[level] for level in levels.ravel())


def difference(one: str, other: str) -> float:
    """Return which share of the ink lies elsewhere: 0 the same trace, 1 nothing in common.

    Two scans of the same words differ by some hundredths, other words by tenths (``tests/loop/test_trace.py``).
    """
    if one.partition(":")[0] != other.partition(":")[0] or len(one) != len(other):
        return 1.0
    a, b = (np.array([_LEVELS.index(c) for c in text.partition(":")[2]], dtype=np.float64) for text in (one, other))
    if not a.any() or not b.any():
        return 0.0 if a.any() == b.any() else 1.0
    return float(np.abs(a / a.sum() - b / b.sum()).sum() / 2)
