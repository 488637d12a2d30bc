"""Pages with printed outlines in their margins only, on paper that slipped, curled or was folded."""

from __future__ import annotations

import numpy as np
import pytest

from papermode.scan.codes import find_codes
from papermode.scan.register import DRIFT_MM, register
from papermode.simulate.capture import capture_with_map
from papermode.simulate.paper import SCENARIOS
from tests.loop.printed import PAPER_DPI, SCAN_DPI, Ward


@pytest.mark.parametrize("scenario", ["feed-slip", "feed-stretch", "curl", "fold"])
@pytest.mark.parametrize("form", ["NOTES", "IO"])
def test_the_middle_of_a_page_moves_as_its_margins_do(letter: Ward, form: str, scenario: str) -> None:
    """This test ensures that every box is found within a quarter millimetre, far from any outline too, and without alarm."""
    serial = letter.one_page_a_layout(form)[0]
    layout = letter.packet.pages[serial - 1].layout
    page = letter.paper(serial)
    middle = np.array([[x, y] for x in (60.0, 105.0, 150.0) for y in range(80, 240, 20)])
    for seed in range(3):
        taken = capture_with_map(page, PAPER_DPI, SCENARIOS[scenario], SCAN_DPI, np.random.default_rng(seed), layout)
        codes = find_codes(taken.gray)
        found = register(taken.gray, layout, {"claim": codes.claims[0], "locator": codes.locators[0]})
        assert found.faults == ()
        assert found.fit.edge_offset_mm < DRIFT_MM
        scale = np.sqrt(np.abs(np.linalg.det(found.registration.pixels_per_mm(middle))))
        errors = np.linalg.norm(found.registration.to_pixels(middle) - taken.to_pixels(middle), axis=1) / scale
        assert errors.max() < 0.25
