"""Sentences about a patient: code status, flags (isolation among them), diet, consents."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from papermode.intake.people import People
from papermode.intake.resources import Observation, seq
from papermode.intake.resources_more import Consent, Flag, NutritionOrder, ServiceRequest
from papermode.intake.text import UnusableError, clean, line
from papermode.intake.times import instant, when
from papermode.intake.words import codes, everything, first_code, notes, reference_words, say, say_all
from papermode.model.snapshot import Statement

_RESUSCITATION: Final = re.compile(
    r"\bdn(?:r|ar|acpr|i)\b|\bresuscitat|\bcode status\b|\bfull code\b|\ballow natural death\b|\bpolst\b|\bmolst\b"
    r"|\brespect form\b"
    r"|\bcomfort (?:care|measures) only\b|\btreatment limit"
)
_RESUSCITATION_CODES: Final = frozenset({"304251008", "304252001", "304253006", "dnr", "DNR", "polst", "acd", "adr"})
"""SNOMED CT resuscitation status, for and not for resuscitation; Consent categories of advance directives."""
_ISOLATION: Final = re.compile(
    r"\bisolat|\b(?:contact|droplet|airborne|enteric|strict|protective|neutropenic|respiratory)\s+(?:\w+\s+)?precaution"
    r"|\bbarrier nursing\b"
)
_ISOLATION_CODES: Final = frozenset({"isolation", "infection-control", "infection", "40174006", "170495009"})
_ACTIVE_ORDER: Final = frozenset({"active", "on-hold"})


def observed_code_status(source: Observation) -> Statement:
    """Return a code status that is written as an Observation.

    Raises:
        UnusableError: if it has no value.
    """
    text = say(source.value_codeable_concept) or line(source.value_string)
    if not text:
        raise UnusableError("a code status without a value")
    period = source.effective_period
    moment = (
        source.effective_date_time or source.effective_instant or (period.start if period else None) or source.issued
    )
    return Statement(source.id or "", text, first_code(source.value_codeable_concept), "code-status", when(moment))


def is_current(source: Flag, as_of: datetime) -> bool:
    """Whether a flag is active at the data time."""
    end = instant(source.period.end) if source.period else None
    return source.status == "active" and (end is None or end > as_of)


def flag(source: Flag, people: People) -> Statement:
    """Return a flag; its category is ``isolation``, ``code-status`` or what the source has.

    Raises:
        UnusableError: if it says nothing.
    """
    text = say(source.code)
    if not text:
        raise UnusableError("a flag that says nothing")
    categories = seq(source.category)
    words, found = everything(source.code, *categories), codes(source.code, *categories)
    if found & _ISOLATION_CODES or _ISOLATION.search(words):
        category = "isolation"
    elif found & _RESUSCITATION_CODES or _RESUSCITATION.search(words):
        category = "code-status"
    else:
        category = say_all(categories)
    moment = when(source.period.start if source.period else None)
    return Statement(source.id or "", text, first_code(source.code), category, moment, people.name_of(source.author))


def consent(source: Consent) -> Statement:
    """Return a consent; an advance directive has category ``code-status``.

    Raises:
        UnusableError: if it does not say to what.
    """
    provision = source.provision
    said = say_all(provision.code if provision else None)
    kind = say_all(source.category)
    text = ": ".join(part for part in (kind, said) if part) or say(source.scope)
    if not text:
        raise UnusableError("a consent that does not say to what")
    if provision and provision.type == "deny":
        text = f"{text} (refused)"
    concepts = [*seq(source.category), source.scope, *seq(provision.code if provision else None)]
    is_status = bool(codes(*concepts) & _RESUSCITATION_CODES or _RESUSCITATION.search(everything(*concepts)))
    code = next((code for concept in concepts if (code := first_code(concept))), "")
    return Statement(source.id or "", text, code, "code-status" if is_status else "", when(source.date_time))


def is_code_status(source: ServiceRequest) -> bool:
    """Whether an order sets the code status."""
    return bool(codes(source.code) & _RESUSCITATION_CODES or _RESUSCITATION.search(everything(source.code)))


def is_diet(source: ServiceRequest) -> bool:
    """Whether an order is about food: category diet, or nil by mouth."""
    words = everything(source.code)
    category = everything(*seq(source.category))
    return "diet" in category or bool(re.search(r"\bnpo\b|\bnil by mouth\b|\bnothing by mouth\b|\bnil per os\b", words))


def ordered(source: ServiceRequest, category: str, people: People) -> Statement:
    """Return an order as a statement (a code status or a diet).

    Raises:
        UnusableError: if it does not say what.
    """
    text = "; ".join(filter(None, (say(source.code), *notes(source.note))))
    if not text:
        raise UnusableError("an order that does not say what")
    moment = when(source.authored_on or source.occurrence_date_time)
    return Statement(source.id or "", text, first_code(source.code), category, moment, people.name_of(source.requester))


def diet(source: NutritionOrder) -> Statement | None:
    """Return an active diet in the words of the source, with what is left out of it; None for one that is not active.

    Raises:
        UnusableError: if it says nothing.
    """
    if source.status not in _ACTIVE_ORDER:
        return None
    parts: list[str] = []
    if source.oral_diet:
        parts += [
            say_all(source.oral_diet.type),
            say_all(source.oral_diet.fluid_consistency_type),
            clean(source.oral_diet.instruction),
        ]
    for extra in seq(source.supplement):
        parts.append(" ".join(filter(None, (say(extra.type) or line(extra.product_name), clean(extra.instruction)))))
    formula = source.enteral_formula
    if formula:
        parts += [
            say(formula.base_formula_type),
            line(formula.base_formula_product_name),
            clean(formula.administration_instruction),
        ]
    without, wishes = say_all(source.exclude_food_modifier, ", "), say_all(source.food_preference_modifier, ", ")
    parts += [f"no: {without}" if without else "", f"preference: {wishes}" if wishes else "", *notes(source.note)]
    text = "; ".join(dict.fromkeys(part for part in parts if part))
    if not text:
        raise UnusableError("a diet that says nothing")
    if source.status == "on-hold":
        text = f"ON HOLD: {text}"
    return Statement(source.id or "", text, "", "diet", when(source.date_time), reference_words(source.orderer))
