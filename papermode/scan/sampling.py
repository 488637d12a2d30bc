"""Read pixels of a scan at places given in page millimetres, many small grids at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.scan import plane
from papermode.scan.field import Field

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.float64]

_REMAP_ROWS: Final = 30_000
"""OpenCV's remap takes no map with 32,767 rows or more."""


_GRID_MM: Final = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Where the page lies in the image. A page point p (mm) appears at homography(p + field(p))."""

    homography: plane.Matrix
    """3 x 3, page mm to pixels (edge convention of :mod:`papermode.scan.plane`)."""
    field: Field | None = None

    def to_pixels(self, points: Points) -> Points:
        """Map page points (N x 2, mm) to pixels."""
        return plane.apply(self.homography, self.shifted(points))

    def shifted(self, points: Points) -> Points:
        """Return the points moved by the field, still in mm."""
        return points if self.field is None else points + self.field(points)

    def pixels_per_mm(self, points: Points) -> plane.Matrix:
        """Return the local linear map at each point, N x 2 x 2. The field's slope (< 1 %) is left out."""
        return plane.jacobian(self.homography, points)

    @property
    def rotation(self) -> int:
        """Clockwise degrees (0, 90, 180, 270) by which the image must be turned to be upright."""
        along_x = plane.jacobian(self.homography, np.array([[100.0, 140.0]]))[0, :, 0]
        quarter = round(float(np.degrees(np.arctan2(along_x[1], along_x[0]))) / 90)
        return (-90 * quarter) % 360


def sample(gray: Gray, registration: Registration, centres: Points, us: Offsets, vs: Offsets) -> Gray:
    """Read a grid of pixels around each centre.

    Args:
        gray: the scan.
        registration: where the page lies in it.
        centres: N x 2, page mm.
        us: offsets along the page's x in mm, shape (U,) for all centres or (N, U).
        vs: offsets along the page's y in mm, shape (V,) or (N, V).

    Returns:
        N x V x U uint8; outside of the scan is paper (255).
    """
    n = len(centres)
    us, vs = np.broadcast_to(us, (n, us.shape[-1])), np.broadcast_to(vs, (n, vs.shape[-1]))
    at = (registration.to_pixels(centres) - 0.5).astype(np.float32)
    local = registration.pixels_per_mm(centres).astype(np.float32)
    u, v = us.astype(np.float32), vs.astype(np.float32)
    out = np.empty((n, v.shape[1], u.shape[1]), np.uint8)
    step = max(_REMAP_ROWS // v.shape[1], 1)
    for lo in range(0, n, step):
        part = slice(lo, lo + step)
        maps = [
            (at[part, axis, None, None] + local[part, axis, 0, None, None] * u[part, None, :])
            + (local[part, axis, 1, None] * v[part])[:, :, None]
            for axis in (0, 1)
        ]
        flat = [m.reshape(-1, u.shape[1]) for m in maps]
        read = cv2.remap(gray, flat[0], flat[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
        out[part] = np.asarray(read, dtype=np.uint8).reshape(-1, v.shape[1], u.shape[1])
    return out


def rectify(gray: Gray, registration: Registration, rect: Rect, pixels_per_mm: float) -> Gray:
    """Return a part of the page, upright and flat, as if it had been scanned without fault.

    Args:
        gray: the scan.
        registration: where the page lies in it.
        rect: which part of the page; it may reach beyond the paper.
        pixels_per_mm: resolution of the result.

    Returns:
        Gray of round(h x resolution) x round(w x resolution); outside of the scan is paper (255).
    """
    left, top, width, height = (v / 100 for v in rect.as_list())
    columns, rows = max(round(width * pixels_per_mm), 1), max(round(height * pixels_per_mm), 1)
    # The map is evaluated on a coarse grid and interpolated: it bends over centimetres. By hat functions, because
    # OpenCV's remap rounds to 1/32 of a step, which is 0.25 mm of this grid.
    xs = np.linspace(left, left + width, max(round(width / _GRID_MM), 1) + 1)
    ys = np.linspace(top, top + height, max(round(height / _GRID_MM), 1) + 1)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    pixels = registration.to_pixels(grid).reshape(len(ys), len(xs), 2) - 0.5
    across, down = _hats(columns, len(xs)).astype(np.float32), _hats(rows, len(ys))
    maps = [(down @ pixels[..., axis]).astype(np.float32) @ across.T for axis in (0, 1)]
    flat = cv2.remap(gray, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(flat, dtype=np.uint8)


def _hats(count: int, knots: int) -> npt.NDArray[np.float64]:
    """Return the weights by which values at ``knots`` even places give those at ``count`` pixel centres between."""
    at = (np.arange(count) + 0.5) / count * (knots - 1)
    return np.asarray(np.maximum(1 - np.abs(at[:, None] - np.arange(knots)), 0))
