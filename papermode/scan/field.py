"""A smooth field of small shifts over the page: what is left when the plane map is taken away.

Paper slips in the feeder, curls and folds; no plane map follows that (every page within 0.5 mm only
with a field, docs/architecture.md). The field is a thin-plate spline with smoothing through the shifts
measured at printed outlines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

_UNIT_MM: Final = 100.0
"""Millimetres per unit of the spline's coordinates; the smoothing belongs to this unit."""
_SMOOTHING: Final = 0.02
_CELL_MM: Final = 18.0
"""Shifts are averaged over cells of this size first: less noise, and at most ~190 unknowns."""
_OUTLIER_MM: Final = 0.6
_OUTLIER_MEDIANS: Final = 4.0
_CUBIC_FROM: Final = 25


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A thin-plate spline, two components."""

    centres: Points
    """N x 2 in units of 100 mm."""
    weights: Points
    """N x 2, in mm."""
    affine: Points
    """3 x 2, in mm: constant, x, y."""

    def __call__(self, points: Points) -> Points:
        """Return the shift in mm at points (M x 2, mm)."""
        at = points / _UNIT_MM
        return np.asarray(_kernel(at, self.centres) @ self.weights + _affine(at) @ self.affine)


def fit_field(points: Points, shifts: Points) -> tuple[Field, npt.NDArray[np.bool_]] | None:
    """Fit a field to measured shifts; returns it with the mask of points that agree with it.

    ``None`` when there are fewer than 6 points. A point disagrees when it lies more than 0.6 mm (or four
    medians, if that is more) from a robust cubic: such a "shift" is a pen stroke taken for an outline.
    """
    if len(points) < 6:
        return None
    error = np.linalg.norm(shifts - _robust_polynomial(points, shifts), axis=1)
    kept = error <= max(_OUTLIER_MM, _OUTLIER_MEDIANS * float(np.median(error)))
    at, value = _cell_means(points[kept], shifts[kept])
    if len(at) < 4:
        return None
    n = len(at)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = _kernel(at, at) + _SMOOTHING * np.eye(n)
    system[:n, n:] = _affine(at)
    system[n:, :n] = _affine(at).T
    right = np.concatenate([value, np.zeros((3, 2))])
    # Least squares: points on one line leave the affine part undetermined.
    solution = np.linalg.lstsq(system, right, rcond=1e-10)[0]
    return Field(at, solution[:n], solution[n:]), kept


def _kernel(a: Points, b: Points) -> Points:
    square = ((a[:, None, :] - b[None, :, :]) ** 2).sum(2)
    return np.asarray(0.5 * square * np.log(np.maximum(square, 1e-12)))


def _affine(at: Points) -> Points:
    return np.concatenate([np.ones((len(at), 1)), at], axis=1)


def _cell_means(points: Points, shifts: Points) -> tuple[Points, Points]:
    """Return mean place (spline units) and mean shift of the points of each cell."""
    cells = np.floor(points / _CELL_MM).astype(np.int64)
    _, group = np.unique(cells[:, 0] * 100_000 + cells[:, 1], return_inverse=True)
    count = np.bincount(group)[:, None]
    sums = [np.bincount(group, column) for column in (*points.T, *shifts.T)]
    means = np.stack(sums, 1) / count
    return means[:, :2] / _UNIT_MM, means[:, 2:]


def _robust_polynomial(points: Points, shifts: Points) -> Points:
    """Return a cubic (a quadratic with few points) through the shifts, at the points, with outliers weighted down."""
    x, y = ((points - points.mean(0)) / _UNIT_MM).T
    degree = 3 if len(points) >= _CUBIC_FROM else 2 if len(points) >= 12 else 1
    basis = np.stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=1)
    weight = np.ones(len(points))
    fitted = np.zeros_like(shifts)
    for _ in range(4):
        weighted = basis * weight[:, None]
        normal = weighted.T @ basis + 1e-3 * np.eye(basis.shape[1])
        fitted = basis @ np.linalg.solve(normal, weighted.T @ shifts)
        error = np.linalg.norm(shifts - fitted, axis=1)
        scale = max(float(np.median(error)), 0.03)
        weight = 1 / (1 + (error / (2 * scale)) ** 2) ** 2
    return np.asarray(fitted)
