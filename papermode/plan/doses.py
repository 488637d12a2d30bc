"""When a drug is due on a time sheet.

Times come from the order where it has them, else from the interval counted from the next or the last
known dose, else from nothing: then 'TIME NOT IN DATA' is printed, never a guess (forms.md rule 6).
All arithmetic is on instants; only the printed words are local, so a 23-hour or 25-hour day has the
right number of doses (domain.md R20).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from papermode.model.snapshot import Medication

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_DOSES: Final = 48
"""More due times in 24 h than this are a fault of the data, not a regimen."""


@dataclass(frozen=True, slots=True)
class Due:
    """The doses of one drug on one sheet."""

    times: tuple[datetime, ...]
    known: bool
    """False: the data do not say when the drug is due."""


def local_instant(day: date, clock: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant of a local time of day, or ``None`` if ``clock`` is not ``HH:MM``.

    A time that does not exist (spring forward) becomes the same distance after the gap; of a time that
    exists twice the first is taken.
    """
    try:
        at = datetime.combine(day, time.fromisoformat(clock), zone)
    except ValueError:
        return None
    return at.astimezone(UTC).astimezone(zone)


def due_times(med: Medication, start: datetime, end: datetime, zone: ZoneInfo) -> Due:
    """Return the doses of ``med`` due in [start, end)."""
    # In UTC: of two times with the same zone Python compares the clocks on the wall.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if med.start is not None and med.start.at is not None and med.start.at > end:
        return Due((), known=True)
    if med.times:
        return Due(_by_clock(med, start, end, zone), known=True)
    step = _hours(med.every_hours)
    origin = _origin(med)
    if step and origin is not None:
        return Due(_by_interval(med, origin, step, start, end), known=True)
    if med.next_due is not None and med.next_due.at is not None:
        at = med.next_due.at
        return Due((at,) if start <= at < end else (), known=True)
    return Due((), known=False)


def _stopped(med: Medication, at: datetime) -> bool:
    return med.stop is not None and med.stop.at is not None and at > med.stop.at


def _not_started(med: Medication, at: datetime) -> bool:
    return med.start is not None and med.start.at is not None and at < med.start.at


def _by_clock(med: Medication, start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Doses at the order's times of day, on the order's days of the week."""
    first = start.astimezone(zone).date() - timedelta(days=1)
    days = (end.astimezone(zone).date() - first).days + 1
    found: list[datetime] = []
    for n in range(days + 1):
        day = first + timedelta(days=n)
        if med.days and WEEKDAYS[day.weekday()] not in med.days:
            continue
        for clock in med.times:
            at = local_instant(day, clock, zone)
            if at is not None and start <= at < end and not _stopped(med, at) and not _not_started(med, at):
                found.append(at)
    return tuple(sorted(set(found)))


def _hours(text: str) -> timedelta | None:
    try:
        hours = float(text)
    except ValueError:
        return None
    return timedelta(hours=hours) if 24 / MAX_DOSES <= hours <= 24 * 31 else None


def _origin(med: Medication) -> datetime | None:
    """The instant from which the interval is counted: the next dose, else the last one."""
    for when in (med.next_due, med.last_given):
        if when is not None and when.at is not None:
            return when.at
    return None


def _by_interval(
    med: Medication, origin: datetime, step: timedelta, start: datetime, end: datetime
) -> tuple[datetime, ...]:
    """Doses every ``step`` from ``origin``; the origin itself counts only if it is the next dose."""
    at = origin.astimezone(UTC)
    if med.next_due is None or med.next_due.at is None:
        at += step
    if at < start:
        at += step * (-((at - start) // step))
        while at < start:
            at += step
    found: list[datetime] = []
    while at < end and len(found) < MAX_DOSES:
        if not _stopped(med, at) and not _not_started(med, at):
            found.append(at)
        at += step
    return tuple(found)
