"""The grid: pages of every form, filled with marks, numbers and words, through every scenario of the simulator.

    python -m tests.loop.grid --pages 1000 --out grid.md
    python -m tests.loop.grid --codes --pages 1000 --out codes.md

The same seed gives the same pages. What is measured, by scenario: whose page it is, how far from its true place each
box is looked for, what becomes of marks, numbers and words.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import Box, CodePlace, Layout
from papermode.model.packet import Page
from papermode.model.reading import Answer, PageReading
from papermode.scan.cells import comb_patch
from papermode.scan.codes import find_codes
from papermode.scan.combs import read_combs
from papermode.scan.identity import locator_of
from papermode.scan.images import PageImage
from papermode.scan.reader import read_page
from papermode.scan.rules import apply_rules
from papermode.scan.sampling import Registration
from papermode.simulate import pens
from papermode.simulate.fill import Key, Truth, Value, fill_page, questions
from papermode.simulate.paper import SCENARIOS, Capture, capture_with_map
from papermode.simulate.sheet import CodeKind
from papermode.symbols import qr
from tests.loop.grid_tables import Tally, markdown
from tests.loop.printed import PAPER_DPI, SCAN_DPI, Ward, print_ward

Gray = npt.NDArray[np.uint8]

PLACED_MM: Final = 0.5
"""A box that is looked for farther than this from its place may be read wrongly."""
DOUBTFUL: Final = 0.03
"""Share of the questions of marks with something on them that a person has to judge."""
FIT: Final = ("where the layout has", "cannot be laid on its layout")
"""What reasons for a review say if a page does not fit its layout; then none of its answers is sure."""
SMALL_CODE: Final = "only the page's small code can be read"

TELLING: Final = (
    "office", "skewed", "scan-100", "jpeg30", "sideways", "bilevel", "fax", "phone", "phone-tilted", "photocopy",
    "toner-end", "streaks", "feed-stretch", "fold", "coffee", "scribble-10", "punch-holes", "torn-finder",
    "torn-corner", "sticker-fields",
)  # fmt: skip
"""Scenarios of the small grid."""
DAMAGED_CODES: Final = (
    "stain-code", "scribble-5", "scribble-10", "scribble-15", "scribble-25", "hole-code", "staple", "torn-finder",
    "streaks", "sticker-code", "mild", "hard",
)  # fmt: skip
"""Scenarios in which damage is aimed at a code."""
_CLAIM_SIDE: Final = 2800


# -- one page -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One page in one scenario."""

    scenario: str
    serial: int
    """Of the page in the packet."""
    seed: int
    code: CodeKind | None = None
    """Which code is damaged, where a scenario damages one."""

    def rng(self) -> np.random.Generator:
        """Return the chance of this case; it does not depend on the others."""
        return np.random.default_rng((zlib.crc32(self.scenario.encode()), self.serial, self.seed))


def cases(ward: Ward, names: Sequence[str], pages: int, seed: int) -> Iterator[Case]:
    """Yield cases: as many of each scenario, over all layouts of all forms."""
    forms = sorted({page.form for page in ward.packet.pages})
    serials = [serial for form in forms for serial in ward.one_page_a_layout(form)]
    for number in range(pages):
        turn, scenario = divmod(number, len(names))
        # Scenarios start at different layouts, and each walks through all of them.
        yield Case(names[scenario], serials[(7 * turn + 11 * scenario + seed) % len(serials)], seed + turn)


