"""A form as its author writes it: what to print, what to ask, and where.

A form has **pages** (sides). A page has **sections**, placed in the body of the page, which is
178 × 180 mm on every paper. A section is one of

* ``flow`` – items one after the other, left to right, then down;
* ``table`` – rows bound to a list of the snapshot (drug orders, patients of a ward, …), every row with
  the same cells; rows that do not fit go on to further pages;
* ``grid`` – a time grid: one row a parameter, one column a time.

Lengths are in 0.01 mm (the TOML has millimetres), sizes in hundredths of a point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from papermode.geometry import Hmm
from papermode.model.layout import Band

BODY_W: Hmm = 17800
BODY_H: Hmm = 18000

ItemKind = Literal[
    # printed only
    "text",
    "value",
    "list",
    "chart",
    "code128",
    "qr",
    # to write on
    "mark",
    "choice",
    "multi",
    "yesno",
    "line",
    "note",
    "integer",
    "decimal",
    "date",
    "time",
    "signature",
    "score",
    "label",
]
PRINTED_KINDS: frozenset[str] = frozenset({"text", "value", "list", "chart", "code128", "qr"})

SectionKind = Literal["flow", "table", "grid"]

Subject = Literal["patient", "ward", "unbound"]
"""Whose page it is: one patient's, the ward's, or nobody's yet (new admission)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one or more languages; the first is the form's own language."""

    by_language: tuple[tuple[str, str], ...] = ()

    def get(self, language: str) -> str:
        """Return the text in ``language``, else in the form's own language, else ''."""
        for code, text in self.by_language:
            if code == language:
                return text
        return self.by_language[0][1] if self.by_language else ""

    def __bool__(self) -> bool:
        return any(text for _, text in self.by_language)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice."""

    value: str
    """What the answer is called in the data, e.g. ``given``."""
    label: Words = field(default_factory=Words)
    """What is printed beside the mark, e.g. ``G``."""
    code: str = ""
    """``system|code``, e.g. ``http://loinc.org|LA6576-8``."""
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing printed or asked.

    ``x``, ``y`` place it in its section, cell or grid cell (``None`` in a flow: after the one before).
    """

    kind: ItemKind
    link_id: str = ""
    """FHIR ``linkId``; required for every kind that is written on."""
    label: Words = field(default_factory=Words)
    text: Words = field(default_factory=Words)
    """Template of ``text``, ``value`` and, one entry a line, ``list``."""
    each: str = ""
    """``list``: the list of the context that is printed, e.g. ``problems``."""
    x: Hmm | None = None
    y: Hmm | None = None
    w: Hmm | None = None
    h: Hmm | None = None
    size: int = 1000
    bold: bool = False
    align: Literal["left", "center", "right"] = "left"
    options: tuple[Option, ...] = ()
    label_side: Literal["right", "above", "left"] = "right"
    """Where option labels stand: 1.5 mm from the mark."""
    pitch: Hmm | None = None
    """Distance of mark to mark along the row; ``None`` = as wide as the labels need."""
    cells: int = 0
    """Combs: number of cells; ``integer`` and ``decimal`` need it, dates have 8, times 4."""
    point: int = 0
    """``decimal``: cells before the decimal point."""
    cell_w: Hmm = 550
    cell_h: Hmm = 750
    unit: str = ""
    code: str = ""
    """``system|code`` of the question (LOINC, SNOMED CT)."""
    required: bool = False
    minimum: str = ""
    maximum: str = ""
    """Plausible range of a number, digits as written."""
    rule: str = ""
    """``score``: the name of its scoring rule, e.g. ``news2``."""
    bands: tuple[Band, ...] = ()
    """Combs: which score the number has."""
    marks: str = ""
    """Combs with ``bands``: link_id of the marks that give the score as well."""
    sum: tuple[str, ...] = ()
    """Combs: link_ids of what adds up to the number; with ``-`` before it, it is taken away."""
    sign: str = ""
    """Combs: link_id of the choice whose answer ``negative`` makes the number negative."""
    series: tuple[str, ...] = ()
    """``chart``: LOINC codes drawn."""
    bullet: bool = True
    """``list``: put a bullet before each entry."""
    border: bool = False
    """``value``, ``list``, ``text``: draw a frame."""
    gray: int = 100
    """Background of ``text`` and ``value``: 100 white … 85 light gray."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of every row of a table; with ``repeat`` > 1 a run of equal cells (times, entries, lines)."""

    x: Hmm
    w: Hmm
    y: Hmm = 0
    h: Hmm | None = None
    """``None`` = the height of the row."""
    head: Words = field(default_factory=Words)
    repeat: int = 1
    pitch: Hmm = 0
    """Distance from one of the run to the next, to the right."""
    pitch_y: Hmm = 0
    """Distance from one of the run to the next, downwards."""
    lines: tuple[Item, ...] = ()
    """``value`` and ``text`` items printed one below the other; the text of a row flows through them,
    and on into the next row when it is too long."""
    items: tuple[Item, ...] = ()
    """Items at fixed places in the cell, once for each of the run; their ``column`` is the number in
    the run (1, 2, …) where ``repeat`` > 1."""
    border: bool = True


@dataclass(frozen=True, slots=True)
class GridRow:
    """One parameter of a time grid."""

    label: Words
    h: Hmm
    notes: Words = field(default_factory=Words)
    """Small lines under the label (score bands), newline-separated."""
    past: str = ""
    """Key of the value printed in the columns of the past, e.g. ``pulse``."""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page's body, ``w`` × ``h`` at (x, y) of the body."""

    kind: SectionKind = "flow"
    title: Words = field(default_factory=Words)
    x: Hmm = 0
    y: Hmm | None = None
    """``None`` = below the section before."""
    w: Hmm = BODY_W
    h: Hmm | None = None
    """``None`` = as high as the contents."""
    border: bool = False
    items: tuple[Item, ...] = ()
    # tables
    rows: str = ""
    """``table``: the list of the context whose entries are the rows."""
    row_h: Hmm = 0
    page_rows: int = 0
    blank_rows: int = 0
    """Empty rows to be left for new entries, on the last page."""
    row_text: Words = field(default_factory=Words)
    """Template of the row's words in the manifest."""
    head_h: Hmm = 0
    cells: tuple[Cell, ...] = ()
    # grids
    columns: int = 0
    column_w: Hmm = 0
    label_w: Hmm = 0
    past_columns: int = 0
    past_w: Hmm = 0
    grid_rows: tuple[GridRow, ...] = ()
    id: str = ""
    """What overlays call the section; '' where none needs to."""


@dataclass(frozen=True, slots=True)
class FormPage:
    """One side of a form. A page without a table is one side; a page with one is as many as it needs."""

    sections: tuple[Section, ...]
    title: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Form:
    """A form definition, one version of it."""

    id: str
    """At most 8 of ``0-9A-Z-.``: it is in every claim."""
    version: int
    title: Words
    pages: tuple[FormPage, ...]
    subject: Subject = "patient"
    language: str = "en"
    when: str = ""
    """Jinja2 expression over the context; the form is printed where it is true. '' = always."""
    sheets: int = 1
    """How many consecutive time sheets are printed (``sheet`` in the context)."""
    sheet_hours: int = 24
    extends: str = ""
    licence: str = ""
    """Where the instrument's licence asks for it: an acknowledgement, printed in the footer."""
    source: str = ""
    """The file it was loaded from."""
    code: str = ""

    def __hash__(self) -> int:
        """Forms are keys of caches, and to hash all of one takes as long as to fill a page."""
        return hash((self.id, self.version))
