"""The packet of a ward: whose pages, in which order, and what one patient's fault costs: a page, never the ward."""

from __future__ import annotations

import dataclasses
from itertools import groupby

import pytest

from papermode.errors import FormError, PlanError
from papermode.ids import check_reserved, packet_time
from papermode.model.form import Form, FormPage, Item, Section, Words
from papermode.model.packet import Packet, Page
from papermode.model.snapshot import (
    Allergy,
    Medication,
    Mother,
    Name,
    Note,
    Part,
    Patient,
    PatientRecord,
    Statement,
    Stay,
    Unreadable,
)
from papermode.plan.packets import alerts
from papermode.trust.claims import parse, parse_locator
from tests.wards import NOW, Forms, plan_ward, run_of, ward_of


def person(number: int, family: str = "", given: str = "", **more: object) -> PatientRecord:
    """A patient of the ward."""
    patient = Patient(
        f"p{number}",
        f"{number:09d}",
        names=(Name(family or f"Family{number}", (given or f"Given{number}",)),),
        birth_date="1970-01-02",
    )
    record = PatientRecord(patient, Stay(f"e{number}", f"E{number}", "W1", f"{number}"))
    known = {f.name for f in dataclasses.fields(Patient)}
    patient = dataclasses.replace(patient, **{k: v for k, v in more.items() if k in known})  # type: ignore[arg-type]
    return dataclasses.replace(record, patient=patient, **{k: v for k, v in more.items() if k not in known})  # type: ignore[arg-type]


def sets_of(packet: Packet) -> list[list[Page]]:
    """Return the pages set by set."""
    found: list[list[Page]] = []
    for page in packet.pages:
        if page.set_x == 1:
            found.append([])
        found[-1].append(page)
    return found


def words(page: Page) -> str:
    return " ".join(t.text for t in (*page.layout.texts, *page.fills))


def test_order_of_the_sets() -> None:
    """This test ensures that ward pages come first, sealed sets after the others, then admissions and copy masters."""
    packet = plan_ward([person(1), person(2, restricted=True), person(3)], run_of(ward_of(sets=2)))
    sets = sets_of(packet)
    assert [s[0].subject.mrn[-1] if s[0].subject else s[0].encounter or s[0].form for s in sets[:4]] == [
        "COVER",
        "1",
        "3",
        "2",
    ]
    assert [check_reserved(s[0].encounter) for s in sets[4:]] == [True, True, False]
    assert sets[-1][0].encounter == ""
    assert packet.patients == 3
    for pages in sets:
        assert [(p.set_x, p.set_y) for p in pages] == [(n + 1, len(pages)) for n in range(len(pages))]
        assert len(pages) % 2 == 0
        assert [bool(p.bookmark) for p in pages] == [True] + [False] * (len(pages) - 1)


def test_claims_say_whose_pages_they_are() -> None:
    """This test ensures that every code says what its own page is and whose, and no two are alike."""
    packet = plan_ward([person(1), person(2)], run_of(ward_of(sets=1)))
    assert len({p.claim_text for p in packet.pages}) == len(packet.pages)
    for serial, page in enumerate(packet.pages, 1):
        claim = parse(page.claim_text)
        assert (claim.packet, claim.page, claim.pages) == (packet.id, serial, len(packet.pages))
        assert (claim.form, claim.version, claim.encounter) == (page.form, page.version, page.encounter)
        assert claim.mrn == (page.subject.mrn if page.subject else "")
        assert (claim.check == "0000") == (page.subject is None)
        assert parse_locator(page.locator_text).page == serial
    assert packet_time(packet.id) == NOW


def test_the_same_job_gives_the_same_packet() -> None:
    """This test ensures that nothing in a packet depends on the run: ids, codes and pages are equal."""
    assert plan_ward([person(1)]) == plan_ward([person(1)])
    assert plan_ward([person(1)]).id != plan_ward([person(1)], run_of(ward_of(code="W2"))).id


def test_pads_are_notes_pages_of_the_same_patient() -> None:
    """This test ensures that the blank side of a set can be written on: it has a claim and the head of its set."""
    packet = plan_ward([person(1)], run_of(ward_of(("SUMMARY", "PROGRESS"))))
    (pages,) = [s for s in sets_of(packet) if s[0].subject]
    assert [p.form for p in pages] == ["SUMMARY", "SUMMARY", "PROGRESS", "NOTES"]
    assert pages[-1].subject == pages[0].subject
    assert "Family1, Given1" in words(pages[-1])
    assert "MRN 000000001" in words(pages[-1])
    assert any(b.link_id == "notes.text" for b in pages[-1].layout.boxes)


