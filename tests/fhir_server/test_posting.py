"""The bundle on a real FHIR server: every answer is filed once, and read back as it was written."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import pytest

from papermode.export.fhirjson import Json
from papermode.export.naming import Naming
from papermode.export.validator import check_response
from papermode.model.answers import ReviewedPage
from tests.fhir_server.conftest import Server
from tests.unit.export.making import PDF, answer, at, changed, dose, page, send, vitals

TYPES = (
    "Questionnaire",
    "QuestionnaireResponse",
    "Observation",
    "MedicationAdministration",
    "DocumentReference",
    "Binary",
    "Provenance",
)


def pages() -> list[ReviewedPage]:
    """A ward's morning: a MAR, vital signs, an admission, a note."""
    doses = (
        *dose(1, 1, "given", "0812", at("24T08:12")),
        *dose(1, 2, "not-given", "1405", at("24T14:05"), "5"),
        *dose(1, 3, "in-ehr"),
        *dose(2, 1, "given"),
    )
    columns = (
        *vitals(1, "0805", at("24T08:05"), temp="38.50", pulse="131", spo2="098", systolic="088", avpu="C"),
        *vitals(2, "1200", at("24T12:00"), temp="36.9", pulse="072"),
    )
    admission = [
        answer("adm.weight", "072.50"),
        answer("adm.weight_how", "measured", kind="mark"),
        answer("adm.allergies", "yes", kind="mark"),
        answer("adm.allergy_list", "Pénicilline – œdème de Quincke; “latex” 乳胶", kind="crop"),
        answer("adm.birth_date", "29021952"),
    ]
    return [
        page("MAR-S", doses, 1),
        page("VITALS", columns, 2),
        page("ADMIT", admission, 3),
        page("PROGRESS", [answer("note.text", None, kind="crop", outcome="image-only")], 4),
    ]


def answers_in(items: list[Json], place: str = "") -> Iterator[tuple[str, Any]]:
    """Every answer of a response: (its place, its value)."""
    seen: dict[str, int] = {}
    for item in items:
        here = f"{place}/{item['linkId']}[{seen.setdefault(item['linkId'], 0)}]"
        seen[item["linkId"]] += 1
        for given in item.get("answer", []):
            ((_, value),) = given.items()
            yield here, (value["code"] if isinstance(value, dict) else value)
        yield from answers_in(item.get("item", []), here)


def counts(server: Server) -> dict[str, int]:
    return {kind: len(server.find(kind)) for kind in TYPES}


@pytest.mark.parametrize("writing", ["update", "create"])
def test_sent_twice_filed_once_and_read_back_equal(server: Server, writing: Literal["update", "create"]) -> None:
    result = send(*pages(), writing=writing)
    sent = [e["resource"] for e in result.entries]
    expected = {kind: sum(r["resourceType"] == kind for r in sent) for kind in TYPES}
    assert min(expected.values()) > 0

    for status in ("201 Created", "200 OK"):
        code, answer_bundle = server.call("POST", "", result.json)
        assert code == 200, answer_bundle
        assert {e["response"]["status"] for e in answer_bundle["entry"]} == {status}
        assert counts(server) == expected

    _same_observations(server, sent)
    _same_responses(server, sent)
    _same_doses(server, sent)
    _pictures_open(server)
    _provenance_resolves(server, expected)


def _same_observations(server: Server, sent: list[Json]) -> None:
    def facts(o: Json) -> tuple[Any, ...]:
        top = o.get("component", [o])[0]
        value = top.get("valueQuantity")
        said = (Decimal(value["value"]), value["code"]) if value else (Decimal(0), o["valueCodeableConcept"]["text"])
        when = o.get("effectiveDateTime") or (o["effectivePeriod"]["start"], o["effectivePeriod"]["end"])
        return o["identifier"][0]["value"], o["code"]["coding"][0]["code"], *said, when

    ours = sorted(facts(r) for r in sent if r["resourceType"] == "Observation")
    theirs = sorted(facts(r) for r in server.find("Observation?patient=Patient/pat-01"))
    assert theirs == ours
    assert Decimal("72.50") in {f[2] for f in theirs}


