"""What printers, copiers and scanners do: low toner, streaks, dust on the glass, photocopies of photocopies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from papermode.simulate.paint import Floats, Gray, low_frequency
from papermode.simulate.sheet import Sheet, Target

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class LowToner:
    """A cartridge at its end: pale, patchy, speckled. It comes before everything else."""

    toner: Range = (0.30, 0.60)
    """Share of the ink that came out of the printer."""
    patches: Range = (0.45, 1.20)
    """Least and most of that share, from patch to patch."""
    speckle: Range = (0.08, 0.25)
    """Share of fine points where only a fifth of that is left."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Take toner off the sheet."""
        shape = sheet.picture.shape
        least, most = self.patches
        patchy = least + (most - least) * low_frequency(shape, round(8 * sheet.scale), rng)
        patchy = np.minimum(patchy * np.float32(rng.uniform(*self.toner)), 1)
        missing = rng.random(shape, dtype=np.float32) < rng.uniform(*self.speckle)
        left = np.where(missing, 0.2 * patchy, patchy)
        printed = sheet.picture if sheet.printed is None else sheet.printed
        pale = (255 - (255 - printed.astype(np.float32)) * left).astype(np.uint8)
        sheet.picture = np.where(sheet.picture < printed, np.minimum(sheet.picture, pale), pale)


@dataclass(frozen=True, slots=True)
class Streaks:
    """One to four streaks down the page: missing toner or a black line. The first goes through its target."""

    target: Target = "code"

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Draw the streaks."""
        aimed = sheet.aim(self.target, rng)
        width, scale = sheet.size[0], sheet.scale
        picture = sheet.picture.astype(np.float32)
        for number in range(int(rng.integers(1, 5))):
            x = rng.uniform(aimed.x / 100, aimed.right / 100) if number == 0 else rng.uniform(0, width)
            missing = rng.random() < 0.5
            wide = rng.uniform(0.15, 1.0) if missing else rng.uniform(0.1, 0.4)
            columns = slice(max(round((x - wide / 2) * scale), 0), max(round((x + wide / 2) * scale), 1))
            part = picture[:, columns]
            part[...] = 255 - (255 - part) * rng.uniform(0, 0.3) if missing else np.minimum(part, 40)
        sheet.picture = picture.astype(np.uint8)


@dataclass(frozen=True, slots=True)
class GlassLines:
    """One to three thin lines down the whole page: dust on the glass of a scanner that draws the paper in."""

    target: Target = "fields"

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Draw the lines, the first through its target."""
        aimed = sheet.aim(self.target, rng)
        width, height = (round(v * sheet.scale) for v in sheet.size)
        for number in range(int(rng.integers(1, 4))):
            middle = rng.uniform(aimed.x / 100, aimed.right / 100) * sheet.scale
            x = middle if number == 0 else rng.uniform(0, width)
            line = np.zeros((height, width), np.uint8)
            # Straight, and as far from upright as paper lies in a feeder.
            lean = np.tan(np.radians(rng.uniform(-1, 1)))
            y = (aimed.y + aimed.h / 2) / 100 * sheet.scale if number == 0 else height / 2
            top, bottom = (round(float(x + lean * (at - y))) for at in (0, height))
            cv2.line(
                line, (top, 0), (bottom, height), 255, max(round(rng.uniform(0.1, 0.25) * sheet.scale), 1), cv2.LINE_AA
            )
            ink = np.minimum(sheet.picture, rng.uniform(40, 170))
            share = line.astype(np.float32) / 255
            sheet.picture = np.asarray(sheet.picture * (1 - share) + ink * share, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Photocopies:
    """A copy of a copy of …: each generation turns, scales, blurs, hardens and speckles the page."""

    generations: int = 1

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Copy the sheet."""
        for _ in range(self.generations):
            _turn_and_scale(sheet, rng)
            sheet.picture = _copied(sheet.picture, sheet.scale, rng)


def _turn_and_scale(sheet: Sheet, rng: np.random.Generator) -> None:
    angle, scale = np.radians(rng.uniform(-0.6, 0.6)), rng.uniform(0.985, 1.015)
    middle_x, middle_y = (v / 2 for v in sheet.size)
    c, s = np.float32(np.cos(angle) / scale), np.float32(np.sin(angle) / scale)

    def displacement(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        u, v = x - np.float32(middle_x), y - np.float32(middle_y)
        return c * u + s * v - u, c * v - s * u - v

    sheet.bend(displacement)


def _copied(page: Gray, scale: float, rng: np.random.Generator) -> Gray:
    soft = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.05, 0.09) * scale).astype(np.float32) / 255
    grainy = soft + rng.uniform(0.02, 0.06) * rng.standard_normal(page.shape, dtype=np.float32)
    gain, middle = rng.uniform(6, 11), rng.uniform(0.42, 0.60)
    ends = _logistic(np.array([0.0, 1.0], dtype=np.float32), gain, middle)
    hard = (_logistic(grainy, gain, middle) - ends[0]) / (ends[1] - ends[0])
    copy: Gray = np.clip(hard * 255, 0, 255).astype(np.uint8)
    _specks(copy, scale, rng)
    return copy


def _logistic(values: Floats, gain: float, middle: float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-gain * (values - middle))), dtype=np.float32)


def _specks(page: Gray, scale: float, rng: np.random.Generator) -> None:
    """Dirt on the glass and pinholes in the print, in place."""
    height, width = page.shape
    count = round(rng.uniform(0.01, 0.12) * height * width / scale**2)
    centres = rng.random((count, 2)) * (width, height)
    radii = rng.uniform(0.04, 0.14, count) * scale
    white = rng.random(count) < 0.25
    # Most are smaller than a pixel: each darkens its pixels by as much as it covers of them.
    reach = int(np.ceil(radii.max(initial=0))) + 1
    steps = np.arange(-reach, reach + 1)
    columns, rows = (np.floor(centres[:, axis]).astype(int)[:, None] + steps for axis in (0, 1))
    far = np.hypot(
        *np.broadcast_arrays(
            columns[:, None, :] + 0.5 - centres[:, 0, None, None], rows[:, :, None] + 0.5 - centres[:, 1, None, None]
        )
    )
    cover = np.clip(np.maximum(radii, 0.5)[:, None, None] + 0.5 - far, 0, 1)
    cover *= (np.pi * radii**2 / cover.sum((1, 2)))[:, None, None]
    at = np.broadcast_arrays(np.clip(rows, 0, height - 1)[:, :, None], np.clip(columns, 0, width - 1)[:, None, :])
    for kind, tone in ((white, 255), (~white, 20)):
        share = np.zeros(page.shape, np.float32)
        np.maximum.at(share, (at[0][kind], at[1][kind]), np.clip(cover[kind], 0, 1).astype(np.float32))
        page[...] = (page * (1 - share) + tone * share).astype(np.uint8)
