"""A number is sure only where its page says it twice; anything that does not agree leaves all of it to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.geometry import PAPERS
from papermode.model.layout import Band, Box, Key, Layout
from papermode.model.reading import Answer, AnswerState, PageReading
from papermode.plan.sheets import Variant, sheet_of
from papermode.scan.combs import CellReading, CombReading, CombState
from papermode.scan.corroborate import confirmed
from papermode.scan.reader import read_page
from papermode.simulate import pens
from papermode.simulate.fill import mark_box
from papermode.simulate.hands import any_hand, write_comb
from papermode.simulate.paper import SCENARIOS
from tests.loop.printed import PAPER_DPI, Ward, print_ward, scanned
from tests.wards import library

Gray = npt.NDArray[np.uint8]
Written = dict[str, str]
"""What stands in one column, by question: numbers as written, and the answers that are marked."""

SCALES = {"VITALS": 1, "VITALS2": 2}
COLUMN = 3
BOUNDS = {"v.resp": (3, 80), "v.spo2": (40, 100), "v.systolic": (30, 300), "v.pulse": (20, 250), "v.temp": (250, 430)}
"""Of temperatures in tenths."""
NUMBERS = (*BOUNDS, "v.total")
SCORED = {"v.avpu": {"A": 0, "C": 3, "V": 3, "P": 3, "U": 3}, "v.oxygen": {"air": 0, "oxygen": 2}}


def news2(question: str, value: int, *, oxygen: bool, scale: int) -> int:
    """Score a value as the table of the Royal College of Physicians (2017) does, written down a second time."""
    if question == "v.resp":
        return 3 if value <= 8 else 1 if value <= 11 else 0 if value <= 20 else 2 if value <= 24 else 3
    if question == "v.systolic":
        return 3 if value <= 90 else 2 if value <= 100 else 1 if value <= 110 else 0 if value <= 219 else 3
    if question == "v.temp":
        return 3 if value <= 350 else 1 if value <= 360 else 0 if value <= 380 else 1 if value <= 390 else 2
    if question == "v.pulse":
        low = 3 if value <= 40 else 1 if value <= 50 else 0
        return low if value <= 90 else 1 if value <= 110 else 2 if value <= 130 else 3
    if scale == 1:
        return 3 if value <= 91 else 2 if value <= 93 else 1 if value <= 95 else 0
    if value <= 92 or not oxygen:
        return 3 if value <= 83 else 2 if value <= 85 else 1 if value <= 87 else 0
    return 1 if value <= 94 else 2 if value <= 96 else 3


def column_of(values: Mapping[str, int], *, oxygen: bool, avpu: str, scale: int) -> Written:
    """Return what a careful nurse writes and marks for values (temperature in tenths)."""
    scores = {q: news2(q, v, oxygen=oxygen, scale=scale) for q, v in values.items()}
    written = {q: f"{v // 10}.{v % 10}" if q == "v.temp" else str(v) for q, v in values.items()}
    written |= {f"{q}_score": str(score) for q, score in scores.items() if score}
    written |= {"v.oxygen": "oxygen" if oxygen else "air", "v.avpu": avpu}
    written["v.total"] = str(sum(scores.values()) + 2 * oxygen + SCORED["v.avpu"][avpu])
    return written


@st.composite
def columns(draw: st.DrawFn, scale: int) -> Written:
    values = {q: draw(st.integers(*bounds)) for q, bounds in BOUNDS.items()}
    return column_of(values, oxygen=draw(st.booleans()), avpu=draw(st.sampled_from("ACVPU")), scale=scale)


def layout_of(form: str, side: int = 0) -> Layout:
    return sheet_of(library().by_id[form], side, Variant(PAPERS["a4"], "en")).layout


def comb(text: str, state: CombState = "candidate", *, doubt: bool = False) -> CombReading:
    return CombReading(state, text, 0.99, (CellReading("0", 0.99, doubt),))


def mark(key: Key, value: str | tuple[str, ...] | None, state: AnswerState | None = None) -> Answer:
    return Answer(key[0], "mark", value, state or ("sure" if value else "empty"), 0.9, *key[1:])


def read(layout: Layout, written: Written, column: int = COLUMN) -> tuple[dict[Key, Answer], dict[Key, CombReading]]:
    """Return what a reader without fault makes of one column; the others are empty."""
    marks: dict[Key, Answer] = {}
    combs: dict[Key, CombReading] = {}
    for box in layout.boxes:
        key = box.key
        value = written.get(box.link_id) if box.column == column or box.column is None else None
        if box.kind == "mark":
            marks[key] = mark(key, value)
        elif box.kind == "comb" and value:
            combs[key] = comb(value)
    return marks, combs


def sure(layout: Layout, written: Written) -> set[str]:
    keys = confirmed(layout.boxes, *read(layout, written))
    assert all(key[1:] == (None, COLUMN) for key in keys)
    return {key[0] for key in keys}


@pytest.mark.parametrize("form", SCALES)
@given(data=st.data())
def test_a_set_that_agrees_is_sure(form: str, data: st.DataObject) -> None:
    """This test ensures that the bands of both forms are NEWS2's, for every value: none that agrees is refused."""
    written = data.draw(columns(SCALES[form]))
    assert sure(layout_of(form), written) == set(NUMBERS)


