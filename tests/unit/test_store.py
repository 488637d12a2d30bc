"""Packet folders: the manifest's format to the last key, and folders that are written whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from papermode.errors import PapermodeError, StoreError
from papermode.store import MANIFEST, PDF, Manifests, PacketFolder, folder_name, manifest_of, read_manifest, unsigned
from papermode.trust.keyring import Keyring
from papermode.trust.manifest import verify_manifest
from tests.wards import AS_OF, NOW, Example, plan_ward

Check = Callable[[Any], bool]
Shape = Check | dict[str, Any] | list[Any]

# -- the format of DESIGN 4, key by key ---------------------------------------------------------------


def text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def any_text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    return type(value) is int


def natural(value: Any) -> bool:
    return type(value) is int and value >= 1


def maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def pattern(regex: str) -> Check:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(regex, value))


def one_of(*values: object) -> Check:
    return lambda value: value in values


def numbers(count: int) -> Check:
    return lambda value: isinstance(value, list) and len(value) == count and all(type(n) is int for n in value)


def moment(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is not None


DECIMAL = pattern(r"[+-]?[0-9]+(\.[0-9]+)?")


def integer(value: Any) -> bool:
    return type(value) is int


BAND = {"score": integer, "min?": DECIMAL, "max?": DECIMAL, "question?": text, "answer?": text}
BOX = {
    "link_id": text,
    "kind": one_of("mark", "comb", "crop"),
    "rect": numbers(4),
    "value": any_text,
    "row": maybe(natural),
    "column": maybe(natural),
    "group": any_text,
    "cells": whole,
    "multiple?": one_of(True),
    "required?": one_of(True),
    "point?": natural,
    "format?": one_of("integer", "decimal", "time", "date", "text"),
    "label?": text,
    "code?": text,
    "unit?": text,
    "min?": DECIMAL,
    "max?": DECIMAL,
    "score?": integer,
    "bands?": [BAND],
    "marks?": text,
    "sum?": [text],
    "sign?": text,
}
LAYOUT = {
    "size": numbers(2),
    "corners": [numbers(2)],
    "anchors": [numbers(4)],
    "codes": [{"kind": one_of("claim", "locator"), "rect": numbers(4)}],
    "zones": [{"kind": one_of("label", "name"), "rect": numbers(4)}],
    "boxes": [BOX],
}
LINE = {"text": text, "x": whole, "y": whole, "size": natural, "bold?": one_of(True), "zero?": one_of(True)}
ROW = {"ref": any_text, "text": text, "times?": {"*": moment}}
PAGE = {
    "page": natural,
    "claim": pattern("PM1 [0-9A-Z%. -]{100,255}"),
    "locator": pattern("PML1 [0-9A-Z]{26} [0-9]{1,4} [0-9A-Z]{6}"),
    "form": pattern("[0-9A-Z.-]{1,8}"),
    "version": natural,
    "layout": pattern("[0-9a-f]{64}"),
    "set": numbers(2),
    "mrn": maybe(text),
    "encounter": maybe(text),
    "patient": lambda v: (
        v is None or not list(faults({"mrn": text, "name": any_text, "birth_date": any_text}, v, "patient"))
    ),
    "head?": [LINE],
    "rows": {"*": ROW},
    "columns": {"*": {"time": moment}},
}
FORMAT = {
    "format": one_of("papermode-manifest/1"),
    "packet": pattern("[0-7][0-9A-HJKMNP-TV-Z]{25}"),
    "site": pattern("[0-9A-Z.-]{1,8}"),
    "ward": text,
    "zone": text,
    "printed_at": moment,
    "as_of": moment,
    "sources": [text],
    "pdf_sha256": pattern("[0-9a-f]{64}"),
    "cards": [pattern("PM[RK]1 .+")],
    "layouts": {"*": LAYOUT},
    "pages": [PAGE],
    "signature": pattern("PMM1 .+"),
}


def faults(shape: Any, value: Any, place: str) -> list[str]:
    """Return where a value is not of a shape: keys, types, patterns. ``?`` marks an optional key."""
    if callable(shape):
        return [] if shape(value) else [f"{place}: {str(value)[:60]!r}"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{place} is no list"]
        return [f for i, v in enumerate(value) for f in faults(shape[0], v, f"{place}[{i}]")]
    if not isinstance(value, dict):
        return [f"{place} is no table"]
    if "*" in shape:
        return [f for k, v in value.items() for f in faults(shape["*"], v, f"{place}.{k}")]
    known = {k.rstrip("?"): s for k, s in shape.items()}
    found = [f"{place}.{k} is missing" for k in shape if not k.endswith("?") and k not in value]
    found += [f"{place}.{k} is not in the format" for k in value if k not in known]
    return found + [f for k, v in value.items() if k in known for f in faults(known[k], v, f"{place}.{k}")]


def test_manifests_are_of_the_format(example: Example) -> None:
    """This test ensures that every key and value is what the format says, and none is added or missing."""
    for packet in example.printed:
        manifest = json.loads((packet.folder / MANIFEST).read_bytes())
        assert faults(FORMAT, manifest, "manifest") == []
        assert [e["page"] for e in manifest["pages"]] == list(range(1, packet.pages + 1))
        assert {e["layout"] for e in manifest["pages"]} == manifest["layouts"].keys()
        for entry in manifest["pages"]:
            assert (entry["patient"] or {}).get("mrn") == entry["mrn"]
            rows = {str(b["row"]) for b in manifest["layouts"][entry["layout"]]["boxes"] if b["row"]}
            assert entry["rows"].keys() <= rows or not rows


def test_the_checker_can_fail(example: Example) -> None:
    """This test ensures that a key too many, a wrong type and a missing key are each noticed."""
    manifest = read_manifest(example.printed[0].folder / MANIFEST)
    manifest["extra"] = 1
    manifest["pages"] = [{**manifest["pages"][0], "page": "1"}]
    del manifest["zone"]
    assert faults(FORMAT, manifest, "m") == [
        "m.zone is missing",
        "m.extra is not in the format",
        "m.pages[0].page: '1'",
    ]


def test_sets_are_numbered_one_by_one(example: Example) -> None:
    """This test ensures that 'x of y' counts each set from 1 to its end, and a set begins on a fresh sheet."""
    for packet in example.printed:
        pages = read_manifest(packet.folder / MANIFEST)["pages"]
        at = 0
        while at < len(pages):
            size = pages[at]["set"][1]
            assert at % 2 == 0
            assert [p["set"] for p in pages[at : at + size]] == [[x, size] for x in range(1, size + 1)]
            assert len({(p["mrn"], p["encounter"]) for p in pages[at : at + size]}) == 1
            at += size


def test_rows_mean_orders_of_the_snapshot(example: Example) -> None:
    """This test ensures that each row of a drug sheet names an order that its patient has, and no other patient's."""
    orders = {
        r.patient.mrn: {f"MedicationRequest/{m.id}" for m in r.medications.items} for r in example.snapshot.records
    }
    seen = 0
    for packet in example.printed:
        for entry in read_manifest(packet.folder / MANIFEST)["pages"]:
            if entry["form"] in ("MAR-S", "MAR-H", "MAR-P", "MAR-I", "MAR-N"):
                refs = {row["ref"] for row in entry["rows"].values()}
                assert refs <= orders[entry["mrn"]]
                seen += len(refs)
    assert seen > 100


