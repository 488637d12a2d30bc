"""How facts are written: numbers, units and dates that cannot be misread (domain rule R6)."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.model.snapshot import (
    Allergy,
    Measure,
    Medication,
    Name,
    Observation,
    Quantity,
    ScaleStep,
    Statement,
    Stay,
    When,
)
from papermode.plan import facts
from papermode.plan.context import age_text, age_years
from papermode.plan.facts import NBSP, Style, dose_text
from papermode.plan.words import DAYS, LANGUAGES, MONTHS, WORDS, iso_date_text, moment_text, word
from papermode.typeset.wrap import wrap

STYLE = Style(ZoneInfo("America/New_York"), "en")
NIGHT = When("2026-11-24T02:00:00-05:00", datetime.fromisoformat("2026-11-24T02:00:00-05:00"))


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("2.5 mg", "2.5_mg"),
        ("0.125 mg", "0.125_mg"),
        ("1000 mg", "1,000_mg"),
        ("100000 units", "100,000_units"),
        ("1234567 units", "1,234,567_units"),
        ("999 mg", "999_mg"),
        ("1,000 mg", "1,000_mg"),
        ("0.0125 mg", "0.0125_mg"),
        ("1250.5 mg", "1,250.5_mg"),
        ("5-10 mg", "5-10_mg"),
        ("2 x 500 mg", "2_x 500_mg"),
        ("80 mg/m2", "80_mg/m2"),
        ("", ""),
        ("1 tablet", "1_tablet"),
        ("0004 mg", "0004_mg"),
    ],
)
def test_doses(source: str, printed: str) -> None:
    """This test ensures that thousands have a comma, a number keeps its unit, and no digit is added or lost."""
    assert dose_text(source, "en") == printed.replace("_", NBSP)


def test_french_doses() -> None:
    """This test ensures that French groups thousands by a narrow space, since there a comma is a decimal point."""
    assert dose_text("1000 mg", "fr") == f"1\u202f000{NBSP}mg"


@given(
    st.from_regex(r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,4})?", fullmatch=True), st.sampled_from(("mg", "mL/h", "units", "%"))
)
def test_a_dose_keeps_its_digits(number: str, unit: str) -> None:
    """This test ensures that whatever the number, its digits are those of the source and cannot part from the unit."""
    text = dose_text(f"{number} {unit}", "en")
    assert text.replace(",", "").replace(NBSP, " ") == f"{number} {unit}"
    assert not re.search(r"(?<!\d)\.\d", text)
    assert wrap(f"word {text}", 1000, 100_000) == (f"word {text}",)
    assert any(text in line for line in wrap("a drug of a long name " + text, 1000, 4000))


def test_measures_keep_the_digits_of_the_source() -> None:
    """This test ensures that a weight is printed with the digits, the unit, the day and how it is known."""
    text = facts.measure_text(Measure(Quantity("72.50", "kg"), NIGHT, "measured"), STYLE)
    assert text == f"72.50{NBSP}kg, measured, 24-Nov-2026 02:00"
    assert "how known: not in data" in facts.measure_text(Measure(Quantity("72.50", "kg")), STYLE)


def test_dates_cannot_be_misread() -> None:
    """This test ensures that days, months and years are told apart, and what is no date is shown and not guessed."""
    assert iso_date_text("2031-03-12", "en") == "12-Mar-2031"
    assert iso_date_text("2031-03", "en") == "Mar-2031"
    assert iso_date_text("2031", "en") == "2031"
    for odd in ("12/03/2031", "2031-13-01", "soon", "2031-03-12T00:00"):
        assert iso_date_text(odd, "en") == odd
    assert iso_date_text("2031-08-01", "fr") == "01-Août-2031"


def test_an_hour_that_comes_twice_names_its_zone() -> None:
    """This test ensures that 01:30 in the long night is said to be summer or winter time, and at no other hour."""
    zone = ZoneInfo("America/New_York")
    first, second = (datetime.fromisoformat(f"2026-11-01T01:30:00{o}") for o in ("-04:00", "-05:00"))
    assert moment_text(first, zone, "en") == "01-Nov-2026 01:30 EDT"
    assert moment_text(second, zone, "en") == "01-Nov-2026 01:30 EST"
    assert moment_text(datetime.fromisoformat("2026-11-01T03:30:00-05:00"), zone, "en") == "01-Nov-2026 03:30"


@pytest.mark.parametrize(
    ("birth", "words", "years"),
    [
        ("2026-11-23", "1 days", 0),
        ("2026-09-24", "2 months", 0),
        ("2025-01-24", "22 months", 1),
        ("2010-11-24", "16 y", 16),
        ("2010-11-25", "15 y", 15),
        ("1980", "", 46),
        ("1980-05", "", 46),
        ("", "", None),
        ("2027-01-01", "", -1),
        ("unknown", "", None),
    ],
)
def test_ages(birth: str, words: str, years: int | None) -> None:
    """This test ensures that an age is only said where the birth date is known to the day, to the very birthday."""
    at = datetime.fromisoformat("2026-11-24T02:00:00-05:00")
    assert age_text(birth, at, "en") == words
    if birth != "2027-01-01":
        assert age_years(birth, at) == years


def test_allergies_are_whole() -> None:
    """This test ensures that substance, reactions, severity, criticality, kind, doubt and note are all printed."""
    a = Allergy(
        "1",
        "Penicillin",
        ("rash", "anaphylaxis"),
        "severe",
        "high",
        "intolerance",
        "inactive",
        "unconfirmed",
        "as a child",
    )
    assert (
        facts.allergy_text(a, "en")
        == "Penicillin (rash, anaphylaxis; severe; criticality high) (intolerance, inactive, unconfirmed) as a child"
    )
    assert (
        facts.allergy_text(Allergy("1", "Latex", status="active", verification="confirmed", kind="allergy"), "en")
        == "Latex"
    )


def test_a_series_names_each_day_once() -> None:
    """This test ensures that of several values each has its time, and a new day is said."""

    def value(text: str, at: str, flag: str = "") -> Observation:
        return Observation(
            "1", "Potassium", text, "mmol/L", at=When(at, datetime.fromisoformat(at)), flag=flag, reference="3.5–5.1"
        )

    group = [
        value("3.1", "2026-11-24T01:00:00-05:00", "L"),
        value("3.4", "2026-11-24T00:30:00-05:00", "N"),
        value("3.60", "2026-11-23T06:00:00-05:00"),
    ]
    assert (
        facts.series_text(group, STYLE)
        == "Potassium mmol/L (ref 3.5–5.1): 3.1 [L] Tue 24-Nov 01:00, 3.4 00:30, 3.60 Mon 23-Nov 06:00"
    )


def test_what_is_not_final_is_said() -> None:
    """This test ensures that a preliminary result is not taken for a final one."""
    assert (
        facts.series_text([Observation("1", "Culture", "growth", status="preliminary")], STYLE)
        == "Culture: growth (preliminary)"
    )


def test_infusion_rates_are_of_a_time() -> None:
    """This test ensures that a rate is said to be past, with its time, and a missing one is said to be missing."""
    known = Medication("m", "Noradrenaline", "infusion", rate="0.05 mcg/kg/min", rate_at=NIGHT)
    assert facts.med_rate(known, STYLE) == f"was 0.05{NBSP}mcg/kg/min at 24-Nov-2026 02:00 – READ THE PUMP"
    assert facts.med_rate(Medication("m", "N", "infusion"), STYLE) == "RATE NOT IN DATA – READ THE PUMP"


@pytest.mark.parametrize(
    ("most", "printed"),
    [
        ("4 g", "max 4_g in 24_h"),
        ("2400 mg", "max 2400_mg in 24_h"),
        ("4 g in 24 h", "max 4_g in 24_h"),
        ("3 doses in 24 hours", "max 3_doses in 24_hours"),
        ("10 mg in 7 d", "max 10_mg in 7_d"),
        ("4 in 12 h", "max 4_in 12_h"),
    ],
)
def test_a_maximum_is_of_its_own_period(most: str, printed: str) -> None:
    """This test ensures that a week's dose is not printed as one day's, and that 2400 mg is not taken for 24 h."""
    assert facts.med_how(Medication("m", "N", "prn", max_in_24h=most), "en") == printed.replace("_", NBSP)


def test_scales_have_no_signs() -> None:
    """This test ensures that an open end of a scale is said in words: > and < are misread (R6)."""
    scale = (ScaleStep("", "149", "0 units"), ScaleStep("150", "199", "2 units"), ScaleStep("400", "", "call"))
    lines = facts.med_scale(Medication("m", "Insulin", "insulin", scale=scale), "en")
    assert lines == (f"up to 149: 0{NBSP}units", f"150–199: 2{NBSP}units", f"400{NBSP}or more: call")
    assert facts.med_scale(Medication("m", "Insulin", "insulin"), "en") == ("SCALE NOT IN DATA – ask the prescriber",)


@pytest.mark.parametrize(
    ("instructions", "shown"),
    [
        ("5 mg oral twice daily", False),
        ("Give 5mg by oral twice daily", False),
        ("5.0 mg oral", False),
        ("5 mg oral twice daily with food", True),
        ("10 mg oral twice daily", True),
        ("0.5 mg", True),
        ("not for pain", True),
        ("", False),
    ],
)
def test_the_orders_own_words_stand_unless_they_say_nothing_new(instructions: str, shown: bool) -> None:
    """This test ensures that an instruction is left out only if every word and number of it is printed already."""
    med = Medication("m", "Ramipril", dose="5 mg", route="oral", frequency="twice daily", instructions=instructions)
    assert facts.med_as_written(med, "en") == (f"as written: {instructions}" if shown else "")


def test_names_are_those_of_the_source() -> None:
    """This test ensures that no letter of a name changes its case, and that names in one text stay as they are."""
    assert (
        facts.name_text(Name("van der Straße", ("Işıl", "B."), ("Dr.",), ("Jr.",)))
        == "van der Straße, Dr. Işıl B., Jr."
    )
    assert facts.name_text(Name(text="Ẹ̀ṣọ́ Adé")) == "Ẹ̀ṣọ́ Adé"
    assert facts.name_text(Name("", ("Maria",))) == "Maria"
    assert facts.full_name((Name(), Name(text="Second"))) == "Second"


def test_beds() -> None:
    """This test ensures that a bed that names its room is not said twice."""
    assert facts.bed_text(Stay("e", "1", "W", "401-A", "401")) == "401-A"
    assert facts.bed_text(Stay("e", "1", "W", "A", "401")) == "401 A"


def test_statements_have_time_and_author() -> None:
    """This test ensures that a code status says when it was written and by whom."""
    assert (
        facts.statement_text(Statement("1", "DNR", at=NIGHT, by="Dr. Ito"), STYLE) == "DNR (24-Nov-2026 02:00, Dr. Ito)"
    )


def test_every_language_has_every_word() -> None:
    """This test ensures that no language lacks a word, its months and days differ, and its gaps agree."""
    for language in LANGUAGES:
        assert WORDS[language].keys() == WORDS["en"].keys()
        assert len(set(MONTHS[language])) == 12
        assert len(set(DAYS[language])) == 7
        for key, text in WORDS[language].items():
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", WORDS["en"][key])), key
    assert word("xx", "page") == "Page"
