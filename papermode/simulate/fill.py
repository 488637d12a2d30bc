"""Fill a printed page as a nurse would: choose answers at random, mark them, remember the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.model.layout import Box, Layout
from papermode.simulate import pens

Gray = npt.NDArray[np.uint8]

Key = tuple[str, int | None, int | None]
"""(link_id, row, column): what one answer is given for."""
Value = str | tuple[str, ...] | None
"""A mark's value, several where several are allowed (in the layout's order), or nothing."""

_ANSWERED: Final = 0.7
"""Share of the questions of one choice that are answered."""
CORRECTIONS: Final = frozenset({"void", "stopped"})
"""Marks by which a nurse takes something back."""
_CORRECTED: Final = 0.03
"""Share of the void and stop marks that are made."""
_EACH_OF_MANY: Final = 0.35
"""Share of the boxes marked where several are allowed."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What was written on a page, for every box of its layout."""

    answers: Mapping[Key, Value]


def fill_page(page: Gray, layout: Layout, rng: np.random.Generator, *, answered: float = _ANSWERED) -> Truth:
    """Mark answers chosen at random on a page, in place.

    Args:
        page: the printed page, upright and whole, uint8 gray.
        layout: its layout.
        rng: the nurse.
        answered: share of the single-choice questions that get a mark.

    Returns:
        The truth: one entry per question; combs and crops are left empty.
    """
    dpi = page.shape[1] / (layout.size[0] / 2540)
    pen = pens.ballpoint(rng)
    answers: dict[Key, Value] = {}
    for key, boxes in questions(layout.boxes).items():
        chosen = _choose(boxes, rng, answered) if boxes[0].kind == "mark" else []
        for box in chosen:
            shape = pens.CLEAR_SHAPES[int(rng.integers(len(pens.CLEAR_SHAPES)))]
            mark_box(page, dpi, box, shape, pen, rng)
        values = tuple(box.value for box in chosen)
        if boxes[0].multiple:
            answers[key] = values or None
        else:
            answers[key] = values[0] if values else None
    return Truth(answers)


def questions(boxes: Sequence[Box]) -> dict[Key, list[Box]]:
    """Return the boxes of each question, in the layout's order."""
    found: dict[Key, list[Box]] = {}
    for box in boxes:
        found.setdefault((box.link_id, box.row, box.column), []).append(box)
    return found


def mark_box(page: Gray, dpi: float, box: Box, shape: pens.MarkShape, pen: pens.Pen, rng: np.random.Generator) -> None:
    """Draw one mark over a box."""
    rect = box.rect
    middle = ((rect.x + rect.w / 2) / 100, (rect.y + rect.h / 2) / 100)
    pens.draw(page, dpi, middle, shape(rng, min(rect.w, rect.h) / 200), pen, rng)


def _choose(boxes: Sequence[Box], rng: np.random.Generator, answered: float) -> list[Box]:
    if boxes[0].value in CORRECTIONS and len(boxes) == 1:
        return list(boxes) if rng.random() < _CORRECTED else []
    if boxes[0].multiple:
        return [box for box in boxes if rng.random() < _EACH_OF_MANY]
    if rng.random() >= answered:
        return []
    return [boxes[int(rng.integers(len(boxes)))]]
