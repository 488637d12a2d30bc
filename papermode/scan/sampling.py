"""Read pixels of a scan at places given in page millimetres, many small grids at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.scan import plane
from papermode.scan.field import Field, Table

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.float64]
Map = npt.NDArray[np.float32]

_REMAP_ROWS: Final = 30_000
"""OpenCV's remap takes no map with 32,767 rows or more."""


_GRID_MM: Final = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Where the page lies in the image. A page point p (mm) appears at homography(p + field(p))."""

    homography: plane.Matrix
    """3 x 3, page mm to pixels (edge convention of :mod:`papermode.scan.plane`)."""
    field: Field | Table | None = None

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


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Where in an image pixels are read: two float32 arrays of one shape, in OpenCV's coordinates of pixel centres."""

    x: Map
    y: Map

    def reduced(self, factor: int) -> Maps:
        """Return the same places in an image that is reduced by a whole factor."""
        shift = np.float32(0.5 / factor - 0.5)
        return Maps(self.x / np.float32(factor) + shift, self.y / np.float32(factor) + shift)


def read(gray: Gray, maps: Maps) -> Gray:
    """Read pixels, of the maps' shape; outside of the image is paper (255)."""
    flat = [m.reshape(-1, m.shape[-1]) for m in (maps.x, maps.y)]
    out = np.empty(flat[0].shape, np.uint8)
    for row in range(0, len(out), _REMAP_ROWS):
        x, y = (m[row : row + _REMAP_ROWS] for m in flat)
        out[row : row + len(x)] = cv2.remap(
            gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
        )
    return out.reshape(maps.x.shape)


def grids(registration: Registration, centres: Points, us: Offsets, vs: Offsets) -> Maps:
    """Return the places of a grid of pixels around each centre, N x V x U.

    Args:
        registration: where the page lies in the scan.
        centres: N x 2, page mm.
        us: offsets along the page's x in mm, shape (U,) for all centres or (N, U).
        vs: offsets along the page's y in mm, shape (V,) or (N, V).
    """
    n = len(centres)
    us, vs = np.broadcast_to(us, (n, us.shape[-1])), np.broadcast_to(vs, (n, vs.shape[-1]))
    at = (registration.to_pixels(centres) - 0.5).astype(np.float32)
    local = registration.pixels_per_mm(centres).astype(np.float32)
    u, v = us.astype(np.float32), vs.astype(np.float32)
    x, y = (
        (at[:, axis, None, None] + local[:, axis, 0, None, None] * u[:, None, :])
        + (local[:, axis, 1, None] * v)[:, :, None]
        for axis in (0, 1)
    )
    return Maps(x, y)


def sample(gray: Gray, registration: Registration, centres: Points, us: Offsets, vs: Offsets) -> Gray:
    """Read a grid of pixels around each centre, N x V x U; arguments as for :func:`grids`."""
    return read(gray, grids(registration, centres, us, vs))


def upright(registration: Registration, rect: Rect, pixels_per_mm: float) -> Maps:
    """Return the places of the pixels of a part of the page, upright and flat.

    Args:
        registration: where the page lies in the scan.
        rect: which part of the page; it may reach beyond the paper.
        pixels_per_mm: resolution of what is read: round(h x resolution) x round(w x resolution).
    """
    left, top, width, height = (v / 100 for v in rect.as_list())
    columns, rows = max(round(width * pixels_per_mm), 1), max(round(height * pixels_per_mm), 1)
    # The map is evaluated on a coarse grid and interpolated: it bends over centimetres. By hat functions, because
    # OpenCV's remap rounds to 1/32 of a step, which is 0.25 mm of this grid.
    xs = np.linspace(left, left + width, max(round(width / _GRID_MM), 1) + 1)
    ys = np.linspace(top, top + height, max(round(height / _GRID_MM), 1) + 1)
    grid = np.column_stack((np.tile(xs, len(ys)), np.repeat(ys, len(xs))))
    pixels = registration.to_pixels(grid).reshape(len(ys), len(xs), 2) - 0.5
    across, down = _hats(columns, len(xs)).astype(np.float32), _hats(rows, len(ys))
    return Maps(*((down @ pixels[..., axis]).astype(np.float32) @ across.T for axis in (0, 1)))


def rectify(gray: Gray, registration: Registration, rect: Rect, pixels_per_mm: float) -> Gray:
    """Return a part of the page as if it had been scanned without fault; arguments as for :func:`upright`."""
    return read(gray, upright(registration, rect, pixels_per_mm))


def _hats(count: int, knots: int) -> npt.NDArray[np.float64]:
    """Return the weights by which values at ``knots`` even places give those at ``count`` pixel centres between."""
    at = (np.arange(count) + 0.5) / count * (knots - 1)
    return np.asarray(np.maximum(1 - np.abs(at[:, None] - np.arange(knots)), 0))
