"""The lists of the context: every part of a patient's record as entries of text, with their state.

An entry is a dict of plain strings (templates see nothing else): ``text`` is the whole fact; table rows
have more keys. ``state`` says in words where a part is incomplete or missing, ``empty`` what to print
where it is complete and holds nothing: unknown is not none (domain.md R7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from papermode.model.snapshot import Medication, Observation, Part, PatientRecord
from papermode.plan import facts
from papermode.plan.facts import Style, join
from papermode.plan.words import word

Entry = dict[str, Any]

VITAL_CODES: Final[dict[str, str]] = {
    "8867-4": "pulse",
    "9279-1": "resp",
    "2708-6": "spo2",
    "59408-5": "spo2",
    "8480-6": "systolic",
    "8462-4": "diastolic",
    "8310-5": "temp",
    "8331-1": "temp",
    "3151-8": "oxygen",
    "67775-7": "avpu",
    "80288-4": "avpu",
}
"""LOINC code -> key of a vital sign in the columns of the past."""


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists of one patient, with what to say about each."""

    entries: dict[str, list[Entry]]
    state: dict[str, str]
    empty: dict[str, str]


def entries_of(record: PatientRecord, style: Style, as_of: datetime) -> Lists:
    """Return the lists of a patient's record."""
    build = _Builder(record, style, as_of)
    build.all()
    return Lists(build.entries, build.state, build.empty)


def state_text(part: Part[Any], style: Style, as_of: datetime) -> str:
    """Return what to say of a part that is not complete, or ''."""
    if part.state == "complete":
        return ""
    key = "not_available" if part.state == "unavailable" else "incomplete"
    return word(
        style.language, key, time=style.moment(part.as_of or as_of), why=part.why or word(style.language, "no_reason")
    )


