"""``papermode --help`` over a bare Python start (``python -m benchmarks startup``).

Bar: at most 80 ms more.
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.measure import Spread, environment, run

ROUNDS = 15


def main() -> None:
    """Measure and print a Markdown table."""
    commands = {
        "bare": [sys.executable, "-c", "pass"],
        "help": [sys.executable, "-m", "papermode", "--help"],
    }
    for command in commands.values():
        run(command)  # compiles what is not compiled yet
    user: dict[str, list[float]] = {name: [] for name in commands}
    wall: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            used = run(command)
            user[name].append(1000 * (used.user + used.system))
            start = time.perf_counter()
            subprocess.run(command, env=environment(), stdout=subprocess.DEVNULL, check=True)
            wall[name].append(1000 * (time.perf_counter() - start))
    print("## Start-up\n\n| | CPU, ms | wall, ms |\n|---|---|---|")
    for name, label in (("bare", "`python -c pass`"), ("help", "`papermode --help`")):
        print(f"| {label} | {Spread(tuple(user[name])).text(0)} | {Spread(tuple(wall[name])).text(0)} |")
    more = [Spread(tuple(h - b for h, b in zip(t["help"], t["bare"], strict=True))) for t in (user, wall)]
    print(f"| **more than bare** (bar: 80) | {more[0].text(0)} | {more[1].text(0)} |")


if __name__ == "__main__":
    main()
