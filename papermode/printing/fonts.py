"""The faces of ``typeset`` as CID fonts of a reportlab document.

Composite fonts with ``Identity-H`` (ISO 32000-2, 9.7): the character code in the content stream is the
glyph id, so shaped text needs no detour over private-use characters, and widths and ToUnicode come from
the font itself. reportlab's own TrueType fonts write font units into /Widths of shaped glyphs and
five-digit ToUnicode codes (print.md 2.2); these objects avoid both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import (
    BasicFonts,
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObjectReference,
    PDFStream,
    PDFString,
    PDFZCompress,
)

from papermode.typeset.fonts import Face
from papermode.typeset.runs import GlyphRun
from papermode.typeset.shaping import face

CANVAS_FONT: Final = "papermode-none"
_PER_BLOCK: Final = 100
"""Most entries of one bfchar block (Adobe Technical Note 5014)."""
_MIRRORS: Final = dict(zip("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤", strict=True))


class _NoFace:
    """What reportlab asks of a font's face."""

    name = CANVAS_FONT
    builtIn = 0  # noqa: N815 - reportlab's name


class _NoFont:
    """Given to the canvas as its initial font: without it every document lists an unused Helvetica."""

    face = _NoFace()
    fontName = CANVAS_FONT  # noqa: N815 - reportlab's name
    _dynamicFont = 1  # noqa: N815 - reportlab's name
    _multiByte = 1  # noqa: N815 - reportlab's name

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802
        """Add nothing: no page uses this font."""


if CANVAS_FONT not in pdfmetrics.getRegisteredFontNames():
    pdfmetrics.registerFont(_NoFont())


class FontUse:
    """The faces and glyphs that one document uses."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, GlyphRun]] = {}
        """Per face: the different runs by their glyphs. What is in them is looked at once, at the end."""
        self._names: dict[str, str] = {}

    def name(self, face_key: str) -> str:
        """Return the resource name of a face in this document."""
        found = self._names.get(face_key)
        if found is None:
            found = self._names[face_key] = f"F{len(self._names) + 1}"
            self._runs[face_key] = {}
        return found

    def add(self, run: GlyphRun) -> None:
        """Note the glyphs of a run, whose face must have a name already."""
        self._runs[run.face_key][run.hex] = run

    def add_objects(self, doc: PDFDocument) -> None:
        """Write every used face into the document as a subset."""
        fonts = doc.idToObject[BasicFonts]
        for key, name in self._names.items():
            glyphs, texts = _glyphs_and_texts(face(key), self._runs[key].values())
            fonts.dict[name] = _type0(doc, face(key), glyphs, texts, name)


def _glyphs_and_texts(f: Face, runs: Iterable[GlyphRun]) -> tuple[set[int], dict[int, str]]:
    """Return the glyphs of all runs, and what they stand for as far as one glyph stands for a text.

    A bracket in right-to-left text is drawn by its mirror image, and stands for what it looks like: one entry
    serves the whole document, and readers mirror the brackets of right-to-left text themselves.
    """
    glyphs: set[int] = set()
    texts: dict[int, str] = {}
    for run in runs:
        glyphs.update(run.gids)
        texts.update(run.to_unicode())
    for gid, text in texts.items():
        mirror = _MIRRORS.get(text)
        if mirror and f.gid(text) != gid == f.gid(mirror):
            texts[gid] = mirror
    return glyphs, texts


def _type0(doc: PDFDocument, f: Face, glyphs: set[int], texts: Mapping[int, str], name: str) -> PDFObjectReference:
    """Return the Type 0 font of one face with the given glyphs (ISO 32000-2, 9.7.6)."""
    gids = sorted({0, *glyphs})
    tag = (
        hashlib.sha256(repr(gids).encode()).hexdigest()[:6].translate(str.maketrans("0123456789", "GHIJKLMNOP")).upper()
    )
    base = PDFName(f"{tag}+{f.postscript_name}")
    program = PDFStream(PDFDictionary({"Length1": 0}), f.subset(set(gids)), [PDFZCompress])
    program.dictionary["Length1"] = len(program.content)
    x0, y0, x1, y1 = f.bbox
    descriptor = PDFDictionary(
        {
            "Type": PDFName("FontDescriptor"),
            "FontName": base,
            "Flags": 4,
            "FontBBox": PDFArray([x0, y0, x1, y1]),
            "ItalicAngle": 0,
            "Ascent": f.ascent,
            "Descent": f.descent,
            "CapHeight": f.capheight,
            "StemV": 80,
            "FontFile2": doc.Reference(program, f"{name}.program"),
        }
    )
    cid = PDFDictionary(
        {
            "Type": PDFName("Font"),
            "Subtype": PDFName("CIDFontType2"),
            "BaseFont": base,
            "CIDSystemInfo": PDFDictionary(
                {"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}
            ),
            "CIDToGIDMap": PDFName("Identity"),
            "DW": 0,
            "W": _widths(f, gids),
            "FontDescriptor": doc.Reference(descriptor, f"{name}.descriptor"),
        }
    )
    unicode_map = PDFStream(content=_to_unicode(texts), filters=[PDFZCompress])
    return doc.Reference(
        PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("Type0"),
                "BaseFont": base,
                "Encoding": PDFName("Identity-H"),
                "DescendantFonts": PDFArray([doc.Reference(cid, f"{name}.cid")]),
                "ToUnicode": doc.Reference(unicode_map, f"{name}.unicode"),
            }
        ),
        f"{name}.font",
    )


def _widths(f: Face, gids: list[int]) -> PDFArray:
    """Return the /W array: ``c [w1 w2 …]`` for each run of consecutive glyph ids."""
    out: list[object] = []
    run: list[int] = []
    for gid in gids:
        if run and gid != run[-1] + 1:
            out += [run[0], PDFArray([f.advance(g) for g in run])]
            run = []
        run.append(gid)
    out += [run[0], PDFArray([f.advance(g) for g in run])]
    return PDFArray(out)


def _to_unicode(glyphs: Mapping[int, str]) -> bytes:
    """Return the ToUnicode CMap; values in UTF-16BE, so that astral characters are right too."""
    pairs = [(g, t) for g, t in sorted(glyphs.items()) if t]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(pairs), _PER_BLOCK):
        block = pairs[start : start + _PER_BLOCK]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{g:04X}> <{t.encode('utf-16-be').hex().upper()}>" for g, t in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
