"""Every fact of a snapshot, and whether it is on the paper: ``python -m tests.facts PATH``.

A fact is a text that must stand whole and in reading order on its patient's pages. It is written as
:mod:`papermode.plan.facts` writes it, and ``atoms`` are the words and numbers of the snapshot that it must hold:
so a printer that loses a line and a writer that forgets a field are both found.

Pages are read back from the PDF (:mod:`tests.pages`). A fact is looked for in the lines of the page's body one
after the other, in the lines of each column of a table, and in the head of the page; white space and the words
"(continued, mark above)" do not count. Arabic and Hebrew stand in the PDF in visual order: there each word must be
found, its letters in any order, on the patient's pages.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from papermode.app.packets import print_packets
from papermode.app.sites import init_site, open_site
from papermode.app.snapshots import read_snapshot
from papermode.model.form import BODY_H
from papermode.model.snapshot import PART_NAMES, Medication, Observation, PatientRecord, Snapshot, When
from papermode.plan import facts
from papermode.plan.facts import Style
from papermode.plan.frame import BODY_TOP
from papermode.plan.words import MONTHS, word
from papermode.store import MANIFEST, PDF, read_manifest
from papermode.typeset.shaping import coverage
from tests.pages import PdfLine, lines_of, squeezed

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_WORD = re.compile("\\d+|[\u0590-\u08ff]+|(?:(?![\u0590-\u08ff])[^\\W\\d_])+")
"""A number, a word of a right-to-left script, or another word: what stays together whatever the direction."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that must be on paper."""

    kind: str
    text: str
    atoms: tuple[str, ...] = ()


@dataclass(slots=True)
class PatientPages:
    """The text of one patient's pages, ready to be searched."""

    pages: list[tuple[str, list[PdfLine]]] = field(default_factory=list)
    """(form, lines) of each page, in order."""
    _streams: tuple[str, ...] = ()
    _words: dict[bool, frozenset[str]] = field(default_factory=dict)

    def streams(self) -> tuple[str, ...]:
        """Return body, columns and heads, squeezed."""
        if not self._streams:
            body: list[str] = []
            columns: dict[tuple[str, int], list[str]] = {}
            heads: list[str] = []
            for form, lines in self.pages:
                own = [n for n in lines if not n.static and squeezed(n.text) not in _CONTINUED]
                inside = [n for n in own if BODY_TOP <= n.y <= BODY_TOP + BODY_H + 100]
                body += (n.text for n in inside)
                heads.append("".join(n.text for n in own if n.y < BODY_TOP))
                for n in sorted(inside, key=lambda n: n.y):
                    columns.setdefault((form, round(n.x / 10)), []).append(n.text)
            self._streams = tuple(squeezed(_as_drawn("".join(part))) for part in (body, *columns.values(), *heads))
        return self._streams

    def holds(self, text: str) -> bool:
        """Tell whether a text stands whole on the pages."""
        wanted = squeezed(_as_drawn(text))
        if any(wanted in stream for stream in self.streams()):
            return True
        return _words_of(text) <= self.words(beside_rtl=not _RTL.search(text))

    def words(self, *, beside_rtl: bool) -> frozenset[str]:
        """Return the words of all lines, letters sorted; or only of lines in or beside right-to-left text."""
        if beside_rtl not in self._words:
            texts = [[n.text for n in lines if not n.static] for _, lines in self.pages]
            self._words[beside_rtl] = frozenset(
                w for page in texts for w in _words_of_lines(page, beside_rtl=beside_rtl)
            )
        return self._words[beside_rtl]


_CONTINUED = frozenset(squeezed(word(language, "continued_mark_above")) for language in ("en", "fr"))


def _words_of_lines(lines: Sequence[str], *, beside_rtl: bool) -> Iterator[str]:
    """Go through the words of lines, and of neighbours joined, for words that were broken (up to four lines)."""
    for i in range(len(lines)):
        for n in range(1, 5):
            window = lines[i : i + n]
            if not beside_rtl or any(map(_RTL.search, window)):
                yield from _words_of("".join(window))
                yield from _words_of(" ".join(window))  # most lines end where a word ends


