"""What a person can do with a sheet. Every step is checked against where the sheet stands, and recorded first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from papermode.model.answers import Outcome
from papermode.review import events as ev
from papermode.review.desk import (
    Aside,
    Desk,
    DeskError,
    Event,
    Field,
    Head,
    Key,
    MovedError,
    Person,
    Place,
    Printed,
    Sheet,
    TimeDoubt,
    Value,
)
from papermode.review.events import Binding, Phase, State
from papermode.review.finish import certain, is_copy, open_fields, reviewed, supposed, time_doubts, wants_second
from papermode.review.queue import Entry, entry_of, second_barred
from papermode.review.values import ValueFaultError, doubtful, plausible, typed

EMPTY: Final = "Nothing? Enter once more says that the field was left empty on paper."
RANGE: Final = "Not within {low} to {high}. Enter once more keeps it as it stands on paper."
WRITTEN: Final = "There is writing on this page, and nothing of it will be filed. The same key once more sets it aside."
DIFFERS: Final = (
    "This printed page came twice with different writing, and nothing of this sheet will be filed."
    " The same key once more sets it aside."
)
IN_PLACE: Final = (
    "Another scan of this page is confirmed already. Enter once more puts this one in its place: what stands here is"
    " filed instead."
)
AGAIN: Final = (
    "Another sheet with the same writing came as well. If it is this sheet, scanned twice, one of the two has to be set"
    " aside. Enter once more files this one."
)
_PAGE_OUTCOMES: Final[tuple[Outcome, ...]] = ("image-only", "needs-nurse", "pharmacy")
_ASIDES: Final[tuple[Aside, ...]] = get_args(Aside)


class SureError(DeskError):
    """What was asked is unusual: it is done when it is asked for a second time."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet as one person works on it."""

    entry: Entry
    sheet: Sheet
    events: Sequence[Event]
    links: Mapping[str, Binding]

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.entry.state

    @property
    def phase(self) -> Phase:
        """What it waits for."""
        return self.entry.phase

    @property
    def binding(self) -> Binding | None:
        """Whose it is by hand."""
        return self.entry.binding


