"""More than one page of ours in a picture: none vanishes, and nothing of a page that another lies on is sure."""

from __future__ import annotations

import numpy as np
import pytest

from papermode.scan.beside import ANOTHER
from papermode.scan.identity import OTHER_CODE
from papermode.scan.images import PageImage
from papermode.scan.reader import read_page
from papermode.simulate.fill import fill_page
from tests.loop.printed import PAPER_DPI, Ward, fill_and_read
from tests.loop.test_without_codes import QUIET, cover, place


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("covered_first", [True, False])
def test_a_page_beside_another_does_not_vanish(a4: Ward, axis: int, covered_first: bool) -> None:
    one, other = a4.one_page_a_layout("MAR-S")[0], a4.one_page_a_layout("VITALS")[0]
    covered, seen = a4.paper(other), a4.paper(one)
    layout = a4.packet.pages[other - 1].layout
    fill_page(covered, layout, np.random.default_rng(1))
    for kind in ("claim", "locator"):
        cover(covered, place(layout, kind))
    both = np.concatenate([covered, seen] if covered_first else [seen, covered], axis=axis)
    reading = read_page(PageImage("two.png", 0, both, PAPER_DPI), a4.lookup, a4.check)
    assert reading.claim is not None
    assert (reading.claim.page, reading.status) == (one, "review")
    assert ANOTHER in reading.why


def test_room_beside_a_page_is_no_page(a4: Ward) -> None:
    serial = a4.one_page_a_layout("MAR-S")[0]
    paper = a4.paper(serial)
    wide = np.concatenate([paper, np.full_like(paper, 120)], axis=1)
    reading = read_page(PageImage("wide.png", 0, wide, PAPER_DPI), a4.lookup, a4.check)
    assert (reading.status, reading.why) == ("read", ())


def test_nothing_is_sure_where_another_page_lies_on_it(a4: Ward) -> None:
    """This test ensures that with the code of another page below, neither marks nor emptiness are taken for sure."""
    one, other = a4.one_page_a_layout("NURSE")[0], a4.one_page_a_layout("VITALS")[0]
    paper, below = a4.paper(one), a4.paper(other)
    fill_page(paper, a4.packet.pages[one - 1].layout, np.random.default_rng(2))
    half = paper.shape[0] // 2
    paper[half:] = below[half:]
    reading = read_page(PageImage("torn.png", 0, paper, PAPER_DPI), a4.lookup, a4.check)
    assert OTHER_CODE in reading.why
    assert {a.state for a in reading.answers} == {"unsure"}
    whole, _ = fill_and_read(a4, one, QUIET, 2)
    assert {a.state for a in whole.answers} > {"sure"}
