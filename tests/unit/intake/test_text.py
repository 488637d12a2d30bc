"""The gate for text, identifiers, times and numbers."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.intake import amounts, text, times
from papermode.intake.text import UnusableError
from papermode.model.snapshot import Quantity, When

KEPT = {
    "\t",
    "\n",
    "\u200c",
    "\u200d",
    *map(chr, range(0x600, 0x606)),
    "\u06dd",
    "\u070f",
    "\u0890",
    "\u0891",
    "\u08e2",
}


def test_every_control_and_format_character_of_unicode_goes_and_nothing_else() -> None:
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if unicodedata.category(letter) == "Cn":
            continue  # not assigned in this Python's Unicode
        hidden = unicodedata.category(letter) in ("Cc", "Cf") and letter not in KEPT
        if letter in "\r\x0b\x0c\x85\u2028\u2029":
            assert text.clean(f"a{letter}b") == "a\nb"
        elif hidden and number not in (0x110BD, 0x110CD):  # Kaithi number signs are visible
            assert text.clean(f"a{letter}b") == "ab", hex(number)
        elif not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf", "Cs"):
            assert text.clean(f"a{letter}b") == f"a{letter}b", hex(number)


def test_a_direction_override_cannot_turn_a_dose_around() -> None:
    assert text.clean("give \u202e01\u202c mg") == "give 01 mg"


def test_joiners_that_scripts_need_stay_in_names() -> None:
    assert text.line("क्‍ष नی‌م") == "क्‍ष नی‌م"


@given(st.text(max_size=80))
def test_cleaning_twice_is_cleaning_once(value: str) -> None:
    assert text.clean(text.clean(value)) == text.clean(value)
    assert "\n" not in text.line(value)
    assert text.line(text.line(value)) == text.line(value)


def test_a_text_beyond_the_limit_is_refused_and_never_cut() -> None:
    with pytest.raises(UnusableError, match="longer than the limit"):
        text.clean("x" * 11, limit=10)


@pytest.mark.parametrize(
    "value", ["", "  ", "a\tb", "a\nb", "12\u202e3", "12\u200b3", "1\x002", "x" * 129, None, "a\u00a0b"]
)
def test_bad_identifiers_are_refused(value: str | None) -> None:
    with pytest.raises(UnusableError):
        text.identifier(value)


@pytest.mark.parametrize("value", ["00123", "A-1.b", "病歴 12", " 12 "])
def test_good_identifiers_keep_their_characters(value: str) -> None:
    assert text.identifier(value) == value.strip()


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-11-24T02:00:00-05:00", "2026-11-24T02:00:00-05:00"),
        ("2026-11-24T07:00:00Z", "2026-11-24T07:00:00+00:00"),
        ("2026-11-24T07:00:00.1234567Z", "2026-11-24T07:00:00.123456+00:00"),
        ("2026-11-24T07:00+01:00", "2026-11-24T07:00:00+01:00"),
    ],
)
def test_a_time_with_offset_is_an_instant(written: str, iso: str) -> None:
    found = times.when(written)
    assert found is not None
    assert (found.text, found.at.isoformat() if found.at else "") == (written, iso)


@pytest.mark.parametrize("written", ["2026", "2026-11", "2026-11-24", "2026-11-24T02:00:00"])
def test_a_time_without_offset_has_no_instant(written: str) -> None:
    assert times.when(written) == When(written, None)


@pytest.mark.parametrize(
    "written", ["24.11.2026", "2026-13-01T00:00:00Z", "2026-11-24T25:00:00Z", "yesterday", "2026-11-24 02:00Z"]
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(UnusableError):
        times.when(written)


@pytest.mark.parametrize("written", ["1970-02-30", "02.01.1970", "1970-1-2"])
def test_what_is_no_birth_date_is_refused(written: str) -> None:
    with pytest.raises(UnusableError):
        times.date(written)


@pytest.mark.parametrize(
    ("number", "unit", "dose"),
    [
        ("5.0", "mg", "5 mg"),
        ("2.50", "mg", "2.5 mg"),
        ("0.125", "mg", "0.125 mg"),
        ("1000", "ug", "1,000 mcg"),
        ("25000", "U", "25,000 units"),
        ("10", "IU", "10 units"),
        ("18", "U/kg/h", "18 units/kg/h"),
        ("0.1", "ug/kg/min", "0.1 mcg/kg/min"),
        ("1E3", "mL", "1,000 mL"),
        ("1", "{tablet}", "1 tablet"),
        ("5", "%", "5%"),
        ("100", "ml", "100 mL"),
    ],
)
def test_doses_follow_rule_r6(number: str, unit: str, dose: str) -> None:
    assert amounts.dose(Quantity(number, unit)) == dose


@given(st.decimals(min_value="0.00001", max_value="999999", allow_nan=False, allow_infinity=False))
def test_a_written_dose_has_the_same_value_and_no_dangerous_zero(value: object) -> None:
    written = amounts.safe_number(str(value))
    assert amounts.is_same_number(written.replace(",", ""), str(value))
    assert not ("." in written and written.endswith("0"))
    assert not written.startswith(".")


@pytest.mark.parametrize("number", ["1e400", "1e-40", "NaN", "abc"])
def test_absurd_doses_are_refused(number: str) -> None:
    with pytest.raises(UnusableError):
        amounts.safe_number(number)


@pytest.mark.parametrize("value", ["7", True, None, 10**60, [1], amounts.Digits("1." + "1" * 60)])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UnusableError):
        amounts.digits(value)
