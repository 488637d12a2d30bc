"""Who is in a bed, and where: FHIR Encounter and Location.

The ward of a stay is found by walking from ``Encounter.location`` up ``Location.partOf`` to the location of physical
type ``wa``; the bed is the one of type ``bd``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, ParamSpec, TypeVar

from papermode.intake.decode import reference_key
from papermode.intake.gather import Fault, Gathered, Kept, unreadable
from papermode.intake.people import People
from papermode.intake.resources import Encounter, EncounterLocation, Location, Reference, seq
from papermode.intake.text import UnusableError, identifier, line
from papermode.intake.times import instant, newest, when
from papermode.intake.words import codes, say, say_all
from papermode.model.snapshot import Stay

T = TypeVar("T")
P = ParamSpec("P")

_IN_PROGRESS: Final = frozenset({"in-progress", "arrived", "onleave"})
_INPATIENT: Final = frozenset({"IMP", "ACUTE", "NONACUTE", "OBSENC", "EMER", "SS"})
_GONE: Final = frozenset({"completed", "planned", "reserved"})
_NUMBER_TYPES: Final = ("VN", "AN")
"""HL7 table 0203: visit number, account number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stay is."""

    ward: str = ""
    room: str = ""
    bed: str = ""


class Locations:
    """The hospital's locations, to look up wards and beds."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._by_id = {
            key: (kept, kept.resource)
            for key, kept in gathered.of(Location).items()
            if isinstance(kept.resource, Location)
        }
        self._told: set[str] = set()

    def place(self, stay: Encounter) -> Place:
        """Return the ward, room and bed of a stay; empty where the source does not say."""
        found: list[Place] = []
        for entry in seq(stay.location):
            ended = entry.period is not None and entry.period.end is not None
            if entry.status not in _GONE and not (ended and entry.status != "active"):
                found.append(self._walk(entry))
        with_bed = [place for place in found if place.bed]
        ward = next((place.ward for place in with_bed if place.ward), "") or next((p.ward for p in found if p.ward), "")
        return Place(
            ward=ward,
            room=next((place.room for place in found if place.room), ""),
            bed=with_bed[0].bed if with_bed else "",
        )

    def _walk(self, entry: EncounterLocation) -> Place:
        """Follow ``partOf`` from a location upwards, at most as far as the limit, and never in a circle."""
        parts = {"wa": "", "ro": "", "bd": ""}
        reference, seen = entry.location, set[str]()
        top = ""
        for _ in range(self._gathered.limits.location_levels):
            key = reference_key(reference, "Location")
            if key in seen:
                self._complain(key)
                break
            seen.add(key)
            known = self._by_id.get(key)
            if known is None:
                self._from_words(entry if not top else None, reference, parts)
                break
            location = known[1]
            kind = self._kind(location) or (self._kind_of(entry) if not top else "")
            name = _label(location, kind)
            top = top or (name if not kind else "-")
            if kind in parts and not parts[kind]:
                parts[kind] = name
            if kind == "wa" or location.part_of is None:
                break
            reference = location.part_of
        ward = parts["wa"] or ("" if top == "-" else top)
        return Place(ward=ward, room=parts["ro"], bed=parts["bd"])

    def _from_words(self, entry: EncounterLocation | None, reference: Reference | None, parts: dict[str, str]) -> None:
        """Take what a reference's display says where the location itself is not in the data."""
        words = line(reference.display) if reference else ""
        kind = self._kind_of(entry) if entry is not None else ""
        if not kind and words.lower().startswith(("ward ", "bed ", "room ")):
            kind = {"w": "wa", "b": "bd", "r": "ro"}[words[0].lower()]
        if kind in parts and words and not parts[kind]:
            parts[kind] = _short(words, kind)

    def _complain(self, key: str) -> None:
        if key and key not in self._told:
            self._told.add(key)
            kept = self._by_id[key][0]
            name = self._gathered.files[kept.file].name
            what, why = f"Location/{key}", "a location is part of itself (partOf goes in a circle)"
            self._gathered.fault(Fault(unreadable(name, kept.line, what, why), "Location"))

    @staticmethod
    def _kind(location: Location) -> str:
        found = codes(location.physical_type)
        return next((kind for kind in ("bd", "ro", "wa") if kind in found), next(iter(sorted(found)), ""))

    @staticmethod
    def _kind_of(entry: EncounterLocation) -> str:
        found = codes(entry.physical_type)
        return next((kind for kind in ("bd", "ro", "wa") if kind in found), "")


