"""FHIR AllergyIntolerance -> allergies, and what is known about them.

Three states print differently (reference fhir.md 3.1): a list, 'no known allergies' where the source says so, and
'not recorded'. A statement of no known allergy counts whatever its clinical status (exports carry it as resolved);
one that is refuted or entered in error does not.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from papermode.intake.resources import AllergyIntolerance, Concept, seq
from papermode.intake.text import UnusableError, line
from papermode.intake.words import codes, everything, notes, say
from papermode.model.snapshot import Allergy, AllergyKnowledge

_NONE_KNOWN: Final = frozenset(
    {"716186003", "409137002", "428607008", "429625007", "428197003", "716184000", "716220001", "no-known-allergies"}
)
"""SNOMED CT: no known allergy; of drug, environment, food, insect, latex, animal."""
_NOT_ASKED: Final = frozenset(
    {"1631000175102", "unknown", "asked-unknown", "not-asked", "notasked", "nil-known-unknown"}
)
_NONE_WORDS: Final = re.compile(r"\bno known\b.*\ballerg|\bno allergies\b|^nk(?:d?a|fa)$|^nil known$|\bno known drug\b")
_UNKNOWN_WORDS: Final = re.compile(
    r"\ballerg\w*\b.*\b(?:not (?:on file|recorded|asked|known|assessed)|unknown)\b"
    r"|^unknown$|^not (?:asked|on file|recorded)$|^unable to (?:assess|obtain)\b"
)
_VOID: Final = frozenset({"refuted", "entered-in-error"})


class Known(NamedTuple):
    """What one record says."""

    allergy: Allergy | None
    none_known: str = ""
    """The words of a statement that there is no known allergy."""


def read(source: AllergyIntolerance) -> Known:
    """Return what a record says; nothing for a void one or one that says that nobody asked.

    Raises:
        UnusableError: if it does not say to what the patient is allergic.
    """
    if codes(source.verification_status) & _VOID:
        return Known(None)
    name = say(source.code)
    words = everything(source.code).strip()
    found = codes(source.code)
    if found & _NONE_KNOWN or _NONE_WORDS.search(words):
        return Known(None, name)
    if found & _NOT_ASKED or _UNKNOWN_WORDS.search(words):
        return Known(None)
    if not name:
        raise UnusableError("it does not say to what the patient is allergic")
    reactions: list[str] = []
    severities: list[str] = []
    for reaction in seq(source.reaction):
        for text in [say(item) for item in seq(reaction.manifestation)] or [line(reaction.description)]:
            if text and text not in reactions:
                reactions.append(text)
        severities.append(line(reaction.severity))
    worst = next((grade for grade in ("severe", "moderate", "mild") if grade in severities), "")
    return Known(
        Allergy(
            id=source.id or "",
            substance=name,
            reactions=tuple(reactions),
            severity=worst,
            criticality=line(source.criticality),
            kind=line(source.type),
            status=_code(source.clinical_status),
            verification=_code(source.verification_status),
            note="; ".join(notes(source.note)),
        )
    )


def _code(concept: Concept | None) -> str:
    found = sorted(codes(concept))
    return line(found[0]) if found else ""


def knowledge(known: list[Known]) -> AllergyKnowledge:
    """Return how much is known: a listed allergy outranks 'none known'; nothing at all is 'not recorded'."""
    if any(item.allergy for item in known):
        return "listed"
    return "none-known" if any(item.none_known for item in known) else "not-recorded"
