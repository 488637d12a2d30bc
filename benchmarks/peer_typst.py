"""The page in typst: one template, the data as JSON; the codes as pictures of one pixel a module."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import typst
import zxingcpp
from PIL import Image

from benchmarks.content import Content
from benchmarks.fonts import FOLDER

TEMPLATE: Final = """
#let data = json("data.json")
#let (w, h) = data.static.size
#set page(width: w * 1mm, height: h * 1mm, margin: 0mm)
#set text(font: ("Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans Thai", "Papermode Symbols"),
          top-edge: "baseline", bottom-edge: "baseline", kerning: false, ligatures: false)
#let put(t) = {
  let words = text(size: t.size * 1pt, weight: if t.bold { "bold" } else { "regular" },
                   fill: luma(t.gray * 1%), t.text)
  if t.align == "left" { place(top + left, dx: t.x * 1mm, dy: t.y * 1mm, words) }
  else if t.align == "right" { place(top + right, dx: (t.x - w) * 1mm, dy: t.y * 1mm, words) }
  else { place(top + center, dx: (t.x - w / 2) * 1mm, dy: t.y * 1mm, words) }
}
#let form = {
  for (x1, y1, x2, y2, width, gray, dash) in data.static.lines {
    place(top + left, line(start: (x1 * 1mm, y1 * 1mm), end: (x2 * 1mm, y2 * 1mm),
      stroke: (paint: luma(gray * 1%), thickness: width * 1mm, dash: if dash { "dashed" } else { none })))
  }
  for (x, y, a, b) in data.static.boxes {
    place(top + left, dx: x * 1mm, dy: y * 1mm, rect(width: a * 1mm, height: b * 1mm, stroke: 0.28mm))
  }
  for (x, y, a, b) in data.static.squares {
    place(top + left, dx: x * 1mm, dy: y * 1mm, rect(width: a * 1mm, height: b * 1mm, fill: black))
  }
  for t in data.static.words { put(t) }
}
#for (n, p) in data.pages.enumerate() {
  if n > 0 { pagebreak() }
  form
  for t in p.words { put(t) }
  for (k, (x, y, side)) in data.static.codes.enumerate() {
    place(top + left, dx: x * 1mm, dy: y * 1mm,
          image("code-" + str(n) + "-" + str(k) + ".png", width: side * 1mm, height: side * 1mm, scaling: "pixelated"))
  }
}
"""

Encode = Callable[[str], Image.Image]


def by_qrcode(text: str) -> Image.Image:
    """Make a code with the ``qrcode`` package, as its manual does, at one pixel a module."""
    import qrcode  # not needed by the other contender of this module

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=0, box_size=1)
    code.add_data(text)
    picture: Image.Image = code.make_image().get_image()
    return picture


def by_zxing(text: str) -> Image.Image:
    """Make a code with zxing-cpp: the quickest encoder on PyPI (docs/benchmarks.md)."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    return Image.fromarray(code.to_image(scale=1, add_quiet_zones=False))


def prepare() -> typst.Fonts:
    """Read the fonts."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(FOLDER)])


def render(content: Content, out: Path, fonts: typst.Fonts, encode: Encode) -> None:
    """Write all pages, without the tags for screen readers that papermode does not write either."""
    with tempfile.TemporaryDirectory(dir=out.parent) as name:
        folder = Path(name)
        (folder / "main.typ").write_text(TEMPLATE, "utf-8")
        (folder / "data.json").write_text(json.dumps(asdict(content)), "utf-8")
        for n, page in enumerate(content.pages):
            for k, text in enumerate(page.codes):
                encode(text).save(folder / f"code-{n}-{k}.png", compress_level=1)
        typst.compile(folder / "main.typ", output=out, format="pdf", font_paths=fonts, pdf_tags=False)
