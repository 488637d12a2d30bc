"""The geometry of one page: what the printer draws and the reader looks for. The same value for both.

Lengths are integers in 0.01 mm, origin top left, y down. The *public* part of a layout (size, corners,
anchors, codes, zones, boxes) is what the manifest stores, and :func:`layout_id` is the SHA-256 of its
canonical JSON, so that anybody can check it. The static drawing (lines, areas, words) is not needed to
read a page and is not in the manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from papermode.geometry import POINT_HMM, Hmm, Rect
from papermode.ids import crockford_bits

BoxKind = Literal["mark", "comb", "crop"]
Key = tuple[str, int | None, int | None]
"""(link_id, row, column): what one answer is given for."""

CORNER_SIZE: Hmm = 500
"""Side of the four black corner squares."""
CORNER_INSET: Hmm = 1300
"""Distance of a corner square's centre from the two page edges."""
MARK_SIZE: Hmm = 400
MARK_STROKE: Hmm = 28
COMB_STROKE: Hmm = 22
CLEARANCE: Hmm = 150
"""Nothing is printed inside a box or nearer to it than this (its own outline excepted)."""
_LARGEST_SIZE = 20_000
"""Of type, in hundredths of a point; forms cannot ask for more."""
_FARTHEST: Hmm = 100_000


@dataclass(frozen=True, slots=True)
class Band:
    """Which score a number has between two bounds, both included."""

    score: int
    minimum: str = ""
    """Digits as the form has them; '' = no bound."""
    maximum: str = ""
    question: str = ""
    """``link_id`` of a question of the same row and column; '' = the band holds whatever is answered."""
    answer: str = ""
    """The band holds only where this is the answer to ``question``."""

    def as_dict(self) -> dict[str, Any]:
        """Return the band as the manifest writes it; optional keys only where they say something."""
        out: dict[str, Any] = {"score": self.score}
        pairs = (("min", self.minimum), ("max", self.maximum), ("question", self.question), ("answer", self.answer))
        return out | {key: value for key, value in pairs if value}


