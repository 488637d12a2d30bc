"""Checks of a whole bundle that structural validators leave out (tested: they miss all of these).

Required codes, real dates, types of reference targets, closure, requests, units, invariants, and every response
against its questionnaire. The tables hold the resource types that papermode sends, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from papermode.export.faults import Fault
from papermode.export.fhirjson import Json
from papermode.export.filed import IN_ERROR
from papermode.export.naming import reference_type
from papermode.export.ucum import CODES, SYSTEM
from papermode.export.validator import check_response, real_date

ENUMS: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("Questionnaire", "status"): frozenset({"draft", "active", "retired", "unknown"}),
    ("QuestionnaireResponse", "status"): frozenset(
        {"in-progress", "completed", "amended", "entered-in-error", "stopped"}
    ),
    ("Observation", "status"): frozenset(
        {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
    ),
    ("MedicationAdministration", "status"): frozenset(
        {"in-progress", "not-done", "on-hold", "completed", "entered-in-error", "stopped", "unknown"}
    ),
    ("DocumentReference", "status"): frozenset({"current", "superseded", "entered-in-error"}),
    ("DocumentReference", "docStatus"): frozenset({"preliminary", "final", "amended", "entered-in-error"}),
    ("Provenance", "entity.role"): frozenset({"derivation", "revision", "quotation", "source", "removal"}),
}
"""(type, path) -> codes of the required binding (FHIR R4, terminologies-valuesets)."""
TARGETS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("QuestionnaireResponse", "subject"): ("Patient",),
    ("QuestionnaireResponse", "encounter"): ("Encounter",),
    ("Observation", "subject"): ("Patient",),
    ("Observation", "encounter"): ("Encounter",),
    ("Observation", "derivedFrom"): ("QuestionnaireResponse",),
    ("MedicationAdministration", "subject"): ("Patient",),
    ("MedicationAdministration", "context"): ("Encounter",),
    ("MedicationAdministration", "request"): ("MedicationRequest",),
    ("MedicationAdministration", "supportingInformation"): ("QuestionnaireResponse",),
    ("DocumentReference", "subject"): ("Patient",),
    ("DocumentReference", "context.encounter"): ("Encounter",),
    ("Binary", "securityContext"): ("Patient",),
    ("Provenance", "target"): (
        "QuestionnaireResponse",
        "Observation",
        "MedicationAdministration",
        "DocumentReference",
    ),
    ("Provenance", "entity.what"): ("DocumentReference",),
}
"""(type, path) -> what a reference there may point to: what papermode means, narrower than FHIR."""
TYPES: Final = frozenset({kind for kind, _ in ENUMS} | {kind for kind, _ in TARGETS})
EXTERNAL: Final = frozenset({"Patient", "Encounter", "MedicationRequest"})
"""Types that are in the EHR already and never in the bundle."""
FILED: Final = frozenset({"QuestionnaireResponse"})
"""Types that are in the EHR already where a resource in error points to them: they were filed with it."""

_DATES: Final = frozenset(
    {"effectiveDateTime", "issued", "authored", "date", "recorded", "creation", "start", "end", "valueDateTime"}
)
_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_QUERY: Final = re.compile(r"identifier=[^&?#\s|]+%7C[^&?#\s|]+")


def check_bundle(bundle: Json) -> tuple[Fault, ...]:
    """Return what is wrong with a transaction bundle; () = nothing found."""
    return tuple(_check(bundle))


def _check(bundle: Json) -> Iterator[Fault]:
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        yield Fault("Bundle", "type", "is no transaction bundle")
        return
    entries = bundle.get("entry", [])
    known = {e.get("fullUrl"): e.get("resource", {}).get("resourceType") for e in entries}
    forms = {f"{r.get('url')}|{r.get('version')}": r for r in _of_type(entries, "Questionnaire")}
    if len(known) != len(entries):
        yield Fault("Bundle.entry", "full-url", "holds a fullUrl twice")
    requests = [(e.get("request", {}).get("method"), e.get("request", {}).get("url")) for e in entries]
    puts = [r for r in requests if r[0] == "PUT"]
    if len(set(puts)) != len(puts):
        yield Fault("Bundle.entry", "request", "writes a resource twice")
    for n, entry in enumerate(entries):
        path = f"Bundle.entry[{n}]"
        yield from _entry(entry, path)
        resource = entry.get("resource", {})
        yield from _resource(resource, f"{path}.resource", known)
        if resource.get("resourceType") == "QuestionnaireResponse" and not _in_error(resource):
            yield from _response(resource, forms, f"{path}.resource")


def _in_error(resource: Json) -> bool:
    """Tell whether a resource only takes back what was filed: that is complete by itself, and in the EHR already."""
    return bool(resource.get("status") == IN_ERROR)


def _of_type(entries: list[Json], kind: str) -> list[Json]:
    return [e["resource"] for e in entries if e.get("resource", {}).get("resourceType") == kind]


def _entry(entry: Json, path: str) -> Iterator[Fault]:
    """Check fullUrl and request: they must say what the resource says."""
    resource, request = entry.get("resource", {}), entry.get("request", {})
    kind, identifier = resource.get("resourceType"), resource.get("id")
    if entry.get("fullUrl") != f"urn:uuid:{identifier}" or not _UUID.fullmatch(str(entry.get("fullUrl"))):
        yield Fault(f"{path}.fullUrl", "full-url", "is not the urn:uuid of its resource")
    method, url = request.get("method"), request.get("url")
    if method == "PUT":
        if url != f"{kind}/{identifier}" or "ifNoneExist" in request:
            yield Fault(f"{path}.request", "request", "is a PUT that is not to its resource")
    elif method == "POST":
        if url != kind or not _QUERY.fullmatch(str(request.get("ifNoneExist"))):
            yield Fault(f"{path}.request", "request", "is a POST without a condition, or to another type")
    else:
        yield Fault(f"{path}.request.method", "request", "is neither PUT nor POST")


def _resource(resource: Json, path: str, known: dict[Any, Any]) -> Iterator[Fault]:
    kind = resource.get("resourceType")
    if kind not in TYPES:
        yield Fault(path, "type", "is of a type that is never sent")
        return
    for name, allowed in ((p, codes) for (k, p), codes in ENUMS.items() if k == kind):
        for value in _values(resource, name):
            if value not in allowed:
                yield Fault(f"{path}.{name}", "enum", "is no code of its value set")
    if (kind, "status") in ENUMS and "status" not in resource:
        yield Fault(f"{path}.status", "enum", "is missing")
    there = EXTERNAL | FILED if _in_error(resource) else EXTERNAL
    for where, name, value in _walk(resource, path, ""):
        yield from _element(kind, where, name, value, known, there)
    dosage = resource.get("dosage")
    if dosage is not None and not {"dose", "rateRatio", "rateQuantity"} & set(dosage):
        yield Fault(f"{path}.dosage", "mad-1", "has neither dose nor rate")
    if kind == "DocumentReference" and not _in_error(resource):
        yield from _attachments(resource, path, known)


def _values(resource: Json, path: str) -> Iterator[Any]:
    """Return the values at a dotted path, lists gone through."""
    head, _, rest = path.partition(".")
    found = resource.get(head)
    for value in found if isinstance(found, list) else [found] if found is not None else []:
        if not rest:
            yield value
        elif isinstance(value, dict):
            yield from _values(value, rest)


def _walk(value: Any, path: str, plain: str) -> Iterator[tuple[str, str, Any]]:
    """Go through all elements: (path with indexes, path without, value)."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}", f"{plain}.{name}" if plain else name)
        yield path, plain, value
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{n}]", plain)
    else:
        yield path, plain, value


