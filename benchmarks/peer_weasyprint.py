"""The page as HTML and CSS for WeasyPrint, the codes as pictures by ``qrcode``."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

import weasyprint
from weasyprint.text.fonts import FontConfiguration

from benchmarks.content import Content, PageContent, Static, Word
from benchmarks.fonts import FONTS
from benchmarks.peer_typst import by_qrcode

_FAMILIES = "Sans, Arabic, Devanagari, Thai"


def prepare() -> FontConfiguration:
    """Make the font configuration."""
    return FontConfiguration()


def render(content: Content, out: Path, fonts: FontConfiguration) -> None:
    """Write all pages."""
    form = _form(content.static)
    pages = "".join(f"<section>{form}{_page(content.static, page)}</section>" for page in content.pages)
    sheet = weasyprint.CSS(string=_css(content.static), font_config=fonts)
    html = weasyprint.HTML(string=f"<html><body>{pages}</body></html>")
    html.write_pdf(out, stylesheets=[sheet], font_config=fonts)


def _css(static: Static) -> str:
    w, h = static.size
    faces = "".join(
        f"@font-face {{ font-family: {name[:-2]}; src: url({path.as_uri()}); "
        f"font-weight: {'bold' if name.endswith('B') else 'normal'} }}"
        for name, path in FONTS.items()
    )
    return (
        f"{faces} @page {{ size: {w}mm {h}mm; margin: 0 }} body {{ margin: 0; font-family: {_FAMILIES} }}"
        f"section {{ position: relative; width: {w}mm; height: {h}mm; break-after: page; overflow: hidden }}"
        "p, i, img { position: absolute; margin: 0; white-space: pre; line-height: 1 } i { box-sizing: border-box }"
        "img { image-rendering: pixelated }"
    )


def _form(static: Static) -> str:
    parts = []
    for x1, y1, x2, y2, width, gray, dash in static.lines:
        side = "top" if y1 == y2 else "left"
        style = "dashed" if dash else "solid"
        parts.append(
            f'<i style="left:{min(x1, x2)}mm;top:{min(y1, y2)}mm;width:{abs(x2 - x1)}mm;height:{abs(y2 - y1)}mm;'
            f'border-{side}:{width}mm {style} {_shade(gray)}"></i>'
        )
    for x, y, w, h in static.boxes:
        parts.append(f'<i style="left:{x}mm;top:{y}mm;width:{w}mm;height:{h}mm;border:.28mm solid"></i>')
    for x, y, w, h in static.squares:
        parts.append(f'<i style="left:{x}mm;top:{y}mm;width:{w}mm;height:{h}mm;background:#000"></i>')
    return "".join(parts) + "".join(_line(word, static.size[0]) for word in static.words)


def _page(static: Static, page: PageContent) -> str:
    parts = [_line(word, static.size[0]) for word in page.words]
    for text, (x, y, side) in zip(page.codes, static.codes, strict=True):
        picture = io.BytesIO()
        by_qrcode(text).save(picture, "PNG")
        data = base64.b64encode(picture.getvalue()).decode()
        parts.append(
            f'<img src="data:image/png;base64,{data}" style="left:{x}mm;top:{y}mm;width:{side}mm;height:{side}mm">'
        )
    return "".join(parts)


def _line(word: Word, width: float) -> str:
    place = {
        "left": f"left:{word.x}mm",
        "right": f"right:{width - word.x}mm",
        "center": f"left:{word.x - 100}mm;width:200mm;text-align:center",
    }[word.align]
    top = word.y - word.size * 0.86 * 25.4 / 72
    return (
        f'<p style="{place};top:{top:.3f}mm;font-size:{word.size}pt;'
        f'font-weight:{"bold" if word.bold else "normal"};color:{_shade(word.gray)}">{escape(word.text)}</p>'
    )


def _shade(gray: int) -> str:
    return f"rgb({gray}%,{gray}%,{gray}%)"
