"""A page that people have finished: fields and decisions become answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from papermode import __version__
from papermode.model.answers import Answer, Origin, Outcome, ReviewedPage
from papermode.model.packet import Subject
from papermode.review.desk import Field, Key, Printed, Sheet, TimeDoubt, Value
from papermode.review.events import Binding, Settled, State
from papermode.review.values import doubtful

Entry = tuple[str, int | None, int | None]


def open_fields(sheet: Sheet, state: State) -> list[Field]:
    """Return the fields that a person still has to settle."""
    if state.outcome == "image-only":
        return []
    return [f for f in sheet.fields if doubtful(f) and f.key not in state.settled]


def outcome_of(field: Field, state: State) -> Outcome:
    """Return what becomes of a field as things stand."""
    if state.outcome == "image-only":
        return "image-only"
    found = state.settled.get(field.key)
    if found is not None:
        return found.outcome
    if field.state == "unsure":
        # Handwriting that the policy keeps as a picture, or a field of a page that waits as a whole.
        return (state.outcome or "image-only") if field.enter else "image-only"
    return "entered" if field.enter else "image-only"


def wants_second(sheet: Sheet, state: State) -> bool:
    """Tell whether the policy asks for a second person on what is entered of a page."""
    return any(f.second and outcome_of(f, state) == "entered" and _value(f, state) is not None for f in sheet.fields)


def second_fields(sheet: Sheet, state: State) -> list[Field]:
    """Return the fields that the second person looks at."""
    return [f for f in sheet.fields if f.second and outcome_of(f, state) == "entered" and _value(f, state) is not None]


def _value(field: Field, state: State) -> Value:
    found = state.settled.get(field.key)
    if found is not None:
        return found.value
    return field.read if field.state == "sure" else None


def certain(sheet: Sheet, state: State) -> dict[Key, Value]:
    """Return what stands in the fields of a sheet, as far as the reader or a person is sure."""
    return {f.key: _value(f, state) for f in sheet.fields}


def supposed(sheet: Sheet, state: State) -> dict[Key, Value]:
    """Return what stands in the fields of a sheet, with what the reader only supposes."""
    return {f.key: state.settled[f.key].value if f.key in state.settled else f.read for f in sheet.fields}


def time_doubts(sheet: Sheet, values: Mapping[Key, Value]) -> dict[Key, TimeDoubt]:
    """Return which times of a sheet are no known instants, by the first field of each.

    Args:
        sheet: The sheet.
        values: What stands in its fields.
    """
    printed = sheet.head.printed
    if printed is None:
        return {}
    clocks = ((f.key, f.clock) for f in sheet.fields if f.clock is not None and f.enter)
    found = {key: clock.doubt(values, printed.printed_at, sheet.head.received) for key, clock in clocks}
    return {key: doubt for key, doubt in found.items() if doubt is not None}


def reviewed(sheet: Sheet, state: State, binding: Binding | None) -> ReviewedPage:
    """Return the finished page.

    Args:
        sheet: The sheet, with its fields.
        state: Its state; it is confirmed.
        binding: Whose page it is by hand, where its code does not say so.
    """
    if state.confirmed_at is None:
        raise ValueError("a page is filed when a person has confirmed it")
    head, printed = sheet.head, sheet.head.printed
    scan, _, index = head.id.rpartition("-")
    void = _void_entries(sheet.fields, state)
    answers = tuple(_answer(f, state, void, (scan, int(index))) for f in sheet.fields)
    subject, encounter, reference, stay = _whose(sheet, printed, binding)
    return ReviewedPage(
        packet=printed.packet if printed else "",
        page=printed.page if printed else 0,
        form=printed.form if printed else "",
        version=printed.version if printed else 0,
        site=printed.site if printed else "",
        ward=printed.ward if printed else (binding.person.ward if binding else ""),
        subject=subject,
        encounter=encounter,
        patient_ref=reference,
        encounter_ref=stay,
        printed_at=printed.printed_at if printed else head.received,
        answers=answers,
        image_sha256=sheet.picture,
        confirmed_by=state.confirmed_by,
        confirmed_at=state.confirmed_at,
        software=f"papermode {__version__}",
        copy=f"{scan[:12]}-{index}" if is_copy(sheet, state) else "",
    )


def is_copy(sheet: Sheet, state: State) -> bool:
    """Tell whether a sheet is one of several that are one printed page.

    A copy master and a sheet of no packet may come back many times; and so does a page of a reserved number that two
    people have, once each sheet is bound by hand. The first that was scanned stands for the page, whichever is
    confirmed first: what was filed of each has the same ids when all is confirmed again after a loss.
    """
    head, printed = sheet.head, sheet.head.printed
    if head.reserved:
        return (head.later or bool(head.rival)) and state.binding is not None
    return head.unbound and (printed is None or printed.subject is None)


def _whose(sheet: Sheet, printed: Printed | None, binding: Binding | None) -> tuple[Subject | None, str, str, str]:
    """Return subject, encounter, and the EHR's references of patient and stay."""
    if binding is not None:
        person = binding.person
        return person.subject, person.encounter, person.reference, person.encounter_reference
    if printed is None or printed.subject is None:
        return None, "", "", ""
    known = sheet.person if sheet.person is not None and sheet.head.match in ("same", "label") else None
    if known is None:
        return printed.subject, printed.encounter, "", ""
    # The stay at the time of printing counts; a later one is another.
    same_stay = known.encounter == printed.encounter
    return printed.subject, printed.encounter, known.reference, known.encounter_reference if same_stay else ""


def _entry(field: Field) -> Entry:
    """Return the entry that a field is part of: those that one V mark strikes out."""
    return field.link_id.rpartition(".")[0], field.row, field.column


def _void_entries(fields: Iterable[Field], state: State) -> set[Entry]:
    return {_entry(f) for f in fields if _is_void(f) and _value(f, state) is not None}


def _is_void(field: Field) -> bool:
    return field.kind == "mark" and any(c.value == "void" for c in field.choices)


def _answer(field: Field, state: State, void: set[Entry], scan: tuple[str, int]) -> Answer:
    outcome = outcome_of(field, state)
    decided: Mapping[Key, Settled] = state.settled
    found = decided.get(field.key)
    value = _value(field, state) if outcome == "entered" else None
    if _entry(field) in void and not _is_void(field) and outcome == "entered":
        outcome = "void"
    by, at = (found.by, found.time) if found is not None else (state.confirmed_by, state.confirmed_at)
    return Answer(
        link_id=field.link_id,
        kind=field.kind,
        value=value,
        outcome=outcome,
        row=field.row,
        column=field.column,
        at=None,
        unit=field.unit,
        code=field.code,
        label=field.label,
        ref=field.ref,
        row_text=field.row_text,
        read=field.read,
        confidence=field.confidence,
        origin=Origin(*scan, (field.rect.x, field.rect.y, field.rect.w, field.rect.h)),
        by=by,
        confirmed_at=_later(at, state.confirmed_at),
        second=state.second_by if field.second else "",
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """A field settled on Monday counts from when its page was confirmed on Tuesday."""
    return max((t for t in (one, other) if t is not None), default=None)
