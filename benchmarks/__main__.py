"""``python -m benchmarks [NAME …]``: all benchmarks, or the named ones, as Markdown on stdout.

Names: startup, print_page, hospital, scan_pages. Needs the extra packages of the dependency group ``bench``.
"""

from __future__ import annotations

import sys

from benchmarks import hospital, print_page, scan_pages, startup
from benchmarks.measure import machine

ALL = {"startup": startup, "print_page": print_page, "hospital": hospital, "scan_pages": scan_pages}


def main(names: list[str]) -> int:
    """Run the benchmarks."""
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
