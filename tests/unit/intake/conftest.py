"""A small ward of one patient to change, and a way to load it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from papermode.intake import IntakeSettings, load
from papermode.model.snapshot import PatientRecord, Snapshot

Json = dict[str, Any]
AS_OF = datetime(2026, 11, 24, 2, 0, tzinfo=timezone(timedelta(hours=-5)))
Loader = Callable[..., Snapshot]


def ago(hours: float) -> str:
    return (AS_OF - timedelta(hours=hours)).isoformat()


def ward() -> list[Json]:
    """One patient in bed 7 of ward 4W."""
    kind = "http://terminology.hl7.org/CodeSystem/location-physical-type"
    return [
        {
            "resourceType": "Location",
            "id": "w",
            "name": "Ward 4W",
            "physicalType": {"coding": [{"system": kind, "code": "wa"}]},
        },
        {
            "resourceType": "Location",
            "id": "b",
            "name": "Bed 7",
            "physicalType": {"coding": [{"code": "bd"}]},
            "partOf": {"reference": "Location/w"},
        },
        {
            "resourceType": "Patient",
            "id": "p",
            "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": "urn:mrn", "value": "00123"}],
            "name": [{"use": "official", "family": "Doe", "given": ["Jane"]}],
            "gender": "female",
            "birthDate": "1970-01-02",
        },
        {
            "resourceType": "Encounter",
            "id": "e",
            "status": "in-progress",
            "class": {"code": "IMP"},
            "subject": {"reference": "Patient/p"},
            "period": {"start": ago(48)},
            "location": [{"location": {"reference": "Location/b"}, "status": "active"}],
        },
    ]


def observation(id: str, code: str, value: Any, hours: float = 1, category: str = "vital-signs", **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{"coding": [{"code": category}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": f"name of {code}"},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": ago(hours),
        **({"valueQuantity": {"value": value, "unit": "u"}} if value is not None else {}),
        **more,
    }


def request(id: str = "m", name: str = "Ramipril", *dosages: Json, **more: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"text": name},
        "dosageInstruction": list(dosages),
        **more,
    }


def given(id: str, order: str, hours: float, status: str = "completed", **more: Any) -> Json:
    return {
        "resourceType": "MedicationAdministration",
        "id": id,
        "status": status,
        "medicationCodeableConcept": {"text": "Ramipril"},
        "subject": {"reference": "Patient/p"},
        "request": {"reference": f"MedicationRequest/{order}"},
        "effectiveDateTime": ago(hours),
        **more,
    }


def dosage(value: Any = 5, unit: str = "mg", repeat: Json | None = None, **more: Any) -> Json:
    return {
        "doseAndRate": [{"doseQuantity": {"value": value, "unit": unit}}],
        **({"timing": {"repeat": repeat}} if repeat else {}),
        **more,
    }


def bundle(resources: list[Json], **more: Any) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
        **more,
    }


@pytest.fixture
def make() -> Any:
    """The builders of this module, by name."""
    return __import__("types").SimpleNamespace(
        AS_OF=AS_OF,
        ago=ago,
        ward=ward,
        observation=observation,
        request=request,
        given=given,
        dosage=dosage,
        bundle=bundle,
    )


@pytest.fixture
def load_text(tmp_path: Path) -> Loader:
    """Load one file with the given bytes; settings as keywords."""

    def run(data: bytes | str, name: str = "data.json", as_of: datetime | None = AS_OF, **settings: Any) -> Snapshot:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        chosen = IntakeSettings(**{"zone": "America/New_York", **settings})
        return load([tmp_path], settings=chosen, as_of=as_of, now=AS_OF + timedelta(hours=10))

    return run


@pytest.fixture
def load_ward(load_text: Loader) -> Callable[..., PatientRecord]:
    """Load the small ward with more resources; return the record of its patient."""

    def run(*resources: Json, **settings: Any) -> PatientRecord:
        snapshot = load_text(json.dumps(bundle([*ward(), *resources])), **settings)
        return next(record for record in snapshot.records if record.patient.id == "p")

    return run
