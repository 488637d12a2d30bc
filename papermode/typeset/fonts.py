"""Faces and the order in which they are tried: bundled Noto fonts first, the system's fonts last.

A *face* is one font file at one weight. Its short key (``sans-R``, ``arab-B``, ``sys-NotoSansCJKsc-Regular``)
is what glyph runs carry. All metrics are in 1/1000 em, the glyph space of PDF (ISO 32000-2, 9.2.4).
"""

from __future__ import annotations

import sys
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Set
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import uharfbuzz as hb

from papermode.errors import ConfigError
from papermode.typeset import cff

BUNDLED: Final = Path(__file__).parent / "fonts"
CHAIN: Final = ("sans", "symb", "arab", "hebr", "deva", "thai")
"""Bundled families in the order in which they are asked for a character."""

_SCRIPT_FIRST: Final = (
    (0x0590, 0x05FF, "hebr"), (0x0600, 0x06FF, "arab"), (0x0750, 0x077F, "arab"), (0x08A0, 0x08FF, "arab"),
    (0x0900, 0x097F, "deva"), (0x0E00, 0x0E7F, "thai"), (0x1CD0, 0x1CFF, "deva"), (0xA8E0, 0xA8FF, "deva"),
    (0xFB1D, 0xFB4F, "hebr"), (0xFB50, 0xFDFF, "arab"), (0xFE70, 0xFEFF, "arab"),
)  # fmt: skip
"""Code blocks whose own font is asked first: only it has the rules to join and stack their letters."""

SYSTEM_DIRS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
_SYSTEM_PREFERRED: Final = (
    "NotoSansCJK-Regular", "NotoSansCJKsc-Regular", "NotoSansSC-Regular", "NotoSansKR-Regular", "NotoSansJP-Regular",
    "NotoSansTC-Regular", "SourceHanSans-Regular", "DroidSansFallbackFull", "DroidSansFallback", "wqy-microhei",
    "wqy-zenhei",
)  # fmt: skip
_SYSTEM_LATER: Final = ("NotoSans*-Regular", "NotoSerif*-Regular", "NotoEmoji-Regular", "DejaVuSans", "FreeSans")
_SUFFIXES: Final = (".ttf", ".ttc", ".otf", ".otc")

