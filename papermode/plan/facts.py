"""How each kind of fact of a snapshot is written on paper: one function a kind, words of the source whole.

Medication text follows domain.md R6: dose first, a space before the unit, a leading and no trailing zero,
a comma from 1,000. Numbers and their units are joined by a no-break space so that a line break cannot
part them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from papermode.model.snapshot import (
    Administration,
    Allergy,
    Device,
    Measure,
    Medication,
    Name,
    Note,
    Observation,
    Order,
    Person,
    Problem,
    Quantity,
    ScaleStep,
    Statement,
    Stay,
    Unreadable,
    When,
)
from papermode.plan.words import date_text, iso_date_text, moment_text, short_moment, word
from papermode.typeset.bidi import LRM, isolate

NBSP: Final = "\u00a0"
UNIT_WORDS: Final = {
    "Cel": "°C",
    "mm[Hg]": "mmHg",
    "[pH]": "",
    "/uL": "/µL",
    "10*3/uL": "×10³/µL",
    "[degF]": "°F",
    "1": "",
}
"""UCUM codes that a ward does not read -> what it reads."""
_NUMBER_UNIT: Final = re.compile(r"(?<![\w.,-])((?:\d[\d.,]*-)?\d[\d.,]*) (?=[A-Za-zµ%°/\[])")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_BIG: Final = re.compile(r"(?<![\d.,])(\d{4,})(?![\d,]|\.\d{4})")


@dataclass(frozen=True, slots=True)
class Style:
    """What the words depend on: zone and language."""

    zone: ZoneInfo
    language: str

    def when(self, when: When | None) -> str:
        """Return a moment in the site's zone; what has no time of day is shown as the date it is."""
        if when is None:
            return ""
        if when.at is not None:
            return moment_text(when.at, self.zone, self.language)
        return iso_date_text(when.text, self.language)

    def short(self, when: When | None) -> str:
        """Return ``Mon 24-Nov 08:00``."""
        if when is None:
            return ""
        return short_moment(when.at, self.zone, self.language) if when.at is not None else self.when(when)

    def moment(self, at: datetime) -> str:
        """Return an instant in the site's zone."""
        return moment_text(at, self.zone, self.language)


def keep_units(text: str) -> str:
    """Bind every number to the unit that follows it."""
    return _NUMBER_UNIT.sub(lambda m: m[1] + NBSP, text)


def dose_text(dose: str, language: str) -> str:
    """Return a dose as R6 wants it: thousands grouped, number and unit bound."""
    group = "," if language == "en" else "\u202f"
    grouped = _BIG.sub(lambda m: f"{int(m[1]):,}".replace(",", group) if not m[1].startswith("0") else m[1], dose)
    return keep_units(grouped)


def beside(text: str) -> str:
    """Return a text so that what is printed after it keeps its order, whatever script the text is in.

    Digits follow the letters before them: beside a Hebrew or Arabic name ``15 mg`` would be drawn as
    ``15``, the name, ``mg``. The mark at the end holds where a line break parts the isolate.
    """
    return isolate(text) + LRM if not text.isascii() and _RIGHT_TO_LEFT.search(text) else text


def join(parts: Iterable[str], sep: str = " · ") -> str:
    """Join the parts that say something, none of which may change the order of another."""
    return sep.join([p if p.isascii() else beside(p) for p in parts if p])


def bracketed(text: str) -> str:
    """Return ``(text)``, or nothing for nothing."""
    return f"({text})" if text else ""


def name_text(name: Name) -> str:
    """Return a name as the source writes it; else family name first, then the given names.

    The record's own form is kept: capitals are wrong for ß and Turkish i (print.md 8).
    """
    if name.family or any(name.given):
        given = " ".join(g for g in (*name.prefix, *name.given) if g)
        return ", ".join(part for part in (name.family, given, *name.suffix) if part)
    return name.text


def full_name(names: tuple[Name, ...]) -> str:
    """Return the name to call the patient by."""
    for name in names:
        text = name_text(name)
        if text:
            return text
    return ""


def bed_text(stay: Stay) -> str:
    """Return room and bed, or the bed alone where it names the room."""
    return stay.bed if stay.bed.startswith(stay.room) else join((stay.room, stay.bed), " ")


def quantity_text(q: Quantity) -> str:
    """Return ``72.50 kg`` with the digits of the source."""
    return f"{q.comparator}{q.value}{NBSP + q.unit if q.unit else ''}"


def measure_text(m: Measure, style: Style) -> str:
    """Return a weight or height with its date and how it is known."""
    how = word(style.language, m.how or "how_unknown")
    return join((quantity_text(m.quantity), how, style.when(m.at)), ", ")


