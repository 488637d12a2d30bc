"""A census list as CSV: who is in which bed. Alone it makes empty packets; with FHIR files it says where patients are.

The file is UTF-8 text with a line of column names; the separator is a comma, semicolon or tab. Columns, in any order
and case (others are skipped):

=============  ==============================================================================================
``mrn``        medical record number, as text with leading zeros; required; FHIR patients are matched by it
``ward``       ward code; required (may be empty: no place)
``bed``        bed as it is called on the ward
``room``       room
``family``     family name
``given``      given names
``birth_date`` ISO date ``YYYY-MM-DD``
``sex``        male, female, other, unknown, or m, f
``encounter``  the stay's number
``attending``  name of the physician
``admitted``   ISO date or date and time with offset
``service``    clinical service
``reason``     reason of the stay
=============  ==============================================================================================

A FHIR patient in progress who is not in the list keeps a page, without a place, and is named as a problem: the list,
not the clinical data, knows who is where.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from papermode.errors import SnapshotError
from papermode.intake import files
from papermode.intake.gather import Fault, Gathered, SourceFile, unreadable
from papermode.intake.people import People
from papermode.intake.text import UnusableError, identifier, line
from papermode.intake.times import date, when
from papermode.model.snapshot import Name, Patient, Stay

REQUIRED: Final = ("mrn", "ward")
COLUMNS: Final = (
    *("mrn", "ward", "bed", "room", "family", "given", "birth_date", "sex"),
    *("encounter", "attending", "admitted", "service", "reason"),
)
_SEXES: Final = {"m": "male", "f": "female", "male": "male", "female": "female", "other": "other", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    mrn: str
    stay: Stay
    family: str
    given: str
    birth_date: str
    sex: str
    file: str
    line: int

    def patient(self) -> Patient:
        """Return the patient as the list alone knows it."""
        name = Name(family=self.family, given=tuple(self.given.split()))
        names = (name,) if self.family or self.given else ()
        return Patient(id=self.mrn, mrn=self.mrn, names=names, birth_date=self.birth_date, sex=self.sex)


@dataclass(slots=True)
class CensusList:
    """All lines of all census lists."""

    rows: dict[str, Row] = field(default_factory=dict)
    """By MRN."""
    is_given: bool = False
    _keys: dict[str, str] = field(default_factory=dict)
    """Patient key -> MRN of the list."""

    def row_of(self, key: str) -> Row | None:
        """Return the line of a patient key."""
        return self.rows.get(self._keys.get(key, ""))

    def applied(self, stays: dict[str, Stay], people: People, gathered: Gathered) -> dict[str, Stay]:
        """Return the stays with the places that the list gives; without a list they stay as they are."""
        if not self.is_given:
            return stays
        by_mrn = people.by_mrn()
        found: dict[str, Stay] = {}
        for mrn, row in self.rows.items():
            key = by_mrn.get(mrn, mrn)
            self._keys[key] = mrn
            found[key] = self._merged(row, stays.get(key))
            _compare(row, key, people, gathered)
        for key, stay in stays.items():
            if key not in found:
                found[key] = replace(stay, ward="", room="", bed="")
                why = "a stay in progress, but the patient is not in the census list"
                gathered.fault(Fault(unreadable("census list", 0, f"Encounter/{stay.id}", why, key), "Encounter"))
        return found

    @staticmethod
    def _merged(row: Row, stay: Stay | None) -> Stay:
        if stay is None:
            return row.stay
        listed = row.stay
        return replace(
            stay,
            ward=listed.ward,
            bed=listed.bed,
            room=listed.room,
            number=listed.number or stay.number,
            attending=listed.attending or stay.attending,
            admitted=stay.admitted or listed.admitted,
            service=stay.service or listed.service,
            reason=stay.reason or listed.reason,
        )


def _compare(row: Row, key: str, people: People, gathered: Gathered) -> None:
    """Name a patient whose birth date differs between the list and the clinical data: the MRN may be another's."""
    source = people.patients.get(key)
    if source is not None and row.birth_date and source.birth_date and row.birth_date != source.birth_date.strip():
        why = "the birth date in the census list and in the clinical data differ: check that this is the same person"
        gathered.fault(Fault(unreadable(row.file, row.line, "census line", why, key), "Encounter"))


def read(item: files.Input, into: Gathered, census: CensusList) -> None:
    """Read one census list into ``census``.

    Raises:
        SnapshotError: E302 if it is not UTF-8 text, E306 if a required column is missing.
    """
    tally = files.Tally()
    try:
        text = files.whole(item, into.limits, tally).decode("utf-8")
    except UnicodeDecodeError:
        raise SnapshotError(
            "E302", place=item.name, fault="the census list is not UTF-8 text.", cure="Save it as 'CSV UTF-8'."
        ) from None
    source = SourceFile(item.name, "csv", sha256=tally.sha256)
    into.files.append(source)
    census.is_given = True
    if tally.damaged:
        into.fault(Fault(unreadable(item.name, 0, "file", tally.damaged)))
        into.lack("*", f"the file {item.name} could not be read to its end")
    lines = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=_separator(text))
    header = [name.strip().lower() for name in next(lines, [])]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise SnapshotError(
            "E306",
            place=f"{item.name}, line 1",
            fault=f"the census list has no column {' and no column '.join(missing)}.",
            cure=f"The first line must name the columns: {', '.join(COLUMNS)}.",
        )
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                source.records += 1
                _take(dict(zip(header, cells, strict=False)), item.name, lines.line_num, into, census)
    except csv.Error:
        into.fault(Fault(unreadable(item.name, lines.line_num, "census line", "the line is not CSV"), "Encounter"))


def _separator(text: str) -> Literal[",", ";", "\t"]:
    head = text.partition("\n")[0]
    if head.count(";") > head.count(","):
        return ";"
    return "\t" if head.count("\t") > head.count(",") else ","


def _take(cells: dict[str, str], file: str, number: int, into: Gathered, census: CensusList) -> None:
    try:
        row = _row(cells, file, number)
    except UnusableError as error:
        into.fault(Fault(unreadable(file, number, "census line", str(error)), "Encounter"))
        return
    if row.mrn in census.rows:
        why = "the same MRN is in the census list twice; the first line is used"
        into.fault(Fault(unreadable(file, number, "census line", why), "Encounter"))
        return
    census.rows[row.mrn] = row


def _row(cells: dict[str, str], file: str, number: int) -> Row:
    def cell(name: str) -> str:
        return line(cells.get(name, ""))

    ward, bed, encounter = (
        identifier(cells[name]) if cells.get(name, "").strip() else "" for name in ("ward", "bed", "encounter")
    )
    mrn = identifier(cells.get("mrn", ""))
    stay = Stay(
        id=encounter,
        number=encounter,
        ward=ward,
        bed=bed,
        room=cell("room"),
        admitted=when(cell("admitted")),
        attending=cell("attending"),
        reason=cell("reason"),
        service=cell("service"),
    )
    sex = _SEXES.get(cell("sex").lower(), "")
    return Row(mrn, stay, cell("family"), cell("given"), date(cell("birth_date")), sex, file, number)
