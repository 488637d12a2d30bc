"""Pages of the example ward, filled in by hand with some doubts, scanned, read and stored in the site."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium

from papermode.app.batch import report_of
from papermode.app.desk import StoreDesk, open_desk
from papermode.app.intake_scans import ScanStore, store_of
from papermode.app.packets import print_packets
from papermode.app.read_batch import Sources
from papermode.app.rebuild import Rebuilt
from papermode.app.resources import examples_dir
from papermode.app.scans import keyring_for, scan_paths
from papermode.app.sites import OpenSite, make_keys, open_site
from papermode.app.snapshots import read_snapshot, store_snapshot
from papermode.model.layout import Layout
from papermode.simulate import pens
from papermode.simulate.fill import fill_page, mark_box, questions
from papermode.simulate.paper import SCENARIOS, capture
from papermode.simulate.scans import write_scans
from papermode.store import PDF, Manifests, SiteStore, StoredPage
from tests.wards import NOW

Gray = npt.NDArray[np.uint8]
DPI = 200
FORMS = ("SUMMARY", "MAR-S", "MAR-H", "MAR-P", "VITALS", "NURSE")
PAGES = 30


@dataclass
class Stack:
    """A site with its packets and its store."""

    folder: Path
    opened: OpenSite
    manifests: Manifests
    store: SiteStore
    torn: StoredPage
    """The page whose codes were torn off: the last of the stack."""

    @property
    def packets(self) -> Path:
        return self.folder / "packets"

    def desk(self) -> StoreDesk:
        return open_desk(self.opened, self.store, Sources.of(self.opened.site, [self.packets]))

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Stack]:
        """Give a copy of the site; the packets are the same."""
        shutil.copytree(self.folder / "site", folder / "site")
        opened = open_site(folder / "site")
        with store_of(opened.site) as store:
            yield replace(self, opened=opened, store=store)


def make_stack(folder: Path) -> Stack:
    """Print, fill, scan, read and store."""
    site = folder / "site"
    shutil.copytree(examples_dir(), site)
    make_keys(site / "keys", "RIVER", NOW)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=NOW)
    store_snapshot(opened.site, snapshot)
    (printed,) = print_packets(opened, snapshot, wards=["4W"], out=folder / "packets", now=NOW)
    manifests = Manifests((folder / "packets",))
    pages = [p for p in manifests.pages() if p.entry["form"] in FORMS and p.layout.boxes][: PAGES + 1]
    scans = folder / "scans"
    scans.mkdir()
    write_scans(scans / "heap.pdf", _filled(printed.folder / PDF, pages), dpi=DPI)
    with store_of(opened.site) as store:
        kept = ScanStore(store, "scanner")
        kept.receive([scans])
        keyring = keyring_for(manifests, site_keys=opened.site.keys, card=None)
        rebuilt = Rebuilt(lambda: opened.library)
        readings = list(scan_paths([scans], manifests, keyring, rebuilt, kept.keep))
        assert kept.record(report_of(readings, manifests, rebuilt).readings).count == PAGES + 1
    return Stack(folder, opened, manifests, store, pages[-1])


def _filled(pdf: Path, pages: Sequence[StoredPage]) -> list[Gray]:
    document: Any = pdfium.PdfDocument(pdf)
    out = []
    try:
        for number, stored in enumerate(pages):
            rng = np.random.default_rng((7, number))
            pixels = document[stored.entry["page"] - 1].render(scale=DPI / 72, prefer_bgrx=True).to_numpy()
            page = np.array(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY), dtype=np.uint8)
            _fill(page, stored.layout, rng)
            if number == len(pages) - 1:
                page[: DPI * 2, :] = page[-DPI * 3 :, :] = 255
            out.append(capture(page, DPI, SCENARIOS["office"], DPI, rng))
    finally:
        document.close()
    return out


def _fill(page: Gray, layout: Layout, rng: np.random.Generator) -> None:
    """Fill a page clearly, but for two questions that are answered so that nobody can be sure."""
    clear = replace(layout, boxes=tuple(b for b in layout.boxes if not b.link_id.endswith("void")))
    fill_page(page, clear, rng, answered=0.4)
    single = [own for own in questions(clear.boxes).values() if own[0].kind == "mark" and not own[0].multiple]
    pen = pens.ballpoint(rng)
    for own in single[:2]:
        mark_box(page, DPI, own[0], pens.DOUBTFUL_SHAPES[int(rng.integers(4))], pen, rng)
