"""Find a page by its corner squares alone, where no code can be read.

All pages have four squares and two codes at the same places (:mod:`papermode.model.places`). Four squares that
span a sheet of A4 or Letter give a plane map, but for the two ways up; with three, the fourth is completed. What
is found is only a place to look: a code read there still has to be signed, and a page still has to fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import PAPERS, Hmm
from papermode.model.layout import CORNER_SIZE, CodePlace
from papermode.model.places import code_places, corner_places
from papermode.scan import plane
from papermode.scan.codes import Code

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Values = npt.NDArray[np.float64]

_WORK_SIDE: Final = 1600
"""Pixels of the long side of the copy that is searched: 137 dpi of A4."""
_FILL: Final = 0.66
"""Least share of its own rectangle, at any turn, that a square fills."""
_ASPECT: Final = 1.45
_SIDES: Final = (1 / 130, 1 / 28)
"""Side of a square relative to the long side of the picture: a page that fills it has 1/59."""
_PER_QUARTER: Final = 6
_BLOCK: Final = (151, 12)
"""Window (pixels) and offset of the local threshold: shade on a photograph."""
_PARALLEL: Final = 0.45
"""Opposite sides of the frame differ by no more than this share: a photograph at an angle."""
_SQUARE_COS: Final = 0.45
"""Cosine of an angle of the frame: 90 degrees, give or take 27."""
_RATIO: Final = 0.35
"""How far the frame's ratio may be from the paper's (log): A4 1.47, Letter 1.33."""
_SIDE_ERROR: Final = 0.15
"""How far the squares' sides may be from what the plane map makes of 5 mm, but for a common factor (logs)."""
_SWOLLEN: Final = (-0.2, 0.4)
"""The common factor (log): blur makes squares larger."""
_UNEQUAL: Final = 2.2
"""The largest of a frame's squares against its smallest."""
_LOST_COST: Final = 0.1
"""For a frame of which only three squares are seen."""
_MOST: Final = 12
"""Frames handed on, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One way that a page may lie in a picture."""

    matrix: plane.Matrix
    """Page mm to pixels."""
    size: tuple[Hmm, Hmm]

    def codes(self, places: Sequence[CodePlace] = ()) -> dict[str, Code]:
        """Return where the page's two codes should be, without a text: a start for the registration.

        Args:
            places: where its layout has them; usual: where all pages have them.
        """
        found: dict[str, Code] = {}
        for place in places or code_places(self.size):
            corners = np.array(place.rect.corners, dtype=np.float64)
            found[place.kind] = Code("", plane.apply(self.matrix, corners / 100))
        return found


def find_frames(gray: Gray) -> list[Frame]:
    """Return the ways that a page of ours may lie in a picture, best first, both ways up of each; none for other paper.

    Args:
        gray: the picture, uint8.
    """
    scale = min(_WORK_SIDE / max(gray.shape), 1.0)
    small = gray if scale == 1 else cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    centres, sides = _squares(np.asarray(small, dtype=np.uint8))
    if len(centres) < 3:
        return []
    scored: list[tuple[float, Frame]] = []
    for corners, lengths in _quads(centres / scale, sides / scale, (gray.shape[1], gray.shape[0])):
        scored += _frames(corners, lengths)
    scored.sort(key=lambda pair: pair[0])
    return [frame for _, frame in scored[:_MOST]]


