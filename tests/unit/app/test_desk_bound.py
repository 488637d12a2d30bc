"""A page without codes, through scan and desk: once a person has said which page it is, it is read by its layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from papermode.app.batch import report_of
from papermode.app.desk import StoreDesk, open_desk
from papermode.app.intake_scans import ScanStore, store_of
from papermode.app.read_batch import Sources
from papermode.app.rebuild import Rebuilt
from papermode.app.scans import keyring_for, scan_paths
from papermode.app.sites import open_site, shipped_library
from papermode.review.work import Work
from papermode.simulate.fill import Truth, fill_page
from papermode.simulate.paper import SCENARIOS, capture
from papermode.simulate.scans import page_picture, write_scans
from papermode.store import PDF, Manifests, StoredPage
from tests.loop.printed import PAPER_DPI
from tests.unit.store.samples import quick_folder
from tests.wards import Example


@pytest.fixture
def site(example: Example) -> Iterator[Path]:
    """A site with the example's keys and an empty store."""
    with quick_folder() as folder:
        (folder / "papermode.toml").write_bytes((example.site.site.folder / "papermode.toml").read_bytes())
        (folder / "keys").symlink_to(example.site.site.keys)
        yield folder


def coverless(page: StoredPage, pdf: Path, rng: np.random.Generator) -> tuple[np.ndarray, Truth]:
    """Return a filled page whose codes are gone, scanned upside down, and what was written on it."""
    picture = page_picture(pdf, page.entry["page"])
    truth = fill_page(picture, page.layout, rng)
    for code in page.layout.codes:
        x0, y0, x1, y1 = (
            round(v * PAPER_DPI / 2540) for v in (code.rect.x, code.rect.y, code.rect.right, code.rect.bottom)
        )
        picture[y0 - 8 : y1 + 8, x0 - 8 : x1 + 8] = 255
    return capture(picture, PAPER_DPI, SCENARIOS["upside-down"], 200, rng), truth


def test_a_page_bound_by_hand_is_read_and_filed(example: Example, site: Path) -> None:
    """This test ensures that after binding the fields hold what was marked, and stay after a new start and a reindex."""
    manifests = Manifests((example.out,))
    folder = example.printed[0].folder
    pages = (p for p in Manifests((folder,)).pages() if p.entry["form"] == "MAR-S")
    page = next(p for p in pages if p.entry["mrn"])
    scan, truth = coverless(page, folder / PDF, np.random.default_rng(4))
    file = site / "heap.pdf"
    write_scans(file, [np.full((2339, 1654), 252, np.uint8), scan], dpi=200)
    opened = open_site(site)
    with store_of(opened.site) as store:
        kept = ScanStore(store, "scanner")
        kept.receive([file])
        rebuilt = Rebuilt(shipped_library)
        keyring = keyring_for(manifests, site_keys=opened.site.keys, card=None)
        kept.record(report_of(scan_paths([file], manifests, keyring, rebuilt, kept.keep), manifests, rebuilt).readings)
        desk = open_desk(opened, store, Sources.of(opened.site, [example.out]))
        sheet = next(h.id for h in desk.heads() if h.status == "unreadable")
        bind(desk, sheet, page)
        check(open_desk(opened, store, Sources.of(opened.site, [example.out])), sheet, page, truth)
        store.reindex("Ana")
        check(open_desk(opened, store, Sources.of(opened.site, [example.out])), sheet, page, truth)
        assert store.verify() == []


def bind(desk: StoreDesk, sheet: str, page: StoredPage) -> None:
    """Say as one person whose page it is, and confirm it as another."""
    work, place = Work(desk), (page.packet, page.entry["page"])
    work.bind(work.open(sheet, "Ana", "en"), "Ana", 0, page.entry["mrn"], place, "en")
    work.witness(work.open(sheet, "Ben", "en"), "Ben", 1, yes=True)


def check(desk: StoreDesk, sheet: str, page: StoredPage, truth: Truth) -> None:
    """The sheet is flat, and its marks are those that were made."""
    shown = Work(desk).open(sheet, "Ana", "en").sheet
    assert shown.flat
    assert shown.size == page.layout.size
    read = {f.key: f for f in shown.fields}
    marks = {key: value for key, value in truth.answers.items() if value}
    assert marks
    for key, value in marks.items():
        assert read[key].state == "unsure" or read[key].read == value
    assert any(read[key].state == "sure" for key in marks)
