"""Coded answers as FHIR R4 Observations, with the time of care that stands on paper.

SDC's observation-based extraction takes ``QuestionnaireResponse.authored`` as the time; that is when somebody
confirmed the page, hours or days after the care, so it is not followed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from papermode.export.accept import Accepted, Sheet, is_unsettled
from papermode.export.fhirjson import Json
from papermode.export.leftout import Key
from papermode.export.naming import Naming, answer_key
from papermode.export.outline import Place, options_of, places
from papermode.export.policy import Measure, Policy
from papermode.export.questionnaire import unit_of
from papermode.export.ucum import SYSTEM, plausible, printed
from papermode.export.values import code_of, coding, words
from papermode.model.answers import ReviewedPage

VITAL_SIGNS: Final = frozenset(
    {
        *("8310-5", "8867-4", "9279-1", "2708-6", "59408-5", "85354-9", "8480-6", "8462-4"),
        *("29463-7", "8302-2", "9843-4", "39156-5"),
    }
)
"""LOINC codes of FHIR's vital signs profiles (hl7.org/fhir/R4/observation-vitalsigns.html), and their parts."""
SYSTOLIC: Final = "http://loinc.org|8480-6"
DIASTOLIC: Final = "http://loinc.org|8462-4"
PRESSURE: Final = "http://loinc.org|85354-9"
"""The blood pressure: FHIR's profile ``bp`` wants one Observation of both, and half of one misleads."""
_ALSO: Final = {"http://loinc.org|59408-5": "http://loinc.org|2708-6"}
"""A code that FHIR's profile wants beside the item's own: ``oxygensat`` is fixed to 2708-6."""
OBSERVED: Final = frozenset({"integer", "decimal", "score", "choice", "multi", "mark", "yesno"})
"""Kinds of item that observe something. Words, dates (a birth date) and times stay in the response."""
_BY_UNIT: Final = {("http://loinc.org|2339-0", "mmol/L"): "http://loinc.org|15074-8"}
"""(code, unit) -> the code that is meant: LOINC's 2339-0 is glucose by mass, and a site may measure it in moles."""
_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_CATEGORY: Final = {
    **dict.fromkeys((f"http://loinc.org|{code}" for code in (*VITAL_SIGNS, "3151-8")), "vital-signs"),
    # Rating scales: level of consciousness, pain, NEWS2.
    **dict.fromkeys(("http://loinc.org|80288-4", "http://loinc.org|72514-3"), "survey"),
    "http://snomed.info/sct|1104051000000101": "survey",
    **dict.fromkeys(("http://loinc.org|2339-0", "http://loinc.org|15074-8"), "laboratory"),
}
"""Where an EHR looks for a code: most ask by category, and what has none is on no flowsheet."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that can become an Observation."""

    sheet: Sheet
    found: Accepted
    measure: Measure
    unit: str
    at: datetime | None
    """``None``: some time between print and confirmation."""
    pair: tuple[str, ...] = ()
    """Of a blood pressure: link_ids of systolic and diastolic, which become one Observation."""


def candidates(sheet: Sheet, policy: Policy) -> list[Candidate]:
    """Return the coded answers of a page that have all an Observation needs; the others are left out."""
    out: list[Candidate] = []
    pairs = _pairs(sheet)
    for key, found in sheet.accepted.items():
        if not found.place.item.code or found.place.item.kind not in OBSERVED:
            continue
        made = _candidate(sheet, found, policy)
        if isinstance(made, str):
            sheet.leave(key, made, "observation")
        else:
            out.append(replace(made, pair=pairs.get(key[0], ())))
    return out