class _Builder:
    def __init__(self, record: PatientRecord, style: Style, as_of: datetime) -> None:
        self.record = record
        self.style = style
        self.as_of = as_of
        self.entries: dict[str, list[Entry]] = {}
        self.state: dict[str, str] = {}
        self.empty: dict[str, str] = {}

    def put(self, name: str, part: Part[Any], entries: Iterable[Entry]) -> None:
        """Store one list with the state of the part that it comes from."""
        self.entries[name] = list(entries)
        self.state[name] = state_text(part, self.style, self.as_of)
        self.empty[name] = word(self.style.language, "none_recorded")

    def texts(self, name: str, part: Part[Any], write: Callable[[Any], str]) -> None:
        """Store a list with one text an item."""
        self.put(name, part, ({"text": write(item)} for item in part.items))

    def all(self) -> None:
        """Make every list."""
        r, s = self.record, self.style
        self._allergies()
        self.texts("problems", r.problems, lambda p: facts.problem_text(p, s))
        self.put(
            "code_status",
            r.code_status,
            ({"text": facts.statement_text(c, s), "short": c.text} for c in r.code_status.items),
        )
        self._flags()
        self.put(
            "weights",
            r.weight,
            ({"text": facts.measure_text(m, s), "short": facts.measure_short(m, s)} for m in r.weight.items),
        )
        self.texts("heights", r.height, lambda m: facts.measure_text(m, s))
        self.texts("devices", r.devices, lambda d: facts.device_text(d, s))
        self.texts("diet", r.diet, lambda d: facts.statement_text(d, s))
        self.texts("orders", r.orders, lambda o: facts.order_text(o, s))
        self.texts("care_team", r.care_team, facts.person_text)
        self.texts("contacts", r.contacts, facts.person_text)
        self.texts("consents", r.consents, lambda c: facts.statement_text(c, s))
        self.texts("notes", r.notes, lambda n: facts.note_text(n, s))
        self.texts("administrations", r.administrations, lambda a: facts.administration_text(a, s))
        self.put("labs", r.labs, self._by_analyte(r.labs.items))
        self.put("vitals", r.vitals, self._by_analyte(r.vitals.items))
        self.put("unreadable", Part(), ({"text": facts.unreadable_text(u, s.language)} for u in r.unreadable))
        self._medications()
        self._kills_first()
        self._joined("people", ("care_team", "contacts"))
        self._joined("bedside", ("diet", "devices", "heights"))
        self._joined("papers", ("consents", "notes"))

    def _joined(self, name: str, parts: tuple[str, ...]) -> None:
        """Put several short lists into one, each with its own state under its own name."""
        self.entries[name] = [e for p in parts for e in self.entries[p]]
        lang = self.style.language
        self.state[name] = join(f"{word(lang, f'part_{p}')}: {self.state[p]}" if self.state[p] else "" for p in parts)
        self.empty[name] = self.empty[parts[0]]

    def _allergies(self) -> None:
        r, lang = self.record, self.style.language
        self.texts("allergies", r.allergies, lambda a: facts.allergy_text(a, lang))
        if r.allergy_knowledge == "none-known":
            said = f" – {r.allergies.why}" if r.allergies.why else ""
            self.empty["allergies"] = word(lang, "no_known_allergies") + said
        else:
            self.empty["allergies"] = word(lang, "allergies_not_recorded")

    def _flags(self) -> None:
        flags, s = self.record.flags, self.style
        isolation = [f for f in flags.items if f.category == "isolation"]
        others = [f for f in flags.items if f.category != "isolation"]
        self.put("isolation", flags, ({"text": facts.statement_text(f, s)} for f in isolation))
        self.put("flags", flags, ({"text": facts.statement_text(f, s)} for f in others))

    def _by_analyte(self, items: Iterable[Observation]) -> list[Entry]:
        """One entry an analyte: its values newest first with their times; what is abnormal comes first."""
        groups: dict[tuple[str, str, str, str], list[Observation]] = {}
        for o in items:
            groups.setdefault((o.name, o.unit, o.reference, o.code), []).append(o)
        entries = []
        for group in groups.values():
            abnormal = any(o.flag not in ("", "N") for o in group)
            entries.append((not abnormal, {"text": facts.series_text(group, self.style)}))
        return [e for _, e in sorted(entries, key=lambda pair: pair[0])]

    # -- medications --------------------------------------------------------------------------

    def _medications(self) -> None:
        """The rows of the medication sheets, by kind; home medicines are a list of their own."""
        part = self.record.medications
        home = [m for m in part.items if m.status == "home"]
        inpatient = [m for m in part.items if m.status != "home"]
        rows = {m.id: self.medication_row(m) for m in part.items}
        for name, wanted in (
            ("scheduled", [m for m in inpatient if m.kind == "scheduled" and not m.high_alert]),
            ("high_alert", [m for m in inpatient if m.kind == "scheduled" and m.high_alert]),
            ("prn", [m for m in inpatient if m.kind == "prn"]),
            ("infusions", [m for m in inpatient if m.kind == "infusion"]),
            ("insulins", [m for m in inpatient if m.kind == "insulin"]),
            ("home_medicines", home),
        ):
            self.put(name, part, (rows[m.id] for m in wanted))
        self.empty["medications"] = self.empty["scheduled"]
        self.state["medications"] = self.state["scheduled"]

    def medication_row(self, m: Medication) -> Entry:
        """Return one order's keys: what, how, why, dates, last, rate, scale, as_written, text."""
        s = self.style
        held = f"{word(s.language, 'on_hold')}: " if m.status == "on-hold" else ""
        row: Entry = {
            "ref": f"MedicationRequest/{m.id}",
            "what": held + facts.med_what(m, s.language),
            "how": facts.med_how(m, s.language),
            "why": facts.med_why(m, s.language),
            "dates": facts.med_dates(m, s),
            "last": self._last(m),
            "as_written": facts.med_as_written(m, s.language),
            "count_24h": str(m.given_24h),
            "rate": facts.med_rate(m, s) if m.kind == "infusion" else "",
            "scale": list(facts.med_scale(m, s.language)) if m.kind == "insulin" else [],
            "no_dose": join(
                ("" if m.dose or m.kind == "infusion" else word(s.language, "dose_unknown"), self._one_dose(m))
            ),
        }
        row["text"] = join(
            (row["what"] or m.name, row["how"], row["why"], row["rate"], row["dates"], row["as_written"])
        )
        row["short"] = row["what"] or m.name
        return row

    def _one_dose(self, m: Medication) -> str:
        """Return what to ask of a single dose ordered long ago: it may have been given before what is charted here."""
        old = m.start is not None and m.start.at is not None and self.as_of - m.start.at > timedelta(hours=24)
        single = m.frequency.strip().lower() == "once" and m.last_given is None and m.next_due is None
        return word(self.style.language, "one_dose") if old and single else ""

    def _last(self, m: Medication) -> str:
        part = self.record.administrations
        if m.last_given is None and part.state != "complete":
            return f"{word(self.style.language, 'last_given')}: {state_text(part, self.style, self.as_of)}"
        return facts.med_last(m, self.style)

    # -- what kills first ----------------------------------------------------------------------

    def _kills_first(self) -> None:
        """What the next nurse must not learn too late: infusions, high-alert drugs, airway, glucose, risks."""
        r, lang, entries = self.record, self.style.language, self.entries
        infusion, insulin, high_alert = (word(lang, key) for key in ("infusion", "insulin", "high_alert"))
        found: list[str] = [f"{infusion} {e['what']}: {join((e['rate'], e['why']))}" for e in entries["infusions"]]
        found += [f"{insulin} {e['what']} – {e['last']}" for e in entries["insulins"]]
        found += [f"{high_alert} {e['what']}, {e['how']} – {e['last']}" for e in entries["high_alert"]]
        found += [self._latest(("oxygen", "fio2", "airway", "ventilat"), word(lang, "airway"))]
        found += [self._latest(("glucose",), word(lang, "glucose"))]
        found += [f"{word(lang, 'diet')}: {e['text']}" for e in entries["diet"]]
        found += [e["text"] for e in entries["flags"]]
        found += [f"{word(lang, 'device')}: {e['text']}" for e in entries["devices"]]
        self.put("kills_first", r.medications, ({"text": t} for t in found if t))
        missing = [self.state[n] for n in ("administrations", "flags", "devices", "diet") if self.state[n]]
        self.state["kills_first"] = join((self.state["kills_first"], *dict.fromkeys(missing)))

    def _latest(self, words: tuple[str, ...], label: str) -> str:
        """Return the newest observation whose name has one of the words."""
        for o in (*self.record.vitals.items, *self.record.labs.items):
            if any(w in o.name.lower() for w in words):
                return f"{label}: {facts.observation_text(o)}, {self.style.short(o.at)}"
        return ""
