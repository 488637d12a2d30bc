"""``papermode review`` from the outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from papermode.errors import UsageFaultError
from papermode.review.serve import Server
from papermode.store import SiteStore
from tests.unit.review.fake import FakeDesk

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    command = [sys.executable, "-m", "papermode", "init", str(folder), "--now", "2026-11-24T02:05:00-05:00"]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return folder


def review(site: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "papermode", "review", "--site", str(site), "--json", *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_gives_each_person_a_link_and_ends_on_ctrl_c(site: Path) -> None:
    with SiteStore(site / "store") as store:
        store.receive_bytes(b"%PDF", "heap-07.pdf", "Ana")
    process = review(site, "--user", "Ana", "--user", "Ben")
    try:
        assert process.stdout is not None
        text = ""
        while not text.endswith("\n}\n"):
            text += process.stdout.readline()
        links = json.loads(text)["links"]
        assert [link["user"] for link in links] == ["Ana", "Ben"]
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(links[0]["url"], timeout=20) as answer:
            assert (answer.status, "Ana" in answer.read().decode()) == (200, True)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert "heap-07.pdf" in said, "a file that scan did not read is named before the work begins"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--host", "0.0.0.0"), "E010"),  # noqa: S104
        (("--host", "example.org"), "E010"),
        (("--user", "papermode"), "E012"),
        (("--user", " "), "E012"),
    ],
)
def test_what_makes_no_sense_is_refused(site: Path, options: tuple[str, ...], code: str) -> None:
    process = review(site, *options)
    out, said = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert json.loads(said)["errors"][0]["code"] == code


def test_a_port_that_is_taken_is_named() -> None:
    first = Server(FakeDesk())
    with pytest.raises(UsageFaultError) as found:
        Server(FakeDesk(), port=first.port)
    assert found.value.code == "E011"
    first._socket.close()
