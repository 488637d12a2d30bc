"""`papermode scan` and `verify`: shapes, exit codes, what is missing, twice, or not ours."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pypdf import PdfReader, PdfWriter

from papermode.errors import ExitCode
from papermode.store import MANIFEST
from tests.cli.conftest import NOW_OPTION as NOW
from tests.cli.conftest import print_ob, run


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
    for wrong in (tmp_path / "no.card", small / "papermode.toml"):
        bad = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--card", wrong)
        assert bad.code in (2, 15)


def test_a_folder_of_another_hospital_is_not_believed_in_a_site(small: Path, tmp_path: Path) -> None:
    """This test ensures that a root's card beside the pages is no authority where the site has its own."""
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    own = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--site", small, "--json", code=0)
    assert own.json["trust"] == "card"
    run("init", tmp_path / "other", *NOW, code=0)
    ran = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--site", tmp_path / "other", "--json")
    assert ran.code in (ExitCode.REVIEW, ExitCode.UNIDENTIFIED)
    assert not any(p["trust"] or p["status"] == "read" for p in ran.json["pages"])
    assert [
        p["good"] for p in run("verify", tmp_path / "out", "--site", tmp_path / "other", "--json").json["packets"]
    ] == [False]


def test_a_changed_manifest_is_not_used(small: Path, tmp_path: Path) -> None:
    """This test ensures that a row that was made to mean another drug is not filed: layouts and claims stay good."""
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    path = Path(packet["pdf"]).parent / MANIFEST
    manifest = json.loads(path.read_bytes())
    manifest["pages"][1]["rows"]["1"] = {"ref": "MedicationRequest/other", "text": "another drug"}
    path.write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    ran = run("scan", packet["pdf"], "--packets", tmp_path / "out", "--json")
    assert "E804" in ran.err
    assert {p["trust"] for p in ran.json["pages"]} <= {"folder", ""}, "the codes of the pages are still good"
    assert {p["page"] for p in ran.json["pages"] if p["claim"]} == set(range(1, packet["pages"] + 1))


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
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    writer = PdfWriter()
    pages = PdfReader(packet["pdf"]).pages
    for index in (3, 0, 3, *range(4, packet["pages"])):
        writer.add_page(pages[index])
    writer.write(tmp_path / "stack.pdf")
    result = run("scan", tmp_path / "stack.pdf", "--packets", tmp_path / "out", "--json").json
    assert [m["page"] for m in result["missing"]] == [2, 3]
    assert [d["page"] for d in result["duplicates"]] == [4]


def test_scan_names_sheets_as_they_are_printed(small: Path, tmp_path: Path) -> None:
    """This test ensures that a sheet can be found in the heap by what is printed on it, with its packet folder or not."""
    packet = print_ob(small, tmp_path / "out", "--json").json["packets"][0]
    entries = json.loads(Path(packet["manifest"]).read_bytes())["pages"]
    number, entry = next((i, e) for i, e in enumerate(entries) if e["form"] == "SUMMARY" and e["set"][0] == 2)
    writer = PdfWriter()
    writer.add_page(PdfReader(packet["pdf"]).pages[number])
    writer.write(tmp_path / "one.pdf")
    scan = ("scan", tmp_path / "one.pdf", "--site", small)
    assert f"read  SUMMARY page 2 of {entry['set'][1]}  " in run(*scan, "--packets", tmp_path / "out").out
    found = run(*scan, "--packets", tmp_path / "out", "--json").json
    assert [p["set"] for p in found["pages"]] == [entry["set"]]
    others = [e["set"] for e in entries if e is not entry]
    assert [m["set"] for m in found["missing"]] == others
    assert f"  SUMMARY, page {number + 1} of its packet  " in run(*scan).out
