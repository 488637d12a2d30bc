"""Numbers and units: digits as the source writes them, doses as rule R6 of the domain reference asks.

An observation keeps its digits (``72.50`` stays ``72.50``, because the zero says how it was measured). In a
**dose** a trailing zero is dangerous (``5.0 mg`` is read as 50 mg; ISMP list of error-prone abbreviations,
Joint Commission 'do not use' list), so a formatted dose drops zeros that do not change the value, writes a
comma from 1,000 on, spells out ``units`` and writes ``mcg`` for micrograms. The source's own words stay in
``Medication.instructions``.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from papermode.intake.text import UnusableError, line
from papermode.model.snapshot import Quantity


class Digits(str):
    """A JSON number with a fraction or exponent, exactly as written (decoder hook for floats)."""

    __slots__ = ()


_MAX_DIGITS: Final = 40
_UNITS: Final = {
    "ug": "mcg",
    "μg": "mcg",
    "µg": "mcg",
    "microgram": "mcg",
    "micrograms": "mcg",
    "u": "units",
    "iu": "units",
    "[iu]": "units",
    "[usp'u]": "units",
    "unit": "units",
    "units": "units",
    "international units": "units",
    "10*6.[iu]": "million units",
    "cc": "mL",
    "ml": "mL",
    "l": "L",
    "hr": "h",
    "hour": "h",
    "ng": "nanograms",
}
_SPLIT_UNIT: Final = re.compile(r"([/.])")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")


def digits(value: object) -> str:
    """Return a JSON number as written.

    Raises:
        UnusableError: if it is not a number, or is absurdly long.
    """
    if isinstance(value, Digits):
        text = str(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        text = f"{value}" if abs(value) < 10**_MAX_DIGITS else "9" * (_MAX_DIGITS + 1)
    else:
        raise UnusableError("a value that must be a number is not one")
    if len(text) > _MAX_DIGITS:
        raise UnusableError(f"a number has more than {_MAX_DIGITS} digits")
    return text


@lru_cache(maxsize=4096)
def safe_number(text: str) -> str:
    """Return a number as a dose is written: no trailing zero, no exponent, comma from 1,000 on (R6).

    Raises:
        UnusableError: if the number cannot be written out in a sensible length.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UnusableError("a dose is not a number") from None
    if not value.is_finite() or not -12 <= value.adjusted() <= 15:
        raise UnusableError("a dose is absurdly large or small")
    plain = f"{value:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    whole, dot, fraction = plain.partition(".")
    sign = "-" if whole.startswith("-") else ""
    whole = whole.lstrip("-")
    if len(whole) > 3:
        whole = f"{int(whole):,}"
    return f"{sign}{whole}{dot}{fraction}"


@lru_cache(maxsize=4096)
def safe_unit(unit: str) -> str:
    """Return a unit as a dose writes it: ``ug`` -> ``mcg``, ``U`` and ``IU`` -> ``units``, ``ml`` -> ``mL`` (R6)."""
    text = _BRACES.sub(r"\1", line(unit))
    whole = _UNITS.get(text.lower())
    if whole is not None:
        return whole
    parts = _SPLIT_UNIT.split(text)
    return "".join(_UNITS.get(part.strip().lower(), part.strip()) for part in parts)


def dose(quantity: Quantity) -> str:
    """Return ``2.5 mg``: number and unit by rule R6, with the comparator where there is one."""
    number = safe_number(quantity.value)
    unit = safe_unit(quantity.unit)
    gap = "" if unit == "%" else " "
    return f"{quantity.comparator}{number}{gap}{unit}".strip()


def is_same_number(left: str, right: str) -> bool:
    """Whether two digit strings name the same number."""
    try:
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False
