"""Verify and doctor: what a folder or a site must be, to be called good."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from papermode.app.doctor import examine
from papermode.app.intake_scans import store_of
from papermode.app.packets import write_packet_folder
from papermode.app.sites import make_keys, open_site
from papermode.app.snapshots import newest_stored, store_snapshot
from papermode.app.verify import verify_packets
from papermode.errors import SnapshotError
from papermode.model.reading import PageReading
from papermode.store import MANIFEST, PDF, unsigned
from papermode.trust.manifest import sign_manifest
from tests.wards import NOW, Example, plan_ward, run_of, signer, ward_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small packet folder."""
    return write_packet_folder(plan_ward([], run_of(ward_of(("COVER",)))), tmp_path, signer()).folder


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None], *, sign: bool = False) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    change(manifest)
    if sign:
        manifest["signature"] = sign_manifest(unsigned(manifest), signer())
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")


def faults(folder: Path) -> tuple[str, ...]:
    (found,) = verify_packets([folder], site_keys=None, card=None)
    return found.faults


def test_a_good_folder(folder: Path, example: Example) -> None:
    """This test ensures that what was just printed is good, by the folder's own card and by the site's keys."""
    assert faults(folder) == ()
    found = verify_packets([example.out], site_keys=example.site.site.keys, card=None)
    assert [(f.faults, f.trust, f.pages) for f in found] == [((), "card", p.pages) for p in example.printed]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(ward="X"), "signature"),
        (lambda m: m.update(signature=""), ""),
        (lambda m: m.pop("signature"), ""),
        (lambda m: m["pages"][0].update(mrn="123"), "signature"),
        (lambda m: m.update(cards=[]), ""),
    ],
)
def test_changed_manifests(folder: Path, change: Callable[[dict[str, Any]], None], words: str) -> None:
    """This test ensures that a manifest changed after it was signed, or not signed at all, is not good."""
    rewrite(folder, change)
    assert faults(folder)
    assert words in " ".join(faults(folder))


def test_a_wrong_locator_and_a_claim_twice(folder: Path) -> None:
    """This test ensures that faults that the signer himself made are found: two pages alike, a locator of another."""
    rewrite(folder, lambda m: m["pages"][1].update(locator=m["pages"][0]["locator"]), sign=True)
    assert any("locator is another page's" in f for f in faults(folder))
    rewrite(
        folder,
        lambda m: m["pages"][1].update(claim=m["pages"][0]["claim"], locator=m["pages"][0]["locator"]),
        sign=True,
    )
    assert "two pages have the same claim" in faults(folder)


def test_a_missing_or_changed_pdf(folder: Path) -> None:
    """This test ensures that the PDF is the one that was printed, with as many pages."""
    pdf = folder / PDF
    pdf.write_bytes(pdf.read_bytes() + b"%")
    assert any("was changed" in f for f in faults(folder))
    pdf.unlink()
    assert any("cannot be read" in f for f in faults(folder))


def test_a_foreign_folder_is_not_trusted_by_the_sites_card(folder: Path, example: Example) -> None:
    """This test ensures that a packet of another site is not good for a site that pins its own card."""
    (found,) = verify_packets([folder], site_keys=None, card=example.site.site.keys / "root.card")
    assert found.faults


def test_a_fault_of_all_pages_is_told_once(example: Example, tmp_path: Path) -> None:
    """This test ensures that a packet signed with a key that nobody here knows is a few lines, and not one a page."""
    forged = write_packet_folder(plan_ward([], run_of(ward_of(("COVER", "LOG", "ADMIT"), sets=2))), tmp_path, signer())
    (found,) = verify_packets([forged.folder], site_keys=example.site.site.keys, card=None)
    assert forged.pages > 8
    assert [f.split(": ")[0] for f in found.faults if f.startswith("page")] == [f"pages 1-{forged.pages}"]


