"""The whole loop on the example site: print, fill, scan by simulation, read, compare."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from papermode.app.batch import MASTER, report_of
from papermode.app.demo_clerk import confirm
from papermode.app.packets import Printed, print_packets
from papermode.app.rebuild import Rebuilt
from papermode.app.resources import examples_dir
from papermode.app.scans import keyring_for, scan_paths
from papermode.app.send import FileTarget, Sent, make_bundle, summary
from papermode.app.sites import make_keys, open_site
from papermode.app.snapshots import read_snapshot, store_snapshot
from papermode.errors import UsageFaultError
from papermode.model.answers import ReviewedPage
from papermode.model.reading import Answer, PageReading
from papermode.printing.pictures import picture_pdf
from papermode.scan.picture import jpeg_size
from papermode.simulate.fill import Key, Truth, Value
from papermode.simulate.scans import from_jpeg, simulate_scans, small_jpeg, write_scans
from papermode.store import PDF, Manifests, place_of

DEMO_NOW: Final = "2026-11-24T02:15:00-05:00"
"""A quarter of an hour after the data time of the example data."""
DOUBTS: Final = 0.02
"""Share of the marks that may be left for a person: strokes that run out of their box."""
PER_FILE: Final = 40
"""Scanned pages in one file, as from a feeder."""


@dataclass(slots=True)
class Score:
    """What was read against what was written."""

    pages: int = 0
    identified: int = 0
    read: int = 0
    marks: int = 0
    marks_read: int = 0
    unsure: int = 0
    corrected: int = 0
    """Answers beside a V or STOPPED mark: they wait for a person by rule, not by doubt."""
    numbers: int = 0
    """Boxed numbers written."""
    numbers_read: int = 0
    """Of them, suggested or taken as they were written."""
    numbers_sure: int = 0
    """Of them, taken without a person, because the page says them twice."""
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    wrong_patient: int = 0

    @property
    def green(self) -> bool:
        """Whether the loop is whole: every page identified and read, nothing missed, nothing invented, few doubts."""
        whole = self.pages == self.identified == self.read
        wrong = self.missed or self.false or self.wrong_patient
        return whole and not wrong and self.unsure <= self.marks * DOUBTS

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "pages": self.pages,
            "identified": self.identified,
            "read": self.read,
            "marks": self.marks,
            "marks_read": self.marks_read,
            "unsure": self.unsure,
            "corrected": self.corrected,
            "numbers": self.numbers,
            "numbers_read": self.numbers_read,
            "numbers_sure": self.numbers_sure,
            "missed": self.missed,
            "false": self.false,
            "wrong_patient": self.wrong_patient,
            "green": self.green,
        }


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo left behind."""

    out: Path
    printed: list[Printed]
    scans: list[Path]
    score: Score
    filed: Sent


