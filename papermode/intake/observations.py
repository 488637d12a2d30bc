"""FHIR Observation -> vital signs, laboratory results, weight and height.

A panel becomes one value per component (a blood pressure is a systolic and a diastolic value with the id of the panel).
Values keep the digits of the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from papermode.intake import amounts
from papermode.intake.resources import Observation as Source
from papermode.intake.resources import ObservationValue, Quantity, Range, Ratio, ReferenceRange, seq
from papermode.intake.text import UnusableError, line
from papermode.intake.times import when
from papermode.intake.words import LOINC, code_of, codes, everything, first_code, say
from papermode.model import snapshot
from papermode.model.snapshot import Measure, Observation, When

Topic = Literal["vitals", "labs", "weight", "height", "code_status"]

KEPT_HOURS: Final[dict[Topic, int | None]] = {
    "vitals": 24,
    "labs": 72,
    "weight": None,
    "height": None,
    "code_status": None,
}
"""How far back each kind of observation matters; None: for ever."""

CODE_STATUS_CODES: Final = frozenset({"304251008", "81352-7", "100822-6"})
"""SNOMED CT 'resuscitation status', LOINC 'life sustaining treatment' and 'cardiopulmonary resuscitation orders'."""

WEIGHT: Final = {
    "29463-7": "",
    "3141-9": "measured",
    "8350-1": "measured",
    "8351-9": "measured",
    "8339-4": "measured",
    "3142-7": "stated",
    "8335-2": "estimated",
}
"""LOINC body weights (8339-4: birth weight), and how each is known."""
HEIGHT: Final = {
    "8302-2": "",
    "3137-7": "measured",
    "8306-3": "measured",
    "89269-5": "measured",
    "3138-5": "stated",
    "8301-4": "estimated",
}
"""LOINC body heights (89269-5: height at birth), and how each is known."""

_VITAL_CODES: Final = frozenset(
    {
        *("85354-9", "8480-6", "8462-4", "8478-0"),  # blood pressure: panel, systolic, diastolic, mean
        *("8867-4", "9279-1", "8310-5"),  # pulse, respiration, temperature
        *("59408-5", "2708-6", "3151-8", "3150-6"),  # oxygen saturation, flow, inspired fraction
        *("80288-4", "67775-7", "9269-2"),  # consciousness: AVPU, level, Glasgow coma score
        *("72514-3", "38208-5"),  # pain
    }
)
"""LOINC codes that are vital signs even where an export gives no category."""
_VITAL_CATEGORIES: Final = frozenset({"vital-signs", "survey", "exam"})
"""Scores (GCS, NEWS2, pain, Braden) are charted with the vital signs; forms choose by code."""
_LAB_CATEGORIES: Final = frozenset({"laboratory", "LAB"})
_KNOWN_CATEGORIES: Final = _VITAL_CATEGORIES | _LAB_CATEGORIES
_FOR_EVER: Final = CODE_STATUS_CODES | WEIGHT.keys() | HEIGHT.keys()
LONGEST_HOURS: Final = 72
"""Observations of any other kind do not matter when they are older."""
_NOT_A_RESULT: Final = frozenset({"entered-in-error", "cancelled", "registered"})
_HOW: Final[tuple[Literal["measured", "estimated", "stated"], ...]] = ("measured", "estimated", "stated")


def topics_of(source: Source) -> frozenset[Topic]:
    """Return what an observation is about; empty for what no page shows (a smoking history)."""
    categories = seq(source.category)
    category = codes(*categories)
    says_lab = not category & _KNOWN_CATEGORIES and "laboratory" in everything(*categories)
    return _topics(frozenset(codes(source.code)), frozenset(category), says_lab)


@lru_cache(maxsize=4096)
def _topics(code: frozenset[str], category: frozenset[str], says_lab: bool) -> frozenset[Topic]:
    if code & CODE_STATUS_CODES:
        return frozenset({"code_status"})
    found: set[Topic] = set()
    if code & WEIGHT.keys():
        found.add("weight")
    if code & HEIGHT.keys():
        found.add("height")
    if category & _LAB_CATEGORIES or says_lab:
        found.add("labs")
    elif category & _VITAL_CATEGORIES or code & _VITAL_CODES:
        found.add("vitals")
    elif not category and not found:
        found.add("labs")
    return frozenset(found)


def matters_for_ever(source: Source) -> bool:
    """Whether an observation may matter however old it is (a weight, a height, a code status)."""
    coded = source.code
    return coded is None or not _FOR_EVER.isdisjoint([c.code for c in coded.coding or () if c is not None])


def is_result(source: Source) -> bool:
    """Whether an observation is a result about the patient (not entered in error, not about a fetus or relative)."""
    return source.status not in _NOT_A_RESULT and not seq(source.focus)


def time_of(source: Source) -> When | None:
    """Return when a value was observed; else when it was issued."""
    period = source.effective_period
    return when(
        source.effective_date_time
        or source.effective_instant
        or (period.end or period.start if period else None)
        or source.issued
    )


def values(source: Source, moment: When | None) -> tuple[Observation, ...]:
    """Return the values of an observation at ``moment``: its own, then its components'.

    Raises:
        UnusableError: if it has no name, or a value that cannot be read.
    """
    found = [_value(part, source, moment) for part in (source, *seq(source.component))]
    readable = tuple(value for value in found if value is not None)
    if not readable:
        raise UnusableError("it has no value")
    return readable


def _value(part: ObservationValue, source: Source, moment: When | None) -> Observation | None:
    value, unit = _said(part)
    if not value:
        if part.data_absent_reason is None:
            return None
        value = f"not available: {say(part.data_absent_reason) or 'no reason given'}"
    name = say(part.code)
    if not name:
        raise UnusableError("it does not say what was observed")
    return Observation(
        id=source.id or "",
        name=name,
        value=value,
        unit=unit,
        code=code_of(part.code, LOINC) or first_code(part.code),
        at=moment,
        flag=" ".join(_flags(part)),
        reference="; ".join(filter(None, map(_reference, seq(part.reference_range)))),
        status=line(source.status),
    )


def _flags(part: ObservationValue) -> Iterator[str]:
    for concept in seq(part.interpretation):
        short = next((coding.code for coding in seq(concept.coding) if coding.code), None)
        text = line(short) or say(concept)
        if text:
            yield text


def _said(part: ObservationValue) -> tuple[str, str]:
    """Return the value as text and its unit."""
    quantity = part.value_quantity
    if quantity is not None and quantity.value is not None:
        number = amounts.digits(quantity.value)
        return f"{line(quantity.comparator)}{number}", unit_of(quantity)
    if part.value_integer is not None:
        return amounts.digits(part.value_integer), ""
    if part.value_boolean is not None:
        return ("yes" if part.value_boolean else "no"), ""
    if part.value_codeable_concept is not None:
        return say(part.value_codeable_concept), ""
    if part.value_range is not None:
        return _range(part.value_range)
    if part.value_ratio is not None:
        return _ratio(part.value_ratio), ""
    period = part.value_period
    if period is not None and (period.start or period.end):
        return f"{line(period.start)} to {line(period.end)}", ""
    return line(part.value_string or part.value_time or part.value_date_time), ""


def unit_of(quantity: Quantity | None) -> str:
    """Return a quantity's unit as the source writes it: the words, else the code; UCUM's ``1`` is no unit."""
    if quantity is None:
        return ""
    unit = line(quantity.unit) or line(quantity.code)
    return "" if unit == "1" else unit


def _number(quantity: Quantity | None) -> str:
    return amounts.digits(quantity.value) if quantity is not None and quantity.value is not None else ""


def _range(source: Range) -> tuple[str, str]:
    low, high = _number(source.low), _number(source.high)
    text = f"{low}–{high}" if low and high else (f">={low}" if low else (f"<={high}" if high else ""))
    return text, unit_of(source.low) or unit_of(source.high)


def _ratio(source: Ratio) -> str:
    top, bottom = _number(source.numerator), _number(source.denominator)
    left = f"{top} {unit_of(source.numerator)}".strip()
    right = f"{bottom} {unit_of(source.denominator)}".strip()
    return f"{left} : {right}" if left and right else ""


def _reference(source: ReferenceRange) -> str:
    if source.text:
        return line(source.text)
    text, unit = _range(Range(low=source.low, high=source.high))
    return f"{text} {unit}".strip() if text else ""


def measure(source: Source, kinds: dict[str, str]) -> Measure:
    """Return a weight or height with how it is known.

    Raises:
        UnusableError: if it has no number.
    """
    quantity = source.value_quantity
    if quantity is None or quantity.value is None:
        raise UnusableError("a body measure without a number")
    number, unit = amounts.digits(quantity.value), unit_of(quantity)
    if not unit:
        raise UnusableError("a body measure without a unit")
    return Measure(
        quantity=snapshot.Quantity(number, unit, line(quantity.comparator)),
        at=time_of(source),
        how=_how(source, kinds),
    )


def _how(source: Source, kinds: dict[str, str]) -> Literal["measured", "estimated", "stated", ""]:
    words = f"{everything(source.method)} {everything(source.code)}"
    for how in _HOW:
        if how in words or any(kinds.get(code) == how for code in codes(source.code)):
            return how
    return ""
