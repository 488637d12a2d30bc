"""A stored snapshot is the same snapshot."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papermode.errors import SnapshotError
from papermode.intake import dumps, loads
from papermode.model import snapshot as model
from papermode.model.snapshot import Snapshot

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=_ZONES)  # noqa: DTZ001 - hypothesis adds the zone
st.register_type_strategy(str, _TEXT)
st.register_type_strategy(datetime, _TIMES)


def _strategy(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{item.name: _of(hints[item.name]) for item in fields(kind)})


def _of(hint: Any) -> st.SearchStrategy[Any]:
    arguments: tuple[Any, ...] = getattr(hint, "__args__", ())
    if getattr(hint, "__origin__", None) is model.Part:
        items = st.lists(_of(arguments[0]), max_size=2).map(tuple)
        return st.builds(
            model.Part,
            items=items,
            state=st.sampled_from(("complete", "partial", "unavailable")),
            why=_TEXT,
            as_of=st.none() | _TIMES,
        )
    if getattr(hint, "__origin__", None) is tuple:
        return st.lists(_of(arguments[0]), max_size=2).map(tuple)
    if isinstance(hint, type) and is_dataclass(hint):
        return _strategy(hint)
    if type(None) in arguments:
        return st.none() | _of(next(item for item in arguments if item is not type(None)))
    return st.from_type(hint)


SNAPSHOTS = _strategy(Snapshot)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(SNAPSHOTS)
def test_what_is_stored_comes_back_equal(snapshot: Snapshot) -> None:
    data = dumps(snapshot)
    assert data.startswith(b'{"format":"papermode-snapshot/1"')
    assert loads(data) == snapshot
    assert dumps(loads(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"format":"papermode-snapshot/2","snapshot":{}}',
        b'{"format":"papermode-snapshot/1","snapshot":{}}',
        b'{"format":' + b"[" * 9000,
    ],
)
def test_what_is_no_stored_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(SnapshotError) as caught:
        loads(data, "s.json")
    assert (caught.value.code, caught.value.place) == ("E308", "s.json")
