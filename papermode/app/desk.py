"""The review desk on the site's store, packets, forms and newest snapshot (``papermode.review.desk.Desk``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from papermode import intake
from papermode.app.desk_fields import Bindings, FieldMaker
from papermode.app.desk_log import DeskLog, written
from papermode.app.desk_people import Census
from papermode.app.rebuild import Rebuilt
from papermode.app.scans import keyring_for, page_key
from papermode.app.sites import OpenSite
from papermode.app.snapshots import newest_stored
from papermode.errors import SnapshotError, StoreError, TrustError
from papermode.export.care import PageTimes, care_times
from papermode.export.policy import load_policy
from papermode.export.times import Window
from papermode.ids import check_reserved, packet_time
from papermode.model.answers import ReviewedPage
from papermode.model.claim import Claim
from papermode.model.layout import Layout
from papermode.model.packet import Subject
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
from papermode.scan.picture import jpeg_size
from papermode.store import Manifests, PageId, PageRow, SiteStore, StoredPage
from papermode.trust.claims import claim_tag, parse_locator, verify
from papermode.trust.keyring import Keyring
from papermode.trust.wedge import meant

LABEL: Final = "there is a label or writing where this patient's page must be empty"
"""The tripwire of :mod:`papermode.scan.tripwires`, in its own words."""
_STATES: Final[dict[str, SheetState]] = {
    "duplicate": "duplicate",
    "confirmed": "confirmed",
    "sending": "sending",
    "filed": "filed",
    "settled": "aside",
}
_RISKS: Final = (("MAR", 0), ("ADMIT", 1), ("VITALS", 2), ("IO", 3))


@dataclass(frozen=True, slots=True)
class Known:
    """What an image says by itself, whatever people have done with it."""

    reading: PageReading
    printed: Printed | None
    layout: Layout | None
    bindings: Bindings
    reserved: str
    unbound: bool
    doubts: int


class StoreDesk:
    """The desk."""

    def __init__(
        self,
        store: SiteStore,
        manifests: Manifests,
        rebuilt: Rebuilt,
        keyring: Keyring,
        fields: FieldMaker,
        census: Census,
        *,
        zone: str,
        language: str = "en",
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._store = store
        self._manifests = manifests
        self._rebuilt = rebuilt
        self._keyring = keyring
        self._fields = fields
        self._census = census
        self._zone = zone
        self._language = language
        self._clock = clock or (lambda: datetime.now(UTC))
        self._log = DeskLog(store)
        self._known: dict[PageId, tuple[int, Known]] = {}
        self._scanned: dict[Place, Printed] = {}
        """Pages named by a hand-held scanner."""

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
        places = Counter((r.packet, r.serial) for r in rows if r.state != "settled")
        return [self._head(row, row.packet is not None and places[row.packet, row.serial] > 1) for row in rows]

    def head(self, sheet: str) -> Head:
        """Return one sheet as the queue shows it."""
        self._log.catch_up()
        row = self._row(sheet)
        twins = self._store.pages(packet=row.packet, serial=row.serial) if row.packet is not None else ()
        return self._head(row, sum(t.state != "settled" for t in twins) > 1)

    def _row(self, sheet: str) -> PageRow:
        row = self._store.page(_page_id(sheet))
        if row is None:
            raise KeyError(sheet)
        return row

    def _head(self, row: PageRow, twice: bool) -> Head:
        known = self._of(row)
        reading, printed = known.reading, known.printed
        match = self._census.match(reading.claim, printed.subject if printed else None)
        if known.unbound or known.reserved:
            match = "none"
        elif LABEL in reading.why and match != "different":
            match = "label"
        return Head(
            id=str(row.page),
            status=row.status,
            state=_STATES.get(row.state, "open"),
            file=row.file,
            index=row.page.index,
            received=self._log.received(row.page.scan) or packet_time_or_now(printed, self.now()),
            why=reading.why,
            printed=printed,
            reserved=known.reserved,
            unbound=known.unbound,
            alarm=bool(known.reserved) and twice,
            match=match,
            doubts=known.doubts,
            risk=_risk(printed),
            written=row.written,
            aside=row.settled,
            locked_by=row.locked_by or "",
        )

    def _of(self, row: PageRow) -> Known:
        found = self._known.get(row.page)
        if found is None or found[0] != row.reading:
            found = (row.reading, self._know(self._log.reading(row.page, row.reading)))
            self._known[row.page] = found
        return found[1]

    def _know(self, reading: PageReading) -> Known:
        key, claim = page_key(reading), reading.claim
        stored = self._manifests.page(*key) if key is not None else None
        master = claim is not None and not claim.mrn and not claim.encounter and self._unbound_form(claim.form)
        sound = bool(reading.trust) and (bool(reading.layout_id) or stored is None)
        if key is None or claim is None or not sound:
            return Known(reading, None, None, Bindings.of(None), "", True, 0)
        layout: Layout | None
        if stored is not None:
            printed, layout, bindings = self._printed(stored), stored.layout, Bindings.of(stored.entry)
        else:
            info = self._rebuilt.by_claim(claim, reading.claim_text)
            printed, layout = self._by_claim(claim), info.layout if info is not None else None
            bindings = Bindings.of(None)
        fits = layout is not None and layout.id == reading.layout_id
        form = (printed.form, printed.version)
        doubts = self._fields.doubts(layout, form, reading.answers) if layout is not None and fits else 0
        reserved = claim.encounter if not claim.mrn and check_reserved(claim.encounter) else ""
        if not reading.written:
            # A spare set or master that nobody wrote on is nobody's.
            master, reserved = False, ""
        titled = self._titled(printed, self._language)
        return Known(reading, titled, layout if fits else None, bindings, reserved, master, doubts)

    def _unbound_form(self, form: str) -> bool:
        return self._rebuilt.subject(form) == "unbound"

    def sheet(self, sheet: str, language: str, place: Place | None = None) -> Sheet:
        """Return a sheet with its fields."""
        head = self.head(sheet)
        row = self._row(sheet)
        known = self._of(row)
        reading, layout, printed, bindings = known.reading, known.layout, known.printed, known.bindings
        if place is not None:
            stored = self._manifests.page(*place)
            printed = self._printed(stored) if stored is not None else self._scanned.get(place)
            layout = stored.layout if stored is not None else None
            bindings = Bindings.of(stored.entry if stored is not None else None)
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
            head=replace(head, printed=self._titled(printed, language)),
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

    # Printed pages

    def _printed(self, stored: StoredPage) -> Printed:
        manifest, entry = self._manifests.packets[stored.packet], stored.entry
        patient: dict[str, Any] | None = entry["patient"]
        subject = Subject(patient["mrn"], patient["name"], patient["birth_date"]) if patient is not None else None
        x, y = entry["set"]
        return Printed(
            packet=stored.packet,
            page=entry["page"],
            form=entry["form"],
            version=entry["version"],
            title="",
            ward=manifest["ward"],
            site=manifest["site"],
            printed_at=datetime.fromisoformat(manifest["printed_at"]),
            subject=subject,
            encounter=entry["encounter"] or "",
            set_x=x,
            set_y=y,
        )

    def _by_claim(self, claim: Claim) -> Printed:
        """Return a page of a lost packet: its name is that of the data, where the claim's check agrees."""
        subject = None
        if claim.mrn:
            found = self._census.in_data(claim.mrn)
            agrees = found is not None and self._census.match(claim, None) == "same"
            subject = found.subject if found is not None and agrees else None
            subject = Subject(claim.mrn, subject.name if subject else "", subject.birth_date if subject else "")
        at = packet_time(claim.packet)
        return Printed(
            claim.packet, claim.page, claim.form, claim.version, "", claim.ward, claim.site, at, subject,
            claim.encounter, claim.page, claim.pages,
        )  # fmt: skip

    def _titled(self, printed: Printed | None, language: str) -> Printed | None:
        if printed is None:
            return None
        form = self._fields.form(printed.form, printed.version)
        return replace(printed, title=form.title.get(language) if form is not None else printed.form)

    def printed_of(self, mrn: str) -> Sequence[Printed]:
        """Return the pages printed for a patient."""
        back = {(r.packet, r.serial) for r in self._store.pages() if r.state != "settled"}
        found = [
            self._titled(self._printed(stored), self._language)
            for stored in self._manifests.pages()
            if stored.entry["mrn"] == mrn
        ]
        lost = [p for p in self._scanned.values() if p.subject is not None and p.subject.mrn == mrn]
        return [replace(p, back=p.place in back) for p in (*found, *lost) if p is not None]

    def recognise(self, typed: Sequence[str], language: str) -> Printed | None:
        """Return the printed page whose code was scanned into a field."""
        found = meant(typed, self._place_of)
        if found is None:
            return None
        place = self._place_of(found)
        stored = self._manifests.page(*place) if place is not None else None
        if stored is not None:
            return self._titled(self._printed(stored), language)
        printed = self._titled(self._by_claim(verify(found, self._keyring).claim), language)
        if printed is not None:
            self._scanned[printed.place] = printed
        return printed

    def _place_of(self, text: str) -> Place | None:
        """Return the page of a claim whose signature is good, or of a locator that agrees with a manifest."""
        try:
            claim = verify(text, self._keyring).claim
        except TrustError:
            pass
        else:
            return claim.packet, claim.page
        try:
            locator = parse_locator(text)
        except TrustError:
            return None
        stored = self._manifests.page(locator.packet, locator.page)
        same = stored is not None and claim_tag(stored.entry["claim"]) == locator.claim_tag
        return (locator.packet, locator.page) if same else None

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

    def finish(self, sheet: str, user: str, page: ReviewedPage) -> None:
        """Record a finished page, with the times of care that it tells of."""
        self._store.unlock_page(_page_id(sheet), user)  # the confirmation is the first person's, not the second's
        self._store.confirm_page(_page_id(sheet), self._timed(sheet, page))

    def _timed(self, sheet: str, page: ReviewedPage) -> ReviewedPage:
        form = self._fields.form(page.form, page.version)
        head = self.head(sheet)
        if form is None or head.received < page.printed_at:
            return page
        stored = self._manifests.page(page.packet, page.page)
        bindings = Bindings.of(stored.entry if stored is not None else None)
        times = PageTimes(ZoneInfo(self._zone), Window(page.printed_at, head.received), self._due(page, bindings))
        at = care_times(form, page.answers, times).at
        return replace(page, answers=tuple(replace(a, at=at.get((a.link_id, a.row, a.column))) for a in page.answers))

    def _due(self, page: ReviewedPage, bindings: Bindings) -> dict[tuple[int, int], datetime]:
        """Return the printed times of the page's entries, also of columns that have one time for all rows."""
        due = dict(bindings.due)
        for a in page.answers:
            common = bindings.due.get((0, a.column or 0))
            if common is not None:
                due.setdefault((a.row or 0, a.column or 0), common)
        return due

    def identify(self, sheet: str, user: str, place: Place) -> None:
        """Take note which printed page a sheet is."""
        self._store.record_identity(_page_id(sheet), user, *place)

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


