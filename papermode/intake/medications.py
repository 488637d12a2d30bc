"""FHIR MedicationRequest -> active medication orders, with the last dose and the next.

Category ``community``, ``outpatient`` and ``discharge`` are medicines of home: they get status ``home`` and are no
orders for this ward. The exception is one of which the chart says that it is being given here (a dose of exactly this
order was charted in the last 24 hours): leaving it off the MAR would stop it, so it keeps the source's status.
Requests that are completed, stopped, cancelled or drafts are no orders at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from papermode.intake import dosage as words
from papermode.intake.administrations import Given
from papermode.intake.amounts import digits
from papermode.intake.decode import reference_key
from papermode.intake.dosage import Schedule, schedule
from papermode.intake.due import Clock, next_due
from papermode.intake.gather import Gathered
from papermode.intake.resources import seq
from papermode.intake.resources_drugs import Dosage, MedicationRequest, Timing
from papermode.intake.resources_drugs import Medication as SourceMedication
from papermode.intake.scale import steps
from papermode.intake.settings import IntakeSettings
from papermode.intake.text import UnusableError, clean, line
from papermode.intake.times import instant, when
from papermode.intake.words import codes, notes, reference_words, say, say_all
from papermode.model.snapshot import Medication, MedicationKind, When

_ACTIVE: Final = frozenset({"active", "on-hold"})
_ORDERS: Final = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order", None})
_NOT_HERE: Final = frozenset({"community", "outpatient", "discharge"})
_TARGET: Final = re.compile(r"\btarget\b|\btitrate\b|\bgoal\b|\baim for\b", re.IGNORECASE)
_HOLD: Final = re.compile(r"\bhold\b|\bwithhold\b|\bdo not give\b|\bomit\b|\bskip\b|\bstop if\b", re.IGNORECASE)
_LIMIT: Final = re.compile(r"\blimits?\b|\bmax(?:imum)?\b|\bmin(?:imum)?\b|\bno more than\b|\brange\b", re.IGNORECASE)
_INTERVAL: Final = re.compile(r"\bminimum interval\b|\bat least .{1,20}\bbetween\b|\bapart\b", re.IGNORECASE)
_REVIEW: Final = re.compile(r"\breview\b.*?(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """What is needed to read orders: the catalogue of drugs, the clock, the site's words."""

    gathered: Gathered
    settings: IntakeSettings
    clock: Clock

    def name(self, source: MedicationRequest) -> str:
        """Return the name of the drug as ordered.

        Raises:
            UnusableError: if the order does not say which drug.
        """
        name = drug_name(source, self.gathered)
        if not name:
            raise UnusableError("it does not say which medication")
        return name


def drug_name(source: object, gathered: Gathered) -> str:
    """Return the drug of a request or an administration in words; '' if there is none."""
    concept = getattr(source, "medication_codeable_concept", None)
    reference = getattr(source, "medication_reference", None)
    name = say(concept)
    if name or reference is None:
        return name
    target = reference.reference or ""
    for contained in seq(getattr(source, "contained", None)):
        if contained.id and target == f"#{contained.id}":
            return say(contained.code) or reference_words(reference)
    kept = gathered.of(SourceMedication).get(reference_key(reference, "Medication"))
    if kept is not None and isinstance(kept.resource, SourceMedication):
        name = say(kept.resource.code)
    return name or reference_words(reference)


def is_order(source: MedicationRequest) -> bool:
    """Whether a request is an active order (on this ward or of home)."""
    return source.status in _ACTIVE and source.intent in _ORDERS and not source.do_not_perform


def is_forbidden(source: MedicationRequest) -> bool:
    """Whether a request is an active order *not* to give a drug."""
    return source.status in _ACTIVE and source.do_not_perform is True