# -- folders ------------------------------------------------------------------------------------------


def test_folder_names() -> None:
    """This test ensures that a folder is called after ward and local time, whatever characters the ward has."""
    at = datetime.fromisoformat("2026-11-24T07:15:00+00:00")
    assert folder_name("4W", at, "America/New_York") == "4W-20261124T0215"
    assert folder_name("../..\\Station 3/ä", at, "UTC") == "_.._Station_3_-20261124T0715"
    assert folder_name("…", at, "UTC") == "_-20261124T0715"
    assert folder_name("..", at, "UTC") == "WARD-20261124T0715"


@pytest.mark.parametrize("ward", ["../up", "/etc", "a/b", "..", ".hidden", "nul\x00"])
def test_no_ward_leaves_its_folder(tmp_path: Path, ward: str) -> None:
    """This test ensures that a ward's name cannot make papermode write elsewhere."""
    target = (tmp_path / folder_name(ward, NOW, "UTC")).resolve()
    assert target.parent == tmp_path.resolve()
    assert not target.name.startswith(".")


def _manifest() -> dict[str, Any]:
    manifest = manifest_of(plan_ward([]), "0" * 64)
    manifest["signature"] = ""
    return manifest


def test_the_same_packet_is_not_written_twice(tmp_path: Path) -> None:
    """This test ensures that printing again gives the same folder, and another packet of the minute a new one."""
    manifest = _manifest()
    first = PacketFolder(tmp_path, "W").commit(manifest)
    assert PacketFolder(tmp_path, "W").commit(manifest) == first
    other = PacketFolder(tmp_path, "W").commit({**manifest, "packet": "0" * 26})
    assert other.name == "W-2"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["W", "W-2"]


