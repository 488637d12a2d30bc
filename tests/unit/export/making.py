"""Reviewed pages of the shipped forms, as the review desk hands them over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from papermode.export.bundle import BundleResult, bundle
from papermode.export.fhirjson import Json, loads
from papermode.export.naming import Naming
from papermode.export.policy import Policy, load_policy
from papermode.formdef.load import load_library
from papermode.model.answers import Answer, ReviewedPage
from papermode.model.form import Form, Item, Section
from papermode.model.packet import Subject

ROOT: Final = Path(__file__).resolve().parents[3]
ZONE: Final = ZoneInfo("America/New_York")
PRINTED: Final = datetime(2026, 11, 24, 3, 0, tzinfo=ZONE)
CONFIRMED: Final = datetime(2026, 11, 25, 9, 30, tzinfo=ZONE)
PACKET: Final = "01KB7Z0000ABCDEFGHJKMNPQRS"
NAMING: Final = Naming()
PDF: Final = b"%PDF-1.7\n% a page\n%%EOF\n"
ORDER: Final = "MedicationRequest/med-1"


@cache
def forms() -> dict[tuple[str, int], Form]:
    return dict(load_library([ROOT / "forms"]).versions)


def form(identifier: str) -> Form:
    return forms()[identifier, 1]


@cache
def policy() -> Policy:
    return load_policy()


def at(text: str) -> datetime:
    """``24T08:30`` -> that day and time of November 2026."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE)


def answer(
    link_id: str, value: str | tuple[str, ...] | None, row: int | None = None, column: int | None = None, **more: Any
) -> Answer:
    values: dict[str, Any] = {"kind": "comb", "outcome": "entered", "by": "R. Clerk", "confirmed_at": CONFIRMED} | more
    return Answer(link_id=link_id, value=value, row=row, column=column, **values)


def page(form_id: str, answers: Iterable[Answer], number: int = 7, **more: Any) -> ReviewedPage:
    values: dict[str, Any] = {
        "packet": PACKET,
        "page": number,
        "form": form_id,
        "version": 1,
        "site": "GEN",
        "ward": "4W",
        "subject": Subject("00123456", "Doe, Jane", "1950-03-04"),
        "encounter": "V1",
        "patient_ref": "Patient/pat-01",
        "encounter_ref": "Encounter/enc-01",
        "printed_at": PRINTED,
        "answers": tuple(answers),
        "image_sha256": "00" * 32,
        "confirmed_by": "R. Clerk",
        "confirmed_at": CONFIRMED,
        "software": "papermode 0.1.0",
    }
    return ReviewedPage(**values | more)


def dose(
    row: int, column: int, status: str, time: str = "", when: datetime | None = None, reason: str = "", **more: Any
) -> tuple[Answer, ...]:
    """One dose cell of a MAR as it comes from the desk."""
    bound: dict[str, Any] = {"ref": ORDER, "row_text": "10 mg oxycodone by mouth", "at": when} | more
    found = [answer("mar.status", status, row, column, **bound)]
    if time:
        found.append(answer("mar.time", time, row, column, **bound))
    if reason:
        found.append(answer("mar.reason", reason, row, column, **bound))
    return tuple(found)


def vitals(column: int, clock: str, when: datetime, **values: str) -> tuple[Answer, ...]:
    """One column of a vital signs sheet."""
    hour, minute = clock[:2], clock[2:]
    all_of = {"hour": hour, "minute": minute} | values
    return tuple(answer(f"v.{name}", value, None, column, at=when) for name, value in all_of.items())


def send(*pages: ReviewedPage, **more: Any) -> BundleResult:
    values: dict[str, Any] = {
        "forms": forms(),
        "images": lambda _page: PDF,
        "naming": NAMING,
        "policy": policy(),
    } | more
    return bundle(pages, **values)


def resources(result: BundleResult, kind: str) -> list[Json]:
    found = loads(result.json).get("entry", [])
    return [e["resource"] for e in found if e["resource"]["resourceType"] == kind]


def reasons(result: BundleResult) -> set[tuple[str, str]]:
    return {(entry.link_id, entry.reason) for entry in result.left_out}


def changed(found: Any, **more: Any) -> Any:
    return replace(found, **more)


def with_item(found: Form, link_id: str, **more: Any) -> Form:
    """The form with something else about one of its items."""

    def items(some: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(replace(i, **more) if i.link_id == link_id else i for i in some)

    def section(s: Section) -> Section:
        cells = tuple(replace(c, items=items(c.items)) for c in s.cells)
        rows = tuple(replace(r, items=items(r.items)) for r in s.grid_rows)
        return replace(s, items=items(s.items), cells=cells, grid_rows=rows)

    return replace(found, pages=tuple(replace(p, sections=tuple(map(section, p.sections))) for p in found.pages))
