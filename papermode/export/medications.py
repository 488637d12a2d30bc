"""Doses given and not given as FHIR R4 MedicationAdministration.

Only what the paper says: the time of a dose given is the one written in its own box, never the printed due time. A
dose given without a written time, or on a row that is bound to no order, waits for a person. For one that was not given
paper asks no time: it is filed when it was due. Doses charted in the EHR before the downtime (E) are never filed again.
Infusions are charted by a person from the picture, and an order that was stopped on paper is stopped in the EHR by a
person: no administration says it, and the EHR would go on with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from papermode.export.accept import Accepted, Sheet
from papermode.export.care import NOT_GIVEN
from papermode.export.fhirjson import Json
from papermode.export.leftout import Key
from papermode.export.naming import Naming, answer_key, reference_type
from papermode.export.policy import Policy
from papermode.export.ucum import PRINTED, SYSTEM, printed
from papermode.export.values import code_of


@dataclass(frozen=True, slots=True)
class Chart:
    """The boxes of one dose on a MAR."""

    time: str
    status: str = ""
    """Choice of ``given``, ``not-given``, ``in-ehr``; '' = a dose that is written down was given."""
    in_ehr: str = ""
    """Where there is no status: the mark E."""
    reason: str = ""
    """The digit that says why a dose was not given."""
    dose: str = ""
    """Comb with the dose, in the unit of its item."""
    dose_words: str = ""
    """Line with the dose in handwriting."""
    kind: str = ""
    """Marks that say what the dose is for."""
    instead: str = ""
    """What a line without a dose may be for."""

    @property
    def lead(self) -> str:
        """The box that tells that there is an entry."""
        return self.status or self.time


CHARTS: Final = (
    Chart(time="mar.time", status="mar.status", reason="mar.reason"),
    Chart(time="prn.time", in_ehr="prn.in_ehr", dose_words="prn.dose"),
    Chart(time="ins.time", dose="ins.units", kind="ins.kind", instead="ins.glucose"),
)
INFUSION_EVENT: Final = "inf.event"
STOPPED: Final = frozenset({"mar.stopped", "prn.stopped"})
"""The mark with which an order is stopped on paper."""
AT_DUE: Final = "No time is written on paper; the time here is when the dose was due."
_DONE: Final = {"given": "completed", NOT_GIVEN: "not-done"}


def administrations(sheet: Sheet, naming: Naming, policy: Policy, subject: Json, source: str) -> list[Json]:
    """Return the administrations of a page; doses that cannot be filed are left out with their reason.

    Args:
        sheet: the page.
        naming: the site's names.
        policy: says what the digits in WHY mean.
        subject: reference to the patient.
        source: reference of the QuestionnaireResponse.
    """
    out: list[Json] = []
    leads = {chart.lead: chart for chart in CHARTS}
    for key, found in sheet.accepted.items():
        if key[0] in STOPPED and reference_type(found.answer.ref) == "MedicationRequest":
            sheet.leave(key, "stopped", "order")
        lonely = _lonely(sheet, key)
        if lonely:
            sheet.leave(key, lonely, "administration")
        chart = leads.get(key[0])
        if chart is None or _is_no_dose(sheet, chart, key):
            continue
        dose = _Dose(sheet, chart, key, found)
        reason = dose.refusal()
        if reason:
            sheet.leave(key, reason, "administration")
        else:
            out.append(dose.resource(naming, policy, subject, source))
    return out


def _lonely(sheet: Sheet, key: Key) -> str:
    """Return why a box tells of a dose that no administration is made of, or '': an entry must not get lost."""
    link_id, row, column = key
    if link_id == INFUSION_EVENT:
        return "infusion"
    for chart in CHARTS:
        if chart.status and link_id == chart.time and (chart.status, row, column) not in sheet.accepted:
            return "no-mark"
        if not chart.status and link_id in (chart.dose, chart.dose_words):
            return "" if (chart.time, row, column) in sheet.accepted else "no-time"
    return ""


def _is_no_dose(sheet: Sheet, chart: Chart, key: Key) -> bool:
    """Tell whether a line tells of something else than a dose: a glucose that asked for no insulin.

    Unless its boxes for the dose are certainly empty, it may be a dose.
    """
    _, row, column = key
    if not chart.instead or (chart.instead, row, column) not in sheet.accepted:
        return False
    return sheet.are_empty({(chart.dose, row, column), (chart.kind, row, column)})


@dataclass(frozen=True, slots=True)
class _Dose:
    """One dose on its way."""

    sheet: Sheet
    chart: Chart
    key: Key
    lead: Accepted

    def _text(self, link_id: str) -> str:
        return self.sheet.text(link_id, self.key[1], self.key[2]) if link_id else ""

    @property
    def status(self) -> str:
        """``given``, ``not-given`` or ``in-ehr``."""
        if self.chart.status:
            return self._text(self.chart.status)
        return "in-ehr" if self._text(self.chart.in_ehr) else "given"

    def refusal(self) -> str:
        """Return why this dose is not filed, or ''."""
        if self.status == "in-ehr":
            return "in-ehr"
        if self.status not in _DONE:
            return "value"
        if reference_type(self.lead.answer.ref) != "MedicationRequest":
            return "no-order"
        if not self.lead.answer.row_text.strip():
            return "no-drug"
        late = self.sheet.timed(self.lead)
        if late:
            return late
        needs = self.chart.dose or self.chart.dose_words
        if self.status == "given" and needs and not self._text(needs):
            return "no-dose"
        return "no-unit" if self.chart.dose and not self._unit() else ""

    def _unit(self) -> str:
        """Return the UCUM code of the boxed dose's unit, or ''."""
        found = self.sheet.accepted.get((self.chart.dose, self.key[1], self.key[2]))
        return PRINTED.get(found.place.item.unit, "") if found is not None else ""

    def resource(self, naming: Naming, policy: Policy, subject: Json, source: str) -> Json:
        """Return the MedicationAdministration."""
        page, answer = self.sheet.page, self.lead.answer
        assert answer.at is not None  # noqa: S101 - refusal() has seen to it
        key = answer_key(page, self.key)
        reasons = self._reasons(naming, policy)
        notes = self._notes(policy)
        return {
            "resourceType": "MedicationAdministration",
            "id": naming.id_of_page("MedicationAdministration", page, key),
            "identifier": [naming.identifier("dose", key)],
            "status": _DONE[self.status],
            **({"statusReason": reasons} if reasons else {}),
            "medicationCodeableConcept": {"text": " ".join(answer.row_text.split())},
            "subject": subject,
            **({"context": {"reference": page.encounter_ref}} if page.encounter_ref else {}),
            "supportingInformation": [{"reference": source}],
            "effectiveDateTime": answer.at.isoformat(timespec="seconds"),
            "request": {"reference": answer.ref},
            **({"note": [{"text": text} for text in notes]} if notes else {}),
            **self._dosage(),
        }

    def _reasons(self, naming: Naming, policy: Policy) -> list[Json]:
        """Return ``statusReason``: the digit on paper, its words, and a standard code where the policy has one."""
        digit = self._text(self.chart.reason)
        if self.status != NOT_GIVEN or not digit:
            return []
        known = policy.reason(self.sheet.form, digit)
        own: Json = {"system": naming.system("not-given-reason"), "code": digit}
        if known is None:
            return [{"coding": [own]}]
        codes = [own | {"display": known.text}, *([code_of(known.code)] if known.code else [])]
        return [{"coding": codes, "text": known.text}]

    def _notes(self, policy: Policy) -> list[str]:
        """Return what the paper says that has no element of its own."""
        words = self._text(self.chart.dose_words)
        kinds = self.sheet.accepted.get((self.chart.kind, self.key[1], self.key[2])) if self.chart.kind else None
        return [
            *([f"Dose as written on paper: {words}"] if words else []),
            *([f"For: {', '.join(kinds.texts)}"] if kinds else []),
            *self._reason_of_a_dose_given(policy),
            *([AT_DUE] if self.sheet.stands_at_due(self.lead) else []),
        ]

    def _reason_of_a_dose_given(self, policy: Policy) -> list[str]:
        """Return the digit in WHY of a dose that was given, e.g. vomited: ``statusReason`` is for those not given."""
        digit = self._text(self.chart.reason)
        if self.status != "given" or not digit:
            return []
        known = policy.reason(self.sheet.form, digit)
        return [f"WHY on paper: {digit}" + (f" ({known.text})" if known else "")]

    def _dosage(self) -> Json:
        """Return ``dosage`` where the dose is boxed digits; invariant mad-1 wants none without a dose."""
        found = self.sheet.accepted.get((self.chart.dose, self.key[1], self.key[2])) if self.chart.dose else None
        if found is None or self.status != "given":
            return {}
        unit = self._unit()
        value = found.values[0]["valueInteger"]
        return {"dosage": {"dose": {"value": value, "unit": printed(unit), "system": SYSTEM, "code": unit}}}
