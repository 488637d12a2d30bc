"""The review desk on a real store, with the example ward's packets and readings made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from papermode.app.intake_scans import store_scans
from papermode.app.sites import open_site
from papermode.app.snapshots import store_snapshot
from papermode.geometry import A4
from papermode.model.reading import PageReading
from papermode.model.snapshot import Snapshot
from papermode.review.desk import Event, MovedError, TakenError
from papermode.review.work import Work
from papermode.scan.picture import flat_picture, jpeg_size
from papermode.scan.sampling import Registration
from tests.loop.drawn_page import grid_layout
from tests.unit.app.bench import PICTURE, Bench, reading, reserved_pages, settled


def test_a_page_is_shown_with_the_words_of_paper_and_policy(bench: Bench) -> None:
    page = bench.page("MAR-S")
    (sheet,) = bench.scan(reading(page, "unsure"))
    desk = bench.desk()
    found = desk.sheet(sheet, "fr")
    assert found.head.printed is not None
    assert found.head.printed.subject is not None
    assert found.head.printed.subject.mrn == page.entry["mrn"]
    assert found.head.printed.title == "Administration – traitements planifiés"
    assert (found.flat, found.size, found.head.match, found.head.risk) == (True, page.layout.size, "same", 0)
    assert found.name is not None
    status = next(f for f in found.fields if f.key == ("mar.status", 1, 1))
    row = page.entry["rows"]["1"]
    assert (status.row_text, status.ref) == (row["text"], row["ref"])
    assert [c.label for c in status.choices] == ["G", "N", "E"]
    assert status.column_text.split()[0] in ("mar.", "mer.")
    reason = next(f for f in found.fields if f.link_id == "mar.reason")
    assert (reason.minimum, reason.maximum) == ("1", "9")
    initials = next(f for f in found.fields if f.link_id == "mar.initials")
    assert not initials.enter, "initials are a picture"
    assert found.head.doubts == sum(f.enter for f in found.fields)


def test_only_what_the_policy_enters_is_doubtful(bench: Bench) -> None:
    (sheet,) = bench.scan(reading(bench.page("NURSE"), "unsure"))
    assert bench.desk().head(sheet).doubts == 0, "assessments are kept as pictures"


def test_the_sites_policy_names_a_second_person(bench: Bench) -> None:
    (bench.site / "recovery.toml").write_text(
        'format = "papermode-recovery/1"\n[[rule]]\nforms = ["MAR-S"]\nitems = ["mar.status"]\n'
        'do = "enter"\nsecond = true\n',
        "utf-8",
    )
    (sheet,) = bench.scan(reading(bench.page("MAR-S"), "unsure"))
    fields = bench.desk().sheet(sheet, "en").fields
    assert {f.link_id for f in fields if f.second} == {"mar.status"}


def test_a_page_goes_all_the_way_to_the_store(bench: Bench) -> None:
    page = bench.page("MAR-S")
    (sheet,) = bench.scan(settled(page, {("mar.status", 1, 1): "given", ("mar.time", 1, 1): "0815"}))
    work = Work(bench.desk())
    work.confirm(work.open(sheet, "Ana", "en"), "Ana", 0, "en")
    ((_, reviewed),) = bench.store.to_file()
    given = next(a for a in reviewed.answers if (a.link_id, a.row, a.column) == ("mar.status", 1, 1))
    assert (given.value, given.outcome, given.by) == ("given", "entered", "Ana")
    assert reviewed.subject is not None
    assert reviewed.patient_ref.startswith("Patient/")
    assert bench.store.verify() == []


def test_the_time_of_care_is_worked_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    page = bench.page("MAR-S")
    (sheet,) = bench.scan(settled(page, {("mar.status", 1, 1): "given", ("mar.time", 1, 1): "0915"}))
    desk = bench.desk()
    monkeypatch.setattr(desk._log, "received", lambda _: datetime(2026, 11, 24, 20, tzinfo=UTC))
    work = Work(desk)
    work.confirm(work.open(sheet, "Ana", "en"), "Ana", 0, "en")
    ((_, reviewed),) = bench.store.to_file()
    given = next(a for a in reviewed.answers if (a.link_id, a.row, a.column) == ("mar.status", 1, 1))
    assert given.at is not None
    assert given.at.astimezone(UTC) == datetime(2026, 11, 24, 14, 15, tzinfo=UTC)


def test_events_survive_and_are_read_again(bench: Bench) -> None:
    (sheet,) = bench.scan(reading(bench.page("MAR-S")))
    desk = bench.desk()
    first = desk.record(Event(sheet, "same", "Ana", desk.now(), {"same": None}, {"same": True}), 0)
    assert first.number == 0
    again = bench.desk()
    assert [(e.kind, e.user, e.after, e.number) for e in again.events(sheet)] == [("same", "Ana", {"same": True}, 0)]
    with pytest.raises(MovedError):
        again.record(Event(sheet, "same", "Ben", desk.now(), None, {"same": False}), 0)


def test_a_page_is_with_one_person(bench: Bench) -> None:
    (sheet,) = bench.scan(reading(bench.page("MAR-S")))
    one, other = bench.desk(), bench.desk()
    assert one.lock(sheet, "Ana") == ""
    assert other.lock(sheet, "Ben") == "Ana"
    with pytest.raises(TakenError):
        other.record(Event(sheet, "same", "Ben", other.now(), None, {"same": False}), 0)
    one.unlock(sheet, "Ana")
    assert other.lock(sheet, "Ben") == ""


def test_what_was_finished_is_taken_back(bench: Bench) -> None:
    (sheet,) = bench.scan(reading(bench.page("MAR-S")))
    work = Work(bench.desk())
    work.confirm(work.open(sheet, "Ana", "en"), "Ana", 0, "en")
    assert work.desk.head(sheet).state == "confirmed"
    work.undo(work.open(sheet, "Ana", "en"), "Ana", 1)
    assert work.desk.head(sheet).state == "open"
    assert list(bench.store.to_file()) == []
    assert bench.store.verify() == []


def test_another_person_under_the_same_number_is_a_mismatch(bench: Bench) -> None:
    page = bench.page("MAR-S")
    (sheet,) = bench.scan(reading(page))
    snapshot: Snapshot = bench.example.snapshot
    records = tuple(
        replace(r, patient=replace(r.patient, birth_date="1999-01-01")) if r.patient.mrn == page.entry["mrn"] else r
        for r in snapshot.records
    )
    for old in (bench.site / "snapshots").iterdir():
        old.unlink()
    store_snapshot(open_site(bench.site).site, replace(snapshot, records=records))
    desk = bench.desk()
    assert desk.head(sheet).match == "different"
    assert Work(desk).open(sheet, "Ana", "en").phase == "question"


def test_a_patient_who_has_left_is_no_mismatch(bench: Bench) -> None:
    page = bench.page("MAR-S")
    (sheet,) = bench.scan(reading(page))
    for old in (bench.site / "snapshots").iterdir():
        old.unlink()
    gone = tuple(r for r in bench.example.snapshot.records if r.patient.mrn != page.entry["mrn"])
    store_snapshot(open_site(bench.site).site, replace(bench.example.snapshot, records=gone))
    assert bench.desk().head(sheet).match == "absent"


def test_a_label_on_a_bound_page_is_asked_about(bench: Bench) -> None:
    why = "there is a label or writing where this patient's page must be empty"
    (sheet,) = bench.scan(reading(bench.page("MAR-S"), status="review", why=(why,)))
    desk = bench.desk()
    assert desk.head(sheet).match == "label"
    assert Work(desk).open(sheet, "Ana", "en").phase == "question"


@pytest.mark.parametrize(
    "make",
    [
        lambda r: replace(r, claim=None, claim_text="", locator_text="", trust="", layout_id="", status="unreadable"),
        lambda r: replace(r, trust="", layout_id="", answers=(), status="review"),
        lambda r: replace(r, layout_id="", answers=(), status="review"),
    ],
    ids=["no code", "not signed", "contradicts itself"],
)
def test_a_page_that_cannot_be_believed_is_bound_by_hand(
    bench: Bench, make: Callable[[PageReading], PageReading]
) -> None:
    page = bench.page("MAR-S")
    (sheet,) = bench.scan(make(reading(page)))
    desk, work = bench.desk(), Work(bench.desk())
    assert work.open(sheet, "Ana", "en").phase == "bind"
    assert desk.sheet(sheet, "en").size == jpeg_size(PICTURE)
    mrn = page.entry["mrn"]
    place = (page.packet, page.entry["page"])
    assert place in [p.place for p in work.desk.printed_of(mrn)]
    work.bind(work.open(sheet, "Ana", "en"), "Ana", 0, mrn, place, "en")
    work.witness(work.open(sheet, "Ben", "en"), "Ben", 1, yes=True)
    opened = work.open(sheet, "Ben", "en")
    assert opened.phase == "fields"
    assert not opened.sheet.flat
    assert all(f.state == "unsure" for f in opened.sheet.fields), "nothing was read of it"
    work.outcome(opened, "Ben", 2, "image-only")
    work.confirm(work.open(sheet, "Ben", "en"), "Ben", 3, "en")
    ((_, reviewed),) = bench.store.to_file()
    assert (reviewed.packet, reviewed.page) == place
    assert reviewed.subject is not None
    assert reviewed.subject.mrn == mrn


def test_a_written_copy_master_is_bound_and_each_copy_is_kept(bench: Bench) -> None:
    masters = [
        p for p in bench.manifests.pages() if p.entry["form"] == "ADMIT" and not p.entry["encounter"] and p.layout.boxes
    ]
    blank = replace(reading(masters[0]), written=False)
    spare, one, two = bench.scan(blank, reading(masters[0]), replace(reading(masters[0]), file="x"))
    work = Work(bench.desk())
    assert work.open(spare, "Ana", "en").phase == "fields", "nobody has written on it"
    mrn = bench.page("MAR-S").entry["mrn"]
    for sheet in (one, two):
        assert work.open(sheet, "Ana", "en").phase == "bind"
        work.bind(work.open(sheet, "Ana", "en"), "Ana", 0, mrn, None, "en")
        work.witness(work.open(sheet, "Ben", "en"), "Ben", 1, yes=True)
        work.confirm(work.open(sheet, "Ben", "en"), "Ben", 2, "en")
    found = [p for _, p in bench.store.to_file()]
    assert len({p.copy for p in found}) == 2
    assert {p.subject.mrn for p in found if p.subject is not None} == {mrn}


def test_a_reserved_number_is_linked_for_all_its_pages(bench: Bench) -> None:
    pages = reserved_pages(bench)[:3]
    sheets = bench.scan(*(reading(p) for p in pages))
    work = Work(bench.desk())
    mrn = bench.page("MAR-S").entry["mrn"]
    work.link(work.open(sheets[0], "Ana", "en"), "Ana", 0, mrn)
    assert work.open(sheets[2], "Ben", "en").phase == "witness-link"
    work.witness_link(work.open(sheets[2], "Ben", "en"), "Ben", 0, yes=True)
    for sheet in sheets:
        opened = work.open(sheet, "Ben", "en")
        assert opened.phase == "fields"
        work.confirm(opened, "Ben", opened.state.count, "en")
    assert {p.subject.mrn for _, p in bench.store.to_file() if p.subject is not None} == {mrn}
    assert len(list(bench.store.to_file())) == 3


def test_a_reserved_number_on_two_sheets_is_an_alarm(bench: Bench) -> None:
    page = reserved_pages(bench)[0]
    one, two = bench.scan(reading(page), reading(page))
    work = Work(bench.desk())
    assert [work.desk.head(s).alarm for s in (one, two)] == [True, True]
    assert {work.open(s, "Ana", "en").phase for s in (one, two)} == {"bind"}
    work.aside(work.open(two, "Ana", "en"), "Ana", 0, "duplicate")
    assert work.desk.head(one).alarm is False
    assert work.open(one, "Ana", "en").phase == "link"


def test_a_page_that_came_twice_is_confirmed_once(bench: Bench) -> None:
    page = bench.page("MAR-S")
    one, two = bench.scan(reading(page), replace(reading(page), rotation=180))
    work = Work(bench.desk())
    assert [work.desk.head(s).state for s in (one, two)] == ["open", "duplicate"]
    work.aside(work.open(two, "Ana", "en"), "Ana", 0, "duplicate")
    work.confirm(work.open(one, "Ana", "en"), "Ana", 0, "en")
    assert len(list(bench.store.to_file())) == 1


def test_a_code_is_recognised_and_nothing_else(bench: Bench) -> None:
    page = bench.page("MAR-S")
    desk = bench.desk()
    for text in (page.entry["claim"], page.entry["claim"].lower(), page.entry["locator"]):
        found = desk.recognise([text], "en")
        assert found is not None
        assert found.place == (page.packet, page.entry["page"])
    wrong = page.entry["claim"][:-1] + ("0" if page.entry["claim"][-1] != "0" else "4")
    assert desk.recognise([wrong, page.entry["locator"][:-1] + "_", "", "rubbish"], "en") is None


def test_people_are_found_by_name_and_number(bench: Bench) -> None:
    desk = bench.desk()
    record = next(r for r in bench.example.snapshot.records if "Müller" in r.patient.names[0].family)
    assert [p.subject.mrn for p in desk.people("muller")] == [record.patient.mrn]
    assert record.patient.mrn in [p.subject.mrn for p in desk.people(record.patient.mrn)]
    assert desk.people("  ") == []
    assert desk.person("nobody") is None


def test_a_picture_that_is_none_is_not_given_out(bench: Bench) -> None:
    (sheet,) = bench.scan(reading(bench.page("MAR-S")))
    desk = bench.desk()
    assert desk.picture(desk.sheet(sheet, "en").picture) == PICTURE
    for wrong in ("../journal", "b" * 64, sheet[:64]):
        with pytest.raises(KeyError):
            desk.picture(wrong)


def test_a_flat_picture_has_the_page_where_the_layout_has_it() -> None:
    layout = grid_layout(A4, rows=1)
    gray = np.full((1200, 900), 255, np.uint8)
    gray[600:640, 450:490] = 0
    matrix = np.array([[4.0, 0, 10], [0, 4.0, 20], [0, 0, 1]])
    data = flat_picture(gray, Registration(matrix), layout)
    assert jpeg_size(data) == (round(layout.size[0] / 100 * 8), round(layout.size[1] / 100 * 8))
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    middle = ((470 - 10) / 4 * 8, (620 - 20) / 4 * 8)
    assert image[round(middle[1]), round(middle[0])] < 60
    assert image[round(middle[1]) - 60, round(middle[0])] > 200


def test_without_a_site_nothing_is_stored() -> None:
    with store_scans(None, "Ana") as kept:
        assert kept is None
