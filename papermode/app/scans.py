"""Scan: files -> readings, and what came back of each packet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from papermode.errors import TrustError
from papermode.model.reading import Answer, PageReading
from papermode.scan.child import page_images_guarded
from papermode.scan.images import Broken
from papermode.scan.lookup import ClaimCheck, PageInfo
from papermode.scan.reader import read_page
from papermode.store import Manifests
from papermode.trust.claims import parse, parse_locator, verify
from papermode.trust.keyring import Keyring


@dataclass(frozen=True, slots=True)
class StoreLookup:
    """Answers the reader's questions from the manifests."""

    manifests: Manifests

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        """Return what was printed on a page, or ``None``."""
        found = self.manifests.page(packet_id, page)
        return None if found is None else PageInfo(found.layout, found.entry["claim"])


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Checks claims against a keyring."""

    keyring: Keyring

    def __call__(self, text: str, /) -> ClaimCheck:
        """Return whether a text is a claim, and who vouches for it."""
        try:
            verified = verify(text, self.keyring)
        except TrustError as error:
            try:
                return ClaimCheck(parse(text), "", f"{error.fault} {error.cure}")
            except TrustError:
                return ClaimCheck(None, "", error.fault)
        # A signature outside the key's days is a warning for the operator (`verify`, `doctor`), not a doubt of the page.
        doubts = tuple("the key of this page was revoked" for d in verified.by.doubts if d == "revoked")
        return ClaimCheck(verified.claim, verified.by.trust, "", doubts)


@dataclass(slots=True)
class ScanReport:
    """What one run of scan saw."""

    readings: list[PageReading] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    trust: Literal["card", "folder", ""] = ""

    def as_dict(self, manifests: Manifests) -> dict[str, Any]:
        """Return it for ``--json`` (DESIGN 5)."""
        return {
            "pages": [page_dict(r, manifests) for r in self.readings],
            "missing": self.missing,
            "duplicates": self.duplicates,
            "unknown": self.unknown,
            "trust": self.trust,
        }


def keyring_for(manifests: Manifests, *, site_keys: Path | None, card: Path | None) -> Keyring:
    """Return whom to believe: the pinned card, the site's own keys, or else the packet folders' cards.

    A pinned card or the site's root is the authority; certificates come from the packets as well.
    """
    if card is not None:
        try:
            texts = [card.read_text("ascii").strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise TrustError(
                "E620",
                place=str(card),
                fault="cannot be read as a key card.",
                cure="Name the file root.card of the site.",
            ) from error
        certificates = [c for c in manifests.cards() if not c.startswith("PMR1 ")]
        return Keyring.from_texts([*texts, *certificates], "card")
    if site_keys is not None and site_keys.is_dir():
        return Keyring.from_folder(site_keys, "card").joined(Keyring.from_texts(manifests.cards(), "folder"))
    return Keyring.from_texts(manifests.cards(), "folder")


def scan_paths(paths: Sequence[Path], manifests: Manifests, keyring: Keyring) -> Iterator[PageReading]:
    """Read every page image of the files and folders; a broken file is one entry and stops nothing."""
    lookup, check = StoreLookup(manifests), KeyCheck(keyring)
    for image in page_images_guarded(paths):
        if isinstance(image, Broken):
            yield PageReading(str(image.file), image.index, "unreadable", (str(image.error),))
        else:
            yield read_page(image, lookup, check)


def report_of(readings: Iterable[PageReading], manifests: Manifests) -> ScanReport:
    """Account for every page: which printed pages are missing or came twice, which images are no page of ours.

    'Missing' counts the pages of packets of which at least one page was handed in.
    """
    report = ScanReport(list(readings))
    seen: dict[tuple[str, int], list[str]] = {}
    for r in report.readings:
        key = page_key(r)
        if key is None:
            if r.status in ("foreign", "unreadable") or (
                r.status == "review" and not r.claim_text and not r.locator_text
            ):
                report.unknown.append({"file": r.file, "index": r.index, "status": r.status, "why": list(r.why)})
        else:
            seen.setdefault(key, []).append(f"{r.file}#{r.index}")
    for (packet, serial), places in seen.items():
        if len(places) > 1:
            report.duplicates.append({"packet": packet, "page": serial, "images": places})
    packets = {packet for packet, _ in seen}
    for stored in manifests.pages():
        if stored.packet in packets and (stored.packet, stored.entry["page"]) not in seen:
            report.missing.append(
                {
                    "packet": stored.packet,
                    "page": stored.entry["page"],
                    "form": stored.entry["form"],
                    "mrn": stored.entry["mrn"],
                }
            )
    trusts = {r.trust for r in report.readings if r.trust}
    report.trust = "folder" if "folder" in trusts else "card" if trusts else ""
    return report


def page_key(r: PageReading) -> tuple[str, int] | None:
    """Return (packet, serial) of a reading, by its claim or its locator."""
    if r.claim is not None:
        return r.claim.packet, r.claim.page
    if r.locator_text:
        try:
            locator = parse_locator(r.locator_text)
        except TrustError:
            return None
        return locator.packet, locator.page
    return None


def page_dict(r: PageReading, manifests: Manifests) -> dict[str, Any]:
    """Return one page for ``--json``."""
    key = page_key(r)
    entry = None
    if key is not None:
        stored = manifests.page(*key)
        entry = stored.entry if stored else None
    claim = r.claim
    return {
        "file": r.file,
        "index": r.index,
        "status": r.status,
        "why": list(r.why),
        "claim": r.claim_text or None,
        "locator": r.locator_text or None,
        "packet": key[0] if key else None,
        "page": key[1] if key else None,
        "form": claim.form if claim else entry["form"] if entry else None,
        "version": claim.version if claim else entry["version"] if entry else None,
        "mrn": (claim.mrn or None) if claim else entry["mrn"] if entry else None,
        "encounter": (claim.encounter or None) if claim else entry["encounter"] if entry else None,
        "layout": r.layout_id or None,
        "rotation": r.rotation,
        "trust": r.trust,
        "fit": None
        if r.fit is None
        else {
            "p95_mm": round(r.fit.p95_mm, 3),
            "anchors_found": r.fit.anchors_found,
            "anchors_total": r.fit.anchors_total,
            "edge_offset_mm": round(r.fit.edge_offset_mm, 3),
        },
        "written": r.written,
        "answers": [answer_dict(a) for a in r.answers],
        "other_codes": list(r.other_codes),
    }


def answer_dict(a: Answer) -> dict[str, Any]:
    """Return one answer for ``--json``."""
    return {
        "link_id": a.link_id,
        "kind": a.kind,
        "value": list(a.value) if isinstance(a.value, tuple) else a.value,
        "state": a.state,
        "confidence": round(a.confidence, 3),
        "row": a.row,
        "column": a.column,
    }
