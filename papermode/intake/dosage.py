"""FHIR Dosage and Timing in words (``hl7.org/fhir/R4/dosage.html``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from papermode.intake import amounts
from papermode.intake.observations import unit_of
from papermode.intake.resources import Quantity, Range, Ratio, seq
from papermode.intake.resources_drugs import Dosage, DoseAndRate, Repeat, Timing
from papermode.intake.text import UnusableError, line
from papermode.intake.words import codes, say
from papermode.model import snapshot

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNIT_WORDS: Final = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_UNIT_HOURS: Final = {
    "s": Decimal(1) / 3600,
    "min": Decimal(1) / 60,
    "h": Decimal(1),
    "d": Decimal(24),
    "wk": Decimal(168),
}
_CODE_WORDS: Final = {
    "QD": (1, "daily"),
    "DAILY": (1, "daily"),
    "AM": (1, "every morning"),
    "QAM": (1, "every morning"),
    "PM": (1, "every evening"),
    "QPM": (1, "every evening"),
    "QHS": (1, "at bedtime"),
    "HS": (1, "at bedtime"),
    "BED": (1, "at bedtime"),
    "BID": (2, "twice a day"),
    "TID": (3, "3 times a day"),
    "QID": (4, "4 times a day"),
}
"""GTSAbbreviation and common order codes -> doses a day and words (R6: abbreviations are written out)."""
_HOURLY_CODE: Final = re.compile(r"Q(\d{1,2})H")
_WHEN_WORDS: Final = {
    "HS": "at bedtime",
    "WAKE": "on waking",
    "C": "with meals",
    "CM": "with breakfast",
    "CD": "with lunch",
    "CV": "with the evening meal",
    "AC": "before meals",
    "ACM": "before breakfast",
    "ACD": "before lunch",
    "ACV": "before the evening meal",
    "PC": "after meals",
    "PCM": "after breakfast",
    "PCD": "after lunch",
    "PCV": "after the evening meal",
    "MORN": "in the morning",
    "NOON": "at noon",
    "AFT": "in the afternoon",
    "EVE": "in the evening",
    "NIGHT": "at night",
}
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?")
_ONCE: Final = re.compile(
    r"\b(?:once(?! (?:a|per|every|daily|weekly|monthly|nightly)\b)|one[- ]time|stat)\b", re.IGNORECASE
)
CONTINUOUS: Final = re.compile(r"\bcontinuous(?:ly)?\b|\binfusion\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a drug is given, as far as the order says."""

    words: str = ""
    hours: Decimal | None = None
    """Interval in hours."""
    per_day: int = 0
    """Doses a day where the order says it that way; 0 otherwise."""
    times: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    once: bool = False
    min_hours: str = ""
    continuous: bool = False


def quantity_words(quantity: Quantity | None) -> str:
    """Return a dose or rate by rule R6; '' for none."""
    if quantity is None or quantity.value is None:
        return ""
    value = amounts.digits(quantity.value)
    return amounts.dose(snapshot.Quantity(value, unit_of(quantity), line(quantity.comparator)))


def range_words(source: Range | None) -> str:
    """Return ``1 to 2 mg``; '' for none."""
    if source is None:
        return ""
    low, high = quantity_words(source.low), quantity_words(source.high)
    if low and high and unit_of(source.low) == unit_of(source.high) and source.low and source.low.value is not None:
        low = amounts.safe_number(amounts.digits(source.low.value))
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else (f"at most {high}" if high else "")


def ratio_words(source: Ratio | None) -> str:
    """Return ``50 mL/h`` for a denominator of one, else ``1 g in 60 min``; '' for none."""
    if source is None:
        return ""
    top, bottom = quantity_words(source.numerator), source.denominator
    if not top or bottom is None:
        return top
    unit = amounts.safe_unit(unit_of(bottom))
    if bottom.value is None or amounts.is_same_number(amounts.digits(bottom.value), "1"):
        return f"{top}/{unit}" if unit else top
    return f"{top} in {quantity_words(bottom)}"


def rate_words(part: DoseAndRate) -> str:
    """Return an infusion's rate; '' for none. A range is a limit, not a rate."""
    return quantity_words(part.rate_quantity) or ratio_words(part.rate_ratio)


def doses(dosage: Dosage) -> list[str]:
    """Return the doses of one dosage in words."""
    found = (quantity_words(part.dose_quantity) or range_words(part.dose_range) for part in seq(dosage.dose_and_rate))
    return list(dict.fromkeys(text for text in found if text))


