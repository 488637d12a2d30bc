"""The long way from a string to glyphs: clusters, a font for each, visual order, HarfBuzz.

The steps are those of every text engine: canonical composition (UAX #15), embedding levels (UAX #9),
font runs that never split a cluster, reordering of whole runs (UAX #9, L2), shaping of each run in
logical order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import uharfbuzz as hb

from papermode.typeset.bidi import CONTROLS, Base, levels, needs_levels, reorder
from papermode.typeset.clusters import JOINERS, clusters
from papermode.typeset.fonts import Face, FontBook
from papermode.typeset.runs import GlyphRun, Shaped

_SPACES: Final = str.maketrans(dict.fromkeys("\t\n\v\f\r\x85\u2028\u2029", " "))
INVISIBLE: Final = CONTROLS | frozenset("\u00ad\u200b\u2060\ufeff\u034f\u180e")
"""Dropped before shaping: bidi controls, and characters that only steer line breaks or collation."""

FEATURES: Final = {"kern": False, "liga": False, "clig": False, "dlig": False}
_LANGUAGE: Final = "und"
"""Given, because HarfBuzz would otherwise take the language of the process's locale."""


@dataclass(slots=True)
class _Item:
    """A stretch of text of one face and one level."""

    face: Face
    level: int
    text: str
    boxed: bool = False


def normalized(text: str) -> str:
    """Return the text in NFC, with line ends and tabs as spaces: what is really set."""
    return unicodedata.normalize("NFC", text).translate(_SPACES)


def shape_any(text: str, book: FontBook, bold: bool, zero: bool, base: Base) -> Shaped:
    """Shape any string (arguments as in :func:`papermode.typeset.shaping.shape`)."""
    set_text = normalized(text)
    at = _levels(set_text, base)
    items: list[_Item] = []
    missing: dict[str, None] = {}
    for cluster, level in _visible_clusters(set_text, at):
        previous = items[-1].face if items and not items[-1].boxed else None
        for part, face in _faces(cluster, book, bold, previous):
            if face is None:
                missing[part] = None
                items.append(_Item(book.family("sans", bold), level, f"[U+{ord(part):04X}]", boxed=True))
            elif items and items[-1].face is face and items[-1].level == level and not items[-1].boxed:
                items[-1].text += part
            else:
                items.append(_Item(face, level, part))
    runs = tuple(_shape_item(item, zero) for item in reorder(items, [i.level for i in items]))
    return Shaped(text, sum(run.width for run in runs), runs, tuple(missing))


def _levels(text: str, base: Base) -> list[int]:
    if base != "rtl" and not needs_levels(text):
        return [0] * len(text)
    paragraph, found = levels(text, base)
    return [paragraph if level is None else level for level in found]


def _visible_clusters(text: str, at: list[int]) -> Iterator[tuple[str, int]]:
    """Yield the clusters that are drawn, each with the level of its first character."""
    kept = [(c, level) for c, level in zip(text, at, strict=True) if c not in INVISIBLE]
    position = 0
    for cluster in clusters("".join(c for c, _ in kept)):
        yield cluster, kept[position][1]
        position += len(cluster)


def _faces(cluster: str, book: FontBook, bold: bool, previous: Face | None) -> Iterator[tuple[str, Face | None]]:
    """Yield the cluster with its face, or its characters one by one where no font has them all."""
    # Spaces and punctuation stay with the word before. Digits do not: they are to look alike everywhere.
    if previous and unicodedata.category(cluster[0])[0] in "PZ" and all(ord(c) in previous.unicodes for c in cluster):
        yield cluster, previous
        return
    face = _face_for(cluster, book, bold)
    if face or len(cluster) == 1:
        if face or cluster not in JOINERS:
            yield cluster, face
        return
    for character in cluster:
        if character not in JOINERS:
            yield character, _face_for(character, book, bold)


def _face_for(cluster: str, book: FontBook, bold: bool) -> Face | None:
    """Return a face for the cluster as it is, or as HarfBuzz may decompose it."""
    needed = "".join(c for c in cluster if c not in JOINERS)
    if not needed or any(unicodedata.category(c) == "Cc" for c in needed):
        return None
    return book.face_for(needed, bold) or book.face_for(unicodedata.normalize("NFD", needed), bold)


def _shape_item(item: _Item, zero: bool) -> GlyphRun:
    """Shape one item; offsets are kept only where a glyph does not stand at its natural place."""
    buffer = hb.Buffer()
    buffer.add_str(item.text)
    buffer.guess_segment_properties()
    buffer.language = _LANGUAGE
    rtl = bool(item.level & 1) and not item.boxed
    buffer.direction = "rtl" if rtl else "ltr"
    hb.shape(item.face.hb_font, buffer, {**FEATURES, "zero": True} if zero else FEATURES)
    infos, placed = buffer.glyph_infos, buffer.glyph_positions
    gids = [info.codepoint for info in infos]
    scale = item.face.scale
    natural = all(
        p.x_offset == 0 and p.y_offset == 0 and p.x_advance == item.face.units(gid)
        for gid, p in zip(gids, placed, strict=True)
    )
    positions = () if natural else tuple((p.x_advance * scale, p.x_offset * scale, p.y_offset * scale) for p in placed)
    return GlyphRun(
        item.face.key,
        item.text,
        "".join([f"{gid:04X}" for gid in gids]),
        sum(p.x_advance for p in placed) * scale,
        positions,
        _unicode(item.text, gids, [info.cluster for info in infos]),
        item.boxed,
    )


def _unicode(text: str, gids: list[int], starts: list[int]) -> tuple[tuple[int, str], ...]:
    """Return (glyph, text) for each glyph that is alone in its HarfBuzz cluster."""
    bounds = sorted({*starts, len(text)})
    until = dict(pairwise(bounds))
    found: dict[int, str] = {}
    for gid, start in zip(gids, starts, strict=True):
        if starts.count(start) == 1:
            found.setdefault(gid, text[start : until[start]])
    return tuple(found.items())