def test_pages_with_faults_of_their_own_are_named_each(folder: Path) -> None:
    """This test ensures that pages that share a fault are told together, and others apart from them."""

    def change(manifest: dict[str, Any]) -> None:
        first = manifest["pages"][0]["locator"]
        for number in (2, 3, 4):
            manifest["pages"][number - 1]["locator"] = first
        manifest["pages"][0]["locator"] = "nonsense"

    rewrite(folder, change, sign=True)
    told = [f for f in faults(folder) if f.startswith("page")]
    assert [f.split(": ")[0] for f in told] == ["page 1", "pages 2-4"]


def test_doctor_names_scans_that_were_not_read(example: Example, tmp_path: Path) -> None:
    """This test ensures that what a scan had received before it was killed is named until it is read."""
    folder = tmp_path / "site"
    shutil.copytree(example.site.site.folder, folder)
    opened = open_site(folder)
    assert not any(c.what == "scans" for c in examine(opened, NOW))
    assert not (folder / "store").exists(), "to look makes nothing"
    with store_of(opened.site) as store:
        scan = store.receive_bytes(b"%PDF", "heap-07.pdf", "Ana")
    (check,) = (c for c in examine(opened, NOW) if c.what == "scans")
    assert (check.state, "heap-07.pdf" in check.words, scan in check.words) == ("warning", True, True)
    with store_of(opened.site) as store:
        store.record_scan(scan, [PageReading("heap-07.pdf", 0, "unreadable")], "Ana")
    assert not any(c.what == "scans" for c in examine(opened, NOW))
    (folder / "store" / "journal").write_bytes(b"no journal\n")
    assert any(c.what == "store" and "E812" in c.words for c in examine(opened, NOW))


def test_an_unreadable_manifest_is_a_fault_and_no_exception(folder: Path) -> None:
    """This test ensures that one broken folder does not keep the others from being looked at."""
    (folder / MANIFEST).write_text("{")
    (found,) = verify_packets([folder.parent], site_keys=None, card=None)
    assert any("E802" in f for f in found.faults)


def test_doctor_sees_each_fault(example: Example, tmp_path: Path) -> None:
    """This test ensures that old data, a form that is missing, no snapshot and no key are each told with what to do."""
    folder = tmp_path / "site"
    shutil.copytree(example.site.site.folder, folder, ignore=shutil.ignore_patterns("snapshots", "keys"))
    states = {c.what: c.state for c in examine(open_site(folder), NOW)}
    assert states["keys"] == states["snapshot"] == "bad"
    make_keys(folder / "keys", "RIVER", NOW)
    store_snapshot(open_site(folder).site, example.snapshot)
    checks = {c.what: c for c in examine(open_site(folder), NOW)}
    assert {c.state for c in checks.values()} <= {"good", "warning"}
    assert checks["root key"].state == "warning"
    late = {c.what: c.state for c in examine(open_site(folder), datetime.fromisoformat("2026-11-25T02:00:00-05:00"))}
    assert late["snapshot"] == "warning"
    (folder / "wards" / "OB.toml").write_text('forms = ["NOSUCH"]\n')
    assert any(c.state == "bad" and "E290" in c.words for c in examine(open_site(folder), NOW))


def test_the_newest_snapshot_is_the_one_with_the_latest_data(example: Example, tmp_path: Path) -> None:
    """This test ensures that an export loaded late does not hide newer data loaded before it."""
    folder = tmp_path / "site"
    shutil.copytree(example.site.site.folder, folder, ignore=shutil.ignore_patterns("snapshots"))
    site = open_site(folder).site
    with pytest.raises(SnapshotError, match="E310"):
        newest_stored(site)
    new = store_snapshot(site, example.snapshot)
    old = store_snapshot(
        site, dataclasses.replace(example.snapshot, as_of=datetime.fromisoformat("2026-11-23T02:00:00-05:00"))
    )
    assert newest_stored(site) == new
    assert store_snapshot(site, example.snapshot) == new
    assert sorted(p.name for p in site.snapshots.iterdir()) == sorted((old.name, new.name))
