"""What a person types into a field: brought into the form that answers have, and held against what is plausible.

Answers have digits as written (``37.2``), times as ``HHMM``, dates as ``DDMMYYYY``, marks as the values of the form.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Final

from papermode.review.desk import Field, Value

LONGEST: Final = 2000
"""Characters of a text that a person types."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?")
_INTEGER: Final = re.compile(r"-?[0-9]{1,9}")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):?([0-9]{2})")
_DAY: Final = re.compile(r"([0-9]{2})[./-]?([0-9]{2})[./-]?([0-9]{4})")


class ValueFaultError(Exception):
    """What was typed is no answer to this field; the message says what is wanted, in English."""


def typed(field: Field, value: Value) -> Value:
    """Return a value as answers have it; ``None`` for nothing.

    Raises:
        ValueFaultError: It is no answer to this field.
    """
    if field.kind == "mark":
        return _marks(field, value)
    if isinstance(value, tuple):
        raise ValueFaultError("One value is wanted here.")
    text = " ".join(unicodedata.normalize("NFC", value or "").split())
    if not text:
        return None
    if len(text) > LONGEST or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in text):
        raise ValueFaultError("This text is too long or has invisible characters.")
    return text if field.kind == "crop" else _comb(field, text)


def _marks(field: Field, value: Value) -> Value:
    chosen = (value,) if isinstance(value, str) else value or ()
    known = [c.value for c in field.choices]
    if not set(chosen) <= set(known) or (len(chosen) > 1 and not field.multiple):
        raise ValueFaultError("This is none of the printed answers.")
    if not chosen:
        return None
    return tuple(v for v in known if v in chosen) if field.multiple else chosen[0]


def _comb(field: Field, text: str) -> str:
    if field.format == "time":
        found = _CLOCK.fullmatch(text)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise ValueFaultError("A time of day is wanted: HHMM.")
        return f"{int(found[1]):02}{found[2]}"
    if field.format == "date":
        day = _DAY.fullmatch(text)
        digits = "".join(day.groups()) if day else ""
        try:
            datetime.strptime(digits, "%d%m%Y")  # noqa: DTZ007 - only whether it exists
        except ValueError:
            raise ValueFaultError("A date is wanted: DDMMYYYY.") from None
        return digits
    if field.format == "text":
        return text
    text = text.replace(",", ".").removesuffix(".")
    pattern = _NUMBER if field.format == "decimal" else _INTEGER
    if not pattern.fullmatch(text):
        raise ValueFaultError("A number is wanted." if field.format == "decimal" else "A whole number is wanted.")
    return text


def plausible(field: Field, value: Value) -> bool:
    """Tell whether a number lies within what the form calls plausible; what is no number is."""
    if field.kind != "comb" or not isinstance(value, str) or field.format in ("time", "date", "text"):
        return True
    if not _NUMBER.fullmatch(value):
        return False
    number = Decimal(value)
    low, high = field.minimum, field.maximum
    return not (low and number < Decimal(low)) and not (high and number > Decimal(high))


def doubtful(field: Field) -> bool:
    """Tell whether a person has to settle a field: the reader is unsure, or sure of what cannot be."""
    return field.enter and (field.state == "unsure" or (field.state == "sure" and not plausible(field, field.read)))


def shown(field: Field, value: Value) -> str:
    """Return a value as people read it: the words of marks, ``08:15``, ``24.11.2026``."""
    if value is None:
        return ""
    if field.kind == "mark":
        words = {c.value: c.label for c in field.choices}
        return ", ".join(words.get(v, v) for v in ((value,) if isinstance(value, str) else value))
    text = value if isinstance(value, str) else " ".join(value)
    if field.format == "time" and len(text) == 4:
        return f"{text[:2]}:{text[2:]}"
    if field.format == "date" and len(text) == 8:
        return f"{text[:2]}.{text[2:4]}.{text[4:]}"
    return text
