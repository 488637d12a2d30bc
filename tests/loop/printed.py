"""Real printed pages of every shipped form, and what a ward and a scanner make of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from papermode.app.packets import write_packet_folder
from papermode.app.rebuild import Rebuilt
from papermode.app.resources import examples_dir
from papermode.app.scans import KeyCheck, StoreLookup
from papermode.app.sites import shipped_library
from papermode.app.snapshots import read_snapshot
from papermode.intake import IntakeSettings
from papermode.model.claim import Claim
from papermode.model.layout import Layout
from papermode.model.packet import Packet
from papermode.model.reading import PageReading
from papermode.model.snapshot import PatientRecord, Statement
from papermode.printing.pdf import save_packet
from papermode.scan.images import PageImage
from papermode.scan.lookup import PageInfo
from papermode.scan.match import KnownCodes
from papermode.scan.reader import read_page
from papermode.simulate.fill import Truth, fill_page
from papermode.simulate.paper import Scenario, capture
from papermode.simulate.scans import PAGE_DPI, page_picture
from papermode.store import PDF, Manifests
from papermode.trust.keyring import Keyring
from tests.wards import NOW, plan_ward, run_of, signer, ward_of

Gray = npt.NDArray[np.uint8]
PAPER_DPI = PAGE_DPI
SCAN_DPI = 200


@cache
def patients() -> tuple[PatientRecord, ...]:
    """The example patients, on one ward, the first of them with a low target of oxygen (SpO2 scale 2)."""
    settings = IntakeSettings(zone="America/New_York")
    first, *others = read_snapshot([examples_dir() / "snapshot"], settings, as_of=None, now=NOW).records
    target = Statement("target", "Hypercapnic failure: SpO2 target 88-92 %")
    low = dataclasses.replace(first, flags=dataclasses.replace(first.flags, items=(*first.flags.items, target)))
    return (low, *others)


@dataclass(frozen=True)
class Ward:
    """A printed packet, and what the reader asks about it."""

    packet: Packet
    pdf: Path
    lookup: StoreLookup
    check: KeyCheck

    def one_page_a_layout(self, form: str) -> list[int]:
        """Return the serial of the first page of each layout of a form."""
        first: dict[str, int] = {}
        for serial, page in enumerate(self.packet.pages, 1):
            if page.form == form:
                first.setdefault(page.layout.id, serial)
        return sorted(first.values())

    def paper(self, serial: int) -> Gray:
        """Return a page as it comes out of the printer."""
        return page_picture(self.pdf, serial)


def print_ward(folder: Path, paper: str) -> Ward:
    """Print all example patients as one ward."""
    packet = plan_ward(patients(), run_of(ward_of(paper=paper, sets=1)))
    printed = write_packet_folder(packet, folder, signer())
    lookup = StoreLookup(Manifests((folder,)), Rebuilt(shipped_library))
    return Ward(packet, printed.folder / PDF, lookup, KeyCheck(Keyring.from_texts(packet.cards, "folder")))


def scanned(paper: Gray, scenario: Scenario, rng: np.random.Generator) -> PageImage:
    """Put a page through a scanner."""
    return PageImage("scan.pdf", 0, capture(paper, PAPER_DPI, scenario, SCAN_DPI, rng), SCAN_DPI)


@dataclass(slots=True)
class Tally:
    """What was read of what was marked."""

    marks: int = 0
    read: int = 0
    unsure: int = 0
    missed: list[Any] = field(default_factory=list)
    false: list[Any] = field(default_factory=list)

    def add(self, reading: PageReading, truth: Truth) -> None:
        """Compare one page."""
        for a in reading.answers:
            if a.kind != "mark":
                continue
            key = (a.link_id, a.row, a.column)
            wanted = truth.answers[key]
            count = len(wanted) if isinstance(wanted, tuple) else int(wanted is not None)
            self.marks += count
            if a.state == "unsure":
                self.unsure += 1
            elif (a.value or None) == wanted:
                self.read += count
            elif a.value:
                self.false.append((key, a.value, wanted))
            else:
                self.missed.append((key, wanted))


def fill_and_read(ward: Ward, serial: int, scenario: Scenario, seed: int) -> tuple[PageReading, Truth]:
    """Mark a page at random, scan and read it."""
    rng = np.random.default_rng((seed, serial))
    paper = ward.paper(serial)
    truth = fill_page(paper, ward.packet.pages[serial - 1].layout, rng)
    return read_page(scanned(paper, scenario, rng), ward.lookup, ward.check), truth


# -- pages that are not printed as their layout says ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OtherLayout:
    """A lookup that has another layout for every page."""

    layout: Layout
    claim: str

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        """Return the other layout."""
        return PageInfo(self.layout, self.claim)

    def by_claim(self, claim: Claim, text: str) -> PageInfo | None:
        """Know nothing."""
        return None

    def known_codes(self) -> KnownCodes:
        """Know nothing."""
        return KnownCodes(())


def drifted(layout: Layout, dx: int, dy: int) -> Layout:
    """Return what a printer draws that places the body of the page elsewhere; its id stays what it claims to be."""
    return dataclasses.replace(
        layout,
        boxes=tuple(dataclasses.replace(b, rect=b.rect.moved(dx, dy)) for b in layout.boxes),
        anchors=tuple(a.moved(dx, dy) if a.w else a for a in layout.anchors),
        lines=tuple(
            dataclasses.replace(n, x1=n.x1 + dx, x2=n.x2 + dx, y1=n.y1 + dy, y2=n.y2 + dy) for n in layout.lines
        ),
        texts=tuple(dataclasses.replace(t, x=t.x + dx, y=t.y + dy) for t in layout.texts),
    )


def print_drifted(ward: Ward, serials: list[int], folder: Path, dx: int, dy: int) -> Iterator[tuple[int, Gray]]:
    """Print some pages of a ward with their boxes moved; the codes and the manifest know nothing of it."""
    pages = tuple(
        dataclasses.replace(p, layout=drifted(p.layout, dx, dy)) for s in serials for p in (ward.packet.pages[s - 1],)
    )
    pdf = folder / f"drift-{dx}-{dy}.pdf"
    save_packet(dataclasses.replace(ward.packet, pages=pages), pdf)
    for n, serial in enumerate(serials, 1):
        yield serial, page_picture(pdf, n)
