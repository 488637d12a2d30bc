"""Which boxes are the clock of an answer, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from papermode.export.care import PageTimes, care_times, clocks, read_clock, texts_of
from papermode.export.outline import outline
from papermode.export.times import Doubt, Window
from tests.unit.export.making import CONFIRMED, ZONE, answer, at, form

DAY = PageTimes(ZONE, Window(at("24T03:00"), at("25T02:59")))


def test_clocks_of_the_shipped_forms() -> None:
    known = clocks(outline(form("VITALS")))
    assert known["v.temp"].asked == ("v.hour", "v.minute")
    assert known["w.glucose"].asked == ("w.hour", "w.minute")
    admission = clocks(outline(form("ADMIT")))
    assert "adm.weight" not in admission, "the time beside the signature is not that of the weight"
    assert admission["mar.status"].asked == ("mar.time",)
    assert admission["adm.nurse.date"].asked == ("adm.nurse.time",)


def test_hour_and_minute_of_a_column() -> None:
    answers = [
        answer("v.hour", "8", None, 2),
        answer("v.minute", "05", None, 2),
        answer("v.temp", "37.0", None, 2),
        answer("v.temp", "38.0", None, 3),
    ]
    found = care_times(form("VITALS"), answers, DAY)
    assert found.at["v.temp", None, 2] == at("24T08:05")
    assert ("v.temp", None, 3) not in found.at, "the other column has no time"
    assert not found.doubts


def test_the_day_of_the_month_chooses_the_day() -> None:
    week = PageTimes(ZONE, Window(at("20T03:00"), at("27T03:00")))
    column = [answer("v.hour", "08", None, 1), answer("v.minute", "05", None, 1), answer("v.temp", "37.0", None, 1)]
    assert care_times(form("VITALS-N"), column, week).doubts == {("v.hour", None, 1): Doubt("several-days")}

    def with_day(text: str) -> object:
        found = care_times(form("VITALS-N"), [*column, answer("v.day", text, None, 1)], week)
        return found.at.get(("v.temp", None, 1)) or found.doubts["v.hour", None, 1]

    assert with_day("25") == at("25T08:05")
    assert with_day("28") == Doubt("outside")
    assert with_day("²⁵") == Doubt("unreadable")


def test_a_dose_takes_the_written_time_and_never_the_due_time() -> None:
    due = {(1, 1): at("24T08:00"), (1, 2): at("24T14:00")}
    times = PageTimes(ZONE, Window(at("24T02:00"), at("25T04:00")), due)
    answers = [
        answer("mar.status", "given", 1, 1),
        answer("mar.time", "0812", 1, 1),
        answer("mar.status", "given", 1, 2),
    ]
    found = care_times(form("MAR-S"), answers, times)
    assert found.at["mar.status", 1, 1] == at("24T08:12")
    assert ("mar.status", 1, 2) not in found.at


def test_a_dose_that_was_not_given_was_not_when_it_was_due() -> None:
    """This test ensures that N without a time has the due time, and N with one that cannot be read has none."""
    due = {(1, 1): at("24T08:00"), (1, 2): at("24T14:00"), (1, 3): at("24T20:00")}
    times = PageTimes(ZONE, Window(at("24T02:00"), at("25T04:00")), due)
    answers = [
        answer("mar.status", "not-given", 1, 1),
        answer("mar.reason", "2", 1, 1),
        answer("mar.status", "not-given", 1, 2),
        answer("mar.time", "1412", 1, 2),
        answer("mar.status", "not-given", 1, 3),
        answer("mar.time", "2075", 1, 3),
        answer("mar.status", "not-given", 2, 1),
    ]
    found = care_times(form("MAR-S"), answers, times)
    assert {key: time for key, time in found.at.items() if key[0] == "mar.status"} == {
        ("mar.status", 1, 1): at("24T08:00"),
        ("mar.status", 1, 2): at("24T14:12"),
    }
    assert found.doubts.keys() == {("mar.time", 1, 3)}


def test_doubts_stand_at_the_clock() -> None:
    answers = [
        answer("mar.status", "given", 1, 1),
        answer("mar.time", "0275", 1, 1),
        answer("mar.status", "given", 1, 2),
        answer("mar.time", "0300", 1, 2),
    ]
    times = PageTimes(ZONE, Window(at("24T02:00"), at("24T02:00") + timedelta(days=2)))
    found = care_times(form("MAR-S"), answers, times)
    assert found.doubts == {("mar.time", 1, 1): Doubt("unreadable"), ("mar.time", 1, 2): Doubt("several-days")}
    assert not found.at


def test_a_date_on_paper_needs_no_window() -> None:
    answers = [answer("bridge.date", "20112026"), answer("bridge.time", "2215"), answer("bridge.initials", "JD")]
    found = care_times(form("SUMMARY"), answers, DAY)
    assert found.at["bridge.initials", None, None] == at("20T22:15")


def test_a_time_that_a_person_gave_stays() -> None:
    answers = [answer("mar.status", "given", 1, 1, at=at("24T08:00")), answer("mar.time", "0900", 1, 1)]
    found = care_times(form("MAR-S"), answers, DAY)
    assert found.at["mar.status", 1, 1] == at("24T08:00")
    assert found.at["mar.time", 1, 1] == at("24T09:00")
    assert found.at["mar.time", 1, 1] < CONFIRMED


def changing(first: str, last: str) -> PageTimes:
    return PageTimes(
        ZONE,
        Window(datetime.fromisoformat(first).replace(tzinfo=ZONE), datetime.fromisoformat(last).replace(tzinfo=ZONE)),
    )


def test_the_hour_that_came_twice_and_the_one_that_never_came() -> None:
    autumn = changing("2026-10-31T20:00", "2026-11-01T10:00")
    spring = changing("2026-03-07T20:00", "2026-03-08T10:00")

    def at_half(hour: str, times: PageTimes) -> object:
        answers = [answer("mar.status", "given", 1, 1), answer("mar.time", f"{hour}30", 1, 1)]
        found = care_times(form("MAR-S"), answers, times)
        return found.at.get(("mar.status", 1, 1)) or found.doubts["mar.time", 1, 1]

    assert at_half("01", autumn) == Doubt("clock-change")
    assert at_half("02", spring) == Doubt("clock-change")
    after, before = at_half("02", autumn), at_half("01", spring)
    assert isinstance(after, datetime)
    assert isinstance(before, datetime)
    assert after.astimezone(UTC) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC), (
        "an hour and a half after midnight came twice"
    )
    assert before.astimezone(UTC) == datetime(2026, 3, 8, 6, 30, tzinfo=UTC)


def test_a_written_date_does_not_settle_the_hour_that_came_twice() -> None:
    answers = [answer("bridge.date", "01112026"), answer("bridge.time", "0130"), answer("bridge.initials", "JD")]
    found = care_times(form("SUMMARY"), answers, changing("2026-10-31T20:00", "2026-11-03T10:00"))
    assert found.doubts == {("bridge.time", None, None): Doubt("clock-change")}


def test_what_a_person_types_is_what_the_clock_reads() -> None:
    clock = clocks(outline(form("VITALS")))["v.temp"]
    texts = texts_of([answer("v.hour", "8", None, 1), answer("v.minute", "5", None, 1)])
    assert clock.says(texts, None, 1) == "0805"
    assert (clock.first, clock.prefix) == ("hour", "v")
    assert read_clock(clock, texts, None, 1, DAY) == at("24T08:05")
    assert read_clock(clock, texts, None, 2, DAY) is None
