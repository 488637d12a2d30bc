"""The elements of FHIR R4 resources that papermode uses, as typed structures (``hl7.org/fhir/R4``).

Decoding into these keeps a night's export of a hospital small and quick: what is not named here is skipped
while it is read. ``null`` is allowed everywhere, because real exports write it. Numbers are ``Any`` so that
:func:`papermode.intake.amounts.digits` sees them with their digits as written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct, field

T = TypeVar("T")


def seq(items: Sequence[T | None] | None) -> list[T]:
    """Return a FHIR list without its nulls; [] for None."""
    if not items:
        return []
    if len(items) == 1:
        return [] if items[0] is None else [items[0]]
    return [item for item in items if item is not None]


class Element(Struct, rename="camel", gc=False):
    """Base of all structures: FHIR's camelCase names for Python's snake_case ones."""


class Coding(Element):
    """FHIR Coding."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Element):
    """FHIR CodeableConcept."""

    coding: list[Coding | None] | None = None
    text: str | None = None


class Identifier(Element):
    """FHIR Identifier."""

    use: str | None = None
    type: Concept | None = None
    system: str | None = None
    value: str | None = None


class Reference(Element):
    """FHIR Reference."""

    reference: str | None = None
    display: str | None = None
    identifier: Identifier | None = None


class Quantity(Element):
    """FHIR Quantity."""

    value: Any = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Range(Element):
    """FHIR Range."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element):
    """FHIR Ratio."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(Element):
    """FHIR Period."""

    start: str | None = None
    end: str | None = None


class Annotation(Element):
    """FHIR Annotation."""

    text: str | None = None
    time: str | None = None


class Meta(Element):
    """FHIR Meta."""

    last_updated: str | None = None
    security: list[Coding | None] | None = None


class Extension(Element):
    """FHIR Extension."""

    url: str | None = None
    extension: list[Extension | None] | None = None
    value_string: str | None = None
    value_date_time: str | None = None
    value_boolean: bool | None = None
    value_quantity: Quantity | None = None
    value_range: Range | None = None
    value_codeable_concept: Concept | None = None


class Extended(Element):
    """A primitive's companion (``_birthDate``)."""

    extension: list[Extension | None] | None = None


class HumanName(Element):
    """FHIR HumanName."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str | None] | None = None
    prefix: list[str | None] | None = None
    suffix: list[str | None] | None = None
    period: Period | None = None


class Contact(Element):
    """FHIR ContactPoint."""

    system: str | None = None
    value: str | None = None
    use: str | None = None


class Resource(Element):
    """FHIR Resource."""

    id: str | None = None
    meta: Meta | None = None


class PatientContact(Element):
    """FHIR Patient.contact."""

    relationship: list[Concept | None] | None = None
    name: HumanName | None = None
    telecom: list[Contact | None] | None = None


class Communication(Element):
    """FHIR Patient.communication."""

    language: Concept | None = None
    preferred: bool | None = None


class PatientLink(Element):
    """FHIR Patient.link."""

    other: Reference | None = None
    type: str | None = None


class Patient(Resource):
    """FHIR Patient."""

    identifier: list[Identifier | None] | None = None
    active: bool | None = None
    name: list[HumanName | None] | None = None
    gender: str | None = None
    birth_date: str | None = None
    birth_date_more: Extended | None = field(default=None, name="_birthDate")
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    multiple_birth_integer: Any = None
    contact: list[PatientContact | None] | None = None
    communication: list[Communication | None] | None = None
    link: list[PatientLink | None] | None = None
    extension: list[Extension | None] | None = None


class RelatedPerson(Resource):
    """FHIR RelatedPerson."""

    identifier: list[Identifier | None] | None = None
    active: bool | None = None
    patient: Reference | None = None
    relationship: list[Concept | None] | None = None
    name: list[HumanName | None] | None = None
    telecom: list[Contact | None] | None = None


class Practitioner(Resource):
    """FHIR Practitioner."""

    name: list[HumanName | None] | None = None
    telecom: list[Contact | None] | None = None


class Location(Resource):
    """FHIR Location."""

    identifier: list[Identifier | None] | None = None
    name: str | None = None
    physical_type: Concept | None = None
    part_of: Reference | None = None


class EncounterParticipant(Element):
    """FHIR Encounter.participant."""

    type: list[Concept | None] | None = None
    individual: Reference | None = None
    period: Period | None = None


class EncounterLocation(Element):
    """FHIR Encounter.location."""

    location: Reference | None = None
    status: str | None = None
    physical_type: Concept | None = None
    period: Period | None = None


class Encounter(Resource):
    """FHIR Encounter."""

    identifier: list[Identifier | None] | None = None
    status: str | None = None
    class_: Coding | None = field(default=None, name="class")
    subject: Reference | None = None
    service_type: Concept | None = None
    period: Period | None = None
    reason_code: list[Concept | None] | None = None
    participant: list[EncounterParticipant | None] | None = None
    location: list[EncounterLocation | None] | None = None
    part_of: Reference | None = None


class Reaction(Element):
    """FHIR AllergyIntolerance.reaction."""

    manifestation: list[Concept | None] | None = None
    description: str | None = None
    severity: str | None = None


class AllergyIntolerance(Resource):
    """FHIR AllergyIntolerance."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    type: str | None = None
    criticality: str | None = None
    code: Concept | None = None
    patient: Reference | None = None
    reaction: list[Reaction | None] | None = None
    note: list[Annotation | None] | None = None


class Condition(Resource):
    """FHIR Condition."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_string: str | None = None
    recorded_date: str | None = None


class ReferenceRange(Element):
    """FHIR Observation.referenceRange."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str | None = None


class ObservationValue(Element):
    """What Observation and its components share."""

    code: Concept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: Any = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    data_absent_reason: Concept | None = None
    interpretation: list[Concept | None] | None = None
    reference_range: list[ReferenceRange | None] | None = None


class Observation(ObservationValue):
    """FHIR Observation."""

    id: str | None = None
    meta: Meta | None = None
    status: str | None = None
    category: list[Concept | None] | None = None
    subject: Reference | None = None
    focus: list[Reference | None] | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    method: Concept | None = None
    component: list[ObservationValue | None] | None = None
