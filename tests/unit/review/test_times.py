"""What a person is told of a written time: the clocks of the shipped forms, on the fields of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from papermode.app.desk_fields import NO_BINDINGS, TIME_DOUBTS, Bindings, FieldMaker
from papermode.export.policy import load_policy
from papermode.export.times import Why
from papermode.geometry import Rect
from papermode.model.layout import Box, Layout
from papermode.review.desk import Field, Key, TimeDoubt, Value
from tests.wards import library

PRINTED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""22:00 in New York."""


def maker() -> FieldMaker:
    return FieldMaker(library(), load_policy(), "America/New_York")


def layout_of(places: Sequence[tuple[str, int | None, int | None]]) -> Layout:
    boxes = [
        Box(link_id, "comb", Rect(0, 1000 * n, 900, 700), row=row, column=column, cells=4)
        for n, (link_id, row, column) in enumerate(places)
    ]
    return Layout((21000, 29700), (), (), (), tuple(boxes))


def fields_of(
    form: str, *places: tuple[str, int | None, int | None], bindings: Bindings = NO_BINDINGS
) -> dict[str, Field]:
    made = maker().fields(layout_of(places), (form, 1), bindings, (), "en")
    return {f.link_id: f for f in made}


def told(
    form: str,
    texts: dict[str, str],
    row: int | None,
    column: int | None,
    hours: float,
    bindings: Bindings = NO_BINDINGS,
) -> TimeDoubt | None:
    found = fields_of(form, *((name, row, column) for name in texts), bindings=bindings)
    (clock,) = [f.clock for f in found.values() if f.clock is not None]
    values = {(name, row, column): text for name, text in texts.items()}
    return clock.doubt(values, PRINTED, PRINTED + timedelta(hours=hours))


def test_every_doubt_has_its_sentence() -> None:
    assert set(TIME_DOUBTS) == set(get_args(Why))


def test_a_clock_begins_in_one_field() -> None:
    found = fields_of("VITALS", ("v.hour", None, 1), ("v.minute", None, 1), ("v.pulse", None, 1))
    assert [name for name, f in found.items() if f.clock is not None] == ["v.hour"]
    assert fields_of("MAR-S", ("mar.time", 1, 1))["mar.time"].clock is not None
    assert fields_of("ADMIT", ("adm.weight", None, None))["adm.weight"].clock is None


@pytest.mark.parametrize(
    ("hours", "hour", "minute", "why"),
    [
        (14, "23", "30", None),
        (14, "21", "30", "outside"),
        (60, "08", "05", "several-days"),
        (14, "29", "30", "unreadable"),
        (14, "23", "", None),
        (-1, "21", "30", None),
    ],
)
def test_a_column_of_vital_signs(hours: float, hour: str, minute: str, why: str | None) -> None:
    expected = TIME_DOUBTS[why] if why else None
    assert told("VITALS", {"v.hour": hour, "v.minute": minute}, None, 1, hours) == expected


@pytest.mark.parametrize(("day", "why"), [("25", None), ("", "several-days"), ("28", "outside"), ("x", "unreadable")])
def test_a_day_box_makes_one_day_of_several(day: str, why: str | None) -> None:
    texts = {"v.hour": "08", "v.minute": "05", "v.day": day}
    assert told("VITALS-N", texts, None, 1, 60) == (TIME_DOUBTS[why] if why else None)


@pytest.mark.parametrize(("time", "why"), [("0812", None), ("2130", "far-from-due"), ("0175", "unreadable")])
def test_a_dose_beside_its_printed_time(time: str, why: str | None) -> None:
    due = datetime.fromisoformat("2026-11-24T08:00:00-05:00")
    for place in ((1, 2), (0, 2)):  # its own time, or that of the column
        bindings = Bindings({1: ("MedicationRequest/m", "1 g")}, {place: due})
        assert told("MAR-S", {"mar.time": time}, 1, 2, 24, bindings) == (TIME_DOUBTS[why] if why else None)


def test_the_hour_that_came_twice() -> None:
    found = fields_of("VITALS", ("v.hour", None, 1), ("v.minute", None, 1))
    clock = found["v.hour"].clock
    assert clock is not None
    printed = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    for hour, expected in (("01", TIME_DOUBTS["clock-change"]), ("02", None)):
        values: dict[Key, Value] = {("v.hour", None, 1): hour, ("v.minute", None, 1): "30"}
        assert clock.doubt(values, printed, printed + timedelta(hours=14)) == expected
