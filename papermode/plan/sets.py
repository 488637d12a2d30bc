"""A set: the pages of one patient, of the ward itself, or of one new admission, before they are numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from papermode.errors import PapermodeError, PlanError
from papermode.geometry import Paper
from papermode.model.form import Form
from papermode.model.layout import Text
from papermode.model.packet import Row, Subject
from papermode.model.snapshot import PatientRecord
from papermode.plan.banner import Identity, fill_identity, patient_identity
from papermode.plan.builder import leading
from papermode.plan.charts import chart_points
from papermode.plan.context import Run, patient_context, sheet_context
from papermode.plan.fill import Fills, continuation_lines, fill_slot, fits_one_line
from papermode.plan.sheets import Sheet, Table, Variant, continuation_of, sheet_of
from papermode.plan.tables import PageRows, fill_rows, pages_of
from papermode.plan.words import word
from papermode.typeset.shaping import shape
from papermode.typeset.templates import evaluate


@dataclass(slots=True)
class Draft:
    """A page that only lacks its numbers and its claim."""

    form: Form
    sheet: Sheet
    fills: Fills
    rows: tuple[tuple[int, Row], ...] = ()
    columns: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class PageSet:
    """The pages of one set, in order, with whose they are."""

    drafts: list[Draft]
    context: Mapping[str, Any]
    subject: Subject | None = None
    family: str = ""
    encounter: str = ""
    bookmark: str = ""
    problems: list[str] = field(default_factory=list)
    """What went wrong, without identifiers; printed on the set's last page in full."""
    sealed: bool = False


