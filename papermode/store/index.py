"""The index: where every scanned page stands, in SQLite beside the journal. It can be thrown away at any time.

Every question first takes in what is new in the journal, so an answer is never older than the last record. An index
that is damaged, or of another version, is made again by itself. The locks of pages (who works on which) are here
only: to lose them costs a moment of double work and never an answer.

The rollback journal is used, not WAL: SQLite before 3.51.3 may corrupt a WAL database that has several connections.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from papermode.errors import StoreError
from papermode.model.reading import PageStatus
from papermode.store.durable import PATIENCE_S, refusal
from papermode.store.fold import SCHEMA, VERSION, PageId, State, apply
from papermode.store.index_faults import differs, index_refusal, is_damage, may_be_sound
from papermode.store.journal import Journal, shortened

T = TypeVar("T")

NAME: Final = "index.db"
NAME_NEW: Final = "index.db.new"
_TABLES: Final = ("seen", "files", "pages", "decisions", "locks")
_NAMES: Final = (
    *("scan", "number", "state", "status", "packet", "serial", "form", "mrn", "encounter", "ward", "unsure"),
    *("written", "settled", "target", "checked", "decisions", "changed_at", "user", "reading", "reviewed"),
    *("file", "locked_by", "locked_until"),
)
_COLUMNS: Final = ", ".join((*(f"p.{name}" for name in _NAMES[:-3]), "f.name", "l.user", "l.until"))
_FROM: Final = (
    "pages p LEFT JOIN files f ON f.scan = p.scan"
    " LEFT JOIN locks l ON l.scan = p.scan AND l.number = p.number AND l.until > ?"
)
_ORDER: Final = "p.packet IS NULL, p.packet, p.serial, f.received_at, p.scan, p.number"


@dataclass(frozen=True, slots=True)
class PageRow:
    """Where one image stands."""

    page: PageId
    state: State
    status: PageStatus
    """What the reader said."""
    packet: str | None
    serial: int | None
    """The page in the packet."""
    form: str | None
    mrn: str | None
    encounter: str | None
    ward: str | None
    unsure: int
    """Answers that the reader is unsure of."""
    written: bool
    settled: str
    """Why it was set aside, when ``state`` is ``settled``."""
    target: str
    """Where it was filed, or is being filed."""
    checked: bool
    """It was read back from there."""
    decisions: int
    changed_at: str
    user: str
    """Who changed it last."""
    reading: int
    """Offset of the reading in the journal."""
    reviewed: int | None
    """Offset of the confirmed page in the journal."""
    file: str
    """The scanned file's name."""
    locked_by: str | None = None
    locked_until: str | None = None


@dataclass(frozen=True, slots=True)
class FileRow:
    """One scanned file, by content."""

    scan: str
    name: str
    size: int
    received_at: str
    times: int
    """How often this content was handed in."""
    images: int | None
    """Images in it; ``None`` until it has been read."""


