"""The whole bundle: what is in it, what is not, and that it is the same every time."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.errors import SendError
from papermode.export.bundle import bundle
from papermode.export.bundle_checks import check_bundle
from papermode.export.fhirjson import dumps, loads
from papermode.export.leftout import SETTLED, WAITS
from papermode.export.naming import Naming
from papermode.export.outline import Place, options_of, outline, places
from papermode.export.policy import Policy, Rule
from papermode.export.structure import structure_faults
from papermode.model.answers import Answer, ReviewedPage
from tests.unit.export.making import (
    CONFIRMED,
    NAMING,
    PACKET,
    PDF,
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
)

WEIGHT = page("ADMIT", [answer("adm.weight", "072.50"), answer("adm.weight_how", "estimated", kind="mark")])


def test_one_page_gives_picture_record_data_and_provenance() -> None:
    result = send(page("MAR-S", dose(1, 1, "given", "0812", at("24T08:12"))))
    kinds = [e["resource"]["resourceType"] for e in result.entries]
    assert kinds == [
        "Questionnaire",
        "Binary",
        "DocumentReference",
        "QuestionnaireResponse",
        "MedicationAdministration",
        "Provenance",
    ]
    assert result.pages == 1
    assert not result.left_out
    (binary,), (document,) = resources(result, "Binary"), resources(result, "DocumentReference")
    assert base64.b64decode(binary["data"]) == PDF
    assert document["content"][0]["attachment"]["url"] == f"Binary/{binary['id']}"
    assert document["content"][0]["attachment"]["size"] == len(PDF)


def test_decimals_stay_as_written() -> None:
    result = send(WEIGHT)
    assert b'"valueDecimal":72.50' in result.json
    assert b'"valueQuantity":{"value":72.50,"unit":"kg"' in result.json
    (found,) = resources(result, "Observation")
    assert found["method"] == {"text": "estimated"}, "an estimated weight stays an estimated one"
    assert found["effectivePeriod"] == {"start": "2026-11-24T03:00:00-05:00", "end": "2026-11-25T09:30:00-05:00"}


def test_the_same_pages_give_the_same_bytes_in_any_order() -> None:
    other = page("VITALS", vitals(1, "0800", at("24T08:00"), temp="38.5"), 8)
    assert send(WEIGHT, other).json == send(other, WEIGHT, other).json


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        dumps({"value": [{"value": 72.5}]})
    assert loads(b'{"a":72.50}') == {"a": Decimal("72.50")}
    assert dumps(loads(b'{"a":72.50}')) == b'{"a":72.50}'


def test_references_come_after_their_targets() -> None:
    seen: set[str] = set()
    for entry in send(WEIGHT, page("MAR-S", dose(1, 1, "given", "0812", at("24T08:12")), 8)).entries:
        used = {r for r in _references(entry["resource"]) if r.startswith("urn:uuid:")}
        assert used <= seen
        seen.add(entry["fullUrl"])


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("writing", ["update", "create"])
def test_requests(writing: Any) -> None:
    result = send(WEIGHT, writing=writing)
    for entry in result.entries:
        resource, request = entry["resource"], entry["request"]
        if writing == "update" or resource["resourceType"] in ("Binary", "Provenance"):
            assert request == {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
        else:
            assert (request["method"], request["url"]) == ("POST", resource["resourceType"])
            assert request["ifNoneExist"].startswith("identifier=urn:papermode:")
            assert "|" not in request["ifNoneExist"]


def test_a_correction_goes_to_the_same_resource() -> None:
    before, after = send(WEIGHT), send(changed(WEIGHT, answers=(answer("adm.weight", "73.10"),)))
    ids = [r["id"] for r in resources(before, "Observation")]
    assert ids == [r["id"] for r in resources(after, "Observation")]
    assert resources(after, "Observation")[0]["method"] == {"text": "not stated on paper"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"by": ""}, "unconfirmed"),
        ({"by": "  "}, "unconfirmed"),
        ({"confirmed_at": None}, "unconfirmed"),
        ({"confirmed_at": CONFIRMED.replace(tzinfo=None)}, "unconfirmed"),
        ({"outcome": "needs-nurse"}, "needs-nurse"),
        ({"outcome": "pharmacy"}, "pharmacy"),
        ({"outcome": "rescan"}, "rescan"),
        ({"outcome": "void"}, "void"),
        ({"unit": "lb"}, "form-changed"),
        ({"row": 1}, "unplaced"),
        ({"link_id": "adm.shoe_size"}, "unplaced"),
        ({"value": "351"}, "range"),
        ({"value": "0.10"}, "range"),
        ({"value": "7a"}, "value"),
        ({"value": "-0"}, "value"),
        ({"value": ("70", "71")}, "value"),
    ],
)
def test_what_is_not_settled_is_not_in_it(more: dict[str, Any], reason: str) -> None:
    wrong = changed(answer("adm.weight", "70.25"), **more)
    result = send(changed(WEIGHT, answers=(wrong,)))
    assert reasons(result) == {(wrong.link_id, reason)}
    assert not resources(result, "Observation")
    assert not resources(result, "QuestionnaireResponse")
    assert b"70.25" not in result.json
    assert resources(result, "DocumentReference"), "the picture is filed all the same"


def test_pictures_only_leave_nothing_to_do() -> None:
    result = send(page("PROGRESS", [answer("note.text", None, kind="crop", outcome="image-only")]))
    assert not result.left_out
    assert [e["resource"]["resourceType"] for e in result.entries] == ["Binary", "DocumentReference", "Provenance"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"subject": None}, "no-patient"),
        ({"patient_ref": ""}, "no-patient"),
        ({"patient_ref": "Patient/"}, "no-patient"),
        ({"patient_ref": "Group/1"}, "no-patient"),
        ({"encounter_ref": "Patient/pat-01"}, "no-patient"),
        ({"confirmed_by": ""}, "unconfirmed"),
        ({"version": 9}, "no-form"),
    ],
)
def test_pages_that_cannot_be_filed(more: dict[str, Any], reason: str) -> None:
    result = send(changed(WEIGHT, **more))
    assert reasons(result) == {("", reason)}
    assert result.json == b'{"resourceType":"Bundle","type":"transaction"}'
    assert result.pages == 0


@pytest.mark.parametrize("found", [None, b"", b"\x89PNG"])
def test_no_page_without_its_picture(found: bytes | None) -> None:
    result = send(WEIGHT, images=lambda _page: found)
    assert reasons(result) == {("", "no-picture")}
    assert not result.entries


def test_two_versions_of_a_page_are_a_conflict() -> None:
    result = send(WEIGHT, changed(WEIGHT, answers=(answer("adm.weight", "73.10"),)))
    assert reasons(result) == {("", "conflict")}
    assert not result.entries


def test_two_answers_at_one_place_are_a_conflict() -> None:
    result = send(changed(WEIGHT, answers=(answer("adm.weight", "72.50"), answer("adm.weight", "73.10"))))
    assert reasons(result) == {("adm.weight", "conflict")}


def test_copies_of_a_master_are_pages_of_their_own() -> None:
    copies = [changed(WEIGHT, copy=c, answers=(answer("adm.weight", v),)) for c, v in (("a", "70.0"), ("b", "71.0"))]
    result = send(*copies)
    assert result.pages == 2
    assert len({r["id"] for r in resources(result, "Observation")}) == 2


def test_a_patient_known_by_mrn_only() -> None:
    bare = changed(WEIGHT, patient_ref="")
    result = send(bare, naming=Naming(mrn_system="urn:oid:1.2.3"))
    (found,) = resources(result, "Observation")
    assert found["subject"] == {"reference": "Patient?identifier=urn:oid:1.2.3%7C00123456"}
    assert "securityContext" not in resources(result, "Binary")[0]


def test_a_comma_in_an_mrn_does_not_mean_or() -> None:
    """``identifier=system|12,345`` is 'number 12 of the system, or 345 of any': perhaps another patient."""
    odd = changed(WEIGHT, patient_ref="", subject=changed(WEIGHT.subject, mrn="12,3|4$5\\6"))
    (found,) = resources(send(odd, naming=Naming(mrn_system="urn:oid:1.2.3")), "Observation")
    _, _, asked = unquote(found["subject"]["reference"]).partition("?identifier=")
    assert asked == "urn:oid:1.2.3|12\\,3\\|4\\$5\\\\6"


def test_ward_pages_are_not_filed() -> None:
    result = send(page("COVER", [answer("census.where", "here", 1)], subject=None, patient_ref=""))
    assert reasons(result) == {("", "nothing")}


def test_the_policy_rules() -> None:
    asked = page(
        "ORDERS",
        [answer("order.text", "2 g ceftriaxone", 1, kind="crop"), answer("order.type", "medication", 1, kind="mark")],
    )
    result = send(asked)
    assert reasons(result) == {("order.text", "department"), ("order.type", "department")}
    assert all(e.waits for e in result.left_out)
    assert b"ceftriaxone" not in result.json


def test_a_second_person() -> None:
    strict = Policy([Rule(("ADMIT",), ("adm.*",), "enter", second=True)], (), ())
    for second, missing in (("", True), ("R. Clerk", True), (" R. Clerk", True), ("S. Nurse", False)):
        result = send(page("ADMIT", [answer("adm.sex", "female", kind="mark", second=second)]), policy=strict)
        assert (("adm.sex", "second-check") in reasons(result)) == missing
    roles = {a["type"]["coding"][0]["code"]: a["who"]["display"] for a in resources(result, "Provenance")[0]["agent"]}
    assert roles == {
        "author": "as signed on the page",
        "enterer": "R. Clerk",
        "verifier": "S. Nurse",
        "assembler": "papermode 0.1.0",
    }


def test_provenance_names_the_page_and_all_that_was_made_of_it() -> None:
    signed = (
        *dose(1, 1, "given", "0812", at("24T08:12")),
        answer("mar.initials", "JD", 1, 1, kind="crop", by="S. Nurse"),
    )
    result = send(page("MAR-S", signed))
    (found,) = resources(result, "Provenance")
    targets = {t["reference"] for t in found["target"]}
    kinds = ("DocumentReference", "QuestionnaireResponse", "MedicationAdministration")
    assert targets == {e["fullUrl"] for e in result.entries if e["resource"]["resourceType"] in kinds}
    assert [(a["type"]["coding"][0]["code"], a["who"]["display"]) for a in found["agent"]] == [
        ("author", "JD (on paper)"),
        ("enterer", "R. Clerk"),
        ("enterer", "S. Nurse"),
        ("assembler", "papermode 0.1.0"),
    ]
    assert found["entity"][1]["what"]["identifier"]["value"] == f"{PACKET}/7"


def test_a_broken_bundle_is_never_handed_out() -> None:
    """A form's code that FHIR forbids is found by the checks, whatever else let it through."""
    odd = changed(form("ADMIT"), code="http://loinc.org| 34109-9 ")
    with pytest.raises(SendError, match="E901"):
        bundle([WEIGHT], {("ADMIT", 1): odd}, lambda _page: PDF, NAMING, policy())


