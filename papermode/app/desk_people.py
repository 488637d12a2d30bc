"""Who is meant: patients of the snapshot and of the printed pages, searched and compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from papermode.model.claim import Claim
from papermode.model.packet import Subject
from papermode.model.snapshot import PatientRecord, Snapshot
from papermode.plan.facts import full_name
from papermode.review.desk import Match, Person
from papermode.store import Manifests
from papermode.trust.claims import UNKNOWN_CHECK, check_field

MOST: Final = 20
"""People that a search shows."""


class Census:
    """The people."""

    def __init__(self, snapshot: Snapshot | None, manifests: Manifests) -> None:
        self.as_of: datetime | None = snapshot.as_of if snapshot is not None else None
        self._records: dict[str, PatientRecord] = {}
        self._people: dict[str, Person] = {}
        for record in snapshot.records if snapshot is not None else ():
            self._people.setdefault(record.patient.mrn, _person(record))
            for mrn in (record.patient.mrn, *record.patient.former_mrns):
                self._records.setdefault(mrn, record)
        for person in _printed_people(manifests):
            self._people.setdefault(person.subject.mrn, person)
        self._searched = [(_folded(f"{p.subject.name} {p.subject.mrn}"), p) for p in self._people.values()]

    def search(self, text: str) -> list[Person]:
        """Return those whose name or number has all the words of a text."""
        words = _folded(text).split()
        return [p for searched, p in self._searched if words and all(w in searched for w in words)][:MOST]

    def person(self, mrn: str) -> Person | None:
        """Return the person with a number (the surviving one of a merged record), or ``None``."""
        record = self._records.get(mrn)
        return self._people.get(record.patient.mrn if record is not None else mrn)

    def in_data(self, mrn: str) -> Person | None:
        """Return whom the snapshot has under a number, or ``None``."""
        record = self._records.get(mrn)
        return _person(record) if record is not None else None

    def match(self, claim: Claim | None, subject: Subject | None) -> Match:
        """Tell whether a page and the snapshot mean one person.

        Args:
            claim: What the page's code says.
            subject: What was printed, from the manifest.
        """
        mrn = claim.mrn if claim is not None else subject.mrn if subject is not None else ""
        if not mrn or self.as_of is None:
            return "none"
        record = self._records.get(mrn)
        if record is None:
            return "absent"
        patient = record.patient
        if claim is not None and claim.check != UNKNOWN_CHECK:
            families = [n.family for n in patient.names] or [""]
            checks = {check_field(claim.packet, mrn, patient.birth_date, family) for family in families}
            return "same" if claim.check in checks else "different"
        if subject is None or not subject.birth_date or not patient.birth_date:
            return "same"
        return "same" if subject.birth_date == patient.birth_date else "different"


def _person(record: PatientRecord) -> Person:
    patient, stay = record.patient, record.stay
    return Person(
        Subject(patient.mrn, full_name(patient.names), patient.birth_date),
        stay.ward,
        f"Patient/{patient.id}" if patient.id else "",
        stay.number,
        f"Encounter/{stay.id}" if stay.id else "",
    )


def _printed_people(manifests: Manifests) -> Iterable[Person]:
    for manifest in manifests.packets.values():
        for entry in manifest["pages"]:
            patient = entry["patient"]
            if patient is not None:
                subject = Subject(str(patient["mrn"]), str(patient["name"]), str(patient["birth_date"]))
                yield Person(subject, str(manifest["ward"]), "", str(entry["encounter"] or ""))


def _folded(text: str) -> str:
    """Return a text for searching: no case, no accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).replace(",", " ").split())
