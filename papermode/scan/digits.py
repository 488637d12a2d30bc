"""Name handwritten digits by a small convolutional network, in plain numpy.

42,042 parameters: two convolutions and two full layers. Weights, training and measured figures:
``papermode/scan/data/README.md``; the script: ``tools/train_digits.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

Pictures = npt.NDArray[np.float32]
Values = npt.NDArray[np.float32]

ACCEPT: Final = 0.92
"""A digit of this confidence is taken as read. Chosen on digits of neither training nor test."""

_BATCH: Final = 32
"""Pictures at once: more fall out of the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class _Net:
    """The weights, each layer a matrix and a bias."""

    c1: tuple[Values, Values]
    """25 x 12 (rows and columns of a 5 x 5 window; channels)."""
    c2: tuple[Values, Values]
    """108 x 24 (rows, columns and channels of a 3 x 3 window; channels)."""
    f1: tuple[Values, Values]
    """600 x 64."""
    f2: tuple[Values, Values]
    """64 x 10."""

    def __call__(self, pictures: Pictures) -> Values:
        """Return the probability of each digit, N x 10."""
        x = _pooled(_convolved(pictures[..., None], 5, self.c1))
        x = _pooled(_convolved(x, 3, self.c2))
        x = np.maximum(x.reshape(len(x), -1) @ self.f1[0] + self.f1[1], 0)
        x = x @ self.f2[0] + self.f2[1]
        x = np.exp(x - x.max(1, keepdims=True))
        return np.asarray(x / x.sum(1, keepdims=True))


def classify(cells: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.int64], Values]:
    """Name digits.

    Args:
        cells: N x 28 x 28, 0 = paper to 1 = ink, as :func:`papermode.scan.cells.normalised` gives them.

    Returns:
        The digits and their confidences, each N.
    """
    pictures = np.asarray(cells, dtype=np.float32)
    digits = np.zeros(len(pictures), np.int64)
    confidence = np.zeros(len(pictures), np.float32)
    for start in range(0, len(pictures), _BATCH):
        part = slice(start, start + _BATCH)
        chances = _net()(pictures[part])
        digits[part] = chances.argmax(1)
        confidence[part] = chances.max(1)
    return digits, confidence


@cache
def _net() -> _Net:
    with (files("papermode.scan") / "data" / "digits.npz").open("rb") as file, np.load(file) as data:
        weights = {name: data[name].astype(np.float32) for name in data.files}
    return _Net(*((weights[f"{layer}w"], weights[f"{layer}b"]) for layer in ("c1", "c2", "f1", "f2")))


def _convolved(x: Values, side: int, layer: tuple[Values, Values]) -> Values:
    """Return the convolution of N x H x W x C with ``side`` x ``side`` windows, before bias and activation."""
    n, height, width, channels = x.shape
    rows, columns = height - side + 1, width - side + 1
    windows = np.empty((n, rows, columns, side, side * channels), np.float32)
    flat = x.reshape(n, height, width * channels)
    for i in range(side):
        # The channels of a row's neighbouring pixels lie side by side: one strided view per row of the window.
        view = np.lib.stride_tricks.sliding_window_view(flat[:, i : i + rows], side * channels, axis=2)
        windows[:, :, :, i] = view[:, :, ::channels]
    return np.asarray((windows.reshape(-1, side * side * channels) @ layer[0]).reshape(n, rows, columns, -1) + layer[1])


def _pooled(x: Values) -> Values:
    """Return the greatest of each 2 x 2, and zero where it is negative."""
    x = np.maximum(x[:, :, 0::2], x[:, :, 1::2])
    return np.maximum(np.maximum(x[:, 0::2], x[:, 1::2]), 0)
