"""Every shipped form as a Questionnaire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from papermode.export.fhirjson import Json, dumps, loads
from papermode.export.naming import Naming
from papermode.export.outline import outline, places
from papermode.export.questionnaire import MAX_VALUE, MIN_VALUE, UNIT, questionnaire
from papermode.export.structure import structure_faults
from papermode.model.form import PRINTED_KINDS
from tests.unit.export.making import NAMING, form, forms, policy

IDS = sorted(f for f, _ in forms())


def made(identifier: str) -> Json:
    return questionnaire(form(identifier), NAMING, policy())


def items(found: Json) -> Iterator[Json]:
    for item in found.get("item", []):
        yield item
        yield from items(item)


def one(identifier: str, link_id: str) -> Json:
    (found,) = [i for i in items(made(identifier)) if i["linkId"] == link_id]
    return found


@pytest.mark.parametrize("identifier", IDS)
def test_is_valid_and_complete(identifier: str) -> None:
    found = made(identifier)
    assert not structure_faults(dumps(found))
    link_ids = [i["linkId"] for i in items(found)]
    assert len(set(link_ids)) == len(link_ids), "que-2: linkIds are unique"
    asked = {
        i.link_id
        for page in form(identifier).pages
        for s in page.sections
        for i in (*s.items, *(i for c in s.cells for i in c.items), *(i for r in s.grid_rows for i in r.items))
        if i.kind not in PRINTED_KINDS
    }
    assert asked <= set(link_ids), "every question of the paper is in it"
    assert set(places(outline(form(identifier)))) <= set(link_ids)
    assert all(("item" in i) == (i["type"] == "group") for i in items(found)), "que-1"
    assert all("answerOption" in i for i in items(found) if i["type"] == "choice")


def test_a_code_has_one_meaning() -> None:
    """'none' is no known allergy here, and no medicine taken at home there."""
    said: dict[tuple[str, str], set[str]] = {}
    for identifier in IDS:
        for item in items(made(identifier)):
            for option in item.get("answerOption", []):
                value = option["valueCoding"]
                said.setdefault((value["system"], value["code"]), set()).add(value["display"])
    assert {code: words for code, words in said.items() if len(words) > 1} == {}
    assert ("urn:papermode:answer/ADMIT/adm.allergies", "none") in said


def test_an_overlay_has_the_answers_of_its_base() -> None:
    ward = replace(form("ADMIT"), id="ADMIT-4W", extends="ADMIT")
    assert NAMING.answers(ward, "adm.allergies") == NAMING.answers(form("ADMIT"), "adm.allergies")
    assert NAMING.answers(ward, "a b|c") == "urn:papermode:answer/ADMIT/a%20b%7Cc"


def test_names_do_not_change() -> None:
    assert dumps(made("VITALS")) == dumps(made("VITALS"))
    found = questionnaire(form("VITALS"), Naming("https://fhir.example/pm"), policy())
    assert (found["url"], found["version"]) == ("https://fhir.example/pm/Questionnaire/VITALS", "1")
    assert found["id"] != made("VITALS")["id"], "another site is another resource"


def test_types_units_ranges_and_options() -> None:
    weight = one("ADMIT", "adm.weight")
    extensions = {e["url"]: e for e in weight["extension"]}
    assert weight["type"] == "decimal"
    assert weight["required"]
    assert extensions[UNIT]["valueCoding"]["code"] == "kg"
    assert (extensions[MIN_VALUE]["valueDecimal"], extensions[MAX_VALUE]["valueDecimal"]) == (
        Decimal("0.20"),
        Decimal("350.00"),
    )
    assert b'"valueDecimal":0.20' in dumps(weight)
    assert weight["code"] == [{"system": "http://loinc.org", "code": "29463-7"}]
    assert {e["url"]: e for e in one("VITALS", "v.temp")["extension"]}[UNIT]["valueCoding"]["code"] == "Cel"
    avpu = one("VITALS", "v.avpu")
    assert [o["valueCoding"]["code"] for o in avpu["answerOption"]] == ["A", "C", "V", "P", "U"], (
        "marks in two rows are one question"
    )
    assert one("ORDERS", "order.flags")["repeats"]
    assert "repeats" not in one("ORDERS", "order.type")


def test_rows_and_columns_repeat() -> None:
    groups = [i for i in items(made("MAR-S")) if i.get("repeats") and i["type"] == "group"]
    assert [g["linkId"] for g in groups] == ["p1.s2.row", "p1.s2.row.c2"]
    assert [i["linkId"] for i in groups[1]["item"]][:3] == ["p1.s2.row.c2.no", "mar.status", "mar.void"]
    assert [i["linkId"] for i in items(made("VITALS")) if i.get("repeats")] == ["p1.s2.column", "p2.s2.column"]


def test_languages() -> None:
    found = loads(dumps(made("ADMIT")))
    assert found["title"] == "New admission"
    parts = found["_title"]["extension"][0]["extension"]
    assert parts == [{"url": "lang", "valueCode": "fr"}, {"url": "content", "valueString": "Nouvelle admission"}]
    sex = one("ADMIT", "adm.sex")["answerOption"][0]["valueCoding"]
    assert (sex["code"], sex["display"], sex["_display"]["extension"][0]["extension"][1]["valueString"]) == (
        "female",
        "female",
        "femme",
    )
