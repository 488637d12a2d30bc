"""Plane maps from page millimetres to image pixels: fitting and applying.

Pixel coordinates name edges: the top left pixel covers (0, 0) to (1, 1). OpenCV's samplers name pixel
centres; :mod:`papermode.scan.sampling` is the one place that subtracts the half pixel.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


def apply(matrix: Matrix, points: Points) -> Points:
    """Map points (N x 2) by a 3 x 3 homography."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:3])


def jacobian(matrix: Matrix, points: Points) -> Matrix:
    """Return the map's derivative at each point, N x 2 x 2 (row: pixel x or y; column: mm x or y)."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    w = mapped[:, 2, None, None]
    pixels = (mapped[:, :2] / mapped[:, 2:3])[:, :, None]
    return np.asarray((matrix[None, :2, :2] - pixels * matrix[None, 2:3, :2]) / w)


def fit_similarity(source: Points, target: Points) -> Matrix:
    """Fit turn, scale and shift by least squares (at least 2 points); no mirror."""
    x, y = source[:, 0], source[:, 1]
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, c, d = np.linalg.lstsq(rows, np.concatenate([target[:, 0], target[:, 1]]), rcond=None)[0]
    return np.array([[a, -b, c], [b, a, d], [0, 0, 1]])


def fit_homography(source: Points, target: Points, weights: npt.NDArray[np.float64]) -> Matrix:
    """Fit a homography by weighted least squares of the pixel errors (at least 4 points).

    The linear (DLT) solution in normalised coordinates is reweighted twice by the points' projective
    depth, which turns its algebraic error into the geometric one.
    """
    t_source, t_target = _normaliser(source), _normaliser(target)
    p, q = apply(t_source, source), apply(t_target, target)
    x, y, u, v = p[:, 0], p[:, 1], q[:, 0], q[:, 1]
    one, zero = np.ones_like(x), np.zeros_like(x)
    depth = one
    h = np.eye(3)
    for _ in range(3):
        scale = (np.sqrt(weights) / depth)[:, None]
        upper = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], 1) * scale
        lower = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], 1) * scale
        right = np.concatenate([u[:, None] * scale, v[:, None] * scale])[:, 0]
        solution = np.linalg.lstsq(np.concatenate([upper, lower]), right, rcond=None)[0]
        h = np.append(solution, 1.0).reshape(3, 3)
        depth = np.abs(p @ h[2, :2] + 1)
    matrix = np.linalg.inv(t_target) @ h @ t_source
    return np.asarray(matrix / matrix[2, 2])


def _normaliser(points: Points) -> Matrix:
    """Return the map that centres points and gives them unit spread (Hartley 1997)."""
    centre = points.mean(0)
    spread = float(np.sqrt(((points - centre) ** 2).sum(1).mean())) or 1.0
    return np.array([[1 / spread, 0, -centre[0] / spread], [0, 1 / spread, -centre[1] / spread], [0, 0, 1]])
