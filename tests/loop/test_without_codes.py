"""Pages whose codes no decoder reads: found by their corner squares, and their codes by what is known of them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import Rect
from papermode.model.layout import Layout
from papermode.scan.codes import find_codes
from papermode.scan.frames import find_frames
from papermode.scan.images import PageImage
from papermode.scan.lookup import ClaimCheck, PageInfo
from papermode.scan.match import KnownCodes, matched_code
from papermode.scan.reader import read_bound, read_page
from papermode.scan.repair import repaired_codes, views_of
from papermode.simulate.fill import fill_page
from papermode.simulate.paper import SCENARIOS, Scenario
from tests.loop.printed import PAPER_DPI, Tally, Ward, scanned

Gray = npt.NDArray[np.uint8]
QUIET = Scenario(skew=(-2.0, 2.0), turns=(0, 1, 2, 3))


class Nothing:
    """Knows no page."""

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        return None

    def by_claim(self, claim: object, text: str) -> PageInfo | None:
        return None

    def known_codes(self) -> KnownCodes:
        return KnownCodes(())


def place(layout: Layout, kind: str) -> Rect:
    return next(c.rect for c in layout.codes if c.kind == kind)


def cover(page: Gray, rect: Rect, gray: int = 255) -> None:
    x0, y0, x1, y1 = (round(v * PAPER_DPI / 2540) for v in (rect.x, rect.y, rect.right, rect.bottom))
    page[y0:y1, x0:x1] = gray


def torn_finder(page: Gray, code: Rect) -> None:
    """Cut a finder's corner off, diagonally, as deep as the finder."""
    corner = np.array(
        [(code.right + 100, code.y - 100), (code.right + 100, code.y + 800), (code.right - 800, code.y - 100)]
    )
    cv2.fillPoly(page, [np.round(corner * PAPER_DPI / 2540).astype(np.int32)], 255)


def punched(page: Gray, code: Rect) -> None:
    """Punch a hole of 6 mm over a finder."""
    cv2.circle(page, tuple(round(v * PAPER_DPI / 2540) for v in (code.x + 200, code.y + 200)), round(3 * PAPER_DPI / 25.4), 60, -1)  # fmt: skip


def stickers_on_finders(page: Gray, code: Rect) -> None:
    """Cover two of the three finders."""
    for x, y in ((code.x, code.y), (code.x, code.bottom - 350)):
        cover(page, Rect(x - 100, y - 100, 500, 550))


