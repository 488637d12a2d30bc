"""Sending from the store: what was sent is filed, what was not stays where it is, and all of it is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from papermode.app.resources import examples_dir
from papermode.app.send import FileTarget, Sent, send
from papermode.app.sites import open_site
from papermode.export.fhirjson import loads
from papermode.model.answers import ReviewedPage
from papermode.model.reading import PageReading
from papermode.store import SiteStore
from papermode.store.fold import PageId
from tests.unit.export.making import answer, at, page, vitals

LATE = at("27T09:30")


class Desk:
    """A store with confirmed pages."""

    def __init__(self, folder: Path) -> None:
        self.store = SiteStore(folder / "store")
        self.out = folder / "out.json"
        done, jpeg = cv2.imencode(".jpg", np.full((90, 60), 255, np.uint8))
        assert done
        self.picture = self.store.scans.put(jpeg.tobytes())

    def confirm(self, reviewed: ReviewedPage, *, written: bool = True) -> PageId:
        scan = self.store.receive_bytes(f"scan of page {reviewed.page}".encode(), "scan.pdf", "Ana")
        (place,) = self.store.record_scan(scan, [PageReading("scan.pdf", 0, "read", written=written)], "Ana")
        self.store.confirm_page(place, replace(reviewed, image_sha256=self.picture))
        return place

    def send(self) -> Sent:
        return send(open_site(examples_dir()), self.store, FileTarget(self.out), user="Ana")

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
