"""Write numbers into combs, digit by digit, in several hands.

The shapes are real handwriting: 1,000 digits that were kept out of the training of the reader's network
(``papermode/simulate/data/README.md``). Half of the hands are European: their 1 has a flag and their 7 a
bar across the stem, drawn onto the real digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.model.layout import Box
from papermode.simulate.paint import lay_ink

Gray = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.uint8]
"""255 = ink."""
Samples = Mapping[int, Gray]
"""For each digit its pictures, N x 28 x 28, 255 = ink, in the format of MNIST."""

_FINE: Final = 24.0
"""Pixels per mm of a digit's own picture."""
_WIDEST: Final = 1.02
"""A digit's greatest width, in cells."""
_PLACE_MM: Final = (0.35, 0.25)
"""Sigma of a digit's place, across and down."""
_LEAST_WIDTH_MM: Final = 0.25
"""Of a stroke: no pen is finer."""


@cache
def held_out_samples() -> Samples:
    """Return the bundled digits, which the network of :mod:`papermode.scan.digits` never saw."""
    with (files("papermode.simulate") / "data" / "digits.npz").open("rb") as file, np.load(file) as data:
        pictures, labels = data["pictures"], data["labels"]
    return {digit: pictures[labels == digit] for digit in range(10)}


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One person with one pen."""

    height: float
    """Mean height of a digit in mm."""
    ink: float
    """Reflectance of the ink: 0 black to 1 paper."""
    thinner: float = 0.0
    """How much finer the pen is than that of the samples, in mm on each side of a stroke."""
    grain: bool = False
    """Pencil: the stroke is broken by the paper's grain."""
    european: bool = False
    """1 with a flag, 7 with a bar."""
    samples: Samples = field(default_factory=held_out_samples)


def any_hand(rng: np.random.Generator, samples: Samples | None = None) -> Hand:
    """Return a hand drawn at random: 8 % write in pencil, half of them the European way."""
    pencil = bool(rng.random() < 0.08)
    return Hand(
        height=float(rng.uniform(4.2, 6.6)),
        ink=float(rng.uniform(0.4, 0.6) if pencil else rng.uniform(0.04, 0.45)),
        thinner=float(rng.uniform(0.0, 0.16)),
        grain=pencil,
        european=bool(rng.random() < 0.5),
        samples=held_out_samples() if samples is None else samples,
    )


def write_comb(page: Gray, dpi: float, box: Box, text: str, hand: Hand, rng: np.random.Generator) -> None:
    """Write a number into a comb, in place.

    Args:
        page: the printed page, upright and whole, uint8 gray, 255 = paper.
        dpi: its resolution.
        box: the comb.
        text: digits, a leading ``-`` and blanks; the decimal point is printed, so it is not written, but
            must stand where the box has it. Shorter numbers are written to the right.
        hand: who writes.
        rng: chance.

    Raises:
        ValueError: the text does not fit the comb.
    """
    cell = box.rect.w / box.cells / 100
    tall = box.rect.h / 100
    for i, character in enumerate(characters_of(box, text)):
        if character == " ":
            continue
        height = hand.height * rng.uniform(0.88, 1.12)
        shape = _dash(hand, cell, rng) if character == "-" else _digit(int(character), height, cell, hand, rng)
        across, down = rng.normal(0, _PLACE_MM)
        room = (tall - shape.shape[0] / _FINE) / 2 + 0.3
        middle = (box.rect.x / 100 + (i + 0.5) * cell + across, box.rect.y / 100 + tall / 2 + _within(down, room))
        _lay(page, dpi, middle, shape, hand, rng)


def strike_out(page: Gray, dpi: float, box: Box, cells: Sequence[int], hand: Hand, rng: np.random.Generator) -> None:
    """Cross out what stands in some cells of a comb, in place: lines, a cross, a zigzag or loops over each.

    Args:
        page: the page, uint8 gray, 255 = paper.
        dpi: its resolution.
        box: the comb.
        cells: which cells, from 0.
        hand: who crosses out.
        rng: chance.
    """
    cell, tall = box.rect.w / box.cells / 100, box.rect.h / 100
    for i in cells:
        shape = _crossing(cell / 2, tall / 2, rng)
        across, down = rng.normal(0, 0.3, 2)
        middle = (box.rect.x / 100 + (i + 0.5) * cell + across, box.rect.y / 100 + tall / 2 + down)
        _lay(page, dpi, middle, shape, hand, rng)


