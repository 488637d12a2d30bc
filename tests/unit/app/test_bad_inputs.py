"""Whatever the data are: a packet, with a page that names what could not be read, or an error.

The data of two example patients are broken at random, as NDJSON files, as one Bundle, or beside a census list, and go
through the whole of ``papermode print``.
"""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from papermode.app.packets import print_packets
from papermode.app.resources import examples_dir
from papermode.app.sites import OpenSite, make_keys, open_site
from papermode.app.snapshots import read_snapshot
from papermode.errors import PapermodeError
from papermode.model.snapshot import Snapshot
from papermode.store import MANIFEST, PDF, read_manifest
from tests.pages import squeezed
from tests.wards import NOW

PATIENTS = ("pat-01", "pat-05")
Json = dict[str, Any]
Files = dict[str, str]
JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**400,
    "",
    "x",
    "\u202e\u2066\x00\x1b",
    "2026-99-99T99:99:99Z",
    "0000-00-00",
    [],
    [None],
    [[]],
    {},
    {"a": {}},
    {"coding": [None, {}]},
    {"reference": "Patient/pat-01"},
    {"reference": "Patient/pat-05"},
    {"reference": 7},
    {"value": 10**60},
    "9" * 5000,
    "W" * 3000,
    "\ud7ff",
    "👩‍👩‍👧‍👦" * 50,
    "العربية " * 40,
    {"start": "never", "end": 3},
    "urn:uuid:",
    "#x",
    -0.0,
    "\u0301" * 300,
)


@cache
def resources() -> tuple[Json, ...]:
    """Everything that the example data say about two patients, and all places."""
    found = []
    for path in sorted((examples_dir() / "snapshot").glob("*.ndjson")):
        for text in path.read_text("utf-8").splitlines():
            if path.stem == "Location" or any(f'"Patient/{p}"' in text or f'"id":"{p}"' in text for p in PATIENTS):
                found.append(json.loads(text))
    seen = Counter(r["resourceType"] for r in found)
    few: Counter[str] = Counter()
    kept = []
    for resource in found:  # a dozen of each are enough to break
        few[resource["resourceType"]] += 1
        if few[resource["resourceType"]] <= 12 or resource["resourceType"] in ("Location", "Patient", "Encounter"):
            kept.append(resource)
    assert seen["Patient"] == 2
    return tuple(kept)


def as_files(found: list[Any], chance: random.Random) -> Files:
    """Write resources as a bulk export, as one Bundle, or as a Bundle beside a census list."""
    way = chance.randrange(4)
    if way < 2:
        files: Files = {}
        for resource in found:
            kind = str(resource.get("resourceType", "Odd"))[:40] if isinstance(resource, dict) else "Odd"
            name = "".join(c for c in kind if c.isalnum()) or "Odd"
            files[f"{name}.ndjson"] = (
                files.get(f"{name}.ndjson", "") + json.dumps(resource, ensure_ascii=chance.random() < 0.5) + "\n"
            )
        return files
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": "2026-11-24T02:00:00-05:00",
        "entry": [{"resource": r} for r in found],
    }
    files = {"all.json": json.dumps(bundle)}
    if way == 3:
        files["census.csv"] = (
            "mrn,ward,bed,family,given,birth_date\n00410001,4W,401-A,Müller,José,1951-03-07\n00410005,4W,404,,,\n00999999,4W,9,New,Nina,\n"
        )
    return files


# -- ways to break -------------------------------------------------------------------------------------


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Go through every (container, key) in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from spots(item)


def spoil_values(found: list[Any], chance: random.Random) -> None:
    for _ in range(chance.randint(1, 8)):
        container, key = chance.choice(list(spots(chance.choice(found))) or [(found, 0)])
        container[key] = copy.deepcopy(chance.choice(JUNK))


