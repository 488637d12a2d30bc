"""Scan: files -> readings, and what came back of each packet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from papermode.app.rebuild import Rebuilt
from papermode.errors import StoreError, TrustError
from papermode.model.claim import Claim
from papermode.model.reading import Answer, PageReading
from papermode.scan.child import page_images_guarded
from papermode.scan.images import Broken, PageImage
from papermode.scan.lookup import ClaimCheck, PageInfo
from papermode.scan.match import KnownCodes
from papermode.scan.picture import flat_picture, plain_picture
from papermode.scan.reader import read_bound, read_page
from papermode.scan.threads import one_picture_thread
from papermode.store import Manifests, place_of, unsigned
from papermode.trust import cards
from papermode.trust.claims import parse, verify
from papermode.trust.keyring import Keyring
from papermode.trust.manifest import verify_manifest

ROOT: Final = "PMR1 "
"""How the text of a root's card begins."""


@dataclass(frozen=True)
class StoreLookup:
    """Answers the reader's questions from the manifests, and from the forms where a packet folder is lost."""

    manifests: Manifests
    rebuilt: Rebuilt

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        """Return what was printed on a page, or ``None``."""
        found = self.manifests.page(packet_id, page)
        return None if found is None else PageInfo(found.layout, found.entry["claim"], found.head)

    def by_claim(self, claim: Claim, text: str) -> PageInfo | None:
        """Return a page of a lost packet, its layout made anew, or ``None``."""
        return self.rebuilt.by_claim(claim, text)

    def known_codes(self) -> KnownCodes:
        """Return the codes of the pages of all packets, the latest last."""
        return self._known

    @cached_property
    def _known(self) -> KnownCodes:
        latest_last = sorted(self.manifests.packets)  # their ids begin with the time
        return KnownCodes([page["claim"] for packet in latest_last for page in self.manifests.packets[packet]["pages"]])