def _as_drawn(text: str) -> str:
    """Return a text with ``[U+XXXX]`` for what has no font: lines in visual order say that, others the character."""
    missing = coverage(text)
    return "".join(f"[U+{ord(c):04X}]" if c in missing else c for c in text) if missing else text


def _words_of(text: str) -> frozenset[str]:
    """Return the words and the numbers of a text, letters sorted, without the marks above and below letters.

    A word of more than twenty letters is left out: it may be broken, and not at the same place in every order.
    """
    text = unicodedata.normalize("NFKC", _as_drawn(text))
    plain = "".join("" if unicodedata.category(c)[0] == "M" else c for c in text)
    return frozenset("".join(sorted(w)) for w in _WORD.findall(plain) if len(w) <= 20)


_OWN_WORDS = {
    "en": {
        "given": "given",
        "count": "in the 24 h before",
        "dose": "DOSE NOT IN DATA",
        "scale": "SCALE NOT IN DATA",
        "pump": "READ THE PUMP",
    },
    "fr": {
        "given": "administré",
        "count": "dans les 24 h avant",
        "dose": "DOSE ABSENTE DES DONNÉES",
        "scale": "PROTOCOLE ABSENT DES DONNÉES",
        "pump": "LIRE LA POMPE",
    },
}
"""What papermode must say of itself, written here anew."""


# -- what must be there ------------------------------------------------------------------------------


def facts_of(record: PatientRecord, style: Style, as_of: datetime) -> Iterator[Fact]:
    """Go through everything of a record that the shipped forms show."""
    yield from _identity(record, style)
    yield from _lists(record, style)
    for m in record.medications.items:
        yield from _medication(m, record, style)
    for name in ("vitals", "labs"):
        yield from _series(name, getattr(record, name).items, style)
    for name in PART_NAMES:
        part = getattr(record, name)
        if part.state != "complete":
            yield Fact("state", part.why or word(style.language, "no_reason"))
    if not record.allergies.items and record.allergies.state == "complete":
        key = "no_known_allergies" if record.allergy_knowledge == "none-known" else "allergies_not_recorded"
        yield Fact("allergies", word(style.language, key))


def moment(when: When | None, style: Style) -> str:
    """Return a moment as every page must write it, made here anew: ``24-Nov-2026 02:00``."""
    if when is None:
        return ""
    if when.at is None:
        return when.text[:4]
    local = when.at.astimezone(style.zone)
    return f"{local.day:02d}-{MONTHS[style.language][local.month - 1]}-{local.year} {local:%H:%M}"


def _clock(when: When | None, style: Style) -> str:
    return f"{when.at.astimezone(style.zone):%H:%M}" if when is not None and when.at is not None else ""


def _identity(record: PatientRecord, style: Style) -> Iterator[Fact]:
    p, stay, lang = record.patient, record.stay, style.language
    yield Fact("mrn", f"{word(lang, 'mrn')} {p.mrn}", (p.mrn,))
    for name in p.names:
        yield Fact(
            "name",
            facts.name_text(name),
            (name.family, *name.given) if name.family or any(name.given) else (name.text,),
        )
    for other in p.former_mrns:
        yield Fact("former mrn", other)
    for i in p.identifiers:
        if i.value != p.mrn:
            yield Fact("identifier", f"{i.type or i.system} {i.value}", (i.value,))
    if p.mother is not None:
        yield Fact("mother", p.mother.name)
        yield Fact("mother", p.mother.mrn)
    yield Fact("birth date", p.birth_date[:4] or word(lang, "born_unknown"))
    if p.birth_time is not None and (p.birth_time.at is not None or p.birth_time.text):
        yield Fact("birth time", moment(p.birth_time, style))
    if p.birth_order:
        yield Fact("birth order", f"{word(lang, 'birth_order')} {p.birth_order}")
    if p.deceased:
        yield Fact("deceased", f"{word(lang, 'deceased')} {style.when(p.deceased_at)}", (moment(p.deceased_at, style),))
    if p.restricted:
        yield Fact("restricted", word(lang, "restricted"))
    if p.language:
        yield Fact("language", p.language)
    for kind, text in (
        ("stay", stay.number),
        ("bed", stay.bed),
        ("ward", stay.ward),
        ("attending", stay.attending),
        ("reason", stay.reason),
        ("service", stay.service),
    ):
        yield Fact(kind, text)


