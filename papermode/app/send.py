"""Send: confirmed answers -> one FHIR transaction bundle. The seam for a live server is :class:`Target`."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from papermode.app.asked_again import Again, asked_again
from papermode.app.desk import open_desk
from papermode.app.filings import filings_of, result_of
from papermode.app.read_batch import Sources
from papermode.app.sites import OpenSite
from papermode.errors import PapermodeError, StoreError
from papermode.export.accept import left_out
from papermode.export.bundle import BundleResult, bundle
from papermode.export.documents import PagePdf
from papermode.export.filed import Filing, Filings, Id
from papermode.export.leftout import LeftOut
from papermode.export.naming import Naming, page_key
from papermode.export.policy import load_policy
from papermode.export.sides import with_days
from papermode.model.answers import ReviewedPage
from papermode.printing.pictures import picture_pdf
from papermode.scan.picture import jpeg_size
from papermode.store import FINISHED, Manifests
from papermode.store.fold import PageId
from papermode.store.site import SiteStore


class Target(Protocol):
    """Where a bundle goes. A file now; a FHIR server later."""

    @property
    def name(self) -> str:
        """What the journal calls it; without secrets."""
        ...

    def put(self, content: bytes) -> None:
        """Deliver the bundle whole, or raise a PapermodeError."""
        ...


@dataclass(frozen=True, slots=True)
class FileTarget:
    """A bundle written to a file, whole or not at all."""

    path: Path

    @property
    def name(self) -> str:
        """The file's path."""
        return f"file:{self.path}"

    def put(self, content: bytes) -> None:
        """Write the file.

        Raises:
            StoreError: E801, it cannot be written.
        """
        try:
            with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=".partial-", delete=False) as tmp:
                tmp.write(content)
                tmp.flush()
                os.fsync(tmp.fileno())
            Path(tmp.name).chmod(0o640)
            Path(tmp.name).replace(self.path)
        except OSError as error:
            raise StoreError(
                "E801",
                place=str(self.path),
                fault=f"cannot be written ({error.strerror}).",
                cure="Free space or choose another file.",
            ) from error


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, and what was not."""

    pages: int
    resources: dict[str, int]
    """How many of each type, without those that are taken back."""
    left_out: tuple[LeftOut, ...]
    taken_back: dict[str, int] = field(default_factory=dict)
    """What was filed before and goes out as entered in error, likewise."""

    def as_dict(self, manifests: Manifests) -> dict[str, Any]:
        """Return it for ``--json``; ``set`` is [4, 18] where the sheet says page 4 of 18."""
        left = [
            {
                "packet": x.packet,
                "page": x.page,
                "form": x.form,
                "set": None if (stored := manifests.page(x.packet, x.page)) is None else stored.entry["set"],
                "link_id": x.link_id,
                "row": x.row,
                "column": x.column,
                "what": x.what,
                "reason": x.reason,
                "words": x.words,
                "waits": x.waits,
            }
            for x in self.left_out
        ]
        return {"pages": self.pages, "resources": self.resources, "taken_back": self.taken_back, "left_out": left}


def send(opened: OpenSite, store: SiteStore, target: Target, *, user: str, sources: Sources) -> Sent:
    """Send every confirmed page, sent before or not: the same pages give the same bundle, and ids that file once.

    What was filed before and is not in the bundle any more, because its page was corrected or taken back, goes out as
    entered in error. A page about which review asks people again is left out until they have settled it; what was
    filed of it stands meanwhile.

    Args:
        opened: the site with its forms.
        store: its store.
        target: where the bundle goes.
        user: on whose behalf.
        sources: what its pages are recognised by, as in review.

    Raises:
        StoreError: the store is damaged (E812, E817): a bundle of a part of it would pass for the whole.
    """
    finished, unwritten = _finished(store)
    earlier = filings_of(store)
    # Asked for last: what people have changed while the pages were read is open again as well.
    again = asked_again(open_desk(opened, store, sources))
    _let_go(store, again, target, user)
    confirmed = [(page, reviewed) for page, reviewed in finished if page not in again]
    held = [(reviewed, again[page]) for page, reviewed in finished if page in again]
    result = make_bundle(opened, [page for _, page in confirmed], _Pictures(store), earlier, held)
    fresh = list(_fresh(store, confirmed, result, earlier))
    for page, own in fresh:
        store.record_filed(page, user, "intent", target.name, result_of(own))
    try:
        target.put(result.json)
    except PapermodeError as error:
        for page, _ in fresh:
            store.record_filed(page, user, "refused", target.name, str(error))
        raise
    for page, _ in fresh:
        store.record_filed(page, user, "filed", target.name)
    sent = summary(result)
    return replace(sent, left_out=(*sent.left_out, *unwritten))


def _let_go(store: SiteStore, again: Mapping[PageId, Again], target: Target, user: str) -> None:
    """Give pages back to review that a crash has left on their way, and that do not go out again."""
    for page in again:
        if _state(store, page) == "sending":
            store.record_filed(page, user, "held", target.name)


def _fresh(
    store: SiteStore, confirmed: Iterable[tuple[PageId, ReviewedPage]], result: BundleResult, earlier: Filings
) -> Iterator[tuple[PageId, Filings]]:
    """Go through the pages of which a bundle holds something new, with their resources.

    These are pages that were not filed, and such as were but of which more or something else is made now: the day of
    their times may stand on a page that came later.
    """
    made: dict[str, dict[Id, Filing]] = {}
    for identity, one in result.filings.items():
        made.setdefault(one.page, {})[identity] = one
    # What is left out whole and waits for somebody was not sent: it stays confirmed.
    kept = {(x.packet, x.page) for x in result.left_out if x.what == "page" and x.waits}
    for page, reviewed in confirmed:
        own = made.get(page_key(reviewed), {})
        sent = bool(own) or (reviewed.packet, reviewed.page) not in kept
        changed = any(earlier.get(identity) != one for identity, one in own.items())
        if changed or (sent and _state(store, page) != "filed"):
            yield page, own


def make_bundle(
    opened: OpenSite,
    pages: list[ReviewedPage],
    images: PagePdf,
    earlier: Filings | None = None,
    held: Sequence[tuple[ReviewedPage, Again]] = (),
) -> BundleResult:
    """Return the bundle of some pages by the site's policy.

    Args:
        opened: the site with its forms.
        pages: the pages.
        images: gives their pictures.
        earlier: all that was filed before.
        held: pages that stay out for now, and why.
    """
    policy = opened.site.folder / "recovery.toml"
    naming = Naming(mrn_system=opened.site.intake.mrn_system)
    versions = dict(opened.library.versions)
    zone = ZoneInfo(opened.site.zone)
    dated = with_days(pages, versions, zone)
    # A time whose day stands on a page that stays out is neither sent nor taken back: that day is in doubt, not wrong.
    whole = with_days([*pages, *(page for page, _ in held)], versions, zone)[: len(pages)]
    rests = [(page, "day-again") for page, full in zip(dated, whole, strict=True) if page != full]
    sendable = [page for page, full in zip(dated, whole, strict=True) if page == full]
    rules = load_policy(policy if policy.is_file() else None)
    return bundle(sendable, versions, images, naming, rules, earlier=earlier, held=(*held, *rests))


def summary(result: BundleResult) -> Sent:
    """Count what is in a bundle."""
    everything = Counter(str(entry["resource"]["resourceType"]) for entry in result.entries)
    gone = Counter(str(resource["resourceType"]) for resource in result.taken_back)
    return Sent(result.pages, dict(sorted((everything - gone).items())), result.left_out, dict(sorted(gone.items())))


class _Pictures:
    """Page pictures as PDF, from the store."""

    def __init__(self, store: SiteStore) -> None:
        self._store = store

    def __call__(self, page: ReviewedPage, /) -> bytes | None:
        """Return the picture of a page, or ``None`` where the store has none."""
        if not page.image_sha256 or not self._store.scans.has(page.image_sha256):
            return None
        jpeg = self._store.scans.read(page.image_sha256)
        return picture_pdf(jpeg, jpeg_size(jpeg), title=f"{page.form} page {page.page} of packet {page.packet}")


def _finished(store: SiteStore) -> tuple[list[tuple[PageId, ReviewedPage]], list[LeftOut]]:
    """Return what people have finished, without spare pages that nobody wrote on: they have no patient to go to."""
    out, spare = [], []
    for row in store.pages(states=FINISHED):
        page = store.reviewed(row.page)
        if page is None:
            continue
        if page.subject is None and not row.written and not any(a.value for a in page.answers):
            spare.append(left_out(page, "unwritten", "page"))
        else:
            out.append((row.page, page))
    return out, spare


def _state(store: SiteStore, page: PageId) -> str:
    row = store.page(page)
    return row.state if row is not None else ""
