"""The checks of a bundle find what structural validators do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from papermode.export.bundle_checks import check_bundle
from papermode.export.fhirjson import Json, dumps, loads
from papermode.export.structure import structure_faults
from tests.unit.export.making import answer, at, dose, page, send, vitals

GOOD = send(
    page("MAR-S", dose(1, 1, "given", "0812", at("24T08:12"))),
    page("VITALS", vitals(1, "0800", at("24T08:00"), temp="38.5"), 8),
    page("ADMIT", [answer("adm.weight", "72.50")], 9),
)


def one(found: Json, kind: str) -> Json:
    resource: Json = next(e["resource"] for e in found["entry"] if e["resource"]["resourceType"] == kind)
    return resource


def entry(found: Json, kind: str) -> Json:
    whole: Json = next(e for e in found["entry"] if e["resource"]["resourceType"] == kind)
    return whole


def put(kind: str, **more: Any) -> Callable[[Json], Any]:
    return lambda found: one(found, kind).update(more)


POST: Json = {"method": "POST", "url": "Observation"}
BROKEN: list[tuple[str, Callable[[Json], Any]]] = [
    ("type", lambda b: b.update(type="batch")),
    ("type", put("Binary", resourceType="Patient")),
    ("enum", put("Observation", status="nope")),
    ("enum", put("MedicationAdministration", status="given")),
    ("enum", put("QuestionnaireResponse", status="final")),
    ("enum", put("DocumentReference", docStatus="done")),
    ("enum", lambda b: one(b, "Observation").pop("status")),
    ("enum", lambda b: one(b, "Provenance")["entity"][0].update(role="author")),
    ("date", put("MedicationAdministration", effectiveDateTime="2026-02-30T08:00:00Z")),
    ("date", put("MedicationAdministration", effectiveDateTime="2026-02-20T08:00:00")),
    ("date", put("QuestionnaireResponse", authored="2026-13-01")),
    ("date", lambda b: one(b, "Provenance")["occurredPeriod"].update(start="2026-00-01")),
    ("reference", put("Observation", subject={"reference": "Encounter/1"})),
    ("reference", put("MedicationAdministration", request={"reference": "Patient/1"})),
    ("reference", lambda b: one(b, "Observation")["derivedFrom"][0].update(reference=entry(b, "Binary")["fullUrl"])),
    ("closure", put("MedicationAdministration", request={"reference": "MedicationRequest/"})),
    ("closure", put("Observation", derivedFrom=[{"reference": "urn:uuid:00000000-0000-5000-8000-000000000000"}])),
    ("closure", put("Observation", derivedFrom=[{"reference": "QuestionnaireResponse/1"}])),
    ("closure", lambda b: one(b, "DocumentReference")["content"][0]["attachment"].update(url="Binary/1")),
    ("closure", lambda b: b["entry"].pop(0)),
    ("full-url", lambda b: b["entry"][0].update(fullUrl=b["entry"][1]["fullUrl"])),
    ("full-url", lambda b: b["entry"][0].update(fullUrl="Questionnaire/1")),
    ("request", lambda b: entry(b, "Observation")["request"].update(method="DELETE")),
    ("request", lambda b: entry(b, "Observation")["request"].update(url="Observation/1")),
    ("request", lambda b: entry(b, "Observation").update(request=POST)),
    ("request", lambda b: entry(b, "Observation").update(request=POST | {"ifNoneExist": "code=1"})),
    ("request", lambda b: b["entry"].append(b["entry"][0])),
    ("ucum", lambda b: one(b, "Observation")["valueQuantity"].update(code="celsius")),
    ("mad-1", put("MedicationAdministration", dosage={"text": "as ordered"})),
    ("range", lambda b: _response(b, "v.hour")["answer"][0].update(valueInteger=24)),
    ("option", lambda b: _response(b, "mar.status")["answer"][0]["valueCoding"].update(code="took")),
]  # fmt: skip


TAKEN_BACK = send(earlier=GOOD.filings)
"""Everything is in error: what it points to is in the EHR, and not in the bundle."""


def _leaf(found: Json, link_id: str) -> Json:
    for item in found.get("item", []):
        inner = item if item["linkId"] == link_id else _leaf(item, link_id)
        if inner:
            return inner
    return {}


def _response(found: Json, link_id: str) -> Json:
    return next(leaf for e in found["entry"] if (leaf := _leaf(e["resource"], link_id)) and "answer" in leaf)


def test_the_good_one_is_good() -> None:
    assert check_bundle(loads(GOOD.json)) == ()
    assert structure_faults(GOOD.json) == []


@pytest.mark.parametrize(("rule", "change"), BROKEN)
def test_what_is_broken_is_found(rule: str, change: Callable[[Json], Any]) -> None:
    found = loads(GOOD.json)
    change(found)
    assert rule in {f.rule for f in check_bundle(found)}


def test_what_is_taken_back_is_good_by_itself() -> None:
    found = loads(TAKEN_BACK.json)
    assert {e["resource"]["status"] for e in found["entry"]} == {"entered-in-error"}
    assert len(found["entry"]) == len(GOOD.filings)
    assert check_bundle(found) == ()
    assert structure_faults(TAKEN_BACK.json) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("closure", put("Observation", status="final")),
        ("closure", put("QuestionnaireResponse", status="completed")),
        ("closure", put("DocumentReference", status="current")),
        ("closure", put("Observation", derivedFrom=[{"reference": "Observation/1"}])),
        ("reference", put("Observation", subject={"reference": "QuestionnaireResponse/1"})),
        ("enum", put("MedicationAdministration", status="in error")),
        ("request", lambda b: entry(b, "Observation")["request"].update(url="Observation/1")),
    ],
)
def test_what_is_taken_back_is_checked_all_the_same(rule: str, change: Callable[[Json], Any]) -> None:
    found = loads(TAKEN_BACK.json)
    change(found)
    assert rule in {f.rule for f in check_bundle(found)}


def test_floats_are_found() -> None:
    found = loads(GOOD.json)
    one(found, "Observation")["valueQuantity"]["value"] = 38.5
    assert "decimal" in {f.rule for f in check_bundle(found)}


def test_structure_is_checked() -> None:
    found = loads(GOOD.json)
    one(found, "Observation")["colour"] = "red"
    faults = structure_faults(dumps(found))
    assert [f.rule for f in faults] == ["structure"]
    assert "colour" in faults[0].path
    assert structure_faults(b"{") != []
