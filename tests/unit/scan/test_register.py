"""Registration: exact on good pages, and it notices every way in which a page is not where it should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import A4, LETTER, Rect
from papermode.model.layout import Layout
from papermode.scan.codes import Code, find_codes
from papermode.scan.register import ANCHORS_SHARE, DRIFT_MM, Registered, register
from papermode.simulate.paper import SCENARIOS, Scenario, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout, moved, with_id

Gray = npt.NDArray[np.uint8]

OFFICE = replace(SCENARIOS["office"], turns=(0,))


def scan(page: Gray, scenario: Scenario = OFFICE, *, seed: int = 1, dpi: int = 200) -> Gray:
    return capture(page, 300, scenario, dpi, np.random.default_rng(seed))


def placed(image: Gray, layout: Layout, *kinds: str) -> Registered:
    codes = find_codes(image)
    found: dict[str, Code] = {"claim": codes.claims[0], "locator": codes.locators[0]}
    return register(image, layout, {k: v for k, v in found.items() if not kinds or k in kinds})


@pytest.fixture(scope="module")
def packet() -> DrawnPacket:
    return DrawnPacket(grid_layout(combs=4, crops=2))


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("paper", [A4, LETTER], ids=["A4", "Letter"])
def test_a_good_page_fits_to_a_twentieth_of_a_millimetre(dpi: int, paper: object) -> None:
    ours = DrawnPacket(grid_layout(A4 if paper is A4 else LETTER))
    found = placed(scan(ours.draw(), dpi=dpi), ours.layout)
    assert found.faults == ()
    assert found.squares == 4
    assert found.fit.anchors_found == found.fit.anchors_total == 288
    assert found.fit.p95_mm < 0.05
    assert found.fit.edge_offset_mm < 0.05


@pytest.mark.parametrize("kind", ["claim", "locator"])
def test_one_code_is_enough(packet: DrawnPacket, kind: str) -> None:
    found = placed(scan(packet.draw(2)), packet.layout, kind)
    assert found.faults == ()
    assert found.fit.p95_mm < 0.05


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_rotation_is_what_makes_the_page_upright(packet: DrawnPacket, turn: int) -> None:
    image = scan(packet.draw(), replace(OFFICE, turns=(turn,)))
    found = placed(image, packet.layout)
    assert found.registration.rotation == (360 - 90 * turn) % 360
    upright = np.rot90(image, -found.registration.rotation // 90)
    assert placed(np.ascontiguousarray(upright), packet.layout).registration.rotation == 0


@pytest.mark.parametrize("offset", [(30, 0), (50, 0), (-40, 30), (0, 100)])
def test_drift_of_the_printed_boxes_is_found(packet: DrawnPacket, offset: tuple[int, int]) -> None:
    """The layout-drift experiment: boxes printed elsewhere still read without error, so only the fit can tell."""
    drifted = replace(packet, layout=moved(packet.layout, *offset))
    found = placed(scan(drifted.draw()), packet.layout)
    assert found.fit.edge_offset_mm == pytest.approx(np.hypot(*offset) / 100, abs=0.04)
    assert found.faults


def test_a_shift_below_the_limit_is_tolerated(packet: DrawnPacket) -> None:
    drifted = replace(packet, layout=moved(packet.layout, 15))
    found = placed(scan(drifted.draw()), packet.layout)
    assert found.fit.edge_offset_mm == pytest.approx(0.15, abs=0.04)
    assert found.fit.edge_offset_mm < DRIFT_MM
    assert found.faults == ()


def test_boxes_printed_one_column_further_are_found_by_those_that_lack(packet: DrawnPacket) -> None:
    """A shift by one pitch looks perfect to the edges of all columns but the last."""
    drifted = replace(packet, layout=moved(packet.layout, 1100))
    found = placed(scan(drifted.draw()), packet.layout)
    assert found.fit.anchors_found < ANCHORS_SHARE * found.fit.anchors_total
    assert found.faults


def test_half_a_pitch_is_found(packet: DrawnPacket) -> None:
    drifted = replace(packet, layout=moved(packet.layout, 550, 350))
    assert placed(scan(drifted.draw()), packet.layout).faults


def test_another_layout_is_found(packet: DrawnPacket) -> None:
    other = grid_layout(columns=8, rows=30, pitch=(1900, 640))
    found = placed(scan(packet.draw()), other)
    assert found.fit.anchors_found < ANCHORS_SHARE * found.fit.anchors_total
    assert found.faults


def test_a_layout_without_anchors_is_never_trusted(packet: DrawnPacket) -> None:
    bare = replace(packet.layout, anchors=())
    assert placed(scan(packet.draw()), bare).faults


def test_crosses_serve_as_anchors_where_a_page_has_no_boxes() -> None:
    crosses = tuple(Rect(3000 + 2500 * i, 6000 + 2500 * j, 0, 0) for i in range(6) for j in range(6))
    ours = DrawnPacket(with_id(replace(grid_layout(), boxes=(), anchors=crosses)))
    found = placed(scan(ours.draw()), ours.layout)
    assert found.fit.anchors_found == 36
    assert found.fit.p95_mm < 0.05
    assert found.faults == ()


@pytest.mark.parametrize("scenario", ["feed-slip", "curl", "fold"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_slipped_curled_and_folded_paper_is_followed(packet: DrawnPacket, scenario: str, seed: int) -> None:
    found = placed(scan(packet.draw(), SCENARIOS[scenario], seed=seed), packet.layout)
    assert found.fit.anchors_found >= ANCHORS_SHARE * found.fit.anchors_total
    assert found.fit.p95_mm < 0.3
    assert found.faults == ()


@pytest.mark.parametrize("corner", [0, 1, 2, 3])
def test_a_stained_square_does_not_pull_the_page(packet: DrawnPacket, corner: int) -> None:
    page = packet.draw()
    x, y = (round(v * 300 / 2540) for v in packet.layout.corners[corner])
    page[y - 40 : y + 40, x - 40 : x + 40] = 255
    page[y + 30 : y + 80, x - 95 : x - 40] = 0
    found = placed(scan(page), packet.layout)
    assert found.faults == ()
    assert found.fit.p95_mm < 0.05
