"""Pens and the marks that people make with them.

Strokes are drawn on a small patch at 1,200 dpi and laid on the page as ink: jittered, with changing
pressure, and never lighter than what is under them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import Box
from papermode.simulate.paint import low_frequency

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Stroke = Points
"""N x 2, mm from the middle of the box."""

_FINE: Final = 1200 / 25.4
"""Pixels per mm of a patch."""
_SHIFT: Final = 4
"""OpenCV's fixed-point bits for places finer than a pixel."""


@dataclass(frozen=True, slots=True)
class Pen:
    """One pen in one hand."""

    width: float
    """Stroke width in mm."""
    ink: float
    """Reflectance of its ink: 0 black to 1 paper."""
    wobble: float = 0.06
    """Amplitude of the hand's jitter in mm."""
    pressure: float = 0.18
    """By how much pressure changes the stroke's width, as a share (sigma)."""
    grain: float = 0.0
    """Share of the stroke where the paper's grain shows through."""


PenChoice = Callable[[np.random.Generator], Pen]


def ballpoint(rng: np.random.Generator) -> Pen:
    """Return a dark pen of 0.3 to 0.6 mm, as a ward has."""
    return Pen(float(rng.uniform(0.30, 0.60)), float(rng.uniform(0.05, 0.35)))


def gel(rng: np.random.Generator) -> Pen:
    """Return a gel pen: black, and hardly wider where it is pressed."""
    return Pen(float(rng.uniform(0.50, 0.70)), float(rng.uniform(0.03, 0.15)), pressure=0.08)


def felt(rng: np.random.Generator) -> Pen:
    """Return a felt pen: broad, and wider where it is pressed."""
    return Pen(float(rng.uniform(0.65, 0.95)), float(rng.uniform(0.05, 0.25)), pressure=0.22)


def firm_pencil(rng: np.random.Generator) -> Pen:
    """Return a pencil that is pressed: dark, with the paper's grain in it."""
    return Pen(float(rng.uniform(0.35, 0.60)), float(rng.uniform(0.25, 0.50)), grain=float(rng.uniform(0.1, 0.3)))


def pencil(rng: np.random.Generator) -> Pen:
    """Return a faint pencil."""
    return Pen(float(rng.uniform(0.25, 0.45)), float(rng.uniform(0.50, 0.72)))


def light_pencil(rng: np.random.Generator) -> Pen:
    """Return a pencil that hardly touches the paper: pale and grainy, and yet plain to see for a person."""
    return Pen(float(rng.uniform(0.35, 0.50)), float(rng.uniform(0.66, 0.80)), grain=float(rng.uniform(0.2, 0.35)))


def any_pen(rng: np.random.Generator) -> Pen:
    """Return what lies on a ward's desk: 60 % ballpoints, 25 % gel and felt pens, 15 % pencils that are pressed."""
    kinds: tuple[PenChoice, ...] = (ballpoint, gel, felt, firm_pencil)
    return kinds[int(rng.choice(4, p=(0.6, 0.125, 0.125, 0.15)))](rng)


