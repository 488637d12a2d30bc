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

from papermode.model.layout import CORNER_SIZE, Layout
from papermode.model.reading import Fit
from papermode.scan.codes import Code
from papermode.scan.field import Field, Table, fit_field
from papermode.scan.levels import gray_percentiles
from papermode.scan.outlines import Outlines, measure
from papermode.scan.sampling import Registration, sample
from papermode.scan.start import Start, find_start

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_OUTLINE_REACH_MM: Final = 1.4
_ROUNDS: Final = 8
"""Times that outlines are looked for again where the field of those found says they are."""

ANCHORS_SHARE: Final = 0.95
"""A page with fewer of its printed outlines found goes to review."""
DRIFT_MM: Final = 0.25
"""A page whose outlines all lie this far from their place relative to the corner squares goes to review:
0.3 mm (what a reading test cannot see), less the error of the measurement."""
DRIFT_SPREAD_MM: Final = 0.15
"""A common shift is drift only if the outlines agree on it; slipped or curled paper moves them differently."""
_LEAST_CONTRAST: Final = 60.0
"""Gray levels: squares that are torn off or covered say nothing about black."""
_CROSSES: Final = 12
"""Crosses in the margins, of 26, that tell how the paper has moved."""
_SAME_LINE_MM: Final = 4.0
"""Boxes no further apart than this along an axis belong to one row or column: marks above a comb."""
_LEAST_IN_LINE: Final = 3
"""Boxes of a row or column that are looked at as one."""
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
    start = find_start(gray, layout, codes)
    plane_only = Registration(start.matrix)
    levels = page_levels(gray, plane_only, layout)
    outlines = Outlines.of(layout.anchors)
    if not len(outlines):
        none = "the layout has no anchors to check the page by"
        return Registered(plane_only, Fit(0.0, 0, 0), start.squares, levels, (none,))
    field, shifts, found = _field(gray, start, outlines, levels)
    width, height = layout.size
    registration = Registration(start.matrix, field and Table.of(field, (width / 100, height / 100)))
    printed = np.asarray(outlines.half.any(axis=1))
    drift = _drift(start, outlines, shifts, found, printed)
    # The crosses in the margin do not move with the boxes; where no box is an outline, they are all there is.
    boxes = printed if printed.any() else np.ones(len(outlines), dtype=bool)
    fit = _fit(registration, outlines, shifts, found, drift)
    faults = _faults(fit, drift) + _lost_lines(outlines.centres[boxes], found[boxes])
    return Registered(registration, fit, start.squares, levels, faults)


def page_levels(gray: Gray, registration: Registration, layout: Layout) -> tuple[float, float]:
    """Return the gray levels of black print and of paper.

    Paper is the 80th percentile of the page. Black is the median of the corner squares: the darkest of a page whose
    printer ran out of toner is the pen.
    """
    sparse = gray[:: max(gray.shape[0] // 500, 1), :: max(gray.shape[1] // 500, 1)]
    darkest, paper = gray_percentiles(sparse, 0.5, 80)
    corners = np.array(layout.corners, dtype=np.float64) / 100
    inside = np.linspace(-1, 1, 9) * CORNER_SIZE / 400
    squares = float(np.median(np.median(sample(gray, registration, corners, inside, inside), axis=(1, 2))))
    return min(max(darkest, squares), paper - _LEAST_CONTRAST), paper


def _field(
    gray: Gray, start: Start, outlines: Outlines, levels: tuple[float, float]
) -> tuple[Field | None, Points, Mask]:
    """Fit the field; returns it, the outlines' shifts from the plane map, and the mask of those found."""
    field = None
    shifts, found = measure(gray, Registration(start.matrix), outlines, levels, _OUTLINE_REACH_MM)
    for round_ in range(_ROUNDS):
        points = np.concatenate([outlines.centres[found], start.pins])
        fitted = fit_field(points, np.concatenate([shifts[found], start.pin_shifts]))
        if fitted is None:
            break
        field, agree = fitted
        numbers = np.flatnonzero(found)
        found[numbers[~agree[: len(numbers)]]] = False
        if found.mean() >= ANCHORS_SHARE or round_ == _ROUNDS - 1:
            break
        more, again = measure(gray, Registration(start.matrix, field), outlines, levels, _OUTLINE_REACH_MM)
        if again.sum() <= found.sum():
            break
        shifts, found = field(outlines.centres) + more, again
    return field, shifts, found


def _drift(start: Start, outlines: Outlines, shifts: Points, found: Mask, boxes: Mask) -> Points:
    """Return how far each box found is from where the paper has been moved to.

    How the paper moved is told by the crosses in the margins, which are printed with the codes and squares and not with
    the boxes; where there are too few of them, all that is known is the plane map.
    """
    crosses = found & ~boxes
    own = found & boxes
    if crosses.sum() < _CROSSES:
        return shifts[own]
    points = np.concatenate([outlines.centres[crosses], start.pins])
    fitted = fit_field(points, np.concatenate([shifts[crosses], start.pin_shifts]))
    return shifts[own] if fitted is None else shifts[own] - fitted[0](outlines.centres[own])


def _fit(registration: Registration, outlines: Outlines, shifts: Points, found: Mask, drift: Points) -> Fit:
    total = len(outlines)
    if not found.any():
        return Fit(float("inf"), 0, total)
    centres = outlines.centres[found]
    left = shifts[found] if registration.field is None else shifts[found] - registration.field(centres)
    p95 = float(np.percentile(np.linalg.norm(left, axis=1), 95))
    offset = float(np.linalg.norm(np.median(drift, axis=0))) if len(drift) else 0.0
    return Fit(round(p95, 3), int(found.sum()), total, round(offset, 3))


def _faults(fit: Fit, drift: Points) -> tuple[str, ...]:
    faults = []
    if fit.anchors_found < ANCHORS_SHARE * fit.anchors_total:
        faults.append(f"only {fit.anchors_found} of {fit.anchors_total} printed outlines are where the layout has them")
    if fit.p95_mm > P95_MM:
        faults.append(f"printed outlines are up to {fit.p95_mm} mm from where the layout has them")
    if fit.edge_offset_mm >= DRIFT_MM and _agree(drift):
        faults.append(f"all printed outlines are {fit.edge_offset_mm} mm from where the layout has them")
    return tuple(faults)


def _lost_lines(centres: Points, found: Mask) -> tuple[str, ...]:
    """Return a fault if of the outermost row or column of boxes none is in its place.

    Boxes printed one row further down look perfect to the edges of all rows but the first. A row in the middle may
    be lost in a fold of the paper.
    """
    for axis, name in ((1, "row"), (0, "column")):
        order = np.argsort(centres[:, axis])
        breaks = np.flatnonzero(np.diff(centres[order, axis]) > _SAME_LINE_MM) + 1
        lines = [here for here in np.split(order, breaks) if len(here) >= _LEAST_IN_LINE]
        if any(not found[here].any() for here in (*lines[:1], *lines[-1:])):
            return (f"the outermost {name} of boxes is not where the layout has it",)
    return ()


def _agree(shifts: Points) -> bool:
    if not len(shifts):
        return False
    spread = np.linalg.norm(shifts - np.median(shifts, axis=0), axis=1)
    return bool(np.percentile(spread, 75) < DRIFT_SPREAD_MM)
