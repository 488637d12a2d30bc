"""Captures: the same seed gives the same picture, and every point of the page is where the capture says."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.geometry import A4, Rect
from papermode.model.layout import Zone
from papermode.simulate.paper import SCENARIOS, Capture, Scenario, capture, capture_with_map
from tests.loop.drawn_page import draw_page, grid_layout, with_id

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

DPI = 150
BARE = grid_layout(A4, columns=4, rows=4, pitch=(3000, 4000), origin=(4000, 8000))
LAYOUT = with_id(
    replace(BARE, zones=(Zone("label", Rect(9000, 2500, 7000, 3000)), Zone("name", Rect(1600, 1000, 9000, 800))))
)
DOTS = np.array([(x, y) for x in range(25, 200, 25) for y in range(55, 260, 20)], dtype=np.float64)
"""Places of the dots, mm; clear of the layout's boxes."""
DOT_MM = 0.9
BLURRED = {"phone-hard", "blur-strong", "toner-end", "hard"}


def dotted() -> Gray:
    """Return a page with dots."""
    page = draw_page(replace(LAYOUT, boxes=(), anchors=()), claim="PM1 TEST", dpi=DPI)
    for x, y in np.round(DOTS * DPI / 25.4 * 16).astype(int).tolist():
        cv2.circle(page, (x - 8, y - 8), round(DOT_MM * DPI / 25.4 * 16), 0, -1, cv2.LINE_AA, 4)
    return page


def captured(name: str, seed: int = 3) -> Capture:
    return capture_with_map(dotted(), DPI, SCENARIOS[name], DPI, np.random.default_rng(seed), LAYOUT)


def beside(scan: Capture) -> Points:
    """Return for each dot where the middle of the dark around its place lies from there, N x 2 in mm."""
    true = scan.to_pixels(DOTS)
    per_mm = np.linalg.norm(scan.to_pixels(DOTS + np.array([1, 0])) - true, axis=1)
    errors = []
    for (x, y), scale in zip(true, per_mm, strict=True):
        reach = round(3 * scale)
        left, top = int(x) - reach, int(y) - reach
        part = scan.gray[max(top, 0) : top + 2 * reach + 1, max(left, 0) : left + 2 * reach + 1].astype(float)
        dark = np.clip(np.median(part) - part - 0.4 * np.ptp(part), 0, None)
        rows, columns = (np.arange(n) + 0.5 for n in part.shape)
        weight = max(float(dark.sum()), 1e-9)
        at = (dark.sum(0) @ columns / weight + max(left, 0), dark.sum(1) @ rows / weight + max(top, 0))
        errors.append(((at[0] - x) / scale, (at[1] - y) / scale))
    return np.array(errors)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_gives_a_picture_and_says_where_its_points_are(name: str) -> None:
    scan = captured(name)
    assert scan.gray.dtype == np.uint8
    assert scan.gray.std() > 3
    assert np.array_equal(scan.gray, captured(name).gray), "the same seed gives the same picture"
    width, height = (v / 2540 * scan.dpi for v in LAYOUT.size)
    assert scan.gray.shape[0] * scan.gray.shape[1] > 0.7 * width * height
    errors = beside(scan)
    assert np.linalg.norm(np.median(errors, axis=0)) < 0.04
    assert np.percentile(np.linalg.norm(errors, axis=1), 75) < (0.3 if name in BLURRED else 0.1)


def test_the_page_is_whole_in_the_picture() -> None:
    for seed in range(3):
        for name in ("rotated", "phone-tilted", "sideways", "fax-coarse"):
            scan = captured(name, seed)
            corners = scan.to_pixels(np.array([(5.0, 5.0), (205.0, 5.0), (205.0, 292.0), (5.0, 292.0)]))
            assert corners.min() > 0
            assert (corners < np.array(scan.gray.shape[::-1])).all()


def test_a_coarse_fax_is_made_square() -> None:
    scan = captured("fax-coarse")
    a, b, c = scan.to_pixels(np.array([(100.0, 100.0), (150.0, 100.0), (100.0, 150.0)]))
    assert np.linalg.norm(b - a) == pytest.approx(np.linalg.norm(c - a), rel=0.01)
    assert scan.bilevel
    assert len(np.unique(scan.gray)) > 2, "its lines are spread over pixels, as whatever shows a fax does"


@pytest.mark.parametrize(("name", "dpi"), [("scan-300", 300), ("scan-100", 100), ("office", DPI)])
def test_a_scenario_has_its_own_resolution_or_the_callers(name: str, dpi: int) -> None:
    scan = captured(name)
    a, b = scan.to_pixels(np.array([(50.0, 150.0), (150.0, 150.0)]))
    assert np.linalg.norm(b - a) == pytest.approx(100 * dpi / 25.4, rel=0.01)
    assert scan.dpi == dpi


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["feed-stretch", "phone-curl", "photocopy-2"]))
def test_neighbours_stay_neighbours(seed: int, name: str) -> None:
    """This test ensures that the map turns no part of the page over, and tears none."""
    blank = np.full((round(A4.h / 2540 * 30), round(A4.w / 2540 * 30)), 255, np.uint8)
    scan = capture_with_map(blank, 30, replace(SCENARIOS[name], dpi=(30, 30)), 30, np.random.default_rng(seed))
    grid = np.stack(np.meshgrid(np.arange(5.0, 205, 8), np.arange(5.0, 290, 8)), axis=-1)
    at = scan.to_pixels(grid.reshape(-1, 2)).reshape(grid.shape)
    right, down = np.diff(at, axis=1)[:-1], np.diff(at, axis=0)[:, :-1]
    area = (right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]) / (8 * 30 / 25.4) ** 2
    assert area.min() > 0.2
    assert area.max() < 4


def test_black_ink_does_not_fade_with_the_toner() -> None:
    printed = dotted()
    page = printed.copy()
    page[800:830, 300:900] = 10
    for known, dark in ((printed, True), (None, False)):
        scan = capture_with_map(
            page, DPI, replace(SCENARIOS["toner-end"], skew=(0.0, 0.0)), DPI, np.random.default_rng(1), printed=known
        )
        x, y = scan.to_pixels(np.array([(600 * 25.4 / DPI, 815 * 25.4 / DPI)]))[0].astype(int)
        assert bool((scan.gray[y - 5 : y + 5, x - 100 : x + 100] < 60).mean() > 0.9) == dark


def test_capture_gives_the_picture_alone() -> None:
    page, scenario = dotted(), Scenario(turns=(2,))
    alone = capture(page, DPI, scenario, DPI, np.random.default_rng(5), LAYOUT)
    assert np.array_equal(alone, capture_with_map(page, DPI, scenario, DPI, np.random.default_rng(5), LAYOUT).gray)
    assert np.array_equal(page, dotted()), "the page itself is left alone"
