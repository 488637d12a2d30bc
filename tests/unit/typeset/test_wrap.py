"""Lines hold everything, fit, and break where a reader may stop."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.geometry import POINT_HMM
from papermode.typeset.bidi import CONTROLS
from papermode.typeset.clusters import clusters
from papermode.typeset.fonts import FontBook
from papermode.typeset.shaping import isolate, shape, simple_advances
from papermode.typeset.wrap import text_width, wrap

ORDER = (
    "Paracetamol 1 g tablet: give 1 tablet by mouth every 6 hours when required for pain, maximum 4 g in 24 hours; "
    "review after 3 days"
)
LETTERS = st.sampled_from(sorted(simple_advances(False, False)))
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=20).map(" ".join)
MIXED = st.lists(
    st.sampled_from(["محمد", "عبد الرحمن", "כהן", "क्षत्रिय", "น้ำผู้ป่วย", "王小明，男。", "5-10 mg", "\u00a0", " ",
                     "≤", "\n", "-", "/", isolate("2-4 mL"), "hydroxy-chloroquine", "e\u0301\u0302",
                     "\u2067אב 12\u2069", "\u200b"]),
    max_size=25,
).map(" ".join)  # fmt: skip


def visible(text: str) -> str:
    """Return the characters that leave ink."""
    return "".join(c for c in text if not c.isspace() and c not in CONTROLS)


@given(WORDS, st.integers(500, 2400), st.integers(300, 18000), st.booleans())
def test_simple_lines_lose_nothing_and_fit(text: str, size: int, width: int, bold: bool) -> None:
    lines = wrap(text, size, width, bold)
    assert visible("".join(lines)) == visible(text)
    for line in lines:
        assert text_width(line, size, bold) <= width or len(line) == 1


@given(MIXED, st.sampled_from([700, 1000]), st.integers(300, 9000))
def test_mixed_lines_lose_nothing_and_fit(text: str, size: int, width: int) -> None:
    lines = wrap(text, size, width)
    assert visible("".join(lines)) == visible(text)
    for line in lines:
        if text_width(line, size) > width:
            assert len(clusters(visible(line))) == 1


@given(st.text(max_size=60), st.integers(100, 5000))
def test_any_text_at_all(text: str, width: int) -> None:
    assert visible("".join(wrap(text, 1000, width))) == visible(text)


@given(st.lists(st.text("abcdmw.,", min_size=1, max_size=8), min_size=1, max_size=30), st.integers(3000, 18000))
def test_no_line_could_take_the_next_word(words: list[str], width: int) -> None:
    lines = wrap(" ".join(words), 1000, width)
    assert " ".join(lines) == " ".join(words)
    for line, following in pairwise(lines):
        assert text_width(f"{line} {following.split(' ')[0]}", 1000) > width


def test_known_lines() -> None:
    assert wrap(ORDER, 700, 5300) == (
        "Paracetamol 1 g tablet: give 1 tablet by",
        "mouth every 6 hours when required for pain,",
        "maximum 4 g in 24 hours; review after 3 days",
    )


def test_line_ends_are_kept() -> None:
    assert wrap("a\n\nb\r\nc\u2028d", 1000, 5000) == ("a", "", "b", "c", "d")
    assert wrap("", 1000, 5000) == ("",)
    assert wrap("   ", 1000, 5000) == ("",)


def test_inner_spaces_are_kept_and_spaces_at_breaks_are_not() -> None:
    assert wrap("  a  b", 1000, 5000) == ("  a  b",)
    assert wrap("aaaaaaaaa    bbbbbbbbb", 1000, 2200) == ("aaaaaaaaa", "bbbbbbbbb")


@pytest.mark.parametrize("space", ["\u00a0", "\u202f"])
def test_no_break_spaces_do_not_break(space: str) -> None:
    lines = wrap(f"give a dose of 500{space}mg now", 1000, 3200)
    assert any(f"500{space}mg" in line for line in lines)
    assert len(lines) > 1


@pytest.mark.parametrize("value", ["500 mg", "1.5 mL/h", "2 tablets", "12 hours", "95 %", "37.5 °C", "250 micrograms"])
@pytest.mark.parametrize("lead", ["Give", "Give now and", "Give it then", "Please give up to"])
@pytest.mark.parametrize("more", [0, 250, 500, 1000, 2000])
def test_a_number_stays_with_its_unit(lead: str, value: str, more: int) -> None:
    width = text_width(value, 1000) + more
    assert any(value in line for line in wrap(f"{lead} {value} as needed", 1000, width))


@pytest.mark.parametrize("value", ["5-10", "mg/kg/min", "12-Mar-2031", "co-codamol", "-20", "120/80"])
def test_values_are_not_broken_at_hyphens_or_slashes(value: str) -> None:
    for width in range(text_width(value, 1000), 4500, 100):
        assert any(value in line for line in wrap(f"for a dose of {value} at once", 1000, width))


def test_long_compounds_break_after_their_hyphen_or_slash() -> None:
    width = text_width("dose hydroxy-", 1000)
    assert wrap("dose hydroxy-chloroquine", 1000, width) == ("dose hydroxy-", "chloroquine")
    assert wrap("dose insulin/glucose", 1000, text_width("dose insulin/", 1000)) == ("dose insulin/", "glucose")


def test_a_word_wider_than_the_line_is_broken_between_clusters() -> None:
    lines = wrap("क्षत्रियक्षत्रिय" * 3, 1000, 1500)
    assert len(lines) > 2
    assert "".join(lines) == "क्षत्रियक्षत्रिय" * 3
    whole = set(clusters("क्षत्रियक्षत्रिय"))
    assert all(cluster in whole for line in lines for cluster in clusters(line))


def test_chinese_and_japanese_break_between_characters(bundled_only: FontBook) -> None:
    text = "王小明（男性），昨日入院。"
    lines = wrap(text, 1000, text_width("王小明（", 1000))
    assert len(lines) > 2
    assert "".join(lines) == text
    assert not any(line[0] in "），。" or line[-1] in "（" for line in lines)


def test_lines_of_a_right_to_left_paragraph_stay_right_to_left() -> None:
    lines = wrap("محمد عبد الرحمن: Paracetamol 500 mg tablets twice daily", 1000, 3000)
    assert len(lines) > 2
    assert all(shape(line).runs == shape(line, base="rtl").runs for line in lines)


def test_isolates_are_closed_and_opened_again() -> None:
    text = f"محمد عبد الرحمن {isolate('Paracetamol 500 mg twice daily')} ليلا"
    lines = wrap(text, 1000, 3500)
    assert len(lines) > 2
    for line in lines:
        assert line.count("\u2068") == line.count("\u2069")
    assert any("Paracetamol" in line and "\u2068" in line for line in lines)


def test_text_width_rounds_up() -> None:
    assert text_width("", 1000) == 0
    exact = shape("Hello").width / 1000 * 10 * POINT_HMM
    assert exact <= text_width("Hello", 1000) < exact + 1
    assert text_width("Hello", 1000, bold=True) > text_width("Hello", 1000)
    assert isinstance(text_width("王", 1000), int)


@given(WORDS)
def test_a_line_as_wide_as_its_text_is_one_line(text: str) -> None:
    text = " ".join(text.split())
    assert wrap(text, 900, text_width(text, 900)) == (text,)


def test_missing_characters_are_measured_as_their_boxes(bundled_only: FontBook) -> None:
    lines = wrap("Wang 王小明 ward", 1000, 2500)
    assert len(lines) > 2
    assert all(text_width(line, 1000) <= 2500 for line in lines)


def test_decomposed_letters_are_not_parted() -> None:
    text = unicodedata.normalize("NFD", "Nguyễn" * 8)
    for line in wrap(text, 1000, 1000):
        assert unicodedata.category(line[0]) != "Mn"


def test_wrapping_is_quick() -> None:
    wrap.cache_clear()
    start = time.process_time()
    for number in range(1000):
        wrap(f"{ORDER} {number}", 700, 5300)
    assert time.process_time() - start < 0.25, "250 us a text: ten times what it takes"