def _crossing(half_w: float, half_h: float, rng: np.random.Generator) -> Ink:
    """Return strokes that cross out a digit."""
    w, h = half_w * rng.uniform(0.7, 1.25), half_h * rng.uniform(0.45, 0.85)
    kind = rng.integers(4)
    if kind == 0:
        ys = np.sort(rng.uniform(-0.5, 0.5, 2)) * h + np.array([-0.3, 0.3])
        strokes = [np.array([(-w, y - rng.uniform(-0.5, 0.5)), (w, y)]) for y in ys]
    elif kind == 1:
        strokes = [np.array([(-w, s * h), (w, -s * h)]) for s in (-1, 1)]
    elif kind == 2:
        ends = np.linspace(-w, w, int(rng.integers(5, 14)))
        strokes = [np.stack([ends, np.where(np.arange(len(ends)) % 2, h, -h) * rng.uniform(0.7, 1.0, len(ends))], 1)]
    else:
        turn = np.linspace(0, 2 * np.pi * rng.uniform(2.5, 5), 90)
        loops = np.stack([0.5 * w * np.cos(turn), h * rng.uniform(0.6, 1.0) * np.sin(turn)], 1)
        strokes = [loops + np.stack([np.linspace(-0.5 * w, 0.5 * w, 90), np.zeros(90)], 1)]
    width = max(round(rng.uniform(0.3, 0.65) * _FINE), 1)
    reach = max(float(np.abs(stroke).max()) for stroke in strokes) + 1
    shape = np.zeros((round(2 * reach * _FINE), round(2 * reach * _FINE)), np.uint8)
    for stroke in strokes:
        cv2.polylines(shape, [np.round((stroke + reach) * _FINE).astype(np.int32)], False, 255, width)
    return shape


def characters_of(box: Box, text: str) -> str:
    """Return what stands in each cell of a comb, one character a cell (blank, digit or ``-``).

    Raises:
        ValueError: the text does not fit the comb.
    """
    whole, point, part = text.partition(".")
    parts = box.cells - box.point if box.point else 0
    if not set(whole + part) <= set("0123456789- ") or (point and len(part) != parts) or len(whole) > box.cells - parts:
        raise ValueError(f"does not fit a comb of {box.cells} cells with {box.point} before the point")
    if not point and parts and text.strip():
        raise ValueError("the comb has a decimal point and the text has none")
    return (whole + part).rjust(box.cells)


def _within(value: float, bound: float) -> float:
    return float(np.clip(value, -max(bound, 0.1), max(bound, 0.1)))


def _digit(digit: int, height: float, cell: float, hand: Hand, rng: np.random.Generator) -> Ink:
    """Return a digit's picture, ``_FINE`` pixels per mm, trimmed."""
    pictures = hand.samples[digit]
    small = _trimmed(pictures[int(rng.integers(len(pictures)))])
    per_pixel = height * _FINE / small.shape[0]
    if small.shape[1] * per_pixel > _WIDEST * cell * _FINE:
        per_pixel = _WIDEST * cell * _FINE / small.shape[1]
    framed = np.pad(small, 1)
    size = (round(framed.shape[1] * per_pixel), round(framed.shape[0] * per_pixel))
    smooth = cv2.GaussianBlur(cv2.resize(framed, size, interpolation=cv2.INTER_CUBIC), (0, 0), 0.35 * per_pixel)
    shape = np.where(smooth > 105, 255, 0).astype(np.uint8)
    shape = _thinned(shape, hand.thinner)
    if hand.european and digit in (1, 7):
        shape = _with_flag(shape, rng) if digit == 1 else _with_bar(shape, rng)
    return _trimmed(shape)