def medication(source: MedicationRequest, given: Given, pharmacy: Pharmacy) -> Medication:
    """Return one order.

    Raises:
        UnusableError: if it does not name a drug, or its dosage cannot be read.
    """
    name = pharmacy.name(source)
    dosages = _in_sequence(seq(source.dosage_instruction))
    plans = [schedule(item) for item in dosages]
    kind = _kind(name, dosages, plans)
    scale = steps(dosages) if kind == "insulin" else ()
    sayings = _sayings(source, dosages)
    if kind != "infusion":
        _once(sayings.rest, sayings.limits)
    first = dosages[0] if dosages else Dosage()
    order = Medication(
        id=source.id or "",
        name=name,
        kind=kind,
        dose="" if scale else _dose(dosages, plans),
        route=next((text for item in dosages if (text := say(item.route))), ""),
        frequency="; ".join(dict.fromkeys(plan.words for plan in plans if plan.words)),
        instructions="\n".join(sayings.rest),
        indication=say_all(source.reason_code)
        or "; ".join(filter(None, map(reference_words, seq(source.reason_reference)))),
        prn_reason=say(first.as_needed_codeable_concept),
        min_interval=_min_interval(plans, sayings) if kind in ("prn", "insulin") else "",
        max_in_24h="; ".join(dict.fromkeys(text for item in dosages if (text := _max_per_period(item)))),
        rate_limits="; ".join(filter(None, (_rate_range(dosages), *sayings.limits))) if kind == "infusion" else "",
        target="; ".join(sayings.targets),
        hold_rule="; ".join(sayings.holds),
        scale=scale,
        start=_start(source, dosages),
        stop=_end(dosages),
        review=_review(sayings),
        high_alert=any(word in name.lower() for word in pharmacy.settings.high_alert),
        status="home" if _is_of_home(source, given) else line(source.status),
    )
    return _with_rate(_with_times(order, dosages, plans, given, pharmacy.clock), dosages, given)


def in_words_only(source: MedicationRequest) -> MedicationRequest:
    """Return an order without the numbers and times of its dosages, for one of which they cannot be read.

    The drug and the words of the order stay on paper; a missing dose is asked for, a missing drug is not.
    """
    spoken = [
        Dosage(
            text=item.text,
            additional_instruction=item.additional_instruction,
            patient_instruction=item.patient_instruction,
            as_needed_boolean=item.as_needed_boolean,
            as_needed_codeable_concept=item.as_needed_codeable_concept,
            route=item.route,
        )
        for item in seq(source.dosage_instruction)
    ]
    return msgspec.structs.replace(source, dosage_instruction=spoken, authored_on=None)


def _is_of_home(source: MedicationRequest, given: Given) -> bool:
    return bool(codes(*seq(source.category)) & _NOT_HERE) and not (given.count_24h and not given.how)


def _in_sequence(dosages: list[Dosage]) -> list[Dosage]:
    keys = [digits(item.sequence) if item.sequence is not None else "" for item in dosages]
    if all(key.isdigit() for key in keys):
        return [item for _, item in sorted(zip(map(int, keys), dosages, strict=True), key=lambda pair: pair[0])]
    return dosages


def _kind(name: str, dosages: list[Dosage], plans: list[Schedule]) -> MedicationKind:
    """Tell how a drug is charted. A rate together with a dose and a frequency is a short infusion, given as a dose."""
    parts = [part for item in dosages for part in seq(item.dose_and_rate)]
    has_rate = any(part.rate_quantity or part.rate_ratio or part.rate_range for part in parts)
    has_dose = any(part.dose_quantity or part.dose_range for part in parts)
    timed = any(plan.words and not plan.continuous for plan in plans)
    continuous = any(plan.continuous for plan in plans)
    if (continuous and (has_rate or not has_dose)) or (has_rate and not (has_dose and timed)):
        return "infusion"
    if "insulin" in name.lower():
        return "insulin"
    if any(item.as_needed_boolean or item.as_needed_codeable_concept for item in dosages):
        return "prn"
    return "scheduled"


def _dose(dosages: list[Dosage], plans: list[Schedule]) -> str:
    """Return the dose; where dosages differ each one with its times or words, in the order of the source."""
    found = [(", ".join(words.doses(item)), plan) for item, plan in zip(dosages, plans, strict=True)]
    found = [(text, plan) for text, plan in found if text]
    if len({text for text, _ in found}) <= 1:
        return found[0][0] if found else ""
    return "; ".join(f"{text} {' '.join(plan.times) or plan.words}".strip() for text, plan in found)


@dataclass(frozen=True, slots=True)
class _Sayings:
    """What an order says in words, each saying in one place and as written."""

    rest: list[str]
    holds: list[str]
    targets: list[str]
    limits: list[str]
    intervals: list[str]


def _sayings(source: MedicationRequest, dosages: list[Dosage]) -> _Sayings:
    found = _Sayings([], [], [], [], [])
    for item in dosages:
        _once(found.rest, [clean(item.text), clean(item.patient_instruction)])
    extra = [say(concept) for item in dosages for concept in seq(item.additional_instruction)]
    extra += [
        f"at most {text} at once"
        for item in dosages
        if (text := words.quantity_words(item.max_dose_per_administration))
    ]
    for text in (*extra, *notes(source.note)):
        place = found.rest
        if _HOLD.search(text):
            place = found.holds
        elif _TARGET.search(text):
            place = found.targets
        elif _INTERVAL.search(text):
            place = found.intervals
        elif _LIMIT.search(text) or text.startswith("at most "):
            place = found.limits
        _once(place, [text])
    if source.status == "on-hold" and (why := say(source.status_reason)):
        _once(found.holds, [f"on hold: {why}"])
    return found


