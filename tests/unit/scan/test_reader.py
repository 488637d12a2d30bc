"""Which page is it, and may it be read? Every status and every reason for review."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from papermode.model.reading import PageReading
from papermode.scan import limits
from papermode.scan.codes import find_codes
from papermode.scan.confirm import AGREEMENT, claim_agreement
from papermode.scan.identity import NEWER_CODE, OTHER_CODE, UNSIGNED_CODE
from papermode.scan.images import PageImage
from papermode.scan.lookup import ClaimCheck
from papermode.scan.reader import read_page
from papermode.scan.register import register
from papermode.simulate.fill import Truth, fill_page
from papermode.simulate.paper import SCENARIOS, capture
from tests.loop.drawn_packet import OTHER_PACKET, DrawnPacket
from tests.loop.drawn_page import draw_page, grid_layout, moved, qr_matrix

Gray = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def packet() -> DrawnPacket:
    return DrawnPacket(grid_layout(combs=4, crops=2))


def scan(page: Gray, scenario: str = "office", *, seed: int = 1, dpi: int = 200) -> PageImage:
    image = capture(page, 300, SCENARIOS[scenario], dpi, np.random.default_rng(seed))
    return PageImage("stack.pdf", 0, image, dpi, bilevel=scenario == "bilevel")


def read(image: PageImage, packet: DrawnPacket) -> PageReading:
    return read_page(image, packet, packet.check)


def paste(page: Gray, text: str, x: int, y: int, version: int = 11, size: int = 330) -> Gray:
    """Stick another code on a page."""
    matrix = np.pad(qr_matrix(text, version), 4)
    at = np.arange(size) * len(matrix) // size
    page = page.copy()
    page[y : y + size, x : x + size] = np.where(matrix, 0, 255)[np.ix_(at, at)]
    return page


def compare(reading: PageReading, truth: Truth) -> tuple[int, int]:
    """Return how many answers are sure and how many unsure; wrong ones fail."""
    assert {(a.link_id, a.row, a.column) for a in reading.answers} == set(truth.answers)
    for answer in reading.answers:
        written = truth.answers[answer.link_id, answer.row, answer.column]
        if answer.state == "sure":
            assert answer.value == written
        if answer.state == "empty":
            assert answer.value is written is None
    states = [a.state for a in reading.answers]
    return states.count("sure"), states.count("unsure")


@pytest.mark.parametrize("scenario", ["clean", "office", "upside-down", "sideways", "feed-slip", "phone"])
def test_a_filled_page_is_read_as_it_was_filled(packet: DrawnPacket, scenario: str) -> None:
    page = packet.draw(3)
    truth = fill_page(page, packet.layout, np.random.default_rng(5))
    reading = read(scan(page, scenario), packet)
    assert (reading.status, reading.why) == ("read", ())
    assert (reading.file, reading.index) == ("stack.pdf", 0)
    assert reading.claim is not None
    assert (reading.claim.packet, reading.claim.page) == (packet.packet, 3)
    assert reading.claim_text == packet.claim(3)
    assert reading.locator_text == packet.locator(3)
    assert reading.trust == "card"
    assert reading.layout_id == packet.layout.id
    assert reading.written
    sure, unsure = compare(reading, truth)
    assert sure >= 45
    assert unsure <= 3


def test_answers_with_several_marks_are_tuples_in_the_layouts_order() -> None:
    packet = DrawnPacket(grid_layout(multiple=True))
    page = packet.draw()
    truth = fill_page(page, packet.layout, np.random.default_rng(5))
    reading = read(scan(page), packet)
    assert reading.status == "read"
    sure, unsure = compare(reading, truth)
    assert sure >= 50
    assert unsure <= 3
    assert any(isinstance(a.value, tuple) and len(a.value) > 1 for a in reading.answers)


def test_two_marks_in_a_choice_of_one_are_for_a_person(packet: DrawnPacket) -> None:
    page = packet.draw()
    several = replace(packet.layout, boxes=tuple(replace(b, multiple=True) for b in packet.layout.boxes))
    truth = fill_page(page, several, np.random.default_rng(5))
    for answer in read(scan(page), packet).answers:
        written = truth.answers[answer.link_id, answer.row, answer.column]
        if isinstance(written, tuple) and len(written) > 1:
            assert answer.state == "unsure"
            assert answer.value == written


def test_an_unwritten_page_is_read_and_not_blank(packet: DrawnPacket) -> None:
    reading = read(scan(packet.draw()), packet)
    assert (reading.status, reading.written) == ("read", False)
    assert {a.state for a in reading.answers} == {"empty"}


def test_ink_in_combs_and_crops_is_for_a_person(packet: DrawnPacket) -> None:
    page = packet.draw()
    for box in packet.layout.boxes:
        if box.link_id in {"comb1", "crop0"}:
            x, y = round((box.rect.x + 275) * 300 / 2540), round(box.rect.y * 300 / 2540)
            page[y + 20 : y + 70, x : x + 5] = 40
    states = {a.link_id: (a.state, a.value) for a in read(scan(page), packet).answers if a.kind != "mark"}
    assert states["comb1"] == ("unsure", "1")
    assert states["crop0"] == ("unsure", None)
    assert {states[k] for k in ("comb0", "comb2", "comb3", "crop1")} == {("empty", None)}


def test_black_and_white_scans_leave_required_questions_in_doubt(packet: DrawnPacket) -> None:
    required = replace(packet.layout, boxes=tuple(replace(b, required=b.row == 0) for b in packet.layout.boxes))
    ours = replace(packet, layout=required, known=replace(required, id=packet.layout.id), trusted=set())
    image = scan(packet.draw(), "bilevel")
    answers = read(image, ours).answers
    assert {a.state for a in answers if a.row == 0} == {"unsure"}
    assert {a.state for a in answers if a.row != 0} == {"empty"}


def test_an_empty_sheet_is_blank(packet: DrawnPacket) -> None:
    reading = read(scan(np.full((3300, 2550), 255, np.uint8)), packet)
    assert (reading.status, reading.written) == ("blank", False)


def test_writing_on_a_sheet_without_codes_is_not_thrown_away(packet: DrawnPacket) -> None:
    page = np.full((3300, 2550), 255, np.uint8)
    for line in range(4):
        page[900 + 60 * line : 905 + 60 * line, 400:1400] = 60
    reading = read(scan(page), packet)
    assert reading.status == "unreadable"
    assert reading.written


def test_another_code_alone_makes_a_page_foreign(packet: DrawnPacket) -> None:
    page = paste(np.full((3300, 2550), 255, np.uint8), "HTTPS://EXAMPLE.ORG/1", 900, 900, version=3)
    reading = read(scan(page), packet)
    assert (reading.status, reading.other_codes) == ("foreign", ("HTTPS://EXAMPLE.ORG/1",))


def test_our_page_with_destroyed_codes_is_unreadable(packet: DrawnPacket) -> None:
    reading = read(scan(packet.draw(claim=False, locator=False)), packet)
    assert reading.status == "unreadable"
    assert reading.answers == ()


def test_a_page_known_by_its_locator_only_is_read_for_review(packet: DrawnPacket) -> None:
    page = packet.draw(2, claim=False)
    truth = fill_page(page, packet.layout, np.random.default_rng(5))
    reading = read(scan(page), packet)
    assert reading.status == "review"
    assert reading.claim is not None
    assert reading.claim.page == 2
    assert compare(reading, truth)[0] >= 45


def test_a_locator_that_the_manifest_contradicts_identifies_nothing(packet: DrawnPacket) -> None:
    tag = packet.locator(2).rpartition(" ")[2]
    page = draw_page(packet.layout, locator=packet.locator(1).rpartition(" ")[0] + " " + tag)
    reading = read(scan(page), packet)
    assert (reading.status, reading.claim, reading.answers) == ("review", None, ())


def test_a_damaged_claim_is_rescued(packet: DrawnPacket) -> None:
    page = packet.draw(4)
    page[150:470, 2000:2006] = 0
    page[300:306, 1930:2270] = 255
    reading = read(scan(page, "low-toner"), packet)
    assert reading.claim is not None
    assert reading.claim.page == 4


DAMAGE = {"torn": (0, 85, 0, 85), "third": (0, 330, 0, 110), "half": (0, 330, 0, 150), "gone": (-9, 340, -9, 340)}


@pytest.mark.parametrize(("damage", "confirmed"), [("torn", True), ("third", True), ("half", True), ("gone", False)])
@pytest.mark.parametrize("scenario", ["office", "phone", "feed-slip"])
def test_a_torn_claim_is_confirmed_module_by_module(
    packet: DrawnPacket, damage: str, confirmed: bool, scenario: str
) -> None:
    page = packet.draw(4)
    place = packet.layout.codes[0].rect
    x, y = round(place.x * 300 / 2540), round(place.y * 300 / 2540)
    top, bottom, left, right = DAMAGE[damage]
    page[y + top : y + bottom, x + left : x + right] = 255
    reading = read(scan(page, scenario), packet)
    assert reading.claim is not None
    assert reading.claim.page == 4
    assert reading.status == ("read" if confirmed else "review")


@pytest.mark.parametrize("other", [2, 3, 9])
def test_the_claim_of_another_page_of_the_same_packet_is_never_confirmed(packet: DrawnPacket, other: int) -> None:
    image = scan(packet.draw(other)).gray
    codes = find_codes(image)
    registered = register(image, packet.layout, {"locator": codes.locators[0]})
    place = packet.layout.codes[0].rect
    assert claim_agreement(image, registered.registration, place, packet.claim(other)) > 0.95
    assert claim_agreement(image, registered.registration, place, packet.claim(1)) < 0.58 < AGREEMENT


def test_two_different_claims_are_for_a_person(packet: DrawnPacket) -> None:
    reading = read(scan(paste(packet.draw(1), packet.claim(2), 1000, 1400)), packet)
    assert (reading.status, reading.claim, reading.answers) == ("review", None, ())
    assert reading.why == ("the sheet carries the claims of two different pages",)


def test_the_same_claim_twice_is_one_claim(packet: DrawnPacket) -> None:
    assert read(scan(paste(packet.draw(1), packet.claim(1), 1000, 3000 - 200)), packet).claim is not None


def forged(text: str) -> str:
    """Return a claim with the signature of another patient's."""
    return text.replace(" 004417893201 ", " 004417893202 ")


