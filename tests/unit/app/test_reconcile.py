"""Where every printed page is: nothing that waits is called done, and nothing that is lost is called set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from papermode.app.batch import TWICE
from papermode.app.reconcile import Account, PageState, reconcile
from papermode.errors import StoreError
from papermode.model.reading import PageReading
from papermode.review.finish import open_fields
from papermode.review.work import Work
from papermode.store import FilingStep, Manifests, PageId, Settlement, SiteStore, StoredPage
from tests.unit.app.bench import PICTURE, Bench, reading, settled

FILING: tuple[FilingStep, ...] = ("intent", "filed")


def states(account: Account) -> Iterator[PageState]:
    for packet in account.packets:
        for one in packet.sets:
            yield from one.pages


def where(bench: Bench, page: StoredPage) -> str:
    account = reconcile(bench.manifests, bench.store, bench.desk(), page.packet)
    return next(p.where for p in states(account) if p.page == page.entry["page"])


def confirm(bench: Bench, sheet: str) -> None:
    work = Work(bench.desk())
    opened = work.open(sheet, "Ana", "en")
    work.confirm(opened, "Ana", opened.state.count, "en", sure=True)


def file(bench: Bench, sheet: str) -> None:
    confirm(bench, sheet)
    for step in FILING:
        bench.store.record_filed(PageId.parse(sheet), "Ana", step, "x")


def again(page: StoredPage, *, other: bool) -> PageReading:
    """Another image of a page; with other writing the reader says so."""
    return replace(reading(page), status="review", why=(TWICE,)) if other else reading(page)


def put(bench: Bench, *readings: PageReading) -> list[str]:
    """Store readings as they are, whatever the batch would say of them."""
    file = bench.store.receive_bytes(repr(len(bench.store.index.files())).encode(), "heap.pdf", "scanner")
    picture = bench.store.scans.put(PICTURE)
    found = [replace(r, index=i, picture=picture) for i, r in enumerate(readings)]
    return [str(p) for p in bench.store.record_scan(file, found, "scanner")]


@pytest.mark.parametrize("done", [confirm, file])
def test_a_finished_page_with_other_writing_in_the_queue_is_not_done(
    bench: Bench, done: Callable[[Bench, str], None]
) -> None:
    page = bench.page("MAR-S")
    (first,) = put(bench, reading(page))
    done(bench, first)
    is_done = where(bench, page)
    assert is_done in ("filed", "confirmed")
    put(bench, again(page, other=False))
    assert where(bench, page) == is_done, "the same writing is the same page"
    (other,) = put(bench, again(page, other=True))
    assert where(bench, page) == "twice"
    bench.store.settle_page(PageId.parse(other), "Ana", "duplicate")
    assert where(bench, page) == is_done


def test_images_that_nobody_has_looked_at(bench: Bench) -> None:
    page = bench.page("MAR-S")
    assert where(bench, page) == "out"
    put(bench, reading(page))
    assert where(bench, page) == "in review"
    put(bench, again(page, other=False))
    assert where(bench, page) == "twice"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["rescan"], "rescan"),
        (["duplicate", "rescan"], "rescan"),
        (["rescan", "duplicate"], "rescan"),
        (["rescan", "blank"], "rescan"),
        (["duplicate", "blank"], "set aside"),
        (["not-ours"], "set aside"),
    ],
)
def test_a_page_to_be_scanned_again_is_not_done(bench: Bench, outcomes: list[Settlement], expected: str) -> None:
    page = bench.page("MAR-S")
    for sheet, outcome in zip(put(bench, *(reading(page) for _ in outcomes)), outcomes, strict=True):
        bench.store.settle_page(PageId.parse(sheet), "Ana", outcome)
    assert where(bench, page) == expected


def test_a_page_that_was_scanned_again_is_where_its_later_image_is(bench: Bench) -> None:
    page = bench.page("MAR-S")
    (first,) = put(bench, reading(page))
    bench.store.settle_page(PageId.parse(first), "Ana", "rescan")
    (second,) = put(bench, reading(page))
    assert where(bench, page) == "in review"
    confirm(bench, second)
    assert where(bench, page) == "confirmed"


def census(bench: Bench) -> StoredPage:
    return next(p for p in bench.manifests.pages() if p.entry["form"] == "COVER" and p.entry["rows"])


def of_row(bench: Bench, page: StoredPage, row: int) -> set[str]:
    """Where the pages of the patient are that a row of the census names."""
    text = page.entry["rows"][str(row)]["text"]
    account = reconcile(bench.manifests, bench.store, bench.desk(), page.packet)
    sets = [s for p in account.packets for s in p.sets if s.mrn and s.mrn in text]
    assert sets
    return {p.where for s in sets for p in s.pages}


def test_the_census_closes_the_pages_of_who_has_left(bench: Bench) -> None:
    """By the shipped policy; and what it says is what a person has confirmed."""
    page = census(bench)
    read = settled(page, {("census.where", 1, None): "died", ("census.where", 2, None): "here"})
    unsure = [replace(a, value="moved", state="unsure") if a.row == 3 else a for a in read.answers]
    answers = tuple(a if a.link_id == "census.where" else b for a, b in zip(unsure, read.answers, strict=True))
    (sheet,) = put(bench, replace(read, answers=answers))
    assert of_row(bench, page, 1) == {"out"}, "nobody has confirmed it"
    work = Work(bench.desk())
    opened = work.open(sheet, "Ana", "en")
    assert [f.key for f in open_fields(opened.sheet, opened.state)] == [("census.where", 3, None)]
    work.answer(opened, "Ana", opened.state.count, ("census.where", 3, None), "here", "entered", sure=True)
    confirm(bench, sheet)
    assert [of_row(bench, page, row) for row in (1, 2, 3)] == [{"closed"}, {"out"}, {"out"}]
    for step in FILING:
        bench.store.record_filed(PageId.parse(sheet), "Ana", step, "x")
    assert of_row(bench, page, 1) == {"closed"}
    confirm(bench, sheet)
    bench.store.reopen_page(PageId.parse(sheet), "Ana")
    assert of_row(bench, page, 1) == {"out"}, "the confirmation was taken back"


def test_pages_are_named_as_their_sheets_name_them(bench: Bench) -> None:
    account = reconcile(bench.manifests, bench.store, bench.desk())
    entries = [e for p in account.packets for e in bench.manifests.packets[p.packet]["pages"]]
    assert [p.place for p in states(account)] == [tuple(e["set"]) for e in entries]
    shown = account.packets[0].as_dict()["sets"][1]["pages"]
    assert [p["set"] for p in shown] == [[n + 1, len(shown)] for n in range(len(shown))]


def test_what_cannot_be_accounted_for_is_told(bench: Bench) -> None:
    page = bench.page("MAR-S")
    put(bench, reading(page), reading(page))
    assert reconcile(bench.manifests, bench.store, bench.desk()).faults == ()
    here = next(p for p in bench.manifests.packets if p != page.packet)
    elsewhere = Manifests(tuple(p.folder for p in bench.example.printed if p.packet == here))
    (fault,) = reconcile(elsewhere, bench.store, bench.desk()).faults
    assert (fault.code, page.packet in fault.place, "2 images" in fault.fault) == ("E823", True, True)
    assert [f.code for f in reconcile(Manifests(()), bench.store, bench.desk()).faults] == ["E823"]
    assert reconcile(elsewhere, bench.store, bench.desk(), here).faults == ()
    (fault,) = reconcile(bench.manifests, bench.store, bench.desk(), "NOPE").faults
    assert (fault.code, fault.place) == ("E822", "packet NOPE")


def test_a_site_without_packets_and_scans_is_no_empty_account(bench: Bench) -> None:
    assert [f.code for f in reconcile(Manifests(()), bench.store, bench.desk()).faults] == ["E822"]


def test_there_is_no_account_of_a_part_of_the_journal(bench: Bench) -> None:
    put(bench, reading(bench.page("MAR-S")))
    desk = bench.desk()
    path = bench.store.journal.path
    path.write_bytes(path.read_bytes().replace(b'"index":0', b'"index":7', 1))
    bench.store.close()
    bench.store.index.path.unlink()
    with pytest.raises(StoreError, match="E812"):
        reconcile(bench.manifests, SiteStore(bench.store.folder), desk)
