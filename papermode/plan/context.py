"""What the templates of a form see: plain strings, numbers and lists, named as docs/forms.md lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from papermode.model.snapshot import Medication, Patient, PatientRecord
from papermode.plan import facts
from papermode.plan.doses import due_times
from papermode.plan.facts import Style, join
from papermode.plan.lists import VITAL_CODES, Entry, entries_of
from papermode.plan.words import date_text, day_and_time, iso_date_text, moment_text, word

SAME_SET_S = 600
"""Vital signs this near to one another in time are one set in the columns of the past."""
PAST_SETS = 3
"""Columns of the past."""
LEVELS = {"alert": "A", "new confus": "C", "confus": "C", "voice": "V", "verbal": "V", "pain": "P", "unrespons": "U"}
"""How a level of consciousness begins -> its letter on the chart (ACVPU, RCP 2017)."""
CELLS = 3
"""Dose cells of a row of the scheduled sheets."""


@dataclass(frozen=True, slots=True)
class Ward:
    """What the site says about a ward."""

    code: str
    name: str
    phones: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    paper: str = "a4"
    language: str = "en"
    admission_sets: int = 4


@dataclass(frozen=True, slots=True)
class Run:
    """One print run: the times and the site's facts that every page shows."""

    site: str
    site_name: str
    zone_name: str
    style: Style
    printed_at: datetime
    as_of: datetime
    ward: Ward
    certificate: str = ""
    """PMK1 text of the key that signs: printed on the cover, so that paper and the root card are enough."""


def age_text(birth: str, at: datetime, language: str) -> str:
    """Return the age: years, under two years months, under two months days. '' when not known to the day."""
    try:
        born = datetime.fromisoformat(birth).date()
    except ValueError:
        return ""
    if len(birth) != 10 or born > at.date():
        return ""
    months = (at.year - born.year) * 12 + at.month - born.month - (at.day < born.day)
    if months < 2:
        return f"{(at.date() - born).days} {word(language, 'age_d')}"
    if months < 24:
        return f"{months} {word(language, 'age_m')}"
    return f"{months // 12} {word(language, 'age_y')}"


def age_years(birth: str, at: datetime) -> int | None:
    """Return the age in whole years, or ``None`` when the year of birth is not known."""
    try:
        year = int(birth[:4])
    except ValueError:
        return None
    later = birth[5:] > f"{at:%m-%d}" if len(birth) == 10 else False
    return at.year - year - later


def person_context(patient: Patient, run: Run) -> dict[str, Any]:
    """Return the keys of ``patient``: name, mrn, born, age, sex and what qualifies them."""
    lang = run.style.language
    local = run.as_of.astimezone(run.style.zone)
    names = [facts.name_text(n) for n in patient.names]
    name = facts.full_name(patient.names)
    extra = [n for n in dict.fromkeys(names) if n and n != name]
    born = iso_date_text(patient.birth_date, lang) if patient.birth_date else ""
    return {
        "name": name,
        "other_names": extra,
        "mrn": patient.mrn,
        "born": born,
        "age": age_text(patient.birth_date, local, lang),
        "years": age_years(patient.birth_date, local),
        "sex": word(lang, patient.sex)
        if patient.sex in ("male", "female", "other", "unknown")
        else patient.sex or word(lang, "unknown"),
        "birth_time": run.style.when(patient.birth_time),
        "language": patient.language,
        "interpreter": patient.interpreter,
        "deceased": patient.deceased,
        "deceased_at": run.style.when(patient.deceased_at),
        "restricted": patient.restricted,
        "former_mrns": list(patient.former_mrns),
        "birth_order": patient.birth_order,
        "mother_name": patient.mother.name if patient.mother else "",
        "mother_mrn": patient.mother.mrn if patient.mother else "",
        "identifiers": [
            join((i.type or i.system, i.value), " ") for i in patient.identifiers if i.value != patient.mrn
        ],
    }