def run_demo(out: Path, now: datetime, *, seed: int = 1, step: Callable[[str], None] = lambda _: None) -> Demo:
    """Run the whole loop into ``out``: ``site``, ``packets``, ``scans``, ``answers.bundle.json``.

    Raises:
        UsageFaultError: E004, the folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageFaultError(
            "E004", place=str(out), fault="is not empty.", cure="Name a new folder with --out, or remove this one."
        )
    site = out / "site"
    shutil.copytree(examples_dir(), site)
    make_keys(site / "keys", "RIVER", now)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=now)
    store_snapshot(opened.site, snapshot)
    printed = print_packets(
        opened, snapshot, wards=[], out=out / "packets", now=now, progress=lambda w: step(f"printed {w}")
    )
    manifests = Manifests((out / "packets",))
    scans, truths, pictures = _scan(printed, manifests, out / "scans", seed, step)
    readings = []
    rebuilt = Rebuilt(lambda: opened.library)
    keyring = keyring_for(manifests, site_keys=opened.site.keys, card=None)
    for reading in scan_paths([out / "scans"], manifests, keyring, rebuilt):
        readings.append(reading)
        if len(readings) % PER_FILE == 0:
            step(f"read {len(readings)} pages")
    read = report_of(readings, manifests, rebuilt).readings
    turns = {key: r.rotation // 90 for r in read if (key := place_of(r)) is not None}
    pages = confirm(read, truths, manifests, snapshot, now)
    result = make_bundle(opened, pages, lambda page: _page_pdf(page, pictures, turns))
    FileTarget(out / "answers.bundle.json").put(result.json)
    return Demo(out, printed, scans, score_of(read, truths), summary(result))


def _page_pdf(
    page: ReviewedPage, pictures: Mapping[tuple[str, int], bytes], turns: Mapping[tuple[str, int], int]
) -> bytes | None:
    """Return the small picture of a page, upright, as a PDF."""
    key = (page.packet, page.page)
    if key not in pictures:
        return None
    jpeg = pictures[key]
    if turns.get(key):
        jpeg = small_jpeg(from_jpeg(jpeg), turns[key], scale=1.0)
    return picture_pdf(jpeg, jpeg_size(jpeg), title=f"{page.form} page {page.page} of packet {page.packet}")


def _scan(
    printed: Iterable[Printed], manifests: Manifests, folder: Path, seed: int, step: Callable[[str], None]
) -> tuple[list[Path], dict[tuple[str, int], Truth], dict[tuple[str, int], bytes]]:
    """Fill and scan every page; the stack is shuffled across wards before it goes through the feeder.

    Returns the scanned files, what was written on each page, and a small picture of each for the bundle.
    """
    folder.mkdir(parents=True)
    stack: list[np.ndarray[Any, Any]] = []
    truths: dict[tuple[str, int], Truth] = {}
    pictures: dict[tuple[str, int], bytes] = {}
    for p in printed:
        layouts = [stored.layout for stored in manifests.pages() if stored.packet == p.packet]
        filled = simulate_scans(p.folder / PDF, layouts, seed=seed, combs=True, words=True)
        for serial, (image, truth) in enumerate(filled, 1):
            stack.append(image)
            truths[p.packet, serial] = truth
            pictures[p.packet, serial] = small_jpeg(image)
        step(f"filled and scanned {p.ward}: {p.pages} pages")
    order = np.random.default_rng(seed).permutation(len(stack))
    files = []
    for number, start in enumerate(range(0, len(stack), PER_FILE), 1):
        path = folder / f"scan-{number:02d}.pdf"
        write_scans(path, (stack[i] for i in order[start : start + PER_FILE]), dpi=200)
        files.append(path)
    return files, truths, pictures


def score_of(readings: Iterable[PageReading], truths: dict[tuple[str, int], Truth]) -> Score:
    """Compare readings with what was written, mark by mark."""
    score = Score()
    for reading in readings:
        score.pages += 1
        key = place_of(reading)
        if key is None or key not in truths:
            continue
        score.identified += 1
        # A copy master that was written on waits for a person by rule: it was read, and is nobody's yet.
        score.read += reading.status == "read" or reading.why == (MASTER,)
        truth = truths[key].answers
        for answer in reading.answers:
            if answer.kind == "comb":
                number = truths[key].combs.get((answer.link_id, answer.row, answer.column), "")
                _compare_number(score, answer, number, f"{reading.file}#{reading.index} {answer.link_id}")
            if answer.kind != "mark":
                continue
            wanted = truth.get((answer.link_id, answer.row, answer.column))
            place = f"{reading.file}#{reading.index} {answer.link_id} {answer.row} {answer.column}"
            corrected = answer.value == wanted and _is_corrected(answer, truth)
            _compare(score, answer.value, wanted, "corrected" if corrected else answer.state, place)
    return score


def _compare_number(score: Score, answer: Answer, written: str, place: str) -> None:
    score.numbers += bool(written)
    score.numbers_read += bool(written) and answer.value == written
    if answer.state == "sure":
        score.numbers_sure += 1
        if answer.value != written:
            score.false.append(place)


def _is_corrected(answer: Answer, truth: Mapping[Key, Value]) -> bool:
    """Tell whether an answer stands in an entry that was voided, or a row that was stopped, on paper."""
    for (_, row, column), value in truth.items():
        if value == "void" and (row, column) == (answer.row, answer.column):
            return True
        if value == "stopped" and row == answer.row and answer.column is not None:
            return True
    return False


def _compare(score: Score, value: Any, wanted: Any, state: str, place: str) -> None:
    count = len(wanted) if isinstance(wanted, tuple) else int(wanted is not None)
    score.marks += count
    if state == "corrected":
        score.corrected += 1
        score.marks_read += count
    elif state == "unsure":
        score.unsure += 1
    elif value == wanted or (not value and not wanted):
        score.marks_read += count
    elif wanted and not value:
        score.missed.append(place)
    else:
        score.false.append(place)
