"""Numbers that the page itself confirms.

A full page of vital signs has some 135 digits, and even a good reader gets one wrong in three pages. So a number
becomes an answer without a person only where its entry, the boxes of one row and column, says it twice: its score
by the bands is that of the marks, and the scores add up to the total; or what came in less what went out is the
balance. One thing in the entry that does not agree leaves all of it to a person.

What stays unseen is a digit that is read wrongly and changes neither a band nor a sum: 14 breaths for 16
(docs/architecture.md, "Reading digits").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from papermode.model.layout import Band, Box, Key
from papermode.model.reading import Answer
from papermode.scan.combs import CombReading, plausible

Place = tuple[int | None, int | None]

NEGATIVE: Final = "negative"
"""The answer that makes a number with a ``sign`` negative."""
BANDED: Final = 0.98
"""Least confidence of a number that is sure by its band: of 2,851 simulated ones one was wrong, in any band."""
_MINUS: Final = "-"


def confirmed(boxes: Sequence[Box], marks: Mapping[Key, Answer], combs: Mapping[Key, CombReading]) -> frozenset[Key]:
    """Return the combs whose numbers their entries confirm.

    Args:
        boxes: the layout's boxes.
        marks: what the marks say; every question of marks is in it.
        combs: what the written combs say.
    """
    entries: dict[Place, dict[str, list[Box]]] = {}
    for box in boxes:
        entries.setdefault((box.row, box.column), {}).setdefault(box.link_id, []).append(box)
    found: set[Key] = set()
    for place, questions in entries.items():
        if any(box.sum for own in questions.values() for box in own):
            found |= _Entry(questions, place, marks, combs).confirmed()
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Entry:
    """The boxes of one row and column, by question, with what is in them."""

    questions: Mapping[str, Sequence[Box]]
    place: Place
    marks: Mapping[Key, Answer]
    combs: Mapping[Key, CombReading]

    def confirmed(self) -> set[Key]:
        """Return the numbers that take part, but for those whose band says too little; or none."""
        boxes = [box for own in self.questions.values() for box in own]
        totals, banded = [box for box in boxes if box.sum], [box for box in boxes if box.bands]
        holds = not self._in_doubt() and all(map(self._adds_up, totals)) and all(map(self._is_scored, banded))
        if not holds:
            return set()
        terms = {term.removeprefix(_MINUS) for total in totals for term in total.sum}
        counted = [box for box in boxes if box.kind == "comb" and (box.sum or box.bands or box.link_id in terms)]
        return {self._key(box.link_id) for box in counted if not box.bands or self._is_clear(box)}

    def _is_clear(self, box: Box) -> bool:
        """Tell whether a number is read so clearly that its band is enough: another digit may have the same band."""
        reading = self.combs.get(self._key(box.link_id))
        return reading is not None and reading.confidence >= BANDED

    def _key(self, question: str) -> Key:
        return question, *self.place

    def _in_doubt(self) -> bool:
        """Tell whether there is ink in the entry that nothing explains: a struck number, a mark that may be none."""
        keys = [self._key(question) for question in self.questions]
        marks = (self.marks[key] for key in keys if key in self.marks)
        combs = (self.combs[key] for key in keys if key in self.combs)
        return any(a.state == "unsure" for a in marks) or any(c.doubt for r in combs for c in r.cells)

    def _adds_up(self, total: Box) -> bool:
        added = Decimal(0)
        for term in total.sum:
            value = self._value(term.removeprefix(_MINUS))
            if value is None:
                return False
            added += -value if term.startswith(_MINUS) else value
        return self._number(total) == added

    def _is_scored(self, box: Box) -> bool:
        """Tell whether the bands give a number the score that the marks give it."""
        number = self._number(box)
        scores = {band.score for band in box.bands if number is not None and self._holds(band, number)}
        return len(scores) == 1 and scores == {self._score(box.marks)}

    def _holds(self, band: Band, number: Decimal) -> bool:
        if band.question:
            answer = self.marks.get(self._key(band.question))
            if answer is None or answer.state != "sure" or answer.value != band.answer:
                return False
        return plausible(str(number), band.minimum, band.maximum)

    def _value(self, question: str) -> Decimal | None:
        """Return what a question counts in a sum; ``None`` where that is not known."""
        box = self.questions[question][0] if question in self.questions else None
        if box is None:
            return None
        if box.kind == "comb":
            return self._number(box)
        score = self._score(question)
        return None if score is None else Decimal(score)

    def _number(self, box: Box) -> Decimal | None:
        """Return the number in a comb if every digit of it is accepted, with its sign."""
        reading = self.combs.get(self._key(box.link_id))
        if reading is None or reading.state != "candidate":
            return None
        number = Decimal(reading.text)
        if not box.sign or not number:
            return number
        sign = self.marks.get(self._key(box.sign))
        if sign is None or sign.state != "sure":
            return None
        return -number if sign.value == NEGATIVE else number

    def _score(self, question: str) -> int | None:
        """Return the score that is marked; no mark is 0, unless there is a mark for 0."""
        scores = {box.value: box.score for box in self.questions.get(question, ())}
        answer = self.marks.get(self._key(question))
        if answer is None or answer.state == "unsure" or None in scores.values():
            return None
        values = answer.value if isinstance(answer.value, tuple) else (answer.value,) if answer.value else ()
        if not values and 0 in scores.values():
            return None
        return sum(scores[value] or 0 for value in values)
