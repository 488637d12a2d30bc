"""Where a sheet stands, from what people did with it.

Nothing is ever changed or taken away: an undo is one more event, which names the event that no longer counts. The
kinds, with their ``after``::

    answer         {"key": [link_id, row, column], "value": …, "outcome": …}    one field
    outcome        {"outcome": …}                                               the whole page
    bind           {"person": …, "place": [packet, page] | null}                whose page it is, by hand
    witness        {"number": n, "yes": bool}                                   a second person on that
    link           {"reserved": …, "person": …}                                 a reserved number's real patient
    witness-link   {"number": n, "sheet": …, "reserved": …, "yes": bool}        a second person on that
    same           {"same": bool}                                               page and snapshot mean one person
    confirm        {"second": bool, "replaces": sheet | absent}                 the page, as a whole
    second         {"yes": bool, "note": …}                                     a second person on the page
    aside          {"outcome": …}                                               out of the queue
    unlinked       {"reserved": …}                                              its reserved number's patient is open
    undo           {"number": n}
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from papermode.model.answers import Outcome
from papermode.model.packet import Subject
from papermode.review.desk import Event, Head, Key, Person, Place, SheetState, Value

Phase = Literal[
    "bind", "witness", "link", "witness-link", "question", "held", "fields", "second", "done", "aside"
]  # fmt: skip
"""What a sheet waits for: to be bound by hand, a second person on that, the real patient of its reserved number, a
second person on that, whether two records mean one person, the medical records department, its fields, a second
person on them; or nothing any more."""
WAITING: Final = ("needs-nurse", "pharmacy", "rescan")
OUTCOMES: Final = frozenset(get_args(Outcome))
HANDED_OVER: Final[tuple[SheetState, ...]] = ("confirmed", "sending", "filed")
"""States of a sheet that was finished. It may be asked about again all the same: :func:`phase` alone decides that."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a person decided on a field."""

    value: Value
    outcome: Outcome
    by: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """Whose page a sheet is, or who is meant by a reserved number, as a person says."""

    person: Person
    place: Place | None
    by: str
    sheet: str
    number: int
    witness: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What the events of one sheet come to."""

    count: int = 0
    settled: Mapping[Key, Settled] = field(default_factory=dict)
    outcome: Outcome | None = None
    outcome_by: str = ""
    binding: Binding | None = None
    same: bool | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    second_wanted: bool = False
    second_by: str = ""
    replaces: str = ""
    """The finished image whose place it is to take."""
    note: str = ""
    """Why the second person sent it back."""
    note_by: str = ""

    @property
    def waits_for(self) -> frozenset[str]:
        """Whom the page or some of its fields wait for."""
        found = {s.outcome for s in self.settled.values()} | ({self.outcome} if self.outcome else set())
        return frozenset(o for o in found if o in WAITING)


def same_user(one: str, other: str) -> bool:
    """Tell whether two names are one person's."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def live(events: Iterable[Event]) -> list[Event]:
    """Return the events of one sheet that count, without those undone and without the undos."""
    kept = list(events)
    undone = {e.after["number"] for e in kept if e.kind == "undo"}
    return [e for e in kept if e.kind != "undo" and e.number not in undone]


def state_of(events: Sequence[Event]) -> State:
    """Return what the events of one sheet come to."""
    state = replace(State(), count=len(events))
    for event in live(events):
        state = _applied(state, event)
    return state


def _applied(state: State, e: Event) -> State:
    after: dict[str, Any] = e.after
    match e.kind:
        case "answer":
            found = Settled(value_from(after["value"]), after["outcome"], e.user, e.time)
            settled = {**state.settled, key_from(after["key"]): found}
            return _unconfirmed(replace(state, settled=settled))
        case "outcome":
            return _unconfirmed(replace(state, outcome=after["outcome"], outcome_by=e.user))
        case "bind":
            place = tuple(after["place"]) if after["place"] else None
            return replace(state, binding=Binding(person_from(after["person"]), place, e.user, e.sheet, e.number))
        case "witness" if state.binding is not None and state.binding.number == after["number"]:
            return replace(state, binding=replace(state.binding, witness=e.user) if after["yes"] else None)
        case "same":
            return replace(state, same=after["same"])
        case "confirm":
            confirmed = replace(state, confirmed_by=e.user, confirmed_at=e.time, second_by="", note="")
            return replace(confirmed, second_wanted=after["second"], replaces=after.get("replaces", ""))
        case "unlinked":
            return _unconfirmed(state)
        case "second" if after["yes"]:
            return replace(state, second_by=e.user)
        case "second":
            return replace(_unconfirmed(state), note=after["note"], note_by=e.user)
        case _:
            return state


