"""Snapshot + forms -> the packet of one ward: which sets, in which order, numbered and signed."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from papermode.errors import PapermodeError, PlanError, TrustError
from papermode.geometry import PAPERS, Paper
from papermode.ids import packet_id, reserved_number, ward_code
from papermode.model.claim import Claim
from papermode.model.form import Form
from papermode.model.layout import canonical_json, layout_tag
from papermode.model.packet import Packet, Page, Subject
from papermode.model.snapshot import PatientRecord
from papermode.plan import facts
from papermode.plan.banner import HeadLine, Identity, fill_numbers, sized, unbound_identity, ward_identity
from papermode.plan.census import census_context
from papermode.plan.context import Run, run_context
from papermode.plan.sets import Draft, PageSet, SetBuilder, patient_set
from papermode.plan.words import word
from papermode.trust.claims import check_field, compose, compose_locator, fit_claim
from papermode.trust.signing import Signer

NOTES_FORM = "NOTES"


class Library(Protocol):
    """Where forms come from: by id, the newest version."""

    def get(self, form_id: str) -> Form:
        """Return the form, or raise FormError."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that one ward's packet is made from."""

    run: Run
    records: tuple[PatientRecord, ...]
    library: Library
    signer: Signer
    cards: tuple[str, ...]
    sources: tuple[str, ...]
    inputs_hash: bytes
    """Digest of snapshot and forms: the packet id's other half, so that equal inputs give equal bytes."""


def plan_packet(job: Job) -> Packet:
    """Return the packet of a ward: ward pages, patient sets, sealed sets, admission sets, copy masters."""
    run = job.run
    paper = PAPERS[run.ward.paper]
    forms = [job.library.get(i) for i in run.ward.forms]
    sets = [_ward_set(job, [f for f in forms if f.subject == "ward"], paper)]
    sets += _patient_sets(job, [f for f in forms if f.subject == "patient"], paper)
    sets += _admission_sets(job, [f for f in forms if f.subject == "unbound"], paper)
    sets = [s for s in sets if s.drafts]
    notes = job.library.get(NOTES_FORM)
    for page_set in sets:
        _pad(page_set, notes, paper, run)
    identifier = packet_id(run.printed_at, hashlib.sha256(job.inputs_hash + run.ward.code.encode()).digest())
    pages = _numbered(sets, job, identifier)
    return Packet(
        id=identifier,
        site=run.site,
        ward=run.ward.code,
        zone=run.zone_name,
        language=run.style.language,
        printed_at=run.printed_at,
        as_of=run.as_of,
        sources=job.sources,
        pages=tuple(pages),
        cards=job.cards,
        patients=sum(s.subject is not None for s in sets),
        problems=tuple(p for s in sets for p in s.problems),
    )


def _ward_set(job: Job, forms: Sequence[Form], paper: Paper) -> PageSet:
    """The ward's own pages: cover, census, log."""
    context = census_context(job.records, job.run, alerts(job.records))
    identity = ward_identity(job.run, context, paper)
    builder = SetBuilder(paper, job.run.style.language, identity=identity)
    for form in forms:
        builder.form(form, context)
    return PageSet(builder.drafts, context, bookmark=job.run.ward.name or job.run.ward.code)


def _patient_sets(job: Job, forms: Sequence[Form], paper: Paper) -> list[PageSet]:
    """One set a patient; sealed sets of restricted records last. A fault costs a page, never the ward."""
    if not forms:
        return []
    same = alerts(job.records)
    out = []
    for record in sorted(job.records, key=lambda r: r.patient.restricted):
        try:
            _claimable(record, job)
            out.append(patient_set(record, forms, job.run, paper, alert=record.patient.id in same))
        except (PapermodeError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
            # Whatever is wrong with one record, the other patients of the ward need their pages.
            out.append(_failed_set(record, forms[0], job.run, paper, error))
    return out


def _claimable(record: PatientRecord, job: Job) -> None:
    """Refuse identifiers that no claim can carry, before anything of this patient is laid out.

    Raises:
        TrustError: E610 (a character that cannot be printed in a claim), E611 (too long).
    """
    longest = Claim(
        kid=job.signer.kid,
        site=job.run.site,
        packet=packet_id(job.run.printed_at, bytes(10)),
        form="X" * 8,
        version=9999,
        layout_tag="0" * 6,
        page=9999,
        pages=9999,
        mrn=record.patient.mrn,
        encounter=record.stay.number,
        ward=ward_code(job.run.ward.code),
        check="0000",
    )
    compose(fit_claim(longest), job.signer)


def _failed_set(record: PatientRecord, form: Form, run: Run, paper: Paper, error: Exception) -> PageSet:
    """The page of a patient whose pages could not be made: who, and what is wrong."""
    context, lang = run_context(run), run.style.language
    name = facts.full_name(record.patient.names)
    lines = (
        HeadLine(f"{word(lang, 'mrn')} {record.patient.mrn}", 1200, True, True),
        HeadLine(record.patient.birth_date),
    )
    identity = sized(Identity(name, (), lines, (word(lang, "allergies_elsewhere"),)), paper)
    builder = SetBuilder(paper, lang, identity=identity)
    why = str(error) if isinstance(error, PapermodeError) else f"{type(error).__name__} while the pages were made"
    builder.text_pages(form, [(word(lang, "no_pages"), [why, name, record.patient.mrn])])
    page_set = PageSet(builder.drafts, context, bookmark=name, problems=[f"a patient's pages could not be made: {why}"])
    if not isinstance(error, TrustError):
        page_set.subject, page_set.encounter = _subject(record), record.stay.number
    return page_set


def _subject(record: PatientRecord) -> Subject:
    return Subject(record.patient.mrn, facts.full_name(record.patient.names), record.patient.birth_date)


def _admission_sets(job: Job, forms: Sequence[Form], paper: Paper) -> list[PageSet]:
    """New-admission sets on reserved numbers, then one set of copy masters without any."""
    if not forms:
        return []
    run = job.run
    day = run.printed_at.astimezone(run.style.zone).date()
    numbers = [reserved_number(day, run.ward.code, n + 1) for n in range(run.ward.admission_sets)]
    out = []
    for number in (*numbers, ""):
        context = {**run_context(run), "reserved": number}
        builder = SetBuilder(paper, run.style.language, identity=unbound_identity(run, context, number, paper))
        for form in forms:
            builder.form(form, context)
        out.append(PageSet(builder.drafts, context, encounter=number, bookmark=number or "Copy masters"))
    return out


def alerts(records: Sequence[PatientRecord]) -> frozenset[str]:
    """Return the ids of patients with the same or a similar name as another on the ward (domain.md R22).

    Similar: family names equal after folding, or family and given names swapped.
    """
    by_name: dict[str, set[str]] = {}
    for record in records:
        for name in record.patient.names:
            keys = {_folded(name.family)}
            if name.given:
                keys.add("/".join(sorted((_folded(name.family), _folded(name.given[0])))))
            for key in keys:
                if key.strip("/"):
                    by_name.setdefault(key, set()).add(record.patient.id)
    return frozenset(i for ids in by_name.values() if len(ids) > 1 for i in ids)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalpha())


