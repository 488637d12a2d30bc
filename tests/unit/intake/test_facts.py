"""Allergies, observations, statements, devices, orders, people, notes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

NKA = {"text": "No known allergy", "coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}
P = {"reference": "Patient/p"}


def allergy(id: str, code: Any, status: str = "active", verification: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "id": id,
        "patient": P,
        "code": code,
        "clinicalStatus": {"coding": [{"code": status}]},
        "verificationStatus": {"coding": [{"code": verification}]},
        **more,
    }


def test_allergies_with_reactions(load_ward: Any) -> None:
    source = allergy(
        "a",
        {"text": "Penicillin"},
        reaction=[
            {"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"},
            {"manifestation": [{"text": "Hives"}]},
        ],
        criticality="high",
    )
    record = load_ward(source)
    found = record.allergies.items[0]
    assert (found.substance, found.reactions, found.severity, found.criticality) == (
        "Penicillin",
        ("Anaphylaxis", "Hives"),
        "severe",
        "high",
    )
    assert (record.allergy_knowledge, record.allergies.state) == ("listed", "complete")


@pytest.mark.parametrize("status", ["active", "resolved"])
def test_no_known_allergy_counts_whatever_its_clinical_status(load_ward: Any, status: str) -> None:
    record = load_ward(allergy("a", NKA, status))
    assert (record.allergies.items, record.allergy_knowledge) == ((), "none-known")


def test_no_known_drug_allergy_keeps_its_words(load_ward: Any) -> None:
    record = load_ward(allergy("a", {"text": "No known drug allergies"}))
    assert (record.allergy_knowledge, record.allergies.why) == ("none-known", "No known drug allergies")


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
@pytest.mark.parametrize("code", [NKA, {"text": "Penicillin"}])
def test_void_records_say_nothing(load_ward: Any, code: Any, verification: str) -> None:
    record = load_ward(allergy("a", code, verification=verification))
    assert (record.allergies.items, record.allergy_knowledge) == ((), "not-recorded")


@pytest.mark.parametrize(
    "text", ["Allergy information not on file", "Unknown", "Patient not asked; allergies not recorded"]
)
def test_not_asked_is_not_none(load_ward: Any, text: str) -> None:
    assert load_ward(allergy("a", {"text": text})).allergy_knowledge == "not-recorded"


def test_without_any_allergy_record_in_the_source_the_part_is_unavailable(load_ward: Any) -> None:
    record = load_ward()
    assert (record.allergies.state, record.allergies.why, record.allergy_knowledge) == (
        "unavailable",
        "no allergies in the export",
        "not-recorded",
    )


def test_a_broken_allergy_never_leaves_none_known_standing_alone(load_ward: Any) -> None:
    record = load_ward(allergy("a", NKA), allergy("b", "Penicillin"))
    assert record.allergies.state == "partial"
    assert record.unreadable[0].what == "AllergyIntolerance/b (entry 6)"


def test_values_keep_their_digits(make: Any, load_text: Any) -> None:
    resources = [
        *make.ward(),
        make.observation("o", "8867-4", 1),
        make.observation("l", "2951-2", 2, category="laboratory"),
    ]
    data = (
        json.dumps(make.bundle(resources))
        .replace('"value": 1,', '"value": 72.50,')
        .replace('"value": 2,', '"value": 500.0,')
    )
    record = load_text(data).records[0]
    assert record.vitals.items[0].value == "72.50"
    assert record.labs.items[0].value == "500.0"


def test_a_blood_pressure_is_two_values_of_one_id(make: Any, load_ward: Any) -> None:
    parts = [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": text},
            "valueQuantity": {"value": value, "unit": "mm[Hg]"},
        }
        for code, text, value in (("8480-6", "Systolic", 120), ("8462-4", "Diastolic", 80))
    ]
    record = load_ward(make.observation("bp", "85354-9", None, component=parts))
    assert [(item.id, item.code, item.name, item.value) for item in record.vitals.items] == [
        ("bp", "8480-6", "Systolic", "120"),
        ("bp", "8462-4", "Diastolic", "80"),
    ]


def test_windows_are_24_hours_for_vitals_and_72_for_labs(make: Any, load_ward: Any) -> None:
    hours = (1, 23.9, 24.5, 71, 73)
    vitals = [make.observation(f"v{h}", "8867-4", 1, h) for h in hours]
    labs = [make.observation(f"l{h}", "2951-2", 1, h, "laboratory") for h in hours]
    weights = [make.observation(f"w{h}", "29463-7", 70 + h, h * 100) for h in hours]
    record = load_ward(*vitals, *labs, *weights)
    assert [item.id for item in record.vitals.items if item.code == "8867-4"] == ["v1", "v23.9"]
    assert [item.id for item in record.labs.items] == ["l1", "l23.9", "l24.5", "l71"]
    assert [item.quantity.value for item in record.weight.items] == ["71", "93.9", "94.5", "141", "143"]


def test_what_is_dated_after_the_data_time_is_left_out_and_named(make: Any, load_ward: Any) -> None:
    record = load_ward(make.observation("now", "8867-4", 80), make.observation("later", "8867-4", 90, -30))
    assert [item.id for item in record.vitals.items] == ["now"]
    assert record.vitals.state == "partial"
    assert record.unreadable[0].why == "dated after the time of the data; left out"


@pytest.mark.parametrize(
    ("code", "more", "how"),
    [
        ("3141-9", {}, "measured"),
        ("8335-2", {}, "estimated"),
        ("3142-7", {}, "stated"),
        ("29463-7", {}, ""),
        ("29463-7", {"method": {"text": "Estimated by bed scale"}}, "estimated"),
    ],
)
def test_how_a_weight_is_known(make: Any, load_ward: Any, code: str, more: Any, how: str) -> None:
    assert load_ward(make.observation("w", code, 70, **more)).weight.items[0].how == how


def test_a_weight_without_a_unit_is_not_used(make: Any, load_ward: Any) -> None:
    record = load_ward(make.observation("w", "29463-7", None, valueQuantity={"value": 70}))
    assert record.weight.items == ()
    assert record.weight.state == "partial"


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_void_observations_are_none(make: Any, load_ward: Any, status: str) -> None:
    assert load_ward(make.observation("o", "8867-4", 1, status=status)).vitals.items == ()


def test_code_status_from_everywhere_newest_first(make: Any, load_ward: Any) -> None:
    observed = make.observation("o", "x", None, 10, "survey", valueCodeableConcept={"text": "For resuscitation"})
    observed["code"] = {"coding": [{"system": "http://snomed.info/sct", "code": "304251008"}]}
    flag = {
        "resourceType": "Flag",
        "id": "f",
        "status": "active",
        "subject": P,
        "code": {"text": "DNR"},
        "period": {"start": make.ago(5)},
    }
    order = {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "intent": "order",
        "subject": P,
        "code": {"text": "Do not resuscitate"},
        "authoredOn": make.ago(2),
    }
    consent = {
        "resourceType": "Consent",
        "id": "c",
        "status": "active",
        "patient": P,
        "category": [{"coding": [{"code": "dnr"}], "text": "Advance directive"}],
        "dateTime": make.ago(20),
    }
    record = load_ward(observed, flag, order, consent)
    assert [item.id for item in record.code_status.items] == ["s", "f", "o", "c"]
    assert (record.flags.items, record.orders.items) == ((), ())
    assert [item.id for item in record.consents.items] == ["c"]


def test_isolation_is_told_from_other_precautions(load_ward: Any) -> None:
    flags = [
        {"resourceType": "Flag", "id": str(n), "status": status, "subject": P, "code": {"text": text}}
        for n, (text, status) in enumerate(
            (
                ("Contact precautions: MRSA", "active"),
                ("Fall precautions", "active"),
                ("Airborne isolation", "inactive"),
            )
        )
    ]
    record = load_ward(*flags)
    assert [(item.text, item.category) for item in record.flags.items] == [
        ("Contact precautions: MRSA", "isolation"),
        ("Fall precautions", ""),
    ]


def test_devices_diet_and_orders(make: Any, load_ward: Any) -> None:
    record = load_ward(
        {"resourceType": "Device", "id": "d", "type": {"text": "Central line"}, "patient": P},
        {"resourceType": "Device", "id": "pump", "type": {"text": "Pump of the ward"}},
        {
            "resourceType": "DeviceUseStatement",
            "id": "u",
            "status": "active",
            "subject": P,
            "device": {"reference": "Device/d"},
            "bodySite": {"text": "neck"},
            "timingPeriod": {"start": make.ago(30)},
        },
        {
            "resourceType": "DeviceUseStatement",
            "id": "u2",
            "status": "completed",
            "subject": P,
            "device": {"display": "old"},
        },
        {
            "resourceType": "Procedure",
            "id": "pr",
            "status": "completed",
            "subject": P,
            "code": {"text": "Insertion of urinary catheter"},
            "performedDateTime": make.ago(5),
        },
        {
            "resourceType": "NutritionOrder",
            "id": "n",
            "status": "active",
            "patient": P,
            "oralDiet": {"type": [{"text": "Soft"}], "instruction": "small meals"},
            "excludeFoodModifier": [{"text": "peanut"}],
        },
        {
            "resourceType": "ServiceRequest",
            "id": "s",
            "status": "active",
            "intent": "order",
            "subject": P,
            "code": {"text": "NPO after midnight"},
        },
        {
            "resourceType": "ServiceRequest",
            "id": "x",
            "status": "active",
            "intent": "order",
            "subject": P,
            "code": {"text": "Chest X-ray"},
            "priority": "stat",
        },
        {
            "resourceType": "ServiceRequest",
            "id": "y",
            "status": "completed",
            "intent": "order",
            "subject": P,
            "code": {"text": "Done"},
        },
        {
            "resourceType": "DiagnosticReport",
            "id": "r",
            "status": "preliminary",
            "subject": P,
            "code": {"text": "Blood culture"},
        },
    )
    assert [(item.text, item.site) for item in record.devices.items] == [
        ("Central line", "neck"),
        ("Insertion of urinary catheter", ""),
    ]
    assert sorted(item.text for item in record.diet.items) == ["NPO after midnight", "Soft; small meals; no: peanut"]
    assert sorted(item.text for item in record.orders.items) == ["Blood culture", "Chest X-ray"]


def test_notes_are_whole_or_said_to_be_missing(make: Any, load_ward: Any) -> None:
    text = "Line one\nLine two: ä\u202e"
    plain = {"attachment": {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}}
    scan = {"attachment": {"contentType": "application/pdf", "url": "Binary/1", "title": "Letter"}}
    record = load_ward(
        {
            "resourceType": "DocumentReference",
            "id": "a",
            "status": "current",
            "subject": P,
            "date": make.ago(1),
            "type": {"text": "Progress note"},
            "content": [plain],
        },
        {
            "resourceType": "DocumentReference",
            "id": "b",
            "status": "current",
            "subject": P,
            "date": make.ago(2),
            "content": [scan],
        },
        {
            "resourceType": "DocumentReference",
            "id": "c",
            "status": "current",
            "subject": P,
            "date": make.ago(3),
            "content": [{"attachment": {"contentType": "text/plain", "data": "%%%"}}],
        },
    )
    assert [(note.title, note.text) for note in record.notes.items] == [
        ("Progress note", "Line one\nLine two: ä"),
        ("Letter", "text not in the export"),
    ]
    assert record.notes.state == "partial"


def test_contacts_and_care_team(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["contact"] = [
        {
            "relationship": [{"text": "Wife"}],
            "name": {"family": "Doe", "given": ["Ann"]},
            "telecom": [{"system": "phone", "value": "555 1"}, {"system": "email", "value": "a@b"}],
        }
    ]
    resources[3]["participant"] = [
        {"type": [{"coding": [{"code": "ATND"}], "text": "attender"}], "individual": {"reference": "Practitioner/d"}}
    ]
    resources.append(
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Hart", "given": ["Mia"], "prefix": ["Dr."]}]}
    )
    record = load_text(json.dumps(make.bundle(resources))).records[0]
    assert [(item.name, item.role, item.phones) for item in record.contacts.items] == [("Ann Doe", "Wife", ("555 1",))]
    assert (record.stay.attending, [item.name for item in record.care_team.items]) == ("Dr. Mia Hart", ["Dr. Mia Hart"])
    assert (record.care_team.state, record.care_team.why) == ("partial", "no CareTeam in the export")