def read_case(ward: Ward, case: Case) -> Tally:
    """Fill, capture and read one page, and compare."""
    rng = case.rng()
    page = ward.packet.pages[case.serial - 1]
    printed = ward.paper(case.serial)
    paper = printed.copy()
    truth = fill_page(paper, page.layout, rng, combs=True, words=True, doubtful=DOUBTFUL, pen=pens.any_pen)
    scan = capture_with_map(
        paper, PAPER_DPI, SCENARIOS[case.scenario], SCAN_DPI, rng, page.layout, code=case.code, printed=printed
    )
    laid: list[tuple[Gray, Registration]] = []
    image = PageImage("scan.pdf", 0, scan.gray, scan.dpi, scan.bilevel)
    reading = read_page(image, ward.lookup, ward.check, lambda gray, placed, _: laid.append((gray, placed)))
    tally = Tally()
    tally.counts["pages"] += 1
    tally.counts["review"] += reading.status == "review"
    if _identified(tally, reading, page, case) and laid:
        gray, registration = laid[0]
        unfit = any(part in why for why in reading.why for part in FIT)
        tally.counts["unfit"] += unfit
        placed = farthest_mm(scan, registration, page.layout) <= PLACED_MM
        tally.counts["placed or unfit"] += placed or unfit
        if not unfit:
            compare_answers(tally, reading.answers, page.layout, truth, scan, case)
            compare_numbers(tally, gray, registration, page.layout, truth, scan)
    return tally


def _identified(tally: Tally, reading: PageReading, page: Page, case: Case) -> bool:
    if reading.claim is None:
        return False
    if reading.claim_text != page.claim_text:
        tally.counts["wrong"] += 1
        tally.faults.append(f"{case}: taken for page {reading.claim.page}")
        return False
    tally.counts["identified"] += 1
    tally.counts["small code"] += SMALL_CODE in reading.why
    return True


def farthest_mm(scan: Capture, registration: Registration, layout: Layout) -> float:
    """Return how far, in mm on the page, the reader looks for a box from where it is; the largest of all boxes."""
    if not layout.boxes:
        return 0.0
    middles = np.array([(b.rect.x + b.rect.w / 2, b.rect.y + b.rect.h / 2) for b in layout.boxes]) / 100
    true, seen = scan.to_pixels(middles), registration.to_pixels(middles)
    step = 0.5
    along = [(scan.to_pixels(middles + d) - scan.to_pixels(middles - d)) / (2 * step) for d in np.eye(2) * step]
    local = np.stack(along, axis=2)
    error = np.linalg.solve(local, (seen - true)[:, :, None])[:, :, 0]
    return float(np.linalg.norm(error, axis=1).max())


# -- answers --------------------------------------------------------------------------------------------------


def compare_answers(
    tally: Tally, answers: Sequence[Answer], layout: Layout, truth: Truth, scan: Capture, case: Case
) -> None:
    """Compare marks and words with what was written."""
    asked = questions(layout.boxes)
    ruled = _ruled(layout, truth)
    for a in answers:
        key = (a.link_id, a.row, a.column)
        if any(box in scan.hidden for box in asked[key]):
            tally.counts["hidden"] += 1
            tally.counts["hidden, sure or empty"] += a.state != "unsure"
        elif a.kind == "crop":
            tally.counts["words"] += truth.crops[key]
            tally.counts["words missed"] += truth.crops[key] and a.state == "empty"
            tally.counts["words invented"] += not truth.crops[key] and a.state != "empty"
        elif a.kind == "comb":
            tally.counts["confirmed"] += a.state == "sure"
            tally.counts["confirmed wrong"] += a.state == "sure" and a.value != truth.combs[key]
        elif key in truth.doubtful:
            made = "unsure" if a.state == "unsure" else "marked" if a.value else "empty"
            tally.doubts[truth.doubtful[key], made] += 1
        elif key not in ruled:
            _compare_marks(tally, a, asked[key], truth.answers[key], case)


