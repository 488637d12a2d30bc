"""Read mark boxes: empty, marked, or unsure.

Three states, because two cannot be right: a faint pencil tick, a dot, a struck-out cross are for a
person to judge. The rule works on a few features of the ink inside the box and in a ring around it
(docs/architecture.md, "Reading marks"); all boxes of a page are read at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import MARK_STROKE
from papermode.scan.ink import LEAST_RANGE, Darkness, Sheet, are_specks, darkness
from papermode.scan.outlines import Outlines, measure
from papermode.scan.strokes import passes_through

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]

MarkState = Literal["empty", "marked", "unsure"]

_STEP_MM: Final = 0.125
_SNAP_FROM_P95_MM: Final = 0.08
"""Boxes are snapped to their own outlines where the page's fit is no better than this."""
_SNAP_MM: Final = 0.5

_INSET_MM: Final = 0.5
"""From the outline's centre line to the inside."""
_RING_MM: Final = (0.45, 1.35)
"""From the outline's centre line; labels begin at 1.5 mm."""
_BORDER_MM: Final = MARK_STROKE / 200 * 0.7

_INK: Final = 0.30
_FOLLOWED: Final = 0.22
"""Darkness down to which a stroke is followed beyond its box: it may get paler there."""
_SMOOTH_MM: Final = 0.22
_BLUR: Final = 0.12
"""Darkness just inside of the outlines, in the median of all boxes, from which on a picture is blurred."""
_SIDES: Final = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Left, right, above, below."""

AREA_MARKED: Final = 0.20
AREA_STROKE: Final = 0.06
"""With ``EXTENT_STROKE``: one connected stroke right across the box is a mark, however thin the pen."""
EXTENT_STROKE: Final = 0.60
AREA_FILLED: Final = 0.62
"""More than any cross; with ink beyond the border it is a blacked-out mark."""
OUT_FILLED: Final = 0.01
OUT_UNSURE: Final = 0.04
THROUGH_UNSURE: Final = 0.05
STEP_UNSURE: Final = 0.15
STEP_THIN: Final = 0.08
AREA_THIN: Final = 0.25
"""With little ink, a smaller step of the paper is enough to doubt that it is a pen's."""
AREA_EMPTY: Final = 0.004
SPECKS_MOST: Final = 4
"""More specks than this in one box may be the grain of a pencil's stroke."""
STD_EMPTY: Final = 0.09
STD_FAINT: Final = 0.012
"""With ``NOISE_FACTOR``: more unevenness than that of the page's other boxes is a faint stroke. A pencil of 60 %
lightness has 0.04 to 0.07, an erased one 0.02; the empty boxes of a plain scan have 0.002 to 0.004, all alike."""
NOISE_FACTOR: Final = 1.5
NOISE_MOST: Final = 0.02
"""Where all boxes of a page are more uneven than this, it is not known what is noise: they are for a person."""
STD_SPECKS: Final = 0.15
"""What specks add to the unevenness, by the root of their share: a speck of 0.05 mm² adds 0.01."""
SHADE_EMPTY: Final = 0.30
BESIDE_UNSURE: Final = 0.25
"""Ink in mm² within 1.35 mm of one side of an empty box: a mark that missed the box."""
BESIDE_MARKED: Final = 0.60
"""So much ink to one side of a marked box is no overshoot: what is in it may be the end of something else."""
NEXT_BOX_MM: Final = 4.5
"""A mark in a box this near, between the outlines' centre lines, may reach out to the side of an empty one."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the rule looks at, one value per box."""

    area: Values
    """Share of the inside with darkness over 0.30."""
    out: Values
    """Ink share of the ring around the box; of the left and right sides only the cleaner one counts,
    because a label or a frame may be printed on the other."""
    through: Values
    """Ink share of the strips beside the middle of two opposite sides, the lesser of the two: a line through
    the box takes a mark back."""
    std: Values
    """Standard deviation of the smoothed darkness inside, less what all boxes of the page have at the same distance
    from their outlines (blur) and what grows evenly from side to side (shade): faint strokes."""
    noise: float
    """The lower quartile of ``std``: that of the page's empty boxes."""
    sides: Values
    """Ink in mm² in the ring to the left and right, above and below, N x 4."""
    limit: Values
    """Gray value below which a pixel is a stroke to follow."""
    shade: Values
    """How dark the paper itself is against the paper around: a sticker, a stain, ink far beyond the box."""
    extent: Values
    """Diagonal of the largest piece of ink inside relative to the inside's; only measured where area is
    between empty and marked."""
    step: Values
    """How much the paper's level changes from one part of the box to another: the rim of a stain, the edge of a
    sticker or of a fold's shadow. Such an edge looks like a stroke."""
    specks: Values
    """Share of the inside that is specks: pieces too small for a pen, as a copier or dust leaves them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One box as read."""

    state: MarkState
    confidence: float
    """0 to 1: how far the features are from where the rule would decide otherwise. Not a probability."""
    ink: bool
    """Whether there is any ink in or on the box."""


