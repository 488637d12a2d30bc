"""The value of an answer as FHIR writes it, with its digits as they stand on paper."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from papermode.export.fhirjson import Json
from papermode.export.outline import options_of
from papermode.export.times import parse_clock, parse_day
from papermode.model.form import Item, Option, Words

QUESTION_TYPE: Final = {
    "mark": "choice",
    "choice": "choice",
    "multi": "choice",
    "yesno": "boolean",
    "line": "string",
    "note": "text",
    "signature": "string",
    "label": "string",
    "integer": "integer",
    "score": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
}
"""Item kind -> ``Questionnaire.item.type`` (FHIR R4, item-type)."""
MAX_STRING: Final = 1024 * 1024
"""Longest FHIR string, in bytes (FHIR R4, 2.24.0.1)."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,9}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"


class ValueFaultError(Exception):
    """A value cannot be one of its item; ``reason`` is a key of ``leftout.WAITS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def question_type(item: Item) -> str:
    """Return the ``Questionnaire.item.type`` of an item; a ``yesno`` with answers of its own is a choice."""
    if item.kind == "yesno" and {o.value for o in options_of(item)} != {"yes", "no"}:
        return "choice"
    return QUESTION_TYPE[item.kind]


def answer_values(item: Item, value: str | tuple[str, ...], answer_system: str) -> list[Json]:
    """Return ``QuestionnaireResponse.item.answer`` for a value.

    Args:
        item: the item of the form.
        value: as the reader or a person gave it: digits as written, option values, ``HHMM``, ``DDMMYYYY``.
        answer_system: code system of options that have no code of their own.

    Raises:
        ValueFaultError: ``value`` it is of the wrong kind, ``range`` it is outside the item's range.
    """
    values = (value,) if isinstance(value, str) else value
    if not values or (len(values) > 1 and item.kind != "multi") or len(set(values)) != len(values):
        raise ValueFaultError("value")
    return [_one(item, v, answer_system) for v in values]


def _one(item: Item, text: str, answer_system: str) -> Json:
    kind = item.kind
    if question_type(item) == "boolean":
        return {"valueBoolean": option_of(item, text).value == "yes"}
    if options_of(item):
        return {"valueCoding": coding(option_of(item, text), answer_system)}
    if kind in ("integer", "score"):
        return {"valueInteger": int(number(item, text))}
    if kind == "decimal":
        return {"valueDecimal": number(item, text)}
    if kind == "date":
        day = parse_day(text)
        if day is None:
            raise ValueFaultError("value")
        return {"valueDate": day.isoformat()}
    if kind == "time":
        clock = parse_clock(text)
        if clock is None:
            raise ValueFaultError("value")
        return {"valueTime": f"{clock:%H:%M}:00"}
    return {"valueString": _string(text)}


def _string(text: str) -> str:
    text = text.strip()
    if not text or _CONTROL.search(text) or len(text.encode()) > MAX_STRING:
        raise ValueFaultError("value")
    return text


def number(item: Item, text: str) -> Decimal:
    """Return a number as written: trailing zeros stay, leading zeros go (JSON has none).

    Raises:
        ValueFaultError: ``value`` no number of this kind, ``range`` outside the item's range.
    """
    pattern = _DECIMAL if item.kind == "decimal" else _INTEGER
    if not pattern.fullmatch(text):
        raise ValueFaultError("value")
    found = Decimal(text)
    if found.is_signed() and found == 0:
        raise ValueFaultError("value")
    if (item.minimum and found < Decimal(item.minimum)) or (item.maximum and found > Decimal(item.maximum)):
        raise ValueFaultError("range")
    return found


def option_of(item: Item, value: str) -> Option:
    """Return the option that a mark means; ``ValueFaultError`` if the item has no such option."""
    for option in options_of(item):
        if option.value == value:
            return option
    raise ValueFaultError("value")


def code_of(text: str) -> Json:
    """Return the ``Coding`` of a form's ``system|code``."""
    system, _, code = text.rpartition("|")
    return {"system": system, "code": code} if system else {"code": code}


def coding(option: Option, answer_system: str) -> Json:
    """Return the ``Coding`` of an option: its value in the site's own code system, as the paper has it.

    What a terminology calls it (``Option.code``) is the Observation's: the letter on paper is no display of that code.
    """
    out = {"system": answer_system, "code": code_token(option.value)}
    return out | words("display", option.label, option.value)


def code_token(text: str) -> str:
    """Return an option's value as a FHIR code: inner white space single, none around (FHIR R4, 2.24.0.1 code)."""
    return " ".join(text.split())


def words(name: str, text: Words, fallback: str = "") -> Json:
    """Return the element ``name`` with its translations (FHIR R4, extension translation); {} if there is no text."""
    usable = [(code, t) for code, t in text.by_language if t.strip()]
    if not usable:
        return {name: fallback} if fallback else {}
    out: dict[str, Any] = {name: usable[0][1].strip()}
    if len(usable) > 1:
        out[f"_{name}"] = {"extension": [_translation(code, t.strip()) for code, t in usable[1:]]}
    return out


def _translation(language: str, text: str) -> Json:
    return {
        "url": _TRANSLATION,
        "extension": [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": text}],
    }