def _compare_marks(tally: Tally, a: Answer, boxes: Sequence[Box], wanted: Value, case: Case) -> None:
    tally.counts["questions"] += 1
    tally.counts["marked"] += wanted is not None
    if a.state == "unsure":
        tally.counts["unsure"] += 1
    elif (a.value or None) == wanted:
        tally.counts["read"] += wanted is not None
    elif a.value and not _part_of(a.value, wanted):
        tally.counts["false"] += 1
        tally.faults.append(f"{case}: {a.link_id} {a.row} {a.column} is {wanted}, read as {a.value}")
    else:
        tally.counts["missed"] += 1
        tally.counts["required missed"] += boxes[0].required
        tally.faults.append(f"{case}: {a.link_id} {a.row} {a.column} is {wanted}, read as {a.value}")


def _part_of(value: Value, wanted: Value) -> bool:
    """Tell whether everything that was read was marked (and something more)."""
    read, marked = (v if isinstance(v, tuple) else (v,) for v in (value, wanted))
    return set(read) <= set(marked)


def _ruled(layout: Layout, truth: Truth) -> frozenset[Key]:
    """Return the questions that wait for a person by rule: in voided entries and stopped rows."""
    written = [
        Answer(*(key[0], boxes[0].kind, truth.answers[key]), "sure" if truth.answers[key] else "empty", 1.0, *key[1:])
        for key, boxes in questions(layout.boxes).items()
    ]
    marked = [a for a in written if a.kind == "mark" and a.value]
    return frozenset((a.link_id, a.row, a.column) for a in apply_rules(marked) if a.state == "unsure")


def compare_numbers(
    tally: Tally, gray: Gray, registration: Registration, layout: Layout, truth: Truth, scan: Capture
) -> None:
    """Read the written combs by themselves and compare: exact, accepted, and wrong among the accepted."""
    asked = questions(layout.boxes)
    keys = [key for key, text in truth.combs.items() if text and not any(b in scan.hidden for b in asked[key])]
    boxes = [asked[key][0] for key in keys]
    patches = [comb_patch(gray, registration, box) for box in boxes]
    for key, reading in zip(keys, read_combs(patches, boxes, bilevel=scan.bilevel), strict=True):
        exact, accepted = reading.text == truth.combs[key], reading.state == "candidate"
        tally.counts["numbers"] += 1
        tally.counts["numbers missed"] += reading.state == "empty"
        tally.counts["exact"] += exact
        tally.counts["accepted"] += accepted
        tally.counts["accepted wrong"] += accepted and not exact


# -- the grid -------------------------------------------------------------------------------------------------


def run(ward: Ward, todo: Iterable[Case], jobs: int = 1) -> dict[str, Tally]:
    """Read all cases; returns a tally for each scenario."""
    results: dict[str, Tally] = {}
    for case, tally in _each(ward, list(todo), jobs):
        results.setdefault(case.scenario, Tally()).add(tally)
    return results


def _each(ward: Ward, todo: Sequence[Case], jobs: int) -> Iterator[tuple[Case, Tally]]:
    if jobs == 1:
        yield from ((case, read_case(ward, case)) for case in todo)
        return
    _SHARED.append(ward)
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), cv2.setNumThreads, (1,)) as pool:
        yield from zip(todo, pool.map(_read_shared, todo, chunksize=4), strict=True)
    _SHARED.clear()


_SHARED: Final[list[Ward]] = []
"""The ward that forked processes read."""


def _read_shared(case: Case) -> Tally:
    return read_case(_SHARED[0], case)


# -- claim and locator against two claims ---------------------------------------------------------------------


def compare_codes(ward: Ward, case: Case) -> Counter[str]:
    """Capture a page with claim and locator, and with a second claim in the locator's place; see which is identified."""
    counts: Counter[str] = Counter(pages=1)
    page = ward.packet.pages[case.serial - 1]
    ours = ward.paper(case.serial)
    twice, layout = with_second_claim(ours, page)
    scans = (("locator", ours, page.layout), ("two claims", twice, layout))
    for design, paper, known in scans:
        scan = capture_with_map(paper, PAPER_DPI, SCENARIOS[case.scenario], SCAN_DPI, case.rng(), known, code=case.code)
        codes = find_codes(scan.gray, lambda text: bool(ward.check(text).trust))
        by_claim = any(code.text == page.claim_text for code in codes.claims)
        small = (locator_of(code.text) for code in codes.locators)
        by_locator = any((s.packet, s.page) == (ward.packet.id, case.serial) for s in small if s is not None)
        counts[f"{design}: claim"] += by_claim
        counts[f"{design}: identified"] += by_claim or by_locator
    return counts


