"""A clerk's whole day by simulation: a heap of scanned pages through scan, review, reconcile and send.

``python -m benchmarks clerk-day [--pages N]``. Every step is the real one: `papermode` in processes of its own, the
review page in Debian's Chromium, driven by the keyboard alone. What was written on each page is known, so every
filed value is compared with it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

PAGES = 500


def main(arguments: Sequence[str] = ()) -> int:
    """Run a day and print its table; 1 if something is wrong, lost or another patient's."""
    from benchmarks.clerk_day.day import run_day
    from benchmarks.clerk_day.report import table

    parser = argparse.ArgumentParser(prog="python -m benchmarks clerk-day")
    parser.add_argument("--pages", type=int, default=PAGES, help="images in the heap")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="papermode-day-") as name:
        day = run_day(Path(name), given.pages, seed=given.seed)
    print(table(day))
    return 0 if day.checked.good else 1
