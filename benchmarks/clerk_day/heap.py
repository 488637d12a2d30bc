"""The heap: the example wards printed, filled in, mixed with what else lies in a heap, and scanned."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import numpy as np
import pypdfium2 as pdfium

from benchmarks.clerk_day.nurse import Gray, Nurse, Written
from papermode.app.desk_fields import Bindings
from papermode.app.packets import print_packets
from papermode.app.resources import examples_dir
from papermode.app.sites import OpenSite, make_keys, open_site
from papermode.app.snapshots import read_snapshot, store_snapshot
from papermode.export.times import Window
from papermode.model.snapshot import Snapshot
from papermode.simulate.paper import SCENARIOS, capture
from papermode.simulate.scans import write_scans
from papermode.store import PDF, Manifests, StoredPage

DPI: Final = 200
PER_FILE: Final = 40
"""Scanned pages in one file, as from a feeder."""
OUTAGE: Final = timedelta(hours=14)
"""From the print to the scan. Shorter than a day, so that a time of day is one time."""
WRITTEN: Final = 0.7
"""Share of the pages that somebody wrote on."""
_SHARES: Final = {"copy": 0.03, "foreign": 0.02, "torn": 0.03, "lost": 0.01}
_PRINTED: Final = 0.84
_CERTAIN: Final = {"doses": 0.1, "vitals": 0.1, "new": 0.02}
"""Shares of the heap that are no chance: the sheets with most doses due in the outage, of vital signs, and of new
patients. By chance alone a small heap has none of them at some hours of the day."""
_SCENARIOS: Final = ("office",) * 18 + ("upside-down", "skewed")
"""A feeder in good order. What stains and folds do to a reading is measured elsewhere, page by page; low toner comes
before the pen, and would fade it here."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)")

Kind = Literal["page", "copy", "torn", "lost", "blank", "foreign"]


@dataclass
class Image:
    """One scanned side, and the truth about it."""

    kind: Kind
    """``copy``: a photocopy of another page in the heap; ``torn``: its codes are gone, its name is not; ``lost``:
    nobody can say whose it is."""
    stored: StoredPage | None = None
    written: Written = field(default_factory=Written)
    mrn: str = ""
    """Whose it is; '' = nobody's."""
    certain: bool = False
    """Whether it is written on, whatever chance says."""


@dataclass
class Heap:
    """A site with its packets, a folder of scans, and what is on them."""

    site: Path
    scans: list[Path]
    opened: OpenSite
    snapshot: Snapshot
    manifests: Manifests
    images: dict[str, Image]
    """By the id that the review page has for the sheet: ``<SHA-256 of the file>-<index>``."""


def make_heap(folder: Path, pages: int, now: datetime, seed: int) -> Heap:
    """Print, fill in, mix and scan.

    Args:
        folder: an empty folder.
        pages: images in the heap.
        now: when it is scanned; the wards were printed :data:`OUTAGE` before.
        seed: chance.
    """
    printed_at = (now - OUTAGE).replace(second=0, microsecond=0)
    site = folder / "site"
    opened, snapshot = _site(site, printed_at)
    printed = print_packets(opened, snapshot, wards=[], out=opened.site.packets, now=printed_at)
    manifests = Manifests((opened.site.packets,))
    rng = np.random.default_rng(seed)
    pdfs = {p.packet: p.folder / PDF for p in printed}
    window = Window(printed_at + timedelta(minutes=5), now - timedelta(minutes=5))
    nurse = Nurse(window, opened.site.zone, rng)
    stack = _mixed(list(manifests.pages()), pages, snapshot, window, rng)
    pictures = _pictures(stack, pdfs, nurse, opened, rng)
    scans: list[Path] = []
    images: dict[str, Image] = {}
    (folder / "scans").mkdir()
    for number, start in enumerate(range(0, len(stack), PER_FILE), 1):
        path = folder / "scans" / f"heap-{number:02d}.pdf"
        write_scans(path, islice(pictures, PER_FILE), dpi=DPI)
        scans.append(path)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        images |= {f"{sha}-{i}": image for i, image in enumerate(stack[start : start + PER_FILE])}
    return Heap(site, scans, opened, snapshot, manifests, images)


def _site(site: Path, printed_at: datetime) -> tuple[OpenSite, Snapshot]:
    """Copy the example site and move its data to a quarter of an hour before the print."""
    shutil.copytree(examples_dir(), site)
    export = site / "snapshot" / "export.json"
    found = re.search(r'"transactionTime": "([^"]+)"', export.read_text("utf-8"))
    assert found is not None
    by = printed_at - timedelta(minutes=15) - datetime.fromisoformat(found[1])
    for path in (export, *(site / "snapshot").glob("*.ndjson")):
        path.write_text(_TIME.sub(lambda m: _moved(m[0], by), path.read_text("utf-8")), "utf-8")
    make_keys(site / "keys", "RIVER", printed_at)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=printed_at)
    store_snapshot(opened.site, snapshot)
    return opened, snapshot


def _moved(text: str, by: timedelta) -> str:
    return (datetime.fromisoformat(text) + by).isoformat()


