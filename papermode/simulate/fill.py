"""Fill a printed page as a nurse would: choose answers at random, write them, remember the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import Box, Key, Layout
from papermode.simulate import pens
from papermode.simulate.doubts import ON_A_MARK, ON_NONE, TAKEN_BACK
from papermode.simulate.hands import any_hand, write_comb
from papermode.simulate.numbers import Value, agree_signs, choose_numbers
from papermode.simulate.pens import mark_box
from papermode.simulate.words import line_of_words, word

__all__ = ["CORRECTIONS", "Key", "Truth", "Value", "fill_page", "mark_box", "questions"]

Gray = npt.NDArray[np.uint8]

_ANSWERED: Final = 0.7
"""Share of the questions of one choice that are answered."""
CORRECTIONS: Final = frozenset({"void", "stopped"})
"""Marks by which a nurse takes something back."""
_CORRECTED: Final = 0.03
"""Share of the void and stop marks that are made."""
_EACH_OF_MANY: Final = 0.35
"""Share of the boxes marked where several are allowed."""
_WRITTEN: Final = 0.5
"""Share of the areas for free writing that are written in."""
_NIB: Final = 0.25
"""A pen's greatest width, in heights of a small letter: who writes small takes care."""
_LINE_MM: Final = 8.5
"""Distance of the lines of free writing."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What was written on a page."""

    answers: Mapping[Key, Value]
    """Every question of the layout with its marks; combs and crops have ``None``."""
    combs: Mapping[Key, str] = field(default_factory=dict)
    """Every comb with the number in it, digits and point as written; '' where it is blank."""
    crops: Mapping[Key, bool] = field(default_factory=dict)
    """Every area for free writing: whether something is written there."""
    doubtful: Mapping[Key, str] = field(default_factory=dict)
    """The questions with a mark that a person has to judge, and of what kind it is."""


def fill_page(
    page: Gray,
    layout: Layout,
    rng: np.random.Generator,
    *,
    answered: float = _ANSWERED,
    combs: bool = False,
    words: bool = False,
    doubtful: float = 0.0,
    pen: pens.PenChoice = pens.ballpoint,
) -> Truth:
    """Write answers chosen at random on a page, in place.

    Args:
        page: the printed page, upright and whole, uint8 gray.
        layout: its layout.
        rng: the nurse.
        answered: share of the single-choice questions that get a mark.
        combs: whether numbers are written.
        words: whether free text is written.
        doubtful: share of the questions of marks where something is drawn that a person has to judge.
        pen: what the nurse writes with.

    Returns:
        The truth: one entry per question.
    """
    dpi = page.shape[1] / (layout.size[0] / 2540)
    held = pen(rng)
    asked = questions(layout.boxes)
    marks = {key: _values(boxes, _choose(boxes, rng, answered)) for key, boxes in asked.items() if _is(boxes, "mark")}
    texts: dict[Key, str] = {}
    if combs:
        texts = choose_numbers(layout.boxes, marks, rng)
        marks = agree_signs(layout.boxes, marks, texts)
    doubts = {key: kind for key in marks if doubtful and (kind := _doubt(marks[key], doubtful, rng))}
    for key in marks:
        _mark(page, dpi, asked[key], marks[key], doubts.get(key, ""), held, rng)
    if combs:
        _write_numbers(page, dpi, asked, texts, rng)
    crops = {key: words and bool(rng.random() < _WRITTEN) for key, boxes in asked.items() if _is(boxes, "crop")}
    for key in (key for key, written in crops.items() if written):
        write_words(page, dpi, asked[key][0].rect, held, rng)
    answers = {key: None if doubts.get(key) in TAKEN_BACK else marks.get(key) for key in asked}
    blank = {key: "" for key, boxes in asked.items() if _is(boxes, "comb")}
    return Truth(answers, blank | texts, crops, doubts)


def questions(boxes: Sequence[Box]) -> dict[Key, list[Box]]:
    """Return the boxes of each question, in the layout's order."""
    found: dict[Key, list[Box]] = {}
    for box in boxes:
        found.setdefault(box.key, []).append(box)
    return found


def write_words(page: Gray, dpi: float, rect: Rect, pen: pens.Pen, rng: np.random.Generator) -> None:
    """Write some lines of words into an area, or initials where it is small, in place."""
    left, top, width, height = (v / 100 for v in rect.as_list())
    lines = max(int(height / _LINE_MM), 1)
    step = height / lines
    tall = min(rng.uniform(1.8, 2.8), step * 0.3)
    fine = replace(pen, width=min(pen.width, _NIB * tall), wobble=min(pen.wobble, 0.03 * tall))
    for number in range(int(rng.integers(1, lines + 1))):
        base = top + (number + 0.7) * step
        start = left + 1 + rng.uniform(0, 0.1) * width
        strokes = line_of_words(rng, (width - 2) * rng.uniform(0.4, 0.9), tall) or _initials(rng, width - 2, tall)
        for stroke in strokes:
            pens.draw(page, dpi, *pens.centred([stroke + np.array([start, base])]), fine, rng)


def _initials(rng: np.random.Generator, width: float, tall: float) -> list[pens.Stroke]:
    """Return two letters, made small enough for a width in mm."""
    strokes = word(rng, 2, tall)
    wide = max(float(stroke[:, 0].max()) for stroke in strokes)
    return [stroke * min(width / wide, 1.0) for stroke in strokes]


def _is(boxes: Sequence[Box], kind: str) -> bool:
    return boxes[0].kind == kind


def _choose(boxes: Sequence[Box], rng: np.random.Generator, answered: float) -> list[Box]:
    if boxes[0].value in CORRECTIONS and len(boxes) == 1:
        return list(boxes) if rng.random() < _CORRECTED else []
    if boxes[0].multiple:
        return [box for box in boxes if rng.random() < _EACH_OF_MANY]
    if rng.random() >= answered:
        return []
    return [boxes[int(rng.integers(len(boxes)))]]


def _values(boxes: Sequence[Box], chosen: Sequence[Box]) -> Value:
    values = tuple(box.value for box in chosen)
    if boxes[0].multiple:
        return values or None
    return values[0] if values else None


def _doubt(value: Value, share: float, rng: np.random.Generator) -> str:
    """Return what kind of doubtful mark is made, '' for a clear one or none."""
    if rng.random() >= share:
        return ""
    kinds = list(ON_NONE if value is None else ON_A_MARK)
    return kinds[int(rng.integers(len(kinds)))]


def _mark(
    page: Gray, dpi: float, boxes: Sequence[Box], value: Value, doubt: str, pen: pens.Pen, rng: np.random.Generator
) -> None:
    """Make the marks of one question; of several, the first is the doubtful one."""
    values = value if isinstance(value, tuple) else (value,)
    chosen = [box for box in boxes if box.value in values]
    if doubt in ON_NONE:
        ON_NONE[doubt](page, dpi, boxes[int(rng.integers(len(boxes)))], pen, rng)
    elif doubt:
        ON_A_MARK[doubt](page, dpi, chosen.pop(0), pen, rng)
    for box in chosen:
        shape = pens.CLEAR_SHAPES[int(rng.integers(len(pens.CLEAR_SHAPES)))]
        mark_box(page, dpi, box, shape, pen, rng)


def _write_numbers(
    page: Gray, dpi: float, asked: Mapping[Key, Sequence[Box]], texts: Mapping[Key, str], rng: np.random.Generator
) -> None:
    hand = any_hand(rng)
    for key, text in texts.items():
        if text:
            write_comb(page, dpi, asked[key][0], text, hand, rng)
