"""The geometry of one page: what the printer draws and the reader looks for. The same value for both.

Lengths are integers in 0.01 mm, origin top left, y down. The *public* part of a layout (size, corners,
anchors, codes, zones, boxes) is what the manifest stores, and :func:`layout_id` is the SHA-256 of its
canonical JSON, so that anybody can check it. The static drawing (lines, areas, words) is not needed to
read a page and is not in the manifest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from papermode.geometry import Hmm, Rect
from papermode.ids import crockford_bits

BoxKind = Literal["mark", "comb", "crop"]

CORNER_SIZE: Hmm = 500
"""Side of the four black corner squares."""
CORNER_INSET: Hmm = 1300
"""Distance of a corner square's centre from the two page edges."""
MARK_SIZE: Hmm = 400
MARK_STROKE: Hmm = 28
COMB_STROKE: Hmm = 22
CLEARANCE: Hmm = 150
"""Nothing is printed inside a box or nearer to it than this (its own outline excepted)."""


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
        for key in ("multiple", "required", "point", "format", "label", "code", "unit"):
            value = getattr(self, key)
            if value:
                out[key] = value
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

    def rect(v: list[int]) -> Rect:
        x, y, w, h = (int(n) for n in v)
        return Rect(x, y, w, h)

    boxes = tuple(
        Box(
            link_id=str(b["link_id"]),
            kind=b["kind"],
            rect=rect(b["rect"]),
            value=str(b["value"]),
            row=b["row"],
            column=b["column"],
            group=str(b["group"]),
            cells=int(b["cells"]),
            multiple=bool(b.get("multiple", False)),
            required=bool(b.get("required", False)),
            point=int(b.get("point", 0)),
            format=str(b.get("format", "")),
            label=str(b.get("label", "")),
            code=str(b.get("code", "")),
            unit=str(b.get("unit", "")),
        )
        for b in public["boxes"]
    )
    w, h = (int(n) for n in public["size"])
    return Layout(
        size=(w, h),
        corners=tuple((int(c[0]), int(c[1])) for c in public["corners"]),
        codes=tuple(CodePlace(c["kind"], rect(c["rect"])) for c in public["codes"]),
        zones=tuple(Zone(z["kind"], rect(z["rect"])) for z in public.get("zones", [])),
        boxes=boxes,
        anchors=tuple(rect(a) for a in public["anchors"]),
        id=layout_id(public),
    )
