"""Insulin sliding scales.

FHIR has no element for a scale. Two ways of writing one are understood, both common in exports:

1. several ``dosageInstruction`` elements, each with its dose, whose ``additionalInstruction`` (or text) names the
   glucose range: ``"glucose 150-199 mg/dL"``;
2. one ``dosageInstruction.text`` with the whole scale: ``"150-199: 2 units; 200-249: 4 units; 250 or more: 6 units"``.

A scale is taken only if every step of it is understood; otherwise there is none, and the words of the source, which
are always kept whole in ``Medication.instructions``, stand alone. ``ScaleStep.low`` and ``high`` are digits of the
source; the glucose unit, where given, stands with the last number (``150`` – ``199 mg/dL``). '' means: open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from papermode.intake import amounts
from papermode.intake.dosage import doses
from papermode.intake.resources import seq
from papermode.intake.resources_drugs import Dosage
from papermode.intake.text import line
from papermode.intake.words import say
from papermode.model.snapshot import ScaleStep

_NUMBER: Final = r"(\d{1,4}(?:\.\d{1,2})?)"
_UNIT: Final = r"\s*(mg/dL|mmol/L)?"
_BETWEEN: Final = re.compile(rf"{_NUMBER}{_UNIT}\s*(?:-|–|—|to)\s*{_NUMBER}{_UNIT}", re.IGNORECASE)
_ABOVE: Final = re.compile(
    rf"(?:>=|≥|>|above|over|from|more than|greater than)\s*{_NUMBER}{_UNIT}"
    rf"|{_NUMBER}{_UNIT}\s*(?:or (?:more|above|higher)|and (?:above|over)|\+)",
    re.IGNORECASE,
)
_BELOW: Final = re.compile(rf"(?:<=|≤|<|below|under|less than)\s*{_NUMBER}{_UNIT}", re.IGNORECASE)
_DOSE: Final = re.compile(
    r"[:=]?\s*(?:give\s+)?(\d{1,3}(?:\.\d{1,2})?)\s*(units?|u|iu)\.?(?:\s+(?:sc|subcut\w*))?", re.IGNORECASE
)
_STEPS: Final = re.compile(r"[;\n]|,(?=\s)")
_LEAD: Final = re.compile(r"^.*?\bscale\b[^:]*:", re.IGNORECASE | re.DOTALL)


def steps(dosages: list[Dosage]) -> tuple[ScaleStep, ...]:
    """Return the scale of an order; empty if there is none that is understood whole."""
    if len(dosages) > 1:
        found = [_from_dosage(dosage) for dosage in dosages]
        several = [step for step in found if step is not None]
        return tuple(several) if len(several) >= 2 and _is_scale(found) else ()
    return _from_text(line(dosages[0].text, limit=20_000)) if dosages else ()


def _is_scale(found: list[ScaleStep | None]) -> bool:
    return all(step is not None for step in found)


def _from_dosage(dosage: Dosage) -> ScaleStep | None:
    given = doses(dosage)
    if len(given) != 1:
        return None
    texts: Iterable[str] = [*(say(item) for item in seq(dosage.additional_instruction)), line(dosage.text)]
    for text in texts:
        limits = _limits(text)
        if limits is not None:
            return ScaleStep(low=limits[0], high=limits[1], dose=given[0])
    return None


def _from_text(text: str) -> tuple[ScaleStep, ...]:
    found: list[ScaleStep] = []
    pieces = [piece.strip() for piece in _STEPS.split(_LEAD.sub("", text)) if piece.strip(" .")]
    for piece in pieces:
        step = _from_piece(piece)
        if step is None:
            return ()
        found.append(step)
    return tuple(found) if len(found) >= 2 else ()


def _from_piece(piece: str) -> ScaleStep | None:
    """Read ``150-199: 2 units``: a range, then a dose, and nothing else."""
    match = _BETWEEN.search(piece) or _ABOVE.search(piece) or _BELOW.search(piece)
    limits = _limits(piece)
    if match is None or limits is None or piece[: match.start()].strip(" :").lower() not in ("", "glucose", "bg", "if"):
        return None
    given = _DOSE.fullmatch(piece[match.end() :].strip(" .").removeprefix("mg/dL").removeprefix("mmol/L").strip())
    if given is None:
        return None
    return ScaleStep(limits[0], limits[1], f"{amounts.safe_number(given[1])} units")


def _limits(text: str) -> tuple[str, str] | None:
    """Return the lower and upper glucose of a step; '' is an open end."""
    between = _BETWEEN.search(text)
    if between is not None:
        low, high, unit = between[1], between[3], between[4] or between[2] or ""
        return (low, f"{high} {unit}".strip()) if Decimal(low) <= Decimal(high) else None
    above = _ABOVE.search(text)
    if above is not None:
        return f"{above[1] or above[3]} {above[2] or above[4] or ''}".strip(), ""
    below = _BELOW.search(text)
    if below is not None:
        return "", f"{below[1]} {below[2] or ''}".strip()
    return None