DAMAGE: dict[str, Callable[[Gray, Rect], None]] = {
    "torn finder": torn_finder,
    "punch hole": punched,
    "two finders covered": stickers_on_finders,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("serial", [3, 40])
def test_a_damaged_claim_is_read_by_its_known_modules(ward: Ward, damage: str, serial: int) -> None:
    """This test ensures that a claim without a finder is read, with its other code gone and no packet folder known."""
    rng = np.random.default_rng(serial)
    page = ward.paper(serial)
    layout = ward.packet.pages[serial - 1].layout
    cover(page, place(layout, "locator").grown(100))
    DAMAGE[damage](page, place(layout, "claim"))
    image = scanned(page, QUIET, rng)
    assert not find_codes(image.gray).claims, "the damage is too small to test anything"
    reading = read_page(image, ward.lookup, ward.check)
    assert reading.claim_text == ward.packet.pages[serial - 1].claim_text
    assert reading.layout_id == layout.id
    assert reading.status == "read", reading.why


def ruined(page: Gray, layout: Layout, rng: np.random.Generator) -> None:
    """Ruin both codes: a third of their modules' area is white blots, with strokes of a pen over them."""
    for code in layout.codes:
        x0, y0, x1, y1 = (
            round(v * PAPER_DPI / 2540) for v in (code.rect.x, code.rect.y, code.rect.right, code.rect.bottom)
        )
        part = page[y0:y1, x0:x1]
        blots = cv2.GaussianBlur(rng.random(part.shape).astype(np.float32), (0, 0), 9)
        part[blots > np.quantile(blots, 0.62)] = 250
        for _ in range(4):
            ends = rng.integers(0, part.shape[0], 4).tolist()
            cv2.line(part, ends[:2], ends[2:], 30, 7)


@pytest.mark.parametrize("serial", [3, 40, 77])
def test_ruined_codes_name_their_page_among_those_printed(ward: Ward, serial: int) -> None:
    """This test ensures that codes that nothing decodes are still told from those of all other pages."""
    rng = np.random.default_rng(serial)
    page = ward.paper(serial)
    entry = ward.packet.pages[serial - 1]
    ruined(page, entry.layout, rng)
    image = scanned(page, QUIET, rng)
    codes = find_codes(image.gray)
    frames = find_frames(image.gray)
    assert not codes.claims
    assert not codes.locators
    assert not repaired_codes(views_of(image.gray, frames), lambda _: True), "the damage is too small to test anything"
    reading = read_page(image, ward.lookup, ward.check)
    assert reading.claim_text == entry.claim_text
    assert reading.layout_id == entry.layout.id
    others = [p.claim_text for p in ward.packet.pages if p.claim_text != entry.claim_text]
    assert matched_code(views_of(image.gray, frames), KnownCodes(others)) is None


def test_a_page_of_no_known_packet_is_not_matched(a4: Ward, letter: Ward) -> None:
    """This test ensures that the same page on other paper is nobody's, however like the words of its claim are."""
    codes = KnownCodes([p.claim_text for p in a4.packet.pages])
    for serial in range(2, 40, 6):
        image = scanned(letter.paper(serial), QUIET, np.random.default_rng(serial))
        assert matched_code(views_of(image.gray, find_frames(image.gray)), codes) is None


def test_a_forged_claim_is_not_read_by_repair(ward: Ward) -> None:
    """This test ensures that repair accepts nothing that is not signed."""
    page = ward.paper(3)
    layout = ward.packet.pages[2].layout
    cover(page, place(layout, "locator").grown(100))
    torn_finder(page, place(layout, "claim"))
    image = scanned(page, QUIET, np.random.default_rng(1))
    reading = read_page(image, Nothing(), lambda _: ClaimCheck(None, "", "not signed"))
    assert reading.claim is None
    assert reading.status == "unreadable"
    assert "corner squares" in reading.why[0]


@pytest.mark.parametrize("scenario", ["clean", "office", "skewed", "sideways", "bilevel", "copy", "low-toner", "phone"])
def test_squares_tell_where_a_page_lies(ward: Ward, scenario: str) -> None:
    """This test ensures that the page is found without codes: of four frames one has its squares and codes in place."""
    page = ward.paper(5)
    layout = ward.packet.pages[4].layout
    for n in range(2):
        image = scanned(page, SCENARIOS[scenario], np.random.default_rng(n))
        codes = {c.text.split(" ")[0]: c for c in (*find_codes(image.gray).claims, *find_codes(image.gray).locators)}
        frames = find_frames(image.gray)
        assert frames
        scale = max(image.gray.shape) / 290
        errors = [np.abs(f.codes()["claim"].corners - codes["PM1"].corners).max() / scale for f in frames]
        assert min(errors) < 1.5, (scenario, n, errors)
        assert frames[int(np.argmin(errors))].size == layout.size


@pytest.mark.parametrize("serial", [3, 40])
def test_a_page_bound_by_hand_is_read_by_its_layout(ward: Ward, serial: int) -> None:
    """This test ensures that a page without codes is read once a person says which it is, and laid on no other."""
    rng = np.random.default_rng(serial)
    page = ward.paper(serial)
    entry = ward.packet.pages[serial - 1]
    truth = fill_page(page, entry.layout, rng)
    for code in entry.layout.codes:
        cover(page, code.rect.grown(100))
    image = scanned(page, QUIET, rng)
    assert read_page(image, ward.lookup, ward.check).status == "unreadable"
    reading = read_bound(image, PageInfo(entry.layout, entry.claim_text))
    assert reading.layout_id == entry.layout.id
    assert reading.status == "review"
    assert len(reading.why) == 1
    tally = Tally()
    tally.add(reading, truth)
    assert not tally.missed
    assert not tally.false
    other = next(p for p in ward.packet.pages if p.layout.id != entry.layout.id and p.layout.boxes)
    wrong = read_bound(image, PageInfo(other.layout, other.claim_text))
    assert len(wrong.why) > 1
    assert not any(a.state == "sure" for a in wrong.answers)


def test_other_paper_has_no_frame() -> None:
    """This test ensures that a white sheet, a page of lines and one of dark boxes are not taken for pages of ours."""
    rng = np.random.default_rng(3)
    white = np.full((2200, 1700), 250, np.uint8)
    lines = white.copy()
    lines[200:2000:30, 150:1500] = 20
    boxes = white.copy()
    for x, y in rng.integers(50, 1600, (60, 2)):
        boxes[y : y + 40, x : x + 40] = 10
    assert find_frames(white) == []
    assert find_frames(lines) == []
    image = PageImage("x.png", 0, boxes, 200)

    assert read_page(image, Nothing(), lambda _: ClaimCheck(None, "")).claim is None


def test_a_photograph_from_too_far_away_says_so(letter: Ward) -> None:
    """This test ensures that a person is told what to do about a picture that has too few pixels."""
    image = scanned(letter.paper(3), QUIET, np.random.default_rng(1))
    far = cv2.resize(image.gray, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    soft = np.asarray(cv2.GaussianBlur(far, (0, 0), 1.2), dtype=np.uint8)
    reading = read_page(PageImage("photo.jpg", 0, soft, 0), letter.lookup, letter.check)
    assert reading.status in ("review", "unreadable")
    assert any("dots per inch" in why for why in reading.why), reading.why
