"""The picture of a page as FHIR R4 DocumentReference and Binary."""

from __future__ import annotations

import base64
import hashlib
from typing import Protocol

from papermode.export.fhirjson import Json
from papermode.export.naming import Naming, page_key
from papermode.export.values import code_of, words
from papermode.model.answers import ReviewedPage
from papermode.model.form import Form

PDF: str = "application/pdf"


class PagePdf(Protocol):
    """Where the pictures come from."""

    def __call__(self, page: ReviewedPage, /) -> bytes | None:
        """Return the upright picture of a page as a PDF, the same bytes every time, or ``None`` if there is none."""
        ...


def picture(page: ReviewedPage, images: PagePdf) -> bytes | None:
    """Return the PDF of a page; ``None`` if there is none, or it is no PDF."""
    data = images(page)
    return data if data is not None and data.startswith(b"%PDF-") else None


def binary(page: ReviewedPage, data: bytes, naming: Naming, subject: Json) -> Json:
    """Return the Binary that holds the PDF; who may see it follows from the patient's own record."""
    reference = subject if not subject["reference"].startswith("Patient?") else None
    return {
        "resourceType": "Binary",
        "id": naming.id_of_page("Binary", page, page_key(page)),
        "contentType": PDF,
        **({"securityContext": reference} if reference else {}),
        "data": base64.b64encode(data).decode("ascii"),
    }


def document(page: ReviewedPage, form: Form, data: bytes, naming: Naming, subject: Json) -> Json:
    """Return the DocumentReference of a page.

    Its attachment names the Binary by a relative URL: not every server rewrites ``urn:uuid`` in elements
    that are no Reference.
    """
    key = page_key(page)
    confirmed = page.confirmed_at.isoformat(timespec="seconds")
    title = words("title", form.title, form.id)["title"]
    return {
        "resourceType": "DocumentReference",
        "id": naming.id_of_page("DocumentReference", page, key),
        "identifier": [naming.identifier("picture", key)],
        "status": "current",
        "docStatus": "final",
        "type": {**({"coding": [code_of(form.code)]} if form.code else {}), "text": title},
        "subject": subject,
        "date": confirmed,
        "description": f"EHR downtime: paper page {page.page} of packet {page.packet}, scanned",
        "content": [
            {
                "attachment": {
                    "contentType": PDF,
                    "url": f"Binary/{naming.id_of_page('Binary', page, key)}",
                    "size": len(data),
                    # FHIR R4 demands SHA-1 here (Attachment.hash); it is no security measure.
                    "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii"),
                    "title": title,
                    "creation": confirmed,
                }
            }
        ],
        "context": {
            **({"encounter": [{"reference": page.encounter_ref}]} if page.encounter_ref else {}),
            "period": {"start": page.printed_at.isoformat(timespec="seconds"), "end": confirmed},
        },
    }
