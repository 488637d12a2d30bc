"""JSON that keeps decimals as they were written: 72.50 stays 72.50 (FHIR R4, 2.24.0.1 decimal)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

Json = dict[str, Any]
"""A FHIR resource or element. Numbers are ``int`` or ``Decimal``, never ``float``."""

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def dumps(value: Json) -> bytes:
    """Return ``value`` as compact UTF-8 JSON, keys in the order given.

    Raises:
        TypeError: a ``float`` is in it. It would have lost how the number was written.
    """
    _refuse_floats(value)
    return _ENCODER.encode(value)


def loads(data: bytes | str) -> Json:
    """Return a JSON object, its numbers with a decimal point as ``Decimal``."""
    found = json.loads(data, parse_float=Decimal)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no place in a bundle: use Decimal")
    if isinstance(value, dict):
        for entry in value.values():
            _refuse_floats(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            _refuse_floats(entry)
