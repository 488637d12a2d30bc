"""The day that stands on the other side of a sheet: the first side of the vital signs has the time alone.

Both sides have the same columns. A time without a day, of which more than one day is possible, takes the day of the
month that is written in the same column of the next page of the same form and patient, if the times there agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from papermode.export.accept import entry_of, is_unsettled, is_void
from papermode.export.care import Clock, clocks, texts_of
from papermode.export.leftout import Key
from papermode.export.outline import outline
from papermode.export.times import Doubt, Window, parse_clock, resolve
from papermode.model.answers import Answer, ReviewedPage
from papermode.model.form import Form

Forms = Mapping[tuple[str, int], Form]
_DATED: Final = frozenset({"day", "date"})


def with_days(pages: Iterable[ReviewedPage], forms: Forms, zone: ZoneInfo) -> list[ReviewedPage]:
    """Return the pages, with times of care where the other side of the sheet says the day.

    Args:
        pages: confirmed pages, in any order.
        forms: the forms in the versions that were printed.
        zone: the site's time zone.
    """
    given = list(pages)
    by_place = {(p.packet, p.page): p for p in given if not p.copy}
    return [_with_days(page, by_place.get((page.packet, page.page + 1)), forms, zone) for page in given]


def _with_days(page: ReviewedPage, other: ReviewedPage | None, forms: Forms, zone: ZoneInfo) -> ReviewedPage:
    form = forms.get((page.form, page.version))
    if form is None or other is None or not _one_sheet(page, other):
        return page
    known = clocks(outline(form))
    dated = {c.prefix: c for a in other.answers if (c := known.get(a.link_id)) is not None and "day" in c.parts}
    own = texts_of(a for a in page.answers if a.outcome == "entered")
    # A day in a column that is struck out, or may be, is nobody's day.
    struck = {entry_of(a) for a in other.answers if is_void(a) and (a.value or is_unsettled(a))}
    theirs = texts_of(a for a in other.answers if a.outcome == "entered" and entry_of(a) not in struck)
    window = Window(page.printed_at, page.confirmed_at) if page.printed_at <= page.confirmed_at else None
    if len(dated) != 1 or window is None:
        return page
    (day_clock,) = dated.values()

    def at(answer: Answer) -> datetime | None:
        clock = known.get(answer.link_id)
        if answer.at is not None or clock is None or _DATED & set(clock.parts) or answer.row is not None:
            return answer.at
        return _instant(clock, own, day_clock, theirs, answer.column, window, zone)

    return replace(page, answers=tuple(replace(a, at=at(a)) for a in page.answers))


def _one_sheet(page: ReviewedPage, other: ReviewedPage) -> bool:
    same = (page.form, page.version, page.subject) == (other.form, other.version, other.subject)
    return same and page.subject is not None


def _instant(
    clock: Clock,
    own: Mapping[Key, str],
    day_clock: Clock,
    theirs: Mapping[Key, str],
    column: int | None,
    window: Window,
    zone: ZoneInfo,
) -> datetime | None:
    """Return the instant of a column's time on the day beside it on the other side, or ``None``."""
    if column is None or not clock.written(own, None, column):
        return None
    day = theirs.get(day_clock.key("day", None, column), "")
    moment = parse_clock(clock.says(own, None, column))
    agrees = not day_clock.written(theirs, None, column) or day_clock.says(theirs, None, column) == clock.says(
        own, None, column
    )
    if moment is None or not agrees or not (day.isascii() and day.isdigit()):
        return None
    found = resolve(moment, window, zone, None, int(day))
    return None if isinstance(found, Doubt) else found
