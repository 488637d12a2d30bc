"""Slip, curl and fold: paper that no plane map describes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from papermode.simulate.paint import Floats, Points, ragged_line
from papermode.simulate.sheet import Sheet

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Waves:
    """A feeder that slips, or paper that curls: slow waves along the page."""

    down: Range
    """Amplitude of the wave along the page, mm."""
    aside: Range
    """Amplitude of the sideways wave, mm."""
    stretch: float = 0.0
    """Largest stretch along the page, as a share, either way."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Bend the sheet."""
        tall = sheet.size[1]
        down, aside = rng.uniform(*self.down), rng.uniform(*self.aside)
        periods = (rng.uniform(0.7, 1.6), rng.uniform(0.5, 1.2))
        phases = rng.uniform(0, 2 * np.pi, 2)
        stretch = rng.uniform(-self.stretch, self.stretch)

        def displacement(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            at = 2 * np.pi * y / tall
            dx = aside * np.sin(periods[1] * at + phases[1]) + 0 * x
            dy = down * np.sin(periods[0] * at + phases[0]) + stretch * (y - tall / 2)
            return dx.astype(np.float32), dy.astype(np.float32)

        sheet.bend(displacement)


@dataclass(frozen=True, slots=True)
class Fold:
    """A crease: one side of it is foreshortened and slips, toner flakes off, it throws a shade."""

    compression: Range
    """Share by which one side is shorter."""
    slip: float
    """Largest slip along the crease, mm, either way."""
    across_only: bool = False
    """Whether the crease always lies across the page (a page folded to fit a pocket)."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Wear the crease into the sheet, then bend it."""
        width, height = sheet.size
        kind = 0 if self.across_only else int(rng.integers(3))
        angle = (0.0, np.pi / 2, float(rng.uniform(0, np.pi)))[kind] + rng.normal(0, 0.01)
        along, normal = _directions(angle)
        share = (0.3, 0.7) if self.across_only else (0.15, 0.85)
        through = np.array([width * rng.uniform(*share), height * rng.uniform(*share)])
        offset = float(through @ normal)
        _wear(sheet, normal, offset, rng)
        short = rng.uniform(*self.compression)
        longer = short / (1 - short)
        slip = rng.uniform(-self.slip, self.slip)

        def displacement(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            beyond = x * np.float32(normal[0]) + y * np.float32(normal[1]) - np.float32(offset)
            far = np.maximum(beyond, 0) * np.float32(longer)
            slid = (beyond > 0) * np.float32(slip)
            dx, dy = (far * np.float32(normal[i]) + slid * np.float32(along[i]) for i in (0, 1))
            return dx, dy

        sheet.bend(displacement)


def _directions(angle: float) -> tuple[Points, Points]:
    """Return the directions along a crease and across it."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c, s]), np.array([-s, c])


def _wear(sheet: Sheet, normal: Points, offset: float, rng: np.random.Generator) -> None:
    """Darken the paper beside the crease and flake the toner off on it."""
    height, width = sheet.picture.shape
    x = (np.arange(width, dtype=np.float32) / sheet.scale)[None, :]
    y = (np.arange(height, dtype=np.float32) / sheet.scale)[:, None]
    beyond = x * np.float32(normal[0]) + y * np.float32(normal[1]) - np.float32(offset)
    depth, reach = np.float32(rng.uniform(0.05, 0.35)), np.float32(rng.uniform(2, 6))
    shade = 1 - depth * np.exp(-np.maximum(beyond, 0) / reach) * (beyond > 0)
    # Flakes follow the crease: their width changes along it.
    along = (-x * np.float32(normal[1]) + y * np.float32(normal[0])).astype(np.float32)
    length = round(float(np.hypot(*sheet.size)) * 4)
    edge = np.abs(ragged_line(length, 0.4, 3, rng)) * rng.uniform(0.2, 0.6)
    index = np.clip((along - along.min()) * 4, 0, length - 1).astype(np.int32)
    flaked = np.abs(beyond) < edge[index] / 2 + 0.05
    picture = sheet.picture.astype(np.float32)
    picture = np.where(flaked, np.maximum(picture, 215), picture) * shade
    sheet.picture = picture.astype(np.uint8)
