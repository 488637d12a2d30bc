"""Packet -> PDF. The static part of a page is drawn once per layout, as a form XObject; fills go on top.

reportlab writes the document (objects, outline, streams); the operators are made in ``operators``.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from papermode.errors import PrintError
from papermode.geometry import POINT_HMM
from papermode.model.layout import Layout, Text
from papermode.model.packet import Packet, Page
from papermode.printing.fonts import CANVAS_FONT, FontUse
from papermode.printing.objects import ContentStream, PageObject
from papermode.printing.operators import UNITS, Pen
from papermode.symbols.qr import claim_symbol, locator_symbol

PRODUCER: Final = "papermode"


class _Canvas(Canvas):  # type: ignore[misc]
    """reportlab's canvas without the page transition that PDF/A forbids, and with our fonts."""

    def __init__(self, out: BinaryIO, *, title: str, language: str) -> None:
        super().__init__(
            out, pageCompression=1, invariant=1, pdfVersion=(1, 7), initialFontName=CANVAS_FONT, lang=language
        )
        self._preamble = ""
        self.setTitle(title)
        self.setAuthor(PRODUCER)
        self.setCreator(PRODUCER)
        self.setProducer(PRODUCER)
        self.setSubject("EHR downtime packet")

        self._resources: dict[str, pdfdoc.PDFObjectReference] = {}

    def add_page(self, layout: Layout, code: str, form: str) -> None:
        """Add one page that shows the layout's form and then ``code``."""
        w, h = (round(v / POINT_HMM, 4) for v in layout.size)
        self._doc.addPage(PageObject(w, h, self._resources[form], self._doc.Reference(ContentStream(code))))
        self._pageNumber += 1

    def add_form(self, name: str, layout: Layout, code: str) -> None:
        """Add the static part of a layout as a form XObject, in units of 0.01 mm, and the resources of its pages."""
        form = pdfdoc.PDFFormXObject(0, 0, *layout.size)
        # Filters of its own: reportlab would add ASCII85, which costs a quarter of the size.
        form.Contents = pdfdoc.PDFStream(content=code.encode("ascii"), filters=[pdfdoc.PDFZCompress])
        form.XObjects = None
        self._doc.addForm(name, form)
        fonts, forms = pdfdoc.PDFObjectReference(pdfdoc.BasicFonts), self._doc.xobjDict([name])
        self._resources[name] = self._doc.Reference(pdfdoc.PDFDictionary({"Font": fonts, "XObject": forms}))


def write_packet(packet: Packet, out: BinaryIO) -> None:
    """Write a packet as PDF. The same packet gives the same bytes."""
    title = f"Downtime packet {packet.ward} {packet.printed_at:%Y-%m-%d %H:%M}"
    canvas = _Canvas(out, title=title, language=packet.language)
    fonts = FontUse()
    # By object, not by layout id: the id covers what is read, and two pages without boxes differ in words only.
    forms: dict[int, str] = {}
    for page in packet.pages:
        name = forms.get(id(page.layout))
        if name is None:
            name = forms[id(page.layout)] = f"L{len(forms)}"
            canvas.add_form(name, page.layout, static_code(page.layout, fonts))
        if page.bookmark:
            _bookmark(canvas, page)
        canvas.add_page(page.layout, page_code(page, f"/{canvas._doc.getXObjectName(name)} Do", fonts), name)
    canvas.setViewerPreference("PrintScaling", "None")
    fonts.add_objects(canvas._doc)
    canvas._doc.SaveToFile(out, canvas)


def static_code(layout: Layout, fonts: FontUse) -> str:
    """Return the operators of a layout's static part."""
    pen = Pen(layout.size[1], fonts)
    pen.areas(layout.areas)
    pen.lines(layout.lines)
    pen.marks(layout.boxes)
    pen.corners(layout.corners)
    pen.crosses(layout.anchors)
    pen.texts(layout.texts)
    return "\n".join(pen.code)


def page_code(page: Page, static: str, fonts: FontUse) -> str:
    """Return the operators of one page: the static part, then what is the patient's, then the codes."""
    pen = Pen(page.layout.size[1], fonts)
    pen.code = ["q", UNITS, static]
    if page.rules:
        pen.lines(page.rules)
    for chart in page.charts:
        pen.chart(chart)
    for bars in page.bars:
        pen.bars(bars)
    pen.texts(page.fills)
    for code in page.layout.codes:
        symbol = claim_symbol(page.claim_text) if code.kind == "claim" else locator_symbol(page.locator_text)
        pen.symbol(symbol, code.rect)
    for extra in page.codes:
        pen.symbol(claim_symbol(extra.text), extra.rect)
    pen.code.append("Q\n")
    return "\n".join(pen.code)


def _bookmark(canvas: Any, page: Page) -> None:
    """Add the outline entry of a set."""
    key = f"p{canvas._pageNumber}"
    canvas.bookmarkPage(key, fit="Fit")
    canvas.addOutlineEntry(page.bookmark, key, 0, closed=False)


def save_packet(packet: Packet, path: Path) -> bytes:
    """Write a packet to ``path`` whole or not at all; return the SHA-256 digest of the file.

    Raises:
        PrintError: E501 when the file cannot be written.
    """
    return _save(path, lambda out: write_packet(packet, out))


def save_lines(
    title: str, lines: Sequence[str], path: Path, *, size: tuple[int, int], left: int, top: int, language: str
) -> None:
    """Write lines of 10 pt text in a language as a PDF, on as many pages as they need; lengths in 0.01 mm.

    Raises:
        PrintError: E501 when the file cannot be written.
    """
    step = 420
    room = (size[1] - 2 * top) // step - 1
    blocks = [lines[i : i + room] for i in range(0, len(lines), room)] or [[]]

    def write(out: BinaryIO) -> None:
        canvas = _Canvas(out, title=title, language=language)
        fonts = FontUse()
        empty = Layout(size, (), (), (), ())
        canvas.add_form("blank", empty, " ")
        for number, block in enumerate(blocks, 1):
            pen = Pen(size[1], fonts)
            pen.code = ["q", UNITS]
            texts = [Text(left, top, f"{title} – {number}/{len(blocks)}", 1200, bold=True)]
            texts += [Text(left, top + step * (n + 2), line) for n, line in enumerate(block)]
            pen.texts(texts)
            canvas.add_page(empty, "\n".join([*pen.code, "Q\n"]), "blank")
        fonts.add_objects(canvas._doc)
        canvas._doc.SaveToFile(out, canvas)

    _save(path, write)


def _save(path: Path, write: Callable[[BinaryIO], None]) -> bytes:
    """Write a file beside its place and rename it into it; return its SHA-256 digest."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".packet-", delete=False) as tmp:
            temporary = Path(tmp.name)
            try:
                write(tmp)  # type: ignore[arg-type]
                tmp.flush()
                os.fsync(tmp.fileno())
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        digest = hashlib.sha256(temporary.read_bytes()).digest()
        temporary.chmod(0o640)
        temporary.replace(path)
    except OSError as error:
        raise PrintError(
            "E501",
            place=str(path),
            fault=f"the file could not be written ({error.strerror}).",
            cure="Free space or choose another folder with --out, then print again.",
        ) from error
    return digest