def test_reasons_are_words() -> None:
    assert not set(WAITS) & set(SETTLED)
    result = send(changed(WEIGHT, subject=None))
    assert result.left_out[0].words == "the page is bound to no patient of the EHR"
    assert "0012" not in str(result.left_out)
    assert "Doe" not in str(result.left_out)


# Any page, filled in any way.


@st.composite
def values_of(draw: st.DrawFn, place: Place) -> Any:
    item = place.item
    options = [o.value for o in options_of(item)]
    if options:
        some = st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True).map(tuple)
        return draw(some if item.kind == "multi" else st.sampled_from(options))
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "time": st.sampled_from(["0000", "0812", "2359", "2460", "08"]),
        "date": st.sampled_from(["24112026", "31112026", "2026-11-24", "x"]),
        "decimal": st.decimals(0, 400, places=2).map(str),
        "integer": st.integers(0, 350).map(str),
        "score": st.integers(0, 25).map(str),
    }
    return draw(by_kind.get(item.kind, st.text(max_size=12)))


@st.composite
def any_answers(draw: st.DrawFn, form_id: str) -> list[Answer]:
    out = []
    for link_id, place in places(outline(form(form_id))).items():
        kinds = {n.repeats for n in place.above}
        for row in draw(st.sets(st.integers(1, 3), max_size=2)) if "row" in kinds else {None}:
            for column in draw(st.sets(st.integers(1, 3), max_size=2)) if "column" in kinds else {None}:
                if draw(st.booleans()):
                    continue
                more = {
                    "outcome": draw(st.sampled_from(["entered"] * 8 + ["image-only", "needs-nurse", "void"])),
                    "by": draw(st.sampled_from(["R. Clerk"] * 5 + [""])),
                    "at": draw(st.sampled_from([None, at("24T08:12"), at("24T23:59"), at("28T00:00")])),
                    "ref": draw(st.sampled_from(["", "MedicationRequest/med-1", "ORC|12"])),
                    "row_text": draw(st.sampled_from(["", "10 mg  oxycodone\nby mouth"])),
                }
                out.append(answer(link_id, draw(st.none() | values_of(place)), row, column, **more))
    return out


