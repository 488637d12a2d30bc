"""Strings to glyphs: the short and the long way, scripts, directions, characters that no font has."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.typeset.fonts import FontBook, default_book
from papermode.typeset.itemize import shape_any
from papermode.typeset.shaping import Shaped, coverage, face, isolate, shape, simple_advances

SIMPLE = st.text(st.sampled_from(sorted(simple_advances(False, False))), min_size=1)

NAMES = {
    "arab": ["محمد عبد الرحمن", "مُحَمَّدٌ لا إله", "فاطمة الزهراء"],
    "hebr": ["יוסף כהן", "שָׁלוֹם"],
    "deva": ["अनुराधा शर्मा", "क्षत्रिय लक्ष्मी"],
    "thai": ["สมชาย ใจดี", "น้ำ ผู้ป่วย กี่"],
}
ALL_NAMES = [(family, name) for family, names in NAMES.items() for name in names]


def visual(shaped: Shaped) -> str:
    """Return what a reader sees from left to right, where every glyph stands for one character."""
    seen = ""
    for run in shaped.runs:
        known = run.to_unicode()
        seen += "".join(known[gid] for gid in run.gids)
    return seen


@pytest.mark.parametrize(
    "text", ["Zoë Łukasiewicz-Nguyễn", "Владимир Щербаков", "Ελένη Παπαδοπούλου", "5–10 mg · 37.2 °C"]
)
def test_simple_text_is_one_plain_run(text: str) -> None:
    shaped = shape(text)
    (run,) = shaped.runs
    assert shaped.plain
    assert run.face_key == "sans-R"
    assert len(run.hex) == 4 * len(text)
    assert run.hex == run.hex.upper()
    assert not run.positions
    assert visual(shaped) == text
    assert shaped.width == run.width == sum(face("sans-R").advance(gid) for gid in run.gids)


@given(SIMPLE, st.booleans(), st.booleans())
def test_both_ways_give_the_same_glyphs(text: str, bold: bool, zero: bool) -> None:
    short = shape(text, bold, zero)
    long = shape_any(text, default_book(), bold, zero, "auto")
    assert "".join(run.hex for run in long.runs) == short.runs[0].hex
    assert long.width == short.width
    assert not any(run.positions for run in long.runs)


@given(SIMPLE, SIMPLE)
def test_widths_of_plain_text_add_up(first: str, second: str) -> None:
    assert shape(first + second).width == shape(first).width + shape(second).width


def test_no_ligatures_and_no_kerning() -> None:
    assert len(shape("office").runs[0].gids) == 6
    combining = shape("AV\u0331")  # a combining mark forces the long way
    assert not combining.plain
    assert combining.width == shape("AV").width


@given(st.text())
def test_no_glyph_is_notdef_and_nothing_fails(text: str) -> None:
    shaped = shape(text)
    assert all(0 not in run.gids for run in shaped.runs)
    assert shaped.width == pytest.approx(sum(run.width for run in shaped.runs))


@pytest.mark.parametrize(("family", "name"), ALL_NAMES)
@pytest.mark.parametrize("bold", [False, True])
def test_names_are_set_in_their_own_font(bundled_only: FontBook, family: str, name: str, bold: bool) -> None:
    shaped = shape(name, bold)
    assert {run.face_key for run in shaped.runs} == {f"{family}-{'B' if bold else 'R'}"}
    assert not shaped.missing
    assert all(0 not in run.gids for run in shaped.runs)
    assert "".join(run.text for run in shaped.runs) == unicodedata.normalize("NFC", name)


def test_arabic_letters_join() -> None:
    joined = shape("محمد").runs[0]
    alone = [shape(letter).runs[0].hex for letter in reversed("محمد")]
    assert joined.hex != "".join(alone)
    assert len(joined.gids) == 4


def test_arabic_lam_alef_is_one_glyph() -> None:
    assert len(shape("لا").runs[0].gids) == 1
    assert shape("لا").runs[0].to_unicode() == {shape("لا").runs[0].gids[0]: "لا"}


def test_arabic_vowel_signs_are_placed_over_their_letters() -> None:
    run = shape("مُ").runs[0]
    assert len(run.gids) == len(run.positions) == 2
    assert any(y for _, _, y in run.positions) or any(x for _, x, _ in run.positions)
    assert sum(advance for advance, _, _ in run.positions) == run.width == shape("م").width


def test_hebrew_is_drawn_from_the_right() -> None:
    assert visual(shape("כהן")) == "ןהכ"


def test_devanagari_conjuncts_and_reordering() -> None:
    assert len(shape("क्ष").runs[0].gids) == 1
    i_sign_first = shape("कि").runs[0].gids
    assert shape("क").runs[0].gids[0] == i_sign_first[1]


def test_thai_marks_do_not_advance() -> None:
    assert shape("กี่").width == shape("ก").width


def test_decomposed_names_are_composed() -> None:
    name = "Zoë Nguyễn"
    assert shape(unicodedata.normalize("NFD", name)).runs[0].hex == shape(name).runs[0].hex


def test_a_mark_that_does_not_compose_is_placed() -> None:
    run = shape("q\u0303").runs[0]
    assert len(run.positions) == 2
    assert run.width == shape("q").width


ISOLATION = [
    ("محمد عبد الرحمن", "5-10 mg"),
    ("محمد", "120/80 mmHg"),
    ("تاريخ الميلاد:", "12-Mar-2031"),
    ("יוסף כהן", "2-4 mL (PRN)"),
]


@pytest.mark.parametrize(("label", "value"), ISOLATION)
def test_isolated_values_keep_their_order(label: str, value: str) -> None:
    shaped = shape(f"{label} {isolate(value)}")
    seen = "".join(run.text for run in shaped.runs if run.face_key == "sans-R")
    assert value in seen
    assert shaped.runs[-1].face_key in ("arab-R", "hebr-R"), "the paragraph starts at the right"


@pytest.mark.parametrize(("label", "value"), ISOLATION[:3])
def test_unisolated_values_are_torn(label: str, value: str) -> None:
    """The reason for isolate(): this is correct by UAX #9 and wrong on a drug chart."""
    assert value not in "".join(run.text for run in shape(f"{label} {value}").runs)


