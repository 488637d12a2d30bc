"""A label on a patient's page, and anything over the printed name, sends it to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from papermode.app.scans import StoreLookup
from papermode.geometry import POINT_HMM, Rect
from papermode.model.claim import Claim
from papermode.model.layout import Text, Zone, head_lines
from papermode.model.packet import Page
from papermode.model.reading import PageReading
from papermode.scan.expected import expected_ink
from papermode.scan.images import PageImage
from papermode.scan.lookup import ClaimCheck, PageInfo
from papermode.scan.match import KnownCodes
from papermode.scan.reader import read_page
from papermode.simulate import pens
from papermode.simulate.paper import SCENARIOS, capture
from papermode.typeset.wrap import text_width
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout, with_id
from tests.loop.printed import PAPER_DPI, Ward, print_ward, scanned

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


# -- the printed name -----------------------------------------------------------------------------------------------

TOUCHED = "the printed name is covered or written on"
SCALE = PAPER_DPI / 25.4
BENIGN = [
    "clean",
    "office",
    "skewed",
    "scan-300",
    "scan-150",
    "scan-100",
    "upside-down",
    "sideways",
    "jpeg30",
    "bilevel",
    "bilevel-300",
    "fax",
    "blur",
    "phone",
    "phone-tilted",
    "copy",
    "photocopy",
    "photocopy-2",
    "photocopy-3",
    "photocopy-4",
    "low-toner",
    "toner-end",
    "feed-slip",
    "curl",
    "fold",
    "coffee",
]
"""What leaves the name as it is. A hole punched into the name, or a stain copied black over it, does not."""
Spot = tuple[float, float, float, float]
"""Left, top, width and height of the printed name, mm."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return print_ward(tmp_path_factory.mktemp("a4"), "a4")


@dataclass(frozen=True)
class WithHead:
    """What the manifests say, with the lines of the head as a packet has them."""

    lookup: StoreLookup
    pages: tuple[Page, ...]

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        info = self.lookup.by_packet(packet_id, page)
        return None if info is None else replace(info, head=head_of(self.pages[page - 1]) if self.pages else ())

    def by_claim(self, claim: Claim, text: str) -> PageInfo | None:
        return self.lookup.by_claim(claim, text)

    def known_codes(self) -> KnownCodes:
        return self.lookup.known_codes()


def head_of(page: Page) -> tuple[Text, ...]:
    return head_lines(page.layout, page.fills)


def first_pages(ward: Ward) -> list[int]:
    """Return the serial of the first page of each patient: every script, name alerts, newborns, long names."""
    found: dict[str, int] = {}
    for serial, page in enumerate(ward.packet.pages, 1):
        if page.subject is not None:
            found.setdefault(page.subject.mrn, serial)
    return list(found.values())


def spot_of(page: Page) -> Spot:
    line = max(head_of(page), key=lambda t: t.size)
    tall = line.size * POINT_HMM / 10_000 * 0.8
    return line.x / 100, line.y / 100 - 0.9 * tall, text_width(line.text, line.size, bold=True) / 100, tall


def read_scan(ward: Ward, paper: Gray, scenario: str, rng: np.random.Generator) -> PageReading:
    image = scanned(paper, SCENARIOS[scenario], rng)
    return read_page(image, WithHead(ward.lookup, ward.packet.pages), ward.check)


def fill(paper: Gray, left: float, top: float, width: float, height: float, gray: float) -> None:
    rows = slice(max(round(top * SCALE), 0), max(round((top + height) * SCALE), 0))
    paper[rows, max(round(left * SCALE), 0) : round((left + width) * SCALE)] = gray


def stroke(paper: Gray, points: npt.NDArray[np.float64], pen: pens.Pen, rng: np.random.Generator) -> None:
    middle = points.mean(0)
    steps = np.linspace(0, len(points) - 1, 40 * len(points))
    smooth = np.stack([np.interp(steps, np.arange(len(points)), axis) for axis in points.T], axis=1)
    pens.draw(paper, PAPER_DPI, (float(middle[0]), float(middle[1])), [smooth - middle], pen, rng)


