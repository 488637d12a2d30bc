"""A printed page that comes again: more writing on it, another sheet of one number, a copy scanned twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papermode.app.batch import (
    MASTER,
    MASTER_AGAIN,
    TWICE,
    Recorded,
    report_of,
    same_writing,
    told_twice,
    with_earlier,
)
from papermode.app.rebuild import Rebuilt
from papermode.app.sites import shipped_library
from papermode.errors import StoreError
from papermode.model.reading import PageReading
from papermode.review.work import AGAIN, DIFFERS, IN_PLACE, SureError, Work
from papermode.scan.identity import OTHER_CODE, UNSIGNED_CODE
from papermode.scan.tripwires import LABELLED, NAME_TOUCHED
from papermode.store import PageId
from papermode.store.fold import FilingStep
from tests.unit.app.bench import Bench, reading, reserved_pages, settled

FILING: tuple[FilingStep, ...] = ("intent", "filed")
DOSE = ("mar.status", 1, 1)
TIME = ("mar.time", 1, 1)


def finish_page(work: Work, sheet: str, user: str) -> None:
    """Confirm a page in which nothing is in doubt."""
    opened = work.open(sheet, user, "en")
    work.confirm(opened, user, opened.state.count, "en")


def filed(bench: Bench) -> tuple[Work, str]:
    """Return a page that was filed with nothing on it."""
    (sheet,) = bench.scan(replace(reading(bench.page("MAR-S")), written=False))
    work = Work(bench.desk())
    finish_page(work, sheet, "Ana")
    page = PageId.parse(sheet)
    for step in FILING:
        bench.store.record_filed(page, "Ana", step, "x")
    return work, sheet


def test_writing_that_came_after_the_filing_takes_the_place(bench: Bench) -> None:
    work, first = filed(bench)
    (second,) = bench.scan(settled(bench.page("MAR-S"), {DOSE: "given", TIME: "0805"}))
    assert work.desk.head(second).rival == first
    opened = work.open(second, "Ben", "en")
    with pytest.raises(SureError, match=IN_PLACE):
        work.confirm(opened, "Ben", 0, "en")
    assert work.desk.events(second) == (), "a question is no decision"
    work.confirm(opened, "Ben", 0, "en", sure=True)
    assert work.desk.head(first).state == "aside"
    ((page, reviewed),) = bench.store.to_file()
    assert str(page) == second
    assert {(a.link_id, a.row, a.column): a.value for a in reviewed.answers}[DOSE] == "given"
    work.undo(work.open(second, "Ben", "en"), "Ben", 1)
    assert work.desk.head(second).state == "open", "it waits again, and is not lost"


def test_other_writing_is_not_thrown_away_by_one_key(bench: Bench) -> None:
    work, first = filed(bench)
    (second,) = bench.scan(settled(bench.page("MAR-S"), {DOSE: "given"}))
    assert TWICE in work.desk.head(second).why
    for outcome in ("duplicate", "replaced"):
        with pytest.raises(SureError, match="different writing"):
            work.aside(work.open(second, "Ben", "en"), "Ben", 0, outcome)
    assert DIFFERS.startswith("This printed page came twice")
    assert work.desk.head(first).state == "filed"


def test_what_is_on_its_way_does_not_give_way(bench: Bench) -> None:
    work, first = filed(bench)
    (second,) = bench.scan(settled(bench.page("MAR-S"), {DOSE: "given", TIME: "0805"}))
    finish_page(work, first, "Ana")
    bench.store.record_filed(PageId.parse(first), "Ana", "intent", "x")
    opened = work.open(second, "Ben", "en")
    with pytest.raises(StoreError, match="E816"):
        work.confirm(opened, "Ben", 0, "en", sure=True)
    assert bench.store.index.page(PageId.parse(first)).state == "sending"  # type: ignore[union-attr]


def test_a_number_of_two_people_binds_none_of_its_pages(bench: Bench) -> None:
    """This test ensures that no page follows the link of a reserved number once any of its pages came on two sheets."""
    one, other = reserved_pages(bench)[:2]
    (first,) = bench.scan(reading(one))
    work = Work(bench.desk())
    mrn = bench.page("MAR-S").entry["mrn"]
    work.link(work.open(first, "Ana", "en"), "Ana", 0, mrn)
    work.witness_link(work.open(first, "Ben", "en"), "Ben", 1, yes=True)
    side_two, again = bench.scan(reading(other), reading(one))
    assert {work.open(s, "Ben", "en").phase for s in (first, side_two, again)} == {"bind"}
    people = [p.entry["mrn"] for p in bench.manifests.pages() if p.entry["mrn"]]
    for sheet, whose in ((first, people[0]), (again, people[-1])):
        count = work.open(sheet, "Ana", "en").state.count
        work.bind(work.open(sheet, "Ana", "en"), "Ana", count, whose, None, "en")
        work.witness(work.open(sheet, "Ben", "en"), "Ben", count + 1, yes=True)
        finish_page(work, sheet, "Ben")
    assert len({p.subject.mrn for _, p in bench.store.to_file() if p.subject}) == 2, "both sheets are filed"


def test_pages_confirmed_under_a_link_that_is_taken_back_ask_again(bench: Bench) -> None:
    pages = reserved_pages(bench)[:2]
    one, two = bench.scan(*map(reading, pages))
    work = Work(bench.desk())
    wrong, right = sorted({p.entry["mrn"] for p in bench.manifests.pages() if p.entry["mrn"]})[:2]
    work.link(work.open(one, "Ana", "en"), "Ana", 0, wrong)
    work.witness_link(work.open(one, "Ben", "en"), "Ben", 1, yes=True)
    finish_page(work, two, "Ben")
    assert work.open(two, "Ben", "en").phase == "done"
    work.undo(work.open(one, "Ben", "en"), "Ben", 2)
    assert list(bench.store.to_file()) == []
    work.undo(work.open(one, "Ana", "en"), "Ana", 3)
    work.link(work.open(one, "Ana", "en"), "Ana", 4, right)
    work.witness_link(work.open(one, "Ben", "en"), "Ben", 5, yes=True)
    assert work.open(two, "Ben", "en").phase == "fields"
    for sheet in (one, two):
        finish_page(work, sheet, "Ben")
    assert [p.subject.mrn for _, p in bench.store.to_file() if p.subject] == [right, right]


def test_a_page_filed_under_a_link_that_was_wrong_is_asked_about(bench: Bench) -> None:
    (sheet,) = bench.scan(reading(reserved_pages(bench)[0]))
    work = Work(bench.desk())
    wrong, right = sorted({p.entry["mrn"] for p in bench.manifests.pages() if p.entry["mrn"]})[:2]
    work.link(work.open(sheet, "Ana", "en"), "Ana", 0, wrong)
    (other,) = bench.scan(reading(reserved_pages(bench)[1]))
    work.witness_link(work.open(other, "Ben", "en"), "Ben", 0, yes=True)
    finish_page(work, other, "Ben")
    for step in FILING:
        bench.store.record_filed(PageId.parse(other), "Ben", step, "x")
    assert work.open(other, "Ben", "en").phase == "done"
    work.undo(work.open(sheet, "Ana", "en"), "Ana", 1)
    work.link(work.open(sheet, "Ana", "en"), "Ana", 2, right)
    work.witness_link(work.open(sheet, "Ben", "en"), "Ben", 3, yes=True)
    assert work.open(other, "Ben", "en").phase == "fields", "it is with the wrong patient"


@pytest.mark.parametrize("why", [LABELLED, NAME_TOUCHED, OTHER_CODE, UNSIGNED_CODE])
def test_what_may_be_another_patients_page_is_asked_about_first(bench: Bench, why: str) -> None:
    (sheet,) = bench.scan(replace(settled(bench.page("MAR-S"), {DOSE: "given"}), status="review", why=(why,)))
    assert Work(bench.desk()).open(sheet, "Ana", "en").phase == "question"


def master(bench: Bench, value: str) -> PageReading:
    pages = [p for p in bench.manifests.pages() if not p.entry["mrn"] and not p.entry["encounter"] and p.layout.boxes]
    page = next(p for p in pages if p.entry["form"] == "ADMIT")
    key = next(b.key for b in page.layout.boxes if b.kind == "mark" and b.value == value)
    return replace(settled(page, {key: value}), status="review", why=(MASTER,))


def test_a_copy_that_was_scanned_twice_is_told_and_asked_about(bench: Bench) -> None:
    first = master(bench, "male")
    told = told_twice([first, replace(first, rotation=180), master(bench, "female")])
    assert [MASTER_AGAIN in r.why for r in told] == [True, True, False]
    (one, _) = bench.scan(*told[:2])
    work = Work(bench.desk())
    work.bind(work.open(one, "Ana", "en"), "Ana", 0, bench.page("MAR-S").entry["mrn"], None, "en")
    work.witness(work.open(one, "Ben", "en"), "Ben", 1, yes=True)
    with pytest.raises(SureError, match=AGAIN[:40]):
        finish_page(work, one, "Ben")


def test_a_wards_own_page_that_came_twice_is_named(bench: Bench) -> None:
    """This test ensures that a cover or log is no copy master, though it names nobody: in one scan, and over two."""
    page = bench.page("LOG", bound=False)
    one, other = (replace(reading(page, written=False), file=f"{n}.pdf") for n in (1, 2))
    rebuilt = Rebuilt(shipped_library)
    report = report_of([one, other], bench.manifests, rebuilt)
    assert [(d["page"], d["same"], len(d["images"])) for d in report.duplicates] == [(page.entry["page"], True, 2)]
    report = report_of([one], bench.manifests, rebuilt)
    before = {(page.packet, page.entry["page"]): [("0.pdf", 0)]}
    with_earlier(report, Recorded(1, {}, before), rebuilt)
    assert [(d["page"], d["same"], len(d["images"])) for d in report.duplicates] == [(page.entry["page"], True, 2)]


def test_given_without_a_time_waits_for_a_person(bench: Bench) -> None:
    page = bench.page("MAR-S")
    given, timed, not_given, struck = bench.scan(
        settled(page, {DOSE: "given"}),
        settled(page, {DOSE: "given", TIME: "0805"}),
        settled(page, {DOSE: "not-given"}),
        settled(page, {DOSE: "given", ("mar.void", 1, 1): "void"}),
    )
    desk = bench.desk()
    assert [desk.head(s).doubts for s in (given, timed, not_given, struck)] == [1, 0, 0, 0]
    (field,) = [f for f in desk.sheet(given, "en").fields if f.state == "unsure"]
    assert field.key == TIME


def comb(bench: Bench, value: str | None, confidence: float) -> PageReading:
    given = reading(bench.page("VITALS"))
    key = next((a.link_id, a.row, a.column) for a in given.answers if a.kind == "comb" and a.link_id == "v.resp")
    answers = tuple(
        replace(a, value=value, state="unsure", confidence=confidence) if (a.link_id, a.row, a.column) == key else a
        for a in given.answers
    )
    return replace(given, answers=answers)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("18", 0.99), ("18", 0.98), True),
        (("18", 0.99), ("31", 0.99), False),
        (("18", 0.99), ("31", 0.60), False),
        (("18", 0.99), (None, 0.0), True),
    ],
)
def test_numbers_tell_two_sheets_apart(
    bench: Bench, one: tuple[str, float], other: tuple[str | None, float], same: bool
) -> None:
    assert same_writing(comb(bench, *one), comb(bench, *other)) is same
