"""Readings and reviewed pages survive the journal exactly."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given

from papermode.errors import StoreError
from papermode.model.answers import ReviewedPage
from papermode.model.reading import Fit, PageReading
from papermode.store import place_of, reading_from, reviewed_from, to_json
from papermode.store.journal import START, line_of
from tests.unit.store import samples


def through_a_line(value: object) -> object:
    line, _ = line_of({"value": to_json(value)}, START)
    return json.loads(line)["r"]["value"]


def same_types(a: object, b: object) -> bool:
    if type(a) is not type(b) and not (isinstance(a, float | int) and isinstance(b, float | int)):
        return False
    if is_dataclass(a) and is_dataclass(b):
        return all(same_types(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same_types, a, b))
    return True


@given(samples.readings())
def test_a_reading_comes_back(reading: PageReading) -> None:
    back = reading_from(through_a_line(reading))
    assert back == reading
    assert same_types(back, reading)


@given(samples.reviewed_pages())
def test_a_reviewed_page_comes_back(page: ReviewedPage) -> None:
    back = reviewed_from(through_a_line(page))
    assert back == page
    assert back.confirmed_at.utcoffset() == page.confirmed_at.utcoffset()
    assert [a.at and a.at.utcoffset() for a in back.answers] == [a.at and a.at.utcoffset() for a in page.answers]


def test_a_page_without_any_anchor_is_infinitely_far_off() -> None:
    reading = PageReading("a", 0, "review", fit=Fit(float("inf"), 0, 9))
    assert reading_from(through_a_line(reading)) == reading


def test_defaults_are_not_written() -> None:
    assert to_json(PageReading("a", 0, "blank")) == {"file": "a", "index": 0, "status": "blank"}


@pytest.mark.parametrize(
    "record", [None, [], {}, {"file": "a", "index": "0", "status": "read"}, {"file": "a", "index": 0, "status": "half"}]
)
def test_what_is_no_reading_is_told(record: object) -> None:
    with pytest.raises(StoreError, match="E819"):
        reading_from(record)


def test_an_unknown_record_shows_no_value() -> None:
    with pytest.raises(StoreError) as caught:
        reading_from({"file": "Doe, Jane 00123456.pdf", "index": "Doe", "status": "read", "claim": {"mrn": "00123456"}})
    assert "Doe" not in str(caught.value)
    assert "00123456" not in str(caught.value)


def test_what_the_model_does_not_have_is_not_written() -> None:
    with pytest.raises(TypeError, match="set"):
        to_json({"a": {1}})


def test_the_place_of_a_reading() -> None:
    assert place_of(samples.page_reading(0, 7)) == (samples.PACKET, 7)
    assert place_of(PageReading("a", 0, "review", locator_text=f"PML1 {samples.PACKET} 12 ABCDEF")) == (
        samples.PACKET,
        12,
    )
    assert place_of(PageReading("a", 0, "review", locator_text="PML1 nonsense")) is None
    assert place_of(PageReading("a", 0, "foreign")) is None
