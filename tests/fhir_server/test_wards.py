"""Both example wards on a real FHIR server: sent twice, filed once, read back as it was written."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.clerk_day.checks import Checked, both_ways, compare
from papermode.app.demo import DEMO_NOW, run_demo
from papermode.app.sites import shipped_library
from papermode.export.fhirjson import Json, loads
from tests.fhir_server.conftest import Server
from tests.fhir_server.test_posting import TYPES, answers_in
from tests.fhir_server.wards import Wards, both_wards


def post_twice(server: Server, content: bytes) -> list[Json]:
    """Post a bundle twice; everything is there once. Returns what the server has."""
    sent = Counter(e["resource"]["resourceType"] for e in loads(content)["entry"])
    for status in ("201 Created", "200 OK"):
        code, answer = server.call("POST", "", content)
        assert code == 200, answer
        assert {e["response"]["status"] for e in answer["entry"]} == {status}
        found = [resource for kind in TYPES for resource in server.find(kind)]
        assert Counter(r["resourceType"] for r in found) == sent
    return found


def test_what_both_wards_wrote_is_what_the_server_has(server: Server, tmp_path: Path) -> None:
    wards = both_wards(tmp_path)
    found = post_twice(server, wards.result.json)
    out = Checked()
    filed = compare(out, found, wards.pages, wards.patients)
    left = {(x.packet, x.page, x.link_id, x.row, x.column) for x in wards.result.left_out}
    forms = shipped_library().versions
    for place, image in wards.pages.items():
        both_ways(out, place, image, filed.get(place, {}), forms, left)
    assert out.good, out
    assert out.filed > 1_000
    assert out.observations > 200
    assert out.administrations > 50
    assert out.written > out.left > 0
    assert len({image.mrn for image in wards.pages.values()}) > 20
    assert _notices(found, wards)


def _notices(found: list[Json], wards: Wards) -> bool:
    """Tell whether the comparison itself would see one wrong value, one wrong time, one wrong patient."""
    seen = next(r for r in found if r["resourceType"] == "Observation" and "effectiveDateTime" in r)
    dose = next(r for r in found if r["resourceType"] == "MedicationAdministration")
    out = Checked()
    wrong = {"value": Decimal(999), "code": "x"}
    compare(out, [seen | {"valueQuantity": wrong}, dose | {"status": "entered-in-error"}], wards.pages, wards.patients)
    compare(out, [seen | {"effectiveDateTime": "2026-11-24T00:00:00Z"}], wards.pages, wards.patients)
    compare(out, [dose | {"subject": {"reference": "Patient/x"}}], wards.pages, wards.patients)
    return (len(out.wrong), len(out.wrong_times), len(out.other_patient)) == (2, 1, 1)


@pytest.mark.deep
def test_the_bundle_of_the_demo(server: Server, tmp_path: Path) -> None:
    demo = run_demo(tmp_path / "demo", datetime.fromisoformat(DEMO_NOW))
    assert demo.score.green
    content = (tmp_path / "demo" / "answers.bundle.json").read_bytes()
    found = {r["id"]: r for r in post_twice(server, content)}
    responses = [
        e["resource"] for e in loads(content)["entry"] if e["resource"]["resourceType"] == "QuestionnaireResponse"
    ]
    assert len(responses) > 100
    for ours in responses:
        theirs = found[ours["id"]]
        assert list(answers_in(theirs["item"])) == list(answers_in(ours["item"]))
        assert theirs["subject"] == ours["subject"]
