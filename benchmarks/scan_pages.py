"""``papermode scan`` on clean 200 dpi scans of the example packets (``python -m benchmarks scan_pages``).

Two measurements: the whole command with all its processes, on pages with many boxes (bar: ten pages a CPU-second and
300 MB), and the reader step by step. The example ward is printed, filled in by simulated pens and scanned by the
simulator; JPEG in PDF.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import Any, Final

from benchmarks.measure import ROOT, Spread, Usage, child, run

NOW: Final = "2026-11-24T02:30:00-05:00"
ROUNDS: Final = 5
PAGES: Final = 60
MANY: Final = {"MAR-S": 12, "MAR-P": 10, "VITALS": 18}
"""Pages of the first measurement, by form, of each night: on average they have 95 marks and 121 comb cells."""
NIGHTS: Final = 3
LEAST_CELLS: Final = 90
"""Comb cells of such a page: a form's other side may have fewer."""
FILLED: Final = 1 / 3
"""Share of their comb cells that are written in."""
FULL: Final = "full.pdf"
ONE: Final = "one.pdf"
STEPS: Final = {
    "find_codes": "find and read the codes",
    "identify": "identity",
    "register": "registration",
    "make_sheet": "ink levels",
    "read_answers": "marks, combs and crops",
    "tripwires": "tripwires",
}
"""What ``scan.reader`` calls for each page; the claim's signature is checked within the first."""


def main() -> None:
    """Measure and print Markdown tables."""
    with tempfile.TemporaryDirectory(prefix="papermode-bench-") as name:
        what = child("benchmarks.scan_pages", ["--prepare", name])
        _whole(Path(name), what)
        rounds = [child("benchmarks.scan_pages", ["--read", name]) for _ in range(ROUNDS)]
    print("\n## Reading a clean 200 dpi page, step by step\n")
    print(f"{PAGES} pages of the example wards, {ROUNDS} rounds; status of the pages: {rounds[-1]['status']}.\n")
    print("| step | user ms a page |\n|---|---|")
    for step in ("open", *STEPS, "rest", "all"):
        label = {"open": "open the scan, take out the image", "rest": "the rest", "all": "**all**"}.get(step)
        print(f"| {label or STEPS[step]} | {Spread(tuple(r[step] for r in rounds)).text()} |")


def _whole(folder: Path, what: dict[str, Any]) -> None:
    """Measure the command as it is used, and print a table."""

    def scan(file: str) -> Usage:
        command = [sys.executable, "-m", "papermode", "scan", str(folder / file), "--packets", str(folder / "packets")]
        return run([*command, "--json"], watch=True)

    rounds = [(scan(ONE), scan(FULL)) for _ in range(ROUNDS)]
    status = Counter(p["status"] for p in json.loads(rounds[-1][1].stdout)["pages"])
    pages = NIGHTS * sum(MANY.values())
    speed = Spread(tuple(pages / full.cpu for _, full in rounds))
    running = Spread(tuple((pages - 1) / (full.cpu - one.cpu) for one, full in rounds))
    start = Spread(tuple(one.cpu for one, _ in rounds))
    print("## `papermode scan`, pages with many boxes\n")
    forms = ", ".join(f"{NIGHTS * n} {form}" for form, n in MANY.items())
    print(
        f"{pages} pages ({forms}), {ROUNDS} rounds. On a page: {what['marks']:.0f} marks, {what['cells']:.0f} comb"
        f" cells of which {what['filled']:.0f} are written in, {what['crops']:.0f} areas for free writing. CPU is user"
        f" and system, of all processes. Status of the pages: {_words(status)}.\n"
    )
    print("| | | bar |\n|---|---|---|")
    print(f"| pages a CPU-second, start included | {speed.text(1)} | ≥ 10 |")
    print(f"| pages a CPU-second, after the first page | {running.text(1)} | |")
    print(f"| CPU for start and first page, s | {start.text()} | |")
    print(f"| memory, all processes, MB | {Spread(tuple(full.tree_mb for _, full in rounds)).text(0)} | ≤ 300 |")
    print(f"| memory, the largest process, MB | {Spread(tuple(full.peak_mb for _, full in rounds)).text(0)} | |")


def print_night(folder: Path, night: int = 0) -> list[tuple[Path, Any]]:
    """Print the wards of the example site; return every page as its manifest has it, with its PDF."""
    from papermode.app.packets import print_packets
    from papermode.app.sites import make_keys, open_site
    from papermode.app.snapshots import read_snapshot
    from papermode.store import PDF, Manifests

    site, now = folder / "site", datetime.fromisoformat(NOW)
    if not site.exists():
        shutil.copytree(ROOT / "examples", site)
        make_keys(site / "keys", "RIVER", now)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=now)
    out = folder / "packets" / str(night)
    printed = print_packets(opened, snapshot, wards=("4W", "OB"), out=out, now=now + timedelta(days=night))
    pdfs = {packet.packet: packet.folder / PDF for packet in printed}
    return [(pdfs[page.packet], page) for page in Manifests((out,)).pages()]


