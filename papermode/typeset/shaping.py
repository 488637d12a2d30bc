"""Strings to positioned glyphs.

Most strings of a packet are Latin, Greek or Cyrillic without combining marks: each character is one
glyph, and a table look-up is all there is to do. Everything else takes the long way of
:mod:`papermode.typeset.itemize`. Kerning and ligatures of choice are off on both ways, so that
widths add up and are the same on both.

A character that no font has is never left out: it becomes a run ``[U+XXXX]`` with ``boxed`` set, and
is listed in :attr:`Shaped.missing`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from papermode.typeset.bidi import LEFT_TO_RIGHT_CONTROLS, Base, isolate
from papermode.typeset.clusters import JOINERS
from papermode.typeset.fonts import Face, FontBook, default_book
from papermode.typeset.itemize import INVISIBLE, normalized, shape_any
from papermode.typeset.runs import GlyphRun, Shaped

__all__ = ["GlyphRun", "Shaped", "coverage", "face", "isolate", "on_font_change", "shape", "shape_with",
           "simple_advances", "use_font_dirs"]  # fmt: skip

_CACHE: Final = 1 << 16
"""Shaped strings kept: about 50 MB at most, more than the different strings of a ward."""

_BARE: Final = {ord(control): None for control in LEFT_TO_RIGHT_CONTROLS}

_SIMPLE_RANGES: Final = (
    (0x20, 0x2FF), (0x370, 0x3FF), (0x400, 0x482), (0x48A, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x27BF), (0xA720, 0xA7FF),
)  # fmt: skip
"""Blocks whose letters stand alone, left to right: Latin, Greek, Cyrillic, punctuation, signs."""


@cache
def _is_simple(character: str) -> bool:
    """Tell whether the character is one glyph wherever it stands in a left-to-right line."""
    return (
        any(low <= ord(character) <= high for low, high in _SIMPLE_RANGES)
        and unicodedata.category(character) not in ("Mn", "Mc", "Me", "Cc", "Cf", "Co", "Cn", "Zl", "Zp")
        and unicodedata.bidirectional(character) not in ("R", "AL", "AN")
        and unicodedata.normalize("NFC", character) == character
    )


class _Tables:
    """Glyph (four hex digits) and advance of every simple character of one face."""

    def __init__(self, face: Face, zero: bool) -> None:
        self.key = face.key
        self.hexes: dict[str, str] = {}
        self.advances: dict[str, float] = {}
        for character in filter(_is_simple, map(chr, face.unicodes)):
            gid = face.slashed_zero if zero and character == "0" else face.gid(character)
            self.hexes[character] = f"{gid:04X}"
            self.advances[character] = face.advance(gid)

    def run(self, text: str) -> GlyphRun:
        """Return the run of ``text``; raises KeyError for a character that is not simple."""
        digits = "".join(map(self.hexes.__getitem__, text))
        return GlyphRun(self.key, text, digits, sum(map(self.advances.__getitem__, text)))


class _Setter:
    """A book of fonts with its tables."""

    def __init__(self, book: FontBook) -> None:
        self.book = book
        self._tables: dict[tuple[str, bool, bool], _Tables] = {}

    def tables(self, family: str, bold: bool, zero: bool) -> _Tables:
        """Return the tables of a bundled family, made on first use."""
        key = (family, bold, zero)
        if key not in self._tables:
            self._tables[key] = _Tables(self.book.family(family, bold), zero)
        return self._tables[key]

    def shape(self, text: str, bold: bool, zero: bool, base: Base) -> Shaped:
        """Shape by table look-up if every character allows it, else the long way."""
        if base == "rtl":
            return shape_any(text, self.book, bold, zero, base)
        try:
            run = self.tables("sans", bold, zero).run(text)
        except KeyError:
            return self._nearly_simple(text, bold, zero) or shape_any(text, self.book, bold, zero, base)
        return Shaped(text, run.width, (run,), (), True)

    def _nearly_simple(self, text: str, bold: bool, zero: bool) -> Shaped | None:
        """Shape simple text with isolates or signs in it (``≤ 5 mg``); None if the text is more than that."""
        sans, signs = self.tables("sans", bold, zero), self.tables("symb", bold, zero)
        bare = text.translate(_BARE)
        if not all(c in sans.hexes or c in signs.hexes for c in bare):
            return None
        runs = tuple(
            (sans if ours else signs).run("".join(part)) for ours, part in groupby(bare, key=sans.hexes.__contains__)
        )
        plain = len(runs) == 1 and runs[0].face_key == sans.key
        return Shaped(text, sum(run.width for run in runs), runs, (), plain)


_setter = _Setter(default_book())
_clear_on_change: list[Callable[[], None]] = []


def use_font_dirs(extra_dirs: tuple[Path, ...]) -> None:
    """Let the site's font folders be asked after the bundled fonts, for all text set from now on."""
    global _setter
    _setter = _Setter(default_book(extra_dirs))
    for clear in _clear_on_change:
        clear()


def on_font_change(clear: Callable[[], None]) -> None:
    """Register a cache of widths or lines to be cleared when the fonts change."""
    _clear_on_change.append(clear)


def face(key: str) -> Face:
    """Return the face of a glyph run."""
    return _setter.book.face(key)


@lru_cache(maxsize=_CACHE)
def shape(text: str, bold: bool = False, zero: bool = False, base: Base = "auto") -> Shaped:
    """Return the glyphs of one line of text.

    Args:
        text: the line in logical order; line ends and tabs count as spaces.
        bold: set in the bold faces.
        zero: set zeros with a slash (identifiers).
        base: direction of the paragraph: by its first strong character, or given.
    """
    return _setter.shape(text, bold, zero, base)


on_font_change(shape.cache_clear)


def shape_with(book: FontBook, text: str, bold: bool = False, zero: bool = False, base: Base = "auto") -> Shaped:
    """Return the glyphs of one line of text in the fonts of ``book`` (see :func:`shape`), without a cache."""
    return _Setter(book).shape(text, bold, zero, base)


def simple_advances(bold: bool, zero: bool) -> dict[str, float]:
    """Return the advance (1/1000 em) of every character that is one glyph of Noto Sans, to measure with."""
    return _setter.tables("sans", bold, zero).advances


def coverage(text: str) -> tuple[str, ...]:
    """Return the characters of ``text`` that no font has, each once (for ``papermode doctor``)."""
    simple = simple_advances(False, False)
    ignored = INVISIBLE | JOINERS
    seen = dict.fromkeys(c for c in normalized(text) if c not in simple and c not in ignored)
    return tuple(character for character in seen if shape(character).missing)
