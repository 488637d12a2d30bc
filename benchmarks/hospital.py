"""From files to packets: a hospital of 1,000 patients in 40 wards (``python -m benchmarks hospital``).

The hospital is made by repeating the example wards (:mod:`benchmarks.hospital_data`); ``papermode print`` runs in a
process of its own. Bar: 25 CPU-seconds (user and system) and 600 MB at the peak for about 8,000 pages.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.hospital_data import make_hospital
from benchmarks.measure import ROOT, Spread, Usage, child, run
from papermode.app import packets
from papermode.app.sites import make_keys, open_site
from papermode.app.snapshots import read_snapshot
from papermode.config import DEFAULT_FORMS

NOW: Final = "2026-11-24T02:30:00-05:00"
ROUNDS: Final = 3
FORM_SETS: Final[dict[str, tuple[str, ...]]] = {
    "medicines": ("COVER", "LOG", "SUMMARY", "MAR-S", "MAR-H", "MAR-P", "MAR-I", "MAR-N", "MAR-X"),
    "default": DEFAULT_FORMS,
}
"""``medicines``: what depends on the night's data, where the blank charts are kept in stock; ``default``: all."""


def main() -> None:
    """Make the hospital, print it some times, and print a Markdown table."""
    with tempfile.TemporaryDirectory(prefix="papermode-bench-") as name:
        site = Path(name) / "site"
        size = _make_site(site)
        print("## A hospital, from files to PDFs and manifests\n")
        print(f"1,000 patients in 40 wards, {size / 1e6:.0f} MB of NDJSON. Bar: 25 CPU-seconds and 600 MB.\n")
        print("| forms | packets | pages | PDFs and manifests, MB | CPU, s | of it system, s | ms a page | peak, MB |")
        print("|---|---|---|---|---|---|---|---|")
        for form_set in FORM_SETS:
            _use_forms(site, form_set)
            print(_measured(site, form_set))
        print("\nPhases, CPU-seconds in one process:\n")
        print("| forms | " + " | ".join(PHASES) + " | rest |\n|---|" + "---|" * (len(PHASES) + 1))
        for form_set in FORM_SETS:
            _use_forms(site, form_set)
            spent = child("benchmarks.hospital", ["--phases", str(site)])
            print(f"| {form_set} | " + " | ".join(f"{spent[n]:.1f}" for n in (*PHASES, "rest")) + " |")


def _make_site(site: Path) -> int:
    (site / "snapshot").mkdir(parents=True)
    make_keys(site / "keys", "RIVER", datetime.fromisoformat(NOW))
    return make_hospital(ROOT / "examples" / "snapshot", site / "snapshot")


def _use_forms(site: Path, form_set: str) -> None:
    forms = json.dumps(FORM_SETS[form_set])
    sets = 4 if "ADMIT" in FORM_SETS[form_set] else 0
    (site / "papermode.toml").write_text(
        f'site = "RIVER"\nname = "Bench Hospital"\nzone = "America/New_York"\npaper = "letter"\n'
        f"[defaults]\nforms = {forms}\nadmission_sets = {sets}\n",
        "utf-8",
    )


def _measured(site: Path, form_set: str) -> str:
    """Print the hospital some times; return the line of the table."""
    out = site / "out"
    used: list[Usage] = []
    for _ in range(ROUNDS):
        shutil.rmtree(out, ignore_errors=True)
        used.append(run([*_command(), "--out", str(out)], cwd=site))
        if used[-1].status not in (0, 102):  # 102: printed, with problems named on paper; the example wards have some
            raise RuntimeError(f"papermode print ended with {used[-1].status}")
    printed = json.loads(used[-1].stdout)["packets"]
    pages = sum(p["pages"] for p in printed)
    written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    cpu = Spread(tuple(u.user + u.system for u in used))
    system = Spread(tuple(u.system for u in used))
    peak = Spread(tuple(u.peak_mb for u in used))
    return (
        f"| {form_set} | {len(printed)} | {pages:,} | {written / 1e6:.0f} | {cpu.text(1)} | {system.text(1)} | "
        f"{1000 * cpu.middle / pages:.2f} | {peak.text(0)} |"
    )


def _command() -> list[str]:
    return [sys.executable, "-m", "papermode", "print", "--json", "--snapshot", "snapshot", "--now", NOW]


PHASES: Final = ("load", "plan", "PDF", "manifest")


def _phases(site: Path) -> dict[str, float]:
    """Print the hospital in this process with a clock around each phase."""
    spent = dict.fromkeys(PHASES, 0.0)

    def clocked(phase: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            result = work(*args, **kwargs)
            spent[phase] += time.process_time() - start
            return result

        return wrapper

    names = {"_plan": "plan", "save_packet": "PDF", "manifest_of": "manifest", "unsigned": "manifest"}
    for name, phase in names.items():
        setattr(packets, name, clocked(phase, getattr(packets, name)))
    opened = open_site(site)
    now = datetime.fromisoformat(NOW)
    snapshot = clocked("load", read_snapshot)([site / "snapshot"], opened.site.intake, as_of=None, now=now)
    out = site / "phases"
    packets.print_packets(opened, snapshot, wards=(), out=out, now=now)
    shutil.rmtree(out)
    spent["rest"] = time.process_time() - sum(spent.values())
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--phases", type=Path)
    given = parser.parse_args()
    if given.phases:
        print(json.dumps(_phases(given.phases)))
    else:
        main()
