"""When doses are due: on days of 23, 24 and 25 hours, by clock, by interval, by week, and when nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.model.packet import Page
from papermode.model.snapshot import Medication, Part, Patient, PatientRecord, Stay, When
from papermode.plan.clearance import text_rect
from papermode.plan.doses import Due, due_times, local_instant
from tests.wards import plan_ward, run_of, ward_of

NEW_YORK = ZoneInfo("America/New_York")
PARIS = ZoneInfo("Europe/Paris")
SPRING = {NEW_YORK: "2027-03-14", PARIS: "2027-03-28"}
"""The day that has 23 hours: 02:00 to 03:00 does not exist."""
AUTUMN = {NEW_YORK: "2026-11-01", PARIS: "2026-10-25"}
"""The day that has 25 hours: in New York 01:00 to 02:00 comes twice, in Paris 02:00 to 03:00."""
ZONES = [pytest.param(z, id=z.key) for z in (NEW_YORK, PARIS)]


def midnight(day: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=zone)


def at(text: str, zone: ZoneInfo) -> When:
    moment = datetime.fromisoformat(text)
    return When(text, moment if moment.tzinfo else moment.replace(tzinfo=zone))


def whole_day(med: Medication, day: str, zone: ZoneInfo) -> Due:
    start = midnight(day, zone)
    end = midnight((start + timedelta(days=1)).date().isoformat(), zone)
    return due_times(med, start, end, zone)


def clocks(times: Iterable[datetime], zone: ZoneInfo) -> list[str]:
    return [f"{t.astimezone(zone):%d %H:%M}" for t in times]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("days", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_intervals_are_hours_and_not_clocks(zone: ZoneInfo, days: dict[ZoneInfo, str], hours: int) -> None:
    """This test ensures that 'every hour' gives 23 doses on the short day and 25 on the long one."""
    start = midnight(days[zone], zone)
    med = Medication("m", "Drug", every_hours="1", next_due=When("", start))
    times = whole_day(med, days[zone], zone).times
    assert len(times) == hours
    assert {b.astimezone(UTC) - a.astimezone(UTC) for a, b in pairwise(times)} == {timedelta(hours=1)}


@pytest.mark.parametrize("zone", ZONES)
def test_six_hourly_doses_over_the_spring_night(zone: ZoneInfo) -> None:
    """This test ensures that a six-hourly drug keeps its six hours when the clock jumps: 00, 07, 13, 19."""
    med = Medication("m", "Drug", every_hours="6", next_due=When("", midnight(SPRING[zone], zone)))
    day = SPRING[zone][-2:]
    assert clocks(whole_day(med, SPRING[zone], zone).times, zone) == [f"{day} {h}:00" for h in ("00", "07", "13", "19")]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [SPRING, AUTUMN])
def test_times_of_the_order_are_clocks(zone: ZoneInfo, days: dict[ZoneInfo, str]) -> None:
    """This test ensures that a drug ordered for 08:00 and 20:00 is due at these times on any day."""
    med = Medication("m", "Drug", times=("08:00", "20:00"))
    assert clocks(whole_day(med, days[zone], zone).times, zone) == [
        f"{days[zone][-2:]} 08:00",
        f"{days[zone][-2:]} 20:00",
    ]


def test_a_time_that_does_not_exist_comes_after_the_gap() -> None:
    """This test ensures that a dose ordered for 02:30 is not lost in the night without a 02:30."""
    med = Medication("m", "Drug", times=("02:30",))
    assert clocks(whole_day(med, SPRING[NEW_YORK], NEW_YORK).times, NEW_YORK) == ["14 03:30"]
    assert clocks(whole_day(med, SPRING[PARIS], PARIS).times, PARIS) == ["28 03:30"]


def test_a_time_that_comes_twice_is_given_once() -> None:
    """This test ensures that a dose ordered for 01:30 is due once, at the first 01:30 of the long night."""
    med = Medication("m", "Drug", times=("01:30",))
    (time,) = whole_day(med, AUTUMN[NEW_YORK], NEW_YORK).times
    assert time.utcoffset() == timedelta(hours=-4)


def test_a_sheet_that_begins_in_the_second_of_two_hours() -> None:
    """This test ensures that a dose of the first 01:30 is not due on a sheet that begins at the second 01:00."""
    start = datetime.fromisoformat("2026-11-01T01:00:00-05:00").astimezone(NEW_YORK)
    due = due_times(Medication("m", "Drug", times=("01:30",)), start, start + timedelta(hours=24), NEW_YORK)
    assert "01 01:30" not in clocks(due.times, NEW_YORK)


def test_weekly_drugs_are_due_on_their_day_only() -> None:
    """This test ensures that a drug for Mondays is due on Monday and on no other day of the week."""
    med = Medication("m", "Methotrexate", times=("09:00",), days=("mon",))
    due = {n: whole_day(med, f"2026-11-{n}", NEW_YORK) for n in range(23, 30)}
    assert clocks(due[23].times, NEW_YORK) == ["23 09:00"]
    assert all(d == Due((), known=True) for n, d in due.items() if n != 23)


def test_what_is_not_known_is_not_guessed() -> None:
    """This test ensures that without times, interval or next dose nothing is said to be due, nor not due."""
    assert whole_day(Medication("m", "Drug"), "2026-11-24", NEW_YORK) == Due((), known=False)
    assert whole_day(Medication("m", "Drug", every_hours="6"), "2026-11-24", NEW_YORK) == Due((), known=False)
    assert whole_day(
        Medication("m", "Drug", every_hours="never", last_given=at("2026-11-23T20:00", NEW_YORK)),
        "2026-11-24",
        NEW_YORK,
    ) == Due((), known=False)


def test_the_interval_counts_from_the_last_dose_where_no_next_is_known() -> None:
    """This test ensures that the last dose itself is not due again, and the next comes one interval later."""
    med = Medication("m", "Drug", every_hours="8", last_given=at("2026-11-23T22:00", NEW_YORK))
    assert clocks(whole_day(med, "2026-11-24", NEW_YORK).times, NEW_YORK) == ["24 06:00", "24 14:00", "24 22:00"]


def test_orders_that_end_or_begin_in_the_day() -> None:
    """This test ensures that no dose is due after the stop or before the start of an order, and both ends count."""
    times = ("08:00", "14:00", "20:00")
    ended = Medication("m", "Drug", times=times, stop=at("2026-11-24T14:00", NEW_YORK))
    begun = Medication("m", "Drug", times=times, start=at("2026-11-24T14:00", NEW_YORK))
    later = Medication("m", "Drug", times=times, start=at("2026-11-27T08:00", NEW_YORK))
    assert clocks(whole_day(ended, "2026-11-24", NEW_YORK).times, NEW_YORK) == ["24 08:00", "24 14:00"]
    assert clocks(whole_day(begun, "2026-11-24", NEW_YORK).times, NEW_YORK) == ["24 14:00", "24 20:00"]
    assert whole_day(later, "2026-11-24", NEW_YORK) == Due((), known=True)


def test_a_single_next_dose() -> None:
    """This test ensures that an order with nothing but its next dose is due once."""
    med = Medication("m", "Drug", next_due=at("2026-11-24T10:00", NEW_YORK))
    assert clocks(whole_day(med, "2026-11-24", NEW_YORK).times, NEW_YORK) == ["24 10:00"]
    assert whole_day(med, "2026-11-25", NEW_YORK) == Due((), known=True)


@pytest.mark.parametrize("clock", ["24:00", "8", "noon", "25:61", ""])
def test_no_time_of_day(clock: str) -> None:
    """This test ensures that a time of day that is none gives no instant."""
    assert local_instant(datetime(2026, 11, 24, tzinfo=NEW_YORK).date(), clock, NEW_YORK) is None


@given(
    st.integers(0, 63_000_000).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    st.sampled_from((NEW_YORK, PARIS)),
    st.sampled_from(("0.5", "1", "4", "6", "8", "12", "24", "36", "168")),
    st.integers(-10_000, 10_000),
)
def test_intervals_hold_everywhere(start: datetime, zone: ZoneInfo, every: str, minutes: int) -> None:
    """This test ensures that doses by interval lie on the grid of the next dose, in the sheet, and none is left out."""
    start = start.astimezone(zone)
    end = (start.astimezone(UTC) + timedelta(hours=24)).astimezone(zone)
    origin = start.astimezone(UTC) + timedelta(minutes=minutes)
    step = timedelta(hours=float(every))
    times = due_times(Medication("m", "D", every_hours=every, next_due=When("", origin)), start, end, zone).times
    first = max(origin, start.astimezone(UTC))
    wanted = [t for n in range(-600, 600) if first <= (t := origin + n * step) < end]
    assert [t.astimezone(UTC) for t in times] == wanted


# -- on paper ----------------------------------------------------------------------------------------


def sheets_of(med: Medication, as_of: str, zone: ZoneInfo, language: str = "en") -> list[Page]:
    """Return the pages of the scheduled sheets of a patient with one order, printed at the data time."""
    moment = datetime.fromisoformat(as_of).replace(tzinfo=zone)
    record = PatientRecord(
        Patient("p", "000000001", birth_date="1970-01-01"), Stay("e", "E1", "W1"), medications=Part((med,))
    )
    run = run_of(ward_of(("MAR-S", "MAR-X"), language=language), as_of=moment, now=moment, zone=zone.key)
    return [p for p in plan_ward([record], run).pages if p.form in ("MAR-S", "MAR-X")]


def words_of(page: Page) -> str:
    return " ".join(t.text for t in page.fills).replace("\u00a0", " ")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("days", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_two_sheets_cover_two_times_24_hours(zone: ZoneInfo, days: dict[ZoneInfo, str], hours: int) -> None:
    """This test ensures that hourly doses over a night when the clock changes are on paper one by one, 24 a sheet."""
    start = midnight(days[zone], zone)
    med = Medication("m", "Drug", every_hours="1", next_due=When("", start), dose="1 mg")
    pages = sheets_of(med, f"{days[zone]}T00:00:00", zone)
    due = [datetime.fromisoformat(time) for page in pages for _, row in page.rows for _, time in row.times]
    assert len(due) == 48
    assert len({t.astimezone(UTC) for t in due}) == 48
    assert sum(f"{t:%Y-%m-%d}" == days[zone] for t in due) == hours
    assert {row.ref for page in pages for _, row in page.rows} == {"MedicationRequest/m"}


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    """This test ensures that both doses of a doubled hour have their zone beside the time, clear of the boxes."""
    start = midnight(AUTUMN[NEW_YORK], NEW_YORK)
    med = Medication("m", "Drug", every_hours="1", next_due=When("", start), dose="1 mg")
    (page, *_) = sheets_of(med, "2026-11-01T00:00:00", NEW_YORK)
    named = [t for t in page.fills if t.text in ("EDT", "EST")]
    assert [t.text for t in named] == ["EDT", "EST"]
    for text in named:
        assert not any(b.rect.grown(140).overlaps(text_rect(text)) for b in page.layout.boxes)


@pytest.mark.parametrize(("language", "words"), [("en", "TIME NOT IN DATA"), ("fr", "HEURE ABSENTE DES DONNÉES")])
def test_unknown_times_are_said(language: str, words: str) -> None:
    """This test ensures that an order without times has a row, and its row says that the time is not in the data."""
    (page, *_) = sheets_of(Medication("m", "Drug", dose="5 mg"), "2026-11-24T02:00:00", NEW_YORK, language)
    assert words in words_of(page)
    assert page.rows[0][1].times == ()


def test_a_missed_dose_is_asked_for() -> None:
    """This test ensures that a dose due before the data time and not charted is on the sheet, and said so."""
    med = Medication("m", "Drug", dose="5 mg", every_hours="8", next_due=at("2026-11-24T00:00", NEW_YORK))
    first, *others = sheets_of(med, "2026-11-24T02:00:00", NEW_YORK)
    assert "MISSED? ASK Tue 24 00:00" in words_of(first)
    assert [t[11:16] for _, row in first.rows for _, t in row.times] == ["00:00", "08:00", "16:00", "00:00"]
    assert not any("MISSED" in words_of(p) for p in others)


def test_a_weekly_drug_says_when_it_is_next_due_and_was_last_given() -> None:
    """This test ensures that an order with no dose today is on paper whole, with its last and its next dose."""
    med = Medication(
        "m",
        "Methotrexate",
        dose="15 mg",
        route="oral",
        frequency="weekly",
        times=("09:00",),
        days=("fri",),
        last_given=at("2026-11-20T09:00", NEW_YORK),
        next_due=at("2026-11-27T09:00", NEW_YORK),
        next_due_how="order",
    )
    pages = sheets_of(med, "2026-11-24T02:00:00", NEW_YORK)
    assert {p.form for p in pages} == {"MAR-X"}
    words = words_of(pages[0])
    for part in (
        "15 mg Methotrexate",
        "oral",
        "weekly",
        "last given 20-Nov-2026 09:00",
        "next Fri 27-Nov 09:00 (ordered)",
    ):
        assert part in words


def test_how_a_time_was_found_is_no_secret() -> None:
    """This test ensures that a time of the site's own and a calculated one are called so."""
    hows: tuple[Literal["site standard time", "calculated"], ...] = ("site standard time", "calculated")
    for how in hows:
        med = Medication(
            "m",
            "Drug",
            dose="1 mg",
            times=("09:00",),
            days=("fri",),
            next_due=at("2026-11-27T09:00", NEW_YORK),
            next_due_how=how,
        )
        assert f"({how})" in words_of(sheets_of(med, "2026-11-24T02:00:00", NEW_YORK)[0])
