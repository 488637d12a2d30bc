"""The fact property: whatever the data are, every fact is on its patient's pages, whole, and on nobody else's."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from papermode.model.packet import Packet
from papermode.model.snapshot import PatientRecord, Snapshot
from papermode.plan import facts
from papermode.plan.facts import Style
from papermode.printing.pdf import save_packet
from tests import facts as oracle
from tests.facts import PatientPages, facts_of, lost_of
from tests.pages import PdfLine, characters, drawn_text, lines_of, squeezed
from tests.strategies import records, snapshots
from tests.wards import Example, plan_ward, run_of, ward_of

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


def printed(packet: Packet) -> tuple[dict[str, PatientPages], list[list[PdfLine]]]:
    """Return the text of every patient's pages by MRN, out of the PDF, and of all pages."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "packet.pdf"
        save_packet(packet, path)
        lines = lines_of(path)
    found: dict[str, PatientPages] = {}
    for page, on_page in zip(packet.pages, lines, strict=True):
        if page.subject is not None:
            found.setdefault(page.subject.mrn, PatientPages()).pages.append((page.form, on_page))
    return found, lines


def check_facts(snapshot: Snapshot, language: str = "en") -> None:
    style = Style(run_of(ward_of()).style.zone, language)
    packet = plan_ward(snapshot.records, run_of(ward_of(language=language)))
    pages, _ = printed(packet)
    for record in snapshot.records:
        wanted = [f for f in facts_of(record, style, snapshot.as_of) if squeezed(f.text)]
        lost = list(lost_of(wanted, pages[record.patient.mrn]))
        assert not lost, f"{len(lost)} of {len(wanted)} lost, first: {lost[0]}"
    claims = Counter(p.claim_text for p in packet.pages)
    assert max(claims.values()) == 1
    check_strangers(snapshot, pages, language)


def check_strangers(snapshot: Snapshot, pages: dict[str, PatientPages], language: str) -> None:
    """No page names another patient, but for the mother on a newborn's."""
    for record in snapshot.records:
        mine = [
            squeezed(w) for _, lines in pages[record.patient.mrn].pages for line in lines for w in line.text.split()
        ]
        own = squeezed(" ".join((*strings(record), *map(facts.name_text, record.patient.names))))
        for other in snapshot.records:
            if other is record:
                continue
            for identifier in (other.patient.mrn, *map(facts.name_text, other.patient.names)):
                text = squeezed(identifier)
                # What the patient's own data say is the patient's (the mother's name among it).
                if telling(text) and text not in own and text not in static_words(language):
                    assert not stands(text, mine), f"{text} of {other.patient.id} is on pages of {record.patient.id}"


def stands(text: str, words: list[str]) -> bool:
    """Tell whether a squeezed text stands among words as words of its own: "rash" does not in "for a shift"."""
    joined = "".join(words)
    ends = {0, *accumulate(map(len, words))}
    for found in re.finditer(re.escape(text), joined):
        start, end = found.span()
        begins = start in ends or not joined[start - 1].isalnum()
        if begins and (end in ends or not joined[end].isalnum()):
            return True
    return False


def telling(identifier: str) -> bool:
    """Tell whether a text can name a person: a number of the length of an MRN, or a word."""
    return bool(re.search(r"[^\W\d_]{4}|\d{9}", identifier))


def strings(value: Any) -> Iterator[str]:
    """Go through every text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from strings(part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from strings(dataclasses.astuple(value))


@cache
def static_words(language: str) -> str:
    """Every word that stands on pages of a patient about whom nothing is known, in the language of the pages."""
    packet = plan_ward([], run_of(ward_of(language=language)))
    return squeezed(" ".join(t.text for p in packet.pages for t in (*p.layout.texts, *p.fills)))


@given(snapshots())
def test_every_fact_of_any_snapshot(snapshot: Snapshot) -> None:
    """This test ensures that every fact a form shows is on its patient's pages, whole, and no stranger's is."""
    check_facts(snapshot)


@pytest.mark.deep
@settings(max_examples=600, derandomize=False)
@given(snapshots(), st.sampled_from(("en", "fr")))
def test_every_fact_of_many_snapshots(snapshot: Snapshot, language: str) -> None:
    """This test ensures the same over hundreds of snapshots and in both languages."""
    check_facts(snapshot, language)


@settings(max_examples=4)
@given(records(crowded=True))
def test_every_fact_of_a_crowded_record(record: PatientRecord) -> None:
    """This test ensures that up to sixty drugs and long lists everywhere are printed whole."""
    note(f"{len(record.medications.items)} medications")
    check_facts(Snapshot(run_of(ward_of()).as_of, "given", (), (record,)))


def test_every_fact_of_the_example_site(example: Example) -> None:
    """This test ensures that the example wards print every one of their facts."""
    site = example.site.site
    style = run_of(ward_of(), zone=site.zone).style
    looked, lost = oracle.report(example.snapshot, [p.folder for p in example.printed], style)
    assert not lost
    assert sum(looked.values()) > 2000
    assert set(looked) >= {
        "allergy",
        "drug",
        "how",
        "rate",
        "scale",
        "last given",
        "administration",
        "vitals",
        "labs",
        "note",
        "mother",
        "unreadable",
        "former mrn",
    }


def test_a_missing_line_is_noticed(example: Example) -> None:
    """This test ensures that the oracle can fail: without any one line of a page, facts are lost."""
    record = next(r for r in example.snapshot.records if len(r.allergies.items) > 1)
    style = run_of(ward_of(), zone=example.site.site.zone).style
    pages = oracle.pages_by_patient([p.folder for p in example.printed])[record.patient.mrn, record.stay.number]
    wanted = list(facts_of(record, style, example.snapshot.as_of))
    assert not list(lost_of(wanted, pages))
    substance = record.allergies.items[-1].substance
    without = PatientPages([(form, [n for n in lines if substance not in n.text]) for form, lines in pages.pages])
    assert {fact.kind for fact, _ in lost_of(wanted, without)} == {"allergy"}


def test_a_word_at_the_end_of_a_line_beside_right_to_left_text_is_found() -> None:
    """This test ensures that the oracle knows where lines end: a name before a Hebrew word is not lost, another is."""
    lines = [PdfLine(text, 1600, y, 10, static=False) for text, y in (("José", 20000), ("Ángström, 5 mg לוי", 20400))]
    pages = PatientPages([("MAR-24", lines)])
    assert pages.holds("5 mg, José Ángström")
    assert not pages.holds("5 mg, Joséphine Ángström")


def test_a_character_without_a_font_is_found_in_every_kind_of_line() -> None:
    """This test ensures that the oracle knows both ways in which a PDF names it, and takes it for no other."""
    lines = [PdfLine(text, 1600, y, 10, static=False) for text, y in (("中 5 mg, 中", 20000), ("[U+4E2D] לוי", 20400))]
    pages = PatientPages([("MAR-24", lines)])
    assert pages.holds("中 5 mg, 中中")
    assert not pages.holds("中 5 mg, 中漢")


def test_text_is_drawn_as_it_is_marked(example: Example) -> None:
    """This test ensures that the glyphs PDFium sees on a page are the characters that its lines claim to be."""
    pages = 0
    for packet in example.printed:
        pdf = packet.folder / "packet.pdf"
        for lines, drawn in zip(lines_of(pdf), drawn_text(pdf), strict=True):
            assert characters("".join(n.text for n in lines)) == characters(drawn)
            pages += 1
    assert pages > 200
