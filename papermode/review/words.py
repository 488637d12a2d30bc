"""The words of the page, in English and French. English is the key; what has no French is shown in English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from papermode.review.words_fr import FRENCH, PATTERNS

LANGUAGES: Final = {"en": "English", "fr": "Français"}
_CODES: Final = {
    "image-only": "image only",
    "needs-nurse": "needs a nurse",
    "not-ours": "not ours",
    "blank": "empty",
}
"""What decisions are called, where their own names are no words."""


def words(language: str) -> Callable[..., str]:
    """Return the function that says an English text in a language."""

    def say(text: str, **names: str) -> str:
        english = _CODES.get(text, text)
        found = _french(english) if language == "fr" else english
        return found.format(**names) if names else found

    return say


def _french(text: str) -> str:
    if text in FRENCH:
        return FRENCH[text]
    for pattern, french in PATTERNS:
        # What the reader says with a number in it.
        if match := pattern.fullmatch(text):
            return match.expand(french)
    return text


def usable(language: str) -> str:
    """Return the language to show for one that is asked for, such as ``fr-CA``."""
    short = language.split("-")[0].lower()
    return short if short in LANGUAGES else "en"


def preferred(accept: str, default: str) -> str:
    """Return the first language of an ``Accept-Language`` header that there is, else the site's."""
    for part in accept.split(","):
        short = part.split(";")[0].strip().split("-")[0].lower()
        if short in LANGUAGES:
            return short
    return usable(default)
