"""Stacks as they come: whatever the order, every image is accounted for, and no value moves to another patient.

A stack is drawn at random from pages of two printed packets that were filled in and scanned once: turned, shuffled,
left out, scanned twice, photocopied and written on again, with blank backs and foreign sheets between, in several
files of several pages. It goes through what ``papermode scan`` goes through, parsers in their own process included.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from papermode.app.batch import ScanReport
from papermode.app.intake_scans import ScanStore
from papermode.app.read_batch import Sources, read_batch
from papermode.model.reading import PageReading
from papermode.simulate.fill import Truth, fill_page
from papermode.simulate.paper import SCENARIOS, capture
from papermode.simulate.scans import PAGE_DPI, page_picture
from papermode.store import COUNTED, PDF, Manifests, PageId, SiteStore
from tests.unit.store.samples import quick_folder, reviewed_page
from tests.wards import print_example

Gray = npt.NDArray[np.uint8]
Kind = Literal["page", "blank", "foreign", "noted"]
DPI: Final = 150
A_FORM: Final = 2
"""Pages taken of each form in :data:`FORMS`, of each packet, of different patients where there are such."""
FORMS: Final = ("VITALS", "MAR-S", "LOG")
OTHERS: Final = 3
"""Sheets that are none of ours, the last of the pool."""
SUFFIXES: Final = (".tif", ".pdf", ".png")


@dataclass(frozen=True)
class Sheet:
    """One side of a sheet, scanned once."""

    kind: Kind
    picture: Gray = field(repr=False)
    packet: str = ""
    serial: int = 0
    copy: int = 0
    """0: the page as printed and filled in; 1: a photocopy of it, written on otherwise."""
    truth: Truth | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Pool:
    """What stacks are drawn from."""

    sources: Sources
    sheets: tuple[Sheet, ...]

    @property
    def manifests(self) -> Manifests:
        """The manifests of both packets."""
        return self.sources.manifests

    def scan(self, paths: Sequence[Path], kept: ScanStore | None = None) -> ScanReport:
        """Do what ``papermode scan`` does."""
        return read_batch(paths, self.sources, kept, lambda _: None)


@cache
def pool() -> Pool:
    """Print the example wards; fill some pages in, twice each, and scan them; add sheets that are not ours."""
    with tempfile.TemporaryDirectory() as name:
        example = print_example(Path(name))
        sources = Sources.of(example.site.site, [example.out])
        assert sources.rebuilt.subject("LOG"), "the forms are loaded before the folder goes"
        rng = np.random.default_rng(5)
        sheets = [
            sheet
            for printed in example.printed
            for serial in _serials(sources.manifests, printed.packet)
            for sheet in _written_sheets(sources.manifests, printed.folder / PDF, printed.packet, serial, rng)
        ]
    paper = np.full((1754, 1240), 250, np.uint8)
    code = zxingcpp.create_barcode("https://example.org/leaflet", zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    foreign, noted = paper.copy(), paper.copy()
    symbol = np.asarray(code.to_image(scale=6, add_quiet_zones=True))
    foreign[300 : 300 + symbol.shape[0], 300 : 300 + symbol.shape[1]] = symbol
    for n in range(9):
        cv2.putText(noted, "call the family back", (150, 300 + 90 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3)
    speckled = np.clip(paper + rng.normal(0, 3, paper.shape), 0, 255).astype(np.uint8)
    others = (Sheet("blank", speckled), Sheet("foreign", foreign), Sheet("noted", noted))
    return Pool(sources, (*sheets, *others))


def _serials(manifests: Manifests, packet: str) -> list[int]:
    """Return pages of each form, of several patients."""
    entries: list[dict[str, Any]] = manifests.packets[packet]["pages"]
    found: list[int] = []
    for form in FORMS:
        of_form = {e["mrn"]: e["page"] for e in reversed(entries) if e["form"] == form}
        found += sorted(of_form.values())[:A_FORM]
    return found


def _written_sheets(manifests: Manifests, pdf: Path, packet: str, serial: int, rng: np.random.Generator) -> list[Sheet]:
    stored = manifests.page(packet, serial)
    assert stored is not None
    printed = page_picture(pdf, serial)
    sheets = []
    for copy in (0, 1):
        page = printed.copy()
        truth = fill_page(page, stored.layout, rng)
        picture = capture(page, PAGE_DPI, SCENARIOS["clean"], DPI, rng)
        sheets.append(Sheet("page", picture, packet, serial, copy, truth))
    return sheets


@dataclass(frozen=True)
class Side:
    """One image of a stack."""

    sheet: Sheet
    turns: int


def decks() -> st.SearchStrategy[list[int]]:
    """Draw a few printed pages, so that some of them come more than once."""
    return st.lists(st.integers(0, (len(pool().sheets) - OTHERS) // 2 - 1), min_size=1, max_size=4)


@st.composite
def stacks(draw: st.DrawFn, deck: Sequence[int], most: int) -> list[list[Side]]:
    """Draw the files of a stack; the order is that of the draw, so that packets and patients are mixed."""
    ours = st.builds(lambda n, copy: 2 * n + copy, st.sampled_from(deck), st.sampled_from((0, 0, 1)))
    others = st.integers(len(pool().sheets) - OTHERS, len(pool().sheets) - 1)
    sides = st.builds(lambda n, turns: Side(pool().sheets[n], turns), ours | ours | others, st.integers(0, 3))
    stack = draw(st.lists(sides, min_size=most // 2, max_size=most))
    cuts = sorted(draw(st.sets(st.integers(1, most - 1), max_size=3)))
    bounds = [0, *(c for c in cuts if c < len(stack)), len(stack)]
    return [stack[a:b] for a, b in pairwise(bounds)]


@st.composite
def one_scan(draw: st.DrawFn, most: int) -> list[list[Side]]:
    """Draw one stack."""
    return draw(stacks(draw(decks()), most))


@st.composite
def two_scans(draw: st.DrawFn, most: int) -> tuple[list[list[Side]], list[list[Side]]]:
    """Draw two stacks of the same printed pages."""
    deck = draw(decks())
    return draw(stacks(deck, most)), draw(stacks(deck, most))


def write_files(folder: Path, files: Sequence[Sequence[Side]], first: int = 0) -> dict[tuple[str, int], Side]:
    """Write each file in another format; return what is in which image of which file."""
    written: dict[tuple[str, int], Side] = {}
    for n, sides in enumerate(files, start=first):
        path = folder / f"scan-{n}{SUFFIXES[n % 3] if len(sides) > 1 else SUFFIXES[2 - n % 3]}"
        if path.suffix == ".png" and len(sides) > 1:
            path = path.with_suffix(".tif")
        images = [Image.fromarray(np.ascontiguousarray(np.rot90(s.sheet.picture, s.turns))) for s in sides]
        options: dict[str, Any] = {"save_all": True, "append_images": images[1:], "quality": 95}
        if path.suffix == ".png":
            options = {"compress_level": 1}
        images[0].save(path, dpi=(DPI, DPI), resolution=DPI, **options)
        written.update({(str(path), i): side for i, side in enumerate(sides)})
    return written


def places(sides: Sequence[Side]) -> dict[tuple[str, int], list[Side]]:
    """Return the images of each printed page."""
    found: dict[tuple[str, int], list[Side]] = {}
    for side in sides:
        if side.sheet.kind == "page":
            found.setdefault((side.sheet.packet, side.sheet.serial), []).append(side)
    return found


def copied(sides: Sequence[Side]) -> bool:
    """Tell whether images of one page have different writing."""
    return len({side.sheet.copy for side in sides}) > 1


def told_apart(sides: Sequence[Side], readings: Iterable[PageReading]) -> bool:
    """Tell whether images of one page must go to review as different writing.

    They also must where the reader is sure of a mark in one of them and not in another: what makes it unsure may be a
    stroke that was added in between.
    """
    states = {tuple((a.state == "empty", a.kind == "mark" and a.state) for a in r.answers) for r in readings}
    return copied(sides) or len(states) > 1


def check_values(reading: PageReading, sheet: Sheet) -> int:
    """Check that a reading says what was written on that sheet, and whose it is; return how many values are sure."""
    entry = pool().manifests.packets[sheet.packet]["pages"][sheet.serial - 1]
    assert reading.claim is not None
    assert (reading.claim.packet, reading.claim.page) == (sheet.packet, sheet.serial)
    assert reading.claim_text == entry["claim"]
    assert (reading.claim.mrn or None, reading.layout_id) == (entry["mrn"], entry["layout"])
    assert sheet.truth is not None
    sure = 0
    for a in reading.answers:
        wanted = sheet.truth.answers[a.link_id, a.row, a.column]
        if a.kind == "mark" and a.state != "unsure":
            assert (a.value or None) == wanted, (a.link_id, a.row, a.column)
            sure += 1
    return sure


def check_report(report: ScanReport, written: dict[tuple[str, int], Side]) -> None:
    """Check a report against how its stack was made."""
    manifests = pool().manifests
    came = places(list(written.values()))
    read: dict[tuple[str, int], list[PageReading]] = {}
    for r in report.readings:
        sheet = written[r.file, r.index].sheet
        read.setdefault((sheet.packet, sheet.serial), []).append(r)
    apart = {key: told_apart(sides, read[key]) for key, sides in came.items()}
    assert Counter((r.file, r.index) for r in report.readings) == Counter(written.keys()), "every image exactly once"
    for r in report.readings:
        sheet = written[r.file, r.index].sheet
        if sheet.kind != "page":
            assert r.status == {"blank": "blank", "foreign": "foreign", "noted": "unreadable"}[sheet.kind]
            assert not r.answers
            continue
        assert r.status == ("review" if apart[sheet.packet, sheet.serial] else "read"), r.why
        assert check_values(r, sheet) > 0
    wanted = {(m["packet"], m["page"]) for m in report.missing}
    packets = {packet for packet, _ in came}
    assert len(wanted) == len(report.missing)
    assert wanted == {(p, n) for p in packets for n in range(1, len(manifests.packets[p]["pages"]) + 1)} - set(came)
    twice = {key: sides for key, sides in came.items() if len(sides) > 1}
    assert {(d["packet"], d["page"]): d["same"] for d in report.duplicates} == {key: not apart[key] for key in twice}
    images = {(d["packet"], d["page"]): {(i["file"], i["index"]) for i in d["images"]} for d in report.duplicates}
    assert images == {
        key: {at for at, s in written.items() if (s.sheet.packet, s.sheet.serial) == key} for key in twice
    }
    unknown = Counter((u["file"], u["index"]) for u in report.unknown)
    assert unknown == Counter(at for at, s in written.items() if s.sheet.kind in ("foreign", "noted"))


def run_stack(files: list[list[Side]]) -> None:
    """Scan one stack without a site."""
    with tempfile.TemporaryDirectory() as name:
        written = write_files(Path(name), files)
        check_report(pool().scan([Path(name)]), written)


@settings(max_examples=6)
@given(one_scan(10))
def test_every_image_is_accounted_for_and_no_value_moves(files: list[list[Side]]) -> None:
    """This test ensures that whatever a stack is made of, each image is what it is, and its values are its patient's."""
    run_stack(files)


