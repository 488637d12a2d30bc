"""The truth about a batch: every image accounted for, every printed page back, missing or twice.

Stack order never matters: pages are told apart by what their codes say and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from papermode.app.rebuild import Rebuilt
from papermode.app.scans import page_dict
from papermode.ids import check_reserved
from papermode.model.reading import Answer, PageReading
from papermode.scan.trace import difference
from papermode.store import Manifests, place_of

TWICE: Final = (
    "this page came more than once with different writing: a photocopy, or two scans of a page written on in between"
)
MASTER: Final = "a copy master that was written on: a person has to say whose page it is"
MASTER_AGAIN: Final = "a copy master with the same writing came as well: this may be one sheet that was scanned twice"
CERTAINLY_OTHER: Final = 0.3
"""Share of the ink of one box that lies elsewhere; more is other writing (:func:`papermode.scan.trace.difference`)."""
MOSTLY_OTHER: Final = 0.1
"""The same as a mean over the page."""
CLEAR_DIGITS: Final = 0.97
UNCLEAR: Final = 0.2
"""For numbers that read differently and of which one is in doubt: a sheet with many of them is another."""
Key = tuple[str, int]


@dataclass(slots=True)
class ScanReport:
    """What one run of scan saw."""

    readings: list[PageReading] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    """Printed pages of the packets seen that did not come."""
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    """Images that could not be said to be one page of ours."""
    alarms: list[dict[str, Any]] = field(default_factory=list)
    """Reserved numbers that came back on two sheets: two people may have one number."""
    trust: Literal["card", "folder", ""] = ""
    stored: int = 0
    """Images that were taken into the site's store."""

    def pages(self, manifests: Manifests) -> Iterator[dict[str, Any]]:
        """Give ``pages`` of ``--json`` (DESIGN 5) one by one: a heap of them takes more memory than reading it."""
        return (page_dict(r, manifests) for r in self.readings)

    def account(self) -> dict[str, Any]:
        """Return the rest of ``--json``."""
        return {
            "missing": self.missing,
            "duplicates": self.duplicates,
            "unknown": self.unknown,
            "alarms": self.alarms,
            "trust": self.trust,
        }


def report_of(readings: Iterable[PageReading], manifests: Manifests, rebuilt: Rebuilt) -> ScanReport:
    """Account for every image and every printed page of the packets of which at least one page came."""
    read = [_copy_master(r, rebuilt) for r in readings]
    seen: dict[Key, list[int]] = {}
    report = ScanReport()
    for i, r in enumerate(read):
        key = place_of(r)
        if key is not None:
            seen.setdefault(key, []).append(i)
        elif r.status in ("foreign", "unreadable", "review"):
            report.unknown.append({"file": r.file, "index": r.index, "status": r.status, "why": list(r.why)})
    for key, places in seen.items():
        if len(places) > 1:
            told = told_twice([read[i] for i in places])
            for i, reading in zip(places, told, strict=True):
                read[i] = reading
            _name_duplicates(report, key, told, [], rebuilt)
    report.readings = read
    report.missing = _missing(manifests, seen)
    trusts = {r.trust for r in read if r.trust}
    report.trust = "folder" if "folder" in trusts else "card" if trusts else ""
    return report


def _missing(manifests: Manifests, seen: dict[Key, list[int]]) -> list[dict[str, Any]]:
    packets = {packet for packet, _ in seen}
    return [
        {"packet": packet, "page": entry["page"], "set": entry["set"], "form": entry["form"], "mrn": entry["mrn"]}
        for packet, manifest in manifests.packets.items()
        if packet in packets
        for entry in manifest["pages"]
        if (packet, entry["page"]) not in seen
    ]


