"""Readings and reviewed pages as journal records, and back, exactly.

A record has the fields of the model under their own names, without those that have their default value. So a
record of an older papermode, which knew fewer fields, reads as if those it lacks had their default value.
"""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from papermode.errors import StoreError, TrustError
from papermode.model.answers import ReviewedPage
from papermode.model.reading import PageReading
from papermode.trust.claims import parse_locator

T = TypeVar("T")

_FLOAT: Final = "float"
"""JSON has no infinity, which is how far a page is off that shows no anchor at all: ``{"float": "inf"}``."""


def to_json(value: object) -> Any:
    """Return a value of the model as JSON types.

    Raises:
        TypeError: The value is of a type that the model does not have.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_FLOAT: repr(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        found = ((name, getattr(value, name), default) for name, default in _members(type(value)))
        return {name: to_json(v) for name, v, default in found if type(v) is not type(default) or v != default}
    raise TypeError(f"a journal holds no {type(value).__name__}")


@cache
def _members(kind: type) -> tuple[tuple[str, object], ...]:
    """Return the fields of a dataclass with their defaults (``MISSING`` where there is none)."""
    return tuple((field.name, field.default) for field in fields(kind))


def _whole_floats(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole_floats(v) for v in value]
    if isinstance(value, dict):
        if value.keys() == {_FLOAT}:
            return float(value[_FLOAT])
        return {k: _whole_floats(v) for k, v in value.items()}
    return value


def reading_from(record: object) -> PageReading:
    """Return the reading that :func:`to_json` made a record of.

    Raises:
        StoreError: E819, this is no reading, or one of a newer papermode.
    """
    return _from(record, PageReading)


def reviewed_from(record: object) -> ReviewedPage:
    """Return the reviewed page that :func:`to_json` made a record of.

    Times come back with their offset; of their time zone no more than that is kept.

    Raises:
        StoreError: E819, this is no reviewed page, or one of a newer papermode.
    """
    return _from(record, ReviewedPage)


def _from(record: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(_whole_floats(record), kind)
    except (msgspec.ValidationError, ValueError, TypeError):
        # What msgspec says quotes the path, and may quote the value; a message names no patient.
        raise unknown_record(kind.__name__) from None


def unknown_record(kind: str) -> StoreError:
    """Return the fault of a record that this papermode cannot read."""
    return StoreError(
        "E819",
        place=f"journal, record {kind}",
        fault="is not understood: a newer papermode wrote it.",
        cure="Use that version, or a newer one.",
    )


def as_text(name: str) -> str:
    """Return a file's name with ``?`` for bytes that are no UTF-8 (PEP 383): SQLite takes text only."""
    return name.encode("utf-8", "replace").decode()


def place_of(reading: PageReading) -> tuple[str, int] | None:
    """Return (packet, serial of the page in it) by the claim or else the locator, or ``None``."""
    if reading.claim is not None:
        return reading.claim.packet, reading.claim.page
    if reading.locator_text:
        try:
            locator = parse_locator(reading.locator_text)
        except TrustError:
            return None
        return locator.packet, locator.page
    return None
