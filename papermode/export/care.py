"""The time of care of each answer: which boxes of a form are its clock, and what they say.

The clock of ``v.temp`` is ``v.time``, or ``v.hour`` and ``v.minute``, with ``v.date`` or ``v.day`` (of the month) where
there is one: the boxes of the same side whose link_ids have the same prefix. Rows and columns of the clock
are those of the answer. A day on the other side of the sheet: :mod:`papermode.export.sides`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from papermode.export.leftout import Key
from papermode.export.outline import Node, Place, outline, places
from papermode.export.times import Doubt, Window, on_day, parse_clock, parse_day, resolve
from papermode.model.answers import Answer
from papermode.model.form import Form

NOT_GIVEN: Final = "not-given"
_CLOCK_KINDS: Final = {
    "time": ("time",),
    "hour": ("integer",),
    "minute": ("integer",),
    "date": ("date",),
    "day": ("integer",),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """The boxes that say when: ``time``, or ``hour`` and ``minute``, and perhaps ``date`` or ``day``."""

    parts: Mapping[str, Place]
    """By the last part of the link_id."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The link_ids that must be filled in for a time to be known."""
        return tuple(self.parts[n].node.link_id for n in self.needed)

    @property
    def needed(self) -> tuple[str, ...]:
        """The parts without which it says no time of day."""
        return tuple(n for n in ("time", "hour", "minute") if n in self.parts)

    @property
    def prefix(self) -> str:
        """What the link_ids of the entry begin with."""
        return self.parts[self.first].node.link_id.rpartition(".")[0]

    @property
    def first(self) -> str:
        """The part at which doubts stand."""
        return "time" if "time" in self.parts else "hour"

    def key(self, part: str, row: int | None, column: int | None) -> Key:
        """Return where the answer of a part stands, for an answer in this row and column."""
        kinds = {n.repeats for n in self.parts[part].above}
        return (
            self.parts[part].node.link_id,
            row if "row" in kinds else None,
            column if "column" in kinds else None,
        )

    def written(self, texts: Mapping[Key, str], row: int | None, column: int | None) -> bool:
        """Tell whether every box that the time needs has an answer."""
        return all(texts.get(self.key(n, row, column)) for n in self.needed)

    def says(self, texts: Mapping[Key, str], row: int | None, column: int | None) -> str:
        """Return the time of day as written, ``HHMM``."""
        if self.first == "time":
            return texts.get(self.key("time", row, column), "")
        return "".join(texts.get(self.key(n, row, column), "").zfill(2) for n in ("hour", "minute"))


@dataclass(frozen=True, slots=True)
class PageTimes:
    """What is known of when a page was written on."""

    zone: ZoneInfo
    window: Window
    due: Mapping[tuple[int, int], datetime] = field(default_factory=dict)
    """(row, column) -> the printed due time (``rows`` and ``columns`` of the manifest). Chooses the day of what is
    written; alone it is the time of a dose that was not given, and of nothing else."""


@dataclass(frozen=True, slots=True)
class CareTimes:
    """The time of care of each answer that has one, and the doubts."""

    at: Mapping[Key, datetime]
    doubts: Mapping[Key, Doubt]
    """By the place of the clock's first box."""


def clocks(sides: Iterable[Node]) -> dict[str, Clock]:
    """Return the clock of each question, by link_id; questions without one are not in it."""
    out: dict[str, Clock] = {}
    for side in sides:
        found = places((side,))
        by_prefix: dict[str, dict[str, Place]] = {}
        for link_id, place in found.items():
            prefix, _, name = link_id.rpartition(".")
            if prefix and place.item.kind in _CLOCK_KINDS.get(name, ()):
                by_prefix.setdefault(prefix, {})[name] = place
        known = {
            p: Clock(parts) for p, parts in by_prefix.items() if "time" in parts or {"hour", "minute"} <= set(parts)
        }
        out |= {link_id: known[p] for link_id in found if (p := link_id.rpartition(".")[0]) in known}
    return out


def care_times(form: Form, answers: Iterable[Answer], times: PageTimes) -> CareTimes:
    """Return when the care happened that the answers of a page tell of.

    An answer whose clock is empty has no time, but for a dose that was not given: paper asks no time for it, and what
    did not take place did not when it was due (R4, MedicationAdministration.effective[x]). One whose clock is unclear
    has a doubt. Boxes that a person has already given a time (``Answer.at``) keep it.
    """
    given = list(answers)
    texts = texts_of(given)
    known = clocks(outline(form))
    at: dict[Key, datetime] = {}
    doubts: dict[Key, Doubt] = {}
    for answer in given:
        key = (answer.link_id, answer.row, answer.column)
        clock = known.get(answer.link_id)
        if answer.at is not None:
            at[key] = answer.at
        elif clock is not None:
            found = read_clock(clock, texts, answer.row, answer.column, times)
            if isinstance(found, Doubt):
                doubts[clock.key(clock.first, answer.row, answer.column)] = found
            elif found is not None:
                at[key] = found
            elif _not_given(answer) and (due := times.due.get((answer.row or 0, answer.column or 0))) is not None:
                at[key] = due
    return CareTimes(at, doubts)


def _not_given(answer: Answer) -> bool:
    return answer.value == NOT_GIVEN and answer.link_id.rpartition(".")[2] == "status"


def texts_of(answers: Iterable[Answer]) -> dict[Key, str]:
    """Return the answers that are one text, by their place."""
    return {(a.link_id, a.row, a.column): a.value.strip() for a in answers if isinstance(a.value, str)}


def read_clock(
    clock: Clock, texts: Mapping[Key, str], row: int | None, column: int | None, times: PageTimes
) -> datetime | Doubt | None:
    """Return the instant that a clock says, or why it says none; ``None`` where it is not filled in.

    Args:
        clock: its boxes.
        texts: what stands in the boxes of the page.
        row: the row of the entry.
        column: its column.
        times: when the page was written on.
    """
    if not clock.written(texts, row, column):
        return None
    moment = parse_clock(clock.says(texts, row, column))
    if moment is None:
        return Doubt("unreadable")
    date = texts.get(clock.key("date", row, column)) if "date" in clock.parts else ""
    if date:
        day = parse_day(date)
        return Doubt("unreadable") if day is None else on_day(day, moment, times.zone)
    number = texts.get(clock.key("day", row, column)) if "day" in clock.parts else ""
    if number and not (number.isascii() and number.isdigit()):
        return Doubt("unreadable")
    due = times.due.get((row or 0, column or 0))
    return resolve(moment, times.window, times.zone, due, int(number) if number else None)