@pytest.mark.parametrize("form", SCALES)
@pytest.mark.parametrize("question", BOUNDS)
def test_every_plausible_value_has_one_band(form: str, question: str) -> None:
    """This test ensures that the bands have neither gap nor overlap, and score as the table does."""
    box = next(b for b in layout_of(form).boxes if b.link_id == question)
    low, high = BOUNDS[question]
    tenths = Decimal(10) if question == "v.temp" else Decimal(1)
    assert [int(Decimal(bound) * tenths) for bound in (box.minimum, box.maximum)] == [low, high]
    for oxygen in (False, True):
        gas = "oxygen" if oxygen else "air"
        for value in range(low, high + 1):
            scores = [b.score for b in box.bands if b.answer in ("", gas) and within(b, Decimal(value) / tenths)]
            assert scores == [news2(question, value, oxygen=oxygen, scale=SCALES[form])], (value, oxygen)


def within(band: Band, value: Decimal) -> bool:
    return (not band.minimum or value >= Decimal(band.minimum)) and (not band.maximum or value <= Decimal(band.maximum))


@pytest.mark.parametrize("form", SCALES)
@given(data=st.data())
def test_one_digit_read_wrongly_makes_nothing_sure_but_within_its_band(form: str, data: st.DataObject) -> None:
    """This test ensures that a wrong digit is sure only where it changes no score: what the module says it misses."""
    scale = SCALES[form]
    written = data.draw(columns(scale))
    question = data.draw(st.sampled_from(NUMBERS))
    digits = [i for i, c in enumerate(written[question]) if c.isdigit()]
    at, digit = data.draw(st.sampled_from(digits)), data.draw(st.sampled_from("0123456789"))
    wrong = written[question][:at] + digit + written[question][at + 1 :]
    if wrong == written[question]:
        return
    found = sure(layout_of(form), written | {question: wrong})
    if found:
        oxygen = written["v.oxygen"] == "oxygen"
        before, after = (int(text.replace(".", "")) for text in (written[question], wrong))
        assert question != "v.total"
        assert news2(question, before, oxygen=oxygen, scale=scale) == news2(question, after, oxygen=oxygen, scale=scale)


@pytest.mark.parametrize("form", SCALES)
@given(data=st.data())
def test_one_mark_read_wrongly_makes_nothing_sure(form: str, data: st.DataObject) -> None:
    """This test ensures that a mark that was missed, invented or taken for its neighbour makes no number sure."""
    written = data.draw(columns(SCALES[form]))
    layout = layout_of(form)
    question = data.draw(st.sampled_from([*(f"{q}_score" for q in BOUNDS), *SCORED]))
    answers = ["", *(b.value for b in layout.boxes if b.link_id == question and b.column == COLUMN)]
    other = data.draw(st.sampled_from([a for a in answers if a != written.get(question, "")]))
    found = sure(layout, written | {question: other})
    same_score = question == "v.avpu" and other and SCORED["v.avpu"][other] == SCORED["v.avpu"][written["v.avpu"]]
    assert found == (set(NUMBERS) if same_score else set())


@pytest.mark.parametrize("form", SCALES)
@given(data=st.data())
def test_a_doubt_anywhere_in_the_column_leaves_all_of_it_to_a_person(form: str, data: st.DataObject) -> None:
    """This test ensures that an unclear digit, a missing number or a doubtful mark takes the other numbers with it."""
    layout = layout_of(form)
    marks, combs = read(layout, data.draw(columns(SCALES[form])) | {"v.diastolic": "70"})
    number = (data.draw(st.sampled_from(NUMBERS)), None, COLUMN)
    assert confirmed(layout.boxes, marks, combs | {number: replace(combs[number], state="unsure")}) == set()
    assert confirmed(layout.boxes, marks, {k: v for k, v in combs.items() if k != number}) == set()
    struck = ("v.diastolic", None, COLUMN)
    assert confirmed(layout.boxes, marks, combs | {struck: comb("70", "unsure", doubt=True)}) == set()
    key = data.draw(st.sampled_from([k for k in marks if k[2] == COLUMN]))
    assert confirmed(layout.boxes, marks | {key: mark(key, "1", "unsure")}, combs) == set()
    unclear = combs | {struck: comb("70", "unsure")}
    assert {k[0] for k in confirmed(layout.boxes, marks, unclear)} == set(NUMBERS), "a number that nothing confirms"


