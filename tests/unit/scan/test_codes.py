"""Codes are found at any turn and resolution, and hostile ones are bounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import qrcode

from papermode.scan import codes, limits
from papermode.scan.codes import find_codes
from papermode.simulate.paper import SCENARIOS, Scenario, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout

Gray = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def packet() -> DrawnPacket:
    return DrawnPacket(grid_layout(rows=4))


@pytest.mark.parametrize("dpi", [150, *(pytest.param(d, marks=pytest.mark.deep) for d in (200, 300))])
@pytest.mark.parametrize("scenario", ["office", "upside-down", "sideways", "skewed", "copy", "low-toner", "bilevel"])
def test_both_codes_are_found(packet: DrawnPacket, scenario: str, dpi: int) -> None:
    image = capture(packet.draw(), 300, SCENARIOS[scenario], dpi, np.random.default_rng(1))
    found = find_codes(image)
    assert [c.text for c in found.claims] == [packet.claim(1)]
    assert [c.text for c in found.locators] == [packet.locator(1)]
    assert found.others == ()


@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_any_angle_will_do(packet: DrawnPacket, angle: int) -> None:
    scenario = Scenario(skew=(angle, angle))
    found = find_codes(capture(packet.draw(), 300, scenario, 200, np.random.default_rng(1)))
    assert [len(found.claims), len(found.locators)] == [1, 1]


def test_corners_are_where_the_layout_has_them(packet: DrawnPacket) -> None:
    found = find_codes(packet.draw())
    for place, code in zip(packet.layout.codes, (found.claims[0], found.locators[0]), strict=True):
        r = place.rect
        expected = np.array([(r.x, r.y), (r.right, r.y), (r.right, r.bottom), (r.x, r.bottom)]) * 300 / 2540
        assert np.abs(code.corners - expected).max() < 2.5


def test_the_rescue_goes_on_until_a_claim_is_genuine(packet: DrawnPacket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong decode must not end the search: 2 of 14,880 damaged symbols gave a wrong text."""
    seen: list[str] = []

    def decode(gray: object, found: dict[str, codes.Code], *place: float) -> None:
        text = "PM1 WRONG" if len(seen) < 3 else "PM1 RIGHT"
        seen.append(text)
        found.setdefault(text, codes.Code(text, np.zeros((4, 2))))

    monkeypatch.setattr(codes, "_decode", decode)
    found = find_codes(np.full((900, 700), 255, np.uint8), lambda text: text == "PM1 RIGHT")
    assert [c.text for c in found.claims] == ["PM1 WRONG", "PM1 RIGHT"]


def test_the_number_of_codes_is_bounded(packet: DrawnPacket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CODES_PER_PAGE", 1)
    found = find_codes(packet.draw())
    assert len(found.claims) + len(found.locators) == 1
    monkeypatch.setattr(limits, "CODES_PER_PAGE", 16)
    monkeypatch.setattr(limits, "CODE_CHARACTERS", 100)
    assert find_codes(packet.draw()).claims == ()


def behind(page: Gray, back: Gray, share: float = 0.25) -> Gray:
    """Return a page through whose paper its back is seen: mirrored, and paler."""
    ink = (255 - back[:, ::-1].astype(float)) * share
    return np.asarray(np.clip(page - ink, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize("scenario", ["clean", "office", "upside-down", "sideways", "skewed"])
def test_a_code_seen_through_the_paper_is_not_this_sides(packet: DrawnPacket, scenario: str) -> None:
    sheet = behind(packet.draw(1), packet.draw(2))
    found = find_codes(capture(sheet, 300, SCENARIOS[scenario], 200, np.random.default_rng(1)))
    assert [c.text for c in found.claims] == [packet.claim(1)]
    assert [c.text for c in found.locators] == [packet.locator(1)]
    assert found.others
    assert all(c.mirrored for c in found.others)


def test_a_sheet_that_is_mirrored_as_a_whole_keeps_its_codes(packet: DrawnPacket) -> None:
    found = find_codes(np.ascontiguousarray(packet.draw()[:, ::-1]))
    assert [c.text for c in found.claims] == [packet.claim(1)]
    assert all(c.mirrored for c in found.all)


def test_a_claim_that_papermode_has_not_drawn_is_not_taken_for_a_mirrored_one(packet: DrawnPacket) -> None:
    """Or a forged code could hide: its modules agree with neither."""
    code = qrcode.QRCode(version=12, error_correction=qrcode.ERROR_CORRECT_M, border=4, mask_pattern=5)
    code.add_data(packet.claim(3))
    forged = np.kron(np.where(np.array(code.get_matrix()), 0, 255).astype(np.uint8), np.ones((6, 6), np.uint8))
    sheet = packet.draw(1)
    sheet[1400 : 1400 + len(forged), 1000 : 1000 + len(forged)] = forged
    assert [c.mirrored for c in find_codes(sheet).claims] == [False, False]