def run_context(run: Run) -> dict[str, Any]:
    """Return the keys that do not depend on a patient."""
    zone, lang = run.style.zone, run.style.language
    return {
        "site": run.site_name,
        "ward": {"code": run.ward.code, "name": run.ward.name},
        "phones": [{"text": t} for t in run.ward.phones],
        "steps": [{"text": f"{n}. {t}"} for n, t in enumerate(run.ward.steps, 1)],
        "as_of": moment_text(run.as_of, zone, lang),
        "printed": moment_text(run.printed_at, zone, lang),
        "today": date_text(run.as_of.astimezone(zone), lang),
        "zone": run.zone_name,
        "certificate": run.certificate,
        "state": {},
        "empty": {},
    }


def patient_context(record: PatientRecord, run: Run, *, alert: bool) -> dict[str, Any]:
    """Return everything the forms of one patient may print."""
    lists = entries_of(record, run.style, run.as_of)
    stay, lang = record.stay, run.style.language
    context = run_context(run)
    context.update(lists.entries)
    context["state"], context["empty"] = lists.state, lists.empty
    context["patient"] = person_context(record.patient, run)
    context["stay"] = {
        "number": stay.number,
        "ward": stay.ward or word(lang, "no_ward"),
        "bed": facts.bed_text(stay),
        "admitted": run.style.when(stay.admitted),
        "attending": stay.attending,
        "reason": stay.reason,
        "service": stay.service,
    }
    context["name_alert"] = alert
    context["counts"] = {
        n: len(lists.entries[n]) for n in ("scheduled", "high_alert", "prn", "infusions", "insulins", "allergies")
    }
    context["adult"] = is_adult(record, run)
    context["pregnant"] = is_pregnant(record)
    context["newborn"] = record.patient.mother is not None
    context["scale2"] = uses_scale_2(record)
    context["past"] = past_vitals(record, run)
    context["who"] = who(context["patient"], record, lang)
    context["state"]["who"], context["empty"]["who"] = "", context["empty"]["problems"]
    return context


def who(person: Mapping[str, Any], record: PatientRecord, language: str) -> list[Entry]:
    """Return the lines about the person that the banner has no room for."""
    lines = [
        *(word(language, "also_known_as", name=n) for n in person["other_names"]),
        person["former_mrns"]
        and f"{word(language, 'mrn')} {word(language, 'formerly')} {', '.join(person['former_mrns'])}",
        *person["identifiers"],
        record.stay.reason and word(language, "here_because", reason=record.stay.reason),
        join((record.stay.service, record.stay.attending and word(language, "under", who=record.stay.attending))),
        person["language"]
        and join(
            (
                word(language, "language", spoken=person["language"]),
                person["interpreter"] and word(language, "interpreter"),
            )
        ),
    ]
    return [{"text": str(line)} for line in lines if line]


def is_adult(record: PatientRecord, run: Run) -> bool:
    """Tell whether NEWS2 applies by age (16 and over); an unknown age counts as adult only with no mother."""
    years = age_years(record.patient.birth_date, run.as_of.astimezone(run.style.zone))
    return years >= 16 if years is not None else record.patient.mother is None


def is_pregnant(record: PatientRecord) -> bool:
    """Tell whether a problem says pregnancy or delivery: NEWS2 must not be used (RCP 2017)."""
    for p in record.problems.items:
        code = p.code.rsplit("|", 1)[-1].upper()
        text = p.text.lower()
        if (
            (code[:1] == "O" and code[1:2].isdigit())
            or code[:3] in ("Z33", "Z34", "Z37", "Z39")
            or "pregnan" in text
            or "deliver" in text
            or "postpartum" in text
        ):
            return True
    reason = record.stay.reason.lower()
    return any(w in reason for w in ("pregnan", "deliver", "labor", "labour", "postpartum", "caesarean", "cesarean"))