def packet_time_or_now(printed: Printed | None, now: datetime) -> datetime:
    """Return a time for a sheet whose file was received before times were kept."""
    return printed.printed_at if printed is not None else now


def _page_id(sheet: str) -> PageId:
    try:
        return PageId.parse(sheet)
    except ValueError:
        raise KeyError(sheet) from None


def _risk(printed: Printed | None) -> int:
    """Return how much hangs on a form: medicines first."""
    return next((risk for name, risk in _RISKS if printed is not None and printed.form.startswith(name)), 9)


def open_desk(
    opened: OpenSite, store: SiteStore, packets: Sequence[Path] = (), *, clock: Callable[[], datetime] | None = None
) -> StoreDesk:
    """Return the desk of a site.

    Args:
        opened: The site with its forms.
        store: Its store.
        packets: Where its packet folders are; the site's own if none is given.
        clock: The time; usual: the computer's.

    Raises:
        ConfigError: The site's ``recovery.toml`` cannot be used.
    """
    site = opened.site
    folders = tuple(packets) or ((site.packets,) if site.packets.is_dir() else ())
    manifests = Manifests(folders)
    try:
        newest = newest_stored(site)
    except SnapshotError:
        snapshot = None  # nothing was stored: pages are bound by what was printed
    else:
        snapshot = intake.loads(newest.read_bytes(), str(newest))
    recovery = site.folder / "recovery.toml"
    policy = load_policy(recovery if recovery.is_file() else None)
    return StoreDesk(
        store,
        manifests,
        Rebuilt(lambda: opened.library),
        keyring_for(manifests, site_keys=site.keys, card=None),
        FieldMaker(opened.library, policy, site.zone),
        Census(snapshot, manifests),
        zone=site.zone,
        language=site.defaults.language,
        clock=clock,
    )
