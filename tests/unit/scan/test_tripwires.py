"""A label on a patient's page sends it to a person."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import Rect
from papermode.model.claim import Claim
from papermode.model.layout import Zone
from papermode.scan.images import PageImage
from papermode.scan.lookup import ClaimCheck
from papermode.scan.reader import read_page
from papermode.simulate.paper import SCENARIOS, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout, with_id

Gray = npt.NDArray[np.uint8]

ZONE = Rect(8000, 1800, 7000, 3000)


@pytest.fixture(scope="module")
def packet() -> DrawnPacket:
    return DrawnPacket(with_id(replace(grid_layout(rows=8), zones=(Zone("label", ZONE),))))


@pytest.fixture(scope="module")
def page(packet: DrawnPacket) -> Gray:
    """A page with the zone's frame and its own words, as the printer makes it."""
    page = packet.draw()
    x, y, w, h = (round(v * 300 / 2540) for v in ZONE.as_list())
    cv2.rectangle(page, (x, y), (x + w, y + h), 120, 2)
    cv2.putText(page, "leave empty: no label, no writing", (x + 60, y + h - 45), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 90, 3)
    return page


def labelled(page: Gray, gray: int = 255) -> Gray:
    page = page.copy()
    x, y = round((ZONE.x + 800) * 300 / 2540), round((ZONE.y + 300) * 300 / 2540)
    page[y : y + 220, x : x + 600] = gray
    for line in range(3):
        cv2.putText(page, "DOE JANE 00417", (x + 15, y + 60 + 60 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    return page


def why(page: Gray, packet: DrawnPacket, scenario: str, *, bound: bool = True, seed: int = 1) -> tuple[str, ...]:
    def check(text: str, /) -> ClaimCheck:
        outcome = packet.check(text)
        assert isinstance(outcome.claim, Claim)
        return outcome if bound else replace(outcome, claim=replace(outcome.claim, mrn=""))

    image = capture(page, 300, SCENARIOS[scenario], 200, np.random.default_rng(seed))
    return read_page(PageImage("a.pdf", 0, image), packet, check).why


@pytest.mark.parametrize("scenario", ["office", "copy", "low-toner", "phone", "feed-slip", "bilevel"])
def test_an_empty_zone_is_empty(page: Gray, packet: DrawnPacket, scenario: str) -> None:
    for seed in range(3):
        assert why(page, packet, scenario, seed=seed) == ()


@pytest.mark.parametrize("scenario", ["office", "copy", "low-toner", "phone", "feed-slip", "bilevel"])
@pytest.mark.parametrize("sticker", [255, 200])
def test_a_sticker_is_noticed(page: Gray, packet: DrawnPacket, scenario: str, sticker: int) -> None:
    assert why(labelled(page, sticker), packet, scenario) == (
        "there is a label or writing where this patient's page must be empty",
    )


def test_a_name_written_by_hand_is_noticed(page: Gray, packet: DrawnPacket) -> None:
    written = page.copy()
    x, y = round((ZONE.x + 800) * 300 / 2540), round((ZONE.y + 1500) * 300 / 2540)
    cv2.putText(written, "Doe", (x, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 3, 60, 4)
    assert why(written, packet, "office")


def test_an_unbound_page_wants_its_label(page: Gray, packet: DrawnPacket) -> None:
    assert why(labelled(page), packet, "office", bound=False) == ()
