"""A QuestionnaireResponse against its Questionnaire (FHIR R4, questionnaireresponse.html, 2.36.6).

Structural validators do not look at the questionnaire at all. This one knows what the questionnaires of
papermode use; a questionnaire with conditions (``enableWhen``) or external value sets is refused, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from papermode.export.faults import Fault
from papermode.export.fhirjson import Json

_STATUS: Final = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})
_COMPLETE: Final = frozenset({"completed", "amended"})
_VALUE: Final = {
    "boolean": ("valueBoolean",),
    "decimal": ("valueDecimal",),
    "integer": ("valueInteger",),
    "date": ("valueDate",),
    "dateTime": ("valueDateTime",),
    "time": ("valueTime",),
    "string": ("valueString",),
    "text": ("valueString",),
    "url": ("valueUri",),
    "choice": ("valueCoding", "valueString", "valueInteger", "valueDate", "valueTime"),
    "open-choice": ("valueCoding", "valueString", "valueInteger", "valueDate", "valueTime"),
    "attachment": ("valueAttachment",),
    "reference": ("valueReference",),
    "quantity": ("valueQuantity",),
}
_UNKNOWN: Final = ("enableWhen", "answerValueSet")
_MIN: Final = "http://hl7.org/fhir/StructureDefinition/minValue"
_MAX: Final = "http://hl7.org/fhir/StructureDefinition/maxValue"
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def check_response(response: Json, questionnaire: Json) -> tuple[Fault, ...]:
    """Return everything about a response that its questionnaire forbids; () = valid.

    Checked: status; canonical with version; linkIds known and at their place, in the questionnaire's order;
    groups and questions not confused; ``repeats``; ``required`` (where the status says complete); answer types;
    options; ``maxLength``; ``minValue`` and ``maxValue``; real dates and times; invariant qrs-1 (no nested item beneath
    both item and answer).
    """
    return tuple(_check(response, questionnaire))


def _check(response: Json, questionnaire: Json) -> Iterator[Fault]:
    root = "QuestionnaireResponse"
    if response.get("resourceType") != root:
        yield Fault(root, "type", "is no QuestionnaireResponse")
        return
    if response.get("status") not in _STATUS:
        yield Fault(f"{root}.status", "enum", "is no status of a response")
    url, version = questionnaire.get("url"), questionnaire.get("version")
    if response.get("questionnaire") != (f"{url}|{version}" if version else url):
        yield Fault(f"{root}.questionnaire", "canonical", "names another questionnaire or version")
    complete = response.get("status") in _COMPLETE
    yield from _level(response.get("item", []), questionnaire.get("item", []), root, complete)


def _level(items: Sequence[Json], defined: Sequence[Json], path: str, complete: bool) -> Iterator[Fault]:
    """Check the items of one level: which, how often, in what order."""
    order = {d.get("linkId"): n for n, d in enumerate(defined)}
    counts: dict[str, int] = {}
    last = -1
    for n, item in enumerate(items):
        here = f"{path}.item[{n}]"
        link_id = item.get("linkId")
        if not isinstance(link_id, str) or link_id not in order:
            yield Fault(f"{here}.linkId", "link-id", "is not in the questionnaire at this place")
            continue
        if order[link_id] < last:
            yield Fault(here, "order", "stands before an item that precedes it in the questionnaire")
        last = max(last, order[link_id])
        counts[link_id] = counts.get(link_id, 0) + 1
        yield from _item(item, defined[order[link_id]], here, complete)
    for d in defined:
        count = counts.get(str(d.get("linkId")), 0)
        if count > 1 and not (d.get("type") == "group" and d.get("repeats")):
            yield Fault(path, "repeats", f"has the item {d.get('linkId')} more than once")
        if complete and d.get("required") and count == 0:
            yield Fault(path, "required", f"lacks the required item {d.get('linkId')}")


def _item(item: Json, defined: Json, path: str, complete: bool) -> Iterator[Fault]:
    kind = defined.get("type")
    answers, children = item.get("answer", []), item.get("item", [])
    for name in _UNKNOWN:
        if name in defined:
            yield Fault(path, "unsupported", f"its questionnaire uses {name}, which is not checked here")
    if children and any("item" in a for a in answers):
        yield Fault(path, "qrs-1", "has items beneath both item and answer")
    if kind == "display":
        yield Fault(path, "display", "answers a text that asks nothing")
    elif kind == "group":
        if answers:
            yield Fault(path, "group", "answers a group")
        yield from _level(children, defined.get("item", []), path, complete)
    else:
        yield from _answers(item, answers, defined, path, complete)


def _answers(item: Json, answers: Sequence[Json], defined: Json, path: str, complete: bool) -> Iterator[Fault]:
    """Check a question: its answers one by one, and how many there are."""
    if item.get("item"):
        yield Fault(path, "nesting", "has items beside its answers, not in them")
    if len(answers) > 1 and not defined.get("repeats"):
        yield Fault(path, "repeats", "has several answers to a question that takes one")
    if complete and defined.get("required") and not answers:
        yield Fault(path, "required", "has no answer")
    seen: list[Any] = []
    for n, answer in enumerate(answers):
        here = f"{path}.answer[{n}]"
        values = {k: v for k, v in answer.items() if k.startswith("value")}
        if len(values) != 1:
            yield Fault(here, "value", "has not exactly one value")
            continue
        ((name, value),) = values.items()
        if value in seen:
            yield Fault(here, "repeats", "is given twice")
        seen.append(value)
        yield from _value(name, value, defined, here)
        yield from _level(answer.get("item", []), defined.get("item", []), here, complete)


def _value(name: str, value: Any, defined: Json, path: str) -> Iterator[Fault]:
    kind = str(defined.get("type"))
    if name not in _VALUE.get(kind, ()):
        yield Fault(path, "type", f"is a {name}, which is no answer to a {kind}")
        return
    options = defined.get("answerOption", [])
    free = kind == "open-choice" and name == "valueString"
    if kind in ("choice", "open-choice") and not free and not any(_same(o.get(name), value) for o in options):
        yield Fault(path, "option", "is none of the answers offered")
    if not _well_formed(name, value):
        yield Fault(path, "primitive", f"is no real {name.removeprefix('value').lower()}")
        return
    if name == "valueString" and len(value) > defined.get("maxLength", len(value)):
        yield Fault(path, "max-length", "is longer than allowed")
    yield from _limits(name, value, defined, path)


def _well_formed(name: str, value: Any) -> bool:
    if name == "valueBoolean":
        return isinstance(value, bool)
    if name == "valueInteger":
        return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31
    if name == "valueDecimal":
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and Decimal(value).is_finite()
    if name == "valueDate":
        return isinstance(value, str) and real_date(value)
    if name == "valueTime":
        return isinstance(value, str) and _TIME.fullmatch(value) is not None
    if name == "valueString":
        return isinstance(value, str) and bool(value.strip())
    return isinstance(value, (str, dict)) and bool(value)


def real_date(text: str) -> bool:
    """Tell whether a FHIR date (year, month and day, or the first of them) is in the calendar."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _same(offered: Any, value: Any) -> bool:
    """Tell whether an option is the answer: codes by system and code, everything else by value."""
    if isinstance(offered, dict) and isinstance(value, dict):
        return (offered.get("system"), offered.get("code")) == (value.get("system"), value.get("code"))
    return offered is not None and type(offered) is type(value) and bool(offered == value)


def _limits(name: str, value: Any, defined: Json, path: str) -> Iterator[Fault]:
    if name not in ("valueInteger", "valueDecimal", "valueDate"):
        return
    for extension in defined.get("extension", []):
        limit = extension.get(name)
        if limit is None:
            continue
        if (extension.get("url") == _MIN and value < limit) or (extension.get("url") == _MAX and value > limit):
            yield Fault(path, "range", "is outside the range of its item")
