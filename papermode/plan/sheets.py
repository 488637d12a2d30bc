"""Form page + variant -> the layout of one side, and the slots that fills go into.

A layout depends on the form's version and the variant only (paper, language, bound or not, wide
identity block, and whether the page continues another), never on a patient's text: see DESIGN 3. So
every layout is made once in a process and shared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from papermode.errors import PlanError
from papermode.geometry import Hmm, Paper, Rect
from papermode.model.form import BODY_H, PRINTED_KINDS, Cell, Form, FormPage, Item, Section
from papermode.model.layout import Layout, Line
from papermode.plan import clearance
from papermode.plan.builder import Builder, RowCell, Slot, leading
from papermode.plan.frame import Frame, build_frame
from papermode.plan.items import At, comb_lines, place
from papermode.plan.words import word
from papermode.typeset.wrap import text_width, wrap

SECTION_GAP: Final = 200
ITEM_GAP: Final = 150
TITLE_SIZE: Final = 1100


@dataclass(frozen=True, slots=True)
class Variant:
    """What a layout depends on beside the form version."""

    paper: Paper
    language: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a sheet: its section and the text cells of its rows."""

    section: Section
    row_cells: tuple[RowCell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side, laid out."""

    layout: Layout
    frame: Frame
    slots: tuple[Slot, ...]
    tables: tuple[Table, ...] = ()
    """The first one decides how many pages there are; the others must fit each of them."""
    past: tuple[Slot, ...] = ()
    """Slots of the columns of the past of a grid: ``column`` 1 = the oldest."""


@lru_cache(maxsize=2048)
def sheet_of(form: Form, number: int, variant: Variant) -> Sheet:
    """Lay out page ``number`` (0-based) of a form."""
    page = form.pages[number]
    b = Builder(variant.paper, variant.language)
    frame = build_frame(b, form, wide=variant.wide)
    state = _Body(b, frame, form, page)
    for section in page.sections:
        state.section(section)
    for fault in clearance.faults(b):
        raise PlanError(
            "E408",
            place=f"form {form.id}, side {number + 1}",
            fault=f"{fault}.",
            cure="Move it, or make the row or column larger: print near a box is read as ink.",
        )
    _draw_boxes(b)
    return Sheet(b.finish(), frame, tuple(b.slots), tuple(state.tables), tuple(state.past))


@lru_cache(maxsize=512)
def continuation_of(form: Form, variant: Variant) -> Sheet:
    """Lay out the continuation page of a form: the frame and an empty body for lines of text."""
    b = Builder(variant.paper, variant.language)
    frame = build_frame(b, form, wide=variant.wide)
    b.text(
        frame.body.x,
        frame.body.y,
        f"{form.title.get(variant.language)} – {word(variant.language, 'continued')}",
        TITLE_SIZE,
        bold=True,
    )
    return Sheet(b.finish(), frame, ())


def _draw_boxes(b: Builder) -> None:
    """Add the printed outlines of the combs and crops; marks are drawn from their boxes."""
    for box in b.boxes:
        if box.kind == "comb":
            b.lines.extend(comb_lines(box))
        elif box.kind == "crop":
            b.frame(box.rect, 15, 45)


class _Body:
    """Places the sections of one page, one after the other."""

    def __init__(self, b: Builder, frame: Frame, form: Form, page: FormPage) -> None:
        self.b = b
        self.frame = frame
        self.form = form
        self.y: Hmm = 0
        self.tables: list[Table] = []
        self.past: list[Slot] = []
        self.taken: list[tuple[str, Rect]] = []
        title = page.title.get(b.language)
        if title:
            b.text(frame.body.x, frame.body.y, title, TITLE_SIZE, bold=True)
            self.y = leading(TITLE_SIZE) + 60

    def section(self, section: Section) -> None:
        """Place one section; the next one without a ``y`` goes below it."""
        top = section.y if section.y is not None else self.y
        rect = Rect(self.frame.body.x + section.x, self.frame.body.y + top, section.w, section.h or 0)
        y = rect.y
        title = section.title.get(self.b.language)
        pad = 0
        if section.border:
            pad = 100 if all(i.kind in PRINTED_KINDS for i in section.items) else 170
        if title:
            self._fits(section, title, rect.w - 2 * pad)
            self.b.text(rect.x + pad, y + pad // 2, title, TITLE_SIZE, bold=True)
            y += leading(TITLE_SIZE) + (pad or 40)
        first_slot = len(self.b.slots)
        inner = Rect(rect.x + pad, y + (pad if not title else 0), rect.w - 2 * pad, 0)
        if section.kind == "table":
            bottom = self._table(section, inner)
        elif section.kind == "grid":
            bottom = self._grid(section, inner)
        else:
            bottom = self._flow(section.items, inner)
        bottom += pad
        if section.h is not None:
            if bottom > rect.bottom + 20:
                raise self._too_high(section, bottom - rect.y, section.h)
            bottom = rect.bottom
        if bottom > self.frame.body.bottom + 20:
            raise self._too_high(section, bottom - self.frame.body.y, BODY_H)
        self.b.slots[first_slot:] = [replace(s, title=title) for s in self.b.slots[first_slot:]]
        if section.border:
            self.b.frame(Rect(rect.x, rect.y, rect.w, bottom - rect.y), 25)
        self._claim(section, Rect(rect.x, rect.y, rect.w, bottom - rect.y))
        self.y = max(self.y, bottom - self.frame.body.y + SECTION_GAP)

    def _claim(self, section: Section, rect: Rect) -> None:
        """Refuse a section that lies over another."""
        for title, other in self.taken:
            if rect.grown(-15).overlaps(other):
                end = other.bottom - self.frame.body.y
                raise PlanError(
                    "E407",
                    place=f"form {self.form.id}, section “{section.title.get(self.b.language)}”",
                    fault=f"lies over the section “{title}”, which ends at {end / 100:.1f} mm.",
                    cure="Move it down or aside.",
                )
        self.taken.append((section.title.get(self.b.language), rect))

    def _fits(self, section: Section, title: str, width: Hmm) -> None:
        if text_width(title, TITLE_SIZE, bold=True) > width:
            raise PlanError(
                "E406",
                place=f"form {self.form.id}, section “{title}”",
                fault="the title is wider than the section.",
                cure="Use fewer words or a wider section.",
            )

    def _too_high(self, section: Section, need: Hmm, has: Hmm) -> PlanError:
        return PlanError(
            "E404",
            place=f"form {self.form.id}, section “{section.title.get(self.b.language)}”",
            fault=f"needs {need / 100:.1f} mm of height and has {has / 100:.1f} mm.",
            cure="Move an item to another page, or make rows lower.",
        )

    def _flow(self, items: tuple[Item, ...], area: Rect) -> Hmm:
        """Place items left to right, then down. An item with x or y stands where it says."""
        x, y, row_h, bottom = area.x, area.y, 0, area.y
        for item in items:
            width = item.w if item.w is not None else area.w
            if item.x is not None or item.y is not None:
                at = At(
                    area.x + (item.x or 0),
                    area.y + (item.y or 0),
                    item.w if item.w is not None else area.w - (item.x or 0),
                )
                bottom = max(bottom, at.y + place(self.b, item, at))
                continue
            gap = 30 if item.kind in PRINTED_KINDS else ITEM_GAP
            if x > area.x and x + width > area.right + 20:
                x, y, row_h = area.x, y + row_h + gap, 0
            row_h = max(row_h, place(self.b, item, At(x, y, width)))
            bottom = max(bottom, y + row_h)
            x += width + (2 * ITEM_GAP if item.w is not None else 0)
            if item.w is None:
                x, y, row_h = area.x, y + row_h + gap, 0
        return bottom

    # -- tables ---------------------------------------------------------------------------------

    def _table(self, section: Section, area: Rect) -> Hmm:
        """Place the head and the equal rows of a table."""
        b = self.b
        first = len(b.row_cells)
        for cell in section.cells:
            for k in range(cell.repeat):
                head = cell.head.get(b.language)
                x = area.x + cell.x + k * cell.pitch
                if head and (k == 0 or cell.pitch):
                    self._head(head, Rect(x, area.y, cell.w, section.head_h))
        top = area.y + section.head_h
        for r in range(1, section.page_rows + 1):
            self._row(section, Rect(area.x, top + (r - 1) * section.row_h, area.w, section.row_h), r)
        bottom = top + section.page_rows * section.row_h
        b.lines.append(Line(area.x, bottom, area.right, bottom, 25))
        self.tables.append(Table(section, tuple(b.row_cells[first:])))
        return bottom

    def _head(self, words: str, rect: Rect) -> None:
        for i, line in enumerate(wrap(words, 1000, rect.w - 100, bold=True)):
            self.b.text(rect.x + 80, rect.y + 20 + i * leading(1000), line, 1000, bold=True)

    def _row(self, section: Section, rect: Rect, r: int) -> None:
        b = self.b
        b.lines.append(Line(rect.x, rect.y, rect.right, rect.y, 25))
        for cell in section.cells:
            for k in range(cell.repeat):
                column = k + 1 if cell.repeat > 1 else None
                self._cell(cell, rect, r, column, k)

    def _cell(self, cell: Cell, row: Rect, r: int, column: int | None, k: int) -> None:
        b = self.b
        rect = Rect(
            row.x + cell.x + k * cell.pitch, row.y + cell.y + k * cell.pitch_y, cell.w, cell.h or row.h - cell.y
        )
        if cell.border and rect.x > row.x:
            b.lines.append(Line(rect.x, rect.y, rect.x, rect.bottom, 15))
        if cell.border and cell.pitch_y and k:
            b.lines.append(Line(rect.x, rect.y, rect.right, rect.y, 10, 50))
        if cell.lines:
            b.row_cells.append(RowCell(cell, rect, r, column))
        for item in cell.items:
            at = At(
                rect.x + (item.x or 0),
                rect.y + (item.y or 0),
                item.w if item.w is not None else rect.w - (item.x or 0),
                r,
                column,
            )
            place(b, item, at)

    # -- time grids -----------------------------------------------------------------------------

    def _grid(self, section: Section, area: Rect) -> Hmm:
        """Place a time grid: labels, the columns of the past (print only), the columns to write."""
        b = self.b
        y = area.y
        first_x = area.x + section.label_w + section.past_columns * section.past_w
        for row in section.grid_rows:
            b.lines.append(Line(area.x, y, area.right, y, 20))
            self._grid_label(
                row.label.get(b.language), row.notes.get(b.language), Rect(area.x, y, section.label_w, row.h)
            )
            for p in range(section.past_columns):
                if row.past:
                    slot = Rect(area.x + section.label_w + p * section.past_w, y + 60, section.past_w, row.h - 60)
                    self.past.append(Slot(Item(kind="value", link_id=row.past, align="center"), slot, None, p + 1))
            for c in range(1, section.columns + 1):
                for item in row.items:
                    x = first_x + (c - 1) * section.column_w + (item.x or 0)
                    width = item.w if item.w is not None else section.column_w - (item.x or 0)
                    place(b, item, At(x, y + (item.y or 0), width, None, c))
            y += row.h
        for c in range(section.columns + section.past_columns + 1):
            past = min(c, section.past_columns)
            x = area.x + section.label_w + past * section.past_w + (c - past) * section.column_w
            b.lines.append(Line(x, area.y, x, y, 25 if c == section.past_columns else 15))
        b.lines.append(Line(area.x, y, area.right, y, 25))
        return y

    def _grid_label(self, label: str, notes: str, rect: Rect) -> None:
        b = self.b
        y = rect.y + 40
        for line in wrap(label, 1000, rect.w - 60, bold=True):
            b.text(rect.x + 20, y, line, 1000, bold=True)
            y += leading(1000)
        for line in notes.split("\n") if notes else ():
            if text_width(line, 1000) > rect.w or y + leading(1000) > rect.bottom + 40:
                raise PlanError(
                    "E405",
                    place=f"form {self.form.id}, grid row “{label}”",
                    fault=f"the note “{line}” does not fit.",
                    cure="Use fewer words, a wider label column or a higher row.",
                )
            b.text(rect.x + 20, y, line, 1000)
            y += leading(1000)


def with_variant(variant: Variant, *, wide: bool) -> Variant:
    """Return the variant with the wide identity block, or without it."""
    return replace(variant, wide=wide)
