"""The review desk on the site's store, packets, forms and newest snapshot (``papermode.review.desk.Desk``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from papermode import intake
from papermode.app.batch import MASTER_AGAIN, TWICE
from papermode.app.desk_among import Among, Seen
from papermode.app.desk_fields import FieldMaker, timed
from papermode.app.desk_log import DeskLog, written
from papermode.app.desk_pages import Known, PrintedPages, risk
from papermode.app.desk_people import Census
from papermode.app.read_batch import Sources
from papermode.app.scans import read_bound_page
from papermode.app.sites import OpenSite
from papermode.app.snapshots import newest_stored
from papermode.errors import SnapshotError, StoreError
from papermode.export.policy import load_policy
from papermode.export.times import Window
from papermode.model.answers import ReviewedPage
from papermode.model.reading import PageReading
from papermode.review.desk import (
    Aside,
    DeskError,
    Event,
    Field,
    Head,
    MovedError,
    Person,
    Place,
    Printed,
    Sheet,
    SheetState,
    TakenError,
)
from papermode.scan.identity import OTHER_CODE, UNSIGNED_CODE
from papermode.scan.picture import jpeg_size
from papermode.scan.tripwires import LABELLED, NAME_TOUCHED
from papermode.store import FINISHED, PageId, PageRow, SiteStore

WHOSE: Final = frozenset({LABELLED, NAME_TOUCHED, OTHER_CODE, UNSIGNED_CODE})
"""Reasons for which a page may be another patient's than its code says: one plain question is asked before all else."""
_STATES: Final[dict[str, SheetState]] = {
    "duplicate": "duplicate",
    "confirmed": "confirmed",
    "sending": "sending",
    "filed": "filed",
    "settled": "aside",
}


