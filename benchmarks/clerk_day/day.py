"""The day: the heap through `papermode scan`, `review`, `reconcile` and `send`, and the checks on what came of it."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from benchmarks.clerk_day.checks import Checked, check
from benchmarks.clerk_day.clerk import Clerk, Work
from benchmarks.clerk_day.heap import Heap, make_heap
from benchmarks.measure import environment
from papermode.store import SiteStore

CHROMIUM: Final = "/usr/bin/chromium"
CLERKS: Final = ("Ana", "Ben")
"""The clerk, and the second person on whose page it is."""


@dataclass
class Day:
    """What came of it."""

    pages: int
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time of each step."""
    cpu: dict[str, float] = field(default_factory=dict)
    """User and system CPU of each step's own processes, where it is known."""
    work: dict[str, Work] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    """Images by where they stand in the end."""
    scanned: Counter[str] = field(default_factory=Counter)
    """Images by what the reader said."""
    printed: Counter[str] = field(default_factory=Counter)
    """Printed pages by what reconcile says."""
    resources: dict[str, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    checked: Checked = field(default_factory=Checked)


def run_day(
    folder: Path, pages: int, *, seed: int = 1, browser: Browser | None = None, now: datetime | None = None
) -> Day:
    """Run a day.

    Args:
        folder: an empty folder.
        pages: images in the heap.
        seed: chance.
        browser: a running one; usual: Debian's Chromium, started for this.
        now: when it is; usual: the computer's clock. What is due in the outage depends on it.
    """
    day = Day(pages)
    with _timed(day, "make the heap (not part of the day)"):
        heap = make_heap(folder, pages, now or datetime.now().astimezone(), seed)
    site = str(heap.site)
    with _timed(day, "scan"):
        scanned = command("scan", *map(str, heap.scans), "--site", site, "--json", done=(0, 100, 101), now=now)
    day.scanned = Counter(p["status"] for p in scanned["pages"])
    with _timed(day, "review"):
        _review(day, heap, browser, now)
    bundle = folder / "answers.bundle.json"
    with _timed(day, "send"):
        send = ("send", "--out", str(bundle), "--user", CLERKS[0])
        sent = command(*send, "--site", site, "--json", done=(0, 100), now=now)
    with _timed(day, "reconcile"):
        packets = command("reconcile", "--site", site, "--json", done=(0, 100), now=now)["packets"]
    day.printed = sum((Counter(p["counts"]) for p in packets), Counter())
    day.resources = sent["resources"]
    day.left_out = Counter(x["words"] for x in sent["left_out"])
    with SiteStore(heap.site / "store") as store:
        rows = store.pages()
        day.states = Counter(row.settled if row.state == "settled" else row.state for row in rows)
        day.checked = check(heap, bundle, store, sent["left_out"])
    return day


@contextlib.contextmanager
def _timed(day: Day, step: str) -> Iterator[None]:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, before = time.monotonic(), used.ru_utime + used.ru_stime
    yield
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    day.seconds[step], day.cpu[step] = time.monotonic() - began, used.ru_utime + used.ru_stime - before


def _papermode(now: datetime | None) -> tuple[str, ...]:
    """Return how `papermode` is started: as it is, or with its clock at a given time."""
    if now is None:
        return sys.executable, "-m", "papermode"
    return sys.executable, "-m", "benchmarks.clerk_day.at", now.isoformat()


def command(*arguments: str, done: tuple[int, ...], now: datetime | None = None) -> dict[str, Any]:
    """Run a command of papermode in a process of its own; return what it prints as JSON."""
    ran = subprocess.run([*_papermode(now), *arguments], env=environment(), capture_output=True, check=False)
    if ran.returncode not in done:
        raise RuntimeError(f"papermode {arguments[0]} ended with {ran.returncode}: {ran.stderr.decode()[-2000:]}")
    return dict(json.loads(ran.stdout))


def _review(day: Day, heap: Heap, browser: Browser | None, now: datetime | None) -> None:
    """Let the two clerks clear the queue: one works, the other confirms whose pages are."""
    with server(heap.site, now) as links, _browser(browser) as found:
        clerks = {name: _clerk(found, heap) for name in CLERKS}
        for name, clerk in clerks.items():
            clerk.sit_down(links[name])
        while sum([clerk.clear() for clerk in clerks.values()]):
            pass
        for clerk in clerks.values():
            clerk.leave()
    day.work = {name: clerk.work for name, clerk in clerks.items()}


@contextlib.contextmanager
def _browser(given: Browser | None) -> Iterator[Browser]:
    if given is not None:
        yield given
        return
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def _clerk(browser: Browser, heap: Heap) -> Clerk:
    context = browser.new_context(locale="en", viewport={"width": 1366, "height": 850})
    return Clerk(context.new_page(), heap.images)


@contextlib.contextmanager
def server(site: Path, now: datetime | None = None) -> Iterator[dict[str, str]]:
    """Run `papermode review`; give the links of the clerks."""
    users = [part for name in CLERKS for part in ("--user", name)]
    command = [*_papermode(now), "review", "--json", *users, "--site", str(site)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break
        yield {link["user"]: link["url"] for link in json.loads(text)["links"]}
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
