"""The grid of scenarios: a small one that runs with every change, and the bars for the whole."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

from papermode.scan.sampling import Registration
from papermode.simulate.paper import SCENARIOS, capture_with_map
from tests.loop.grid import TELLING, cases, codes_table, farthest_mm, run
from tests.loop.grid_tables import BILEVEL, GRAY, markdown, of_kind, total
from tests.loop.printed import PAPER_DPI, SCAN_DPI, Ward, print_ward

PAGES = 20 * len(SCENARIOS)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """The example patients on A4."""
    return print_ward(tmp_path_factory.mktemp("grid"), "a4")


def test_a_small_grid(ward: Ward) -> None:
    """This test ensures that on pages of many forms, damaged in many ways, nothing is taken for something else."""
    results = run(ward, cases(ward, TELLING, 30, seed=1))
    whole = total(results, results)
    faults = "\n".join(whole.faults)
    assert whole.counts["wrong"] == 0, faults
    assert whole.counts["identified"] >= 29
    assert whole.share("placed or unfit", "identified") == 1, faults
    assert whole.counts["false"] == whole.counts["required missed"] == 0, faults
    assert of_kind(results, GRAY).counts["missed"] == 0, faults
    assert whole.share("unsure", "questions") <= 0.10
    assert whole.counts["read"] > 100
    assert whole.counts["exact"] > 0.6 * whole.counts["numbers"] > 60
    assert whole.counts["words"] - whole.counts["words missed"] > 30
    assert "| `office` |" in markdown(results)


def test_the_true_map_is_that_of_the_picture(ward: Ward) -> None:
    """This test ensures that the grid would see a reader that looks beside the boxes."""
    layout = next(p.layout for p in ward.packet.pages if len(p.layout.boxes) > 50)
    plain = dataclasses.replace(
        SCENARIOS["clean"], skew=(0.0, 0.0), shift=0.0, blur=(0.0, 0.0), dpi=(PAPER_DPI, PAPER_DPI)
    )
    scan = capture_with_map(ward.paper(1), PAPER_DPI, plain, SCAN_DPI, np.random.default_rng(1), layout)
    scale = np.array(scan.gray.shape[::-1]) / (np.array(layout.size) / 100)
    for shift in ((0.0, 0.0), (0.3, 0.4)):
        beside = Registration(
            np.array([[scale[0], 0, shift[0] * scale[0]], [0, scale[1], shift[1] * scale[1]], [0, 0, 1]])
        )
        assert farthest_mm(scan, beside, layout) == pytest.approx(np.hypot(*shift), abs=0.005)


def test_the_codes_are_compared(ward: Ward) -> None:
    """This test ensures that both designs are captured and read: with little damage, both are identified."""
    table = codes_table(ward, ("staple", "scribble-5"), 4, seed=1)
    assert "| `scribble-5` | claim | 1 |" in table
    assert "| `staple` | locator | 1 | 100.0 % | 100.0 % | 100.0 % |" in table
    assert "| **all** | either | 4 |" in table


@pytest.mark.deep
def test_the_grid(ward: Ward, tmp_path: Path) -> None:
    """This test ensures what docs/benchmarks.md promises, on 20 pages of each scenario."""
    results = run(ward, cases(ward, list(SCENARIOS), PAGES, seed=1), jobs=os.cpu_count() or 1)
    (tmp_path / "grid.md").write_text(markdown(results), "utf-8")
    whole, gray, bilevel = total(results, results), of_kind(results, GRAY), of_kind(results, BILEVEL)
    broken = [
        name
        for name, held in {
            "98 % of the pages are identified": whole.share("identified", "pages") >= 0.98,
            "none is taken for another": whole.counts["wrong"] == 0,
            "98 % of those are looked at within 0.5 mm": whole.share("placed or unfit", "identified") >= 0.98,
            "10 % go to review for their fit": whole.share("unfit", "pages") <= 0.10,
            "gray: no mark is invented": gray.counts["false"] == 0,
            "gray: 0.1 % of the marks are missed": gray.share("missed", "marked") <= 0.001,
            "gray: 5 % of the questions are unsure": gray.share("unsure", "questions") <= 0.05,
            "black and white: no required answer is missed in silence": bilevel.counts["required missed"] == 0,
        }.items()
        if not held
    ]
    assert not broken, markdown(results)
