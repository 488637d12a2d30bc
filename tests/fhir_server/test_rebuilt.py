"""The journal is lost after a filing: what is sent when people have confirmed it again files nothing twice."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pypdf
import pytest

from papermode.app.desk import open_desk
from papermode.app.read_batch import Sources
from papermode.app.resources import examples_dir
from papermode.app.sites import make_keys, open_site
from papermode.export.fhirjson import Json, loads
from papermode.export.questionnaire import questionnaire
from papermode.export.validator import check_response
from papermode.review.desk import Key
from papermode.review.work import Work
from papermode.store import Manifests, SiteStore
from tests.cli.conftest import NOW_OPTION, print_ob, run
from tests.fhir_server.conftest import Server
from tests.fhir_server.test_posting import TYPES
from tests.unit.export.making import NAMING, policy
from tests.wards import NOW

WRITTEN: Final[dict[str, dict[Key, str]]] = {
    "MAR-S": {("mar.status", 1, 1): "given", ("mar.time", 1, 1): "0805"},
    "VITALS": {
        ("v.hour", None, 1): "08",
        ("v.minute", None, 1): "05",
        ("v.pulse", None, 1): "131",
        ("w.day", None, 1): "25",
    },
}
"""What the clerk types, by form: every key that a page has."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that has scanned some pages of one patient."""
    folder = tmp_path / "site"
    shutil.copytree(examples_dir(), folder)
    make_keys(folder / "keys", "RIVER", NOW)
    (folder / "wards" / "OB.toml").write_text('forms = ["MAR-S", "VITALS"]\nadmission_sets = 0\n', "utf-8")
    run("snapshot", "load", folder / "snapshot", "--site", folder, *NOW_OPTION, code=0)
    pdf = print_ob(folder, folder / "packets", "--json").json["packets"][0]["pdf"]
    (manifest,) = Manifests((folder / "packets",)).packets.values()
    first = next(e["mrn"] for e in manifest["pages"] if e["mrn"] and e["form"] == "VITALS")
    wanted = [e for e in manifest["pages"] if e["mrn"] == first and e["form"] in WRITTEN][:4]
    heap = pypdf.PdfWriter()
    for entry in wanted:
        heap.append(pdf, pages=(entry["page"] - 1, entry["page"]))
    heap.write(tmp_path / "heap.pdf")
    assert len(run("scan", tmp_path / "heap.pdf", "--site", folder, "--json", code=0).json["pages"]) == len(wanted)
    return folder


def review(site: Path, user: str) -> int:
    """Type what is written on the pages, confirm them, and return how many there were."""
    with SiteStore(site / "store") as store:
        own = open_site(site)
        work = Work(open_desk(own, store, Sources.of(own.site)))
        heads = work.desk.heads()
        for head in heads:
            opened = work.open(head.id, user, "en")
            assert opened.phase == "fields"
            assert head.printed is not None
            there = {f.key for f in opened.sheet.fields}
            for key, value in WRITTEN[head.printed.form].items():
                if key in there:
                    opened = work.open(head.id, user, "en")
                    work.answer(opened, user, opened.state.count, key, value, "entered", sure=True)
            work.confirm(work.open(head.id, user, "en"), user, work.open(head.id, user, "en").state.count, "en")
        return len(heads)


def send(site: Path) -> tuple[Any, bytes]:
    out = site / "out.json"
    return run("send", "--site", site, "--out", out, "--json").json, out.read_bytes()


def all_of(server: Server) -> dict[tuple[str, str], Json]:
    return {(kind, r["id"]): r for kind in TYPES for r in server.find(kind)}


def valid(content: bytes, site: Path) -> bool:
    """Tell whether every response in a bundle is one to its questionnaire, by our own validator."""
    forms = {NAMING.canonical(f): questionnaire(f, NAMING, policy()) for f in open_site(site).library.versions.values()}
    found = [e["resource"] for e in loads(content)["entry"]]
    responses = [r for r in found if r["resourceType"] == "QuestionnaireResponse"]
    return bool(responses) and all(check_response(r, forms[r["questionnaire"]]) == () for r in responses)


def test_sent_again_after_a_rebuild_nothing_is_there_twice(site: Path, server: Server) -> None:
    """This test ensures that with the journal lost, people are asked again, and the EHR has each answer once."""
    pages = review(site, "Ana")
    told, content = send(site)
    assert told["pages"] == pages
    assert valid(content, site)
    assert server.call("POST", "", content)[0] == 200
    before = all_of(server)
    kinds = Counter(kind for kind, _ in before)
    assert min(kinds[kind] for kind in ("Observation", "MedicationAdministration", "QuestionnaireResponse")) >= 1

    (site / "store" / "journal").unlink()
    run("rebuild", "--site", site, code=0)
    told, nothing = send(site)
    assert (told["pages"], told["resources"], told["taken_back"]) == (0, {}, {})
    assert json.loads(nothing) == {"resourceType": "Bundle", "type": "transaction"}
    assert all(
        p["where"] in ("in review", "unwritten", "out")
        for packet in run("reconcile", "--site", site, "--json", code=100).json["packets"]
        for s in packet["sets"]
        for p in s["pages"]
    )

    assert review(site, "Ben") == pages
    told, content = send(site)
    assert told["pages"] == pages
    assert valid(content, site)
    status, done = server.call("POST", "", content)
    assert (status, {e["response"]["status"] for e in done["entry"]}) == (200, {"200 OK"}), "nothing is made anew"
    after = all_of(server)
    assert after.keys() == before.keys()
    assert [m["effectiveDateTime"] for (k, _), m in after.items() if k == "MedicationAdministration"] == [
        m["effectiveDateTime"] for (k, _), m in before.items() if k == "MedicationAdministration"
    ]
