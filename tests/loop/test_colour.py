"""Colour scans: a blue pen through the codes is dropped, and its marks are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from papermode.scan.child import page_images_guarded
from papermode.scan.codes import find_codes
from papermode.scan.colour import without_ink
from papermode.scan.images import PageImage
from papermode.scan.reader import read_page
from papermode.simulate.fill import fill_page
from papermode.simulate.paper import SCENARIOS, capture
from tests.loop.printed import PAPER_DPI, SCAN_DPI, Tally, Ward

Gray = npt.NDArray[np.uint8]
BLUE = (165, 45, 30)
"""A ballpoint's blue, in the order of OpenCV."""


def scribble(page: Gray, ward: Ward, serial: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return where a pen went through both codes."""
    ink = np.zeros(page.shape, np.uint8)
    for code in ward.packet.pages[serial - 1].layout.codes:
        x, y, w, h = (round(v * PAPER_DPI / 2540) for v in code.rect.as_list())
        path = rng.integers((x, y), (x + w, y + h), (60, 2)).astype(np.int32)
        cv2.polylines(ink, [path], False, 255, 10)
    return ink > 0


def coloured(ward: Ward, serial: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], object]:
    """Return a colour scan of a page filled and scribbled on in blue, and what was marked."""
    clean = ward.paper(serial)
    page = clean.copy()
    truth = fill_page(page, ward.packet.pages[serial - 1].layout, rng)
    pen = (page < clean - 40.0) | scribble(page, ward, serial, rng)
    scenario = replace(SCENARIOS["clean"], jpeg=None)
    planes = []
    for value in BLUE:
        plane = np.where(pen, np.minimum(value, np.maximum(clean, 20)), clean).astype(np.uint8)
        planes.append(capture(plane, PAPER_DPI, scenario, SCAN_DPI, np.random.default_rng(3)))
    return np.stack(planes, axis=2), truth


@pytest.mark.parametrize("suffix", [".pdf", ".jpg", ".png", ".tif"])
def test_a_blue_pen_through_both_codes(letter: Ward, tmp_path: Path, suffix: str) -> None:
    """This test ensures that from every kind of colour file the page is identified as from none in gray, and its marks read."""
    serial = letter.one_page_a_layout("NURSE")[0]
    picture, truth = coloured(letter, serial, np.random.default_rng(5))
    file = tmp_path / f"scan{suffix}"
    Image.fromarray(picture[..., ::-1]).save(file, quality=90, resolution=SCAN_DPI)
    (image,) = page_images_guarded([file])
    assert isinstance(image, PageImage)
    assert image.without_ink is not None
    assert image.without_ink.shape == image.gray.shape
    reading = read_page(image, letter.lookup, letter.check)
    assert reading.claim_text == letter.packet.pages[serial - 1].claim_text
    assert reading.status == "read", reading.why
    assert not find_codes(image.gray).claims, "the pen hides too little to test anything"
    assert find_codes(image.without_ink).claims
    tally = Tally()
    tally.add(reading, truth)  # type: ignore[arg-type]
    assert tally.marks
    assert not tally.missed
    assert not tally.false


def test_paper_without_colour_has_one_plane() -> None:
    """This test ensures that gray and yellowed paper cost nothing more, and that one short blue stroke is seen."""
    paper = np.full((2200, 1700, 3), (200, 225, 235), np.uint8)
    assert without_ink(paper) is None
    cv2.line(paper, (300, 300), (540, 330), BLUE, 4)
    bare = without_ink(paper)
    assert bare is not None
    assert bare.shape == paper.shape[:2]
    assert bare.min() >= 150
