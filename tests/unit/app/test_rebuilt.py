"""After a journal was lost: nothing is filed unreviewed, nothing taken back, and what is confirmed again has its old ids."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from papermode.app.restore import begin_anew
from papermode.app.sites import open_site
from papermode.export.fhirjson import Json, loads
from papermode.model.reading import PageReading
from papermode.review.work import Work
from papermode.store import FINISHED, SiteStore
from tests.unit.app.bench import PICTURE, Bench, reading, reserved_pages, settled
from tests.unit.app.test_asked_again import DOSE, TIME, Ward

HANDED_IN = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


class Heaps:
    """Files with one image each; what the reader says of them is known."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.read: dict[str, PageReading] = {}

    def scan(self, one: PageReading) -> str:
        (sheet,) = self.bench.scan(one)
        scan = sheet[:64]
        at = HANDED_IN.timestamp() + len(self.read) * 60
        os.utime(self.bench.store.scans.path(scan), (at, at))
        self.read[scan] = one
        return sheet

    def rebuild(self) -> None:
        """Lose the journal, and begin anew from the stored scans."""
        store = self.bench.store
        store.close()
        store.journal.path.unlink()
        with begin_anew(open_site(self.bench.site).site, "Ana") as anew:
            anew.kept.receive(anew.scans)
            picture = anew.kept.keep(PICTURE)
            found = ((path, self.read[path.name]) for path in anew.scans)
            anew.kept.record([replace(r, file=str(path), index=0, picture=picture) for path, r in found])
        self.bench.store = SiteStore(store.folder)


def resources(ward: Ward) -> dict[tuple[str, str], Json]:
    found = (e["resource"] for e in loads(ward.target.path.read_bytes()).get("entry", []))
    return {(r["resourceType"], r["id"]): r for r in found}


def said(found: dict[tuple[str, str], Json]) -> dict[tuple[str, str], Json]:
    """What resources say, but for when they were confirmed."""
    kinds = ("Observation", "MedicationAdministration", "QuestionnaireResponse")
    return {k: {n: v for n, v in r.items() if n != "authored"} for k, r in found.items() if k[0] in kinds}


def test_nothing_is_filed_unreviewed_and_nothing_twice(bench: Bench) -> None:
    heaps, page = Heaps(bench), bench.page("MAR-S")
    sheet = heaps.scan(settled(page, {DOSE: "given", TIME: "0805"}))
    ward = Ward(bench)
    ward.confirm(sheet, "Ana")
    ward.send()
    before = resources(ward)
    assert {kind for kind, _ in before} >= {"MedicationAdministration", "DocumentReference", "Provenance"}

    heaps.rebuild()
    ward = Ward(bench)
    assert [r.state in FINISHED for r in bench.store.pages()] == [False]
    assert ward.work.open(sheet, "Ana", "en").phase == "fields"
    sent = ward.send()
    assert (sent.pages, sent.resources, sent.taken_back, resources(ward)) == (0, {}, {}, {})
    ward.confirm(sheet, "Ben")
    ward.send()
    after = resources(ward)
    assert after.keys() == before.keys(), "the same ids: PUT changes what is there, and adds nothing"
    assert said(after) == said(before), "with the times of care, though it was read again later"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("again", [(0, 1), (1, 0)])
def test_two_people_with_one_number_keep_their_ids_in_whatever_order(
    bench: Bench, order: Sequence[int], again: Sequence[int]
) -> None:
    heaps, page = Heaps(bench), reserved_pages(bench)[0]
    sheets = [heaps.scan(reading(page)), heaps.scan(reading(page, rotation=180))]

    def settle(which: Sequence[int]) -> dict[tuple[str, str], Json]:
        ward = Ward(bench)
        for n in which:
            ward.bind(sheets[n], ward.people[n])
            ward.witness(sheets[n])
            ward.confirm(sheets[n])
        assert ward.send().left_out == ()
        return resources(ward)

    before = settle(order)
    heaps.rebuild()
    after = settle(again)
    assert after.keys() == before.keys()
    assert [r.get("subject") for r in after.values()] == [before[k].get("subject") for k in after]


def test_a_second_rebuild_still_knows_when_the_scans_were_handed_in(bench: Bench) -> None:
    heaps = Heaps(bench)
    for page in reserved_pages(bench)[:2]:
        heaps.scan(reading(page))
    for _ in range(2):
        heaps.rebuild()
        heads = sorted(Work(bench.desk()).desk.heads(), key=lambda h: h.received)
        assert [h.received.timestamp() - HANDED_IN.timestamp() for h in heads] == [0, 60]
        assert [h.id[:64] for h in heads] == list(heaps.read)
        assert {f.received_at for f in bench.store.index.files()} == {h.received.isoformat() for h in heads}