@dataclass(frozen=True, slots=True)
class Box:
    """One place to write on. Label, code and place are one value, so they cannot part.

    ``rect`` is the centre line of the printed outline. One answer is given per
    (``link_id``, ``row``, ``column``): the boxes of a choice share these and ``group`` and differ in
    ``value``.
    """

    link_id: str
    kind: BoxKind
    rect: Rect
    value: str = ""
    """Mark: the answer that a mark here means."""
    row: int | None = None
    column: int | None = None
    group: str = ""
    """Marks that answer one question share a group."""
    multiple: bool = False
    """Whether more than one mark of the group may be made."""
    required: bool = False
    cells: int = 0
    """Comb: number of cells, of equal width."""
    point: int = 0
    """Comb: number of cells before the decimal point (0 = no point)."""
    format: str = ""
    """Comb: ``integer``, ``decimal``, ``time`` (HHMM), ``date`` (DDMMYYYY), ``text``."""
    label: str = ""
    """The printed word, as a person reads it."""
    code: str = ""
    """``system|code`` of the answer or item, where one exists."""
    unit: str = ""
    minimum: str = ""
    """Comb: lowest plausible value, digits as the form has them."""
    maximum: str = ""
    score: int | None = None
    """Mark: what the answer counts in a score."""
    bands: tuple[Band, ...] = ()
    """Comb: the score of its number; of the bands that hold, all have one score."""
    marks: str = ""
    """Comb with bands: ``link_id`` of the marks, in the same row and column, that give the score as well."""
    sum: tuple[str, ...] = ()
    """Comb: the ``link_id`` of everything, in the same row and column, that adds up to its number; marks count their
    score, and what has a ``-`` before it is taken away."""
    sign: str = ""
    """Comb: ``link_id`` of the marks, in the same row and column, of which ``negative`` makes its number negative."""

    @property
    def key(self) -> Key:
        """What one answer is given for: the same for all boxes of a question."""
        return self.link_id, self.row, self.column

    def as_dict(self) -> dict[str, Any]:
        """Return the box as the manifest writes it; optional keys only where they say something."""
        out: dict[str, Any] = {
            "link_id": self.link_id,
            "kind": self.kind,
            "rect": self.rect.as_list(),
            "value": self.value,
            "row": self.row,
            "column": self.column,
            "group": self.group,
            "cells": self.cells,
        }
        for key in ("multiple", "required", "point", "format", "label", "code", "unit", "marks", "sign"):
            value = getattr(self, key)
            if value:
                out[key] = value
        out |= {key: value for key, value in (("min", self.minimum), ("max", self.maximum)) if value}
        if self.score is not None:
            out["score"] = self.score
        if self.bands:
            out["bands"] = [band.as_dict() for band in self.bands]
        if self.sum:
            out["sum"] = list(self.sum)
        return out


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where a machine-readable code is printed, without its quiet zone."""

    kind: Literal["claim", "locator"]
    rect: Rect

    def as_dict(self) -> dict[str, Any]:
        """Return the place as the manifest writes it."""
        return {"kind": self.kind, "rect": self.rect.as_list()}


@dataclass(frozen=True, slots=True)
class Zone:
    """An area that is watched: ``label`` (nothing may be stuck here on a bound page) or ``name``."""

    kind: Literal["label", "name"]
    rect: Rect

    def as_dict(self) -> dict[str, Any]:
        """Return the zone as the manifest writes it."""
        return {"kind": self.kind, "rect": self.rect.as_list()}


@dataclass(frozen=True, slots=True)
class Line:
    """A static straight line; ``width`` is the stroke in 0.01 mm, ``gray`` 0 black … 100 white."""

    x1: Hmm
    y1: Hmm
    x2: Hmm
    y2: Hmm
    width: Hmm = 20
    gray: int = 0
    dash: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A static filled or hatched rectangle under everything else."""

    rect: Rect
    gray: int = 90
    hatch: Literal["", "diagonal", "cross"] = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text whose baseline starts at (x, y). ``size`` in hundredths of a point.

    ``align`` says what x is: the left end, the centre or the right end. Used for the static words
    of a layout and for the fills of a page alike.
    """

    x: Hmm
    y: Hmm
    text: str
    size: int = 1000
    bold: bool = False
    align: Literal["left", "center", "right"] = "left"
    gray: int = 0
    zero: bool = False
    """Slashed zero (identifiers)."""

    def as_dict(self) -> dict[str, Any]:
        """Return a left-aligned black line as the manifest writes it; optional keys only where they say something."""
        out: dict[str, Any] = {"text": self.text, "x": self.x, "y": self.y, "size": self.size}
        return out | {key: True for key, value in (("bold", self.bold), ("zero", self.zero)) if value}


@dataclass(frozen=True, slots=True)
class Layout:
    """One page's geometry and static drawing."""

    size: tuple[Hmm, Hmm]
    corners: tuple[tuple[Hmm, Hmm], ...]
    """Centres of the corner squares: top left, top right, bottom left, bottom right."""
    codes: tuple[CodePlace, ...]
    zones: tuple[Zone, ...]
    boxes: tuple[Box, ...]
    anchors: tuple[Rect, ...] = ()
    """Printed outlines (centre lines) by which a scan is fitted: the outlines of marks and combs, and
    of crosses (``w`` = ``h`` = 0: a 3 mm cross centred there) where a page has few boxes."""
    lines: tuple[Line, ...] = ()
    areas: tuple[Area, ...] = ()
    texts: tuple[Text, ...] = ()
    id: str = field(default="", compare=False)
    """SHA-256 (hex) of the canonical JSON; filled in by :func:`with_id`."""

    def as_dict(self) -> dict[str, Any]:
        """Return the public part, as the manifest stores it under the layout's id."""
        return {
            "size": list(self.size),
            "corners": [list(c) for c in self.corners],
            "anchors": [a.as_list() for a in self.anchors],
            "codes": [c.as_dict() for c in self.codes],
            "zones": [z.as_dict() for z in self.zones],
            "boxes": [b.as_dict() for b in self.boxes],
        }


