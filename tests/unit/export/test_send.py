"""Sending from the store: what was sent is filed, what was not stays where it is, and all of it is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from papermode.app.desk_log import written
from papermode.app.filings import filings_of
from papermode.app.read_batch import Sources
from papermode.app.resources import examples_dir
from papermode.app.send import FileTarget, Sent, Target, send
from papermode.app.sites import open_site
from papermode.errors import StoreError
from papermode.export.fhirjson import loads
from papermode.export.filed import IN_ERROR
from papermode.model.answers import ReviewedPage
from papermode.model.reading import PageReading
from papermode.store import SiteStore
from papermode.store.fold import PageId
from tests.unit.export.making import answer, at, dose, page, vitals

LATE = at("27T09:30")

SITE = open_site(examples_dir())


class Desk:
    """A store with confirmed pages."""

    def __init__(self, folder: Path) -> None:
        self.store = SiteStore(folder / "store")
        self.out = folder / "out.json"
        done, jpeg = cv2.imencode(".jpg", np.full((90, 60), 255, np.uint8))
        assert done
        self.picture = self.store.scans.put(jpeg.tobytes())

    def confirm(
        self, reviewed: ReviewedPage, *, written: bool = True, image: str = "", replaces: PageId | None = None
    ) -> PageId:
        scan = self.store.receive_bytes(f"scan of page {reviewed.page}{image}".encode(), "scan.pdf", "Ana")
        (place,) = self.store.record_scan(scan, [PageReading("scan.pdf", 0, "read", written=written)], "Ana")
        self.event(place, "confirm", {"second": False})
        self.store.confirm_page(place, replace(reviewed, image_sha256=self.picture), replaces=replaces)
        return place

    def event(self, place: PageId, kind: str, data: object) -> None:
        """What the review page notes of a step."""
        self.store.record_decision(place, "Ana", None, written(kind, data))

    def send(self, target: Target | None = None) -> Sent:
        return send(SITE, self.store, target or FileTarget(self.out), user="Ana", sources=Sources.of(SITE.site))

    def doses(self) -> list[str]:
        found = (e["resource"] for e in loads(self.out.read_bytes()).get("entry", []))
        return sorted(r["status"] for r in found if r["resourceType"] == "MedicationAdministration")

    def state(self, place: PageId) -> str:
        row = self.store.page(place)
        assert row is not None
        return row.state


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    with found.store:
        yield found


def test_what_is_sent_is_filed(desk: Desk) -> None:
    place = desk.confirm(page("VITALS", vitals(1, "0800", at("24T08:00"), pulse="131")))
    assert desk.send().resources["Observation"] == 1
    assert desk.state(place) == "filed"


def test_a_page_that_could_not_be_sent_is_not_called_filed(desk: Desk) -> None:
    unknown = desk.confirm(page("NOSUCH", [answer("v.pulse", "131", None, 1)]))
    sent = desk.send()
    assert [(x.reason, x.waits) for x in sent.left_out] == [("no-form", True)]
    assert desk.state(unknown) == "confirmed"
    assert "entry" not in loads(desk.out.read_bytes())


def test_a_spare_page_that_nobody_wrote_on_goes_nowhere(desk: Desk) -> None:
    spare = desk.confirm(page("ADMIT", [answer("adm.weight", None)], subject=None, patient_ref=""), written=False)
    sent = desk.send()
    assert [(x.reason, x.waits) for x in sent.left_out] == [("unwritten", False)]
    assert desk.state(spare) == "confirmed"


def test_a_written_page_without_a_patient_waits(desk: Desk) -> None:
    desk.confirm(page("ADMIT", [answer("adm.weight", "72.50")], subject=None, patient_ref=""))
    assert [(x.reason, x.waits) for x in desk.send().left_out] == [("no-patient", True)]


def test_the_day_on_the_other_side_makes_a_measurement(desk: Desk) -> None:
    front = [
        answer(f"v.{n}", v, None, 2, confirmed_at=LATE) for n, v in (("hour", "08"), ("minute", "05"), ("pulse", "131"))
    ]
    desk.confirm(page("VITALS", front, 7, confirmed_at=LATE))
    first = desk.send()
    assert [x.reason for x in first.left_out] == ["time-unclear"]
    desk.confirm(page("VITALS", [answer("w.day", "25", None, 2, confirmed_at=LATE)], 8, confirmed_at=LATE))
    second = desk.send()
    assert second.left_out == ()
    (found,) = (
        e["resource"] for e in loads(desk.out.read_bytes())["entry"] if e["resource"]["resourceType"] == "Observation"
    )
    assert found["effectiveDateTime"] == "2026-11-25T08:05:00-05:00"


GIVEN = page("MAR-S", dose(1, 1, "given", "0812", at("24T08:12")))
STRUCK = replace(GIVEN, answers=(), confirmed_at=LATE)


def test_a_dose_that_is_corrected_away_is_taken_back_once_and_for_all(desk: Desk) -> None:
    desk.confirm(GIVEN)
    desk.send()
    desk.confirm(STRUCK)
    sent = desk.send()
    assert sent.taken_back == {"MedicationAdministration": 1, "QuestionnaireResponse": 1}
    assert "MedicationAdministration" not in sent.resources
    assert desk.doses() == [IN_ERROR]
    bundle = desk.out.read_bytes()
    records = len(list(desk.store.journal.records()))
    desk.send()
    assert desk.out.read_bytes() == bundle
    assert len(list(desk.store.journal.records())) == records
    desk.confirm(replace(GIVEN, confirmed_at=LATE))
    assert desk.send().taken_back == {}
    assert desk.doses() == ["completed"]


def test_another_image_that_takes_the_place_takes_back_what_it_lacks(desk: Desk) -> None:
    first = desk.confirm(GIVEN)
    desk.send()
    second = desk.confirm(STRUCK, image=" again", replaces=first)
    desk.send()
    assert desk.doses() == [IN_ERROR]
    assert (desk.state(first), desk.state(second)) == ("settled", "filed")


def test_a_filed_page_that_is_taken_back_is_taken_back_in_the_ehr(desk: Desk) -> None:
    place = desk.confirm(GIVEN)
    desk.send()
    desk.confirm(replace(GIVEN, confirmed_at=LATE))
    desk.store.reopen_page(place, "Ana")
    assert desk.send().taken_back == {"DocumentReference": 1, "MedicationAdministration": 1, "QuestionnaireResponse": 1}
    assert desk.doses() == [IN_ERROR]


class Down:
    """A target that takes nothing."""

    name = "down"

    def put(self, content: bytes) -> None:
        raise StoreError("E801", place="down", fault="is down.", cure="Wait.")


class PowerCutError(Exception):
    """The power goes."""


class Cut:
    """A target that gets the bundle before the power goes."""

    name = "cut"

    def put(self, content: bytes) -> None:
        raise PowerCutError


def test_only_what_may_have_reached_the_ehr_is_taken_back(desk: Desk) -> None:
    place = desk.confirm(GIVEN)
    with pytest.raises(StoreError):
        desk.send(Down())
    desk.store.reopen_page(place, "Ana")
    assert desk.send().taken_back == {}
    desk.confirm(GIVEN)
    with pytest.raises(PowerCutError):
        desk.send(Cut())
    assert desk.state(place) == "sending"
    assert len(filings_of(desk.store)) == 3


def test_what_another_page_adds_or_takes_is_remembered(desk: Desk) -> None:
    """The day on the second side makes measurements of the first, whose own state stays as it is."""
    texts = (("hour", "08"), ("minute", "05"), ("pulse", "131"))
    own = [answer(f"v.{n}", v, None, 2, confirmed_at=LATE) for n, v in texts]
    front = desk.confirm(page("VITALS", own, 7, confirmed_at=LATE))
    desk.send()
    back = page("VITALS", [answer("w.day", "25", None, 2, confirmed_at=LATE)], 8, confirmed_at=LATE)
    desk.confirm(back)
    assert desk.send().resources["Observation"] == 1
    desk.confirm(replace(back, answers=(), confirmed_at=at("27T10:00")))
    assert desk.send().taken_back == {"Observation": 1, "QuestionnaireResponse": 1}
    assert desk.state(front) == "filed"


def test_a_day_that_is_being_corrected_takes_no_measurement_back(desk: Desk) -> None:
    """The first side, whose times have their day from the second, waits with it; what was filed of it stands."""
    texts = (("hour", "08"), ("minute", "05"), ("pulse", "131"))
    own = [answer(f"v.{n}", v, None, 2, confirmed_at=LATE) for n, v in texts]
    front = desk.confirm(page("VITALS", own, 7, confirmed_at=LATE))
    back = desk.confirm(page("VITALS", [answer("w.day", "25", None, 2, confirmed_at=LATE)], 8, confirmed_at=LATE))
    other = desk.confirm(replace(GIVEN, page=9))
    assert desk.send().resources["Observation"] == 1
    correction = {"key": ["w.day", None, 2], "value": "26", "outcome": "entered"}
    desk.event(back, "answer", correction)
    sent = desk.send()
    assert [x.page for x in sent.left_out if x.waits] == [7, 8]
    assert sent.left_out[0].reason == "day-again"
    assert (sent.pages, sent.taken_back) == (1, {})
    assert [desk.state(p) for p in (front, back, other)] == ["filed"] * 3
    desk.event(back, "undo", {"number": 1})
    sent = desk.send()
    assert (sent.pages, sent.resources["Observation"], sent.left_out) == (3, 1, ())


def test_nothing_is_sent_from_a_part_of_the_journal(desk: Desk) -> None:
    """An index of what stands before the damage would give an empty bundle."""
    desk.confirm(GIVEN)
    desk.send()
    bundle = desk.out.read_bytes()
    path = desk.store.journal.path
    path.write_bytes(path.read_bytes().replace(b"0812", b"0912", 1))
    desk.store.close()
    desk.store.index.path.unlink()
    with SiteStore(desk.store.folder) as damaged, pytest.raises(StoreError, match="E812"):
        send(SITE, damaged, FileTarget(desk.out), user="Ana", sources=Sources.of(SITE.site))
    assert desk.out.read_bytes() == bundle
