"""The order of patients: ward, bed, name; patients without a place last."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from papermode.intake.words import index_name
from papermode.model.snapshot import PatientRecord

_DIGITS: Final = re.compile(r"(\d+)")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which bed 2 comes before bed 10."""
    pieces = _DIGITS.split(text.casefold())
    return tuple(
        (0, int(piece), "") if piece.isdecimal() and piece.isascii() else (1, 0, piece) for piece in pieces if piece
    )


def place_in_order(record: PatientRecord) -> tuple[object, ...]:
    """Return a patient's sort key."""
    stay, who = record.stay, record.patient
    name = index_name(who.names[0]) if who.names else ""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return (not stay.ward, natural(stay.ward), not stay.bed, natural(stay.bed), plain, natural(who.mrn), who.id)