def _thinned(shape: Ink, by_mm: float) -> Ink:
    """Take ``by_mm`` off each side of the strokes, as far as they stay as wide as a pen."""
    depth = cv2.distanceTransform(shape, cv2.DIST_L2, 3)
    by = min(by_mm * _FINE, float(np.percentile(depth[depth > 0], 85)) - _LEAST_WIDTH_MM * _FINE / 2)
    return np.where(depth > max(by, 0), 255, 0).astype(np.uint8)


def _stroke_width(shape: Ink) -> int:
    depth = cv2.distanceTransform(shape, cv2.DIST_L2, 3)
    return max(round(2 * float(np.percentile(depth[depth > 0], 85))), 2)


def _with_flag(shape: Ink, rng: np.random.Generator) -> Ink:
    """Return a 1 with a flag down to the left of its head, one in five with a foot."""
    tall = shape.shape[0]
    side = round(0.6 * tall)
    wide = np.pad(shape, ((0, 0), (side, side)))
    rows, columns = np.nonzero(wide)
    width = _stroke_width(shape)
    head = (int(columns[rows <= rows.min() + width].mean()), int(rows.min() + width // 2))
    tip = (head[0] - round(rng.uniform(0.18, 0.5) * tall), head[1] + round(rng.uniform(0.2, 0.7) * tall))
    bend = (round((head[0] + tip[0]) / 2 - rng.uniform(-0.06, 0.06) * tall), (head[1] + tip[1]) // 2)
    cv2.polylines(wide, [np.array([head, bend, tip], dtype=np.int32)], False, 255, width)
    if rng.random() < 0.2:
        foot = int(columns[rows >= rows.max() - width].mean())
        half, y = round(rng.uniform(0.15, 0.3) * tall), int(rows.max())
        cv2.line(wide, (foot - half, y), (foot + half, y), 255, width)
    return wide


def _with_bar(shape: Ink, rng: np.random.Generator) -> Ink:
    """Return a 7 with a bar across its stem."""
    tall, wide_by = shape.shape[0], round(0.3 * shape.shape[0])
    wide = np.pad(shape, ((0, 0), (wide_by, wide_by)))
    y = round(rng.uniform(0.40, 0.62) * tall)
    stem = np.flatnonzero(wide[y])
    middle = float(stem.mean()) if len(stem) else wide.shape[1] / 2
    half = rng.uniform(0.16, 0.30) * tall
    rise = rng.uniform(-0.25, 0.10) * half
    ends = [(round(middle + sign * half), round(y + sign * rise)) for sign in (-1, 1)]
    cv2.line(wide, ends[0], ends[1], 255, _stroke_width(shape))
    return wide


def _dash(hand: Hand, cell: float, rng: np.random.Generator) -> Ink:
    """Return a minus sign."""
    long, width = rng.uniform(0.4, 0.65) * cell * _FINE, max(0.55 - 2 * hand.thinner, _LEAST_WIDTH_MM) * _FINE
    shape = np.zeros((round(width) + 9, round(long + width) + 2), np.uint8)
    y = shape.shape[0] // 2 + int(rng.integers(-3, 4))
    ends = ((round(width / 2), y), (round(width / 2 + long), shape.shape[0] - 1 - y))
    cv2.line(shape, ends[0], ends[1], 255, round(width))
    return shape


def _trimmed(shape: Ink) -> Ink:
    rows, columns = np.flatnonzero(shape.any(1)), np.flatnonzero(shape.any(0))
    return shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _lay(page: Gray, dpi: float, middle: tuple[float, float], shape: Ink, hand: Hand, rng: np.random.Generator) -> None:
    """Lay a shape on the page as ink, its middle at a place in mm; never lighter than what is under it."""
    cover = shape.astype(np.float32) / 255
    if hand.grain:
        cover *= (rng.random(shape.shape) > 0.25) * rng.uniform(0.7, 1.0, shape.shape)
    lay_ink(page, dpi / 25.4, middle, cover, _FINE, hand.ink)
