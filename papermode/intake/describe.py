"""What a snapshot holds and lacks, without clinical values."""

from __future__ import annotations

from collections import Counter
from typing import Any

from papermode.model.snapshot import PART_NAMES, Part, PatientRecord, Snapshot


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Return a JSON-able account of a snapshot for ``snapshot show``.

    It names no patient and no clinical value::

        {"as_of", "as_of_how", "patients", "sources": [{"name", "kind", "records", "sha256"}],
         "wards": [{"ward", "patients", "beds", "restricted", "deceased", "without_birth_date"}],
         "parts": {part: {"items", "complete", "partial", "unavailable", "why": {reason: patients}}},
         "allergies": {"listed", "none-known", "not-recorded"},
         "problems": [{"file", "line", "what", "why"}], "unreadable": number}
    """
    wards: dict[str, list[PatientRecord]] = {}
    for record in snapshot.records:
        wards.setdefault(record.stay.ward, []).append(record)
    known = Counter(record.allergy_knowledge for record in snapshot.records)
    return {
        "as_of": snapshot.as_of.isoformat(),
        "as_of_how": snapshot.as_of_how,
        "patients": len(snapshot.records),
        "sources": [
            {"name": source.name, "kind": source.kind, "records": source.records, "sha256": source.sha256}
            for source in snapshot.sources
        ],
        "wards": [_ward(name, records) for name, records in wards.items()],
        "parts": {name: _part([getattr(record, name) for record in snapshot.records]) for name in PART_NAMES},
        "allergies": {name: known[name] for name in ("listed", "none-known", "not-recorded")},
        "unreadable": sum(len(record.unreadable) for record in snapshot.records),
        "problems": [
            {"file": problem.file, "line": problem.line, "what": problem.what, "why": problem.why}
            for problem in snapshot.problems
        ],
    }


def _ward(name: str, records: list[PatientRecord]) -> dict[str, Any]:
    return {
        "ward": name,
        "patients": len(records),
        "beds": len({record.stay.bed for record in records if record.stay.bed}),
        "restricted": sum(record.patient.restricted for record in records),
        "deceased": sum(record.patient.deceased for record in records),
        "without_birth_date": sum(not record.patient.birth_date for record in records),
    }


def _part(parts: list[Part[Any]]) -> dict[str, Any]:
    states = Counter(part.state for part in parts)
    reasons = Counter(part.why for part in parts if part.state != "complete")
    return {
        "items": sum(len(part.items) for part in parts),
        **{state: states[state] for state in ("complete", "partial", "unavailable")},
        "why": dict(sorted(reasons.items())),
    }
