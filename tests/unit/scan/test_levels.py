"""The quick percentiles are NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from papermode.scan.levels import gray_percentiles, percentile

PERCENT = st.floats(0, 100)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))), PERCENT)
def test_of_gray_values(gray: np.typing.NDArray[np.uint8], percent: float) -> None:
    found = gray_percentiles(gray, percent, 80)
    assert found == pytest.approx(np.percentile(gray.astype(np.float64), (percent, 80)), abs=1e-9)


@given(arrays(np.float32, st.integers(1, 50), elements=st.floats(0, 1, width=32)), PERCENT)
def test_of_numbers(values: np.typing.NDArray[np.float32], percent: float) -> None:
    assert percentile(values, percent) == pytest.approx(float(np.percentile(values.astype(np.float64), percent)))
