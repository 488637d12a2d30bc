"""What holds for every printed page, whoever the patient is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.geometry import Rect
from papermode.model.layout import CLEARANCE
from papermode.model.packet import Packet, Page
from papermode.model.snapshot import PatientRecord
from papermode.plan.clearance import TOLERANCE, text_rect
from papermode.plan.facts import full_name
from tests.pages import squeezed
from tests.strategies import records
from tests.wards import Example, plan_ward, run_of, ward_of

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

EDGE = 1000
QUIET = {"claim": 184, "locator": 304}
"""Four modules around each code (ISO/IEC 18004, 6.3.8), 0.01 mm."""


def faults(page: Page) -> Iterator[str]:
    """Go through the words of a page that lie where no word may lie."""
    w, h = page.layout.size
    printable = Rect(EDGE, EDGE, w - 2 * EDGE, h - 2 * EDGE)
    inked = [(t, text_rect(t)) for t in page.fills]
    keep = [
        (f"box {b.link_id}", b.rect.grown((0 if b.kind == "crop" else CLEARANCE) - TOLERANCE))
        for b in page.layout.boxes
    ]
    keep += [(f"the {c.kind} code", c.rect.grown(QUIET[c.kind])) for c in page.layout.codes]
    keep += [(f"the words {t.text!r}", text_rect(t).grown(-10)) for t in page.layout.texts]
    for i, (text, rect) in enumerate(inked):
        if not printable.contains(rect):
            yield f"{text} reaches to the edge of the paper"
        others = [(f"the words {t.text!r}", r.grown(-10)) for t, r in inked[:i]]
        yield from (f"{text} lies over {what}" for what, place in (*keep, *others) if place.overlaps(rect))


def check(packet: Packet) -> None:
    for number, page in enumerate(packet.pages, 1):
        found = [f"page {number} {page.form} {page.set_x}/{page.set_y}: {fault}" for fault in faults(page)]
        assert not found


def test_no_word_lies_over_another_or_in_a_box(example: Example) -> None:
    """This test ensures that on the pages of the example wards every word can be read and every box is empty."""
    by_ward: dict[str, list[PatientRecord]] = {}
    for record in example.snapshot.records:
        by_ward.setdefault(record.stay.ward, []).append(record)
    for ward, patients in by_ward.items():
        check(plan_ward(patients, run_of(ward_of(code=ward, paper="letter", sets=1))))


@settings(max_examples=20)
@given(records(), st.sampled_from(("a4", "letter")), st.sampled_from(("en", "fr")))
def test_no_word_of_any_record_lies_over_another(record: PatientRecord, paper: str, language: str) -> None:
    """This test ensures the same whatever the record holds: text moves on to other pages, never over anything."""
    check(plan_ward([record], run_of(ward_of(paper=paper, language=language))))


@pytest.mark.deep
@settings(max_examples=400, derandomize=False)
@given(records(), st.sampled_from(("a4", "letter")), st.sampled_from(("en", "fr")))
def test_no_word_of_many_records_lies_over_another(record: PatientRecord, paper: str, language: str) -> None:
    """This test ensures the same over hundreds of records."""
    check(plan_ward([record], run_of(ward_of(paper=paper, language=language))))


def check_alone(packet: Packet, record: PatientRecord) -> None:
    """Each page stands alone (DESIGN 6.3): identifiers, times, ward, form and version, number, allergies."""
    pages = [p for p in packet.pages if p.subject is not None]
    assert pages
    for number, page in enumerate(pages, 1):
        said = squeezed("".join(t.text for t in page.fills))
        head = squeezed("".join(t.text for t in page.fills if t.y < 6390))
        foot = squeezed("".join(t.text for t in page.fills if t.y > 24400))
        assert f"MRN{squeezed(record.patient.mrn)}" in head
        assert squeezed(full_name(record.patient.names)) in head
        assert squeezed(record.patient.birth_date[:4] or "Birth date NOT IN DATA") in head
        assert "DATA24-Nov-202602:00" in head
        assert "Printed24-Nov-202602:15" in head
        assert f"Page{number}of{len(pages)}" in head
        assert f"{page.form}v{page.version}" in head
        assert "WardW1" in head
        assert packet.id in foot
        assert re.search("ALLERG(Y|IES)", said)
        for a in record.allergies.items:
            assert squeezed(a.substance) in head or "SEEPAGE1" in head


@settings(max_examples=15)
@given(records())
def test_every_page_stands_alone(record: PatientRecord) -> None:
    """This test ensures that a page that is torn from its set still says whose it is, as of when, and of what."""
    check_alone(plan_ward([record]), record)
