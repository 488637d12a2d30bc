"""Lint of what confirms a number: score bands with their marks, sums and signs.

The reader looks for all of it in the same row and column of the page. A name that is not there would not be an
error then: the number would never be sure, in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final, Literal

from papermode.formdef.positions import Path
from papermode.formdef.walk import Spot, items_of
from papermode.model.form import Form, Item, Option
from papermode.model.layout import Band

Fault = tuple[str, Literal["error", "warning"], Spot, str, str]
Peers = Mapping[str, Sequence[Item]]
"""The items of one row and column by their link_id."""

_COMBS: Final = frozenset({"integer", "decimal", "score"})
_NEGATIVE: Final = "negative"
_SAME_PLACE: Final = "Name one that stands in the same row and column."


def sum_faults(form: Form) -> Iterator[Fault]:
    """Find bands, sums and signs that name what is not there, or contradict themselves."""
    places: dict[tuple[object, ...], dict[str, list[Item]]] = {}
    for spot, item in items_of(form):
        places.setdefault(_place(form, spot.path), {}).setdefault(item.link_id, []).append(item)
    for spot, item in items_of(form):
        peers = places[_place(form, spot.path)]
        if item.kind not in _COMBS and (item.bands or item.marks or item.sum or item.sign):
            yield (
                "E231", "error", spot, f"a {item.kind} has no number to confirm.",
                "Keep bands, marks, sum and sign for integer, decimal and score.",
            )  # fmt: skip
            continue
        yield from _bands(spot, item, peers)
        yield from _sums(spot, item, peers)


def _place(form: Form, path: Path) -> tuple[object, ...]:
    """Return what items have in common that stand in one row and column: side, table or not, columns or not."""
    page, section = int(path[1]), form.pages[int(path[1])].sections[int(path[3])]
    run = path[4] == "cell" and section.cells[int(path[5])].repeat > 1
    return page, section.kind == "table", section.kind == "grid" or run


def _options(items: Sequence[Item]) -> list[Option]:
    return [option for item in items for option in item.options]


def _scores(items: Sequence[Item]) -> set[int | None]:
    """Return the scores of all answers of a question; empty where it is none with answers."""
    return {option.score for option in _options(items)}


def _bands(spot: Spot, item: Item, peers: Peers) -> Iterator[Fault]:
    if bool(item.bands) != bool(item.marks):
        lacking = "marks" if item.bands else "bands"
        yield "E231", "error", spot, f"this number lacks “{lacking}”.", "Write both: what it scores, and where."
        return
    if not item.bands:
        return
    offered = _scores(peers.get(item.marks, ()))
    if not offered or None in offered:
        yield (
            "E231", "error", spot.at("marks"), f"“{item.marks}” is no choice with a score for each answer.", _SAME_PLACE
        )  # fmt: skip
    else:
        missing = sorted({band.score for band in item.bands} - offered - {0})
        if missing:
            yield (
                "E231", "error", spot.at("bands"), f"“{item.marks}” has no answer that scores {missing[0]}.",
                "Give every score of the bands its mark; only 0 needs none.",
            )  # fmt: skip
    for band in item.bands:
        answers = [option.value for option in _options(peers.get(band.question, ()))]
        if band.question and band.answer not in answers:
            fault = f"“{band.question}” has no answer “{band.answer}”."
            yield "E231", "error", spot.at("bands"), fault, _SAME_PLACE
    for one, other in combinations(item.bands, 2):
        if one.score != other.score and _both(one, other):
            yield (
                "E231", "error", spot.at("bands"), f"a number has two scores, {one.score} and {other.score}.",
                "Let every band end before the next one begins.",
            )  # fmt: skip
    if not any(own.sum for items in peers.values() for own in items):
        yield (
            "E231", "warning", spot, "no total stands beside this number: it will always be for a person.",
            "Add a score with sum = […] in the same row and column.",
        )  # fmt: skip


def _both(one: Band, other: Band) -> bool:
    """Tell whether a number can lie in both bands."""
    if one.question == other.question and one.answer != other.answer:
        return False
    low = [Decimal(band.minimum) for band in (one, other) if band.minimum]
    high = [Decimal(band.maximum) for band in (one, other) if band.maximum]
    return not low or not high or max(low) <= min(high)


def _sums(spot: Spot, item: Item, peers: Peers) -> Iterator[Fault]:
    for term in item.sum:
        items = peers.get(term.removeprefix("-"), ())
        scores = _scores(items)
        if not any(own.kind in _COMBS for own in items) and (not scores or None in scores):
            fault = f"“{term}” is neither a number nor a choice with a score for each answer."
            yield "E231", "error", spot.at("sum"), fault, _SAME_PLACE
    if item.sign and _NEGATIVE not in [option.value for option in _options(peers.get(item.sign, ()))]:
        fault = f"“{item.sign}” has no answer “{_NEGATIVE}”."
        yield "E231", "error", spot.at("sign"), fault, _SAME_PLACE