@st.composite
def any_page(draw: st.DrawFn) -> ReviewedPage:
    form_id = draw(st.sampled_from(sorted(f for f, _ in forms())))
    subject_more = draw(st.sampled_from([{}, {}, {"encounter_ref": ""}, {"patient_ref": ""}]))
    return page(form_id, draw(any_answers(form_id)), draw(st.integers(1, 9)), **subject_more)


@given(st.lists(any_page(), max_size=3), st.sampled_from(["update", "create"]))
def test_whatever_is_filled_in_the_bundle_is_valid(pages: list[ReviewedPage], writing: Any) -> None:
    result = send(*pages, writing=writing)
    assert result.json == send(*reversed(pages), writing=writing).json
    found = loads(result.json)
    assert not check_bundle(found)
    assert not structure_faults(result.json)
    assert dumps(found) == result.json
    for given_page in pages:
        for a in given_page.answers:
            if a.link_id in ("mar.status", "prn.time", "ins.time") and not a.by:
                key = f"/{given_page.page}/{a.link_id}/{a.row}/{a.column}"
                assert not any(
                    r["identifier"][0]["value"].endswith(key) for r in resources(result, "MedicationAdministration")
                )
    assert all(e.reason in WAITS or e.reason in SETTLED for e in result.left_out)


