"""What a nurse writes on a page: marks, numbers and words that belong together, with times of care in the outage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from papermode.app.desk_fields import Bindings
from papermode.export.outline import Place, outline, places
from papermode.export.times import Window, resolve
from papermode.model.form import Form
from papermode.model.layout import Box, Layout
from papermode.simulate import hands, pens
from papermode.simulate.fill import Key, Value, mark_box, questions

Gray = npt.NDArray[np.uint8]
Entry = tuple[str, int | None, int | None]
"""(link_id without its last part, row, column): boxes that are filled in together."""

_USED: Final = 0.5
"""Share of the entries of a page that are filled in."""
_ANSWERED: Final = 0.9
"""Share of the questions of an entry that are answered."""
_VOID: Final = 0.03
_MANY: Final = 0.3
_ILLEGIBLE: Final = 0.02
"""Share of the words that nobody can read."""
_WORDS: Final = ("1 tablet", "half a tablet", "with food", "seen by Dr Kay", "pain better", "refused at first")
_STATUS: Final = (("given", 0.8), ("not-given", 0.12), ("in-ehr", 0.08))


@dataclass
class Written:
    """What stands on one page."""

    values: dict[Key, Value] = field(default_factory=dict)
    """Only what was written: marks by their value, combs and words as text."""
    at: dict[Entry, datetime] = field(default_factory=dict)
    illegible: set[Key] = field(default_factory=set)


class Nurse:
    """Fills in pages between the print and the end of the outage."""

    def __init__(self, window: Window, zone: str, rng: np.random.Generator) -> None:
        self._window = window
        self._zone = ZoneInfo(zone)
        self._rng = rng

    def choose(self, layout: Layout, form: Form, bindings: Bindings, out: Written) -> None:
        """Choose what is written on a page.

        Args:
            layout: its layout.
            form: its form, for the ranges of numbers.
            bindings: what its rows are, and when the doses are due.
            out: what is chosen is added to it.
        """
        asked = places(outline(form))
        entries: dict[Entry, dict[Key, list[Box]]] = {}
        for key, boxes in questions(layout.boxes).items():
            entries.setdefault(entry_of(key), {})[key] = boxes
        for entry, own in entries.items():
            at = self._moment(entry, own, bindings)
            if at is not None and self._rng.random() < _USED:
                self._entry(out, entry, own, asked, at)

    def _moment(self, entry: Entry, own: Mapping[Key, Sequence[Box]], bindings: Bindings) -> datetime | None:
        """Return when the care of an entry happened; ``None``: there is none that could have."""
        _, row, column = entry
        due = bindings.due.get((row or 0, column or 0))
        if any(link_id == "mar.status" for link_id, _, _ in own) and due is None:
            return None
        for _ in range(20):
            start, end = self._window.start, self._window.end
            spread = timedelta(minutes=float(self._rng.uniform(-40, 40)))
            at = due + spread if due is not None else start + (end - start) * float(self._rng.random())
            at = at.astimezone(self._zone).replace(second=0, microsecond=0)
            if self._window.holds(at) and resolve(at.time(), self._window, self._zone, due) == at:
                return at
        return None

    def _entry(
        self, out: Written, entry: Entry, own: Mapping[Key, list[Box]], asked: Mapping[str, Place], at: datetime
    ) -> None:
        status = self._rng.choice([s for s, _ in _STATUS], p=[p for _, p in _STATUS])
        for key, boxes in own.items():
            first = boxes[0]
            name = key[0].rpartition(".")[2]
            if name == "status":
                value: Value = str(status)
            elif name == "reason":
                value = str(self._rng.integers(1, 10)) if status == "not-given" else None
            elif name == "time" and first.kind == "comb" and "mar.status" in {k[0] for k in own}:
                value = None if status == "in-ehr" else f"{at:%H%M}"
            elif first.kind == "mark":
                value = self._marks(boxes)
            elif first.kind == "comb":
                value = self._clock(first, name, at) or self._number(first, asked.get(key[0]))
            elif name == "stopped_time":
                stopped = (key[0].removesuffix("_time"), *key[1:]) in out.values
                value = f"{at:%H:%M}" if stopped else None
            else:
                value = str(self._rng.choice(_WORDS)) if self._rng.random() < _ANSWERED else None
                if value is not None and self._rng.random() < _ILLEGIBLE:
                    out.illegible.add(key)
            if value:
                out.values[key] = value
        out.at[entry] = at

    def _marks(self, boxes: Sequence[Box]) -> Value:
        if len(boxes) == 1 and boxes[0].value in ("void", "stopped"):
            return boxes[0].value if self._rng.random() < _VOID else None
        if boxes[0].multiple:
            return tuple(b.value for b in boxes if self._rng.random() < _MANY)
        return boxes[int(self._rng.integers(len(boxes)))].value if self._rng.random() < _ANSWERED else None

    def _clock(self, box: Box, name: str, at: datetime) -> str:
        """Return what a box of the clock says, or '' if it is none."""
        if box.format == "time":
            return f"{at:%H%M}"
        if name == "birth_date":
            return f"{at - timedelta(days=float(self._rng.uniform(1, 30_000))):%d%m%Y}"
        if box.format == "date":
            return f"{at:%d%m%Y}"
        return {"hour": f"{at:%H}", "minute": f"{at:%M}", "day": f"{at:%d}"}.get(name, "")

    def _number(self, box: Box, place: Place | None) -> Value:
        if self._rng.random() >= _ANSWERED:
            return None
        after = box.cells - box.point if box.point else 0
        highest = (10**box.cells - 1) / 10**after
        low = max(float(place.item.minimum or 0), 0.0) if place is not None else 0.0
        high = min(float(place.item.maximum or highest), highest) if place is not None else highest
        found = float(self._rng.uniform(low, high))
        return f"{found:.{after}f}" if after else str(round(found))

    def write(self, page: Gray, layout: Layout, written: Written) -> None:
        """Write what was chosen on the printed page (upright, uint8 gray), in place."""
        dpi = page.shape[1] / (layout.size[0] / 2540)
        pen, hand = pens.ballpoint(self._rng), hands.any_hand(self._rng)
        for key, boxes in questions(layout.boxes).items():
            value = written.values.get(key)
            if value is None:
                continue
            if boxes[0].kind == "comb":
                assert isinstance(value, str)
                hands.write_comb(page, dpi, boxes[0], value, hand, self._rng)
            elif boxes[0].kind == "crop":
                _scribble(page, dpi, boxes[0], pen, self._rng)
            else:
                for box in boxes:
                    if box.value in ((value,) if isinstance(value, str) else value):
                        shape = pens.CLEAR_SHAPES[int(self._rng.integers(len(pens.CLEAR_SHAPES)))]
                        mark_box(page, dpi, box, shape, pen, self._rng)


def entry_of(key: Key) -> Entry:
    """Return the entry that a question belongs to."""
    return key[0].rpartition(".")[0], key[1], key[2]


def _scribble(page: Gray, dpi: float, box: Box, pen: pens.Pen, rng: np.random.Generator) -> None:
    """Write something that looks like words on the first line of a box."""
    wide, tall = box.rect.w / 100, min(box.rect.h / 100, 6.0)
    long = min(wide * 0.8, 25.0)
    along = np.linspace(-long / 2, long / 2, max(int(long * 8), 12))
    up = 0.3 * tall * np.sin(along * float(rng.uniform(2.5, 4.0)) + rng.normal(0, 0.4, len(along)))
    stroke: npt.NDArray[Any] = np.stack([along + 0.4 * np.cos(3 * along), up], axis=1)
    middle = (box.rect.x / 100 + long / 2 + 0.1 * wide, box.rect.y / 100 + tall / 2)
    pens.draw(page, dpi, middle, [stroke], pen, rng)
