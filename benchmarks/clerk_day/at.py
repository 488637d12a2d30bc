"""``papermode`` with the clock at another time: ``python -m benchmarks.clerk_day.at TIME COMMAND …``.

What is due in the outage depends on the hour of the print, so with the computer's clock every run is another heap.
The clock of this process goes on from TIME (ISO 8601 with offset); its readers' processes have no use for a clock.
"""

from __future__ import annotations

import sys
from datetime import datetime

import time_machine

from papermode.cli import main

if __name__ == "__main__":
    start = datetime.fromisoformat(sys.argv.pop(1))
    with time_machine.travel(start, tick=True):
        main()
