"""Faces, their order, and subsets for embedding."""

from __future__ import annotations

import re
import time
from io import BytesIO
from pathlib import Path

import pytest
import uharfbuzz as hb

from papermode.errors import ConfigError
from papermode.typeset import fonts
from papermode.typeset.fonts import BUNDLED, Face, FontBook, default_book

KEYS = ("sans-R", "sans-B", "arab-R", "arab-B", "hebr-R", "hebr-B", "deva-R", "deva-B", "thai-R", "thai-B", "symb-R")


@pytest.fixture
def bundled() -> FontBook:
    """Return a book that sees no font of this machine."""
    return FontBook(system_dirs=())


def key_for(book: FontBook, characters: str, bold: bool = False) -> str | None:
    """Return the key of the face that the book gives for the characters."""
    face = book.face_for(characters, bold)
    return face.key if face else None


def outline(font: hb.Font, gid: int) -> list[object]:
    """Return the drawing commands of a glyph."""
    commands: list[object] = []
    funcs = hb.DrawFuncs()
    funcs.set_move_to_func(lambda *args: args[-1].append(("move", args[:2])))
    funcs.set_line_to_func(lambda *args: args[-1].append(("line", args[:2])))
    funcs.set_quadratic_to_func(lambda *args: args[-1].append(("quadratic", args[:4])))
    funcs.set_close_path_func(lambda *args: args[-1].append("close"))
    font.draw_glyph(gid, funcs, commands)
    return commands


@pytest.mark.parametrize("key", KEYS)
def test_metrics(bundled: FontBook, key: str) -> None:
    face = bundled.face(key)
    left, bottom, right, top = face.bbox
    assert face.upem == 1000
    assert face.ascent > 700 > 0 > face.descent
    assert 400 < face.capheight < 1000
    assert left < 100 < right
    assert bottom < 0 < 500 < top
    assert re.fullmatch(r"[A-Za-z0-9-]+", face.postscript_name)
    assert face.data == (BUNDLED / f"{key}.ttf").read_bytes()


def test_metrics_agree_with_fonttools(bundled: FontBook) -> None:
    ttlib = pytest.importorskip("fontTools.ttLib")
    face = bundled.face("sans-R")
    font = ttlib.TTFont(face.path)
    assert (face.ascent, face.descent) == (font["hhea"].ascent, font["hhea"].descent)
    assert face.capheight == font["OS/2"].sCapHeight
    head = font["head"]
    assert face.bbox == (head.xMin, head.yMin, head.xMax, head.yMax)
    widths = [font["hmtx"][name][0] for name in font.getGlyphOrder()]
    assert [face.advance(gid) for gid in range(len(widths))] == widths


@pytest.mark.parametrize("key", KEYS)
def test_subset_keeps_ids_outlines_and_widths(bundled: FontBook, key: str) -> None:
    face = bundled.face(key)
    gids = frozenset(range(1, face.hb_face.glyph_count, 7))
    program = hb.Face(face.subset(gids))
    font = hb.Font(program)
    assert {*program.table_tags} == {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}
    for gid in (0, *gids):
        assert outline(font, gid) == outline(face.hb_font, gid)
        assert font.get_glyph_h_advance(gid) == face.units(gid)
    assert outline(font, 0), "glyph 0 must show that something is missing"


def test_subset_is_small_quick_and_cached(bundled: FontBook) -> None:
    face = bundled.face("sans-R")
    wanted = frozenset(range(80))
    start = time.process_time()
    program = face.subset(wanted)
    assert time.process_time() - start < 0.05
    assert len(program) < 20_000
    assert face.subset(set(range(80))) is program


def test_slashed_zero(bundled: FontBook) -> None:
    for key in ("sans-R", "sans-B"):
        face = bundled.face(key)
        assert face.slashed_zero not in (0, face.gid("0"))
        assert face.advance(face.slashed_zero) == face.advance(face.gid("0"))
        assert face.text_of(face.slashed_zero) == "0"


def test_digits_are_tabular(bundled: FontBook) -> None:
    for key in ("sans-R", "sans-B"):
        face = bundled.face(key)
        assert len({face.advance(face.gid(digit)) for digit in "0123456789"}) == 1


@pytest.mark.parametrize("character", "≤≥→↑↓≈±×−☐☑☒✓✗⚠♀♂▲▼■□●○←½µμ°²³€£Ω℃…–—‑•\u00a0\u202f\u2009")
def test_clinical_signs_are_bundled(bundled: FontBook, character: str) -> None:
    for bold in (False, True):
        face = bundled.face_for(character, bold)
        assert face
        assert face.gid(character)


