"""Who wrote it on paper, who confirmed it, with what software, from which page: FHIR R4 Provenance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from papermode.export.accept import Sheet
from papermode.export.fhirjson import Json
from papermode.export.naming import Naming, page_key

_ROLES: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_AUTHORS: Final = ("initials", "initials_2", "given_by", "signed", "nurse", "handover", "prescriber", "noted_by")
"""Last parts of the link_ids where a person puts initials or a name."""
UNREAD: Final = "as signed on the page"


def provenance(sheet: Sheet, naming: Naming, targets: Sequence[str], source: str) -> Json:
    """Return the Provenance of all resources made from a page.

    Args:
        sheet: the page.
        naming: the site's names.
        targets: references of the resources.
        source: reference of the DocumentReference with the page's picture.
    """
    page = sheet.page
    key = page_key(page)
    written = sorted({v for k, a in sheet.accepted.items() if k[0].rpartition(".")[2] in _AUTHORS for v in a.texts})
    confirmed = sorted({page.confirmed_by.strip(), *(a.answer.by.strip() for a in sheet.accepted.values())})
    second = sorted({a.answer.second.strip() for a in sheet.accepted.values()} - {""})
    return {
        "resourceType": "Provenance",
        "id": naming.id_of_page("Provenance", page, key),
        "target": [{"reference": t} for t in targets],
        "occurredPeriod": {
            "start": page.printed_at.isoformat(timespec="seconds"),
            "end": page.confirmed_at.isoformat(timespec="seconds"),
        },
        "recorded": page.confirmed_at.isoformat(timespec="seconds"),
        "agent": [
            *(_agent("author", name) for name in [f"{text} (on paper)" for text in written] or [UNREAD]),
            *(_agent("enterer", name) for name in confirmed),
            *(_agent("verifier", name) for name in second),
            _agent("assembler", page.software or "papermode"),
        ],
        "entity": [
            {"role": "source", "what": {"reference": source}},
            {
                "role": "source",
                "what": {
                    "identifier": naming.identifier("page", key),
                    "display": f"Page {page.page} of packet {page.packet}, form {page.form} version {page.version}",
                },
            },
        ],
    }


def _agent(role: str, name: str) -> Json:
    return {"type": {"coding": [{"system": _ROLES, "code": role}]}, "who": {"display": name}}
