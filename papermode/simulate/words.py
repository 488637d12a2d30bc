"""Joined-up writing: words that nobody can read, with the look and the ink of a note."""

from __future__ import annotations

from typing import Final

import numpy as np

from papermode.simulate.paint import Points
from papermode.simulate.pens import Stroke

_LETTERS: Final[tuple[tuple[tuple[float, float], ...], ...]] = (
    ((0, 0), (0.45, 0.45), (0.4, 0.95), (0.15, 0.8), (0.2, 0.15), (0.6, 0)),
    ((0, 0), (0.5, 1.2), (0.4, 2.0), (0.2, 1.7), (0.25, 0.2), (0.6, 0)),
    ((0, 0), (0.25, 0.95), (0.3, 0), (0.55, 0.95), (0.6, 0.1), (0.8, 0)),
    ((0, 0), (0.2, 0.95), (0.25, 0), (0.45, 0.95), (0.5, 0), (0.7, 0.95), (0.75, 0.1), (1.0, 0)),
    ((0, 0), (0.2, 0.9), (0.3, 0.1), (0.5, 0.1), (0.65, 0.9), (0.65, 0.1), (0.9, 0)),
    ((0, 0), (0.55, 0.85), (0.2, 0.9), (0.1, 0.3), (0.4, 0), (0.65, 0.8), (0.65, 0.1), (0.9, 0)),
    ((0, 0), (0.3, 0.9), (0.1, 0.4), (0.35, 0), (0.6, 0.4), (0.4, 0.9), (0.75, 0.75)),
    ((0, 0), (0.4, 1.7), (0.35, 0.2), (0.55, 0), (0.75, 0.15)),
    ((0, 0), (0.5, 0.85), (0.15, 0.7), (0.3, 0), (0.6, 0.85), (0.5, -0.9), (0.25, -0.8), (0.8, 0)),
    ((0, 0), (0.3, 0.95), (0.35, 0.2), (0.55, 0)),
    ((0, 0), (0.3, 1.0), (0.5, 0.75), (0.45, 0.1), (0.15, 0.1), (0.7, 0)),
    ((0, 0), (0.45, 1.9), (0.3, 1.8), (0.2, 0.1), (0.5, 0.9), (0.6, 0.1), (0.85, 0)),
)
"""Joined letters (e, l, n, m, u, a, o, t, g, i, s, h) as points; the unit is the height of a small letter, y up."""


def word(rng: np.random.Generator, letters: int, height: float) -> list[Stroke]:
    """Return a word.

    Args:
        rng: the hand.
        letters: how many.
        height: of a small letter, in mm; ascenders reach twice as high.

    Returns:
        Strokes in mm (y down) from the start of the word's base line.
    """
    slant, spread, squash = rng.normal(0.25, 0.12), rng.uniform(0.9, 1.25), rng.uniform(0.8, 1.1)
    points: list[tuple[float, float]] = []
    at = 0.0
    for _ in range(letters):
        letter = np.array(_LETTERS[int(rng.integers(len(_LETTERS)))])
        letter = letter * (spread, squash) + rng.normal(0, 0.05, letter.shape)
        points += [(at + x, y) for x, y in letter.tolist()]
        at += float(letter[-1, 0]) + rng.uniform(0.0, 0.15)
    curve = _smooth(np.array(points))
    curve[:, 0] += slant * curve[:, 1]
    strokes = [curve * (height, -height)]
    if letters > 3 and rng.random() < 0.6:
        x, y = rng.uniform(0.2, 0.8) * at, rng.uniform(1.2, 1.5)
        strokes.append(np.array([(x - 0.3, y), (x, y + 0.05), (x + 0.35, y + 0.05)]) * (height, -height))
    return strokes


def line_of_words(rng: np.random.Generator, width: float, height: float) -> list[Stroke]:
    """Return words that fill at most a width (mm), from the start of their base line; none if no word fits."""
    strokes: list[Stroke] = []
    at, drift = 0.0, rng.normal(0, 0.012)
    while True:
        parts = word(rng, int(rng.integers(2, 9)), height)
        long = max(float(s[:, 0].max()) for s in parts)
        if at + long > width:
            return strokes
        strokes += [s + np.array([at, drift * at]) for s in parts]
        at += long + height * rng.uniform(0.7, 1.4)


def _smooth(points: Points) -> Points:
    """Return a Catmull-Rom spline through the points."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    parts = []
    for p0, p1, p2, p3 in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        cubic = (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        parts.append(0.5 * (2 * p1 + (p2 - p0) * t + cubic))
    return np.concatenate([*parts, points[-1:]])
