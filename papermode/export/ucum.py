"""Units: the words that forms print, and their UCUM codes. Only units of this list are sent.

Source: UCUM 2.1 (ucum.org), case sensitive codes; FHIR R4, value set ``ucum-vitals-common``.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Final

SYSTEM: Final = "http://unitsofmeasure.org"

PRINTED: Final = MappingProxyType(
    {
        "%": "%",
        "/min": "/min",
        "bpm": "/min",
        "mmHg": "mm[Hg]",
        "cmH2O": "cm[H2O]",
        "kPa": "kPa",
        "°C": "Cel",
        "°F": "[degF]",
        "kg": "kg",
        "g": "g",
        "mg": "mg",
        "microgram": "ug",
        "cm": "cm",
        "mm": "mm",
        "m": "m",
        "mL": "mL",
        "L": "L",
        "mL/h": "mL/h",
        "mL/hour": "mL/h",
        "L/min": "L/min",
        "mg/dL": "mg/dL",
        "g/dL": "g/dL",
        "g/L": "g/L",
        "mmol/L": "mmol/L",
        "units": "[iU]",
        "units/hour": "[iU]/h",
        "score": "{score}",
    }
)
"""Printed unit -> UCUM code."""
CODES: Final = frozenset(PRINTED.values())

_PLAUSIBLE: Final = MappingProxyType(
    {
        ("http://loinc.org|8310-5", "Cel"): ("20", "46"),
        ("http://loinc.org|8310-5", "[degF]"): ("68", "115"),
        ("http://loinc.org|29463-7", "kg"): ("0.2", "650"),
        ("http://loinc.org|29463-7", "g"): ("200", "20000"),
        ("http://loinc.org|2339-0", "mg/dL"): ("5", "2000"),
        ("http://loinc.org|2339-0", "mmol/L"): ("0.3", "110"),
    }
)


def printed(code: str) -> str:
    """Return the words for a UCUM code."""
    return next(words for words, c in PRINTED.items() if c == code)


def plausible(code: str, unit: str, value: Decimal) -> bool:
    """Tell whether a living person can have this value in this unit: a check on the unit, not on the patient.

    ``code`` is the item's ``system|code``. A form that asks for °F while the policy says °C is found by it.
    """
    low, high = _PLAUSIBLE.get((code, unit), ("-Infinity", "Infinity"))
    return Decimal(low) <= value <= Decimal(high)
