"""The fields of a page for the review desk: its boxes, in words, with what was read and what the policy says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from papermode.export.care import Clock, PageTimes, care_times, clocks, read_clock
from papermode.export.outline import Place as Question
from papermode.export.outline import outline, places
from papermode.export.policy import Policy
from papermode.export.times import Doubt, Window
from papermode.formdef.load import Library
from papermode.geometry import Rect
from papermode.model.answers import ReviewedPage
from papermode.model.form import Form
from papermode.model.layout import Box, Layout
from papermode.model.reading import Answer
from papermode.review.desk import Choice, Field, Key, TimeDoubt, Value
from papermode.review.values import doubtful

_DAYS: Final = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
}
_TYPED_KINDS: Final = ("line", "note")
"""Kinds of writing that a person can type; a signature is a picture whatever the policy says."""

TIME_DOUBTS: Final = {
    "unreadable": TimeDoubt("This is no time of day or no date. Enter once more keeps it.", ask=True),
    "outside": TimeDoubt(
        "No such time lies between the print and the scan of this page. Enter once more keeps it.", ask=True
    ),
    "far-from-due": TimeDoubt("This is more than 12 hours from the printed time. Enter once more keeps it.", ask=True),
    "clock-change": TimeDoubt(
        "The clocks were changed: on that day this time exists twice, or not at all. Enter once more keeps it.",
        ask=True,
    ),
    "several-days": TimeDoubt(
        "More than one day fits this time. Without a day on paper it is filed as text, not as a time of care.",
        ask=False,
    ),
}
"""What a person is told of a :class:`papermode.export.times.Doubt`."""
NO_TIME: Final = TimeDoubt("No time is written here. Without one this is filed as text, not as care given.", ask=False)
_SAYS_NOTHING: Final = ("void", "reason")
"""Parts of an entry that need no time of their own."""


@dataclass(frozen=True, slots=True)
class EntryClock:
    """The clock of one entry of a page (:class:`papermode.review.desk.CareClock`)."""

    clock: Clock
    row: int | None
    column: int | None
    due: datetime | None
    zone: ZoneInfo

    def doubt(self, values: Mapping[Key, Value], printed_at: datetime, received: datetime) -> TimeDoubt | None:
        """Return why the boxes say no instant, or ``None``."""
        if received < printed_at:
            return None
        if wants_time(self.clock, self.row, self.column, values):
            return NO_TIME
        due = {(self.row or 0, self.column or 0): self.due} if self.due is not None else {}
        texts = {key: value for key, value in values.items() if isinstance(value, str)}
        times = PageTimes(self.zone, Window(printed_at, received), due)
        found = read_clock(self.clock, texts, self.row, self.column, times)
        return TIME_DOUBTS[found.why] if isinstance(found, Doubt) else None


def wants_time(clock: Clock, row: int | None, column: int | None, values: Mapping[Key, Value]) -> bool:
    """Tell whether something is written that counts only with a time, and the time is not: 'given' above all.

    Args:
        clock: The boxes for the time.
        row: The row of the entry.
        column: Its column.
        values: What stands in the fields of the page.
    """
    if clock.written({k: v for k, v in values.items() if isinstance(v, str)}, row, column):
        return False
    first = clock.key(clock.first, row, column)
    parts = {clock.key(part, row, column) for part in clock.parts}
    entry = {
        key[0].removeprefix(clock.prefix + "."): value
        for key, value in values.items()
        if key[0].rpartition(".")[0] == clock.prefix and key not in parts and clock.key(clock.first, *key[1:]) == first
    }
    if entry.get("void"):
        return False
    if "status" in entry:
        return entry["status"] == "given"
    return any(value for name, value in entry.items() if name not in _SAYS_NOTHING)


@dataclass(frozen=True, slots=True)
class Bindings:
    """What the rows and columns of one page mean, from its manifest entry."""

    rows: Mapping[int, tuple[str, str]]
    """Row -> (reference, words)."""
    due: Mapping[tuple[int, int], datetime]
    """(row, column) -> printed time; row 0 where the column has one time for all rows."""

    @classmethod
    def of(cls, entry: Mapping[str, Any] | None) -> Bindings:
        """Read a manifest's entry of a page; ``None``: nothing is known."""
        rows, due = {}, {}
        for n, row in (entry or {}).get("rows", {}).items():
            rows[int(n)] = (str(row["ref"]), str(row["text"]))
            for column, time in row.get("times", {}).items():
                due[int(n), int(column)] = datetime.fromisoformat(time)
        for n, column in (entry or {}).get("columns", {}).items():
            if column.get("time"):
                due[0, int(n)] = datetime.fromisoformat(column["time"])
        return cls(rows, due)

    def due_at(self, row: int | None, column: int | None) -> datetime | None:
        """Return the printed time of an entry: its own, else that of its column."""
        return self.due.get((row or 0, column or 0)) or self.due.get((0, column or 0))


