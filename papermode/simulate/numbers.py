"""Choose what a careful nurse writes into combs: plausible, in agreement with the marks, and added up right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from papermode.model.layout import Band, Box, Key

Value = str | tuple[str, ...] | None
"""A mark's value, several where several are allowed (in the layout's order), or nothing."""

Scores = Mapping[tuple[str, int | None, int | None, str], int | None]
"""What a mark counts, by question and value."""

_BLANK: Final = 0.2
"""Share of the combs that stay empty."""
_PADDED: Final = 0.3
"""Share of the numbers of two cells that are written with a leading zero where they need one."""
_DAYS: Final = (date(1930, 1, 1), date(2027, 1, 1))
_NEGATIVE: Final = "negative"


def choose_numbers(boxes: Sequence[Box], marks: Mapping[Key, Value], rng: np.random.Generator) -> dict[Key, str]:
    """Return the text of every comb, '' where it stays blank.

    Args:
        boxes: the layout's boxes.
        marks: the marks that are made, by question.
        rng: the nurse.

    Returns:
        Texts as :func:`papermode.simulate.hands.write_comb` takes them: digits, with the decimal point where the comb
        has one. A sum is written where everything that it adds up is known, and a number with a score has the one
        that is marked.
    """
    combs = [box for box in boxes if box.kind == "comb"]
    scores = {(*box.key, box.value): box.score for box in boxes if box.kind == "mark"}
    texts: dict[Key, str] = {}
    for box in combs:
        if not box.sum:
            texts[box.key] = "" if rng.random() < _BLANK else _text(box, marks, scores, rng)
    for box in combs:
        if box.sum:
            texts[box.key] = _sum(box, texts, marks, scores)
    return {box.key: texts[box.key] for box in combs}


def agree_signs(boxes: Sequence[Box], marks: Mapping[Key, Value], texts: dict[Key, str]) -> dict[Key, Value]:
    """Return the marks, with those that give a sum its sign made to agree with it."""
    agreed = dict(marks)
    for box in (b for b in boxes if b.kind == "comb" and b.sign and b.sum):
        total = _total(box, texts, marks, {})
        values = [b.value for b in boxes if b.kind == "mark" and b.key == (box.sign, box.row, box.column)]
        if total is not None and values:
            fitting = [v for v in values if (v == _NEGATIVE) == (total < 0)]
            agreed[box.sign, box.row, box.column] = fitting[0] if fitting else None
    return agreed


def _text(
    box: Box,
    marks: Mapping[Key, Value],
    scores: Scores,
    rng: np.random.Generator,
) -> str:
    if box.format == "time":
        return f"{int(rng.integers(24)):02d}{int(rng.integers(60)):02d}"
    if box.format == "date":
        day = _DAYS[0] + timedelta(days=int(rng.integers((_DAYS[1] - _DAYS[0]).days)))
        return f"{day:%d%m%Y}"
    if box.format == "text":
        return ""
    score = _marked_score((box.marks, box.row, box.column), marks, scores) if box.bands else None
    fitting = [b for b in box.bands if b.score == score and _holds(b, box, marks)]
    band = fitting[int(rng.integers(len(fitting)))] if fitting else Band(0)
    places = box.cells - box.point if box.point else 0
    most = Decimal(10**box.cells - 1).scaleb(-places)
    low = max(Decimal(v or 0) for v in ("0", box.minimum, band.minimum))
    high = min(Decimal(v) for v in (most, box.maximum or most, band.maximum or most))
    first, last = (int(v.scaleb(places)) for v in (low, high))
    return _written(
        Decimal(int(rng.integers(first, max(last, first) + 1))).scaleb(-places), box, padded=rng.random() < _PADDED
    )


def _written(number: Decimal, box: Box, *, padded: bool) -> str:
    """Return a number as it is written; '' if the comb does not hold it."""
    places = box.cells - box.point if box.point else 0
    text = f"{abs(number):.{places}f}"
    if len(text.replace(".", "")) > box.cells:
        return ""
    return text.zfill(2) if padded and box.cells == 2 else text


def _sum(
    box: Box,
    texts: Mapping[Key, str],
    marks: Mapping[Key, Value],
    scores: Scores,
) -> str:
    total = _total(box, texts, marks, scores)
    return "" if total is None or (total < 0 and not box.sign) else _written(total, box, padded=False)


def _total(
    box: Box,
    texts: Mapping[Key, str],
    marks: Mapping[Key, Value],
    scores: Scores,
) -> Decimal | None:
    total = Decimal(0)
    for term in box.sum:
        key = (term.removeprefix("-"), box.row, box.column)
        score = _marked_score(key, marks, scores)
        value = Decimal(texts[key]) if texts.get(key) else None if score is None else Decimal(score)
        if value is None:
            return None
        total += -value if term.startswith("-") else value
    return total


def _marked_score(key: Key, marks: Mapping[Key, Value], scores: Scores) -> int | None:
    """Return the score of the mark that is made; no mark is 0, unless there is a mark for 0."""
    own = {value: score for (*question, value), score in scores.items() if tuple(question) == key}
    value = marks.get(key)
    if isinstance(value, tuple) or None in own.values() or not own:
        return None
    if value is None:
        return None if 0 in own.values() else 0
    return own[value]


def _holds(band: Band, box: Box, marks: Mapping[Key, Value]) -> bool:
    return not band.question or marks.get((band.question, box.row, box.column)) == band.answer
