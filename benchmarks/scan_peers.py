"""papermode side by side with marksense and AMC (``python -m benchmarks scan_peers``).

The same questions, hands, pens and scanner for all: people with two pages each, of which the questions count where
one box among several is marked. papermode and marksense read the same scans, of papermode's pages; AMC prints its own,
with as many questions of as many boxes. What is not installed is named and left out.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2

from benchmarks import peer_amc, peer_marksense
from benchmarks.measure import Spread, Usage, run
from benchmarks.scan_pages import print_night
from benchmarks.scan_sheets import (
    ASIDE,
    CONDITIONS,
    DPI,
    Gray,
    Questions,
    Reading,
    Sheet,
    Stack,
    fill,
    judge,
    single_choices,
    stack_of,
)  # fmt: skip
from papermode.errors import ExitCode
from papermode.simulate.scans import PAGE_DPI, page_picture, write_scans

PEOPLE: Final = 6
FORMS: Final = ("VITALS", "NURSE")
"""The two pages of a person."""
ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Contender:
    """One program: its pages, and how it reads a stack of them."""

    name: str
    sheets: Sequence[Sheet]
    sides: Sequence[Questions]
    write: Callable[[Path, Stack], list[str]]
    """Writes a stack into a folder and returns the command that reads it."""
    answers: Callable[[Path, Usage], Reading]
    """Returns what the command read."""


def main() -> None:
    """Measure and print Markdown tables."""
    with tempfile.TemporaryDirectory(prefix="papermode-bench-") as name:
        contenders = list(_contenders(Path(name)))
        print("## Reading marks, side by side\n")
        program = peer_marksense.command()
        versions = {
            "marksense": peer_marksense.version(program) if program is not None else None,
            "AMC": peer_amc.version() if peer_amc.command() is not None else None,
        }
        print(
            "; ".join(f"{name} {found or 'is not installed: not measured'}" for name, found in versions.items()), "\n"
        )
        boxes = [sum(len(b) for q in c.sides for b in q.values()) / len(FORMS) for c in contenders]
        print(f"{PEOPLE} people with {len(FORMS)} pages each, {boxes[0]:.0f} boxes a page, {ROUNDS} rounds.\n")
        _speed(contenders, Path(name))
        _accuracy(contenders, Path(name))


def _speed(contenders: Sequence[Contender], folder: Path) -> None:
    """Measure all stacks, and those of the first person alone: the difference has no start in it."""
    whole: dict[str, list[Usage]] = {c.name: [] for c in contenders}
    after: dict[str, list[float]] = {c.name: [] for c in contenders}
    for n in range(ROUNDS):
        for c in contenders:
            stack = stack_of(c.sheets, "clean")
            one = [scan for scan in stack if scan.person == 0]
            first = _run(c.write(folder / f"first-{c.name}-{n}", one))
            used = _run(c.write(folder / f"speed-{c.name}-{n}", stack))
            whole[c.name].append(used)
            after[c.name].append(1000 * (used.user - first.user) / (len(stack) - len(one)))
    print("| | user ms a page, start included | after the first person | times papermode | memory, all processes, MB |")
    print("|---|---|---|---|---|")
    base = after[contenders[0].name]
    for c in contenders:
        ms = Spread(tuple(1000 * u.user / (PEOPLE * len(FORMS)) for u in whole[c.name]))
        ratio = Spread(tuple(a / b for a, b in zip(after[c.name], base, strict=True)))
        times = "1" if c is contenders[0] else ratio.text(1)
        memory = Spread(tuple(u.tree_mb for u in whole[c.name]))
        print(f"| {c.name} | {ms.text(0)} | {Spread(tuple(after[c.name])).text(0)} | {times} | {memory.text(0)} |")
    print()


def _accuracy(contenders: Sequence[Contender], folder: Path) -> None:
    print("| condition | | right | wrong | missed | left to a person |\n|---|---|---|---|---|---|")
    for n, condition in enumerate(CONDITIONS):
        for c in contenders:
            stack = stack_of(c.sheets, condition)
            work = folder / f"accuracy-{c.name}-{n}"
            count = judge(c.answers(work, _run(c.write(work, stack))), c.sheets, c.sides, stack)
            print(f"| {condition} | {c.name} | {_cells(count)} |", flush=True)


def _run(command: list[str]) -> Usage:
    """Run a reader; what it leaves to a person is no failure, that it cannot run is one."""
    used = run(command, watch=True)
    if 0 < used.status < ExitCode.REVIEW:
        raise RuntimeError(f"{command[0]} ended with {used.status}")
    return used


def _cells(count: Counter[str]) -> str:
    return " | ".join(f"{count[name]:,}" for name in ("right", "wrong", "missed", "aside"))


def _contenders(folder: Path) -> Iterator[Contender]:
    """Print the pages and return the programs that are there, papermode first."""
    pages, blanks = _pages(folder)
    sides = [single_choices(pages[0, side].layout) for side in range(len(FORMS))]
    pictures = {at: page_picture(page.pdf, page.serial) for at, page in pages.items()}
    sheets = [fill(person, side, pictures[person, side], page.layout) for (person, side), page in pages.items()]
    serials = {(page.packet, page.serial): at for at, page in pages.items()}

    def write(work: Path, stack: Stack) -> list[str]:
        work.mkdir()
        write_scans(work / "stack.pdf", (scan.picture for scan in stack), dpi=DPI)
        command = [sys.executable, "-m", "papermode", "scan", str(work / "stack.pdf")]
        return [*command, "--packets", str(folder / "packets"), "--json"]

    yield Contender("papermode", sheets, sides, write, lambda _, used: _read(json.loads(used.stdout), serials))
    program = peer_marksense.command()
    if program is not None:
        peer_marksense.write_template(folder / "template", blanks, sides)
        yield _marksense(folder, program, sheets, sides)
    if peer_amc.command() is not None:
        yield _amc(folder, [[len(boxes) for boxes in questions.values()] for questions in sides])


@dataclass(frozen=True, slots=True)
class _Page:
    packet: str
    serial: int
    pdf: Path
    layout: Any


def _pages(folder: Path) -> tuple[dict[tuple[int, int], _Page], list[Gray]]:
    """Print the example wards; return each person's pages, and a page of somebody else of each form as a blank."""
    stored = print_night(folder)
    by_person: dict[str, dict[str, _Page]] = {}
    for pdf, page in stored:
        form, mrn = page.entry["form"], page.entry["mrn"]
        if mrn and form in FORMS and single_choices(page.layout):
            by_person.setdefault(mrn, {}).setdefault(form, _Page(page.packet, page.entry["page"], pdf, page.layout))
    whole = [forms for forms in by_person.values() if len(forms) == len(FORMS)]
    kind = Counter(tuple(forms[f].layout.id for f in FORMS) for forms in whole).most_common(1)[0][0]
    people = [forms for forms in whole if tuple(forms[f].layout.id for f in FORMS) == kind]
    assert len(people) > PEOPLE, len(people)
    pages = {(n, side): people[n][form] for n in range(PEOPLE) for side, form in enumerate(FORMS)}
    spare = (people[PEOPLE][form] for form in FORMS)
    blanks = [_at_scan_size(page_picture(page.pdf, page.serial)) for page in spare]
    return pages, blanks