def measure_short(m: Measure, style: Style) -> str:
    """Return a weight or height with the day only."""
    day = date_text(m.at.at.astimezone(style.zone), style.language) if m.at and m.at.at else style.when(m.at)
    return join((quantity_text(m.quantity), day), ", ")


def allergy_text(a: Allergy, language: str) -> str:
    """Return substance, reactions, severity, and what qualifies it."""
    criticality = a.criticality and word(language, "criticality", level=a.criticality)
    detail = join((", ".join(a.reactions), a.severity, criticality), "; ")
    status = a.status if a.status not in ("", "active") else ""
    verification = a.verification if a.verification not in ("", "confirmed") else ""
    kind = a.kind if a.kind == "intolerance" else ""
    return join((a.substance, bracketed(detail), bracketed(join((kind, status, verification), ", ")), a.note), " ")


def statement_text(s: Statement, style: Style) -> str:
    """Return a code status, flag, diet or consent with its time and author."""
    return join((s.text, bracketed(join((style.when(s.at), s.by), ", "))), " ")


def problem_text(p: Problem, style: Style) -> str:
    """Return a problem with its status and onset."""
    status = p.status if p.status not in ("", "active") else ""
    return join((p.text, bracketed(join((status, style.when(p.onset)), ", "))), " ")


def observation_text(o: Observation) -> str:
    """Return name, value, unit, flag and reference range."""
    unit = UNIT_WORDS.get(o.unit, o.unit)
    value = f"{o.name} {o.value}{NBSP + unit if unit else ''}"
    status = o.status if o.status not in ("", "final") else ""
    flag = f"[{o.flag}]" if o.flag not in ("", "N") else ""
    return join((value, flag, bracketed(status)), " ")


def series_text(group: Sequence[Observation], style: Style) -> str:
    """Return an analyte and its values, newest first: ``Potassium mmol/L: 3.1 [L] Fri 20-Nov 06:00, 3.4 …``."""
    first = group[0]
    unit = UNIT_WORDS.get(first.unit, first.unit)
    reference = word(style.language, "reference", range=first.reference)
    known = bracketed(reference) if any(c.isdigit() for c in first.reference) else ""
    values = []
    day = ""
    for o in group:
        when = style.short(o.at)
        new_day, _, clock = when.rpartition(" ")
        status = o.status if o.status not in ("", "final") else ""
        flag = o.flag and o.flag != "N" and f"[{o.flag}]"
        shown = clock if new_day == day else when
        values.append(join((o.value, flag or "", shown, bracketed(status)), " "))
        day = new_day
    return f"{join((first.name, unit), ' ')}{known and ' ' + known}: {', '.join(values)}"


def device_text(d: Device, style: Style) -> str:
    """Return a line or drain with its site and date."""
    status = d.status if d.status not in ("", "active", "completed") else ""
    since = word(style.language, "since", when=style.when(d.since)) if d.since else ""
    return join((join((d.text, d.site), ", "), bracketed(join((since, status), ", "))), " ")


def order_text(o: Order, style: Style) -> str:
    """Return a pending order with its priority, status and time."""
    priority = o.priority.upper() if o.priority not in ("", "routine") else ""
    return join((join((priority, o.text), " "), bracketed(join((o.category, o.status, style.when(o.at)), ", "))), " ")


def person_text(p: Person) -> str:
    """Return role, name and telephone numbers."""
    return join((p.role and f"{p.role}:", p.name, *p.phones), " ")


def note_text(n: Note, style: Style) -> str:
    """Return a note whole, under its title, author and time."""
    return f"{join((n.title, n.by, style.when(n.at)), ', ')}:\n{n.text}"


def unreadable_text(u: Unreadable, language: str) -> str:
    """Return what could not be read, with file and line."""
    place = join((u.file, word(language, "line", number=u.line) if u.line else ""), " ")
    return f"{word(language, 'could_not_read')}: {u.what}, {place}: {u.why}"


def administration_text(a: Administration, style: Style) -> str:
    """Return what was given or not, when, and by whom."""
    status = word(style.language, "given") if a.status == "completed" else a.status
    what = join((dose_text(a.dose, style.language), a.name), " ")
    return join(
        (
            f"{style.short(a.at)}:" if a.at else "",
            what,
            a.route,
            f"– {status}",
            bracketed(join((a.by, a.reason), ", ")),
        ),
        " ",
    )


# -- medications -----------------------------------------------------------------------------------


def med_what(m: Medication, language: str) -> str:
    """Return the dose and the drug; the rate of an infusion is not a dose and stands elsewhere."""
    return join((dose_text(m.dose, language), m.name), " ")


