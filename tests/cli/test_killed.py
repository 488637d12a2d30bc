"""`papermode scan` and `papermode review`, killed at any moment: nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from papermode.store import SiteStore
from tests.cli.conftest import ROOT, print_ob, run

KILLS = [10, pytest.param(50, marks=pytest.mark.deep)]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "papermode", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def stack(small: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A site, its packets, and a stack of scans: what was printed."""
    packets = tmp_path / "out"
    pdf = print_ob(small, packets, "--json").json["packets"][0]["pdf"]
    return small, packets, Path(pdf)


@pytest.mark.parametrize("kills", KILLS)
def test_scan_is_killed(stack: tuple[Path, Path, Path], kills: int) -> None:
    """This test ensures that a scan that was killed leaves a sound store, and that the next one has every image once."""
    site, packets, pdf = stack
    arguments = ("scan", pdf, "--packets", packets, "--site", site, "--json")
    begun = time.monotonic()
    whole = start(*arguments)
    images = len(json.loads(whole.communicate(timeout=120)[0])["pages"])
    usual = time.monotonic() - begun
    for path in sorted((site / "store").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    chance = random.Random(kills)
    for _ in range(kills):
        killed = start(*arguments)
        time.sleep(chance.uniform(0.2, 1.1) * usual)
        killed.kill()
        _, said = killed.communicate()
        with SiteStore(site / "store") as store:
            assert store.verify() == []
            if "stored" in said:
                assert len(store.pages()) == images
    run(*arguments)
    with SiteStore(site / "store") as store:
        assert store.verify() == []
        assert len(store.pages()) == images
        assert store.unread_files() == ()


class Clerk:
    """A person at the page, without a browser."""

    def __init__(self, link: str) -> None:
        self._address = link.partition("/enter/")[0]
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._opener.open(link, timeout=20).read()

    def sets_aside(self, sheet: str) -> bool:
        """Set a sheet aside; tell whether that was acknowledged."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self._address}/sheet/{sheet}/aside",
            json.dumps({"seen": 0, "outcome": "duplicate", "sure": True}).encode(),
            {"content-type": "application/json", "origin": self._address, "sec-fetch-site": "same-origin"},
        )
        with self._opener.open(request, timeout=20) as answer:
            return bool(answer.status == 200)


def link_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    text = ""
    while not text.endswith("\n}\n"):
        text += process.stdout.readline()
    told: dict[str, Any] = json.loads(text)
    return str(told["links"][0]["url"])


@pytest.mark.parametrize("kills", KILLS)
def test_review_is_killed(stack: tuple[Path, Path, Path], kills: int) -> None:
    """This test ensures that what the page has acknowledged is there after every kill, and that the store is sound."""
    site, packets, pdf = stack
    run("scan", pdf, "--packets", packets, "--site", site, "--json")
    with SiteStore(site / "store") as store:
        sheets = [str(row.page) for row in store.pages()]
    chance = random.Random(kills)
    done: list[str] = []
    for _ in range(kills):
        process = start("review", "--site", site, "--packets", packets, "--user", "Ana", "--json")
        clerk = Clerk(link_of(process))
        timer = threading.Timer(chance.uniform(0.01, 0.25), process.kill)
        timer.start()
        try:
            while left := [s for s in sheets if s not in done]:
                sheet = chance.choice(left)
                if clerk.sets_aside(sheet):
                    done.append(sheet)
        except (OSError, HTTPException):
            pass  # it was killed
        timer.join()
        process.communicate()
        with SiteStore(site / "store") as store:
            assert store.verify() == []
            states = {str(row.page): row.state for row in store.pages()}
            assert all(states[sheet] == "settled" for sheet in done)
            # A step whose answer did not arrive may have been recorded.
            done = [sheet for sheet, state in states.items() if state == "settled"]
            if len(done) == len(sheets):
                for row in store.pages():
                    store.reopen_page(row.page, "Ana")
                done = []
    assert len(sheets) > 5
