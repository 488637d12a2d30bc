"""The care team and the contacts of a patient."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from papermode.intake.people import People
from papermode.intake.resources import Contact, Encounter, Period, seq
from papermode.intake.text import line
from papermode.intake.times import instant
from papermode.intake.words import full_name, names, say_all
from papermode.model.snapshot import Person


def contacts(key: str, people: People) -> tuple[Person, ...]:
    """Return whom to call: ``Patient.contact``, then RelatedPerson; the same person once."""
    found: dict[str, Person] = {}
    source = people.patients.get(key)
    for contact in seq(source.contact) if source else ():
        called = names([contact.name])
        _take(found, full_name(called[0]) if called else "", say_all(contact.relationship), contact.telecom)
    for related in people.related.get(key, ()):
        if related.active is not False:
            called = names(related.name)
            _take(found, full_name(called[0]) if called else "", say_all(related.relationship), related.telecom)
    return tuple(found.values())


def _take(found: dict[str, Person], name: str, role: str, telecom: Iterable[Contact | None] | None) -> None:
    phones = tuple(dict.fromkeys(line(way.value) for way in telecom or () if way and way.value and _is_phone(way)))
    if not (name or phones):
        return
    known = found.get(name.lower())
    if known is not None:
        role = known.role if role == known.role or not role else "; ".join(filter(None, (known.role, role)))
        phones = tuple(dict.fromkeys((*known.phones, *phones)))
    found[name.lower()] = Person(name=name, role=role, phones=phones)


def _is_phone(way: Contact) -> bool:
    return way.system in (None, "phone", "sms", "pager") and way.use != "old"


def care_team(key: str, people: People, stay: Encounter | None, as_of: datetime) -> tuple[Person, ...]:
    """Return the active care teams' members, then the staff that the stay itself names; each name and role once."""
    found: dict[tuple[str, str], Person] = {}
    for team in people.teams.get(key, ()):
        if team.status not in (None, "active"):
            continue
        for member in seq(team.participant):
            name = people.name_of(member.member)
            if name and not _is_over(member.period, as_of):
                person = Person(name=name, role=say_all(member.role))
                found.setdefault((person.name, person.role), person)
    named = {name for name, _ in found}
    for participant in seq(stay.participant) if stay else ():
        name = people.name_of(participant.individual)
        if name and name not in named and not _is_over(participant.period, as_of):
            person = Person(name=name, role=say_all(participant.type))
            found.setdefault((person.name, person.role), person)
    return tuple(found.values())


def _is_over(period: Period | None, as_of: datetime) -> bool:
    end = instant(period.end) if period else None
    return end is not None and end < as_of
