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
    kept = (c for c in unicodedata.normalize("NFC", text) if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", "".join(kept))


def characters(text: str) -> str:
    """Return the visible characters of a text in a fixed order, whatever the order in which they are drawn."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sorted(c for c in plain if c != "-" and not c.isspace() and unicodedata.category(c) not in _UNSEEN))


def _lines(code: bytes, height: float, fonts: dict[str, dict[str, str]], *, static: bool) -> Iterator[PdfLine]:
    font, size = "", 0.0
    actual: str | None = None
    for token in _TOKEN.finditer(code):
        if token["actual"] is not None:
            actual = bytes.fromhex(token["actual"].decode()).decode("utf-16-be").removeprefix("\ufeff")
        elif token["end"]:
            actual = None
        elif token["font"]:
            font, size = token["font"].decode(), float(token["size"]) / POINT
        elif actual != "":
            # The first glyphs of a marked line carry its whole text, the rest of it nothing.
            text = _decoded(token["hex"], fonts[font]) if actual is None else actual
            actual = actual if actual is None else ""
            yield PdfLine(text, float(token["x"]), height - float(token["y"]), size, static)


def _decoded(digits: bytes, glyphs: dict[str, str]) -> str:
    text = digits.decode()
    return "".join(glyphs.get(text[i : i + 4], "\ufffd") for i in range(0, len(text), 4))


@lru_cache(maxsize=64)
def _glyphs(cmap: bytes) -> dict[str, str]:
    return {g.decode(): bytes.fromhex(t.decode()).decode("utf-16-be") for g, t in _BFCHAR.findall(cmap)}


def _fonts(resources: DictionaryObject) -> dict[str, dict[str, str]]:
    fonts = _resolved(resources["/Font"])
    return {name[1:]: _glyphs(_data(_resolved(_resolved(f)["/ToUnicode"]))) for name, f in fonts.items() if "/ToUnicode" in _resolved(f)}


def _resolved(value: Any) -> Any:
    return value.get_object()


def _data(stream: StreamObject) -> bytes:
    return bytes(stream.get_data())
