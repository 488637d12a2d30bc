"""Handwritten clock times: one instant, or a doubt."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from papermode.export.times import Doubt, Window, instants, on_day, parse_clock, parse_day, resolve

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - made aware in the tests


def ny(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0830", time(8, 30)),
        ("23:59", time(23, 59)),
        (" 0000 ", time(0)),
        ("2400", None),
        ("1260", None),
        ("830", None),
        ("", None),
        ("٠٨٣٠", None),
    ],
)
def test_clock(text: str, expected: time | None) -> None:
    assert parse_clock(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24112026", date(2026, 11, 24)),
        ("2026-11-24", date(2026, 11, 24)),
        ("31022026", None),
        ("11242026", None),
        ("2026-13-01", None),
        ("241126", None),
    ],
)
def test_day(text: str, expected: date | None) -> None:
    assert parse_day(text) == expected


def test_a_day_sheet_gives_the_day() -> None:
    window = Window(ny("2026-11-24T03:00"), ny("2026-11-25T02:59"))
    assert resolve(time(8, 30), window, NEW_YORK) == ny("2026-11-24T08:30")
    assert resolve(time(1, 15), window, NEW_YORK) == ny("2026-11-25T01:15")


def test_two_days_are_a_doubt_and_a_due_time_chooses() -> None:
    window = Window(ny("2026-11-23T23:00"), ny("2026-11-25T01:00"))
    assert resolve(time(23, 50), window, NEW_YORK) == Doubt("several-days")
    assert resolve(time(23, 50), window, NEW_YORK, ny("2026-11-24T00:30")) == ny("2026-11-23T23:50")
    assert resolve(time(23, 50), window, NEW_YORK, ny("2026-11-24T23:00")) == ny("2026-11-24T23:50")
    assert resolve(time(23, 50), window, NEW_YORK, ny("2026-11-24T12:00")) == Doubt("several-days")


def test_outside_and_far_from_due() -> None:
    window = Window(ny("2026-11-24T08:00"), ny("2026-11-24T20:00"))
    assert resolve(time(21, 0), window, NEW_YORK) == Doubt("outside")
    late = Window(ny("2026-11-24T03:00"), ny("2026-11-25T02:00"))
    assert resolve(time(22, 0), late, NEW_YORK, ny("2026-11-24T08:00")) == Doubt("far-from-due")


def test_clocks_going_back_and_forward() -> None:
    autumn = Window(ny("2026-10-31T20:00"), ny("2026-11-01T10:00"))
    assert resolve(time(1, 30), autumn, NEW_YORK) == Doubt("clock-change")
    assert resolve(time(2, 30), autumn, NEW_YORK) == ny("2026-11-01T02:30")
    spring = Window(ny("2026-03-07T20:00"), ny("2026-03-08T10:00"))
    assert resolve(time(2, 30), spring, NEW_YORK) == Doubt("clock-change")
    assert resolve(time(3, 30), spring, NEW_YORK) == ny("2026-03-08T03:30")
    assert on_day(date(2026, 11, 1), time(1, 30), NEW_YORK) == Doubt("clock-change")
    assert on_day(date(2026, 3, 8), time(2, 30), NEW_YORK) == Doubt("clock-change")
    assert [at.utcoffset() for at in instants(date(2026, 11, 1), time(1, 30), NEW_YORK)] == [
        timedelta(hours=-4),
        timedelta(hours=-5),
    ]


def test_only_one_of_the_two_hours_in_the_window() -> None:
    after = Window(datetime(2026, 11, 1, 6, 0, tzinfo=UTC), datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    found = resolve(time(1, 30), after, NEW_YORK)
    assert isinstance(found, datetime)
    assert found.astimezone(UTC) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_a_page_printed_in_the_first_of_two_equal_hours_does_not_choose() -> None:
    """Printed at 01:40 summer time, a 01:30 on the page may be of before the print: copied from elsewhere."""
    printed = datetime(2026, 11, 1, 5, 40, tzinfo=UTC)  # 01:40 EDT
    window = Window(printed, printed + timedelta(hours=8))
    assert resolve(time(1, 30), window, NEW_YORK) == Doubt("clock-change")
    assert resolve(time(2, 30), window, NEW_YORK) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


def test_a_window_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offsets"):
        Window(datetime(2026, 1, 1), ny("2026-01-02T00:00"))  # noqa: DTZ001 - that is the point


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    start=MOMENTS,
    hours=st.integers(1, 60),
    minutes=st.integers(0, 60 * 60),
)
def test_what_was_written_is_found_or_doubted(zone: ZoneInfo, start: datetime, hours: int, minutes: int) -> None:
    """Whatever instant of the window a nurse wrote down, it is found, or a person is asked: never another instant."""
    begin = start.replace(tzinfo=UTC, second=0, microsecond=0)
    assume(minutes <= hours * 60)
    truth = (begin + timedelta(minutes=minutes)).astimezone(zone)
    window = Window(begin, begin + timedelta(hours=hours))
    found = resolve(truth.time(), window, zone)
    if isinstance(found, Doubt):
        plain = hours < 23 and begin.astimezone(zone).utcoffset() == window.end.astimezone(zone).utcoffset()
        assert not plain, "a doubt without a reason"
    else:
        assert found == truth


@given(
    start=MOMENTS,
    due=st.integers(0, 24 * 60),
    late=st.integers(-300, 300),
)
def test_a_dose_near_its_time_is_never_put_on_another_day(start: datetime, due: int, late: int) -> None:
    begin = start.replace(tzinfo=UTC, second=0, microsecond=0)
    window = Window(begin - timedelta(hours=1), begin + timedelta(hours=25))
    planned = begin + timedelta(minutes=due)
    truth = (planned + timedelta(minutes=late)).astimezone(NEW_YORK)
    assume(window.holds(truth))
    found = resolve(truth.time(), window, NEW_YORK, planned)
    assert isinstance(found, Doubt) or found == truth
