"""The elements of the FHIR R4 resources for statements, devices, orders, people and notes."""

from __future__ import annotations

from papermode.intake.resources import (
    AllergyIntolerance,
    Annotation,
    Concept,
    Condition,
    Element,
    Encounter,
    Location,
    Observation,
    Patient,
    Period,
    Practitioner,
    Reference,
    RelatedPerson,
    Resource,
)
from papermode.intake.resources_drugs import Medication, MedicationAdministration, MedicationRequest, Timing


class Flag(Resource):
    """FHIR Flag."""

    status: str | None = None
    category: list[Concept | None] | None = None
    code: Concept | None = None
    subject: Reference | None = None
    period: Period | None = None
    author: Reference | None = None


class ConsentProvision(Element):
    """FHIR Consent.provision."""

    type: str | None = None
    code: list[Concept | None] | None = None


class Consent(Resource):
    """FHIR Consent."""

    status: str | None = None
    scope: Concept | None = None
    category: list[Concept | None] | None = None
    patient: Reference | None = None
    date_time: str | None = None
    provision: ConsentProvision | None = None


class ServiceRequest(Resource):
    """FHIR ServiceRequest."""

    status: str | None = None
    intent: str | None = None
    category: list[Concept | None] | None = None
    priority: str | None = None
    do_not_perform: bool | None = None
    code: Concept | None = None
    subject: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    note: list[Annotation | None] | None = None
    patient_instruction: str | None = None


class DiagnosticReport(Resource):
    """FHIR DiagnosticReport."""

    status: str | None = None
    category: list[Concept | None] | None = None
    code: Concept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    issued: str | None = None


class OralDiet(Element):
    """FHIR NutritionOrder.oralDiet."""

    type: list[Concept | None] | None = None
    fluid_consistency_type: list[Concept | None] | None = None
    instruction: str | None = None


class Supplement(Element):
    """FHIR NutritionOrder.supplement."""

    type: Concept | None = None
    product_name: str | None = None
    instruction: str | None = None


class EnteralFormula(Element):
    """FHIR NutritionOrder.enteralFormula."""

    base_formula_type: Concept | None = None
    base_formula_product_name: str | None = None
    administration_instruction: str | None = None


class NutritionOrder(Resource):
    """FHIR NutritionOrder."""

    status: str | None = None
    patient: Reference | None = None
    date_time: str | None = None
    orderer: Reference | None = None
    exclude_food_modifier: list[Concept | None] | None = None
    food_preference_modifier: list[Concept | None] | None = None
    oral_diet: OralDiet | None = None
    supplement: list[Supplement | None] | None = None
    enteral_formula: EnteralFormula | None = None
    note: list[Annotation | None] | None = None


class DeviceName(Element):
    """FHIR Device.deviceName."""

    name: str | None = None


class Device(Resource):
    """FHIR Device."""

    status: str | None = None
    device_name: list[DeviceName | None] | None = None
    type: Concept | None = None
    patient: Reference | None = None
    note: list[Annotation | None] | None = None


class DeviceUseStatement(Resource):
    """FHIR DeviceUseStatement."""

    status: str | None = None
    subject: Reference | None = None
    timing_period: Period | None = None
    timing_date_time: str | None = None
    timing_timing: Timing | None = None
    recorded_on: str | None = None
    device: Reference | None = None
    body_site: Concept | None = None
    note: list[Annotation | None] | None = None


class Procedure(Resource):
    """FHIR Procedure."""

    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    body_site: list[Concept | None] | None = None


class CareTeamParticipant(Element):
    """FHIR CareTeam.participant."""

    role: list[Concept | None] | None = None
    member: Reference | None = None
    period: Period | None = None


class CareTeam(Resource):
    """FHIR CareTeam."""

    status: str | None = None
    subject: Reference | None = None
    participant: list[CareTeamParticipant | None] | None = None


class Attachment(Element):
    """FHIR Attachment."""

    content_type: str | None = None
    data: str | None = None
    title: str | None = None


class DocumentContent(Element):
    """FHIR DocumentReference.content."""

    attachment: Attachment | None = None


class DocumentReference(Resource):
    """FHIR DocumentReference."""

    status: str | None = None
    doc_status: str | None = None
    type: Concept | None = None
    subject: Reference | None = None
    date: str | None = None
    author: list[Reference | None] | None = None
    description: str | None = None
    content: list[DocumentContent | None] | None = None
    security_label: list[Concept | None] | None = None


class OutcomeIssue(Element):
    """FHIR OperationOutcome.issue."""

    severity: str | None = None
    code: str | None = None


class OperationOutcome(Resource):
    """FHIR OperationOutcome."""

    issue: list[OutcomeIssue | None] | None = None


TYPES: dict[str, type[Element]] = {
    "AllergyIntolerance": AllergyIntolerance,
    "CareTeam": CareTeam,
    "Condition": Condition,
    "Consent": Consent,
    "Device": Device,
    "DeviceUseStatement": DeviceUseStatement,
    "DiagnosticReport": DiagnosticReport,
    "DocumentReference": DocumentReference,
    "Encounter": Encounter,
    "Flag": Flag,
    "Location": Location,
    "Medication": Medication,
    "MedicationAdministration": MedicationAdministration,
    "MedicationRequest": MedicationRequest,
    "NutritionOrder": NutritionOrder,
    "Observation": Observation,
    "OperationOutcome": OperationOutcome,
    "Patient": Patient,
    "Practitioner": Practitioner,
    "Procedure": Procedure,
    "RelatedPerson": RelatedPerson,
    "ServiceRequest": ServiceRequest,
}
"""Every resource type that is read; all others are counted and skipped."""

SUBJECT_FIELD: dict[str, str] = {
    name: ("subject" if "subject" in kind.__struct_fields__ else "patient")
    for name, kind in TYPES.items()
    if {"subject", "patient"} & set(kind.__struct_fields__)
}
"""The field that says whose record it is, by type."""
