"""When the next dose is due.

FHIR has no such element. The answer comes, in this order, from the order's own times (``timing.event``,
``repeat.timeOfDay``), from the last dose and the interval ('calculated'), or from the site's standard times
for that many doses a day ('site standard time'). Where none applies there is no answer; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from papermode.intake.dosage import DAYS, Schedule
from papermode.intake.times import at
from papermode.model.snapshot import When

How = Literal["order", "calculated", "site standard time", ""]
_ORDER: How = "order"
_SITE: How = "site standard time"
_OVERDUE: Final = timedelta(hours=24)
"""A dose that was due longer ago than this says more about the data than about the patient."""
_EARLY: Final = timedelta(hours=2)
"""A dose given this much before its time, or less, is the dose of that time."""
_DAYS_AHEAD: Final = 15


@dataclass(frozen=True, slots=True)
class Clock:
    """What time means at this site."""

    as_of: datetime
    zone: ZoneInfo
    standard_times: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Due:
    """Times of day, and the next dose."""

    times: tuple[str, ...] = ()
    times_how: How = ""
    next: When | None = None
    next_how: How = ""


def next_due(
    plan: Schedule,
    events: Sequence[datetime],
    handled: datetime | None,
    bounds: tuple[datetime | None, datetime | None],
    clock: Clock,
) -> Due:
    """Return when a scheduled drug is due.

    Args:
        plan: The order's schedule.
        events: Single times that the order names (``timing.event``).
        handled: When the last dose was given or deliberately not given.
        bounds: Start and end of the order where known.
        clock: Data time, zone and standard times.
    """
    if events:
        later = sorted(event for event in events if handled is None or event > handled + timedelta(minutes=30))
        return _bounded(Due(next=at(later[0]), next_how="order") if later else Due(), bounds)
    if plan.once:
        return Due()
    times, how = plan.times, _ORDER
    if not times and plan.per_day and (plan.days or plan.hours):
        times, how = tuple(clock.standard_times.get(plan.per_day, ())), _SITE
    if times and (plan.hours is None or plan.hours <= 24 or plan.days):
        slot = _slot(times, plan.days, handled, bounds[0], clock)
        return _bounded(Due(times, how, at(slot) if slot else None, how if slot else ""), bounds)
    return _bounded(_by_interval(plan, handled, clock), bounds)


def _by_interval(plan: Schedule, handled: datetime | None, clock: Clock) -> Due:
    if plan.hours is None or handled is None:
        return Due()
    step = timedelta(hours=float(plan.hours))
    due = (handled + step).replace(second=0, microsecond=0)
    if due < clock.as_of - _OVERDUE:
        return Due()
    local = due.astimezone(clock.zone)
    times: tuple[str, ...] = ()
    hours = int(plan.hours)
    if plan.hours == hours and hours and 24 % hours == 0:
        times = tuple(
            sorted(f"{(local.hour + hours * turn) % 24:02d}:{local.minute:02d}" for turn in range(24 // hours))
        )
    return Due(times, "calculated" if times else "", at(local), "calculated")


def _slot(
    times: tuple[str, ...], days: tuple[str, ...], handled: datetime | None, start: datetime | None, clock: Clock
) -> datetime | None:
    """Return the first slot after the one that the last dose belongs to; else the first after the data time."""
    later = start if start is not None and start > clock.as_of else None
    slots = _slots(times, days, later, clock)
    if later is not None:
        return next((slot for slot in slots if slot >= later), None)
    coming = next((slot for slot in slots if slot > clock.as_of), None)
    if handled is None:
        return coming
    before = [slot for slot in slots if slot <= handled]
    after = [slot for slot in slots if slot > handled]
    if not after or not before:
        return coming
    early = after[0] - handled <= min(_EARLY, handled - before[-1])
    due = after[1] if early and len(after) > 1 else after[0]
    return coming if due < clock.as_of - _OVERDUE else due


def _slots(times: tuple[str, ...], days: tuple[str, ...], start: datetime | None, clock: Clock) -> list[datetime]:
    """Return all times of the days around the data time; a clock change moves the offset, not the hour."""
    today = clock.as_of.astimezone(clock.zone).date()
    found = []
    reach = _DAYS_AHEAD if days or start is not None else 3
    for ahead in range(-reach, reach + 1):
        day = today + timedelta(days=ahead)
        if not days or DAYS[day.weekday()] in days:
            for text in times:
                hour, minute = int(text[:2]), int(text[3:5])
                found.append(datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.zone))
    return sorted(found)


def _bounded(due: Due, bounds: tuple[datetime | None, datetime | None]) -> Due:
    """Take the next dose away when the order ends before it."""
    end = bounds[1]
    if due.next is not None and due.next.at is not None and end is not None and due.next.at > end:
        return Due(due.times, due.times_how)
    return due