@given(st.data())
def test_every_answer_is_filed_or_named(data: st.DataObject) -> None:
    """No answer that a person gave is dropped in silence: it is in the response, or it is left out with a reason."""
    found = data.draw(any_page().filter(lambda p: p.form not in ("COVER", "LOG") and p.patient_ref != ""))
    result = send(found)
    named = {(e.link_id, e.row, e.column) for e in result.left_out if e.what == "answer"}
    filed: set[tuple[str, int, int]] = set()
    for response in resources(result, "QuestionnaireResponse"):
        _collect(response["item"], 0, 0, filed)
    given_ = {
        (a.link_id, a.row or 0, a.column or 0)
        for a in found.answers
        if a.value not in (None, "", ()) and a.outcome != "image-only"
    }
    assert given_ <= named | filed
    assert not named & filed


def _collect(items: list[Any], row: int, column: int, out: set[tuple[str, int, int]]) -> None:
    numbers = {i["linkId"]: i["answer"][0]["valueInteger"] for i in items if i["linkId"].endswith(".no")}
    for link_id, number in numbers.items():
        if link_id.endswith(".row.no"):
            row = number
        else:
            column = number
    for item in items:
        if "answer" in item:
            out.add((item["linkId"], row, column))
        _collect(item.get("item", []), row, column, out)
