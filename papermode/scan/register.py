"""Find where a page lies in a scan: the reader's one map from millimetres to pixels.

Codes give the start, corner squares the plane map, printed outlines the field of small shifts. The
registration is measured on every page (:class:`papermode.model.reading.Fit`) because reading alone
cannot tell that boxes are not where the layout has them: boxes moved by 1 mm still read without error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.model.layout import Layout
from papermode.model.reading import Fit
from papermode.scan import plane
from papermode.scan.codes import Code
from papermode.scan.field import fit_field
from papermode.scan.outlines import Outlines, measure
from papermode.scan.sampling import Registration
from papermode.scan.squares import find_squares

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_CODE_WEIGHT: Final = 0.02
"""Weight of a code's corner against a square's centre: whole pixels against hundredths of one."""
_REACH_TWO_CODES_MM: Final = 9.0
_REACH_ONE_CODE_MM: Final = 15.0
_BAD_RESIDUAL_MM: Final = 1.5

_OUTLINE_REACH_MM: Final = 1.4
_ROUNDS: Final = 4
"""Times that outlines are looked for again where the field of those found says they are."""

ANCHORS_SHARE: Final = 0.95
"""A page with fewer of its printed outlines found goes to review."""
DRIFT_MM: Final = 0.25
"""A page whose outlines all lie this far from their place relative to the corner squares goes to review:
0.3 mm (what a reading test cannot see), less the error of the measurement."""
DRIFT_SPREAD_MM: Final = 0.15
"""A common shift is drift only if the outlines agree on it; slipped or curled paper moves them differently."""
P95_MM: Final = 0.5
"""A page on which more than 5 % of the outlines are off by this much goes to review."""


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A page found in a scan."""

    registration: Registration
    fit: Fit
    squares: int
    """Corner squares found, of 4."""
    levels: tuple[float, float]
    """Gray level of black and of paper on this page."""
    faults: tuple[str, ...]
    """Why the fit is not good enough to trust what is read, in words; empty if it is."""


def register(gray: Gray, layout: Layout, codes: dict[str, Code]) -> Registered:
    """Register a scan of a page.

    Args:
        gray: the scan.
        layout: the page's layout.
        codes: the page's codes by the layout's kinds, ``claim`` or ``locator``; at least one.
    """
    plane_map, squares = _plane(gray, layout, codes)
    start = Registration(plane_map)
    levels = page_levels(gray)
    outlines = Outlines.of(layout.anchors)
    if not len(outlines):
        faults = ("the layout has no anchors to check the page by",)
        return Registered(start, Fit(0.0, 0, 0), squares, levels, faults)
    registration, shifts, found = _field(gray, start, outlines, levels)
    fit = _fit(registration, outlines, shifts, found)
    return Registered(registration, fit, squares, levels, _faults(fit, shifts[found]))


def page_levels(gray: Gray) -> tuple[float, float]:
    """Return the gray levels of black print and of paper: the 0.5th and the 80th percentile."""
    sparse = gray[:: max(gray.shape[0] // 500, 1), :: max(gray.shape[1] // 500, 1)]
    black, paper = np.percentile(sparse, (0.5, 80))
    return float(black), float(paper)


def _plane(gray: Gray, layout: Layout, codes: dict[str, Code]) -> tuple[plane.Matrix, int]:
    """Fit the plane map: start from the codes' corners, then the corner squares."""
    places = {c.kind: c.rect for c in layout.codes}
    source, target = [], []
    for kind, code in codes.items():
        if kind in places:
            r = places[kind]
            source.append([(r.x, r.y), (r.right, r.y), (r.right, r.bottom), (r.x, r.bottom)])
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
    count = 0
    for reach in reaches:
        found = find_squares(gray, Registration(matrix), corners, reach)
        matrix, count = _with_squares(matrix, code_mm, code_px, corners, found)
    return matrix, count


def _with_squares(
    start: plane.Matrix, code_mm: Points, code_px: Points, corners: Points, found: dict[int, Points]
) -> tuple[plane.Matrix, int]:
    """Refit with the squares found; one that contradicts the codes (a stain, a punch hole) is left out."""
    numbers = sorted(found)
    if not numbers:
        return start, 0
    square_mm = corners[numbers]
    square_px = plane.apply(start, np.array([found[i] for i in numbers]))
    every = list(range(len(numbers)))
    best, error = _refit(code_mm, code_px, square_mm, square_px, every)
    if error <= _BAD_RESIDUAL_MM or len(numbers) < 2:
        return best, len(numbers)
    choices = [[i for i in every if i != left_out] for left_out in every]
    fits = [_refit(code_mm, code_px, square_mm, square_px, choice) for choice in choices]
    matrix, _ = min(fits, key=lambda f: f[1])
    return matrix, len(numbers) - 1


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


def _field(
    gray: Gray, start: Registration, outlines: Outlines, levels: tuple[float, float]
) -> tuple[Registration, Points, Mask]:
    """Fit the field; returns the registration, the outlines' shifts from the plane map, and the mask of those found."""
    registration = start
    shifts, found = measure(gray, start, outlines, levels, _OUTLINE_REACH_MM)
    for round_ in range(_ROUNDS):
        fitted = fit_field(outlines.centres[found], shifts[found])
        if fitted is None:
            break
        field, agree = fitted
        found[np.flatnonzero(found)[~agree]] = False
        registration = Registration(start.homography, field)
        if found.mean() >= ANCHORS_SHARE or round_ == _ROUNDS - 1:
            break
        base = field(outlines.centres)
        more, again = measure(gray, registration, outlines, levels, _OUTLINE_REACH_MM)
        if again.sum() <= found.sum():
            break
        shifts, found = base + more, again
    return registration, shifts, found


def _fit(registration: Registration, outlines: Outlines, shifts: Points, found: Mask) -> Fit:
    total = len(outlines)
    if not found.any():
        return Fit(float("inf"), 0, total)
    centres = outlines.centres[found]
    left = shifts[found] if registration.field is None else shifts[found] - registration.field(centres)
    p95 = float(np.percentile(np.linalg.norm(left, axis=1), 95))
    offset = float(np.linalg.norm(np.median(shifts[found], axis=0)))
    return Fit(round(p95, 3), int(found.sum()), total, round(offset, 3))


def _faults(fit: Fit, shifts: Points) -> tuple[str, ...]:
    faults = []
    if fit.anchors_found < ANCHORS_SHARE * fit.anchors_total:
        faults.append(f"only {fit.anchors_found} of {fit.anchors_total} printed outlines are where the layout has them")
    if fit.p95_mm > P95_MM:
        faults.append(f"printed outlines are up to {fit.p95_mm} mm from where the layout has them")
    if fit.edge_offset_mm >= DRIFT_MM and _agree(shifts):
        faults.append(f"all printed outlines are {fit.edge_offset_mm} mm from where the layout has them")
    return tuple(faults)


def _agree(shifts: Points) -> bool:
    spread = np.linalg.norm(shifts - np.median(shifts, axis=0), axis=1)
    return bool(np.percentile(spread, 75) < DRIFT_SPREAD_MM)
