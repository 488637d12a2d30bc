"""Marks that a person has to judge: what people do to boxes that the form did not ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np

from papermode.model.layout import Box
from papermode.simulate import pens
from papermode.simulate.paint import Gray, low_frequency

Doubt = Callable[[Gray, float, Box, pens.Pen, np.random.Generator], None]
"""Draws on a page (resolution in dpi) at a box, with a pen."""


def _shape(shape: pens.MarkShape) -> Doubt:
    def draw(page: Gray, dpi: float, box: Box, pen: pens.Pen, rng: np.random.Generator) -> None:
        pens.mark_box(page, dpi, box, shape, pen, rng)

    return draw


def _faint(page: Gray, dpi: float, box: Box, pen: pens.Pen, rng: np.random.Generator) -> None:
    shape = pens.cross if rng.random() < 0.5 else pens.tick
    pens.mark_box(page, dpi, box, shape, pens.pencil(rng), rng)


def _smudge(page: Gray, dpi: float, box: Box, pen: pens.Pen, rng: np.random.Generator) -> None:
    """Darken the paper by 12 to 40 %, unevenly: a finger with ink on it."""
    scale = dpi / 25.4
    x, y = ((v / 100 + rng.normal(0, 1.0)) * scale for v in (box.rect.x + box.rect.w / 2, box.rect.y + box.rect.h / 2))
    radius = rng.uniform(2.0, 4.0) * scale
    top, left = max(int(y - 2 * radius), 0), max(int(x - 2 * radius), 0)
    part = page[top : max(int(y + 2 * radius), 0), left : max(int(x + 2 * radius), 0)]
    if not part.size:
        return
    rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
    far = np.hypot((columns + left - x) / rng.uniform(0.8, 1.5), rows + top - y) / radius
    shade = rng.uniform(0.12, 0.40) * np.exp(-(far**2) * 2) * low_frequency(part.shape, round(1.2 * scale), rng)
    part[...] = (part * (1 - shade)).astype(np.uint8)


def _stray(page: Gray, dpi: float, box: Box, pen: pens.Pen, rng: np.random.Generator) -> None:
    """Leave a neighbour's tail, specks, or a line near the edge."""
    half = min(box.rect.w, box.rect.h) / 200
    kind = int(rng.integers(3))
    if kind == 1:
        _specks(page, dpi, box, rng)
        return
    side = rng.uniform(0.7, 0.9) * half * rng.choice([-1, 1])
    if kind == 0:
        strokes = [
            pens.line(np.array([(side * 2.2, -half * rng.uniform(0.2, 1.6)), (side, rng.uniform(-0.4, 0.4) * half)]))
        ]
    else:
        strokes = [
            pens.line(
                np.array([(1.25 * side, -half * rng.uniform(0.7, 1.3)), (1.25 * side + rng.normal(0, 0.2), half)])
            )
        ]
    pens.draw(page, dpi, pens.middle_of(box.rect), strokes, pen, rng)


def _specks(page: Gray, dpi: float, box: Box, rng: np.random.Generator) -> None:
    scale = dpi / 25.4
    x, y = pens.middle_of(box.rect)
    for _ in range(int(rng.integers(2, 7))):
        at = tuple(round((v + rng.uniform(-1.8, 1.8)) * scale * 16) for v in (x, y))
        cv2.circle(page, at, round(rng.uniform(0.08, 0.22) * scale * 16), 40, -1, cv2.LINE_AA, 4)


ON_A_MARK: Final[Mapping[str, Doubt]] = {
    "dot": _shape(pens.dot),
    "faint": _faint,
    "circled": _shape(pens.circled),
    "struck out": _shape(pens.struck_out),
    "blacked out": _shape(pens.blacked_out),
}
"""Instead of a clear mark."""
ON_NONE: Final[Mapping[str, Doubt]] = {"stray": _stray, "smudge": _smudge}
"""On a box that nobody marked."""
TAKEN_BACK: Final = frozenset({"struck out", "blacked out"})
