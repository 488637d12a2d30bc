"""Cut a comb into its cells: take the printed lines away, keep the strokes, and bring every digit to one size.

Ink is measured as darkness against the local paper, 0 on paper to 1. A digit often touches or crosses the
printed lines, or reaches into the next cell: a stroke that crosses a line is kept, and a piece of ink that
belongs to two cells puts both in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.model.layout import COMB_STROKE, Box
from papermode.scan.levels import gray_percentiles, percentile
from papermode.scan.sampling import Registration, rectify

Gray = npt.NDArray[np.uint8]
Darkness = npt.NDArray[np.float32]
Picture = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

PIXELS_PER_MM: Final = 10.0
MARGIN: Final = 160
"""What of the page around a comb is looked at, 0.01 mm."""
POINT_STROKE: Final = 70
"""Stroke of the separator that stands for the decimal point, 0.01 mm."""

_SNAP_PX: Final = 5
_SNAP_COST: Final = 0.004
"""Per pixel of shift: where nothing is seen of the lines, the layout's place holds."""
_BAND_MM: Final = 0.12
"""A line is taken away this far beyond its edge: blur."""
_BESIDE_PX: Final = 2
_ALONG_PX: Final = 5
_CELL_REACH_MM: Final = (0.9, 1.2)
"""How far the ink of a cell may lie outside of it, across and down."""
_LEAST_PIECE_MM2: Final = 0.08
_BLANK_MM2: Final = 0.35
SMUDGE_MM2: Final = 0.15
"""Less ink than this in a cell is dust."""
_OWN_SHARE: Final = 0.60
"""A piece with more than this share of its ink in a cell, and all of it in reach, is that cell's own. Any other
belongs to all cells where it is."""
_INSIDE_MM: Final = 0.6
_FLAT_MM: Final = (2.5, 0.35)
"""A piece longer and lower than this at a line is what was left of the line."""
_THROUGH_MM: Final = 0.4
_POINT_MM: Final = 0.9
"""A piece no larger than this, low in the cell, may be a decimal point."""
_FULL_SHARE: Final = 0.55
"""More of a cell than this is no digit but ink over one."""

_SIDE: Final = 28
_DIGIT: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell of a comb."""

    picture: Picture | None
    """The digit as the network takes it, 28 x 28, 0 to 1; ``None`` when the cell is blank."""
    ink: float
    """Ink in mm²."""
    doubt: bool = False
    """Whether something is there that a digit does not explain: a smudge, a dot, a line through the number."""
    shared: bool = False
    """Whether its ink touches that of the next cell, and was cut off there."""
    dash: bool = False
    """Whether the ink has the shape of a minus sign."""


def comb_patch(gray: Gray, registration: Registration, box: Box) -> Gray:
    """Return a comb with :data:`MARGIN` around it, upright, 10 pixels per mm, 255 = white.

    Args:
        gray: the scan.
        registration: where the page lies in it.
        box: the comb.
    """
    return rectify(gray, registration, box.rect.grown(MARGIN), PIXELS_PER_MM)


def cut(patch: Gray, box: Box) -> tuple[Cell, ...]:
    """Cut a comb into cells.

    Args:
        patch: the picture that :func:`comb_patch` returns.
        box: the comb.

    Returns:
        One cell for each of the comb's.
    """
    dark = _darkness(patch)
    lines = _Lines.of(box, dark)
    inside = _without_lines(dark, lines)
    x0, x1, y0, y1 = round(lines.xs[0]), round(lines.xs[-1]), round(lines.ys[0]), round(lines.ys[1])
    within = inside[max(y0, 0) : y1, max(x0, 0) : x1]
    peak = percentile(within, 99.7)
    threshold = max(0.10, 0.35 * min(peak, 0.9))
    if not (within > threshold).any():
        return (Cell(None, 0.0),) * box.cells
    ink = lines.in_reach(inside > threshold)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    gray = np.clip((inside - 0.4 * threshold) / (max(peak, 0.15) - 0.4 * threshold), 0, 1)
    pieces = _Pieces(np.asarray(labels, np.int32), np.asarray(stats, np.int32), count, lines)
    return tuple(_cell(i, gray, pieces, lines) for i in range(box.cells))


def normalised(ink: Picture) -> Picture:
    """Return a digit's picture as MNIST has them: 20 pixels long, centred by mass in 28 x 28, maximum 1."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _DIGIT / max(part.shape)
    size = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    total = float(small.sum())
    x = float((small.sum(0) * np.arange(size[0])).sum()) / total
    y = float((small.sum(1) * np.arange(size[1])).sum()) / total
    left = int(np.clip(round((_SIDE - 1) / 2 - x), 0, _SIDE - size[0]))
    top = int(np.clip(round((_SIDE - 1) / 2 - y), 0, _SIDE - size[1]))
    picture = np.zeros((_SIDE, _SIDE), np.float32)
    picture[top : top + size[1], left : left + size[0]] = small / small.max()
    return picture


