"""The words of a packet's pages, taken out of the real PDF.

Two ways, so that neither the printer nor a library is believed alone:

* :func:`lines_of` reads the content streams: each line of text with its place, in the order of the stream.
  Where a line has an ``ActualText`` (ISO 32000-2, 14.9.4: right-to-left scripts, ligatures, reordered signs), that
  is its text, in logical order.
* :func:`drawn_text` is what PDFium makes of the glyphs that are drawn, by their ``ToUnicode``, in visual order.

A test holds the two together character by character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

POINT: Final = 2540 / 72
GAP: Final = 100
"""Glyphs nearer to the end of those before them than this (0.01 mm) go on with their line."""
_TOKEN: Final = re.compile(
    rb"/Span <</ActualText <(?P<actual>[0-9A-F]*)>>> BDC|(?P<end>EMC)|/(?P<font>F\d+) (?P<size>[\d.]+) Tf"
    rb"|1 0 0 1 (?P<x>-?[\d.]+) (?P<y>-?[\d.]+) Tm <(?P<hex>[0-9A-F]*)> Tj"
)
_UNSEEN: Final = frozenset({"Cf", "Cc", "Co", "Cn"})
_BFCHAR: Final = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One line of text of a page: its baseline's start in 0.01 mm from the top left, and its size in points."""

    text: str
    x: float
    y: float
    size: float
    static: bool
    """Part of the layout (the form XObject), the same for every patient."""


def lines_of(pdf: Path) -> list[list[PdfLine]]:
    """Return the lines of text of every page, static ones first, each in the order of its stream."""
    reader = PdfReader(pdf)
    seen: dict[int, list[PdfLine]] = {}
    pages = []
    for page in reader.pages:
        height = float(page.mediabox.height) * POINT
        resources = _resolved(page["/Resources"])
        fonts = _fonts(resources)
        lines: list[PdfLine] = []
        for reference in _resolved(resources["/XObject"]).values():
            if reference.idnum not in seen:
                seen[reference.idnum] = list(_lines(_data(_resolved(reference)), height, fonts, static=True))
            lines += seen[reference.idnum]
        pages.append(lines + list(_lines(_data(_resolved(page["/Contents"])), height, fonts, static=False)))
    return pages


def drawn_text(pdf: Path) -> list[str]:
    """Return the text of every page as PDFium reads the drawn glyphs."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [str(document[i].get_textpage().get_text_range()) for i in range(len(document))]
    finally:
        document.close()


def squeezed(text: str) -> str:
    """Return a text for comparison: canonical composition, without white space, format characters and digit groups.

    White space goes because a line may break inside a long word; format characters (joiners and direction marks)
    because they have no glyph; the comma or space between thousands because the source need not have it.
    """
    kept = (
        c for c in unicodedata.normalize("NFC", text) if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")
    )
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", "".join(kept))


def characters(text: str) -> str:
    """Return the visible characters of a text in a fixed order, whatever the order in which they are drawn."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sorted(c for c in plain if c != "-" and not c.isspace() and unicodedata.category(c) not in _UNSEEN))


@dataclass(frozen=True, slots=True)
class _Font:
    """What the glyphs of a font stand for, and how far each advances (1/1000 em)."""

    texts: dict[str, str]
    widths: dict[int, float]

    def text(self, digits: str) -> str:
        return "".join(self.texts.get(digits[i : i + 4], "\ufffd") for i in range(0, len(digits), 4))

    def width(self, digits: str, size: float) -> float:
        """Return the width in 0.01 mm; ``size`` in points."""
        return (
            sum(self.widths.get(int(digits[i : i + 4], 16), 0) for i in range(0, len(digits), 4)) * size * POINT / 1000
        )


def _lines(code: bytes, height: float, fonts: dict[str, _Font], *, static: bool) -> Iterator[PdfLine]:
    """Go through the lines of a stream; glyphs shown one after the other without a gap are one line."""
    name, size = "", 0.0
    actual: str | None = None
    line: PdfLine | None = None
    end = 0.0
    for token in _TOKEN.finditer(code):
        if token["actual"] is not None:
            if line is not None:
                yield line
            actual, line = bytes.fromhex(token["actual"].decode()).decode("utf-16-be").removeprefix("\ufeff"), None
        elif token["end"]:
            if line is not None:
                yield PdfLine(actual or "", line.x, line.y, line.size, static)
            actual, line = None, None
        elif token["font"]:
            name, size = token["font"].decode(), float(token["size"]) / POINT
        else:
            x, y, digits = float(token["x"]), height - float(token["y"]), token["hex"].decode()
            if line is not None and (actual is not None or (abs(x - end) < GAP and abs(y - line.y) < GAP)):
                line = PdfLine(line.text + fonts[name].text(digits), line.x, line.y, line.size, static)
            else:
                if line is not None:
                    yield line
                line = PdfLine(fonts[name].text(digits), x, y, size, static)
            end = x + fonts[name].width(digits, size)
    if line is not None:
        yield line


@lru_cache(maxsize=64)
def _glyphs(cmap: bytes) -> dict[str, str]:
    return {g.decode(): bytes.fromhex(t.decode()).decode("utf-16-be") for g, t in _BFCHAR.findall(cmap)}


def _fonts(resources: DictionaryObject) -> dict[str, _Font]:
    found = {}
    for name, reference in _resolved(resources["/Font"]).items():
        font = _resolved(reference)
        if "/ToUnicode" in font:
            widths: dict[int, float] = {}
            array = _resolved(_resolved(_resolved(font["/DescendantFonts"])[0])["/W"])
            for first, run in zip(array[::2], array[1::2], strict=True):
                widths.update({int(first) + i: float(w) for i, w in enumerate(_resolved(run))})
            found[name[1:]] = _Font(_glyphs(_data(_resolved(font["/ToUnicode"]))), widths)
    return found


def _resolved(value: Any) -> Any:
    return value.get_object()


def _data(stream: StreamObject) -> bytes:
    return bytes(stream.get_data())