def uses_scale_2(record: PatientRecord) -> bool:
    """Tell whether the record asks for SpO2 scale 2 (hypercapnic failure, target 88 to 92 %; RCP 2017)."""
    texts = (
        [s.text for s in record.flags.items]
        + [o.text for o in record.orders.items]
        + [p.text for p in record.problems.items]
    )
    return any(w in t.lower() for t in texts for w in ("hypercapni", "88-92", "88–92", "88 to 92", "spo2 scale 2"))


def past_vitals(record: PatientRecord, run: Run) -> list[Entry]:
    """Return the last three sets of vital signs, oldest first: time, and a value a parameter."""
    timed = [
        (o.at.at, VITAL_CODES[o.code], o.value)
        for o in record.vitals.items
        if o.code in VITAL_CODES and o.at and o.at.at
    ]
    set_of = _newest_sets(at for at, _, _ in timed)
    sets: dict[datetime, Entry] = {moment: {} for moment in set_of.values()}
    for at, key, value in timed:
        if at in set_of:
            sets[set_of[at]].setdefault(key, _past_value(key, value))
    out = []
    for moment in sorted(sets):
        _, clock = day_and_time(moment, run.style.zone, run.style.language)
        out.append({"time": clock[:5].replace(":", "\n"), **sets[moment]})
    return out


def _newest_sets(times: Iterable[datetime]) -> dict[datetime, datetime]:
    """Return time -> time of the set that it belongs to, for the newest sets."""
    found: dict[datetime, datetime] = {}
    newest: list[datetime] = []
    for at in sorted(set(times), reverse=True):
        if not newest or (newest[-1] - at).total_seconds() > SAME_SET_S:
            if len(newest) == PAST_SETS:
                break
            newest.append(at)
        found[at] = newest[-1]
    return found


def _past_value(key: str, value: str) -> str:
    """Return a value as its narrow column holds it: consciousness by its letter, oxygen by its flow."""
    if key == "avpu":
        return next((letter for start, letter in LEVELS.items() if value.lower().startswith(start)), "")
    if key == "oxygen":
        return {"0": "air", "0.0": "air"}.get(value, f"{value} L")
    return value


def sheet_context(
    record: PatientRecord, context: Mapping[str, Any], run: Run, number: int, hours: int
) -> dict[str, Any]:
    """Return the context of time sheet ``number`` (0-based): its span, and the dose rows due in it."""
    zone, lang = run.style.zone, run.style.language
    first = run.as_of.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    start = (first.astimezone(UTC) + timedelta(hours=hours * number)).astimezone(zone)
    end = (start.astimezone(UTC) + timedelta(hours=hours)).astimezone(zone)
    out = dict(context)
    out["sheet"] = {"from": moment_text(start, zone, lang), "to": moment_text(end, zone, lang), "number": number + 1}
    out["hours"] = hour_rows(start, hours, run)
    out["shifts"] = [{"text": word(lang, key), "ref": ""} for key in ("shift_day", "shift_night", "total_24h")]
    due_rows: dict[str, list[Entry]] = {"scheduled": [], "high_alert": []}
    not_due: list[Entry] = []
    by_ref = {f"MedicationRequest/{m.id}": m for m in record.medications.items}
    for name, rows in due_rows.items():
        for row in context[name]:
            med = by_ref[row["ref"]]
            due = due_times(med, start, end, zone)
            overdue = overdue_dose(med, start) if number == 0 else None
            if med.status == "on-hold":
                not_due.append({**row, "text": _whole(row)})
            elif due.known and not due.times and overdue is None:
                not_due.append({**row, "text": f"{_whole(row)} – {word(lang, 'not_due')}{_next(med, run)}"})
            else:
                rows.extend(dose_rows(row, due.times, run, overdue))
    out["scheduled_due"], out["high_alert_due"] = due_rows["scheduled"], due_rows["high_alert"]
    out["not_due"] = not_due
    out["insulins"] = [
        {**row, "times": _due_words(by_ref[row["ref"]], start, hours, run)} for row in context["insulins"]
    ]
    state = dict(context["state"])
    empty = dict(context["empty"])
    for name in ("scheduled_due", "high_alert_due", "not_due"):
        state[name], empty[name] = state["scheduled"], empty["scheduled"]
    out["state"], out["empty"] = state, empty
    return out


