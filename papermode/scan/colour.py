"""Colour scans: gray for marks, and a picture without coloured ink for codes.

A pen stroke through a code hides modules in gray. The largest of the three colour values of a pixel is that of the
paper under blue or red ink, nearly, and that of the toner where the print is black: the stroke is gone and the code is
not (docs/architecture.md, "Reading a damaged code").
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Colours = npt.NDArray[np.uint8]

_COLOUR: Final = 60
"""Difference between the largest and the smallest of a pixel's values from which on it is coloured: paper that has
yellowed has 40, blue ink 100 and more."""
_SHARE: Final = 0.00005
"""Least share of coloured pixels: a stroke of 30 mm has 0.0002 of an A4 page."""
_EVERY: Final = 3
"""Rows and columns looked at."""


def without_ink(colours: Colours) -> Gray | None:
    """Return a picture without coloured ink, or ``None`` where nothing on the page is coloured.

    Args:
        colours: height x width x 3, in any order of the channels.
    """
    few = colours[::_EVERY, ::_EVERY, :3]
    coloured = few.max(2).astype(np.int16) - few.min(2) > _COLOUR
    if coloured.mean() < _SHARE:
        return None
    channels = [np.ascontiguousarray(colours[..., i]) for i in range(3)]
    return np.asarray(cv2.max(cv2.max(channels[0], channels[1]), channels[2]), dtype=np.uint8)
