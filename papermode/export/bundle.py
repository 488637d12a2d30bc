"""Reviewed pages become one FHIR R4 transaction Bundle, the same bytes for the same pages.

Every resource has an id and, where its type allows it, an identifier made from what the paper is (packet, page,
item, row, column), so that sending twice files once. Two ways of writing:

* ``update`` (``PUT Type/id``): a correction made later reaches the EHR. The default.
* ``create`` (``POST`` with ``ifNoneExist`` on the identifier) for servers that give ids themselves. Types without an
  identifier (Binary, Provenance) are still ``PUT``.

References within the bundle are ``urn:uuid`` and equal the ids, so that a client can also send the entries one
by one: :attr:`BundleResult.entries` is in an order in which every target comes before what points to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from papermode.errors import SendError
from papermode.export.accept import Sheet, left_out, sheet_of
from papermode.export.bundle_checks import check_bundle
from papermode.export.documents import PagePdf, binary, document, picture
from papermode.export.faults import Fault
from papermode.export.fhirjson import Json, dumps
from papermode.export.leftout import LeftOut
from papermode.export.medications import administrations
from papermode.export.naming import Naming, page_key, reference_type
from papermode.export.observations import Candidate, candidates, chosen, observations
from papermode.export.outline import outline, places
from papermode.export.policy import Policy
from papermode.export.provenance import provenance
from papermode.export.questionnaire import questionnaire
from papermode.export.responses import response
from papermode.export.structure import structure_faults
from papermode.model.answers import ReviewedPage
from papermode.model.form import Form

Writing = Literal["update", "create"]
Forms = Mapping[tuple[str, int], Form]
"""(id, version) -> form."""

_UNIDENTIFIED: Final = frozenset({"Binary", "Provenance"})


@dataclass(frozen=True, slots=True)
class BundleResult:
    """What to send, and what is not in it."""

    json: bytes
    entries: tuple[Json, ...]
    """The entries of the bundle, targets first."""
    left_out: tuple[LeftOut, ...]
    pages: int
    """Pages that are in the bundle."""


def bundle(
    pages: Iterable[ReviewedPage],
    forms: Forms,
    images: PagePdf,
    naming: Naming,
    policy: Policy,
    *,
    writing: Writing = "update",
) -> BundleResult:
    """Return the transaction bundle of reviewed pages.

    Args:
        pages: in any order; the order does not change the result.
        forms: the forms in the versions that were printed.
        images: gives the picture of each page as a PDF. A page without one is left out whole.
        naming: how the site names what it sends.
        policy: what becomes data.
        writing: see above.

    Raises:
        SendError: E901, the bundle breaks a rule of FHIR: a bug, or a form that cannot be expressed. Nothing may
            be sent then.
    """
    left: list[LeftOut] = []
    sheets = [s for p in _once(pages, left) if (s := _sheet(p, forms, naming, policy, left)) is not None]
    offered = {id(s): candidates(s, policy) for s in sheets}
    picked: dict[int, list[Candidate]] = {id(s): [] for s in sheets}
    for c in chosen([c for s in sheets for c in offered[id(s)]], policy):
        picked[id(c.sheet)].append(c)
    resources: list[Json] = []
    done: list[Sheet] = []
    for sheet in sheets:
        made = _resources(sheet, images, naming, policy, picked[id(sheet)])
        left += sheet.left
        if made:
            resources += made
            done.append(sheet)
    used = {r["questionnaire"] for r in resources if r["resourceType"] == "QuestionnaireResponse"}
    printed = {(s.form.id, s.form.version): s.form for s in done if naming.canonical(s.form) in used}
    known = [questionnaire(printed[k], naming, policy) for k in sorted(printed)]
    entries = _entries([*known, *resources], writing)
    whole: Json = {"resourceType": "Bundle", "type": "transaction"}
    if entries:
        whole["entry"] = entries
    data = dumps(whole)
    _refuse([*check_bundle(whole), *structure_faults(data)])
    return BundleResult(data, tuple(entries), tuple(sorted(left)), len(done))


def _once(pages: Iterable[ReviewedPage], left: list[LeftOut]) -> list[ReviewedPage]:
    """Return each page once, in order; of two different versions of a page neither is taken."""
    found: dict[str, ReviewedPage] = {}
    twice: set[str] = set()
    for page in pages:
        if found.setdefault(page_key(page), page) != page:
            twice.add(page_key(page))
    left += [left_out(found[key], "conflict", "page") for key in twice]
    ordered = sorted(found.items(), key=lambda kv: (kv[1].packet, kv[1].page, kv[1].copy))
    return [page for key, page in ordered if key not in twice]


def _sheet(page: ReviewedPage, forms: Forms, naming: Naming, policy: Policy, left: list[LeftOut]) -> Sheet | None:
    """Return a page that may be filed, or ``None`` with the reason in ``left``."""
    form = forms.get((page.form, page.version))
    if form is None:
        left.append(left_out(page, "no-form", "page"))
        return None
    reason = _page_refusal(page, form, naming, policy)
    if reason:
        left.append(left_out(page, reason, "page"))
        return None
    return sheet_of(page, form, policy, naming)


def _page_refusal(page: ReviewedPage, form: Form, naming: Naming, policy: Policy) -> str:
    asked = places(outline(form))
    if asked and all(policy.rule(form, link_id).do == "nothing" for link_id in asked):
        return "nothing"
    if not page.confirmed_by.strip() or page.confirmed_at.tzinfo is None or page.printed_at.tzinfo is None:
        return "unconfirmed"
    if naming.patient(page) is None:
        return "no-patient"
    return "no-patient" if page.encounter_ref and reference_type(page.encounter_ref) != "Encounter" else ""


def _resources(sheet: Sheet, images: PagePdf, naming: Naming, policy: Policy, picked: list[Candidate]) -> list[Json]:
    """Return all resources of a page, targets before what points to them; [] if it has no picture."""
    page = sheet.page
    subject = naming.patient(page)
    data = picture(page, images)
    if data is None or subject is None:
        sheet.left[:] = [left_out(page, "no-picture", "page")]
        return []
    record = response(sheet, naming, subject)
    out = [binary(page, data, naming, subject), document(page, sheet.form, data, naming, subject)]
    pictured = _urn(out[1])
    if record is not None:
        source = _urn(record)
        out.append(record)
        for c in picked:
            out += observations(c, naming, subject, source)
        out += administrations(sheet, naming, policy, subject, source)
    targets = [_urn(r) for r in out[1:]]
    return [*out, provenance(sheet, naming, targets, pictured)]


def _urn(resource: Json) -> str:
    return f"urn:uuid:{resource['id']}"


def _entries(resources: Iterable[Json], writing: Writing) -> list[Json]:
    request: Callable[[Json], Json] = _update if writing == "update" else _create
    return [{"fullUrl": _urn(r), "resource": r, "request": request(r)} for r in resources]


def _update(resource: Json) -> Json:
    return {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}


def _create(resource: Json) -> Json:
    kind = resource["resourceType"]
    if kind in _UNIDENTIFIED:
        return _update(resource)
    found = resource["identifier"]
    first = found if isinstance(found, dict) else found[0]
    token = quote(f"{first['system']}|{first['value']}", safe=":/.-")
    return {"method": "POST", "url": kind, "ifNoneExist": f"identifier={token}"}


def _refuse(faults: list[Fault]) -> None:
    if faults:
        first = faults[0]
        raise SendError(
            "E901",
            place=first.path,
            fault=f"{first.text} ({len(faults)} faults in the bundle).",
            cure="Nothing was written. Report it with the form's id; file these pages by hand.",
        )