@pytest.mark.parametrize("known_by", ["claim", "locator"])
def test_a_claim_that_is_not_signed_sends_the_page_to_a_person(packet: DrawnPacket, known_by: str) -> None:
    """However well the page is known without it: who has put it there, and why?"""
    false = forged(packet.claim(1))
    if known_by == "claim":
        page = paste(packet.draw(1), false, 40, 100)
    else:
        page = draw_page(packet.layout, claim=false, locator=packet.locator(1))
    reading = read(scan(page), packet)
    assert (reading.status, reading.why) == ("review", (UNSIGNED_CODE,))
    assert reading.claim is not None
    assert (reading.claim.page, reading.claim.mrn) == (1, "004417893201")
    assert reading.other_codes == (false,)


@pytest.mark.parametrize(("text", "why"), [("PM2 SOMETHING NEW", NEWER_CODE), ("PML1 NOTHING", UNSIGNED_CODE)])
def test_a_code_like_ours_that_says_nothing_known_sends_a_known_page_to_a_person(
    packet: DrawnPacket, text: str, why: str
) -> None:
    reading = read(scan(paste(packet.draw(1), text, 40, 100, version=3)), packet)
    assert (reading.status, reading.why, reading.other_codes) == ("review", (why,), (text,))
    assert read(scan(paste(packet.draw(1), "HTTPS://EXAMPLE.ORG/1", 40, 100, version=3)), packet).status == "read"


