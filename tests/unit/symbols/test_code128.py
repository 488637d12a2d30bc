"""Code 128: every reader reads what was meant, and the symbol is as short as sets B and C allow."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.symbols.code128 import QUIET_MODULES, code128

PRINTABLE = [chr(code) for code in range(32, 127)]


def read(widths: tuple[int, ...], scale: int = 3) -> list[str]:
    """Rasterise the bars and read them."""
    modules = [index % 2 == 0 for index, width in enumerate(widths) for _ in range(width)]
    line = np.array([False] * QUIET_MODULES + modules + [False] * QUIET_MODULES)
    image = np.repeat(np.where(np.repeat(line, scale), 0, 255).astype(np.uint8)[None, :], 60, axis=0)
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128)
    return [found.text for found in zxingcpp.read_barcodes(image, formats=formats)]


@settings(deadline=None, max_examples=150)
@given(st.text(PRINTABLE, min_size=1, max_size=24) | st.from_regex(r"\A[A-Z]?[0-9]{1,20}[A-Z]{0,2}[0-9]{0,9}\Z"))
def test_texts_are_read_back(text: str) -> None:
    assert read(code128(text)) == [text]


def test_every_character_and_every_pair_of_digits_is_read() -> None:
    for character in PRINTABLE:
        assert read(code128("a" + character + "z")) == ["a" + character + "z"]
    for number in range(100):
        assert read(code128(f"00{number:02}00")) == [f"00{number:02}00"]


def test_every_check_character_is_read() -> None:
    texts = {code128(text)[-13:-7]: text for text in (a + b for a in "AB" for b in PRINTABLE)}
    assert len(texts) == 103
    for text in texts.values():
        assert read(code128(text)) == [text]


@given(st.text(PRINTABLE, min_size=1, max_size=30))
def test_shape(text: str) -> None:
    widths = code128(text)
    assert len(widths) % 6 == 1
    assert all(1 <= width <= 4 for width in widths)
    # Every symbol character is 11 modules wide and has an even number of dark modules; the stop has 13.
    for start in range(0, len(widths) - 7, 6):
        assert sum(widths[start : start + 6]) == 11
        assert sum(widths[start : start + 6 : 2]) % 2 == 0
    assert widths[-7:] == (2, 3, 3, 1, 1, 1, 2)


def length(widths: tuple[int, ...]) -> int:
    """Return the number of symbol characters, without start, check and stop."""
    return (len(widths) - 7) // 6 - 2


def shortest(text: str) -> int:
    """Count the symbol characters of the shortest way, by trying all."""
    lengths = []
    for sets in itertools.product("BC", repeat=len(text)):
        index, characters = 0, 0
        current = sets[0]
        while index < len(text):
            if sets[index] != current:
                current, characters = sets[index], characters + 1
            step = 2 if current == "C" else 1
            if step == 2 and not (len(text[index : index + 2]) == 2 and text[index : index + 2].isdigit()):
                break
            index, characters = index + step, characters + 1
        else:
            lengths.append(characters)
    return min(lengths)


@settings(deadline=None)
@given(st.text("0159AZ", min_size=1, max_size=8))
def test_no_shorter_symbol_exists(text: str) -> None:
    assert length(code128(text)) == shortest(text)


@pytest.mark.parametrize(
    ("text", "characters"), [("004417893201", 6), ("E20251124087", 8), ("1", 1), ("12", 1), ("123", 3), ("A12B", 4)]
)
def test_lengths(text: str, characters: int) -> None:
    assert length(code128(text)) == characters


@pytest.mark.parametrize("text", ["", "ä", "A\n", "\x7f", "\x00", "١٢٣٤"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"printable ASCII only$"):
        code128(text)
