"""Names that do not change from one run to the next: ids, identifiers, canonical URLs and references.

Whatever is sent twice has the same id and identifier, so that the EHR files it once.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from papermode.export.fhirjson import Json
from papermode.export.leftout import Key
from papermode.model.answers import ReviewedPage
from papermode.model.form import Form

_REFERENCE: Final = re.compile(r"(?:https?://\S+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}")
_SPECIAL: Final = re.compile(r"[\\,$|]")


@dataclass(frozen=True, slots=True)
class Naming:
    """How a site names what it sends."""

    base: str = "urn:papermode"
    """Canonical base of questionnaires and identifier systems, e.g. ``https://fhir.hospital.example/papermode``."""
    mrn_system: str = ""
    """Identifier system of the MRN in the EHR; '' = patients are referred to by their EHR reference only."""

    def system(self, name: str) -> str:
        """Return the identifier or code system ``name`` of the site."""
        return f"{self.base}:{name}" if self.base.startswith("urn:") else f"{self.base.rstrip('/')}/{name}"

    def answers(self, form: Form, link_id: str) -> str:
        """Return the code system of the printed answers of a question; an overlay has those of the form it extends.

        Each question has its own, since a word means something else in each: ``none`` is no known allergy in one, and
        no medicine taken at home in another.
        """
        return self.system(f"answer/{form.extends or form.id}/{quote(link_id)}")

    def questionnaire(self, form: Form) -> str:
        """Return the canonical URL of a form, without its version."""
        if self.base.startswith("urn:"):
            return f"{self.base}:questionnaire:{form.id}"
        return f"{self.base.rstrip('/')}/Questionnaire/{form.id}"

    def canonical(self, form: Form) -> str:
        """Return the canonical URL of one version of a form, ``url|version`` (FHIR R4, 2.24.0.9 canonical)."""
        return f"{self.questionnaire(form)}|{form.version}"

    def id_of(self, kind: str, key: str) -> str:
        """Return the id of a resource of type ``kind``: a version 5 UUID (RFC 9562) of base, type and key."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.base}|{kind}|{key}"))

    def id_of_page(self, kind: str, page: ReviewedPage, key: str) -> str:
        """Return the id of a resource that is made of a page and says something of its patient.

        The patient is in it: of a page that was another's after all, what was filed must stay where it is, to be taken
        back there. Under one id it would leave the first patient's record without a word.
        """
        return self.id_of(kind, f"{page.subject.mrn if page.subject is not None else ''}|{key}")

    def identifier(self, kind: str, key: str) -> Json:
        """Return the business identifier of a page, an answer or an administration."""
        return {"system": self.system(kind), "value": key}

    def patient(self, page: ReviewedPage) -> Json | None:
        """Return the reference to the page's patient, or ``None`` if the EHR could not tell who is meant.

        Where only the MRN is known it is a conditional reference (FHIR R4, 3.1.0.11.2), which a server
        resolves to exactly one patient or refuses.
        """
        if page.subject is None:
            return None
        if reference_type(page.patient_ref) == "Patient":
            return {"reference": page.patient_ref}
        if page.patient_ref or not self.mrn_system or not page.subject.mrn:
            return None
        return {"reference": f"Patient?identifier={search_token(self.mrn_system, page.subject.mrn)}"}


def search_token(system: str, value: str) -> str:
    """Return an identifier as a token of a FHIR search, for a URL.

    A comma in it would mean 'or' (FHIR R4, 3.1.1.4.0.3), and might find somebody else.
    """
    plain = (_SPECIAL.sub(r"\\\g<0>", part) for part in (system, value))
    return quote("|".join(plain), safe=":/.-")


def reference_type(reference: str) -> str:
    """Return the resource type that a literal reference points to, or '' if it is no such reference."""
    found = _REFERENCE.fullmatch(reference)
    return found[1] if found else ""


def page_key(page: ReviewedPage) -> str:
    """Return what tells a page from all others: packet, serial, and for photocopied masters the copy."""
    return f"{page.packet}/{page.page}" + (f"/{page.copy}" if page.copy else "")


def answer_key(page: ReviewedPage, key: Key) -> str:
    """Return what tells an answer from all others."""
    link_id, row, column = key
    return f"{page_key(page)}/{link_id}/{row or 0}/{column or 0}"
