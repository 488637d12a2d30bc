"""Lint of the lengths in a form: sizes that can be read, and boxes where they can stand.

The page is laid out by ``plan``. Here, only what the file itself says is checked: lengths that cannot
work whatever the words beside the boxes are, so that an author hears of it by line. Boxes whose place
depends on the width of a printed label are left to the check of the finished layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final, Literal

from papermode.formdef.walk import Spot, item_spot, sections_of
from papermode.geometry import POINT_HMM, Hmm, Rect
from papermode.model.form import BODY_H, BODY_W, PRINTED_KINDS, Cell, Form, GridRow, Item, Section
from papermode.model.layout import CLEARANCE, MARK_SIZE, MARK_STROKE

Fault = tuple[str, Literal["error", "warning"], Spot, str, str]
MIN_PITCH: Final[Hmm] = 600
MIN_CELL: Final[tuple[Hmm, Hmm]] = (400, 600)
"""Smallest comb cell: infusion rates have 4.1 mm; below 4 mm digits touch the frame."""
_LINE_H: Final[Hmm] = 800
_GAP: Final[Hmm] = CLEARANCE + MARK_STROKE // 2
_TOLERANCE: Final[Hmm] = 20
_MARKS: Final = frozenset({"mark", "choice", "multi", "yesno"})


def geometry_faults(form: Form) -> Iterator[Fault]:
    """Find lengths that cannot be printed or read."""
    for spot, section in sections_of(form):
        yield from _section(spot, section)
        yield from _items(spot, "item", section.items, section.w, section.h or BODY_H, fixed=False)
        if section.kind == "table":
            yield from _table(spot, section)
        if section.kind == "grid":
            yield from _grid(spot, section)


def _mm(value: Hmm) -> str:
    return f"{value / 100:g} mm"


def _outside(spot: Spot, what: str, by: Hmm, of: str) -> Iterator[Fault]:
    if by > _TOLERANCE:
        yield "E226", "error", spot, f"{what} is {_mm(by)} outside {of}.", "Move it, or make it smaller."


def _section(spot: Spot, section: Section) -> Iterator[Fault]:
    yield from _outside(spot, "the section", section.x + section.w - BODY_W, f"the page's body of {_mm(BODY_W)} width")
    bottom = (section.y or 0) + (section.h or 0)
    yield from _outside(spot, "the section", bottom - BODY_H, f"the page's body of {_mm(BODY_H)} height")


# --- tables -----------------------------------------------------------------------------------------


def _table(spot: Spot, section: Section) -> Iterator[Fault]:
    for key in ("row_h", "page_rows"):
        if not getattr(section, key):
            yield "E204", "error", spot, f"a table needs the key “{key}”.", f"Add a line “{key} = …”."
    height = section.head_h + section.page_rows * section.row_h
    room = (section.h or BODY_H) - (0 if section.h else section.y or 0)
    yield from _outside(spot, f"the table of {section.page_rows} rows", height - room, "its room on the page")
    for index, cell in enumerate(section.cells):
        here = Spot((*spot.path, "cell", index), f"{spot.words}, cell {index + 1}")
        yield from _run(here, cell, section)
        height = cell.h if cell.h is not None else section.row_h - cell.y
        yield from _items(here, "item", cell.items, cell.w, height, fixed=True)
        for i, line in enumerate(cell.lines):
            if line.kind not in ("text", "value"):
                yield (
                    "E234", "error", item_spot(here, "line", i, line), f"a {line.kind} cannot be a line of a cell.",
                    "Lines print text or value; put what is written on in [[….cell.item]].",
                )  # fmt: skip


def _run(spot: Spot, cell: Cell, section: Section) -> Iterator[Fault]:
    """Check a cell, or all of a run of cells, against the row."""
    if cell.repeat > 1 and not cell.pitch and not cell.pitch_y:
        yield (
            "E227", "error", spot, f"{cell.repeat} cells stand on one another.",
            "Add pitch = … (to the right) or pitch_y = … (down).",
        )  # fmt: skip
    height = cell.h if cell.h is not None else section.row_h - cell.y
    last = cell.repeat - 1
    across, down = 0 < cell.pitch < cell.w and not cell.pitch_y, 0 < cell.pitch_y < height and not cell.pitch
    if last and (across or down):
        yield (
            "E227", "error", spot, "the cells of this run overlap.",
            f"Make the pitch at least {_mm(cell.w if cell.pitch else height)}.",
        )  # fmt: skip
    over = cell.x + cell.w + last * cell.pitch - section.w
    if over > _TOLERANCE:
        yield "E227", "error", spot, f"the cells end {_mm(over)} beyond the row.", "Make them narrower or fewer."
    over = cell.y + height + last * cell.pitch_y - section.row_h
    if over > _TOLERANCE and section.row_h:
        yield "E227", "error", spot, f"the cells end {_mm(over)} below the row.", "Make them lower or fewer."


# --- time grids -------------------------------------------------------------------------------------


def _grid(spot: Spot, section: Section) -> Iterator[Fault]:
    for key in ("columns", "column_w", "label_w"):
        if not getattr(section, key):
            yield "E204", "error", spot, f"a grid needs the key “{key}”.", f"Add a line “{key} = …”."
    if section.past_columns and not section.past_w:
        yield "E204", "error", spot, "columns of the past need the key “past_w”.", "Add a line “past_w = …”."
    width = section.label_w + section.past_columns * section.past_w + section.columns * section.column_w
    yield from _outside(spot, "the grid", width - section.w, "its section")
    height = sum(row.h for row in section.grid_rows)
    yield from _outside(spot, "the grid", height - (section.h or BODY_H), "its section")
    for index, row in enumerate(section.grid_rows):
        yield from _grid_row(Spot((*spot.path, "row", index), f"{spot.words}, row {index + 1}"), row, section)


def _grid_row(spot: Spot, row: GridRow, section: Section) -> Iterator[Fault]:
    yield from _items(spot, "item", row.items, section.column_w, row.h, fixed=True)


# --- items ------------------------------------------------------------------------------------------


def _items(spot: Spot, key: str, items: tuple[Item, ...], width: Hmm, height: Hmm, *, fixed: bool) -> Iterator[Fault]:
    """Check the items of one container; ``fixed``: items without a place stand at its top left."""
    placed: list[tuple[Spot, Rect]] = []
    for index, item in enumerate(items):
        here = item_spot(spot, key, index, item)
        yield from _sizes(here, item)
        outline = outline_of(item, (item.w if item.w is not None else width - (item.x or 0)))
        if outline is None:
            continue
        stands = fixed or item.x is not None or item.y is not None
        over = (item.x or 0) + outline.right - width
        yield from _outside(here, f"this {item.kind}", over, f"its place of {_mm(width)} width")
        if stands:
            outline = outline.moved(item.x or 0, item.y or 0)
            yield from _outside(
                here, f"this {item.kind}", outline.bottom - height, f"its place of {_mm(height)} height"
            )
            placed.append((here, outline))
    for (one, a), (other, b) in combinations(placed, 2):
        if a.grown(CLEARANCE).overlaps(b):
            yield (
                "E225", "error", other, f"its boxes are nearer than {_mm(CLEARANCE)} to those of {one.words}.",
                "Move it: a pen stroke must not reach two boxes.",
            )  # fmt: skip


def _sizes(spot: Spot, item: Item) -> Iterator[Fault]:
    if item.kind in _MARKS and item.pitch is not None and item.pitch < MIN_PITCH:
        yield (
            "E223", "error", spot.at("pitch"), f"marks every {_mm(item.pitch)} are too close to hit with a pen.",
            f"Use a pitch of at least {_mm(MIN_PITCH)}.",
        )  # fmt: skip
    if item.kind in PRINTED_KINDS or item.kind in _MARKS or item.kind in ("line", "note", "label"):
        return
    for key, least in zip(("cell_w", "cell_h"), MIN_CELL, strict=True):
        if getattr(item, key) < least:
            yield (
                "E223", "error", spot.at(key), f"cells of {_mm(getattr(item, key))} are too small to write a digit in.",
                f"Use at least {_mm(least)}; 5.5 × 7.5 mm reads well.",
            )  # fmt: skip


def outline_of(item: Item, width: Hmm) -> Rect | None:
    """Return what the boxes of an item cover, from the item's top left corner; ``None`` if print decides.

    Mirrors ``plan.items`` for the cases where the width of words has no part in it.
    """
    if item.kind in PRINTED_KINDS or item.kind == "signature":
        return None
    em = round(item.size * POINT_HMM / 100)
    if item.kind in _MARKS:
        return _mark_outline(item, em)
    label = item.label and item.label_side != "left"
    if item.label and not label:
        return None
    down = round(item.size * POINT_HMM / 100 * 1.12) - em * 12 // 100 + _GAP if label else 0
    if item.kind in ("line", "note", "label"):
        h = item.h or (_LINE_H if item.kind == "line" else 4000)
        return Rect(0, down, width, h - down if item.h and item.kind == "note" else h)
    cells = {"date": 8, "time": 4}.get(item.kind, item.cells)
    return Rect(0, down, cells * item.cell_w, item.cell_h) if cells else None


def _mark_outline(item: Item, em: Hmm) -> Rect | None:
    count = max(len(item.options), 2 if item.kind == "yesno" else 1)
    if item.label_side == "above":
        return Rect(0, em * 86 // 100 + _GAP, (count - 1) * (item.pitch or 700) + MARK_SIZE, MARK_SIZE)
    if item.kind == "mark" or (count == 1 and not item.label):
        return Rect(0, 0, MARK_SIZE, MARK_SIZE)
    return None
