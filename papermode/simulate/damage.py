"""What wards do to paper: stains, scribbles, holes, staples, torn corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from papermode.geometry import Rect
from papermode.simulate.paint import Points, lay_ink, ragged_line
from papermode.simulate.sheet import Sheet, Target

_FINE: Final = 20.0
"""Pixels per mm of a scribble's own picture."""
_GROUNDS: Final = (25, 250)
"""What is seen where paper is missing: a black or a white backing."""


@dataclass(frozen=True, slots=True)
class Stains:
    """Coffee: ragged, pale discs with a darker ring."""

    target: Target = "anywhere"
    count: tuple[int, int] = (1, 1)
    """Fewest and most."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Stain the sheet."""
        for _ in range(int(rng.integers(self.count[0], self.count[1] + 1))):
            _stain(sheet, _near(sheet, self.target, rng), rng)


@dataclass(frozen=True, slots=True)
class Scribble:
    """A pen tried out over something until a share of it is covered."""

    share: tuple[float, float]
    target: Target = "code"
    count: int = 1
    """Of corner squares, different ones; otherwise each is aimed anew."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Scribble on the sheet."""
        for rect in _several(sheet, self.target, self.count, rng):
            _scribble(sheet, rect, rng.uniform(*self.share), rng)


@dataclass(frozen=True, slots=True)
class Hole:
    """A punch that missed: a hole at the edge of something."""

    target: Target = "code"

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Punch the sheet."""
        rect = sheet.aim(self.target, rng)
        inside = rng.uniform(-1, 3)
        along = rng.uniform(0.15, 0.85)
        left, top, w, h = (v / 100 for v in rect.as_list())
        edges = (
            (left + along * w, top + inside),
            (left + along * w, top + h - inside),
            (left + inside, top + along * h),
            (left + w - inside, top + along * h),
        )
        _hole(sheet, edges[int(rng.integers(4))], rng.uniform(2.5, 3.2), _ground(rng))


@dataclass(frozen=True, slots=True)
class PunchHoles:
    """Two holes for the folder (ISO 838: 80 mm apart, 12 mm from the edge), and one beside a corner square."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Punch the sheet."""
        ground, radius = _ground(rng), rng.uniform(2.7, 3.1)
        middle = sheet.size[1] / 2 + rng.uniform(-4, 4)
        for y in (middle - 40, middle + 40):
            _hole(sheet, (12 + rng.uniform(-1.5, 1.5), y), radius, ground)
        square = sheet.aim("square", rng)
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(5.0, 7.5)
        x, y = square.x / 100 + square.w / 200, square.y / 100 + square.h / 200
        _hole(sheet, (x + far * np.cos(angle), y + far * np.sin(angle)), radius, ground)


@dataclass(frozen=True, slots=True)
class Staple:
    """A wire through something, dark or bright, with its shadow."""

    target: Target = "code"

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Staple the sheet."""
        rect = sheet.aim(self.target, rng)
        at = np.array([rng.uniform(rect.x, rect.right), rng.uniform(rect.y, rect.bottom)]) / 100
        angle = rng.uniform(0, np.pi)
        step = 6 * np.array([np.cos(angle), np.sin(angle)])
        level = int(rng.choice([60, 240]))
        for offset, tone, wide in (((0.25, 0.35), 120, 0.7), ((0.0, 0.0), level, 0.55)):
            ends = np.stack([at - step, at + step]) + offset
            a, b = np.round(ends * sheet.scale).astype(int).tolist()
            cv2.line(sheet.picture, a, b, tone, max(round(wide * sheet.scale), 1), cv2.LINE_AA)


@dataclass(frozen=True, slots=True)
class Torn:
    """A torn-off page corner: through the outer finder of a code, or through a corner square."""

    what: Literal["finder", "square"]

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Tear the sheet."""
        width, height = sheet.size
        corners = np.array([(0, 0), (width, 0), (0, height), (width, height)])
        if self.what == "finder":
            rect = sheet.aim("code", rng)
            places = np.array([(x, y) for y in (rect.y, rect.bottom) for x in (rect.x, rect.right)]) / 100
            number = int(np.linalg.norm(places - corners, axis=1).argmin())
            # Legs of the triangle: so long that the tear runs `depth` deep into the symbol along both its edges.
            legs = float(np.abs(places[number] - corners[number]).sum()) + rng.uniform(3.75, 7.5)
        else:
            number = int(rng.integers(4))
            rect = ([*sheet.squares()] or [Rect(1050, 1050, 500, 500)] * 4)[number]
            nearest = np.array([(x, y) for y in (rect.y, rect.bottom) for x in (rect.x, rect.right)])[number] / 100
            legs = float(np.abs(nearest - corners[number]).sum()) + rng.uniform(3, 14)
        _tear(sheet, corners[number], legs, rng)


