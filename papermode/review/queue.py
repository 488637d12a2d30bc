"""The queue: which sheets wait, for whom, in what order and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from papermode.review.desk import Event, Head, Printed
from papermode.review.events import Binding, Phase, State, binding_of, links_of, phase, same_user, state_of

Lane = Literal["clerk", "nurse", "pharmacy", "rescan", "records"]
LANES: Final[tuple[Lane, ...]] = get_args(Lane)
_LANE_OF: Final[dict[str, Lane]] = {"needs-nurse": "nurse", "pharmacy": "pharmacy", "rescan": "rescan"}

RESCAN: Final = "Set aside to be scanned again: find the sheet in its heap, and scan it"

_BY_PHASE: Final[dict[Phase, tuple[int, str]]] = {
    "question": (0, "Page and data may mean two different people"),
    "bind": (1, "Nobody knows yet whose page this is"),
    "witness": (2, "A second person has to confirm whose page this is"),
    "second": (3, "A second person has to check what is entered"),
    "link": (4, "The real patient of this reserved number has to be named"),
    "witness-link": (2, "A second person has to confirm who is meant by this reserved number"),
    "held": (0, "Not the same person: the medical records department decides"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One sheet in the queue."""

    head: Head
    state: State
    phase: Phase
    lanes: tuple[Lane, ...]
    rank: int
    why: tuple[str, ...]
    """In English; the first is the main one."""
    doubts: int
    binding: Binding | None
    mine: bool = True
    """Whether the person who looks can do it: nobody is their own second person."""

    @property
    def mrn(self) -> str:
        """Whose page it is, as far as is known."""
        if self.binding is not None:
            return self.binding.person.subject.mrn
        printed = self.head.printed
        return printed.subject.mrn if printed is not None and printed.subject is not None else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work has come."""

    pages_done: int
    pages_waiting: int
    patients_done: int
    patients_waiting: int
    oldest: datetime | None
    """When the oldest sheet that waits was scanned."""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything there is, sorted."""

    entries: tuple[Entry, ...]
    """Every sheet, what needs a person first at the top; those that are done come last."""
    progress: Progress

    def lane(self, lane: Lane) -> list[Entry]:
        """Return what waits for somebody, first things first."""
        return [e for e in self.entries if lane in e.lanes]

    def find(self, sheet: str) -> Entry:
        """Return a sheet; :class:`KeyError` if there is none."""
        for e in self.entries:
            if e.head.id == sheet:
                return e
        raise KeyError(sheet)

    def of_patient(self, mrn: str) -> list[Entry]:
        """Return all sheets of a patient, in the order of print."""
        found = [e for e in self.entries if mrn and e.mrn == mrn]
        return sorted(found, key=lambda e: (_printed_key(e.head.printed), e.head.received, e.head.id))


class States:
    """Where the sheets stand, worked out again only for those with new events."""

    def __init__(self) -> None:
        self._known: dict[str, State] = {}

    def of(self, sheet: str, events: Sequence[Event]) -> State:
        """Return where a sheet stands. Events are only ever added, so their number tells."""
        found = self._known.get(sheet)
        if found is None or found.count != len(events):
            found = self._known[sheet] = state_of(events)
        return found


def board(heads: Iterable[Head], events: Sequence[Event], user: str, states: States | None = None) -> Board:
    """Return the queue as one person sees it.

    Args:
        heads: Every sheet.
        events: Every event.
        user: The person.
        states: What is known from before; it is brought up to date.
    """
    states = states or States()
    by_sheet: dict[str, list[Event]] = {}
    for event in events:
        by_sheet.setdefault(event.sheet, []).append(event)
    links = links_of(events)
    found = [entry_of(head, states.of(head.id, by_sheet.get(head.id, ())), links, user) for head in heads]
    found.sort(key=_order)
    return Board(tuple(found), _progress(found))


def entry_of(head: Head, state: State, links: Mapping[str, Binding], user: str) -> Entry:
    """Return one sheet's place in the queue."""
    now = phase(head, state, links)
    binding = binding_of(head, state, links)
    doubts = max(head.doubts - len(state.settled), 0)
    lanes = _lanes(head, now, state)
    rank, why = _rank(head, state, now, doubts)
    entry = Entry(head, state, now, lanes, rank, why, doubts, binding)
    return replace(entry, mine=_may(entry, user))


def _lanes(head: Head, now: Phase, state: State) -> tuple[Lane, ...]:
    if now == "aside":
        return ("rescan",) if head.to_rescan else ()
    if now == "held":
        return ("records",)
    waits = tuple(dict.fromkeys(_LANE_OF[w] for w in sorted(state.waits_for)))
    if now == "done":
        return waits
    return waits if state.outcome in _LANE_OF else ("clerk", *waits)


def _rank(head: Head, state: State, now: Phase, doubts: int) -> tuple[int, tuple[str, ...]]:
    """Return the rank, 0 first, and the reasons."""
    if now == "aside" and head.to_rescan:
        return 70, (RESCAN, *head.why)
    if now in ("done", "aside"):
        return 99, ()
    if now in _BY_PHASE:
        rank, why = _BY_PHASE[now]
        if head.match == "label" and now == "question":
            return rank, head.why
        if now == "bind" and head.status == "blank":
            return 60, ("An empty sheet", *head.why)
        if now == "bind" and head.alarm:
            return 0, ("This reserved number came back on two sheets: two people may have it", *head.why)
        return rank, (why, *head.why)
    if state.note:
        return 3, (state.note,)
    if head.state == "duplicate":
        return 8, ("This printed page has come before", *head.why)
    if head.why:
        return 10 + head.risk, head.why
    if doubts:
        return 20 + head.risk, ("Fields that the reader is not sure of",)
    return 40 + head.risk if head.written else 50, ("All sure: to be confirmed as a whole",)


def _may(entry: Entry, user: str) -> bool:
    binding, state = entry.binding, entry.state
    if entry.phase in ("witness", "witness-link") and binding is not None:
        return not same_user(binding.by, user)
    if entry.phase == "second":
        return not second_barred(state, user)
    return True


def second_barred(state: State, user: str) -> bool:
    """Tell whether a person has had a hand in what the second person is to check."""
    hands = {state.confirmed_by, *(s.by for s in state.settled.values())}
    return any(same_user(h, user) for h in hands)


def _order(e: Entry) -> tuple[object, ...]:
    """Pages of one patient stay together within a rank."""
    return e.rank, _printed_key(e.head.printed), e.head.received, e.head.id


def _printed_key(printed: Printed | None) -> tuple[str, int]:
    return printed.place if printed is not None else ("~", 0)


def _progress(entries: Sequence[Entry]) -> Progress:
    done = [e for e in entries if not e.lanes]
    waiting = [e for e in entries if e.lanes]
    still = {e.mrn for e in waiting if e.mrn}
    return Progress(
        len(done),
        len(waiting),
        len({e.mrn for e in done if e.mrn} - still),
        len(still),
        min((e.head.received for e in waiting), default=None),
    )


def next_for(board_: Board, lane: Lane, user: str, after: str = "") -> Entry | None:
    """Return what a person works on next: the first of the lane that is free and that they may do."""
    for e in board_.lane(lane):
        free = not e.head.locked_by or same_user(e.head.locked_by, user)
        if e.head.id != after and e.mine and free:
            return e
    return None