def other_name(paper: Gray, spot: Spot, rng: np.random.Generator) -> None:
    """A white sticker with another patient's name, over the whole of the first."""
    x, y, w, h = spot
    fill(paper, x - rng.uniform(0.5, 3), y - 1.5, w + rng.uniform(3, 15), h + rng.uniform(2, 6), rng.uniform(240, 255))
    at = (round(x * SCALE), round((y + 0.85 * h) * SCALE))
    name = ("DOE, JANE", "MUSTER, MAX", "ROSSI, MARIA ANNA")[int(rng.integers(3))]
    cv2.putText(paper, name, at, cv2.FONT_HERSHEY_DUPLEX, rng.uniform(1.2, 1.8), 10, 3, cv2.LINE_AA)


def blank_sticker(paper: Gray, spot: Spot, rng: np.random.Generator) -> None:
    """A white sticker over two thirds of the name or more."""
    x, y, w, h = spot
    fill(paper, x + rng.uniform(-0.1, 0.3) * w, y - 1, 1.1 * w, h + 2, rng.uniform(240, 255))


def sticky_note(paper: Gray, spot: Spot, rng: np.random.Generator) -> None:
    """A tinted note of 76 mm that begins somewhere before the middle of the name."""
    x, y, w, _ = spot
    fill(paper, x + rng.uniform(-0.4, 0.4) * w, y - rng.uniform(1, 20), 76, rng.uniform(30, 76), rng.uniform(200, 240))


def crossed_out(paper: Gray, spot: Spot, rng: np.random.Generator) -> None:
    """One to three lines through the name, a large cross, or a zigzag."""
    x, y, w, h = spot
    pen, kind = pens.ballpoint(rng), rng.integers(3)
    if kind == 2:
        at = np.linspace(x, x + w, int(rng.integers(6, 30)))
        return stroke(paper, np.stack([at, np.where(np.arange(len(at)) % 2, y, y + h)], axis=1), pen, rng)
    for n in range(int(rng.integers(1, 4)) if kind == 0 else 2):
        ends = y + rng.uniform(0.3, 0.8, 2) * h if kind == 0 else np.array([y, y + h])[:: 1 - 2 * n]
        stroke(paper, np.array([(x - rng.uniform(0, 2), ends[0]), (x + w * rng.uniform(0.9, 1.05), ends[1])]), pen, rng)
    return None


def written_over(paper: Gray, spot: Spot, rng: np.random.Generator) -> None:
    """Joined-up writing over the name or just under it."""
    x, y, w, h = spot
    tall, long = rng.uniform(1.8, 3.0), rng.uniform(20, 45)
    turns = np.linspace(0, 2 * np.pi * long / tall, 200)
    loops = np.stack([0.7 * tall * np.sin(turns) + np.linspace(0, long, 200), tall * np.cos(turns)], axis=1)
    place = np.array([x + rng.uniform(0, 0.3) * w, y + h * rng.uniform(0.4, 0.9)])
    stroke(paper, loops * (1, rng.uniform(0.6, 1.0)) + place, pens.ballpoint(rng), rng)


TOUCHES: dict[str, Callable[[Gray, Spot, np.random.Generator], None]] = {
    f.__name__: f for f in (other_name, blank_sticker, sticky_note, crossed_out, written_over)
}


def missed(ward: Ward, touch: str, serials: list[int], scenarios: list[str]) -> list[tuple[int, str]]:
    """Return the pages on which a name was touched and nobody noticed."""
    out = []
    for serial in serials:
        for scenario in scenarios:
            rng = np.random.default_rng((serial, len(touch), len(scenario)))
            paper = ward.paper(serial)
            TOUCHES[touch](paper, spot_of(ward.packet.pages[serial - 1]), rng)
            reading = read_scan(ward, paper, scenario, rng)
            # A note over a third of the page hides its boxes as well; the name is not looked at then.
            if TOUCHED not in reading.why and (reading.status != "review" or touch != "sticky_note"):
                out.append((serial, scenario))
    return out


