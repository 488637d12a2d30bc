"""What was filed against what was written: every value, its time, and whose it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from benchmarks.clerk_day.heap import Heap, Image
from benchmarks.clerk_day.nurse import entry_of
from papermode.export.naming import page_key
from papermode.export.policy import load_policy
from papermode.model.form import Form
from papermode.simulate.fill import Key, Value
from papermode.store import PageId, SiteStore

_VALUES: Final = ("valueQuantity", "valueInteger", "valueDecimal", "valueCodeableConcept", "valueString")
_POLICY: Final = load_policy()
Json = dict[str, Any]


@dataclass
class Checked:
    """What the checks found. Only places are kept, no values."""

    filed: int = 0
    """Values in the QuestionnaireResponses."""
    wrong: list[str] = field(default_factory=list)
    observations: int = 0
    administrations: int = 0
    wrong_times: list[str] = field(default_factory=list)
    other_patient: list[str] = field(default_factory=list)
    written: int = 0
    """Values that the policy enters, on pages that were filed with their fields."""
    left: int = 0
    """Of those: left out with a reason that `send` names."""
    missed: list[str] = field(default_factory=list)
    """Of those: the reader took the box for an empty one, so that nobody was asked."""
    lost: list[str] = field(default_factory=list)
    """Of those: read, and then neither filed nor named."""
    unaccounted: list[str] = field(default_factory=list)
    """Images that are nowhere, or twice."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong, lost or somebody else's. What the reader misses is another matter."""
        return not (self.wrong or self.wrong_times or self.other_patient or self.lost or self.unaccounted)


def check(heap: Heap, bundle: Path, store: SiteStore, left_out: Sequence[Json]) -> Checked:
    """Compare a bundle with the truth."""
    out = Checked()
    entries = json.loads(bundle.read_text("utf-8"), parse_float=Decimal)["entry"]
    known = _pages(heap, store)
    pages = {key: heap.images[str(page)] for key, (page, _) in known.items()}
    patients = {f"Patient/{r.patient.id}": r.patient.mrn for r in heap.snapshot.records}
    filed = compare(out, (e["resource"] for e in entries), pages, patients)
    left = {(x["packet"], x["page"], x["link_id"], x["row"], x["column"]) for x in left_out}
    for place, (page, picture_only) in known.items():
        if not picture_only:
            empty = {(a.link_id, a.row, a.column) for a in store.reading(page).answers if a.state == "empty"}
            both_ways(out, place, pages[place], filed.get(place, {}), heap.opened.library.versions, left, empty)
    there = Counter(str(row.page) for row in store.pages())
    out.unaccounted = [i for i in heap.images if there[i] != 1] + [i for i in there if i not in heap.images]
    return out


def _pages(heap: Heap, store: SiteStore) -> dict[str, tuple[PageId, bool]]:
    """Return what was filed, by the key that the export has for a page, and whether as a picture alone."""
    found = {}
    for row in store.pages(states=("filed", "confirmed", "sending")):
        reviewed = store.reviewed(row.page)
        if reviewed is not None:
            picture_only = all(a.outcome == "image-only" for a in reviewed.answers)
            found[page_key(reviewed)] = (row.page, picture_only)
    return found


def compare(
    out: Checked, resources: Iterable[Json], pages: Mapping[str, Image], patients: Mapping[str, str]
) -> dict[str, dict[Key, list[str]]]:
    """Compare resources with what stands on the pages they come from.

    Args:
        out: what is found is added to it.
        resources: FHIR resources, as they were sent or as a server gives them back.
        pages: what stands on each page, by the key that the export has for it.
        patients: MRN by reference.

    Returns:
        The values of the QuestionnaireResponses, by page.
    """
    filed: dict[str, dict[Key, list[str]]] = {}
    for resource in resources:
        kind = resource["resourceType"]
        if kind in ("Questionnaire", "Provenance", "Binary"):
            continue
        identifier = resource["identifier"]
        key = (identifier if isinstance(identifier, dict) else identifier[0])["value"]
        place, answer = _split(key, pages)
        image = pages[place]
        if patients.get(resource["subject"]["reference"]) != image.mrn:
            out.other_patient.append(f"{kind} {key}")
        if kind == "QuestionnaireResponse":
            filed[place] = dict(_answers(resource["item"], None, None))
            out.filed += len(filed[place])
            truth = image.written.values
            out.wrong += [f"{place} {k}" for k, v in filed[place].items() if not _same(v, truth.get(k))]
        elif kind == "Observation":
            _observation(out, key, image, answer, resource)
        elif kind == "MedicationAdministration":
            _administration(out, key, image, answer, resource)
    return filed