@pytest.mark.deep
@settings(max_examples=300)
@given(one_scan(20))
def test_every_image_is_accounted_for_and_no_value_moves_deep(files: list[list[Side]]) -> None:
    """This test is the one above, with more and larger stacks."""
    run_stack(files)


# -- the same through the store --------------------------------------------------------------------------------


def check_store(store: SiteStore, seen: dict[PageId, Side], done: set[PageId]) -> None:
    """Check that every image that ever came stands in one place, and where."""
    rows = {row.page: row for row in store.pages()}
    assert rows.keys() == seen.keys(), "images in = images in the store, each once"
    assert sum(store.progress().values()) == len(seen)
    groups: dict[tuple[str, int], list[PageId]] = {}
    for page, side in seen.items():
        if side.sheet.kind == "page":
            groups.setdefault((side.sheet.packet, side.sheet.serial), []).append(page)
            assert (rows[page].packet, rows[page].serial) == (side.sheet.packet, side.sheet.serial)
            check_values(store.reading(page), side.sheet)
        else:
            assert rows[page].state == ("blank" if side.sheet.kind == "blank" else "unknown")
    for pages in groups.values():
        states = Counter(rows[p].state for p in pages)
        assert sum(states[s] for s in COUNTED) == 1, "one image stands for each printed page"
        assert states["duplicate"] == len(pages) - 1
        different = told_apart([seen[p] for p in pages], map(store.reading, pages))
        assert all(("different writing" in " ".join(store.reading(p).why)) == different for p in set(pages) - done)
    assert {p for p, row in rows.items() if row.state == "filed"} == done
    assert store.unread_files() == ()
    assert store.verify() == []


