"""A desk in memory: the review page without store, scans and forms."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from papermode.geometry import Rect
from papermode.model.answers import ReviewedPage
from papermode.model.packet import Subject
from papermode.review.desk import (
    Aside,
    Choice,
    DeskError,
    Event,
    Field,
    Head,
    MovedError,
    Person,
    Place,
    Printed,
    Sheet,
    TakenError,
)
from papermode.review.values import doubtful

START = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
PACKET = "01KB0000000000000000000000"
A4 = (21000, 29700)
ANA = Person(Subject("00123456", "Rivera, Ana", "1956-03-02"), "4W", "Patient/pat-01", "E1", "Encounter/e1")
BO = Person(Subject("00777", "Lund, Bo", "1980-12-30"), "4W", "Patient/pat-02", "E2", "Encounter/e2")


def sheet_id(number: int) -> str:
    return f"{hashlib.sha256(str(number).encode()).hexdigest()}-0"


def number_field(link_id: str, column: int | None, **more: object) -> Field:
    """Return a field of two digits, read with doubt."""
    y = 6000 + 1100 * int(str(abs(hash(link_id)) % 15))
    given = Field(
        link_id,
        "comb",
        link_id,
        Rect(2000 + 1800 * (column or 1), y, 1100, 750),
        column=column,
        format="integer",
        cells=3,
        minimum="40",
        maximum="100",
        read="97",
        state="unsure",
        confidence=0.62,
    )
    return replace(given, **more)  # type: ignore[arg-type]


def mark_field(link_id: str, row: int | None, column: int | None, **more: object) -> Field:
    """Return a field of three marks, read without doubt."""
    choices = (Choice("given", "G"), Choice("not-given", "N"), Choice("in-ehr", "E"))
    given = Field(
        link_id,
        "mark",
        "Dose",
        Rect(3000 + 2500 * (column or 1), 5000 + 2700 * (row or 1), 1700, 400),
        row,
        column,
        choices=choices,
        read="given",
        state="sure",
        confidence=0.99,
        row_text="metoprolol 25 mg by mouth",
        column_text="Tue 08:00",
    )
    return replace(given, **more)  # type: ignore[arg-type]


def printed(page: int = 1, person: Person | None = ANA, **more: object) -> Printed:
    given = Printed(
        PACKET,
        page,
        "VITALS",
        1,
        "Vital signs",
        "4W",
        "TEST",
        START - timedelta(days=1),
        person.subject if person else None,
        person.encounter if person else "",
        page,
        9,
    )
    return replace(given, **more)  # type: ignore[arg-type]


def head(number: int, **more: object) -> Head:
    given = Head(
        sheet_id(number),
        "read",
        "open",
        "scan.pdf",
        number,
        START + timedelta(seconds=number),
        printed=printed(number),
        match="same",
        risk=2,
        written=True,
    )
    return replace(given, **more)  # type: ignore[arg-type]


@dataclass
class FakeDesk:
    """The desk."""

    language: str = "en"
    zone: str = "America/New_York"
    sheets: dict[str, Sheet] = field(default_factory=dict)
    log: list[Event] = field(default_factory=list)
    finished: dict[str, list[ReviewedPage]] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    persons: tuple[Person, ...] = (ANA, BO)
    pages: tuple[Printed, ...] = ()
    codes: dict[str, Printed] = field(default_factory=dict)
    identified: dict[str, Place] = field(default_factory=dict)
    time: datetime = START

    def __post_init__(self) -> None:
        self._guard = threading.RLock()

    def add(self, head: Head, *fields: Field, person: Person | None = ANA, flat: bool = True) -> str:
        doubts = sum(doubtful(f) for f in fields)
        self.sheets[head.id] = Sheet(
            replace(head, doubts=doubts),
            A4,
            flat,
            "a" * 64,
            fields,
            Rect(1600, 1600, 12000, 2000) if flat else None,
            person,
            START,
        )
        return head.id

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def heads(self) -> Sequence[Head]:
        return [self.head(i) for i in self.sheets]

    def head(self, sheet: str) -> Head:
        return replace(self.sheets[sheet].head, locked_by=self.locks.get(sheet, ""))

    def sheet(self, sheet: str, language: str, place: Place | None = None) -> Sheet:
        found = replace(self.sheets[sheet], head=self.head(sheet))
        if place is not None:
            known = next(p for p in self.pages if p.place == place)
            return replace(found, head=replace(found.head, printed=known))
        return found

    def picture(self, sha256: str) -> bytes:
        if sha256 != "a" * 64:
            raise KeyError(sha256)
        image = Image.new("L", (840, 1188), 250)
        draw = ImageDraw.Draw(image)
        for y in range(60, 1180, 40):
            draw.line((60, y, 780, y), fill=60)
            draw.text((70, y + 8), f"Rivera, Ana  line {y}", fill=0)
        out = io.BytesIO()
        image.save(out, "JPEG")
        return out.getvalue()

    def events(self, sheet: str | None = None) -> Sequence[Event]:
        return [e for e in self.log if sheet in (None, e.sheet)]

    def record(self, event: Event, seen: int) -> Event:
        with self._guard:
            if self.locks.get(event.sheet, event.user) != event.user:
                raise TakenError("{name} works on this sheet.", name=self.locks[event.sheet])
            count = len(self.events(event.sheet))
            if count != seen:
                raise MovedError("Somebody else has changed this sheet. It is shown anew.")
            whole = replace(event, number=count)
            self.log.append(whole)
            return whole

    def _set(self, sheet: str, **more: object) -> None:
        old = self.sheets[sheet]
        self.sheets[sheet] = replace(old, head=replace(old.head, **more))  # type: ignore[arg-type]

    def finish(self, sheet: str, user: str, page: ReviewedPage, replaces: str = "") -> None:
        self.finished.setdefault(sheet, []).append(page)
        self._set(sheet, state="confirmed", filed_for=page.subject.mrn if page.subject else "")
        if replaces:
            self._set(replaces, state="aside", aside="replaced")

    def identify(self, sheet: str, user: str, place: Place) -> None:
        self.identified[sheet] = place

    def set_aside(self, sheet: str, user: str, outcome: Aside) -> None:
        self._set(sheet, state="aside", aside=outcome, to_rescan=outcome == "rescan")

    def reopen(self, sheet: str, user: str) -> None:
        if self.sheets[sheet].head.state == "filed":
            raise DeskError("This page is filed.")
        self.finished.pop(sheet, None)
        self._set(sheet, state="open", aside="", to_rescan=False)

    def lock(self, sheet: str, user: str) -> str:
        if sheet not in self.sheets:
            raise KeyError(sheet)
        with self._guard:
            holder = self.locks.setdefault(sheet, user)
            return "" if holder == user else holder

    def unlock(self, sheet: str, user: str) -> None:
        if self.locks.get(sheet) == user:
            del self.locks[sheet]

    def people(self, text: str) -> Sequence[Person]:
        words = text.casefold().split()
        return [p for p in self.persons if all(w in f"{p.subject.name} {p.subject.mrn}".casefold() for w in words)]

    def person(self, mrn: str) -> Person | None:
        return next((p for p in self.persons if p.subject.mrn == mrn), None)

    def printed_of(self, mrn: str) -> Sequence[Printed]:
        return [p for p in self.pages if p.subject is not None and p.subject.mrn == mrn]

    def recognise(self, typed: Sequence[str], language: str) -> Printed | None:
        return next((self.codes[t] for t in typed if t in self.codes), None)
