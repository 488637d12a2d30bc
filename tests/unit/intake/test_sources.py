"""Containers, the time of the data, and how complete each part is."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from typing import Any

import pytest

from papermode.errors import SnapshotError
from papermode.intake import IntakeSettings, describe, load

SETTINGS = IntakeSettings(zone="America/New_York")


def test_every_container_gives_the_same_patient(make: Any, tmp_path: Any) -> None:
    resources = [*make.ward(), make.observation("o", "8867-4", 70)]
    one_a_line = "\n".join(map(json.dumps, resources))
    forms = {
        "bundle.json": json.dumps(make.bundle(resources)),
        "indented.json": json.dumps(make.bundle(resources), indent=2),
        "array.json": json.dumps(resources),
        "lines.ndjson": one_a_line + "\r\n",
        "lines-named.json": one_a_line,
        "bom.ndjson": "\ufeff" + one_a_line,
        "nested.json": json.dumps(make.bundle([make.bundle(resources)])),
        "bundle-a-line.ndjson": json.dumps(make.bundle(resources)),
    }
    for name, text in forms.items():
        for suffix, data in (("", text.encode()), (".gz", gzip.compress(text.encode()))):
            path = tmp_path / f"{name}{suffix}"
            path.write_bytes(data)
            record = load([path], settings=SETTINGS, as_of=make.AS_OF).records[0]
            assert (record.patient.mrn, record.stay.ward, record.vitals.items[0].value) == ("00123", "4W", "70"), (
                path.name
            )
            assert record.unreadable == ()


def test_a_folder_is_read_to_its_depth_and_a_file_only_once(make: Any, tmp_path: Any) -> None:
    for number, resource in enumerate(make.ward()):
        path = tmp_path / "deep" / str(number) / "r.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(resource))
    (tmp_path / "README.md").write_text("no data")
    (tmp_path / ".hidden.json").write_text("{")
    snapshot = load([tmp_path, tmp_path / "deep"], settings=SETTINGS, as_of=make.AS_OF)
    assert [source.name for source in snapshot.sources] == [f"deep/{number}/r.json" for number in range(4)]
    assert all(len(source.sha256) == 64 and source.records == 1 for source in snapshot.sources)


def test_the_time_of_the_data(make: Any, tmp_path: Any) -> None:
    path = tmp_path / "b.json"
    resources = [*make.ward(), make.observation("o", "8867-4", 70, 3), make.observation("typo", "8867-4", 70, -9999)]

    def told(as_of: datetime | None = None, **more: Any) -> tuple[str, str]:
        path.write_text(json.dumps(make.bundle(resources, **more)))
        snapshot = load([path], settings=SETTINGS, as_of=as_of, now=make.AS_OF)
        return snapshot.as_of.isoformat(), snapshot.as_of_how

    assert told(make.AS_OF, timestamp=make.ago(1)) == (make.ago(0), "given")
    assert told(timestamp=make.ago(1)) == (make.ago(1), "export time")
    assert told(meta={"lastUpdated": make.ago(2)}) == (make.ago(2), "export time")
    assert told() == (make.ago(3), "latest event")


def test_a_manifest_gives_the_time_and_the_types(make: Any, tmp_path: Any) -> None:
    (tmp_path / "all.ndjson").write_text("\n".join(map(json.dumps, make.ward())))
    manifest = {"transactionTime": make.ago(1), "output": [{"type": "Flag", "url": "x"}], "error": []}
    (tmp_path / "export.json").write_text(json.dumps(manifest))
    snapshot = load([tmp_path], settings=SETTINGS)
    assert (snapshot.as_of_how, snapshot.records[0].flags.state) == ("export time", "complete")
    (tmp_path / "export.json").write_text(json.dumps({**manifest, "error": [{"type": "OperationOutcome"}]}))
    assert load([tmp_path], settings=SETTINGS).records[0].flags.state == "partial"


def test_data_without_any_time_is_refused(make: Any, tmp_path: Any) -> None:
    (tmp_path / "c.csv").write_text("mrn,ward\n1,4W\n")
    with pytest.raises(SnapshotError) as caught:
        load([tmp_path], settings=SETTINGS)
    assert caught.value.code == "E305"


def test_windows_count_from_the_export_time_even_when_events_are_later(make: Any, tmp_path: Any) -> None:
    readings = [make.observation(f"o{h}", "8867-4", h, h) for h in (1, 20, 30, 40)]
    for order in (readings, readings[::-1]):
        (tmp_path / "b.json").write_text(json.dumps(make.bundle([*make.ward(), *order], timestamp=make.ago(18))))
        record = load([tmp_path], settings=SETTINGS, now=make.AS_OF).records[0]
        assert [item.value for item in record.vitals.items] == ["20", "30", "40"]


def test_absent_types_are_unavailable_and_empty_ones_are_complete(make: Any, load_text: Any, tmp_path: Any) -> None:
    (tmp_path / "Flag.ndjson").write_text("")
    other = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/other"}, "code": {"text": "X"}}
    record = load_text(json.dumps(make.bundle([*make.ward(), other]))).records[0]
    assert (record.flags.state, record.flags.items) == ("complete", ())
    assert (record.problems.state, record.problems.items) == ("complete", ())
    assert (record.medications.state, record.medications.why) == ("unavailable", "no medication orders in the export")
    assert record.contacts.state == "complete"


def test_a_search_that_found_nothing_says_none(make: Any, tmp_path: Any) -> None:
    empty = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
        "link": [{"relation": "self", "url": "https://e/fhir/Flag?patient=p"}],
    }
    (tmp_path / "a.json").write_text(json.dumps(make.bundle(make.ward())))
    (tmp_path / "b.json").write_text(json.dumps(empty))
    assert load([tmp_path], settings=SETTINGS, as_of=make.AS_OF).records[0].flags.state == "complete"


def test_missing_pages_and_outcomes_make_parts_partial(make: Any, tmp_path: Any) -> None:
    page = make.bundle(
        [make.observation("o", "8867-4", 1)], type="searchset", link=[{"relation": "next", "url": "https://e/2"}]
    )
    (tmp_path / "a.json").write_text(json.dumps(make.bundle(make.ward())))
    (tmp_path / "b.json").write_text(json.dumps(page))
    record = load([tmp_path], settings=SETTINGS, as_of=make.AS_OF).records[0]
    assert (record.vitals.state, record.contacts.state) == ("partial", "complete")
    assert "more pages" in record.vitals.why
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-supported"}]}
    (tmp_path / "b.json").write_text(json.dumps(make.bundle([outcome])))
    assert load([tmp_path], settings=SETTINGS, as_of=make.AS_OF).records[0].contacts.state == "partial"


def test_older_files_tell_their_age(make: Any, tmp_path: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(make.bundle(make.ward(), timestamp=make.ago(0))))
    (tmp_path / "b.json").write_text(
        json.dumps(make.bundle([make.observation("o", "8867-4", 9, 9)], timestamp=make.ago(6)))
    )
    record = load([tmp_path], settings=SETTINGS).records[0]
    assert record.vitals.as_of is not None
    assert (record.vitals.as_of.isoformat(), record.problems.as_of) == (make.ago(6), None)


def test_describe_names_no_patient_and_is_json(make: Any, load_ward: Any, load_text: Any) -> None:
    snapshot = load_text(
        json.dumps(make.bundle([*make.ward(), make.observation("o", "8867-4", 71), make.request("m")]))
    )
    text = json.dumps(describe(snapshot))
    told = json.loads(text)
    assert (told["patients"], told["wards"][0]["ward"], told["parts"]["vitals"]["items"]) == (1, "4W", 1)
    assert told["parts"]["flags"]["why"] == {"no flags (isolation, falls and the like) in the export": 1}
    for secret in ("Doe", "Jane", "00123", "1970", "Ramipril", '"71"'):
        assert secret not in text
