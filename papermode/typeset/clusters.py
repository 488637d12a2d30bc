"""User-perceived characters: what a line break or a change of font must never split.

Extended grapheme clusters (UAX #29, GB9, GB9a, GB9c, GB11, GB12) for what occurs in names and notes, tailored where
a split would be wrong on paper: a Thai or Lao vowel written before its consonant stays with it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

ZWNJ: Final = "\u200c"
ZWJ: Final = "\u200d"
JOINERS: Final = frozenset({ZWNJ, ZWJ, "\ufe0e", "\ufe0f"})
"""Characters without a glyph of their own that change their neighbours."""

_VOWEL_SIGNS: Final = frozenset("\u0e33\u0eb3")
"""Thai and Lao AM: letters by category, but written onto the consonant before (SpacingMark)."""
_LEADING: Final = frozenset(
    "\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"  # Thai and Lao vowels before their consonant
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"  # Arabic number signs (Prepend)
)
_VIRAMA: Final = 9
"""Canonical combining class of the sign that joins the next consonant of an Indic script."""


def _extends(character: str) -> bool:
    """Tell whether the character belongs to the one before it."""
    if character in JOINERS or character in _VOWEL_SIGNS:
        return True
    code = ord(character)
    if 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:  # skin tones, tag characters
        return True
    if 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FB:  # Hangul vowels and final consonants
        return True
    return unicodedata.category(character)[0] == "M"


def _is_flag(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _joined(cluster: str, character: str) -> bool:
    """Tell whether ``character`` continues ``cluster``."""
    if _extends(character):
        return True
    last = cluster[-1]
    if last == ZWJ or last in _LEADING:
        return True
    if _is_flag(character):
        return len(cluster) == 1 and _is_flag(last)
    if 0x1100 <= ord(last) <= 0x115F:  # a leading Hangul consonant takes what follows in its syllable
        return 0x1100 <= ord(character) <= 0x115F or 0xAC00 <= ord(character) <= 0xD7A3
    return unicodedata.combining(last) == _VIRAMA and unicodedata.category(character) == "Lo"


def clusters(text: str) -> list[str]:
    """Split ``text`` into clusters; ``"".join(clusters(text)) == text``."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for character in text:
        if found and found[-1] not in " \n" and _joined(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found
