"""Who is in a bed, and where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from papermode.errors import SnapshotError


def stay(make: Any, id: str, patient: str = "p", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": "in-progress",
        "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": make.ago(5)},
        **more,
    }


def test_ward_and_bed_are_found_by_walking_up(load_ward: Any) -> None:
    record = load_ward()
    assert (record.stay.ward, record.stay.bed) == ("4W", "7")
    assert record.patient.mrn == "00123"


def test_a_wards_identifier_is_its_code(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[0]["identifier"] = [{"value": "W-04"}]
    assert load_text(json.dumps(make.bundle(resources))).records[0].stay.ward == "W-04"


def test_the_configured_system_gives_the_mrn(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["identifier"].append({"system": "urn:other", "value": "X9"})
    data = json.dumps(make.bundle(resources))
    assert load_text(data, mrn_system="urn:other").records[0].patient.mrn == "X9"
    del resources[2]["identifier"]
    assert load_text(json.dumps(make.bundle(resources))).records[0].patient.mrn == "p"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "finished"},
        {"status": "planned"},
        {"class": {"code": "AMB"}},
        {"period": {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}},
    ],
)
def test_who_is_not_in_a_bed_is_not_in_the_census(make: Any, load_text: Any, change: dict[str, Any]) -> None:
    resources = make.ward()
    resources[3].update(change)
    with pytest.raises(SnapshotError) as caught:
        load_text(json.dumps(make.bundle(resources)))
    assert caught.value.code == "E304"


@pytest.mark.parametrize(
    "change", [{"status": "arrived"}, {"status": "onleave"}, {"class": {"code": "OBSENC"}}, {"class": None}]
)
def test_who_is_in_a_bed_is_in_the_census(make: Any, load_text: Any, change: dict[str, Any]) -> None:
    resources = make.ward()
    resources[3].update(change)
    assert len(load_text(json.dumps(make.bundle(resources))).records) == 1


def test_of_two_stays_the_one_with_a_bed_wins_and_the_other_is_named(make: Any, load_ward: Any) -> None:
    record = load_ward(stay(make, "newer"))
    assert record.stay.id == "e"
    assert [(item.what, "second stay" in item.why) for item in record.unreadable] == [
        ("Encounter/newer (entry 5)", True)
    ]


def test_a_left_bed_is_no_place(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[3]["location"][0]["status"] = "completed"
    record = load_text(json.dumps(make.bundle(resources))).records[0]
    assert (record.stay.ward, record.stay.bed) == ("", "")


def test_a_circle_of_locations_ends_and_is_named(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[0]["physicalType"] = {"coding": [{"code": "si"}]}
    resources[0]["partOf"] = {"reference": "Location/b"}
    snapshot = load_text(json.dumps(make.bundle(resources)))
    assert snapshot.records[0].stay.bed == "7"
    assert any("circle" in problem.why for problem in snapshot.problems)


def test_patients_are_in_the_order_of_ward_bed_and_name(make: Any, load_text: Any) -> None:
    resources = make.ward()
    for number in (10, 2):
        resources.append(
            {
                "resourceType": "Location",
                "id": f"b{number}",
                "name": f"Bed {number}",
                "physicalType": {"coding": [{"code": "bd"}]},
                "partOf": {"reference": "Location/w"},
            }
        )
        resources.append({"resourceType": "Patient", "id": f"p{number}"})
        resources.append(
            stay(make, f"e{number}", f"p{number}", location=[{"location": {"reference": f"Location/b{number}"}}])
        )
    resources.append(stay(make, "nowhere", "p99"))
    found = [(r.stay.ward, r.stay.bed) for r in load_text(json.dumps(make.bundle(resources))).records]
    assert found == [("4W", "2"), ("4W", "7"), ("4W", "10"), ("", "")]


def test_a_stay_of_an_unknown_patient_still_gets_a_record(make: Any, load_text: Any) -> None:
    resources = [item for item in make.ward() if item["resourceType"] != "Patient"]
    record = load_text(json.dumps(make.bundle(resources))).records[0]
    assert (record.patient.id, record.patient.mrn, record.patient.names) == ("p", "p", ())


def test_a_patient_record_with_a_hidden_character_in_its_number_is_not_used(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["identifier"][0]["value"] = "00\u202e123"
    record = load_text(json.dumps(make.bundle(resources))).records[0]
    assert record.patient.mrn == "p"
    assert record.patient.names == ()
    assert any("hidden" in item.why for item in record.unreadable)


def test_the_census_list_says_who_is_where(make: Any, load_text: Any, tmp_path: Any) -> None:
    resources = [
        *make.ward(),
        {"resourceType": "Patient", "id": "q", "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "77"}]},
        stay(make, "eq", "q"),
    ]
    (tmp_path / "census.csv").write_text("MRN;Ward;Bed;Family\n00123;9E;12;Doe\n0099;9E;13;Neu\n")
    snapshot = load_text(json.dumps(make.bundle(resources)))
    found = {record.patient.mrn: record for record in snapshot.records}
    assert (found["00123"].stay.ward, found["00123"].stay.bed, found["00123"].stay.id) == ("9E", "12", "e")
    assert found["0099"].vitals.state == "unavailable"
    assert "only in the census list" in found["0099"].vitals.why
    assert (found["77"].stay.ward, found["77"].unreadable[0].why) == (
        "",
        "a stay in progress, but the patient is not in the census list",
    )


def test_a_census_list_alone(load_text: Any) -> None:
    data = (
        "ward,bed,mrn,family,given,birth_date,sex,encounter,attending\n"
        "4W,1,007,Ñandú,Ana María,1950-01-31,F,E1,Dr. X\n4W,,,,,,,,\n,,008,,,31.1.1950,,,\n"
    )
    snapshot = load_text(data, "c.csv")
    record = snapshot.records[0]
    assert (record.patient.mrn, record.patient.sex, record.patient.names[0].given) == (
        "007",
        "female",
        ("Ana", "María"),
    )
    assert {getattr(record, part).state for part in ("vitals", "medications", "contacts", "flags")} == {"unavailable"}
    assert [problem.line for problem in snapshot.problems] == [3, 4]


def test_a_census_list_without_its_columns(load_text: Any) -> None:
    with pytest.raises(SnapshotError, match="no column mrn") as caught:
        load_text("ward,bed\n4W,1\n", "c.csv")
    assert caught.value.code == "E306"


def test_birth_dates_that_differ_are_named(make: Any, load_text: Any, tmp_path: Any) -> None:
    (tmp_path / "census.csv").write_text("mrn,ward,birth_date\n00123,9E,1971-01-02\n")
    record = load_text(json.dumps(make.bundle(make.ward()))).records[0]
    assert any("birth date" in item.why for item in record.unreadable)


def test_merged_records_are_one_patient(make: Any, load_ward: Any) -> None:
    old = {
        "resourceType": "Patient",
        "id": "old",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "00099"}],
        "link": [{"type": "replaced-by", "other": {"reference": "Patient/p"}}],
    }
    reading = make.observation("o", "8867-4", 80)
    reading["subject"] = {"reference": "Patient/old"}
    record = load_ward(old, reading)
    assert record.patient.former_mrns == ("00099",)
    assert [item.value for item in record.vitals.items] == ["80"]


def test_a_circle_of_merges_keeps_both(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["link"] = [{"type": "replaced-by", "other": {"reference": "Patient/q"}}]
    resources.append(
        {"resourceType": "Patient", "id": "q", "link": [{"type": "replaced-by", "other": {"reference": "Patient/p"}}]}
    )
    assert [record.patient.id for record in load_text(json.dumps(make.bundle(resources))).records] == ["p"]


def test_a_newborns_mother_is_known_by_relation_or_by_stay(make: Any, load_text: Any) -> None:
    resources = make.ward()
    for id in ("n1", "n2"):
        resources.append(
            {
                "resourceType": "Patient",
                "id": id,
                "birthDate": "2026-11-23",
                "multipleBirthInteger": int(id[1]),
                "_birthDate": {
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
                            "valueDateTime": make.ago(10),
                        }
                    ]
                },
            }
        )
    resources.append(stay(make, "s1", "n1", partOf={"reference": "Encounter/e"}))
    resources.append(stay(make, "s2", "n2"))
    resources.append(
        {
            "resourceType": "RelatedPerson",
            "id": "r",
            "patient": {"reference": "Patient/n2"},
            "relationship": [{"coding": [{"code": "MTH"}]}],
            "name": [{"family": "Doe", "given": ["J."]}],
            "identifier": [{"value": "00123"}],
        }
    )
    found = {record.patient.id: record.patient for record in load_text(json.dumps(make.bundle(resources))).records}
    assert (found["n1"].mother.name, found["n1"].mother.mrn, found["n1"].birth_order) == ("Doe, Jane", "00123", 1)
    assert (found["n2"].mother.name, found["n2"].mother.mrn, found["n2"].birth_order) == ("Doe, J.", "00123", 2)
    assert found["n1"].birth_time.at is not None
    assert found["p"].mother is None


def test_restricted_and_deceased_are_told(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["meta"] = {"security": [{"code": "V"}]}
    resources[2]["deceasedDateTime"] = make.ago(1)
    who = load_text(json.dumps(make.bundle(resources))).records[0].patient
    assert (who.restricted, who.deceased, who.deceased_at.text) == (True, True, make.ago(1))