@pytest.mark.parametrize("damaged", ["", "claim", "locator"])
def test_the_codes_of_the_back_seen_through_the_paper_are_not_this_pages(packet: DrawnPacket, damaged: str) -> None:
    front = packet.draw(1, claim=damaged != "claim", locator=damaged != "locator")
    back = packet.draw(2)[:, ::-1]
    sheet = np.asarray(np.clip(front - (255 - back.astype(float)) * 0.25, 0, 255), dtype=np.uint8)
    image = scan(sheet)
    assert any(code.mirrored for code in find_codes(image.gray).all)
    reading = read(image, packet)
    assert reading.claim is not None
    assert reading.claim.page == 1
    assert OTHER_CODE not in reading.why
    assert not any("two different" in why for why in reading.why)


def test_a_page_that_is_mirrored_as_a_whole_is_for_a_person(packet: DrawnPacket) -> None:
    reading = read(scan(np.ascontiguousarray(packet.draw(1)[:, ::-1])), packet)
    assert reading.status == "review"
    assert reading.claim is not None
    assert "sure" not in {a.state for a in reading.answers}


def test_an_unsigned_claim_is_never_read(packet: DrawnPacket) -> None:
    reading = read_page(scan(packet.draw()), packet, lambda text: ClaimCheck(packet.check(text).claim, "", "no key"))
    assert (reading.status, reading.trust, reading.answers) == ("review", "", ())
    assert "no key" in reading.why[0] or "small code" in reading.why[0]


