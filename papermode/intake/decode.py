"""Bytes of one FHIR resource -> its structure, saving what can be saved of a broken one.

A real export has records that break the standard. One bad element costs that element, not the record, unless
it is one on which the meaning of the record hangs (whose it is, its status, what drug): then the record is
unusable. Either way the fault is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from papermode.intake.amounts import Digits
from papermode.intake.resources import Element, Reference
from papermode.intake.resources_more import TYPES
from papermode.intake.text import UnusableError

_FIRST_FIELD: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,60})"')
_ANY_TYPE: Final = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,60})"')
_ANY_PATIENT: Final = re.compile(
    rb'"(?:subject|patient)"\s*:\s*\{\s*"reference"\s*:\s*"(?:[^"]{0,500}/)?Patient/([A-Za-z0-9.\-]{1,64})["/]'
)
_ANY_ID: Final = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9.\-]{1,64})"')
_FAULT_FIELD: Final = re.compile(r"\$\.(\w+)")
_MOST_DROPPED: Final = 8

_ALWAYS: Final = frozenset({"resourceType", "id", "status", "subject", "patient"})
_MEDICATION: Final = frozenset({"medicationCodeableConcept", "medicationReference", "contained"})
_ESSENTIAL: Final[dict[str, frozenset[str]]] = {
    "AllergyIntolerance": frozenset({"code"}),
    "Condition": frozenset({"code", "verificationStatus"}),
    "Consent": frozenset({"category", "scope", "provision"}),
    "DiagnosticReport": frozenset({"code"}),
    "DocumentReference": frozenset({"docStatus", "content"}),
    "Flag": frozenset({"code", "period"}),
    "MedicationAdministration": _MEDICATION | {"request", "effectiveDateTime", "effectivePeriod"},
    "MedicationRequest": _MEDICATION | {"intent", "category", "doNotPerform"},
    "NutritionOrder": frozenset({"oralDiet", "supplement", "enteralFormula", "excludeFoodModifier"}),
    "Observation": frozenset(
        {"code", "component", "focus", "effectiveDateTime", "effectivePeriod", "effectiveInstant"}
        | {f"value{kind}" for kind in ("Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio")}
    ),
    "Patient": frozenset({"link"}),
    "ServiceRequest": frozenset({"code", "intent", "doNotPerform"}),
}
"""Elements without which a record could be taken for something else, by type."""

_DECODERS: Final = {name: msgspec.json.Decoder(kind, float_hook=Digits, strict=True) for name, kind in TYPES.items()}


class _TypeOnly(msgspec.Struct):
    resourceType: Any = None  # noqa: N815 - FHIR's name


_TYPE_ONLY: Final = msgspec.json.Decoder(_TypeOnly)
_SHALLOW: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Trace:
    """What can still be seen of a record that could not be decoded."""

    kind: str = ""
    id: str = ""
    patient: str = ""


def kind_of(data: bytes) -> str:
    """Return the resource type of a JSON object.

    Raises:
        UnusableError: if it is not a JSON object with a ``resourceType``.
    """
    match = _FIRST_FIELD.match(data)
    if match:
        return match[1].decode("ascii")
    try:
        kind = _TYPE_ONLY.decode(data).resourceType
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnusableError(_words(error)) from None
    if not isinstance(kind, str) or not kind.isascii() or not kind.isalpha() or len(kind) > 60:
        raise UnusableError("it is not a FHIR resource")
    return kind


def decode(kind: str, data: bytes) -> tuple[Element, tuple[str, ...]]:
    """Return the structure of a resource of a known type, and the names of elements that had to be left out.

    Raises:
        UnusableError: if the record cannot be used; the reason is in words, with the element but without its value.
    """
    try:
        return _DECODERS[kind].decode(data), ()
    except msgspec.ValidationError as error:
        return _salvaged(kind, data, error)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnusableError(_words(error)) from None


def _salvaged(kind: str, data: bytes, error: Exception) -> tuple[Element, tuple[str, ...]]:
    """Decode again without the elements that are at fault."""
    dropped: list[str] = []
    try:
        fields = _SHALLOW.decode(data)
        while True:
            match = _FAULT_FIELD.search(str(error))
            name = match[1] if match else ""
            if (
                name not in fields
                or name in _ALWAYS
                or name in _ESSENTIAL.get(kind, ())
                or len(dropped) >= _MOST_DROPPED
            ):
                raise UnusableError(_words(error))
            dropped.append(name)
            del fields[name]
            try:
                return _DECODERS[kind].decode(msgspec.json.encode(fields)), tuple(dropped)
            except msgspec.ValidationError as again:
                error = again
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
        raise UnusableError(_words(broken)) from None


def trace(data: bytes) -> Trace:
    """Return what the bytes of a broken record still say: type, id and patient, each only if unmistakable."""
    kinds = set(_ANY_TYPE.findall(data[:1_000_000]))
    patients = set(_ANY_PATIENT.findall(data[:1_000_000]))
    ids = _ANY_ID.search(data[:300])
    return Trace(
        kind=kinds.pop().decode("ascii") if len(kinds) == 1 else "",
        id=ids[1].decode("ascii") if ids else "",
        patient=patients.pop().decode("ascii") if len(patients) == 1 else "",
    )


def reference_key(reference: Reference | None, kind: str) -> str:
    """Return the key of the record of type ``kind`` that a reference names.

    ``Patient/1``, ``https://ehr/fhir/Patient/1`` and ``Patient/1/_history/3`` give ``1``; a ``urn:`` is its own key; a
    reference by identifier alone gives ``identifier:<value>``; a reference to another type or to nothing gives ''.
    """
    if reference is None:
        return ""
    text = (reference.reference or "").strip()
    lead, slash, rest = text.partition("/")
    if lead == kind and slash and rest and "/" not in rest:
        return rest
    if text.startswith(("urn:uuid:", "urn:oid:")):
        return text
    if text:
        parts = text.partition("/_history/")[0].split("/")
        return parts[-1] if len(parts) >= 2 and parts[-2] == kind else ""
    value = reference.identifier.value if reference.identifier else None
    return f"identifier:{value.strip()}" if value else ""


def _words(error: Exception) -> str:
    """Say a decoder's complaint in words that hold no patient data."""
    if isinstance(error, msgspec.ValidationError):
        found = _FAULT_FIELD.search(str(error))
        where = f"the element '{found[1]}'" if found else "the record"
        return f"{where} is not of the type that FHIR asks for"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return "it is not complete, well-formed JSON"
