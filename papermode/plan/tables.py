"""Fills the rows of a table: which record goes into which row of which page, and its words.

A record whose words do not fit its row takes the next row too ('continued, mark above', same binding).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from papermode.geometry import Hmm
from papermode.model.form import Cell, Section
from papermode.model.layout import CLEARANCE
from papermode.model.packet import Row
from papermode.plan.builder import RowCell, leading
from papermode.plan.fill import PAD, Fills
from papermode.plan.sheets import Table
from papermode.plan.words import word
from papermode.typeset.templates import render
from papermode.typeset.wrap import wrap

Line3 = tuple[str, int, bool]
TEXT_TOP: Final[Hmm] = 30
"""From the upper edge of a cell to the first line of its text."""
CROPS: Final = frozenset({"line", "note"})
"""Items that print may stand close to: their ink is looked at by people."""


@dataclass(frozen=True, slots=True)
class RowFill:
    """One physical row: its record (``None`` = blank) and the words of each flowing text cell."""

    entry: Mapping[str, Any] | None = None
    texts: tuple[tuple[Line3, ...], ...] = ()
    continued: bool = False


@dataclass(slots=True)
class PageRows:
    """The rows of one page of the table."""

    rows: list[RowFill] = field(default_factory=list)


def pages_of(
    table: Table, entries: Sequence[Mapping[str, Any]], context: Mapping[str, Any], language: str
) -> list[PageRows]:
    """Distribute the records over the rows of as many pages as they need, and leave blank rows."""
    section = table.section
    scope = dict(context)
    rows: list[RowFill] = []
    for entry in entries:
        scope["row"] = entry
        rows += _rows_of(section, entry, scope, language)
    need = len(rows) + section.blank_rows
    count = max(1, -(-need // section.page_rows))
    rows += [RowFill()] * (count * section.page_rows - len(rows))
    return [PageRows(rows[i : i + section.page_rows]) for i in range(0, len(rows), section.page_rows)]


def _flowing(section: Section) -> list[Cell]:
    return [c for c in section.cells if c.lines and c.repeat == 1]


def text_height(cell: Cell, row_h: Hmm) -> Hmm:
    """Return the height that the text of a cell may take: down to the topmost item placed in it."""
    edges = [i.y - (TEXT_TOP + CLEARANCE if i.kind not in CROPS else 0) for i in cell.items if i.y is not None]
    return min(edges, default=cell.h or row_h - cell.y) - 40


def _rows_of(section: Section, entry: Mapping[str, Any], scope: Mapping[str, Any], language: str) -> list[RowFill]:
    """Return the physical rows that one record takes; ``scope`` has the record as ``row``."""
    columns = [
        _split(_lines(cell, scope, language), text_height(cell, section.row_h), _continued(cell, language))
        for cell in _flowing(section)
    ]
    count = max([1, *(len(c) for c in columns)])
    return [RowFill(entry, tuple(c[i] if i < len(c) else () for c in columns), continued=i > 0) for i in range(count)]


def _lines(cell: Cell, context: Mapping[str, Any], language: str) -> list[Line3]:
    out: list[Line3] = []
    for item in cell.lines:
        text = render(item.text.get(language), context)
        if text:
            out += [(line, item.size, item.bold) for line in wrap(text, item.size, cell.w - 2 * PAD, bold=item.bold)]
    return out


def _continued(cell: Cell, language: str) -> list[Line3]:
    """Return the lines that every further row of a record begins with."""
    words = wrap(word(language, "continued_mark_above"), 1000, cell.w - 2 * PAD, bold=True)
    return [(line, 1000, True) for line in words]


def _split(lines: list[Line3], room: Hmm, head: list[Line3]) -> list[tuple[Line3, ...]]:
    """Split lines over rows of ``room`` height; every further row begins with ``head``."""
    rows: list[tuple[Line3, ...]] = []
    current: list[Line3] = []
    used = 0
    for line in lines:
        step = leading(line[1])
        if current and used + step > room:
            rows.append(tuple(current))
            current = [*head]
            used = sum(leading(size) for _, size, _ in head)
        current.append(line)
        used += step
    rows.append(tuple(current))
    return rows


def fill_rows(f: Fills, table: Table, page: PageRows, context: Mapping[str, Any]) -> tuple[tuple[int, Row], ...]:
    """Print the rows of one page; return what each row means."""
    flowing = _flowing(table.section)
    scope = dict(context)
    for rc in table.row_cells:
        row = page.rows[rc.row - 1]
        if row.entry is None:
            continue
        if rc.column is None:
            _fill_lines(f, rc, row.texts[flowing.index(rc.cell)])
        elif not row.continued:
            scope["row"] = row.entry
            _fill_run(f, rc, row.entry, scope)
    return tuple(_bindings(table.section, page, scope, f.language))


def _fill_lines(f: Fills, rc: RowCell, lines: Sequence[Line3]) -> None:
    y = rc.rect.y + TEXT_TOP
    for text, size, bold in lines:
        f.line(rc.rect.x + PAD, y, text, size, bold=bold)
        y += leading(size)


def _fill_run(f: Fills, rc: RowCell, entry: Mapping[str, Any], scope: dict[str, Any]) -> None:
    """Print the words of one of a run of cells, e.g. the due time of a dose; ``scope`` has the record as ``row``."""
    cells = entry.get("due") or []
    if rc.column is None or rc.column > len(cells):
        return
    scope["cell"] = cells[rc.column - 1]
    y = rc.rect.y + TEXT_TOP
    for item in rc.cell.lines:
        text = render(item.text.get(f.language), scope)
        width = item.w if item.w is not None else rc.rect.w - 2 * PAD
        for line in wrap(text, item.size, width, bold=item.bold) if text else ():
            f.line(rc.rect.x + PAD, y, line, item.size, bold=item.bold)
            y += leading(item.size)


def _bindings(section: Section, page: PageRows, scope: dict[str, Any], language: str) -> list[tuple[int, Row]]:
    out = []
    template = section.row_text.get(language)
    scope.pop("cell", None)
    for number, row in enumerate(page.rows, 1):
        if row.entry is None:
            continue
        scope["row"] = row.entry
        text = render(template, scope) if template else str(row.entry.get("short") or row.entry["text"])
        times = tuple((i, c["at"]) for i, c in enumerate(row.entry.get("due") or (), 1) if c.get("at"))
        out.append((number, Row(str(row.entry.get("ref", "")), text, times)))
    return out
