"""FHIR MedicationAdministration -> what was given, and the last dose of each order.

The last dose is the newest administration of the order with status completed or in-progress at or before the data
time. One that names no order is counted for the one order of the same drug, if there is exactly one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from papermode.intake.decode import reference_key
from papermode.intake.dosage import quantity_words, rate_words, ratio_words
from papermode.intake.gather import SKEW
from papermode.intake.people import People
from papermode.intake.resources import seq
from papermode.intake.resources_drugs import AdministrationDosage, MedicationAdministration
from papermode.intake.text import UnusableError, line
from papermode.intake.times import newest, when
from papermode.intake.words import notes, say, say_all, squashed
from papermode.model.snapshot import Administration, When

_GIVEN: Final = frozenset({"completed", "in-progress"})
_HANDLED: Final = _GIVEN | {"not-done", "stopped"}


@dataclass(frozen=True, slots=True)
class Charted:
    """An administration, and the rate that was charted with it."""

    entry: Administration
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What the chart says about one order."""

    last: When | None = None
    how: str = ""
    """'' for an administration that names the order; else how it is known, or why nothing is."""
    handled: datetime | None = None
    """When a dose was last given or deliberately not given."""
    count_24h: int = 0
    rate: str = ""
    rate_at: When | None = None


def charted(source: MedicationAdministration, name: str, people: People) -> Charted:
    """Return one administration.

    Args:
        source: The record.
        name: The drug, in words.
        people: To look up who gave it.

    Raises:
        UnusableError: if it does not say what or when.
    """
    period = source.effective_period
    moment = when(source.effective_date_time or (period.start if period else None))
    if moment is None:
        raise UnusableError("it does not say when it was given")
    if not name:
        raise UnusableError("it does not say which medication")
    if not source.status:
        raise UnusableError("it has no status")
    dosage = source.dosage or AdministrationDosage()
    performers = (people.name_of(performer.actor) for performer in seq(source.performer))
    entry = Administration(
        id=source.id or "",
        medication_id=reference_key(source.request, "MedicationRequest"),
        name=name,
        status=line(source.status),
        at=moment,
        dose=_dose(dosage),
        route=say(dosage.route),
        by=next((person for person in performers if person), ""),
        reason="; ".join(filter(None, (say_all(source.status_reason), *notes(source.note)))),
    )
    return Charted(entry, _rate(dosage))


def _dose(dosage: AdministrationDosage) -> str:
    dose = quantity_words(dosage.dose)
    if dose:
        return dose
    for part in seq(dosage.dose_and_rate):
        if part.dose_quantity is not None:
            return quantity_words(part.dose_quantity)
    return line(dosage.text) if not _rate(dosage) else ""


def _rate(dosage: AdministrationDosage) -> str:
    """Return the rate. R5-like ``doseAndRate`` goes first: where both are written it is the one with the full unit."""
    for part in seq(dosage.dose_and_rate):
        rate = rate_words(part)
        if rate:
            return rate
    return quantity_words(dosage.rate_quantity) or ratio_words(dosage.rate_ratio)


def given(order_id: str, name: str, names: list[str], chart: list[Charted], as_of: datetime, silent: str = "") -> Given:
    """Return what the chart says about one order.

    Args:
        order_id: The order's id.
        name: The order's drug.
        names: The drugs of all orders of the patient, to know whether this name is the only one.
        chart: The patient's administrations.
        as_of: The data time.
        silent: Why the chart is empty, where the source has none at all.
    """
    if silent:
        return Given(how=silent)
    mine = [item for item in chart if item.entry.medication_id == order_id]
    how = ""
    if not mine and [squashed(other) for other in names].count(squashed(name)) == 1:
        same = squashed(name)
        mine = [item for item in chart if not item.entry.medication_id and squashed(item.entry.name) == same]
        how = "by the name of the drug" if mine else ""
    until = as_of + SKEW
    mine = [item for item in mine if (moment := _at(item)) is None or moment <= until]
    mine.sort(key=lambda item: newest(item.entry.at), reverse=True)
    doses = [item for item in mine if item.entry.status in _GIVEN]
    handled = [moment for item in mine if item.entry.status in _HANDLED and (moment := _at(item)) is not None]
    rated = next((item for item in mine if item.rate and item.entry.status in _GIVEN), None)
    since = as_of - timedelta(hours=24)
    return Given(
        last=doses[0].entry.at if doses else None,
        how=how if doses else "",
        handled=max(handled, default=None),
        count_24h=sum(
            1
            for item in mine
            if item.entry.status == "completed" and (moment := _at(item)) is not None and moment > since
        ),
        rate=rated.rate if rated else "",
        rate_at=rated.entry.at if rated else None,
    )


def _at(item: Charted) -> datetime | None:
    return item.entry.at.at if item.entry.at else None
