"""What was filed before and counts no more: it goes out again with the status ``entered-in-error``.

FHIR R4 has that status for a resource that should never have been (Observation.status,
MedicationAdministration.status, QuestionnaireResponse.status, DocumentReference.status); to leave a resource away
tells the EHR nothing. So every filing is remembered, with its resources as they were sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from papermode.export.fhirjson import Json, dumps, loads
from papermode.export.naming import page_key
from papermode.model.answers import ReviewedPage

IN_ERROR: Final = "entered-in-error"
KINDS: Final = ("QuestionnaireResponse", "DocumentReference", "Observation", "MedicationAdministration")
"""Types that say something of a patient and have a status; targets before what points to them."""
_URN: Final = "urn:uuid:"

Id = tuple[str, str]
"""(type, id) of a resource."""


@dataclass(frozen=True, slots=True)
class Filing:
    """One resource as it went out last."""

    page: str
    """The page that it was made from (:func:`papermode.export.naming.page_key`)."""
    version: str
    """:func:`version_of` that page."""
    text: str
    """The resource, JSON."""


Filings = Mapping[Id, Filing]
"""All that was ever filed, by what it is."""


def filings(page: ReviewedPage, resources: Iterable[Json]) -> dict[Id, Filing]:
    """Return what is to be remembered of the resources of a page."""
    key, version = page_key(page), version_of(page)
    return {_id(r): Filing(key, version, dumps(r).decode()) for r in resources if r["resourceType"] in KINDS}


def identified(found: Filing) -> tuple[Id, Filing]:
    """Return what was remembered of one resource by what it is."""
    return _id(loads(found.text)), found


def version_of(page: ReviewedPage) -> str:
    """Return a hash of how a page was confirmed: another one says that people changed it, or a page that tells its day.

    Whose page it is counts as well: the ids of what is made of it follow the patient.

    The site's policy and the forms are not in it: what they make of a page may change without its being wrong.
    """
    times = [f"{a.link_id} {a.row} {a.column} {a.at.isoformat()}" for a in page.answers if a.at is not None]
    whose = page.subject.mrn if page.subject is not None else ""
    said = [page.confirmed_at.isoformat(), page.confirmed_by, page.image_sha256, whose, *times]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def taken_back(earlier: Filings, page: ReviewedPage, made: Iterable[Json]) -> list[Json]:
    """Return what was filed of a page before it was changed and is not made of it any more, as in error.

    Args:
        earlier: all that was filed.
        page: the page as it stands now.
        made: what is made of it now.
    """
    key, version, kept = page_key(page), version_of(page), {_id(r) for r in made}
    return _in_error(earlier, lambda i, f: f.page == key and f.version != version and i not in kept)


def all_taken_back(earlier: Filings, standing: Set[str]) -> list[Json]:
    """Return what was filed of pages that nobody stands for any more, as in error.

    Args:
        earlier: all that was filed.
        standing: keys of the pages that somebody has confirmed as a patient's.
    """
    return _in_error(earlier, lambda _, f: f.page not in standing)


def _in_error(earlier: Filings, gone: Callable[[Id, Filing], bool]) -> list[Json]:
    found = sorted((i for i, f in earlier.items() if gone(i, f)), key=lambda i: (earlier[i].page, KINDS.index(i[0]), i))
    types = {f"{_URN}{identifier}": kind for kind, identifier in earlier}
    return [_marked(_literal(loads(earlier[i].text), types)) for i in found]


def _marked(resource: Json) -> Json:
    """Return a resource as it was, but for its status."""
    return resource | {name: IN_ERROR for name in ("status", "docStatus") if name in resource}


def _literal(value: Any, types: Mapping[str, str]) -> Any:
    """Return an element with references to where their targets were filed: these need not be in this bundle."""
    if isinstance(value, dict):
        return {name: _literal(inner, types) for name, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner, types) for inner in value]
    if isinstance(value, str) and value in types:
        return f"{types[value]}/{value.removeprefix(_URN)}"
    return value


def _id(resource: Json) -> Id:
    return resource["resourceType"], resource["id"]
