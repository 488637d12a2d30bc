"""The day of a time, from the other side of the sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.export.sides import with_days
from papermode.model.answers import Answer, ReviewedPage
from tests.unit.export.making import CONFIRMED, NAMING, ZONE, answer, at, changed, forms, page, resources, send

LATE = at("27T09:30")
"""Three days after the print: a time of day alone is three times."""


def front(*extra: Answer, hour: str = "08", minute: str = "05", **more: Any) -> ReviewedPage:
    """The first side, with one column; the reviewer's desk could not tell its day."""
    column = [answer("v.hour", hour, None, 2), answer("v.minute", minute, None, 2), answer("v.pulse", "131", None, 2)]
    return page("VITALS", (*column, *extra), 7, **{"confirmed_at": LATE} | more)


def back(**values: str) -> ReviewedPage:
    """The second side, of the same column."""
    answers = [answer(f"w.{name}", text, None, 2) for name, text in values.items()]
    return page("VITALS", answers, 8, confirmed_at=LATE)


def time_of(*pages: ReviewedPage) -> datetime | None:
    first, *_ = with_days(pages, forms(), ZONE)
    return next(a.at for a in first.answers if a.link_id == "v.pulse")


def test_the_day_on_the_back_is_that_of_the_front() -> None:
    assert time_of(front(), back(day="25")) == at("25T08:05")
    assert time_of(front(), back(hour="08", minute="05", day="26")) == at("26T08:05")


def test_the_value_is_filed_with_that_time() -> None:
    pages = [
        changed(p, answers=tuple(changed(a, confirmed_at=LATE) for a in p.answers)) for p in (front(), back(day="25"))
    ]
    assert resources(send(*pages), "Observation") == []
    (found,) = resources(send(*with_days(pages, forms(), ZONE), naming=NAMING), "Observation")
    assert found["effectiveDateTime"] == "2026-11-25T08:05:00-05:00"


@pytest.mark.parametrize(
    "other",
    [
        back(hour="09", minute="05", day="25"),
        back(hour="08", minute="06", day="25"),
        back(day="31"),
        back(day="²⁵"),
        back(pain="3"),
        back(day="25", void="void"),
        page("VITALS", [answer("w.day", "25", None, 2), answer("w.void", None, None, 2, outcome="needs-nurse")], 8),
        changed(back(day="25"), subject=None),
        changed(back(day="25"), page=9),
        changed(back(day="25"), form="VITALS2"),
        changed(back(day="25"), packet="01KB7Z0000ABCDEFGHJKMNPQRT"),
        page("VITALS", [answer("w.day", "25", None, 3)], 8),
        page("VITALS", [answer("w.day", "25", None, 2, outcome="needs-nurse")], 8),
    ],
)
def test_another_time_another_sheet_or_no_day_says_nothing(other: ReviewedPage) -> None:
    assert time_of(front(), other) is None


def test_a_time_that_is_known_stays() -> None:
    column = [answer("v.hour", "08", None, 2), answer("v.minute", "05", None, 2)]
    known = page("VITALS", [*column, answer("v.pulse", "131", None, 2, at=at("24T08:05"))], 7, confirmed_at=LATE)
    assert time_of(known, back(day="25")) == at("24T08:05")


def test_a_clock_change_on_that_day_stays_a_doubt() -> None:
    printed, confirmed = (datetime(2026, 10, 31, 20, tzinfo=ZONE), datetime(2026, 11, 3, 9, tzinfo=ZONE))
    sheet = front(hour="01", minute="30", printed_at=printed, confirmed_at=confirmed)
    assert time_of(sheet, back(day="01")) is None, "it was half past one twice that day"
    assert time_of(sheet, back(day="02")) == datetime(2026, 11, 2, 1, 30, tzinfo=ZONE)


@given(hour=st.integers(0, 23), minute=st.integers(0, 59), day=st.integers(1, 31))
def test_the_day_is_the_written_one_or_none(hour: int, minute: int, day: int) -> None:
    found = time_of(front(hour=f"{hour:02}", minute=f"{minute:02}"), back(day=str(day)))
    if found is not None:
        assert (found.hour, found.minute, found.day) == (hour, minute, day)
        assert front().printed_at <= found <= LATE
    elif 25 <= day <= 26:
        raise AssertionError("both days lie wholly in the outage")


def test_pages_come_back_in_their_order() -> None:
    pages = [back(day="25"), front(), page("NOTES", [], 1, confirmed_at=CONFIRMED)]
    assert [p.page for p in with_days(pages, forms(), ZONE)] == [8, 7, 1]