def cross(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a cross over a box whose half side is ``half`` mm."""
    size = half * rng.uniform(0.60, 1.05)
    turn = rng.normal(0, 0.12)
    middle = rng.normal(0, 0.12, 2)
    return [line(_turned(np.array([(-s, -size), (s, size)]), turn) + middle) for s in (size, -size)]


def tick(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a tick; its long leg may leave the box."""
    size = half * rng.uniform(0.75, 1.20)
    corners = np.array([(-0.75, -0.05), (-0.2, 0.75), (0.85, -0.85)]) * size
    return [line(corners + rng.normal(0, 0.15, 2))]


def filled(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a box filled in zigzag."""
    legs = int(rng.integers(7, 14))
    size = half * rng.uniform(0.70, 0.90)
    ys = np.linspace(-size, size, legs)
    xs = np.where(np.arange(legs) % 2 == 0, -size, size) * rng.uniform(0.85, 1.0, legs)
    return [line(np.stack([xs, ys], axis=1))]


def dot(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a dot or short dash: a person has to judge it."""
    length = rng.uniform(0.2, 1.0)
    angle = rng.uniform(0, np.pi)
    step = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    return [line(np.stack([-step, step]) + rng.normal(0, 0.3, 2))]


def circled(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a ring around the box: not a mark that the form asks for."""
    angle = np.linspace(0, 2 * np.pi * 1.05, 60) + rng.uniform(0, 6)
    radius = half * rng.uniform(1.35, 1.60)
    return [np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius]


def struck_out(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a cross taken back by one to three lines through the box."""
    strokes = cross(rng, half)
    for _ in range(int(rng.integers(1, 4))):
        size = half * rng.uniform(1.5, 2.0)
        y = rng.uniform(-0.5, 0.5) * half
        strokes.append(line(np.array([(-size, y - rng.uniform(-0.3, 0.3)), (size, y)])))
    return strokes


def blacked_out(rng: np.random.Generator, half: float) -> list[Stroke]:
    """Return a mark blacked out beyond the border: how a mark is taken back."""
    strokes = cross(rng, half)
    for _ in range(3):
        size = half * rng.uniform(1.20, 1.45)
        ys = np.linspace(-size, size, 12)
        strokes.append(line(np.stack([np.where(np.arange(12) % 2 == 0, -size, size), ys], axis=1)))
    return strokes


MarkShape = Callable[[np.random.Generator, float], list[Stroke]]

CLEAR_SHAPES: Final[tuple[MarkShape, ...]] = (cross, cross, cross, tick, filled)
"""What the form asks for: crosses mostly."""
DOUBTFUL_SHAPES: Final[tuple[MarkShape, ...]] = (dot, circled, struck_out, blacked_out)


def centred(strokes: list[Stroke]) -> tuple[tuple[float, float], list[Stroke]]:
    """Return the middle of strokes given in page mm, and the strokes from there, as :func:`draw` takes them."""
    ends = np.concatenate(strokes)
    middle = (ends.min(0) + ends.max(0)) / 2
    return (float(middle[0]), float(middle[1])), [stroke - middle for stroke in strokes]


def draw(
    page: Gray, dpi: float, middle: tuple[float, float], strokes: list[Stroke], pen: Pen, rng: np.random.Generator
) -> None:
    """Draw strokes on a page in place.

    Args:
        page: uint8, 255 = paper.
        dpi: the page's resolution.
        middle: where the strokes' origin lies on the page, in mm.
        strokes: what to draw.
        pen: with what.
        rng: the hand.
    """
    reach = max(float(np.abs(s).max()) for s in strokes) + pen.width + 3 * pen.wobble + 0.2
    scale = dpi / 25.4
    left, top = int((middle[0] - reach) * scale), int((middle[1] - reach) * scale)
    size = int(2 * reach * scale) + 2
    y0, x0 = max(top, 0), max(left, 0)
    part = page[y0 : top + size, x0 : left + size]
    if not part.size:
        return
    fine_size = round(size * _FINE / scale)
    patch = np.zeros((fine_size, fine_size), np.uint8)
    origin = np.array([middle[0] - left / scale, middle[1] - top / scale])
    for stroke in strokes:
        _draw_stroke(patch, (_by_hand(stroke, pen, rng) + origin) * _FINE, pen, rng)
    if pen.grain:
        patch[low_frequency(patch.shape, round(0.1 * _FINE), rng) < pen.grain] = 0
    cover = cv2.resize(patch, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    cover = cover[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1]]
    inked = part * (1 - cover) + np.minimum(part, pen.ink * 255) * cover
    part[...] = np.round(inked).astype(np.uint8)


def mark_box(page: Gray, dpi: float, box: Box, shape: MarkShape, pen: Pen, rng: np.random.Generator) -> None:
    """Draw one mark over a box, in place."""
    draw(page, dpi, middle_of(box.rect), shape(rng, min(box.rect.w, box.rect.h) / 200), pen, rng)


def middle_of(rect: Rect) -> tuple[float, float]:
    """Return the middle of a rectangle in mm."""
    return (rect.x + rect.w / 2) / 100, (rect.y + rect.h / 2) / 100


def _draw_stroke(patch: Gray, points: Points, pen: Pen, rng: np.random.Generator) -> None:
    pressure = 1 + pen.pressure * _smooth_noise(len(points), rng)
    widths = np.maximum(np.round(pen.width * _FINE * pressure), 1).astype(int)
    fixed = np.round(points * (1 << _SHIFT)).astype(int)
    for a, b, width in zip(fixed[:-1].tolist(), fixed[1:].tolist(), widths.tolist(), strict=False):
        cv2.line(patch, a, b, 255, width, cv2.LINE_8, _SHIFT)


def _by_hand(stroke: Stroke, pen: Pen, rng: np.random.Generator) -> Points:
    jitter = np.stack([_smooth_noise(len(stroke), rng) for _ in range(2)], axis=1)
    return np.asarray(stroke + pen.wobble * jitter)


def _smooth_noise(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    coarse = rng.normal(0, 1, max(count // 6, 2) + 2)
    return np.interp(np.linspace(0, len(coarse) - 1, count), np.arange(len(coarse)), coarse)


def line(corners: Points) -> Stroke:
    """Return a polyline with points about 0.15 mm apart."""
    parts = []
    for a, b in pairwise(corners):
        steps = max(int(np.linalg.norm(b - a) / 0.15), 2)
        parts.append(a + (b - a) * np.linspace(0, 1, steps, endpoint=False)[:, None])
    return np.concatenate([*parts, corners[-1:]])


def _turned(points: Points, angle: float) -> Points:
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]]))
