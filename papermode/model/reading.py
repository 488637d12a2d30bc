"""What the reader saw on scanned pages, with its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from papermode.model.claim import Claim

PageStatus = Literal["read", "review", "blank", "foreign", "unreadable"]
AnswerState = Literal["sure", "unsure", "empty"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One reading per (link_id, row, column)."""

    link_id: str
    kind: Literal["mark", "comb", "crop"]
    value: str | tuple[str, ...] | None
    """Mark: the manifest's value, or several where several are allowed; ``None`` when empty."""
    state: AnswerState
    confidence: float
    row: int | None = None
    column: int | None = None
    trace: str = ""
    """Of a crop with writing: where its ink is, to tell it from other writing (:mod:`papermode.scan.trace`)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a page lies on its layout."""

    p95_mm: float
    """95th percentile of the distance between where printed features are and where the layout has them."""
    anchors_found: int
    anchors_total: int
    edge_offset_mm: float = 0.0
    """Median offset of the printed box edges (style.md 3.1: catches drift that reading cannot see)."""


@dataclass(frozen=True, slots=True)
class PageReading:
    """One image of one side."""

    file: str
    index: int
    """0-based image in the file."""
    status: PageStatus
    why: tuple[str, ...] = ()
    """Reasons of a status other than ``read``, in words."""
    claim: Claim | None = None
    claim_text: str = ""
    locator_text: str = ""
    trust: str = ""
    """``card`` (pinned or the site's), ``folder`` (the packet folder's own card), '' (not verified)."""
    layout_id: str = ""
    rotation: int = 0
    """Clockwise degrees (0, 90, 180, 270) by which the image must be turned to be upright."""
    fit: Fit | None = None
    answers: tuple[Answer, ...] = ()
    written: bool = False
    other_codes: tuple[str, ...] = ()
    """Texts of other barcodes on the page; never acted on."""
    picture: str = ""
    """SHA-256 of the page's upright picture in the store; '' where nothing is stored. It is flat (a place on the
    layout is a place in it) where ``layout_id`` is set."""
