"""CPU of the reader, step by step, on clean 200 dpi scans of the example packets (``python -m benchmarks scan_pages``).

The example wards are printed, filled in by simulated pens and scanned by the simulator (``office``: a feeder in good
order, JPEG in PDF). One process, one thread.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import ROOT, Spread, child

NOW: Final = "2026-11-24T02:30:00-05:00"
ROUNDS: Final = 5
PAGES: Final = 60
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
    """Measure and print a Markdown table."""
    with tempfile.TemporaryDirectory(prefix="papermode-bench-") as name:
        child("benchmarks.scan_pages", ["--prepare", name])
        rounds = [child("benchmarks.scan_pages", ["--read", name]) for _ in range(ROUNDS)]
    print("## Reading a clean 200 dpi page\n")
    print(f"{PAGES} pages of the example wards, {ROUNDS} rounds; status of the pages: {rounds[-1]['status']}.\n")
    print("| step | user ms a page |\n|---|---|")
    for step in ("open", *STEPS, "rest", "all"):
        label = {"open": "open the scan, take out the image", "rest": "the rest", "all": "**all**"}.get(step)
        print(f"| {label or STEPS[step]} | {Spread(tuple(r[step] for r in rounds)).text()} |")


def prepare(folder: Path) -> None:
    """Print the example site, fill the pages in and scan them."""
    from papermode.app.packets import print_packets
    from papermode.app.sites import make_keys, open_site
    from papermode.app.snapshots import read_snapshot
    from papermode.simulate.scans import simulate_scans, write_scans
    from papermode.store import PDF, Manifests

    site = folder / "site"
    shutil.copytree(ROOT / "examples", site)
    now = datetime.fromisoformat(NOW)
    make_keys(site / "keys", "RIVER", now)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=now)
    printed = print_packets(opened, snapshot, wards=("4W",), out=folder / "packets", now=now)[0]
    layouts = [stored.layout for stored in Manifests((folder / "packets",)).pages()]
    scans = (scan for scan, _ in zip(simulate_scans(printed.folder / PDF, layouts, seed=1), range(PAGES), strict=False))
    write_scans(folder / "scans.pdf", (scan for scan, _ in scans), dpi=200)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Finds pages in the manifests."""

    manifests: Any

    def by_packet(self, packet_id: str, page: int) -> Any:
        from papermode.scan.lookup import PageInfo

        found = self.manifests.page(packet_id, page)
        return None if found is None else PageInfo(found.layout, found.entry["claim"])

    def by_claim(self, claim: Any, text: str) -> Any:
        return None


def read(folder: Path) -> dict[str, Any]:
    """Read the scans with a clock around each step; return milliseconds a page."""
    import cv2

    from papermode.app.scans import KeyCheck, keyring_for
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
    lookup, check = _Lookup(manifests), KeyCheck(keyring_for(manifests, site_keys=None, card=None))
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
        prepare(given.prepare)
        print("{}")
    elif given.read:
        print(json.dumps(read(given.read)))
    else:
        main()
