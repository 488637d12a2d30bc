"""The command line: help, errors with their codes and places, and where the site is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from papermode.cli.main import COMMANDS
from papermode.errors import ExitCode
from tests.cli.conftest import NOW_OPTION as NOW
from tests.cli.conftest import ROOT, print_ob, process, run


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """This test ensures that `papermode --help` does not wait for what only one command needs."""
    code = (
        "import sys\nfrom papermode.cli import main\nsys.argv = ['papermode', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    (tmp_path / "help.py").write_text(code)

    done = subprocess.run(
        [sys.executable, tmp_path / "help.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(re.findall(r"'(\w+)'", done.stderr))
    heavy = {
        "numpy",
        "cv2",
        "PIL",
        "reportlab",
        "pypdf",
        "pypdfium2",
        "jinja2",
        "uharfbuzz",
        "fontTools",
        "cryptography",
        "msgspec",
        "qrcode",
        "zxingcpp",
        "rich",
        "starlette",
    }
    assert "click" in loaded
    assert not loaded & heavy
    for name, (_, words) in COMMANDS.items():
        assert name in done.stdout
        assert words.split(":")[0] in done.stdout.replace("\n", " ") or words[:30] in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    """This test ensures that every command that is listed exists and explains itself."""
    ran = run(name, "--help", code=0)
    assert "Usage: papermode" in ran.out
    assert ran.err == ""


def test_version() -> None:
    """This test ensures that --version names the program."""
    assert run("--version", code=0).out.startswith("papermode, version ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("print", "--colour"),
        ("print", "--now", "yesterday"),
        ("print", "--now", "2026-11-24T02:00:00"),
        ("print", "--as-of", "24.11.2026"),
        ("scan",),
        ("scan", "no-such-file.pdf"),
        ("forms", "preview", "SUMMARY", "--out", "x.docx"),
        ("forms", "preview", "SUMMARY"),
        ("init",),
        ("forms", "lint", "no-such"),
    ],
)
def test_usage_errors(site: Path, arguments: tuple[str, ...]) -> None:
    """This test ensures that a senseless command line ends with 2, says why on stderr, and prints no result."""
    more = ("--site", site, "--snapshot", site / "snapshot") if arguments[0] == "print" else ()
    ran = run(*arguments, *more, code=2)
    assert ran.out == ""
    assert ran.err


def broken(site: Path, folder: Path, name: str, text: str) -> Path:
    """Return a copy of a site with one file changed."""
    copy = folder / "broken"
    shutil.copytree(site, copy)
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text(text, "utf-8")
    return copy


@pytest.mark.parametrize(
    ("file", "text", "code", "error"),
    [
        ("papermode.toml", "site = ", ExitCode.CONFIG, "E102"),
        ("papermode.toml", 'site = "RIVER"\nname = 7\n', ExitCode.CONFIG, "E103"),
        ("papermode.toml", 'site = "river"\n', ExitCode.CONFIG, "E103"),
        ("papermode.toml", 'site = "RIVER"\nzone = "Mars/Olympus"\n', ExitCode.CONFIG, "E103"),
        ("wards/OB.toml", 'forms = ["NOSUCH"]\n', ExitCode.FORM, "E290"),
        ("wards/OB.toml", 'paper = "a5"\n', ExitCode.CONFIG, "E103"),
        ("forms/x.toml", "id = ", ExitCode.FORM, "E202"),
        ("snapshot/Patient.ndjson", "", ExitCode.SNAPSHOT, "E3"),
        ("keys/root.card", "PMR1 nonsense", ExitCode.TRUST, "E6"),
    ],
)
def test_errors_by_family(site: Path, tmp_path: Path, file: str, text: str, code: ExitCode, error: str) -> None:
    """This test ensures that each family of errors has its exit code, and names place, fault and cure on stderr."""
    copy = broken(site, tmp_path, file, text)
    if file.startswith("snapshot"):
        shutil.rmtree(copy / "snapshot")
        (copy / "snapshot").mkdir()
        (copy / file).write_text("no json at all\n")
    ran = print_ob(copy, tmp_path / "out")
    assert ran.code == code, ran.err
    assert ran.out == ""
    first, second = ran.err.splitlines()[:2]
    assert re.match(rf"papermode: {error}\d* .+: .+", first)
    assert second.startswith("           ")
    assert len(second.strip()) > 10
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_errors_as_json(site: Path, tmp_path: Path) -> None:
    """This test ensures that with --json an error is JSON too, on stderr, with its four parts."""
    ran = process("print", "--site", broken(site, tmp_path, "papermode.toml", "site = "), "--json", cwd=tmp_path)
    assert (ran.code, ran.out) == (10, "")
    (error,) = json.loads(ran.err)["errors"]
    assert error.keys() == {"code", "place", "fault", "cure"}
    assert error["code"] == "E102"
    assert all(error.values())


def test_a_place_that_cannot_be_written(small: Path, tmp_path: Path) -> None:
    """This test ensures that a file in the place of the packets' folder ends with 17, and nothing is lost or left."""
    out = tmp_path / "out"
    out.write_text("mine")
    ran = print_ob(small, out)
    assert ran.code == ExitCode.STORE
    assert "E801" in ran.err
    assert out.read_text() == "mine"


