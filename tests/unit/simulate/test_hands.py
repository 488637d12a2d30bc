"""Hands: digits are where they should be, and are those that were asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import Rect
from papermode.model.layout import Box
from papermode.simulate.hands import Hand, any_hand, characters_of, held_out_samples, strike_out, write_comb

Gray = npt.NDArray[np.uint8]

BOX = Box("rate", "comb", Rect(1000, 1000, 4 * 550, 750), cells=4, point=3)
PLAIN = replace(BOX, point=0)
HAND = Hand(height=5.2, ink=0.1)


def written(text: str, hand: Hand = HAND, *, box: Box = PLAIN, dpi: int = 300, seed: int = 1) -> Gray:
    page = np.full((round(27.5 * dpi / 25.4), round(42 * dpi / 25.4)), 255, np.uint8)
    write_comb(page, dpi, box, text, hand, np.random.default_rng(seed))
    return page


def ink_per_cell(page: Gray, dpi: int = 300) -> list[float]:
    """Return the ink in mm² of each cell's columns, and first that of what is left and right of the comb."""
    edges = [round((1000 + i * 550) * dpi / 2540) for i in range(5)]
    dark = (page < 128).sum(0) * (25.4 / dpi) ** 2
    outside = dark[: edges[0]].sum() + dark[edges[-1] :].sum()
    return [float(outside), *(float(dark[a:b].sum()) for a, b in pairwise(edges))]


def test_the_samples_are_a_hundred_of_each_digit_about() -> None:
    samples = held_out_samples()
    counts = [len(samples[d]) for d in range(10)]
    assert 990 <= sum(counts) <= 1010
    assert min(counts) >= 80
    assert all(samples[d].shape[1:] == (28, 28) and samples[d].max() == 255 for d in range(10))


def test_the_same_seed_writes_the_same() -> None:
    assert np.array_equal(written("2468", seed=3), written("2468", seed=3))
    assert not np.array_equal(written("2468", seed=3), written("2468", seed=4))


@pytest.mark.parametrize("seed", range(8))
def test_each_digit_is_in_its_cell(seed: int) -> None:
    outside, first, second, third, fourth = ink_per_cell(written("5 2", seed=seed))
    assert first < 0.3, "the number stands to the right"
    assert third < 1.0, "a neighbour may reach in"
    assert min(second, fourth) > 1.5
    assert outside < 1.0


def test_a_blank_comb_is_untouched() -> None:
    assert (written("    ") == 255).all()


def test_the_height_is_that_of_the_hand() -> None:
    for dpi in (150, 300):
        rows = np.flatnonzero((written("8", dpi=dpi) < 128).any(1))
        assert (rows[-1] - rows[0]) * 25.4 / dpi == pytest.approx(5.2, rel=0.2)


def test_ink_never_lightens_the_page() -> None:
    page = np.full((325, 500), 20, np.uint8)
    write_comb(page, 300, PLAIN, "8888", Hand(height=6, ink=0.4), np.random.default_rng(1))
    assert (page <= 20).all()


def test_european_ones_and_sevens_are_not_the_plain_ones() -> None:
    european = replace(HAND, european=True)
    for digit in "17":
        differs = [not np.array_equal(written(digit, seed=s), written(digit, european, seed=s)) for s in range(5)]
        assert all(differs)
    for digit in "02345689":
        assert np.array_equal(written(digit), written(digit, european))


def test_hands_differ_and_some_are_pencil() -> None:
    hands = [any_hand(np.random.default_rng(s)) for s in range(200)]
    assert 0.3 < np.mean([h.european for h in hands]) < 0.7
    assert 0 < np.mean([h.grain for h in hands]) < 0.2
    assert all(4.2 <= h.height <= 6.6 and h.ink < 0.61 for h in hands)


def test_pencil_is_broken_by_the_grain() -> None:
    pencil = replace(HAND, ink=0.5, grain=True)
    page = written("8", pencil)
    inside = page[page < 250]
    assert inside.std() > 10
    assert inside.min() >= 127


def test_a_minus_is_flat() -> None:
    rows = np.flatnonzero((written("-") < 128).any(1))
    assert rows[-1] - rows[0] < 1.2 * 300 / 25.4


@pytest.mark.parametrize("seed", range(8))
def test_a_digit_is_crossed_out_in_its_cell(seed: int) -> None:
    page = written("   8")
    before = ink_per_cell(page)
    strike_out(page, 300, PLAIN, [3], HAND, np.random.default_rng(seed))
    after = ink_per_cell(page)
    assert after[4] > before[4] + 1.0
    assert after[1] == after[2] == 0


@pytest.mark.parametrize(
    ("box", "text", "cells"),
    [
        (PLAIN, "12", "  12"),
        (PLAIN, "-120", "-120"),
        (PLAIN, "1 2", " 1 2"),
        (BOX, "7.5", "  75"),
        (BOX, "120.0", "1200"),
        (BOX, "   ", "    "),
    ],
)
def test_numbers_are_written_to_the_right(box: Box, text: str, cells: str) -> None:
    assert characters_of(box, text) == cells


@pytest.mark.parametrize(
    ("box", "text"), [(PLAIN, "12345"), (PLAIN, "1.2"), (BOX, "12"), (BOX, "1.25"), (BOX, "1234.5"), (PLAIN, "1a")]
)
def test_a_number_that_does_not_fit_is_refused(box: Box, text: str) -> None:
    with pytest.raises(ValueError, match="comb"):
        characters_of(box, text)
