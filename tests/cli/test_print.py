"""`papermode print`: its JSON, its bytes, its exit codes, and what it never says."""

from __future__ import annotations

import errno
import json
import os
import re
from datetime import datetime
from pathlib import Path

import pytest

from papermode.errors import ExitCode
from tests.cli.conftest import NOW_OPTION as NOW
from tests.cli.conftest import print_ob, process, run


def test_print_json(site: Path, tmp_path: Path) -> None:
    """This test ensures that `print --json` has exactly the shape of the public interface (DESIGN 5)."""
    ran = run("print", "--site", site, "--snapshot", site / "snapshot", "--out", tmp_path / "out", "--json", *NOW)
    assert ran.code == ExitCode.PROBLEMS  # the example data have two records that cannot be read
    result = ran.json
    assert result.keys() == {"snapshot", "packets"}
    assert result["snapshot"].keys() >= {"as_of", "sources"}
    assert datetime.fromisoformat(result["snapshot"]["as_of"]).utcoffset() is not None
    assert [p["ward"] for p in result["packets"]] == ["4W", "OB"]
    for packet in result["packets"]:
        assert packet.keys() == {"ward", "id", "pdf", "manifest", "pages", "patients", "problems"}
        manifest = json.loads(Path(packet["manifest"]).read_bytes())
        assert (manifest["packet"], manifest["ward"], len(manifest["pages"])) == (
            packet["id"],
            packet["ward"],
            packet["pages"],
        )
        assert len({p["mrn"] for p in manifest["pages"]} - {None}) == packet["patients"]
        assert Path(packet["pdf"]).read_bytes().startswith(b"%PDF-1.")
        assert all(isinstance(problem, str) for problem in packet["problems"])
    assert any(p["problems"] for p in result["packets"])


def test_print_without_problems_ends_with_0(small: Path, tmp_path: Path) -> None:
    """This test ensures that a packet without problems ends with 0, and stdout has the result alone."""
    ran = print_ob(small, tmp_path / "out")
    assert ran.code == 0, ran.err
    assert re.fullmatch(r"OB: 8 patients, \d+ pages: .+packet\.pdf\n", ran.out)


@pytest.mark.parametrize("hours", [1, 3])
def test_old_data_are_said_to_be_old(small: Path, tmp_path: Path, hours: int) -> None:
    """This test ensures that data older than the site's limit are warned of, and fresh data are not."""
    now = f"2026-11-24T{2 + hours:02d}:00:00-05:00"
    ran = run(
        "print", "--site", small, "--snapshot", small / "snapshot", "--ward", "OB", "--out", tmp_path, "--now", now
    )
    assert ("WARNING: the data are" in ran.err) == (hours > 2)


def test_the_same_inputs_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    """This test ensures that with --now a packet is the same to the last byte, PDF and manifest, in any process."""
    first = process(
        "print",
        "--site",
        small,
        "--snapshot",
        small / "snapshot",
        "--ward",
        "OB",
        "--out",
        tmp_path / "a",
        *NOW,
        "--json",
        cwd=tmp_path,
        PYTHONHASHSEED="1",
    )
    second = process(
        "print",
        "--site",
        small,
        "--snapshot",
        small / "snapshot",
        "--ward",
        "OB",
        "--out",
        tmp_path / "b",
        *NOW,
        "--json",
        cwd=tmp_path,
        PYTHONHASHSEED="2",
    )
    for one, other in zip(first.json["packets"], second.json["packets"], strict=True):
        assert one["id"] == other["id"]
        for key in ("pdf", "manifest"):
            assert (tmp_path / one[key]).read_bytes() == (tmp_path / other[key]).read_bytes(), key


