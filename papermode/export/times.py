"""What instant a handwritten clock time means: pure functions, no clock of their own.

A page says HHMM; its day comes from the span of time in which the page was written on. Where more than
one instant fits, or none, the answer is a :class:`Doubt` for a person and never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

REACH: Final = timedelta(hours=6)
"""A dose given further than this from the time it was due may belong to another day."""
FARTHEST: Final = timedelta(hours=12)

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):?([0-5][0-9])")
_DMY: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")

Why = Literal["unreadable", "outside", "several-days", "far-from-due", "clock-change"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a written time is not a known instant."""

    why: Why
    """``unreadable``: no time of day; ``outside``: no such time in the span; ``several-days``: more than one day
    fits; ``far-from-due``: more than 12 h from the printed due time; ``clock-change``: the time exists twice that
    day, or not at all."""


@dataclass(frozen=True, slots=True)
class Window:
    """The span in which a page was written on, both ends included; both with their offset from UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs offsets from UTC")

    def holds(self, at: datetime) -> bool:
        """Tell whether ``at`` is in the window."""
        return self.start <= at <= self.end


def parse_clock(text: str) -> time | None:
    """Return a time of day written ``HHMM`` or ``HH:MM``, or ``None``."""
    found = _CLOCK.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None


def parse_day(text: str) -> date | None:
    """Return a date written ``DDMMYYYY`` (as the boxes on paper ask) or ``YYYY-MM-DD``, or ``None``."""
    text = text.strip()
    found = _DMY.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    except ValueError:
        return None


def instants(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the instants with this local date and time: one; none in a gap; two where clocks go back (PEP 495)."""
    first = datetime.combine(day, clock.replace(fold=0), zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return (first,)
    there = tuple(at for at in (first, second) if _exists(at, zone))
    return tuple(sorted(there, key=lambda at: at.astimezone(UTC)))


def _exists(at: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None)


def on_day(day: date, clock: time, zone: ZoneInfo) -> datetime | Doubt:
    """Return the instant of a time whose date is written beside it."""
    found = instants(day, clock, zone)
    return found[0] if len(found) == 1 else Doubt("clock-change")


def resolve(
    clock: time, window: Window, zone: ZoneInfo, due: datetime | None = None, day_of_month: int | None = None
) -> datetime | Doubt:
    """Return the one instant in ``window`` at which local clocks show ``clock``.

    Args:
        clock: the time of day as written.
        window: when the page can have been written on.
        zone: the site's time zone.
        due: the printed time that the entry answers to. It only chooses between days that are all possible;
            it is never the result.
        day_of_month: the day written beside the time, 1 to 31; ``None`` where none is written.

    Returns:
        The instant, in ``zone``; or why a person must say it.
    """
    days = [day for day in _days(window, zone) if day_of_month in (None, day.day)]
    if any(not instants(day, clock, zone) and _gap_in(day, clock, window, zone) for day in days):
        return Doubt("clock-change")
    by_day = {day: [at for at in instants(day, clock, zone) if window.holds(at)] for day in days}
    possible = [found for found in by_day.values() if found]
    if due is not None and len(possible) > 1:
        possible = [found for found in possible if any(abs(at - due) <= REACH for at in found)]
        if not possible:
            return Doubt("several-days")
    if not possible:
        return Doubt("outside")
    if len(possible) > 1:
        return Doubt("several-days")
    if len(possible[0]) > 1 or _before_the_change(possible[0][0], window, zone):
        return Doubt("clock-change")
    at = possible[0][0]
    return Doubt("far-from-due") if due is not None and abs(at - due) > FARTHEST else at


def _days(window: Window, zone: ZoneInfo) -> list[date]:
    first, last = window.start.astimezone(zone).date(), window.end.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _gap_in(day: date, clock: time, window: Window, zone: ZoneInfo) -> bool:
    """Tell whether the time that a clock which was not put forward shows lies in the window."""
    return window.holds(datetime.combine(day, clock, zone).astimezone(UTC))


def _before_the_change(at: datetime, window: Window, zone: ZoneInfo) -> bool:
    """Tell whether a time in the second of two equal hours may be one of the first, in which the page was printed."""
    both = instants(at.date(), at.time(), zone)
    started = window.start.astimezone(zone)
    return len(both) > 1 and at == both[1] and started.utcoffset() == both[0].utcoffset()
