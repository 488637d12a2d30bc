"""Which boxes are the clock of an answer, and what they say."""

from __future__ import annotations

from datetime import timedelta

from papermode.export.care import PageTimes, care_times, clocks
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
