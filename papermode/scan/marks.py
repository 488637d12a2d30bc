"""Read mark boxes: empty, marked, or unsure.

Three states, because two cannot be right: a faint pencil tick, a dot, a struck-out cross are for a
person to judge. The rule works on a few features of the ink inside the box and in a ring around it
(docs/architecture.md, "Reading marks"); all boxes of a page are read at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import MARK_STROKE
from papermode.scan.ink import Darkness, Sheet, are_specks, darkness
from papermode.scan.outlines import Outlines, measure

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
_SMOOTH_MM: Final = 0.22

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
SHADE_EMPTY: Final = 0.30


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
    """Standard deviation of the smoothed darkness inside: faint strokes."""
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


def read_marks(sheet: Sheet, rects: Sequence[Rect]) -> list[Mark]:
    """Read all mark boxes of a registered page; ``rects`` are the outlines' centre lines."""
    marks: dict[int, Mark] = {}
    by_size: dict[tuple[int, int], list[int]] = {}
    for i, rect in enumerate(rects):
        by_size.setdefault((rect.w, rect.h), []).append(i)
    for numbers in by_size.values():
        features = measure_features(sheet, [rects[i] for i in numbers])
        marks.update(zip(numbers, _decide(features), strict=True))
    return [marks[i] for i in range(len(rects))]


def measure_features(sheet: Sheet, rects: Sequence[Rect]) -> Features:
    """Measure the features of boxes of one size."""
    outlines = Outlines.of(rects)
    centres = _snapped(sheet, outlines)
    half_w, half_h = (float(v) for v in outlines.half[0])
    us = _offsets(half_w)
    vs = _offsets(half_h)
    values = sheet.values(centres, us, vs)
    paper = sheet.paper_values(centres, us, vs)
    dx, dy = np.abs(us)[None, :] - half_w, np.abs(vs)[:, None] - half_h
    beyond = np.maximum(dx, dy)
    border = np.abs(beyond) <= _BORDER_MM
    black = np.percentile(values[:, border], 40, axis=1).astype(np.float32)
    dark = darkness(values, paper, black[:, None, None])
    inside = beyond <= -_INSET_MM
    ink = dark > _INK
    area = ink[:, inside].mean(1, dtype=np.float32)
    smooth = _smoothed(dark)
    extents, specks = _pieces(ink, inside, area)
    return Features(
        area=area,
        out=_ring_share(ink, us, vs, dx, dy),
        through=_through_share(ink, us, vs, dx, dy),
        std=smooth[:, inside].std(1),
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


def _ring_share(
    ink: Mask,
    us: npt.NDArray[np.float64],
    vs: npt.NDArray[np.float64],
    dx: npt.NDArray[np.float64],
    dy: npt.NDArray[np.float64],
) -> Values:
    beyond = np.maximum(dx, dy)
    ring = (beyond >= _RING_MM[0]) & (beyond <= _RING_MM[1])
    at_side = ring & (dx >= _RING_MM[0])
    left, right = at_side & (us[None, :] < 0), at_side & (us[None, :] > 0)
    rest = ring & ~at_side
    counts = [ink[:, mask].sum(1, dtype=np.float32) for mask in (left, right, rest)]
    return np.asarray((np.minimum(counts[0], counts[1]) + counts[2]) / np.float32(left.sum() + rest.sum()))


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
        ends = [ink[:, strip & side].mean(1, dtype=np.float32) for side in (at < 0, at > 0)]
        shares.append(np.minimum(*ends))
    return np.asarray(np.maximum(*shares))


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
    empty = (area < AREA_EMPTY) & (f.std < STD_EMPTY) & (f.shade < SHADE_EMPTY) & ~messy
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
