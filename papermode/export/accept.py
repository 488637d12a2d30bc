"""Which answers of a page may be filed: confirmed by named persons, allowed by the policy, fitting the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from papermode.export.care import NOT_GIVEN, Clock, clocks, texts_of
from papermode.export.fhirjson import Json
from papermode.export.leftout import Key, LeftOut
from papermode.export.naming import Naming
from papermode.export.outline import Node, Place, outline, places
from papermode.export.policy import Policy
from papermode.export.values import ValueFaultError, answer_values
from papermode.model.answers import Answer, ReviewedPage
from papermode.model.form import Form

_OPEN: Final = frozenset({"needs-nurse", "rescan", "unconfirmed", "second-check", "value", "range", "mark-open"})
"""Reasons for which more of a page is to come."""
_WITH_OTHERS: Final = frozenset({"needs-nurse", "pharmacy", "rescan"})
"""Outcomes of what somebody else has to settle."""
_IN_EHR: Final = "in-ehr"
_NOTHING: Final = (None, "", ())


@dataclass(frozen=True, slots=True)
class Accepted:
    """One answer that may be filed."""

    answer: Answer
    place: Place
    values: tuple[Json, ...]
    """``QuestionnaireResponse.item.answer``."""

    @property
    def key(self) -> Key:
        """Where it stands."""
        return self.answer.link_id, self.answer.row, self.answer.column

    @property
    def texts(self) -> tuple[str, ...]:
        """Its value or values as the person confirmed them."""
        value = self.answer.value
        return () if value is None else (value,) if isinstance(value, str) else value


@dataclass(slots=True)
class Sheet:
    """A page on its way into the bundle: what may be filed of it, and what is left out."""

    page: ReviewedPage
    form: Form
    sides: tuple[Node, ...]
    clocks: Mapping[str, Clock]
    accepted: dict[Key, Accepted] = field(default_factory=dict)
    left: list[LeftOut] = field(default_factory=list)
    waiting: bool = False
    """An answer of the page still waits for somebody: more is to come."""

    def leave(self, key: Key, reason: str, what: str = "answer") -> None:
        """Note that something is left out."""
        self.left.append(left_out(self.page, reason, what, key))

    def text(self, link_id: str, row: int | None, column: int | None) -> str:
        """Return the one value of an accepted answer, or ''."""
        found = self.accepted.get((link_id, row, column))
        return found.texts[0] if found is not None and len(found.texts) == 1 else ""

    def timed(self, found: Accepted) -> str:
        """Return why an answer has no usable time of care, or '' if it has one.

        A time that the reviewer's desk worked out counts only where the boxes of the clock are filled in, or where a
        dose was not given and they are certainly empty.
        """
        answer = found.answer
        clock = self.clocks.get(answer.link_id)
        given = texts_of(a.answer for a in self.accepted.values())
        if clock is None or not (clock.written(given, answer.row, answer.column) or self.stands_at_due(found)):
            return "no-time"
        if answer.at is None or answer.at.tzinfo is None:
            return "time-unclear"
        return "future" if answer.at > self.page.confirmed_at else ""

    def stands_at_due(self, found: Accepted) -> bool:
        """Tell whether an answer is a dose that was not given, with no time on paper: its time is when it was due."""
        answer, clock = found.answer, self.clocks.get(found.answer.link_id)
        if answer.value != NOT_GIVEN or clock is None:
            return False
        return self.are_empty({clock.key(part, answer.row, answer.column) for part in clock.needed})

    def are_empty(self, places: set[Key]) -> bool:
        """Tell whether boxes are certainly empty: somebody has confirmed that, or the reader is sure of it."""
        empty = {(a.link_id, a.row, a.column) for a in self.page.answers if a.outcome == "entered" and not a.value}
        return places <= empty


def left_out(page: ReviewedPage, reason: str, what: str, key: Key = ("", None, None)) -> LeftOut:
    """Return the note that something of a page is left out."""
    link_id, row, column = key
    return LeftOut(page.packet, page.page, link_id, row or 0, column or 0, reason, what, page.form)


def sheet_of(page: ReviewedPage, form: Form, policy: Policy, naming: Naming) -> Sheet:
    """Return what may be filed of a page."""
    sides = outline(form)
    sheet = Sheet(page, form, sides, clocks(sides))
    known = places(sides)
    answers = _once(sheet, page.answers)
    refused = {key: _refusal(a, known.get(a.link_id), form, policy) for key, a in answers.items()}
    deciding = {key: a for key, a in answers.items() if _decides(a, known.get(a.link_id))}
    void = {entry_of(a) for a in answers.values() if is_void(a) and a.value not in _NOTHING}
    unsettled = {entry_of(a) for key, a in deciding.items() if is_unsettled(a, refused[key])}
    for key, answer in answers.items():
        reason = refused[key]
        if not reason and answer.value is not None:
            if entry_of(answer) in void and not is_void(answer):
                reason = "void"
            elif entry_of(answer) in unsettled and key not in deciding:
                reason = "mark-open"
        if reason:
            sheet.leave(key, reason)
            sheet.waiting |= reason in _OPEN
        elif answer.value is not None and answer.outcome == "entered":
            _take(sheet, key, answer, known[answer.link_id], naming)
    return sheet


def _take(sheet: Sheet, key: Key, answer: Answer, place: Place, naming: Naming) -> None:
    assert answer.value is not None  # noqa: S101 - only answered questions come here
    if answer.value in _NOTHING:
        return
    try:
        values = answer_values(place.item, answer.value, naming.answers(sheet.form, place.item.link_id))
    except ValueFaultError as fault:
        sheet.leave(key, fault.reason)
        sheet.waiting = True
    else:
        sheet.accepted[key] = Accepted(answer, place, tuple(values))


def _once(sheet: Sheet, answers: Iterable[Answer]) -> dict[Key, Answer]:
    """Return the answers by place; of a place with several answers none is taken."""
    found: dict[Key, Answer] = {}
    twice: set[Key] = set()
    for answer in answers:
        key = (answer.link_id, answer.row, answer.column)
        if key in found and found[key] != answer:
            twice.add(key)
        found[key] = answer
    for key in twice:
        del found[key]
        sheet.leave(key, "conflict")
        sheet.waiting = True
    return found


def _refusal(answer: Answer, place: Place | None, form: Form, policy: Policy) -> str:
    """Return why an answer is not filed, or ''."""
    if answer.outcome in _WITH_OTHERS or answer.outcome == "void":
        return answer.outcome
    if answer.value is None or answer.outcome != "entered":
        return ""
    if place is None or not place.fits(answer.row, answer.column):
        return "unplaced"
    if answer.kind == "comb" and (_differs(answer.code, place.item.code) or _differs(answer.unit, place.item.unit)):
        return "form-changed"
    rule = policy.rule(form, answer.link_id)
    if rule.do != "enter":
        return rule.do
    if not answer.by.strip() or answer.confirmed_at is None or answer.confirmed_at.tzinfo is None:
        return "unconfirmed"
    if rule.second and answer.second.strip() in ("", answer.by.strip()):
        return "second-check"
    return ""


def _differs(printed: str, known: str) -> bool:
    """Tell whether the paper says something else than the form at hand."""
    return printed not in ("", known)


def entry_of(answer: Answer) -> Key:
    """Return the entry that an answer is part of: those that one V mark strikes out."""
    return answer.link_id.rpartition(".")[0], answer.row, answer.column


def _decides(answer: Answer, place: Place | None) -> bool:
    """Tell whether an answer is a mark V or E: on these it hangs whether their entry is filed at all."""
    if is_void(answer):
        return True
    return place is not None and place.item.kind == "mark" and any(o.value == _IN_EHR for o in place.item.options)


def is_void(answer: Answer) -> bool:
    """Tell whether an answer is the mark V of its entry; it counts as marked, whoever has or has not looked at it."""
    return answer.link_id.rpartition(".")[2] == "void"


def is_unsettled(answer: Answer, refused: str = "") -> bool:
    """Tell whether a mark is left to somebody else, or has ink in it and is no data.

    Args:
        answer: the mark.
        refused: why it is not filed, if it is not.
    """
    if answer.outcome in _WITH_OTHERS:
        return True
    if answer.outcome == "entered":
        return bool(refused) and answer.value not in _NOTHING
    return answer.read not in _NOTHING