def _lists(record: PatientRecord, style: Style) -> Iterator[Fact]:
    for a in record.allergies.items:
        yield Fact(
            "allergy",
            facts.allergy_text(a, style.language),
            (a.substance, *a.reactions, a.severity, a.criticality, a.note),
        )
    for p in record.problems.items:
        yield Fact("problem", facts.problem_text(p, style), (p.text, moment(p.onset, style)))
    for kind in ("code_status", "flags", "diet", "consents"):
        for s in getattr(record, kind).items:
            yield Fact(kind, facts.statement_text(s, style), (s.text, moment(s.at, style), s.by))
    for kind in ("weight", "height"):
        for m in getattr(record, kind).items:
            yield Fact(
                kind,
                facts.measure_text(m, style),
                (m.quantity.comparator + m.quantity.value, m.quantity.unit, moment(m.at, style)),
            )
    for given in record.administrations.items:
        status = _OWN_WORDS[style.language]["given"] if given.status == "completed" else given.status
        yield Fact(
            "administration",
            facts.administration_text(given, style),
            (given.name, given.dose, given.route, status, given.by, given.reason, _clock(given.at, style)),
        )
    for d in record.devices.items:
        yield Fact("device", facts.device_text(d, style), (d.text, d.site, moment(d.since, style)))
    for o in record.orders.items:
        yield Fact("order", facts.order_text(o, style), (o.text, o.category, o.status, moment(o.at, style)))
    for kind in ("care_team", "contacts"):
        for person in getattr(record, kind).items:
            yield Fact(kind, facts.person_text(person), (person.name, person.role, *person.phones))
    for n in record.notes.items:
        yield Fact("note", facts.note_text(n, style), (n.title, n.text, n.by, moment(n.at, style)))
    for u in record.unreadable:
        yield Fact("unreadable", facts.unreadable_text(u, style.language), (u.what, u.file, u.why))


def _medication(m: Medication, record: PatientRecord, style: Style) -> Iterator[Fact]:
    lang = style.language
    own = _OWN_WORDS[lang]
    if record.patient.deceased and m.status != "home":
        return  # no sheet to give from: nothing is due
    yield Fact("drug", facts.med_what(m, lang), (m.dose, m.name))
    yield Fact("how", facts.med_how(m, lang), (m.route, m.frequency, m.prn_reason, m.min_interval, m.max_in_24h))
    yield Fact("why", facts.med_why(m, lang), (m.indication, m.hold_rule, m.rate_limits, m.target))
    dates = (
        moment(m.start, style),
        moment(m.stop, style),
        moment(m.review, style),
        "" if m.status in ("", "active") else m.status.upper(),
    )
    yield Fact("dates", facts.med_dates(m, style), dates)
    written = facts.med_as_written(m, lang)
    yield Fact("as written", written, (m.instructions,) if written else ())
    if m.status == "home":
        return
    if m.kind == "infusion":
        yield Fact("rate", facts.med_rate(m, style), (m.rate, moment(m.rate_at, style) if m.rate else own["pump"]))
    if m.kind == "insulin":
        for n, line in enumerate(facts.med_scale(m, lang)):
            step = m.scale[n] if m.scale else None
            yield Fact("scale", line, (step.low, step.high, step.dose) if step else (own["scale"],))
    if m.kind == "prn":
        yield Fact("prn count", f"{m.given_24h} {own['count']}")
    if not m.dose and m.kind in ("scheduled", "prn"):
        yield Fact("no dose", own["dose"])
    if m.last_given is not None:
        yield Fact("last given", facts.med_last(m, style), (moment(m.last_given, style), m.last_given_how))


