"""Readings and reviewed pages for the tests of the store."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from hypothesis import strategies as st

from papermode.model import answers, reading
from papermode.model.answers import ReviewedPage
from papermode.model.claim import Claim
from papermode.model.packet import Subject
from papermode.model.reading import PageReading, PageStatus
from papermode.store import PageId

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PACKET = "01JDE5Q4G0ABCDEFGHJKMNPQRS"
OTHER = "01JDE5Q4G0ZZZZZZZZZZZZZZZZ"


@contextlib.contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a new folder, in memory where the system has that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of a name of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


def claim(serial: int, packet: str = PACKET, mrn: str = "00123456") -> Claim:
    return Claim("ABC123", "MERCY", packet, "VITALS", 3, "LAY012", serial, 9, mrn, "E-77", "4W", "ABCD")


def page_reading(index: int, serial: int | None = None, status: PageStatus = "read", value: str = "98") -> PageReading:
    """Return a reading of a claimed page, or of one that nobody knows."""
    found = (
        reading.Answer("spo2", "comb", value, "sure", 0.98, 1, 5),
        reading.Answer("pain", "mark", None, "unsure", 0.4),
    )
    if serial is None:
        return PageReading("heap.pdf", index, status)
    text = f"PM1 {serial}"
    return PageReading("heap.pdf", index, status, (), claim(serial), text, answers=found, written=True, trust="card")


def reviewed_page(image: str, serial: int, by: str = "rnash", packet: str = PACKET) -> ReviewedPage:
    answer = answers.Answer("spo2", "comb", "98", "entered", 1, 5, NOW, read="93", by=by, confirmed_at=NOW)
    return ReviewedPage(
        *(packet, serial, "VITALS", 3, "MERCY", "4W", Subject("00123456", "DOE, Jane", "1950-01-02"), "E-77"),
        *("Patient/1", "Encounter/1", NOW, (answer,), image, by, NOW),
    )


def page_id(text: str, index: int = 0) -> PageId:
    return PageId(text * (64 // len(text)), index)


def readings() -> st.SearchStrategy[PageReading]:
    """Return readings of every kind, with names of files that are no Unicode and fits that are infinite."""
    floats = st.floats(allow_nan=False)
    any_text = st.text(st.characters(exclude_categories=()), max_size=20)
    fits = st.none() | st.builds(reading.Fit, p95_mm=floats, edge_offset_mm=floats)
    found = st.lists(st.builds(reading.Answer, confidence=floats), max_size=4).map(tuple)
    return st.builds(PageReading, file=any_text, fit=fits, answers=found, claim=st.none() | st.from_type(Claim))


def reviewed_pages() -> st.SearchStrategy[ReviewedPage]:
    zones = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    times = st.datetimes(timezones=st.just(UTC) | zones)
    maybe = st.none() | times
    answer = st.builds(
        answers.Answer,
        confidence=st.floats(allow_nan=False),
        at=maybe,
        confirmed_at=maybe,
        origin=st.none() | st.from_type(answers.Origin),
    )
    some = st.lists(answer, max_size=4).map(tuple)
    return st.builds(ReviewedPage, printed_at=times, confirmed_at=times, answers=some)