def _pairs(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    """Return systolic and diastolic by the link_id of each; a form that asks for several in an entry has no pairs."""
    found: dict[str, list[tuple[str, str]]] = {}
    for link_id, place in places(sheet.sides).items():
        if place.item.code in (SYSTOLIC, DIASTOLIC):
            found.setdefault(link_id.rpartition(".")[0], []).append((place.item.code, link_id))
    pairs = (tuple(link_id for _, link_id in sorted(of, reverse=True)) for of in found.values() if _is_pair(of))
    return {link_id: pair for pair in pairs for link_id in pair}


def _is_pair(found: Sequence[tuple[str, str]]) -> bool:
    return sorted(code for code, _ in found) == [DIASTOLIC, SYSTOLIC]


def _candidate(sheet: Sheet, found: Accepted, policy: Policy) -> Candidate | str:
    """Return a candidate, or the reason why there is none."""
    item = found.place.item
    measure = policy.measure(sheet.form, item.link_id)
    unit = ""
    if item.kind in ("integer", "decimal"):
        unit = unit_of(sheet.form, item, policy)
        if not unit:
            return "no-unit"
        if not plausible(item.code, unit, _number(found)):
            return "range"
    if measure.how and _is_open(sheet, (measure.how, found.answer.row, found.answer.column)):
        return "how-open"
    if measure.time == "period":
        return Candidate(sheet, found, measure, unit, None)
    reason = sheet.timed(found)
    return reason or Candidate(sheet, found, measure, unit, found.answer.at)


def _is_open(sheet: Sheet, key: Key) -> bool:
    """Tell whether nobody has settled yet what the paper says at a place."""
    said = (a for a in sheet.page.answers if (a.link_id, a.row, a.column) == key)
    return key not in sheet.accepted and any(is_unsettled(a, "not accepted") for a in said)


def _number(found: Accepted) -> Decimal:
    ((_, value),) = found.values[0].items()
    return Decimal(value)


def chosen(
    all_of: Sequence[Candidate], policy: Policy, was_filed: Callable[[ReviewedPage, str], bool] = lambda *_: False
) -> list[Candidate]:
    """Return what the policy files: where it says so, of a patient's values only the last and the abnormal ones.

    'Last' is by the time of care, over all pages given. What was filed stays filed: the EHR has it, so that it must
    get a correction, and a later value is no reason to take it back.

    Args:
        all_of: the candidates of all pages.
        policy: what is filed.
        was_filed: tells by the page and the key of a value whether it was filed before.
    """
    newest: Mapping[tuple[str, str], datetime] = _newest(all_of)

    def counts(c: Candidate) -> bool:
        rule = policy.rule(c.sheet.form, c.found.answer.link_id)
        last = c.at is None or c.at == newest[_series(c)]
        return rule.which == "all" or last or not _normal(c) or any(was_filed(c.sheet.page, key) for key in _keys(c))

    # With one half of a blood pressure goes the other: they have one key.
    filed = {key for c in all_of if counts(c) for key in _keys(c)}
    for c in all_of:
        if filed.isdisjoint(_keys(c)):
            c.sheet.leave(c.found.key, "not-last", "observation")
    return [c for c in all_of if not filed.isdisjoint(_keys(c))]


def _newest(all_of: Iterable[Candidate]) -> dict[tuple[str, str], datetime]:
    out: dict[tuple[str, str], datetime] = {}
    for c in all_of:
        if c.at is not None:
            out[_series(c)] = max(c.at, out.get(_series(c), c.at))
    return out


def _series(c: Candidate) -> tuple[str, str]:
    page = c.sheet.page
    whose = page.patient_ref or (page.subject.mrn if page.subject else "")
    return whose, c.found.place.item.code


def _normal(c: Candidate) -> bool:
    """Tell whether a value is known to be normal; without a range nothing is."""
    if c.measure.usual:
        return set(c.found.texts) <= set(c.measure.usual)
    if c.measure.normal is None or not c.unit:
        return False
    low, high = map(Decimal, c.measure.normal)
    return low <= _number(c.found) <= high


def observations(picked: Sequence[Candidate], naming: Naming, subject: Json, source: str) -> list[Json]:
    """Return the Observations of a page: one for each value of an answer, and one for each blood pressure.

    Args:
        picked: the answers.
        naming: the site's names.
        subject: reference to the patient.
        source: reference of the QuestionnaireResponse.
    """
    made: dict[str, Json] = {}
    for c in picked:
        keys = _keys(c)
        for key, value in zip(keys, c.found.values, strict=True):
            parts = [d for d in picked if _keys(d) == keys] if c.pair else [c]
            if key not in made:
                said = (
                    _pressure(parts) if c.pair else {"code": _code(c.found.place, c.unit), **_value(c, naming, value)}
                )
                made[key] = _observation(parts, naming, subject, source, said, key)
    return list(made.values())


def _keys(c: Candidate) -> list[str]:
    """Return what tells each value of an answer from all others."""
    link_id, row, column = c.found.key
    key = answer_key(c.sheet.page, ("+".join(c.pair) or link_id, row, column))
    return [key] if len(c.found.values) == 1 else [f"{key}/{text}" for text in c.found.texts]


def _code(place: Place, unit: str = "") -> Json:
    text = words("text", place.node.text)
    own = place.item.code
    coded = [_BY_UNIT.get((own, unit), own), *([_ALSO[own]] if own in _ALSO else [])]
    return {"coding": [code_of(code) for code in coded], **({"text": text["text"]} if text else {})}


def _pressure(parts: Sequence[Candidate]) -> Json:
    """Return code and components of a blood pressure; a half that is not known says so."""
    known = places(parts[0].sheet.sides)
    said = {c.found.answer.link_id: _quantity(c, _number(c.found)) for c in parts}
    c = parts[0]
    components = [
        {"code": _code(known[link_id]), **(said.get(link_id) or _absent(c.sheet, (link_id, *c.found.key[1:])))}
        for link_id in c.pair
    ]
    return {"code": {"coding": [code_of(PRESSURE)], "text": "Blood pressure"}, "component": components}


def _absent(sheet: Sheet, key: Key) -> Json:
    """Return why the half of a blood pressure has no value: somebody has still to say it, or it is not on paper."""
    code = "temp-unknown" if _is_open(sheet, key) else "unknown"
    return {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": code}]}}


def _observation(parts: Sequence[Candidate], naming: Naming, subject: Json, source: str, said: Json, key: str) -> Json:
    """Return the Observation of an answer, or of the two that are one; ``said`` is its code and value."""
    c = parts[0]
    page = c.sheet.page
    coded = (f"{x.get('system', '')}|{x['code']}" for x in said["code"]["coding"])
    category = next((_CATEGORY[code] for code in coded if code in _CATEGORY), "")
    confirmed = max(d.found.answer.confirmed_at or page.confirmed_at for d in parts)
    how = next((text for d in parts if (text := _method(d))), "")
    return {
        "resourceType": "Observation",
        "id": naming.id_of_page("Observation", page, key),
        "identifier": [naming.identifier("answer", key)],
        "status": "final",
        **({"category": [{"coding": [{"system": _CATEGORIES, "code": category}]}]} if category else {}),
        "subject": subject,
        **({"encounter": {"reference": page.encounter_ref}} if page.encounter_ref else {}),
        **_effective(c),
        "issued": confirmed.isoformat(timespec="seconds"),
        **said,
        **({"method": {"text": how}} if how else {}),
        "derivedFrom": [{"reference": source}],
    }


def _effective(c: Candidate) -> Json:
    """Return the time of care; where the form has no box for it, the span in which it must lie."""
    page = c.sheet.page
    if c.at is not None:
        return {"effectiveDateTime": c.at.isoformat(timespec="seconds")}
    start, end = page.printed_at, page.confirmed_at
    return {"effectivePeriod": {"start": start.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds")}}


def _value(c: Candidate, naming: Naming, value: Json) -> Json:
    """Return ``Observation.value[x]`` for an answer of the response.

    A mark with a code of a terminology has the printed answer beside it.
    """
    ((name, plain),) = value.items()
    if c.unit:
        return _quantity(c, plain)
    if name != "valueCoding":
        return {name: plain}
    own = naming.answers(c.sheet.form, c.found.place.item.link_id)
    option = next((o for o in options_of(c.found.place.item) if o.code and coding(o, own) == plain), None)
    if option is None:
        return {"valueCodeableConcept": {"coding": [plain]}}
    return {"valueCodeableConcept": {"coding": [code_of(option.code), plain], "text": plain["display"]}}


def _quantity(c: Candidate, number: int | Decimal) -> Json:
    return {"valueQuantity": {"value": number, "unit": printed(c.unit), "system": SYSTEM, "code": c.unit}}


def _method(c: Candidate) -> str:
    """Return how a value is known, e.g. estimated, from the item that the policy names; it must not get lost."""
    if not c.measure.how:
        return ""
    answer = c.found.answer
    return c.sheet.text(c.measure.how, answer.row, answer.column) or "not stated on paper"
