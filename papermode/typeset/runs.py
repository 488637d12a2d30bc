"""What shaping returns: runs of glyphs, ready to be shown by a PDF font with Identity-H.

Named tuples rather than frozen dataclasses: they are made for each new string of a packet, and a
named tuple is made in a third of the time.
"""

from __future__ import annotations

import sys
from array import array
from typing import NamedTuple


class GlyphRun(NamedTuple):
    """Glyphs of one face that are drawn from left to right, one after the other."""

    face_key: str
    text: str
    """What the run says, in logical order (for ActualText)."""
    hex: str
    """Glyph ids in visual order, four upper-case hexadecimal digits each: the operand of ``Tj`` with Identity-H."""
    width: float
    """Sum of the advances, 1/1000 em."""
    positions: tuple[tuple[float, float, float], ...] = ()
    """(x advance, x offset, y offset up) per glyph in 1/1000 em; empty where every glyph stands on the baseline and
    advances by its own width, so that ``hex`` can be shown as it is."""
    unicode: tuple[tuple[int, str], ...] | None = None
    """(glyph id, text) where one glyph stands for a known text; None in a run of simple characters, where the n-th
    glyph is the n-th character of ``text``."""
    boxed: bool = False
    """A stand-in for a character without a glyph: to be printed with a frame around it."""

    @property
    def gids(self) -> tuple[int, ...]:
        """The glyph ids in visual order."""
        numbers = array("H", bytes.fromhex(self.hex))
        if sys.byteorder == "little":
            numbers.byteswap()
        return tuple(numbers)

    @property
    def gidset(self) -> frozenset[int]:
        """The different glyph ids, as :meth:`papermode.typeset.fonts.Face.subset` takes them."""
        return frozenset(self.gids)

    def to_unicode(self) -> dict[int, str]:
        """Return what each glyph stands for, as far as one glyph stands for a text (ISO 32000-2, 9.10.3)."""
        if self.unicode is None:
            return dict(zip(self.gids, self.text, strict=True))
        return dict(self.unicode)


class Shaped(NamedTuple):
    """A string ready to be drawn: runs from left to right, whatever the direction of its script."""

    text: str
    width: float
    """1/1000 em: the width at size s points is ``width * s / 1000`` points."""
    runs: tuple[GlyphRun, ...]
    missing: tuple[str, ...] = ()
    """Characters that no font has, each once, in order."""
    plain: bool = False
    """One run of Noto Sans without adjustments: ``runs[0].hex`` is all there is to show."""
