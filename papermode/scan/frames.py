"""Find a page by its corner squares alone, where no code can be read.

All pages have four squares and two codes at the same places (:mod:`papermode.model.places`). Four squares that
span a sheet of A4 or Letter give a plane map, but for the two ways up; with three, the fourth is completed. What
is found is only a place to look: a code read there still has to be signed, and a page still has to fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import PAPERS, Hmm
from papermode.model.layout import CORNER_SIZE
from papermode.model.places import code_places, corner_places
from papermode.scan import plane
from papermode.scan.codes import Code

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

_WORK_SIDE: Final = 1600
"""Pixels of the long side of the copy that is searched: 137 dpi of A4."""
_FILL: Final = 0.66
"""Least share of its own rectangle, at any turn, that a square fills."""
_ASPECT: Final = 1.45
_SIDES: Final = (1 / 130, 1 / 28)
"""Side of a square relative to the long side of the picture: a page that fills it has 1/59."""
_PER_QUARTER: Final = 5
_BLOCK: Final = (151, 12)
"""Window (pixels) and offset of the local threshold: shade on a photograph."""
_PARALLEL: Final = 0.15
"""Opposite sides differ by no more than this share (perspective)."""
_SQUARE_COS: Final = 0.16
"""Cosine of an angle of the frame: 90 degrees, give or take 9."""
_RATIO: Final = 0.07
"""How far the frame's ratio may be from the paper's: A4 1.47, Letter 1.33."""
_SIZES: Final = (0.6, 1.6)
"""Side of a square against what the frame's size makes of 5 mm."""
_UNEQUAL: Final = 1.5
"""The largest of a frame's squares against its smallest."""
_MOST: Final = 4
"""Frames handed on, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One way that a page may lie in a picture."""

    matrix: plane.Matrix
    """Page mm to pixels."""
    size: tuple[Hmm, Hmm]

    def codes(self) -> dict[str, Code]:
        """Return where the page's two codes should be, without a text: a start for the registration."""
        found: dict[str, Code] = {}
        for place in code_places(self.size):
            r = place.rect
            corners = np.array([(r.x, r.y), (r.right, r.y), (r.right, r.bottom), (r.x, r.bottom)], dtype=np.float64)
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
    for quad, side, spread in _quads(centres, sides, (small.shape[1], small.shape[0])):
        scored += [(ill + spread, frame) for ill, frame in _frames(quad / scale, side / scale)]
    scored.sort(key=lambda pair: pair[0])
    return [frame for _, frame in scored[:_MOST]]


def _squares(small: Gray) -> tuple[Points, npt.NDArray[np.float64]]:
    """Return the centres (N x 2) and sides of dark squares, at any turn."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), dtype=np.uint8)
    block, offset = _BLOCK
    local = cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, offset)
    least, most = (share * max(small.shape) for share in _SIDES)
    opened = cv2.morphologyEx(local, cv2.MORPH_OPEN, np.ones((max(round(0.5 * least), 2),) * 2, np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    centres, sides = [], []
    for contour in contours:
        (x, y), (w, h), _ = cv2.minAreaRect(contour)
        if not (least <= min(w, h) and max(w, h) <= most and max(w, h) <= _ASPECT * min(w, h)):
            continue
        if cv2.contourArea(contour) >= _FILL * w * h:
            # A contour runs through the middle of its pixels.
            centres.append((x + 0.5, y + 0.5))
            sides.append((w + h) / 2 + 1)
    return np.array(centres, dtype=np.float64).reshape(-1, 2), np.array(sides, dtype=np.float64)


def _quads(
    centres: Points, sides: npt.NDArray[np.float64], size: tuple[int, int]
) -> Iterator[tuple[Points, float, float]]:
    """Yield four corners, clockwise from the picture's top left, the squares' mean side, and its spread (log)."""
    middle = centres.mean(0) if len(centres) == 3 else np.array(size) / 2
    quarter = np.where(centres[:, 1] < middle[1], np.where(centres[:, 0] < middle[0], 0, 1),
                       np.where(centres[:, 0] < middle[0], 3, 2))  # fmt: skip
    outermost = np.argsort(-np.linalg.norm(centres - middle, axis=1))
    by_quarter = [[i for i in outermost if quarter[i] == q][:_PER_QUARTER] for q in range(4)]
    for chosen in product(*(numbers or [None] for numbers in by_quarter)):
        known = [i for i in chosen if i is not None]
        if len(known) < 3 or sides[known].max() > _UNEQUAL * sides[known].min():
            continue
        corners = np.array([centres[i] if i is not None else (np.nan, np.nan) for i in chosen])
        if len(known) == 3:
            lost = next(n for n, i in enumerate(chosen) if i is None)
            corners[lost] = corners[lost - 1] + corners[(lost + 1) % 4] - corners[(lost + 2) % 4]
        yield corners, float(np.exp(np.log(sides[known]).mean())), float(np.log(sides[known]).std())


def _frames(quad: Points, side: float) -> list[tuple[float, Frame]]:
    """Return the frames that four corners may be, with how ill they fit; none if they are no rectangle of paper."""
    edges = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(edges, axis=1)
    if lengths.min() <= 0:
        return []
    opposite = [abs(lengths[i] - lengths[i + 2]) / max(lengths[i], lengths[i + 2]) for i in (0, 1)]
    cosines = [abs(float(edges[i] @ edges[i - 1])) / (lengths[i] * lengths[i - 1]) for i in range(4)]
    if max(opposite) > _PARALLEL or max(cosines) > _SQUARE_COS:
        return []
    across, along = (lengths[i] + lengths[i + 2] for i in (0, 1))
    # The short sides are the page's top and bottom.
    upright = np.roll(quad, 1, axis=0) if across > along else quad
    ratio = max(across, along) / min(across, along)
    found = []
    for paper in PAPERS.values():
        places = np.array(corner_places((paper.w, paper.h)), dtype=np.float64)[[0, 1, 3, 2]] / 100
        width, height = places[2] - places[0]
        error = abs(ratio / (height / width) - 1)
        expected = min(across, along) / 2 / width * CORNER_SIZE / 100
        if error > _RATIO or not _SIZES[0] < side / expected < _SIZES[1]:
            continue
        ill = error + abs(float(np.log(side / expected))) * 0.2 + max(cosines) * 0.3 + max(opposite) * 0.3
        for turned in (upright, np.roll(upright, 2, axis=0)):
            matrix = cv2.getPerspectiveTransform(places.astype(np.float32), turned.astype(np.float32))
            found.append((ill, Frame(np.asarray(matrix, dtype=np.float64), (paper.w, paper.h))))
    return found
