"""What the EHR said about a hospital's patients as of one time.

Everything printed about a patient comes from here. Three rules shape the types:

* **Numbers keep their digits as written** (``72.50`` stays ``"72.50"``): quantities are text.
* **Unknown is not none.** Every part of a record carries whether it is complete, partial or
  unavailable, and why (:class:`Part`).
* **Words are the source's.** Names, doses and notes are kept as the EHR wrote them.

FHIR names are used where FHIR R4 has one (``hl7.org/fhir/R4``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

State = Literal["complete", "partial", "unavailable"]


@dataclass(frozen=True, slots=True)
class When:
    """A moment as the source wrote it (FHIR ``dateTime``: may be a year, a month or a day only)."""

    text: str
    """As written, ISO 8601."""
    at: datetime | None = None
    """The instant with its offset; ``None`` where the source gave no time of day or no offset."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the digits of the source, and its unit ('' where none is given)."""

    value: str
    unit: str = ""
    comparator: str = ""
    """``<``, ``<=``, ``>=`` or ``>`` (FHIR ``Quantity.comparator``)."""


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One kind of fact about one patient, with how far it can be trusted to be all of it."""

    items: tuple[T, ...] = ()
    state: State = "complete"
    why: str = ""
    """For ``partial`` and ``unavailable``: the reason, in words for the ward."""
    as_of: datetime | None = None
    """The age of this part where it differs from the snapshot's."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """FHIR ``Identifier``: a number of a person or stay, and who issued it."""

    value: str
    system: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """FHIR ``HumanName``. ``text`` is how the source writes the whole name, where it does."""

    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    text: str = ""
    use: str = ""


@dataclass(frozen=True, slots=True)
class Mother:
    """Of a newborn: the one other person who may be named on a patient's page."""

    name: str
    mrn: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the patient is."""

    id: str
    """The source's technical id (FHIR ``Resource.id``)."""
    mrn: str
    identifiers: tuple[Identifier, ...] = ()
    names: tuple[Name, ...] = ()
    """All names; the first is the one to call the patient by (official before usual before the rest)."""
    birth_date: str = ""
    """ISO date as written: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; '' when unknown."""
    birth_time: When | None = None
    """FHIR extension ``patient-birthTime``; printed on a newborn's pages."""
    sex: str = ""
    """FHIR ``gender`` (male, female, other, unknown), or ''."""
    language: str = ""
    interpreter: bool = False
    deceased: bool = False
    deceased_at: When | None = None
    restricted: bool = False
    """``meta.security`` R or V: printed as a sealed, separate set."""
    former_mrns: tuple[str, ...] = ()
    """MRNs of records merged into this one (FHIR ``link`` type ``replaces``)."""
    mother: Mother | None = None
    birth_order: int | None = None
    """FHIR ``multipleBirthInteger``."""


@dataclass(frozen=True, slots=True)
class Stay:
    """FHIR ``Encounter`` in progress: where the patient is and under whom."""

    id: str
    number: str
    """The encounter number that the hospital uses; else the id."""
    ward: str
    """Ward code or name as the source has it; '' = no place known."""
    bed: str = ""
    room: str = ""
    admitted: When | None = None
    attending: str = ""
    reason: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A body measure (weight, height): value, when, and how it is known."""

    quantity: Quantity
    at: When | None = None
    how: Literal["measured", "estimated", "stated", ""] = ""


@dataclass(frozen=True, slots=True)
class Allergy:
    """FHIR ``AllergyIntolerance`` that names a substance."""

    id: str
    substance: str
    reactions: tuple[str, ...] = ()
    severity: str = ""
    criticality: str = ""
    kind: str = ""
    """allergy or intolerance, where the source says."""
    status: str = ""
    """Clinical status as written (active, inactive, resolved)."""
    verification: str = ""
    note: str = ""


AllergyKnowledge = Literal["listed", "none-known", "not-recorded"]
"""'none-known' only where the source says so; an empty list alone is 'not-recorded'."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about the patient with its time: code status, flag, diet, consent, and the like."""

    id: str
    text: str
    code: str = ""
    """The source's code, ``system|code`` or bare."""
    category: str = ""
    at: When | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """FHIR ``Condition``."""

    id: str
    text: str
    code: str = ""
    status: str = ""
    onset: When | None = None


@dataclass(frozen=True, slots=True)
class ScaleStep:
    """One line of a sliding scale: for a value from ``low`` to ``high`` give ``dose``."""

    low: str
    high: str
    dose: str


MedicationKind = Literal["scheduled", "prn", "infusion", "insulin"]