def med_how(m: Medication, language: str) -> str:
    """Return route, frequency and what limits it."""
    return join(
        (
            m.route,
            keep_units(m.frequency),
            m.prn_reason and word(language, "for", what=m.prn_reason),
            m.min_interval and word(language, "not_within", span=keep_units(m.min_interval)),
            m.max_in_24h and f"max {keep_units(_in_24h(m.max_in_24h, language))}",
        )
    )


def _in_24h(text: str, language: str) -> str:
    """Return a maximum with its period; the order's own is kept, whatever it is: a week's dose is no day's."""
    return text if " in " in text else word(language, "in_24h", most=text)


def med_why(m: Medication, language: str) -> str:
    """Return indication, hold rule, and the limits and target of a titrated infusion."""
    return keep_units(
        join(
            (
                m.indication and word(language, "for", what=m.indication),
                _headed(word(language, "hold"), m.hold_rule),
                _headed(word(language, "limits"), m.rate_limits),
                _headed(word(language, "target"), m.target),
            )
        )
    )


def _headed(head: str, text: str) -> str:
    """Return ``HEAD: text``, or the text alone where it begins with that word."""
    return text if not text or text.lower().startswith(head.lower()) else f"{head}: {text}"


def med_dates(m: Medication, style: Style) -> str:
    """Return start, stop and review."""
    return join(
        (
            word(style.language, "start", when=style.when(m.start)) if m.start else "",
            word(style.language, "stop", when=style.when(m.stop)) if m.stop else "",
            word(style.language, "review", when=style.when(m.review)) if m.review else "",
            m.status.upper() if m.status not in ("", "active") else "",
        )
    )


def med_last(m: Medication, style: Style) -> str:
    """Return when the drug was last given."""
    if m.last_given is None:
        return f"{word(style.language, 'last_given')}: {word(style.language, 'none_24h')}"
    return join((f"{word(style.language, 'last_given')} {style.when(m.last_given)}", m.last_given_how), ", ")


def med_rate(m: Medication, style: Style) -> str:
    """Return the rate at the data time, and to read the pump: the rate may have been changed since."""
    lang = style.language
    known = [word(lang, "rate_unknown")]
    if m.rate and m.rate_at is None:
        known = [word(lang, "rate_ordered", rate=dose_text(m.rate, lang))]
    elif m.rate:
        ordered = m.rate_ordered and word(lang, "rate_ordered", rate=dose_text(m.rate_ordered, lang))
        known = [ordered, word(lang, "rate_was", rate=dose_text(m.rate, lang), when=style.when(m.rate_at))]
    return f"{join(known, '; ')} – {word(lang, 'read_the_pump')}"


def med_scale(m: Medication, language: str) -> tuple[str, ...]:
    """Return the insulin scale, a line a step; says so where there is none."""
    if not m.scale:
        return () if m.dose else (word(language, "scale_unknown"),)
    return tuple(keep_units(f"{_span(s, language)}: {s.dose}") for s in m.scale)


def _span(step: ScaleStep, language: str) -> str:
    """Return the values that a line of a scale is for: an open end is said in words, never by a sign."""
    if step.low and step.high:
        return f"{step.low}–{step.high}"
    return word(language, "or_more", value=step.low) if step.low else word(language, "up_to", value=step.high)


def med_as_written(m: Medication, language: str) -> str:
    """Return the order's own words, unless they say no more than dose, route and frequency do already."""
    if not m.instructions:
        return ""
    known = _tokens(
        f"{m.dose} {m.name} {m.route} {m.frequency} {m.rate} {m.prn_reason} "
        f"{_KIND_WORDS.get(m.kind, '')} {_SMALL_WORDS}"
    )
    if m.every_hours:
        known |= _tokens(f"q{m.every_hours}h every {m.every_hours} hours {_LATIN.get(m.every_hours, '')}")
    return "" if _tokens(m.instructions) <= known else word(language, "as_written", text=m.instructions)


_KIND_WORDS: Final = {"prn": "prn as needed", "infusion": "continuous infusion", "insulin": "scale sliding"}
_SMALL_WORDS: Final = "for by of the with and or in at a to give take dose"
_LATIN: Final = {
    "24": "daily once a day qd od",
    "12": "bid twice a day",
    "8": "tid three times a day",
    "6": "qid four times a day",
}
_TOKEN: Final = re.compile(r"\d[\d.,]*|[^\W\d_]+\d*[^\W\d_]*")


def _tokens(text: str) -> set[str]:
    """Return the words and numbers of a text, lower case; ``40mg`` is two, ``1.0`` is ``1``."""
    out = set()
    for token in _TOKEN.findall(text.lower()):
        number = token.rstrip(".,")
        out.add(number.rstrip("0").rstrip(".") if "." in number and number[0].isdigit() else number)
    return out
