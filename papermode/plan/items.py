"""Places items: which boxes, words and slots an item of a form becomes, and how much room it takes.

Everything here works on one item at a known top left corner. Labels keep 1.5 mm from the box they
belong to (DESIGN 3), so that the reader never takes print for ink.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from papermode.errors import PlanError
from papermode.geometry import Hmm, Rect
from papermode.model.form import PRINTED_KINDS, Item, ItemKind, Option, Words
from papermode.model.layout import CLEARANCE, COMB_STROKE, MARK_SIZE, MARK_STROKE, Box, Line
from papermode.plan.builder import Builder, Slot, em, leading
from papermode.typeset.wrap import text_width, wrap

GAP: Final = CLEARANCE + MARK_STROKE // 2
"""From a box's centre line to the nearest print."""
LINE_H: Final = 800
"""A writing line."""
MARK_LINE_H: Final = MARK_SIZE + 2 * CLEARANCE
OPTION_GAP: Final = 250
BASELINE: Final = 86
"""Baseline of a line of text below its top, in percent of the em."""
DESCENT: Final = 24
DESCENDERS: Final = frozenset("gjpqyçşţ,;()[]|/Q₀₁₂₃₄₅₆₇₈₉")
"""Letters that reach below the baseline; the next box keeps its distance from them."""
YES: Final = Words((("en", "Yes"), ("fr", "Oui")))
NO: Final = Words((("en", "No"), ("fr", "Non")))
YES_NO: Final = (Option("yes", YES), Option("no", NO))


@dataclass(frozen=True, slots=True)
class At:
    """Where an item stands, and which row and column of the page it belongs to."""

    x: Hmm
    y: Hmm
    w: Hmm
    row: int | None = None
    column: int | None = None


def options_of(item: Item) -> tuple[Option, ...]:
    """Return the answers of a choice; yes and no for a ``yesno``; the item itself for a ``mark``."""
    if item.options:
        return item.options
    if item.kind == "yesno":
        return YES_NO
    return (Option("yes", item.label),)


def cells_of(item: Item) -> int:
    """Return the number of comb cells of an item."""
    return {"date": 8, "time": 4}.get(item.kind, item.cells)


def place(b: Builder, item: Item, at: At) -> Hmm:
    """Place ``item`` with its top left corner at (x, y); return the height it takes."""
    if item.kind in PRINTED_KINDS:
        return _printed(b, item, at)
    if item.kind in ("mark", "choice", "multi", "yesno"):
        return _marks(b, item, at)
    if item.kind == "signature":
        return _signature(b, item, at)
    if item.kind in ("line", "note", "label"):
        return _crop(b, item, at)
    return _comb(b, item, at)


def _box(item: Item, at: At, rect: Rect, **more: object) -> Box:
    values: dict[str, object] = {
        "link_id": item.link_id,
        "kind": "crop",
        "rect": rect,
        "row": at.row,
        "column": at.column,
        "required": item.required,
        "code": item.code,
        **more,
    }
    return Box(**values)  # type: ignore[arg-type]


def _label_above(b: Builder, item: Item, at: At) -> Hmm:
    """Print an item's label over its box; return the distance to the box's centre line."""
    label = item.label.get(b.language)
    if not label:
        return 0
    lines = wrap(label, item.size, at.w, bold=True)
    for i, line in enumerate(lines):
        b.text(at.x, at.y + i * leading(item.size), line, item.size, bold=True)
    return (len(lines) - 1) * leading(item.size) + em(item.size) * (BASELINE + DESCENT) // 100 + GAP


