"""What the review desk knows of pages: from the packets' manifests, from claims, and from what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from papermode.app.desk_fields import NO_BINDINGS, Bindings, FieldMaker
from papermode.app.desk_people import Census
from papermode.app.read_batch import Sources
from papermode.app.scans import StoreLookup
from papermode.errors import TrustError
from papermode.ids import check_reserved, packet_time
from papermode.model.claim import Claim
from papermode.model.layout import Layout
from papermode.model.packet import Subject
from papermode.model.reading import PageReading
from papermode.review.desk import Place, Printed
from papermode.scan.lookup import PageInfo
from papermode.store import StoredPage, place_of
from papermode.trust.claims import claim_tag, parse_locator, verify
from papermode.trust.wedge import meant

_RISKS: Final = (("MAR", 0), ("ADMIT", 1), ("VITALS", 2), ("IO", 3))


@dataclass(frozen=True, slots=True)
class Known:
    """What an image says by itself, whatever people have done with it."""

    reading: PageReading
    printed: Printed | None = None
    layout: Layout | None = None
    """The layout that it was read by; ``None`` where the picture is not flat."""
    bindings: Bindings = NO_BINDINGS
    reserved: str = ""
    unbound: bool = True
    doubts: int = 0


class PrintedPages:
    """The printed pages of a site."""

    def __init__(
        self,
        sources: Sources,
        fields: FieldMaker,
        census: Census,
        language: str,
    ) -> None:
        self.manifests = sources.manifests
        self._rebuilt = sources.rebuilt
        self._keyring = sources.keyring
        self._lookup = StoreLookup(sources.manifests, sources.rebuilt)
        self._fields = fields
        self._census = census
        self._language = language
        self._scanned: dict[Place, tuple[Printed, PageInfo | None]] = {}
        """Pages of lost packets that a hand-held scanner has named."""

    def know(self, reading: PageReading) -> Known:
        """Return what an image says."""
        key, claim = place_of(reading), reading.claim
        stored = self.manifests.page(*key) if key is not None else None
        # A page of a packet that is here, but without a layout, contradicts itself: a person says which it is.
        if key is None or claim is None or not reading.trust or (stored is not None and not reading.layout_id):
            return Known(reading)
        if stored is not None:
            printed, bindings = self.printed(stored), Bindings.of(stored.entry)
            layout: Layout | None = stored.layout
        else:
            printed, bindings = self._by_claim(claim), NO_BINDINGS
            info = self._rebuilt.by_claim(claim, reading.claim_text)
            layout = info.layout if info is not None else None
        flat = layout if layout is not None and layout.id == reading.layout_id else None
        form = (printed.form, printed.version)
        # A spare set or a copy master that nobody has written on is nobody's.
        open_ = reading.written and not claim.mrn
        master = open_ and self._rebuilt.is_master(claim)
        return Known(
            reading,
            self.titled(printed, self._language),
            flat,
            bindings,
            claim.encounter if open_ and check_reserved(claim.encounter) else "",
            master,
            self._fields.doubts(flat, form, reading.answers) if flat is not None else 0,
        )

    def at(self, place: Place) -> tuple[Printed | None, Layout | None, Bindings]:
        """Return a page by its place, with its layout and what its rows mean, as far as they are known."""
        stored = self.manifests.page(*place)
        if stored is None:
            printed, info = self._scanned.get(place, (None, None))
            return printed, info.layout if info is not None else None, NO_BINDINGS
        return self.printed(stored), stored.layout, Bindings.of(stored.entry)

    def info(self, place: Place) -> PageInfo | None:
        """Return what was printed on a page as the reader wants it."""
        return self._lookup.by_packet(*place) or self._scanned.get(place, (None, None))[1]

    def bindings(self, place: Place) -> Bindings:
        """Return what the rows and columns of a page mean."""
        return self.at(place)[2]

    def printed(self, stored: StoredPage) -> Printed:
        """Return what a manifest says of a page."""
        manifest, entry = self.manifests.packets[stored.packet], stored.entry
        patient: dict[str, Any] | None = entry["patient"]
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
            subject=Subject(patient["mrn"], patient["name"], patient["birth_date"]) if patient is not None else None,
            encounter=entry["encounter"] or "",
            set_x=x,
            set_y=y,
        )

    def _by_claim(self, claim: Claim) -> Printed:
        """Return a page of a lost packet: the name is that of the data, where the claim's check agrees."""
        subject = None
        if claim.mrn:
            found = self._census.in_data(claim.mrn)
            agrees = found is not None and self._census.match(claim, None) == "same"
            name, born = (found.subject.name, found.subject.birth_date) if found is not None and agrees else ("", "")
            subject = Subject(claim.mrn, name, born)
        return Printed(
            packet=claim.packet,
            page=claim.page,
            form=claim.form,
            version=claim.version,
            title="",
            ward=claim.ward,
            site=claim.site,
            printed_at=packet_time(claim.packet),
            subject=subject,
            encounter=claim.encounter,
            set_x=claim.page,
            set_y=claim.pages,
        )

    def titled(self, printed: Printed, language: str) -> Printed:
        """Return a page with its form's title in a language."""
        form = self._fields.form(printed.form, printed.version)
        return replace(printed, title=form.title.get(language) if form is not None else printed.form)

    def of_patient(self, mrn: str, back: Iterable[tuple[str | None, int | None]]) -> list[Printed]:
        """Return the pages printed for a patient.

        Args:
            mrn: The patient.
            back: The places of the pages that have come back.
        """
        came = set(back)
        found = [self.printed(stored) for stored in self.manifests.pages(mrn)]
        lost = [p for p, _ in self._scanned.values() if p.subject is not None and p.subject.mrn == mrn]
        return [replace(self.titled(p, self._language), back=p.place in came) for p in (*found, *lost)]

    def recognise(self, typed: Sequence[str], language: str) -> Printed | None:
        """Return the page whose code was typed by a scanner, through whatever keyboard."""
        text = meant(typed, self._place_of)
        place = self._place_of(text) if text is not None else None
        if text is None or place is None:
            return None
        printed, _, _ = self.at(place)
        if printed is None:
            claim = verify(text, self._keyring).claim
            printed = self._by_claim(claim)
            self._scanned[place] = printed, self._rebuilt.by_claim(claim, text)
        return self.titled(printed, language)

    def _place_of(self, text: str) -> Place | None:
        """Return the page of a claim whose signature is good, or of a locator that agrees with a manifest."""
        try:
            claim = verify(text, self._keyring).claim
        except TrustError:
            return self._located(text)
        return claim.packet, claim.page

    def _located(self, text: str) -> Place | None:
        try:
            locator = parse_locator(text)
        except TrustError:
            return None
        stored = self.manifests.page(locator.packet, locator.page)
        same = stored is not None and claim_tag(stored.entry["claim"]) == locator.claim_tag
        return (locator.packet, locator.page) if same else None


def risk(printed: Printed | None) -> int:
    """Return how much hangs on a page: medicines first."""
    return next((n for name, n in _RISKS if printed is not None and printed.form.startswith(name)), 9)
