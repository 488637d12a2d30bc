"""Read combs: digits, the printed decimal point and a sign, and how sure the reading is.

A reading is at most a *candidate*: it becomes an answer only where a band, a mark or a total on the page says the
same (:mod:`papermode.scan.corroborate`). Without that it is a suggestion beside its crop. What lies outside the
item's bounds is not even a candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from papermode.model.layout import Box
from papermode.scan.cells import Cell, cut
from papermode.scan.digits import ACCEPT, classify

Gray = npt.NDArray[np.uint8]

CombState = Literal["empty", "unsure", "candidate"]

_CLOCKS: Final = {"time": "%H%M", "date": "%d%m%Y"}
"""Formats in which every cell is written and not every number means something."""


@dataclass(frozen=True, slots=True)
class CellReading:
    """What one cell holds."""

    character: str
    """A digit, ``-`` or '' (blank)."""
    confidence: float
    """0 to 1; of a blank cell 1, or 0 where there is a smudge."""
    doubt: bool
    """Whether there is ink that the character does not explain."""


@dataclass(frozen=True, slots=True)
class CombReading:
    """What one comb holds."""

    state: CombState
    text: str
    """The number with its decimal point, the suggestion where ``state`` is ``unsure``; '' if there is none: of a time
    or date that does not exist, no part is suggested."""
    confidence: float
    """Product of the cells' confidences; 0 where something but a digit is in doubt, or the number is not plausible."""
    cells: tuple[CellReading, ...]


def read_combs(patches: Sequence[Gray], boxes: Sequence[Box], *, bilevel: bool = False) -> list[CombReading]:
    """Read combs; the digits of all of them are named in one go.

    Args:
        patches: a picture of each comb, as :func:`papermode.scan.cells.comb_patch` gives it.
        boxes: the combs.
        bilevel: whether the scan is black and white only: strokes are lost in it, so nothing in it is a candidate.

    Returns:
        One reading per comb.
    """
    combs = [cut(patch, box) for patch, box in zip(patches, boxes, strict=True)]
    written = [(i, j) for i, cells in enumerate(combs) for j, cell in enumerate(cells) if cell.picture is not None]
    named: dict[tuple[int, int], tuple[int, float]] = {}
    if written:
        pictures = [picture for i, j in written if (picture := combs[i][j].picture) is not None]
        digits, confidences = classify(np.stack(pictures))
        named = dict(zip(written, zip(digits.tolist(), confidences.tolist(), strict=True), strict=True))
    return [
        _reading(tuple(_cell(cell, named.get((i, j))) for j, cell in enumerate(cells)), box, bilevel=bilevel)
        for i, (cells, box) in enumerate(zip(combs, boxes, strict=True))
    ]


def read_comb(patch: Gray, box: Box, *, bilevel: bool = False) -> CombReading:
    """Read one comb; arguments as for :func:`read_combs`."""
    return read_combs([patch], [box], bilevel=bilevel)[0]


def plausible(text: str, minimum: str, maximum: str) -> bool:
    """Tell whether a number lies within an item's bounds.

    Args:
        text: the number, as read.
        minimum: least plausible value as the form has it; '' = none.
        maximum: greatest plausible value; '' = none.
    """
    try:
        value = Decimal(text)
        return (not minimum or value >= Decimal(minimum)) and (not maximum or value <= Decimal(maximum))
    except InvalidOperation:
        return False


def _cell(cell: Cell, named: tuple[int, float] | None) -> CellReading:
    if named is None:
        return CellReading("", 0.0 if cell.doubt else 1.0, cell.doubt)
    if cell.dash:
        return CellReading("-", 0.0 if cell.doubt else 1.0, cell.doubt)
    digit, confidence = named
    if cell.shared:
        # A digit that was cut off a neighbour is wrong more often than its confidence says.
        confidence *= confidence
    return CellReading(str(digit), 0.0 if cell.doubt else round(confidence, 4), cell.doubt)


def _reading(cells: tuple[CellReading, ...], box: Box, *, bilevel: bool) -> CombReading:
    if not any(c.character or c.doubt for c in cells):
        return CombReading("empty", "", 1.0, cells)
    characters = [c.character for c in cells]
    complete = _complete(characters, box)
    # A time that the day does not have was misread: a person who types it looks at the paper, one who mends it may not.
    no_suggestion = box.format == "text" or (box.format in _CLOCKS and not complete)
    text = "" if no_suggestion else _text(characters, box)
    possible = bool(text) and (box.format in _CLOCKS or plausible(text, box.minimum, box.maximum))
    if not possible or any(c.doubt for c in cells) or not complete:
        return CombReading("unsure", text, 0.0, cells)
    confidence = round(prod(c.confidence for c in cells), 4)
    sure = not bilevel and all(c.confidence >= ACCEPT for c in cells)
    return CombReading("candidate" if sure else "unsure", text, confidence, cells)


def _text(characters: Sequence[str], box: Box) -> str:
    """Return the number that the cells' characters spell; '' if they spell none."""
    whole, part = "".join(characters), ""
    if box.point:
        whole, part = ("".join(c) for c in (characters[: box.point], characters[box.point :]))
    sign = "-" if whole.startswith("-") else ""
    whole = whole.removeprefix("-")
    if "-" in whole + part or not whole + part:
        return ""
    return f"{sign}{whole or '0'}.{part}" if part else sign + whole


def _complete(characters: Sequence[str], box: Box) -> bool:
    """Tell whether the cells are filled as a careful person fills them: to the right, and without a gap."""
    if box.format in _CLOCKS:
        return all(characters) and _is_clock("".join(characters), _CLOCKS[box.format])
    first = next((i for i, c in enumerate(characters) if c), len(characters))
    last_whole = (box.point or len(characters)) - 1
    starts = first + (characters[first] == "-") if first < len(characters) else first
    return starts <= last_whole and all(characters[first:])


def _is_clock(text: str, shape: str) -> bool:
    try:
        datetime.strptime(text, shape)  # noqa: DTZ007 (only whether it exists)
    except ValueError:
        return False
    return True
