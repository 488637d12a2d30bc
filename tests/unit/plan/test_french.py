"""A French packet: none of our own English words is on it, whatever is printed of a patient."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from papermode.model.packet import Packet
from papermode.model.snapshot import (
    Administration,
    Allergy,
    Device,
    Measure,
    Medication,
    Mother,
    Name,
    Observation,
    Part,
    Patient,
    PatientRecord,
    Quantity,
    ScaleStep,
    Statement,
    Stay,
    Unreadable,
    When,
)
from tests.wards import AS_OF, plan_ward, run_of, ward_of

X = "§"
"""What the data say: no word of any language."""
NOW = When(AS_OF.isoformat(), AS_OF)
OLD = When("", AS_OF - timedelta(days=4))
GIVEN = "ward one test hospital site switchboard look the data time america new york fio glucose once hold units"
"""Words of the ward's settings, codes and names of the source, and the unit of a form, which has no language."""
SAME = """
    admission admit administrations air allergies circulation code confusion contacts correction cover date dose doses drain
    drains hhmm incident incontinent init log mar max maximum min minutes mmhg normal note notes nurse oral orders page pages
    patient patients progress score signature six spo₂ resp stat summary total tue urgent urine vitals volumes jan nov college early
    national news physicians royal warning
"""
"""Words that are the same in both languages, ids of forms, and a name that is nobody's to translate (NEWS2)."""


def part(*items: Any) -> Part[Any]:
    """A part that says that it is not whole, and gives no reason."""
    return Part(items, "partial", "")


def medication(number: int, kind: str, **more: Any) -> Medication:
    """An order of which everything is known."""
    known: dict[str, Any] = dict.fromkeys(
        (
            "dose",
            "route",
            "frequency",
            "indication",
            "prn_reason",
            "min_interval",
            "max_in_24h",
            "rate",
            "rate_ordered",
        ),
        X,
    ) | dict.fromkeys(("rate_limits", "target", "hold_rule", "last_given_how"), X)
    times = dict.fromkeys(("rate_at", "start", "stop", "review", "last_given", "next_due"), NOW)
    scale = (ScaleStep(X, "", X), ScaleStep("", X, X)) if kind == "insulin" else ()
    known |= {"scale": scale, "instructions": f"{X} {X}{X}", "next_due_how": "calculated", "given_24h": 3} | times
    return Medication(f"m{number}", X, kind, **known | more)  # type: ignore[arg-type]


def medications() -> Part[Medication]:
    """Orders of every kind, of which all is known, or nothing, or something is odd."""
    kinds = ("scheduled", "prn", "infusion", "insulin")
    return part(
        *(medication(n, kind) for n, kind in enumerate(kinds)),
        *(Medication(f"e{kind}", X, kind) for kind in kinds),  # type: ignore[arg-type]
        medication(10, "scheduled", high_alert=True),
        medication(11, "infusion", rate_at=None),
        medication(12, "scheduled", status="on-hold"),
        Medication("once", X, dose=X, frequency="once", start=OLD),
    )


def record() -> PatientRecord:
    """A patient of whom everything is printed that we have words for."""
    person = Patient(
        "p",
        "000000001",
        names=(Name(X), Name(X + X)),
        birth_date="1950-01-01",
        sex="female",
        language=X,
        interpreter=True,
        former_mrns=("1",),
        restricted=True,
        mother=Mother(X, "2"),
    )
    return PatientRecord(
        person,
        Stay("s", "3", "W1", X, X, None, X, X, X),
        weight=part(Measure(Quantity("5", "kg"), NOW, "measured")),
        height=part(Measure(Quantity("5", "cm"), NOW)),
        allergy_knowledge="listed",
        allergies=part(Allergy("a", X, (X,), X, X)),
        code_status=part(Statement("c", X, at=NOW, by=X)),
        flags=part(Statement("f", X, category="isolation", at=NOW), Statement("g", X)),
        medications=medications(),
        administrations=part(Administration("g", "m1", X, "completed", NOW, X, X, X, X)),
        vitals=part(Observation("v", "fio2", X, X, at=NOW, flag="H", reference="3-5")),
        labs=part(Observation("l", "glucose", X, X, at=NOW)),
        devices=part(Device("d", X, X, NOW)),
        diet=part(Statement("n", X, at=NOW, by=X)),
        **{name: part() for name in ("problems", "orders", "care_team", "contacts", "consents", "notes")},
        unreadable=(Unreadable(X, 1, X, X),),
    )


def words_of(packet: Packet) -> set[str]:
    texts = (t.text for page in packet.pages for t in (*page.fills, *page.layout.texts))
    return {w.lower() for text in texts for w in re.findall(r"[^\W\d_]{3,}", text.replace(packet.id, ""))}


def test_no_english_word_of_ours_is_on_a_french_page() -> None:
    """This test ensures that a nurse who reads no English is not told in English to read the pump."""
    english, french = (words_of(plan_ward([record()], run_of(ward_of(language=code)))) for code in ("en", "fr"))
    assert {"pompe", "débit", "protocole", "jusqu", "administré", "avant"} <= french
    assert (english & french) - set(SAME.split()) - set(GIVEN.split()) == set()
