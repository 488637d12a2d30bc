"""Lint: every rule finds its fault, names the line, and leaves a good form alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from papermode.formdef.lint import Finding, lint
from papermode.formdef.load import Library, load_form, loads
from papermode.formdef.notation import unsafe_in_text, unsafe_unit

GOOD = """\
id = "T"
version = 1
title = "Test"
when = "adult and not pregnant"
[[page]]
[[page.section]]
[[page.section.item]]
kind = "choice"
link_id = "avpu"
label = "Consciousness"
options = ["alert=A", "confusion=C", "voice=V", "pain=P", "unresponsive=U"]
pitch = 12
[[page.section.item]]
kind = "text"
text = "Give 1,000 mL or 0.5 mg daily; 2.5 units; temp 38.0 °C; {{ row.dose }} mg; ≤90 and more than 3"
[[page.section]]
kind = "table"
rows = "scheduled"
row_h = 20
page_rows = 8
row_text = "{{ row.what }}"
[[page.section.cell]]
x = 0
w = 70
[[page.section.cell.line]]
kind = "value"
text = "{{ row.what }}"
[[page.section.cell]]
x = 70
w = 36
repeat = 3
pitch = 36
[[page.section.cell.item]]
kind = "mark"
link_id = "void"
x = 2
y = 2
[[page.section.cell.item]]
kind = "time"
link_id = "at"
x = 8
y = 2
[[page.section.cell.item]]
kind = "score"
link_id = "total"
rule = "news2"
cells = 2
x = 2
y = 12
[[page]]
[[page.section]]
kind = "grid"
columns = 6
column_w = 18
label_w = 46
past_columns = 3
past_w = 8
[[page.section.row]]
label = "Temp"
h = 14
[[page.section.row.item]]
kind = "decimal"
link_id = "temp"
cells = 3
point = 2
cell_w = 5
cell_h = 7
max = 45.0
y = 2
"""


def lint_file(tmp_path: Path, text: str) -> tuple[Finding, ...]:
    path = tmp_path / "t.toml"
    path.write_text(text, encoding="utf-8")
    return lint(load_form(path))


def test_a_good_form_is_left_alone(tmp_path: Path) -> None:
    assert lint_file(tmp_path, GOOD) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "fault"),
    [
        ('link_id = "void"', 'link_id = "at"', "E221", 38, "“at” is used twice"),
        ('link_id = "void"\n', "", "E222", 33, "this mark has no link_id"),
        ("pitch = 12", "pitch = 5.99", "E223", 12, "marks every 5.99 mm"),
        ("cell_w = 5\n", "cell_w = 3.9\n", "E223", 66, "cells of 3.9 mm are too small"),
        ('kind = "text"\n', 'kind = "text"\nsize = 9.99\n', "E224", 15, "9.99 pt is too small"),
        (
            "x = 8\ny = 2",
            "x = 7.49\ny = 2",
            "E225",
            38,
            "nearer than 1.5 mm to those of page 1, section 2, cell 2, item “void”",
        ),
        ("y = 12", "y = 10.99", "E225", 43, "nearer than 1.5 mm"),
        ("x = 8\n", "x = 14.3\n", "E226", 38, "this time is 0.3 mm outside its place of 36 mm width"),
        ("y = 12", "y = 12.8", "E226", 43, "this score is 0.3 mm outside its place of 20 mm height"),
        ("page_rows = 8", "page_rows = 10", "E226", 16, "the table of 10 rows is 20 mm outside its room"),
        ("column_w = 18", "column_w = 19", "E226", 51, "the grid is 6 mm outside its section"),
        ("h = 14", "h = 181", "E226", 51, "the grid is 1 mm outside its section"),
        (
            "[[page.section]]\n[[",
            "[[page.section]]\nx = 1\n[[",
            "E226",
            6,
            "the section is 1 mm outside the page's body",
        ),
        ("repeat = 3", "repeat = 4", "E227", 28, "the cells end 36 mm beyond the row"),
        ("pitch = 36", "pitch = 35", "E227", 28, "the cells of this run overlap"),
        ("pitch = 36\n", "", "E227", 28, "3 cells stand on one another"),
        ("w = 36\n", "w = 36\nh = 21\n", "E227", 28, "the cells end 1 mm below the row"),
        ("cells = 2\n", "", "E228", 43, "this score does not say how many cells"),
        ("cells = 2\n", "cells = 1\n", "E228", 43, "1 cells cannot hold a number of 2 digits"),
        ("point = 2\n", "", "E228", 61, "no decimal point between"),
        ("max = 45.0", "max = 100", "E228", 61, "2 cells cannot hold a number of 3 digits"),
        ("0.5 mg", ".5 mg", "E229", 15, "“.5” is read as a whole number."),
        ('"voice=V"', '"voice=5 U"', "E229", 11, "“5 U” is read as 0 or 4 more."),
        ("max = 45.0", 'unit = "µg/h"\nmax = 45.0', "E229", 68, "the unit “µg” is misread"),
        (
            'options = ["alert=A", "confusion=C", "voice=V", "pain=P", "unresponsive=U"]',
            'options = ["alert=A"]',
            "E230",
            7,
            "fewer than two answers",
        ),
        ('rule = "news2"\n', "", "E231", 43, "names no scoring rule"),
        ('rule = "news2"', 'rule = "mews"', "E231", 46, "there is no scoring rule “mews”"),
        ('label = "Consciousness"', 'label = "For {{ patient.name }}"', "E233", 10, "cannot hold {{ names }}"),
        ('"{{ row.what }}"\n[[page.section.cell]]', '"{{ row.what"\n[[page.section.cell]]', "E212", 21, "not valid"),
        ("adult and not", "adult and and", "E212", 4, "not valid"),
        ("{{ row.dose }}", "{{ row.dose.lower() }}", "E216", 15, "only range() can be called"),
        ('kind = "value"', 'kind = "list"', "E234", 25, "a list cannot be a line of a cell"),
        ("page_rows = 8\n", "", "E204", 16, "a table needs the key “page_rows”"),
        ("columns = 6\n", "", "E204", 51, "a grid needs the key “columns”"),
    ],
)
def test_each_rule(tmp_path: Path, old: str, new: str, code: str, line: int, fault: str) -> None:
    assert old in GOOD
    found = lint_file(tmp_path, GOOD.replace(old, new, 1))
    assert [(f.code, f.severity, f.place) for f in found] == [(code, "error", f"{tmp_path / 't.toml'}:{line}")]
    assert fault in found[0].fault
    assert found[0].cure.endswith(".")


SUMS = """\
id = "S"
version = 1
title = "Sums"
[[page]]
[[page.section]]
kind = "grid"
columns = 2
column_w = 40
label_w = 46
[[page.section.row]]
label = "Pulse"
h = 20
[[page.section.row.item]]
kind = "integer"
link_id = "pulse"
cells = 3
marks = "pulse_score"
bands = [
  { max = 50, score = 1 },
  { min = 51, max = 90, score = 0 },
  { min = 91, score = 2, question = "gas", answer = "air" },
  { min = 91, score = 0, question = "gas", answer = "oxygen" },
]
[[page.section.row.item]]
kind = "choice"
link_id = "pulse_score"
x = 20
pitch = 7
options = [{ value = "1", score = 1 }, { value = "2", score = 2 }]
[[page.section.row]]
label = "Gas"
h = 10
[[page.section.row.item]]
kind = "choice"
link_id = "gas"
options = ["air", "oxygen"]
pitch = 20
[[page.section.row]]
label = "Total"
h = 10
[[page.section.row.item]]
kind = "score"
link_id = "total"
rule = "sum"
cells = 2
sum = ["pulse_score", "-pulse"]
sign = "minus"
[[page.section.row]]
label = "Sign"
h = 10
[[page.section.row.item]]
kind = "choice"
link_id = "minus"
options = ["positive", "negative"]
pitch = 20
[[page.section]]
[[page.section.item]]
kind = "choice"
link_id = "elsewhere"
options = [{ value = "negative", score = 1 }, { value = "2", score = 2 }]
"""


def test_sums_that_name_what_is_there_are_left_alone(tmp_path: Path) -> None:
    assert lint_file(tmp_path, SUMS) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        ('marks = "pulse_score"\n', "", 13, "this number lacks “marks”"),
        ('marks = "pulse_score"', 'marks = "gas"', 17, "“gas” is no choice with a score"),
        ('marks = "pulse_score"', 'marks = "elsewhere"', 17, "“elsewhere” is no choice"),
        ("{ max = 50, score = 1 }", "{ max = 50, score = 3 }", 18, "no answer that scores 3"),
        ("{ max = 50", "{ max = 51", 18, "a number has two scores, 1 and 0"),
        ('answer = "air"', 'answer = "wind"', 18, "“gas” has no answer “wind”"),
        (
            'question = "gas", answer = "air"',
            'question = "elsewhere", answer = "2"',
            18,
            "“elsewhere” has no answer “2”",
        ),
        ('"-pulse"]', '"-pulses"]', 46, "“-pulses” is neither a number nor a choice"),
        ('"-pulse"]', '"gas"]', 46, "“gas” is neither a number nor a choice with a score"),
        ('"-pulse"]', '"elsewhere"]', 46, "“elsewhere” is neither"),
        ('sign = "minus"', 'sign = "gas"', 47, "“gas” has no answer “negative”"),
        ('sign = "minus"', 'sign = "elsewhere"', 47, "“elsewhere” has no answer “negative”"),
        ('link_id = "gas"\n', 'link_id = "gas"\nsign = "minus"\n', 33, "a choice has no number to confirm"),
    ],
)
def test_sums_that_cannot_hold(tmp_path: Path, old: str, new: str, line: int, fault: str) -> None:
    """This test ensures that a name that the reader would look for in vain is refused, not never confirmed."""
    assert SUMS.count(old) == 1
    found = [f for f in lint_file(tmp_path, SUMS.replace(old, new)) if fault in f.fault]
    assert [(f.code, f.severity, f.place) for f in found] == [("E231", "error", f"{tmp_path / 't.toml'}:{line}")]
    assert found[0].cure.endswith(".")


def test_bands_without_a_total_are_a_warning(tmp_path: Path) -> None:
    (found,) = lint_file(tmp_path, SUMS.replace('sum = ["pulse_score", "-pulse"]\n', ""))
    assert (found.code, found.severity, found.place) == ("E231", "warning", f"{tmp_path / 't.toml'}:13")


def test_one_choice_on_two_lines(tmp_path: Path) -> None:
    both = 'options = ["alert=A", "confusion=C", "voice=V", "pain=P", "unresponsive=U"]\npitch = 12\n'
    again = '[[page.section.item]]\nkind = "choice"\nlink_id = "avpu"\n'
    split = 'options = ["alert=A", "voice=V"]\n' + again + "options = {}\n"
    assert lint_file(tmp_path, GOOD.replace(both, split.format('["pain=P"]'))) == ()
    (found,) = lint_file(tmp_path, GOOD.replace(both, split.format('["alert=P"]')))
    assert (found.code, found.place) == ("E221", f"{tmp_path / 't.toml'}:12")


def test_a_signature_takes_three_names(tmp_path: Path) -> None:
    more = """[[page.section.item]]\nkind = "signature"\nlink_id = "by"
