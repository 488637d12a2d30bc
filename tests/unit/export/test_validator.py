"""The validator finds what is broken, and lets through what is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from papermode.export.fhirjson import Json
from papermode.export.questionnaire import MAX_VALUE
from papermode.export.validator import check_response

UP_TO_99: Json = {"url": MAX_VALUE, "valueInteger": 99}
AB: list[Json] = [
    {"valueCoding": {"system": "u", "code": "a", "display": "A"}},
    {"valueCoding": {"system": "u", "code": "b"}},
]
XY: list[Json] = [{"valueCoding": {"code": "x"}}, {"valueCoding": {"code": "y"}}]
QUESTIONNAIRE: Json = {
    "resourceType": "Questionnaire",
    "url": "urn:q",
    "version": "1",
    "status": "active",
    "item": [
        {
            "linkId": "g",
            "type": "group",
            "item": [
                {"linkId": "n", "type": "integer", "required": True, "extension": [UP_TO_99]},
                {"linkId": "d", "type": "decimal", "extension": [{"url": MAX_VALUE, "valueDecimal": Decimal("9.5")}]},
                {"linkId": "s", "type": "string", "maxLength": 3},
                {"linkId": "c", "type": "choice", "answerOption": AB},
                {"linkId": "m", "type": "choice", "repeats": True, "answerOption": XY},
                {"linkId": "o", "type": "open-choice", "answerOption": [{"valueString": "yes"}]},
                {"linkId": "t", "type": "time"},
                {"linkId": "day", "type": "date"},
                {"linkId": "b", "type": "boolean"},
                {"linkId": "words", "type": "display"},
                {"linkId": "q", "type": "boolean", "item": [{"linkId": "q.1", "type": "string"}]},
                {"linkId": "r", "type": "group", "repeats": True, "item": [{"linkId": "r.1", "type": "integer"}]},
            ],
        },
        {"linkId": "h", "type": "group", "item": [{"linkId": "h.1", "type": "string", "required": True}]},
    ],
}  # fmt: skip
ANSWERS: list[Json] = [
    {"linkId": "n", "answer": [{"valueInteger": 5}]},
    {"linkId": "d", "answer": [{"valueDecimal": Decimal("9.50")}]},
    {"linkId": "s", "answer": [{"valueString": "abc"}]},
    {"linkId": "c", "answer": [{"valueCoding": {"system": "u", "code": "a"}}]},
    {"linkId": "m", "answer": [{"valueCoding": {"code": "x"}}, {"valueCoding": {"code": "y"}}]},
    {"linkId": "o", "answer": [{"valueString": "something else"}]},
    {"linkId": "t", "answer": [{"valueTime": "08:12:00"}]},
    {"linkId": "day", "answer": [{"valueDate": "2026-02-28"}]},
    {"linkId": "b", "answer": [{"valueBoolean": False}]},
    {"linkId": "q", "answer": [{"valueBoolean": True, "item": [{"linkId": "q.1", "answer": [{"valueString": "w"}]}]}]},
    {"linkId": "r", "item": [{"linkId": "r.1", "answer": [{"valueInteger": 1}]}]},
    {"linkId": "r", "item": [{"linkId": "r.1", "answer": [{"valueInteger": 2}]}]},
]
RESPONSE: Json = {
    "resourceType": "QuestionnaireResponse",
    "questionnaire": "urn:q|1",
    "status": "completed",
    "item": [{"linkId": "g", "item": ANSWERS}],
}


def rules(response: Json, questionnaire: Json = QUESTIONNAIRE) -> set[str]:
    return {f.rule for f in check_response(response, questionnaire)}


def test_a_good_response_has_no_faults() -> None:
    assert check_response(RESPONSE, QUESTIONNAIRE) == ()
    assert check_response({**RESPONSE, "item": []}, QUESTIONNAIRE) == (), "a side that was not used is not required"


def _at(n: int, **more: Any) -> Callable[[Json], None]:
    def change(found: Json) -> None:
        found["item"][0]["item"][n] |= more

    return change


def _value(n: int, **value: Any) -> Callable[[Json], None]:
    return _at(n, answer=[value])


def _top(**more: Any) -> Callable[[Json], None]:
    return lambda found: found.update(more)


BROKEN: list[tuple[str, Callable[[Json], None]]] = [
    ("type", _top(resourceType="Patient")),
    ("enum", _top(status="done")),
    ("canonical", _top(questionnaire="urn:q|2")),
    ("canonical", _top(questionnaire="urn:q")),
    ("link-id", _at(0, linkId="zz")),
    ("link-id", _at(0, linkId="h.1")),
    ("required", lambda r: r["item"][0]["item"].pop(0)),
    ("required", _at(0, answer=[])),
    ("required", lambda r: r["item"].append({"linkId": "h", "item": []})),
    ("order", lambda r: r["item"][0]["item"].reverse()),
    ("repeats", lambda r: r["item"].append({"linkId": "g", "item": ANSWERS[:1]})),
    ("repeats", lambda r: r["item"][0]["item"].insert(1, {"linkId": "n", "answer": [{"valueInteger": 6}]})),
    ("repeats", _at(0, answer=[{"valueInteger": 5}, {"valueInteger": 6}])),
    ("repeats", _at(4, answer=[{"valueCoding": {"code": "x"}}, {"valueCoding": {"code": "x"}}])),
    ("value", _at(0, answer=[{}])),
    ("value", _value(0, valueInteger=5, valueString="5")),
    ("type", _value(0, valueDecimal=Decimal(5))),
    ("type", _value(1, valueInteger=5)),
    ("type", _value(2, valueCoding={"code": "a"})),
    ("type", _value(6, valueString="08:12")),
    ("primitive", _value(0, valueInteger="5")),
    ("primitive", _value(0, valueInteger=True)),
    ("primitive", _value(0, valueInteger=2**31)),
    ("primitive", _value(2, valueString=" ")),
    ("primitive", _value(6, valueTime="24:00:00")),
    ("primitive", _value(6, valueTime="08:12")),
    ("primitive", _value(7, valueDate="2026-02-30")),
    ("primitive", _value(7, valueDate="20260228")),
    ("primitive", _value(8, valueBoolean="false")),
    ("range", _value(0, valueInteger=100)),
    ("range", _value(1, valueDecimal=Decimal("9.51"))),
    ("max-length", _value(2, valueString="abcd")),
    ("option", _value(3, valueCoding={"system": "u", "code": "c"})),
    ("option", _value(3, valueCoding={"system": "v", "code": "a"})),
    ("option", _value(3, valueCoding={"code": "a"})),
    ("option", _value(3, valueString="a")),
    ("display", lambda r: r["item"][0]["item"].insert(9, {"linkId": "words", "answer": [{"valueString": "x"}]})),
    ("group", lambda r: r["item"][0].update(answer=[{"valueString": "x"}])),
    ("qrs-1", _at(9, item=[{"linkId": "q.1", "answer": [{"valueString": "w"}]}])),
    ("nesting", _at(9, answer=[{"valueBoolean": True}], item=[{"linkId": "q.1", "answer": [{"valueString": "w"}]}])),
    ("link-id", _at(9, answer=[{"valueBoolean": True, "item": [{"linkId": "r.1", "answer": [{"valueInteger": 1}]}]}])),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), BROKEN)
def test_what_is_broken_is_found(rule: str, change: Callable[[Json], Any]) -> None:
    response = copy.deepcopy(RESPONSE)
    change(response)
    assert rule in rules(response)


def test_what_is_unfinished_needs_not_be_complete() -> None:
    response = copy.deepcopy(RESPONSE)
    response["item"][0]["item"].pop(0)
    assert rules(response | {"status": "in-progress"}) == set()
    assert rules(response | {"status": "amended"}) == {"required"}


@pytest.mark.parametrize("name", ["enableWhen", "answerValueSet"])
def test_what_it_does_not_know_it_says(name: str) -> None:
    questionnaire = copy.deepcopy(QUESTIONNAIRE)
    questionnaire["item"][0]["item"][0][name] = []
    assert rules(RESPONSE, questionnaire) == {"unsupported"}


def test_messages_hold_no_values() -> None:
    response = copy.deepcopy(RESPONSE)
    _value(2, valueString="Jane Doe")(response)
    (found,) = check_response(response, QUESTIONNAIRE)
    assert "Doe" not in str(found)
    assert found.path == "QuestionnaireResponse.item[0].item[2].answer[0]"