def _darkness(patch: Gray) -> Darkness:
    """Return 1 - value / paper; the paper level is a closing over 4 mm, at a quarter of the resolution."""
    size = (max(patch.shape[1] // 4, 1), max(patch.shape[0] // 4, 1))
    small = cv2.resize(patch, size, interpolation=cv2.INTER_AREA)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    closed = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush), (0, 0), 1.5)
    floor = max(0.5 * gray_percentiles(small, 90)[0], 1.0)
    paper = np.maximum(cv2.resize(closed, patch.shape[::-1], interpolation=cv2.INTER_LINEAR), floor)
    return np.clip(1 - patch / paper.astype(np.float32), 0, 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the printed lines lie in a patch, pixels."""

    xs: tuple[float, ...]
    widths: tuple[float, ...]
    ys: tuple[float, float]

    @classmethod
    def of(cls, box: Box, dark: Darkness) -> _Lines:
        """Take the lattice from the layout and move it onto the lines that are seen, up to 0.5 mm."""
        unit = PIXELS_PER_MM / 100
        step = box.rect.w // box.cells
        # The printer draws separators at whole multiples of a rounded cell (plan.items.comb_lines).
        xs = [(MARGIN + i * step) * unit for i in range(box.cells)] + [(MARGIN + box.rect.w) * unit]
        strokes = [POINT_STROKE if box.point and i == box.point else COMB_STROKE for i in range(box.cells + 1)]
        ys = [MARGIN * unit, (MARGIN + box.rect.h) * unit]
        dx = _shift(dark[int(ys[0]) : int(ys[1]) + 1].mean(0), xs)
        dy = _shift(dark[:, int(xs[0]) : int(xs[-1]) + 1].mean(1), ys)
        return cls(tuple(x + dx for x in xs), tuple(s * unit for s in strokes), (ys[0] + dy, ys[1] + dy))

    def in_reach(self, ink: Mask) -> Mask:
        """Return the ink that a cell may own; beyond it stand the lines of the table around the comb."""
        across, down = (reach * PIXELS_PER_MM for reach in _CELL_REACH_MM)
        rows = slice(max(round(self.ys[0] - down), 0), round(self.ys[1] + down))
        columns = slice(max(round(self.xs[0] - across), 0), round(self.xs[-1] + across))
        near = np.zeros_like(ink)
        near[rows, columns] = ink[rows, columns]
        return near


def _shift(profile: npt.NDArray[np.float32], places: list[float]) -> float:
    """Return the shift, up to 5 pixels, at which the lines are darkest."""
    shifts = np.arange(-_SNAP_PX, _SNAP_PX + 0.25, 0.5)
    centres = np.arange(len(profile)) + 0.5
    around = np.array([-0.7, 0.0, 0.7])
    at = shifts[:, None, None] + np.asarray(places)[None, :, None] + around
    score = np.interp(at, centres, profile).mean((1, 2)) - _SNAP_COST * np.abs(shifts)
    return float(shifts[score.argmax()])


def _without_lines(dark: Darkness, lines: _Lines) -> Darkness:
    """Take the lines away; where ink stands on both sides of a line, a stroke crosses it and stays."""
    out = dark.copy()
    stroke = COMB_STROKE / 100 * PIXELS_PER_MM
    # Beside the vertical lines the horizontal ones do not count as strokes that cross.
    strokes = dark.copy()
    for y in lines.ys:
        strokes[_band(y, stroke)] = 0
    _erase(out, strokes, [_band(x, width) for x, width in zip(lines.xs, lines.widths, strict=True)])
    _erase(out.T, out.T, [_band(y, stroke) for y in lines.ys])
    return out


def _band(at: float, width: float) -> slice:
    """Return the pixels that a line of this width may have darkened."""
    half = width / 2 + _BAND_MM * PIXELS_PER_MM
    return slice(max(int(np.floor(at - half)), 0), int(np.ceil(at + half)))


def _erase(dark: Darkness, strokes: Darkness, bands: list[slice]) -> None:
    """Take vertical lines out of ``dark``, in place (horizontal ones out of its transpose)."""
    width = dark.shape[1]
    bands = [b for b in bands if b.start >= _BESIDE_PX and b.stop - 1 + _BESIDE_PX < width]
    if not bands:
        return
    columns = [column for b in bands for column in (b.start - _BESIDE_PX, b.stop - 1 + _BESIDE_PX)]
    along = cv2.dilate(np.ascontiguousarray(strokes[:, columns]), np.ones((2 * _ALONG_PX + 1, 1), np.uint8))
    beside = np.minimum(along[:, ::2], along[:, 1::2])
    for number, band in enumerate(bands):
        np.minimum(dark[:, band], beside[:, [number]], out=dark[:, band])


class _Pieces:
    """The connected pieces of ink in a comb and the cells they belong to."""

    def __init__(self, labels: npt.NDArray[np.int32], stats: npt.NDArray[np.int32], count: int, lines: _Lines) -> None:
        reach = round(_CELL_REACH_MM[0] * PIXELS_PER_MM)
        edges = np.round(lines.xs).astype(int)
        left, right = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH]
        fits = (left[:, None] >= edges[:-1] - reach) & (right[:, None] <= edges[1:] + reach)
        # The first and the last cell also own what is beside the comb.
        edges[[0, -1]] += (-reach, reach)
        columns = [labels[:, a:b].ravel() for a, b in pairwise(np.clip(edges, 0, labels.shape[1]).tolist())]
        area = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
        parts = np.stack([np.bincount(c, minlength=count) for c in columns], 1)
        self.labels = labels
        self.stats = stats
        self.usable = area >= _LEAST_PIECE_MM2 * PIXELS_PER_MM**2
        self.usable[0] = False
        self.usable &= ~self._left_of_lines(lines) & self._near(lines)
        self._owned = fits & (parts > _OWN_SHARE * area[:, None]) & self.usable[:, None]
        self._shared = (parts > _BLANK_MM2 * PIXELS_PER_MM**2) & (self.usable & ~self._owned.any(1))[:, None]

    def _near(self, lines: _Lines) -> npt.NDArray[np.bool_]:
        """Tell which pieces are at the comb's height: what is written or printed above and below is not in it."""
        top, tall = self.stats[:, cv2.CC_STAT_TOP], self.stats[:, cv2.CC_STAT_HEIGHT]
        middle = top + tall / 2
        return (middle > lines.ys[0]) & (middle < lines.ys[1])

    def _left_of_lines(self, lines: _Lines) -> npt.NDArray[np.bool_]:
        wide, tall = self.stats[:, cv2.CC_STAT_WIDTH], self.stats[:, cv2.CC_STAT_HEIGHT]
        top = self.stats[:, cv2.CC_STAT_TOP]
        near = np.min([np.abs(top + tall / 2 - y) for y in lines.ys], axis=0) < 0.6 * PIXELS_PER_MM
        return np.asarray(near & (wide > _FLAT_MM[0] * PIXELS_PER_MM) & (tall < _FLAT_MM[1] * PIXELS_PER_MM))

    def of_cell(self, i: int) -> tuple[list[int], list[int]]:
        """Return the pieces of a cell: its own, and those that it shares with another cell."""
        return np.flatnonzero(self._owned[:, i]).tolist(), np.flatnonzero(self._shared[:, i]).tolist()

    def ink_between(self, x0: float, x1: float, lines: _Lines) -> float:
        """Return the ink in mm² well inside a cell, whoever it belongs to."""
        inset = _INSIDE_MM * PIXELS_PER_MM
        rows = slice(round(lines.ys[0] + inset), round(lines.ys[1] - inset))
        part = self.usable[self.labels[rows, round(x0 + inset) : round(x1 - inset)]]
        return float(part.sum()) / PIXELS_PER_MM**2


def _cell(i: int, gray: Picture, pieces: _Pieces, lines: _Lines) -> Cell:
    x0, x1 = lines.xs[i], lines.xs[i + 1]
    reach_x, reach_y = (r * PIXELS_PER_MM for r in _CELL_REACH_MM)
    rows = slice(max(round(lines.ys[0] - reach_y), 0), round(lines.ys[1] + reach_y))
    columns = slice(max(round(x0 - reach_x), 0), round(x1 + reach_x))
    own, torn = pieces.of_cell(i)
    doubt = any(_spans(pieces.stats[n], x0, x1) for n in torn)
    dots = [n for n in own if _is_point(pieces.stats[n], lines)] if len(own) > 1 else []
    doubt |= bool(dots)
    labels = pieces.labels[rows, columns]
    mask = _members(len(pieces.stats), [n for n in own if n not in dots])[labels]
    if torn:
        in_cell = np.zeros(labels.shape[1], bool)
        in_cell[round(x0) - columns.start : round(x1) - columns.start] = True
        mask |= _members(len(pieces.stats), torn)[labels] & in_cell
    ink = float(mask.sum()) / PIXELS_PER_MM**2
    if ink <= _BLANK_MM2:
        return Cell(None, ink, doubt=doubt or max(ink, pieces.ink_between(x0, x1, lines)) > SMUDGE_MM2)
    doubt |= ink > _FULL_SHARE * (x1 - x0) * (lines.ys[1] - lines.ys[0]) / PIXELS_PER_MM**2
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    picture = normalised(np.where(wide, gray[rows, columns], 0).astype(np.float32))
    return Cell(picture, ink, doubt=doubt, shared=bool(torn), dash=_is_dash(mask, rows.start, lines))


def _spans(stats: npt.NDArray[np.int32], x0: float, x1: float) -> bool:
    """Tell whether a piece reaches through a cell and out on both sides, as a line through the number does."""
    left, right = stats[cv2.CC_STAT_LEFT], stats[cv2.CC_STAT_LEFT] + stats[cv2.CC_STAT_WIDTH]
    return bool(left < x0 - _THROUGH_MM * PIXELS_PER_MM and right > x1 + _THROUGH_MM * PIXELS_PER_MM)


def _members(count: int, numbers: list[int]) -> Mask:
    table = np.zeros(count, bool)
    table[numbers] = True
    return table


def _is_point(stats: npt.NDArray[np.int32], lines: _Lines) -> bool:
    size = max(int(stats[cv2.CC_STAT_WIDTH]), int(stats[cv2.CC_STAT_HEIGHT]))
    middle = stats[cv2.CC_STAT_TOP] + stats[cv2.CC_STAT_HEIGHT] / 2
    low = lines.ys[0] + 0.66 * (lines.ys[1] - lines.ys[0])
    return bool(size <= _POINT_MM * PIXELS_PER_MM and middle > low)


def _is_dash(mask: Mask, top: int, lines: _Lines) -> bool:
    """Tell whether ink is one flat stroke in the middle third of the cell."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    middle = (top + (rows[0] + rows[-1]) / 2 - lines.ys[0]) / (lines.ys[1] - lines.ys[0])
    return bool(wide > 1.2 * PIXELS_PER_MM and tall < 1.1 * PIXELS_PER_MM and tall < 0.5 * wide and 0.3 < middle < 0.7)