_KEPT_TABLES: Final = frozenset(int.from_bytes(tag) for tag in (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"))
"""What the program of a CIDFontType2 without hinting holds (ISO 32000-2, 9.9.1), as HarfBuzz tags."""

_SUBSETS_KEPT: Final = 64


class Face:
    """One font file at one weight, read on first use.

    Args:
        key: the short stable name that glyph runs carry.
        path: the file (TrueType, OpenType, or a collection).
        index: the font's number in a collection.
    """

    def __init__(self, key: str, path: Path, index: int = 0) -> None:
        self.key = key
        self.path = path
        self.index = index
        self._cached_subset = lru_cache(_SUBSETS_KEPT)(self._subset)

    def __repr__(self) -> str:
        return f"Face({self.key!r}, {str(self.path)!r}, {self.index})"

    @cached_property
    def hb_face(self) -> hb.Face:
        """The HarfBuzz face, on the mapped file."""
        return hb.Face(hb.Blob.from_file_path(str(self.path)), self.index)

    @cached_property
    def hb_font(self) -> hb.Font:
        """The HarfBuzz font at a scale of one unit per font unit."""
        return hb.Font(self.hb_face)

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        return self.path.read_bytes()

    @cached_property
    def upem(self) -> int:
        """Font units per em."""
        return int(self.hb_face.upem)

    @cached_property
    def scale(self) -> float:
        """Factor from font units to 1/1000 em."""
        return 1000 / self.upem

    def _metric(self, units: int) -> int:
        return round(units * 1000 / self.upem)

    @cached_property
    def _hhea(self) -> array[int]:
        return _shorts(self._table("hhea"))

    @property
    def ascent(self) -> int:
        """Height of the line above the baseline (``hhea``)."""
        return self._metric(_signed(self._hhea[2]))

    @property
    def descent(self) -> int:
        """Depth of the line below the baseline, negative (``hhea``)."""
        return self._metric(_signed(self._hhea[3]))

    @property
    def capheight(self) -> int:
        """Height of a flat capital (``OS/2`` version 2 and later), else of 70 % of the ascent."""
        os2 = _shorts(self._table("OS/2"))
        if len(os2) > 44 and os2[0] >= 2 and os2[44]:
            return self._metric(_signed(os2[44]))
        return round(self.ascent * 0.7)

    @property
    def bbox(self) -> tuple[int, int, int, int]:
        """The box that holds every glyph: left, bottom, right, top (``head``)."""
        head = _shorts(self._table("head"))
        left, bottom, right, top = (self._metric(_signed(v)) for v in head[18:22])
        return left, bottom, right, top

    @cached_property
    def postscript_name(self) -> str:
        """The PostScript name without characters that a PDF name would have to escape."""
        name = str(self.hb_face.get_name(6) or self.key)
        return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-_")) or self.key

    @cached_property
    def is_cff(self) -> bool:
        """Whether the outlines are cubic (CFF), so that a subset has to be converted."""
        return not len(self._table("glyf")) and (len(self._table("CFF ")) > 0 or len(self._table("CFF2")) > 0)

    @cached_property
    def usable(self) -> bool:
        """Whether the file is a font whose outlines can be embedded (not a bitmap or colour-only font)."""
        return bool(len(self._table("glyf"))) or self.is_cff

    def _table(self, tag: str) -> bytes:
        return bytes(self.hb_face.reference_table(tag).data)

    @cached_property
    def unicodes(self) -> hb.Set:
        """Every code point that the font maps to a glyph."""
        return self.hb_face.unicodes

    def shows(self, code: int) -> bool:
        """Tell whether the font has more than an empty glyph for the code point (some system fonts map to blanks)."""
        if code not in self.unicodes:
            return False
        if unicodedata.category(chr(code))[0] in "ZCM":
            return True
        extents = self.hb_font.get_glyph_extents(self.gid(chr(code)))
        return bool(extents and extents.width and extents.height)

    def gid(self, character: str) -> int:
        """Return the glyph id of a character, 0 if the font lacks it."""
        return int(self.hb_font.get_nominal_glyph(ord(character)) or 0)

    @cached_property
    def _advances(self) -> array[int]:
        return _shorts(self._table("hmtx"))[: 2 * self._hhea[17] : 2]

    def units(self, gid: int) -> int:
        """Return the glyph's own advance in font units."""
        return self._advances[min(gid, len(self._advances) - 1)]

    def advance(self, gid: int) -> float:
        """Return the glyph's own advance in 1/1000 em (an int if the em has 1000 units)."""
        return self.units(gid) if self.upem == 1000 else self.units(gid) * 1000 / self.upem

    @cached_property
    def slashed_zero(self) -> int:
        """Glyph id of the zero with a slash (feature ``zero``), or of the plain zero."""
        buffer = hb.Buffer()
        buffer.add_str("0")
        buffer.guess_segment_properties()
        hb.shape(self.hb_font, buffer, {"zero": True})
        return int(buffer.glyph_infos[0].codepoint)

    @cached_property
    def _texts(self) -> dict[int, str]:
        texts: dict[int, str] = {}
        for code in self.unicodes:
            texts.setdefault(self.gid(chr(code)), chr(code))
        texts.setdefault(self.slashed_zero, "0")
        texts.pop(0, None)
        return texts

    def text_of(self, gid: int) -> str | None:
        """Return the character that the font's own map gives this glyph (the lowest one), for ToUnicode."""
        return self._texts.get(gid)

    def subset(self, gids: Set[int]) -> bytes:
        """Return a TrueType program with the glyphs of ``gids`` and glyph 0, each under its own id.

        Layout, name and character tables are dropped: a CIDFontType2 with Identity-H needs none of
        them. CFF outlines are converted to quadratic curves. The last few results are kept.
        """
        return self._cached_subset(frozenset(gids))

    def _subset(self, gids: frozenset[int]) -> bytes:
        if self.is_cff:
            return cff.to_truetype(self.hb_face, self.hb_font, gids)
        wanted = hb.SubsetInput()
        wanted.flags = (
            hb.SubsetFlags.RETAIN_GIDS
            | hb.SubsetFlags.NO_HINTING
            | hb.SubsetFlags.NOTDEF_OUTLINE
            | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        )
        dropped = wanted.drop_table_tag_set
        dropped.clear()
        dropped.update(_KEPT_TABLES)
        dropped.invert()
        wanted.glyph_set.update(gids)
        return bytes(hb.subset(self.hb_face, wanted).blob.data)


def _shorts(table: bytes) -> array[int]:
    """Return a table as big-endian unsigned 16-bit numbers."""
    numbers = array("H", table[: len(table) & ~1])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _signed(value: int) -> int:
    return value - 0x10000 if value & 0x8000 else value


class FontBook:
    """The chain of faces that text is set in.

    The bundled fonts answer first, each character by the same font on every machine. Only for a
    character that they lack are ``extra_dirs`` and then the system's font folders searched, file by
    file, until one covers it.

    Args:
        extra_dirs: folders with fonts of the site (``fonts.dirs`` in the settings).
        system_dirs: where the system keeps its fonts.
    """

    def __init__(self, extra_dirs: Iterable[Path] = (), system_dirs: Iterable[Path] = SYSTEM_DIRS) -> None:
        self._faces: dict[str, Face] = {}
        for family in CHAIN:
            for weight in "RB":
                path = BUNDLED / f"{family}-{weight}.ttf"
                if path.exists():
                    self._faces[f"{family}-{weight}"] = Face(f"{family}-{weight}", path)
        if "sans-R" not in self._faces:
            raise ConfigError("E190", place=str(BUNDLED), fault="the bundled fonts are missing.",
                              cure="Install papermode again.")  # fmt: skip
        self._candidates = _font_files(tuple(extra_dirs), tuple(system_dirs))
        self._system: list[Face] = []
        self._found: dict[tuple[str, bool], Face | None] = {}

    def face(self, key: str) -> Face:
        """Return the face of a glyph run; raises KeyError for a key that this book never gave out."""
        return self._faces[key]

    def family(self, name: str, bold: bool) -> Face:
        """Return a bundled family's face (a family without a bold face gives its regular one)."""
        return self._faces.get(f"{name}-B" if bold else f"{name}-R") or self._faces[f"{name}-R"]

    def face_for(self, characters: str, bold: bool = False) -> Face | None:
        """Return the first face that has every one of ``characters``, or None.

        The first character's block decides which font is asked first.
        """
        key = (characters, bold)
        try:
            return self._found[key]
        except KeyError:
            found = self._found[key] = self._search(characters, bold)
            return found

    def _search(self, characters: str, bold: bool) -> Face | None:
        codes = [ord(c) for c in characters]
        first = next((name for low, high, name in _SCRIPT_FIRST if low <= codes[0] <= high), "")
        for name in (first, *CHAIN) if first else CHAIN:
            face = self.family(name, bold)
            if all(code in face.unicodes for code in codes):
                return face
        for face in self._system_faces():
            if all(face.shows(code) for code in codes):
                return self._bold_sibling(face, codes) if bold else face
        return None

    def _system_faces(self) -> Iterator[Face]:
        """Yield the system's faces, opening the next file only when the ones so far did not do."""
        yield from self._system
        for path in self._candidates:
            face = self._open(path)
            if face:
                self._system.append(face)
                yield face

    def _open(self, path: Path) -> Face | None:
        try:
            face = Face("", path)
            if not face.usable:
                return None
        except (OSError, hb.HarfBuzzError, IndexError):
            return None  # A broken font of the system is as good as none.
        face.key = f"sys-{face.postscript_name}"
        while face.key in self._faces:
            face.key += "-x"
        self._faces[face.key] = face
        return face

    def _bold_sibling(self, face: Face, codes: list[int]) -> Face:
        """Return the bold face beside a regular system face if it covers the same characters."""
        path = face.path.with_name(face.path.name.replace("Regular", "Bold"))
        if path == face.path or not path.exists():
            return face
        known = next((f for f in self._faces.values() if f.path == path), None)
        bold = known or self._open(path)
        return bold if bold and all(bold.shows(code) for code in codes) else face


def _font_files(extra: tuple[Path, ...], system: tuple[Path, ...]) -> Iterator[Path]:
    """Yield font files: all of the site's, then the system's by preference, each group in name order."""
    for folder in extra:
        yield from _sorted(folder, "*")
    for pattern in (*_SYSTEM_PREFERRED, *_SYSTEM_LATER):
        for folder in system:
            yield from _sorted(folder, pattern)


def _sorted(folder: Path, pattern: str) -> list[Path]:
    return sorted(p for p in folder.rglob(f"{pattern}.*") if p.suffix.lower() in _SUFFIXES and p.is_file())


def default_book(extra_dirs: tuple[Path, ...] = ()) -> FontBook:
    """Return the process's book of the bundled fonts, ``extra_dirs`` and the system's fonts."""
    return _book(extra_dirs)


@lru_cache(maxsize=8)
def _book(extra_dirs: tuple[Path, ...]) -> FontBook:
    return FontBook(extra_dirs)
