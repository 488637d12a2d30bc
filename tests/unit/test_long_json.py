"""A long result is printed item by item, and is the same JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.cli.common import show_json, show_long_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('aé\n\u2028\x85"\\')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(items=st.lists(VALUES, max_size=4), rest=st.dictionaries(st.sampled_from(("b", "c")), VALUES))
def test_it_is_what_is_printed_in_one_go(items: list[Any], rest: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        shown: list[str] = []
        patch.setattr("click.echo", lambda text, nl=True: shown.append(text + ("\n" if nl else "")))
        show_long_json("pages", iter(items), rest)
        long = "".join(shown)
        shown.clear()
        show_json({"pages": items} | rest)
    assert long == "".join(shown)
    assert json.loads(long) == {"pages": items} | rest
