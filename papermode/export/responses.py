"""The accepted answers of a page as a FHIR R4 QuestionnaireResponse: the record of what the paper says.

One response a page. Rows and columns with no answer are not in it. It is ``completed`` where every required
question of the sides it has is answered and no answer waits for somebody, else ``in-progress``.
"""

from __future__ import annotations

from collections.abc import Iterable

from papermode.export.accept import Sheet
from papermode.export.fhirjson import Json
from papermode.export.naming import Naming, page_key
from papermode.export.outline import Node
from papermode.export.values import words
from papermode.model.form import PRINTED_KINDS


def response(sheet: Sheet, naming: Naming, subject: Json) -> Json | None:
    """Return the response of a page, or ``None`` if none of its answers is filed."""
    items = _items(sheet, sheet.sides, None, None)
    if not items:
        return None
    page = sheet.page
    key = page_key(page)
    complete = not sheet.waiting and not any(_lacks(node, item) for node, item in _pairs(sheet.sides, items))
    return {
        "resourceType": "QuestionnaireResponse",
        "id": naming.id_of_page("QuestionnaireResponse", page, key),
        "language": sheet.form.language,
        "identifier": naming.identifier("page", key),
        "questionnaire": naming.canonical(sheet.form),
        "status": "completed" if complete else "in-progress",
        "subject": subject,
        **({"encounter": {"reference": page.encounter_ref}} if page.encounter_ref else {}),
        "authored": page.confirmed_at.isoformat(timespec="seconds"),
        "item": items,
    }


def _items(sheet: Sheet, nodes: Iterable[Node], row: int | None, column: int | None) -> list[Json]:
    """Return the items of some nodes that hold an accepted answer."""
    out: list[Json] = []
    for node in nodes:
        if node.item is not None:
            out += _answered(sheet, node, row, column)
        elif not node.repeats:
            out += _group(node, _items(sheet, node.children, row, column))
        else:
            for number in _instances(sheet, node, row):
                at = (number, column) if node.repeats == "row" else (row, number)
                asked = _items(sheet, (c for c in node.children if not c.bound), *at)
                bound = _bound(sheet, node, number)
                out += _group(node, [*bound, *asked] if asked else [])
    return out


def _group(node: Node, items: list[Json]) -> list[Json]:
    return [{"linkId": node.link_id, **_text(node), "item": items}] if items else []


def _answered(sheet: Sheet, node: Node, row: int | None, column: int | None) -> list[Json]:
    found = sheet.accepted.get((node.link_id, row, column))
    if found is None:
        return []
    return [{"linkId": node.link_id, **_text(node), "answer": list(found.values)}]


def _text(node: Node) -> Json:
    plain = words("text", node.text)
    return {"text": plain["text"]} if plain else {}


def _instances(sheet: Sheet, node: Node, row: int | None) -> list[int]:
    """Return the rows or columns of a repeating group that hold an accepted answer."""
    below = _link_ids(node)
    found: set[int] = set()
    for link_id, r, c in sheet.accepted:
        if link_id in below and (node.repeats == "row" or r == row):
            number = r if node.repeats == "row" else c
            if number is not None:
                found.add(number)
    return sorted(found)


def _link_ids(node: Node) -> set[str]:
    out = {node.link_id} if node.item is not None else set()
    return out.union(*map(_link_ids, node.children))


def _bound(sheet: Sheet, node: Node, number: int) -> list[Json]:
    """Return what an instance of a repeating group is bound to: its number, and a row's printed words."""
    out: list[Json] = []
    for child in node.children:
        if child.bound == "no":
            out.append({"linkId": child.link_id, **_text(child), "answer": [{"valueInteger": number}]})
        elif child.bound == "text":
            below = _link_ids(node)
            said = {a.answer.row_text for k, a in sheet.accepted.items() if k[0] in below and k[1] == number}
            text = " ".join(next(iter(said)).split()) if len(said) == 1 else ""
            if text:
                out.append({"linkId": child.link_id, **_text(child), "answer": [{"valueString": text}]})
    return out


def _pairs(nodes: Iterable[Node], items: list[Json]) -> list[tuple[Node, Json]]:
    """Return every group of the response with its node."""
    out: list[tuple[Node, Json]] = []
    by_id = {n.link_id: n for n in nodes}
    for item in items:
        node = by_id[item["linkId"]]
        if node.item is None:
            out.append((node, item))
            out += _pairs(node.children, item["item"])
    return out


def _lacks(node: Node, item: Json) -> bool:
    """Tell whether a group of the response lacks an answer that its questionnaire requires."""
    there = {child["linkId"] for child in item["item"]}
    return any(
        c.item is not None and c.item.required and c.item.kind not in PRINTED_KINDS and c.link_id not in there
        for c in node.children
    )