[[page.section.item]]\nkind = "date"\nlink_id = "by.date"\n"""
    (found,) = lint_file(tmp_path, GOOD.replace("[[page.section.item]]\n", more + "[[page.section.item]]\n", 1))
    assert (found.code, found.place) == ("E221", f"{tmp_path / 't.toml'}:10")
    assert "“by.date”" in found.fault


def test_missing_translations_are_a_warning(tmp_path: Path) -> None:
    text = GOOD.replace('title = "Test"', 'title = { en = "Test", fr = "Essai" }')
    (found,) = lint_file(tmp_path, text)
    assert str(found) == (
        f"E232 {tmp_path / 't.toml'}:10: warning: 3 of 11 texts are not in “fr”; this is the first. "
        "Pages in “fr” print them in “en”. Add the words, or drop the language."
    )


def test_a_form_without_a_file_is_told_by_its_parts() -> None:
    form = replace(loads(GOOD.replace('rule = "news2"\n', ""), ""), id="TOO LONG!")
    assert [(f.code, f.place) for f in lint(form)] == [
        ("E220", "TOO LONG!, the id"),
        ("E231", "TOO LONG!, page 1, section 2, cell 2, item “total”"),
    ]


def test_an_overlay_is_checked_as_a_whole(tmp_path: Path) -> None:
    bases = Library.of([loads(GOOD, "t.toml")])
    text = 'id = "W"\nversion = 1\nextends = "T"\n[[item]]\nlink_id = "temp"\nlabel = "QD"\nh = 5\n'
    found = lint(loads(text, "w.toml", bases))
    assert [(f.code, f.place) for f in found] == [("E225", "w.toml, page 2, section 1, row 1, item “temp”")] or found[
        0
    ].code == "E229"


SAFE = [
    "2.5 mg",
    "0.5 mg",
    "10 units",
    "daily",
    "1,000 mL",
    "38.0 °C",
    "4.0 mmol/L",
    "A C V P U",
    "U = unresponsive",
    "MSU",
    "GCS",
    "24h",
    "≤ 90, ≥ 3",
    "{{ a < b }}",
    "{% if n > 3 %}x{% endif %}",
    "Ward 3.",
    "e.g. this",
    "accept",
    "v1.0",
    "SpO₂",
    "{{ row.rate }} mL/h",
    "120/80 mmHg",
    "U+1F600",
    "Unit 4",
    "-> go on",
    "quick",
    "2031",
    "1000 patients",
]
UNSAFE = [
    ("10 U", "0 U"),
    ("10U insulin", "0U"),
    ("5 IU", "IU"),
    ("QD", "QD"),
    ("q.d.", "q.d."),
    ("QOD", "QOD"),
    ("MS 2 mg", "MS"),
    ("MSO4", "MSO4"),
    ("MgSO4", "MgSO4"),
    ("1.0 mg", "1.0 mg"),
    ("10.00 mL", "10.00 mL"),
    (".5", ".5"),
    ("5 µg", "µg"),
    ("5 μg", "μg"),
    ("3 cc", "3 cc"),
    ("cc", "cc"),
    ("CO @ 8", "@"),
    ("< 90", "<"),
    (">3", ">"),
    ("5mg", "5mg"),
    ("1500 mg", "1500 mg"),
    ("{{ x }} U", "… U"),
    ("{{ x }}mg", "…mg"),
    ("{{ x | default('5mg') }}", "5mg"),
    ("{{ 'QD' if x else 'daily' }}", "QD"),
    ("x .25 mg", ".2"),
]


@pytest.mark.parametrize("text", SAFE)
def test_safe_notation(text: str) -> None:
    assert unsafe_in_text(text) == ()


@pytest.mark.parametrize(("text", "written"), UNSAFE)
def test_unsafe_notation(text: str, written: str) -> None:
    found = unsafe_in_text(text)
    assert [w for w, _, _ in found] == [written]
    assert all(cure for _, _, cure in found)


def test_units() -> None:
    assert unsafe_unit("mg/kg/h") == unsafe_unit("°C") == unsafe_unit("") == unsafe_unit("units/h") == ()
    for unit in ("U", "IU", "mU·U", "cc/h", "µg/kg", "U/mL"):
        assert unsafe_unit(unit)
