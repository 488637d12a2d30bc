"""A thousand ways to break a small good Bundle: each gives a snapshot or a SnapshotError, never anything else."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from papermode.errors import SnapshotError
from papermode.intake import IntakeSettings, dumps, load, loads

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**400,
    0.1,
    "",
    "x",
    "\u202e\x00",
    "2026-99-99T99:99:99Z",
    "Patient/p",
    [],
    [None],
    [[]],
    [1],
    {},
    {"a": {}},
    {"coding": [None, {}]},
    {"reference": "Patient/p"},
    {"reference": "Location/w"},
    {"reference": 7},
    {"value": 1e-300},
    {"value": 10**60},
    "9" * 500,
    ["\ud7ff", None],
    {"start": "never", "end": 3},
    [{"url": 1}],
    "urn:uuid:",
    "#x",
    "long " * 50_000,
)


def everything(make: Any) -> list[dict[str, Any]]:
    """One resource of every type that is read."""
    me = {"reference": "Patient/p"}
    repeat = {
        "frequency": 2,
        "period": 1,
        "periodUnit": "d",
        "timeOfDay": ["08:00", "20:00"],
        "boundsPeriod": {"start": make.ago(30), "end": make.ago(-90)},
    }
    patient_more = {
        "link": [{"type": "replaces", "other": {"reference": "Patient/old"}}],
        "contact": [{"name": {"family": "C"}, "telecom": [{"value": "1"}]}],
    }
    ward = make.ward()
    ward[2].update(patient_more)
    return [
        *ward,
        {"resourceType": "Patient", "id": "old", "link": [{"type": "replaced-by", "other": me}]},
        {
            "resourceType": "RelatedPerson",
            "id": "r",
            "patient": me,
            "relationship": [{"coding": [{"code": "MTH"}]}],
            "name": [{"family": "M"}],
        },
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "D"}]},
        make.observation("o1", "8867-4", 72.5),
        make.observation("o2", "29463-7", 70),
        make.observation(
            "o3", "2951-2", 139, category="laboratory", referenceRange=[{"low": {"value": 135}, "high": {"value": 145}}]
        ),
        make.request("m1", "Ramipril", make.dosage(5, repeat=repeat)),
        make.request(
            "m2",
            "Insulin",
            make.dosage(2, "U", additionalInstruction=[{"text": "150-199"}]),
            make.dosage(4, "U", additionalInstruction=[{"text": "200 or more"}]),
        ),
        make.request("m3", "Heparin", {"doseAndRate": [{"rateQuantity": {"value": 18, "unit": "U/kg/h"}}]}),
        make.given("a1", "m1", 6),
        {
            "resourceType": "AllergyIntolerance",
            "id": "al",
            "patient": me,
            "code": {"text": "Nuts"},
            "reaction": [{"manifestation": [{"text": "Hives"}]}],
        },
        {"resourceType": "Condition", "id": "c", "subject": me, "code": {"text": "Asthma"}},
        {
            "resourceType": "Flag",
            "id": "f",
            "status": "active",
            "subject": me,
            "code": {"text": "Contact precautions"},
            "period": {"start": make.ago(4)},
        },
        {
            "resourceType": "Consent",
            "id": "co",
            "status": "active",
            "patient": me,
            "category": [{"text": "DNR"}],
            "dateTime": make.ago(4),
        },
        {
            "resourceType": "ServiceRequest",
            "id": "s",
            "status": "active",
            "intent": "order",
            "subject": me,
            "code": {"text": "X-ray"},
        },
        {
            "resourceType": "DiagnosticReport",
            "id": "dr",
            "status": "preliminary",
            "subject": me,
            "code": {"text": "Culture"},
        },
        {
            "resourceType": "NutritionOrder",
            "id": "n",
            "status": "active",
            "patient": me,
            "oralDiet": {"type": [{"text": "Soft"}]},
        },
        {"resourceType": "Device", "id": "de", "patient": me, "type": {"text": "Line"}},
        {
            "resourceType": "DeviceUseStatement",
            "id": "du",
            "status": "active",
            "subject": me,
            "device": {"reference": "Device/de"},
        },
        {
            "resourceType": "Procedure",
            "id": "pr",
            "status": "completed",
            "subject": me,
            "code": {"text": "Insertion of drain"},
            "performedDateTime": make.ago(3),
        },
        {
            "resourceType": "CareTeam",
            "id": "ct",
            "status": "active",
            "subject": me,
            "participant": [{"role": [{"text": "RN"}], "member": {"display": "A"}}],
        },
        {
            "resourceType": "DocumentReference",
            "id": "no",
            "status": "current",
            "subject": me,
            "date": make.ago(2),
            "content": [{"attachment": {"contentType": "text/plain", "data": "YQ=="}}],
        },
    ]


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) in a JSON value."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.append((value, key))
        found += spots(item)
    return found


def mutated(source: dict[str, Any], chance: random.Random) -> str:
    """Return the Bundle as text with one to four things broken."""
    data = copy.deepcopy(source)
    for _ in range(chance.randint(1, 4)):
        container, key = chance.choice(spots(data) or [(data, "entry")])
        match chance.randrange(6):
            case 0 | 1:
                container[key] = copy.deepcopy(chance.choice(JUNK))
            case 2 if isinstance(container, dict):
                container.pop(key, None)
            case 3 if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case 4 if isinstance(container, dict) and isinstance(container.get(key), str):
                text = container[key]
                container[key] = chance.choice(
                    (text + "\u202e", text[: len(text) // 2], text.upper(), text + "\x00", text * 40)
                )
            case _:
                entries = data.get("entry")
                if isinstance(entries, list):
                    chance.shuffle(entries)
    text = json.dumps(data)
    match chance.randrange(12):
        case 0:
            text = text[: chance.randrange(len(text))]
        case 1:
            where = chance.randrange(len(text))
            text = (
                text[:where]
                + chance.choice(("\x00", '"', "{", "[" * 2000, "}", "\\", "\udcff", "1e999"))
                + text[where + 1 :]
            )
        case 2 if isinstance(data.get("entry"), list):
            text = "\n".join(json.dumps(entry.get("resource")) for entry in data["entry"] if isinstance(entry, dict))
    return text


def check(text: str, name: str, folder: Path, make: Any) -> bool:
    """Load the text; return whether a snapshot came of it."""
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    try:
        snapshot = load([path], settings=IntakeSettings(zone="America/New_York"), now=make.AS_OF)
    except SnapshotError:
        return False
    assert loads(dumps(snapshot)) == snapshot
    return True


@pytest.mark.parametrize("seed", range(12))
def test_a_hundred_mutations(make: Any, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = make.bundle(everything(make), timestamp=make.ago(0))
    loaded = sum(
        check(mutated(source, chance), f"{chance.choice(('a.json', 'a.ndjson'))}", tmp_path, make) for _ in range(100)
    )
    assert loaded > 20


def test_the_whole_bundle_is_good(make: Any, load_text: Any) -> None:
    record = load_text(json.dumps(make.bundle(everything(make)))).records[0]
    assert record.unreadable == ()
    assert len(record.medications.items) == 3


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_more_mutations(make: Any, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = make.bundle(everything(make), timestamp=make.ago(0))
    for _ in range(200):
        check(mutated(source, chance), "a.json", tmp_path, make)