def test_isolates_cost_nothing_in_plain_text() -> None:
    shaped = shape(f"Dose {isolate('5-10 mg')} PO")
    assert shaped.plain
    assert shaped.runs == shape("Dose 5-10 mg PO").runs


def test_base_direction() -> None:
    text = "5 mg (כהן)"
    left, right, auto = (shape(text, base=base) for base in ("ltr", "rtl", "auto"))
    assert left.runs == auto.runs != right.runs
    assert "".join(run.text for run in shape("a b.", base="rtl").runs) == ".a b"
    assert left.width == pytest.approx(right.width)


def test_brackets_are_mirrored() -> None:
    runs = shape("(כהן)", base="rtl").runs
    assert runs[0].gids[0] == face(runs[0].face_key).gid("(")
    assert runs[-1].gids[-1] == face(runs[-1].face_key).gid(")")


def test_digits_look_the_same_in_every_script() -> None:
    for name in ("محمد", "כהן", "शर्मा", "สมชาย"):
        keys = {run.face_key for run in shape(f"{name} 12").runs if run.text.strip().isdigit()}
        assert keys == {"sans-R"}


def test_zeros_are_slashed_on_request() -> None:
    plain, slashed = shape("O0", zero=False).runs[0], shape("O0", zero=True).runs[0]
    assert plain.gids[0] == slashed.gids[0]
    assert plain.gids[1] != slashed.gids[1]
    assert slashed.to_unicode()[slashed.gids[1]] == "0"
    long = shape("0\u0331", zero=True).runs[0]
    assert long.gids[0] == slashed.gids[1]


def test_a_missing_character_is_boxed_in_place(bundled_only: FontBook) -> None:
    shaped = shape("Wang 王, age 5 \U0001f9ea 王")
    assert shaped.missing == ("王", "\U0001f9ea")
    texts = [(run.text, run.boxed) for run in shaped.runs]
    assert texts == [
        ("Wang ", False),
        ("[U+738B]", True),
        (", age 5 ", False),
        ("[U+1F9EA]", True),
        (" ", False),
        ("[U+738B]", True),
    ]


def test_a_missing_character_in_a_hebrew_name_is_boxed_in_reading_order(bundled_only: FontBook) -> None:
    runs = shape("כהן \u10d0 לוי").runs
    assert [run.text.strip() for run in runs] == ["לוי", "", "[U+10D0]", "כהן"]
    assert [run.boxed for run in runs] == [False, False, True, False]


def test_control_characters_are_shown_not_swallowed() -> None:
    assert shape("a\x07b").missing == ("\x07",)
    assert shape("a\tb\nc").runs[0].hex == shape("a b c").runs[0].hex


def test_invisible_characters_take_no_room() -> None:
    assert shape("a\u200b\u2060\u00ad\ufeffb").width == shape("ab").width
    assert shape("").width == shape("\u2068\u2069").width == 0


def test_coverage_lists_what_no_font_has(bundled_only: FontBook) -> None:
    assert coverage("Zoë محمد ≤ 王王小\u200d\u2068\n") == ("王", "小")
    assert coverage("") == ()


def test_ligature_clusters_have_their_text() -> None:
    run = shape("क्षत्रिय").runs[0]
    assert "क्ष" in run.to_unicode().values()


def test_gidset_is_what_subset_takes() -> None:
    run = shape("abba").runs[0]
    assert run.gidset == {face("sans-R").gid("a"), face("sans-R").gid("b")}
    assert len(face("sans-R").subset(run.gidset)) > 200


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.booleans())
def test_every_visible_character_is_drawn_or_named(text: str, bold: bool) -> None:
    """The texts of all runs together hold every character of the input but spaces and controls."""
    shaped = shape(text, bold)
    drawn = "".join("" if run.boxed else run.text for run in shaped.runs)
    for character in unicodedata.normalize("NFC", text):
        if unicodedata.category(character) in ("Cf", "Cc", "Zl", "Zp", "Zs", "Mn"):
            continue
        assert character in drawn or character in shaped.missing


def test_runs_do_not_overlap_or_leave_gaps() -> None:
    shaped = shape("≤ 5 mg → كهن")
    starts = [0.0]
    for run in shaped.runs:
        starts.append(starts[-1] + run.width)
    assert all(a < b for a, b in pairwise(starts))
    assert starts[-1] == pytest.approx(shaped.width)


def test_shaping_does_not_depend_on_the_locale() -> None:
    program = "import locale,sys; locale.setlocale(locale.LC_ALL, sys.argv[1]); " \
              "from papermode.typeset.shaping import shape; print(shape('Ştefan б\u0331 محمد'))"  # fmt: skip
    outputs = {
        subprocess.run([sys.executable, "-c", program, name], capture_output=True, check=True).stdout
        for name in ("C", "C.UTF-8")
    }
    assert len(outputs) == 1
