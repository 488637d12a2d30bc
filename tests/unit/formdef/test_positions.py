"""The line of a value in a TOML file."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from papermode.formdef.positions import Path, line_of

TEXT = '''# a comment with [[page]] and x = 1
id = "T"   # [not]
"quoted" = 1
a.b = 2
note = """
[[page]]
x = 9
""" # end
list = [ # [
  "a]",
  { k = "v", l = [1,
     2] },
  'it''s',
]
[[page]]
title = "1"
[[page]]
title = "2"
[[page.section]]
x = 1.5
[[page.section.item]]
[page.section.item.words]
en = "x"
[[page.section.item]]
kind = "k"
[[page]]
[[page.section]]
y = 1
'''.replace("'it''s'", "'its'")


def test_lines() -> None:
    tomllib.loads(TEXT)
    expected: dict[Path, int] = {
        ("id",): 2, ("quoted",): 3, ("a", "b"): 4, ("note",): 5, ("list",): 9, ("list", 0): 10, ("list", 1): 11,
        ("list", 1, "k"): 11, ("list", 1, "l", 1): 12, ("list", 2): 13, ("page",): 15, ("page", 0): 15,
        ("page", 0, "title"): 16, ("page", 1): 17, ("page", 1, "title"): 18, ("page", 1, "section", 0): 19,
        ("page", 1, "section", 0, "x"): 20, ("page", 1, "section", 0, "item", 0, "words", "en"): 23,
        ("page", 1, "section", 0, "item", 1, "kind"): 25, ("page", 2, "section", 0, "y"): 28,
        ("page", 2, "section", 0, "nothing", "there"): 27, ("nowhere",): 1, (): 1,
    }  # fmt: skip
    assert {path: line_of(TEXT, path) for path in expected} == expected


_VALUE = st.recursive(
    st.sampled_from(["1", "1.5", "true", '"a]b"', "'#'", '"""x\n[y]\n"""', "12:30:00", '"\\""']),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: "[\n" + ",\n".join(v) + "\n]"),
        st.lists(inner.filter(lambda v: "\n" not in v), max_size=3).map(
            lambda v: "{" + ", ".join(f"k{i} = {e}" for i, e in enumerate(v)) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(_VALUE, min_size=1, max_size=6))
def test_a_key_is_found_whatever_stands_above_it(values: list[str]) -> None:
    rows = [f"k{i} = {value}" for i, value in enumerate(values)]
    text = "\n".join(rows) + "\n"
    tomllib.loads(text)
    line = 1
    for i, row in enumerate(rows):
        assert line_of(text, (f"k{i}",)) == line
        line += row.count("\n") + 1


@given(st.text(alphabet="[]{}=,.\"'#\n ab1\\", max_size=60))
def test_any_toml_is_walked_to_its_end(text: str) -> None:
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for key in found:
        assert 1 <= line_of(text, (key,)) <= text.count("\n") + 1
