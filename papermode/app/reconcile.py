"""Reconcile: of every printed page, where it is.

Filed, confirmed, in review, unwritten, twice, set aside, to be scanned again, still out, or closed by the census.
Sheets that are to be scanned again are named by file and image, so that they can be found in their heap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from papermode.app.asked_again import asked_again
from papermode.app.verify import no_packet
from papermode.errors import StoreError
from papermode.review.desk import Desk
from papermode.store import FINISHED, OPEN, Manifests, PageId
from papermode.store.index import PageRow
from papermode.store.site import SiteStore

Whereabouts = Literal["filed", "confirmed", "in review", "unwritten", "twice", "set aside", "rescan", "out", "closed"]
"""``closed``: not come back, and the ward's census says the patient had left. ``set aside``: a person has said of every
image of it that nothing is to be filed. ``rescan``: it is here on paper, and to be scanned again. ``twice``: it came
more than once, and an image with other writing, or of which that is not known, waits for a person."""
WAITING: Final[tuple[Whereabouts, ...]] = ("out", "in review", "twice", "rescan")
"""Where somebody has to do something."""
GONE: Final = frozenset({"moved", "discharged", "died", "never"})
"""Answers of the census (``census.where``) after which missing pages are not looked for."""
_WORKED: Final = ("confirmed", "sending")


@dataclass(frozen=True, slots=True)
class Rescan:
    """An image that a person has set aside: its sheet is to be scanned again."""

    scan: str
    """SHA-256 of the scanned file."""
    file: str
    """Its name."""
    index: int
    """0-based image in the file."""
    by: str
    """Who set it aside."""
    at: datetime
    """When."""

    @classmethod
    def of(cls, row: PageRow) -> Rescan:
        """Return what is said of an image that is set aside; nobody has changed it since."""
        return cls(row.page.scan, row.file, row.page.index, row.user, datetime.fromisoformat(row.changed_at))

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        image = {"file": self.file, "index": self.index, "scan": self.scan}
        return {**image, "set_aside_by": self.by, "set_aside_at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class PageState:
    """One printed page."""

    page: int
    form: str
    where: Whereabouts
    images: int
    place: tuple[int, int]
    """(4, 18) where the sheet says page 4 of 18."""
    rescans: tuple[Rescan, ...] = ()
    """The images set aside, where it is to be scanned again."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        known = {"page": self.page, "form": self.form, "set": list(self.place), "where": self.where}
        return {**known, "images": self.images, "rescans": [r.as_dict() for r in self.rescans]}


@dataclass(frozen=True, slots=True)
class SetState:
    """One patient set, ward set or admission set of a packet."""

    first: int
    mrn: str | None
    encounter: str | None
    pages: tuple[PageState, ...]

    def counts(self) -> Counter[str]:
        """Return how many pages are where."""
        return Counter(p.where for p in self.pages)


