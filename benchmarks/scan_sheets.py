"""Filled and scanned pages for the readers that are measured against each other, and how their answers are judged."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.model.layout import Box, Layout
from papermode.simulate.fill import CORRECTIONS, Key, Value, fill_page, questions
from papermode.simulate.paper import SCENARIOS, Scenario, capture
from papermode.simulate.scans import PAGE_DPI

Gray = npt.NDArray[np.uint8]
Questions = Mapping[Key, Sequence[Box]]
"""The questions of one side of which one box may be marked."""
Place = tuple[int, int, Key]
"""Person, side, question."""
Reading = Mapping[Place, str | None]
"""What a program read: a value, ``None`` for a question without a mark, :data:`ASIDE`; a page not read is not there."""

DPI: Final = 200
ASIDE: Final = "?"
"""The program leaves it to a person."""
CLEAN: Final = dataclasses.replace(SCENARIOS["clean"], skew=(-0.5, 0.5))
CONDITIONS: Final[dict[str, Scenario]] = {
    "clean": CLEAN,
    "upside down": dataclasses.replace(CLEAN, turns=(2,)),
    "skewed by 3°": dataclasses.replace(CLEAN, skew=(3.0, 3.0)),
    "first pages of three people missing": CLEAN,
    "pages in random order": CLEAN,
}
MISSING: Final = 3


@dataclass(frozen=True, slots=True)
class Scan:
    """One scanned side."""

    person: int
    side: int
    picture: Gray


Stack = Sequence[Scan]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed side of one person, filled in."""

    person: int
    side: int
    paper: Gray
    answers: Mapping[Key, Value]


def fill(person: int, side: int, paper: Gray, layout: Layout) -> Sheet:
    """Fill a page in, the same for the same person and side; nothing is taken back: only papermode knows such marks."""
    page = paper.copy()
    layout = dataclasses.replace(layout, boxes=tuple(b for b in layout.boxes if b.value not in CORRECTIONS))
    return Sheet(person, side, page, fill_page(page, layout, np.random.default_rng((person, side))).answers)


def single_choices(layout: Layout) -> Questions:
    """Return the questions that every program can read: one mark among several boxes."""
    found = questions(layout.boxes)
    return {
        key: boxes
        for key, boxes in found.items()
        if boxes[0].kind == "mark" and len(boxes) > 1 and not boxes[0].multiple
    }


def stack_of(sheets: Sequence[Sheet], condition: str) -> list[Scan]:
    """Scan some sheets under one condition, person by person unless the condition says otherwise."""
    scans = []
    for sheet in sheets:
        if condition.startswith("first pages") and sheet.side == 0 and sheet.person < MISSING:
            continue
        rng = np.random.default_rng((7, sheet.person, sheet.side))
        scans.append(Scan(sheet.person, sheet.side, capture(sheet.paper, PAGE_DPI, CONDITIONS[condition], DPI, rng)))
    if condition.endswith("random order"):
        order = np.random.default_rng(11).permutation(len(scans))
        scans = [scans[i] for i in order]
    return scans


def judge(reading: Reading, sheets: Sequence[Sheet], sides: Sequence[Questions], stack: Stack) -> Counter[str]:
    """Count the questions: right, wrong (another value than was marked), missed, left to a person.

    What was read of a page that is not in the stack can only be wrong.
    """
    came = {(scan.person, scan.side) for scan in stack}
    count: Counter[str] = Counter(dict.fromkeys(("right", "wrong", "missed", "aside"), 0))
    for sheet in sheets:
        for key in sides[sheet.side]:
            place = (sheet.person, sheet.side, key)
            wanted, read = sheet.answers[key], reading.get(place, ASIDE)
            if (sheet.person, sheet.side) not in came:
                count["wrong"] += read not in (None, ASIDE)
            elif read == ASIDE:
                count["aside"] += 1
            elif read == wanted:
                count["right"] += 1
            else:
                count["missed" if read is None else "wrong"] += 1
    return count
