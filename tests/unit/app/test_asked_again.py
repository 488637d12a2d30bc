"""No finished page is sent, or called done, about which review asks people again: as long, and no longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.app.read_batch import Sources
from papermode.app.reconcile import reconcile
from papermode.app.send import FileTarget, Sent, send
from papermode.app.sites import open_site
from papermode.errors import StoreError
from papermode.export.fhirjson import loads
from papermode.export.filed import IN_ERROR
from papermode.model.answers import ReviewedPage
from papermode.review.desk import DeskError
from papermode.review.finish import reviewed
from papermode.review.values import ValueFaultError
from papermode.review.work import Opened, Work
from papermode.store import FINISHED, PageId, StoredPage
from tests.unit.app.bench import Bench, bench_of, reading, reserved_pages, settled
from tests.wards import Example

DOSE, TIME = ("mar.status", 1, 1), ("mar.time", 1, 1)


@dataclass
class Ward:
    """A site at work: sheets come in, two people review, and somebody sends."""

    bench: Bench
    target: Any = None
    sheets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.target = FileTarget(self.bench.site / "out.json")
        self.work = Work(self.bench.desk())
        self.people = sorted({p.entry["mrn"] for p in self.bench.manifests.pages() if p.entry["mrn"]})[:2]

    def scan(self, *pages: StoredPage) -> None:
        self.sheets += self.bench.scan(*map(reading, pages))

    def open(self, sheet: str, user: str = "Ana") -> Opened:
        return self.work.open(sheet, user, "en")

    def link(self, sheet: str, mrn: str) -> None:
        """Name the patient of a reserved number, by two people."""
        self.work.link(self.open(sheet), "Ana", self.open(sheet).state.count, mrn)
        self.work.witness_link(self.open(sheet, "Ben"), "Ben", self.open(sheet).state.count, yes=True)

    def bind(self, sheet: str, mrn: str) -> None:
        """Say by hand whose a sheet is, by one person."""
        self.work.bind(self.open(sheet), "Ana", self.open(sheet).state.count, mrn, None, "en")

    def witness(self, sheet: str) -> None:
        self.work.witness(self.open(sheet, "Ben"), "Ben", self.open(sheet).state.count, yes=True)

    def confirm(self, sheet: str, user: str = "Ben") -> None:
        self.work.confirm(self.open(sheet, user), user, self.open(sheet).state.count, "en", sure=True)

    def send(self, target: Any = None) -> Sent:
        site = open_site(self.bench.site)
        sources = Sources.of(site.site, [self.bench.example.out])
        return send(site, self.bench.store, target or self.target, user="Ana", sources=sources)

    def sent(self) -> dict[str, str]:
        """Return what the bundle has of the pages: key -> status of the page's picture."""
        found = (e["resource"] for e in loads(self.target.path.read_bytes()).get("entry", []))
        return {r["identifier"][0]["value"]: r["status"] for r in found if r["resourceType"] == "DocumentReference"}

    def state(self, sheet: str) -> str:
        row = self.bench.store.page(PageId.parse(sheet))
        assert row is not None
        return row.state

    def where(self, page: StoredPage) -> str:
        account = reconcile(self.bench.manifests, self.bench.store, self.bench.desk(), page.packet)
        (found,) = (p for one in account.packets for s in one.sets for p in s.pages if p.page == page.entry["page"])
        return found.where


@pytest.fixture
def ward(bench: Bench) -> Ward:
    return Ward(bench)


def waiting(sent: Sent) -> list[tuple[int, str]]:
    return [(x.page, x.reason) for x in sent.left_out if x.waits]


def key(page: StoredPage) -> str:
    return f"{page.packet}/{page.entry['page']}"


def number(page: StoredPage) -> int:
    return int(page.entry["page"])


def linked(ward: Ward) -> tuple[Sequence[StoredPage], str, str]:
    """Two pages of a reserved number, confirmed under one link."""
    pages = reserved_pages(ward.bench)[:2]
    ward.scan(*pages)
    one, two = ward.sheets
    ward.link(one, ward.people[0])
    ward.confirm(one)
    ward.confirm(two)
    return pages, one, two


def test_pages_of_a_number_that_two_people_have_wait_until_each_is_settled(ward: Ward) -> None:
    pages, one, two = linked(ward)
    ward.scan(pages[0])  # the second person's sheet of the same page
    sent = ward.send()
    assert (sent.pages, ward.sent()) == (0, {})
    assert sorted(waiting(sent)) == [(number(p), "whose-again") for p in pages]
    assert "papermode review" in sent.left_out[0].words
    assert (ward.state(one), ward.state(two)) == ("confirmed", "confirmed")
    assert [ward.where(p) for p in pages] == ["twice", "in review"]

    ward.bind(two, ward.people[1])
    assert ward.open(two, "Ben").phase == "witness", "one person alone does not settle it"
    assert sorted(waiting(ward.send())) == [(number(p), "whose-again") for p in pages]
    ward.witness(two)
    assert (number(pages[1]), "changed-again") in waiting(ward.send()), "it was confirmed for somebody else"
    ward.confirm(two)
    assert waiting(ward.send()) == [(number(pages[0]), "whose-again")]
    assert ward.sent() == {key(pages[1]): "current"}

    ward.bind(one, ward.people[0])
    ward.witness(one)
    assert waiting(ward.send()) == [], "it was confirmed for this person"
    assert ward.sent() == {key(p): "current" for p in pages}
    assert ward.where(pages[1]) == "filed"