def test_no_band_holds_for_oxygen_that_is_not_marked() -> None:
    """This test ensures that on scale 2 a saturation of 93 and up is not scored without air or oxygen."""
    values = {"v.resp": 16, "v.spo2": 95, "v.systolic": 120, "v.pulse": 70, "v.temp": 370}
    written = column_of(values, oxygen=False, avpu="A", scale=2)
    assert sure(layout_of("VITALS2"), written) == set(NUMBERS)
    assert sure(layout_of("VITALS2"), written | {"v.oxygen": ""}) == set()


# -- intake and output ------------------------------------------------------------------------------------------

IO_NUMBERS = {"io.total_in", "io.total_out", "io.total_balance"}


def io_sure(written: Written, row: int = 2) -> set[str]:
    layout = layout_of("IO")
    marks, combs = read(layout, {})
    for box in layout.boxes:
        key = box.key
        if box.row == row and written.get(box.link_id):
            if box.kind == "mark" and box.value == written[box.link_id]:
                marks[key] = mark(key, box.value)
            elif box.kind == "comb":
                combs[key] = comb(written[box.link_id])
    keys = confirmed(layout.boxes, marks, combs)
    assert all(key[1:] == (row, None) for key in keys)
    return {key[0] for key in keys}


def shift(into: int, out: int) -> Written:
    sign = {"io.sign": "positive" if into > out else "negative"} if into != out else {}
    return {"io.total_in": str(into), "io.total_out": str(out), "io.total_balance": str(abs(into - out))} | sign


@given(into=st.integers(0, 9999), out=st.integers(0, 9999))
def test_a_balance_that_agrees_is_sure(into: int, out: int) -> None:
    assert io_sure(shift(into, out)) == IO_NUMBERS


@given(data=st.data(), into=st.integers(0, 9999), out=st.integers(0, 9999))
def test_one_digit_or_the_sign_of_a_balance_read_wrongly_makes_nothing_sure(
    data: st.DataObject, into: int, out: int
) -> None:
    """This test ensures that no digit of the three numbers of a balance can be wrong alone."""
    written = shift(into, out)
    question = data.draw(st.sampled_from(sorted(IO_NUMBERS)))
    at = data.draw(st.integers(0, len(written[question]) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != written[question][at]]))
    wrong = written[question][:at] + digit + written[question][at + 1 :]
    assert io_sure(written | {question: wrong}) == set()
    if into != out:
        other = "negative" if written["io.sign"] == "positive" else "positive"
        assert io_sure(written | {"io.sign": other}) == io_sure(written | {"io.sign": ""}) == set()


def test_a_mark_without_a_score_confirms_nothing() -> None:
    """This test ensures that a layout whose sum names what has no score makes nothing sure, and raises nothing."""
    rect = layout_of("IO").boxes[0].rect
    total = Box("t", "comb", rect, cells=2, sum=("a", "b"))
    key = ("a", None, None)
    for boxes in ((total,), (total, Box("a", "mark", rect, "x")), (total, Box("a", "mark", rect, "x", score=1))):
        assert confirmed(boxes, {key: mark(key, "x")}, {("t", None, None): comb("1")}) == set()


# -- pages --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return print_ward(tmp_path_factory.mktemp("a4"), "a4")


def first_sides(ward: Ward) -> list[int]:
    """Return the serial of one scored side of each of the two forms."""
    found: dict[str, int] = {}
    for serial, page in enumerate(ward.packet.pages, 1):
        if page.form in SCALES and any(b.link_id == "v.total" for b in page.layout.boxes):
            found.setdefault(page.form, serial)
    return list(found.values())


def likely_column(rng: np.random.Generator, scale: int) -> Written:
    """Return a set of vital signs as a ward has them."""
    spread = {"v.resp": (19, 5), "v.spo2": (94, 3), "v.systolic": (122, 25), "v.pulse": (90, 22), "v.temp": (373, 9)}
    values = {q: int(np.clip(rng.normal(*spread[q]), *bounds)) for q, bounds in BOUNDS.items()}
    avpu = "A" if rng.random() < 0.85 else str(rng.choice(list("CVPU")))
    return column_of(values, oxygen=bool(rng.random() < 0.4), avpu=avpu, scale=scale)