class Index:
    """The index of one store folder."""

    def __init__(self, store: Path, journal: Journal, clock: Callable[[], datetime] | None = None) -> None:
        self.path = store / NAME
        self._journal = journal
        self._clock = clock or (lambda: datetime.now(UTC))
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        with self._journal.thread:
            if self._db is not None:
                self._db.close()
                self._db = None

    def refresh(self) -> None:
        """Take in what is new in the journal.

        Raises:
            StoreError: E817, the journal lacks records that the index has seen.
        """
        self._ask(lambda _: None)

    def pages(
        self,
        *,
        states: Sequence[State] = (),
        packet: str | None = None,
        serial: int | None = None,
        mrn: str | None = None,
        scan: str | None = None,
    ) -> tuple[PageRow, ...]:
        """Return the images that fit all that is given, by packet, page, file."""
        given = {"p.packet": packet, "p.serial": serial, "p.mrn": mrn, "p.scan": scan}
        terms = [f"{column} = ?" for column, value in given.items() if value is not None]
        values: list[object] = [value for value in given.values() if value is not None]
        if states:
            terms.append(f"p.state IN ({', '.join('?' * len(states))})")
            values += states
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        query = f"SELECT {_COLUMNS} FROM {_FROM} {where} ORDER BY {_ORDER}"  # noqa: S608 - no values in it
        return self._ask(lambda db: tuple(_page(row) for row in db.execute(query, (self._now(), *values))))

    def page(self, page: PageId) -> PageRow | None:
        """Return one image, or ``None``."""
        query = f"SELECT {_COLUMNS} FROM {_FROM} WHERE p.scan = ? AND p.number = ?"  # noqa: S608 - columns only
        row = self._ask(lambda db: db.execute(query, (self._now(), page.scan, page.index)).fetchone())
        return None if row is None else _page(row)

    def files(self, *, unread: bool = False) -> tuple[FileRow, ...]:
        """Return the scanned files, or those that were not read to their end, oldest first."""
        where = (
            "WHERE images IS NULL OR images > (SELECT count(*) FROM pages p WHERE p.scan = files.scan)"
            if unread
            else ""
        )
        query = f"SELECT * FROM files {where} ORDER BY received_at, scan"  # noqa: S608 - our own text
        return self._ask(lambda db: tuple(FileRow(*row) for row in db.execute(query)))

    def decisions(self, page: PageId) -> tuple[int, ...]:
        """Return where in the journal the decisions on an image are, oldest first."""
        query = "SELECT line FROM decisions WHERE scan = ? AND number = ? ORDER BY line"
        return self._ask(lambda db: tuple(n for (n,) in db.execute(query, (page.scan, page.index))))

    def progress(self, packet: str | None = None) -> Counter[State]:
        """Return how many images are in each state, of one packet or of all."""
        where, values = ("WHERE packet = ?", (packet,)) if packet is not None else ("", ())
        query = f"SELECT state, count(*) FROM pages {where} GROUP BY state"  # noqa: S608 - our own text
        return self._ask(lambda db: Counter(dict(db.execute(query, values).fetchall())))

    def lock(self, page: PageId, user: str, until: datetime) -> bool:
        """Give an image to one person until a time, or prolong that; ``False`` if another person has it."""

        def work(db: sqlite3.Connection) -> bool:
            done = db.execute(
                "INSERT INTO locks VALUES (?, ?, ?, ?) ON CONFLICT (scan, number) DO UPDATE"
                " SET user = excluded.user, until = excluded.until WHERE user = excluded.user OR until <= ?",
                (page.scan, page.index, user, _iso(until), self._now()),
            )
            return done.rowcount > 0

        return self._ask(work)

    def unlock(self, page: PageId, user: str) -> None:
        """Give an image back; nothing happens if another person has it."""
        statement = "DELETE FROM locks WHERE scan = ? AND number = ? AND user = ?"
        self._ask(lambda db: db.execute(statement, (page.scan, page.index, user)))

    def reindex(self) -> None:
        """Make the index again from the journal as it is now, and then put it in the place of the old one.

        Raises:
            StoreError: E812, the journal is damaged: an index of the part before the damage would pass for the whole,
                so the old one stays. E819, a newer papermode wrote a record; the old index stays, too.
        """
        with self._journal.writing(), self._telling():
            beside = self.path.with_name(NAME_NEW)
            beside.unlink(missing_ok=True)
            try:
                with contextlib.closing(_connected(beside)) as db:
                    self._refresh(db)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            # With its rollback journal, which must not be played back into the new one.
            self._discard()
            beside.replace(self.path)

    def verify(self) -> list[StoreError]:
        """Make the index a second time, in memory, and return a fault if the one on disk says something else."""
        if not self.path.exists():
            return []
        memory = contextlib.closing(sqlite3.connect(":memory:", isolation_level=None))
        with self._journal.thread, self._telling(), memory as fresh:
            try:
                self._journal.sync()
                fresh.executescript(SCHEMA)
                self._refresh(fresh)
                db = self._open()
                self._refresh(db)
                same = all(_table(db, t) == _table(fresh, t) for t in _TABLES if t != "locks")
                sound = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            except sqlite3.DatabaseError as error:
                if may_be_sound(error):
                    raise
                same = sound = False
            except StoreError as error:
                return [error]
        return [] if same and sound else [differs(self.path)]

    def _now(self) -> str:
        return _iso(self._clock())

    def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Bring the index up to date and put a question to it; a damaged index is made again first."""
        with self._journal.thread, self._telling():
            self._journal.sync()
            try:
                db = self._open()
                self._refresh(db)
                return work(db)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
            self._discard()
            db = self._open()
            self._refresh(db)
            return work(db)

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = _connected(self.path)
        return self._db

    def _discard(self) -> None:
        self.close()
        for name in (NAME, f"{NAME}-journal"):
            self.path.with_name(name).unlink(missing_ok=True)

    def _refresh(self, db: sqlite3.Connection) -> None:
        """Take in the records that are new in the journal, all of them or none."""
        while not self._caught_up(db):
            pass

    def _caught_up(self, db: sqlite3.Connection) -> bool:
        """Bring the index to where this process knows the journal; ``False`` if another one has overtaken it."""
        journal = self._journal
        end, head = _seen(db)
        if end > journal.end:
            # Not while the database is held: who writes the journal may be waiting for it.
            journal.sync()
            if end > journal.end and journal.fault:
                return True  # nothing can be written, and what was known before the damage is still shown
            if end > journal.end:
                raise shortened(journal.path)
        if (end, head) == (journal.end, journal.head):
            return True
        with _transaction(db):
            end, head = _seen(db)
            if end > journal.end:
                return False
            for entry in journal.entries(end, head):
                apply(db, entry)
                end, head = entry.end, entry.head
            db.execute("UPDATE seen SET end = ?, head = ?", (end, head))
        return True

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise index_refusal(self.path, error) from error
        except OSError as error:
            raise refusal(self.path, error) from error


def _connected(path: Path) -> sqlite3.Connection:
    """Open an index, and make it if it is not there or of another version."""
    _make_private(path)
    # One connection for all threads: the journal's lock lets in one at a time.
    db = sqlite3.connect(path, PATIENCE_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = DELETE")
        # What a power cut may undo here is made again from the journal.
        db.execute("PRAGMA synchronous = NORMAL")
        if _version(db) != VERSION:
            with _transaction(db):
                if _version(db) != VERSION:
                    _make_tables(db)
    except BaseException:
        db.close()
        raise
    return db


def _make_private(path: Path) -> None:
    """Let nobody else read an index: it names patients. SQLite gives the rollback journal the same mode.

    One that is there is never opened for this: to close a file gives back all locks that this process has on it.
    """
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except FileNotFoundError:
        with contextlib.suppress(FileExistsError):
            path.touch(0o600, exist_ok=False)


def _seen(db: sqlite3.Connection) -> tuple[int, str]:
    """Return how far the index has taken in the journal: bytes, and the hash of the last line."""
    end, head = db.execute("SELECT end, head FROM seen").fetchone()
    return end, head


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _make_tables(db: sqlite3.Connection) -> None:
    for table in _TABLES:
        db.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in filter(str.strip, SCHEMA.split(";")):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _page(row: tuple[Any, ...]) -> PageRow:
    found = dict(zip(_NAMES, row, strict=True))
    page = PageId(found.pop("scan"), found.pop("number"))
    written, checked, file = bool(found.pop("written")), bool(found.pop("checked")), found.pop("file") or ""
    return PageRow(page=page, written=written, checked=checked, file=file, **found)


def _iso(time: datetime) -> str:
    """One length and one zone, so that texts compare as times do."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _table(db: sqlite3.Connection, name: str) -> list[tuple[object, ...]]:
    return db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()  # noqa: S608 - one of our names
