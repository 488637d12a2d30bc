"""One patient's decoded records -> the items of each part of the :class:`PatientRecord`.

Every record is read on its own: one that cannot be used becomes a fault and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar

import msgspec

from papermode.intake import allergies, clinical, contacts, observations, statements
from papermode.intake.administrations import Charted, charted, given
from papermode.intake.decode import reference_key
from papermode.intake.gather import SKEW, Fault, Gathered, Kept, unreadable
from papermode.intake.medications import Pharmacy, drug_name, in_words_only, is_forbidden, is_order, medication
from papermode.intake.people import People
from papermode.intake.resources import AllergyIntolerance, Condition, Element, Encounter, Observation
from papermode.intake.resources_drugs import MedicationAdministration, MedicationRequest
from papermode.intake.resources_more import (
    Consent,
    Device,
    DeviceUseStatement,
    DiagnosticReport,
    DocumentReference,
    Flag,
    NutritionOrder,
    Procedure,
    ServiceRequest,
)
from papermode.intake.text import UnusableError
from papermode.intake.times import instant, newest
from papermode.model.snapshot import AllergyKnowledge, Order, Stay, When

E = TypeVar("E", bound=Element)
T = TypeVar("T")
P = ParamSpec("P")

_BEFORE_ADMISSION: Final = timedelta(hours=24)
"""Notes and procedures this long before the admission belong to the stay (the emergency department)."""


@dataclass(slots=True)
class Items:
    """The items of each part, before it is known how complete they are."""

    parts: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, set[int]] = field(default_factory=dict)
    """The files that each part came from."""
    knowledge: AllergyKnowledge = "not-recorded"
    none_known: str = ""

    def add(self, part: str, item: object, kept: Kept) -> None:
        """Add one item; None is nothing."""
        if item is not None:
            self.parts.setdefault(part, []).append(item)
            self.files.setdefault(part, set()).add(kept.file)


@dataclass(frozen=True, slots=True)
class Context:
    """What is the same for all patients."""

    gathered: Gathered
    people: People
    pharmacy: Pharmacy
    as_of: datetime
    by_patient: dict[str, dict[str, list[Kept]]]
    """Resource type -> patient key -> records."""


class Reader:
    """Reads the records of one patient."""

    def __init__(self, patient: str, stay: Stay, context: Context) -> None:
        self._patient, self._stay, self._context = patient, stay, context
        self._items = Items()
        self._later: dict[tuple[str, str], list[Kept]] = {}
        admitted = stay.admitted.at if stay.admitted else None
        self._since = admitted - _BEFORE_ADMISSION if admitted else None

    def read(self) -> Items:
        """Return all items of the patient."""
        self._allergies()
        self._observations()
        self._medications()
        self._statements()
        self._clinical()
        self._people()
        self._tell_of_later()
        for part, content in self._items.parts.items():
            if part in _NEWEST_FIRST:
                content.sort(key=_by_time, reverse=True)
        return self._items

    def _all(self, kind: type[E]) -> Iterator[tuple[E, Kept]]:
        for kept in self._context.by_patient.get(kind.__name__, {}).get(self._patient, ()):
            if isinstance(kept.resource, kind):
                yield kept.resource, kept

    def _try(self, kept: Kept, read: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | None:
        """Return what ``read`` returns for the record; one that cannot be used becomes a fault."""
        try:
            return read(*args, **more)
        except UnusableError as error:
            kind = type(kept.resource).__name__
            what = f"{kind}/{getattr(kept.resource, 'id', None) or '?'}"
            where = unreadable(self._context.gathered.files[kept.file].name, kept.line, what, str(error), self._patient)
            topics = observations.topics_of(kept.resource) if isinstance(kept.resource, Observation) else ()
            self._context.gathered.fault(Fault(where, kind, frozenset(topics)))
            return None

    def _again(self, read: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | None:
        """Try a record of which a part was left out; its fault is already noted."""
        try:
            return read(*args, **more)
        except UnusableError:
            return None

    def _is_later(self, moment: When | None, kept: Kept, part: str) -> bool:
        """Note a record that is dated after the data time; it is no fact of this snapshot."""
        if moment is None or moment.at is None or moment.at <= self._context.as_of + SKEW:
            return False
        self._later.setdefault((type(kept.resource).__name__, part), []).append(kept)
        return True

    def _tell_of_later(self) -> None:
        for (kind, part), several in self._later.items():
            first = several[0]
            what = (
                f"{len(several)} {kind}" if len(several) > 1 else f"{kind}/{getattr(first.resource, 'id', None) or '?'}"
            )
            where = unreadable(
                self._context.gathered.files[first.file].name,
                max(first.line, 0),
                what,
                "dated after the time of the data; left out",
                self._patient,
            )
            self._context.gathered.fault(Fault(where, kind, frozenset({part})))

    def _allergies(self) -> None:
        known = []
        for source, kept in self._all(AllergyIntolerance):
            said = self._try(kept, allergies.read, source)
            if said is not None:
                known.append(said)
                self._items.add("allergies", said.allergy, kept)
        self._items.knowledge = allergies.knowledge(known)
        self._items.none_known = next((item.none_known for item in known if item.none_known), "")

    def _observations(self) -> None:
        for source, kept in self._all(Observation):
            topics = observations.topics_of(source)
            if observations.is_result(source) and topics:
                self._try(kept, self._observation, source, kept, topics)

    def _observation(self, source: Observation, kept: Kept, topics: frozenset[observations.Topic]) -> None:
        moment = observations.time_of(source)
        for topic in sorted(topics):
            hours = observations.KEPT_HOURS[topic]
            if self._is_later(moment, kept, topic) or (hours and not is_within(moment, hours, self._context.as_of)):
                continue
            if topic == "weight":
                self._items.add(topic, observations.measure(source, observations.WEIGHT), kept)
            elif topic == "height":
                self._items.add(topic, observations.measure(source, observations.HEIGHT), kept)
            elif topic == "code_status":
                self._items.add(topic, statements.observed_code_status(source), kept)
            else:
                for value in observations.values(source, moment):
                    self._items.add(topic, value, kept)

    def _medications(self) -> None:
        context = self._context
        chart: list[Charted] = []
        for dose, kept in self._all(MedicationAdministration):
            if dose.status == "entered-in-error":
                continue
            name = self._name(dose, kept) or self._ordered_name(dose, kept)
            entry = self._try(kept, charted, dose, name, context.people)
            if entry is None and dose.dosage is not None:
                # A dose whose amount cannot be read was given all the same.
                entry = self._again(charted, msgspec.structs.replace(dose, dosage=None), name, context.people)
            if entry is None or self._is_later(entry.entry.at, kept, "administrations"):
                continue
            chart.append(entry)
            if is_within(entry.entry.at, 24, context.as_of):
                self._items.add("administrations", entry.entry, kept)
        orders = [(source, kept) for source, kept in self._all(MedicationRequest) if is_order(source)]
        names = [self._name(source, kept) for source, kept in orders]
        silent = "" if "MedicationAdministration" in context.gathered.present else "not in the export"
        for (source, kept), name in zip(orders, names, strict=True):
            known = given(source.id or "", name, names, chart, context.as_of, silent)
            order = self._try(kept, medication, source, known, context.pharmacy)
            if order is None:
                order = self._again(medication, in_words_only(source), known, context.pharmacy)
            self._items.add("medications", order, kept)
        for source, kept in self._all(MedicationRequest):
            if is_forbidden(source):
                name = self._name(source, kept) or "a medication that is not named"
                self._items.add(
                    "orders", Order(source.id or "", f"DO NOT GIVE: {name}", "medication", source.status or ""), kept
                )

    def _name(self, source: Element, kept: Kept) -> str:
        return self._try(kept, drug_name, source, self._context.gathered) or ""

    def _ordered_name(self, source: MedicationAdministration, kept: Kept) -> str:
        key = reference_key(source.request, "MedicationRequest")
        order = self._context.gathered.of(MedicationRequest).get(key)
        return self._name(order.resource, kept) if order else ""

    def _statements(self) -> None:
        people, as_of = self._context.people, self._context.as_of
        for flag, kept in self._all(Flag):
            if statements.is_current(flag, as_of):
                said = self._try(kept, statements.flag, flag, people)
                part = "code_status" if said is not None and said.category == "code-status" else "flags"
                self._items.add(part, said, kept)
        for consent, kept in self._all(Consent):
            if consent.status in (None, "active"):
                said = self._try(kept, statements.consent, consent)
                self._items.add("consents", said, kept)
                if said is not None and said.category == "code-status":
                    self._items.add("code_status", said, kept)
        for order, kept in self._all(NutritionOrder):
            self._items.add("diet", self._try(kept, statements.diet, order), kept)

    def _clinical(self) -> None:
        context, people = self._context, self._context.people
        named: set[tuple[str, str]] = set()
        for condition, kept in self._all(Condition):
            problem = self._try(kept, clinical.problem, condition)
            if problem is not None and (problem.text.lower(), problem.status) not in named:
                # Exports give the same problem for each stay and for the problem list.
                named.add((problem.text.lower(), problem.status))
                self._items.add("problems", problem, kept)
        in_use: set[str] = set()
        for use, kept in self._all(DeviceUseStatement):
            in_use.add((use.device.reference or "").rpartition("/")[2] if use.device else "")
            found = self._try(kept, clinical.used_device, use, context.gathered, context.as_of)
            self._items.add("devices", found, kept)
        for device, kept in self._all(Device):
            if device.id not in in_use:
                self._items.add("devices", self._try(kept, clinical.device, device), kept)
        for procedure, kept in self._all(Procedure):
            put_in = self._try(kept, clinical.placed_line, procedure, self._since)
            self._items.add("devices", put_in, kept)
        for request, kept in self._all(ServiceRequest):
            self._try(kept, self._order, request, kept)
        for report, kept in self._all(DiagnosticReport):
            self._items.add("orders", self._try(kept, clinical.report, report), kept)
        limit = context.gathered.limits.text_chars
        for document, kept in self._all(DocumentReference):
            note = self._try(kept, clinical.note, document, people, self._since, limit)
            self._items.add("notes", note, kept)

    def _order(self, source: ServiceRequest, kept: Kept) -> None:
        order = clinical.order(source)
        if order is None:
            return
        if statements.is_code_status(source):
            self._items.add("code_status", statements.ordered(source, "code-status", self._context.people), kept)
        elif statements.is_diet(source):
            self._items.add("diet", statements.ordered(source, "diet", self._context.people), kept)
        else:
            self._items.add("orders", order, kept)

    def _people(self) -> None:
        stay = self._context.gathered.of(Encounter).get(self._stay.id)
        encounter = stay.resource if stay is not None and isinstance(stay.resource, Encounter) else None
        people, as_of = self._context.people, self._context.as_of
        own = self._context.by_patient.get("Patient", {}).get(self._patient, ())
        for kept in (*own, *([stay] if stay is not None else ()))[:1]:
            team = self._try(kept, contacts.care_team, self._patient, people, encounter, as_of)
            self._items.parts["care_team"] = list(team or ())
            self._items.parts["contacts"] = list(self._try(kept, contacts.contacts, self._patient, people) or ())


def is_within(moment: When | None, hours: int, as_of: datetime) -> bool:
    """Whether a moment is in the last ``hours`` before ``as_of``; a date alone to the end of its day."""
    if moment is None:
        return True
    since = as_of - timedelta(hours=hours)
    if moment.at is not None:
        return moment.at >= since
    if len(moment.text) < 10:
        return True
    start = instant(f"{moment.text[:10]}T00:00:00Z")
    return start is None or start + timedelta(days=1, hours=12) >= since


def _by_time(item: Any) -> tuple[float, str]:
    return newest(item.at)


_NEWEST_FIRST: Final = frozenset(
    {
        *("weight", "height", "vitals", "labs", "administrations"),
        *("code_status", "flags", "diet", "orders", "consents", "notes"),
    }
)
"""The other parts keep the order of the source."""