def test_an_unknown_ward(site: Path, tmp_path: Path) -> None:
    """This test ensures that an unknown ward is refused before anything is printed, and the known ones are named."""
    ran = run(
        "print",
        "--site",
        site,
        "--snapshot",
        site / "snapshot",
        "--ward",
        "9Z",
        "--out",
        tmp_path / "out",
        *NOW,
        code=10,
    )
    assert "E105" in ran.err
    assert "4W, OB" in ran.err
    assert not (tmp_path / "out").exists()


def test_where_the_site_is(site: Path, tmp_path: Path) -> None:
    """This test ensures that --site wins over PAPERMODE_SITE, and that over the folders upwards; without any: E101."""
    inside = site / "wards"
    assert process("forms", "list", "--json", cwd=inside).code == 0
    assert process("doctor", cwd=tmp_path).code == 10
    assert "E101" in process("doctor", cwd=tmp_path).err
    assert "E101" not in process("doctor", "--json", cwd=tmp_path, PAPERMODE_SITE=str(site)).err
    assert "E101" in process("doctor", "--json", cwd=inside, PAPERMODE_SITE=str(tmp_path)).err
    assert "E101" not in process("doctor", "--json", "--site", site, cwd=inside, PAPERMODE_SITE=str(tmp_path)).err


def test_init_makes_a_site_that_prints(tmp_path: Path, site: Path) -> None:
    """This test ensures that a new site needs nothing but data, keeps its root key from others, and warns about it."""
    made = run("init", tmp_path / "new", "--json", *NOW, code=0)
    assert made.json["site"] == str(tmp_path / "new")
    assert any("root.pem" in w for w in made.json["warnings"])
    assert "WARNING" in made.err
    for key in (tmp_path / "new" / "keys").glob("*.pem"):
        assert key.stat().st_mode & 0o077 == 0
    ran = run("print", "--site", tmp_path / "new", "--snapshot", site / "snapshot", "--ward", "OB", "--json", *NOW)
    assert ran.code == 0, ran.err
    assert Path(ran.json["packets"][0]["pdf"]).parent.parent == tmp_path / "new" / "packets"


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """This test ensures that a second init is refused and changes no byte."""
    run("init", tmp_path / "new", *NOW, code=0)
    before = {p: p.read_bytes() for p in (tmp_path / "new").rglob("*") if p.is_file()}
    ran = run("init", tmp_path / "new", *NOW, code=10)
    assert "E104" in ran.err
    assert {p: p.read_bytes() for p in (tmp_path / "new").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("code", ["river", "TOO-LONG-CODE", "A B", "", 'X"\nzone="'])
def test_init_with_an_impossible_code(tmp_path: Path, code: str) -> None:
    """This test ensures that a site code that no page could carry is refused, and no half-made site is left."""
    ran = run("init", tmp_path / "new", "--code", code, *NOW)
    assert ran.code == 10
    assert re.search(r"E\d{3}", ran.err)
    assert not (tmp_path / "new").exists()


def test_init_in_the_place_of_a_file(tmp_path: Path) -> None:
    """This test ensures that a folder that cannot be made is said."""
    (tmp_path / "new").write_text("a file")
    assert "E104" in run("init", tmp_path / "new", *NOW, code=10).err
