"""One sheet scanned twice is told from two sheets, by marks, digits and the places of ink."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from papermode.app.batch import same_writing
from papermode.model.reading import PageReading
from papermode.scan.reader import read_page
from papermode.scan.trace import difference
from papermode.simulate.fill import fill_page
from papermode.simulate.paper import SCENARIOS
from tests.loop.printed import Ward, scanned

FORMS = ("IO", "MAR-S", "NURSE", "ORDERS", "PROGRESS", "VITALS")
SCANS = ("office", "skewed", "copy", "upside-down")


def scans(ward: Ward, form: str, seed: int) -> list[PageReading]:
    """Fill a page in, words and digits too, and scan it several times."""
    serial = ward.one_page_a_layout(form)[0]
    paper = ward.paper(serial)
    fill_page(paper, ward.packet.pages[serial - 1].layout, np.random.default_rng(seed), combs=True, words=True)
    rng = np.random.default_rng((seed, 7))
    return [read_page(scanned(paper, SCENARIOS[name], rng), ward.lookup, ward.check) for name in SCANS]


def only_words(reading: PageReading) -> PageReading:
    """Return a reading without its marks and numbers."""
    return replace(reading, answers=tuple(a for a in reading.answers if a.kind == "crop" and a.trace))


@pytest.mark.parametrize("form", FORMS)
def test_one_sheet_is_one_and_two_are_two(a4: Ward, form: str) -> None:
    first, *again = scans(a4, form, 1)
    other = scans(a4, form, 2)[0]
    assert [same_writing(first, r) for r in again] == [True] * len(again)
    assert not same_writing(first, other)


def test_words_alone_tell_two_sheets_apart(a4: Ward) -> None:
    first, again, *_ = map(only_words, scans(a4, "ORDERS", 3))
    other = only_words(scans(a4, "ORDERS", 4)[0])
    traces = {(a.link_id, a.row, a.column): a.trace for a in first.answers}

    def differences(reading: PageReading) -> list[float]:
        found = {(a.link_id, a.row, a.column): a.trace for a in reading.answers}
        return [difference(traces[key], found[key]) for key in traces.keys() & found.keys()]

    assert median(differences(again)) < 0.05
    assert median(differences(other)) > 0.15
