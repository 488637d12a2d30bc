"""The one gate through which all text of patient data passes.

Text keeps every visible character of the source. Control and format characters (Unicode Cc and Cf) are
taken out, because they can reorder or hide what is printed (``U+202E`` turns ``10`` into ``01``); line feed,
tab, the joiners that scripts need (ZWNJ, ZWJ) and the visible Arabic and Syriac number signs stay.
Identifiers are not cleaned but refused: a number with a hidden character is not the number that a
wristband shows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# Cc and Cf of Unicode 15 without \t \n, U+0600-0605, U+06DD, U+070F, U+0890-0891, U+08E2 (visible) and
# U+200C-200D (joiners). A test compares this with unicodedata.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
    "\U00013430-\U0001343f]"
)
_NEWLINES: Final = re.compile("\r\n?|[\x85\u2028\u2029\x0b\x0c]")
_SHORT: Final = 60
_SPACES: Final = re.compile(r"\s+")
_NOT_IN_IDENTIFIER: Final = re.compile(r"[\s\u200c\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]")


class UnusableError(ValueError):
    """A record cannot be used; the message says why, in words for the ward and without patient data."""


def clean(text: str | None, limit: int = 200_000) -> str:
    """Return ``text`` without hidden characters and outer white space; '' for None.

    Raises:
        UnusableError: if the text is longer than ``limit`` characters; it is never cut.
    """
    if not text:
        return ""
    if len(text) > limit:
        raise UnusableError(f"a text of {len(text):,} characters is longer than the limit of {limit:,}")
    if text.isascii() and text.isprintable():
        return text.strip()
    return _HIDDEN.sub("", _NEWLINES.sub("\n", text)).strip()


def line(text: str | None, limit: int = 200_000) -> str:
    """Return ``text`` cleaned and on one line: every run of white space becomes one space."""
    if not text:
        return ""
    return _short_line(text) if len(text) <= _SHORT else _SPACES.sub(" ", clean(text, limit))


@lru_cache(maxsize=16_384)
def _short_line(text: str) -> str:
    """Units, names of analytes and of drugs come by the hundred thousand: each is cleaned, and kept in memory, once."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", clean(text))


def identifier(text: str | None, limit: int = 128) -> str:
    """Return an identifier without outer spaces, or refuse it.

    Raises:
        UnusableError: if it is empty, too long, or holds a control, format or white-space character other than
            single inner spaces.
    """
    value = (text or "").strip(" ")
    if not value:
        raise UnusableError("an identifier is empty")
    if len(value) > limit:
        raise UnusableError(f"an identifier has {len(value):,} characters; the limit is {limit}")
    if value.isascii() and value.isprintable():
        return value
    if _HIDDEN.search(value) or _NOT_IN_IDENTIFIER.search(value.replace(" ", "")):
        raise UnusableError("an identifier holds a hidden or control character")
    return value
