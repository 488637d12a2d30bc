"""A site with a store for the tests of the desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.app.bench import Bench, bench_of
from tests.wards import Example


@pytest.fixture
def bench(example: Example) -> Iterator[Bench]:
    with bench_of(example) as found:
        yield found
