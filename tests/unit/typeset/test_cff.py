"""A CFF font's glyphs become a TrueType program with the same shapes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import uharfbuzz as hb

from papermode.typeset.fonts import FontBook
from papermode.typeset.shaping import shape_with

builder_module = pytest.importorskip("fontTools.fontBuilder")
pens = pytest.importorskip("fontTools.pens.t2CharStringPen")
ttlib = pytest.importorskip("fontTools.ttLib")
area = pytest.importorskip("fontTools.pens.areaPen")

RADIUS = 400
KAPPA = round(RADIUS * 0.5523)


def make_cff(path: Path) -> None:
    """Write a CFF font: ``王`` is a ring (two cubic circles), ``小`` a triangle, the space empty."""
    builder = builder_module.FontBuilder(1000, isTTF=False)
    order = [".notdef", "space", "unused", "ring", "triangle"]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({0x20: "space", 0x738B: "ring", 0x5C0F: "triangle"})
    strings = {}
    for name in order:
        pen = pens.T2CharStringPen(1000, None)
        if name in ("ring", "unused"):
            circle(pen, RADIUS, KAPPA)
            circle(pen, RADIUS // 2, -KAPPA // 2, reverse=True)
        elif name != "space":
            pen.moveTo((0, 0))
            pen.lineTo((900, 0))
            pen.lineTo((450, 800))
            pen.closePath()
        strings[name] = pen.getCharString()
    builder.setupCFF("Ring-Regular", {}, strings, {})
    builder.setupHorizontalMetrics({name: (300 if name == "space" else 1000, 0) for name in order})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Ring", "styleName": "Regular", "psName": "Ring-Regular"})
    builder.setupOS2(sCapHeight=733)
    builder.setupPost()
    builder.save(path)


def circle(pen: object, radius: int, kappa: int, *, reverse: bool = False) -> None:
    """Draw four cubic arcs around (500, 400), counter-clockwise or clockwise."""
    k, sign = abs(kappa), -1 if reverse else 1
    x, y = 500, 400
    corners = [(radius, 0), (0, sign * radius), (-radius, 0), (0, -sign * radius)]
    pen.moveTo((x + radius, y))  # type: ignore[attr-defined]
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        scale = k / radius
        pen.curveTo(  # type: ignore[attr-defined]
            (x + ax + bx * scale, y + ay + by * scale), (x + bx + ax * scale, y + by + ay * scale), (x + bx, y + by)
        )
    pen.closePath()  # type: ignore[attr-defined]


@pytest.fixture
def book(tmp_path: Path) -> FontBook:
    make_cff(tmp_path / "Ring-Regular.otf")
    return FontBook((tmp_path,), system_dirs=())


def test_a_cff_font_is_found_and_converted(book: FontBook) -> None:
    shaped = shape_with(book, "王小")
    (run,) = shaped.runs
    assert run.face_key == "sys-Ring-Regular"
    assert run.gids == (3, 4)
    assert not shaped.missing
    program = book.face(run.face_key).subset(run.gidset)
    font = ttlib.TTFont(BytesIO(program))
    assert {*font.keys()} - {"GlyphOrder"} == {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}
    names = font.getGlyphOrder()
    glyf = font["glyf"]
    assert [glyf[name].numberOfContours for name in names] == [1, 0, 0, 2, 1]
    assert font["hmtx"][names[3]] == (1000, 100)


def test_the_area_is_kept_and_turns_clockwise(book: FontBook) -> None:
    """Cubic and quadratic outlines enclose the same area to one part in a thousand, with the sign turned."""
    face = book.face_for("王")
    assert face
    source = ttlib.TTFont(face.path)
    converted = ttlib.TTFont(BytesIO(face.subset(frozenset({3, 4}))))
    for gid in (3, 4):
        areas = []
        for font in (source, converted):
            glyphs = font.getGlyphSet()
            pen = area.AreaPen(glyphs)
            glyphs[font.getGlyphOrder()[gid]].draw(pen)
            areas.append(pen.value)
        assert areas[0] > 100_000
        assert areas[1] == pytest.approx(-areas[0], rel=1e-3)


def test_harfbuzz_reads_the_program(book: FontBook) -> None:
    face = book.face_for("小")
    assert face
    font = hb.Font(hb.Face(face.subset(frozenset({4}))))
    extents = font.get_glyph_extents(4)
    assert (extents.x_bearing, extents.y_bearing, extents.width, extents.height) == (0, 800, 900, -800)
    assert font.get_glyph_h_advance(4) == 1000


def test_an_empty_subset_still_has_notdef(book: FontBook) -> None:
    face = book.face_for("小")
    assert face
    font = ttlib.TTFont(BytesIO(face.subset(frozenset())))
    assert font["maxp"].numGlyphs == 1
    assert font["glyf"][font.getGlyphOrder()[0]].numberOfContours == 1