class StoreDesk:
    """The desk."""

    def __init__(
        self,
        store: SiteStore,
        pages: PrintedPages,
        fields: FieldMaker,
        census: Census,
        *,
        zone: str,
        language: str = "en",
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._store = store
        self._pages = pages
        self._fields = fields
        self._census = census
        self._zone = zone
        self._language = language
        self._clock = clock or (lambda: datetime.now(UTC))
        self._log = DeskLog(store)
        self._known: dict[PageId, tuple[int, Known]] = {}
        self._made: dict[PageId, tuple[Seen, Head]] = {}
        """Heads by what they were made from: the queue is made anew for every page that is shown."""

    @property
    def language(self) -> str:
        """The site's language."""
        return self._language

    @property
    def zone(self) -> str:
        """The site's time zone."""
        return self._zone

    def now(self) -> datetime:
        """Return the time."""
        return self._clock()

    # Sheets

    def heads(self) -> Sequence[Head]:
        """Return every sheet."""
        self._log.catch_up()
        rows = self._store.pages()
        return self._heads(rows, rows)

    def head(self, sheet: str) -> Head:
        """Return one sheet as the queue shows it."""
        self._log.catch_up()
        row = self._row(sheet)
        packet = self._store.pages(packet=row.packet) if row.packet is not None else (row,)
        return self._heads([row], packet)[0]

    def _heads(self, rows: Sequence[PageRow], others: Sequence[PageRow]) -> list[Head]:
        """Return the heads of sheets.

        Args:
            rows: The sheets.
            others: At least all sheets of the same packets: a reserved number's pages are in one.
        """
        among = Among(others, self, self._store.finished)
        return [self._head(among.seen(r)) for r in rows]

    def _row(self, sheet: str) -> PageRow:
        row = self._store.page(_page_id(sheet))
        if row is None:
            raise KeyError(sheet)
        return row

    def received(self, row: PageRow) -> datetime:
        """Return when an image was handed in."""
        return self._log.received(row.page.scan) or datetime.fromisoformat(row.changed_at)

    def _head(self, seen: Seen) -> Head:
        found = self._made.get(seen.row.page)
        if found is None or found[0] != seen:
            found = self._made[seen.row.page] = (seen, self._make_head(seen))
        return found[1]

    def _make_head(self, seen: Seen) -> Head:
        row = seen.row
        known = self.known(row)
        reading, printed = known.reading, known.printed
        match = self._census.match(reading.claim, printed.subject if printed else None)
        if known.unbound or known.reserved:
            match = "none"
        elif WHOSE.intersection(reading.why) and match != "different":
            match = "label"
        return Head(
            id=str(row.page),
            status=row.status,
            state=_STATES.get(row.state, "open"),
            file=row.file,
            index=row.page.index,
            received=self.received(row),
            why=reading.why,
            printed=printed,
            reserved=known.reserved,
            unbound=known.unbound,
            alarm=seen.alarm,
            rival=seen.rival,
            later=seen.later,
            differs=TWICE in reading.why,
            again=MASTER_AGAIN in reading.why,
            filed_for=(row.mrn or "") if row.state in FINISHED else "",
            match=match,
            doubts=known.doubts,
            risk=risk(printed),
            written=row.written,
            aside=row.settled,
            to_rescan=seen.to_rescan,
            locked_by=row.locked_by or "",
        )

    def known(self, row: PageRow) -> Known:
        """Return what an image says by itself."""
        found = self._known.get(row.page)
        if found is None or found[0] != row.reading:
            found = (row.reading, self._pages.know(self._log.reading(row.page, row.reading)))
            self._known[row.page] = found
        return found[1]

    def sheet(self, sheet: str, language: str, place: Place | None = None) -> Sheet:
        """Return a sheet with its fields."""
        head = self.head(sheet)
        row = self._row(sheet)
        known = self.known(row)
        reading, layout, printed, bindings = known.reading, known.layout, known.printed, known.bindings
        if place is not None:
            printed, layout, bindings = self._pages.at(place)
        flat = layout is not None and layout.id == reading.layout_id
        fields: tuple[Field, ...] = ()
        if layout is not None and printed is not None:
            answers = reading.answers if flat else ()
            form = (printed.form, printed.version)
            fields = self._fields.fields(layout, form, bindings, answers, language)
        name = next((z.rect for z in layout.zones if z.kind == "name"), None) if layout is not None and flat else None
        claimed = reading.claim.mrn if reading.claim is not None else ""
        mrn = printed.subject.mrn if printed is not None and printed.subject is not None else claimed
        return Sheet(
            head=replace(head, printed=self._pages.titled(printed, language) if printed is not None else None),
            size=layout.size if layout is not None and flat else self._size(reading.picture),
            flat=flat,
            picture=reading.picture,
            fields=fields,
            name=name,
            person=self._census.in_data(mrn) if mrn else None,
            as_of=self._census.as_of,
        )

    def _size(self, picture: str) -> tuple[int, int]:
        try:
            return jpeg_size(self._store.scans.read(picture)) if picture else (210, 297)
        except (StoreError, ValueError):
            return 210, 297

    def picture(self, sha256: str) -> bytes:
        """Return a page's picture."""
        self._log.catch_up()
        if sha256 not in self._log.pictures:
            raise KeyError(sha256)
        return self._store.scans.read(sha256)

    # Printed pages, and people

    def printed_of(self, mrn: str) -> Sequence[Printed]:
        """Return the pages printed for a patient."""
        back = ((r.packet, r.serial) for r in self._store.pages() if r.state != "settled")
        return self._pages.of_patient(mrn, back)

    def recognise(self, typed: Sequence[str], language: str) -> Printed | None:
        """Return the printed page whose code was scanned into a field."""
        return self._pages.recognise(typed, language)

    def people(self, text: str) -> Sequence[Person]:
        """Return the patients that a text finds."""
        return self._census.search(text)

    def person(self, mrn: str) -> Person | None:
        """Return the patient with a number."""
        return self._census.person(mrn)

    # What people do

    def events(self, sheet: str | None = None) -> Sequence[Event]:
        """Return the events of one sheet or of all."""
        self._log.catch_up()
        return self._log.events(sheet)

    def record(self, event: Event, seen: int) -> Event:
        """Append an event."""
        page = _page_id(event.sheet)
        with self._store.journal.writing():
            if len(self.events(event.sheet)) != seen:
                raise MovedError("Somebody else has changed this sheet. It is shown anew.")
            try:
                self._store.record_decision(page, event.user, event.before, written(event.kind, event.after))
            except StoreError as error:
                raise self._told(error, page) from error
            return self.events(event.sheet)[-1]

    def _told(self, error: StoreError, page: PageId) -> DeskError | StoreError:
        row = self._store.page(page)
        if error.code == "E815" and row is not None:
            return TakenError("{name} works on this sheet.", name=row.locked_by or "?")
        return error

    def finish(self, sheet: str, user: str, page: ReviewedPage, replaces: str = "") -> None:
        """Record a finished page, with the times of care that it tells of."""
        self._store.unlock_page(_page_id(sheet), user)  # the confirmation is the first person's, not the second's
        other = _page_id(replaces) if replaces else None
        self._store.confirm_page(_page_id(sheet), self._timed(sheet, page), replaces=other)

    def _timed(self, sheet: str, page: ReviewedPage) -> ReviewedPage:
        form = self._fields.form(page.form, page.version)
        received = self.head(sheet).received
        if form is None or received < page.printed_at:
            return page
        bindings = self._pages.bindings((page.packet, page.page))
        return timed(page, form, bindings, Window(page.printed_at, received), ZoneInfo(self._zone))

    def identify(self, sheet: str, user: str, place: Place) -> None:
        """Take note which printed page a sheet is, and read it by that page's layout."""
        page = _page_id(sheet)
        reading = self._reread(page, place)
        self._store.record_identity(page, user, *place, reading)

    def _reread(self, page: PageId, place: Place) -> PageReading | None:
        """Read a sheet as the page that a person says it is; ``None`` where what was read of it stands."""
        row, info = self._row(str(page)), self._pages.info(place)
        before = self.known(row).reading
        if info is None or before.layout_id == info.layout.id:
            return None
        reading = read_bound_page(self._store.scans.path(page.scan), page.index, info, self._store.scans.put)
        return None if reading is None else replace(reading, file=before.file)

    def set_aside(self, sheet: str, user: str, outcome: Aside) -> None:
        """Take a sheet out of the queue."""
        self._store.settle_page(_page_id(sheet), user, outcome)

    def reopen(self, sheet: str, user: str) -> None:
        """Take back what finished a sheet."""
        self._store.reopen_page(_page_id(sheet), user)

    def lock(self, sheet: str, user: str) -> str:
        """Give a sheet to a person."""
        page = _page_id(sheet)
        row = self._row(sheet)
        try:
            self._store.lock_page(page, user)
        except StoreError as error:
            if error.code != "E815":
                raise
            return row.locked_by or "?"
        return ""

    def unlock(self, sheet: str, user: str) -> None:
        """Give a sheet back."""
        self._store.unlock_page(_page_id(sheet), user)


def _page_id(sheet: str) -> PageId:
    try:
        return PageId.parse(sheet)
    except ValueError:
        raise KeyError(sheet) from None


def open_desk(
    opened: OpenSite, store: SiteStore, sources: Sources, *, clock: Callable[[], datetime] | None = None
) -> StoreDesk:
    """Return the desk of a site.

    Args:
        opened: The site with its forms.
        store: Its store.
        sources: What its pages are recognised by.
        clock: The time; usual: the computer's.

    Raises:
        ConfigError: The site's ``recovery.toml`` cannot be used.
    """
    site = opened.site
    try:
        newest = newest_stored(site)
    except SnapshotError:
        snapshot = None  # nothing was stored: pages are bound by what was printed
    else:
        snapshot = intake.loads(newest.read_bytes(), str(newest))
    recovery = site.folder / "recovery.toml"
    policy = load_policy(recovery if recovery.is_file() else None)
    fields, census = FieldMaker(opened.library, policy, site.zone), Census(snapshot, sources.manifests)
    language = site.defaults.language
    pages = PrintedPages(sources, fields, census, language)
    return StoreDesk(store, pages, fields, census, zone=site.zone, language=language, clock=clock)
