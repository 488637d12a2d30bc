"""The plane map that a registration starts from: codes, then corner squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.model.layout import Layout
from papermode.scan import plane
from papermode.scan.codes import Code
from papermode.scan.sampling import Registration
from papermode.scan.squares import find_squares

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

_CODE_WEIGHT: Final = 0.02
"""Weight of a code's corner against a square's centre: whole pixels against hundredths of one."""
_REACH_TWO_CODES_MM: Final = 9.0
_REACH_ONE_CODE_MM: Final = 15.0
_BAD_RESIDUAL_MM: Final = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A plane map and what it was made from."""

    matrix: plane.Matrix
    """Page mm to pixels."""
    squares: int
    """Corner squares used, of 4."""
    pins: Points
    """N x 2, mm: the squares and the middles of the codes."""
    pin_shifts: Points
    """N x 2, mm: how far each was seen from where the map has it."""


def find_start(gray: Gray, layout: Layout, codes: dict[str, Code]) -> Start:
    """Fit the plane map: start from the codes' corners, then the corner squares.

    Args:
        gray: the scan.
        layout: the page's layout.
        codes: the page's codes by the layout's kinds; at least one.
    """
    places = {c.kind: c.rect for c in layout.codes}
    source, target = [], []
    for kind, code in codes.items():
        if kind in places:
            source.append(places[kind].corners)
            target.append(code.corners)
    code_mm = np.array(source, dtype=np.float64).reshape(-1, 2) / 100
    code_px = np.array(target, dtype=np.float64).reshape(-1, 2)
    corners = np.array(layout.corners, dtype=np.float64).reshape(-1, 2) / 100
    if len(code_mm) >= 8:
        matrix = plane.fit_homography(code_mm, code_px, np.ones(len(code_mm)))
        reaches = [_REACH_TWO_CODES_MM]
    else:
        matrix = plane.fit_similarity(code_mm, code_px)
        reaches = [_REACH_ONE_CODE_MM, _REACH_TWO_CODES_MM]
    square_mm = square_px = np.zeros((0, 2))
    for reach in reaches:
        found = find_squares(gray, Registration(matrix), corners, reach)
        matrix, square_mm, square_px = _with_squares(matrix, code_mm, code_px, corners, found)
    # A code's corners are whole pixels; their mean is four times as good.
    pins = np.concatenate([square_mm, code_mm.reshape(-1, 4, 2).mean(1)])
    seen = np.concatenate([square_px, code_px.reshape(-1, 4, 2).mean(1)])
    return Start(matrix, len(square_mm), pins, plane.apply(np.asarray(np.linalg.inv(matrix)), seen) - pins)


def _with_squares(
    start: plane.Matrix, code_mm: Points, code_px: Points, corners: Points, found: dict[int, Points]
) -> tuple[plane.Matrix, Points, Points]:
    """Refit with the squares found; one that contradicts the codes (a stain, a punch hole) is left out."""
    numbers = sorted(found)
    if not numbers:
        return start, np.zeros((0, 2)), np.zeros((0, 2))
    square_mm = corners[numbers]
    square_px = plane.apply(start, np.array([found[i] for i in numbers]))
    every = list(range(len(numbers)))
    best, error = _refit(code_mm, code_px, square_mm, square_px, every)
    if error <= _BAD_RESIDUAL_MM or len(numbers) < 2:
        return best, square_mm, square_px
    choices = [[i for i in every if i != left_out] for left_out in every]
    fits = [_refit(code_mm, code_px, square_mm, square_px, choice) for choice in choices]
    chosen = min(range(len(fits)), key=lambda i: fits[i][1])
    return fits[chosen][0], square_mm[choices[chosen]], square_px[choices[chosen]]


def _refit(
    code_mm: Points, code_px: Points, square_mm: Points, square_px: Points, use: list[int]
) -> tuple[plane.Matrix, float]:
    """Return the map fitted to the codes and some squares, and its largest residual in mm."""
    mm = np.concatenate([code_mm, square_mm[use]])
    px = np.concatenate([code_px, square_px[use]])
    weights = np.concatenate([np.full(len(code_mm), _CODE_WEIGHT), np.ones(len(use))])
    if len(code_mm) < 8 and len(use) < 3:
        # One code and a square or two: a homography would swing freely on the far side.
        matrix = plane.fit_similarity(mm, px)
    else:
        matrix = plane.fit_homography(mm, px, weights)
    scale = float(np.sqrt(abs(np.linalg.det(plane.jacobian(matrix, mm.mean(0)[None])[0]))))
    return matrix, float(np.linalg.norm(plane.apply(matrix, mm) - px, axis=1).max()) / max(scale, 1e-9)
