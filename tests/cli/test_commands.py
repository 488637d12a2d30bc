"""The command line: what it prints where, in which shape, and with which exit code it ends."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from papermode.cli.main import COMMANDS
from papermode.errors import ExitCode
from papermode.store import MANIFEST
from tests.cli.conftest import Ran, process, run
from tests.wards import NOW_TEXT

NOW = ("--now", NOW_TEXT)


def print_ob(site: Path, out: Path, *more: object) -> Ran:
    return run("print", "--site", site, "--snapshot", site / "snapshot", "--ward", "OB", "--out", out, *NOW, *more)


# -- help ------------------------------------------------------------------------------------------------


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """This test ensures that `papermode --help` does not wait for what only one command needs."""
    code = (
        "import sys\nfrom papermode.cli import main\nsys.argv = ['papermode', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    (tmp_path / "help.py").write_text(code)
    import os
    import subprocess
    import sys

    from tests.cli.conftest import ROOT

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


# -- usage errors ---------------------------------------------------------------------------------------------


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


# -- errors: place, fault, cure, code ---------------------------------------------------------------------------


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


# -- the site -------------------------------------------------------------------------------------------------


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


# -- print ----------------------------------------------------------------------------------------------------


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


# -- snapshots --------------------------------------------------------------------------------------------------


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


# -- verify -----------------------------------------------------------------------------------------------------


def test_verify(small: Path, tmp_path: Path) -> None:
    """This test ensures that a good packet is good, and one byte of the PDF or manifest changed is found, with 17."""
    print_ob(small, tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    good = run("verify", tmp_path / "out", "--site", small, "--json", code=0).json
    assert [(p["good"], p["trust"]) for p in good["packets"]] == [(True, "card")]
    pdf = folder / "packet.pdf"
    data = bytearray(pdf.read_bytes())
    data[len(data) // 2] ^= 1
    pdf.write_bytes(data)
    bad = run("verify", tmp_path / "out", "--site", small, "--json", code=17).json
    assert [p["good"] for p in bad["packets"]] == [False]
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text("utf-8").replace('"ward":"OB"', '"ward":"OC"', 1), "utf-8")
    assert len(run("verify", tmp_path / "out", "--site", small, "--json", code=17).json["packets"][0]["faults"]) >= 2


def test_verify_finds_nothing(small: Path, tmp_path: Path) -> None:
    """This test ensures that 'everything is good' is never said of a folder without packets."""
    (tmp_path / "empty").mkdir()
    assert run("verify", tmp_path / "empty", "--site", small).code == 17


# -- scan -------------------------------------------------------------------------------------------------------

PAGE_KEYS = {
    "file",
    "index",
    "status",
    "claim",
    "packet",
    "page",
    "form",
    "version",
    "mrn",
    "encounter",
    "layout",
    "rotation",
    "fit",
    "answers",
}
ANSWER_KEYS = {"link_id", "kind", "value", "state", "confidence", "row", "column"}


def check_scan(result: dict[str, Any]) -> None:
    """The shape of `scan --json` (DESIGN 5)."""
    assert result.keys() >= {"pages", "missing", "duplicates", "unknown"}
    for page in result["pages"]:
        assert page.keys() >= PAGE_KEYS
        assert page["status"] in ("read", "review", "blank", "foreign", "unreadable")
        assert page["rotation"] in (0, 90, 180, 270)
        if page["fit"] is not None:
            assert page["fit"].keys() >= {"p95_mm", "anchors_found"}
        for answer in page["answers"]:
            assert answer.keys() == ANSWER_KEYS
            assert answer["kind"] in ("mark", "comb", "crop")
            assert answer["state"] in ("sure", "unsure", "empty")
            assert 0 <= answer["confidence"] <= 1
        keys = [(a["link_id"], a["row"], a["column"]) for a in page["answers"]]
        assert len(keys) == len(set(keys))


def test_scan_of_the_printed_pdf(small: Path, tmp_path: Path) -> None:
    """This test ensures that blank printed pages are read as ours and unwritten, each once, in the public shape."""
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    ran = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    result = ran.json
    check_scan(result)
    assert [p["page"] for p in result["pages"]] == list(range(1, packet["pages"] + 1))
    assert {p["status"] for p in result["pages"]} == {"read"}
    assert not any(p["written"] for p in result["pages"])
    assert {a["state"] for p in result["pages"] for a in p["answers"]} == {"empty"}
    assert result["missing"] == result["duplicates"] == result["unknown"] == []
    assert result["trust"] == "folder"


def test_scan_of_the_site_and_of_a_pinned_card(small: Path, tmp_path: Path) -> None:
    """This test ensures that a pinned card vouches by 'card', and another site's card for nothing."""
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    run("init", tmp_path / "other", *NOW, code=0)
    pinned = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--card", small / "keys" / "root.card", "--json")
    assert (pinned.code, pinned.json["trust"]) == (0, "card")
    strange = run(
        "scan",
        packet["pdf"],
        "--packets",
        tmp_path / "out",
        "--card",
        tmp_path / "other" / "keys" / "root.card",
        "--json",
    )
    assert strange.code in (ExitCode.REVIEW, ExitCode.UNIDENTIFIED)
    assert not any(p["status"] == "read" for p in strange.json["pages"])
    bad = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--card", tmp_path / "no.card")
    assert bad.code in (2, 15)


