"""FHIR dates and times (``hl7.org/fhir/R4/datatypes.html#dateTime``)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from papermode.intake.text import UnusableError
from papermode.model.snapshot import When

_SHAPE: Final = re.compile(
    r"\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?"
)
_DATE: Final = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def instant(text: str | None) -> datetime | None:
    """Return the instant that ``text`` names, or None where it has no time of day or no offset, or is no time."""
    if not text or len(text) < 16:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
        except ValueError:
            return None
    if moment.tzinfo is None or not 1900 <= moment.year <= 9000:
        return None
    return moment


def when(text: str | None) -> When | None:
    """Return a FHIR dateTime as written with its instant; None where there is none.

    Raises:
        UnusableError: if the text is not a FHIR dateTime.
    """
    if not text:
        return None
    value = text.strip()
    if not _SHAPE.fullmatch(value):
        raise UnusableError("a date or time is not written as FHIR asks (YYYY-MM-DDThh:mm:ss+zz:zz)")
    moment = instant(value)
    if moment is None and len(value) >= 16 and (value.endswith("Z") or value[-6] in "+-"):
        raise UnusableError("a date or time does not exist")
    return When(text=value, at=moment)


def date(text: str | None) -> str:
    """Return a FHIR date (YYYY, YYYY-MM or YYYY-MM-DD) as written; '' for None.

    Raises:
        UnusableError: if it is no date of the calendar.
    """
    if not text:
        return ""
    value = text.strip()
    if not _DATE.fullmatch(value):
        raise UnusableError("a birth date is not written as YYYY-MM-DD")
    if len(value) == 10:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise UnusableError("a birth date does not exist in the calendar") from None
    return value


def at(moment: datetime) -> When:
    """Return ``moment`` as a :class:`When` with whole minutes as ISO text."""
    fixed = fixed_offset(moment)
    return When(text=fixed.isoformat(timespec="minutes"), at=fixed)


def fixed_offset(moment: datetime) -> datetime:
    """Return the same instant and wall time with a plain offset instead of a time zone with rules."""
    offset = moment.utcoffset() or timedelta()
    return moment.replace(tzinfo=UTC if not offset else timezone(offset), fold=0)


def newest(moment: When | None) -> tuple[float, str]:
    """Return a sort key: use with ``reverse=True`` for newest first; records without a time come last."""
    if moment is None:
        return (float("-inf"), "")
    if moment.at is not None:
        return (moment.at.timestamp(), moment.text)
    return (_rough(moment.text), moment.text)


def _rough(text: str) -> float:
    """Seconds since 1970 of a date without time or offset (the start of the period), for sorting only."""
    parts = (text + "-01-01")[:10] if len(text) < 10 else text[:10]
    try:
        return datetime.fromisoformat(parts).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return float("-inf")
