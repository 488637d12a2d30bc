"""The example patients, printed once a run on either paper."""

from __future__ import annotations

import pytest

from tests.loop.printed import Ward, print_ward


@pytest.fixture(scope="session")
def a4(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """The example patients on A4."""
    return print_ward(tmp_path_factory.mktemp("a4"), "a4")


@pytest.fixture(scope="session")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """The example patients on Letter."""
    return print_ward(tmp_path_factory.mktemp("letter"), "letter")


@pytest.fixture(params=["a4", "letter"])
def ward(request: pytest.FixtureRequest) -> Ward:
    """Each of the two."""
    found: Ward = request.getfixturevalue(request.param)
    return found