def test_scan_of_what_is_not_ours(small: Path, tmp_path: Path) -> None:
    """This test ensures that other files end with 101, each as an entry of its own, and stop nothing."""
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    heap = tmp_path / "heap"
    heap.mkdir()
    (heap / "a.pdf").write_bytes(b"%PDF-1.7 nonsense")
    (heap / "b.png").write_bytes(b"")
    shutil.copy(packet["pdf"], heap / "c.pdf")
    ran = run("scan", heap, "--packets", tmp_path / "out", "--json", code=101)
    check_scan(ran.json)
    statuses = [p["status"] for p in ran.json["pages"]]
    assert statuses.count("unreadable") == len(ran.json["unknown"]) == 2
    assert statuses.count("read") == packet["pages"]


def test_scan_says_what_is_missing_and_what_came_twice(small: Path, tmp_path: Path) -> None:
    """This test ensures that a page left out is missing and a page scanned twice is a duplicate, whatever the order."""
    from pypdf import PdfReader, PdfWriter

    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    writer = PdfWriter()
    pages = PdfReader(packet["pdf"]).pages
    for index in (3, 0, 3, *range(4, packet["pages"])):
        writer.add_page(pages[index])
    writer.write(tmp_path / "stack.pdf")
    result = run("scan", tmp_path / "stack.pdf", "--packets", tmp_path / "out", "--json").json
    assert [m["page"] for m in result["missing"]] == [2, 3]
    assert [d["page"] for d in result["duplicates"]] == [4]


# -- doctor, keys, forms --------------------------------------------------------------------------------------------


def test_doctor(small: Path, tmp_path: Path) -> None:
    """This test ensures that doctor finds nothing bad in a good site, and a missing snapshot and key in a bad one."""
    bad = run("doctor", "--site", small, "--json", *NOW, code=10).json
    assert {c["what"] for c in bad["checks"] if c["state"] == "bad"} == {"snapshot"}
    run("snapshot", "load", small / "snapshot", "--site", small, *NOW, code=0)
    good = run("doctor", "--site", small, "--json", *NOW, code=0).json
    assert {c["state"] for c in good["checks"]} <= {"good", "warning"}
    shutil.rmtree(small / "keys")
    assert "keys" in {
        c["what"] for c in run("doctor", "--site", small, "--json", *NOW, code=10).json["checks"] if c["state"] == "bad"
    }


def test_forms(site: Path, tmp_path: Path) -> None:
    """This test ensures that forms are listed, shown, checked and drawn, with and without a site."""
    listed = run("forms", "list", "--site", site, "--json", code=0).json["forms"]
    assert {"COVER", "SUMMARY", "MAR-S", "ADMIT", "NOTES"} <= {f["id"] for f in listed}
    shown = run("forms", "show", "VITALS", "--site", site, "--json", code=0).json
    assert {"v.pulse", "v.oxygen", "v.total"} <= {i["link_id"] for i in shown["items"]}
    assert run("forms", "show", "NOSUCH", "--site", site).code == 11
    for suffix in ("pdf", "png"):
        out = tmp_path / f"x.{suffix}"
        drawn = run("forms", "preview", "VITALS", "--out", out, "--site", site, "--json", *NOW, code=0).json
        assert drawn["pages"] == 2
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["x-1.png", "x-2.png"]


def test_a_dangerous_form_is_not_printed(small: Path, tmp_path: Path) -> None:
    """This test ensures that a form that lint refuses keeps the ward from being printed, by its code."""
    head = 'id = "BAD"\nversion = 1\ntitle = "Bad"\n[[page]]\n[[page.section]]\n[[page.section.item]]\n'
    form = head + 'kind = "text"\ntext = "Give 10 U QD"\n'
    (small / "forms").mkdir(exist_ok=True)
    (small / "forms" / "bad.toml").write_text(form)
    (small / "wards" / "OB.toml").write_text('forms = ["BAD"]\n')
    ran = print_ob(small, tmp_path / "out")
    assert ran.code == 11
    assert "E229" in ran.err
    assert run("forms", "lint", small / "forms", "--site", small).code == 11


def test_keys(small: Path) -> None:
    """This test ensures that keys are listed with their days, and the card is the public one."""
    listed = run("keys", "list", "--site", small, "--json", *NOW, code=0).json["keys"]
    assert [k["private"] for k in listed if k["state"] == "current"] == [True]
    card = run("keys", "card", "--site", small, "--json", code=0).json["card"]
    assert card.startswith("PMR1 ")
    assert "PRIVATE" not in card
    assert run("keys", "renew", "--site", small, "--json", *NOW, code=0).json == {"made": None}
