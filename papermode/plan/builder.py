"""Collects what a layout is made of while a page is being laid out.

The builder is the one mutable thing of ``plan``; :meth:`Builder.finish` freezes it into a
:class:`~papermode.model.layout.Layout` and the slots that a patient's text goes into.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from papermode.geometry import POINT_HMM, Hmm, Paper, Rect
from papermode.model.form import Cell, Item
from papermode.model.layout import (
    MARK_SIZE,
    Area,
    Box,
    CodePlace,
    Layout,
    Line,
    Text,
    Zone,
    layout_id,
)
from papermode.model.places import corner_places

MAX_ANCHORS: Final = 120
Align = Literal["left", "center", "right"]


def em(size: int) -> Hmm:
    """Return the height of the em of a type size (hundredths of a point) in 0.01 mm."""
    return round(size * POINT_HMM / 100)


def leading(size: int) -> Hmm:
    """Return the distance from baseline to baseline."""
    return round(size * POINT_HMM / 100 * 1.08)


def baseline(top: Hmm, size: int) -> Hmm:
    """Return the baseline of a line whose box starts at ``top``."""
    return top + round(size * POINT_HMM / 100 * 0.86)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that is filled for each patient: the item that says with what, and where."""

    item: Item
    rect: Rect
    row: int | None = None
    column: int | None = None
    title: str = ""
    """The section's title, to name a list on a continuation page."""


@dataclass(frozen=True, slots=True)
class RowCell:
    """The text part of one cell of one row of a table (or one of a run of cells)."""

    cell: Cell
    rect: Rect
    row: int
    column: int | None


@dataclass(slots=True)
class Builder:
    """Everything placed so far on one page."""

    paper: Paper
    language: str
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    codes: list[CodePlace] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    crosses: list[Rect] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    row_cells: list[RowCell] = field(default_factory=list)

    def text(
        self,
        x: Hmm,
        top: Hmm,
        words: str,
        size: int = 1000,
        *,
        bold: bool = False,
        align: Align = "left",
        gray: int = 0,
    ) -> None:
        """Place one line of static words whose line box starts at ``top``."""
        if words:
            self.texts.append(Text(x, baseline(top, size), words, size, bold, align, gray))

    def frame(self, rect: Rect, width: Hmm = 20, gray: int = 0, *, dash: bool = False) -> None:
        """Draw the outline of ``rect``."""
        for x1, y1, x2, y2 in (
            (rect.x, rect.y, rect.right, rect.y),
            (rect.right, rect.y, rect.right, rect.bottom),
            (rect.x, rect.bottom, rect.right, rect.bottom),
            (rect.x, rect.y, rect.x, rect.bottom),
        ):
            self.lines.append(Line(x1, y1, x2, y2, width, gray, dash))

    def mark(self, x: Hmm, y: Hmm, box: Box) -> None:
        """Place a mark box with its top left corner at (x, y)."""
        self.boxes.append(replace(box, kind="mark", rect=Rect(x, y, MARK_SIZE, MARK_SIZE)))

    def finish(self) -> Layout:
        """Freeze the page's layout and give it its id."""
        w, h = self.paper.w, self.paper.h
        layout = Layout(
            size=(w, h),
            corners=corner_places((w, h)),
            codes=tuple(self.codes),
            zones=tuple(self.zones),
            boxes=tuple(self.boxes),
            anchors=self._anchors(),
            lines=tuple(self.lines),
            areas=tuple(self.areas),
            texts=tuple(self.texts),
        )
        return replace(layout, id=layout_id(layout.as_dict()))

    def _anchors(self) -> tuple[Rect, ...]:
        """Choose outlines spread over the page: every mark and comb, thinned evenly when there are many."""
        outlines = [b.rect for b in self.boxes if b.kind != "crop"]
        step = max(1, -(-len(outlines) // (MAX_ANCHORS - len(self.crosses))))
        return tuple(self.crosses + outlines[::step])
