"""A smooth field of small shifts over the page: what is left when the plane map is taken away.

Paper slips in the feeder, curls and folds; no plane map follows that (every page within 0.5 mm only
with a field, docs/architecture.md). The field has two parts, both through the shifts measured at printed outlines.
A *wave* changes along the feed alone, as the rollers and a curl move paper; it reaches the middle of a page that has
outlines in its margins only. A thin-plate spline with smoothing takes what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64]

_UNIT_MM: Final = 100.0
"""Millimetres per unit of the spline's coordinates; the smoothing belongs to this unit."""
_SMOOTHING: Final = 0.02
_CELL_MM: Final = 18.0
"""Shifts are averaged over cells of this size first: less noise, and at most ~190 unknowns."""
_KNOT_MM: Final = 12.0
_TABLE_MM: Final = 6.0
"""Of a page whose shifts go up and down by 1 mm every 150 mm, a table is 0.01 mm off, and of one by 3 mm, 0.02 mm."""
_STIFF: Final = 0.1
"""Of a wave: what a bend costs against a millimetre of error at one outline."""
_ACROSS: Final = 0.6
"""A wave is taken to change along x, as on a sheet fed by its long edge, if that leaves so much less."""
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
    wave: Wave

    def __call__(self, points: Points) -> Points:
        """Return the shift in mm at points (M x 2, mm)."""
        return self.spline(points) + self.wave(points)

    def spline(self, points: Points) -> Points:
        """Return what the spline alone shifts."""
        at = points / _UNIT_MM
        return np.asarray(_kernel(at, self.centres) @ self.weights + _affine(at) @ self.affine)


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """A shift that changes along one direction of the page, piecewise linear."""

    axis: int
    """0: it changes along x; 1: along y."""
    start: float
    """Place of the first knot, mm."""
    knots: Points
    """N x 2, mm: the shift at knots ``_KNOT_MM`` apart."""

    def __call__(self, points: Points) -> Points:
        """Return the shift in mm at points (M x 2, mm)."""
        return np.asarray(_hats(points[:, self.axis] - self.start, len(self.knots)) @ self.knots)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A field whose spline is tabulated at even places of the page: each box and crop asks for its own shifts.

    The wave is kept as it is: it bends at its knots, which a table would round off.
    """

    shifts: npt.NDArray[np.float64]
    """R x C x 2, mm, ``_TABLE_MM`` apart from ``-_TABLE_MM`` on, both ways; bilinear between, constant beyond."""
    wave: Wave

    @classmethod
    def of(cls, field: Field, size: tuple[float, float]) -> Table:
        """Tabulate a field over a page and a little around it; ``size`` in mm."""
        xs, ys = (np.arange(-1, int(np.ceil(length / _TABLE_MM)) + 2) * _TABLE_MM for length in size)
        grid = np.stack(np.meshgrid(xs, ys), axis=-1)
        return cls(field.spline(grid.reshape(-1, 2)).reshape(grid.shape), field.wave)

    def __call__(self, points: Points) -> Points:
        """Return the shift in mm at points (M x 2, mm)."""
        rows, columns, _ = self.shifts.shape
        at = np.clip(points / _TABLE_MM + 1, 0, (columns - 1.001, rows - 1.001))
        whole = at.astype(np.intp)
        x, y = whole.T
        across, down = (at - whole).T[:, :, None]
        above = self.shifts[y, x] * (1 - across) + self.shifts[y, x + 1] * across
        below = self.shifts[y + 1, x] * (1 - across) + self.shifts[y + 1, x + 1] * across
        return np.asarray(above * (1 - down) + below * down + self.wave(points))


def fit_field(points: Points, shifts: Points) -> tuple[Field, npt.NDArray[np.bool_]] | None:
    """Fit a field to measured shifts; returns it with the mask of points that agree with it.

    ``None`` when there are fewer than 6 points. A point disagrees when it lies more than 0.6 mm (or four
    medians, if that is more) from a robust cubic with a wave: such a "shift" is a pen stroke taken for an outline.
    """
    if len(points) < 6:
        return None
    error = np.linalg.norm(shifts - _robust(points, shifts), axis=1)
    kept = error <= max(_OUTLIER_MM, _OUTLIER_MEDIANS * float(np.median(error)))
    wave = _fit_wave(points[kept], shifts[kept], np.ones(int(kept.sum())))
    at, value = _cell_means(points[kept], shifts[kept] - wave(points[kept]))
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
    return Field(at, solution[:n], solution[n:], wave), kept


def _fit_wave(points: Points, shifts: Points, weight: Weights) -> Wave:
    """Fit the wave along the direction in which it explains more."""
    fits = [_wave_along(axis, points, shifts, weight) for axis in (1, 0)]
    errors = [float((np.abs(shifts - wave(points)) * weight[:, None]).mean()) for wave in fits]
    return fits[1] if errors[1] < _ACROSS * errors[0] else fits[0]


def _wave_along(axis: int, points: Points, shifts: Points, weight: Weights) -> Wave:
    start = float(points[:, axis].min())
    count = max(int(np.ceil((points[:, axis].max() - start) / _KNOT_MM)), 2) + 1
    hats = _hats(points[:, axis] - start, count)
    bends = np.diff(np.eye(count), n=2, axis=0)
    weighted = hats * weight[:, None]
    normal = weighted.T @ hats + _STIFF * bends.T @ bends + 1e-6 * np.eye(count)
    return Wave(axis, start, np.asarray(np.linalg.solve(normal, weighted.T @ shifts), dtype=np.float64))


def _hats(along: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the weights of knots for places between them; beyond the ends the shift stays what it is there."""
    at = np.clip(along / _KNOT_MM, 0, count - 1)
    return np.asarray(np.clip(1 - np.abs(at[:, None] - np.arange(count)[None, :]), 0, 1))


def _kernel(a: Points, b: Points) -> Points:
    square = np.square(a[:, :1] - b[:, 0]) + np.square(a[:, 1:] - b[:, 1])
    out = np.log(np.maximum(square, 1e-12))
    out *= square
    out *= 0.5
    return np.asarray(out)


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


def _robust(points: Points, shifts: Points) -> Points:
    """Return a cubic (a quadratic with few points) and a wave through the shifts, with outliers weighted down."""
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
    # What a cubic cannot follow is no outlier if its neighbours along the feed say the same.
    left = shifts - fitted
    gentle = 1 / (1 + (left**2).sum(1) / _OUTLIER_MM**2)
    return np.asarray(fitted + _fit_wave(points, left, gentle)(points))