@dataclass(frozen=True, slots=True)
class PacketState:
    """One packet."""

    packet: str
    ward: str
    printed_at: str
    sets: tuple[SetState, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        total: Counter[str] = Counter()
        for s in self.sets:
            total += s.counts()
        return {
            "packet": self.packet,
            "ward": self.ward,
            "printed_at": self.printed_at,
            "pages": sum(total.values()),
            "counts": dict(sorted(total.items())),
            "sets": [
                {
                    "first_page": s.first,
                    "mrn": s.mrn,
                    "encounter": s.encounter,
                    "counts": dict(sorted(s.counts().items())),
                    "pages": [p.as_dict() for p in s.pages],
                }
                for s in self.sets
            ],
        }


@dataclass(frozen=True, slots=True)
class Account:
    """Where every printed page is, and what could not be accounted for."""

    packets: tuple[PacketState, ...]
    faults: tuple[StoreError, ...]
    rescans: tuple[Rescan, ...] = ()
    """Images to be scanned again that stand under no page: nobody knows which it is, its packet is not here, or another
    sheet of it has come."""

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something."""
        counts = (s.counts() for p in self.packets for s in p.sets)
        return bool(self.rescans) or any(found[where] for found in counts for where in WAITING)

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "packets": [p.as_dict() for p in self.packets],
            "rescans": [r.as_dict() for r in self.rescans],
            "errors": [e.as_dict() for e in self.faults],
        }


def reconcile(manifests: Manifests, store: SiteStore, desk: Desk, packet: str | None = None) -> Account:
    """Return where every printed page of the packets is.

    Args:
        manifests: The packets that are here.
        store: What came back.
        desk: The review desk: it tells about which finished images people are asked again, and which are to be scanned
            again. Whatever was confirmed or filed of them, they wait.
        packet: One packet's id; ``None``: all, and the sheets that are of no known packet.

    Raises:
        StoreError: The store is damaged (E812, E817): an account of a part of it would pass for the whole.
    """
    if store.fault is not None:
        raise store.fault
    again, to_rescan = asked_again(desk), {h.id for h in desk.heads() if h.to_rescan}
    rows: dict[tuple[str, int], list[PageRow]] = {}
    rescans: dict[PageId, Rescan] = {}
    for row in store.pages(packet=packet) if packet else store.pages():
        if str(row.page) in to_rescan:
            rescans[row.page] = Rescan.of(row)
        if row.packet is not None and row.serial is not None:
            stands = replace(row, state="review") if row.page in again else row
            rows.setdefault((row.packet, row.serial), []).append(stands)
    # A manifest that nobody believed here has signed is named as a fault, and not counted by.
    chosen = {k: m for k, m in manifests.packets.items() if packet in (None, k) and manifests.page(k, 1) is not None}
    packets = tuple(_packet(m, rows, rescans, _gone(m, rows, store)) for m in chosen.values())
    told = {r for p in packets for s in p.sets for page in s.pages for r in page.rescans}
    loose = tuple(r for r in rescans.values() if r not in told)
    return Account(packets, (*manifests.faults, *_not_here(manifests, rows, packet)), loose)


def _not_here(
    manifests: Manifests, rows: Mapping[tuple[str, int], list[PageRow]], packet: str | None
) -> Iterator[StoreError]:
    """Go through what cannot be accounted for: images of packets that are not here, or no packet at all."""
    images = Counter(key[0] for key, found in rows.items() for _ in found if key[0] not in manifests.packets)
    for identifier, count in sorted(images.items()):
        yield StoreError(
            "E823",
            place=f"packet {identifier}",
            fault=f"is not here, but {count} image{'s' if count > 1 else ''} of its pages came back.",
            cure="Name the folder that holds it: --packets DIR.",
        )
    if not images and (packet or not manifests.packets) and packet not in manifests.packets:
        yield no_packet(f"packet {packet}" if packet else "papermode reconcile")


def _packet(
    manifest: Mapping[str, Any],
    rows: Mapping[tuple[str, int], list[PageRow]],
    rescans: Mapping[PageId, Rescan],
    gone: set[str],
) -> PacketState:
    sets: list[SetState] = []
    current: list[PageState] = []
    head: Mapping[str, Any] = {}
    for entry in manifest["pages"]:
        if entry["set"][0] == 1:
            if current:
                sets.append(SetState(current[0].page, head["mrn"], head["encounter"], tuple(current)))
            current, head = [], entry
        found = rows.get((manifest["packet"], entry["page"]), [])
        current.append(_page(entry, found, rescans, gone))
    if current:
        sets.append(SetState(current[0].page, head["mrn"], head["encounter"], tuple(current)))
    return PacketState(manifest["packet"], manifest["ward"], manifest["printed_at"], tuple(sets))


def _page(
    entry: Mapping[str, Any], found: Sequence[PageRow], rescans: Mapping[PageId, Rescan], gone: set[str]
) -> PageState:
    where = _where(found, rescans) if found else "closed" if entry["mrn"] in gone else "out"
    own = tuple(rescans[row.page] for row in found if row.page in rescans) if where == "rescan" else ()
    return PageState(entry["page"], entry["form"], where, len(found), tuple(entry["set"]), own)


def _where(found: Sequence[PageRow], rescans: Container[PageId]) -> Whereabouts:
    """Return where a page is that came back, from all its images and those that are to be scanned again."""
    finished = [row for row in found if row.state in FINISHED]
    waiting = [row for row in found if row.state in OPEN]
    if finished:
        return "twice" if any(not _same(row) for row in waiting) else _best(finished)
    if len(waiting) > 1:
        return "twice"
    if waiting:
        return _best(waiting)
    # Who wants the page scanned again has seen that what is there is not enough, whatever became of the other images.
    return "rescan" if any(row.page in rescans for row in found) else "set aside"


def _same(row: PageRow) -> bool:
    """Tell whether an image beside a finished one has the same writing: nobody has to look at it."""
    return row.status == "read" and row.state in ("read", "duplicate")


def _best(found: Iterable[PageRow]) -> Whereabouts:
    best: Whereabouts = "in review"
    for row in found:
        if row.state == "filed":
            return "filed"
        spare = row.state in _WORKED and not row.mrn  # a person has seen that nobody has written on it
        if not row.written and (row.state == "read" or spare):
            best = "unwritten" if best == "in review" else best
        elif row.state in _WORKED:
            best = "confirmed"
    return best


def _gone(manifest: Mapping[str, Any], rows: Mapping[tuple[str, int], list[PageRow]], store: SiteStore) -> set[str]:
    """Return the MRNs that a confirmed census page of the packet says are not on the ward any more."""
    by_ref = {f"Encounter/{e['encounter']}": e["mrn"] for e in manifest["pages"] if e["mrn"] and e["encounter"]}
    gone: set[str] = set()
    for entry in manifest["pages"]:
        for row in rows.get((manifest["packet"], entry["page"]), []) if entry["rows"] else []:
            reviewed = store.reviewed(row.page) if row.state in FINISHED else None
            for answer in reviewed.answers if reviewed is not None else ():
                if answer.link_id == "census.where" and answer.value in GONE and answer.outcome == "entered":
                    gone |= _mrns(entry["rows"].get(str(answer.row)), by_ref)
    return gone


def _mrns(row: Mapping[str, Any] | None, by_ref: Mapping[str, str]) -> set[str]:
    """Return the patient that a census row stands for: by its reference, else by the MRN in its words."""
    if row is None:
        return set()
    if row["ref"] in by_ref:
        return {by_ref[row["ref"]]}
    return {mrn for mrn in by_ref.values() if row["text"].endswith(f" {mrn}")}
