"""More in the picture than the page that its codes name: another sheet of ours beside it, whose codes are covered."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.geometry import Hmm
from papermode.scan.frames import find_frames
from papermode.scan.sampling import Registration

Gray = npt.NDArray[np.uint8]

ANOTHER: Final = "there is another page of ours in the picture, and its codes cannot be read: scan it by itself"
_ROOM: Final = 0.5
"""Least room beside the page, of its own area, in which a second one is looked for: two sheets on one glass."""


def beside(gray: Gray, registration: Registration, size: tuple[Hmm, Hmm]) -> tuple[str, ...]:
    """Return :data:`ANOTHER` if there are the corner squares of a second page beside the one that was found.

    Args:
        gray: the scan.
        registration: where the page lies in it.
        size: of the page, 0.01 mm.
    """
    width, height = size[0] / 100, size[1] / 100
    corners = registration.to_pixels(np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]]))
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    tall, wide = gray.shape
    strips = ((0, top, left, bottom), (right, top, wide, bottom), (left, 0, right, top), (left, bottom, right, tall))
    least = _ROOM * (right - left) * (bottom - top)
    for x0, y0, x1, y1 in strips:
        x0, y0, x1, y1 = (round(max(v, 0)) for v in (x0, y0, x1, y1))
        if (x1 - x0) * (y1 - y0) >= least and find_frames(gray[y0:y1, x0:x1]):
            return (ANOTHER,)
    return ()
