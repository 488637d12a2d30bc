"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.store.samples import quick_folder


@pytest.fixture
def quick_path() -> Iterator[Path]:
    """A folder for tests that write much and whose subject is not the disk."""
    with quick_folder() as folder:
        yield folder
