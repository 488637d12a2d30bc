"""A form as a FHIR R4 Questionnaire: what its responses are checked against.

Units stand in the SDC extension ``questionnaire-unit``, ranges in ``minValue`` and ``maxValue``, other languages in
``translation``. The printed-only items of a form are not in it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from papermode.export.fhirjson import Json
from papermode.export.naming import Naming
from papermode.export.outline import Node, options_of, outline
from papermode.export.policy import Policy
from papermode.export.ucum import PRINTED, SYSTEM, printed
from papermode.export.values import code_of, coding, question_type, words
from papermode.model.form import Form, Item, Option

UNIT: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
MIN_VALUE: Final = "http://hl7.org/fhir/StructureDefinition/minValue"
MAX_VALUE: Final = "http://hl7.org/fhir/StructureDefinition/maxValue"
SCORE: Final = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


def unit_of(form: Form, item: Item, policy: Policy) -> str:
    """Return the UCUM code of an item's unit: the form's own, else the policy's; '' if neither says it."""
    if item.unit:
        return PRINTED.get(item.unit, "")
    return policy.measure(form, item.link_id).unit


def questionnaire(form: Form, naming: Naming, policy: Policy) -> Json:
    """Return the Questionnaire of a form. The same form gives the same bytes."""
    url = naming.questionnaire(form)
    items = [_group(node, form, naming, policy) for node in outline(form)]
    return {
        "resourceType": "Questionnaire",
        "id": naming.id_of("Questionnaire", f"{form.id}|{form.version}"),
        "language": form.language,
        "url": url,
        "identifier": [naming.identifier("form", f"{form.id}/{form.version}")],
        "version": str(form.version),
        "name": "PM_" + "".join(c if c.isalnum() else "_" for c in form.id),
        **words("title", form.title, form.id),
        "status": "active",
        **({"subjectType": ["Patient"]} if form.subject != "ward" else {}),
        **({"copyright": form.licence} if form.licence else {}),
        **({"code": [code_of(form.code)]} if form.code else {}),
        **({"item": items} if items else {}),
    }


def _group(node: Node, form: Form, naming: Naming, policy: Policy) -> Json:
    out: Json = {"linkId": node.link_id, **words("text", node.text), "type": "group"}
    if node.repeats:
        out["repeats"] = True
    out["item"] = [
        _group(child, form, naming, policy)
        if child.item is None
        else _question(child, child.item, form, naming, policy)
        for child in node.children
    ]
    return out


def _question(node: Node, item: Item, form: Form, naming: Naming, policy: Policy) -> Json:
    kind = question_type(item)
    extensions = _extensions(kind, unit_of(form, item, policy), item)
    out: Json = {
        **({"extension": extensions} if extensions else {}),
        "linkId": node.link_id,
        **({"code": [code_of(item.code)]} if item.code else {}),
        **words("text", node.text),
        "type": kind,
    }
    if node.bound:
        out["readOnly"] = True
    elif item.required:
        out["required"] = True
    if item.kind == "multi":
        out["repeats"] = True
    if kind == "choice":
        out["answerOption"] = [_option(o, naming.answers(form, item.link_id)) for o in options_of(item)]
    return out


def _option(option: Option, answer_system: str) -> Json:
    value = coding(option, answer_system)
    if option.score is not None:
        value = {"extension": [{"url": SCORE, "valueDecimal": Decimal(option.score)}], **value}
    return {"valueCoding": value}


def _extensions(kind: str, unit: str, item: Item) -> list[Json]:
    out: list[Json] = []
    if unit:
        out.append({"url": UNIT, "valueCoding": {"system": SYSTEM, "code": unit, "display": printed(unit)}})
    for url, limit in ((MIN_VALUE, item.minimum), (MAX_VALUE, item.maximum)):
        if limit and kind == "integer":
            out.append({"url": url, "valueInteger": int(limit)})
        elif limit and kind == "decimal":
            out.append({"url": url, "valueDecimal": Decimal(limit)})
    return out
