"""The recovery policy: defaults, the site's own file, and what is wrong with one."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from papermode.errors import ConfigError
from papermode.export.outline import outline, places
from papermode.export.policy import FORMAT, load_policy
from tests.unit.export.making import form, forms, policy


def test_defaults_say_what_the_specification_says() -> None:
    """forms.md, 'After: 8,000 pages'."""
    expected = {
        ("ADMIT", "adm.allergies"): "enter",
        ("ADMIT", "adm.weight"): "enter",
        ("ADMIT", "order.text"): "department",
        ("MAR-S", "mar.status"): "enter",
        ("MAR-H", "mar.initials_2"): "enter",
        ("MAR-P", "prn.dose"): "enter",
        ("MAR-N", "ins.units"): "enter",
        ("VITALS", "v.temp"): "enter",
        ("IO", "io.total_in"): "enter",
        ("IO", "io.oral"): "image",
        ("NURSE", "na.neuro"): "image",
        ("ORDERS", "order.text"): "department",
        ("PROGRESS", "note.text"): "image",
        ("COVER", "census.where"): "count",
    }
    assert {k: policy().rule(form(k[0]), k[1]).do for k in expected} == expected
    assert policy().rule(form("VITALS"), "v.temp").which == "last-and-abnormal"
    assert policy().rule(form("MAR-S"), "mar.status").which == "all"


def test_every_rule_and_measure_names_something_that_is_there() -> None:
    asked = {f.id: places(outline(f)) for f in forms().values()}
    for rule in policy()._rules:
        assert set(rule.forms) <= set(asked), rule
        for pattern in rule.items:
            assert any(fnmatchcase(link_id, pattern) for name in rule.forms for link_id in asked[name]), (rule, pattern)
    for measure in policy()._measures:
        for name in measure.forms:
            assert measure.item in asked[name], (name, measure.item)
            assert not measure.how or measure.how in asked[name]


def test_every_coded_number_of_the_shipped_forms_has_a_unit() -> None:
    for f in forms().values():
        for link_id, place in places(outline(f)).items():
            if place.item.code and place.item.kind in ("integer", "decimal"):
                assert place.item.unit or policy().measure(f, link_id).unit, (f.id, link_id)


def test_an_overlay_has_the_rules_of_its_base() -> None:
    ward = replace(form("VITALS"), id="VITALS-W", extends="VITALS")
    assert policy().rule(ward, "v.temp").do == "enter"
    assert policy().measure(ward, "v.temp").unit == "Cel"
    assert policy().rule(replace(ward, extends=""), "v.temp").do == "image"


def test_the_sites_file_counts_last(tmp_path: Path) -> None:
    path = tmp_path / "recovery.toml"
    path.write_text(
        f'format = "{FORMAT}"\n[[rule]]\nforms = ["MAR-*"]\nitems = ["mar.status"]\ndo = "enter"\nsecond = true\n'
    )
    found = load_policy(path)
    assert found.rule(form("MAR-H"), "mar.status").second
    assert not found.rule(form("MAR-H"), "mar.time").second


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("format = ", "E150", "cannot be read"),
        ('format = "papermode-recovery/9"', "E151", "papermode-recovery/9"),
        (f'format = "{FORMAT}"\n[[rule]]\nforms = ["A"]\nitems = ["b"]\ndo = "keep"', "E151", "keep"),
        (f'format = "{FORMAT}"\n[[rule]]\nforms = ["A"]\nitems = ["b"]\ndoes = "enter"', "E151", "does"),
        (f'format = "{FORMAT}"\n[[rule]]\nforms = ["A"]\nitems = ["b"]\ndo = "department"', "E151", "department"),
        (f'format = "{FORMAT}"\n[[measure]]\nforms = ["A"]\nitem = "b"\nunit = "C"', "E151", "'C'"),
        (
            f'format = "{FORMAT}"\n[[measure]]\nforms = ["A"]\nitem = "b"\nnormal = ["9", "1"]',
            "E151",
            "before it begins",
        ),
        (
            f'format = "{FORMAT}"\n[[measure]]\nforms = ["A"]\nitem = "b"\nnormal = ["low", "1"]',
            "E151",
            "no pair of numbers",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, code: str, says: str) -> None:
    path = tmp_path / "recovery.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says) as error:
        load_policy(path)
    assert error.value.code == code
