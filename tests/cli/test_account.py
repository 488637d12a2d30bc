"""`papermode reconcile`, `send`, `verify` and `reindex`: an account that lacks something says so, and fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from papermode.app.desk import open_desk
from papermode.app.desk_log import written
from papermode.app.read_batch import Sources
from papermode.app.reconcile import reconcile
from papermode.app.sites import open_site
from papermode.model.reading import PageReading
from papermode.review.work import Work
from papermode.store import Manifests, PageId, SiteStore, StoredPage
from papermode.trust.claims import parse
from tests.cli.conftest import NOW_OPTION as NOW
from tests.cli.conftest import print_ob, run
from tests.unit.app.bench import PICTURE
from tests.unit.export.making import answer, page


@pytest.fixture
def packets(small: Path, tmp_path: Path) -> Path:
    """Packet folders beside the site, as `scan --packets` is told of them."""
    folder = tmp_path / "packets"
    print_ob(small, folder)
    return folder


def come_back(site: Path, printed: StoredPage, layout: str = "", picture: bytes = b"") -> PageId:
    """Store an image of a page, read without doubt; by its layout, where that is given."""
    claim = printed.entry["claim"]
    with SiteStore(site / "store") as store:
        scan = store.receive_bytes(claim.encode(), "heap.pdf", "Ana")
        read = PageReading("heap.pdf", 0, "read", (), parse(claim), claim, trust="card", layout_id=layout, written=True)
        read = replace(read, picture=store.scans.put(picture)) if picture else read
        (image,) = store.record_scan(scan, [read], "Ana")
    return image


def summary(packets: Path) -> StoredPage:
    """The second side of a patient's set."""
    found = Manifests((packets,)).pages()
    return next(p for p in found if p.entry["form"] == "SUMMARY" and p.entry["set"][0] == 2)


def errors(ran: Any) -> list[str]:
    return [e["code"] for e in ran.json["errors"]]


def test_reconcile_with_packets_from_elsewhere(small: Path, packets: Path, tmp_path: Path) -> None:
    """This test ensures that the packets that were scanned with --packets can be accounted for, and without are told."""
    nothing = run("reconcile", "--site", small, "--json", code=17)
    assert (nothing.json["packets"], errors(nothing)) == ([], ["E822"])
    come_back(small, summary(packets))
    ran = run("reconcile", "--site", small, code=17)
    assert ran.out == ""
    assert "E823" in ran.err
    sheet = tmp_path / "sheet.pdf"
    assert errors(run("reconcile", "--site", small, "--json", "--out", sheet, code=17)) == ["E823"]
    assert sheet.read_bytes().startswith(b"%PDF")
    found = run("reconcile", "--site", small, "--packets", packets, "--json", code=100)
    assert errors(found) == []
    assert found.json["packets"][0]["counts"]["in review"] == 1


def test_reconcile_of_an_unknown_packet(small: Path, packets: Path) -> None:
    """This test ensures that a wrong id is an error, and no empty account."""
    ran = run("reconcile", "--site", small, "--packets", packets, "--packet", "NOPE", code=17)
    assert ran.out == ""
    assert "E822 packet NOPE" in ran.err


def test_reconcile_says_where_to_find_a_sheet_that_is_to_be_scanned_again(small: Path, packets: Path) -> None:
    """This test ensures that the clerk gets file and page in the site's language, and a program the same in any."""
    printed = summary(packets)
    image = come_back(small, printed)
    with SiteStore(small / "store") as store:
        store.settle_page(image, "Ana", "rescan")
    arguments = ("reconcile", "--site", small, "--packets", packets)
    english, json_ = run(*arguments, code=100), run(*arguments, "--json", code=100).json
    place, of = printed.entry["set"]
    assert f"to be scanned again: SUMMARY page {place} of {of}: heap.pdf page 1, set aside by Ana at " in english.out
    assert json_["packets"][0]["counts"]["rescan"] == 1
    (told,) = (p for s in json_["packets"][0]["sets"] for p in s["pages"] if p["where"] == "rescan")
    assert [(r["file"], r["index"], r["set_aside_by"]) for r in told["rescans"]] == [("heap.pdf", 0, "Ana")]
    settings = small / "papermode.toml"
    settings.write_text(settings.read_text("utf-8").replace('language = "en"', 'language = "fr"'), "utf-8")
    french = run(*arguments, code=100).out
    assert f"à numériser à nouveau : SUMMARY page {place} de {of} : heap.pdf page 1, mise de côté par Ana le" in french
    assert "printed" not in french
    assert run(*arguments, "--json").json == json_


def test_reconcile_names_sheets_as_they_are_printed(small: Path, packets: Path) -> None:
    """This test ensures that a clerk finds a missing sheet by what is printed on it, in words and in JSON."""
    printed = summary(packets)
    come_back(small, printed)
    ran = run("reconcile", "--site", small, "--packets", packets, code=100)
    (line,) = (x for x in ran.out.splitlines() if f"MRN {printed.entry['mrn']}:" in x)
    assert "1 in review" in line
    assert line.endswith("; out: SUMMARY pages 1, 3 of 4, NOTES page 4 of 4")
    pages = [
        p
        for one in run("reconcile", "--site", small, "--packets", packets, "--json").json["packets"][0]["sets"]
        for p in one["pages"]
    ]
    assert [p["set"] for p in pages] == [e["set"] for e in Manifests((packets,)).packets[printed.packet]["pages"]]


