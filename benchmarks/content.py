"""The pages that all contenders print: real pages of the example site, for as many invented patients as wanted.

papermode plans and prints them from patient records. The others get the finished content: every word, line, box
and code text with its place in millimetres, the static part once and what differs page by page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from papermode.app.sites import OpenSite, make_keys, shipped_library
from papermode.config import load_site
from papermode.intake import load
from papermode.model.layout import CORNER_SIZE, Layout, Line, Text
from papermode.model.packet import Packet
from papermode.model.snapshot import Medication, Name, PatientRecord, When
from papermode.plan.context import Run, Ward
from papermode.plan.facts import Style
from papermode.plan.packets import Job, plan_packet
from papermode.printing.operators import ANCHOR_ARM
from papermode.trust.keys import load_signer

NOW: Final = datetime.fromisoformat("2026-11-24T02:30:00-05:00")
FORM: Final = "MAR-S"
PATIENT: Final = "pat-09"
"""An adult with scheduled drugs and an ASCII name; his two sheets of scheduled drugs are two pages of one layout."""
SHAPED: Final = ("pat-04", "pat-06", "pat-07")
"""Patients with names in Arabic, Devanagari and Thai."""
PAGES_A_PATIENT: Final = 2


def make_site(folder: Path, examples: Path) -> None:
    """Make a site with keys from the example site; takes no part in what is measured."""
    folder.mkdir(parents=True)
    text = (examples / "papermode.toml").read_text("utf-8")
    (folder / "papermode.toml").write_text(text, "utf-8")
    (folder / "snapshot").symlink_to(examples / "snapshot")
    make_keys(folder / "keys", "RIVER", NOW)


def make_job(site_folder: Path, pages: int, *, shaped: bool) -> Job:
    """Return the job that prints ``pages`` pages, each pair for another patient."""
    site = load_site(site_folder)
    snapshot = load([site_folder / "snapshot"], settings=site.intake, as_of=None, now=NOW)
    by_id = {record.patient.id: record for record in snapshot.records}
    base = by_id[PATIENT]
    names = [by_id[key].patient.names[0] for key in SHAPED] if shaped else list(base.patient.names[:1])
    records = tuple(_patient(base, names, number) for number in range(pages // PAGES_A_PATIENT))
    ward = Ward("4W", "4 West", forms=(FORM,), paper="letter", admission_sets=0)
    run = Run(site.code, site.name, site.zone, Style(ZoneInfo(site.zone), "en"), NOW, snapshot.as_of, ward)
    signer = load_signer(site.keys, NOW)
    return Job(run, records, OpenSite(site, shipped_library()), signer, signer.cards, (), bytes(32))


def _patient(base: PatientRecord, names: Sequence[Name], number: int) -> PatientRecord:
    """Return the base patient as another person, whose orders have other doses and times."""
    name = names[number % len(names)]
    family, given = name.family, name.given[0]
    more, rest = 1 + number % len(family), number // len(family) % (len(given) + 1)
    other = replace(name, family=family + family[:more], given=(given + given[:rest],), text="")
    person = replace(
        base.patient,
        id=f"bench-{number}",
        mrn=f"77{number:06d}",
        names=(other,),
        birth_date=f"{1930 + number % 70}-{1 + number % 12:02d}-{1 + number % 28:02d}",
    )
    stay = replace(
        base.stay, number=f"E26-{number:06d}", bed=f"{number:03d}-A", admitted=_at(base.stay.admitted, number)
    )
    orders = tuple(_order(m, number) for m in base.medications.items)
    return replace(base, patient=person, stay=stay, medications=replace(base.medications, items=orders))


def _order(order: Medication, number: int) -> Medication:
    dose = f"{number + 1} {order.dose.partition(' ')[2]}" if order.dose else ""
    return replace(order, id=f"{order.id}-{number}", dose=dose, last_given=_at(order.last_given, number))


def _at(when: When | None, minutes: int) -> When | None:
    if when is None or when.at is None:
        return when
    at = when.at - timedelta(minutes=minutes)
    return When(at.isoformat(timespec="minutes"), at)


@dataclass(frozen=True, slots=True)
class Word:
    """One line of text; x, y of its baseline in mm, size in points."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    align: str
    gray: int


@dataclass(frozen=True, slots=True)
class Static:
    """What is the same on every page, in mm: lines (x1, y1, x2, y2, width, gray %, dashed), boxes, black squares."""

    size: tuple[float, float]
    words: tuple[Word, ...]
    lines: tuple[tuple[float, float, float, float, float, int, bool], ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    squares: tuple[tuple[float, float, float, float], ...]
    codes: tuple[tuple[float, float, float], ...]
    """x, y, side of the claim and of the locator."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What is particular to one page."""

    words: tuple[Word, ...]
    codes: tuple[str, ...]
    """The texts of the claim and of the locator."""


@dataclass(frozen=True, slots=True)
class Content:
    """All pages, of one layout."""

    static: Static
    pages: tuple[PageContent, ...]

    def save(self, path: Path) -> None:
        """Write the content for the contenders' processes."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), "utf-8")

    @staticmethod
    def read(path: Path, pages: int) -> Content:
        """Read the first pages of a content."""
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        static = data["static"]
        fields = {key: tuple(map(tuple, static[key])) for key in ("lines", "boxes", "squares", "codes")}
        return Content(
            Static(size=tuple(static["size"]), words=_words(static["words"]), **fields),
            tuple(PageContent(_words(p["words"]), tuple(p["codes"])) for p in data["pages"][:pages]),
        )


def _words(found: list[dict[str, Any]]) -> tuple[Word, ...]:
    return tuple(Word(**w) for w in found)


def content_of(job: Job) -> Content:
    """Plan the pages and return what is on them."""
    packet: Packet = plan_packet(job)
    layout = packet.pages[0].layout
    if any(page.layout is not layout or page.rules or page.charts or page.bars for page in packet.pages):
        raise ValueError("the pages to compare are of several layouts, or hold more than words, lines, boxes and codes")
    pages = tuple(PageContent(tuple(map(_word, p.fills)), (p.claim_text, p.locator_text)) for p in packet.pages)
    return Content(_static(layout), pages)


def _static(layout: Layout) -> Static:
    half, arm = CORNER_SIZE / 200, ANCHOR_ARM
    crosses = [Line(a.x - arm, a.y, a.x + arm, a.y, 25) for a in layout.anchors if not a.w]
    crosses += [Line(a.x, a.y - arm, a.x, a.y + arm, 25) for a in layout.anchors if not a.w]
    return Static(
        size=(layout.size[0] / 100, layout.size[1] / 100),
        words=tuple(map(_word, layout.texts)),
        lines=tuple(
            (n.x1 / 100, n.y1 / 100, n.x2 / 100, n.y2 / 100, n.width / 100, n.gray, n.dash)
            for n in (*layout.lines, *crosses)
        ),
        boxes=tuple(
            (b.rect.x / 100, b.rect.y / 100, b.rect.w / 100, b.rect.h / 100) for b in layout.boxes if b.kind == "mark"
        ),
        squares=tuple((x / 100 - half, y / 100 - half, 2 * half, 2 * half) for x, y in layout.corners),
        codes=tuple((c.rect.x / 100, c.rect.y / 100, c.rect.w / 100) for c in layout.codes),
    )


def _word(t: Text) -> Word:
    return Word(t.x / 100, t.y / 100, t.text, t.size / 100, t.bold, t.align, t.gray)
