"""Combs: numbers are read as they were written, and whatever is not a clear number is left to a person."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import Rect
from papermode.model.layout import COMB_STROKE, Box
from papermode.scan.cells import MARGIN, POINT_STROKE, comb_patch, cut
from papermode.scan.combs import CombReading, plausible, read_comb, read_combs
from papermode.scan.digits import ACCEPT, classify
from papermode.scan.sampling import Registration, rectify
from papermode.simulate.hands import Hand, Samples, held_out_samples, strike_out, write_comb
from tools.comb_sheets import scanned, written_sheet

Gray = npt.NDArray[np.uint8]

DPI = 300
SCALE = DPI / 2540
THREE = Box("n", "comb", Rect(800, 800, 3 * 550, 750), cells=3, format="integer")
DECIMAL = Box("n", "comb", Rect(800, 800, 4 * 550, 750), cells=4, point=3, format="decimal")
CLOCK = Box("n", "comb", Rect(800, 800, 4 * 550, 750), cells=4, format="time")
DATE = Box("n", "comb", Rect(800, 800, 8 * 550, 750), cells=8, format="date")


@pytest.fixture(scope="module")
def clear() -> Samples:
    """Digits that anybody would read: what is tested here is the comb, not the network."""
    samples = held_out_samples()
    out = {}
    for digit, pictures in samples.items():
        named, confidence = classify(pictures.astype(np.float32) / 255)
        narrow = pictures.any(1).sum(1) <= 16
        out[digit] = pictures[(named == digit) & (confidence > 0.97) & narrow]
    return out


def printed(box: Box, *, ink: int = 0) -> Gray:
    """Return a page with one comb."""
    page = np.full((round(26 * DPI / 25.4), round(62 * DPI / 25.4)), 255, np.uint8)
    r = box.rect
    for i in range(box.cells + 1):
        x = r.x + i * (r.w // box.cells)
        half = (POINT_STROKE if box.point and i == box.point else COMB_STROKE) / 2
        _fill(page, x - half, r.y - 11, x + half, r.bottom + 11, ink)
    for y in (r.y, r.bottom):
        _fill(page, r.x - 11, y - 11, r.right + 11, y + 11, ink)
    return page


def _fill(page: Gray, x0: float, y0: float, x1: float, y1: float, ink: int) -> None:
    page[round(y0 * SCALE) : round(y1 * SCALE), round(x0 * SCALE) : round(x1 * SCALE)] = ink


def patch_of(page: Gray, box: Box, *, off: tuple[float, float] = (0.0, 0.0)) -> Gray:
    """Return the comb's patch; ``off`` is the registration's error in mm."""
    scale = DPI / 25.4
    soft = cv2.GaussianBlur(page, (0, 0), 0.8)
    matrix = np.array([[scale, 0, off[0] * scale], [0, scale, off[1] * scale], [0, 0, 1]])
    return comb_patch(np.asarray(soft, dtype=np.uint8), Registration(matrix), box)


def read(box: Box, text: str, samples: Samples, *, seed: int = 1, bilevel: bool = False) -> CombReading:
    page = printed(box)
    write_comb(page, DPI, box, text, Hand(height=4.8, ink=0.1, samples=samples), np.random.default_rng(seed))
    return read_comb(patch_of(page, box), box, bilevel=bilevel)


def stroke(page: Gray, *points: tuple[float, float], width: float = 0.45) -> None:
    """Draw a pen stroke through places in mm."""
    line = np.round(np.array(points) * DPI / 25.4).astype(np.int32)
    cv2.polylines(page, [line], False, 20, round(width * DPI / 25.4), cv2.LINE_AA)


@pytest.mark.parametrize("box", [THREE, DECIMAL, DATE])
@pytest.mark.parametrize("off", [(0.0, 0.0), (0.35, -0.3), (-0.4, 0.4), (0.2, 0.45)])
@pytest.mark.parametrize("ink", [0, 120])
def test_an_empty_comb_is_empty_wherever_it_lies(box: Box, off: tuple[float, float], ink: int) -> None:
    reading = read_comb(patch_of(printed(box, ink=ink), box, off=off), box)
    assert (reading.state, reading.text, reading.confidence) == ("empty", "", 1.0)


@pytest.mark.parametrize(
    ("box", "text", "expected"),
    [
        (THREE, "507", "507"),
        (THREE, "92", "92"),
        (THREE, "8", "8"),
        (DECIMAL, "137.2", "137.2"),
        (DECIMAL, "36.8", "36.8"),
        (DECIMAL, "0.5", "0.5"),
        (CLOCK, "2359", "2359"),
        (DATE, "29022024", "29022024"),
    ],
)
def test_numbers_are_read(box: Box, text: str, expected: str, clear: Samples) -> None:
    readings = [read(box, text, clear, seed=seed) for seed in range(8)]
    assert all(r.text == expected for r in readings if r.state == "candidate")
    assert sum(r.state == "candidate" for r in readings) >= 5
    assert all(r.confidence > 0.7 for r in readings if r.state == "candidate")


@pytest.mark.parametrize("text", ["5 2", "52 "])
def test_a_gap_or_a_number_to_the_left_is_for_a_person(text: str, clear: Samples) -> None:
    reading = read(THREE, text, clear)
    assert reading.state == "unsure"
    assert reading.text == "52"


def test_a_number_without_its_whole_part_is_for_a_person(clear: Samples) -> None:
    reading = read(DECIMAL, "   .5", clear)
    assert (reading.state, reading.text) == ("unsure", "0.5")


@pytest.mark.parametrize(("box", "text"), [(CLOCK, "2560"), (CLOCK, " 930"), (DATE, "30022024"), (DATE, "  022024")])
def test_a_time_or_date_that_does_not_exist_is_for_a_person(box: Box, text: str, clear: Samples) -> None:
    reading = read(box, text, clear)
    assert (reading.state, reading.text) == ("unsure", "")
    assert any(c.character for c in reading.cells)


def test_a_minus_is_read_before_a_number_only(clear: Samples) -> None:
    readings = [read(THREE, "-12", clear, seed=seed) for seed in range(5)]
    assert [r.text for r in readings] == ["-12"] * 5
    assert any(r.state == "candidate" for r in readings)
    for text in ("---", "1-2", "12-"):
        dashes = read(THREE, text, clear)
        assert (dashes.state, dashes.text) == ("unsure", "")


def test_nothing_is_accepted_from_a_black_and_white_scan(clear: Samples) -> None:
    reading = read(THREE, "507", clear, bilevel=True)
    assert (reading.state, reading.text) == ("unsure", "507")
    assert read_comb(patch_of(printed(THREE), THREE), THREE, bilevel=True).state == "empty"


def test_letters_are_not_read_as_digits(clear: Samples) -> None:
    reading = read(replace(THREE, format="text"), "507", clear)
    assert (reading.state, reading.text) == ("unsure", "")


def test_a_point_written_by_hand_is_for_a_person(clear: Samples) -> None:
    page = printed(THREE)
    write_comb(page, DPI, THREE, " 52", Hand(height=4.8, ink=0.1, samples=clear), np.random.default_rng(1))
    assert read_comb(patch_of(page, THREE), THREE).text == "52"
    stroke(page, (18.2, 14.5), (18.25, 14.6), width=0.6)
    reading = read_comb(patch_of(page, THREE), THREE)
    assert reading.state == "unsure"


def test_a_smudge_is_not_empty() -> None:
    page = printed(THREE)
    stroke(page, (10, 12), (10.4, 12.1), width=0.45)
    assert read_comb(patch_of(page, THREE), THREE).state == "unsure"


def test_dust_is_empty() -> None:
    page = printed(THREE)
    page[140:143, 120:123] = 20
    assert read_comb(patch_of(page, THREE), THREE).state == "empty"


def test_a_blacked_out_digit_is_not_read(clear: Samples) -> None:
    page = printed(THREE)
    write_comb(page, DPI, THREE, "507", Hand(height=4.8, ink=0.1, samples=clear), np.random.default_rng(1))
    zigzag = [(8.5 + 0.15 * i, 9 if i % 2 else 14.5) for i in range(30)]
    stroke(page, *zigzag)
    assert read_comb(patch_of(page, THREE), THREE).state == "unsure"


def test_a_stroke_over_two_cells_is_shared_and_not_read() -> None:
    page = printed(THREE)
    stroke(page, (9.5, 12), (17.5, 12.4))
    cells = cut(patch_of(page, THREE), THREE)
    assert [c.shared for c in cells] == [True, True, False]
    assert read_comb(patch_of(page, THREE), THREE).state == "unsure"


@pytest.mark.parametrize("seed", range(4))
def test_a_number_with_a_line_through_it_is_not_read(seed: int, clear: Samples) -> None:
    page = printed(THREE)
    write_comb(page, DPI, THREE, "507", Hand(height=4.8, ink=0.1, samples=clear), np.random.default_rng(seed))
    stroke(page, (7.2, 12.2), (25.5, 11.4))
    reading = read_comb(patch_of(page, THREE), THREE)
    assert reading.state == "unsure"
    assert reading.confidence == 0


def test_crossed_out_digits_are_not_accepted(clear: Samples) -> None:
    accepted = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        page = printed(THREE)
        hand = Hand(height=4.8, ink=0.1, samples=clear)
        write_comb(page, DPI, THREE, "  " + str(seed % 10), hand, rng)
        strike_out(page, DPI, THREE, [2], hand, rng)
        accepted += read_comb(patch_of(page, THREE), THREE).state == "candidate"
    assert accepted <= 2


def test_a_stroke_that_crosses_a_line_stays_whole() -> None:
    page = printed(THREE)
    stroke(page, (10.7, 7.0), (10.7, 14.0))
    cell = cut(patch_of(page, THREE), THREE)[0]
    assert cell.picture is not None
    rows = np.flatnonzero(cell.picture.any(1))
    assert len(rows) == 20
    assert (cell.picture[rows].max(1) > 0.3).all(), "no gap where the frame was"


def test_a_note_above_the_comb_is_not_a_digit() -> None:
    page = printed(THREE)
    stroke(page, (9, 6.9), (12, 6.7))
    assert all(cell.picture is None for cell in cut(patch_of(page, THREE), THREE))


def test_paper_gray_and_pale_print_do_not_matter(clear: Samples) -> None:
    page = printed(THREE, ink=90)
    write_comb(page, DPI, THREE, "507", Hand(height=4.8, ink=0.2, samples=clear), np.random.default_rng(1))
    shaded = (page * np.linspace(0.55, 0.85, page.shape[1])[None, :]).astype(np.uint8)
    assert read_comb(patch_of(shaded, THREE), THREE).text == "507"


def test_many_combs_are_read_as_one_by_one(clear: Samples) -> None:
    patches, boxes = [], []
    for seed, (box, text) in enumerate([(THREE, "507"), (DECIMAL, "36.8"), (THREE, "   "), (CLOCK, "2359")]):
        page = printed(box)
        write_comb(page, DPI, box, text, Hand(height=4.8, ink=0.1, samples=clear), np.random.default_rng(seed))
        patches.append(patch_of(page, box))
        boxes.append(box)
    assert [r.text for r in read_combs(patches, boxes)] == [
        read_comb(p, b).text for p, b in zip(patches, boxes, strict=True)
    ]


def test_the_patch_is_the_comb_with_its_margin() -> None:
    page = printed(THREE)
    patch = patch_of(page, THREE)
    assert patch.shape == (round((750 + 2 * MARGIN) / 10), round((1650 + 2 * MARGIN) / 10))
    dark = 255.0 - patch[30:77]
    for i in range(4):
        at = 16 + 55 * i
        near = dark[:, at - 4 : at + 4].sum(0)
        assert (near * (np.arange(at - 4, at + 4) + 0.5)).sum() / near.sum() == pytest.approx(at, abs=0.3)


@pytest.mark.parametrize("rect", [Rect(200, 300, 5500, 2100), Rect(400, 900, 1700, 750)])
def test_a_rectified_part_is_where_it_is_on_the_page(rect: Rect) -> None:
    """This test ensures that every pixel of a patch is read where it lies in the scan, not on a coarser grid."""
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8), (200, 256))
    per_mm, turn = 4.0, 0.05
    matrix = np.array([[per_mm, turn, 1.3], [-turn, per_mm, 15.0], [0, 0, 1]])
    flat = rectify(ramp, Registration(matrix), rect, 8.0)
    rows, columns = flat.shape
    x = (rect.x + (np.arange(columns) + 0.5) / columns * rect.w) / 100
    y = (rect.y + (np.arange(rows) + 0.5) / rows * rect.h) / 100
    exact = per_mm * x[None, :] + turn * y[:, None] + 1.3 - 0.5
    assert np.abs(flat - exact).max() < 0.55, "half a level of rounding, and OpenCV's 1/32 of a pixel"


@pytest.mark.parametrize(
    ("text", "minimum", "maximum", "expected"),
    [
        ("37.2", "34", "42", True),
        ("34", "34", "42", True),
        ("42.0", "34", "42", True),
        ("73.2", "34", "42", False),
        ("-1", "0", "", False),
        ("-1", "", "5", True),
        ("007", "", "", True),
        ("", "", "", False),
        ("1", "", "0.5", False),
    ],
)
def test_bounds(text: str, minimum: str, maximum: str, expected: bool) -> None:
    assert plausible(text, minimum, maximum) is expected


@pytest.mark.parametrize(("maximum", "state"), [("507", "candidate"), ("506", "unsure")])
def test_a_number_out_of_bounds_is_for_a_person(maximum: str, state: str, clear: Samples) -> None:
    """This test ensures that what cannot be is never sure, however clear its digits are, and has no confidence."""
    box = replace(THREE, minimum="1", maximum=maximum)
    readings = [read(box, "507", clear, seed=seed) for seed in range(8)]
    assert [r.text for r in readings] == ["507"] * 8
    assert any(r.state == state for r in readings)
    assert all((r.state, r.confidence) == ("unsure", 0.0) for r in readings) == (state == "unsure")


def test_the_lines_of_a_table_around_a_comb_are_no_ink(clear: Samples) -> None:
    """This test ensures that a frame 1.5 mm from a comb, as forms have them, leaves its digits as clear as they are."""
    page = printed(THREE)
    r = THREE.rect.grown(150)
    for x in (r.x, r.right):
        _fill(page, x - 12, r.y - 300, x + 12, r.bottom + 300, 0)
    for y in (r.y, r.bottom):
        _fill(page, r.x - 300, y - 10, r.right + 300, y + 10, 0)
    for off in ((0.0, 0.0), (0.3, -0.3)):
        assert read_comb(patch_of(page, THREE, off=off), THREE).state == "empty"
    write_comb(page, DPI, THREE, "507", Hand(height=4.8, ink=0.1, samples=clear), np.random.default_rng(1))
    for off in ((0.0, 0.0), (0.3, -0.3)):
        reading = read_comb(patch_of(page, THREE, off=off), THREE)
        assert (reading.text, [c.doubt for c in reading.cells]) == ("507", [False] * 3)


@pytest.mark.parametrize("name", ["scan 200", "scan 150", "phone"])
def test_of_scanned_numbers_nearly_all_accepted_are_right(name: str) -> None:
    """Held-out digits in random hands through the whole scan; README of the weights: 0.5 % wrong, 15 % rejected."""
    written = accepted = wrong = 0
    rng = np.random.default_rng(31)
    sheet = written_sheet(None, rng)
    patches = scanned(sheet, name, rng)
    assert patches is not None
    for reading, text in zip(read_combs(patches, sheet.boxes), sheet.texts, strict=True):
        for cell, character in zip(reading.cells, text, strict=True):
            if character == " ":
                assert not cell.character or cell.confidence < ACCEPT
                continue
            written += 1
            if cell.character and cell.confidence >= ACCEPT:
                accepted += 1
                wrong += cell.character != character
    assert written > 330
    assert accepted >= 0.85 * written
    assert wrong <= 0.01 * accepted
