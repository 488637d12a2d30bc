"""What the records of the journal come to: the state of every scanned page, in tables of SQLite.

::

    received ─► read ───────┐
                review ─────┼─► confirmed ─► sending ─► filed
                duplicate ──┤       ▲           │         │
                unknown ────┤       └─ refused ─┘         │ a correction is confirmed and filed again
                blank ──────┘       ▲─────────────────────┘
                    └─► settled (a person set the image aside: a duplicate, not ours, to be scanned again, …)
    confirmed, settled ─► review (a person has taken it back)
    sending ─► confirmed also where a crash has left a page on its way about which people are asked again: it is held
    confirmed, filed ─► settled (another image of the same printed page was confirmed in its place)

Every image is in one state, so that images in = the sum over the states. Only the journal is the truth: the tables
are made from it by :func:`apply`, one record after the other, and can be made again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from papermode.model.reading import PageReading
from papermode.store.journal import Entry, Record
from papermode.store.readings import as_text, place_of, reading_from, reviewed_from, unknown_record

State = Literal["read", "review", "duplicate", "unknown", "blank", "confirmed", "sending", "filed", "settled"]
Settlement = Literal["duplicate", "replaced", "not-ours", "blank", "rescan"]
FilingStep = Literal["intent", "filed", "refused", "held", "checked"]
"""``intent`` stands before the request, so that a crash in between is seen; ``held``: after such a crash the page is
not sent again, as people are asked about it, and what became of the request is not known; ``checked`` = read back
and equal."""

OPEN: Final[tuple[State, ...]] = ("read", "review", "duplicate", "unknown", "blank")
"""Where a person has not finished yet."""
FINISHED: Final[tuple[State, ...]] = ("confirmed", "sending", "filed")
"""Where a person has finished."""
COUNTED: Final[tuple[State, ...]] = ("read", "review", *FINISHED)
"""An image in one of these stands for its printed page; a second image of that page is a duplicate."""

SCHEMA: Final = """
CREATE TABLE seen (end INTEGER NOT NULL, head TEXT NOT NULL);
CREATE TABLE files (scan TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, received_at TEXT NOT NULL,
  times INTEGER NOT NULL, images INTEGER) WITHOUT ROWID;
CREATE TABLE pages (scan TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, status TEXT NOT NULL,
  packet TEXT, serial INTEGER, form TEXT, mrn TEXT, encounter TEXT, ward TEXT, unsure INTEGER NOT NULL,
  written INTEGER NOT NULL, settled TEXT NOT NULL DEFAULT '', target TEXT NOT NULL DEFAULT '',
  checked INTEGER NOT NULL DEFAULT 0, decisions INTEGER NOT NULL DEFAULT 0, changed_at TEXT NOT NULL,
  user TEXT NOT NULL, reading INTEGER NOT NULL, reviewed INTEGER, PRIMARY KEY (scan, number)) WITHOUT ROWID;
CREATE INDEX pages_state ON pages (state);
CREATE INDEX pages_place ON pages (packet, serial, state);
CREATE INDEX pages_mrn ON pages (mrn);
CREATE TABLE decisions (line INTEGER PRIMARY KEY, scan TEXT NOT NULL, number INTEGER NOT NULL);
CREATE INDEX decisions_page ON decisions (scan, number);
CREATE TABLE locks (scan TEXT NOT NULL, number INTEGER NOT NULL, user TEXT NOT NULL, until TEXT NOT NULL,
  PRIMARY KEY (scan, number)) WITHOUT ROWID;
INSERT INTO seen VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000');
"""
"""``reading``, ``reviewed`` and ``decisions.line`` are offsets in the journal: contents are read there."""
VERSION: Final = 6
"""Raised whenever the tables or :func:`apply` change: an index of another version is made anew."""


@dataclass(frozen=True, slots=True, order=True)
class PageId:
    """One image of one scanned file."""

    scan: str
    """SHA-256 of the file, hex."""
    index: int
    """0-based image in the file."""

    def __str__(self) -> str:
        return f"{self.scan}-{self.index}"

    @classmethod
    def parse(cls, text: str) -> PageId:
        """Return the id that ``str`` wrote; ``ValueError`` if it is none."""
        scan, _, index = text.rpartition("-")
        if len(scan) != 64 or not index.isdecimal():
            raise ValueError("not the id of a page image")
        return cls(scan, int(index))


def apply(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring the tables forward by one record.

    Raises:
        StoreError: E819, a newer papermode wrote the record.
    """
    record = entry.record
    kind = record["kind"]
    step = _STEPS.get(kind)
    if step is None:
        raise unknown_record(str(kind))
    try:
        step(db, record, entry.offset)
    except (KeyError, TypeError):
        raise unknown_record(str(kind)) from None


def _received(db: sqlite3.Connection, r: Record, _offset: int) -> None:
    db.execute(
        "INSERT INTO files VALUES (?, ?, ?, ?, 1, NULL) ON CONFLICT (scan) DO UPDATE SET times = times + 1",
        (r["scan"], as_text(r["name"]), r["size"], r.get("since", r["time"])),
    )


