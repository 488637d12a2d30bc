"""The loop over real pages: print, fill, scan, read. And pages that were printed wrong are never read as if right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from papermode.scan.lookup import PageInfo
from papermode.scan.reader import read_page
from papermode.simulate.fill import fill_page
from papermode.simulate.paper import Scenario
from tests.loop.printed import OtherLayout, Tally, Ward, fill_and_read, print_drifted, scanned
from tests.wards import library

OFFICE = Scenario(skew=(-3.0, 3.0), turns=(0, 0, 2), noise=0.015, jpeg=(45, 75))
"""An office scanner with a feeder: 3° either way, some pages upside down, noise, JPEG."""
GENTLE = Scenario(skew=(-0.5, 0.5), turns=(0,), noise=0.008, jpeg=(85, 90))
"""As little as a scanner does to a page: a fault must not hide behind a bad picture, nor be blamed on one."""
FORMS = sorted(library().by_id)


def check_loop(ward: Ward, serials: list[int], scenario: Scenario, seed: int) -> Tally:
    tally = Tally()
    for serial in serials:
        reading, truth = fill_and_read(ward, serial, scenario, seed)
        page = ward.packet.pages[serial - 1]
        assert reading.claim is not None, (serial, reading.status, reading.why)
        assert reading.claim_text == page.claim_text
        assert reading.status == "read", (serial, page.form, reading.why)
        assert reading.layout_id == page.layout.id
        tally.add(reading, truth)
    assert not tally.missed
    assert not tally.false
    assert tally.unsure <= 4 + tally.marks // 20
    return tally


@pytest.mark.parametrize("form", FORMS)
def test_every_mark_is_read(ward: Ward, form: str) -> None:
    """This test ensures that of every form on both papers every mark is read and none is invented, at 200 dpi."""
    serials = ward.one_page_a_layout(form)
    assert serials, "the example patients have no page of this form"
    tally = check_loop(ward, serials, OFFICE, seed=1)
    boxes = sum(b.kind == "mark" for s in serials for b in ward.packet.pages[s - 1].layout.boxes)
    assert tally.marks > 0 or boxes < 4


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(2, 12))
def test_every_mark_is_read_many_times(ward: Ward, seed: int) -> None:
    """This test ensures the same with ten other hands, pens and scanners."""
    check_loop(ward, [s for form in FORMS for s in ward.one_page_a_layout(form)], OFFICE, seed)


def serials_with_boxes(ward: Ward, count: int = 12) -> list[int]:
    """Return pages of different layouts with enough boxes to write in."""
    found = [
        s for form in FORMS for s in ward.one_page_a_layout(form) if len(ward.packet.pages[s - 1].layout.boxes) > 8
    ]
    return found[:count]


DRIFTS = {
    "half a millimetre right": (50, 0),
    "half a millimetre down": (0, 50),
    "two millimetres": (-200, 0),
    "one column": (-1925, 0),
    "one line of the infusion sheet": (0, 920),
    "one row of the drug sheet": (0, 2780),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_pages_printed_elsewhere_are_noticed(letter: Ward, tmp_path: Path, drift: str) -> None:
    """This test ensures that a page whose boxes are not in their places goes to review, with no sure answer."""
    rng = np.random.default_rng(5)
    caught = 0
    for serial, paper in print_drifted(letter, serials_with_boxes(letter), tmp_path, *DRIFTS[drift]):
        reading = read_page(scanned(paper, GENTLE, rng), letter.lookup, letter.check)
        assert reading.status == "review", (serial, drift, reading.fit)
        assert not any(a.state == "sure" for a in reading.answers), (serial, drift)
        caught += 1
    assert caught == 12


def test_pages_printed_in_place_are_read(letter: Ward, tmp_path: Path) -> None:
    """This test ensures that the test before is fair: the same pages, moved by nothing, are read."""
    rng = np.random.default_rng(5)
    for serial, paper in print_drifted(letter, serials_with_boxes(letter), tmp_path, 0, 0):
        reading = read_page(scanned(paper, GENTLE, rng), letter.lookup, letter.check)
        assert reading.status == "read", (serial, reading.why)


def test_a_wrong_layout_is_noticed(letter: Ward) -> None:
    """This test ensures that a page is never read by the layout of another."""
    serials = serials_with_boxes(letter)
    rng = np.random.default_rng(6)
    for n, serial in enumerate(serials):
        page = letter.packet.pages[serial - 1]
        other = letter.packet.pages[serials[n - 1] - 1].layout
        paper = letter.paper(serial)
        fill_page(paper, page.layout, rng)
        reading = read_page(scanned(paper, GENTLE, rng), OtherLayout(other, page.claim_text), letter.check)
        assert reading.status != "read", (serial, page.form)
        assert not any(a.state == "sure" for a in reading.answers)


def test_a_page_of_another_packet_is_not_taken_for_ours(a4: Ward, letter: Ward) -> None:
    """This test ensures that a page is looked up by what its own code says, and a strange packet's is not read."""
    serial = serials_with_boxes(a4)[0]
    rng = np.random.default_rng(7)
    empty = OtherLayout(a4.packet.pages[serial - 1].layout, letter.packet.pages[serial - 1].claim_text)
    reading = read_page(scanned(a4.paper(serial), GENTLE, rng), empty, a4.check)
    assert reading.status == "review"
    assert isinstance(empty.by_packet("", 1), PageInfo)


@pytest.mark.parametrize("what", ["cross", "line"])
def test_a_label_on_a_patients_page_is_noticed(letter: Ward, what: str) -> None:
    """This test ensures that a sticker or writing in the label zone of a bound page sends it to review."""
    serial = next(s for s, p in enumerate(letter.packet.pages, 1) if p.subject and p.layout.zones[-1].kind == "label")
    zone = letter.packet.pages[serial - 1].layout.zones[-1].rect
    paper = letter.paper(serial)
    scale = 300 / 2540
    x, y, w = (round(v * scale) for v in (zone.x + 1000, zone.y + 600, zone.w - 2000))
    paper[y : y + 12, x : x + w] = 0
    if what == "cross":
        paper[y : y + 150, x + w // 2 : x + w // 2 + 12] = 0
    reading = read_page(scanned(paper, GENTLE, np.random.default_rng(8)), letter.lookup, letter.check)
    assert reading.status == "review"
