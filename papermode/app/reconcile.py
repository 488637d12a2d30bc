"""Reconcile: of every printed page, where it is.

Filed, confirmed, in review, unwritten, twice, set aside, still out, or closed by the census.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from papermode.store import Manifests
from papermode.store.index import PageRow
from papermode.store.site import SiteStore

Whereabouts = Literal["filed", "confirmed", "in review", "unwritten", "twice", "set aside", "out", "closed"]
"""``out``: not come back, or to be scanned again. ``closed``: not come back, and the ward's census says the patient had
left. ``set aside``: a person has said of every image of it that nothing is to be filed."""
GONE: Final = frozenset({"moved", "discharged", "died", "never"})
"""Answers of the census (``census.where``) after which missing pages are not looked for."""
_WORKED: Final = ("confirmed", "sending")


@dataclass(frozen=True, slots=True)
class PageState:
    """One printed page."""

    page: int
    form: str
    where: Whereabouts
    images: int


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
                    "pages": [{"page": p.page, "form": p.form, "where": p.where, "images": p.images} for p in s.pages],
                }
                for s in self.sets
            ],
        }


def reconcile(manifests: Manifests, store: SiteStore, packet: str | None = None) -> list[PacketState]:
    """Return where every printed page of the packets is."""
    rows: dict[tuple[str, int], list[PageRow]] = {}
    for row in store.pages(packet=packet) if packet else store.pages():
        if row.packet is not None and row.serial is not None:
            rows.setdefault((row.packet, row.serial), []).append(row)
    chosen = {k: m for k, m in manifests.packets.items() if packet in (None, k)}
    return [_packet(manifest, rows, _gone(manifest, rows, store)) for manifest in chosen.values()]


def _packet(manifest: Mapping[str, Any], rows: Mapping[tuple[str, int], list[PageRow]], gone: set[str]) -> PacketState:
    sets: list[SetState] = []
    current: list[PageState] = []
    head: Mapping[str, Any] = {}
    for entry in manifest["pages"]:
        if entry["set"][0] == 1:
            if current:
                sets.append(SetState(current[0].page, head["mrn"], head["encounter"], tuple(current)))
            current, head = [], entry
        current.append(_page(manifest["packet"], entry, rows, gone))
    if current:
        sets.append(SetState(current[0].page, head["mrn"], head["encounter"], tuple(current)))
    return PacketState(manifest["packet"], manifest["ward"], manifest["printed_at"], tuple(sets))


def _page(
    packet: str, entry: Mapping[str, Any], rows: Mapping[tuple[str, int], list[PageRow]], gone: set[str]
) -> PageState:
    found = rows.get((packet, entry["page"]), [])
    there = [r for r in found if r.state != "settled"]
    where: Whereabouts
    if not there and any(r.settled != "rescan" for r in found):
        where = "set aside"
    elif not there:
        where = "closed" if entry["mrn"] in gone else "out"
    elif sum(r.state in ("review", "read", "duplicate") for r in there) > 1:
        where = "twice"
    else:
        where = _of(there)
    return PageState(entry["page"], entry["form"], where, len(found))


def _of(found: Iterable[PageRow]) -> Whereabouts:
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
            reviewed = store.reviewed(row.page)
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