class Work:
    """The steps."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self, sheet: str, user: str, language: str) -> Opened:
        """Return a sheet; :class:`KeyError` if there is none."""
        head = self.desk.head(sheet)
        own = self.desk.events(sheet)
        state = ev.state_of(own)
        links = ev.links_of(self.desk.events()) if head.reserved else {}
        binding = ev.binding_of(head, state, links)
        place = binding.place if binding is not None and binding.witness else None
        full = self.desk.sheet(sheet, language, place)
        entry = entry_of(full.head, state, links, user)
        doubts = sum(1 for f in full.fields if doubtful(f) and f.key not in state.settled)
        return Opened(replace(entry, doubts=doubts), full, own, links)

    def _in(self, opened: Opened, *phases: Phase) -> None:
        if opened.phase not in phases:
            raise MovedError("This sheet waits for something else by now. It is shown anew.")

    def _record(self, opened: Opened, user: str, seen: int, kind: str, after: Any, before: Any = None) -> Event:
        event = Event(opened.sheet.head.id, kind, user, self.desk.now(), before, after)
        return self.desk.record(event, seen)

    # Fields

    def answer(
        self, opened: Opened, user: str, seen: int, key: Key, given: Any, outcome: Outcome, *, sure: bool
    ) -> Mapping[Key, TimeDoubt]:
        """Settle a field, and return which times of the sheet are no known instants now.

        Args:
            opened: The sheet.
            user: Who.
            seen: How many events the person knew of.
            key: The field.
            given: What was typed or marked, JSON.
            outcome: ``entered``, or who or what is to care for it instead.
            sure: The person was asked and means it.

        Raises:
            ValueFaultError: It is no answer to the field.
            SureError: It is empty or not plausible, and the person was not asked yet.
            DeskError: It cannot be done now.
        """
        self._in(opened, "fields", "done")
        field = next((f for f in opened.sheet.fields if f.key == key), None)
        if field is None or outcome not in ("entered", "image-only", "needs-nurse", "pharmacy", "rescan"):
            raise ValueFaultError("There is no such field.")
        value = typed(field, ev.value_from(given)) if outcome == "entered" else None
        if outcome == "entered" and not sure:
            self._ask(opened, field, value)
        found = opened.state.settled.get(key)
        before = {"value": field.read, "state": field.state, "confidence": field.confidence}
        if found is not None:
            before = {"value": ev.value_json(found.value), "outcome": found.outcome, "by": found.by}
        after = {"key": list(key), "value": ev.value_json(value), "outcome": outcome}
        self._record(opened, user, seen, "answer", after, before)
        return time_doubts(opened.sheet, {**supposed(opened.sheet, opened.state), key: value})

    def _ask(self, opened: Opened, field: Field, value: Value) -> None:
        """Ask about a value that is unusual: it is taken when it is given a second time.

        Raises:
            SureError: It is empty, not plausible, or makes a time that cannot be.
        """
        if value is None and field.state == "unsure":
            raise SureError(EMPTY)
        if not plausible(field, value):
            raise SureError(RANGE, low=field.minimum or "…", high=field.maximum or "…")
        before = time_doubts(opened.sheet, certain(opened.sheet, opened.state))
        after = time_doubts(opened.sheet, {**certain(opened.sheet, opened.state), field.key: value})
        for key, doubt in after.items():
            if doubt.ask and before.get(key) != doubt:
                raise SureError(doubt.text)

    def outcome(self, opened: Opened, user: str, seen: int, outcome: str, *, sure: bool = False) -> None:
        """Decide on the page as a whole; a page kept as a picture is finished with that.

        Raises:
            SureError: It would take the place of another scan, and the person was not asked yet.
        """
        self._in(opened, "fields", "done")
        if outcome not in _PAGE_OUTCOMES:
            raise ValueFaultError("There is no such decision.")
        if outcome == "image-only":
            self._replaced(opened, sure=sure)
        self._record(opened, user, seen, "outcome", {"outcome": outcome}, {"outcome": opened.state.outcome})

    def confirm(self, opened: Opened, user: str, seen: int, language: str, *, sure: bool = False) -> bool:
        """Confirm the page as a whole; tell whether it is finished, or a second person is wanted.

        Raises:
            DeskError: A field is not settled yet.
            SureError: It would take the place of another scan, and the person was not asked yet.
        """
        self._in(opened, "fields", "done")
        if opened.state.outcome in ("needs-nurse", "pharmacy"):
            self._record(opened, user, seen, "outcome", {"outcome": None}, {"outcome": opened.state.outcome})
            opened, seen = self.open(opened.sheet.head.id, user, language), seen + 1
        if open_fields(opened.sheet, opened.state):
            raise DeskError("There are fields that nobody has settled yet.")
        replaces = self._replaced(opened, sure=sure)
        second = wants_second(opened.sheet, opened.state)
        before = {"confirmed_by": opened.state.confirmed_by}
        after = {"second": second, **({"replaces": replaces} if replaces else {})}
        self._record(opened, user, seen, "confirm", after, before)
        if second:
            self.desk.unlock(opened.sheet.head.id, user)
            return False
        self._finish(opened.sheet.head.id, user, language)
        return True

    def _replaced(self, opened: Opened, *, sure: bool) -> str:
        """Return the finished scan of the same printed page whose place a sheet takes, or ''.

        Raises:
            SureError: There is one, or this sheet may have been scanned twice, and the person was not asked yet.
        """
        if opened.sheet.head.again and not sure:
            raise SureError(AGAIN)
        rival = "" if is_copy(opened.sheet, opened.state) else opened.sheet.head.rival
        if rival and not sure:
            raise SureError(IN_PLACE)
        return rival

    def second(self, opened: Opened, user: str, seen: int, language: str, *, yes: bool, note: str = "") -> None:
        """Say as a second person that what is entered is what stands on paper, or send the page back."""
        self._in(opened, "second")
        if second_barred(opened.state, user):
            raise DeskError("A second person is wanted: somebody who has not entered or confirmed this page.")
        clean = " ".join(note.split())[:200]
        if not yes and not clean:
            raise ValueFaultError("Say in a few words what is wrong.")
        self._record(opened, user, seen, "second", {"yes": yes, "note": clean})
        if yes:
            self._finish(opened.sheet.head.id, user, language)

    def _finish(self, sheet: str, user: str, language: str) -> None:
        opened = self.open(sheet, user, language)
        page = reviewed(opened.sheet, opened.state, opened.binding)
        self.desk.finish(sheet, user, page, opened.state.replaces)
        self.desk.unlock(sheet, user)

    # Whose page it is

    def bind(self, opened: Opened, user: str, seen: int, mrn: str, place: Place | None, language: str) -> None:
        """Say whose page a sheet is, and which printed page."""
        self._in(opened, "bind")
        printed = self._printed(mrn, place, language)
        after = {"person": ev.person_json(self._person(mrn, printed)), "place": list(place) if place else None}
        self._record(opened, user, seen, "bind", after, {"why": list(opened.sheet.head.why)})
        self.desk.unlock(opened.sheet.head.id, user)

    def _printed(self, mrn: str, place: Place | None, language: str) -> Printed | None:
        if place is None:
            return None
        found = next((p for p in self.desk.printed_of(mrn) if p.place == place), None)
        if found is None:
            raise DeskError("This page was not printed for this patient.")
        return found

    def _person(self, mrn: str, printed: Printed | None = None) -> Person:
        found = self.desk.person(mrn)
        if found is None and printed is not None and printed.subject is not None:
            return Person(printed.subject, printed.ward, "", printed.encounter)
        if found is None:
            raise DeskError("Nobody has this number in the data or on a printed page.")
        return found

    def witness(self, opened: Opened, user: str, seen: int, *, yes: bool) -> None:
        """Confirm or refuse as a second person whose page it is."""
        self._in(opened, "witness")
        binding = self._second_hand(opened, user)
        self._record(opened, user, seen, "witness", {"number": binding.number, "yes": yes})
        if yes and binding.place is not None:
            self.desk.identify(opened.sheet.head.id, user, binding.place)

    def link(self, opened: Opened, user: str, seen: int, mrn: str) -> None:
        """Name the real patient of a reserved number, for all its pages."""
        self._in(opened, "link")
        head = opened.sheet.head
        after = {"reserved": head.reserved, "person": ev.person_json(self._person(mrn))}
        self._record(opened, user, seen, "link", after)
        self.desk.unlock(head.id, user)

    def witness_link(self, opened: Opened, user: str, seen: int, *, yes: bool) -> None:
        """Confirm or refuse as a second person who is meant by a reserved number."""
        self._in(opened, "witness-link")
        link = self._second_hand(opened, user)
        after = {"number": link.number, "sheet": link.sheet, "reserved": opened.sheet.head.reserved, "yes": yes}
        self._record(opened, user, seen, "witness-link", after)

    def _second_hand(self, opened: Opened, user: str) -> Binding:
        binding = opened.binding
        if binding is None:
            raise MovedError("This sheet waits for something else by now. It is shown anew.")
        if ev.same_user(binding.by, user):
            raise DeskError("A second person is wanted: you said it yourself.")
        return binding

    def same(self, opened: Opened, user: str, seen: int, *, same: bool) -> None:
        """Answer the question whether page and data mean one person."""
        self._in(opened, "question", "held")
        self._record(opened, user, seen, "same", {"same": same}, {"same": opened.state.same})

    # Out of the queue, and back

    def aside(self, opened: Opened, user: str, seen: int, outcome: str, *, sure: bool = False) -> None:
        """Take a sheet out of the queue.

        Raises:
            SureError: What is written on it would be lost to the record, and the person was not asked yet.
        """
        head = opened.sheet.head
        came = head.to_rescan and outcome != "rescan"  # what was to be scanned again has come, or is none of ours
        if outcome not in _ASIDES or (opened.phase == "aside" and not came):
            raise ValueFaultError("There is no such decision.")
        if not sure and self._loses(head, outcome):
            raise SureError(DIFFERS if head.differs else WRITTEN)
        self._record(opened, user, seen, "aside", {"outcome": outcome}, {"phase": opened.phase})
        self.desk.set_aside(head.id, user, next(a for a in _ASIDES if a == outcome))
        self.desk.unlock(head.id, user)

    def _loses(self, head: Head, outcome: str) -> bool:
        """Tell whether writing on a known page would go nowhere: no rescan brings it, and no other image has it."""
        if not head.written or head.printed is None or outcome == "rescan":
            return False
        place = head.printed.place
        others = (h for h in self.desk.heads() if h.id != head.id and h.state != "aside" and h.printed is not None)
        twin = any(h.printed.place == place for h in others if h.printed is not None)
        return not (outcome in ("duplicate", "replaced") and twin and not head.differs)

    def undo(self, opened: Opened, user: str, seen: int) -> Event:
        """Take back the last thing that a person did with a sheet.

        Raises:
            DeskError: There is nothing, or it is filed.
        """
        last = ev.undoable(opened.events, user)
        if last is None:
            raise DeskError("There is nothing of yours to undo on this sheet.")
        head = opened.sheet.head
        if head.state in ("sending", "filed") and last.kind in ("confirm", "second", "aside"):
            raise DeskError("This page is filed. Correct the field and confirm the page again.")
        if head.state in ("confirmed", "aside") and last.kind in ("confirm", "second", "aside"):
            self.desk.reopen(head.id, user)
        if last.kind in ("link", "witness-link"):
            self._unlink(last.after["reserved"], user)
        return self._record(
            opened, user, seen, "undo", {"number": last.number}, {"kind": last.kind, "after": last.after}
        )

    def _unlink(self, reserved: str, user: str) -> None:
        """Take back every page that was confirmed for whom a reserved number no longer stands for.

        Those that are filed already ask to be confirmed again once the number has another patient.

        Raises:
            DeskError: Somebody works on one of them.
        """
        linked = [h for h in self.desk.heads() if h.reserved == reserved and h.state in ("confirmed", "open")]
        for head in linked:
            own = self.desk.events(head.id)
            if ev.state_of(own).confirmed_by:
                event = Event(head.id, "unlinked", user, self.desk.now(), None, {"reserved": reserved})
                self.desk.record(event, len(own))
                if head.state == "confirmed":
                    self.desk.reopen(head.id, user)


def last_of(events: Sequence[Event], user: str) -> str | None:
    """Return the sheet that a person did something with last that they can undo, or ``None``."""
    sheets = list(dict.fromkeys(e.sheet for e in reversed(events) if ev.same_user(e.user, user)))
    for sheet in sheets[:50]:
        if ev.undoable([e for e in events if e.sheet == sheet], user) is not None:
            return sheet
    return None
