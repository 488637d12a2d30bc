"""What a site decides about its patient data, and the limits that keep a bad file from doing harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

DEFAULT_TIMES: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        1: ("08:00",),
        2: ("08:00", "20:00"),
        3: ("08:00", "14:00", "20:00"),
        4: ("06:00", "12:00", "18:00", "00:00"),
    }
)
"""Site standard times by doses a day; a site sets its own."""

DEFAULT_HIGH_ALERT: Final = (
    "insulin",
    "heparin",
    "enoxaparin",
    "dalteparin",
    "fondaparinux",
    "argatroban",
    "bivalirudin",
    "warfarin",
    "apixaban",
    "rivaroxaban",
    "dabigatran",
    "edoxaban",
    "alteplase",
    "morphine",
    "hydromorphone",
    "fentanyl",
    "remifentanil",
    "oxycodone",
    "methadone",
    "ketamine",
    "midazolam",
    "propofol",
    "dexmedetomidine",
    "potassium chloride",
    "potassium phosphate",
    "sodium chloride 3%",
    "sodium chloride 23.4%",
    "magnesium sulfate",
    "magnesium sulphate",
    "noradrenaline",
    "norepinephrine",
    "adrenaline",
    "epinephrine",
    "vasopressin",
    "phenylephrine",
    "dopamine",
    "dobutamine",
    "milrinone",
    "amiodarone",
    "digoxin",
    "methotrexate",
    "vincristine",
    "oxytocin",
    "rocuronium",
    "vecuronium",
    "cisatracurium",
    "suxamethonium",
    "succinylcholine",
)
"""Drugs that print with a second check unless the site sets its own list; lower case."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of the intake in one place. Beyond a limit a record or file is named as unusable, never cut.

    JSON may be nested as deep as the interpreter's recursion limit allows (about 900 levels); FHIR needs 20.
    """

    file_bytes: int = 400 * 1024 * 1024
    """A file's size, after decompression."""
    line_bytes: int = 50 * 1024 * 1024
    """One NDJSON line."""
    records: int = 5_000_000
    """Records of all files together."""
    text_chars: int = 200_000
    """One text, for example a note."""
    identifier_chars: int = 128
    """One identifier: MRN, encounter number, FHIR id."""
    location_levels: int = 20
    """Steps up ``Location.partOf`` and along ``Patient.link``."""
    problems: int = 20_000
    """Problems kept one by one; beyond it one line says how many more there are."""


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """A site's choices for reading patient data."""

    mrn_system: str = ""
    """``Identifier.system`` of the medical record number; '' = the identifier of type MR, else the id."""
    zone: str = "UTC"
    """IANA time zone of the wards: times of day and standard times are in it."""
    standard_times: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_TIMES)
    """Times of day ``HH:MM`` by doses a day."""
    high_alert: tuple[str, ...] = DEFAULT_HIGH_ALERT
    """Lower-case words; a drug whose name holds one of them is high-alert."""
    limits: Limits = field(default_factory=Limits)
