"""The table of a day, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from benchmarks.clerk_day.day import Day

_STATES: Final = {
    "filed": "filed",
    "review": "in review",
    "read": "in review",
    "confirmed": "confirmed, not sent",
    "duplicate": "duplicates",
    "blank": "blank",
    "not-ours": "foreign",
    "rescan": "unreadable, kept for a rescan",
}


def table(day: Day) -> str:
    """Return what a day took, what was left, and what the checks say."""
    lines = [f"## A clerk's day: {day.pages} scanned pages\n", *_times(day), "", *_people(day), "", *_left(day), ""]
    return "\n".join([*lines, *_checks(day)])


def _times(day: Day) -> list[str]:
    reviewed = sum(w.pages for w in day.work.values())
    browser = sum(w.seconds for w in day.work.values())
    rows = [f"| {step} | {seconds:.1f} | {day.cpu[step]:.1f} |" for step, seconds in day.seconds.items()]
    each = f"{reviewed} sheets shown in the browser, {browser / max(reviewed, 1):.2f} s of machine time each."
    return ["| step | wall s | CPU s |", "|---|---|---|", *rows, "", each]


def _people(day: Day) -> list[str]:
    rows = ["| who | sheets | keys | keys a sheet | fields accepted | corrected | typed | left to a nurse |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for name, w in day.work.items():
        fields = " | ".join(str(w.fields[kind]) for kind in ("accepted", "corrected", "typed", "left"))
        rows.append(f"| {name} | {w.pages} | {w.keys} | {w.keys / max(w.pages, 1):.1f} | {fields} |")
    done = sum((w.done for w in day.work.values()), Counter[str]())
    return [*rows, "", f"Decisions: {_words(done)}."]


def _left(day: Day) -> list[str]:
    states: Counter[str] = Counter()
    for state, count in day.states.items():
        states[_STATES.get(state, state)] += count
    return [
        f"- The reader said: {_words(day.scanned)}.",
        f"- Images in the end: {_words(states)}; together {sum(states.values())} of {day.pages}.",
        f"- Printed pages, by `reconcile`: {_words(day.printed)}.",
        f"- In the bundle: {_words(day.resources)}.",
        f"- Not in it: {_words(day.left_out) or 'nothing'}.",
    ]


def _checks(day: Day) -> list[str]:
    c = day.checked
    return [
        f"- {c.filed} values filed: {len(c.wrong)} differ from what was written, {len(c.other_patient)} resources on "
        f"another patient, {len(c.wrong_times)} of {c.observations} Observations and {c.administrations} "
        "MedicationAdministrations with another time.",
        f"- {c.written} marks and numbers to be entered stood on those pages: {len(c.missed)} not seen by the reader, "
        f"{c.left} left out with a reason, {len(c.lost)} lost.",
        f"- {len(c.unaccounted)} images are nowhere or twice.",
        *[f"  - {place}" for place in (*c.wrong, *c.wrong_times, *c.other_patient, *c.missed, *c.lost, *c.unaccounted)],
    ]


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items(), key=lambda kv: -kv[1]))
