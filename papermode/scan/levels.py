"""Percentiles of pictures. NumPy's own take longer than all else that is done to a comb; these are the same numbers."""

from __future__ import annotations

import cv2
import cv2.typing
import numpy as np
import numpy.typing as npt


def gray_percentiles(gray: cv2.typing.MatLike, *percents: float) -> tuple[float, ...]:
    """Return percentiles of 8-bit gray values (0 to 100, linear between values as in ``numpy.percentile``)."""
    upto = np.cumsum(cv2.calcHist([np.ascontiguousarray(gray)], [0], None, [256], [0, 256]))
    places = [(gray.size - 1) * percent / 100 for percent in percents]
    values = [np.searchsorted(upto, (int(at), int(np.ceil(at))), side="right").tolist() for at in places]
    return tuple(_between(low, high, at) for (low, high), at in zip(values, places, strict=True))


def percentile(values: npt.NDArray[np.float32], percent: float) -> float:
    """Return a percentile of numbers (0 to 100, linear between values as in ``numpy.percentile``)."""
    at = (values.size - 1) * percent / 100
    low, high = int(at), int(np.ceil(at))
    ordered = np.partition(values.ravel(), (low, high) if low != high else low)
    return _between(float(ordered[low]), float(ordered[high]), at)


def _between(low: float, high: float, at: float) -> float:
    return float(low + (high - low) * (at - int(at)))
