"""Both example wards, printed, filled in and confirmed by the demo's clerk; without pictures of the pages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.clerk_day.heap import Image
from benchmarks.clerk_day.nurse import Nurse, Written
from papermode.app.demo_clerk import LATER, confirm
from papermode.app.desk_fields import Bindings
from papermode.app.packets import print_packets
from papermode.app.resources import examples_dir
from papermode.app.send import make_bundle
from papermode.app.sites import make_keys, open_site
from papermode.app.snapshots import read_snapshot
from papermode.export.bundle import BundleResult
from papermode.export.naming import page_key
from papermode.export.times import Window
from papermode.model.reading import Answer, AnswerState, PageReading
from papermode.simulate.fill import Truth, questions
from papermode.store import Manifests, StoredPage
from papermode.trust.claims import parse
from tests.unit.export.making import PDF
from tests.wards import NOW, ZONE

_SOON: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wards:
    """What is sent, and the truth about it."""

    result: BundleResult
    pages: dict[str, Image]
    """What stands on each page, by the key that the export has for it."""
    patients: dict[str, str]
    """MRN by reference."""


def both_wards(folder: Path) -> Wards:
    """Return the bundle of the example wards."""
    site = folder / "site"
    shutil.copytree(examples_dir(), site)
    make_keys(site / "keys", "RIVER", NOW)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=NOW)
    printed = print_packets(opened, snapshot, wards=[], out=folder / "packets", now=NOW)
    assert {p.ward for p in printed} == {"4W", "OB"}
    manifests = Manifests((folder / "packets",))
    nurse = Nurse(Window(NOW + _SOON, NOW + LATER - _SOON), ZONE, np.random.default_rng(3))
    images: dict[tuple[str, int], Image] = {}
    for stored in manifests.pages():
        form = opened.library.get(stored.entry["form"], stored.entry["version"])
        if stored.entry["patient"] is not None and form is not None:
            image = images[stored.packet, stored.entry["page"]] = Image("page", stored, mrn=stored.entry["mrn"])
            nurse.choose(stored.layout, form, Bindings.of(stored.entry), image.written)
    truths = {place: Truth(image.written.values) for place, image in images.items()}
    readings = [_read(image.stored, image.written) for image in images.values() if image.stored is not None]
    pages = confirm(readings, truths, manifests, snapshot, NOW)
    result = make_bundle(opened, pages, lambda _: PDF)
    people = {f"Patient/{r.patient.id}": r.patient.mrn for r in snapshot.records}
    return Wards(result, {page_key(p): images[p.packet, p.page] for p in pages}, people)


def _read(stored: StoredPage, written: Written) -> PageReading:
    """Return what the reader makes of a page in good order: marks are sure, numbers and words wait for a person."""
    answers = []
    for (link_id, row, column), boxes in questions(stored.layout.boxes).items():
        value, kind = written.values.get((link_id, row, column)), boxes[0].kind
        state: AnswerState = "empty" if value is None else "sure" if kind == "mark" else "unsure"
        answers.append(Answer(link_id, kind, value if kind == "mark" else None, state, 1.0, row, column))
    text = stored.entry["claim"]
    return PageReading(
        "heap.pdf", 0, "read", (), parse(text), text, stored.entry["locator"], "card", stored.layout.id,
        answers=tuple(answers), written=bool(written.values),
    )  # fmt: skip