def write(paper: Gray, layout: Layout, column: int, written: Written, rng: np.random.Generator) -> None:
    """Write and mark one column, in one hand."""
    hand, pen = any_hand(rng), pens.ballpoint(rng)
    for box in layout.boxes:
        if box.column != column or not written.get(box.link_id):
            continue
        if box.kind == "comb":
            write_comb(paper, PAPER_DPI, box, written[box.link_id], hand, rng)
        elif box.value == written[box.link_id]:
            mark_box(paper, PAPER_DPI, box, pens.cross, pen, rng)


def fill_and_read(
    ward: Ward, serial: int, seed: int, scenario: str, spoil: Written
) -> tuple[PageReading, dict[int, Written]]:
    rng = np.random.default_rng((seed, serial))
    page, paper = ward.packet.pages[serial - 1], ward.paper(serial)
    written = {column: likely_column(rng, SCALES[page.form]) for column in range(1, 7)}
    for column, texts in written.items():
        write(paper, page.layout, column, texts | spoil, rng)
    image = replace(scanned(paper, SCENARIOS[scenario], rng), bilevel=scenario == "bilevel")
    return read_page(image, ward.lookup, ward.check), written


def tally(ward: Ward, pages: int, scenario: str) -> tuple[int, int, list[object]]:
    """Return the columns written, the numbers that were sure, and those of them that are wrong."""
    sides = first_sides(ward)
    sure_numbers = 0
    wrong: list[object] = []
    for n in range(pages):
        reading, written = fill_and_read(ward, sides[n % len(sides)], n, scenario, {})
        for a in reading.answers:
            if a.kind == "comb" and a.state == "sure":
                sure_numbers += 1
                if written[a.column or 0][a.link_id] != a.value:
                    wrong.append((n, a.column, a.link_id, a.value))
    return 6 * pages, sure_numbers, wrong


def test_of_the_numbers_on_scanned_pages_those_that_are_sure_are_right(ward: Ward) -> None:
    """This test ensures that numbers become sure at all, and right: about 27 % of those that a page confirms."""
    written, found, wrong = tally(ward, 6, "office")
    assert found >= 0.15 * written * len(NUMBERS)
    assert wrong == []


@pytest.mark.deep
@pytest.mark.parametrize("scenario", ["office", "copy", "phone", "low-toner"])
def test_of_many_numbers_hardly_one_that_is_sure_is_wrong(ward: Ward, scenario: str) -> None:
    """This test ensures the same for 600 columns each; a digit within its band can be wrong."""
    written, found, wrong = tally(ward, 100, scenario)
    assert found >= 0.15 * written * len(NUMBERS)
    assert len(wrong) <= 0.005 * found


@pytest.mark.parametrize("spoil", [{"v.total": "19"}, {"v.void": "void"}])
def test_a_wrong_total_or_a_void_mark_makes_nothing_sure(ward: Ward, spoil: Written) -> None:
    """This test ensures that on scanned pages, too, all numbers of a spoilt column are for a person."""
    for serial in first_sides(ward):
        reading, _ = fill_and_read(ward, serial, 5, "clean", spoil)
        assert reading.status == "read", reading.why
        combs = [a for a in reading.answers if a.kind == "comb" and a.value]
        assert len(combs) == 36
        assert all(a.state == "unsure" for a in combs)


def test_nothing_is_sure_in_a_black_and_white_scan(ward: Ward) -> None:
    serial = first_sides(ward)[0]
    reading, _ = fill_and_read(ward, serial, 0, "bilevel", {})
    assert not any(a.state == "sure" for a in reading.answers if a.kind == "comb")


def test_a_number_that_is_not_read_clearly_is_not_sure_by_its_band() -> None:
    """This test ensures that a band says enough only of a clear reading, and that a total needs no more than to agree."""
    values = {"v.resp": 16, "v.spo2": 97, "v.systolic": 120, "v.pulse": 63, "v.temp": 370}
    written = column_of(values, oxygen=False, avpu="A", scale=1)
    layout = layout_of("VITALS")
    marks, combs = read(layout, written)
    pulse = ("v.pulse", None, COLUMN)
    vague = {**combs, pulse: replace(combs[pulse], confidence=0.95)}
    assert {key[0] for key in confirmed(layout.boxes, marks, vague)} == set(NUMBERS) - {"v.pulse"}
