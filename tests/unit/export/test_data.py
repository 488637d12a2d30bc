"""Observations and administrations: what becomes data, when, and what must not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from papermode.export.fhirjson import Json
from papermode.export.medications import AT_DUE
from papermode.export.policy import Measure, Policy, Rule
from papermode.model.answers import Answer
from tests.unit.export.making import (
    ORDER,
    answer,
    at,
    changed,
    dose,
    form,
    forms,
    page,
    policy,
    reasons,
    resources,
    send,
    vitals,
    with_item,
)

OTHER = {"patient_ref": "Patient/pat-02"}


def values(found: list[Json]) -> list[tuple[str, Any, str]]:
    """Code, value and time of what was measured, of a blood pressure those of its halves."""
    parts = [(part, o["effectiveDateTime"]) for o in found for part in o.get("component", [o])]
    said = [(part["code"]["coding"][0]["code"], part.get("valueQuantity", {}).get("value"), at) for part, at in parts]
    return sorted(said, key=str)


def codings(items: list[Json]) -> list[Json]:
    """The marks of a response, as they stand there."""
    own = [a["valueCoding"] for i in items for a in i.get("answer", []) if "valueCoding" in a]
    return own + [c for i in items for c in codings(i.get("item", []))]


# Observations


def test_the_written_time_not_the_time_of_entry() -> None:
    (found,) = resources(send(page("VITALS", vitals(1, "0805", at("24T08:05"), pulse="131"))), "Observation")
    assert found["effectiveDateTime"] == "2026-11-24T08:05:00-05:00"
    assert found["issued"] == "2026-11-25T09:30:00-05:00"
    assert found["code"]["coding"] == [{"system": "http://loinc.org", "code": "8867-4"}]
    assert found["valueQuantity"] == {
        "value": 131,
        "unit": "/min",
        "system": "http://unitsofmeasure.org",
        "code": "/min",
    }
    assert found["category"][0]["coding"][0]["code"] == "vital-signs"
    assert found["subject"] == {"reference": "Patient/pat-01"}
    assert found["encounter"] == {"reference": "Encounter/enc-01"}


def test_the_last_and_the_abnormal() -> None:
    sets = (
        *vitals(1, "0800", at("24T08:00"), pulse="72", temp="37.0", systolic="120", diastolic="70"),
        *vitals(2, "1200", at("24T12:00"), pulse="131", temp="37.1", systolic="121", diastolic="71"),
        *vitals(3, "1600", at("24T16:00"), pulse="80"),
    )
    result = send(page("VITALS", sets))
    day = "2026-11-24T"
    assert values(resources(result, "Observation")) == [
        ("8310-5", Decimal("37.1"), f"{day}12:00:00-05:00"),
        ("8462-4", 70, f"{day}08:00:00-05:00"),
        ("8462-4", 71, f"{day}12:00:00-05:00"),
        ("8480-6", 120, f"{day}08:00:00-05:00"),
        ("8480-6", 121, f"{day}12:00:00-05:00"),
        ("8867-4", 131, f"{day}12:00:00-05:00"),
        ("8867-4", 80, f"{day}16:00:00-05:00"),
    ]
    assert reasons(result) == {("v.pulse", "not-last"), ("v.temp", "not-last")}
    assert not any(e.waits for e in result.left_out)


LOINC = "http://loinc.org"
UNKNOWN = {
    "dataAbsentReason": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
    }
}


def quantity(value: int, code: str, unit: str) -> Json:
    return {"valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code}}


def test_a_blood_pressure_is_one_observation() -> None:
    """FHIR R4, profile bp: code 85354-9, both components, each with a value or why it has none."""
    both = vitals(1, "0800", at("24T08:00"), systolic="120", diastolic="70")
    (found,) = resources(send(page("VITALS", both)), "Observation")
    assert found["code"]["coding"] == [{"system": LOINC, "code": "85354-9"}]
    assert found["category"][0]["coding"][0]["code"] == "vital-signs"
    assert not {name for name in found if name.startswith("value")}
    top = {"code": {"coding": [{"system": LOINC, "code": "8480-6"}], "text": "Systolic mmHg"}}
    low = {"code": {"coding": [{"system": LOINC, "code": "8462-4"}], "text": "Diastolic mmHg"}}
    assert found["component"] == [top | quantity(120, "mm[Hg]", "mmHg"), low | quantity(70, "mm[Hg]", "mmHg")]
    palpated = vitals(1, "0800", at("24T08:00"), systolic="90")
    (half,) = resources(send(page("VITALS", palpated)), "Observation")
    assert half["component"] == [top | quantity(90, "mm[Hg]", "mmHg"), low | UNKNOWN]
    assert half["id"] == found["id"], "the other half, read later, goes to the same resource"
    waiting = answer("v.diastolic", None, None, 1, outcome="needs-nurse")
    (soon,) = resources(send(page("VITALS", (*palpated, waiting))), "Observation")
    assert soon["component"][1]["dataAbsentReason"]["coding"][0]["code"] == "temp-unknown"


def test_two_blood_pressures_in_one_entry_stay_apart() -> None:
    lying_and_standing = with_item(form("VITALS"), "v.pulse", code="http://loinc.org|8480-6")
    column = vitals(1, "0800", at("24T08:00"), systolic="120", diastolic="70", pulse="99")
    found = resources(send(page("VITALS", column), forms=forms() | {("VITALS", 1): lying_and_standing}), "Observation")
    assert sorted(o["valueQuantity"]["value"] for o in found) == [70, 99, 120]


def test_the_oxygen_saturation_has_the_code_of_its_profile_too() -> None:
    (found,) = resources(send(page("VITALS", vitals(1, "0800", at("24T08:00"), spo2="90"))), "Observation")
    assert found["code"]["coding"] == [{"system": LOINC, "code": "59408-5"}, {"system": LOINC, "code": "2708-6"}]


def test_last_is_counted_for_each_patient_over_all_pages() -> None:
    first = page("VITALS", vitals(1, "0800", at("24T08:00"), pulse="72"), 1)
    later = page("VITALS", vitals(1, "1200", at("24T12:00"), pulse="73"), 2)
    other = page("VITALS", vitals(1, "0900", at("24T09:00"), pulse="74"), 3, **OTHER)
    found = resources(send(first, later, other), "Observation")
    assert sorted((o["subject"]["reference"], o["valueQuantity"]["value"]) for o in found) == [
        ("Patient/pat-01", 73),
        ("Patient/pat-02", 74),
    ]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((answer("v.pulse", "72", None, 1),), "no-time"),
        ((answer("v.pulse", "72", None, 1, at=at("24T08:00")),), "no-time"),
        ((answer("v.hour", "08", None, 1), answer("v.pulse", "72", None, 1, at=at("24T08:00"))), "no-time"),
        (
            (answer("v.hour", "08", None, 1), answer("v.minute", "00", None, 1), answer("v.pulse", "72", None, 1)),
            "time-unclear",
        ),
        (vitals(1, "0800", at("24T08:00").replace(tzinfo=None), pulse="72"), "time-unclear"),
        (vitals(1, "0800", at("25T23:00"), pulse="72"), "future"),
    ],
)
def test_no_time_no_observation(answers: tuple[Answer, ...], reason: str) -> None:
    result = send(page("VITALS", answers))
    assert ("v.pulse", reason) in reasons(result)
    assert not resources(result, "Observation")
    assert resources(result, "QuestionnaireResponse"), "the record of the paper has it"


def test_a_struck_column_is_not_data() -> None:
    struck = (
        *vitals(1, "0800", at("24T08:00"), pulse="131"),
        answer("v.void", "void", None, 1, kind="mark"),
        *vitals(2, "0900", at("24T09:00"), pulse="132"),
    )
    result = send(page("VITALS", struck))
    assert [o["valueQuantity"]["value"] for o in resources(result, "Observation")] == [132]
    assert ("v.pulse", "void") in reasons(result)
    assert b"131" not in result.json


def test_a_void_mark_that_nobody_has_looked_at_counts_too() -> None:
    struck = (
        *vitals(1, "0800", at("24T08:00"), pulse="131"),
        answer("v.void", "void", None, 1, kind="mark", outcome="needs-nurse"),
    )
    assert not resources(send(page("VITALS", struck)), "Observation")


SECOND_SIDE = vitals(1, "0800", at("24T08:00"), flow="4", pain="7", glucose="105")
LEFT = [
    {"outcome": "needs-nurse"},
    {"outcome": "rescan"},
    {"outcome": "image-only", "read": "the ink of a mark"},
]
"""Ways not to say whether a mark is one."""


@pytest.mark.parametrize("left", LEFT)
def test_nothing_is_filed_of_an_entry_whose_void_mark_nobody_has_settled(left: dict[str, Any]) -> None:
    column = (
        *vitals(1, "0800", at("24T08:00"), pulse="131"),
        answer("v.void", None, None, 1, kind="mark", **left),
        *vitals(2, "0900", at("24T09:00"), pulse="132"),
    )
    result = send(page("VITALS", column))
    assert [o["valueQuantity"]["value"] for o in resources(result, "Observation")] == [132]
    assert ("v.pulse", "mark-open") in reasons(result)
    assert b"131" not in result.json
    (response,) = resources(result, "QuestionnaireResponse")
    assert response["status"] == "in-progress"


def test_a_void_mark_without_ink_that_the_policy_leaves_to_the_picture_holds_nothing_back() -> None:
    column = vitals(1, "0800", at("24T08:00"), pulse="131")
    result = send(page("VITALS", (*column, answer("v.void", None, None, 1, kind="mark", outcome="image-only"))))
    assert resources(result, "Observation")


SNOMED = "http://snomed.info/sct"
LEVELS = {"A": "248234008", "C": "130987000", "V": "300202002", "P": "450847001", "U": "422768004"}
"""SNOMED CT's findings, as UK Core's value set ACVPU has them."""


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_of_consciousness_has_its_code_and_its_letter(level: str) -> None:
    column = vitals(1, "0800", at("24T08:00"), avpu=level)
    result = send(page("VITALS", column))
    (found,) = resources(result, "Observation")
    assert found["code"]["coding"] == [{"system": "http://loinc.org", "code": "80288-4"}]
    value = found["valueCodeableConcept"]
    own = {"system": "urn:papermode:answer/VITALS/v.avpu", "code": level, "display": level}
    assert value == {"coding": [{"system": SNOMED, "code": LEVELS[level]}, own], "text": level}
    (response,) = resources(result, "QuestionnaireResponse")
    assert own in codings(response["item"]), "the response keeps what stands on paper"


def test_alert_is_kept_as_a_picture_but_for_the_last() -> None:
    columns = [
        *vitals(1, "0800", at("24T08:00"), avpu="A"),
        *vitals(2, "1200", at("24T12:00"), avpu="P"),
        *vitals(3, "1600", at("24T16:00"), avpu="A"),
    ]
    result = send(page("VITALS", columns))
    times = sorted(o["effectiveDateTime"][11:16] for o in resources(result, "Observation"))
    assert times == ["12:00", "16:00"]
    assert reasons(result) == {("v.avpu", "not-last")}


@pytest.mark.parametrize(
    ("form_id", "name", "code", "text", "unit"),
    [
        ("VITALS", "w.flow", "3151-8", "4", "L/min"),
        ("VITALS-N", "v.flow", "3151-8", "4", "L/min"),
        ("ADMIT", "v.flow", "3151-8", "4", "L/min"),
        ("VITALS2", "w.glucose", "2339-0", "105", "mg/dL"),
        ("VITALS", "w.pain", "72514-3", "7", "{score}"),
        ("ADMIT", "v.pain", "72514-3", "7", "{score}"),
    ],
)
def test_numbers_of_the_second_side(form_id: str, name: str, code: str, text: str, unit: str) -> None:
    prefix, when = name.partition(".")[0], at("24T08:00")
    column = [answer(f"{prefix}.hour", "08", None, 1, at=when), answer(f"{prefix}.minute", "00", None, 1, at=when)]
    sheet = page(form_id, [*column, answer(name, text, None, 1, at=when)])
    (found,) = resources(send(sheet), "Observation")
    assert found["code"]["coding"] == [{"system": "http://loinc.org", "code": code}]
    assert (found["valueQuantity"]["value"], found["valueQuantity"]["code"]) == (int(text), unit)


def test_every_observation_of_the_shipped_forms_has_a_category() -> None:
    both = (
        page("VITALS", vitals(1, "0800", at("24T08:00"), pulse="131", spo2="90", temp="38.5", avpu="V", total="7"), 1),
        page("VITALS", [changed(a, link_id=a.link_id.replace("v.", "w.")) for a in SECOND_SIDE], 2),
    )
    found = {o["code"]["coding"][0]["code"]: o for o in resources(send(*both), "Observation")}
    assert {code: o["category"][0]["coding"][0]["code"] for code, o in found.items()} == {
        **dict.fromkeys(("8867-4", "59408-5", "8310-5", "3151-8"), "vital-signs"),
        **dict.fromkeys(("80288-4", "1104051000000101", "72514-3"), "survey"),
        "2339-0": "laboratory",
    }


def test_glucose_in_moles_has_the_code_of_moles() -> None:
    moles = with_item(form("MAR-N"), "ins.glucose", kind="decimal", unit="mmol/L", minimum="0.5", maximum="60")
    when = at("24T08:00")
    line = (answer("ins.time", "0800", 1, 1, at=when), answer("ins.glucose", "5.50", 1, 1, at=when))
    (found,) = resources(send(page("MAR-N", line), forms={("MAR-N", 1): moles}), "Observation")
    assert found["code"]["coding"] == [{"system": LOINC, "code": "15074-8"}]
    assert (found["valueQuantity"]["value"], found["valueQuantity"]["code"]) == (Decimal("5.50"), "mmol/L")


def test_the_total_is_a_score() -> None:
    result = send(page("VITALS", vitals(1, "0800", at("24T08:00"), total="7")))
    (found,) = resources(result, "Observation")
    assert found["code"]["coding"] == [{"system": SNOMED, "code": "1104051000000101"}]
    assert found["valueInteger"] == 7


def test_no_unit_no_observation() -> None:
    rules = Policy([Rule(("VITALS",), ("v.*",), "enter")], (), ())
    result = send(page("VITALS", vitals(1, "0800", at("24T08:00"), temp="37.0")), policy=rules)
    assert reasons(result) == {("v.temp", "no-unit")}


def test_fahrenheit_is_not_taken_for_celsius() -> None:
    wide = with_item(form("VITALS"), "v.temp", maximum="115")
    result = send(page("VITALS", vitals(1, "0800", at("24T08:00"), temp="98.6")), forms=forms() | {("VITALS", 1): wide})
    assert reasons(result) == {("v.temp", "range")}


def test_coded_choices_and_several_marks() -> None:
    coded = with_item(form("MAR-N"), "ins.kind", code="http://example.org|kind")
    when = at("24T08:00")
    line = (
        answer("ins.time", "0800", 1, 1, at=when),
        answer("ins.kind", ("basal", "meal"), 1, 1, kind="mark", at=when),
    )
    found = resources(send(page("MAR-N", line), forms={("MAR-N", 1): coded}), "Observation")
    assert sorted(o["valueCodeableConcept"]["coding"][0]["code"] for o in found) == ["basal", "meal"]
    assert len({o["id"] for o in found}) == 2


def test_a_measure_without_a_box_for_its_time_gets_the_span() -> None:
    rules = Policy([Rule(("ADMIT",), ("*",), "enter")], [Measure(("ADMIT",), "adm.weight", time="period")], ())
    (found,) = resources(send(page("ADMIT", [answer("adm.weight", "70.0")]), policy=rules), "Observation")
    assert "effectiveDateTime" not in found
    assert found["effectivePeriod"]["start"] == "2026-11-24T03:00:00-05:00"


@pytest.mark.parametrize("left", LEFT)
def test_a_weight_waits_for_how_it_is_known(left: dict[str, Any]) -> None:
    result = send(page("ADMIT", [answer("adm.weight", "70.50"), answer("adm.weight_how", None, kind="mark", **left)]))
    assert not resources(result, "Observation"), "'not stated on paper' would not be true"
    assert ("adm.weight", "how-open") in reasons(result)


def test_a_birth_date_is_no_observation() -> None:
    result = send(page("ADMIT", [answer("adm.birth_date", "04031950")]))
    assert not resources(result, "Observation")
    assert b'"valueDate":"1950-03-04"' in result.json


# Administrations


def test_given_and_not_given() -> None:
    cells = (*dose(1, 1, "given", "0812", at("24T08:12")), *dose(1, 2, "not-given", "1405", at("24T14:05"), "5"))
    given, withheld = resources(send(page("MAR-S", cells)), "MedicationAdministration")
    assert (given["status"], given["effectiveDateTime"]) == ("completed", "2026-11-24T08:12:00-05:00")
    assert given["request"] == {"reference": ORDER}
    assert given["medicationCodeableConcept"] == {"text": "10 mg oxycodone by mouth"}
    assert given["context"] == {"reference": "Encounter/enc-01"}
    assert (withheld["status"], withheld["effectiveDateTime"]) == ("not-done", "2026-11-24T14:05:00-05:00")
    (reason,) = withheld["statusReason"]
    assert reason["text"] == "asleep"
    assert reason["coding"][1] == {
        "system": "http://terminology.hl7.org/CodeSystem/reason-medication-not-given",
        "code": "c",
    }


@pytest.mark.parametrize(("digit", "note"), [("7", "WHY on paper: 7 (vomited)"), ("", None)])
def test_why_beside_given_is_not_lost(digit: str, note: str | None) -> None:
    (found,) = resources(
        send(page("MAR-S", dose(1, 1, "given", "0812", at("24T08:12"), digit))), "MedicationAdministration"
    )
    assert found["status"] == "completed"
    assert "statusReason" not in found
    assert found.get("note") == ([{"text": note}] if note else None)


def test_an_order_that_was_stopped_on_paper_waits_for_a_person() -> None:
    """Nothing in the bundle stops it in the EHR."""
    given = dose(1, 1, "given", "0812", at("24T08:12"))
    stopped = answer("mar.stopped", "stopped", 1, kind="mark", ref=ORDER, row_text="10 mg oxycodone by mouth")
    result = send(page("MAR-S", (*given, stopped)))
    assert [(x.link_id, x.reason, x.what, x.waits) for x in result.left_out] == [
        ("mar.stopped", "stopped", "order", True)
    ]
    assert len(resources(result, "MedicationAdministration")) == 1
    (response,) = resources(result, "QuestionnaireResponse")
    assert "stopped" in {c["code"] for c in codings(response["item"])}
    empty = changed(stopped, value=None)
    assert send(page("MAR-S", (*given, empty))).left_out == ()
    of_a_blank_row = changed(stopped, ref="", row_text="")
    assert send(page("MAR-S", (*given, of_a_blank_row))).left_out == ()


def test_a_reason_that_no_policy_knows_is_sent_as_a_digit() -> None:
    rules = Policy([Rule(("MAR-S",), ("mar.*",), "enter")], (), ())
    (found,) = resources(
        send(page("MAR-S", dose(1, 1, "not-given", "1405", at("24T14:05"), "5")), policy=rules),
        "MedicationAdministration",
    )
    assert found["statusReason"] == [{"coding": [{"system": "urn:papermode:not-given-reason", "code": "5"}]}]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (dose(1, 1, "given"), ("mar.status", "no-time")),
        (dose(1, 1, "given", when=at("24T08:00")), ("mar.status", "no-time")),
        (dose(1, 1, "given", "0800"), ("mar.status", "time-unclear")),
        (dose(1, 1, "not-given", reason="1"), ("mar.status", "no-time")),
        (dose(1, 1, "in-ehr", "0800", at("24T08:00")), ("mar.status", "in-ehr")),
        (dose(1, 1, "given", "0800", at("24T08:00"), ref=""), ("mar.status", "no-order")),
        (dose(1, 1, "given", "0800", at("24T08:00"), ref="MedicationStatement/1"), ("mar.status", "no-order")),
        (dose(1, 1, "given", "0800", at("24T08:00"), row_text=" "), ("mar.status", "no-drug")),
        (dose(1, 1, "given", "2300", at("25T23:00")), ("mar.status", "future")),
        ((answer("mar.time", "0800", 1, 1, at=at("24T08:00"), ref=ORDER, row_text="x"),), ("mar.time", "no-mark")),
        (
            (*dose(1, 1, "given", "0800", at("24T08:00")), answer("mar.void", "void", 1, 1, kind="mark")),
            ("mar.status", "void"),
        ),
    ],
)
def test_doses_that_are_not_filed(cells: tuple[Answer, ...], expected: tuple[str, str]) -> None:
    result = send(page("MAR-S", cells))
    assert not resources(result, "MedicationAdministration")
    assert expected in reasons(result)


def test_a_dose_not_given_is_filed_when_it_was_due() -> None:
    """This test ensures that N needs no time, and that the bundle says whose time it is."""
    cells = (*dose(1, 1, "not-given", when=at("24T08:00"), reason="1"), answer("mar.time", None, 1, 1))
    (found,) = resources(send(page("MAR-S", cells)), "MedicationAdministration")
    assert (found["status"], found["effectiveDateTime"]) == ("not-done", at("24T08:00").isoformat())
    assert found["note"] == [{"text": AT_DUE}]


@pytest.mark.parametrize("outcome", ["needs-nurse", "rescan", "image-only"])
def test_a_dose_not_given_waits_for_the_time_that_is_written(outcome: str) -> None:
    """This test ensures that a time that somebody still has to read is not passed over for the due time."""
    cells = (*dose(1, 1, "not-given", when=at("24T08:00")), answer("mar.time", None, 1, 1, outcome=outcome))
    result = send(page("MAR-S", cells))
    assert not resources(result, "MedicationAdministration")
    assert ("mar.status", "no-time") in reasons(result)


def test_a_dose_whose_time_is_not_confirmed_is_not_filed() -> None:
    status, time = dose(1, 1, "given", "0812", at("24T08:12"))
    result = send(page("MAR-S", (status, changed(time, outcome="needs-nurse"))))
    assert reasons(result) == {("mar.time", "needs-nurse"), ("mar.status", "no-time")}
    assert not resources(result, "MedicationAdministration")
    assert resources(result, "QuestionnaireResponse")[0]["status"] == "in-progress"


def test_prn() -> None:
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "1 g paracetamol", "at": at("24T08:12")}
    entry = (answer("prn.time", "0812", 1, 1, **bound), answer("prn.dose", "1 g", 1, 1, kind="crop", **bound))
    (found,) = resources(send(page("MAR-P", entry)), "MedicationAdministration")
    assert found["status"] == "completed"
    assert found["note"] == [{"text": "Dose as written on paper: 1 g"}]
    assert "dosage" not in found, "a dose in handwriting is not a number"
    assert ("prn.time", "no-dose") in reasons(send(page("MAR-P", entry[:1])))
    assert ("prn.dose", "no-time") in reasons(send(page("MAR-P", entry[1:])))
    charted = (*entry, answer("prn.in_ehr", "in-ehr", 1, 1, kind="mark"))
    assert ("prn.time", "in-ehr") in reasons(send(page("MAR-P", charted)))


@pytest.mark.parametrize("left", LEFT)
def test_a_dose_that_may_be_charted_already_is_not_filed(left: dict[str, Any]) -> None:
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "1 g paracetamol", "at": at("24T08:12")}
    entry = (answer("prn.time", "0812", 1, 1, **bound), answer("prn.dose", "1 g", 1, 1, kind="crop", **bound))
    result = send(page("MAR-P", (*entry, answer("prn.in_ehr", None, 1, 1, kind="mark", **left))))
    assert not resources(result, "MedicationAdministration")
    assert ("prn.time", "mark-open") in reasons(result)
    no = answer("prn.in_ehr", None, 1, 1, kind="mark")
    assert resources(send(page("MAR-P", (*entry, no))), "MedicationAdministration")


def test_a_struck_out_dose_that_was_charted_already_is_struck_out() -> None:
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "1 g paracetamol", "at": at("24T08:12")}
    marks = (answer(f"prn.{name}", name.replace("_", "-"), 1, 1, kind="mark") for name in ("void", "in_ehr"))
    result = send(page("MAR-P", (answer("prn.time", "0812", 1, 1, **bound), *marks)))
    assert reasons(result) == {("prn.time", "void"), ("prn.in_ehr", "void")}


def test_insulin() -> None:
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "insulin lispro by scale", "at": at("24T08:12")}
    line = (
        answer("ins.time", "0812", 1, 2, **bound),
        answer("ins.glucose", "212", 1, 2, **bound),
        answer("ins.kind", ("correction", "meal"), 1, 2, kind="mark", **bound),
        answer("ins.units", "06", 1, 2, unit="units", **bound),
    )
    result = send(page("MAR-N", line))
    (given,), (glucose,) = resources(result, "MedicationAdministration"), resources(result, "Observation")
    assert given["dosage"]["dose"] == {
        "value": 6,
        "unit": "units",
        "system": "http://unitsofmeasure.org",
        "code": "[iU]",
    }
    assert given["note"] == [{"text": "For: correction, meal"}]
    assert glucose["valueQuantity"] == {
        "value": 212,
        "unit": "mg/dL",
        "system": "http://unitsofmeasure.org",
        "code": "mg/dL",
    }
    assert ("ins.time", "no-dose") in reasons(send(page("MAR-N", line[:3])))


def test_a_glucose_that_asked_for_no_insulin_is_no_dose() -> None:
    """Nobody could settle it: there is nothing on the paper that is not read."""
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "insulin lispro by scale", "at": at("24T08:12")}
    line = (answer("ins.time", "0812", 1, 2, **bound), answer("ins.glucose", "112", 1, 2, **bound))
    units, kind = (answer("ins.units", None, 1, 2, **bound), answer("ins.kind", None, 1, 2, kind="mark", **bound))
    result = send(page("MAR-N", (*line, units, kind)))
    assert (result.left_out, resources(result, "MedicationAdministration")) == ((), [])
    assert len(resources(result, "Observation")) == 1
    for doubt in (
        (*line, changed(units, outcome="needs-nurse"), kind),
        (*line, units, changed(kind, value=("meal",))),
        (*line, units, changed(kind, outcome="needs-nurse")),
        (line[0], units, kind),
        line,
    ):
        assert ("ins.time", "no-dose") in reasons(send(page("MAR-N", doubt)))


def test_infusions_wait_for_a_person() -> None:
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "heparin", "at": at("24T08:12")}
    result = send(
        page(
            "MAR-I",
            (answer("inf.time", "0812", 1, 1, **bound), answer("inf.event", "start", 1, 1, kind="mark", **bound)),
        )
    )
    assert reasons(result) == {("inf.event", "infusion")}
    assert not resources(result, "MedicationAdministration")


def test_required_questions_make_a_record_incomplete() -> None:
    def status(*answers: Answer) -> str:
        (found,) = resources(send(page("ADMIT", answers)), "QuestionnaireResponse")
        return str(found["status"])

    assert policy().rule(form("ADMIT"), "adm.allergies").do == "enter"
    assert status(answer("adm.weight", "70.0")) == "in-progress"
    assert status(answer("adm.weight", "70.0"), answer("adm.allergies", "none", kind="mark")) == "completed"
    assert status(answer("home.any", "none", kind="mark")) == "completed", "another side of the form"