def drop_keys(found: list[Any], chance: random.Random) -> None:
    for _ in range(chance.randint(1, 12)):
        container, key = chance.choice(list(spots(chance.choice(found))) or [({"x": 1}, "x")])
        if isinstance(container, dict):
            container.pop(key, None)


def twins(found: list[Any], chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        twin = copy.deepcopy(chance.choice(found))
        if chance.random() < 0.5:
            spoil_values([twin], chance)
        found.insert(chance.randrange(len(found)), twin)


def one_id_for_all(found: list[Any], chance: random.Random) -> None:
    for resource in found:
        if resource["resourceType"] not in ("Patient", "Location", "Encounter") or chance.random() < 0.2:
            resource["id"] = "same"


def circles(found: list[Any], chance: random.Random) -> None:
    places = [r for r in found if r["resourceType"] == "Location"]
    for place in places:
        place["partOf"] = {"reference": f"Location/{chance.choice(places)['id']}"}
    for resource in found:
        if resource["resourceType"] in ("Encounter", "Patient", "MedicationRequest") and chance.random() < 0.7:
            me = {"reference": f"{resource['resourceType']}/{resource['id']}"}
            resource.update({"partOf": me, "basedOn": [me], "link": [{"type": "replaces", "other": me}]})


def hidden_characters(found: list[Any], chance: random.Random) -> None:
    for _ in range(chance.randint(1, 10)):
        container, key = chance.choice(list(spots(chance.choice(found))) or [({"x": 1}, "x")])
        if isinstance(container[key], str):
            at = chance.randrange(len(container[key]) + 1)
            container[key] = (
                container[key][:at]
                + chance.choice("\u202e\u2067\u200b\x00\x07\x1b\ufeff\u00ad\u2028\r")
                + container[key][at:]
            )


def swap_patients(found: list[Any], chance: random.Random) -> None:
    for resource in found:
        for key in ("subject", "patient"):
            if key in resource and chance.random() < 0.2:
                resource[key] = {
                    "reference": chance.choice(
                        ("Patient/pat-01", "Patient/nobody", "Patient/", "", "pat-05", "http://[bad/Patient/pat-01")
                    )
                }


def huge(found: list[Any], chance: random.Random) -> None:
    resource = chance.choice(found)
    resource[chance.choice(("id", "text", "status", "note"))] = chance.choice(
        ("9" * 300_000, "long " * 60_000, ["x"] * 20_000)
    )


def enormous_lists(found: list[Any], chance: random.Random) -> None:
    wanted = chance.choice(("AllergyIntolerance", "MedicationRequest", "Condition", "Observation"))
    originals = [r for r in found if r["resourceType"] == wanted]
    found += [{**copy.deepcopy(chance.choice(originals)), "id": f"{wanted}-{n}"} for n in range(120) if originals]


BREAKS: tuple[Callable[[list[Any], random.Random], None], ...] = (
    spoil_values,
    spoil_values,
    spoil_values,
    drop_keys,
    twins,
    one_id_for_all,
    circles,
    hidden_characters,
    hidden_characters,
    swap_patients,
    huge,
    enormous_lists,
)


def torn(files: Files, chance: random.Random) -> dict[str, bytes]:
    """Break the bytes of a file in some of the cases: cut it, put nonsense into it, or make it something else."""
    data = {name: text.encode("utf-8", "surrogatepass") for name, text in files.items()}
    name = chance.choice(list(data))
    at = chance.randrange(len(data[name]) + 1)
    match chance.randrange(10):
        case 0:
            data[name] = data[name][:at]
        case 1:
            noise = chance.choice(
                (b"\x00", b"\xff\xfe", b'"', b"{", b"[" * 3000, b"}", b"\\u12", b"1e999", b"\r\n\r\n")
            )
            data[name] = data[name][:at] + noise + data[name][at + 1 :]
        case 2:
            data[name] = b""
        case 3:
            data["extra" + chance.choice((".json", ".ndjson", ".csv", ".ndjson.gz"))] = chance.randbytes(200)
    return data


# -- the use case ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> OpenSite:
    """The example site without admission sets, so that it prints quickly."""
    folder = tmp_path_factory.mktemp("bad") / "site"
    shutil.copytree(examples_dir(), folder, ignore=shutil.ignore_patterns("snapshot"))
    for ward in (folder / "wards").glob("*.toml"):
        ward.write_text("admission_sets = 0\n" + ward.read_text("utf-8"), "utf-8")
    make_keys(folder / "keys", "RIVER", NOW)
    return open_site(folder)


def check_printed(out: Path, snapshot: Snapshot, problems: list[str]) -> None:
    """Every folder is whole, has as many pages as it says, and names what could not be read."""
    unreadable = any(record.unreadable for record in snapshot.records)
    written = ""
    for folder in out.iterdir():
        assert not folder.name.startswith(".")
        assert sorted(p.name for p in folder.iterdir()) == [MANIFEST, PDF]
        manifest = read_manifest(folder / MANIFEST)
        document = pdfium.PdfDocument(folder / PDF)
        assert len(document) == len(manifest["pages"])
        assert len({e["claim"] for e in manifest["pages"]}) == len(manifest["pages"])
        if unreadable:
            written += "".join(document[i].get_textpage().get_text_range() for i in range(len(document)))
        document.close()
    if unreadable:
        assert any("could not be read" in p for p in problems)
        assert squeezed("COULD NOT BE READ") in squeezed(written)


def outcome_of(site: OpenSite, found: dict[str, bytes], folder: Path) -> str:
    """Print broken data; return ``printed``, ``problems`` or the code of the error."""
    data, out = folder / "data", folder / "out"
    data.mkdir()
    for name, content in found.items():
        (data / name).write_bytes(content)
    try:
        snapshot = read_snapshot([data], site.site.intake, as_of=None, now=NOW + timedelta(hours=1))
        printed = print_packets(site, snapshot, wards=[], out=out, now=NOW)
    except PapermodeError as error:
        said, code = str(error), error.code
    else:
        problems = [p for packet in printed for p in packet.problems]
        if printed:
            check_printed(out, snapshot, problems)
        return "problems" if problems else "printed"
    assert not [name for name in ("Müller", "00410001", "00410005", "רבקה") if name in said]
    assert not out.exists() or list(out.iterdir()) == []
    return code


def campaign(site: OpenSite, folder: Path, seed: int, count: int) -> Counter[str]:
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for number in range(count):
        found: list[Any] = copy.deepcopy(list(resources()))
        way = chance.choice(BREAKS)
        way(found, chance)
        place = folder / f"{seed}-{number}-{way.__name__}"
        place.mkdir()
        outcomes[outcome_of(site, torn(as_files(found, chance), chance), place)] += 1
        shutil.rmtree(place)
    return outcomes


@pytest.mark.parametrize("seed", range(6))
def test_bad_inputs(site: OpenSite, tmp_path: Path, seed: int) -> None:
    """This test ensures that 25 broken inputs each end in a whole packet or in an error with a code."""
    outcomes = campaign(site, tmp_path, seed, 25)
    assert outcomes.total() == 25
    assert outcomes["printed"] + outcomes["problems"] > 10
    assert outcomes["problems"] > 0


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_bad_inputs(site: OpenSite, tmp_path: Path, seed: int) -> None:
    """This test ensures the same of a thousand more."""
    assert campaign(site, tmp_path, seed, 25).total() == 25


def test_good_data_have_no_problems(site: OpenSite, tmp_path: Path) -> None:
    """This test ensures that what is broken here is good before it is broken."""
    for seed in range(4):
        place = tmp_path / str(seed)
        place.mkdir()
        files = {
            name: text.encode()
            for name, text in as_files(copy.deepcopy(list(resources())), random.Random(seed)).items()
            if name != "census.csv"
        }
        assert outcome_of(site, files, place) == "printed"
