"""Everything that the files hold about patients, decoded and sorted by type, before it is given a meaning.

Files come in any order and name patients before or after they describe them, so nothing is joined here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeVar, cast

from papermode.errors import SnapshotError
from papermode.intake import decode
from papermode.intake.observations import KEPT_HOURS, LONGEST_HOURS, matters_for_ever, topics_of
from papermode.intake.resources import Element, Encounter, Observation, Patient, Period, Reference, Resource
from papermode.intake.resources_drugs import MedicationAdministration, MedicationRequest
from papermode.intake.resources_more import SUBJECT_FIELD, TYPES, DocumentReference, OperationOutcome
from papermode.intake.settings import Limits
from papermode.intake.text import UnusableError, identifier
from papermode.intake.times import instant
from papermode.model.snapshot import Source, Unreadable

R = TypeVar("R", bound=Element)

SKEW: Final = timedelta(minutes=15)
"""How far a clock may run ahead of the data time before an event counts as one of the future."""
_HOUR: Final = 3600.0
_SKEW_S: Final = SKEW.total_seconds()
_ADMINISTRATIONS_S: Final = 40 * 24 * _HOUR
"""Administrations are kept this long, for the last dose of a drug that is given once a month."""
_OBSERVATIONS_S: Final = LONGEST_HOURS * _HOUR
_ALL_TOPICS: Final = frozenset(f"Observation/{topic}" for topic in KEPT_HOURS)
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_MAY_HAVE_NO_PATIENT: Final = frozenset({"Device"})


class Raw(NamedTuple):
    """One resource as bytes, and where it stands."""

    data: bytes
    file: int
    line: int
    """From 1; negative: the entry of a Bundle or array; 0: the whole file."""
    full_url: str = ""


def unreadable(file: str, line: int, what: str, why: str, patient: str = "") -> Unreadable:
    """Return an :class:`Unreadable` for a place as :class:`Raw` counts it."""
    if line < 0:
        what, line = f"{what} (entry {-line})", 0
    return Unreadable(file, line, what, why, patient_id=patient)


class Kept(NamedTuple):
    """One decoded resource; ``patient`` is the key of whose it is ('' for a resource of nobody's)."""

    patient: str
    resource: Element
    file: int
    line: int
    content: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be used, or only in part, and what it would have told."""

    record: Unreadable
    kind: str = ""
    """Resource type where known."""
    topics: frozenset[str] = frozenset()
    """For an Observation: which kinds of observation it may be; empty = any."""


@dataclass(slots=True)
class SourceFile:
    """One file while it is read."""

    name: str
    kind: str
    records: int = 0
    sha256: str = ""
    exported: datetime | None = None

    def source(self) -> Source:
        """Return it for the snapshot."""
        return Source(self.name, self.kind, self.records, self.sha256)


@dataclass(slots=True)
class Gathered:
    """All decoded resources of all files."""

    limits: Limits
    now: datetime
    as_of: datetime | None = None
    """The data time where it is known before reading."""
    kept: dict[str, dict[str, Kept]] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    """Other keys of a patient (``urn:uuid:…``) -> its id."""
    present: set[str] = field(default_factory=set)
    """Resource types that the source has at all, and ``Observation/<topic>`` of what it observes."""
    incomplete: dict[str, list[str]] = field(default_factory=dict)
    """Type (``*`` for all) -> reasons why the source may hold only a part of it."""
    faults: list[Fault] = field(default_factory=list)
    faults_left_out: int = 0
    files: list[SourceFile] = field(default_factory=list)
    latest: datetime | None = None
    """The newest clinical event that is not in the future."""
    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _has_all_topics: bool = False
    # The same times in seconds: those of half a million records are compared with them.
    _latest_s: float = float("-inf")
    _now_s: float = field(init=False)
    _as_of_s: float | None = field(init=False)

    def __post_init__(self) -> None:
        self._now_s = self.now.timestamp()
        self._as_of_s = self.as_of.timestamp() if self.as_of is not None else None

    def of(self, kind: type[R]) -> dict[str, Kept]:
        """Return the kept resources of a type by id."""
        return self.kept.get(kind.__name__, {})

    def fault(self, fault: Fault) -> None:
        """Note a fault; beyond the limit only its number is kept and everything counts as incomplete."""
        if len(self.faults) < self.limits.problems:
            self.faults.append(fault)
        else:
            self.faults_left_out += 1

    def lack(self, kind: str, why: str) -> None:
        """Note that records of a type (``*``: any type) may be missing."""
        reasons = self.incomplete.setdefault(kind, [])
        if why not in reasons:
            reasons.append(why)

    def add(self, raw: Raw) -> str:
        """Decode one resource and keep what is needed of it; a bad one becomes a fault. Return its type where known.

        Raises:
            SnapshotError: E307 if there are more records than the limit.
        """
        file = self.files[raw.file]
        file.records += 1
        self.records += 1
        if self.records > self.limits.records:
            raise SnapshotError(
                "E307",
                place=file.name,
                fault=f"there are more than {self.limits.records:,} records.",
                cure="Export fewer wards or a shorter time.",
            )
        kind = ""
        try:
            kind = decode.kind_of(raw.data)
            self.present.add(kind)
            self.counts[kind] += 1
            if kind in TYPES:
                self._keep(kind, raw)
        except UnusableError as error:
            self._unusable(raw, kind, str(error))
        return kind

    def _unusable(self, raw: Raw, kind: str, why: str) -> None:
        seen = decode.trace(raw.data)
        kind = kind or seen.kind
        what = f"{kind or 'record'}/{seen.id}" if seen.id else (kind or "record")
        patient = seen.id if kind == "Patient" else seen.patient
        topics: frozenset[str] = frozenset()
        if kind == "Observation":
            topics = frozenset(topic for mark, topic in _TOPIC_MARKS if mark in raw.data)
        self.fault(Fault(unreadable(self.files[raw.file].name, raw.line, what, why, patient), kind, topics))

    def _keep(self, kind: str, raw: Raw) -> None:
        element, dropped = decode.decode(kind, raw.data)
        if isinstance(element, OperationOutcome):
            self._outcome(element)
            return
        resource = cast("Resource", element)
        resource.id = self._id(resource, raw)
        patient = self._patient_key(kind, element, raw)
        if patient is None or self._is_old(kind, element):
            return
        for name in dropped:
            why = f"the element '{name}' is not of the type that FHIR asks for; the rest is used"
            where = unreadable(self.files[raw.file].name, raw.line, f"{kind}/{resource.id}", why, patient)
            self.fault(Fault(where, kind, topics_of(element) if isinstance(element, Observation) else frozenset()))
        self._store(
            kind, resource.id or f"#{raw.file}:{raw.line}", Kept(patient, element, raw.file, raw.line, hash(raw.data))
        )

    def _id(self, resource: Resource, raw: Raw) -> str:
        if resource.id:
            return identifier(resource.id, self.limits.identifier_chars)
        return identifier(raw.full_url, self.limits.identifier_chars) if raw.full_url else ""

    def _patient_key(self, kind: str, element: Element, raw: Raw) -> str | None:
        """Return whose a record is: '' for a type that is nobody's, None if the subject is not a patient."""
        if isinstance(element, Patient):
            if not element.id:
                raise UnusableError("a patient without an id")
            if raw.full_url:
                self.alias[raw.full_url] = element.id
            return element.id
        name = SUBJECT_FIELD.get(kind)
        if name is None:
            return ""
        subject: Reference | None = getattr(element, name)
        key = decode.reference_key(subject, "Patient")
        if key:
            return key
        text = subject.reference if subject is not None else None
        if (text and "/" in text) or (subject is None and kind in _MAY_HAVE_NO_PATIENT):
            return None
        raise UnusableError("it does not say whose it is")

    def _store(self, kind: str, key: str, record: Kept) -> None:
        """Keep a record; of two with the same id the newer one, and the other is named."""
        shelf = self.kept.setdefault(kind, {})
        other = shelf.get(key)
        if other is not None and other.content != record.content:
            why = "two records have the same id and different content; the newer one is used"
            if other.patient != record.patient:
                key, why = (
                    f"{key}|{record.patient}",
                    "two records of different patients have the same id; both are used",
                )
            elif _updated(other.resource) > _updated(record.resource):
                record, other = other, record
            what = f"{kind}/{key.partition('|')[0]}"
            where = unreadable(self.files[other.file].name, other.line, what, why, record.patient)
            self.fault(Fault(where, kind))
        shelf[key] = record

    def _outcome(self, outcome: OperationOutcome) -> None:
        grave = [issue for issue in outcome.issue or () if issue and issue.severity in ("fatal", "error", "warning")]
        if grave:
            self.lack("*", "the EHR reports that it could not give everything")

    def _is_old(self, kind: str, element: Element) -> bool:
        """Note the time of an event, and say whether it is too old to matter."""
        event = _EVENTS.get(kind)
        if event is None:
            return False
        moment = instant(event(element))
        age = self._age(moment) if moment is not None else None
        if isinstance(element, Observation):
            return self._is_old_observation(element, age)
        return isinstance(element, MedicationAdministration) and age is not None and age > _ADMINISTRATIONS_S

    def _age(self, moment: datetime) -> float | None:
        """Note an event; return how many seconds before the data time it surely was, None if that is not known yet."""
        at = moment.timestamp()
        if self._latest_s < at <= self._now_s:
            self._latest_s, self.latest = at, moment
        if self._as_of_s is not None:
            return self._as_of_s - at - _SKEW_S
        return self._latest_s - at - _SKEW_S if self.latest is not None else None

    def _is_old_observation(self, element: Observation, age: float | None) -> bool:
        is_old = age is not None and age > _OBSERVATIONS_S
        if is_old and self._has_all_topics and not matters_for_ever(element):
            return True
        topics = topics_of(element)
        self.present.update(f"Observation/{topic}" for topic in topics)
        self._has_all_topics = self.present >= _ALL_TOPICS
        if not topics:
            return True
        hours = [KEPT_HOURS[topic] for topic in topics]
        return age is not None and all(limit is not None and age > limit * _HOUR for limit in hours)


_TOPIC_MARKS: Final = (
    (b'"vital-signs"', "vitals"),
    (b'"vital-signs"', "weight"),
    (b'"vital-signs"', "height"),
    (b'"laboratory"', "labs"),
    (b'"LAB"', "labs"),
)
"""What still tells of a broken Observation what it may have been about."""


def _updated(resource: Element) -> datetime:
    meta = cast("Resource", resource).meta
    return instant(meta.last_updated if meta else None) or _NEVER


def _start(period: Period | None) -> str | None:
    return period.start if period else None


def _observed(element: Element) -> str | None:
    source = cast("Observation", element)
    return source.effective_date_time or source.effective_instant or _start(source.effective_period) or source.issued


def _administered(element: Element) -> str | None:
    source = cast("MedicationAdministration", element)
    return source.effective_date_time or _start(source.effective_period)


_EVENTS: Final[dict[str, Callable[[Element], str | None]]] = {
    "Observation": _observed,
    "MedicationAdministration": _administered,
    "Encounter": lambda element: _start(cast("Encounter", element).period),
    "MedicationRequest": lambda element: cast("MedicationRequest", element).authored_on,
    "DocumentReference": lambda element: cast("DocumentReference", element).date,
}
"""When the event that a record tells of took place. ``meta.lastUpdated`` is no event: servers touch it."""