def _unconfirmed(state: State) -> State:
    return replace(state, confirmed_by="", confirmed_at=None, second_wanted=False, second_by="", replaces="")


def links_of(events: Iterable[Event]) -> dict[str, Binding]:
    """Return who is meant by each reserved number, from the events of all sheets."""
    kept = list(events)
    concerned = {e.sheet for e in kept if e.kind in ("link", "witness-link")}
    by_sheet: dict[str, list[Event]] = {}
    for e in kept:
        if e.sheet in concerned:
            by_sheet.setdefault(e.sheet, []).append(e)
    counted = sorted((e for own in by_sheet.values() for e in live(own)), key=lambda e: e.time)
    found: dict[str, Binding] = {}
    for e in counted:
        if e.kind == "link":
            found[e.after["reserved"]] = Binding(person_from(e.after["person"]), None, e.user, e.sheet, e.number)
        elif e.kind == "witness-link":
            link = found.get(e.after["reserved"])
            if link is not None and (link.sheet, link.number) == (e.after["sheet"], e.after["number"]):
                if e.after["yes"]:
                    found[e.after["reserved"]] = replace(link, witness=e.user)
                else:
                    del found[e.after["reserved"]]
    return found


def phase(head: Head, state: State, links: Mapping[str, Binding]) -> Phase:
    """Return what a sheet waits for."""
    if head.state == "aside":
        return "aside"
    checked = state.confirmed_by and (state.second_by or not state.second_wanted)
    if head.state in HANDED_OVER and checked and not _whose_again(head, state, links):
        return "done"
    if head.unbound or (head.reserved and head.alarm):
        if state.binding is None:
            return "bind"
        if not state.binding.witness:
            return "witness"
    elif head.reserved:
        link = links.get(head.reserved)
        if link is None:
            return "link"
        if not link.witness:
            return "witness-link"
    if head.match in ("different", "label") and not state.same:
        return "question" if state.same is None else "held"
    return "second" if state.confirmed_by and state.second_wanted and not state.second_by else "fields"


def _whose_again(head: Head, state: State, links: Mapping[str, Binding]) -> bool:
    """Tell whether a finished page of a reserved number may be somebody else's than it was confirmed for.

    Its number stands for another person by now or for nobody, or another sheet has shown since that two people have
    it. What one person alone has said of that since is not enough.
    """
    if not head.reserved or head.state == "sending":
        return False
    binding = binding_of(head, state, links)
    return binding is None or not binding.witness or binding.person.subject.mrn != head.filed_for


def binding_of(head: Head, state: State, links: Mapping[str, Binding]) -> Binding | None:
    """Return the binding by hand that counts for a sheet: its own, or that of its reserved number."""
    return state.binding or (links.get(head.reserved) if head.reserved and not head.alarm else None)


def undoable(events: Sequence[Event], user: str) -> Event | None:
    """Return the last thing that a person did with a sheet and can take back, or ``None``.

    Another person's later doing stands in the way: what it was built on is not taken away under it.
    """
    last = next((e for e in reversed(live(events)) if e.kind != "unlinked"), None)
    return last if last is not None and same_user(last.user, user) else None


def key_from(json: Sequence[Any]) -> Key:
    """Return a field's key from JSON."""
    link_id, row, column = json
    return str(link_id), row if row is None else int(row), column if column is None else int(column)


def value_from(json: Any) -> Value:
    """Return a value from JSON."""
    return tuple(str(v) for v in json) if isinstance(json, list | tuple) else None if json is None else str(json)


def value_json(value: Value) -> Any:
    """Return a value as JSON."""
    return list(value) if isinstance(value, tuple) else value


def person_json(person: Person) -> dict[str, str]:
    """Return a person as JSON."""
    s = person.subject
    return {
        "mrn": s.mrn,
        "name": s.name,
        "birth_date": s.birth_date,
        "ward": person.ward,
        "reference": person.reference,
        "encounter": person.encounter,
        "encounter_reference": person.encounter_reference,
    }


def person_from(json: Mapping[str, str]) -> Person:
    """Return a person from JSON."""
    return Person(
        Subject(json["mrn"], json["name"], json["birth_date"]),
        json["ward"],
        json["reference"],
        json["encounter"],
        json["encounter_reference"],
    )
