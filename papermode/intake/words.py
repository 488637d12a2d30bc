"""Codes and texts: how a CodeableConcept, a name or a reference is said, in the words of the source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from papermode.intake.resources import Annotation, Coding, Concept, HumanName, Reference, seq
from papermode.intake.text import clean, line
from papermode.model.snapshot import Name

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
_USE_ORDER: Final = {"official": 0, "usual": 1}


def say(concept: Concept | None) -> str:
    """Return a concept in words: its text, else a display, else the bare code; '' for none."""
    if concept is None:
        return ""
    if concept.text:
        text = line(concept.text)
        if text:
            return text
    for coding in seq(concept.coding):
        if coding.display:
            text = line(coding.display)
            if text:
                return text
    for coding in seq(concept.coding):
        if coding.code:
            return line(coding.code)
    return ""


def say_all(concepts: Iterable[Concept | None] | None, between: str = "; ") -> str:
    """Return several concepts in words."""
    return between.join(dict.fromkeys(text for text in map(say, concepts or ()) if text))


def codes(*concepts: Concept | None) -> set[str]:
    """Return all bare codes of concepts."""
    return {coding.code for concept in concepts if concept for coding in seq(concept.coding) if coding.code}


def code_of(concept: Concept | None, system: str) -> str:
    """Return the code of one system; '' if there is none."""
    for coding in seq(concept.coding) if concept else ():
        if coding.system == system and coding.code:
            return line(coding.code)
    return ""


def first_code(concept: Concept | None) -> str:
    """Return ``system|code`` of the first coding, or the bare code; '' for none."""
    for coding in seq(concept.coding) if concept else ():
        if coding.code:
            return line(f"{coding.system}|{coding.code}" if coding.system else coding.code)
    return ""


def everything(*concepts: Concept | None) -> str:
    """Return all texts and displays of concepts in lower case, to look for words in."""
    found: list[str] = []
    for concept in concepts:
        if concept:
            found.append(concept.text or "")
            found.extend(coding.display or "" for coding in seq(concept.coding))
    return " ".join(found).lower()


def is_coded(codings: Iterable[Coding | None] | None, *wanted: str) -> bool:
    """Whether one of the codings has one of the codes."""
    return any(coding.code in wanted for coding in codings or () if coding)


def notes(annotations: Iterable[Annotation | None] | None) -> list[str]:
    """Return the texts of annotations."""
    return [text for note in annotations or () if note and (text := clean(note.text))]


def names(humans: Iterable[HumanName | None] | None) -> tuple[Name, ...]:
    """Return names, the one to call a person by first (official, usual, the rest); old ones are last; empty ones go."""
    found: list[tuple[int, Name]] = []
    for human in humans or ():
        if human is None:
            continue
        name = Name(
            family=line(human.family),
            given=_parts(human.given),
            prefix=_parts(human.prefix),
            suffix=_parts(human.suffix),
            text=line(human.text),
            use=line(human.use),
        )
        if name.family or name.given or name.text:
            order = 9 if name.use in ("old", "maiden") else _USE_ORDER.get(name.use, 5)
            found.append((order, name))
    return tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))


def _parts(texts: Iterable[str | None] | None) -> tuple[str, ...]:
    return tuple(text for part in texts or () if (text := line(part)))


def full_name(name: Name) -> str:
    """Return a name on one line: as the source writes the whole of it, else prefix, given, family, suffix."""
    return name.text or " ".join((*name.prefix, *name.given, name.family, *name.suffix)).strip()


def index_name(name: Name) -> str:
    """Return a name as it is looked up: ``Family, Given``."""
    given = " ".join(name.given)
    return ", ".join(part for part in (name.family, given) if part) or name.text


def reference_words(reference: Reference | None) -> str:
    """Return a reference's display; '' for none."""
    return line(reference.display) if reference else ""


_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")


def squashed(text: str) -> str:
    """Return lower-case letters and digits only, to compare names of drugs."""
    return _NOT_WORD.sub(" ", text.lower()).strip()