def test_printing_twice_adds_nothing(small: Path, tmp_path: Path) -> None:
    """This test ensures that the same print run again leaves one folder, and another time makes a second one."""
    for _ in range(2):
        print_ob(small, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["OB-20261124T0215"]
    run(
        "print",
        "--site",
        small,
        "--snapshot",
        small / "snapshot",
        "--ward",
        "OB",
        "--out",
        tmp_path / "out",
        "--now",
        "2026-11-24T02:15:30-05:00",
    )
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["OB-20261124T0215", "OB-20261124T0215-2"]


def test_packets_are_kept_from_others(small: Path, tmp_path: Path) -> None:
    """This test ensures that other users of the computer cannot read what was printed."""
    print_ob(small, tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    for path in (folder, *folder.iterdir()):
        assert path.stat().st_mode & 0o007 == 0, path.name


def test_no_identifiers_in_messages(site: Path, tmp_path: Path) -> None:
    """This test ensures that nothing on stderr, and nothing in a problem, names a patient: it ends up in logs."""
    ran = run("print", "--site", site, "--snapshot", site / "snapshot", "--out", tmp_path / "out", "--json", *NOW)
    loaded = run("snapshot", "show", "--site", site, "--snapshot", site / "snapshot", *NOW)
    said = (
        ran.err + loaded.err + loaded.out + json.dumps([p["problems"] for p in ran.json["packets"]], ensure_ascii=False)
    )
    names: set[str] = set()
    for path in (site / "snapshot").glob("Patient.ndjson"):
        for line in path.read_text("utf-8").splitlines():
            patient = json.loads(line)
            names |= {i["value"] for i in patient.get("identifier", [])}
            names |= {n.get("family", "") for n in patient.get("name", [])}
    telling = {n for n in names if len(n) >= 4}
    assert len(telling) > 30
    assert not [n for n in telling if n in said]


def test_snapshots_are_stored_and_found_again(small: Path, tmp_path: Path) -> None:
    """This test ensures that data once loaded are printed without naming them again, and loaded twice are kept once."""
    empty = run("print", "--site", small, *NOW, code=12)
    assert "E310" in empty.err
    loaded = run("snapshot", "load", small / "snapshot", "--site", small, "--json", *NOW, code=0).json
    again = run("snapshot", "load", small / "snapshot", "--site", small, "--json", *NOW, code=0).json
    assert loaded["snapshot"] == again["snapshot"]
    assert len(list((small / "snapshots").iterdir())) == 1
    assert Path(loaded["snapshot"]).stat().st_mode & 0o077 == 0
    stored = run("print", "--site", small, "--ward", "OB", "--out", tmp_path / "a", "--json", *NOW).json
    direct = run(
        "print",
        "--site",
        small,
        "--ward",
        "OB",
        "--out",
        tmp_path / "b",
        "--snapshot",
        small / "snapshot",
        "--json",
        *NOW,
    ).json
    assert stored["packets"][0]["id"] == direct["packets"][0]["id"]


def test_a_form_that_cannot_be_laid_out(small: Path, tmp_path: Path) -> None:
    """This test ensures that a ward's own form that does not fit its page ends with 13, and nothing is printed."""
    (small / "forms").mkdir(exist_ok=True)
    form = 'id = "BIG"\nversion = 1\nsubject = "ward"\ntitle = "Big"\n[[page]]\n[[page.section]]\n'
    item = '[[page.section.item]]\nkind = "note"\nlink_id = "n{}"\nh = 100\n'
    (small / "forms" / "big.toml").write_text(form + item.format(1) + item.format(2))
    (small / "wards" / "OB.toml").write_text('forms = ["BIG", "SUMMARY"]\n')
    ran = print_ob(small, tmp_path / "out")
    assert ran.code == ExitCode.PLAN, ran.err
    assert "E404" in ran.err
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "where", ["papermode.printing.pdf.write_packet", "papermode.store.packets.PacketFolder._rename"]
)
def test_a_full_disk(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """This test ensures that a disk that fills up ends with 14 or 17, and leaves no half of a packet behind."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(where, full)
    ran = print_ob(small, tmp_path / "out")
    assert ran.code == (ExitCode.PRINT if "write_packet" in where else ExitCode.STORE), ran.err
    assert "No space left" in ran.err
    assert list((tmp_path / "out").iterdir()) == []
