"""Patient data files -> :class:`~papermode.model.snapshot.Snapshot`."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from papermode.errors import SnapshotError
from papermode.intake import census, census_csv, documents, files
from papermode.intake.assemble import Context, Items, Reader
from papermode.intake.census_csv import CensusList
from papermode.intake.due import Clock
from papermode.intake.gather import SKEW, Fault, Gathered, Kept, unreadable
from papermode.intake.medications import Pharmacy
from papermode.intake.parts import Completeness
from papermode.intake.patients import mothers_by_stay
from papermode.intake.patients import patient as read_patient
from papermode.intake.people import People
from papermode.intake.resources import Patient as SourcePatient
from papermode.intake.settings import IntakeSettings
from papermode.intake.sorting import place_in_order
from papermode.intake.text import UnusableError
from papermode.intake.times import fixed_offset
from papermode.model import snapshot
from papermode.model.snapshot import PART_NAMES, Part, PatientRecord, Snapshot, Stay, Unreadable

AsOfHow = Literal["given", "export time", "latest event"]


def load(
    paths: Sequence[Path],
    *,
    settings: IntakeSettings,
    as_of: datetime | None = None,
    now: datetime | None = None,
) -> Snapshot:
    """Read patient data and return what it says as of one time.

    Args:
        paths: Files (FHIR R4 Bundle or resource as JSON, NDJSON, a bulk export's manifest, a census list as CSV; each
            also as gzip) and folders, which are searched recursively.
        settings: The site's choices.
        as_of: The data time with its offset. None: the newest export time that the files state, else the newest
            clinical event that is not in the future.
        now: The wall clock, to tell which events are in the future; None: the computer's.

    Returns:
        The snapshot, with its patients in the order of ward, bed and name. Bad records are named in it.

    Raises:
        SnapshotError: E301 nothing there, E302 not readable, E303 too large, E304 no patient, E305 no data time,
            E306 a census list without its columns, E307 too many records, E309 unknown time zone.
    """
    zone = _zone(settings.zone)
    clock = now or datetime.now(UTC)
    inputs = files.find([Path(path) for path in paths])
    with _without_garbage_collection():
        gathered, listed = _gather(inputs, settings, clock, as_of)
        moment, how = _data_time(gathered, listed, as_of)
        if as_of is None and gathered.latest is not None and moment + SKEW < gathered.latest:
            # The export time lies before events of the export: what was left out as too old may not be.
            gathered, listed = _gather(inputs, settings, clock, moment)
        return _snapshot(gathered, listed, settings, fixed_offset(moment.astimezone(zone)), how, zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SnapshotError(
            "E309",
            place="zone",
            fault=f"there is no time zone {name!r}.",
            cure="Use an IANA name such as Europe/Berlin or America/New_York.",
        ) from None


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Loading makes millions of objects and no cycles; the collector would walk them again and again.

    What is left of them is the snapshot, which stays: it is taken off the collector's list, or printing would
    take a sixth longer.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


def _gather(
    inputs: list[files.Input], settings: IntakeSettings, now: datetime, as_of: datetime | None
) -> tuple[Gathered, CensusList]:
    gathered = Gathered(settings.limits, now, as_of)
    listed = CensusList()
    for item in inputs:
        if item.suffix == ".csv":
            census_csv.read(item, gathered, listed)
        else:
            documents.read(item, gathered)
    return gathered, listed


def _data_time(gathered: Gathered, listed: CensusList, as_of: datetime | None) -> tuple[datetime, AsOfHow]:
    """Return the data time and how it is known."""
    if as_of is not None:
        return as_of, "given"
    exports = [source.exported for source in gathered.files if source.exported is not None]
    if exports:
        return max(exports), "export time"
    if gathered.latest is not None:
        return gathered.latest, "latest event"
    if not gathered.of(SourcePatient) and not listed.rows:
        raise _no_patient(gathered)
    raise SnapshotError(
        "E305",
        place=", ".join(source.name for source in gathered.files[:5]),
        fault="nothing in the data says of what time it is.",
        cure="Give the time with --as-of, for example 2026-11-24T02:00:00-05:00.",
    )


def _no_patient(gathered: Gathered) -> SnapshotError:
    names = ", ".join(source.name for source in gathered.files[:5])
    first = gathered.faults[0].record if gathered.faults else None
    if not gathered.counts and first is not None:
        fault = f"this is no patient data that papermode can read ({first.file}: {first.why})."
        return SnapshotError(
            "E302", place=names, fault=fault, cure="Give FHIR R4 JSON or NDJSON, or a census list as CSV."
        )
    return SnapshotError(
        "E304",
        place=names,
        fault="there is no patient in a bed in this data.",
        cure="Export Patient, Encounter (in progress) and Location with the rest, or add a census list as CSV.",
    )


def _snapshot(
    gathered: Gathered, listed: CensusList, settings: IntakeSettings, as_of: datetime, how: AsOfHow, zone: ZoneInfo
) -> Snapshot:
    people = People(gathered, settings)
    stays = listed.applied(census.stays(gathered, as_of, people), people, gathered)
    if not stays:
        raise _no_patient(gathered)
    pharmacy = Pharmacy(gathered, settings, Clock(as_of, zone, settings.standard_times))
    context = Context(gathered, people, pharmacy, as_of, _by_patient(gathered, people, set(stays)))
    mothers = mothers_by_stay(gathered, people)
    read = {key: Reader(key, stay, context).read() for key, stay in stays.items()}
    patients = {key: _patient(key, context, mothers, listed) for key in stays}
    found = {part for items in read.values() for part, content in items.parts.items() if content}
    complete = Completeness(gathered, found)
    mine, loose, others = _sorted_faults(gathered, people, set(stays))
    complete.assign(mine, loose)
    records = [
        _record(patients[key], stay, read[key], key, context, complete, mine.get(key, []), listed)
        for key, stay in stays.items()
    ]
    left_out = gathered.faults_left_out
    more = (Unreadable("", 0, f"{left_out:,} more records", "could not be used"),) if left_out else ()
    return Snapshot(
        as_of=as_of,
        as_of_how=how,
        sources=tuple(source.source() for source in gathered.files),
        records=tuple(sorted(records, key=place_in_order)),
        problems=tuple(fault.record for fault in (*loose, *others)) + more,
    )


def _by_patient(gathered: Gathered, people: People, census_keys: set[str]) -> dict[str, dict[str, list[Kept]]]:
    """Return type -> patient key -> records, for patients in the census, in the order of the source."""
    found: dict[str, dict[str, list[Kept]]] = {}
    keys: dict[str, str] = {}
    for kind, shelf in gathered.kept.items():
        index = found.setdefault(kind, {})
        for kept in shelf.values():
            if kept.patient not in keys:
                keys[kept.patient] = people.survivor(kept.patient)
            key = keys[kept.patient]
            if key in census_keys:
                index.setdefault(key, []).append(kept)
    return found


def _patient(key: str, context: Context, mothers: dict[str, str], listed: CensusList) -> snapshot.Patient:
    """Return who a patient is; a record that cannot be used leaves the key. What is left out becomes a fault."""
    gathered = context.gathered
    row = listed.row_of(key)
    if key not in context.people.patients and row is not None:
        return row.patient()

    def complain(why: str) -> None:
        kept = next((kept for kept in gathered.of(SourcePatient).values() if kept.patient == key), None)
        name, line = (gathered.files[kept.file].name, kept.line) if kept else ("", 0)
        gathered.fault(Fault(unreadable(name, line, f"Patient/{_plain(key)}", why, key), "Patient"))

    try:
        return read_patient(key, context.people, context.as_of, mothers, complain)
    except UnusableError as error:
        complain(str(error))
        return snapshot.Patient(id=_plain(key), mrn=_plain(key))


def _plain(key: str) -> str:
    """Return a key with only the characters of a FHIR id, for a patient whose identifiers cannot be used."""
    return (
        "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-.") else "-" for letter in key)[:64]
        or "-"
    )


def _sorted_faults(
    gathered: Gathered, people: People, census_keys: set[str]
) -> tuple[dict[str, list[Fault]], list[Fault], list[Fault]]:
    """Return the faults of patients in the census by key, those of nobody known, and those of other patients."""
    mine: dict[str, list[Fault]] = {}
    loose: list[Fault] = []
    others: list[Fault] = []
    for fault in gathered.faults:
        key = people.survivor(fault.record.patient_id) if fault.record.patient_id else ""
        if not key:
            loose.append(fault)
        elif key in census_keys:
            mine.setdefault(key, []).append(fault)
        else:
            others.append(fault)
    return mine, loose, others


def _record(
    who: snapshot.Patient,
    stay: Stay,
    items: Items,
    key: str,
    context: Context,
    complete: Completeness,
    faults: list[Fault],
    listed: CensusList,
) -> PatientRecord:
    is_known = key in context.people.patients or bool(items.parts.keys() - {"care_team", "contacts"})
    parts: dict[str, Any] = {}
    for name in PART_NAMES:
        content = tuple(items.parts.get(name, ()))
        if is_known:
            state, why = complete.state(name, key)
        else:
            state, why = "unavailable", "this patient is only in the census list, not in the clinical data"
        parts[name] = Part(content, state, why, _age(items, name, key, context))
    if items.knowledge == "none-known" and parts["allergies"].state == "complete":
        parts["allergies"] = replace(parts["allergies"], why=items.none_known)
    notes = (fault.record for fault in faults)
    unread = tuple(replace(record, patient_id=who.id) for record in notes)
    return PatientRecord(patient=who, stay=stay, allergy_knowledge=items.knowledge, unreadable=unread, **parts)


def _age(items: Items, part: str, key: str, context: Context) -> datetime | None:
    """Return the export time of the oldest file that a part came from, where it is older than the snapshot."""
    numbers = items.files.get(part)
    if not numbers:
        numbers = {kept.file for kept in context.by_patient.get("Patient", {}).get(key, ())}
    times = [time for number in numbers if (time := context.gathered.files[number].exported) is not None]
    oldest = min(times, default=None)
    return fixed_offset(oldest) if oldest is not None and oldest < context.as_of else None
