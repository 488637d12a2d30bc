"""Persons of the data by key: patients whatever way a reference names them, merged records, staff."""

from __future__ import annotations

from papermode.intake.decode import reference_key
from papermode.intake.gather import Gathered
from papermode.intake.resources import Identifier, Patient, Practitioner, Reference, RelatedPerson, seq
from papermode.intake.resources_more import CareTeam
from papermode.intake.settings import IntakeSettings
from papermode.intake.text import identifier
from papermode.intake.words import codes, full_name, names, reference_words


class People:
    """All persons of the data, to be looked up by key."""

    def __init__(self, gathered: Gathered, settings: IntakeSettings) -> None:
        self.settings = settings
        self._alias = gathered.alias
        self.patients: dict[str, Patient] = {
            kept.patient: kept.resource for kept in gathered.of(Patient).values() if isinstance(kept.resource, Patient)
        }
        self._by_number = self._numbers()
        self._into = self._merges()
        self.merged: dict[str, list[str]] = {}
        for old in self._into:
            self.merged.setdefault(self.survivor(old), []).append(old)
        self.related: dict[str, list[RelatedPerson]] = {}
        for kept in gathered.of(RelatedPerson).values():
            if isinstance(kept.resource, RelatedPerson):
                self.related.setdefault(self.survivor(kept.patient), []).append(kept.resource)
        self.teams: dict[str, list[CareTeam]] = {}
        for kept in gathered.of(CareTeam).values():
            if isinstance(kept.resource, CareTeam):
                self.teams.setdefault(self.survivor(kept.patient), []).append(kept.resource)
        self._staff = gathered.of(Practitioner)

    def _numbers(self) -> dict[str, str]:
        """Return identifier value -> patient key, for values that only one patient has."""
        found: dict[str, str] = {}
        twice: set[str] = set()
        for key, patient in self.patients.items():
            for number in seq(patient.identifier):
                value = (number.value or "").strip()
                if value and found.setdefault(value, key) != key:
                    twice.add(value)
        return {value: key for value, key in found.items() if value not in twice}

    def _merges(self) -> dict[str, str]:
        """Return old patient key -> key of the record that it was merged into, one step (``Patient.link``)."""
        into: dict[str, str] = {}
        for key, patient in self.patients.items():
            for link in seq(patient.link):
                other = self.key(reference_key(link.other, "Patient"))
                if not other or other == key:
                    continue
                if link.type == "replaced-by":
                    into[key] = other
                elif link.type == "replaces":
                    into.setdefault(other, key)
        return into

    def key(self, key: str) -> str:
        """Return the id of the patient that a reference's key names, whatever way the reference is written."""
        if key.startswith("identifier:"):
            return self._by_number.get(key.removeprefix("identifier:"), key)
        return self._alias.get(key, key)

    def survivor(self, key: str) -> str:
        """Return the key of the record in use after merges; a circle of merges leaves the key as it is."""
        start = self.key(key)
        current, seen = start, set[str]()
        while current in self._into:
            if current in seen:
                return start
            seen.add(current)
            current = self._into[current]
        return current

    def mrn(self, key: str) -> str:
        """Return a patient's medical record number: of the configured system, else of type MR, else the id.

        Raises:
            UnusableError: if that identifier holds a hidden character.
        """
        patient = self.patients.get(key)
        found = self.mrn_of(seq(patient.identifier)) if patient is not None else ""
        return found or identifier(key, self.settings.limits.identifier_chars)

    def mrn_of(self, identifiers: list[Identifier]) -> str:
        """Return the medical record number among identifiers (never one marked as old); '' if there is none."""
        current = [number for number in identifiers if number.value and number.use != "old"]
        limit = self.settings.limits.identifier_chars
        for number in current:
            if self.settings.mrn_system and number.system == self.settings.mrn_system:
                return identifier(number.value, limit)
        for number in current:
            if "MR" in codes(number.type):
                return identifier(number.value, limit)
        return ""

    def by_mrn(self) -> dict[str, str]:
        """Return MRN -> patient key, after merges; a number that cannot be used is left out."""
        found: dict[str, str] = {}
        for key in self.patients:
            try:
                found.setdefault(self.mrn(key), self.survivor(key))
            except ValueError:
                continue
        return found

    def name_of(self, reference: Reference | None) -> str:
        """Return the name of a member of staff: as the reference displays it, else as the Practitioner says."""
        words = reference_words(reference)
        if words or reference is None:
            return words
        kept = self._staff.get(reference_key(reference, "Practitioner"))
        if kept is not None and isinstance(kept.resource, Practitioner):
            found = names(kept.resource.name)
            return full_name(found[0]) if found else ""
        return ""
