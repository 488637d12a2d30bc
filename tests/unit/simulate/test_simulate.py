"""The simulator: the same seed gives the same scans, and the truth is what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from papermode.model.layout import Layout
from papermode.simulate import pens
from papermode.simulate.fill import fill_page, questions
from papermode.simulate.paper import SCENARIOS, capture
from papermode.simulate.scans import simulate_scans, write_scans
from tests.loop.drawn_page import draw_page, grid_layout

Gray = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def layout() -> Layout:
    return grid_layout(rows=6, combs=1, crops=1)


@pytest.fixture(scope="module")
def printed(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packet") / "packet.pdf"
    write_scans(path, [draw_page(layout)] * 2, dpi=300)
    return path


def test_the_same_seed_gives_the_same_scans(printed: Path, layout: Layout) -> None:
    first, second, other = (list(simulate_scans(printed, [layout] * 2, seed=s)) for s in (7, 7, 8))
    for (a, truth_a), (b, truth_b) in zip(first, second, strict=True):
        assert np.array_equal(a, b)
        assert truth_a == truth_b
    assert first[0][1] != other[0][1]
    assert first[0][1] != first[1][1], "pages are filled differently"


def test_a_page_does_not_depend_on_the_others(printed: Path, layout: Layout) -> None:
    both = list(simulate_scans(printed, [layout] * 2, seed=7))
    second_only = list(simulate_scans(printed, [None, layout], seed=7))
    assert np.array_equal(both[1][0], second_only[1][0])
    assert second_only[0][1].answers == {}


def test_the_truth_has_every_question_once(layout: Layout) -> None:
    truth = fill_page(draw_page(layout), layout, np.random.default_rng(1))
    assert set(truth.answers) == set(questions(layout.boxes))
    assert truth.answers["comb0", None, None] is None


def test_ink_is_exactly_where_the_truth_says(layout: Layout) -> None:
    page = draw_page(layout, words=False)
    before = page.copy()
    truth = fill_page(page, layout, np.random.default_rng(1))
    scale = 300 / 2540
    for box in layout.boxes:
        r = box.rect
        rows = slice(round((r.y + 30) * scale), round((r.bottom - 30) * scale))
        columns = slice(round((r.x + 30) * scale), round((r.right - 30) * scale))
        darkened = bool((before[rows, columns].astype(int) - page[rows, columns] > 60).any())
        value = truth.answers[box.key]
        assert darkened == (box.kind == "mark" and value == box.value)


def test_several_marks_are_given_in_order(layout: Layout) -> None:
    many = grid_layout(rows=6, multiple=True)
    values = fill_page(draw_page(many), many, np.random.default_rng(1)).answers.values()
    assert any(v is None for v in values)
    for value in values:
        assert value is None or value == tuple(sorted(value))


def test_black_and_white_is_only_that(layout: Layout) -> None:
    scan = capture(draw_page(layout), 300, SCENARIOS["bilevel"], 150, np.random.default_rng(3))
    assert set(np.unique(scan)) == {0, 255}


def test_upside_down_is(layout: Layout) -> None:
    scan = capture(draw_page(layout), 300, SCENARIOS["upside-down"], 150, np.random.default_rng(3))
    third = len(scan) // 3
    assert scan[-third:].mean() < scan[:third].mean(), "the boxes are in the upper half of the page"


@pytest.mark.parametrize("shape", [*pens.CLEAR_SHAPES, *pens.DOUBTFUL_SHAPES])
def test_a_mark_never_lightens_the_page_and_may_hang_over_its_edge(shape: pens.MarkShape) -> None:
    rng = np.random.default_rng(1)
    for middle in ((10.0, 10.0), (0.0, 0.0), (24.0, 5.0), (80.0, 80.0)):
        page = np.full((300, 300), 200, np.uint8)
        pens.draw(page, 300, middle, shape(rng, 2.0), pens.ballpoint(rng), rng)
        assert page.max() <= 200
        assert (page.min() < 150) == (middle != (80.0, 80.0))


@pytest.mark.parametrize("suffix", [".pdf", ".tif"])
def test_scans_are_written_as_one_file_with_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    scans = [np.full((110, 85), level, np.uint8) for level in (0, 128, 255)]
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write_scans(first, scans, dpi=100)
    write_scans(second, iter(scans), dpi=100)
    assert first.read_bytes() == second.read_bytes()
    if suffix == ".tif":
        with Image.open(first) as image:
            assert getattr(image, "n_frames", 1) == 3
    with pytest.raises(ValueError, match="no scans"):
        write_scans(tmp_path / f"c{suffix}", [], dpi=100)