def _at_scan_size(paper: Gray) -> Gray:
    scale = DPI / PAGE_DPI
    picture: Gray = cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return picture


def _read(report: dict[str, Any], serials: dict[tuple[str, int], tuple[int, int]]) -> Reading:
    """Return what papermode read; what it is not sure of is left to a person."""
    found: dict[Any, str | None] = {}
    for page in report["pages"]:
        at = serials.get((page["packet"], page["page"]))
        if at is None:
            continue
        for a in page["answers"]:
            value = a["value"] if a["state"] != "unsure" and page["status"] == "read" else ASIDE
            found[at[0], at[1], (a["link_id"], a["row"], a["column"])] = value or None
    return found


def _marksense(folder: Path, program: str, sheets: Sequence[Sheet], sides: Sequence[Questions]) -> Contender:
    def write(work: Path, stack: Stack) -> list[str]:
        work.mkdir()
        peer_marksense.write_forms(work / "forms", stack)
        return peer_marksense.arguments(program, work / "forms", folder / "template", work / "out.csv")

    return Contender("marksense", sheets, sides, write, lambda work, _: peer_marksense.answers(work / "out.csv", sides))


def _amc(folder: Path, counts: Sequence[Sequence[int]]) -> Contender:
    project = folder / "amc"
    pdf = peer_amc.prepare(project, PEOPLE, counts)
    layouts = peer_amc.layouts(project)
    sides = [single_choices(layouts[0, side]) for side in range(len(counts))]
    sheets = [
        fill(person, side, page_picture(pdf, n), layout)
        for n, ((person, side), layout) in enumerate(layouts.items(), 1)
    ]

    def write(work: Path, stack: Stack) -> list[str]:
        peer_amc.fresh(project)
        return peer_amc.arguments(project, peer_amc.write_scans(work, stack))

    clean = stack_of(sheets, "clean")
    _run(write(folder / "amc-threshold", clean))
    # Its default suits boxes that are filled in; here the threshold that serves it best on clean pages is taken.
    best = max(
        peer_amc.THRESHOLDS, key=lambda t: judge(peer_amc.answers(project, t, sides), sheets, sides, clean)["right"]
    )
    return Contender("AMC", sheets, sides, write, lambda _, __: peer_amc.answers(project, best, sides))


if __name__ == "__main__":
    main()
