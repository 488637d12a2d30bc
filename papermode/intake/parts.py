"""How complete each part of a patient's record is, and why.

* No record of a kind in the whole source: ``unavailable``. The source does not cover it; an empty list means nothing.
* Records of the kind, but none of this patient: ``complete`` and empty.
* A record that could not be used, of this patient or of nobody known, or a source that says itself that it is not
  whole: ``partial``, with the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from papermode.intake.gather import Fault, Gathered
from papermode.model.snapshot import State


@dataclass(frozen=True, slots=True)
class Kind:
    """What a part is made of."""

    covers: tuple[str, ...]
    """Any of these in the source means that the part is covered."""
    types: tuple[str, ...]
    """A fault of any of these types makes the part partial."""
    words: str
    """What is missing, as the ward calls it."""
    asks: tuple[str, ...] = ()
    """All of these must be in the source, else a covered part is partial."""


_OBSERVATION: Final = ("Observation",)
KINDS: Final[dict[str, Kind]] = {
    "weight": Kind(("Observation/weight",), _OBSERVATION, "body weights"),
    "height": Kind(("Observation/height",), _OBSERVATION, "body heights"),
    "allergies": Kind(("AllergyIntolerance",), ("AllergyIntolerance",), "allergies"),
    "code_status": Kind(("code_status",), ("Observation", "Flag", "Consent", "ServiceRequest"), "code status"),
    "flags": Kind(("Flag",), ("Flag",), "flags (isolation, falls and the like)"),
    "problems": Kind(("Condition",), ("Condition",), "problems"),
    "medications": Kind(
        ("MedicationRequest",), ("MedicationRequest", "MedicationAdministration", "Medication"), "medication orders"
    ),
    "administrations": Kind(
        ("MedicationAdministration",), ("MedicationAdministration", "Medication"), "medications given"
    ),
    "vitals": Kind(("Observation/vitals",), _OBSERVATION, "vital signs"),
    "labs": Kind(("Observation/labs",), _OBSERVATION, "laboratory results"),
    "devices": Kind(
        ("DeviceUseStatement", "devices"), ("DeviceUseStatement", "Device", "Procedure"), "lines, drains and devices"
    ),
    "diet": Kind(("NutritionOrder", "diet"), ("NutritionOrder",), "diets", ("NutritionOrder",)),
    "orders": Kind(
        ("ServiceRequest", "DiagnosticReport"), ("ServiceRequest", "DiagnosticReport"), "orders", ("ServiceRequest",)
    ),
    "care_team": Kind(("CareTeam", "care_team"), ("CareTeam",), "care teams", ("CareTeam",)),
    "contacts": Kind(("Patient",), ("Patient", "RelatedPerson"), "contacts"),
    "consents": Kind(("Consent",), ("Consent",), "consents"),
    "notes": Kind(("DocumentReference",), ("DocumentReference",), "notes"),
}
"""Each part of a record. A name in lower case means: any patient has an item of it."""

_TYPE_WORDS: Final = {
    "AllergyIntolerance": "allergy record",
    "Condition": "problem",
    "Consent": "consent",
    "Device": "device",
    "DeviceUseStatement": "device",
    "DiagnosticReport": "report",
    "DocumentReference": "note",
    "Encounter": "stay",
    "Flag": "flag",
    "Medication": "drug",
    "MedicationAdministration": "record of a dose",
    "MedicationRequest": "medication order",
    "NutritionOrder": "diet order",
    "Observation": "observation",
    "Patient": "patient record",
    "Procedure": "procedure",
    "ServiceRequest": "order",
    "RelatedPerson": "related person",
    "CareTeam": "care team",
}


class Completeness:
    """The state of every part of every patient."""

    def __init__(self, gathered: Gathered, found: set[str]) -> None:
        """Take what the source has.

        Args:
            gathered: All records and faults.
            found: Names of parts of which any patient has an item.
        """
        self._gathered = gathered
        self._present = gathered.present | found
        self._of_patient: dict[str, list[Fault]] = {}
        self._of_nobody: list[Fault] = []

    def assign(self, faults: dict[str, list[Fault]], nobody: list[Fault]) -> None:
        """Say whose faults are whose."""
        self._of_patient, self._of_nobody = faults, nobody

    def state(self, part: str, patient: str) -> tuple[State, str]:
        """Return the state of a part of a patient's record and, unless complete, why."""
        kind = KINDS[part]
        if not any(name in self._present for name in kind.covers):
            lost = self._lost(part, kind, self._of_nobody)
            tail = f"; {lost}" if lost else ""
            return "unavailable", f"no {kind.words} in the export{tail}"
        reasons = [f"no {name} in the export" for name in kind.asks if name not in self._present]
        mine = self._lost(part, kind, self._of_patient.get(patient, []))
        if mine:
            reasons.append(mine)
        loose = self._lost(part, kind, self._of_nobody)
        if loose:
            reasons.append(f"{loose}, and it is not known whose")
        for name in (*kind.types, "*"):
            reasons += self._gathered.incomplete.get(name, ())
        if self._gathered.faults_left_out:
            reasons.append("more records could not be read than can be listed")
        return ("partial", "; ".join(dict.fromkeys(reasons))) if reasons else ("complete", "")

    def _lost(self, part: str, kind: Kind, faults: list[Fault]) -> str:
        """Say how many records are lost to a part."""
        count: Counter[str] = Counter()
        for fault in faults:
            known = fault.kind in kind.types and (not fault.topics or part in fault.topics)
            if known or not fault.kind:
                count[_TYPE_WORDS.get(fault.kind, "record")] += 1
        return ", ".join(
            f"{number} {word}{'s' if number > 1 else ''} not readable" for word, number in sorted(count.items())
        )
