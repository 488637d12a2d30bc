"""Memory of ``papermode scan`` on a whole heap (``python -m benchmarks scan_heap``).

Every page of the example wards, as printed on three nights, is filled in with marks, numbers and words, scanned by the
simulator, and read in one run. What is kept of each page, and of each file, shows in the memory here.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from itertools import groupby
from pathlib import Path

from benchmarks.measure import run
from benchmarks.scan_pages import NIGHTS, print_night


def main() -> None:
    """Measure and print a Markdown table."""
    with tempfile.TemporaryDirectory(prefix="papermode-bench-") as name:
        folder = Path(name)
        scans = [scan for night in range(NIGHTS) for scan in _scanned(folder, night)]
        megabytes = sum(scan.stat().st_size for scan in scans) / 1e6
        command = [sys.executable, "-m", "papermode", "scan", *map(str, scans), "--packets", str(folder / "packets")]
        used = run([*command, "--json"], watch=True)
    status = Counter(page["status"] for page in json.loads(used.stdout)["pages"])
    words = ", ".join(f"{count} {name}" for name, count in status.most_common())
    print("## `papermode scan`, a heap\n")
    print(f"{status.total()} pages in {len(scans)} files, {megabytes:.0f} MB; one run. Status of the pages: {words}.\n")
    print("| | | bar |\n|---|---|---|")
    print(f"| memory, all processes, MB | {used.tree_mb:.0f} | ≤ 300 |")
    print(f"| pages a CPU-second | {status.total() / used.cpu:.1f} | |")


def _scanned(folder: Path, night: int) -> list[Path]:
    """Print one night, write on every page and scan it; return the files, one a packet."""
    from papermode.simulate.scans import simulate_scans, write_scans

    files: list[Path] = []
    for pdf, pages in groupby(print_night(folder, night), key=lambda page: page[0]):
        layouts = [page.layout for _, page in pages]
        scans = simulate_scans(pdf, layouts, seed=night, combs=True, words=True)
        files.append(folder / f"heap-{night}-{len(files)}.pdf")
        write_scans(files[-1], (scan for scan, _ in scans), dpi=200)
    return files