def _several(sheet: Sheet, target: Target, count: int, rng: np.random.Generator) -> list[Rect]:
    squares = sheet.squares()
    if target == "square" and squares:
        return [squares[int(i)] for i in rng.permutation(len(squares))[:count]]
    return [sheet.aim(target, rng) for _ in range(count)]


def _ground(rng: np.random.Generator) -> int:
    return int(_GROUNDS[int(rng.integers(2))])


def _near(sheet: Sheet, target: Target, rng: np.random.Generator) -> tuple[float, float]:
    """Return a point in or near a target, mm; anywhere on the page if none is named."""
    if target == "anywhere":
        return rng.uniform(0.1, 0.9) * sheet.size[0], rng.uniform(0.1, 0.9) * sheet.size[1]
    rect = sheet.aim(target, rng)
    return rng.uniform(rect.x, rect.right) / 100, rng.uniform(rect.y, rect.bottom) / 100


def _stain(sheet: Sheet, centre: tuple[float, float], rng: np.random.Generator) -> None:
    scale = sheet.scale
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    radius = rng.uniform(12, 32) * (
        1 + 0.05 * np.interp(angle, np.linspace(0, 2 * np.pi, 12), rng.normal(0, 1, 12), period=2 * np.pi)
    )
    outline = np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1)
    fixed = np.round(outline * scale).astype(np.int32)
    body = np.zeros(sheet.picture.shape, np.uint8)
    ring = np.zeros_like(body)
    cv2.fillPoly(body, [fixed], 255)
    cv2.polylines(ring, [fixed], True, 255, max(round(0.9 * scale), 1))
    soft = [cv2.GaussianBlur(m, (0, 0), 0.3 * scale).astype(np.float32) / 255 for m in (body, ring)]
    darker = np.minimum(1 - soft[0] * (1 - rng.uniform(0.55, 0.85)), 1 - soft[1] * (1 - rng.uniform(0.35, 0.6)))
    sheet.picture = (sheet.picture * darker).astype(np.uint8)


def _scribble(sheet: Sheet, rect: Rect, share: float, rng: np.random.Generator) -> None:
    margin = 4.0
    width, height = rect.w / 100, rect.h / 100
    picture = np.zeros((round((height + 2 * margin) * _FINE), round((width + 2 * margin) * _FINE)), np.uint8)
    inner = picture[round(margin * _FINE) : -round(margin * _FINE), round(margin * _FINE) : -round(margin * _FINE)]
    thick = max(round(rng.uniform(0.45, 0.8) * _FINE), 1)
    while (inner > 0).mean() < share:
        # From anywhere to anywhere, two bends between: Bézier's cubic.
        control = rng.uniform(-0.1, 1.1, (4, 2)) * (width, height) + margin
        cv2.polylines(picture, [np.round(_bezier(control) * _FINE).astype(np.int32)], False, 255, thick, cv2.LINE_AA)
    middle = ((rect.x + rect.w / 2) / 100, (rect.y + rect.h / 2) / 100)
    lay_ink(sheet.picture, sheet.scale, middle, picture / np.float32(255), _FINE, rng.uniform(0.08, 0.35))


def _bezier(control: Points) -> Points:
    t = np.linspace(0, 1, 60)[:, None]
    terms = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    return np.asarray(sum(term * point for term, point in zip(terms, control, strict=True)))


def _hole(sheet: Sheet, centre: tuple[float, float], radius: float, ground: int) -> None:
    at = tuple(round(v * sheet.scale * 16) for v in centre)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    sheet.hide(np.array(centre) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    cv2.circle(sheet.picture, at, round(radius * sheet.scale * 16), ground, -1, cv2.LINE_AA, 4)


def _tear(sheet: Sheet, corner: Points, legs: float, rng: np.random.Generator) -> None:
    """Take the triangle off at a page corner, with a ragged edge of torn, paler fibres."""
    inward = np.where(corner > 0, -1, 1)
    ends = [corner + inward * (legs + 10, -10), corner + inward * (-10, legs + 10)]
    line = np.linspace(ends[0], ends[1], 200)
    normal = inward / np.sqrt(2)
    edge = line + ragged_line(200, 0.5, 4, rng)[:, None] * normal
    beyond = [ends[1] - inward * 40, ends[0] - inward * 40]
    sheet.hide(np.array([*ends, *beyond]))
    for shift, tone in ((rng.uniform(0.3, 1.0), 235), (0.0, _ground(rng))):
        outline = np.concatenate([edge + shift * normal, beyond])
        cv2.fillPoly(sheet.picture, [np.round(outline * sheet.scale).astype(np.int32)], tone)