def _read(db: sqlite3.Connection, r: Record, offset: int) -> None:
    reading = reading_from(r["reading"])
    scan, number = r["scan"], r["index"]
    db.execute("UPDATE files SET images = ? WHERE scan = ?", (r["of"], scan))
    old = db.execute("SELECT state, decisions FROM pages WHERE scan = ? AND number = ?", (scan, number)).fetchone()
    if old is not None and (old[0] not in OPEN or old[1]):
        return  # a person has worked on the earlier reading; the later one is in the journal
    packet, serial = place_of(reading) or (None, None)
    claim = reading.claim
    whose = (claim.form, claim.mrn or None, claim.encounter or None, claim.ward) if claim else (None,) * 4
    db.execute(
        "INSERT OR REPLACE INTO pages (scan, number, state, status, packet, serial, form, mrn, encounter, ward,"
        " unsure, written, changed_at, user, reading) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(scan, number, _state_of(db, reading, scan, number), reading.status, packet, serial),
            *(*whose, _unsure(reading), reading.written, r["time"], r["user"], offset),
        ),
    )


def _unsure(reading: PageReading) -> int:
    return sum(a.state == "unsure" for a in reading.answers)


def _state_of(db: sqlite3.Connection, reading: PageReading, scan: str, number: int) -> State:
    place = place_of(reading)
    if place is None:
        return "blank" if reading.status == "blank" else "unknown"
    if has_twin(db, *place, scan, number, COUNTED):
        return "duplicate"
    return "read" if reading.status == "read" else "review"


def has_twin(
    db: sqlite3.Connection, packet: str, serial: int, scan: str, number: int, states: tuple[State, ...]
) -> bool:
    """Tell whether another image of a printed page is in one of these states."""
    marks = ", ".join("?" * len(states))
    found = db.execute(
        f"SELECT 1 FROM pages WHERE packet = ? AND serial = ? AND NOT (scan = ? AND number = ?) AND state IN ({marks})",  # noqa: S608 - question marks only
        (packet, serial, scan, number, *states),
    )
    return found.fetchone() is not None


def _identified(db: sqlite3.Connection, r: Record, offset: int) -> None:
    packet, serial = r["packet"], r["serial"]
    state = "duplicate" if has_twin(db, packet, serial, r["scan"], r["index"], COUNTED) else "review"
    # Whose the page is now is for the manifest to say: nothing of what the image was taken for may stay.
    _update(db, r, state=state, packet=packet, serial=serial, form=None, mrn=None, encounter=None, ward=None)
    if "reading" in r:
        reading = reading_from(r["reading"])
        read = {"status": reading.status, "unsure": _unsure(reading), "written": reading.written, "reading": offset}
        _update(db, r, **read)
    _count(db, r)


def _decision(db: sqlite3.Connection, r: Record, offset: int) -> None:
    db.execute("INSERT INTO decisions VALUES (?, ?, ?)", (offset, r["scan"], r["index"]))
    _update(db, r)
    _count(db, r)


def _confirmed(db: sqlite3.Connection, r: Record, offset: int) -> None:
    page = reviewed_from(r["reviewed"])
    whose = {
        "mrn": page.subject.mrn if page.subject else None,
        "encounter": page.encounter or None,
        "ward": page.ward,
        "form": page.form,
        "packet": page.packet,
        "serial": page.page,
    }
    if "replaces" in r:
        scan, index = r["replaces"]
        _update(db, {**r, "scan": scan, "index": index}, state="settled", settled="replaced")
    _update(db, r, state="confirmed", reviewed=offset, settled="", checked=0, **whose)


def _settled(db: sqlite3.Connection, r: Record, _offset: int) -> None:
    _update(db, r, state="settled", settled=r["outcome"])


def _reopened(db: sqlite3.Connection, r: Record, _offset: int) -> None:
    _update(db, r, state="review", settled="")
    _count(db, r)


def _filing(db: sqlite3.Connection, r: Record, _offset: int) -> None:
    states = {"intent": "sending", "filed": "filed", "refused": "confirmed", "held": "confirmed", "checked": "filed"}
    _update(db, r, state=states[r["step"]], checked=int(r["step"] == "checked"), target=r["target"])


def _nothing(_db: sqlite3.Connection, _record: Record, _offset: int) -> None:
    """A record about the journal itself."""


def _update(db: sqlite3.Connection, r: Record, **columns: object) -> None:
    columns |= {"changed_at": r["time"], "user": r["user"]}
    what = ", ".join(f"{name} = ?" for name in columns)
    db.execute(
        f"UPDATE pages SET {what} WHERE scan = ? AND number = ?",  # noqa: S608 - names of columns only
        (*columns.values(), r["scan"], r["index"]),
    )


def _count(db: sqlite3.Connection, r: Record) -> None:
    db.execute(
        "UPDATE pages SET decisions = decisions + 1 WHERE scan = ? AND number = ?",
        (r["scan"], r["index"]),
    )


_STEPS: Final[dict[str, Callable[[sqlite3.Connection, Record, int], None]]] = {
    "received": _received,
    "read": _read,
    "identified": _identified,
    "decision": _decision,
    "confirmed": _confirmed,
    "settled": _settled,
    "reopened": _reopened,
    "filing": _filing,
    "recovered": _nothing,
    "reindexed": _nothing,
}
