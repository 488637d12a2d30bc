"""The clerk of the demo: settles what the reader doubts, as one who has the paper in hand would, and files it all.

The answers are the reader's where it was sure, and what was really written where it was not. Doses without a
written time are not filed as administrations (export says so): the demo's pen writes no times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from papermode import __version__
from papermode.app.scans import page_key
from papermode.model.answers import Answer, Origin, Outcome, ReviewedPage
from papermode.model.packet import Subject
from papermode.model.reading import Answer as Read
from papermode.model.reading import PageReading
from papermode.model.snapshot import Snapshot
from papermode.simulate.fill import Key, Truth, Value
from papermode.store import Manifests, StoredPage

CLERK: Final = "demo clerk"


def confirm(
    readings: Iterable[PageReading],
    truths: Mapping[tuple[str, int], Truth],
    manifests: Manifests,
    snapshot: Snapshot,
    now: datetime,
) -> list[ReviewedPage]:
    """Return the patients' pages on which something was marked, confirmed."""
    people = {r.patient.mrn: (f"Patient/{r.patient.id}", f"Encounter/{r.stay.id}") for r in snapshot.records}
    out = []
    for reading in readings:
        key = page_key(reading)
        stored = manifests.page(*key) if key is not None else None
        if key is None or stored is None or key not in truths or stored.entry["patient"] is None or not reading.written:
            continue
        refs = people.get(stored.entry["mrn"], ("", ""))
        out.append(_page(reading, stored, truths[key].answers, manifests.packets[key[0]], refs, now))
    return out


def _page(
    reading: PageReading,
    stored: StoredPage,
    truth: Mapping[Key, Value],
    manifest: Mapping[str, object],
    refs: tuple[str, str],
    now: datetime,
) -> ReviewedPage:
    entry = stored.entry
    patient = entry["patient"]
    return ReviewedPage(
        packet=stored.packet,
        page=entry["page"],
        form=entry["form"],
        version=entry["version"],
        site=str(manifest["site"]),
        ward=str(manifest["ward"]),
        subject=Subject(patient["mrn"], patient["name"], patient["birth_date"]),
        encounter=entry["encounter"] or "",
        patient_ref=refs[0],
        encounter_ref=refs[1],
        printed_at=datetime.fromisoformat(str(manifest["printed_at"])),
        answers=tuple(_answer(a, stored, truth, now) for a in reading.answers),
        image_sha256=f"{stored.packet}-{entry['page']}",
        confirmed_by=CLERK,
        confirmed_at=now,
        software=f"papermode {__version__}",
    )


def _answer(read: Read, stored: StoredPage, truth: Mapping[Key, Value], now: datetime) -> Answer:
    """Accept a sure mark, settle a doubtful one by what was written, keep everything else as image."""
    box = next(b for b in stored.layout.boxes if (b.link_id, b.row, b.column) == (read.link_id, read.row, read.column))
    row = stored.entry["rows"].get(str(read.row), {"ref": "", "text": ""})
    value = read.value if read.state == "sure" else truth.get((read.link_id, read.row, read.column))
    outcome: Outcome = "entered" if read.kind == "mark" else "image-only"
    return Answer(
        link_id=read.link_id,
        kind=read.kind,
        value=value if read.kind == "mark" else None,
        outcome=outcome,
        row=read.row,
        column=read.column,
        unit=box.unit,
        code=box.code,
        label=box.label,
        ref=row["ref"],
        row_text=row["text"],
        read=read.value,
        confidence=read.confidence,
        origin=Origin("", 0, (box.rect.x, box.rect.y, box.rect.w, box.rect.h)),
        by=CLERK,
        confirmed_at=now,
    )
