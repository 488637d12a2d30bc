"""`papermode scan` on a folder of bad files with good pages among them: nothing stops it, nothing is changed, nothing runs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from papermode.app.intake_scans import FOLDER
from papermode.store import SiteStore
from tests.bad_files import FILES, LINK, PIPE, write_bad_files
from tests.cli.conftest import ROOT, print_ob

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="needs pipes, POSIX resource limits, and /proc")

GOOD: Final = "good.pdf"
SECONDS_A_FILE: Final = 30.0
PEAK_MB: Final = 300
"""Of the process that reads: what a parser needs, its own process needs."""
RUN: Final = """
import atexit, re, sys
from pathlib import Path
status = Path("/proc/self/status")
atexit.register(lambda: print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1], file=sys.stderr))
from papermode.cli.main import cli
cli()
"""
ACTIVE: Final = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"launchURL")


@dataclass(frozen=True)
class Scanned:
    """What one scan of the folder came to."""

    site: Path
    heap: Path
    before: dict[str, str]
    code: int
    report: dict[str, Any]
    seconds: float
    peak_mb: int

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the entries of one file."""
        return [p for p in self.report["pages"] if Path(p["file"]).name == name]


def digests(folder: Path) -> dict[str, str]:
    return {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.iterdir()
        if p.is_file() and not p.is_symlink()
    }


@pytest.fixture(scope="module")
def scanned(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Scan all bad files and one packet in a site."""
    folder = tmp_path_factory.mktemp("bad")
    small, heap = folder / "site", folder / "heap"
    shutil.copytree(site, small)
    (small / "wards" / "OB.toml").write_text('forms = ["SUMMARY"]\nadmission_sets = 0\n', "utf-8")
    print_ob(small, small / "packets")
    list(write_bad_files(heap))
    (pdf,) = (small / "packets").glob("*/packet.pdf")
    shutil.copy(pdf, heap / GOOD)
    before = digests(heap)
    env = {k: v for k, v in os.environ.items() if not k.startswith("PAPERMODE")} | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, "scan", str(heap), "--site", str(small), "--json"]
    started = time.monotonic()
    done = subprocess.run(
        command, capture_output=True, timeout=SECONDS_A_FILE * len(FILES), env=env, cwd=folder, check=False
    )
    seconds = time.monotonic() - started
    errors = done.stderr.decode()
    assert done.stdout, errors
    peak = int(errors.rpartition("PEAK ")[2].split()[0]) >> 10
    return Scanned(small, heap, before, done.returncode, json.loads(done.stdout), seconds, peak)


def test_the_batch_ends_in_time_and_says_that_some_could_not_be_read(scanned: Scanned) -> None:
    assert scanned.code == 101
    assert scanned.seconds < SECONDS_A_FILE * len(FILES) / 4
    assert scanned.peak_mb < PEAK_MB


def test_the_good_pages_among_them_are_read(scanned: Scanned) -> None:
    """This test ensures that each page of the packet is read and unwritten, and none is missing."""
    good = scanned.of(GOOD)
    assert good
    assert {p["status"] for p in good} == {"read"}
    assert [p["page"] for p in good] == list(range(1, len(good) + 1))
    assert scanned.report["missing"] == scanned.report["duplicates"] == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_file_has_its_entries_with_place_fault_cure_and_code(scanned: Scanned, name: str) -> None:
    """This test ensures that every image of every file is accounted for once, and each fault names file and code."""
    bad, entries = FILES[name], scanned.of(name)
    assert [e["index"] for e in entries] == list(range(bad.entries))
    told = [why for e in entries for why in e["why"] if why[:1] == "E" and why[1:4].isdigit()]
    assert len(told) == bool(bad.codes)
    for why in told:
        code, _, rest = why.partition(" ")
        place, _, fault_and_cure = rest.partition(": ")
        assert code in bad.codes
        assert place == str(scanned.heap / name)
        assert fault_and_cure.count(".") >= 2
    assert all(e["status"] in ("unreadable", "blank") and not e["answers"] for e in entries)
    unknown = [u["index"] for u in scanned.report["unknown"] if Path(u["file"]).name == name]
    assert unknown == [e["index"] for e in entries if e["status"] == "unreadable"]


def test_the_originals_are_as_they_were(scanned: Scanned) -> None:
    assert digests(scanned.heap) == scanned.before
    assert (scanned.heap / LINK).is_symlink()
    assert (scanned.heap / PIPE).is_fifo()


def test_every_image_is_in_the_store_and_what_is_shown_is_pixels(scanned: Scanned) -> None:
    """This test ensures that nothing is lost, and that a PDF's scripts, programs and links end at the pixels.

    The file as it came is kept, too, under its hash, and never opened again by anything but the guarded reader.
    """
    with SiteStore(scanned.site / FOLDER) as store:
        rows = store.pages()
        entries = [p for p in scanned.report["pages"] if Path(p["file"]).name not in (LINK, PIPE)]
        assert len(rows) == len(entries)
        assert store.unread_files() == ()
        assert store.verify() == []
        pictures = {store.reading(row.page).picture for row in rows} - {""}
        kept = {
            name: (scanned.site / FOLDER / "scans" / sha256).read_bytes() for name, sha256 in scanned.before.items()
        }
        assert all(word in kept["actions.pdf"] for word in ACTIVE)
        for sha256 in pictures:
            picture = store.scans.read(sha256)
            assert picture.startswith(b"\xff\xd8\xff"), "a JPEG"
            assert not any(word in picture for word in ACTIVE)
        assert not pictures & set(scanned.before.values()), "no original is shown"