def _once(place: list[str], texts: Iterable[str]) -> None:
    place.extend(text for text in texts if text and text not in place)


def _min_interval(plans: list[Schedule], sayings: _Sayings) -> str:
    return "; ".join(sayings.intervals) or next((plan.min_hours for plan in plans if plan.min_hours), "")


def _max_per_period(item: Dosage) -> str:
    """Return ``4 g in 24 h`` of ``maxDosePerPeriod``; a day is written as 24 h, no period is taken for a day."""
    limit = item.max_dose_per_period
    if limit is None or limit.denominator is None:
        return ""
    top = words.quantity_words(limit.numerator)
    bottom = words.quantity_words(limit.denominator)
    span = {"1 d": "24 h", "1 day": "24 h"}.get(bottom, bottom)
    return f"{top} in {span or 'a time NOT IN DATA'}" if top else ""


def _rate_range(dosages: list[Dosage]) -> str:
    found = (words.range_words(part.rate_range) for item in dosages for part in seq(item.dose_and_rate))
    return "; ".join(dict.fromkeys(text for text in found if text))


def _start(source: MedicationRequest, dosages: list[Dosage]) -> When | None:
    for item in dosages:
        period = item.timing.repeat.bounds_period if item.timing and item.timing.repeat else None
        if period and period.start:
            return when(period.start)
    return when(source.authored_on)


def _end(dosages: list[Dosage]) -> When | None:
    """Return when the last dosage ends; None if one of them has no end."""
    ends = [item.timing.repeat.bounds_period if item.timing and item.timing.repeat else None for item in dosages]
    texts = [period.end if period else None for period in ends]
    return when(max(text for text in texts if text)) if texts and all(texts) else None


def _review(sayings: _Sayings) -> When | None:
    for text in sayings.rest:
        match = _REVIEW.search(text)
        if match:
            return when(match[1])
    return None


def _with_times(
    order: Medication, dosages: list[Dosage], plans: list[Schedule], given: Given, clock: Clock
) -> Medication:
    """Add the last dose and the next one."""
    order = replace(
        order,
        every_hours=next((words.hours_text(plan.hours) for plan in plans if plan.hours is not None), ""),
        days=tuple(dict.fromkeys(day for plan in plans for day in plan.days)),
        times=tuple(sorted({time for plan in plans for time in plan.times})),
        times_how="order" if any(plan.times for plan in plans) else "",
        last_given=given.last,
        last_given_how=given.how,
        given_24h=given.count_24h,
    )
    if (
        order.kind in ("prn", "infusion")
        or order.status in ("on-hold", "home")
        or order.scale
        or _is_as_needed(dosages)
    ):
        return order
    bounds = (order.start.at if order.start else None, order.stop.at if order.stop else None)
    found = []
    for item, plan in zip(dosages, plans, strict=True):
        timing = item.timing or Timing()
        events = [moment for text in seq(timing.event) if (moment := instant(text)) is not None]
        if len(dosages) > 1 and plan.hours is None and not plan.times and not events:
            return order
        found.append(next_due(plan, events, given.handled, bounds, clock))
    coming = [due for due in found if due.next is not None and due.next.at is not None]
    if not coming:
        times = found[0] if found and found[0].times else None
        return replace(order, times=times.times, times_how=times.times_how) if times else order
    first = min(coming, key=lambda due: due.next.at.timestamp() if due.next and due.next.at else 0.0)
    return replace(
        order,
        times=tuple(sorted({time for due in found for time in due.times})),
        times_how=first.times_how,
        next_due=first.next,
        next_due_how=first.next_how,
    )


def _is_as_needed(dosages: list[Dosage]) -> bool:
    return any(item.as_needed_boolean or item.as_needed_codeable_concept for item in dosages)


def _with_rate(order: Medication, dosages: list[Dosage], given: Given) -> Medication:
    """Add the rate: the newest one that was charted beside the one ordered, else the one ordered alone."""
    found = (words.rate_words(part) for item in dosages for part in seq(item.dose_and_rate))
    ordered = "; ".join(dict.fromkeys(text for text in found if text))
    if order.kind == "infusion" and given.rate:
        return replace(order, rate=given.rate, rate_at=given.rate_at, rate_ordered=ordered)
    return replace(order, rate=ordered)
