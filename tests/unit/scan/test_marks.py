"""Marks: everything clear is read, nothing is invented, and doubt stays doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from papermode.model.layout import Box, Layout
from papermode.scan.codes import find_codes
from papermode.scan.ink import make_sheet
from papermode.scan.marks import Mark, read_marks
from papermode.scan.register import register
from papermode.simulate import pens
from papermode.simulate.fill import mark_box
from papermode.simulate.paper import SCENARIOS, Scenario, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import draw_page, grid_layout

Gray = npt.NDArray[np.uint8]

TARGET = {s: replace(SCENARIOS["office"], turns=(t,)) for t, s in enumerate(["upright", "right", "down", "left"])}


@pytest.fixture(scope="module")
def packet() -> DrawnPacket:
    return DrawnPacket(grid_layout())


@pytest.fixture(scope="module")
def blank(packet: DrawnPacket) -> Gray:
    return packet.draw()


def read(image: Gray, layout: Layout) -> list[Mark]:
    codes = find_codes(image)
    # A blurred picture has no claim that can be read.
    known = {kind: found[0] for kind, found in (("claim", codes.claims), ("locator", codes.locators)) if found}
    registered = register(image, layout, known)
    assert registered.faults == ()
    return read_marks(make_sheet(image, registered), [b.rect for b in layout.boxes])


def outcome(
    packet: DrawnPacket,
    blank: Gray,
    shapes: tuple[pens.MarkShape | None, ...],
    scenario: Scenario,
    *,
    pen: str = "ballpoint",
    dpi: int = 200,
    seed: int = 1,
) -> dict[pens.MarkShape | None, Counter[str]]:
    """Put the shapes by turns into all boxes, scan, read, count the states per shape."""
    rng = np.random.default_rng(seed)
    page = blank.copy()
    drawn: list[pens.MarkShape | None] = []
    for i, box in enumerate(packet.layout.boxes):
        shape = shapes[(i + i // 12) % len(shapes)]
        drawn.append(shape)
        if shape is not None:
            mark_box(page, 300, box, shape, getattr(pens, pen)(rng), rng)
    marks = read(capture(page, 300, scenario, dpi, rng), packet.layout)
    counts: dict[pens.MarkShape | None, Counter[str]] = {shape: Counter() for shape in shapes}
    for shape, mark in zip(drawn, marks, strict=True):
        counts[shape][mark.state] += 1
    return counts


@pytest.mark.parametrize("turn", TARGET)
@pytest.mark.parametrize("seed", [1, 2])
def test_crosses_at_200_dpi_are_all_read_and_none_is_invented(
    packet: DrawnPacket, blank: Gray, turn: str, seed: int
) -> None:
    counts = outcome(packet, blank, (pens.cross, None, None), TARGET[turn], seed=seed)
    assert counts[None] == {"empty": 192}
    assert counts[pens.cross]["empty"] == 0
    assert counts[pens.cross]["marked"] >= 93, "3 of 96 may overshoot so far that a person has to look"


@pytest.mark.parametrize("dpi", [200, *(pytest.param(d, marks=pytest.mark.deep) for d in (100, 150, 300))])
@pytest.mark.parametrize("scenario", ["clean", "jpeg30", "skewed", "copy", "low-toner", "phone"])
def test_no_capture_invents_or_loses_a_mark(packet: DrawnPacket, blank: Gray, scenario: str, dpi: int) -> None:
    shapes = (pens.cross, pens.tick, pens.filled, None)
    counts = outcome(packet, blank, shapes, SCENARIOS[scenario], dpi=dpi)
    assert counts[None]["marked"] == 0
    assert counts[None]["unsure"] <= 3
    for shape in (pens.cross, pens.tick, pens.filled):
        assert counts[shape]["empty"] == 0
        assert counts[shape]["marked"] >= 0.9 * counts[shape].total()


@pytest.mark.parametrize("shape", pens.DOUBTFUL_SHAPES)
def test_what_a_person_has_to_judge_is_never_decided(packet: DrawnPacket, blank: Gray, shape: pens.MarkShape) -> None:
    # Every eighth box only: a page full of blacked-out boxes does not fit its layout any more.
    counts = outcome(packet, blank, (shape, *[None] * 7), SCENARIOS["office"])
    assert counts[shape]["empty"] == 0
    assert counts[shape]["marked"] <= 1
    assert counts[shape]["unsure"] >= 35
    assert counts[None]["marked"] == 0


def test_a_faint_pencil_mark_is_not_lost(packet: DrawnPacket, blank: Gray) -> None:
    counts = outcome(packet, blank, (pens.tick, pens.cross, None), SCENARIOS["office"], pen="pencil")
    assert counts[pens.tick]["empty"] == counts[pens.cross]["empty"] == 0
    assert counts[None] == {"empty": 96}


def test_an_empty_page_has_no_ink(packet: DrawnPacket, blank: Gray) -> None:
    marks = read(capture(blank, 300, SCENARIOS["office"], 200, np.random.default_rng(4)), packet.layout)
    assert {m.state for m in marks} == {"empty"}
    assert not any(m.ink for m in marks)
    assert min(m.confidence for m in marks) > 0.7


def test_a_coffee_stain_makes_no_mark(packet: DrawnPacket, blank: Gray) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        marks = read(capture(blank, 300, SCENARIOS["coffee"], 200, rng), packet.layout)
        assert not any(m.state == "marked" for m in marks)


def test_no_box_no_mark(packet: DrawnPacket, blank: Gray) -> None:
    image = capture(blank, 300, SCENARIOS["clean"], 200, np.random.default_rng(1))
    codes = find_codes(image)
    registered = register(image, packet.layout, {"claim": codes.claims[0]})
    assert read_marks(make_sheet(image, registered), []) == []


def scanned_marks(page: Gray, packet: DrawnPacket, scenario: str = "office", seed: int = 5) -> list[Mark]:
    rng = np.random.default_rng(seed)
    return read(capture(page, 300, SCENARIOS[scenario], 200, rng, packet.layout), packet.layout)


def stroke(page: Gray, points: list[tuple[float, float]], pen: pens.Pen) -> None:
    """Draw a straight or bent stroke, mm on the page."""
    middle, strokes = pens.centred([pens.line(np.array(points))])
    pens.draw(page, 300, middle, strokes, pen, np.random.default_rng(7))


def sides_of(box: Box) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a box in mm."""
    return box.rect.x / 100, box.rect.y / 100, box.rect.right / 100, box.rect.bottom / 100


