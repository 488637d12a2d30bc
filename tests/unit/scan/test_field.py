"""A tabulated field is the field."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.scan.field import Table, fit_field

SIZE = (210.0, 297.0)


@given(
    amplitude=st.floats(0.05, 3.0),
    wavelength=st.floats(120, 600),
    axis=st.sampled_from([0, 1]),
    seed=st.integers(0, 99),
)
def test_a_table_is_as_good_as_its_field(amplitude: float, wavelength: float, axis: int, seed: int) -> None:
    """This test ensures that on and around a page that slipped, curled or bends sharply, a table is 0.05 mm off at most."""
    rng = np.random.default_rng(seed)
    points = rng.uniform((5, 5), (205, 292), (300, 2))
    curl = amplitude * np.sin(2 * np.pi * points[:, axis] / wavelength)
    slip = np.where(points[:, 1] > 150, 0.2 * (points[:, 1] - 150) / 10, 0).clip(0, 1.0)
    shifts = np.column_stack((curl, slip)) + rng.normal(0, 0.02, points.shape)
    fitted = fit_field(points, shifts)
    assert fitted is not None
    field, _ = fitted
    table = Table.of(field, SIZE)
    anywhere = rng.uniform((-5, -5), (215, 302), (2000, 2))
    assert np.abs(table(anywhere) - field(anywhere)).max() < 0.05
    assert table(points) == pytest.approx(field(points), abs=0.05)
