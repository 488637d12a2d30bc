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

from papermode.scan.register import Registered
from papermode.scan.sampling import Offsets, Points, Registration, sample

Gray = npt.NDArray[np.uint8]
Darkness = npt.NDArray[np.float32]

_PIXELS_PER_MM: Final = 2.0
_LARGEST_INK_MM: Final = 5.4
"""Dark things up to this size (a filled mark box) do not lower the paper level; wider shade does."""
_LEAST_RANGE: Final = 25.0
"""Least gray levels between paper and black: noise on an empty, faint page must not become ink."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A registered scan with its paper level."""

    gray: Gray
    registered: Registered
    paper: Gray
    """The paper level, reduced to about 2 pixels per mm."""
    paper_registration: Registration

    def values(self, centres: Points, us: Offsets, vs: Offsets) -> Gray:
        """Read gray values on grids, N x V x U; arguments as for :func:`papermode.scan.sampling.sample`."""
        return sample(self.gray, self.registered.registration, centres, us, vs)

    def paper_values(self, centres: Points, us: Offsets, vs: Offsets) -> Gray:
        """Read the paper level on the same grids."""
        return sample(self.paper, self.paper_registration, centres, us, vs)

    def darkness(self, centres: Points, us: Offsets, vs: Offsets) -> Darkness:
        """Read the darkness on grids against the page's black."""
        return darkness(self.values(centres, us, vs), self.paper_values(centres, us, vs), self.registered.levels[0])


def darkness(values: Gray, paper: Gray, black: float | npt.NDArray[np.float32]) -> Darkness:
    """Return darkness, clipped to 0 to 1.2; ``black`` broadcasts."""
    level = paper.astype(np.float32)
    span = np.maximum(level - np.float32(black), np.float32(_LEAST_RANGE))
    return np.asarray(np.clip((level - values) / span, 0, np.float32(1.2)))


def make_sheet(gray: Gray, registered: Registered) -> Sheet:
    """Measure the paper level of a registered scan."""
    local = registered.registration.pixels_per_mm(np.array([[100.0, 140.0]]))[0]
    factor = _PIXELS_PER_MM / float(np.sqrt(abs(np.linalg.det(local))))
    height, width = gray.shape
    shape = (max(round(width * factor), 1), max(round(height * factor), 1))
    small = cv2.resize(gray, shape, interpolation=cv2.INTER_AREA)
    size = round(_LARGEST_INK_MM * _PIXELS_PER_MM) | 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush), (0, 0), 1.5)
    floor = 0.5 * float(np.percentile(small[::3, ::3], 85))
    paper = np.maximum(np.asarray(closed, dtype=np.uint8), np.uint8(floor))
    scale = np.diag([shape[0] / width, shape[1] / height, 1.0])
    registration = registered.registration
    return Sheet(gray, registered, paper, Registration(scale @ registration.homography, registration.field))