_UNSURE: Final = Mark("unsure", 0.0, ink=True)


def read_marks(sheet: Sheet, rects: Sequence[Rect], *, bilevel: bool = False) -> list[Mark]:
    """Read all mark boxes of a registered page.

    Args:
        sheet: the page.
        rects: the outlines' centre lines.
        bilevel: whether the scan is black and white only: specks may then be all that is left of a stroke.
    """
    marks: list[Mark] = [_UNSURE] * len(rects)
    sides = np.zeros((len(rects), len(_SIDES)), np.float32)
    by_size: dict[tuple[int, int], list[int]] = {}
    for i, rect in enumerate(rects):
        by_size.setdefault((rect.w, rect.h), []).append(i)
    for numbers in by_size.values():
        outlines = Outlines.of([rects[i] for i in numbers])
        centres = _snapped(sheet, outlines)
        half = (float(outlines.half[0, 0]), float(outlines.half[0, 1]))
        features = measure_features(sheet, centres, half)
        if bilevel:
            features = replace(features, specks=np.zeros_like(features.specks))
        sides[numbers] = features.sides
        for i, mark in zip(numbers, _without_passing(sheet, centres, half, features), strict=True):
            marks[i] = mark
    return _doubted_beside(marks, rects, sides)


def _without_passing(
    sheet: Sheet, centres: npt.NDArray[np.float64], half: tuple[float, float], features: Features
) -> list[Mark]:
    """Return what the features say of boxes of one size; what only passes through is not marked."""
    marks = _decide(features)
    leaving = np.flatnonzero(features.sides.max(1) > 0)
    marked = np.array([i for i in leaving.tolist() if marks[i].state == "marked"], dtype=np.int64)
    passing = passes_through(sheet, centres[marked], half, features.limit[marked])
    for i in marked[passing].tolist():
        marks[i] = _UNSURE
    return marks


def _doubted_beside(marks: list[Mark], rects: Sequence[Rect], sides: Values) -> list[Mark]:
    """Return the marks with those unsure that have ink beside their boxes, unless the next box is marked."""
    found = list(marks)
    marked = [rect for mark, rect in zip(marks, rects, strict=True) if mark.state == "marked"]
    for i in np.flatnonzero((sides > BESIDE_UNSURE).any(1)).tolist():
        most = BESIDE_UNSURE if marks[i].state == "empty" else BESIDE_MARKED
        busy = [side for side, ink in zip(_SIDES, sides[i], strict=True) if ink > most]
        if any(not _next_to(rects[i], side, marked) for side in busy):
            found[i] = _UNSURE
    return found


def _next_to(rect: Rect, side: tuple[int, int], others: Sequence[Rect]) -> bool:
    """Tell whether one of the others lies right beside a box, on a side of it."""
    reach = round(NEXT_BOX_MM * 100)
    strip = replace(rect, x=rect.x + side[0] * reach, y=rect.y + side[1] * reach)
    return any(o.x < strip.right and strip.x < o.right and o.y < strip.bottom and strip.y < o.bottom for o in others)


