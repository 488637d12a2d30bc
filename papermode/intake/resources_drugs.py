"""The elements of the FHIR R4 resources for medications: orders, doses given, dosages and timings."""

from __future__ import annotations

from typing import Any

from papermode.intake.resources import (
    Annotation,
    Concept,
    Element,
    Extension,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Resource,
)


class Repeat(Element):
    """FHIR Timing.repeat."""

    bounds_period: Period | None = None
    count: Any = None
    frequency: Any = None
    frequency_max: Any = None
    period: Any = None
    period_max: Any = None
    period_unit: str | None = None
    day_of_week: list[str | None] | None = None
    time_of_day: list[str | None] | None = None
    when: list[str | None] | None = None


class Timing(Element):
    """FHIR Timing."""

    event: list[str | None] | None = None
    repeat: Repeat | None = None
    code: Concept | None = None


class DoseAndRate(Element):
    """FHIR Dosage.doseAndRate."""

    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None
    rate_range: Range | None = None
    rate_ratio: Ratio | None = None


class Dosage(Element):
    """FHIR Dosage."""

    sequence: Any = None
    text: str | None = None
    additional_instruction: list[Concept | None] | None = None
    patient_instruction: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: Concept | None = None
    site: Concept | None = None
    route: Concept | None = None
    method: Concept | None = None
    dose_and_rate: list[DoseAndRate | None] | None = None
    max_dose_per_period: Ratio | None = None
    max_dose_per_administration: Quantity | None = None
    extension: list[Extension | None] | None = None


class Medication(Resource):
    """FHIR Medication."""

    code: Concept | None = None


class MedicationRequest(Resource):
    """FHIR MedicationRequest."""

    status: str | None = None
    status_reason: Concept | None = None
    intent: str | None = None
    category: list[Concept | None] | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    contained: list[Medication | None] | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    reason_code: list[Concept | None] | None = None
    reason_reference: list[Reference | None] | None = None
    note: list[Annotation | None] | None = None
    dosage_instruction: list[Dosage | None] | None = None


class AdministrationPerformer(Element):
    """FHIR MedicationAdministration.performer."""

    actor: Reference | None = None


class AdministrationDosage(Element):
    """R4 has ``dose`` and ``rate[x]``; some exports write R5-like ``doseAndRate``."""

    text: str | None = None
    route: Concept | None = None
    dose: Quantity | None = None
    rate_quantity: Quantity | None = None
    rate_ratio: Ratio | None = None
    dose_and_rate: list[DoseAndRate | None] | None = None


class MedicationAdministration(Resource):
    """FHIR MedicationAdministration."""

    status: str | None = None
    status_reason: list[Concept | None] | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    contained: list[Medication | None] | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    performer: list[AdministrationPerformer | None] | None = None
    request: Reference | None = None
    note: list[Annotation | None] | None = None
    dosage: AdministrationDosage | None = None
