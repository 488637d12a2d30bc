"""Reviewed pages become one FHIR R4 transaction Bundle, the same bytes for the same pages.

Every resource has an id and, where its type allows it, an identifier made from what the paper is (packet, page,
item, row, column), so that sending twice files once; in the id is the patient, too. Two ways of writing:

* ``update`` (``PUT Type/id``): a correction made later reaches the EHR. The default.
* ``create`` (``POST`` with ``ifNoneExist`` on the identifier) for servers that give ids themselves. Types without an
  identifier (Binary, Provenance) are still ``PUT``.

What was filed before and is not made of its page any more goes out as ``entered-in-error``
(:mod:`papermode.export.filed`); that needs ``update``, since only then its id in the EHR is known.

References within the bundle are ``urn:uuid`` and equal the ids, so that a client can also send the entries one
by one: :attr:`BundleResult.entries` is in an order in which every target comes before what points to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from papermode.errors import SendError
from papermode.export.accept import Sheet, left_out, sheet_of
from papermode.export.bundle_checks import check_bundle
from papermode.export.documents import PagePdf, binary, document, picture
from papermode.export.faults import Fault
from papermode.export.fhirjson import Json, dumps
from papermode.export.filed import Filings, all_taken_back, filings, taken_back
from papermode.export.leftout import LeftOut
from papermode.export.medications import administrations
from papermode.export.naming import Naming, page_key, reference_type, search_token
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
    filings: Filings = field(default_factory=dict)
    """What has to be remembered of it: the resources of its pages."""
    taken_back: tuple[Json, ...] = ()
    """The resources that are in error."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What is made of a page."""

    sheet: Sheet
    resources: list[Json]
    """Targets before what points to them."""
    gone: list[Json]
    """What was filed of the page and is in error."""


def bundle(
    pages: Iterable[ReviewedPage],
    forms: Forms,
    images: PagePdf,
    naming: Naming,
    policy: Policy,
    *,
    writing: Writing = "update",
    earlier: Filings | None = None,
    held: Iterable[tuple[ReviewedPage, str]] = (),
) -> BundleResult:
    """Return the transaction bundle of reviewed pages.

    Args:
        pages: in any order; the order does not change the result.
        forms: the forms in the versions that were printed.
        images: gives the picture of each page as a PDF. A page without one is left out whole.
        naming: how the site names what it sends.
        policy: what becomes data.
        writing: see above.
        earlier: all that was filed before, with ``update`` only.
        held: pages that are not to be sent now, with the reason (a key of :data:`leftout.WAITS`). What was filed of
            them stands: that it is wrong, nobody has said yet.

    Raises:
        SendError: E901, the bundle breaks a rule of FHIR: a bug, or a form that cannot be expressed. Nothing may
            be sent then.
    """
    before = earlier or {}
    if before and writing != "update":
        raise ValueError("what was filed can be taken back only under the id that it was given here")
    given, kept_back = list(pages), list(held)
    left = [left_out(page, reason, "page") for page, reason in kept_back]
    sheets = [s for p in _once(given, left) if (s := _sheet(p, forms, naming, policy, left)) is not None]
    picked = _picked(sheets, naming, policy, before)
    tried = [_made(sheet, images, naming, policy, picked[id(sheet)], before) for sheet in sheets]
    left += (note for sheet in sheets for note in sheet.left)
    done = [made for made in tried if made is not None]
    gone = [r for m in done for r in m.gone]
    standing = (*given, *(page for page, _ in kept_back))
    gone += all_taken_back(before, {page_key(p) for p in standing if p.subject is not None})
    # What is in error first: Provenance points to it, and what is filed anew for another patient has its identifier.
    resources = [*_questionnaires(done, naming, policy), *gone, *(r for m in done for r in m.resources)]
    entries = _entries(resources, writing)
    whole: Json = {"resourceType": "Bundle", "type": "transaction"}
    if entries:
        whole["entry"] = entries
    data = dumps(whole)
    _refuse([*check_bundle(whole), *structure_faults(data)])
    remember = {i: f for m in done for i, f in filings(m.sheet.page, m.resources).items()}
    return BundleResult(data, tuple(entries), tuple(sorted(left)), len(done), remember, tuple(gone))


def _picked(sheets: list[Sheet], naming: Naming, policy: Policy, before: Filings) -> dict[int, list[Candidate]]:
    """Return what becomes an Observation, by the ``id()`` of its sheet."""
    found: dict[int, list[Candidate]] = {id(s): [] for s in sheets}

    def was_filed(page: ReviewedPage, key: str) -> bool:
        return ("Observation", naming.id_of_page("Observation", page, key)) in before

    offered = [c for s in sheets for c in candidates(s, policy)]
    for c in chosen(offered, policy, was_filed):
        found[id(c.sheet)].append(c)
    return found


def _questionnaires(done: list[_Made], naming: Naming, policy: Policy) -> list[Json]:
    """Return the questionnaires that the responses name."""
    used = {r["questionnaire"] for m in done for r in m.resources if r["resourceType"] == "QuestionnaireResponse"}
    forms = (m.sheet.form for m in done)
    printed = {(form.id, form.version): form for form in forms if naming.canonical(form) in used}
    return [questionnaire(printed[k], naming, policy) for k in sorted(printed)]


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
    if asked and not any(policy.rule(form, link_id).filed for link_id in asked):
        return "nothing"
    if not page.confirmed_by.strip() or page.confirmed_at.tzinfo is None or page.printed_at.tzinfo is None:
        return "unconfirmed"
    if naming.patient(page) is None:
        return "no-patient"
    return "no-patient" if page.encounter_ref and reference_type(page.encounter_ref) != "Encounter" else ""


def _made(
    sheet: Sheet, images: PagePdf, naming: Naming, policy: Policy, picked: list[Candidate], before: Filings
) -> _Made | None:
    """Return what is made of a page; ``None`` if it has no picture.

    The Provenance is of what is in error, too: who confirmed the page as it is has taken back what it was.
    """
    page = sheet.page
    subject = naming.patient(page)
    data = picture(page, images)
    if data is None or subject is None:
        sheet.left[:] = [left_out(page, "no-picture", "page")]
        return None
    record = response(sheet, naming, subject)
    out = [binary(page, data, naming, subject), document(page, sheet.form, data, naming, subject)]
    pictured = _urn(out[1])
    if record is not None:
        source = _urn(record)
        out.append(record)
        out += observations(picked, naming, subject, source)
        out += administrations(sheet, naming, policy, subject, source)
    gone = taken_back(before, page, out)
    targets = [_urn(r) for r in (*out[1:], *gone)]
    return _Made(sheet, [*out, provenance(sheet, naming, targets, pictured)], gone)


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
    token = search_token(first["system"], first["value"])
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
