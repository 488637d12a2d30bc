"""What the journal has for the review desk: what was read of each image, and what people did with it.

The journal is gone through once, and from then on only what is new.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from papermode.model.reading import PageReading
from papermode.review.desk import Event
from papermode.store import PageId, SiteStore, reading_from
from papermode.store.journal import START

_KEY: Final = "event"
"""Marks a decision of the review page: ``{"event": kind, "data": …}``."""


def written(kind: str, data: Any) -> dict[str, Any]:  # JSON is what it is
    """Return an event's ``after`` as the journal has it."""
    return {_KEY: kind, "data": data}


class DeskLog:
    """The part of the journal that concerns the desk."""

    def __init__(self, store: SiteStore) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._end = 0
        self._head = START
        self._events: dict[str, list[Event]] = {}
        self._all: list[Event] = []
        self._readings: dict[PageId, tuple[int, PageReading]] = {}
        self._received: dict[str, datetime] = {}
        self.pictures: dict[str, PageId] = {}

    def catch_up(self) -> None:
        """Take in what is new."""
        with self._lock:
            self._store.journal.sync()
            if self._store.journal.end == self._end:
                return
            for entry in self._store.journal.entries(self._end, self._head):
                self._take(entry.record, entry.offset)
                self._end, self._head = entry.end, entry.head

    def _take(self, record: dict[str, Any], offset: int) -> None:
        kind = record["kind"]
        if kind == "received":
            at = datetime.fromisoformat(record.get("since", record["time"]))
            self._received.setdefault(record["scan"], at)
        elif kind == "read" or (kind == "identified" and "reading" in record):
            page = PageId(record["scan"], record["index"])
            reading = reading_from(record["reading"])
            self._readings[page] = (offset, reading)
            if reading.picture:
                self.pictures[reading.picture] = page
        elif kind == "decision" and isinstance(record["after"], dict) and _KEY in record["after"]:
            self._event(record)

    def _event(self, record: dict[str, Any]) -> None:
        sheet = str(PageId(record["scan"], record["index"]))
        own = self._events.setdefault(sheet, [])
        after = record["after"]
        time = datetime.fromisoformat(record["time"])
        event = Event(sheet, after[_KEY], record["user"], time, record["before"], after["data"], len(own))
        own.append(event)
        self._all.append(event)

    def events(self, sheet: str | None) -> Sequence[Event]:
        """Return the events of one sheet or of all, oldest first."""
        with self._lock:
            return tuple(self._all if sheet is None else self._events.get(sheet, ()))

    def reading(self, page: PageId, offset: int) -> PageReading:
        """Return the reading that counts: the one at ``offset``, which is not always the last."""
        with self._lock:
            found = self._readings.get(page)
            if found is None or found[0] != offset:
                found = (offset, reading_from(self._store.journal.at(offset)["reading"]))
                self._readings[page] = found
            return found[1]

    def received(self, scan: str) -> datetime | None:
        """Return when a file was first handed in."""
        return self._received.get(scan)