def _pad(page_set: PageSet, notes: Form, paper: Paper, run: Run) -> None:
    """Make the set end on an even page, so that the next starts on a fresh sheet: the pad is a notes page."""
    if len(page_set.drafts) % 2:
        last = page_set.drafts[-1]
        builder = SetBuilder(paper, run.style.language, identity=Identity(""))
        builder.variant = replace(builder.variant, wide=_is_wide(last))
        builder.form(notes, page_set.context)
        pad = builder.drafts[0]
        pad.fills.texts = [t for t in last.fills.texts if t.y < last.sheet.frame.body.y]
        page_set.drafts.append(pad)


def _is_wide(draft: Draft) -> bool:
    return not any(z.kind == "label" for z in draft.sheet.layout.zones)


def _numbered(sets: Sequence[PageSet], job: Job, identifier: str) -> list[Page]:
    total = sum(len(s.drafts) for s in sets)
    if total > 9999:
        raise PlanError(
            "E410",
            place=f"ward {job.run.ward.code}",
            fault=f"{total} pages; a packet holds at most 9999.",
            cure="Split the ward, or print fewer forms for it.",
        )
    pages: list[Page] = []
    for page_set in sets:
        for x, draft in enumerate(page_set.drafts, 1):
            pages.append(_page(page_set, draft, x, len(pages) + 1, total, job, identifier))
    return pages


def _page(page_set: PageSet, draft: Draft, x: int, serial: int, total: int, job: Job, identifier: str) -> Page:
    """Number, claim and freeze one page."""
    run, form, fills = job.run, draft.form, draft.fills
    label = f"{form.id} v{form.version}"
    y = len(page_set.drafts)
    fill_numbers(fills, draft.sheet.frame, run, page_set.context, label, x, y, identifier, serial, total)
    subject = page_set.subject
    claim = Claim(
        kid=job.signer.kid,
        site=run.site,
        packet=identifier,
        form=form.id,
        version=form.version,
        layout_tag=layout_tag(draft.sheet.layout.id),
        page=serial,
        pages=total,
        mrn=subject.mrn if subject else "",
        encounter=page_set.encounter,
        ward=ward_code(run.ward.code),
        check=check_field(identifier, subject.mrn, subject.birth_date, page_set.family) if subject else "0000",
    )
    text = compose(fit_claim(claim), job.signer)
    return Page(
        form=form.id,
        version=form.version,
        layout=draft.sheet.layout,
        fills=tuple(fills.texts),
        rules=tuple(fills.rules),
        charts=tuple(fills.charts),
        bars=tuple(fills.bars),
        codes=tuple(fills.codes),
        subject=subject,
        encounter=page_set.encounter,
        set_x=x,
        set_y=y,
        rows=draft.rows,
        columns=draft.columns,
        title=form.title.get(run.style.language),
        bookmark=page_set.bookmark if x == 1 else "",
        claim_text=text,
        locator_text=compose_locator(text),
    )


def inputs_hash(forms: Sequence[Form], extra: Mapping[str, Any], snapshot: bytes) -> bytes:
    """Return the digest of what packets are made from."""
    digest = hashlib.sha256(snapshot)
    digest.update(canonical_json(dict(extra)))
    for form in forms:
        digest.update(repr(form).encode())
    return digest.digest()