@pytest.mark.parametrize("scenario", BENIGN)
def test_a_printed_name_is_left_alone(ward: Ward, scenario: str) -> None:
    """This test ensures that no scanner, copier, phone, stain or bend makes a name look touched."""
    serials = first_pages(ward)
    serial = serials[BENIGN.index(scenario) % len(serials)]
    assert TOUCHED not in read_scan(ward, ward.paper(serial), scenario, np.random.default_rng(serial)).why


@pytest.mark.deep
@pytest.mark.parametrize("scenario", BENIGN)
def test_no_printed_name_is_ever_taken_for_touched(ward: Ward, scenario: str) -> None:
    """This test ensures the same for every patient: some 650 pages."""
    rng = np.random.default_rng(3)
    touched = [s for s in first_pages(ward) if TOUCHED in read_scan(ward, ward.paper(s), scenario, rng).why]
    assert touched == []


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_name_that_was_touched_is_noticed(ward: Ward, touch: str) -> None:
    """This test ensures that stickers, notes, crossing out and writing over a name are noticed, on poor scans too."""
    assert missed(ward, touch, first_pages(ward)[:9:2], ["office", "low-toner"]) == []


@pytest.mark.deep
@pytest.mark.parametrize("touch", TOUCHES)
def test_hardly_a_touched_name_is_missed(ward: Ward, touch: str) -> None:
    """This test ensures the same for every patient and more kinds of scan: at least 98 %."""
    serials, scenarios = first_pages(ward), ["office", "bilevel", "phone", "coffee", "photocopy-2"]
    assert len(missed(ward, touch, serials, scenarios)) <= 0.02 * len(serials) * len(scenarios)


def test_a_name_that_is_not_known_is_not_looked_at(ward: Ward) -> None:
    """This test ensures that a page of a lost packet is read: nobody can say then what its head should look like."""
    serial = first_pages(ward)[0]
    paper, rng = ward.paper(serial), np.random.default_rng(1)
    other_name(paper, spot_of(ward.packet.pages[serial - 1]), rng)
    image = scanned(paper, SCENARIOS["clean"], rng)
    assert read_page(image, WithHead(ward.lookup, ()), ward.check).why == ()
    assert read_page(image, WithHead(ward.lookup, ward.packet.pages), ward.check).why == (TOUCHED,)


def test_a_reserved_number_is_not_looked_at(ward: Ward) -> None:
    """This test ensures that a page that waits for its patient may get a label."""
    serial = next(s for s, p in enumerate(ward.packet.pages, 1) if p.form == "ADMIT" and p.encounter)
    paper, rng = ward.paper(serial), np.random.default_rng(1)
    other_name(paper, spot_of(ward.packet.pages[serial - 1]), rng)
    assert TOUCHED not in read_scan(ward, paper, "clean", rng).why


def test_the_expected_ink_is_the_printed_ink(ward: Ward) -> None:
    """This test ensures that names of all scripts are drawn as the printer draws them, to a tenth of a millimetre."""
    for serial in first_pages(ward):
        page = ward.packet.pages[serial - 1]
        zone = next(z.rect for z in page.layout.zones if z.kind == "name")
        drawn = expected_ink(head_of(page), zone, SCALE)
        assert drawn is not None
        left, top = round(zone.x / 100 * SCALE), round(zone.y / 100 * SCALE)
        printed = ward.paper(serial)[top : top + drawn.shape[0], left : left + drawn.shape[1]] < 128
        near = np.ones((3, 3), np.uint8)
        for one, other in ((printed, drawn > 0.5), (drawn > 0.5, printed)):
            around = cv2.dilate(other.astype(np.uint8), near).astype(bool)
            assert (one & ~around).sum() <= 0.002 * one.sum(), page.subject


def test_what_no_bundled_font_has_is_not_drawn() -> None:
    """This test ensures that nothing is expected of characters that another machine's fonts printed, or none."""
    zone = Rect(1000, 1000, 6000, 1000)
    assert expected_ink((Text(1000, 1800, "Smith, John", 1600, bold=True),), zone, 8.0) is not None
    assert expected_ink((Text(1000, 1800, "王小明 \U000e0041", 1600, bold=True),), zone, 8.0) is None
