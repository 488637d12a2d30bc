"""The clerk of the demo: settles what the reader doubts, as one who has the paper in hand would, and files it all.

The answers are the reader's where it was sure, and what was really written where it was not. The clerk sits down a
day after the print. Doses without a written time are not filed as administrations (export says so).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from papermode import __version__
from papermode.app.desk_fields import Bindings, timed
from papermode.app.sites import shipped_library
from papermode.export.times import Window
from papermode.model.answers import Answer, Origin, Outcome, ReviewedPage
from papermode.model.packet import Subject
from papermode.model.reading import Answer as Read
from papermode.model.reading import PageReading
from papermode.model.snapshot import Snapshot
from papermode.simulate.fill import Key, Truth, Value
from papermode.store import Manifests, StoredPage, place_of

CLERK: Final = "demo clerk"
LATER: Final = timedelta(hours=24)
"""From the print to the clerk's work; what is written on a page lies in between."""


def confirm(
    readings: Iterable[PageReading],
    truths: Mapping[tuple[str, int], Truth],
    manifests: Manifests,
    snapshot: Snapshot,
    now: datetime,
) -> list[ReviewedPage]:
    """Return the patients' pages on which something was written, confirmed.

    Args:
        readings: what was read.
        truths: what was written, by packet and page.
        manifests: the printed pages.
        snapshot: the patients.
        now: when the packets were printed.
    """
    library = shipped_library()
    people = {r.patient.mrn: (f"Patient/{r.patient.id}", f"Encounter/{r.stay.id}") for r in snapshot.records}
    out = []
    for reading in readings:
        key = place_of(reading)
        stored = manifests.page(*key) if key is not None else None
        if key is None or stored is None or key not in truths or stored.entry["patient"] is None or not reading.written:
            continue
        refs = people.get(stored.entry["mrn"], ("", ""))
        page = _page(reading, stored, _written(truths[key]), manifests.packets[key[0]], refs, now + LATER)
        form = library.get(page.form, page.version)
        zone = ZoneInfo(str(manifests.packets[key[0]]["zone"]))
        window = Window(page.printed_at, page.confirmed_at)
        out.append(timed(page, form, Bindings.of(stored.entry), window, zone) if form is not None else page)
    return out


def _written(truth: Truth) -> dict[Key, Value]:
    """Return what a person reads on a page: marks and numbers."""
    return {**truth.answers, **{key: number for key, number in truth.combs.items() if number}}


def _page(
    reading: PageReading,
    stored: StoredPage,
    truth: Mapping[Key, Value],
    manifest: Mapping[str, object],
    refs: tuple[str, str],
    at: datetime,
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
        answers=tuple(_answer(a, stored, truth, at) for a in reading.answers),
        image_sha256=f"{stored.packet}-{entry['page']}",
        confirmed_by=CLERK,
        confirmed_at=at,
        software=f"papermode {__version__}",
    )


def _answer(read: Read, stored: StoredPage, truth: Mapping[Key, Value], at: datetime) -> Answer:
    """Accept what is sure, settle by what was written what is not, keep handwriting as a picture."""
    box = next(b for b in stored.layout.boxes if b.key == (read.link_id, read.row, read.column))
    row = stored.entry["rows"].get(str(read.row), {"ref": "", "text": ""})
    value = read.value if read.state == "sure" else truth.get((read.link_id, read.row, read.column))
    entered = read.kind == "mark" or (read.kind == "comb" and value is not None)
    outcome: Outcome = "entered" if entered else "image-only"
    return Answer(
        link_id=read.link_id,
        kind=read.kind,
        value=value if entered else None,
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
        confirmed_at=at,
    )
