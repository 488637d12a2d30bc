"""The site's store: every scanned file and page, what was read, who decided what, and what was filed.

::

    store/
      journal                what happened, hash-chained (the truth)
      journal.torn-<time>    what a crash left half written
      scans/<sha256>         scanned files and page pictures
      index.db               where every page stands (made from the journal)

Order of writing: the file, then the record that names it, then the answer to the caller. What a method has returned
from survives a power cut. All methods may be called from several threads and several processes at once.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from papermode.errors import StoreError
from papermode.model.answers import ReviewedPage
from papermode.model.reading import PageReading
from papermode.store.durable import Disk, OsDisk, make_folder, telling
from papermode.store.fold import FINISHED, OPEN, FilingStep, PageId, Settlement, State
from papermode.store.index import FileRow, Index, PageRow
from papermode.store.journal import MACHINE, Journal
from papermode.store.pages import PageStore, missing
from papermode.store.readings import as_text, reading_from, reviewed_from, to_json

LOCK_TIME: Final = timedelta(minutes=10)
"""How long a page is a person's; asking for it again prolongs it."""

_FROM: Final[dict[FilingStep, tuple[State, ...]]] = {
    # A filed page goes out again when another page changes what is made of it: the day on the sheet's other side.
    "intent": FINISHED,
    "filed": ("confirmed", "sending"),
    "refused": ("sending",),
    "held": ("sending",),
    "checked": ("filed",),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided on one image."""

    user: str
    time: datetime
    before: Any
    """As JSON types, like ``after``."""
    after: Any


class SiteStore:
    """The store of one site."""

    def __init__(self, folder: Path, *, disk: Disk | None = None, clock: Callable[[], datetime] | None = None) -> None:
        """Open the store, and make the folder if it is not there.

        A damaged journal does not stop this: :attr:`fault` tells, and what stands before the damage can be read.

        Raises:
            StoreError: E810 the disk refuses, E811 it is full.
        """
        self.folder = folder
        self._clock = clock or (lambda: datetime.now(UTC))
        disk = disk or OsDisk()
        with telling(folder):
            make_folder(disk, folder)
        self.scans = PageStore(folder, disk)
        self.journal = Journal(folder, disk, self._clock)
        self.index = Index(folder, self.journal, self._clock)
        self.journal.sync()

    def close(self) -> None:
        """Let go of the index; the journal is not kept open."""
        self.index.close()

    def __enter__(self) -> SiteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def fault(self) -> StoreError | None:
        """Why the store cannot be written, or ``None``."""
        self.journal.sync()
        if self.journal.fault:
            return self.journal.fault
        try:
            self.index.refresh()
        except StoreError as error:
            return error
        return None

    # What happened

    def receive(self, path: Path, user: str, since: datetime | None = None) -> str:
        """Keep a copy of a scanned file and return its SHA-256; the file itself stays where it is.

        Args:
            path: The file.
            user: Who handed it in.
            since: When it was handed in, where that is known from before this journal; usual: now.

        Raises:
            StoreError: E810 the file cannot be read or the disk refuses, E811 the disk is full, E812 or E817 the
                journal is damaged.
        """
        return self._received(self.scans.put_file(path), path.name, user, since)

    def receive_bytes(self, content: bytes, name: str, user: str) -> str:
        """Keep a scanned file that came over the network, as :meth:`receive` does."""
        return self._received(self.scans.put(content), name, user)

    def _received(self, scan: str, name: str, user: str, since: datetime | None = None) -> str:
        size = self.scans.size(scan)
        known = {} if since is None else {"since": to_json(since)}
        record = {"kind": "received", "user": user, "scan": scan, "name": as_text(name), "size": size, **known}
        with self.journal.writing():
            self.index.refresh()  # which notices a journal that lacks records
            self.journal.append(record)
        self._note()
        return scan

    def record_scan(self, scan: str, readings: Sequence[PageReading], user: str = MACHINE) -> tuple[PageId, ...]:
        """Record what was read from a file: all its images, whatever their status.

        To do it again after a crash is right: a reading that is there already is not written twice. A later reading
        that differs takes the place of the earlier one, unless a person has worked on that.

        Args:
            scan: What :meth:`receive` returned.
            readings: The readings of the whole file, one per image.
            user: Who scanned.

        Raises:
            StoreError: E814 there is no such file in the store, and those of :meth:`Journal.append`.
        """
        if not self.scans.has(scan):
            raise missing(self.scans.path(scan))
        known = {row.page: row.reading for row in self.index.pages(scan=scan)}
        ids = tuple(PageId(scan, reading.index) for reading in readings)
        if len(set(ids)) < len(ids):
            raise ValueError("two readings of one image")
        for page, reading in zip(ids, readings, strict=True):
            if page in known:
                old = reading_from(self.journal.at(known[page])["reading"])
                if replace(old, file=reading.file) == reading:
                    continue
            record = {"scan": scan, "index": page.index, "of": len(ids), "reading": to_json(reading)}
            self.journal.append({"kind": "read", "user": user, **record})
        self._note()
        return ids

    def record_identity(
        self, page: PageId, user: str, packet: str, serial: int, reading: PageReading | None = None
    ) -> None:
        """Record that a person has told which printed page an image is; it goes to review.

        Args:
            page: The image.
            user: Who told.
            packet: The packet.
            serial: The page in it.
            reading: What is read of the image by that page's layout; ``None`` leaves what was read before.

        Raises:
            StoreError: E815 another person has the page, E816 it is finished already.
        """
        with self._step(page, user, (*OPEN, "settled"), "be told which page it is"):
            read = {} if reading is None else {"reading": to_json(reading)}
            self._append("identified", page, user, packet=packet, serial=serial, **read)

    def record_decision(self, page: PageId, user: str, before: object, after: object) -> None:
        """Record one decision of a person on an image, as it is made.

        Args:
            page: The image.
            user: Who decided.
            before: What stood there: an answer of the model, or JSON types.
            after: What stands there now.

        Raises:
            StoreError: E815 another person has the page, E816 there is no such image.
        """
        with self._step(page, user, (*OPEN, "settled", *FINISHED), "take a decision"):
            self._append("decision", page, user, before=to_json(before), after=to_json(after))

    def confirm_page(self, page: PageId, reviewed: ReviewedPage, *, replaces: PageId | None = None) -> None:
        """Record that a person has finished a page; it can be filed now. To confirm again corrects it.

        Args:
            page: The image.
            reviewed: What stands on it.
            replaces: The finished image of the same printed page whose place this one takes, e.g. because somebody
                wrote on the sheet after it was scanned; that one is set aside by the same record.

        Raises:
            StoreError: E814 its picture is not in the store; E815 another person has one of the images; E816 it is
                being filed, or another image of the same printed page is finished and does not give way.
        """
        user = reviewed.confirmed_by
        if not self.scans.has(reviewed.image_sha256):
            raise missing(self.scans.path(reviewed.image_sha256))
        with self._step(page, user, (*OPEN, "settled", "confirmed", "filed"), "be confirmed") as row:
            if row.packet is not None and (row.packet, row.serial) != (reviewed.packet, reviewed.page):
                raise _impossible(
                    page, "is confirmed as another printed page than it is.", "Tell first which page it is."
                )
            gives_way = {}
            if replaces is not None:
                self._gives_way(replaces, user)
                gives_way = {"replaces": [replaces.scan, replaces.index]}
            # Sheets copied from one master, and those of no packet, have the same place and are no twins.
            finished = () if reviewed.copy else self.finished(reviewed.packet, reviewed.page)
            if not {p for p in finished if p != page} <= {replaces}:
                raise _impossible(
                    page,
                    "cannot be confirmed: another image of this printed page is.",
                    "Set one of the two aside, or confirm this one in the place of the other.",
                )
            self._append("confirmed", page, user, reviewed=to_json(reviewed), **gives_way)

    def finished(self, packet: str, serial: int) -> tuple[PageId, ...]:
        """Return the images of a printed page that are confirmed, being filed or filed, copies of a master left out."""
        rows = self.pages(states=FINISHED, packet=packet, serial=serial)
        return tuple(row.page for row in rows if (found := self.reviewed(row.page)) is not None and not found.copy)

    def _gives_way(self, page: PageId, user: str) -> None:
        row = self._row(page)
        if row.state not in ("confirmed", "filed"):
            raise _impossible(page, f"cannot give way to another image: it is {row.state}.", "Load the page again.")
        if row.locked_by not in (None, user):
            raise _taken(page)

    def settle_page(self, page: PageId, user: str, outcome: Settlement, why: str = "") -> None:
        """Record that a person has set an image aside; its file stays in the store.

        Raises:
            StoreError: E815 another person has the page, E816 it is filed or being filed.
        """
        with self._step(page, user, (*OPEN, "settled", "confirmed"), "be set aside"):
            self._append("settled", page, user, outcome=outcome, why=why)

    def reopen_page(self, page: PageId, user: str) -> None:
        """Record that a person has taken back the confirmation, or that the image was set aside; it goes to review.

        Raises:
            StoreError: E815 another person has the page, E816 it is filed, being filed, or open.
        """
        with self._step(page, user, ("settled", "confirmed"), "be taken back"):
            self._append("reopened", page, user)

    def record_filed(self, page: PageId, user: str, step: FilingStep, target: str, result: object = None) -> None:
        """Record a step of filing: ``intent`` before the request, then ``filed`` or ``refused``, then ``checked``.

        ``held`` ends an intent that a crash has left open.

        Args:
            page: The image.
            user: On whose behalf.
            step: The step.
            target: The server or file, without secrets.
            result: Ids and versions that the server gave, or why it refused; JSON types.

        Raises:
            StoreError: E816, the page is not where this step begins.
        """
        with self._step(page, user, _FROM[step], f"take the step {step!r} of filing", with_person=False):
            self._append("filing", page, user, step=step, target=target, result=to_json(result))

    @contextlib.contextmanager
    def _step(
        self, page: PageId, user: str, states: tuple[State, ...], what: str, *, with_person: bool = True
    ) -> Iterator[PageRow]:
        """Be the only writer, and check that an image may take a step."""
        with self.journal.writing():
            row = self.index.page(page)
            if row is None:
                raise _impossible(page, "is not in the store.", "Record its scan first.")
            if row.state not in states:
                raise _impossible(page, f"cannot {what}: it is {row.state}.", "Load the page again.")
            if with_person and row.locked_by not in (None, user):
                raise _taken(page)
            yield row

    def _append(self, kind: str, page: PageId, user: str, **more: object) -> None:
        self.journal.append({"kind": kind, "user": user, "scan": page.scan, "index": page.index, **more})
        self._note()

    def _note(self) -> None:
        """Take what was recorded into the index at once: what it has seen, the journal cannot lose unnoticed."""
        with contextlib.suppress(StoreError):  # it is recorded all the same; the next question will complain
            self.index.refresh()

    # Who works on what

    def lock_page(self, page: PageId, user: str, time: timedelta = LOCK_TIME) -> datetime:
        """Give a page to one person, or prolong that, and return until when.

        Raises:
            StoreError: E815, another person has it.
        """
        until = self._clock() + time
        if not self.index.lock(page, user, until):
            raise _taken(page)
        return until

    def unlock_page(self, page: PageId, user: str) -> None:
        """Give a page back."""
        self.index.unlock(page, user)

    # What is known

    def pages(
        self,
        *,
        states: Sequence[State] = (),
        packet: str | None = None,
        serial: int | None = None,
        mrn: str | None = None,
        scan: str | None = None,
    ) -> tuple[PageRow, ...]:
        """Return the images that fit all that is given; ``states=OPEN`` is the review queue."""
        return self.index.pages(states=states, packet=packet, serial=serial, mrn=mrn, scan=scan)

    def page(self, page: PageId) -> PageRow | None:
        """Return where one image stands, or ``None``."""
        return self.index.page(page)

    def unread_files(self) -> tuple[FileRow, ...]:
        """Return the files that were received and not read to their end: a crash came between."""
        return self.index.files(unread=True)

    def progress(self, packet: str | None = None) -> Counter[State]:
        """Return how many images are in each state."""
        return self.index.progress(packet)

    def reading(self, page: PageId) -> PageReading:
        """Return what was read from an image.

        Raises:
            StoreError: E816, there is no such image.
        """
        return reading_from(self.journal.at(self._row(page).reading)["reading"])

    def reviewed(self, page: PageId) -> ReviewedPage | None:
        """Return the page as a person has confirmed it last, or ``None``."""
        offset = self._row(page).reviewed
        return None if offset is None else reviewed_from(self.journal.at(offset)["reviewed"])

    def decisions(self, page: PageId) -> tuple[Decision, ...]:
        """Return the decisions on an image, oldest first."""
        found = (self.journal.at(offset) for offset in self.index.decisions(page))
        return tuple(Decision(r["user"], datetime.fromisoformat(r["time"]), r["before"], r["after"]) for r in found)

    def to_file(self) -> Iterator[tuple[PageId, ReviewedPage]]:
        """Go through the pages that are confirmed and not filed."""
        for row in self.pages(states=("confirmed",)):
            page = self.reviewed(row.page)
            if page is not None:
                yield row.page, page

    def _row(self, page: PageId) -> PageRow:
        row = self.index.page(page)
        if row is None:
            raise _impossible(page, "is not in the store.", "Record its scan first.")
        return row

    # Keeping house

    def verify(self, heads: tuple[str, ...] = ()) -> list[StoreError]:
        """Check everything, and return what is wrong: the journal's chain, every file, the index.

        Args:
            heads: Heads of the journal that were written down elsewhere.
        """
        faults = self.journal.verify(heads)
        if [fault.code for fault in faults] == ["E818"] and self.fault is not None:
            faults = [self.fault]  # the half line was a whole one: the index has seen it
        sound = not faults
        faults += self.scans.verify()
        faults += (missing(self.scans.path(s)) for s in sorted(self._named()) if not self.scans.has(s))
        return faults + (self.index.verify() if sound else [])

    def _named(self) -> set[str]:
        """Return the files that the journal names, as far as it can be read."""
        named: set[str] = set()
        with contextlib.suppress(StoreError):
            for record in self.journal.records():
                named.update({record["scan"]} if "scan" in record else ())
                if record["kind"] == "confirmed":
                    named.add(record["reviewed"]["image_sha256"])
        return named

    def reindex(self, user: str = MACHINE) -> None:
        """Make the index again from the journal as it is now, and say so in the journal.

        Raises:
            StoreError: E812, the journal is damaged; the index is then left as it is.
        """
        self.index.reindex()
        self.journal.append({"kind": "reindexed", "user": user})


def _impossible(page: PageId, fault: str, cure: str) -> StoreError:
    return StoreError("E816", place=_place(page), fault=fault, cure=cure)


def _taken(page: PageId) -> StoreError:
    return StoreError(
        "E815",
        place=_place(page),
        fault="is with another person.",
        cure="Take another page; this one is free again when that person leaves it, or after some minutes.",
    )


def _place(page: PageId) -> str:
    return f"scan {page.scan[:12]}…, image {page.index + 1}"
