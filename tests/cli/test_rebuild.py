"""`papermode rebuild`: the journal is gone or damaged, and the stored scans are all that is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from papermode.errors import ExitCode
from tests.cli.conftest import print_ob, run


def scanned_site(small: Path, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """Return the packets of a site that has scanned them, and what scan said."""
    packets = tmp_path / "out"
    pdf = print_ob(small, packets, "--json").json["packets"][0]["pdf"]
    return packets, run("scan", pdf, "--packets", packets, "--site", small, "--json").json


def told(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is said of the pages, without the name of the file they came in."""
    return sorted(({**page, "file": ""} for page in result["pages"]), key=lambda page: page["index"])


def test_a_lost_journal_is_made_anew(small: Path, tmp_path: Path) -> None:
    """This test ensures that from the scans alone every image is in the store again, read as before."""
    packets, before = scanned_site(small, tmp_path)
    store = small / "store"
    images = run("reindex", "--site", small, "--json", code=0).json
    (store / "journal").unlink()
    after = run("rebuild", "--packets", packets, "--site", small, "--json")
    assert after.code in (ExitCode.DONE, ExitCode.REVIEW)
    assert told(after.json) == told(before)
    assert run("reindex", "--site", small, "--json", code=0).json == images


def test_a_damaged_journal_is_put_aside(small: Path, tmp_path: Path) -> None:
    """This test ensures that a changed line stops nothing, and that the damaged journal is kept byte for byte."""
    packets, before = scanned_site(small, tmp_path)
    journal = small / "store" / "journal"
    damaged = journal.read_bytes().replace(b'"user"', b'"uses"', 1)
    journal.chmod(0o600)
    journal.write_bytes(damaged)
    after = run("rebuild", "--packets", packets, "--site", small, "--json")
    assert told(after.json) == told(before)
    (aside,) = (small / "store").glob("journal.lost-*")
    assert aside.read_bytes() == damaged
    assert str(aside) in after.err


def test_a_sound_journal_is_left_alone(small: Path, tmp_path: Path) -> None:
    """This test ensures that nobody loses decisions by a rebuild that was not needed."""
    packets, _ = scanned_site(small, tmp_path)
    before = (small / "store" / "journal").read_bytes()
    refused = run("rebuild", "--packets", packets, "--site", small)
    assert refused.code == ExitCode.STORE
    assert "E821" in refused.err
    assert "reindex" in refused.err
    assert (small / "store" / "journal").read_bytes() == before