class KeyCheck:
    """Checks claims against a keyring, which grows with the certificates that covers carry."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def __call__(self, text: str, /) -> ClaimCheck:
        """Return whether a text is a claim, and who vouches for it."""
        try:
            verified = verify(text, self.keyring)
        except TrustError as error:
            try:
                return ClaimCheck(parse(text), "", f"{error.fault} {error.cure}")
            except TrustError:
                return ClaimCheck(None, "", error.fault)
        # Outside the key's days is a warning for the operator (`verify`, `doctor`), not a doubt of the page.
        doubts = tuple("the key of this page was revoked" for d in verified.by.doubts if d == "revoked")
        return ClaimCheck(verified.claim, verified.by.trust, "", doubts)

    def learn(self, texts: Sequence[str]) -> bool:
        """Take up certificates that a root believed here has signed; tell whether there was one."""
        before = len(self.keyring.trusted())
        grown = self.keyring.joined(Keyring.from_texts(texts, "card"))
        if len(grown.trusted()) == before:
            return False
        self.keyring = grown
        return True


def keyring_for(manifests: Manifests, *, site_keys: Path | None, card: Path | None) -> Keyring:
    """Return whom to believe: the pinned card, the site's own keys, or else the packet folders' cards.

    A pinned card or the site's root is the authority, and a folder's card is then no root: anybody can make one.
    Certificates come from the packets as well, and count if the authority has signed them.

    Raises:
        TrustError: E619, E620, the site's keys or the card cannot be read.
    """
    certificates = Keyring.from_texts([c for c in manifests.cards() if not c.startswith(ROOT)], "card")
    if card is not None:
        return Keyring.from_texts([_root_card(card)], "card").joined(certificates)
    if site_keys is not None and site_keys.is_dir():
        return Keyring.from_folder(site_keys, "card").joined(certificates)
    return Keyring.from_texts(manifests.cards(), "folder")


def _root_card(file: Path) -> str:
    try:
        text = file.read_text("ascii").strip()
        if not isinstance(cards.parse(text), cards.RootCard):
            raise ValueError(text)
    except (OSError, ValueError, TrustError) as error:
        raise TrustError(
            "E620",
            place=str(file),
            fault="is no key card that can be read.",
            cure="Name the file root.card of the site.",
        ) from error
    return text


def check_manifest(manifest: dict[str, Any], keyring: Keyring) -> StoreError | None:
    """Return why a manifest must not be used: nobody believed here has signed it as it is."""
    try:
        at = datetime.fromisoformat(manifest["printed_at"])
        verify_manifest(unsigned(manifest), str(manifest.get("signature", "")), keyring, at)
    except (TrustError, ValueError) as error:
        why = error.fault if isinstance(error, TrustError) else "has no time."
        return StoreError(
            "E804",
            place=f"manifest of packet {manifest['packet']}",
            fault=f"is not used: its signature {why}",
            cure="Take the packet folder from another copy, or name its site's root card with --card.",
        )
    return None


Keep = Callable[[bytes], str]
"""Stores a picture and returns its SHA-256."""


def scan_paths(
    paths: Sequence[Path], manifests: Manifests, keyring: Keyring, rebuilt: Rebuilt, keep: Keep | None = None
) -> Iterator[PageReading]:
    """Read every page image of the files and folders; a broken file is one entry and stops nothing.

    With ``keep`` the upright picture of each page is made and stored, too.

    Pages whose key is not known yet wait for the end of the stack: its certificate may be on a cover that comes
    later. A certificate counts only if a root that is believed already has signed it.
    """
    one_picture_thread()
    lookup, check = StoreLookup(manifests, rebuilt), KeyCheck(keyring)
    waiting: dict[str, dict[int, PageReading]] = {}
    learned = False
    for image in page_images_guarded(paths):
        if isinstance(image, Broken):
            yield PageReading(str(image.file), image.index, "unreadable", (str(image.error),))
            continue
        reading = _read(image, lookup, check, keep)
        certificates = [t for t in reading.other_codes if t.startswith("PMK1 ")]
        learned |= bool(certificates) and check.learn(certificates)
        if reading.claim_text and not reading.trust:
            waiting.setdefault(reading.file, {})[reading.index] = reading
        else:
            yield reading
    if learned:
        yield from _again(waiting, lookup, check, keep)
    else:
        yield from (r for of in waiting.values() for r in of.values())


def _read(image: PageImage, lookup: StoreLookup, check: KeyCheck, keep: Keep | None) -> PageReading:
    if keep is None:
        return read_page(image, lookup, check)
    flat: list[bytes] = []
    reading = read_page(image, lookup, check, lambda *page: flat.append(flat_picture(*page)))
    # A page whose reading failed after it was found is shown as it was scanned.
    picture = flat[0] if flat and reading.layout_id else plain_picture(image.gray)
    return replace(reading, picture=keep(picture))


def read_bound_page(file: Path, index: int, info: PageInfo, keep: Keep) -> PageReading | None:
    """Read one image of a file by the layout of the page that a person has bound it to.

    Returns:
        The reading with its flat picture kept, or ``None`` where the image cannot be laid on that page.
    """
    flat: list[bytes] = []
    found = (i for i in page_images_guarded([file]) if isinstance(i, PageImage) and i.index == index)
    reading = next((read_bound(image, info, lambda *page: flat.append(flat_picture(*page))) for image in found), None)
    return replace(reading, picture=keep(flat[0])) if reading is not None and flat else None


def _again(
    waiting: dict[str, dict[int, PageReading]], lookup: StoreLookup, check: KeyCheck, keep: Keep | None
) -> Iterator[PageReading]:
    """Read the pages once more that came before the certificate of their key."""
    for image in page_images_guarded([Path(file) for file in waiting]):
        if not isinstance(image, Broken) and image.index in waiting.get(str(image.file), {}):
            yield _read(image, lookup, check, keep)


def page_dict(r: PageReading, manifests: Manifests) -> dict[str, Any]:
    """Return one page for ``--json``."""
    key = place_of(r)
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
        "set": entry["set"] if entry else None,
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