def _copy_master(r: PageReading, rebuilt: Rebuilt) -> PageReading:
    """Let a written copy master wait for a person to bind it."""
    if r.written and r.status == "read" and r.claim is not None and rebuilt.is_master(r.claim):
        return replace(r, status="review", why=(*r.why, MASTER))
    return r


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store made of a batch."""

    count: int
    """Images that were recorded."""
    readings: Mapping[tuple[str, int], PageReading]
    """By file and image: what stands in the store, where it says more than the batch alone."""
    before: Mapping[Key, Sequence[tuple[str, int]]]
    """Printed pages of the batch that came before: file and image of what came."""


def with_earlier(report: ScanReport, recorded: Recorded, rebuilt: Rebuilt) -> None:
    """Tell of the pages of a batch that came in an earlier one, too."""
    report.readings = [recorded.readings.get((r.file, r.index), r) for r in report.readings]
    report.stored = recorded.count
    report.duplicates = [d for d in report.duplicates if (d["packet"], d["page"]) not in recorded.before]
    report.alarms = [a for a in report.alarms if (a["packet"], a["page"]) not in recorded.before]
    came: dict[Key, list[PageReading]] = {}
    for r in report.readings:
        key = place_of(r)
        if key is not None and key in recorded.before:
            came.setdefault(key, []).append(r)
    for key, told in came.items():
        _name_duplicates(report, key, told, recorded.before[key], rebuilt)


def _name_duplicates(
    report: ScanReport,
    key: Key,
    told: Sequence[PageReading],
    earlier: Sequence[tuple[str, int]],
    rebuilt: Rebuilt,
) -> None:
    """Name a page that came more than once, and a reserved number that two people may have."""
    packet, serial = key
    claim = told[0].claim
    if claim is not None and rebuilt.is_master(claim):
        told = [r for r in told if MASTER_AGAIN in r.why]
        if not told:
            return  # on each copy other writing, or none
    images = [{"file": file, "index": i} for file, i in [*((r.file, r.index) for r in told), *earlier]]
    same = not any(TWICE in r.why for r in told)
    report.duplicates.append({"packet": packet, "page": serial, "images": images, "same": same})
    if claim is not None and not claim.mrn and claim.encounter and check_reserved(claim.encounter):
        report.alarms.append({"reserved": claim.encounter, "packet": packet, "page": serial, "images": images})


def told_twice(images: Sequence[PageReading]) -> list[PageReading]:
    """Return the images of one printed page; if the writing on them differs, all say so and go to review.

    Copy masters are made to come back often, with other writing each time: they say so where it is the same.
    """
    if any(MASTER in r.why for r in images):
        return [_master_again(r, [o for o in images if o is not r]) for r in images]
    if all(same_writing(r, images[0]) for r in images):
        return list(images)
    return [r if TWICE in r.why else replace(r, status="review", why=(*r.why, TWICE)) for r in images]


def _master_again(r: PageReading, others: Sequence[PageReading]) -> PageReading:
    again = r.written and any(o.written and same_writing(r, o) for o in others)
    return replace(r, why=(*r.why, MASTER_AGAIN)) if again and MASTER_AGAIN not in r.why else r


def same_writing(one: PageReading, other: PageReading) -> bool:
    """Tell whether two images of a printed page show one sheet, as far as marks, digits and the place of ink tell."""
    if [_written(a) for a in one.answers] != [_written(a) for a in other.answers]:
        return False
    pairs = [(a, b) for a, b in zip(one.answers, other.answers, strict=True) if a.kind != "mark" and a.state != "empty"]
    shares = [_unlike(a, b) for a, b in pairs]
    return not shares or (max(shares) < CERTAINLY_OTHER and sum(shares) / len(shares) < MOSTLY_OTHER)


def _written(a: Answer) -> tuple[Any, ...]:
    """Return what of an answer is the same in every scan of a sheet: sure marks, and whether there is ink."""
    return (a.link_id, a.row, a.column, a.value if a.state == "sure" and a.kind == "mark" else None, a.state == "empty")


def _unlike(a: Answer, b: Answer) -> float:
    """Return how far two readings of a number or of words differ: 0 not at all, 1 beyond doubt."""
    if a.kind == "crop":
        return difference(a.trace, b.trace)
    if a.value is None or b.value is None or a.value == b.value:
        return 0.0
    return 1.0 if min(a.confidence, b.confidence) >= CLEAR_DIGITS else UNCLEAR
