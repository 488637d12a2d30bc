"""From boxes to answers: one per (link_id, row, column).

Only what a person marked becomes a sure answer, and a number only where the page says it twice. A choice of one with
no mark is empty, with two it is unsure; any doubt about any of its boxes makes the whole answer unsure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from papermode.model.layout import Box, Key
from papermode.model.reading import Answer, AnswerState
from papermode.scan.cells import comb_patch
from papermode.scan.combs import CombReading, read_combs
from papermode.scan.corroborate import confirmed
from papermode.scan.fields import INK_MM2, ink_in_cells, ink_in_crops, traces
from papermode.scan.hidden import hidden_questions
from papermode.scan.ink import Sheet
from papermode.scan.marks import Mark, read_marks


def read_answers(sheet: Sheet, boxes: Sequence[Box], *, bilevel: bool) -> tuple[tuple[Answer, ...], bool]:
    """Read all boxes of a registered page.

    Args:
        sheet: the page.
        boxes: the layout's boxes, in order.
        bilevel: whether the scan is black and white only. Faint marks are lost in it (3.6 % of all, none
            in gray), so a required question without a mark is unsure, not empty.

    Returns:
        The answers in the order of their first box, and whether there is ink in any box.
    """
    marks = [b for b in boxes if b.kind == "mark"]
    combs = [b for b in boxes if b.kind == "comb"]
    crops = [b for b in boxes if b.kind == "crop"]
    found: dict[Key, Answer] = {}
    written = False
    groups: dict[Key, list[tuple[Box, Mark]]] = {}
    for box, mark in zip(marks, read_marks(sheet, [b.rect for b in marks], bilevel=bilevel), strict=True):
        groups.setdefault(box.key, []).append((box, mark))
        written |= mark.ink
    for key, group in groups.items():
        found[key] = _choice(group, bilevel=bilevel)
    amounts = [*(max(cells) for cells in ink_in_cells(sheet, combs)), *ink_in_crops(sheet, crops)]
    ink: dict[Key, tuple[Box, float]] = {}
    for box, amount in zip([*combs, *crops], amounts, strict=True):
        _, before = ink.get(box.key, (box, 0.0))
        ink[box.key] = box, max(amount, before)
    for key, (box, amount) in ink.items():
        written |= amount > INK_MM2
        found[key] = _ink_answer(box, amount)
    filled = [box for box, amount in ink.values() if box.kind == "comb" and amount > INK_MM2]
    readings = _readings(sheet, filled, bilevel=bilevel)
    sure = confirmed(boxes, {key: found[key] for key in groups}, readings)
    for key, reading in readings.items():
        state: AnswerState = "sure" if key in sure else "unsure"
        found[key] = replace(found[key], value=reading.text or None, state=state, confidence=reading.confidence)
    words = [box for box, amount in ink.values() if box.kind == "crop" and amount > INK_MM2]
    for box, trace in zip(words, traces(sheet, words), strict=True):
        found[box.key] = replace(found[box.key], trace=trace)
    for key in hidden_questions(sheet, boxes) if not bilevel else ():
        if found[key].state == "empty":
            found[key] = replace(found[key], state="unsure", confidence=0.0)
    return tuple(found[key] for key in dict.fromkeys(b.key for b in boxes)), written


def _readings(sheet: Sheet, combs: Sequence[Box], *, bilevel: bool) -> dict[Key, CombReading]:
    """Return what the digit reader makes of written combs.

    It is a suggestion beside the picture, unless the page confirms it (:mod:`papermode.scan.corroborate`).
    """
    if not combs:
        return {}
    patches = [comb_patch(sheet.gray, sheet.registered.registration, box) for box in combs]
    readings = read_combs(patches, combs, bilevel=bilevel)
    return {box.key: reading for box, reading in zip(combs, readings, strict=True)}


def doubted(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the answers of a page that does not fit its layout: nothing on it is sure, not even emptiness."""
    return tuple(replace(a, state="unsure", confidence=0.0) for a in answers)


def _choice(group: Sequence[tuple[Box, Mark]], *, bilevel: bool) -> Answer:
    """Return the answer that the marks of one question give."""
    first = group[0][0]
    values = tuple(box.value for box, mark in group if mark.state != "empty")
    marked = sum(mark.state == "marked" for _, mark in group)
    value = values or None if first.multiple else values[0] if len(values) == 1 else values or None
    if marked < len(values) or (marked > 1 and not first.multiple):
        state: AnswerState = "unsure"
    elif marked:
        state = "sure"
    else:
        state = "unsure" if bilevel and first.required else "empty"
    confidence = 0.0 if state == "unsure" else min(mark.confidence for _, mark in group)
    return Answer(first.link_id, "mark", value, state, confidence, first.row, first.column)


def _ink_answer(box: Box, amount: float) -> Answer:
    """Return a comb's or crop's answer from its ink: something is written, or nothing."""
    if amount > INK_MM2:
        return Answer(box.link_id, box.kind, None, "unsure", 0.0, box.row, box.column)
    confidence = round(1 - 0.5 * amount / INK_MM2, 3)
    return Answer(box.link_id, box.kind, None, "empty", confidence, box.row, box.column)
