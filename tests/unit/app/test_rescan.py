"""Sheets that are to be scanned again: each can be found in its heap until it has come, and none is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.app.account_lines import AccountLines
from papermode.app.reconcile import WAITING, Account, PageState, Rescan, Whereabouts, reconcile
from papermode.app.sheets import write_sheet
from papermode.model.reading import PageReading
from papermode.review.desk import DeskError
from papermode.review.queue import board
from papermode.review.values import ValueFaultError
from papermode.review.work import Work
from papermode.store import PageId, StoredPage
from tests.unit.app.bench import Bench, bench_of, reading, reserved_pages
from tests.wards import ZONE, Example

UNKNOWN = PageReading("", 0, "unreadable", ("print without any code",))


def account(bench: Bench) -> Account:
    return reconcile(bench.manifests, bench.store, bench.desk())


def state(bench: Bench, page: StoredPage) -> PageState:
    packet = next(p for p in account(bench).packets if p.packet == page.packet)
    return next(p for s in packet.sets for p in s.pages if p.page == page.entry["page"])


def aside(bench: Bench, sheet: str, outcome: str = "rescan", user: str = "Ana") -> None:
    work = Work(bench.desk())
    opened = work.open(sheet, user, "en")
    work.aside(opened, user, opened.state.count, outcome, sure=True)


def lane(bench: Bench) -> list[str]:
    desk = bench.desk()
    return [e.head.id for e in board(desk.heads(), desk.events(), "Ben").lane("rescan")]


def shown(bench: Bench, language: str, out: Path) -> tuple[list[str], str]:
    """Return what the screen shows, and what can be read on the sheet."""
    words = AccountLines(language, ZONE)
    lines = words.lines(account(bench))
    write_sheet(words.title, lines, out, language=words.language)
    pdf = pypdf.PdfReader(out)
    assert str(pdf.root_object["/Lang"]) == language
    return lines, " ".join(" ".join(p.extract_text() for p in pdf.pages).split())


def test_the_sheet_can_be_found_in_its_heap(bench: Bench, tmp_path: Path) -> None:
    """This test ensures that who, when, file and page are told on screen, on paper and in JSON, in both languages."""
    page = bench.page("MAR-S")
    first, second = bench.scan(UNKNOWN, reading(page))
    aside(bench, second)
    aside(bench, first, user="Ben")
    found = state(bench, page)
    assert (found.where, found.where in WAITING) == ("rescan", True)
    (image,) = found.rescans
    row = bench.store.page(PageId.parse(second))
    assert row is not None
    assert (image.file, image.index, image.by) == (row.file, 1, "Ana")
    assert image.at == datetime.fromisoformat(row.changed_at)
    whole = account(bench)
    assert [(r.file, r.index, r.by) for r in whole.rescans] == [(row.file, 0, "Ben")]
    assert whole.waits

    told = next(p for packet in whole.as_dict()["packets"] for s in packet["sets"] for p in s["pages"] if p["rescans"])
    assert told["rescans"] == [image.as_dict()]
    assert image.as_dict()["scan"] == second[:64]
    at = f"{image.at.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}"
    x, of = found.place
    for language, own, loose in (
        (
            "en",
            f"to be scanned again: MAR-S page {x} of {of}: {row.file} page 2, set aside by Ana at {at}",
            f"Also to be scanned again: {row.file} page 1, set aside by Ben at",
        ),
        (
            "fr",
            f"à numériser à nouveau : MAR-S page {x} de {of} : {row.file} page 2, mise de côté par Ana le {at}",
            f"À numériser à nouveau aussi : {row.file} page 1, mise de côté par Ben le",
        ),
    ):
        lines, paper = shown(bench, language, tmp_path / f"{language}.pdf")
        assert f"    {own}" in lines
        assert any(line.startswith(loose) for line in lines)
        assert own in paper
        assert loose in paper


def test_every_place_has_its_french() -> None:
    one = Rescan("a" * 64, "heap.pdf", 0, "Ana", datetime.fromisoformat("2026-11-24T08:00:00+00:00"))
    for where in get_args(Whereabouts):
        counts = AccountLines("fr", "UTC")._counts({where: 2})
        assert counts != AccountLines("en", "UTC")._counts({where: 2})
    assert AccountLines("de", "UTC").lines(Account((), (), (one,))) == AccountLines("en", "UTC").lines(
        Account((), (), (one,))
    )


def test_a_new_image_resolves_it_by_itself(bench: Bench) -> None:
    page = bench.page("MAR-S")
    (first,) = bench.scan(reading(page))
    aside(bench, first)
    assert lane(bench) == [first]
    (second,) = bench.scan(replace(reading(page), rotation=180))
    found = state(bench, page)
    assert (found.where, found.rescans, account(bench).rescans) == ("in review", (), ())
    assert lane(bench) == []
    aside(bench, second, "blank")
    assert state(bench, page).where == "rescan", "what came was not it"
    assert lane(bench) == [first]


def test_a_sheet_that_nobody_can_name_waits_until_somebody_says_that_it_came(bench: Bench) -> None:
    (first,) = bench.scan(UNKNOWN)
    aside(bench, first)
    bench.scan(reading(bench.page("MAR-S")))
    assert lane(bench) == [first], "nobody knows whether that was it"
    work = Work(bench.desk())
    with pytest.raises(ValueFaultError):
        work.aside(work.open(first, "Ben", "en"), "Ben", 1, "rescan")
    aside(bench, first, "replaced", "Ben")
    assert (lane(bench), account(bench).rescans) == ([], ())
    with pytest.raises(ValueFaultError):
        work.aside(work.open(first, "Ben", "en"), "Ben", 2, "duplicate")


def test_a_copy_of_a_master_is_not_resolved_by_another_copy(bench: Bench) -> None:
    pages = [p for p in bench.manifests.pages() if p.entry["form"] == "ADMIT" and not p.entry["encounter"]]
    (first,) = bench.scan(reading(pages[0]))
    aside(bench, first)
    bench.scan(reading(pages[0]))
    assert lane(bench) == [first]
    assert [r.scan for r in account(bench).rescans] == [first[:64]]


def test_the_second_sheet_of_a_number_counts_while_it_is_to_be_scanned_again(bench: Bench) -> None:
    """This test ensures that a bad picture of the second person's sheet does not bind the first person's pages."""
    page = reserved_pages(bench)[0]
    first, second = bench.scan(reading(page), reading(page))
    aside(bench, second)
    desk = bench.desk()
    assert (desk.head(first).alarm, lane(bench)) == (True, [second])
    (third,) = bench.scan(reading(page))
    assert lane(bench) == []
    assert bench.desk().head(first).alarm
    aside(bench, third, "duplicate")
    assert lane(bench) == [second], "the later image was not it"


def test_one_sheet_scanned_again_is_no_second_sheet(bench: Bench) -> None:
    page = reserved_pages(bench)[0]
    (first,) = bench.scan(reading(page))
    aside(bench, first)
    (second,) = bench.scan(reading(page))
    assert not bench.desk().head(second).alarm
    assert lane(bench) == []


OUTCOMES = ("rescan", "duplicate", "replaced", "blank", "not-ours")


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(("scan", "aside", "undo")), st.integers(0, 7)), max_size=20))
def test_no_sheet_to_be_scanned_again_is_nowhere(example: Example, steps: list[tuple[str, int]]) -> None:
    """This test ensures that each waits in one place of the account, or another image of its page stands for it."""
    with bench_of(example) as bench:
        page, work = bench.page("MAR-S"), Work(bench.desk())
        sheets = bench.scan(UNKNOWN, reading(page))
        for what, which in steps:
            sheet = sheets[which % len(sheets)]
            opened = work.open(sheet, "Ana", "en")
            try:
                if what == "scan":
                    sheets += bench.scan(UNKNOWN if which % 3 == 0 else reading(page))
                elif what == "aside":
                    work.aside(opened, "Ana", opened.state.count, OUTCOMES[which % 5], sure=True)
                else:
                    work.undo(opened, "Ana", opened.state.count)
            except (DeskError, ValueFaultError):
                continue
        whole = account(bench)
        told = [r for p in whole.packets for s in p.sets for q in s.pages for r in q.rescans] + list(whole.rescans)
        rows = bench.store.pages()
        wanted = [r for r in rows if r.settled == "rescan"]
        others = any(r.packet is not None and r.state != "settled" for r in rows)
        assert sorted(f"{r.scan}-{r.index}" for r in told) == sorted(
            str(r.page) for r in wanted if r.packet is None or not others
        )
        assert sorted(lane(bench)) == sorted(f"{r.scan}-{r.index}" for r in told)
        assert whole.waits or not told
