"""Marks: everything clear is read, nothing is invented, and doubt stays doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from papermode.model.layout import Layout
from papermode.scan.codes import find_codes
from papermode.scan.ink import make_sheet
from papermode.scan.marks import Mark, read_marks
from papermode.scan.register import register
from papermode.simulate import pens
from papermode.simulate.fill import mark_box
from papermode.simulate.paper import SCENARIOS, Scenario, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout

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
    registered = register(image, layout, {"claim": codes.claims[0], "locator": codes.locators[0]})
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