def test_a_manifest_that_was_changed_is_told(small: Path, packets: Path) -> None:
    """This test ensures that a packet whose manifest nobody has signed as it is does not count, and is named."""
    (path,) = packets.rglob("manifest.json")
    manifest = json.loads(path.read_text())
    manifest["pages"][0]["mrn"] = "1"
    path.write_text(json.dumps(manifest))
    ran = run("reconcile", "--site", small, "--packets", packets, "--json", code=17)
    assert (ran.json["packets"], errors(ran)) == ([], ["E804"])


def test_send_names_sheets_as_they_are_printed(small: Path, packets: Path, tmp_path: Path) -> None:
    """This test ensures that what is not sent can be found on paper."""
    printed = summary(packets)
    image = come_back(small, printed)
    with SiteStore(small / "store") as store:
        done, jpeg = cv2.imencode(".jpg", np.full((90, 60), 255, np.uint8))
        assert done
        reviewed = page(
            "SUMMARY",
            [answer("bridge.time", None, outcome="needs-nurse")],
            printed.entry["page"],
            packet=printed.packet,
            image_sha256=store.scans.put(jpeg.tobytes()),
        )
        store.record_decision(image, "Ana", None, written("confirm", {"second": False}))
        store.confirm_page(image, reviewed)
    arguments = ("send", "--site", small, "--out", tmp_path / "out.json")
    ran = run(*arguments, "--packets", packets, code=100)
    place, of = printed.entry["set"]
    assert f"not sent: SUMMARY page {place} of {of} (page {printed.entry['page']} of packet" in ran.err
    (left,) = run(*arguments, "--packets", packets, "--json", code=100).json["left_out"]
    assert (left["form"], left["set"]) == ("SUMMARY", [place, of])
    (left,) = run(*arguments, "--json", code=100).json["left_out"]
    assert (left["form"], left["set"]) == ("SUMMARY", None)


def test_send_names_a_page_that_is_asked_about_again(small: Path, packets: Path, tmp_path: Path) -> None:
    """This test ensures that a page changed after it was confirmed is not in the file, and the clerk is told what to do."""
    printed = summary(packets)
    image = come_back(small, printed, printed.layout.id, PICTURE)
    out = tmp_path / "out.json"
    with SiteStore(small / "store") as store:
        opened = open_site(small)
        work = Work(open_desk(opened, store, Sources.of(opened.site, [packets])))
        work.outcome(work.open(str(image), "Ana", "en"), "Ana", 0, "image-only")
        work.confirm(work.open(str(image), "Ana", "en"), "Ana", 1, "en")
        work.outcome(work.open(str(image), "Ana", "en"), "Ana", 2, "needs-nurse")
    ran = run("send", "--site", small, "--packets", packets, "--out", out, code=100)
    assert "entry" not in json.loads(out.read_text())
    place, of = printed.entry["set"]
    assert f"not sent: SUMMARY page {place} of {of} (page " in ran.err
    assert "confirm it again there, then send again" in ran.err
    (left,) = run("send", "--site", small, "--out", out, "--json", code=100).json["left_out"]
    assert (left["reason"], left["what"], left["waits"]) == ("changed-again", "page", True)


def test_verify_of_a_site_without_packets_says_so(small: Path) -> None:
    """This test ensures that the operator's mail is not empty when there is nothing to verify."""
    ran = run("verify", "--site", small, code=17)
    assert "E822" in ran.out
    assert str(small) in ran.out
    assert errors(run("verify", "--site", small, "--json", code=17)) == ["E822"]


def test_verify_names_scans_that_were_not_read(small: Path) -> None:
    """This test ensures that what a scan had received before it was killed is named; the packets are good all the same."""
    print_ob(small, small / "packets")
    assert run("verify", "--site", small, "--json", code=0).json["unread"] == []
    with SiteStore(small / "store") as store:
        store.receive_bytes(b"%PDF", "heap-07.pdf", "Ana")
    assert "heap-07.pdf" in run("verify", "--site", small, code=0).out
    (unread,) = run("verify", "--site", small, "--json", code=0).json["unread"]
    assert "scan it again" in unread


def test_nothing_is_made_of_a_damaged_journal(small: Path, packets: Path, tmp_path: Path) -> None:
    """This test ensures that reindex does not make a store look whole whose journal is not."""
    come_back(small, summary(packets))
    journal = small / "store" / "journal"
    journal.write_bytes(journal.read_bytes().replace(b'"written":true', b'"written":TRUE', 1))
    bundle = tmp_path / "out.json"
    bundle.write_text("the last one")
    for command in (
        ("reindex",),
        ("send", "--out", bundle),
        ("reconcile", "--packets", packets),
        ("reindex",),
        ("send", "--out", bundle),
    ):
        ran = run(*command, "--site", small, code=17)
        assert "E812" in ran.err
        assert ran.out == ""
    assert bundle.read_text() == "the last one"


def test_doctor_makes_no_store(small: Path) -> None:
    """This test ensures that a look at a site changes nothing in it."""
    run("doctor", "--site", small, *NOW)
    assert not (small / "store").exists()


def test_all_of_a_site_is_accounted_for(small: Path) -> None:
    """This test ensures that a site with its own packets needs no option."""
    print_ob(small, small / "packets")
    opened = open_site(small)
    sources = Sources.of(opened.site)
    ran = run("reconcile", "--site", small, "--json", code=100)
    with SiteStore(small / "store") as store:
        account = reconcile(sources.manifests, store, open_desk(opened, store, sources))
        assert ran.json == account.as_dict()
    assert set(ran.json["packets"][0]["counts"]) == {"out"}
