"""What the templates show: fields grouped as they stand on paper, each with its picture and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from papermode.geometry import Rect
from papermode.review.desk import Field, Printed, Sheet, TimeDoubt
from papermode.review.events import Settled, State
from papermode.review.finish import outcome_of, supposed, time_doubts
from papermode.review.values import doubtful, plausible, shown

Say = Callable[..., str]
_AROUND: Final = (400, 300)
"""Paper shown around a box, 0.01 mm across and down."""
_WIDEST: Final = 9000
"""A line of writing wider than this is shown smaller."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field."""

    field: Field
    number: int
    doubt: bool
    """A person has to settle it, and nobody has."""
    settled: Settled | None
    label: str
    value: str
    """What stands now, as people read it."""
    typed: str
    """What stands now, as it is typed."""
    chosen: tuple[str, ...]
    crop: str
    """``viewBox`` of its picture, on the page in 0.01 mm."""
    wide: bool
    about: str
    """What was read, how sure, and what is plausible."""
    outcome: str
    key: list[object]
    time: str
    """What is not clear about the time that begins in it."""


@dataclass(frozen=True, slots=True)
class RowView:
    """Like fields, side by side."""

    label: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """The rows of one printed row (a drug), or of what has no rows."""

    text: str
    rows: tuple[RowView, ...]


def fields_of(sheet: Sheet, state: State, say: Say) -> list[FieldView]:
    """Return the views of a page's fields, in the order of the page."""
    doubts = time_doubts(sheet, supposed(sheet, state))
    return [_view(f, n, state, say, doubts.get(f.key)) for n, f in enumerate(sheet.fields, 1)]


def _view(f: Field, number: int, state: State, say: Say, time: TimeDoubt | None) -> FieldView:
    settled = state.settled.get(f.key)
    outcome = outcome_of(f, state)
    value = settled.value if settled is not None else f.read
    texts = () if value is None else (value,) if isinstance(value, str) else value
    box = Rect(f.rect.x - _AROUND[0], f.rect.y - _AROUND[1], f.rect.w + 2 * _AROUND[0], f.rect.h + 2 * _AROUND[1])
    return FieldView(
        field=f,
        number=number,
        doubt=doubtful(f) and settled is None and state.outcome != "image-only",
        settled=settled,
        label=label_of(f, say),
        value=shown(f, value),
        typed=shown(f, value) if f.kind != "mark" else "",
        # Two marks where one is wanted: the person chooses, and nothing is chosen for them.
        chosen=texts if f.kind == "mark" and (f.multiple or len(texts) < 2) else (),
        crop=f"{box.x} {box.y} {box.w} {box.h}",
        wide=f.rect.w > _WIDEST,
        about=about(f, say),
        outcome=_outcome_shown(f, settled, outcome),
        key=[f.link_id, f.row, f.column],
        time=say(time.text) if time is not None else "",
    )


def _outcome_shown(f: Field, settled: Settled | None, outcome: str) -> str:
    """Return what became of a field, where that needs saying: not of one that was read and is entered."""
    if settled is None and (f.state == "empty" or f.enter):
        return ""
    return "" if outcome == "entered" else outcome


def label_of(f: Field, say: Say) -> str:
    """Return what a field is called, with its column."""
    if f.column is None:
        return f.label or f.link_id
    place = f.column_text or say("column {n}", n=str(f.column))
    return f"{f.label or f.link_id}, {place}"


def about(f: Field, say: Say) -> str:
    """Return what was read, how sure the reader is, and what is plausible."""
    parts = []
    if f.state == "empty":
        parts.append(say("nothing written"))
    elif f.read is None:
        parts.append(say("written, not read"))
    else:
        value, percent = shown(f, f.read), f"{round(f.confidence * 100)} %"
        if f.confidence:
            parts.append(say("read “{value}”, {percent} sure", value=value, percent=percent))
        else:
            parts.append(say("read “{value}”, in doubt", value=value))
        if not plausible(f, f.read):
            parts.append(say("not plausible"))
    if f.minimum or f.maximum:
        parts.append(say("plausible {low} to {high}", low=f.minimum or "…", high=f.maximum or "…"))
    if f.unit:
        parts.append(f.unit)
    return "; ".join(parts)


def sections(views: Iterable[FieldView], say: Say) -> list[SectionView]:
    """Group fields: by printed row, and in it like fields side by side."""
    by_row: dict[int | None, dict[str, list[FieldView]]] = {}
    for v in views:
        by_row.setdefault(v.field.row, {}).setdefault(v.field.link_id, []).append(v)
    out = []
    for rows in by_row.values():
        first = next(iter(rows.values()))[0].field
        text = first.row_text or (say("row {n}", n=str(first.row)) if first.row is not None else "")
        kept = tuple(RowView(same[0].field.label or same[0].field.link_id, tuple(same)) for same in rows.values())
        out.append(SectionView(text, kept))
    return out


def when(at: datetime, zone: str, language: str) -> str:
    """Return a time as people of the site read it."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%d/%m/%Y %H:%M}" if language == "fr" else f"{local:%Y-%m-%d %H:%M}"


def title_of(printed: Printed | None, say: Say) -> str:
    """Return what a page is called."""
    if printed is None:
        return say("Unknown page")
    part = say("page {x} of {y}", x=str(printed.set_x), y=str(printed.set_y))
    return f"{printed.title or printed.form}, {part}"