def both_ways(
    out: Checked,
    place: str,
    image: Image,
    there: Mapping[Key, list[str]],
    forms: Mapping[tuple[str, int], Form],
    left: AbstractSet[tuple[str, int, str, int, int]],
    empty: AbstractSet[Key] = frozenset(),
) -> None:
    """Look for what stands on a page and was neither filed nor named as left out.

    Args:
        out: what is found is added to it.
        place: the page, as the export calls it.
        image: what stands on it.
        there: what was filed of it.
        forms: the printed forms.
        left: what the export named: packet, page, link_id, row, column.
        empty: boxes that the reader took for empty.
    """
    stored = image.stored
    assert stored is not None
    form = forms.get((stored.entry["form"], stored.entry["version"]))
    kinds = {b.key: b.kind for b in stored.layout.boxes}
    page = (stored.packet, stored.entry["page"])
    for key in image.written.values:
        if form is None or _POLICY.rule(form, key[0]).do != "enter" or kinds[key] == "crop":
            continue
        out.written += 1
        if key in there:
            continue
        if (*page, "", 0, 0) in left or (*page, key[0], key[1] or 0, key[2] or 0) in left:
            out.left += 1
        elif key in empty:
            out.missed.append(f"{place} {key}")
        else:
            out.lost.append(f"{place} {key}")


def _split(key: str, pages: Mapping[str, Image]) -> tuple[str, Key]:
    """Return the page and the place on it that an identifier names."""
    parts = key.split("/")
    for size in (3, 2):
        place = "/".join(parts[:size])
        if place in pages:
            rest = [*parts[size : size + 3], "", "0", "0"]
            return place, (rest[0], int(rest[1]) or None, int(rest[2]) or None)
    raise AssertionError(f"{key} is of no page that was confirmed")


def _answers(items: Iterable[Json], row: int | None, column: int | None) -> Iterator[tuple[Key, list[str]]]:
    """Every answer of a response with its row and column, as plain texts."""
    for item in items:
        below = item.get("item", [])
        r, c = row, column
        for bound in (b for b in below if b["linkId"] == f"{item['linkId']}.no"):
            number = bound["answer"][0]["valueInteger"]
            r, c = (r, number) if ".column" in item["linkId"] or _is_column(item["linkId"]) else (number, c)
        link_id = item["linkId"]
        if "answer" in item and not link_id.endswith((".no", ".text")):
            yield (link_id, row, column), [_plain(a) for a in item["answer"]]
        yield from _answers(below, r, c)


def _is_column(link_id: str) -> bool:
    """Tell whether a repeating group is one of columns: ``p1.s2.row.c3``, a run of cells in a row."""
    last = link_id.rpartition(".")[2]
    return last.startswith("c") and last[1:].isdigit()


def _plain(answer: Json) -> str:
    ((name, value),) = answer.items()
    if name == "valueCoding":
        return str(value["code"])
    if name == "valueBoolean":
        return "yes" if value else "no"
    if name == "valueTime":
        return str(value).replace(":", "")[:4]
    if name == "valueDate":
        return "".join(reversed(str(value).split("-")))
    return str(value)


def _same(filed: Sequence[str], truth: Value) -> bool:
    """Tell whether what was filed is what was written; numbers may have other zeros around them."""
    written = () if truth is None else (truth,) if isinstance(truth, str) else truth
    return list(map(_number, filed)) == list(map(_number, written))


def _number(text: str) -> str:
    """Return a number without the zeros around it, anything else as it is."""
    return f"{Decimal(text).normalize():f}" if text.replace(".", "", 1).isdecimal() else text


def _observation(out: Checked, key: str, image: Image, answer: Key, resource: Json) -> None:
    out.observations += 1
    halves = answer[0].split("+")
    if len(halves) > 1:
        for link_id, part in zip(halves, resource["component"], strict=True):
            _value(out, key, image, (link_id, *answer[1:]), part)
    else:
        _value(out, key, image, answer, resource)
    if "effectiveDateTime" in resource:
        _time(out, key, image, (halves[0], *answer[1:]), resource["effectiveDateTime"])


def _value(out: Checked, key: str, image: Image, answer: Key, resource: Json) -> None:
    """Compare the value of an Observation, or of a component: a half of a blood pressure."""
    if "dataAbsentReason" in resource:
        return
    value = next(resource[name] for name in _VALUES if name in resource)
    if isinstance(value, dict):
        # Of codings the last is what stands on paper; a terminology's comes before it.
        value = value["value"] if "value" in value else value["coding"][-1]["code"]
    truth = image.written.values.get(answer)
    # Of several marks each is an Observation.
    if not _same([str(value)], truth) and (not isinstance(truth, tuple) or str(value) not in truth):
        out.wrong.append(key)


def _administration(out: Checked, key: str, image: Image, answer: Key, resource: Json) -> None:
    out.administrations += 1
    truth = image.written.values.get(answer)
    wanted = "not-done" if truth == "not-given" else "completed"
    if truth in (None, "in-ehr") or resource["status"] != wanted:
        out.wrong.append(key)
    assert image.stored is not None
    if resource["request"]["reference"] != image.stored.entry["rows"][str(answer[1])]["ref"]:
        out.wrong.append(f"{key} order")
    _time(out, key, image, answer, resource["effectiveDateTime"])


def _time(out: Checked, key: str, image: Image, answer: Key, written: str) -> None:
    if datetime.fromisoformat(written) != image.written.at.get(entry_of(answer)):
        out.wrong_times.append(key)