def _label(location: Location, kind: str) -> str:
    """Return a ward's code (its identifier) or name; a bed's or room's name. Leading 'Ward ' and 'Bed ' go."""
    if kind == "wa":
        for number in seq(location.identifier):
            if number.value and (value := line(number.value)):
                return value
    return _short(line(location.name), kind)


def _short(name: str, kind: str) -> str:
    lead = {"wa": "ward ", "bd": "bed ", "ro": "room "}.get(kind, "ward ")
    return name[len(lead) :].strip() if name.lower().startswith(lead) else name


def is_in_progress(stay: Encounter, as_of: datetime) -> bool:
    """Whether a stay is that of a patient who is in the hospital at the data time."""
    if stay.status not in _IN_PROGRESS:
        return False
    kind = stay.class_.code if stay.class_ else None
    if kind and kind.upper() not in _INPATIENT:
        return False
    end = instant(stay.period.end) if stay.period else None
    return end is None or end > as_of


def stay_of(stay: Encounter, places: Locations, people: People, complain: Callable[[str], None]) -> Stay:
    """Return a stay for the snapshot; a field that cannot be used stays empty and ``complain`` takes the reason."""

    def usable(otherwise: T, read: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        try:
            return read(*args, **more)
        except UnusableError as error:
            complain(str(error))
            return otherwise

    place = usable(Place(), places.place, stay)
    return Stay(
        id=stay.id or "",
        number=usable(stay.id or "", _number, stay),
        ward=usable("", identifier, place.ward) if place.ward else "",
        bed=usable("", identifier, place.bed) if place.bed else "",
        room=place.room,
        admitted=usable(None, when, stay.period.start if stay.period else None),
        attending=usable("", _attending, stay, people),
        reason=usable("", say_all, stay.reason_code),
        service=usable("", say, stay.service_type),
    )


def _number(stay: Encounter) -> str:
    """Return the number that the hospital uses for a stay: type VN, then AN, then any official one, else the id."""
    numbers = [(number, number.value) for number in seq(stay.identifier) if number.value]
    for wanted in _NUMBER_TYPES:
        for number, value in numbers:
            if wanted in codes(number.type):
                return identifier(value)
    for number, value in numbers:
        if number.use in ("official", "usual"):
            return identifier(value)
    if numbers:
        return identifier(numbers[0][1])
    return stay.id or ""


def _attending(stay: Encounter, people: People) -> str:
    for wanted in ("ATND", "PPRF", "ADM"):
        for participant in seq(stay.participant):
            if wanted in codes(*seq(participant.type)):
                name = people.name_of(participant.individual)
                if name:
                    return name
    return ""


def stays(gathered: Gathered, as_of: datetime, people: People) -> dict[str, Stay]:
    """Return the stay of each patient key in the census; a second stay of a patient is named as a fault.

    Of two stays at once the one with a bed wins, then the one with a ward, then the later one.
    """
    places = Locations(gathered)
    found: dict[str, list[tuple[Stay, Kept]]] = {}
    for kept in gathered.of(Encounter).values():
        stay = kept.resource
        if isinstance(stay, Encounter) and is_in_progress(stay, as_of):
            patient = people.survivor(kept.patient)
            complain = partial(_tell, gathered, kept, f"Encounter/{stay.id}", patient)
            found.setdefault(patient, []).append((stay_of(stay, places, people, complain), kept))
    census: dict[str, Stay] = {}
    for patient, several in found.items():
        several.sort(
            key=lambda pair: (bool(pair[0].bed), bool(pair[0].ward), newest(pair[0].admitted), pair[0].id), reverse=True
        )
        census[patient] = several[0][0]
        for stay_more, kept in several[1:]:
            where = f" on ward {stay_more.ward}" if stay_more.ward else ""
            why = f"a second stay in progress{where}; the packet uses the one with a bed, or the later one"
            _tell(gathered, kept, f"Encounter/{stay_more.id}", patient, why)
    return census


def _tell(gathered: Gathered, kept: Kept, what: str, patient: str, why: str) -> None:
    record = unreadable(gathered.files[kept.file].name, kept.line, what, why, patient)
    gathered.fault(Fault(record, "Encounter"))
