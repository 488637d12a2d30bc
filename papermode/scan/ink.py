"""Darkness of a page, calibrated on the page itself.

Darkness is 0 on paper and 1 on print: (paper - value) / (paper - black). Paper is the local background,
so shade, tint and uneven light do not count; black is what the printer and scanner made of black.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.scan.levels import gray_percentiles
from papermode.scan.register import Registered
from papermode.scan.sampling import Maps, Offsets, Points, grids, read, upright

Gray = npt.NDArray[np.uint8]
Darkness = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_PIXELS_PER_MM: Final = 2.0
"""About that, for the paper level."""
_LARGEST_INK_MM: Final = 5.4
"""Dark things up to this size (a filled mark box) do not lower the paper level; wider shade does."""
_WIDE_MM: Final = 20.0
_COARSER: Final = 4
_SPECK_MM2: Final = 0.08
_SPECK_MM: Final = 0.40
"""Ink no larger than this is no pen's but a copier's or dust: the finest dot of a ballpoint has 0.1 mm²."""
LEAST_RANGE: Final = 25.0
"""Least gray levels between paper and black: noise on an empty, faint page must not become ink."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A registered scan with its paper level."""

    gray: Gray
    registered: Registered
    paper: Gray
    """The paper level, reduced to about 2 pixels per mm."""
    wide_paper: Gray
    """The lightest paper within about 10 mm, of the same size: what a sticker or stain is dark against."""
    reduction: int
    """How many of the scan's pixels are one of ``paper``."""

    def grids(self, centres: Points, us: Offsets, vs: Offsets) -> Maps:
        """Return the places of grids, N x V x U; arguments as for :func:`papermode.scan.sampling.grids`."""
        return grids(self.registered.registration, centres, us, vs)

    def values(self, maps: Maps) -> Gray:
        """Read gray values."""
        return read(self.gray, maps)

    def paper_values(self, maps: Maps) -> Gray:
        """Read the paper level at the same places."""
        return read(self.paper, maps.reduced(self.reduction))

    def darkness(self, maps: Maps) -> Darkness:
        """Read the darkness against the page's black."""
        return darkness(self.values(maps), self.paper_values(maps), self.registered.levels[0])

    def flat_darkness(self, area: Rect, pixels_per_mm: float) -> Darkness:
        """Return the darkness of a part of the page, upright and flat."""
        return self.darkness(upright(self.registered.registration, area, pixels_per_mm))

    def shade(self, centres: Points) -> npt.NDArray[np.float32]:
        """Return how dark the paper itself is at points, N: 0 as around, 1 as black print."""
        at = np.zeros(1)
        maps = self.grids(centres, at, at).reduced(self.reduction)
        paper, wide = (read(level, maps)[:, 0, 0] for level in (self.paper, self.wide_paper))
        return darkness(paper, wide, self.registered.levels[0])


def darkness(values: Gray, paper: Gray, black: float | npt.NDArray[np.float32]) -> Darkness:
    """Return darkness, clipped to 0 to 1.2; ``black`` broadcasts."""
    level = paper.astype(np.float32)
    span = np.maximum(level - np.float32(black), np.float32(LEAST_RANGE))
    return np.asarray(np.clip((level - values) / span, 0, np.float32(1.2)))


def make_sheet(gray: Gray, registered: Registered) -> Sheet:
    """Measure the paper level of a registered scan."""
    local = registered.registration.pixels_per_mm(np.array([[100.0, 140.0]]))[0]
    # A whole factor: OpenCV's area reduction is several times faster for it.
    factor = max(round(float(np.sqrt(abs(np.linalg.det(local)))) / _PIXELS_PER_MM), 1)
    height, width = (n // factor * factor for n in gray.shape)
    shape = (width // factor, height // factor)
    small = cv2.resize(gray[:height, :width], shape, interpolation=cv2.INTER_AREA)
    size = round(_LARGEST_INK_MM * _PIXELS_PER_MM) | 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush), (0, 0), 1.5)
    floor = 0.5 * gray_percentiles(small[::3, ::3], 85)[0]
    paper = np.maximum(np.asarray(closed, dtype=np.uint8), np.uint8(floor))
    coarse = cv2.resize(paper, None, fx=1 / _COARSER, fy=1 / _COARSER, interpolation=cv2.INTER_AREA)
    wide_size = round(_WIDE_MM * _PIXELS_PER_MM / _COARSER)
    lightest = cv2.dilate(coarse, np.ones((wide_size, wide_size), np.uint8))
    wide = cv2.resize(cv2.GaussianBlur(lightest, (0, 0), wide_size / 4), shape, interpolation=cv2.INTER_LINEAR)
    return Sheet(gray, registered, paper, np.asarray(wide, dtype=np.uint8), factor)


def without_specks(ink: Mask, pixels_per_mm: float) -> Mask:
    """Return ink without its specks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    keep = ~are_specks(np.asarray(stats), pixels_per_mm)
    keep[0] = False
    return np.asarray(keep[labels])


def are_specks(pieces: npt.NDArray[np.int32], pixels_per_mm: float) -> Mask:
    """Tell which connected pieces, rows of OpenCV's statistics, are too small for a pen."""
    longest = np.maximum(pieces[:, cv2.CC_STAT_WIDTH], pieces[:, cv2.CC_STAT_HEIGHT])
    small = pieces[:, cv2.CC_STAT_AREA] <= _SPECK_MM2 * pixels_per_mm**2
    return np.asarray(small & (longest <= max(_SPECK_MM * pixels_per_mm, 1)))
