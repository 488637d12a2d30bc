"""What the tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from papermode.scan.threads import one_matrix_thread, one_picture_thread

one_matrix_thread()
one_picture_thread()

from tests.wards import Example, print_example  # noqa: E402 - it loads NumPy, whose threads must be set before

settings.register_profile(
    "normal",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("quick", settings.get_profile("normal"), phases=[Phase.explicit, Phase.generate])
settings.register_profile("deep", settings.get_profile("normal"), max_examples=1000, derandomize=False)
settings.load_profile(os.environ.get("PAPERMODE_HYPOTHESIS", "normal"))


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example site with its two packets; nobody changes it."""
    return print_example(tmp_path_factory.mktemp("example"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that writes golden files anew."""
    parser.addoption("--write-golden", action="store_true", help="write the files under tests/golden/layouts anew")


@pytest.fixture
def write_golden(pytestconfig: pytest.Config) -> bool:
    """Whether golden files are written instead of compared."""
    return bool(pytestconfig.getoption("--write-golden"))