def head_lines(layout: Layout, texts: Iterable[Text]) -> tuple[Text, ...]:
    """Return the lines of text whose ink may reach into the watched zone of the name."""
    zones = [zone.rect for zone in layout.zones if zone.kind == "name"]
    return tuple(t for t in texts if t.align == "left" and any(_reaches(t, zone) for zone in zones))


def _reaches(line: Text, rect: Rect) -> bool:
    """Tell whether a line may reach into a rectangle: accents rise to 1.1 em, descenders go to 0.5 em."""
    em = line.size * POINT_HMM / 100
    return line.x < rect.right and line.y - 1.1 * em < rect.bottom and line.y + 0.5 * em > rect.y


def line_from_dict(line: dict[str, Any]) -> Text:
    """Rebuild a line of text from a manifest; raises KeyError/TypeError/ValueError if malformed."""
    x, y, size = (int(line[key]) for key in ("x", "y", "size"))
    if not 0 < size <= _LARGEST_SIZE or max(abs(x), abs(y)) > _FARTHEST:
        raise ValueError("no page has such a line")
    return Text(x, y, str(line["text"]), size, bold=bool(line.get("bold")), zero=bool(line.get("zero")))


def canonical_json(value: object) -> bytes:
    """Return ``value`` as JSON with sorted keys, no spaces, UTF-8: one value, one byte string."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def layout_id(public: dict[str, Any]) -> str:
    """Return the id of a layout's public part: SHA-256 of its canonical JSON, hex."""
    return hashlib.sha256(canonical_json(public)).hexdigest()


def layout_tag(identifier: str) -> str:
    """Return the claim's ``lay`` field: the first 30 bits of a layout id as 6 Crockford characters."""
    return crockford_bits(bytes.fromhex(identifier), 30)


def layout_from_dict(public: dict[str, Any]) -> Layout:
    """Rebuild the public part of a layout from a manifest; raises KeyError/TypeError/ValueError if malformed."""
    w, h = (int(n) for n in public["size"])
    return Layout(
        size=(w, h),
        corners=tuple((int(c[0]), int(c[1])) for c in public["corners"]),
        codes=tuple(CodePlace(c["kind"], _rect(c["rect"])) for c in public["codes"]),
        zones=tuple(Zone(z["kind"], _rect(z["rect"])) for z in public.get("zones", [])),
        boxes=tuple(_box(b) for b in public["boxes"]),
        anchors=tuple(_rect(a) for a in public["anchors"]),
        id=layout_id(public),
    )


def _rect(v: list[int]) -> Rect:
    x, y, w, h = (int(n) for n in v)
    return Rect(x, y, w, h)


def _box(b: dict[str, Any]) -> Box:
    return Box(
        link_id=str(b["link_id"]),
        kind=b["kind"],
        rect=_rect(b["rect"]),
        value=str(b["value"]),
        row=b["row"],
        column=b["column"],
        group=str(b["group"]),
        cells=int(b["cells"]),
        multiple=bool(b.get("multiple", False)),
        required=bool(b.get("required", False)),
        point=int(b.get("point", 0)),
        minimum=str(b.get("min", "")),
        maximum=str(b.get("max", "")),
        score=int(b["score"]) if "score" in b else None,
        bands=tuple(_band(band) for band in b.get("bands", [])),
        sum=tuple(str(term) for term in b.get("sum", [])),
        **{key: str(b.get(key, "")) for key in ("format", "label", "code", "unit", "marks", "sign")},
    )


def _band(b: dict[str, Any]) -> Band:
    names = {"minimum": "min", "maximum": "max", "question": "question", "answer": "answer"}
    return Band(int(b["score"]), **{field_: str(b.get(key, "")) for field_, key in names.items()})
