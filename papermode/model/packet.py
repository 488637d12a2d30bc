"""A packet: all pages of one print run for one ward, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from papermode.geometry import Rect
from papermode.model.layout import Layout, Line, Text


@dataclass(frozen=True, slots=True)
class Row:
    """What a row means on this page: the EHR's reference, and its words."""

    ref: str
    text: str
    times: tuple[tuple[int, str], ...] = ()
    """(column, ISO time with offset) of the doses of this row, where the columns differ from row to row."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A small line chart drawn into ``rect``: series of (x, y) in 0.01 mm with a marker shape each."""

    rect: Rect
    lines: tuple[Line, ...]
    dots: tuple[tuple[int, int, Literal["round", "square", "up", "down"]], ...] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128 symbol drawn into ``rect``; ``widths`` are alternating bar and space modules."""

    rect: Rect
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A QR symbol of its own, beside the page's claim and locator: the certificate of the key that signed."""

    rect: Rect
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose page it is, as the manifest keeps it."""

    mrn: str
    name: str
    birth_date: str


@dataclass(frozen=True, slots=True)
class Page:
    """One side to print: a layout, and what is particular to this patient and time."""

    form: str
    version: int
    layout: Layout
    fills: tuple[Text, ...]
    rules: tuple[Line, ...] = ()
    charts: tuple[Chart, ...] = ()
    bars: tuple[Bars, ...] = ()
    codes: tuple[Code, ...] = ()
    subject: Subject | None = None
    encounter: str = ""
    set_x: int = 1
    set_y: int = 1
    """The printed 'page x of y' of the patient set."""
    rows: tuple[tuple[int, Row], ...] = ()
    columns: tuple[tuple[int, str], ...] = ()
    """(column, ISO time with offset)."""
    title: str = ""
    bookmark: str = ""
    """Non-empty on the first page of a set: the outline entry."""
    claim_text: str = ""
    locator_text: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """All pages of one print run for one ward."""

    id: str
    site: str
    ward: str
    zone: str
    """IANA time zone of all printed local times."""
    language: str
    printed_at: datetime
    as_of: datetime
    sources: tuple[str, ...]
    pages: tuple[Page, ...]
    cards: tuple[str, ...]
    """Public key card and certificate texts (PMR1, PMK1)."""
    patients: int = 0
    problems: tuple[str, ...] = field(default=())
    """What went wrong and is named on paper, without identifiers."""