def _squares(small: Gray) -> tuple[Points, Values]:
    """Return the centres (N x 2) and sides of dark squares, at any turn."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), dtype=np.uint8)
    block, offset = _BLOCK
    local = cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, offset)
    least, most = (share * max(small.shape) for share in _SIDES)
    # An even brush would move what it opens.
    opened = cv2.morphologyEx(local, cv2.MORPH_OPEN, np.ones((2 * max(round(0.25 * least), 1) + 1,) * 2, np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    centres, sides = [], []
    for contour in contours:
        (x, y), (w, h), _ = cv2.minAreaRect(contour)
        if not (least <= min(w, h) and max(w, h) <= most and max(w, h) <= _ASPECT * min(w, h)):
            continue
        if cv2.contourArea(contour) >= _FILL * w * h:
            # A contour runs through the middle of its pixels.
            centres.append((x + 0.5, y + 0.5))
            sides.append(np.sqrt((w + 1) * (h + 1)))
    return np.array(centres, dtype=np.float64).reshape(-1, 2), np.array(sides, dtype=np.float64)


def _quads(centres: Points, sides: Values, size: tuple[int, int]) -> Iterator[tuple[Points, Values]]:
    """Yield four corners, clockwise from the picture's top left, and their squares' sides (nan where none is seen)."""
    middle = np.array(size) / 2
    right, low = (centres[:, axis] >= middle[axis] for axis in (0, 1))
    quarter = np.where(low, np.where(right, 2, 3), np.where(right, 1, 0))
    outermost = np.argsort(-np.linalg.norm(centres - middle, axis=1)).tolist()
    by_quarter = [[i for i in outermost if quarter[i] == q][:_PER_QUARTER] for q in range(4)]
    for chosen in product(*([*numbers, None] for numbers in by_quarter)):
        known = [i for i in chosen if i is not None]
        if len(known) < 3 or sides[known].max() > _UNEQUAL * sides[known].min():
            continue
        corners = np.array([centres[i] if i is not None else (np.nan, np.nan) for i in chosen])
        if len(known) == 3:
            lost = chosen.index(None)
            corners[lost] = corners[lost - 1] + corners[(lost + 1) % 4] - corners[(lost + 2) % 4]
        yield corners, np.array([sides[i] if i is not None else np.nan for i in chosen])


def _frames(corners: Points, sides: Values) -> list[tuple[float, Frame]]:
    """Return the frames that four corners may be, with how ill they fit; none if they are no sheet of paper."""
    edges = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(edges, axis=1)
    if lengths.min() <= 0:
        return []
    opposite = max(abs(lengths[i] - lengths[i + 2]) / max(lengths[i], lengths[i + 2]) for i in (0, 1))
    cosine = max(abs(float(edges[i] @ edges[i - 1])) / (lengths[i] * lengths[i - 1]) for i in range(4))
    if opposite > _PARALLEL or cosine > _SQUARE_COS:
        return []
    bent = 0.1 * (opposite + cosine) + (_LOST_COST if np.isnan(sides).any() else 0.0)
    across, along = (lengths[i] + lengths[i + 2] for i in (0, 1))
    found = []
    for paper, turn in product(PAPERS.values(), (0, 1)):
        places = np.array(corner_places((paper.w, paper.h)), dtype=np.float64)[[0, 1, 3, 2]] / 100
        width, height = places[2] - places[0]
        # The short sides are the page's top and bottom, but on a photograph taken from one side.
        ratio = abs(float(np.log((across / along if turn else along / across) / (height / width))))
        if ratio > _RATIO:
            continue
        quad, own = np.roll(corners, -turn, axis=0), np.roll(sides, -turn)
        matrix = np.asarray(cv2.getPerspectiveTransform(places.astype(np.float32), quad.astype(np.float32)), np.float64)
        error = _side_error(matrix, places, own)
        if error > _SIDE_ERROR:
            continue
        size = (paper.w, paper.h)
        ill = error + bent + 0.2 * ratio
        found += [(ill, Frame(matrix, size)), (ill, Frame(matrix @ _upside_down(size), size))]
    return found


def _side_error(matrix: plane.Matrix, places: Points, sides: Values) -> float:
    """Return how far the squares' sides are from what a plane map makes of them (standard deviation of logs)."""
    pixels_per_mm = np.sqrt(np.abs(np.linalg.det(plane.jacobian(matrix, places))))
    logs = np.log(sides / (pixels_per_mm * CORNER_SIZE / 100))
    return float(np.nanstd(logs)) if _SWOLLEN[0] < np.nanmean(logs) < _SWOLLEN[1] else float("inf")


def _upside_down(size: tuple[Hmm, Hmm]) -> plane.Matrix:
    return np.array([[-1.0, 0.0, size[0] / 100], [0.0, -1.0, size[1] / 100], [0.0, 0.0, 1.0]])