@pytest.mark.parametrize("dpi", [100, 200, 300])
@pytest.mark.parametrize("scenario", ["office", "jpeg30", "blur", "skewed"])
def test_a_light_pencil_mark_is_never_empty(packet: DrawnPacket, blank: Gray, scenario: str, dpi: int) -> None:
    shapes = (pens.tick, pens.cross, None, None)
    counts = outcome(packet, blank, shapes, SCENARIOS[scenario], pen="light_pencil", dpi=dpi)
    assert counts[pens.tick]["empty"] == counts[pens.cross]["empty"] == 0
    assert counts[None]["marked"] == 0
    assert counts[None]["empty"] >= 142, "nor is the paper's noise a mark: 2 of 144 at most"


@pytest.mark.parametrize("scenario", ["copy", "photocopy", "phone", "fold", "scan-100", "blur", "blur-strong"])
def test_the_noise_and_shade_of_a_page_are_no_faint_marks(packet: DrawnPacket, blank: Gray, scenario: str) -> None:
    states = Counter(m.state for seed in range(3) for m in scanned_marks(blank, packet, scenario, seed))
    assert states["marked"] == 0
    assert states["unsure"] <= 0.02 * states.total()


def test_no_mark_is_lost_in_a_blurred_scan(packet: DrawnPacket, blank: Gray) -> None:
    blurred = replace(SCENARIOS["blur"], blur=(0.28, 0.28))
    for pen in ("ballpoint", "pencil", "light_pencil"):
        counts = outcome(packet, blank, (pens.cross, pens.tick, None, None, None), blurred, pen=pen)
        assert counts[pens.cross]["empty"] == counts[pens.tick]["empty"] == counts[None]["marked"] == 0, pen
        assert counts[None]["unsure"] <= 3, pen


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scenario", ["glass-dust", "stamp"])
def test_dust_on_the_glass_and_stamps_make_no_marks(packet: DrawnPacket, blank: Gray, scenario: str, seed: int) -> None:
    assert not any(m.state == "marked" for m in scanned_marks(blank, packet, scenario, seed))


