"""Damage: it hits what it is aimed at, as much as it says, and the sheet knows what it hides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import A4, Rect
from papermode.model.layout import Layout, Zone
from papermode.simulate.bends import Fold, Waves
from papermode.simulate.copies import LowToner, Photocopies, Streaks
from papermode.simulate.damage import Hole, PunchHoles, Scribble, Stains, Staple, Torn
from papermode.simulate.sheet import CodeKind, Event, OneOf, Sheet, Target
from papermode.simulate.stuck import MarginNotes, Note, Sticker
from tests.loop.drawn_page import draw_page, grid_layout, with_id

Gray = npt.NDArray[np.uint8]

DPI = 150
SCALE = DPI / 25.4
LAYOUT: Layout = with_id(
    replace(
        grid_layout(A4, columns=12, rows=20),
        zones=(Zone("label", Rect(9000, 2500, 6000, 2000)), Zone("name", Rect(2000, 1200, 8000, 700))),
    )
)
CODES = {c.kind: c.rect for c in LAYOUT.codes}


def white(code: CodeKind | None = None, layout: Layout | None = LAYOUT) -> Sheet:
    """Return a blank sheet."""
    size = (round(A4.h / 100 * SCALE), round(A4.w / 100 * SCALE))
    return Sheet(np.full(size, 255, np.uint8), SCALE, layout, code)


def after(event: Event, sheet: Sheet, seed: int) -> Sheet:
    event(sheet, np.random.default_rng(seed))
    return sheet


def part(sheet: Sheet, rect: Rect) -> Gray:
    x0, y0, x1, y1 = (round(v / 100 * SCALE) for v in (rect.x, rect.y, rect.right, rect.bottom))
    return sheet.picture[max(y0, 0) : y1, max(x0, 0) : x1]


@pytest.mark.parametrize("code", ["claim", "locator"])
@pytest.mark.parametrize(
    "event", [Stains("code"), Scribble((0.1, 0.1)), Hole(), Staple(), Torn("finder"), Sticker("code")]
)
def test_damage_is_aimed_at_the_code_that_is_named(event: Event, code: CodeKind) -> None:
    hits = 0
    for seed in range(12):
        sheet = after(event, white(code), seed)
        hits += bool((part(sheet, CODES[code]) < 255).any())
        other = CODES["locator" if code == "claim" else "claim"]
        assert (part(sheet, other) == 255).all(), "the other code is spared"
    assert hits >= 10


def test_one_of_the_two_codes_is_hit_where_none_is_named_and_always_the_same() -> None:
    hit = {after(Scribble((0.2, 0.2)), white(), seed).code for seed in range(10)}
    assert hit == {"claim", "locator"}
    for seed in range(5):
        sheet = after(Hole(), after(Scribble((0.2, 0.2)), white(), seed), seed + 50)
        spared = CODES["locator" if sheet.code == "claim" else "claim"]
        assert (part(sheet, spared) == 255).all()


@pytest.mark.parametrize("share", [0.05, 0.10, 0.15, 0.25])
def test_a_scribble_covers_the_share_that_it_says(share: float) -> None:
    covered = [
        (part(after(Scribble((share, share)), white("claim"), s), CODES["claim"]) < 200).mean() for s in range(5)
    ]
    assert share * 0.85 < np.mean(covered) < share + 0.08


@pytest.mark.parametrize("what", ["finder", "square"])
def test_a_torn_corner_takes_what_it_says(what: str) -> None:
    for seed in range(8):
        sheet = after(Torn("finder" if what == "finder" else "square"), white("claim"), seed)
        if what == "finder":
            rect = CODES["claim"]
            assert (part(sheet, Rect(rect.right - 250, rect.y, 250, 100)) < 255).any()
            assert (part(sheet, Rect(rect.x, rect.bottom - 800, 800, 800)) == 255).all()
        else:
            assert sum((part(sheet, square) < 255).any() for square in sheet.squares()) == 1


def test_punch_holes_are_where_a_punch_makes_them() -> None:
    sheet = after(PunchHoles(), white(), 1)
    rows = np.flatnonzero((sheet.picture[:, : round(20 * SCALE)] < 255).any(1)) / SCALE
    holes = np.split(rows, np.flatnonzero(np.diff(rows) > 5) + 1)
    centres = [float(h.mean()) for h in holes if 100 < h.mean() < 200]
    assert len(centres) == 2
    assert centres[1] - centres[0] == pytest.approx(80, abs=0.5)
    square_side = [np.hypot(square.x - 1300, square.y - 1300) for square in sheet.squares()]
    assert len(square_side) == 4


@pytest.mark.parametrize("event", [Sticker("fields"), Note()])
def test_what_is_stuck_on_boxes_hides_them(event: Event) -> None:
    for seed in range(4):
        sheet = white()
        sheet.picture = draw_page(LAYOUT, dpi=DPI)
        before = sheet.picture.astype(int)
        after(event, sheet, seed)
        assert sheet.hidden
        for box in LAYOUT.boxes:
            x0, y0, x1, y1 = (round(v / 100 * SCALE) for v in (box.rect.x, box.rect.y, box.rect.right, box.rect.bottom))
            changed = np.abs(before - sheet.picture)[y0:y1, x0:x1].mean()
            assert changed < 15 or box in sheet.hidden, "no more than a shadow"
            assert changed > 0 or box not in sheet.hidden
    assert not after(Staple("fields"), white(), 1).hidden, "a wire hides nothing"


@pytest.mark.parametrize(("target", "kind"), [("name", "name"), ("label", "label")])
def test_a_label_is_stuck_in_its_zone(target: Target, kind: str) -> None:
    zone = next(z.rect for z in LAYOUT.zones if z.kind == kind)
    for seed in range(5):
        assert (part(after(Sticker(target), white(), seed), zone) < 255).mean() > 0.1


def test_notes_in_the_margin_spare_boxes_codes_and_zones() -> None:
    written = 0
    for seed in range(6):
        sheet = after(MarginNotes(), white(), seed)
        written += int((sheet.picture < 200).sum())
        watched = [b.rect for b in LAYOUT.boxes] + list(CODES.values()) + [z.rect for z in LAYOUT.zones]
        assert all((part(sheet, rect) == 255).all() for rect in watched)
    assert written > 2000


def test_without_a_layout_notes_stay_in_the_margin_and_damage_falls_anywhere() -> None:
    sheet = after(MarginNotes((8, 8)), white(layout=None), 2)
    assert (part(sheet, Rect(3000, 3000, 15000, 20000)) == 255).all()
    places = {after(Hole(), white(layout=None), seed).picture.argmin() for seed in range(6)}
    assert len(places) == 6


def test_a_code_is_hit_where_a_copier_has_moved_it() -> None:
    for seed in range(3):
        sheet = after(Photocopies(3), white("claim"), seed)
        clean = sheet.picture.copy()
        rect = CODES["claim"]
        middle = sheet.where(np.array([[rect.x + rect.w / 2, rect.y + rect.h / 2]]) / 100)[0]
        after(Scribble((0.2, 0.2)), sheet, seed)
        rows, columns = np.nonzero(sheet.picture < np.minimum(clean, 150).astype(int) - 5)
        assert np.hypot(columns.mean() / SCALE - middle[0], rows.mean() / SCALE - middle[1]) < 5


def test_low_toner_and_streaks_only_take_away_or_add_what_they_say() -> None:
    sheet = white()
    sheet.picture = draw_page(LAYOUT, dpi=DPI)
    before = sheet.picture.astype(int)
    after(LowToner(), sheet, 1)
    assert (sheet.picture >= before - 1).all()
    assert (255 - sheet.picture.astype(float)).sum() < 0.6 * (255 - before).sum()
    streaked = after(Streaks(), white("claim"), 3)
    columns = (streaked.picture < 255).mean(0)
    assert set(np.round(columns, 6)) <= {0.0, 1.0}, "streaks run from edge to edge"


@pytest.mark.parametrize("event", [Waves((1.0, 1.0), (0.3, 0.3), 0.008), Fold((0.02, 0.02), 0.3)])
def test_bent_paper_moves_its_points_by_millimetres(event: Event) -> None:
    points = np.stack(np.meshgrid(np.arange(20.0, 200, 20), np.arange(20.0, 280, 20)), axis=-1).reshape(-1, 2)
    moved = np.linalg.norm(after(event, white(), 4).where(points) - points, axis=1)
    assert 0.3 < moved.max() < 8
    assert moved.min() < 0.9


def test_one_of_several_happens() -> None:
    def paint(tone: int) -> Callable[[Sheet, np.random.Generator], None]:
        def event(sheet: Sheet, _: np.random.Generator) -> None:
            sheet.picture[:] = tone

        return event

    seen = {int(after(OneOf((paint(1), paint(2))), white(), seed).picture[0, 0]) for seed in range(12)}
    assert seen == {1, 2}