def _label_left(b: Builder, item: Item, at: At, box_h: Hmm) -> Hmm:
    """Print an item's label to the left of its box, centred on it; return the distance to the box."""
    label = item.label.get(b.language)
    if not label:
        return 0
    b.text(at.x, at.y + (box_h - em(item.size)) // 2, label, item.size, bold=True)
    return text_width(label, item.size, bold=True) + GAP + 60


def _group(item: Item, at: At) -> str:
    place_ = "".join(f".{n}" for n in (at.row, at.column) if n is not None)
    return item.link_id + place_


def _marks(b: Builder, item: Item, at: At) -> Hmm:
    """Place the mark boxes of a choice and their labels."""
    options = options_of(item)
    if item.label_side == "above":
        return _marks_under_labels(b, item, at, options)
    x, y = at.x, at.y
    if item.kind != "mark" and item.label:
        label_w = text_width(item.label.get(b.language), item.size, bold=True)
        if label_w + 2 * MARK_SIZE < at.w:
            x += _label_left(b, item, at, MARK_SIZE) + 100
        else:
            y += _label_above(b, item, at)
    first_x = at.x if y > at.y else x
    for option in options:
        label = option.label.get(b.language)
        label_w = text_width(label, item.size) if label else 0
        if x > first_x and x + MARK_SIZE + GAP + label_w > at.x + at.w:
            x, y = first_x, y + MARK_LINE_H
        b.mark(x, y, _mark_box(b, item, option, at))
        b.text(x + MARK_SIZE + GAP, y + (MARK_SIZE - em(item.size)) // 2, label, item.size, bold=item.bold)
        x += item.pitch if item.pitch else MARK_SIZE + GAP + label_w + (GAP if label_w else 0) + OPTION_GAP
    return y + MARK_SIZE + CLEARANCE - at.y


def _marks_under_labels(b: Builder, item: Item, at: At, options: tuple[Option, ...]) -> Hmm:
    """Place marks in a row with each label centred above its mark."""
    pitch = item.pitch or 700
    low = any(c in DESCENDERS for o in options for c in o.label.get(b.language))
    cap = em(item.size) * (BASELINE + (DESCENT if low else 0)) // 100
    for i, option in enumerate(options):
        x = at.x + i * pitch
        b.text(x + MARK_SIZE // 2, at.y, option.label.get(b.language), item.size, bold=True, align="center")
        b.mark(x, at.y + cap + GAP, _mark_box(b, item, option, at))
    return cap + GAP + MARK_SIZE + CLEARANCE


def _mark_box(b: Builder, item: Item, option: Option, at: At) -> Box:
    label = option.label.get(b.language)
    return _box(
        item,
        at,
        Rect(0, 0, 0, 0),
        value=option.value,
        group=_group(item, at),
        multiple=item.kind == "multi",
        label=label,
        code=option.code or item.code,
        score=option.score,
    )


def _comb(b: Builder, item: Item, at: At) -> Hmm:
    """Place boxed digits: one frame with separators, the decimal point on a separator."""
    cells = cells_of(item)
    if cells < 1:
        raise PlanError(
            "E401", place=f"item {item.link_id}", fault="a comb needs its number of cells.", cure="Give it `cells = …`."
        )
    w, h = cells * item.cell_w, item.cell_h
    if item.label_side == "left":
        dx, dy = _label_left(b, item, at, h), 0
    else:
        dx, dy = 0, _label_above(b, item, at)
    rect = Rect(at.x + dx, at.y + dy, w, h)
    form = {"score": "integer"}.get(item.kind, item.kind)
    b.boxes.append(
        _box(
            item,
            at,
            rect,
            kind="comb",
            cells=cells,
            point=item.point,
            format=form,
            label=item.label.get(b.language),
            unit=item.unit,
            minimum=item.minimum,
            maximum=item.maximum,
            bands=item.bands,
            marks=item.marks,
            sum=item.sum,
            sign=item.sign,
        )
    )
    if item.unit:
        b.text(rect.right + GAP, rect.y + (h - em(item.size)) // 2, item.unit, item.size)
    return dy + h + CLEARANCE


def comb_lines(box: Box) -> tuple[Line, ...]:
    """Return the printed lines of a comb: frame, separators, and the heavy separator of the decimal point."""
    r = box.rect
    stroke = COMB_STROKE
    lines = [
        Line(r.x, r.y, r.right, r.y, stroke),
        Line(r.x, r.bottom, r.right, r.bottom, stroke),
        Line(r.x, r.y, r.x, r.bottom, stroke),
        Line(r.right, r.y, r.right, r.bottom, stroke),
    ]
    step = r.w // box.cells
    for i in range(1, box.cells):
        lines.append(Line(r.x + i * step, r.y, r.x + i * step, r.bottom, 70 if i == box.point else stroke))
    return tuple(lines)


def _crop(b: Builder, item: Item, at: At) -> Hmm:
    """Place an area for free writing: its frame is printed, nothing inside it."""
    h = item.h or (LINE_H if item.kind == "line" else 4000)
    if item.label_side == "left" and item.kind != "label":
        dx, dy = _label_left(b, item, at, h), 0
    else:
        dx, dy = 0, _label_above(b, item, at)
    height = h - dy if item.h and dy and item.kind == "note" else h
    rect = Rect(at.x + dx, at.y + dy, at.w - dx, height)
    b.boxes.append(_box(item, at, rect, label=item.label.get(b.language)))
    return dy + height + CLEARANCE


def _signature(b: Builder, item: Item, at: At) -> Hmm:
    """Place a signature line with a date comb and a time comb, as three boxes of their own link ids."""
    date_w, time_w = 8 * item.cell_w, 4 * item.cell_w
    name_w = at.w - date_w - time_w - 2 * 2 * CLEARANCE
    if name_w < 2000:
        raise PlanError(
            "E402",
            place=f"item {item.link_id}",
            fault="a signature needs at least 90 mm.",
            cure="Make it wider or use `line`, `date` and `time`.",
        )
    x = at.x
    tallest = 0
    parts: tuple[tuple[str, ItemKind, Hmm, Words], ...] = (
        ("", "line", name_w, item.label),
        (".date", "date", date_w, Words((("en", "Date DDMMYYYY"), ("fr", "Date JJMMAAAA")))),
        (".time", "time", time_w, Words((("en", "Time HHMM"), ("fr", "Heure HHMM")))),
    )
    for suffix, kind, width, label in parts:
        part = Item(
            kind=kind, link_id=item.link_id + suffix, label=label, size=item.size, required=item.required, h=item.cell_h
        )
        tallest = max(tallest, place(b, part, At(x, at.y, width, at.row, at.column)))
        x += width + 2 * CLEARANCE
    return tallest


def is_template(text: str) -> bool:
    """Tell whether a text changes from patient to patient."""
    return "{{" in text or "{%" in text


def _printed(b: Builder, item: Item, at: At) -> Hmm:
    """Place words, or the slot that a patient's words, chart or bar code go into."""
    words = item.text.get(b.language)
    if item.kind == "text" and not is_template(words):
        return _static_text(b, item, at, words)
    y = at.y
    if item.label and item.kind in ("chart", "list", "code128", "qr"):
        b.text(at.x, y, item.label.get(b.language), item.size, bold=True)
        y += leading(item.size)
    h = item.h if item.h is not None else leading(item.size)
    rect = Rect(at.x, y, at.w, h - (y - at.y) if item.h is not None else h)
    if item.border:
        b.frame(Rect(at.x, at.y, at.w, h))
    b.slots.append(Slot(item, rect, at.row, at.column))
    return rect.bottom - at.y


def _static_text(b: Builder, item: Item, at: At, words: str) -> Hmm:
    """Print an instruction, wrapped; its height is what it needs or what it is given, if that is enough."""
    pad = 100 if item.border else 0
    lines = wrap(words, item.size, at.w - 2 * pad, bold=item.bold)
    step = leading(item.size)
    need = len(lines) * step + 2 * pad
    h = item.h if item.h is not None else need
    if need > h + 20:
        raise PlanError(
            "E403",
            place=f"text “{words[:40]}…”",
            fault=f"needs {need / 100:.1f} mm and has {h / 100:.1f} mm.",
            cure="Give it more room or fewer words.",
        )
    x = {"left": at.x + pad, "center": at.x + at.w // 2, "right": at.x + at.w - pad}[item.align]
    for i, line in enumerate(lines):
        b.text(x, at.y + pad + i * step, line, item.size, bold=item.bold, align=item.align)
    if item.border:
        b.frame(Rect(at.x, at.y, at.w, h))
    return h