def schedule(dosage: Dosage) -> Schedule:
    """Return when a dosage is given.

    A text that says 'once' outranks a structured 'once a day': some exports write both, and of the two only
    'once' cannot lead to a dose too many.
    """
    timing = dosage.timing or Timing()
    repeat = timing.repeat or Repeat()
    times = tuple(sorted(_clock(text) for text in seq(repeat.time_of_day)))
    days = _days(repeat)
    code = (
        next((c.upper() for c in sorted(codes(timing.code)) if c), "")
        or line(timing.code.text if timing.code else "").upper()
    )
    text = line(dosage.text)
    once = _count(repeat.count) == 1 or bool(_ONCE.search(text)) or len(seq(timing.event)) == 1
    found = _by_repeat(repeat) or _by_code(code, timing)
    per_day = found.per_day
    continuous = bool(CONTINUOUS.search(text)) or (found.per_day >= 24 and not times)
    words = "once" if once else ("continuous" if continuous else found.words)
    if days and not once:
        words = f"weekly on {_join(days)}" if len(days) == 1 else f"on {_join(days)}"
    meals = [_WHEN_WORDS.get(item, line(item)) for item in seq(repeat.when)]
    words = ", ".join(filter(None, (words, *dict.fromkeys(meals))))
    return Schedule(
        words=words,
        hours=None if once or days or continuous else found.hours,
        per_day=0 if once or continuous else (per_day or (1 if days else 0)),
        times=times,
        days=days,
        once=once,
        min_hours=found.min_hours,
        continuous=continuous,
    )


def _by_repeat(repeat: Repeat) -> Schedule | None:
    """Return frequency per period, as in ``Timing.repeat``; None where it is not given."""
    unit = repeat.period_unit or ""
    if repeat.period is None or unit not in _UNIT_WORDS:
        return None
    period = Decimal(amounts.digits(repeat.period))
    frequency = _count(repeat.frequency) or 1
    if not period.is_finite() or not 0 < period <= 100_000 or not 1 <= frequency <= 1000:
        raise UnusableError("a frequency is absurd")
    most = _period_max(repeat.period_max, period)
    hours = _UNIT_HOURS[unit] * period / frequency if unit in _UNIT_HOURS else None
    span = f"{_plain(period)} to {_plain(most)}" if most else _plain(period)
    word = _UNIT_WORDS[unit]
    if unit == "d" and period == 1 and not most:
        words = {1: "daily", 2: "twice a day"}.get(frequency, f"{frequency} times a day")
    elif unit == "wk" and period == 1 and frequency == 1:
        words = "weekly"
    else:
        lead = "" if frequency == 1 else f"{frequency} times "
        words = f"{lead}every {word}" if span == "1" else f"{lead}every {span} {word}s"
    if repeat.frequency_max is not None:
        words = f"{words} (at most {amounts.digits(repeat.frequency_max)} times)"
    return Schedule(
        words=words,
        hours=None if most else hours,
        per_day=frequency if unit == "d" and period == 1 else 0,
        min_hours=_hours_words(hours) if frequency == 1 and hours and unit in ("min", "h") else "",
    )


def _period_max(value: object, period: Decimal) -> Decimal | None:
    if value is None:
        return None
    most = Decimal(amounts.digits(value))
    return most if most.is_finite() and period < most <= 100_000 else None


def _by_code(code: str, timing: Timing) -> Schedule:
    known = _CODE_WORDS.get(code)
    if known:
        return Schedule(words=known[1], hours=Decimal(24) / known[0], per_day=known[0])
    hourly = _HOURLY_CODE.fullmatch(code)
    if hourly and int(hourly[1]):
        number = int(hourly[1])
        words = "every hour" if number == 1 else f"every {number} hours"
        return Schedule(words=words, hours=Decimal(number), min_hours=_hours_words(Decimal(number)))
    return Schedule(words=say(timing.code))


def _count(value: object) -> int:
    if value is None:
        return 0
    text = amounts.digits(value)
    if not text.isdigit() or len(text) > 6:
        raise UnusableError("a count is not a whole number")
    return int(text)


def _clock(text: str) -> str:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise UnusableError("a time of day is not hh:mm")
    return f"{match[1]}:{match[2]}"


def _days(repeat: Repeat) -> tuple[str, ...]:
    found = {day.lower() for day in seq(repeat.day_of_week)}
    if not found <= set(DAYS):
        raise UnusableError("a day of the week is not one of mon to sun")
    return () if len(found) == 7 else tuple(day for day in DAYS if day in found)


def _join(days: tuple[str, ...]) -> str:
    return ", ".join(day.capitalize() for day in days)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _hours_words(hours: Decimal) -> str:
    if hours >= 1:
        text = _plain(hours.quantize(Decimal("0.01")))
        return "1 hour" if text == "1" else f"{text} hours"
    return f"{_plain((hours * 60).quantize(Decimal(1)))} minutes"


def hours_text(hours: Decimal | None) -> str:
    """Return an interval in hours with at most two decimals; '' for none."""
    return _plain(hours.quantize(Decimal("0.01"))) if hours is not None else ""