def test_a_second_code_of_another_page_is_noticed(packet: DrawnPacket) -> None:
    page = draw_page(packet.layout, claim=packet.claim(1), locator=packet.locator(2))
    reading = read(scan(page), packet)
    assert reading.status == "review"
    assert reading.why == ("the page's second code belongs to another page",)


def test_a_page_of_an_unknown_packet_is_for_review(packet: DrawnPacket) -> None:
    other = DrawnPacket(packet.layout, packet=OTHER_PACKET)
    reading = read_page(scan(other.draw()), packet, other.check)
    assert (reading.status, reading.answers) == ("review", ())
    assert reading.claim is not None
    assert reading.why == (
        "its packet folder is not here, and no form of that version gives the layout it was printed with",
    )


def test_a_page_is_never_read_with_another_layout(packet: DrawnPacket) -> None:
    """The one drift that no measurement sees, a shift by a column, is stopped by identity."""
    ours = replace(packet, known=moved(packet.layout, 1100))
    reading = read(scan(packet.draw()), ours)
    assert (reading.status, reading.answers) == ("review", ())
    assert reading.why == ("the stored layout is not the one that the page was printed with",)


def test_a_page_that_does_not_fit_has_no_sure_answers(packet: DrawnPacket) -> None:
    drifted = moved(packet.layout, 50)
    page = draw_page(drifted, claim=packet.claim(1), locator=packet.locator(1))
    reading = read(scan(page), packet)
    assert reading.status == "review"
    assert reading.fit is not None
    assert reading.fit.edge_offset_mm == pytest.approx(0.5, abs=0.04)
    assert {a.state for a in reading.answers} == {"unsure"}


def test_a_code_of_a_newer_version_is_not_called_foreign(packet: DrawnPacket) -> None:
    page = paste(np.full((3300, 2550), 255, np.uint8), "PM2 SOMETHING NEW", 900, 900, version=3)
    reading = read(scan(page), packet)
    assert reading.status == "review"
    assert "newer" in reading.why[0]


def test_a_doubted_key_sends_the_page_to_a_person(packet: DrawnPacket) -> None:
    reading = read_page(scan(packet.draw()), packet, lambda t: replace(packet.check(t), doubts=("the key is revoked",)))
    assert (reading.status, reading.why) == ("review", ("the key is revoked",))


def test_a_code_that_only_begins_like_a_locator_is_foreign(packet: DrawnPacket) -> None:
    page = paste(np.full((3300, 2550), 255, np.uint8), "PML1 NOTHING", 900, 900, version=3)
    reading = read(scan(page), packet)
    assert (reading.status, reading.other_codes) == ("foreign", ("PML1 NOTHING",))


def test_a_code_on_the_wrong_place_sends_the_page_to_a_person(packet: DrawnPacket) -> None:
    sheet = np.full((3300, 2550), 255, np.uint8)
    for place in ((900, 900), (300, 2800)):
        reading = read(scan(paste(sheet, packet.claim(1), *place)), packet)
        assert reading.status == "review"
        assert "sure" not in {a.state for a in reading.answers}


def test_a_layout_without_places_for_codes_is_never_read(packet: DrawnPacket) -> None:
    bare = replace(packet.layout, codes=())
    reading = read(scan(packet.draw()), replace(packet, known=bare))
    assert reading.status == "review"
    assert reading.answers == ()


def test_a_fine_scan_is_reduced_first(packet: DrawnPacket) -> None:
    page = packet.draw(dpi=600)
    assert max(page.shape) > limits.WORK_PIXELS_LONG_SIDE
    assert read(PageImage("a.png", 0, page), packet).status == "read"


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (299, 299), (300, 301), (301, 5000), (700, 500)])
def test_no_picture_makes_the_reader_fail(packet: DrawnPacket, shape: tuple[int, int]) -> None:
    for fill in (0, 128, 255):
        assert read(PageImage("a.png", 0, np.full(shape, fill, np.uint8)), packet).status in {"blank", "unreadable"}
    noise = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert read(PageImage("a.png", 0, noise), packet).status in {"blank", "unreadable"}
