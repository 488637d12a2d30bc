"""Words: what is written in a crop is seen, however faint, and where it crosses the edge; an empty crop is empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from papermode.model.layout import Box
from papermode.scan.codes import find_codes
from papermode.scan.fields import INK_MM2, ink_in_crops
from papermode.scan.ink import make_sheet
from papermode.scan.register import register
from papermode.simulate import pens
from papermode.simulate.paper import SCENARIOS, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout

Gray = npt.NDArray[np.uint8]

LAYOUT = grid_layout(rows=20, crops=3)
CROPS = [box for box in LAYOUT.boxes if box.kind == "crop"]


@pytest.fixture(scope="module")
def packet() -> DrawnPacket:
    return DrawnPacket(LAYOUT)


@pytest.fixture(scope="module")
def blank(packet: DrawnPacket) -> Gray:
    return packet.draw()


def written(page: Gray, packet: DrawnPacket, scenario: str = "office", seed: int = 1) -> list[bool]:
    """Scan a page; tell for each crop whether something is written in it."""
    image = capture(page, 300, SCENARIOS[scenario], 200, np.random.default_rng(seed), LAYOUT)
    codes = find_codes(image)
    registered = register(image, packet.layout, {"claim": codes.claims[0], "locator": codes.locators[0]})
    return [amount > INK_MM2 for amount in ink_in_crops(make_sheet(image, registered), CROPS)]


def write(page: Gray, box: Box, pen: pens.Pen, *, at: tuple[float, float]) -> None:
    """Write three letters, 3 mm high, with their middle at a share of the crop's width and height."""
    rng = np.random.default_rng(4)
    x, y = box.rect.x / 100 + at[0] * box.rect.w / 100, box.rect.y / 100 + at[1] * box.rect.h / 100
    letters = [
        pens.line(np.array([(dx - 0.8, -1.5), (dx, 1.5), (dx + 0.8, -1.5), (dx + 0.8, 1.5)])) for dx in (-3.0, 0.0, 3.0)
    ]
    pens.draw(page, 300, (x, y), letters, pen, rng)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scenario", ["office", "scan-100", "blur", "jpeg30"])
def test_words_of_a_light_pencil_are_seen(packet: DrawnPacket, blank: Gray, scenario: str, seed: int) -> None:
    page = blank.copy()
    write(page, CROPS[1], pens.light_pencil(np.random.default_rng(seed)), at=(0.5, 0.5))
    assert written(page, packet, scenario, seed) == [False, True, False]


@pytest.mark.parametrize("over", [-0.115, 1.115])
def test_words_over_the_edge_of_a_crop_are_seen(packet: DrawnPacket, blank: Gray, over: float) -> None:
    page = blank.copy()
    write(page, CROPS[1], replace(pens.gel(np.random.default_rng(2)), width=0.5), at=(0.5, over))
    assert written(page, packet) == [False, True, False]


@pytest.mark.parametrize("scenario", ["office", "scan-100", "blur", "jpeg30", "skewed", "phone", "fold", "copy"])
def test_an_empty_crop_is_empty(packet: DrawnPacket, blank: Gray, scenario: str) -> None:
    for seed in range(3):
        assert written(blank, packet, scenario, seed) == [False, False, False]