class SetBuilder:
    """Makes the drafts of one set: one form after the other, each with its continuation pages."""

    def __init__(self, paper: Paper, language: str, *, identity: Identity) -> None:
        self.variant = Variant(paper, language, wide=identity.wide)
        self.identity = identity
        self.drafts: list[Draft] = []
        self._heads: dict[bool, list[Text]] = {}
        """The words of the frame, which all pages of a set share, for the narrow and the wide block."""

    def form(self, form: Form, context: Mapping[str, Any]) -> None:
        """Add every side of a form, and the continuation pages for what did not fit."""
        overflow: list[tuple[str, list[str]]] = []
        for number in range(len(form.pages)):
            sheet = sheet_of(form, number, self.variant)
            for rows in self._table_pages(sheet, context):
                draft = self._draft(form, sheet)
                for slot in sheet.slots:
                    fill_slot(draft.fills, slot, context)
                _fill_past(draft.fills, sheet, context)
                for table, page_rows in zip(sheet.tables, rows, strict=True):
                    draft.rows += fill_rows(draft.fills, table, page_rows, context)
                overflow += draft.fills.overflow
                self.drafts.append(draft)
        if overflow:
            self.text_pages(form, overflow)

    def _table_pages(self, sheet: Sheet, context: Mapping[str, Any]) -> Iterable[tuple[PageRows, ...]]:
        """Return, for each page that the first table needs, the rows of every table on it."""
        filled = [
            pages_of(table, self._entries(table, context), context, self.variant.language) for table in sheet.tables
        ]
        if not filled:
            return ((),)
        for table, pages in zip(sheet.tables[1:], filled[1:], strict=True):
            if len(pages) > 1:
                raise PlanError(
                    "E411",
                    place=f"table of “{table.section.rows}”",
                    fault="has more rows than fit, and only the first table of a page goes on to further pages.",
                    cure="Give it more rows, or a page of its own.",
                )
        return [(first, *(pages[0] for pages in filled[1:])) for first in filled[0]]

    def _entries(self, table: Table, context: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        return context.get(table.section.rows) or () if table.section.rows else ()

    def text_pages(self, form: Form, blocks: Sequence[tuple[str, list[str]]]) -> None:
        """Add continuation pages of ``form`` that hold the blocks of text, whole."""
        sheet = continuation_of(form, self.variant)
        body = sheet.frame.body
        lines = continuation_lines(blocks, body.w)
        top = body.y + 600
        room = (body.bottom - top) // leading(1000)
        for start in range(0, len(lines), room):
            draft = self._draft(form, sheet)
            for i, (line, bold) in enumerate(lines[start : start + room]):
                draft.fills.line(body.x, top + i * leading(1000), line, 1000, bold=bold)
            self.drafts.append(draft)

    def _draft(self, form: Form, sheet: Sheet) -> Draft:
        fills = Fills(self.variant.language)
        head = self._heads.get(self.variant.wide)
        if head is None:
            fill_identity(fills, self.identity, sheet.frame)
            self._heads[self.variant.wide] = list(fills.texts)
        else:
            fills.texts += head
        return Draft(form, sheet, fills)


def _fill_past(f: Fills, sheet: Sheet, context: Mapping[str, Any]) -> None:
    """Print the columns of the past of a time grid; the newest stands next to the first column to write."""
    if not sheet.past:
        return
    past = context.get("past") or []
    columns = max(s.column or 0 for s in sheet.past)
    offset = columns - len(past)
    for slot in sheet.past:
        index = (slot.column or 0) - 1 - offset
        if index >= 0:
            value = str(past[index].get(slot.item.link_id, ""))
            for n, line in enumerate(value.split("\n")):
                if not fits_one_line(line, 1000, slot.rect.w, bold=False):
                    line = "▶"  # it stands whole in the list of vital signs
                f.line(slot.rect.x + slot.rect.w // 2, slot.rect.y + n * leading(1000), line, 1000, align="center")


def patient_set(record: PatientRecord, forms: Sequence[Form], run: Run, paper: Paper, *, alert: bool) -> PageSet:
    """Return the pages of one patient. A fault in one form costs that form, not the patient or the ward."""
    context = patient_context(record, run, alert=alert)
    context["chart"] = chart_points(record, run)
    identity = patient_identity(context, run, paper)
    builder = SetBuilder(paper, run.style.language, identity=identity)
    faults: list[str] = []
    if not identity.fits:
        faults.append("the name or the identifiers are too long for the page's head; they stand whole below")
    sheets: dict[tuple[int, int], dict[str, Any]] = {}  # most forms share theirs
    for form in forms:
        done = len(builder.drafts)
        try:
            for number in range(form.sheets):
                span = (number, form.sheet_hours)
                sheet = sheets.get(span) or sheets.setdefault(span, sheet_context(record, context, run, *span))
                if not form.when or evaluate(form.when, sheet):
                    builder.form(form, sheet)
        except PapermodeError as error:
            del builder.drafts[done:]
            faults.append(f"form {form.id} could not be printed: {error}")
    missing = missing_characters(builder.drafts)
    page_set = PageSet(
        builder.drafts,
        context,
        _subject(record, context),
        record.patient.names[0].family if record.patient.names else "",
        record.stay.number,
        _bookmark(context),
        sealed=record.patient.restricted,
    )
    _problem_page(builder, page_set, forms[0], context, faults, missing, run)
    return page_set


def _subject(record: PatientRecord, context: Mapping[str, Any]) -> Subject:
    return Subject(record.patient.mrn, context["patient"]["name"], record.patient.birth_date)


def _bookmark(context: Mapping[str, Any]) -> str:
    bed = context["stay"]["bed"]
    return f"{bed} {context['patient']['name']}".strip()


def missing_characters(drafts: Iterable[Draft]) -> tuple[str, ...]:
    """Return the characters of the pages that no font has, in order of first appearance."""
    found: dict[str, None] = {}
    seen: set[tuple[str, bool]] = set()
    for draft in drafts:
        for text in draft.fills.texts:
            if not text.text.isascii() and (text.text, text.bold) not in seen:
                seen.add((text.text, text.bold))
                found.update(dict.fromkeys(shape(text.text, text.bold, text.zero).missing))
    return tuple(found)


def _problem_page(
    builder: SetBuilder,
    page_set: PageSet,
    form: Form,
    context: Mapping[str, Any],
    faults: list[str],
    missing: tuple[str, ...],
    run: Run,
) -> None:
    """Add the page that says what could not be printed or read, if there is anything to say."""
    lang = run.style.language
    unreadable = [e["text"] for e in context["unreadable"]]
    lines = [*faults]
    if not builder.identity.fits:
        identity = builder.identity
        lines += [identity.name, *identity.extras, *(line.text for line in identity.lines if line.text)]
    if missing:
        codes = ", ".join(f"U+{ord(c):04X}" for c in missing)
        lines.append(f"{word(lang, 'missing_chars')} {codes}")
    lines += unreadable
    if lines:
        builder.text_pages(form, [(word(lang, "problem_page"), lines)])
    page_set.problems = list(faults)
    if missing:
        page_set.problems.append(f"{len(missing)} characters have no font and are printed as [U+XXXX]")
    if unreadable:
        page_set.problems.append(f"{len(unreadable)} record{'s' if len(unreadable) > 1 else ''} could not be read")
