"""Answers: readings that a rule or a person has accepted. Only these are filed to the EHR.

A page's answers are filed together; nothing of a page is filed before a named person has confirmed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from papermode.model.packet import Subject

Outcome = Literal["entered", "image-only", "needs-nurse", "pharmacy", "rescan", "void"]
"""What a person decided: ``entered`` becomes data; ``image-only`` is filed with the page's picture alone;
``void`` was struck out on paper (the V mark); the others wait for somebody else and are not filed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where on paper an answer comes from."""

    scan_sha256: str
    """The scanned file, by content."""
    index: int
    """0-based image in the file."""
    rect: tuple[int, int, int, int]
    """The box on the page, 0.01 mm."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One accepted answer, with what the machine read and who accepted it."""

    link_id: str
    kind: Literal["mark", "comb", "crop"]
    value: str | tuple[str, ...] | None
    """``None`` = the question was left unanswered on paper."""
    outcome: Outcome
    row: int | None = None
    column: int | None = None
    at: datetime | None = None
    """Time of care as written on paper, in the site's zone; ``None`` where the page gives none."""
    unit: str = ""
    code: str = ""
    label: str = ""
    ref: str = ""
    """The EHR's reference that the row is bound to, e.g. ``MedicationRequest/…``."""
    row_text: str = ""
    read: str | tuple[str, ...] | None = None
    """What the machine read, before any correction."""
    confidence: float = 0.0
    origin: Origin | None = None
    by: str = ""
    """Who confirmed or corrected it (a named user)."""
    confirmed_at: datetime | None = None
    second: str = ""
    """The second person, where the site's policy asks for one."""


@dataclass(frozen=True, slots=True)
class ReviewedPage:
    """One page that a person has finished, with all its answers."""

    packet: str
    page: int
    form: str
    version: int
    site: str
    ward: str
    subject: Subject | None
    """``None``: the page is bound to no patient (yet)."""
    encounter: str
    patient_ref: str
    """The EHR's reference of the patient, e.g. ``Patient/pat-01``; '' where only the MRN is known."""
    encounter_ref: str
    printed_at: datetime
    answers: tuple[Answer, ...]
    image_sha256: str
    """The page's upright picture in the store."""
    confirmed_by: str
    confirmed_at: datetime
    software: str = ""
    copy: str = ""
    """Tells apart the sheets copied from one master, which all have the same packet and page; '' for a page
    printed once."""
