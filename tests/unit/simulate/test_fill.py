"""Fills: the truth is what was written, numbers are those of a careful nurse, doubtful marks are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.geometry import Rect
from papermode.model.layout import Band, Box, Layout
from papermode.simulate import pens
from papermode.simulate.doubts import ON_A_MARK, ON_NONE, TAKEN_BACK
from papermode.simulate.fill import Key, Truth, fill_page, questions
from papermode.simulate.numbers import Value, agree_signs, choose_numbers
from papermode.simulate.words import line_of_words
from tests.loop.drawn_page import draw_page, grid_layout, with_id

Gray = npt.NDArray[np.uint8]

DPI = 200
LAYOUT = grid_layout(rows=6, combs=5, crops=3)


def comb(link_id: str, cells: int, y: int, **more: object) -> Box:
    return replace(Box(link_id, "comb", Rect(2500, y, cells * 550, 750), cells=cells, format="integer"), **more)  # type: ignore[arg-type]


def mark(link_id: str, value: str, x: int, y: int, score: int | None = None) -> Box:
    return Box(link_id, "mark", Rect(x, y, 400, 400), value, score=score)


SCORED = (
    comb("resp", 2, 6000, minimum="3", maximum="80", marks="resp_score", bands=(
        Band(3, maximum="8"), Band(1, "9", "11"), Band(0, "12", "20", "air", "room"), Band(2, "12", "20", "air", "oxygen"),
    )),
    *(mark("resp_score", str(n), 5000 + 800 * n, 6000, n) for n in (1, 2, 3)),
    mark("air", "room", 5000, 7000, 0), mark("air", "oxygen", 6000, 7000, 2),
    comb("temp", 3, 8000, point=2, format="decimal", minimum="25.0", maximum="43.0"),
    comb("total", 2, 9000, sum=("resp_score", "air")),
    comb("in", 4, 10000), comb("out", 4, 11000),
    comb("balance", 4, 12000, sum=("in", "-out"), sign="sign"),
    mark("sign", "positive", 6000, 12000), mark("sign", "negative", 7000, 12000),
    comb("time", 4, 13000, format="time"), comb("born", 8, 14000, format="date"),
)  # fmt: skip
NUMBERS = with_id(replace(LAYOUT, boxes=SCORED, anchors=tuple(b.rect for b in SCORED)))


def filled(layout: Layout = LAYOUT, seed: int = 1, **how: object) -> tuple[Gray, Gray, Truth]:
    """Return a page before and after it was filled, and the truth."""
    before = draw_page(layout, dpi=DPI)
    page = before.copy()
    return before, page, fill_page(page, layout, np.random.default_rng(seed), **how)  # type: ignore[arg-type]


def changed_in(before: Gray, page: Gray, rect: Rect) -> bool:
    """Tell whether anything inside of a rectangle was darkened."""
    x0, y0, x1, y1 = (round(v * DPI / 2540) for v in (rect.x, rect.y, rect.right, rect.bottom))
    return bool((page[y0:y1, x0:x1] < before[y0:y1, x0:x1]).any())


def ink_in(before: Gray, page: Gray, rect: Rect) -> int:
    """Return how many pixels inside of a rectangle were darkened."""
    x0, y0, x1, y1 = (round(v * DPI / 2540) for v in (rect.x, rect.y, rect.right, rect.bottom))
    return int((before[y0:y1, x0:x1].astype(int) - page[y0:y1, x0:x1] > 60).sum())


def test_combs_and_crops_stay_empty_unless_asked_for() -> None:
    before, page, truth = filled()
    for box in LAYOUT.boxes:
        if box.kind != "mark":
            assert ink_in(before, page, box.rect) == 0
    assert set(truth.combs.values()) == {""}
    assert set(truth.crops.values()) == {False}
    assert truth.doubtful == {}


def test_numbers_and_words_are_where_the_truth_says() -> None:
    written = 0
    for seed in range(12):
        before, page, truth = filled(seed=seed, combs=True, words=True)
        for key, boxes in questions(LAYOUT.boxes).items():
            box = boxes[0]
            if box.kind == "mark":
                continue
            expected = bool(truth.combs[key]) if box.kind == "comb" else truth.crops[key]
            assert (ink_in(before, page, box.rect) > 20) == expected, (seed, key)
            assert truth.answers[key] is None
            written += expected
    assert written > 40


def test_the_same_nurse_writes_the_same() -> None:
    (_, page, truth), (_, again, same), (_, other, _) = (
        filled(seed=s, combs=True, words=True, doubtful=0.3, pen=pens.any_pen) for s in (4, 4, 5)
    )
    assert np.array_equal(page, again)
    assert truth == same
    assert not np.array_equal(page, other)


def chosen(seed: int) -> tuple[dict[Key, Value], dict[Key, str]]:
    """Return marks and numbers of the page of numbers."""
    rng = np.random.default_rng(seed)
    marks: dict[Key, Value] = {}
    for key, boxes in questions(SCORED).items():
        if boxes[0].kind == "mark":
            marks[key] = boxes[int(rng.integers(len(boxes)))].value if rng.random() < 0.7 else None
    texts = choose_numbers(SCORED, marks, rng)
    return agree_signs(SCORED, marks, texts), texts


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_numbers_are_those_of_a_careful_nurse(seed: int) -> None:
    """This test ensures that numbers fit their combs and bounds, have the score that is marked, and add up."""
    marks, texts = chosen(seed)
    text = {link: texts[link, None, None] for link, *_ in texts}
    mark = {link: marks[link, None, None] for link, *_ in marks}
    for box in (b for b in SCORED if b.kind == "comb"):
        assert len(text[box.link_id].replace(".", "")) <= box.cells
    if text["time"]:
        datetime.strptime(text["time"] + "+0000", "%H%M%z")
    if text["born"]:
        datetime.strptime(text["born"] + "+0000", "%d%m%Y%z")
    if text["temp"]:
        assert text["temp"][2] == "."
        assert Decimal("25.0") <= Decimal(text["temp"]) <= Decimal("43.0")
    score = int(str(mark["resp_score"] or 0))
    if text["resp"]:
        number = int(text["resp"])
        assert 3 <= number <= 80
        held = {3: number <= 8, 1: 9 <= number <= 11, 2: 12 <= number <= 20 or mark["air"] != "oxygen"}
        assert held.get(score, True)
    air = {"room": 0, "oxygen": 2, None: None}[mark["air"]]  # type: ignore[index]
    assert text["total"] == ("" if air is None else str(score + air))
    if text["in"] and text["out"]:
        balance = int(text["in"]) - int(text["out"])
        assert int(text["balance"]) == abs(balance)
        assert mark["sign"] == ("negative" if balance < 0 else "positive")
    else:
        assert text["balance"] == ""


def test_some_numbers_are_left_out_and_some_have_a_leading_zero() -> None:
    texts = [chosen(seed)[1] for seed in range(150)]
    ages = [t["resp", None, None] for t in texts]
    assert 0.1 < ages.count("") / len(ages) < 0.35
    assert any(a.startswith("0") for a in ages)
    assert any(len(a) == 1 for a in ages)


def test_numbers_are_written_as_the_truth_has_them() -> None:
    before, page, truth = filled(NUMBERS, seed=2, combs=True)
    for box in (b for b in SCORED if b.kind == "comb"):
        cell = box.rect.w // box.cells
        digits = len(truth.combs[box.link_id, None, None].replace(".", ""))
        inked = [
            ink_in(before, page, Rect(box.rect.x + i * cell + 100, box.rect.y, cell - 200, box.rect.h)) > 8
            for i in range(box.cells)
        ]
        assert inked == [False] * (box.cells - digits) + [True] * digits, box.link_id


def test_doubtful_marks_are_named_and_those_taken_back_are_no_answers() -> None:
    kinds: set[str] = set()
    for seed in range(10):
        before, page, truth = filled(seed=seed, doubtful=0.5)
        asked = questions(LAYOUT.boxes)
        for key, kind in truth.doubtful.items():
            kinds.add(kind)
            assert any(changed_in(before, page, box.rect.grown(300)) for box in asked[key]), (seed, key, kind)
            assert truth.answers[key] is None or kind not in {*TAKEN_BACK, *ON_NONE}
        clear = [key for key, boxes in asked.items() if boxes[0].kind == "mark" and key not in truth.doubtful]
        for key in clear:
            inked = {box.value for box in asked[key] if ink_in(before, page, box.rect.grown(-80)) > 12}
            assert truth.answers[key] is None or truth.answers[key] in inked
    assert kinds == {*ON_A_MARK, *ON_NONE}


@pytest.mark.parametrize("kind", [*ON_A_MARK, *ON_NONE])
def test_a_doubtful_mark_darkens_its_box_or_close_to_it(kind: str) -> None:
    box = next(b for b in LAYOUT.boxes if b.kind == "mark")
    draw = {**ON_A_MARK, **ON_NONE}[kind]
    for seed in range(6):
        rng = np.random.default_rng(seed)
        before = np.full((1400, 1000), 230, np.uint8)
        page = before.copy()
        draw(page, DPI, box, pens.any_pen(rng), rng)
        assert (page <= before).all()
        rows, columns = np.nonzero(page < before - 3)
        x, y = pens.middle_of(box.rect)
        away = np.hypot(columns * 25.4 / DPI - x, rows * 25.4 / DPI - y)
        assert len(away)
        assert away.max() < 12
        assert np.median(away) < 6


def test_pens_differ() -> None:
    drawn = [pens.any_pen(np.random.default_rng(seed)) for seed in range(300)]
    assert 0.08 < np.mean([pen.grain > 0 for pen in drawn]) < 0.23
    assert min(pen.width for pen in drawn) < 0.35
    assert max(pen.width for pen in drawn) > 0.85


def test_the_grain_of_the_paper_breaks_a_pencils_stroke() -> None:
    stroke = [pens.line(np.array([(-8.0, 0.0), (8.0, 0.0)]))]
    means = []
    for pen in (pens.Pen(0.5, 0.3, wobble=0), pens.Pen(0.5, 0.3, wobble=0, grain=0.3)):
        page = np.full((300, 300), 255, np.uint8)
        pens.draw(page, 600, (6.0, 6.0), stroke, pen, np.random.default_rng(1))
        means.append(page.mean())
    assert means[1] > means[0] + 0.5


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1, 120), st.floats(1, 3))
def test_words_keep_to_their_line(seed: int, width: float, height: float) -> None:
    strokes = line_of_words(np.random.default_rng(seed), width, height)
    for stroke in strokes:
        assert stroke[:, 0].max() <= width + 0.5 * height
        assert np.abs(stroke[:, 1]).max() < 3.5 * height + 0.06 * width
    assert strokes or width < 14 * height
