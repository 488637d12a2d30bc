"""Problems, devices, pending orders and notes."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Final

from papermode.intake.decode import reference_key
from papermode.intake.gather import Gathered
from papermode.intake.people import People
from papermode.intake.resources import Condition, seq
from papermode.intake.resources_more import (
    Device,
    DeviceUseStatement,
    DiagnosticReport,
    DocumentReference,
    Procedure,
    ServiceRequest,
)
from papermode.intake.text import UnusableError, clean, line
from papermode.intake.times import instant, when
from papermode.intake.words import codes, everything, first_code, notes, reference_words, say, say_all
from papermode.model import snapshot
from papermode.model.snapshot import Note, Order, Problem

_CURRENT_PROBLEM: Final = frozenset({"active", "recurrence", "relapse"})
_VOID: Final = frozenset({"refuted", "entered-in-error"})
_ACTIVE: Final = frozenset({"active", "on-hold"})
_ORDER_INTENTS: Final = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order", None})
_PENDING: Final = frozenset({"registered", "partial", "preliminary"})
_LINE: Final = re.compile(
    r"\b(?:catheter|cannula|drain|line|tube|tracheostomy|picc|port|stoma|pacing wire|intubation"
    r"|urostomy|colostomy|ileostomy)s?\b"
)
_LINE_PLACED: Final = re.compile(
    r"\binsert|\bplac|\bcannulation\b|\bcatheteri[sz]ation\b|\bintubation\b|\btracheostomy\b"
)
_LINE_REMOVED: Final = re.compile(r"\bremov|\bextubat|\bwithdraw")
_TEXT_TYPE: Final = re.compile(r"text/plain\b", re.IGNORECASE)
NOT_IN_EXPORT: Final = "text not in the export"


def problem(source: Condition) -> Problem | None:
    """Return a current problem; None for one that is over, refuted or entered in error.

    Raises:
        UnusableError: if it does not say what.
    """
    status = codes(source.clinical_status)
    if codes(source.verification_status) & _VOID or (status and not status & _CURRENT_PROBLEM):
        return None
    text = say(source.code)
    if not text:
        raise UnusableError("a problem without a name")
    onset = when(source.onset_date_time) if source.onset_date_time else None
    verification = ", ".join(sorted(codes(source.verification_status) - {"confirmed"}))
    shown = ", ".join(filter(None, (*sorted(status), verification)))
    return Problem(source.id or "", text, first_code(source.code), line(shown), onset)


def used_device(source: DeviceUseStatement, gathered: Gathered, as_of: datetime) -> snapshot.Device | None:
    """Return a device in use; None for one that is no longer in use.

    Raises:
        UnusableError: if it does not say which device.
    """
    period = source.timing_period
    end = instant(period.end) if period else None
    if source.status not in ("active", "on-hold") or (end is not None and end <= as_of):
        return None
    kept = gathered.of(Device).get(reference_key(source.device, "Device"))
    text = reference_words(source.device)
    if not text and kept is not None and isinstance(kept.resource, Device):
        text = _device_name(kept.resource)
    if not text:
        raise UnusableError("it does not say which device")
    more = notes(source.note)
    since = (period.start if period else None) or source.timing_date_time or source.recorded_on
    return snapshot.Device(
        source.id or "", "; ".join((text, *more)), say(source.body_site), when(since), line(source.status)
    )


def device(source: Device) -> snapshot.Device | None:
    """Return a device that belongs to a patient; None for one that is not active.

    Raises:
        UnusableError: if it has no name.
    """
    if source.status not in (None, "active"):
        return None
    text = _device_name(source)
    if not text:
        raise UnusableError("a device without a name")
    return snapshot.Device(source.id or "", "; ".join((text, *notes(source.note))), status=line(source.status))


def _device_name(source: Device) -> str:
    return next((text for item in seq(source.device_name) if (text := line(item.name))), "") or say(source.type)


def placed_line(source: Procedure, since: datetime | None) -> snapshot.Device | None:
    """Return a line, drain or tube that a procedure of this stay put in; whether it is still in is not in the data."""
    if source.status not in ("completed", "in-progress"):
        return None
    words = everything(source.code)
    if not (_LINE.search(words) and _LINE_PLACED.search(words)) or _LINE_REMOVED.search(words):
        return None
    period = source.performed_period
    moment = when(source.performed_date_time or (period.start if period else None))
    if since is not None and moment is not None and moment.at is not None and moment.at < since:
        return None
    return snapshot.Device(
        source.id or "", say(source.code), say_all(source.body_site), moment, "put in; removal not in the data"
    )


def order(source: ServiceRequest) -> Order | None:
    """Return a pending order; None for one that is done or is no order.

    Raises:
        UnusableError: if it does not say what is ordered.
    """
    if source.status not in _ACTIVE or source.intent not in _ORDER_INTENTS:
        return None
    text = say(source.code)
    if not text:
        raise UnusableError("an order that does not say what is ordered")
    if source.do_not_perform:
        text = f"DO NOT PERFORM: {text}"
    period = source.occurrence_period
    moment = source.occurrence_date_time or (period.start if period else None) or source.authored_on
    more = [text, *notes(source.note), clean(source.patient_instruction)]
    return Order(
        source.id or "",
        "; ".join(part for part in more if part),
        say_all(source.category),
        line(source.status),
        line(source.priority),
        when(moment),
    )


def report(source: DiagnosticReport) -> Order | None:
    """Return a result that is still awaited; None for one that is final.

    Raises:
        UnusableError: if it has no name.
    """
    if source.status not in _PENDING:
        return None
    text = say(source.code)
    if not text:
        raise UnusableError("a report without a name")
    moment = when(source.effective_date_time or source.issued)
    return Order(source.id or "", text, say_all(source.category), f"result {line(source.status)}", "", moment)


def note(source: DocumentReference, people: People, since: datetime | None, limit: int) -> Note | None:
    """Return a clinical note of this stay, whole; None for one that is void or older than the stay.

    Only ``text/plain`` that is in the record itself is taken; of other documents the title is kept.

    Raises:
        UnusableError: if its text is damaged or longer than the limit.
    """
    if source.status not in (None, "current") or source.doc_status == "entered-in-error":
        return None
    moment = when(source.date)
    if since is not None and moment is not None and moment.at is not None and moment.at < since:
        return None
    texts: list[str] = []
    title = say(source.type)
    for content in seq(source.content):
        attachment = content.attachment
        if attachment is None:
            continue
        title = title or line(attachment.title)
        if attachment.data and _TEXT_TYPE.match(attachment.content_type or ""):
            texts.append(_plain_text(attachment.data, limit))
    authors = [name for reference in seq(source.author) if (name := people.name_of(reference))]
    return Note(
        id=source.id or "",
        title=title or line(source.description) or "note",
        text="\n\n".join(text for text in texts if text) or NOT_IN_EXPORT,
        by=", ".join(authors),
        at=moment,
    )


def _plain_text(data: str, limit: int) -> str:
    if len(data) > 6 * limit:
        raise UnusableError(f"a note is longer than the limit of {limit:,} characters")
    try:
        return clean(base64.b64decode("".join(data.split()), validate=True).decode("utf-8"), limit)
    except (binascii.Error, ValueError) as error:
        if isinstance(error, UnusableError):
            raise
        raise UnusableError("the text of a note is damaged") from None
