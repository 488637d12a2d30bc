"""A clerk's day: a heap of pages through the real processes and a real browser, to a bundle that says what was written."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.clerk_day.day import CLERKS, Day, run_day
from benchmarks.clerk_day.report import table

NOW = datetime.fromisoformat("2026-03-18T15:10:00-04:00")
"""One time for every run: with the computer's clock each would be another heap, and a finding could not be repeated."""
UNSEEN = 0.002
"""Share of the marks and numbers that the reader may take for empty boxes: faint pencil."""


def whole(day: Day) -> None:
    """Every image is somewhere, every value filed is the written one, and nothing waits."""
    assert day.checked.good, table(day)
    assert len(day.checked.missed) <= UNSEEN * day.checked.written, table(day)
    assert sum(day.states.values()) == sum(day.scanned.values()) == day.pages
    kinds = {"filed", "confirmed", "duplicate", "blank", "not-ours", "rescan"}
    assert set(day.states) <= kinds, "nothing is left in review"
    done = sum((w.done for w in day.work.values()), Counter[str]())
    assert day.states["filed"] + day.states["confirmed"] == done["confirmed"] + done["image only"]
    assert (day.states["duplicate"], day.states["blank"]) == (done["copy"], done["blank"])
    assert (day.states["not-ours"], day.states["rescan"]) == (done["foreign"], done["lost"])
    assert min(done[k] for k in ("copy", "blank", "foreign", "lost", "bind", "link")) > 0
    assert day.printed["filed"] == day.states["filed"]
    assert not day.printed["in review"]
    assert not day.printed["twice"]
    assert all(day.work[name].pages > 0 for name in CLERKS), "a second person was needed, and there was one"


def test_thirty_pages(browser: Browser, tmp_path: Path) -> None:
    """The clerk's day in small, at one time."""
    small(run_day(tmp_path, 30, browser=browser, now=NOW))


def small(day: Day) -> None:
    """A day of thirty pages, and that something of each kind was filed."""
    whole(day)
    assert day.checked.written > 40
    assert day.checked.observations > 5
    assert day.checked.administrations > 0


@pytest.mark.deep
@pytest.mark.parametrize("hour", range(24))
def test_at_every_hour(browser: Browser, tmp_path: Path, hour: int) -> None:
    """What is due, and so what is printed and written, is another thing at every hour."""
    small(run_day(tmp_path, 30, seed=hour, browser=browser, now=NOW + timedelta(hours=hour)))


@pytest.mark.deep
def test_five_hundred_pages(browser: Browser, tmp_path: Path) -> None:
    day = run_day(tmp_path, 500, browser=browser)
    print(table(day))  # noqa: T201 - it is what the run is for
    whole(day)
    assert day.checked.written > 1_000
    assert day.checked.observations > 100
    assert day.checked.administrations > 50
