"""``python -m benchmarks [NAME …]``: all benchmarks, or the named ones, as Markdown on stdout.

Names: startup, print_page, hospital, scan_pages, scan_heap, scan_peers. Needs the extra packages of the dependency
group ``bench``; scan_peers measures marksense (PyPI) and AMC (Debian: auto-multiple-choice) where they are installed.
``python -m benchmarks clerk-day [--pages N]`` is a program of its own: it takes minutes, and needs no peers.
"""

from __future__ import annotations

import sys

from benchmarks import clerk_day, hospital, print_page, scan_heap, scan_pages, scan_peers, startup
from benchmarks.measure import machine

ALL = {
    "startup": startup,
    "print_page": print_page,
    "hospital": hospital,
    "scan_pages": scan_pages,
    "scan_heap": scan_heap,
    "scan_peers": scan_peers,
}


def main(names: list[str]) -> int:
    """Run the benchmarks."""
    if names[:1] == ["clerk-day"]:
        return clerk_day.main(names[1:])
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(ALL)}.", file=sys.stderr)
        return 2
    print(f"Measured {machine()}\n", flush=True)
    for name in names or ALL:
        ALL[name].main()
        print(flush=True)
    return 0


sys.exit(main(sys.argv[1:]))
