"""A ward's packet without a site folder: for tests that start from a snapshot."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from papermode.app.packets import Printed, print_packets
from papermode.app.resources import examples_dir
from papermode.app.sites import OpenSite, form_of, make_keys, open_site, shipped_library
from papermode.app.snapshots import read_snapshot
from papermode.config import DEFAULT_FORMS
from papermode.formdef.load import Library
from papermode.model.form import Form
from papermode.model.packet import Packet
from papermode.model.snapshot import PatientRecord, Snapshot
from papermode.plan.context import Run, Ward
from papermode.plan.facts import Style
from papermode.plan.packets import Job, plan_packet
from papermode.trust.keys import load_signer
from papermode.trust.signing import Signer

NOW: Final = datetime.fromisoformat("2026-11-24T02:15:00-05:00")
NOW_TEXT: Final = "2026-11-24T02:15:00-05:00"
"""A quarter of an hour after the data time of the example data."""
AS_OF: Final = datetime.fromisoformat("2026-11-24T02:00:00-05:00")
ZONE: Final = "America/New_York"


@cache
def library() -> Library:
    """The shipped forms."""
    return shipped_library()


class Forms:
    """The shipped forms, by id, with some of a test's own before them."""

    def __init__(self, *own: Form) -> None:
        self.own = {form.id: form for form in own}

    def get(self, form_id: str) -> Form:
        """Return a form."""
        return self.own.get(form_id) or form_of(library(), form_id)


@cache
def signer() -> Signer:
    """A site key that can sign at :data:`NOW`."""
    with tempfile.TemporaryDirectory() as folder:
        make_keys(Path(folder) / "keys", "TEST", NOW)
        return load_signer(Path(folder) / "keys", NOW)


def run_of(ward: Ward, *, as_of: datetime = AS_OF, now: datetime = NOW, zone: str = ZONE) -> Run:
    """Return a print run of the site TEST."""
    return Run("TEST", "Test hospital", zone, Style(ZoneInfo(zone), ward.language), now, as_of, ward)


def ward_of(
    forms: Sequence[str] = DEFAULT_FORMS, *, code: str = "W1", paper: str = "a4", language: str = "en", sets: int = 0
) -> Ward:
    """Return a ward that prints the given forms."""
    return Ward(
        code, "Ward one", ("Switchboard: 555 0100",), ("Look at the DATA time.",), tuple(forms), paper, language, sets
    )


def plan_ward(records: Sequence[PatientRecord], run: Run | None = None, forms: Forms | None = None) -> Packet:
    """Plan the packet of one ward."""
    return plan_packet(
        Job(run or run_of(ward_of()), tuple(records), forms or Forms(), signer(), signer().cards, ("test",), b"test")
    )


@dataclass(frozen=True)
class Example:
    """The example site, printed."""

    site: OpenSite
    out: Path
    snapshot: Snapshot
    printed: list[Printed]


def print_example(folder: Path) -> Example:
    """Copy the example site into a folder, make its keys, and print both wards."""
    site = folder / "site"
    shutil.copytree(examples_dir(), site)
    make_keys(site / "keys", "RIVER", NOW)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=NOW)
    out = folder / "packets"
    return Example(opened, out, snapshot, print_packets(opened, snapshot, wards=[], out=out, now=NOW))
