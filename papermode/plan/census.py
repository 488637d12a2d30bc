"""The context of a ward's own pages: census, and the time-critical doses by hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from papermode.model.snapshot import PatientRecord
from papermode.plan import facts
from papermode.plan.context import Run, overdue_dose, run_context
from papermode.plan.doses import due_times
from papermode.plan.facts import join
from papermode.plan.lists import Entry
from papermode.plan.words import day_and_time, iso_date_text, word

FULL_TREATMENT = frozenset(
    {"for resuscitation", "full code", "full resuscitation", "full treatment", "for full treatment"}
)
"""Code statuses that are no limit; anything else is flagged on the census, whatever its words."""


def census_context(records: Sequence[PatientRecord], run: Run, alerts: frozenset[str]) -> dict[str, Any]:
    """Return the keys of a ward's pages: ``census``, ``critical_doses``, ``isolation_list`` and the run's."""
    context = run_context(run)
    context["census"] = [_census_row(r, run, r.patient.id in alerts) for r in records]
    context["critical_doses"] = _critical_doses(records, run)
    context["incomplete"] = [e for r in records for e in _incomplete(r, run)]
    context["counts"] = {"patients": len(records), "sealed": sum(r.patient.restricted for r in records)}
    empty = word(run.style.language, "none_recorded")
    for name in ("census", "critical_doses", "incomplete", "phones", "steps"):
        context["state"][name], context["empty"][name] = "", empty
    context["empty"]["incomplete"] = word(run.style.language, "none_missing")
    return context


def _census_row(record: PatientRecord, run: Run, alert: bool) -> Entry:
    """One patient: where, who, and the flags that change how one goes into the room."""
    p, stay, lang = record.patient, record.stay, run.style.language
    born = iso_date_text(p.birth_date, lang) if p.birth_date else word(lang, "born_unknown")
    flags = [
        alert and word(lang, "name_alert_short"),
        p.deceased and word(lang, "deceased"),
        p.restricted and word(lang, "restricted_short"),
        any(f.category == "isolation" for f in record.flags.items) and not p.restricted and word(lang, "isolation"),
        any(c.text.lower() not in FULL_TREATMENT for c in record.code_status.items)
        and not p.restricted
        and word(lang, "limits_of_treatment"),
        record.patient.mother is not None and f"{word(lang, 'mother')}: {record.patient.mother.name}",
    ]
    name = facts.full_name(p.names)
    return {
        "ref": f"Encounter/{stay.id}",
        "bed": facts.bed_text(stay) or word(lang, "no_bed"),
        "name": name,
        "mrn": p.mrn,
        "born": join((born, p.sex[:1].upper()), " "),
        "flags": join(str(f) for f in flags if f),
        "text": join((name, f"{word(lang, 'mrn')} {p.mrn}")),
        "short": join((name, f"{word(lang, 'mrn')} {p.mrn}")),
    }


def _critical_doses(records: Sequence[PatientRecord], run: Run) -> list[Entry]:
    """High-alert drugs and insulin due in the next 24 h or overdue, by time; what is sealed or held is not listed."""
    found: list[tuple[datetime, str]] = []
    start = run.as_of
    end = start.astimezone(UTC) + timedelta(hours=24)
    for record in records:
        if record.patient.deceased or record.patient.restricted:
            continue
        who = join((facts.bed_text(record.stay), facts.full_name(record.patient.names)), " ")
        for med in record.medications.items:
            if not (med.high_alert or med.kind == "insulin") or med.kind in ("prn", "infusion"):
                continue
            if med.status in ("home", "on-hold"):
                continue
            what = f"{who}: {facts.med_what(med, run.style.language)} {med.route}"
            late = overdue_dose(med, start)
            if late is not None:
                found.append((late, f"{word(run.style.language, 'overdue')} {what}"))
            found += [(at, what) for at in due_times(med, start, end, run.style.zone).times]
    out = []
    for at, text in sorted(found, key=lambda pair: (pair[0], pair[1])):
        day, clock = day_and_time(at, run.style.zone, run.style.language)
        out.append({"text": f"{day} {clock}  {text}"})
    return out


def _incomplete(record: PatientRecord, run: Run) -> list[Entry]:
    """Patients of whom something is missing, by bed: the charge nurse asks for these first."""
    parts = ("allergies", "medications", "administrations", "code_status")
    missing = [name for name in parts if getattr(record, name).state != "complete"]
    bed = facts.bed_text(record.stay) or word(run.style.language, "no_bed")
    who = join((bed, facts.full_name(record.patient.names)), " ")
    if not missing and not record.unreadable:
        return []
    names = [word(run.style.language, f"part_{m}") for m in missing]
    unread = word(run.style.language, "unreadable", n=len(record.unreadable)) if record.unreadable else ""
    return [{"text": f"{who}: {join((*names, unread), ', ')}"}]
