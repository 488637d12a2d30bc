"""docs/forms.md tells every key, every kind and every code, and its examples are forms."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from papermode.formdef import keys, lint, load
from papermode.formdef.rules import RULES
from papermode.formdef.values import OPTION, Table
from papermode.model.form import Cell, Form, FormPage, GridRow, Item, ItemKind, Option, Section
from papermode.model.layout import Band
from papermode.typeset.sandbox import ENVIRONMENT, STEPS

ROOT = Path(__file__).parents[3]
DOC = (ROOT / "docs" / "forms.md").read_text(encoding="utf-8")
SOURCES = "".join(
    path.read_text(encoding="utf-8")
    for part in ("formdef", "typeset", "app")
    for path in (ROOT / "papermode" / part).glob("*.py")
)


def rows(heading: str) -> set[str]:
    part = re.split(r"(?m)^#{2,3} ", DOC.split(heading + "\n", 1)[1], maxsplit=1)[0]
    return set(re.findall(r"(?m)^\| `([a-z0-9_]+)` \|", part))


TABLES = [
    ("### form", keys.FORM, Form, {"source"}), ("### page", keys.PAGE, FormPage, set()),
    ("### section", keys.SECTION, Section, set()), ("### cell", keys.CELL, Cell, set()),
    ("### row", keys.GRID_ROW, GridRow, set()), ("### item", keys.ITEM, Item, set()),
    ("### option", OPTION, Option, set()), ("### band", keys.BAND, Band, set()),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "table", "model", "set_elsewhere"), TABLES, ids=[row[0] for row in TABLES])
def test_every_field_has_its_key_and_every_key_its_row(
    heading: str, table: Table, model: type, set_elsewhere: set[str]
) -> None:
    known = dict(table.keys) | ({"extends": keys.OVERLAY.keys["extends"]} if model is Form else {})
    assert {key.field for key in known.values()} == {f.name for f in fields(model)} - set_elsewhere
    assert rows(heading) == set(known)


def test_overlay_keys_kinds_rules_and_filters_are_told() -> None:
    overlay = rows("## Overlays: a ward's own version")
    assert set(keys.OVERLAY.keys) - set(keys.FORM.keys) <= overlay
    assert {"after", "into"} <= overlay
    assert rows("### What an item can be") == set(get_args(ItemKind))
    for name in [*RULES, *(set(ENVIRONMENT.filters) - {STEPS})]:
        assert f"`{name}" in DOC


def examples() -> list[str]:
    return re.findall(r"(?ms)^```toml\n(.*?)^```", DOC)


def test_the_examples_are_good_forms() -> None:
    first, sums, table, grid, overlay = examples()
    form = load.loads(first, "docs/forms.md")
    assert {f.code for f in lint.lint(form)} == {"E232"}  # the example has few words of French
    head = 'id = "X"\nversion = 1\ntitle = "X"\n[[page]]\n'
    for part in (sums, table, grid):
        assert lint.lint(load.loads(head + part, "docs/forms.md")) == ()
    ward = load.loads(overlay, "docs/forms.md", load.Library.of([form]))
    assert [f for f in lint.lint(ward) if f.severity == "error"] == []


def test_every_code_is_explained() -> None:
    explained = set(re.findall(r"(?m)^\| (E2[0-9]{2}) \|", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))
    used = set(re.findall(r'"(E2[0-9]{2})"', SOURCES))
    assert used == explained