@pytest.mark.parametrize("wide", [0.12, 0.2, 0.3])
@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_a_line_through_a_column_of_boxes_marks_none_and_empties_none(
    packet: DrawnPacket, blank: Gray, at: float, wide: float
) -> None:
    page, boxes = blank.copy(), packet.layout.boxes
    left, top, right, _ = sides_of(boxes[0])
    x = left + at * (right - left)
    column = [i for i, box in enumerate(boxes) if box.rect.x == boxes[0].rect.x]
    stroke(page, [(x, top - 5), (x, sides_of(boxes[column[-1]])[3] + 5)], pens.Pen(wide, 0.15, wobble=0, pressure=0))
    marks = scanned_marks(page, packet)
    assert {marks[i].state for i in column} == {"unsure"}
    assert {m.state for i, m in enumerate(marks) if i not in column} == {"empty"}


def test_the_end_of_a_stroke_that_comes_from_afar_is_no_mark(packet: DrawnPacket, blank: Gray) -> None:
    page = blank.copy()
    left, top, right, bottom = sides_of(packet.layout.boxes[30])
    stroke(page, [(left - 6, bottom + 1), (right - 0.4, top + 1)], pens.Pen(0.5, 0.1))
    assert scanned_marks(page, packet)[30].state == "unsure"


def test_a_letter_that_reaches_into_a_box_is_no_mark(packet: DrawnPacket, blank: Gray) -> None:
    page = blank.copy()
    left, top, _, bottom = sides_of(packet.layout.boxes[30])
    pen, rng = pens.Pen(0.6, 0.1), np.random.default_rng(2)
    turn = np.linspace(0, 2 * np.pi, 40)
    ring = np.stack([1.9 * np.cos(turn), 1.7 * np.sin(turn)], axis=1)
    pens.draw(page, 300, (left + 0.4, (top + bottom) / 2), [ring], pen, rng)
    assert scanned_marks(page, packet)[30].state == "unsure"


@pytest.mark.parametrize(("dx", "dy"), [(-3.4, 0), (3.0, -2.4), (0, -3.2), (0, 3.2)])
def test_a_mark_beside_its_box_leaves_it_unsure(packet: DrawnPacket, blank: Gray, dx: float, dy: float) -> None:
    page = blank.copy()
    left, top, right, bottom = sides_of(packet.layout.boxes[30])
    rng = np.random.default_rng(3)
    pens.draw(page, 300, ((left + right) / 2 + dx, (top + bottom) / 2 + dy), pens.cross(rng, 1.6), pens.gel(rng), rng)
    marks = scanned_marks(page, packet)
    assert marks[30].state == "unsure"


def test_a_tick_that_reaches_to_the_next_box_leaves_that_empty() -> None:
    # Boxes 2.4 mm apart, as on a medication page; the tick of one goes on to the next.
    layout = grid_layout(pitch=(640, 700))
    packet = DrawnPacket(layout)
    page = draw_page(layout, claim=packet.claim(1), locator=packet.locator(1), words=False)
    left, top, right, bottom = sides_of(layout.boxes[20])
    stroke(page, [(left + 0.6, top + 2), (left + 1.5, bottom - 0.5), (right + 1.6, top + 0.8)], pens.Pen(0.4, 0.1))
    marks = scanned_marks(page, packet)
    assert marks[20].state == "marked"
    assert {m.state for i, m in enumerate(marks) if i != 20} == {"empty"}
