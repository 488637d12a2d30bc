"""The example site's data: it is what the program writes, and it holds what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from papermode.intake import IntakeSettings, dumps, load
from papermode.model.snapshot import PatientRecord, Snapshot

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "examples" / "snapshot"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return load([DATA], settings=IntakeSettings(zone="America/New_York"))


def by_id(snapshot: Snapshot) -> dict[str, PatientRecord]:
    return {record.patient.id: record for record in snapshot.records}


def test_the_program_writes_these_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "tools" / "make_example.py"), str(tmp_path)], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in DATA.iterdir() if path.name != "README.md"}


def test_two_wards_of_one_time(snapshot: Snapshot) -> None:
    assert (snapshot.as_of.isoformat(), snapshot.as_of_how) == ("2026-11-24T02:00:00-05:00", "export time")
    assert [record.stay.ward for record in snapshot.records].count("4W") == 17
    assert [record.stay.ward for record in snapshot.records].count("OB") == 8
    assert len({record.stay.bed for record in snapshot.records}) == 25
    assert snapshot.problems == ()


def test_loading_twice_gives_the_same_bytes(snapshot: Snapshot) -> None:
    assert dumps(load([DATA], settings=IntakeSettings(zone="America/New_York"))) == dumps(snapshot)


def test_the_two_broken_records_are_named_on_their_patients(snapshot: Snapshot) -> None:
    found = {
        record.patient.id: [item.what for item in record.unreadable] for record in snapshot.records if record.unreadable
    }
    assert sorted(found) == ["pat-15", "pat-16"]
    assert found["pat-15"] == ["AllergyIntolerance/allergy-broken"]
    records = by_id(snapshot)
    assert (records["pat-15"].allergies.state, records["pat-15"].allergy_knowledge) == ("partial", "not-recorded")
    assert records["pat-16"].vitals.state == "partial"


def test_what_the_wards_hold(snapshot: Snapshot) -> None:
    records = by_id(snapshot)
    assert [len(records["pat-11"].medications.items), len(records["pat-11"].allergies.items)] == [60, 8]
    assert {record.allergy_knowledge for record in snapshot.records} == {"listed", "none-known", "not-recorded"}
    pressor = records["pat-01"].medications.items[0]
    assert (pressor.kind, pressor.rate, pressor.high_alert) == ("infusion", "8 mcg/min", True)
    assert (
        pressor.target.startswith("Target"),
        pressor.rate_limits.startswith("Limits"),
        pressor.hold_rule.startswith("Hold"),
    ) == (True,) * 3
    assert len(records["pat-02"].medications.items[0].scale) == 5
    weekly = next(item for item in records["pat-06"].medications.items if item.name == "Methotrexate")
    assert (weekly.days, weekly.next_due.text if weekly.next_due else "") == (("wed",), "2026-11-25T09:00-05:00")
    assert [item.status for item in records["pat-08"].medications.items].count("home") == 1
    assert records["pat-05"].code_status.items[0].text.startswith("Advance directive: DNR")
    assert {
        item.text.split(" ")[0] for r in snapshot.records for item in r.flags.items if item.category == "isolation"
    } == {"Airborne", "Contact"}
    assert (
        records["pat-12"].patient.restricted,
        records["pat-13"].patient.deceased,
        records["pat-14"].patient.birth_date,
    ) == (True, True, "")
    assert records["pat-17"].patient.former_mrns == ("00399217",)
    assert records["pat-17"].allergies.items[0].substance == "Clindamycin"


def test_newborns_have_mothers_and_grams(snapshot: Snapshot) -> None:
    records = by_id(snapshot)
    babies = [record for record in snapshot.records if record.patient.mother]
    assert [record.patient.id for record in babies] == ["pat-52", "pat-54", "pat-55", "pat-58"]
    assert [records[id].patient.birth_order for id in ("pat-54", "pat-55")] == [1, 2]
    for record in babies:
        mother = record.patient.mother
        assert mother is not None
        assert mother.mrn in {other.patient.mrn for other in snapshot.records}
        assert record.patient.birth_time is not None
        assert record.patient.birth_time.at is not None
        assert record.weight.items[0].quantity.unit == "g"


def test_every_name_and_number_reached_the_snapshot(snapshot: Snapshot) -> None:
    families = {name.family for record in snapshot.records for name in record.patient.names}
    assert {"Müller-Łukasiewicz", "Παπαδοπούλου", "Соколова", "الخطيب", "לוי", "शर्मा", "สุวรรณรัตน์", "王"} <= families
    assert any(item.value == "12.40" for record in snapshot.records for item in record.labs.items)
