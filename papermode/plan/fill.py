"""Puts a patient's words into the slots of a page. Text is wrapped or continued, never cut or shrunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from papermode.geometry import Hmm, Rect
from papermode.model.form import Item
from papermode.model.layout import Line, Text
from papermode.model.packet import Bars, Chart, Code
from papermode.plan.builder import Slot, baseline, leading
from papermode.plan.charts import draw_chart
from papermode.plan.words import word
from papermode.symbols.code128 import code128
from papermode.typeset.templates import render
from papermode.typeset.wrap import text_width, wrap

BULLET: Final = "• "
PAD: Final = 80


@dataclass(slots=True)
class Fills:
    """What is particular to one page, collected while it is filled."""

    language: str
    texts: list[Text] = field(default_factory=list)
    rules: list[Line] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    bars: list[Bars] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    overflow: list[tuple[str, list[str]]] = field(default_factory=list)
    """(title, entries) that did not fit and go to a continuation page, whole."""

    def line(
        self,
        x: Hmm,
        top: Hmm,
        text: str,
        size: int = 1000,
        *,
        bold: bool = False,
        align: Any = "left",
        zero: bool = False,
    ) -> None:
        """Place one line of text whose line box starts at ``top``."""
        if text:
            self.texts.append(Text(x, baseline(top, size), text, size, bold, align, 0, zero))

    def block(self, rect: Rect, lines: Sequence[str], item: Item) -> None:
        """Place wrapped lines in a rectangle from its top."""
        step = leading(item.size)
        x = {"left": rect.x, "center": rect.x + rect.w // 2, "right": rect.right}[item.align]
        for i, line in enumerate(lines):
            self.line(x, rect.y + i * step, line, item.size, bold=item.bold, align=item.align)


def fill_slot(f: Fills, slot: Slot, context: Mapping[str, Any]) -> None:
    """Fill one slot of a flow."""
    item = slot.item
    if item.kind == "list":
        _list(f, slot, context)
    elif item.kind == "chart":
        draw_chart(f.texts, f.charts, slot.rect, context.get("chart", ()))
    elif item.kind == "code128":
        _bars(f, slot, context)
    elif item.kind == "qr":
        _code(f, slot, context)
    else:
        _value(f, slot, context)


def _value(f: Fills, slot: Slot, context: Mapping[str, Any]) -> None:
    """A value: label and text run on in one paragraph; too long, it goes to the continuation page whole."""
    item, rect = slot.item, slot.rect
    text = render(item.text.get(f.language), context)
    label = item.label.get(f.language)
    pad = PAD if item.border else 0
    inner = Rect(rect.x + pad, rect.y + pad // 2, rect.w - 2 * pad, rect.h - pad)
    whole = f"{label}: {text}" if label else text
    lines = wrap(whole, item.size, inner.w, bold=item.bold)
    room = max(1, (inner.h + 40) // leading(item.size))
    if len(lines) > room:
        f.overflow.append((label or slot.title, [text]))
        lines = (f"{label}: {word(f.language, 'too_long')}" if label else word(f.language, "too_long"),)
    f.block(inner, lines, item)


def _list(f: Fills, slot: Slot, context: Mapping[str, Any]) -> None:
    """A list: its state if it is not complete, its entries whole, the rest on a continuation page."""
    item, rect = slot.item, slot.rect
    entries: Sequence[Mapping[str, Any]] = context.get(item.each) or ()
    template = item.text.get(f.language)
    texts = _rendered(template, entries, context) if template else [str(e["text"]) for e in entries]
    pad = PAD if item.border else 0
    inner = Rect(rect.x + pad, rect.y + pad // 2, rect.w - 2 * pad, rect.h - pad)
    step = leading(item.size)
    room = max(1, (inner.h + 40) // step)
    state = context["state"].get(item.each, "")
    lines = list(wrap(state, item.size, inner.w, bold=True)) if state else []
    bold_lines = len(lines)
    if not texts and not state:
        lines += wrap(context["empty"].get(item.each, ""), item.size, inner.w, bold=item.bold)
    title = item.label.get(f.language) or slot.title or item.each
    if bold_lines + bool(texts) > room:
        f.overflow.append((title, [state]))
        short = wrap(state.partition(": ")[0], item.size, inner.w, bold=True)
        lines = list(short) if len(short) + bool(texts) <= room else [word(f.language, "too_long")]
        bold_lines = len(lines)
    blocks = [_entry(t, item, inner.w) for t in texts]
    taken = _how_many(blocks, room - len(lines))
    for block in blocks[:taken]:
        lines += block
    f.block(inner, lines[:bold_lines], Item("value", size=item.size, bold=True))
    f.block(Rect(inner.x, inner.y + bold_lines * step, inner.w, inner.h), lines[bold_lines:], item)
    if taken < len(blocks):
        more = word(f.language, "more", n=len(blocks) - taken)
        if not fits_one_line(more, item.size, inner.w, bold=True):
            more = word(f.language, "more_short", n=len(blocks) - taken)
        f.line(inner.x, inner.y + len(lines) * step, more, item.size, bold=True)
        f.overflow.append((title, texts[taken:]))


def _rendered(template: str, entries: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> list[str]:
    scope = dict(context)
    texts = []
    for entry in entries:
        scope["it"] = entry
        texts.append(render(template, scope))
    return texts


def _entry(text: str, item: Item, width: Hmm) -> tuple[str, ...]:
    return wrap(BULLET + text if item.bullet else text, item.size, width, bold=item.bold)


def _how_many(blocks: Sequence[Sequence[str]], room: int) -> int:
    """Return how many whole entries fit, keeping a line for 'n more' when not all do."""
    if sum(len(b) for b in blocks) <= room:
        return len(blocks)
    used = 0
    for n, block in enumerate(blocks):
        used += len(block)
        if used > room - 1:
            return n
    return len(blocks)


def _code(f: Fills, slot: Slot, context: Mapping[str, Any]) -> None:
    """A QR symbol as wide as it is high, for a text in the alphabet of a claim."""
    text = render(slot.item.text.get(f.language), context)
    side = min(slot.rect.w, slot.rect.h)
    if text:
        f.codes.append(Code(Rect(slot.rect.x, slot.rect.y, side, side), text))


def _bars(f: Fills, slot: Slot, context: Mapping[str, Any]) -> None:
    """A Code 128 with its text beside it; what Code 128 cannot hold is printed as text only."""
    item, rect = slot.item, slot.rect
    text = render(item.text.get(f.language), context)
    if not text:
        return
    try:
        widths = code128(text)
    except ValueError:
        widths = ()
    module = 33
    if widths and sum(widths) * module <= rect.w:
        f.bars.append(Bars(Rect(rect.x, rect.y, sum(widths) * module, rect.h - leading(item.size)), widths))
    f.line(rect.x, rect.bottom - leading(item.size), text, item.size, zero=True)


def continuation_lines(overflow: Sequence[tuple[str, list[str]]], width: Hmm) -> list[tuple[str, bool]]:
    """Return the (line, bold) pairs of the continuation pages: each list under its title, entries whole."""
    out: list[tuple[str, bool]] = []
    for title, entries in overflow:
        if out:
            out.append(("", False))
        out += [(line, True) for line in wrap(title, 1000, width, bold=True)]
        for entry in entries:
            out += [(line, False) for line in wrap(BULLET + entry, 1000, width)]
    return out


def fits_one_line(text: str, size: int, width: Hmm, *, bold: bool) -> bool:
    """Tell whether a text fits on one line."""
    return text_width(text, size, bold=bold) <= width