def _mixed(
    printed: Sequence[StoredPage], pages: int, snapshot: Snapshot, window: Window, rng: np.random.Generator
) -> list[Image]:
    """Return the heap in the order of the feeder: both packets mixed, and what was never printed."""
    count = {kind: max(round(pages * share), 1) for kind, share in _SHARES.items()}
    known = [r.patient.mrn for r in snapshot.records]
    # Of a small heap more are pages to write on than pages to read.
    weight = np.array([1 + min(len(p.layout.boxes), 60) / 10 for p in printed])
    size = min(round(pages * _PRINTED), len(printed))
    order = list(rng.choice(len(printed), len(printed), replace=False, p=weight / weight.sum()))
    certain = _certain([printed[i] for i in order], pages, window)
    chance = [printed[i] for i in order if printed[i] not in certain]
    reserved: dict[str, str] = {}
    stack = []
    for stored in [*chance[: size - len(certain)], *certain]:
        entry = stored.entry
        mrn = entry["mrn"] or ""
        if not mrn and entry["form"] == "ADMIT":
            # A new patient: of a reserved number all pages are one person's, of a copy master each its own.
            mrn = reserved.setdefault(entry["encounter"] or f"{stored.packet}/{entry['page']}", str(rng.choice(known)))
        stack.append(Image("page", stored, mrn=mrn, certain=stored in certain))
    bound = [s for s in stack if s.stored is not None and s.stored.entry["patient"] and s.stored.layout.boxes]
    for kind, image in zip(("torn",) * count["torn"] + ("lost",) * count["lost"], bound, strict=False):
        image.kind = "torn" if kind == "torn" else "lost"
    whole = [s for s in bound if s.kind == "page"]
    stack += [Image("copy", s.stored, s.written, s.mrn) for s in whole[: count["copy"]]]
    stack += [Image("foreign") for _ in range(count["foreign"])]
    stack += [Image("blank") for _ in range(max(pages - len(stack), 0))]
    return [stack[i] for i in rng.permutation(len(stack))]


def _certain(printed: Sequence[StoredPage], pages: int, window: Window) -> list[StoredPage]:
    """Return the sheets that are in every heap."""
    found = sorted(printed, key=lambda p: -_doses(p, window))[: round(pages * _CERTAIN["doses"])]
    of = {
        "vitals": [p for p in printed if p.entry["form"].startswith("VITALS") and p.entry["patient"]],
        "new": [p for p in printed if p.entry["form"] == "ADMIT" and p.entry["encounter"] and not p.entry["patient"]],
    }
    for kind, those in of.items():
        found += those[: max(round(pages * _CERTAIN[kind]), 1)]
    return found


def _doses(stored: StoredPage, window: Window) -> int:
    """Count the doses of a sheet that are due in the outage."""
    return sum(window.holds(due) for due in Bindings.of(stored.entry).due.values())


def _pictures(
    stack: Sequence[Image], pdfs: Mapping[str, Path], nurse: Nurse, opened: OpenSite, rng: np.random.Generator
) -> Iterator[Gray]:
    """Give each image's scan, in the order of the heap; a page and its photocopy are the same sheet."""
    documents: dict[str, Any] = {packet: pdfium.PdfDocument(pdf) for packet, pdf in pdfs.items()}
    copied = {id(image.written) for image in stack if image.kind == "copy"}
    kept: dict[int, Gray] = {}
    for image in stack:
        if image.stored is None:
            page = _foreign(rng) if image.kind == "foreign" else np.full((2200, 1700), 255, np.uint8)
        elif id(image.written) in kept:
            page = kept[id(image.written)]
        else:
            page = _rendered(documents[image.stored.packet], image.stored)
            _write(page, image, nurse, opened, rng)
            if id(image.written) in copied:
                kept[id(image.written)] = page
        if image.kind in ("torn", "lost") and image.stored is not None:
            page = _torn(page, image)
        name = "copy" if image.kind == "copy" else _SCENARIOS[int(rng.integers(len(_SCENARIOS)))]
        yield capture(page, DPI, SCENARIOS[name], DPI, rng)
    for document in documents.values():
        document.close()


def _rendered(document: Any, stored: StoredPage) -> Gray:
    pixels = document[stored.entry["page"] - 1].render(scale=DPI / 72, prefer_bgrx=True).to_numpy()
    return np.array(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY), dtype=np.uint8)


def _write(page: Gray, image: Image, nurse: Nurse, opened: OpenSite, rng: np.random.Generator) -> None:
    assert image.stored is not None
    entry = image.stored.entry
    form = opened.library.get(entry["form"], entry["version"])
    if form is not None and (image.certain or image.kind != "page" or rng.random() < WRITTEN):
        nurse.choose(image.stored.layout, form, Bindings.of(entry), image.written)
        nurse.write(page, image.stored.layout, image.written)


def _torn(page: Gray, image: Image) -> Gray:
    """Return a page without its codes; of a lost one nothing is left that says whose it is."""
    assert image.stored is not None
    torn = page.copy()
    for place in image.stored.layout.codes:
        _white(torn, place.rect.x - 300, place.rect.y - 300, place.rect.right + 300, place.rect.bottom + 300)
    if image.kind == "lost":
        _white(torn, 0, 0, 100_000, 6_500)
    return torn


def _white(page: Gray, left: int, top: int, right: int, bottom: int) -> None:
    scale = DPI / 2540
    page[max(int(top * scale), 0) : int(bottom * scale), max(int(left * scale), 0) : int(right * scale)] = 255


def _foreign(rng: np.random.Generator) -> Gray:
    """Return a page of another hospital: lines of print, no code."""
    page = np.full((2200, 1700), 255, np.uint8)
    for line in range(12, 40):
        words = " ".join(["discharge", "letter", "laboratory", "urgent", "copy"][: int(rng.integers(2, 6))])
        cv2.putText(page, words, (150, line * 50), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2)
    return page