def _element(
    kind: str, path: str, name: str, value: Any, known: dict[Any, Any], there: frozenset[str]
) -> Iterator[Fault]:
    last = name.rpartition(".")[2]
    if last in _DATES and isinstance(value, str) and not _real_moment(value):
        yield Fault(path, "date", "is no real date and time with its offset")
    if isinstance(value, float):
        yield Fault(path, "decimal", "is a float")
    if not isinstance(value, dict):
        return
    if value.get("system") == SYSTEM and value.get("code") not in CODES:
        yield Fault(path, "ucum", "has a unit that is not on the list")
    if isinstance(value.get("reference"), str):
        yield from _reference(kind, path, name, value["reference"], known, there)


def _real_moment(text: str) -> bool:
    """Tell whether a FHIR dateTime is real: a date, or a date and time with an offset from UTC."""
    if "T" not in text:
        return real_date(text)
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _reference(
    kind: str, path: str, name: str, reference: str, known: dict[Any, Any], there: frozenset[str]
) -> Iterator[Fault]:
    """Check closure and target: a urn:uuid is in the bundle, anything else is of a type that the EHR has."""
    if reference.startswith("urn:uuid:"):
        target = known.get(reference, "")
        if not target:
            yield Fault(path, "closure", "points to nothing in the bundle")
            return
    elif reference.startswith("Patient?identifier="):
        target = "Patient"
    else:
        target = reference_type(reference)
        if target not in there:
            yield Fault(path, "closure", "points out of the bundle to a type that is not expected in the EHR")
            return
    if target not in TARGETS.get((kind, name), ()):
        yield Fault(path, "reference", f"points to a {target}, which is no target here")


def _attachments(resource: Json, path: str, known: dict[Any, Any]) -> Iterator[Fault]:
    for content in resource.get("content", []):
        url = str(content.get("attachment", {}).get("url"))
        if known.get(f"urn:uuid:{url.removeprefix('Binary/')}") != "Binary":
            yield Fault(f"{path}.content", "closure", "has an attachment that is not in the bundle")


def _response(resource: Json, forms: dict[str, Json], path: str) -> Iterator[Fault]:
    form = forms.get(str(resource.get("questionnaire")))
    if form is None:
        yield Fault(f"{path}.questionnaire", "closure", "names a questionnaire that is not in the bundle")
        return
    for fault in check_response(resource, form):
        yield Fault(path + fault.path.removeprefix("QuestionnaireResponse"), fault.rule, fault.text)
