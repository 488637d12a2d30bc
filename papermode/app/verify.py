"""Verify: is a packet folder what was written, and by whom?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from papermode.app.scans import keyring_for
from papermode.app.sheets import spans
from papermode.errors import PapermodeError, StoreError
from papermode.printing.binder import count_pages
from papermode.store import MANIFEST, PDF, Manifests, read_manifest, unsigned
from papermode.store.site import SiteStore
from papermode.trust.claims import claim_tag, parse_locator, verify
from papermode.trust.keyring import Keyring
from papermode.trust.manifest import verify_manifest


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one packet folder."""

    folder: Path
    packet: str
    pages: int
    trust: str
    faults: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "folder": str(self.folder),
            "packet": self.packet,
            "pages": self.pages,
            "trust": self.trust,
            "good": not self.faults,
            "faults": list(self.faults),
        }


def verify_packets(paths: Sequence[Path], *, site_keys: Path | None, card: Path | None) -> list[Verified]:
    """Check every packet folder under ``paths``; a fault is a value, not an exception."""
    found = sorted({m.parent for p in paths for m in p.rglob(MANIFEST)})
    return [_verify(folder, site_keys, card) for folder in found]


def _verify(folder: Path, site_keys: Path | None, card: Path | None) -> Verified:
    faults: list[str] = []
    try:
        manifest = read_manifest(folder / MANIFEST)
    except PapermodeError as error:
        return Verified(folder, "", 0, "", (str(error),))
    manifests = Manifests((folder,))
    keyring = keyring_for(manifests, site_keys=site_keys, card=card)
    trust = ""
    try:
        trust = verify_manifest(
            unsigned(manifest), manifest.get("signature", ""), keyring, datetime.fromisoformat(manifest["printed_at"])
        ).trust
    except PapermodeError as error:
        faults.append(str(error))
    faults += _pdf_faults(folder / PDF, manifest)
    faults += _page_faults(manifest, keyring)
    claims = {entry["claim"] for entry in manifest["pages"]}
    if len(claims) != len(manifest["pages"]):
        faults.append("two pages have the same claim")
    return Verified(folder, str(manifest["packet"]), len(manifest["pages"]), trust, tuple(faults))


def _page_faults(manifest: dict[str, Any], keyring: Keyring) -> list[str]:
    """Return what is wrong with the codes of pages, each fault once: a wrong key spoils all pages alike."""
    pages: dict[str, list[int]] = {}
    for entry in manifest["pages"]:
        try:
            verify(entry["claim"], keyring)
            if parse_locator(entry["locator"]).claim_tag == claim_tag(entry["claim"]):
                continue
            fault = "the locator is another page's"
        except PapermodeError as error:
            fault = str(error)
        pages.setdefault(fault, []).append(entry["page"])
    return [f"page{'s' if len(n) > 1 else ''} {spans(n)}: {fault}" for fault, n in pages.items()]


def no_packet(place: str) -> StoreError:
    """Return the fault that there is no packet folder where one is wanted."""
    return StoreError(
        "E822", place=place, fault="there is no packet folder.", cure="Name the folder that holds it, or print first."
    )


def unread_scans(store: SiteStore) -> list[str]:
    """Return what to say of scanned files that were received and not read to their end: scan was ended before."""
    return [
        f"{file.name}, received {file.received_at}: scan was ended before it was read; scan it again"
        f" (it is kept as {store.scans.path(file.scan)})"
        for file in store.unread_files()
    ]


def _pdf_faults(pdf: Path, manifest: dict[str, Any]) -> list[str]:
    try:
        digest = hashlib.sha256(pdf.read_bytes()).hexdigest()
    except OSError as error:
        return [f"{pdf} cannot be read ({error.strerror})"]
    if digest != manifest["pdf_sha256"]:
        return [f"{pdf} was changed after it was written"]
    pages = count_pages(pdf)
    return (
        [] if pages == len(manifest["pages"]) else [f"{pdf} has {pages} pages, the manifest {len(manifest['pages'])}"]
    )
