"""What was filed and counts no more is told to the EHR: corrected, taken back, replaced; and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pytest

from papermode.export.bundle import BundleResult
from papermode.export.fhirjson import Json, loads
from papermode.export.filed import IN_ERROR
from papermode.export.policy import Policy, Rule
from papermode.model.answers import Answer, ReviewedPage
from papermode.model.packet import Subject
from tests.unit.export.making import answer, at, changed, dose, page, resources, send, vitals

LATER = at("25T11:00")
DOSES = (*dose(1, 1, "given", "0812", at("24T08:12")), *dose(1, 2, "not-given", "1405", at("24T14:05"), "5"))
FIRST = page("MAR-S", DOSES)


def again(found: ReviewedPage, answers: Iterable[Answer], **more: object) -> ReviewedPage:
    """The page, confirmed anew."""
    anew: ReviewedPage = changed(found, answers=tuple(answers), confirmed_at=LATER, **more)
    return anew


def statuses(result: BundleResult, kind: str) -> list[str]:
    return [r["status"] for r in resources(result, kind)]


def by_id(result: BundleResult) -> dict[tuple[str, str], Json]:
    return {(r["resourceType"], r["id"]): r for r in (e["resource"] for e in loads(result.json).get("entry", []))}


def test_a_dose_that_was_struck_out_later_does_not_stay_given() -> None:
    first = send(FIRST)
    struck = again(FIRST, (*(replace(a, outcome="void") if a.column == 1 else a for a in DOSES),))
    second = send(struck, earlier=first.filings)
    assert statuses(first, "MedicationAdministration") == ["completed", "not-done"]
    assert sorted(statuses(second, "MedicationAdministration")) == [IN_ERROR, "not-done"]
    (gone,) = second.taken_back
    before = by_id(first)["MedicationAdministration", gone["id"]]
    assert gone == before | {"status": IN_ERROR, "supportingInformation": gone["supportingInformation"]}
    (record,) = resources(second, "QuestionnaireResponse")
    assert gone["supportingInformation"] == [{"reference": f"QuestionnaireResponse/{record['id']}"}]
    (who,) = resources(second, "Provenance")
    assert {"reference": f"urn:uuid:{gone['id']}"} in who["target"]
    entry = next(e for e in second.entries if e["resource"] is gone)
    assert entry["request"] == {"method": "PUT", "url": f"MedicationAdministration/{gone['id']}"}
    order = [e["resource"]["id"] for e in second.entries]
    assert order.index(gone["id"]) < order.index(who["id"]), "a client may send the entries one by one"


def test_sent_again_without_change_it_is_the_same_bundle() -> None:
    first = send(FIRST)
    struck = again(FIRST, DOSES[2:])
    second = send(struck, earlier=first.filings)
    assert len(second.taken_back) == 1
    assert send(struck, earlier={**first.filings, **second.filings}).json == second.json
    assert send(FIRST, earlier=first.filings).json == first.json


def test_record_and_picture_of_a_corrected_page_are_overwritten() -> None:
    first = send(FIRST)
    second = send(again(FIRST, DOSES[2:]), earlier=first.filings)
    for kind in ("QuestionnaireResponse", "DocumentReference", "Binary", "Provenance"):
        assert [r["id"] for r in resources(first, kind)] == [r["id"] for r in resources(second, kind)]
    assert statuses(second, "DocumentReference") == ["current"]
    assert IN_ERROR not in statuses(second, "QuestionnaireResponse")


def test_a_page_on_which_nothing_is_left_takes_its_record_back() -> None:
    first = send(FIRST)
    second = send(again(FIRST, ()), earlier=first.filings)
    assert statuses(second, "QuestionnaireResponse") == [IN_ERROR]
    assert statuses(second, "MedicationAdministration") == [IN_ERROR, IN_ERROR]
    assert statuses(second, "DocumentReference") == ["current"]


@pytest.mark.parametrize("left", [[], [again(FIRST, DOSES, subject=None, patient_ref="", encounter_ref="")]])
def test_a_page_that_is_nobodys_any_more_is_taken_back_whole(left: list[ReviewedPage]) -> None:
    first = send(FIRST, page("VITALS", vitals(1, "0805", at("24T08:05"), pulse="131"), 8))
    second = send(*left, page("VITALS", vitals(1, "0805", at("24T08:05"), pulse="131"), 8), earlier=first.filings)
    assert statuses(second, "Observation") == ["final"]
    assert statuses(second, "MedicationAdministration") == [IN_ERROR, IN_ERROR]
    assert sorted(statuses(second, "QuestionnaireResponse"))[-1] == IN_ERROR
    (document,) = (r for r in second.taken_back if r["resourceType"] == "DocumentReference")
    assert (document["status"], document["docStatus"]) == (IN_ERROR, IN_ERROR)
    assert {r["id"] for r in second.taken_back} == {f for (_, f), one in first.filings.items() if one.page[-2:] == "/7"}


@pytest.mark.parametrize("when", [LATER, FIRST.confirmed_at])
def test_a_page_that_was_somebody_elses_is_taken_back_from_the_first_patient(when: datetime) -> None:
    """Under the same id it would be gone from the first record without a word."""
    first = send(FIRST)
    other = Subject("00999999", "Roe, Richard", "1961-01-02")
    theirs = changed(FIRST, subject=other, patient_ref="Patient/pat-02", encounter_ref="Encounter/enc-02")
    second = send(changed(theirs, confirmed_at=when), earlier=first.filings)
    by_patient: dict[str, set[str]] = {}
    for found in by_id(second).values():
        if "status" in found and "subject" in found:
            by_patient.setdefault(found["subject"]["reference"], set()).add(found["status"])
    assert by_patient["Patient/pat-01"] == {IN_ERROR}
    assert IN_ERROR not in by_patient["Patient/pat-02"]
    assert {r["id"] for r in second.taken_back} == {i for _, i in first.filings}
    (who,) = resources(second, "Provenance")
    assert {f"urn:uuid:{r['id']}" for r in second.taken_back} < {t["reference"] for t in who["target"]}
    back = send(changed(FIRST, confirmed_at=at("25T12:00")), earlier={**first.filings, **second.filings})
    assert {r["subject"]["reference"] for r in back.taken_back} == {"Patient/pat-02"}


def test_what_is_confirmed_again_after_all_counts_again() -> None:
    first = send(FIRST)
    third = send(again(FIRST, DOSES), earlier=first.filings)
    assert third.taken_back == ()
    assert statuses(third, "MedicationAdministration") == ["completed", "not-done"]


@pytest.mark.parametrize("missing", [{"forms": {}}, {"images": lambda _: None}])
def test_what_only_cannot_be_sent_now_is_not_in_error(missing: dict[str, object]) -> None:
    first = send(FIRST)
    second = send(again(FIRST, DOSES), earlier=first.filings, **missing)
    assert second.entries == ()
    assert [x.waits for x in second.left_out] == [True]


def test_a_stricter_policy_makes_nothing_that_was_filed_an_error() -> None:
    first = send(FIRST)
    stricter = Policy([Rule(("*",), ("*",), "image")], (), ())
    assert send(FIRST, earlier=first.filings, policy=stricter).taken_back == ()


def test_a_value_that_is_the_last_no_more_stays_filed_and_gets_its_correction() -> None:
    morning = page("VITALS", vitals(1, "0805", at("24T08:05"), pulse="72"))
    noon = page("VITALS", vitals(1, "1200", at("24T12:00"), pulse="74"), 9)
    first = send(morning)
    assert len(resources(send(morning, noon), "Observation")) == 1
    second = send(morning, noon, earlier=first.filings)
    assert statuses(second, "Observation") == ["final", "final"]
    known = {**first.filings, **second.filings}
    assert send(morning, noon, earlier=known).json == second.json
    fixed = again(morning, vitals(1, "0805", at("24T08:05"), pulse="76"))
    third = send(fixed, noon, earlier=known)
    assert third.taken_back == ()
    assert sorted(int(o["valueQuantity"]["value"]) for o in resources(third, "Observation")) == [74, 76]


def test_decimals_of_what_is_taken_back_stay_as_they_were_written() -> None:
    weight = [answer("adm.weight", "72.50"), answer("adm.weight_how", "measured", kind="mark")]
    first = send(page("ADMIT", weight))
    second = send(again(page("ADMIT", weight), [answer("adm.allergies", "no", kind="mark")]), earlier=first.filings)
    assert {r["status"] for r in second.taken_back} == {IN_ERROR}
    assert b'"value":72.50' in second.json


def test_what_the_server_names_itself_cannot_be_taken_back() -> None:
    first = send(FIRST)
    with pytest.raises(ValueError, match="taken back"):
        send(FIRST, earlier=first.filings, writing="create")