def with_second_claim(paper: Gray, page: Page) -> tuple[Gray, Layout]:
    """Return a page with its claim printed once more, as large, instead of the locator; and where its codes are."""
    claim, locator = (next(c.rect for c in page.layout.codes if c.kind == kind) for kind in ("claim", "locator"))
    place = Rect(locator.x, locator.bottom - _CLAIM_SIDE, _CLAIM_SIDE, _CLAIM_SIDE)
    scale = paper.shape[1] / page.layout.size[0]
    symbol = np.array(qr.matrix(qr.claim_symbol(page.claim_text)))
    quiet = round(4 * place.w / len(symbol))
    twice = paper.copy()
    _paint(twice, place.grown(quiet), scale, np.zeros((1, 1), bool))
    _paint(twice, place, scale, symbol)
    return twice, dataclasses.replace(page.layout, codes=(CodePlace("claim", claim), CodePlace("locator", place)))


def _paint(page: Gray, place: Rect, scale: float, modules: npt.NDArray[np.bool_]) -> None:
    x0, y0, x1, y1 = (round(v * scale) for v in (place.x, place.y, place.right, place.bottom))
    rows, columns = ((np.arange(n) * len(modules) // n) for n in (y1 - y0, x1 - x0))
    page[y0:y1, x0:x1] = np.where(modules[np.ix_(rows, columns)], 0, 255)


def codes_table(ward: Ward, names: Sequence[str], pages: int, seed: int) -> str:
    """Return the comparison, damage aimed at either code in turn."""
    kinds: tuple[CodeKind, ...] = ("claim", "locator")
    results: dict[tuple[str, str], Counter[str]] = {}
    sums: dict[tuple[str, str], Counter[str]] = {}
    for number, case in enumerate(cases(ward, names, pages, seed)):
        kind = kinds[number // len(names) % 2]
        counts = compare_codes(ward, dataclasses.replace(case, code=kind))
        results.setdefault((f"`{case.scenario}`", kind), Counter()).update(counts)
        for hit in (kind, "either"):
            sums.setdefault(("**all**", hit), Counter()).update(counts)
    heads = ("locator: claim", "locator: identified", "two claims: identified")
    titles = ("claim read", "claim + locator: identified", "two claims: identified")
    lines = [f"| scenario | aimed at | pages | {' | '.join(titles)} |", "| --- | --- |" + " ---: |" * 4]
    for (name, hit), counts in sorted(results.items()) + sorted(sums.items()):
        shares = " | ".join(f"{100 * counts[head] / counts['pages']:.1f} %" for head in heads)
        lines.append(f"| {name} | {hit} | {counts['pages']} | {shares} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> None:
    """Run the grid from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.loop.grid")
    parser.add_argument("--pages", type=int, default=1060, help="how many pages are read")
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="only these; may be given again")
    parser.add_argument("--paper", choices=("a4", "letter"), default="a4")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--codes", action="store_true", help="claim and locator against two claims")
    parser.add_argument("--out", type=Path, help="Markdown file; without it the tables go to the terminal")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        ward = print_ward(Path(folder), chosen.paper)
        if chosen.codes:
            text = codes_table(ward, chosen.scenario or DAMAGED_CODES, chosen.pages, chosen.seed)
        else:
            names = chosen.scenario or list(SCENARIOS)
            text = markdown(run(ward, cases(ward, names, chosen.pages, chosen.seed), chosen.jobs))
    if chosen.out:
        chosen.out.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