@pytest.mark.parametrize(
    "mrn",
    ["病" * 40, "x" * 200, "a\u202eb", "1\x00", "\ud7ff\U0010ffff" * 30],
    ids=["long", "longer", "bidi", "nul", "astral"],
)
def test_an_impossible_mrn_costs_one_page(mrn: str) -> None:
    """This test ensures that a number that no code can carry costs its patient's pages only, and a page says so."""
    packet = plan_ward([person(1), person(2, mrn=mrn), person(3)])
    assert {p.subject.mrn for p in packet.pages if p.subject} == {"000000001", "000000003"}
    assert len(packet.problems) == 1
    assert mrn not in packet.problems[0]
    (page,) = [p for p in packet.pages if "NO PAGES FOR THIS PATIENT" in words(p)]
    assert "Family2" in words(page)


def test_a_form_that_cannot_be_printed_costs_that_form() -> None:
    """This test ensures that when one form fails for a patient, the other forms and patients are printed."""
    item = Item("value", text=Words((("en", "{{ patient.name.nothing }}"),)))
    bad = Form("BAD", 1, Words((("en", "Bad"),)), (FormPage((Section(items=(item,)),)),))
    packet = plan_ward([person(1)], run_of(ward_of(("COVER", "SUMMARY", "BAD"))), Forms(bad))
    assert {p.form for p in packet.pages if p.subject} - {"NOTES"} == {"SUMMARY"}
    assert any("form BAD could not be printed" in p for p in packet.problems)
    assert any("form BAD could not be printed" in words(p) for p in packet.pages)


def test_unreadable_records_are_named_on_paper() -> None:
    """This test ensures that a record that could not be read is named on its patient's page with file and line."""
    packet = plan_ward(
        [
            person(1, unreadable=(Unreadable("Observation.ndjson", 17, "Observation/o1", "the value is no number"),)),
            person(2),
        ]
    )
    page = next(p for p in packet.pages if p.subject and "COULD NOT BE READ" in words(p))
    assert page.subject is not None
    assert page.subject.mrn == "000000001"
    assert "Observation/o1, Observation.ndjson line 17: the value is no number" in words(page)
    assert packet.problems == ("1 record could not be read",)


def test_unknown_is_not_none() -> None:
    """This test ensures that none known, not recorded, not available and incomplete are different things."""

    def banner(record: PatientRecord) -> str:
        page = next(p for p in plan_ward([record], run_of(ward_of(("SUMMARY",)))).pages if p.subject)
        return next(t.text for t in page.fills if t.text.startswith("ALLERGIES"))

    none = banner(person(1, allergy_knowledge="none-known"))
    silent = banner(person(1))
    gone = banner(person(1, allergies=Part((), "unavailable", "the server did not answer")))
    part = banner(person(1, allergies=Part((Allergy("a", "Latex"),), "partial", "2 of 3 pages")))
    known = banner(person(1, allergies=Part((Allergy("a", "Latex"),))))
    assert none == "ALLERGIES: NO KNOWN ALLERGIES (recorded as such)"
    assert silent == "ALLERGIES: NOT RECORDED – unknown is not none: ASK"
    assert gone == "ALLERGIES: NOT AVAILABLE AT 24-Nov-2026 02:00 – ASK · SEE PAGE 1"
    assert part == "ALLERGIES: INCOMPLETE AT 24-Nov-2026 02:00 – ASK · SEE PAGE 1"
    assert known == "ALLERGIES: Latex"


def test_parts_that_could_not_be_fetched_say_so() -> None:
    """This test ensures that a list that is missing or incomplete says so in words, with the time and the reason."""
    lost: Part[Medication] = Part((), "unavailable", "timeout")
    packet = plan_ward([person(1, medications=lost, labs=Part((), "partial", "page 2 missing"))])
    said = " ".join(words(p) for p in packet.pages if p.subject)
    assert "NOT AVAILABLE AT 24-Nov-2026 02:00: timeout" in said
    assert "INCOMPLETE AT 24-Nov-2026 02:00: page 2 missing" in said