def _same_responses(server: Server, sent: list[Json]) -> None:
    forms = {f"{q['url']}|{q['version']}": q for q in server.find("Questionnaire")}
    for ours in (r for r in sent if r["resourceType"] == "QuestionnaireResponse"):
        system, value = ours["identifier"]["system"], ours["identifier"]["value"]
        (theirs,) = server.find(f"QuestionnaireResponse?identifier={system}%7C{value}")
        assert list(answers_in(theirs["item"])) == list(answers_in(ours["item"]))
        assert theirs["subject"] == {"reference": "Patient/pat-01"}
        assert check_response(theirs, forms[theirs["questionnaire"]]) == ()
    assert len(server.find("QuestionnaireResponse?patient=Patient/pat-01")) == 3


def _same_doses(server: Server, sent: list[Json]) -> None:
    def facts(m: Json) -> tuple[str, ...]:
        reference = m["request"]["reference"]
        return m["identifier"][0]["value"], m["status"], m["effectiveDateTime"], reference, str(m.get("statusReason"))

    ours = sorted(facts(r) for r in sent if r["resourceType"] == "MedicationAdministration")
    theirs = sorted(facts(r) for r in server.find("MedicationAdministration?patient=Patient/pat-01"))
    assert [f[1:3] for f in theirs] == [
        ("completed", "2026-11-24T08:12:00-05:00"),
        ("not-done", "2026-11-24T14:05:00-05:00"),
    ], "neither the dose charted before the downtime nor the one without a time"
    assert theirs == ours


def _pictures_open(server: Server) -> None:
    found = server.find("DocumentReference?patient=Patient/pat-01")
    assert len(found) == 4
    for document in found:
        status, binary = server.call("GET", f"/{document['content'][0]['attachment']['url']}")
        assert status == 200
        assert base64.b64decode(binary["data"]) == PDF


def _provenance_resolves(server: Server, expected: dict[str, int]) -> None:
    targets = [t["reference"] for p in server.find("Provenance") for t in p["target"]]
    made = ("QuestionnaireResponse", "Observation", "MedicationAdministration", "DocumentReference")
    assert len(set(targets)) == len(targets) == sum(expected[kind] for kind in made)
    for reference in targets:
        assert server.call("GET", f"/{reference}")[0] == 200


def test_what_was_filed_is_taken_back(server: Server) -> None:
    doses = dose(1, 1, "given", "0812", at("24T08:12"))
    given = page("MAR-S", (*doses, *dose(1, 2, "not-given", "1405", at("24T14:05"), "5")), 1)
    first = send(given)
    assert server.call("POST", "", first.json)[0] == 200
    corrected = send(changed(given, answers=doses, confirmed_at=at("25T11:00")), earlier=first.filings)
    for _ in range(2):
        code, told = server.call("POST", "", corrected.json)
        assert code == 200, told
        assert sorted(m["status"] for m in server.find("MedicationAdministration")) == ["completed", "entered-in-error"]
    nobody = send(earlier={**first.filings, **corrected.filings})
    code, told = server.call("POST", "", nobody.json)
    assert code == 200, told
    for kind, number in (("MedicationAdministration", 2), ("QuestionnaireResponse", 1), ("DocumentReference", 1)):
        assert [r["status"] for r in server.find(kind)] == ["entered-in-error"] * number


def test_a_correction_and_an_unknown_patient(server: Server) -> None:
    first = page("ADMIT", [answer("adm.weight", "72.50"), answer("adm.weight_how", "measured", kind="mark")])
    assert server.call("POST", "", send(first).json)[0] == 200
    fixed = changed(first, answers=(answer("adm.weight", "27.50"), *first.answers[1:]))
    assert server.call("POST", "", send(fixed).json)[0] == 200
    (found,) = server.find("Observation")
    assert Decimal(found["valueQuantity"]["value"]) == Decimal("27.5")

    naming = Naming(mrn_system="urn:oid:1.2.3")
    by_mrn = changed(first, page=8, patient_ref="")
    assert server.call("POST", "", send(by_mrn, naming=naming).json)[0] == 200
    assert {o["subject"]["reference"] for o in server.find("Observation")} == {"Patient/pat-01"}

    before = counts(server)
    stranger = changed(by_mrn, page=9, subject=changed(by_mrn.subject, mrn="00999999"))
    assert server.call("POST", "", send(stranger, naming=naming).json)[0] >= 400
    assert counts(server) == before, "nothing of it is stored"
