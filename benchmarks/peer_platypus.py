"""The page as reportlab's user guide would have it: a Paragraph a text, pictures of codes by ``qrcode``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import qrcode
from reportlab.lib.colors import Color, black
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Frame, PageBreak, PageTemplate, Paragraph
from reportlab.platypus.doctemplate import BaseDocTemplate

from benchmarks.content import Content, PageContent, Static, Word
from benchmarks.fonts import FONTS, font_of

_ALIGN = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}
_WIDE = 400 * mm
"""Width of the box of a line of text: wide enough for all of it."""


def prepare() -> None:
    """Register the fonts."""
    for name, path in FONTS.items():
        registerFont(TTFont(name, str(path), shapable=True))


def render(content: Content, out: Path) -> None:
    """Write all pages."""
    w, h = (v * mm for v in content.static.size)
    document = BaseDocTemplate(str(out), pagesize=(w, h))
    frame = Frame(0, 0, w, h, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    story: list[Flowable] = []
    for page in content.pages:
        story += [_Page(content.static, page), PageBreak()]
    document.build(story)


class _Page(Flowable):  # type: ignore[misc]
    """One page as a flowable that fills the frame."""

    def __init__(self, static: Static, page: PageContent) -> None:
        super().__init__()
        self.static, self.page = static, page
        self.width, self.height = (v * mm - 0.01 for v in static.size)

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas, top = self.canv, self.static.size[1]
        for x1, y1, x2, y2, width, gray, dash in self.static.lines:
            canvas.setLineWidth(width * mm)
            canvas.setStrokeGray(gray / 100)
            canvas.setDash([width * 6 * mm] if dash else [])
            canvas.line(x1 * mm, (top - y1) * mm, x2 * mm, (top - y2) * mm)
        canvas.setStrokeGray(0)
        canvas.setDash([])
        canvas.setLineWidth(0.28 * mm)
        for x, y, w, h in self.static.boxes:
            canvas.rect(x * mm, (top - y - h) * mm, w * mm, h * mm)
        for x, y, w, h in self.static.squares:
            canvas.rect(x * mm, (top - y - h) * mm, w * mm, h * mm, stroke=0, fill=1)
        for word in (*self.static.words, *self.page.words):
            _paragraph(canvas, word, top)
        for text, (x, y, side) in zip(self.page.codes, self.static.codes, strict=True):
            code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=0, box_size=4)
            code.add_data(text)
            picture = ImageReader(code.make_image().get_image())
            canvas.drawImage(picture, x * mm, (top - y - side) * mm, side * mm, side * mm)


def _paragraph(canvas: Any, word: Word, top: float) -> None:
    style = _style(word.size, word.bold, word.align, word.gray, font_of(word.text, bold=word.bold))
    paragraph = Paragraph(escape(word.text), style)
    _, height = paragraph.wrapOn(canvas, _WIDE, 100 * mm)
    left = word.x * mm - {"left": 0, "center": _WIDE / 2, "right": _WIDE}[word.align]
    paragraph.drawOn(canvas, left, (top - word.y) * mm - height + word.size)


@cache
def _style(size: float, bold: bool, align: str, gray: int, font: str) -> ParagraphStyle:
    shade = gray / 100
    color = Color(shade, shade, shade) if gray else black
    return ParagraphStyle(
        f"{size}{bold}{align}{gray}{font}", fontName=font, fontSize=size, leading=size, alignment=_ALIGN[align],
        textColor=color, shaping=not font.startswith("Sans"),
    )  # fmt: skip