def test_a_second_sheet_that_is_set_aside_is_no_second_person(ward: Ward) -> None:
    pages, one, _ = linked(ward)
    ward.scan(pages[0])
    assert len(waiting(ward.send())) == 2
    again = ward.sheets[-1]
    ward.work.aside(ward.open(again), "Ana", 0, "duplicate", sure=True)
    assert waiting(ward.send()) == []
    assert ward.state(one) == "filed"
    assert ward.sent() == {key(p): "current" for p in pages}


def test_what_was_filed_stands_until_somebody_says_otherwise(ward: Ward) -> None:
    pages, one, two = linked(ward)
    ward.send()
    ward.scan(pages[0])
    sent = ward.send()
    assert (sent.pages, sent.taken_back, ward.sent()) == (0, {}, {}), "neither sent again nor taken back"
    assert len(waiting(sent)) == 2
    assert [ward.where(p) for p in pages] == ["twice", "in review"], "not called filed and done"
    ward.bind(two, ward.people[1])
    ward.witness(two)
    ward.confirm(two)
    assert ward.send().taken_back == {"DocumentReference": 1}, "it was filed for somebody else"
    assert (ward.state(one), ward.state(two)) == ("filed", "filed")
    assert ward.sent() == {key(pages[1]): "current"}


def test_a_filed_page_whose_link_is_taken_back_waits(ward: Ward) -> None:
    pages, one, _ = linked(ward)
    ward.send()
    last = ward.open(one, "Ben")
    assert last.phase == "done"
    event = ward.work.desk.events(one)
    ward.work.desk.record(_undo(event[1], one, ward), len(event))  # Ben's word on the link, taken back
    assert ward.open(one).phase == "witness-link"
    sent = ward.send()
    assert sorted(waiting(sent)) == [(number(p), "whose-again") for p in pages]
    assert (sent.pages, sent.taken_back) == (0, {})


def _undo(event: Any, sheet: str, ward: Ward) -> Any:
    return type(event)(sheet, "undo", event.user, ward.work.desk.now(), None, {"number": event.number})


@pytest.mark.parametrize("how", ["field", "nurse", "page"])
def test_a_correction_that_is_not_confirmed_yet_keeps_the_page_back(ward: Ward, how: str) -> None:
    """This test ensures that what somebody has just called wrong is not filed, and that their last word is."""
    page = ward.bench.page("MAR-S")
    ward.sheets += ward.bench.scan(settled(page, {DOSE: "given", TIME: "0805"}))
    (sheet,) = ward.sheets
    ward.confirm(sheet, "Ana")
    count = ward.open(sheet).state.count
    if how == "page":
        ward.work.outcome(ward.open(sheet), "Ana", count, "needs-nurse")
    else:
        outcome = "entered" if how == "field" else "needs-nurse"
        ward.work.answer(ward.open(sheet), "Ana", count, DOSE, "not-given", outcome, sure=True)  # type: ignore[arg-type]
    sent = ward.send()
    assert (waiting(sent), sent.pages) == ([(number(page), "changed-again")], 0)
    assert ward.where(page) == "in review"
    ward.confirm(sheet, "Ana")
    sent = ward.send()
    assert (sent.pages, ward.sent()) == (1, {key(page): "current"})
    assert all(reason != "changed-again" for _, reason in waiting(sent))


SECOND = """format = "papermode-recovery/1"
[[rule]]
forms = ["MAR-S"]
items = ["mar.*"]
do = "enter"
second = true
"""


def test_a_correction_waits_for_the_second_person_whom_the_site_asks_for(bench: Bench) -> None:
    """This test ensures that neither the old word is sent once somebody has changed it, nor the new one unchecked."""
    (bench.site / "recovery.toml").write_text(SECOND, "utf-8")
    page = bench.page("MAR-S")
    ward = Ward(bench)
    (sheet,) = bench.scan(settled(page, {DOSE: "given", TIME: "0805"}))

    def check() -> None:
        ward.work.second(ward.open(sheet, "Ben"), "Ben", ward.open(sheet).state.count, "en", yes=True)

    ward.confirm(sheet, "Ana")
    check()
    assert ward.send().pages == 1
    ward.work.answer(ward.open(sheet), "Ana", ward.open(sheet).state.count, DOSE, "not-given", "entered", sure=True)
    ward.confirm(sheet, "Ana")
    sent = ward.send()
    assert (waiting(sent), sent.pages, ward.open(sheet).phase) == ([(number(page), "changed-again")], 0, "second")
    check()
    assert ward.send().resources["MedicationAdministration"] == 1
    (dose,) = (
        e["resource"]
        for e in loads(ward.target.path.read_bytes())["entry"]
        if e["resource"]["resourceType"] == "MedicationAdministration"
    )
    assert dose["status"] == "not-done"