def test_a_discarded_folder_is_gone(tmp_path: Path) -> None:
    """This test ensures that nothing half-written is left behind."""
    folder = PacketFolder(tmp_path, "W")
    (folder.path / PDF).write_bytes(b"half")
    folder.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    """This test ensures that a place that cannot be written gives E801."""
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StoreError, match="E801"):
        PacketFolder(tmp_path / "out", "W")


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("pages"),
        lambda m: m.pop("packet"),
        lambda m: m.update(format="papermode-manifest/2"),
        lambda m: m.update(pages=7),
        lambda m: m.update(layouts=[]),
        lambda m: m.update(cards=None),
        lambda m: m["pages"][0].update(layout="0" * 64),
        lambda m: next(iter(m["layouts"].values()))["corners"].reverse(),
        lambda m: m["pages"].append(None),
        lambda m: m["pages"][0].pop("layout"),
        lambda m: m.update(packet=["x"]),
    ],
)
def test_changed_manifests_are_refused(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """This test ensures that a manifest that was changed or is broken is refused with E802 and never half believed."""
    manifest = _manifest()
    change(manifest)
    path = tmp_path / MANIFEST
    path.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(StoreError, match="E802"):
        read_manifest(path)
    assert [f.code for f in Manifests((tmp_path,)).faults] == ["E802"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', b"[" * 100_000])
def test_what_is_no_manifest_is_refused(tmp_path: Path, data: bytes) -> None:
    """This test ensures that any other file under the manifest's name gives E802."""
    (tmp_path / MANIFEST).write_bytes(data)
    with pytest.raises(StoreError, match="E802"):
        read_manifest(tmp_path / MANIFEST)


def test_pages_are_found_by_packet_and_number(example: Example) -> None:
    """This test ensures that a page is found with its own layout, and no page beyond the last or of another packet."""
    manifests = Manifests((example.out,))
    assert manifests.faults == []
    assert sum(1 for _ in manifests.pages()) == sum(p.pages for p in example.printed)
    packet = example.printed[0]
    page = manifests.page(packet.packet, packet.pages)
    assert page is not None
    assert page.entry["page"] == packet.pages
    assert page.layout.id == page.entry["layout"]
    assert manifests.page(packet.packet, 0) is None
    assert manifests.page(packet.packet, packet.pages + 1) is None
    assert manifests.page("0" * 26, 1) is None


def test_manifests_that_do_not_fit_into_memory_are_read_again(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This test ensures that pages of many packets in turn are right, and that a patient's are those of all packets."""
    monkeypatch.setattr("papermode.store.manifests._IN_USE", 1)
    manifests = Manifests((example.out,))
    pages = list(manifests.pages())
    for page in reversed(pages[:: len(pages) // 20]):
        assert manifests.page(page.packet, page.entry["page"]) == page
    mrns = {page.entry["mrn"] for page in pages} - {None}
    assert len(mrns) > 10
    for mrn in mrns:
        assert list(manifests.pages(mrn)) == [page for page in pages if page.entry["mrn"] == mrn]


@pytest.mark.parametrize("checked", [True, False], ids=["checked", "not checked"])
@pytest.mark.parametrize("change", ["changed", "removed"])
def test_a_manifest_that_changes_while_it_is_in_use_is_not_used(tmp_path: Path, change: str, checked: bool) -> None:
    """This test ensures that what was checked is what is used, and that a lost folder is one fault and no crash."""
    path = tmp_path / MANIFEST
    manifest = _manifest()
    path.write_text(json.dumps(manifest), "utf-8")
    manifests = Manifests((tmp_path,))
    if checked:
        manifests.believe(lambda _: None)
    manifest["pages"][0]["mrn"] = "ANOTHER"
    path.write_text(json.dumps(manifest), "utf-8")
    if change == "removed":
        path.unlink()
    for _ in range(2):
        assert manifests.page(manifest["packet"], 1) is None
    assert [f.code for f in manifests.faults] == ["E802"]


def test_signatures_cover_everything(example: Example) -> None:
    """This test ensures that the signature of a manifest fails after a change of any part of it."""
    manifest = read_manifest(example.printed[0].folder / MANIFEST)
    keyring = Keyring.from_texts(manifest["cards"], "folder")
    assert verify_manifest(unsigned(manifest), manifest["signature"], keyring, NOW).trust == "folder"
    for key in manifest.keys() - {"signature"}:
        changed = {**manifest, key: "changed"}
        with pytest.raises(PapermodeError):
            verify_manifest(unsigned(changed), manifest["signature"], keyring, NOW)


def test_times_are_local_with_their_offset() -> None:
    """This test ensures that the times of a manifest are those of the site's zone."""
    manifest = _manifest()
    assert manifest["as_of"] == AS_OF.isoformat()
    assert manifest["printed_at"] == NOW.isoformat()
