"""Hypothesis strategies for everything a snapshot may hold: any script, any length, every state of every part.

Text is what the intake lets through (:mod:`papermode.intake.text`): every visible character, no control characters.
Identifiers are such that a claim can carry them; those that it cannot have tests of their own.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from papermode.intake.text import clean, line
from papermode.model.snapshot import (
    PART_NAMES,
    Administration,
    Allergy,
    Device,
    Identifier,
    Measure,
    Medication,
    Mother,
    Name,
    Note,
    Observation,
    Order,
    Part,
    Patient,
    PatientRecord,
    Person,
    Problem,
    Quantity,
    ScaleStep,
    Snapshot,
    Statement,
    Stay,
    Unreadable,
    When,
)

T = TypeVar("T")

AS_OF: Final = datetime(2026, 11, 24, 2, 0, tzinfo=timezone(timedelta(hours=-5)))

SCRIPTS: Final[tuple[tuple[str, str], ...]] = (
    ("Müller-Łukasiewicz", "José Ángström"),
    ("Nguyễn", "Thị Phượng"),
    ("Παπαδοπούλου", "Ελένη"),
    ("Щербакова", "Наталья"),
    ("العبدالله", "محمد"),
    ("לוי", "רבקה שרה"),
    ("शर्मा", "क्षितिज"),
    ("สุวรรณศรี", "กมล"),
    ("王", "小明"),
    ("김", "서연"),
    ("O’Brien-Smith", "Zoë"),
    ("İmamoğlu", "Işıl"),
    ("Ẹ̀ṣọ́", "Adébáyọ̀"),
    ("🙂 Müller", "Emoji ❤️"),
    ("Ffrench", "straße"),
    (
        "van der Westhuizen-Okonkwo-Featherstonehaugh de la Trinidad y Ruiz-Picasso",
        "Wilhelmina Alexandrina Chukwuemeka " * 4,
    ),
)
"""(family, given) in many scripts; the last is longer than the narrow head of a page holds."""
WORDS: Final = (
    "Penicillin",
    "anaphylaxis",
    "rash",
    "Co-trimoxazole",
    "0.9 % sodium chloride",
    "mmol/L",
    "2.5 mg",
    "1000 mg",
    "≥ 5",
    "µg/kg/min",
    "once daily",
    "if BP < 90/60",
    "(left)",
    "“as told”",
    "a;b,c",
    "½ tablet",
    "→ ward 7",
    "Naïve",
    "100000 units",
    "C₁₂H₂₂",
    "10–20",
    "x",
)
_ALPHABET: Final = "abcdefghij XYZ 0123456789 .,;:/-–()[]%<>≥≤°µ½×→'\"&#@_{}\\|~éßñőŁæøÅαβγδΩЖщюя中文字漢กขคกिक"


def lines(max_size: int = 40) -> st.SearchStrategy[str]:
    """Any short text on one line, never empty: clinical words, other scripts, anything."""
    parts = st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from([n for pair in SCRIPTS[:-1] for n in pair]),
        st.text(_ALPHABET, min_size=1, max_size=max_size),
    )
    return st.lists(parts, min_size=1, max_size=3).map(lambda found: line(" ".join(found)) or "x")


def long_lines() -> st.SearchStrategy[str]:
    """A text that no cell holds: many words, or one word wider than the page."""
    many = st.tuples(lines(), st.integers(20, 120)).map(lambda p: " ".join([p[0]] * p[1])[:3000].strip())
    return st.one_of(many, st.integers(60, 400).map(lambda n: "Hydroxy" * (n // 7)), st.just("W" * 300))


def texts() -> st.SearchStrategy[str]:
    """Mostly short, sometimes far too long."""
    return st.one_of(lines(), lines(), lines(), lines(), lines(), lines(), long_lines())


def maybe(text: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    """A text that may be missing."""
    return st.one_of(st.just(""), lines() if text is None else text)


def whens(hours: tuple[float, float] = (-72, 0)) -> st.SearchStrategy[When]:
    """A moment relative to the data time, to the minute, or a date without a time of day."""
    low, high = (round(h * 60) for h in hours)
    exact = st.integers(low, high).map(lambda m: AS_OF + timedelta(minutes=m)).map(lambda at: When(at.isoformat(), at))
    return st.one_of(exact, exact, exact, st.sampled_from(("2026", "2026-11", "2026-11-20", "1999-02-29")).map(When))


def parts(item: st.SearchStrategy[T], max_size: int = 4) -> st.SearchStrategy[Part[T]]:
    """A part in every state: complete, partial or unavailable, with or without items."""
    states = st.sampled_from(("complete", "complete", "complete", "partial", "unavailable"))

    def build(found: tuple[list[T], str, str]) -> Part[T]:
        items, state, why = found
        if state == "complete":
            return Part(tuple(items))
        return Part(() if state == "unavailable" else tuple(items), state, why)  # type: ignore[arg-type]

    return st.tuples(st.lists(item, max_size=max_size), states, lines()).map(build)


def _ids() -> st.SearchStrategy[str]:
    return st.uuids().map(str)


def _quantities(units: tuple[str, ...]) -> st.SearchStrategy[Quantity]:
    values = st.one_of(st.integers(0, 20000).map(str), st.decimals(0, 999, places=2).map(str))
    return st.builds(Quantity, values, st.sampled_from(units), st.sampled_from(("", "", "<", ">=")))


def measures(units: tuple[str, ...]) -> st.SearchStrategy[Measure]:
    """A weight or height."""
    return st.builds(
        Measure,
        _quantities(units),
        st.one_of(st.none(), whens()),
        st.sampled_from(("measured", "estimated", "stated", "")),
    )


def allergies() -> st.SearchStrategy[Allergy]:
    """An allergy with everything that may qualify it."""
    return st.builds(
        Allergy,
        _ids(),
        texts(),
        st.lists(lines(), max_size=3).map(tuple),
        st.sampled_from(("", "mild", "severe")),
        st.sampled_from(("", "high", "low")),
        st.sampled_from(("", "allergy", "intolerance")),
        st.sampled_from(("", "active", "inactive")),
        st.sampled_from(("", "confirmed", "unconfirmed")),
        maybe(),
    )


def statements(*categories: str) -> st.SearchStrategy[Statement]:
    """A code status, flag, diet or consent."""
    return st.builds(
        Statement,
        _ids(),
        texts(),
        st.just(""),
        st.sampled_from(categories or ("",)),
        st.one_of(st.none(), whens()),
        maybe(),
    )


_CLOCK: Final = st.tuples(st.integers(0, 23), st.sampled_from((0, 15, 30, 59))).map(lambda t: f"{t[0]:02d}:{t[1]:02d}")


def medications(kind: str = "") -> st.SearchStrategy[Medication]:
    """An order of any kind, with any of its facts there or missing."""
    kinds = st.just(kind) if kind else st.sampled_from(("scheduled", "scheduled", "prn", "infusion", "insulin"))
    step = st.builds(
        ScaleStep, st.integers(40, 400).map(str), st.one_of(st.just(""), st.integers(100, 500).map(str)), lines(10)
    )
    return st.builds(
        Medication,
        id=_ids(),
        name=texts(),
        kind=kinds,
        dose=maybe(st.sampled_from(("2.5 mg", "0.125 mg", "1000 mg", "100000 units", "20 mEq", "1 tablet"))),
        route=maybe(st.sampled_from(("oral", "IV", "subcutaneous"))),
        frequency=maybe(st.sampled_from(("every 6 hours", "twice daily", "weekly", "at night"))),
        times=st.lists(_CLOCK, max_size=6, unique=True).map(lambda t: tuple(sorted(t))),
        every_hours=st.sampled_from(("", "", "4", "6", "8", "12", "24", "36")),
        days=st.lists(st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun")), max_size=2, unique=True).map(
            tuple
        ),
        instructions=maybe(texts()),
        indication=maybe(),
        prn_reason=maybe(),
        min_interval=maybe(st.sampled_from(("4 hours", "30 minutes"))),
        max_in_24h=maybe(st.sampled_from(("4 g", "6 doses", "3 doses in 24 hours"))),
        rate=maybe(st.sampled_from(("5 mL/h", "0.05 mcg/kg/min", "1250 units/h"))),
        rate_at=st.one_of(st.none(), whens((-6, 0))),
        rate_limits=maybe(),
        target=maybe(),
        hold_rule=maybe(),
        scale=st.lists(step, max_size=8).map(tuple),
        start=st.one_of(st.none(), whens((-240, 30))),
        stop=st.one_of(st.none(), whens((-2, 240))),
        review=st.one_of(st.none(), whens((0, 100))),
        last_given=st.one_of(st.none(), whens((-30, 0))),
        last_given_how=maybe(st.just("given late")),
        next_due=st.one_of(st.none(), whens((-2, 90))),
        next_due_how=st.sampled_from(("", "order", "calculated", "site standard time")),
        given_24h=st.integers(0, 12),
        high_alert=st.booleans(),
        status=st.sampled_from(("active", "active", "active", "on-hold", "home", "")),
    )


def administrations() -> st.SearchStrategy[Administration]:
    """A dose given or not given."""
    status = st.sampled_from(("completed", "not-done", "on-hold", "stopped", "in-progress"))
    return st.builds(
        Administration,
        _ids(),
        _ids(),
        texts(),
        status,
        st.one_of(st.none(), whens((-24, 0))),
        maybe(st.sampled_from(("2.5 mg", "1000 mg"))),
        maybe(),
        maybe(),
        maybe(),
    )


def observations(*codes: str) -> st.SearchStrategy[Observation]:
    """A vital sign or a laboratory result."""
    values = st.one_of(st.integers(0, 300).map(str), st.decimals(0, 99, places=1).map(str), lines(20))
    units = st.sampled_from(("", "mmol/L", "mm[Hg]", "Cel", "/min", "%", "1"))
    references = st.sampled_from(("", "3.5–5.1", "normal"))
    return st.builds(
        Observation,
        _ids(),
        lines(),
        values,
        units,
        st.sampled_from(codes or ("",)),
        st.one_of(st.none(), whens()),
        st.sampled_from(("", "N", "H", "LL")),
        references,
        st.sampled_from(("final", "preliminary", "")),
    )


def devices() -> st.SearchStrategy[Device]:
    """A line, drain or tube."""
    return st.builds(
        Device, _ids(), texts(), maybe(), st.one_of(st.none(), whens()), st.sampled_from(("", "active", "on-hold"))
    )


def orders() -> st.SearchStrategy[Order]:
    """A pending order."""
    return st.builds(
        Order,
        _ids(),
        texts(),
        maybe(),
        st.sampled_from(("active", "")),
        st.sampled_from(("", "routine", "stat")),
        st.one_of(st.none(), whens()),
    )


def people() -> st.SearchStrategy[Person]:
    """A member of the team, or a contact."""
    return st.builds(
        Person, lines(), maybe(), st.lists(st.sampled_from(("555 0100", "+33 1 23 45")), max_size=2).map(tuple)
    )


def notes() -> st.SearchStrategy[Note]:
    """A note of several paragraphs, up to many pages."""
    body = st.tuples(st.lists(texts(), min_size=1, max_size=5), st.sampled_from((1, 1, 1, 12))).map(
        lambda p: clean("\n".join(p[0] * p[1]))
    )
    return st.builds(Note, _ids(), lines(), body, maybe(), st.one_of(st.none(), whens()))


def names() -> st.SearchStrategy[Name]:
    """A name in any script, as parts or as one text, or with nothing in it."""
    pair = st.one_of(st.sampled_from(SCRIPTS), st.tuples(lines(), lines())).map(lambda p: (line(p[0]), line(p[1])))
    by_parts = st.builds(lambda p, prefix: Name(p[0], (p[1],), prefix), pair, st.sampled_from(((), ("Dr.",))))
    return st.one_of(
        by_parts,
        by_parts,
        by_parts,
        pair.map(lambda p: Name(text=f"{p[1]} {p[0]}")),
        pair.map(lambda p: Name(p[0])),
        st.just(Name()),
    )


def mrns() -> st.SearchStrategy[str]:
    """A number that a wristband may show: with leading zeros, letters, signs, other scripts."""
    digits = st.integers(0, 10**8).map(lambda n: f"{n:09d}")
    return st.one_of(
        digits,
        digits,
        digits.map(lambda d: f"A/{d}-é"),
        digits.map(lambda d: f"{d} {d}"),
        digits.map(lambda d: f"病{d}"),
    )


def patients() -> st.SearchStrategy[Patient]:
    """A patient of any kind."""
    birth = st.sampled_from(
        ("1950-02-28", "2026-11-23", "2026-11-24", "1980", "1980-05", "", "1919-12-31", "2027-01-01")
    )
    identifiers = st.lists(
        st.builds(Identifier, mrns(), maybe(), maybe(st.sampled_from(("SS", "PPN")))), max_size=3
    ).map(tuple)
    mother = st.one_of(st.none(), st.none(), st.builds(Mother, lines(), mrns()))
    return st.builds(
        Patient,
        id=_ids(),
        mrn=mrns(),
        identifiers=identifiers,
        names=st.lists(names(), max_size=3).map(tuple),
        birth_date=birth,
        birth_time=st.one_of(st.none(), whens((-20, 0))),
        sex=st.sampled_from(("male", "female", "other", "unknown", "")),
        language=maybe(st.sampled_from(("Français", "العربية"))),
        interpreter=st.booleans(),
        deceased=st.sampled_from((False, False, False, True)),
        deceased_at=st.one_of(st.none(), whens((-10, 0))),
        restricted=st.booleans(),
        former_mrns=st.lists(mrns(), max_size=2).map(tuple),
        mother=mother,
        birth_order=st.one_of(st.none(), st.integers(1, 3)),
    )


def stays(ward: str = "W1") -> st.SearchStrategy[Stay]:
    """A stay on a ward."""
    number = maybe(st.one_of(mrns(), st.just("E" * 64)))
    return st.builds(
        Stay,
        _ids(),
        number,
        st.just(ward),
        maybe(st.sampled_from(("401-A", "7", "Fenster"))),
        maybe(st.sampled_from(("401", "7"))),
        st.none(),
        maybe(),
        maybe(texts()),
        maybe(),
    )


VITALS: Final = ("8867-4", "9279-1", "2708-6", "8480-6", "8462-4", "8310-5")


@cache
def _records(ward: str, size: int = 3) -> st.SearchStrategy[PatientRecord]:
    unreadable = st.builds(Unreadable, st.just("Observation.ndjson"), st.integers(0, 999), lines(), lines())
    kinds: dict[str, st.SearchStrategy[Part[Any]]] = {
        "weight": parts(measures(("kg", "g", "")), 2),
        "height": parts(measures(("cm",)), 1),
        "allergies": parts(allergies(), size),
        "code_status": parts(statements(), 2),
        "flags": parts(statements("isolation", "", "safety"), size),
        "problems": parts(problems(), size),
        "medications": parts(medications(), 5),
        "administrations": parts(administrations(), size),
        "vitals": parts(observations(*VITALS), size),
        "labs": parts(observations(), size),
        "devices": parts(devices(), 3),
        "diet": parts(statements(), 2),
        "orders": parts(orders(), size),
        "care_team": parts(people(), 3),
        "contacts": parts(people(), 3),
        "consents": parts(statements(), 2),
        "notes": parts(notes(), 2),
    }
    assert set(kinds) == set(PART_NAMES)
    return st.builds(
        PatientRecord,
        patient=patients(),
        stay=stays(ward),
        allergy_knowledge=st.sampled_from(("listed", "none-known", "not-recorded")),
        unreadable=st.lists(unreadable, max_size=2).map(tuple),
        **kinds,
    )


def records(ward: str = "W1", *, crowded: bool = False) -> st.SearchStrategy[PatientRecord]:
    """One patient; ``crowded`` = with sixty drugs and long lists."""
    return _records(ward).map(_crowded) if crowded else _records(ward)


def _crowded(record: PatientRecord) -> PatientRecord:
    """Return the record with every list many times over, each copy under its own number."""
    medications = [
        dataclasses.replace(m, id=f"{m.id}-{n}", name=f"{m.name} no. {n}")
        for n in range(60)
        for m in record.medications.items[n % 5 : n % 5 + 1]
    ]
    allergies = [
        dataclasses.replace(a, id=f"{a.id}-{n}", substance=f"{a.substance} no. {n}")
        for n in range(12)
        for a in record.allergies.items
    ]
    labs = [
        dataclasses.replace(o, id=f"{o.id}-{n}", name=f"{o.name} no. {n}") for n in range(15) for o in record.labs.items
    ]
    return dataclasses.replace(
        record,
        medications=dataclasses.replace(record.medications, items=tuple(medications)),
        allergies=dataclasses.replace(record.allergies, items=tuple(allergies)),
        labs=dataclasses.replace(record.labs, items=tuple(labs)),
    )


def problems() -> st.SearchStrategy[Problem]:
    """A problem."""
    return st.builds(
        Problem,
        _ids(),
        texts(),
        st.sampled_from(("", "http://hl7.org/fhir/sid/icd-10|O80")),
        st.sampled_from(("", "active", "resolved")),
        st.one_of(st.none(), whens()),
    )


def snapshots(max_patients: int = 3) -> st.SearchStrategy[Snapshot]:
    """A ward of a few patients with different MRNs."""
    found = st.lists(records(), min_size=1, max_size=max_patients, unique_by=lambda r: r.patient.mrn)
    return found.map(lambda r: Snapshot(AS_OF, "given", (), tuple(r)))
