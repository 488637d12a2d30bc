"""Bad data: it is named, attached to its patient where that is known, and stops nothing else."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from papermode.errors import SnapshotError
from papermode.intake import IntakeSettings, Limits, load


def lines(*resources: Any) -> str:
    return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in resources) + "\n"


def test_a_broken_line_is_traced_to_its_patient(make: Any, load_text: Any) -> None:
    broken = json.dumps(make.observation("cut", "8867-4", 80))[:-30]
    record = load_text(lines(*make.ward(), make.observation("ok", "8867-4", 70), broken), "all.ndjson").records[0]
    assert [item.value for item in record.vitals.items] == ["70"]
    found = record.unreadable[0]
    assert (found.file, found.line, found.what, found.patient_id) == ("all.ndjson", 6, "Observation/cut", "p")
    assert (record.vitals.state, record.vitals.why) == ("partial", "1 observation not readable")
    assert record.labs.state == "unavailable"


def test_a_broken_line_of_nobody_makes_the_part_of_everybody_partial(make: Any, load_text: Any) -> None:
    snapshot = load_text(lines(*make.ward(), '{"resourceType":"Condition","id":"c","code":{"te'), "all.ndjson")
    record = snapshot.records[0]
    assert record.unreadable == ()
    assert (record.problems.state, record.flags.state) == ("partial", "unavailable")
    assert record.problems.why == "1 problem not readable, and it is not known whose"
    assert [problem.line for problem in snapshot.problems] == [5]


def test_a_broken_line_among_good_ones_of_its_type(make: Any, load_text: Any) -> None:
    good = {"resourceType": "Condition", "id": "g", "subject": {"reference": "Patient/p"}, "code": {"text": "Asthma"}}
    record = load_text(
        lines(*make.ward(), good, '{"resourceType":"Condition","id":"c","code":{"te'), "all.ndjson"
    ).records[0]
    assert (record.problems.state, record.problems.why) == (
        "partial",
        "1 problem not readable, and it is not known whose",
    )


def test_one_bad_element_costs_the_element_and_not_the_record(make: Any, load_ward: Any) -> None:
    order = make.request("m", "Ramipril", make.dosage(5), reasonCode="hypertension", note={"text": "x"})
    record = load_ward(order)
    assert [(item.name, item.dose) for item in record.medications.items] == [("Ramipril", "5 mg")]
    assert [item.why for item in record.unreadable] == [
        f"the element '{name}' is not of the type that FHIR asks for; the rest is used"
        for name in ("reasonCode", "note")
    ]
    assert record.medications.state == "partial"


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("status", 1),
        ("medicationCodeableConcept", "Ramipril"),
        ("doNotPerform", "true"),
        ("subject", "Patient/p"),
        ("intent", ["order"]),
    ],
)
def test_an_element_on_which_the_meaning_hangs_costs_the_record(
    make: Any, load_ward: Any, element: str, value: Any
) -> None:
    record = load_ward(make.request("m", "Ramipril", make.dosage(5), **{element: value}))
    assert record.medications.items == ()
    assert record.medications.state == "partial"


def test_an_order_with_an_unreadable_dosage_keeps_its_drug_and_its_words(make: Any, load_ward: Any) -> None:
    bad = make.dosage(5, repeat={"frequency": 1, "period": 0, "periodUnit": "d"}, text="half a tablet at noon")
    record = load_ward(make.request("m", "Ramipril", bad))
    order = record.medications.items[0]
    assert (order.name, order.dose, order.frequency, order.instructions) == (
        "Ramipril",
        "",
        "",
        "half a tablet at noon",
    )
    assert record.medications.state == "partial"
    assert [item.why for item in record.unreadable] == ["a frequency is absurd"]


def test_a_dose_of_an_unreadable_amount_was_given_all_the_same(make: Any, load_ward: Any) -> None:
    absurd = {"dose": {"value": 10**30, "unit": "mg"}}
    record = load_ward(make.request("m", "X", make.dosage(5)), make.given("a", "m", 3, dosage=absurd))
    assert record.medications.items[0].last_given.text == make.ago(3)
    assert [(item.status, item.dose) for item in record.administrations.items] == [("completed", "")]
    assert record.administrations.state == "partial"


def test_one_bad_field_of_a_patient_or_a_stay_costs_the_field(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["birthDate"] = "1970-02-30"
    resources[2]["multipleBirthInteger"] = 99
    resources[3]["period"] = {"start": "last Monday"}
    record = load_text(json.dumps(make.bundle(resources))).records[0]
    assert (record.patient.mrn, record.patient.names[0].family, record.patient.birth_date) == ("00123", "Doe", "")
    assert (record.stay.ward, record.stay.bed, record.stay.admitted) == ("4W", "7", None)
    assert len(record.unreadable) == 3


def test_a_stay_whose_period_is_broken_is_still_in_the_census(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[3].update({"period": "since Monday", "class": "IMP"})
    record = load_text(json.dumps(make.bundle(resources))).records[0]
    assert (record.stay.ward, len(record.unreadable)) == ("4W", 2)


def test_records_of_other_subjects_are_nobodys(make: Any, load_ward: Any) -> None:
    about_a_group = {**make.observation("g", "8867-4", 1), "subject": {"reference": "Group/1"}}
    without = make.observation("n", "8867-4", 2)
    del without["subject"]
    record = load_ward(about_a_group, without, make.observation("ok", "8867-4", 3))
    assert [item.value for item in record.vitals.items] == ["3"]
    assert record.unreadable == ()
    assert record.vitals.state == "partial"


def test_a_value_never_moves_to_another_patient(make: Any, load_text: Any) -> None:
    other = {**make.observation("o", "8867-4", 99), "subject": {"reference": "Patient/q"}}
    snapshot = load_text(json.dumps(make.bundle([*make.ward(), make.observation("o", "8867-4", 70), other])))
    assert [item.value for item in snapshot.records[0].vitals.items] == ["70"]


def test_the_same_record_twice_is_one(make: Any, load_ward: Any) -> None:
    reading = make.observation("o", "8867-4", 70)
    record = load_ward(reading, reading)
    assert ([item.value for item in record.vitals.items], record.unreadable) == (["70"], ())


@pytest.mark.parametrize("first_is_newer", [True, False])
def test_of_two_versions_the_newer_is_used_and_the_other_is_named(
    make: Any, load_ward: Any, first_is_newer: bool
) -> None:
    old = {**make.observation("o", "8867-4", 70), "meta": {"lastUpdated": make.ago(9)}}
    new = {**make.observation("o", "8867-4", 88), "meta": {"lastUpdated": make.ago(8)}}
    record = load_ward(*((new, old) if first_is_newer else (old, new)))
    assert [item.value for item in record.vitals.items] == ["88"]
    assert "same id and different content" in record.unreadable[0].why


def test_references_of_all_kinds_find_their_patient(make: Any, load_text: Any) -> None:
    resources = [*make.ward(), *(make.observation(f"o{n}", "8867-4", n) for n in range(4))]
    resources[5]["subject"] = {"reference": "https://ehr.example.org/fhir/Patient/p/_history/3"}
    resources[6]["subject"] = {"identifier": {"value": "00123"}}
    resources[7]["subject"] = {"reference": "urn:uuid:11111111-2222-3333-4444-555555555555"}
    data = make.bundle(resources)
    data["entry"][2]["fullUrl"] = "urn:uuid:11111111-2222-3333-4444-555555555555"
    found = load_text(json.dumps(data)).records[0].vitals.items
    assert sorted(item.value for item in found) == ["0", "1", "2", "3"]


def test_real_faults_of_exports_are_no_faults(make: Any, load_text: Any) -> None:
    resources = make.ward()
    resources[2]["name"] = [{"family": "Baby", "given": [None]}, {"given": [""]}, None]
    resources[3]["reasonReference"] = []
    text = json.dumps(
        make.bundle(
            [
                *resources,
                make.given("a", "x", 3, dosage={"doseAndRate": [{"doseQuantity": {"value": 4.0, "unit": "mg"}}]}),
            ]
        )
    )
    record = load_text(text.replace(make.ago(3), "2026-11-23T23:00:00.123456789-05:00")).records[0]
    assert ([name.family for name in record.patient.names], record.unreadable) == (["Baby"], ())
    assert record.administrations.items[0].dose == "4 mg"


def test_deep_nesting_and_huge_lines_are_named(make: Any, tmp_path: Any) -> None:
    deep = '{"resourceType":"Flag","id":"deep","subject":{"reference":"Patient/p"},"x":' + "[" * 5000 + "]" * 5000 + "}"
    huge = '{"resourceType":"Flag","id":"huge","x":"' + "x" * 30_000 + '"}'
    (tmp_path / "all.ndjson").write_text(lines(*make.ward(), deep, huge, make.observation("o", "8867-4", 70)))
    settings = IntakeSettings(limits=Limits(line_bytes=20_000))
    snapshot = load([tmp_path], settings=settings, as_of=make.AS_OF)
    record = snapshot.records[0]
    assert [(item.line, item.why) for item in record.unreadable] == [(5, "it is nested too deep")]
    assert [(item.line, "longer than" in item.why) for item in snapshot.problems] == [(6, True)]
    assert [item.value for item in record.vitals.items] == ["70"]
    assert record.vitals.state == "partial"


def test_a_file_beyond_the_limit_is_refused(make: Any, tmp_path: Any) -> None:
    path = tmp_path / "bomb.ndjson.gz"
    path.write_bytes(gzip.compress(lines(*make.ward()).encode() + b" " * 5_000_000))
    with pytest.raises(SnapshotError) as caught:
        load([path], settings=IntakeSettings(limits=Limits(file_bytes=1_000_000)), as_of=make.AS_OF)
    assert caught.value.code == "E303"


def test_too_many_records_are_refused_and_too_many_problems_are_counted(make: Any, tmp_path: Any) -> None:
    path = tmp_path / "all.ndjson"
    path.write_text(lines(*make.ward(), *(["{"] * 30)))
    with pytest.raises(SnapshotError) as caught:
        load([path], settings=IntakeSettings(limits=Limits(records=20)), as_of=make.AS_OF)
    assert caught.value.code == "E307"
    snapshot = load([path], settings=IntakeSettings(limits=Limits(problems=10)), as_of=make.AS_OF)
    assert (len(snapshot.problems), snapshot.problems[-1].what) == (11, "20 more records")


def test_a_damaged_archive_keeps_what_was_read_and_says_so(make: Any, load_text: Any) -> None:
    readings = [make.observation(f"o{n}", "8867-4", n) for n in range(3000)]
    whole = gzip.compress(lines(*make.ward(), *readings).encode())
    snapshot = load_text(whole[: len(whole) // 2], "all.ndjson.gz")
    assert 0 < len(snapshot.records[0].vitals.items) < 3000
    assert snapshot.records[0].vitals.state == "partial"
    assert any("archive" in p.why or "compressed" in p.why for p in snapshot.problems)


def test_archives_of_several_members_are_read(make: Any, load_text: Any) -> None:
    data = b"".join(gzip.compress((json.dumps(item) + "\n").encode()) for item in make.ward())
    assert len(load_text(data, "all.ndjson.gz").records) == 1


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        ("", "a.json", "E302"),
        ("hello", "a.json", "E302"),
        ("{}", "a.json", "E302"),
        ("[]", "a.json", "E304"),
        ('{"resourceType":"Bundle"}', "a.json", "E304"),
        ('{"a":', "a.json", "E302"),
        ("\x00\x01", "a.ndjson", "E302"),
        (b"\x1f\x8b\x08junk", "a.gz", "E302"),
        (b"\xff\xfe{\x00}\x00", "a.json", "E302"),
        (b"\xff", "a.csv", "E302"),
    ],
)
def test_what_is_wholly_unusable_is_refused(load_text: Any, data: Any, name: str, code: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        load_text(data, name)
    assert caught.value.code == code
    assert caught.value.place
    assert caught.value.cure


def test_nothing_there(tmp_path: Any) -> None:
    for path in (tmp_path / "no", tmp_path):
        with pytest.raises(SnapshotError) as caught:
            load([path], settings=IntakeSettings())
        assert caught.value.code == "E301"
    with pytest.raises(SnapshotError) as caught:
        load([tmp_path], settings=IntakeSettings(zone="Mars/Olympus"))
    assert caught.value.code == "E309"