def measure_features(sheet: Sheet, centres: npt.NDArray[np.float64], half: tuple[float, float]) -> Features:
    """Measure the features of boxes of one size: their centres and half their width and height, mm."""
    half_w, half_h = half
    us = _offsets(half_w)
    vs = _offsets(half_h)
    maps = sheet.grids(centres, us, vs)
    values, paper = sheet.values(maps), sheet.paper_values(maps)
    dx, dy = np.abs(us)[None, :] - half_w, np.abs(vs)[:, None] - half_h
    beyond = np.maximum(dx, dy)
    border = np.abs(beyond) <= _BORDER_MM
    black = np.percentile(values[:, border], 40, axis=1).astype(np.float32)
    dark = darkness(values, paper, black[:, None, None])
    inside = beyond <= -_INSET_MM
    dark = _without_blur(dark, beyond, inside)
    ink = dark > _INK
    area = ink[:, inside].mean(1, dtype=np.float32)
    std = _unevenness(_smoothed(dark)[:, inside], beyond[inside], np.argwhere(inside))
    extents, specks = _pieces(ink, inside, area)
    out, sides = _ring_shares(ink, us, vs, dx, dy)
    level = paper[:, len(vs) // 2, len(us) // 2].astype(np.float32)
    return Features(
        area=area,
        out=out,
        through=_through_share(ink, us, vs, dx, dy),
        std=std,
        noise=min(float(np.percentile(std, 25)), NOISE_MOST),
        sides=sides,
        limit=level - np.float32(_FOLLOWED) * np.maximum(level - black, np.float32(LEAST_RANGE)),
        shade=sheet.shade(centres),
        extent=extents,
        step=_steps(paper),
        specks=specks,
    )


def _snapped(sheet: Sheet, outlines: Outlines) -> npt.NDArray[np.float64]:
    """Return the boxes' centres, moved onto their own printed outlines where the page's fit is loose."""
    if sheet.registered.fit.p95_mm <= _SNAP_FROM_P95_MM:
        return outlines.centres
    registered = sheet.registered
    shifts, found = measure(sheet.gray, registered.registration, outlines, registered.levels, _SNAP_MM)
    return outlines.centres + np.where(found[:, None], shifts, 0.0)


def _offsets(half: float) -> npt.NDArray[np.float64]:
    reach = half + _RING_MM[1] + _STEP_MM
    return np.linspace(-reach, reach, round(2 * reach / _STEP_MM) + 1)


def _unevenness(smooth: Values, beyond: npt.NDArray[np.float64], places: npt.NDArray[np.intp]) -> Values:
    """Return the ``std`` feature.

    Args:
        smooth: darkness inside of N boxes, N x P.
        beyond: distance of the P places from the outline, negative.
        places: their rows and columns, P x 2.
    """
    levels = np.empty(len(beyond), np.float32)
    level = np.inf
    # From the outline inwards its blur gets less; a stroke that all boxes have in the middle is no blur.
    for ring in _rings(beyond):
        level = min(level, float(np.median(smooth[:, ring[::2]])))
        levels[ring] = level
    rest = smooth - levels
    # Shade that grows evenly from one side to the other is a fold's or the light's.
    away = (places - places.mean(0)).astype(np.float32)
    for along in away.T:
        slopes = (rest * along).sum(1) / (along**2).sum()
        rest = rest - slopes[:, None] * along
    return np.asarray(rest.std(1))


def _without_blur(dark: Darkness, beyond: npt.NDArray[np.float64], inside: Mask) -> Darkness:
    """Return the darkness without what a blurred picture spreads of the printed outlines, the same at all boxes."""
    edge = inside & (beyond > -_INSET_MM - _STEP_MM)
    if float(np.median(dark[:, edge])) < _BLUR:
        return dark
    rings = _rings(beyond[inside])
    levels = np.minimum.accumulate([np.median(dark[:, inside][:, ring]) for ring in rings])
    depths = [-float(beyond[inside][ring].mean()) for ring in rings]
    # An outline's blur is as wide to the outside.
    spread = np.interp(np.abs(beyond), depths, levels).astype(np.float32)
    return np.asarray(np.maximum(dark - np.where(np.abs(beyond) < _BORDER_MM, 0, spread), 0))


def _rings(beyond: npt.NDArray[np.float64]) -> list[npt.NDArray[np.intp]]:
    """Return the places in each ring of about one step's width, from the outline inwards."""
    numbers = np.round(beyond / _STEP_MM).astype(np.int64)
    return [np.flatnonzero(numbers == n) for n in sorted(set(numbers.tolist()), reverse=True)]


def _ring_shares(
    ink: Mask,
    us: npt.NDArray[np.float64],
    vs: npt.NDArray[np.float64],
    dx: npt.NDArray[np.float64],
    dy: npt.NDArray[np.float64],
) -> tuple[Values, Values]:
    """Return the features ``out`` and ``sides``."""
    beyond = np.maximum(dx, dy)
    ring = (beyond >= _RING_MM[0]) & (beyond <= _RING_MM[1])
    at_side = ring & (dx >= _RING_MM[0])
    left, right = at_side & (us[None, :] < 0), at_side & (us[None, :] > 0)
    above, below = ring & ~at_side & (vs[:, None] < 0), ring & ~at_side & (vs[:, None] > 0)
    counts = _counts(ink, (left, right, above, below))
    places = np.float32(left.sum() + above.sum() + below.sum())
    out = (np.minimum(counts[:, 0], counts[:, 1]) + counts[:, 2] + counts[:, 3]) / places
    return np.asarray(out), np.asarray(counts * np.float32(_STEP_MM**2))


def _through_share(
    ink: Mask,
    us: npt.NDArray[np.float64],
    vs: npt.NDArray[np.float64],
    dx: npt.NDArray[np.float64],
    dy: npt.NDArray[np.float64],
) -> Values:
    """Return the ``through`` feature; crosses and ticks leave a box near its corners, so those do not count."""
    shares = []
    for along, place, at in ((dy, dx, us[None, :]), (dx, dy, vs[:, None])):
        strip = (along < -_INSET_MM) & (place >= _RING_MM[0]) & (place <= _RING_MM[1])
        ends = (strip & (at < 0), strip & (at > 0))
        shares.append(_counts(ink, ends).min(1) / np.float32(ends[0].sum()))
    return np.asarray(np.maximum(*shares))


def _counts(ink: Mask, places: Sequence[Mask]) -> Values:
    """Return how many pixels of N patches are ink at each of K places, N x K."""
    wanted = np.stack(places).reshape(len(places), -1).astype(np.float32)
    return np.asarray(ink.reshape(len(ink), -1).astype(np.float32) @ wanted.T)


def _smoothed(dark: Darkness) -> Darkness:
    """Blur all patches in one call; what crosses from patch to patch stays in the ring, which is not used."""
    stack = dark.reshape(-1, dark.shape[2])
    return np.asarray(cv2.GaussianBlur(stack, (0, 0), _SMOOTH_MM / _STEP_MM), dtype=np.float32).reshape(dark.shape)


def _steps(paper: npt.NDArray[np.uint8]) -> Values:
    """Return the ``step`` feature of N patches of the paper level."""
    low, high = np.percentile(paper.reshape(len(paper), -1)[:, ::7], (5, 95), axis=1)
    return np.asarray(1 - low / np.maximum(high, 1), dtype=np.float32)


def _pieces(ink: Mask, inside: Mask, area: Values) -> tuple[Values, Values]:
    """Return the features ``extent`` and ``specks``."""
    extents, specks = np.zeros(len(ink), np.float32), np.zeros(len(ink), np.float32)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    diagonal = float(np.hypot(len(rows), len(columns)))
    for i in np.flatnonzero((area > AREA_EMPTY) & (area <= AREA_MARKED)):
        part = ink[i, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
        pieces = stats[1:]
        if len(pieces):
            size = pieces[:, cv2.CC_STAT_AREA]
            largest = pieces[size.argmax()]
            extents[i] = np.hypot(largest[cv2.CC_STAT_WIDTH], largest[cv2.CC_STAT_HEIGHT]) / diagonal
            small = are_specks(np.asarray(pieces), 1 / _STEP_MM)
            if small.sum() <= SPECKS_MOST:
                specks[i] = size[small].sum() / part.size
    return extents, specks


def _decide(features: Features) -> list[Mark]:
    """Apply the rule, in its order of precedence."""
    f = features
    stroke = (f.area > AREA_STROKE) & (f.extent > EXTENT_STROKE)
    messy = (f.out > OUT_UNSURE) | (f.through > THROUGH_UNSURE)
    messy |= (f.step > STEP_UNSURE) | ((f.step > STEP_THIN) & (f.area > AREA_STROKE) & (f.area < AREA_THIN))
    messy |= (f.area > AREA_FILLED) & (f.out > OUT_FILLED)
    marked = ((f.area > AREA_MARKED) | stroke) & ~messy
    area = f.area - f.specks
    faint = f.std > NOISE_FACTOR * f.noise + STD_FAINT + STD_SPECKS * np.sqrt(f.specks)
    empty = (area < AREA_EMPTY) & (f.std < STD_EMPTY) & (f.shade < SHADE_EMPTY) & ~faint & ~messy
    sure_mark = np.clip(0.5 + 0.5 * np.maximum(f.area / AREA_MARKED, f.extent) * (1 - f.out / OUT_UNSURE), 0, 1)
    sure_empty = 1 - 0.5 * np.clip(np.maximum(area / AREA_EMPTY, f.std / STD_EMPTY), 0, 1)
    clean = (area < AREA_EMPTY) & (f.out < OUT_UNSURE)
    marks: list[Mark] = []
    for i in range(len(f.area)):
        if marked[i]:
            marks.append(Mark("marked", round(float(sure_mark[i]), 3), ink=True))
        elif empty[i]:
            marks.append(Mark("empty", round(float(sure_empty[i]), 3), ink=False))
        else:
            marks.append(Mark("unsure", 0.0, ink=not bool(clean[i] and f.std[i] < STD_EMPTY)))
    return marks
