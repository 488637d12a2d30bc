"""Tallies of the grid (tests/loop/grid.py) and their tables in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from papermode.simulate.copies import Photocopies
from papermode.simulate.paper import SCENARIOS


@dataclass(slots=True)
class Tally:
    """What became of the pages of one scenario."""

    counts: Counter[str] = field(default_factory=Counter)
    doubts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Doubtful marks by kind and by what was made of them: ``unsure``, ``marked`` or ``empty``."""
    faults: list[str] = field(default_factory=list)
    """Where a mark was invented or lost without a word, and pages taken for others."""

    def add(self, other: Tally) -> None:
        """Add another tally."""
        self.counts += other.counts
        self.doubts += other.doubts
        self.faults += other.faults

    def share(self, part: str, whole: str) -> float:
        """Return one count as a share of another; 0 of nothing."""
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 0.0


Results = Mapping[str, Tally]


def total(results: Results, names: Iterable[str]) -> Tally:
    """Return the sum of some scenarios."""
    whole = Tally()
    for name in names:
        whole.add(results[name])
    return whole


GRAY: Final = "gray"
COPIES: Final = "copies of copies"
BILEVEL: Final = "black and white"


def kind_of(scenario: str) -> str:
    """Return what a scenario's pictures have left of a stroke: all, what copiers leave of it, or black and white."""
    what = SCENARIOS[scenario]
    if what.threshold is not None:
        return BILEVEL
    copied = any(isinstance(event, Photocopies) and event.generations > 1 for event in what.events)
    return COPIES if copied else GRAY


def of_kind(results: Results, kind: str) -> Tally:
    """Return the sum of the scenarios of one kind."""
    return total(results, (name for name in results if kind_of(name) == kind))


def markdown(results: Results) -> str:
    """Return the tables."""
    rows = [(f"`{name}`", results[name]) for name in results]
    rows += [(f"**{kind}**", of_kind(results, kind)) for kind in (GRAY, COPIES, BILEVEL)]
    rows.append(("**all**", total(results, results)))
    parts = [_table(_PAGES, rows), _table(_MARKS, rows), _table(_NUMBERS, rows), _doubts(total(results, results))]
    faults = [fault for tally in results.values() for fault in tally.faults]
    if faults:
        parts.append("Faults:\n\n" + "\n".join(f"- {fault}" for fault in faults) + "\n")
    return "\n".join(parts)


Columns = Mapping[str, tuple[str, str]]
"""Heading to (count, of what count it is a share; '' = the count itself)."""

_PAGES: Final[Columns] = {
    "pages": ("pages", ""),
    "identified": ("identified", "pages"),
    "by small code only": ("small code", ""),
    "wrong page": ("wrong", ""),
    "to review": ("review", "pages"),
    "of them: fit": ("unfit", "pages"),
    "boxes within 0.5 mm, or review for fit": ("placed or unfit", "identified"),
}
_MARKS: Final[Columns] = {
    "questions": ("questions", ""),
    "marked": ("marked", ""),
    "false": ("false", ""),
    "missed": ("missed", "marked"),
    "missed where required": ("required missed", ""),
    "unsure": ("unsure", "questions"),
    "hidden": ("hidden", ""),
    "hidden, not noticed": ("hidden, sure or empty", ""),
}
_NUMBERS: Final[Columns] = {
    "numbers": ("numbers", ""),
    "exact": ("exact", "numbers"),
    "accepted": ("accepted", "numbers"),
    "wrong among accepted": ("accepted wrong", "accepted"),
    "seen as empty": ("numbers missed", ""),
    "confirmed by the page": ("confirmed", ""),
    "wrong among confirmed": ("confirmed wrong", ""),
    "words": ("words", ""),
    "words missed": ("words missed", ""),
    "words invented": ("words invented", ""),
}


def _table(columns: Columns, rows: Sequence[tuple[str, Tally]]) -> str:
    lines = [f"| scenario | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    for name, tally in rows:
        cells = [_cell(tally, part, whole) for part, whole in columns.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(tally: Tally, part: str, whole: str) -> str:
    if not whole:
        return str(tally.counts[part])
    return f"{100 * tally.share(part, whole):.1f} %" if tally.counts[whole] else "–"


def _doubts(whole: Tally) -> str:
    kinds = sorted({kind for kind, _ in whole.doubts})
    lines = ["| doubtful mark | number | unsure | read as marked | read as empty |", "| --- |" + " ---: |" * 4]
    for kind in kinds:
        counts = [whole.doubts[kind, made] for made in ("unsure", "marked", "empty")]
        shares = " | ".join(f"{100 * count / sum(counts):.1f} %" for count in counts)
        lines.append(f"| {kind} | {sum(counts)} | {shares} |")
    return "\n".join(lines) + "\n"