NO_BINDINGS: Final = Bindings({}, {})


def timed(page: ReviewedPage, form: Form, bindings: Bindings, window: Window, zone: ZoneInfo) -> ReviewedPage:
    """Return a page with the times of care that it tells of.

    Args:
        page: The page, finished.
        form: Its form.
        bindings: What its rows and columns mean.
        window: From the print to the latest moment at which it was written on.
        zone: The site's time zone.
    """
    printed = {(a.row or 0, a.column or 0): bindings.due_at(a.row, a.column) for a in page.answers}
    due = {place: at for place, at in printed.items() if at is not None}
    at = care_times(form, page.answers, PageTimes(zone, window, due)).at
    return replace(page, answers=tuple(replace(a, at=at.get((a.link_id, a.row, a.column))) for a in page.answers))


class FieldMaker:
    """Makes the fields of pages. What does not depend on the patient is made once per layout and language."""

    def __init__(self, library: Library, policy: Policy, zone: str) -> None:
        self._library = library
        self._policy = policy
        self._zone = ZoneInfo(zone)
        self._templates: dict[tuple[str, str, int, str], dict[Key, Field]] = {}
        self._clocks: dict[tuple[str, int], dict[str, Clock]] = {}

    def form(self, form_id: str, version: int) -> Form | None:
        """Return a form, or ``None``."""
        return self._library.get(form_id, version)

    def fields(
        self, layout: Layout, form: tuple[str, int], bindings: Bindings, answers: Sequence[Answer], language: str
    ) -> tuple[Field, ...]:
        """Return the fields of a page.

        Args:
            layout: The page's layout.
            form: Id and version.
            bindings: What rows and columns mean on it.
            answers: What was read; a field without an answer was not read, and is in doubt.
            language: Of the words.
        """
        read = {(a.link_id, a.row, a.column): a for a in answers}
        known = self._clocks_of(form)
        made = []
        for key, field in self._of(layout, form, language).items():
            answer = read.get(key)
            ref, text = bindings.rows.get(field.row or 0, ("", ""))
            due = bindings.due_at(field.row, field.column)
            made.append(
                replace(
                    field,
                    read=answer.value if answer else None,
                    state=answer.state if answer else "unsure",
                    confidence=answer.confidence if answer else 0.0,
                    ref=ref,
                    row_text=text,
                    column_text=self._when(due, language) if due is not None and field.column is not None else "",
                    clock=self._clock(known, field, due),
                )
            )
        return tuple(self._with_missing_times(made))

    def _with_missing_times(self, fields: Sequence[Field]) -> list[Field]:
        """Put the empty boxes of a time in doubt where something is written that counts only with a time."""
        values = {f.key: f.read for f in fields}
        missing: set[Key] = set()
        for f in fields:
            if isinstance(f.clock, EntryClock) and wants_time(f.clock.clock, f.row, f.column, values):
                keys = (f.clock.clock.key(part, f.row, f.column) for part in f.clock.clock.needed)
                missing.update(key for key in keys if not values.get(key))
        return [replace(f, state="unsure", confidence=0.0) if f.key in missing else f for f in fields]

    def _clocks_of(self, form: tuple[str, int]) -> Mapping[str, Clock]:
        if form not in self._clocks:
            found = self.form(*form)
            self._clocks[form] = clocks(outline(found)) if found is not None else {}
        return self._clocks[form]

    def _clock(self, known: Mapping[str, Clock], field: Field, due: datetime | None) -> EntryClock | None:
        """Return the clock that begins in a field, or ``None``."""
        clock = known.get(field.link_id)
        if clock is None or clock.key(clock.first, field.row, field.column) != field.key:
            return None
        return EntryClock(clock, field.row, field.column, due, self._zone)

    def doubts(self, layout: Layout, form: tuple[str, int], answers: Iterable[Answer]) -> int:
        """Return how many fields of a page a person has to settle."""
        known = list(answers)
        if all(a.state == "empty" for a in known):
            return 0  # as on most pages of a heap
        there = {(a.link_id, a.row, a.column) for a in known}
        fields = self.fields(layout, form, NO_BINDINGS, known, "en")
        return sum(doubtful(f) for f in fields if f.key in there)

    def _when(self, at: datetime, language: str) -> str:
        local = at.astimezone(self._zone)
        return f"{_DAYS.get(language, _DAYS['en'])[local.weekday()]} {local:%H:%M}"

    def _of(self, layout: Layout, form: tuple[str, int], language: str) -> dict[Key, Field]:
        key = (layout.id, *form, language)
        if key not in self._templates:
            self._templates[key] = self._make(layout, self.form(*form), language)
        return self._templates[key]

    def _make(self, layout: Layout, form: Form | None, language: str) -> dict[Key, Field]:
        questions = places(outline(form)) if form is not None else {}
        boxes: dict[Key, list[Box]] = {}
        for box in layout.boxes:
            boxes.setdefault(box.key, []).append(box)
        return {key: self._field(own, form, questions.get(key[0]), language) for key, own in boxes.items()}

    def _field(self, boxes: Sequence[Box], form: Form | None, question: Question | None, language: str) -> Field:
        first = boxes[0]
        item = question.item if question is not None else None
        label = question.node.text.get(language) if question is not None else ""
        rule = self._policy.rule(form, first.link_id) if form is not None else None
        enter = rule is None or rule.asked
        if first.kind == "crop" and item is not None:
            initials = first.link_id.rpartition(".")[2].startswith("initials")
            enter = enter and item.kind in _TYPED_KINDS and not initials
        choices = tuple(Choice(b.value, b.label or b.value) for b in boxes) if first.kind == "mark" else ()
        return Field(
            link_id=first.link_id,
            kind=first.kind,
            label=" ".join(label.split()) or _last_part(first.link_id),
            rect=_around(boxes),
            row=first.row,
            column=first.column,
            choices=choices,
            multiple=first.multiple,
            format=first.format,
            cells=sum(b.cells for b in boxes),
            unit=first.unit,
            minimum=item.minimum if item is not None else "",
            maximum=item.maximum if item is not None else "",
            enter=enter,
            second=rule is not None and rule.second,
            code=first.code if first.kind != "mark" else (item.code if item is not None else ""),
        )


def _last_part(link_id: str) -> str:
    """Return a word for a question that the form gives none: ``mar.void`` -> ``void``."""
    return link_id.rpartition(".")[2].replace("_", " ")


def _around(boxes: Sequence[Box]) -> Rect:
    x, y = min(b.rect.x for b in boxes), min(b.rect.y for b in boxes)
    return Rect(x, y, max(b.rect.right for b in boxes) - x, max(b.rect.bottom for b in boxes) - y)