def test_a_newborns_pages_name_the_mother() -> None:
    """This test ensures that a newborn's every page has the mother's name and number, and no NEWS2 score."""
    baby = person(1, mother=Mother("Family9, Anna", "000000009"), birth_order=2, birth_date="2026-11-23")
    pages = [p for p in plan_ward([baby]).pages if p.subject]
    for page in pages:
        assert "Mother: Family9, Anna, MRN 000000009" in words(page)
        assert "Multiple birth, order 2" in words(page)
    assert "VITALS-N" in {p.form for p in pages}
    assert "VITALS" not in {p.form for p in pages}


def test_the_dead_have_no_drug_sheets() -> None:
    """This test ensures that a deceased patient's every page says so, and nothing is left to be given."""
    record = person(1, deceased=True, medications=Part((Medication("m", "Drug", dose="1 mg", times=("08:00",)),)))
    pages = [p for p in plan_ward([record]).pages if p.subject]
    assert all("DECEASED" in words(p) for p in pages)
    assert not {p.form for p in pages} & {"MAR-S", "MAR-H", "MAR-P", "MAR-I", "MAR-N", "MAR-X", "VITALS"}


def test_home_medicines_are_no_orders() -> None:
    """This test ensures that what a patient takes at home has no boxes to chart a dose in."""
    home = Medication("m", "Lisinopril", dose="5 mg", times=("08:00",), status="home")
    pages = [p for p in plan_ward([person(1, medications=Part((home,)))]).pages if p.subject]
    assert {p.form for p in pages if "Lisinopril" in words(p)} == {"MAR-24"}
    assert not any(row.ref == "MedicationRequest/m" for p in pages for _, row in p.rows)


def test_orders_on_hold_are_not_to_be_given() -> None:
    """This test ensures that an order on hold is on paper, says that it is held, and has no dose to give."""
    held = Medication("m", "Warfarin", dose="5 mg", times=("08:00",), status="on-hold")
    pages = [p for p in plan_ward([person(1, medications=Part((held,)))]).pages if p.subject]
    assert {p.form for p in pages if "Warfarin" in words(p)} == {"MAR-X"}
    assert "ON HOLD" in " ".join(words(p) for p in pages if p.form == "MAR-X")


def test_name_alerts() -> None:
    """This test ensures that equal, accented and swapped names on one ward are warned of, and others are not."""
    ward = [
        person(1, "Müller", "Anna"),
        person(2, "MULLER", "Berta"),
        person(3, "Anna", "Zoë"),
        person(4, "Zoe", "Anna"),
        person(5, "Alone", "Ida"),
        person(6, names=()),
    ]
    assert alerts(ward) == {"p1", "p2", "p3", "p4"}
    packet = plan_ward(ward[:2], run_of(ward_of(("SUMMARY",))))
    assert all("NAME ALERT" in words(p) for p in packet.pages if p.subject)
    assert not any("NAME ALERT" in words(p) for p in plan_ward(ward[4:5]).pages)


def test_many_allergies_are_counted_on_every_page_and_whole_on_the_first() -> None:
    """This test ensures that a banner never cuts a list of allergies: it counts them and says where they stand."""
    many = tuple(Allergy(str(n), f"Substance number {n}", ("rash", "swelling")) for n in range(40))
    pages = [p for p in plan_ward([person(1, allergies=Part(many))]).pages if p.subject]
    assert all("40 ALLERGIES: SEE PAGE 1" in words(p) for p in pages)
    said = " ".join(words(p) for p in pages if p.form == "SUMMARY").replace("\n", " ")
    assert all(f"Substance number {n} (rash, swelling)" in said for n in range(40))


def test_a_long_drug_goes_on_in_the_next_row() -> None:
    """This test ensures that an order too long for its row takes the next one too, and both mean the order."""
    words_ = " ".join(f"word{n}" for n in range(60))
    long = Medication("m", "Drug", dose="1 mg", times=("08:00",), instructions=words_)
    pages = [
        p
        for p in plan_ward([person(1, medications=Part((long,)))], run_of(ward_of(("MAR-S",)))).pages
        if p.form == "MAR-S"
    ]
    refs = [row.ref for _, row in pages[0].rows]
    assert len(refs) > 1
    assert set(refs) == {"MedicationRequest/m"}
    assert "(continued, mark above)" in words(pages[0])


def test_a_note_of_many_pages_is_whole() -> None:
    """This test ensures that a note of a hundred lines goes on over continuation pages that count in the set."""
    text = "\n".join(f"line {n} of the note" for n in range(150))
    packet = plan_ward([person(1, notes=Part((Note("n", "Progress", text),)))], run_of(ward_of(("SUMMARY",))))
    pages = [p for p in packet.pages if p.subject]
    lines = [t.text for p in pages for t in p.fills if t.text.startswith("line ")]
    assert lines == text.split("\n")
    assert len(pages) >= 5


