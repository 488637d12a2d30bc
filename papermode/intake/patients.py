"""FHIR Patient -> who the patient is, with a newborn's mother."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, ParamSpec, TypeVar

from papermode.intake.amounts import digits
from papermode.intake.decode import reference_key
from papermode.intake.gather import Gathered
from papermode.intake.people import People
from papermode.intake.resources import Encounter, Extension, Patient, RelatedPerson, seq
from papermode.intake.resources import Identifier as SourceIdentifier
from papermode.intake.text import UnusableError, identifier, line
from papermode.intake.times import date, when
from papermode.intake.words import codes, everything, index_name, is_coded, names, say
from papermode.model import snapshot
from papermode.model.snapshot import Identifier, Mother, When

T = TypeVar("T")
P = ParamSpec("P")

_BIRTH_TIME: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
_INTERPRETER: Final = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
_MOTHER: Final = frozenset({"MTH", "NMTH", "GESTM", "72705000"})
"""HL7 v3 RoleCode mother, natural mother, gestational mother; SNOMED CT 'mother'."""
_NEWBORN: Final = timedelta(days=365)
"""Up to this age the mother is named on the pages."""
_SEXES: Final = ("male", "female", "other", "unknown")


def patient(
    key: str, people: People, as_of: datetime, mothers: dict[str, str], complain: Callable[[str], None]
) -> snapshot.Patient:
    """Return a patient. One of whom only the key is known still gets a page, with the key as number.

    Args:
        key: The patient's key after merges.
        people: All persons.
        as_of: The data time; up to the age of one year the mother is named.
        mothers: Patient key -> the mother's, by :func:`mothers_by_stay`.
        complain: Takes the reason why a field had to be left empty.

    Raises:
        UnusableError: if the MRN or the id cannot be used; nothing of such a record is safe to print.
    """
    source = people.patients.get(key)
    if source is None:
        return snapshot.Patient(id=key, mrn=identifier(key))

    def usable(otherwise: T, read: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        try:
            return read(*args, **more)
        except UnusableError as error:
            complain(str(error))
            return otherwise

    birth_date = usable("", date, source.birth_date)
    mother = usable(None, _mother, key, people, mothers) if _is_infant(birth_date, as_of) else None
    return snapshot.Patient(
        id=identifier(source.id),
        mrn=people.mrn(key),
        identifiers=tuple(item for n in seq(source.identifier) if (item := usable(None, _identifier, n)) is not None),
        names=usable((), names, source.name),
        birth_date=birth_date,
        birth_time=usable(None, _birth_time, source),
        sex=source.gender if source.gender in _SEXES else "",
        language=usable("", _language, source),
        interpreter=any(item.value_boolean is True for item in _extensions(source, _INTERPRETER)),
        deceased=bool(source.deceased_boolean) or bool(source.deceased_date_time),
        deceased_at=usable(None, when, source.deceased_date_time),
        restricted=is_coded(source.meta.security if source.meta else None, "R", "V"),
        former_mrns=usable((), _former, key, people),
        mother=mother,
        birth_order=usable(None, _birth_order, source),
    )


def _identifier(number: SourceIdentifier) -> Identifier | None:
    if not number.value or not number.value.strip():
        return None
    kind = next(iter(sorted(codes(number.type))), "") or say(number.type)
    return Identifier(identifier(number.value), line(number.system), kind)


def _extensions(source: Patient, url: str) -> list[Extension]:
    more = source.birth_date_more.extension if source.birth_date_more else None
    return [item for item in (*seq(source.extension), *seq(more)) if item.url == url]


def _birth_time(source: Patient) -> When | None:
    return next((when(item.value_date_time) for item in _extensions(source, _BIRTH_TIME) if item.value_date_time), None)


def _language(source: Patient) -> str:
    spoken = seq(source.communication)
    for way in [way for way in spoken if way.preferred] or spoken[:1]:
        return say(way.language)
    return ""


def _birth_order(source: Patient) -> int | None:
    if source.multiple_birth_integer is None:
        return None
    text = digits(source.multiple_birth_integer)
    if not text.isdigit() or not 1 <= int(text) <= 20:
        raise UnusableError("the order of a multiple birth is not a number from 1 to 20")
    return int(text)


def _former(key: str, people: People) -> tuple[str, ...]:
    """Return the MRNs of records merged into this one, and its own identifiers of type MR that are marked as old."""
    source = people.patients[key]
    found = [people.mrn(old) for old in people.merged.get(key, ())]
    found += [people.mrn(old) for old in _replaced(source, people) if old not in people.merged.get(key, ())]
    found += [
        identifier(n.value) for n in seq(source.identifier) if n.value and n.use == "old" and "MR" in codes(n.type)
    ]
    current = people.mrn(key)
    return tuple(sorted({mrn for mrn in found if mrn != current}))


def _replaced(source: Patient, people: People) -> list[str]:
    """Return the keys of records that this one says it replaces."""
    keys = (people.key(reference_key(link.other, "Patient")) for link in seq(source.link) if link.type == "replaces")
    return [key.removeprefix("identifier:") for key in keys if key]


def _is_infant(birth_date: str, as_of: datetime) -> bool:
    if len(birth_date) != 10:
        return False
    born = datetime.fromisoformat(birth_date).replace(tzinfo=as_of.tzinfo)
    return timedelta(days=-1) <= as_of - born <= _NEWBORN


def mothers_by_stay(gathered: Gathered, people: People) -> dict[str, str]:
    """Return patient -> mother where a stay is part of another person's stay (``Encounter.partOf``)."""
    of_stay = {key: people.survivor(kept.patient) for key, kept in gathered.of(Encounter).items()}
    found: dict[str, str] = {}
    for key, kept in gathered.of(Encounter).items():
        if isinstance(kept.resource, Encounter):
            other = of_stay.get(reference_key(kept.resource.part_of, "Encounter"), "")
            if other and other != of_stay[key]:
                found[of_stay[key]] = other
    return found


def _mother(key: str, people: People, mothers: dict[str, str]) -> Mother | None:
    """Return the mother: a RelatedPerson of type mother, else by the mother's stay."""
    for related in people.related.get(key, ()):
        concepts = seq(related.relationship)
        if codes(*concepts) & _MOTHER or everything(*concepts).strip() == "mother":
            return _related_mother(related, people)
    mother = mothers.get(key, "")
    source = people.patients.get(mother)
    if source is None or source.gender == "male":
        return None
    called = names(source.name)
    return Mother(name=index_name(called[0]) if called else "", mrn=people.mrn(mother))


def _related_mother(related: RelatedPerson, people: People) -> Mother:
    """Return a mother with the MRN that her own identifier gives, or the one patient who has the same identifier."""
    called = names(related.name)
    mrn = people.mrn_of(seq(related.identifier))
    if not mrn:
        for number in seq(related.identifier):
            key = people.key(f"identifier:{(number.value or '').strip()}")
            if key in people.patients:
                mrn = people.mrn(key)
                break
    return Mother(name=index_name(called[0]) if called else "", mrn=mrn)