@pytest.mark.parametrize(
    ("characters", "family"),
    [
        ("Ж", "sans"),
        ("ễ", "sans"),
        ("ش", "arab"),
        ("ש", "hebr"),
        ("क", "deva"),
        ("।", "deva"),
        ("ส", "thai"),
        ("≤", "symb"),
    ],
)
def test_each_script_has_its_own_font(bundled: FontBook, characters: str, family: str) -> None:
    assert key_for(bundled, characters) == f"{family}-R"
    assert key_for(bundled, characters, bold=True) == ("symb-R" if family == "symb" else f"{family}-B")


def test_whole_alphabets_are_covered(bundled: FontBook) -> None:
    ranges = [(0x20, 0x7E), (0xA0, 0x17F), (0x1E00, 0x1EFF), (0x391, 0x3A1), (0x3B1, 0x3C9), (0x400, 0x45F),
              (0x620, 0x64A), (0x5D0, 0x5EA), (0x905, 0x939), (0xE01, 0xE3A)]  # fmt: skip
    lacking = [chr(c) for low, high in ranges for c in range(low, high + 1) if not bundled.face_for(chr(c))]
    assert not lacking


def test_no_font_has_a_han_character_without_the_system(bundled: FontBook) -> None:
    assert bundled.face_for("王") is None


def test_site_fonts_come_after_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    (tmp_path / "deep" / "Zz.ttf").write_bytes(_renamed_signs())
    book = FontBook((tmp_path,), system_dirs=())
    own = book.face_for("\U00010480")
    assert own
    assert own.key == "sys-PapermodeSymbols-Regular"
    assert book.face(own.key) is own
    assert key_for(book, "≤") == "symb-R"
    assert book.face_for("\U00010481") is None


def test_a_blank_glyph_of_a_system_font_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "blank.ttf").write_bytes(_renamed_signs(blank=True))
    assert FontBook((tmp_path,), system_dirs=()).face_for("\U00010480") is None


def _renamed_signs(blank: bool = False, name: str = "") -> bytes:
    """Return the symbol font with one Osmanya letter, drawn as ``≤`` or empty, under a PostScript name."""
    ttlib = pytest.importorskip("fontTools.ttLib")
    font = ttlib.TTFont(BUNDLED / "symb-R.ttf")
    glyph = font.getBestCmap()[0x2264]
    subtable = ttlib.tables._c_m_a_p.CmapSubtable.newSubtable(12)
    subtable.platformID, subtable.platEncID, subtable.language = 3, 10, 0
    subtable.cmap = {0x10480: glyph}
    font["cmap"].tables = [subtable]
    if blank:
        font["glyf"][glyph] = ttlib.tables._g_l_y_f.Glyph()
    for record in font["name"].names if name else ():
        if record.nameID == 6:
            record.string = name
    out = BytesIO()
    font.save(out)
    return out.getvalue()


def test_the_system_is_not_asked_for_what_is_bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def forbidden(*_: object) -> list[Path]:
        raise AssertionError("looked for system fonts")

    monkeypatch.setattr(fonts, "_sorted", forbidden)
    book = FontBook(system_dirs=(tmp_path,))
    assert all(book.face_for(c) for c in "aЖ≤שشकส")
    with pytest.raises(AssertionError, match="looked for"):
        book.face_for("王")


def test_bold_sibling_of_a_system_font(tmp_path: Path) -> None:
    (tmp_path / "NotoSansOsmanya-Regular.ttf").write_bytes(_renamed_signs(name="NotoSansOsmanya-Regular"))
    (tmp_path / "NotoSansOsmanya-Bold.ttf").write_bytes(_renamed_signs(name="NotoSansOsmanya-Bold"))
    book = FontBook(system_dirs=(tmp_path,))
    assert key_for(book, "\U00010480") == "sys-NotoSansOsmanya-Regular"
    assert key_for(book, "\U00010480", bold=True) == "sys-NotoSansOsmanya-Bold"


def test_missing_bundle_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "BUNDLED", tmp_path)
    with pytest.raises(ConfigError, match="E190") as caught:
        FontBook()
    assert str(tmp_path) in caught.value.place


def test_default_book_is_made_once() -> None:
    assert default_book() is default_book(())


def test_unusable_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ttf"
    path.write_bytes(b"\0" * 100)
    assert not Face("x", path).usable


def test_licence_goes_with_the_fonts() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (BUNDLED / "OFL.txt").read_text()
    readme = (BUNDLED / "README.md").read_text()
    assert all(path.name in readme for path in BUNDLED.glob("*.ttf"))
    assert sum(path.stat().st_size for path in BUNDLED.glob("*.ttf")) < 2_000_000
