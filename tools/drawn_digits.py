"""Digits to train on beside the real ones: drawn European strokes, and real digits written into combs and scanned.

Used by ``tools/train_digits.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from comb_sheets import GRAY_CAPTURES, STRUCK, scanned, written_sheet

from papermode.scan.cells import cut, normalised

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]

NO_DIGIT: Final = -1
"""Label of a digit that was crossed out."""

_MIX: Final = (1, 1, 7, 7, 9, 4)
_SIZE: Final = 96
"""Pixels of the unit box."""


def european_digits(count: int, rng: np.random.Generator) -> tuple[Pictures, Labels]:
    """Return drawn 1, 4, 7 and 9 as they are written in much of Europe, normalised, with labels."""
    labels = np.array([_MIX[i % len(_MIX)] for i in range(count)], dtype=np.int64)
    return np.stack([_drawn(int(digit), rng) for digit in labels]), labels


def _drawn(digit: int, rng: np.random.Generator) -> Pictures:
    strokes = {1: _one, 4: _four, 7: _seven, 9: _nine}[digit](rng)
    slant = rng.normal(0.08, 0.14)
    width = rng.uniform(0.07, 0.16)
    canvas = np.zeros((2 * _SIZE, 2 * _SIZE), np.uint8)
    for stroke in strokes:
        points = stroke + _smooth(len(stroke), rng) * 0.05
        points = np.stack([points[:, 0] + slant * (0.5 - points[:, 1]), points[:, 1]], 1)
        fixed = np.round((points + 0.5) * _SIZE).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, 255, max(round(width * _SIZE), 1), cv2.LINE_AA)
    blurred = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 3.0))
    return np.round(normalised(blurred.astype(np.float32) / 255) * 255).astype(np.uint8)


def _one(rng: np.random.Generator) -> list[Points]:
    x = rng.uniform(0.5, 0.7)
    tip = (x - rng.uniform(0.18, 0.62), rng.uniform(0.25, 0.95))
    bend = ((x + tip[0]) / 2 + rng.uniform(-0.08, 0.08), tip[1] / 2 + rng.uniform(-0.08, 0.08))
    strokes = [np.concatenate([_curve(tip, bend, (x, 0)), _line((x, 0), (x + rng.uniform(-0.08, 0.08), 1))])]
    if rng.random() < 0.2:
        half = rng.uniform(0.12, 0.3)
        strokes.append(_line((x - half, 1), (x + half, 1)))
    return strokes


def _seven(rng: np.random.Generator) -> list[Points]:
    bar, right = rng.uniform(0.45, 0.75), rng.uniform(0.72, 0.9)
    top = rng.uniform(-0.04, 0.06)
    foot = (right - rng.uniform(0.2, 0.55), 1.0)
    belly = ((right + foot[0]) / 2 + rng.uniform(-0.12, 0.06), 0.5)
    start = (right - bar, top + rng.uniform(-0.05, 0.05))
    strokes = [np.concatenate([_line(start, (right, top)), _curve((right, top), belly, foot)])]
    if rng.random() < 0.35:
        strokes.append(_line((start[0], start[1] + rng.uniform(0.08, 0.2)), start))
    if rng.random() < 0.8:
        y = rng.uniform(0.38, 0.62)
        middle = right + (foot[0] - right) * y + rng.uniform(-0.05, 0.05)
        half, rise = rng.uniform(0.14, 0.32), rng.uniform(-0.08, 0.04)
        strokes.append(_line((middle - half, y - rise), (middle + half, y + rise)))
    return strokes


def _nine(rng: np.random.Generator) -> list[Points]:
    radius, turn = rng.uniform(0.17, 0.27), np.linspace(-0.3, 2 * np.pi - rng.uniform(-0.2, 0.2), 24)
    tall = radius * rng.uniform(0.95, 1.35)
    loop = np.stack([0.5 + radius * np.cos(turn), tall - tall * np.sin(turn)], 1)
    end = (float(loop[-1, 0]), float(loop[-1, 1]))
    if rng.random() < 0.6:
        tail = _curve(
            end, (end[0] + rng.uniform(-0.02, 0.1), 1.05), (0.5 - rng.uniform(0.05, 0.3), rng.uniform(0.8, 1))
        )
    else:
        tail = _line(end, (end[0] - rng.uniform(-0.06, 0.2), 1.0))
    return [np.concatenate([loop, tail])]


def _four(rng: np.random.Generator) -> list[Points]:
    """Return an open 4: an angle and a stem."""
    left, y = rng.uniform(0.12, 0.3), rng.uniform(0.5, 0.68)
    stem = rng.uniform(0.55, 0.75)
    start = (left + rng.uniform(0, 0.22), rng.uniform(-0.03, 0.12))
    end = (stem + rng.uniform(0.05, 0.25), y + rng.uniform(-0.08, 0.04))
    angle = np.concatenate([_line(start, (left, y)), _line((left, y), end)])
    return [angle, _line((stem + rng.uniform(-0.05, 0.08), rng.uniform(0, 0.35)), (stem, 1))]


def _curve(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> Points:
    t = np.linspace(0, 1, 14)[:, None]
    return np.asarray((1 - t) ** 2 * np.array(a) + 2 * t * (1 - t) * np.array(b) + t**2 * np.array(c))


def _line(a: tuple[float, float], b: tuple[float, float]) -> Points:
    t = np.linspace(0, 1, 10)[:, None]
    return np.asarray((1 - t) * np.array(a) + t * np.array(b))


def _smooth(count: int, rng: np.random.Generator) -> Points:
    knots = rng.normal(0, 1, (max(count // 8, 2) + 2, 2))
    at = np.linspace(0, len(knots) - 1, count)
    return np.stack([np.interp(at, np.arange(len(knots)), knots[:, i]) for i in (0, 1)], 1) * 0.6


def comb_digits(
    samples: Mapping[int, Pictures], count: int, rng: np.random.Generator, *, struck: float = 0.0
) -> tuple[Pictures, Labels]:
    """Return digits as the reader cuts them out of combs that were printed, filled and scanned by simulation.

    Args:
        samples: pictures to write with, by digit.
        count: how many digits to return.
        rng: chance.
        struck: share of the digits that are crossed out; only these are returned if it is not 0, labelled
            :data:`NO_DIGIT`.
    """
    pictures: list[Pictures] = []
    labels: list[int] = []
    while len(labels) < count:
        sheet = written_sheet(samples, rng, struck=struck)
        patches = scanned(sheet, str(rng.choice(GRAY_CAPTURES)), rng)
        if patches is None:
            continue
        for patch, box, text in zip(patches, sheet.boxes, sheet.texts, strict=True):
            for cell, character in zip(cut(patch, box), text, strict=True):
                if cell.picture is not None and character != " " and (character == STRUCK) == bool(struck):
                    pictures.append(np.round(cell.picture * 255).astype(np.uint8))
                    labels.append(NO_DIGIT if struck else int(character))
    return np.stack(pictures[:count]), np.array(labels[:count], dtype=np.int64)