def prepare(folder: Path) -> dict[str, Any]:
    """Print the example site, fill the pages in and scan them; return what is on the pages with many boxes."""
    from papermode.simulate.scans import simulate_scans, write_scans

    nights = [print_night(folder, night) for night in range(NIGHTS)]
    first = nights[0][0][0]
    layouts = [page.layout for pdf, page in nights[0] if pdf == first]
    scans = islice(simulate_scans(first, layouts, seed=1), PAGES)
    write_scans(folder / "scans.pdf", (scan for scan, _ in scans), dpi=200)
    many = [at for pages in nights for form, count in MANY.items() for at in _with_many_boxes(pages, form)[:count]]
    assert len(many) == NIGHTS * sum(MANY.values())
    scanned = [_scanned(pdf, page) for pdf, page in many]
    write_scans(folder / FULL, (scan for scan, _ in scanned), dpi=200)
    write_scans(folder / ONE, (scan for scan, _ in scanned[:1]), dpi=200)
    layouts = [page.layout for _, page in many]
    return {
        "marks": mean(sum(b.kind == "mark" for b in layout.boxes) for layout in layouts),
        "cells": mean(map(_cells, layouts)),
        "crops": mean(sum(b.kind == "crop" for b in layout.boxes) for layout in layouts),
        "filled": mean(filled for _, filled in scanned),
    }


def _cells(layout: Any) -> int:
    return sum(b.cells for b in layout.boxes if b.kind == "comb")


def _with_many_boxes(pages: Sequence[tuple[Path, Any]], form: str) -> list[tuple[Path, Any]]:
    return [at for at in pages if at[1].entry["form"] == form and _cells(at[1].layout) >= LEAST_CELLS]


def _scanned(pdf: Path, page: Any) -> tuple[Any, int]:
    """Mark a page, write numbers into its combs and scan it; return also how many cells are written in."""
    import numpy as np

    from papermode.simulate.fill import fill_page
    from papermode.simulate.hands import any_hand, write_comb
    from papermode.simulate.paper import SCENARIOS, capture
    from papermode.simulate.scans import PAGE_DPI, page_picture

    serial, layout = page.entry["page"], page.layout
    rng = np.random.default_rng(serial)
    paper = page_picture(pdf, serial)
    fill_page(paper, layout, rng)
    hand, filled = any_hand(rng), 0
    for box in (b for b in layout.boxes if b.kind == "comb" and rng.random() < FILLED):
        digits = "".join(str(d) for d in rng.integers(0, 10, box.cells))
        write_comb(paper, PAGE_DPI, box, f"{digits[: box.point]}.{digits[box.point :]}".strip("."), hand, rng)
        filled += box.cells
    return capture(paper, PAGE_DPI, SCENARIOS["clean"], 200, rng), filled


def read(folder: Path) -> dict[str, Any]:
    """Read the scans with a clock around each step; return milliseconds a page."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the reader's own process has it
    import cv2

    from papermode.app.rebuild import Rebuilt
    from papermode.app.scans import KeyCheck, StoreLookup, keyring_for
    from papermode.app.sites import shipped_library
    from papermode.scan import reader
    from papermode.scan.images import Broken, page_images
    from papermode.store import Manifests

    cv2.setNumThreads(1)
    spent = dict.fromkeys(("open", *STEPS), 0.0)

    def clocked(step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            try:
                return work(*args, **kwargs)
            finally:
                spent[step] += time.process_time() - start

        return wrapper

    for step in STEPS:
        setattr(reader, step, clocked(step, getattr(reader, step)))
    manifests = Manifests((folder / "packets",))
    lookup, check = (
        StoreLookup(manifests, Rebuilt(shipped_library)),
        KeyCheck(keyring_for(manifests, site_keys=None, card=None)),
    )
    images = page_images(folder / "scans.pdf")
    status: Counter[str] = Counter()
    pages = 0
    start = time.process_time()
    take = clocked("open", lambda: next(images, None))
    while (image := take()) is not None:
        pages += 1
        if isinstance(image, Broken):
            raise TypeError("a scan of the benchmark cannot be opened")
        status[reader.read_page(image, lookup, check).status] += 1
    whole = time.process_time() - start
    spent["rest"] = whole - sum(spent.values())
    spent["all"] = whole
    return {**{step: 1000 * s / pages for step, s in spent.items()}, "status": _words(status)}


def _words(status: Counter[str]) -> str:
    return ", ".join(f"{n} {name}" for name, n in status.most_common())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--prepare", type=Path)
    parser.add_argument("--read", type=Path)
    given = parser.parse_args()
    if given.prepare:
        print(json.dumps(prepare(given.prepare)))
    elif given.read:
        print(json.dumps(read(given.read)))
    else:
        main()