def overdue_dose(med: Medication, start: datetime) -> datetime | None:
    """Return a dose that was due before the sheet begins and is not charted: it must be asked for, not skipped."""
    at = med.next_due.at if med.next_due is not None else None
    return at if at is not None and at < start and med.status != "on-hold" else None


def _whole(row: Entry) -> str:
    """Return all that a dose row says, on one line: a list has no cells for the rest."""
    return join((row["text"], row["no_dose"], row["last"]))


def _due_words(med: Medication, start: datetime, hours: int, run: Run) -> str:
    """Return when insulin is due in the next two sheets' time: its lines have no times of their own.

    Nothing is said where the order has no times: a scale goes by the glucose.
    """
    if med.status == "on-hold":
        return ""
    end = start.astimezone(UTC) + timedelta(hours=2 * hours)
    zone, lang = run.style.zone, run.style.language
    days: dict[str, list[str]] = {}
    late = overdue_dose(med, start)
    for at in (*([late] if late is not None else ()), *due_times(med, start, end, zone).times):
        day, clock = day_and_time(at, zone, lang)
        days.setdefault(day, []).append(f"{clock} {word(lang, 'overdue')}" if at == late else clock)
    texts = [f"{day.replace(' ', facts.NBSP)}{facts.NBSP}{', '.join(clocks)}" for day, clocks in days.items()]
    return f"{word(lang, 'due')} {join(texts)}" if texts else ""


def _next(med: Medication, run: Run) -> str:
    if med.next_due is None or med.next_due.at is None:
        return ""
    how = f" ({word(run.style.language, med.next_due_how)})" if med.next_due_how else ""
    return f"; {word(run.style.language, 'next', when=run.style.short(med.next_due))}{how}"


def hour_rows(start: datetime, hours: int, run: Run) -> list[Entry]:
    """Return one row an hour of a sheet, with its local time and the day where it changes."""
    return list(_hour_rows(start.timestamp(), hours, run.style.zone, run.style.language))


@lru_cache(maxsize=64)
def _hour_rows(start: float, hours: int, zone: ZoneInfo, language: str) -> tuple[Entry, ...]:
    out: list[Entry] = []
    last = ""
    for n in range(hours):
        at = datetime.fromtimestamp(start + 3600 * n, zone)
        day, clock = day_and_time(at, zone, language)
        out.append({"text": clock if day == last else f"{day} {clock}", "ref": "", "at": at.isoformat()})
        last = day
    return tuple(out)


def dose_rows(row: Entry, times: tuple[datetime, ...], run: Run, overdue: datetime | None = None) -> list[Entry]:
    """Return the rows of one order on a sheet: three doses a row, the order repeated above each.

    A dose cell is 12.6 mm wide: what has to be said about a dose stands in the order's own cell, and beside the
    time only the zone of an hour that occurs twice.
    """
    zone, lang = run.style.zone, run.style.language
    if not times and overdue is None:
        unknown = join((row["no_dose"], word(lang, "time_not_in_data")))
        return [{**row, "no_dose": unknown, "due": [{"day": "", "due": "?", "note": "", "at": ""}]}]
    cells = []
    first = row
    if overdue is not None:
        times = (overdue, *times)
        missed = f"{word(lang, 'overdue')} {' '.join(day_and_time(overdue, zone, lang))}"
        first = {**row, "no_dose": join((row["no_dose"], missed))}
    for at in times:
        day, clock = day_and_time(at, zone, lang)
        clock, _, named = clock.partition(" ")
        cells.append({"day": day, "due": clock, "note": named, "at": at.astimezone(zone).isoformat()})
    again = {**row, "dates": "", "last": "", "as_written": ""}
    return [{**(again if i else first), "due": cells[i : i + CELLS]} for i in range(0, len(cells), CELLS)]