@dataclass(frozen=True, slots=True)
class Medication:
    """An active order for a medication (FHIR ``MedicationRequest``)."""

    id: str
    name: str
    kind: MedicationKind = "scheduled"
    dose: str = ""
    """Dose with its unit, digits as written, e.g. ``2.5 mg``; '' when the source gives none."""
    route: str = ""
    frequency: str = ""
    """In words, e.g. ``every 6 hours``; '' when the source gives none."""
    times: tuple[str, ...] = ()
    """Times of day ``HH:MM`` where the source gives them (``timing.repeat.timeOfDay``)."""
    times_how: Literal["order", "calculated", "site standard time", ""] = ""
    every_hours: str = ""
    """Interval in hours where it can be calculated from frequency and period."""
    days: tuple[str, ...] = ()
    """Days of the week (mon … sun) of a weekly drug."""
    instructions: str = ""
    """``dosageInstruction.text`` and patient instructions as written."""
    indication: str = ""
    prn_reason: str = ""
    min_interval: str = ""
    max_in_24h: str = ""
    rate: str = ""
    """Infusion rate with its unit at the data time."""
    rate_at: When | None = None
    rate_ordered: str = ""
    """The rate that the order gives, where a charted one stands in ``rate``."""
    rate_limits: str = ""
    """Limits of a titrated infusion as written."""
    target: str = ""
    hold_rule: str = ""
    scale: tuple[ScaleStep, ...] = ()
    """Insulin scale; empty = 'SCALE NOT IN DATA' is printed."""
    start: When | None = None
    stop: When | None = None
    review: When | None = None
    last_given: When | None = None
    last_given_how: str = ""
    next_due: When | None = None
    next_due_how: Literal["order", "calculated", "site standard time", ""] = ""
    """'' with no ``next_due``: 'TIME NOT IN DATA' is printed."""
    given_24h: int = 0
    """Administrations with status completed in the last 24 h."""
    high_alert: bool = False
    status: str = ""


@dataclass(frozen=True, slots=True)
class Administration:
    """FHIR ``MedicationAdministration``: what was (or was not) given, and when."""

    id: str
    medication_id: str
    name: str
    status: str
    at: When | None = None
    dose: str = ""
    route: str = ""
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A vital sign or laboratory result (FHIR ``Observation``, one component a value)."""

    id: str
    name: str
    value: str
    """Digits as written, or the coded value's text."""
    unit: str = ""
    code: str = ""
    """LOINC code where one is given."""
    at: When | None = None
    flag: str = ""
    """Interpretation as written (H, L, HH, LL, A …)."""
    reference: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A line, drain, tube or device in or on the patient."""

    id: str
    text: str
    site: str = ""
    since: When | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A pending order or result (FHIR ``ServiceRequest``, preliminary ``DiagnosticReport``)."""

    id: str
    text: str
    category: str = ""
    status: str = ""
    priority: str = ""
    at: When | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the care team or a contact of the patient."""

    name: str
    role: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A clinical note; ``text`` is whole."""

    id: str
    title: str
    text: str
    by: str = ""
    at: When | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be used. It is named on the patient's page and in the report."""

    file: str
    line: int
    """1-based; 0 where the file has no lines (a Bundle: the entry number is in ``what``)."""
    what: str
    """Resource type and id where known."""
    why: str
    patient_id: str = ""
    """'' where the record does not even say whose it is."""


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """All that the snapshot holds of one patient in one stay."""

    patient: Patient
    stay: Stay
    weight: Part[Measure] = field(default_factory=Part)
    """Newest first; the first is the dosing weight."""
    height: Part[Measure] = field(default_factory=Part)
    allergies: Part[Allergy] = field(default_factory=Part)
    allergy_knowledge: AllergyKnowledge = "not-recorded"
    code_status: Part[Statement] = field(default_factory=Part)
    flags: Part[Statement] = field(default_factory=Part)
    """Category ``isolation`` for isolation; everything else as the source has it."""
    problems: Part[Problem] = field(default_factory=Part)
    medications: Part[Medication] = field(default_factory=Part)
    administrations: Part[Administration] = field(default_factory=Part)
    """The last 24 h before the snapshot's time, newest first."""
    vitals: Part[Observation] = field(default_factory=Part)
    """The last 24 h, newest first."""
    labs: Part[Observation] = field(default_factory=Part)
    """The last 72 h, newest first."""
    devices: Part[Device] = field(default_factory=Part)
    diet: Part[Statement] = field(default_factory=Part)
    orders: Part[Order] = field(default_factory=Part)
    care_team: Part[Person] = field(default_factory=Part)
    contacts: Part[Person] = field(default_factory=Part)
    consents: Part[Statement] = field(default_factory=Part)
    notes: Part[Note] = field(default_factory=Part)
    unreadable: tuple[Unreadable, ...] = ()


PART_NAMES: tuple[str, ...] = (
    "weight",
    "height",
    "allergies",
    "code_status",
    "flags",
    "problems",
    "medications",
    "administrations",
    "vitals",
    "labs",
    "devices",
    "diet",
    "orders",
    "care_team",
    "contacts",
    "consents",
    "notes",
)
"""The fields of :class:`PatientRecord` that are a :class:`Part`."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or server that the snapshot was made from."""

    name: str
    kind: str
    """``fhir-bundle``, ``fhir-ndjson``, ``csv``."""
    records: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All patients in beds as of one time."""

    as_of: datetime
    as_of_how: Literal["given", "export time", "latest event"]
    sources: tuple[Source, ...] = ()
    records: tuple[PatientRecord, ...] = ()
    """In the order of ward, then bed, then name."""
    problems: tuple[Unreadable, ...] = ()
    """Records that belong to no patient in the census, or to none at all."""