class Cut:
    """A target that gets the bundle before the power goes."""

    name = "cut"

    def put(self, content: bytes) -> None:
        raise KeyboardInterrupt


def test_what_a_crash_left_on_its_way_comes_back_to_review(ward: Ward) -> None:
    """This test ensures that no page stays where neither review nor send can take it, and that a filing is remembered."""
    pages, one, two = linked(ward)
    with pytest.raises(KeyboardInterrupt):
        ward.send(Cut())
    assert (ward.state(one), ward.state(two)) == ("sending", "sending")
    ward.scan(pages[0])
    assert len(waiting(ward.send())) == 2
    assert (ward.state(one), ward.state(two)) == ("confirmed", "confirmed")
    ward.bind(two, ward.people[1])
    ward.witness(two)
    ward.confirm(two)
    ward.send()
    assert ward.sent() == {key(pages[1]): "current"}
    ward.work.undo(ward.open(one, "Ben"), "Ben", ward.open(one).state.count)  # nobody stands for it now
    ward.send()
    assert ward.sent() == {key(pages[0]): IN_ERROR, key(pages[1]): "current"}, "the EHR may have had it"


STEPS = ["scan", "link", "bind", "witness", "answer", "nurse", "confirm", "correct", "second", "aside", "undo", "send"]


def step(ward: Ward, what: str, which: int, who: int) -> None:
    """Do one thing with one sheet, if it can be done now."""
    if what == "scan":
        pages = reserved_pages(ward.bench)[:2]
        ward.scan(pages[which % 2])
    if what == "correct":
        step(ward, "answer", which, who)
        step(ward, "confirm", which, who)
    if what == "send" or not ward.sheets:
        ward.send()
        return
    sheet, user, mrn = ward.sheets[which % len(ward.sheets)], ("Ana", "Ben")[who % 2], ward.people[who % 2]
    opened = ward.open(sheet, user)
    seen, work = opened.state.count, ward.work
    marks = [f for f in opened.sheet.fields if f.kind == "mark"]
    match what, opened.phase:
        case "link", "link":
            work.link(opened, user, seen, mrn)
        case "bind", "bind":
            work.bind(opened, user, seen, mrn, None, "en")
        case "witness", "witness-link":
            work.witness_link(opened, user, seen, yes=which % 3 > 0)
        case "witness", _:
            work.witness(opened, user, seen, yes=which % 3 > 0)
        case "answer", _ if marks:
            work.answer(opened, user, seen, marks[0].key, marks[0].choices[0].value, "entered", sure=True)
        case "nurse", _:
            work.outcome(opened, user, seen, "needs-nurse")
        case "confirm", _:
            work.confirm(opened, user, seen, "en", sure=True)
        case "second", _:
            work.second(opened, user, seen, "en", yes=which % 3 > 0, note="look again")
        case "aside", _:
            work.aside(opened, user, seen, ("duplicate", "rescan")[which % 2], sure=True)
        case "undo", _:
            work.undo(opened, user, seen)


@settings(max_examples=25, deadline=None)
@given(
    begun=st.booleans(),
    second=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.integers(0, 1)), max_size=25),
)
def test_whatever_people_do_send_files_what_review_calls_done(
    example: Example, begun: bool, second: bool, steps: list[tuple[str, int, int]]
) -> None:
    """This test ensures that of all finished pages those are sent that are done, and all others are named.

    What is sent is what people have said last.
    """
    with bench_of(example) as bench:
        if second:
            (bench.site / "recovery.toml").write_text(SECOND.replace("MAR-S", "ADMIT").replace("mar.", "adm."), "utf-8")
        ward = Ward(bench)
        if begun:
            linked(ward)
        else:
            ward.scan(*reserved_pages(bench)[:2])
        for what, which, who in steps:
            try:
                step(ward, what, which, who)
            except (DeskError, StoreError, ValueFaultError):
                continue
        sent = ward.send()
        finished = [s for s in ward.sheets if ward.state(s) in FINISHED]
        done = [s for s in finished if ward.open(s).phase == "done"]
        current = [k for k, status in ward.sent().items() if status == "current"]
        assert len(current) == len(done) == sent.pages
        held = [x for x in sent.left_out if x.reason in ("whose-again", "changed-again")]
        assert len(held) == len(finished) - len(done)
        assert all(ward.state(s) == "filed" for s in done)
        assert not any(ward.state(s) == "sending" for s in ward.sheets)
        for sheet in done:
            opened, kept = ward.open(sheet), bench.store.reviewed(PageId.parse(sheet))
            assert kept is not None
            now = reviewed(opened.sheet, opened.state, opened.binding)
            assert (kept.subject, words(kept)) == (now.subject, words(now))


def words(page: ReviewedPage) -> list[tuple[Any, ...]]:
    """What a page says, and who stands for it."""
    return [(a.link_id, a.row, a.column, a.value, a.outcome, a.by, a.second) for a in page.answers]