def finish(store: SiteStore, page: PageId, sheet: Sheet) -> None:
    """File a page as a person would."""
    picture = store.reading(page).picture
    store.confirm_page(page, reviewed_page(picture, sheet.serial, "clerk", sheet.packet))
    store.record_filed(page, "clerk", "intent", "file:test")
    store.record_filed(page, "clerk", "filed", "file:test")


def run_in_store(first: list[list[Side]], second: list[list[Side]], again: set[int], filed: set[int]) -> None:
    """Scan a stack into a store, file some of it, scan some of its files again together with a second stack."""
    with quick_folder() as work, SiteStore(work / "store") as store:
        folder, later = work / "first", work / "later"
        folder.mkdir()
        later.mkdir()
        kept = ScanStore(store, "clerk")
        written = write_files(folder, first)
        pool().scan([folder], kept)
        seen = _ids(store, written)
        check_store(store, seen, set())
        done = _file_some(store, seen, filed)
        check_store(store, seen, done)
        fresh = write_files(later, second, first=len(first))
        repeated = [f for n, f in enumerate(sorted({Path(f) for f, _ in written})) if n in again]
        pool().scan([later, *repeated], ScanStore(store, "clerk"))
        seen |= _ids(store, fresh)
        check_store(store, seen, done)


def _ids(store: SiteStore, written: dict[tuple[str, int], Side]) -> dict[PageId, Side]:
    """Return each image by its file's content: two files of one content are one scan."""
    return {PageId(store.scans.put_file(Path(file)), index): side for (file, index), side in written.items()}