def test_a_name_of_any_length_is_whole_somewhere() -> None:
    """This test ensures that a name that no head can hold is whole on the last page, and every head says where."""
    name = " ".join(f"Nombre{n}" for n in range(120))
    packet = plan_ward([person(1, names=(Name(name),))], run_of(ward_of(("SUMMARY",))))
    pages = [p for p in packet.pages if p.subject]
    assert any("too long for the page's head" in p for p in packet.problems)
    assert all("▶ see continuation page" in words(p) for p in pages)
    assert all("MRN 000000001" in words(p) and "Printed 24-Nov-2026 02:15" in words(p) for p in pages)
    body = " ".join(t.text for p in pages for t in p.fills if t.y > 6390)
    assert all(f"Nombre{n}" in body for n in range(120))


def test_too_many_pages() -> None:
    """This test ensures that a packet with more pages than a claim can count is refused before anything is written."""
    text = "\n".join(f"line {n}" for n in range(470_000))
    record = person(1, notes=Part((Note("n", "Progress", text),)))
    with pytest.raises(PlanError, match="E410"):
        plan_ward([record], run_of(ward_of(("SUMMARY",))))


def test_a_ward_without_patients() -> None:
    """This test ensures that an empty ward has its cover, its admission sets and no patient."""
    packet = plan_ward([], run_of(ward_of(sets=4)))
    assert packet.patients == 0
    assert packet.problems == ()
    assert {p.form for p in packet.pages} >= {"COVER", "ADMIT"}


def test_a_form_that_does_not_exist() -> None:
    """This test ensures that a ward that asks for an unknown form gets E290."""
    with pytest.raises(FormError, match="E290"):
        plan_ward([person(1)], run_of(ward_of(("NOSUCH",))))


def test_the_cover_tells_who_needs_what_first() -> None:
    """This test ensures that high-alert doses due, missing parts and every patient are on the ward's own pages."""
    insulin = Medication("i", "Insulin", "insulin", dose="10 units", times=("08:00",), high_alert=True)
    heparin = Medication("h", "Heparin", dose="5000 units", times=("06:00", "18:00"), high_alert=True)
    lost = person(3, allergies=Part((), "unavailable", "timeout"))
    dnr = person(4, code_status=Part((Statement("s", "DNR"),)))
    packet = plan_ward([person(1, medications=Part((insulin, heparin))), person(2), lost, dnr])
    said = " ".join(words(p) for p in packet.pages if not p.subject).replace("\u00a0", " ")
    for n in (1, 2, 3, 4):
        assert f"Family{n}, Given{n}" in said
    for dose in ("Tue 24 06:00", "Tue 24 18:00", "5,000 units Heparin", "Tue 24 08:00", "10 units Insulin"):
        assert dose in said
    assert "LIMITS OF TREATMENT" in said
    assert "allergies" in said


def test_a_sealed_patients_facts_are_not_on_the_wards_pages() -> None:
    """This test ensures that of a sealed record the ward's pages show no drug, isolation or limit of treatment."""
    heparin = Medication("h", "Heparin", dose="5000 units", times=("06:00",), high_alert=True)
    sealed = person(
        1,
        restricted=True,
        medications=Part((heparin,)),
        code_status=Part((Statement("s", "DNR"),)),
        flags=Part((Statement("f", "Contact", category="isolation"),)),
    )
    said = " ".join(words(p) for p in plan_ward([sealed]).pages if not p.subject)
    assert "Heparin" not in said
    assert "LIMITS OF TREATMENT" not in said
    assert "ISOLATION" not in said.replace("Isolation", "")


def test_admission_numbers_are_in_a_row() -> None:
    """This test ensures that reserved numbers count up, have a check character and stand on every page of their set."""
    packet = plan_ward([], run_of(ward_of(("ADMIT",), sets=3)))
    numbers = [n for n, _ in groupby(p.encounter for p in packet.pages if p.form == "ADMIT")]
    assert [n[:-2] for n in numbers[:3]] == ["N261124-W1-01", "N261124-W1-02", "N261124-W1-03"]
    for page in packet.pages:
        if page.encounter:
            assert page.encounter in words(page)
        elif page.form == "ADMIT":
            assert "COPY MASTER" in words(page)