def _series(kind: str, items: Sequence[Observation], style: Style) -> Iterator[Fact]:
    """One fact an observation: the series that it stands in must be whole, and must have its value and time."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for o in items:
        groups.setdefault((o.name, o.unit, o.reference, o.code), []).append(o)
    for group in groups.values():
        text = facts.series_text(group, style)
        for o in group:
            yield Fact(
                kind,
                text,
                (
                    o.name,
                    o.value,
                    facts.UNIT_WORDS.get(o.unit, o.unit),
                    _clock(o.at, style),
                    "" if o.flag == "N" else o.flag,
                ),
            )


# -- whether it is -----------------------------------------------------------------------------------


def lost_of(found: Iterable[Fact], pages: PatientPages) -> Iterator[tuple[Fact, str]]:
    """Go through the facts that are not on the pages, or not whole, with the part that is missing."""
    for fact in found:
        if not pages.holds(fact.text):
            yield fact, fact.text
        else:
            whole = squeezed(fact.text)
            yield from ((fact, atom) for atom in fact.atoms if squeezed(atom) not in whole)


def pages_by_patient(folders: Sequence[Path]) -> dict[tuple[str, str], PatientPages]:
    """Return the pages of every patient of the packet folders, by MRN and encounter."""
    found: dict[tuple[str, str], PatientPages] = {}
    for folder in folders:
        manifest = read_manifest(folder / MANIFEST)
        for entry, lines in zip(manifest["pages"], lines_of(folder / PDF), strict=True):
            if entry["mrn"] is not None:
                found.setdefault((entry["mrn"], entry["encounter"] or ""), PatientPages()).pages.append(
                    (entry["form"], lines)
                )
    return found


def report(
    snapshot: Snapshot, folders: Sequence[Path], style: Style
) -> tuple[Counter[str], list[tuple[str, Fact, str]]]:
    """Return how many facts of each kind were looked for, and those that were not found, with their patient's id."""
    pages = pages_by_patient(folders)
    looked: Counter[str] = Counter()
    lost: list[tuple[str, Fact, str]] = []
    for record in snapshot.records:
        wanted = [f for f in facts_of(record, style, snapshot.as_of) if squeezed(f.text)]
        looked.update(f.kind for f in wanted)
        mine = pages.get((record.patient.mrn, record.stay.number), PatientPages())
        lost += ((record.patient.id, fact, what) for fact, what in lost_of(wanted, mine))
    return looked, lost


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the packets of any patient data and count the facts on them."""
    parser = argparse.ArgumentParser(prog="python -m tests.facts", description=main.__doc__)
    parser.add_argument("path", type=Path, help="patient data: a file or folder that `papermode snapshot load` takes")
    parser.add_argument("--zone", default="America/New_York")
    parser.add_argument("--now", type=datetime.fromisoformat, help="usual: the data time")
    parser.add_argument("--show", type=int, default=10, help="most losses shown")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        return _run(chosen, Path(folder))


def _run(chosen: Any, folder: Path) -> int:
    far = datetime.fromisoformat("2100-01-01T00:00:00+00:00")
    site = folder / "site"
    init_site(site, chosen.now or datetime.now().astimezone())
    settings = site / "papermode.toml"
    settings.write_text(re.sub(r'zone = ".*"', f'zone = "{chosen.zone}"', settings.read_text("utf-8")), "utf-8")
    opened = open_site(site)
    snapshot = read_snapshot([chosen.path], opened.site.intake, as_of=None, now=chosen.now or far)
    printed = print_packets(
        opened, snapshot, wards=[], out=folder / "packets", now=chosen.now or datetime.now().astimezone()
    )
    style = Style(ZoneInfo(chosen.zone), "en")
    looked, lost = report(snapshot, [p.folder for p in printed], style)
    missing = Counter(fact.kind for _, fact, _ in lost)
    for kind, count in sorted(looked.items()):
        sys.stdout.write(f"{kind:16} {count:7} looked for  {count - missing[kind]:7} found\n")
    total = sum(looked.values())
    pages = sum(p.pages for p in printed)
    sys.stdout.write(f"{'all':16} {total:7} looked for  {total - len(lost):7} found ")
    sys.stdout.write(f"on {pages} pages of {len(snapshot.records)} patients\n")
    for patient, fact, what in lost[: chosen.show]:
        sys.stdout.write(f"LOST {patient} {fact.kind}: {what!r} of {fact.text!r}\n")
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