def _file_some(store: SiteStore, seen: dict[PageId, Side], chosen: set[int]) -> set[PageId]:
    rows = [row for row in store.pages() if row.state in ("read", "review")]
    done = {row.page for n, row in enumerate(rows) if n in chosen}
    for page in done:
        finish(store, page, seen[page].sheet)
    return done


FEW: Final = st.sets(st.integers(0, 5), max_size=4)


@settings(max_examples=7)
@given(two_scans(6), FEW, FEW)
def test_what_comes_again_is_counted_once_and_nothing_is_lost(
    scans: tuple[list[list[Side]], list[list[Side]]], again: set[int], filed: set[int]
) -> None:
    """This test ensures that pages in = filed + in review + twice + blank + not ours, also over several scans."""
    run_in_store(*scans, again, filed)


@pytest.mark.deep
@settings(max_examples=200)
@given(two_scans(12), FEW, FEW)
def test_what_comes_again_is_counted_once_and_nothing_is_lost_deep(
    scans: tuple[list[list[Side]], list[list[Side]]], again: set[int], filed: set[int]
) -> None:
    """This test is the one above, with more and larger stacks."""
    run_in_store(*scans, again, filed)


def test_a_later_failure_does_not_take_the_place_of_what_was_read(tmp_path: Path) -> None:
    """This test ensures that a file whose second reading is cut short (a busy machine) keeps its first reading."""
    heap = tmp_path / "heap"
    heap.mkdir()
    sides = [Side(pool().sheets[0], 0), Side(pool().sheets[2], 0)]
    ((file, _), *_) = write_files(heap, [sides])
    with SiteStore(tmp_path / "store") as store:
        pool().scan([heap], ScanStore(store, "clerk"))
        before = store.pages()
        again = ScanStore(store, "clerk")
        again.receive([heap])
        again.record([PageReading(file, 0, "unreadable", ("E707: the parser took too long",))])
        assert [row.state for row in before] == ["read", "read"]
        assert [(row.page, row.state, row.reading) for row in store.pages()] == [
            (row.page, row.state, row.reading) for row in before
        ]
        assert store.unread_files() == ()


def test_a_file_that_cannot_be_opened_stops_nothing(tmp_path: Path) -> None:
    """This test ensures that what goes away before it is read costs that file only."""
    heap = tmp_path / "heap"
    heap.mkdir()
    write_files(heap, [[Side(pool().sheets[0], 0)]])
    with SiteStore(tmp_path / "store") as store:
        report = pool().scan([tmp_path / "gone.pdf", heap], ScanStore(store, "clerk"))
        assert [r.status for r in report.readings] == ["unreadable", "read"]
        assert "E701" in report.readings[0].why[0]
        assert [row.state for row in store.pages()] == ["read"]
