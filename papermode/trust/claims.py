"""What a page's codes say: the signed claim (``PM1``) and the locator (``PML1``).

``PM1 <kid> <site> <packet> <form> <version> <layout> <page>-<pages> <mrn> <encounter> <ward> <check> <signature>``

The whole format with a worked example is in ``docs/claims.md``. Reading goes strictly from outside in: length,
shape (ASCII classes, the whole text), the one way to write the signature, the signature itself, and only then
the values. Nothing in a claim is used as a path or a command; it is looked up.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from papermode.errors import TrustError
from papermode.ids import CROCKFORD, crockford_bits, packet_time
from papermode.model.claim import Claim, Locator
from papermode.trust.cards import KID_PATTERN, SIGNATURE_PATTERN, SITE_PATTERN
from papermode.trust.keyring import Endorsement, Keyring
from papermode.trust.signing import SIGNATURE_CHARACTERS, Signer, seal, unseal

CLAIM_CHARACTERS: Final = 259
"""Most characters of a claim: what a version 11-Q code holds."""
_HEAD_CHARACTERS: Final = CLAIM_CHARACTERS - SIGNATURE_CHARACTERS - 1
UNKNOWN_CHECK: Final = "0000"

_PACKET_PATTERN: Final = f"[0-7][{CROCKFORD}]{{25}}"
_NUMBER_PATTERN: Final = "[1-9][0-9]{0,3}"
_IDENTIFIER_PATTERN: Final = "(?:[0-9A-Z.-]|%[0-9A-F]{2})+"
_FIELDS: Final = {
    "magic": "PM1",
    "kid": KID_PATTERN,
    "site": SITE_PATTERN,
    "packet": _PACKET_PATTERN,
    "form": "[0-9A-Z][0-9A-Z.-]{0,7}",
    "version": _NUMBER_PATTERN,
    "layout tag": f"[{CROCKFORD}]{{6}}",
    "page": f"{_NUMBER_PATTERN}-{_NUMBER_PATTERN}",
    "mrn": _IDENTIFIER_PATTERN,
    "encounter": _IDENTIFIER_PATTERN,
    "ward": r"(?:\.|[0-9A-Z][0-9A-Z.-]{0,11})",
    "check": f"[{CROCKFORD}]{{4}}",
}
_HEAD: Final = re.compile(" ".join(_FIELDS.values()))
_SHAPE: Final = re.compile(f"{_HEAD.pattern} {SIGNATURE_PATTERN}")
_LOCATOR: Final = re.compile(f"PML1 ({_PACKET_PATTERN}) ({_NUMBER_PATTERN}) ([{CROCKFORD}]{{6}})")
_NEWER: Final = re.compile(r"(?!PML?1 )PML?[0-9][0-9A-Z]* [ -~]*")
_UNESCAPED: Final = re.compile(r"[0-9A-Z.-]*")
_ISO_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that no identifier may have: control, format (bidi overrides among them), line breaks."""


@dataclass(frozen=True, slots=True)
class VerifiedClaim:
    """A claim whose signature is good, and who stands behind it."""

    claim: Claim
    text: str
    by: Endorsement
    """Look at its ``doubts``: a page with one goes to a person."""


def compose(claim: Claim, signer: Signer) -> str:
    """Return the claim text of a page.

    Args:
        claim: what the page is. ``kid`` and ``site`` may be '' and are the signer's; ``ward`` as
            :func:`papermode.ids.ward_code` has it.
        signer: the operational key.

    Raises:
        TrustError: E610, a field cannot be written; E611, the text is too long for its code (see
            :func:`fit_claim`). The message names the field and never its value.
    """
    claim = dataclasses.replace(claim, kid=claim.kid or signer.kid, site=claim.site or signer.site)
    fields = _written(claim)
    head = " ".join(fields)
    if not _HEAD.fullmatch(head):
        shapes = zip(_FIELDS.items(), fields, strict=False)
        wrong = next(name for (name, pattern), value in shapes if not re.fullmatch(pattern, value))
        raise _unprintable(claim, wrong, "has a form that a claim cannot hold.")
    if (claim.kid, claim.site) != (signer.kid, signer.site):
        raise _unprintable(claim, "kid and site", "are not those of the key that signs.")
    if claim.page > claim.pages:
        raise _unprintable(claim, "page", f"is beyond the last page ({claim.pages}).")
    if len(head) > _HEAD_CHARACTERS:
        raise _too_long(claim, len(head))
    return seal(head, signer)


def fit_claim(claim: Claim) -> Claim:
    """Return a claim that fits its code: an encounter that is too long is left out (the manifest keeps it).

    Raises:
        TrustError: E610, a field cannot be written; E611, the claim does not fit even so.
    """
    sample = dataclasses.replace(claim, kid=claim.kid or "0" * 6, site=claim.site or "0" * 8)
    if len(" ".join(_written(sample))) <= _HEAD_CHARACTERS:
        return claim
    length = len(" ".join(_written(dataclasses.replace(sample, encounter=""))))
    if length > _HEAD_CHARACTERS:
        raise _too_long(claim, length)
    return dataclasses.replace(claim, encounter="")


def parse(text: str) -> Claim:
    """Return what a claim text says, **without checking its signature**: for reports, never for filing.

    Raises:
        TrustError: E612, this is no claim; E613, it is one of a newer papermode.
    """
    _unsealed(text)
    return _values(text)


def verify(text: str, keyring: Keyring) -> VerifiedClaim:
    """Return a claim whose signature is good.

    Raises:
        TrustError: E612, this is no claim; E613, it is one of a newer papermode; E605, no certificate for its
            key; E614, the signature is not good; E615, the key is another site's.
    """
    head, signature = _unsealed(text)
    kid = text[4:10]
    key = keyring.verify(kid, head, signature, place="claim code")
    claim = _values(text)
    if claim.site != key.certificate.site:
        raise TrustError(
            "E615",
            place="claim code",
            fault=f"names another site than the certificate of its key {kid}.",
            cure="Have a person look at the page; the key of that site may be misused.",
        )
    try:
        printed = packet_time(claim.packet)
    except ValueError:
        raise _no_claim("has an impossible time of printing.") from None
    return VerifiedClaim(claim, text, key.endorsement(printed))


def check_field(packet: str, mrn: str, birth_date: str, family: str) -> str:
    """Return the claim's check over packet and patient, by which a page filed to the wrong person is noticed.

    First 20 bits of SHA-256, 4 Crockford characters, over packet, MRN, birth date and family name, joined by
    line feeds, in UTF-8. The name is decomposed (NFKD), casefolded, and only its letters are kept.

    Args:
        packet: the packet id.
        mrn: as printed; '' on an unbound page.
        birth_date: ISO date as the source has it; a year or month alone counts as it is.
        family: the family name.

    Returns:
        ``0000`` where MRN, birth date or family name are unknown.
    """
    folded = unicodedata.normalize("NFKD", family).casefold()
    letters = "".join(character for character in folded if unicodedata.category(character)[0] == "L")
    if not mrn or not letters or not _ISO_DATE.fullmatch(birth_date):
        return UNKNOWN_CHECK
    digest = hashlib.sha256("\n".join((packet, mrn, birth_date, letters)).encode()).digest()
    return crockford_bits(digest, 20)


def claim_tag(claim_text: str) -> str:
    """Return a locator's tag of a claim: the first 30 bits of SHA-256 of its text, 6 Crockford characters."""
    return crockford_bits(hashlib.sha256(claim_text.encode("ascii")).digest(), 30)


def compose_locator(claim_text: str) -> str:
    """Return the text of the locator that is printed beside a claim: ``PML1 <packet> <page> <tag>``."""
    fields = claim_text.split(" ")
    return f"PML1 {fields[3]} {fields[7].partition('-')[0]} {claim_tag(claim_text)}"


def parse_locator(text: str) -> Locator:
    """Return what a locator says. It is not signed: it finds a page, and never files one.

    Raises:
        TrustError: E616, this is no locator; E613, it is one of a newer papermode.
    """
    if found := _LOCATOR.fullmatch(text):
        return Locator(found[1], int(found[2]), found[3])
    if _NEWER.fullmatch(text[:CLAIM_CHARACTERS]):
        raise _newer("locator code")
    raise TrustError(
        "E616", place="locator code", fault="is no PML1 text.", cure="Scan the page again, or bind it by hand."
    )


def escape(value: str) -> str:
    """Return an identifier as a claim writes it.

    RFC 3986 percent-encoding of the UTF-8 bytes, where only ``0-9A-Z-.`` stand for themselves; '' is ``.``, and
    a single ``.`` is ``%2E``.
    """
    if value == ".":
        return "%2E"
    if _UNESCAPED.fullmatch(value):
        return value or "."
    return "".join(
        character if _UNESCAPED.fullmatch(character) else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in value
    )


def unescape(text: str) -> str:
    """Return the identifier that :func:`escape` wrote so; ``ValueError`` if it would write none so."""
    value = "" if text == "." else unquote_to_bytes(text).decode()
    if escape(value) != text or _is_hidden(value):
        raise ValueError("not an escaped identifier")
    return value


def _is_hidden(value: str) -> bool:
    return not _UNESCAPED.fullmatch(value) and any(unicodedata.category(character) in _HIDDEN for character in value)


def _written(claim: Claim) -> tuple[str, ...]:
    """Return the fields of a claim as they are written, without the signature."""
    for name, value in (("mrn", claim.mrn), ("encounter", claim.encounter)):
        if _is_hidden(value):
            raise _unprintable(claim, name, "has control or invisible characters.")
    return (
        "PM1",
        claim.kid,
        claim.site,
        claim.packet,
        claim.form,
        str(claim.version),
        claim.layout_tag,
        f"{claim.page}-{claim.pages}",
        escape(claim.mrn),
        escape(claim.encounter),
        escape(claim.ward),
        claim.check,
    )


def _unsealed(text: str) -> tuple[bytes, bytes]:
    """Return signed bytes and signature of a text that has the length and shape of a claim."""
    if len(text) > CLAIM_CHARACTERS or not _SHAPE.fullmatch(text):
        if _NEWER.fullmatch(text[:CLAIM_CHARACTERS]):
            raise _newer("claim code")
        raise _no_claim("is no PM1 text.")
    try:
        return unseal(text)
    except ValueError:
        raise _no_claim("has a signature that is not written the one right way.") from None


def _values(text: str) -> Claim:
    _, kid, site, packet, form, version, layout, page, mrn, encounter, ward, check, _ = text.split(" ")
    number, _, count = page.partition("-")
    if int(number) > int(count):
        raise _no_claim("has a page beyond the last.")
    try:
        return Claim(
            kid=kid,
            site=site,
            packet=packet,
            form=form,
            version=int(version),
            layout_tag=layout,
            page=int(number),
            pages=int(count),
            mrn=unescape(mrn),
            encounter=unescape(encounter),
            ward="" if ward == "." else ward,
            check=check,
        )
    except ValueError:
        raise _no_claim("has an identifier that is not written the one right way.") from None


def _no_claim(fault: str) -> TrustError:
    return TrustError("E612", place="claim code", fault=fault, cure="Scan the page again, or bind it by hand.")


def _newer(place: str) -> TrustError:
    return TrustError(
        "E613",
        place=place,
        fault="was printed by a newer papermode.",
        cure="Keep the page and read it with the papermode that printed it, or a newer one.",
    )


def _unprintable(claim: Claim, field: str, fault: str) -> TrustError:
    return TrustError(
        "E610",
        place=f"claim of page {claim.page}, field {field}",
        fault=fault,
        cure="Correct it in the source of the data; until then this page cannot be printed.",
    )


def _too_long(claim: Claim, head_length: int) -> TrustError:
    return TrustError(
        "E611",
        place=f"claim of page {claim.page}",
        fault=f"has {head_length + 1 + SIGNATURE_CHARACTERS} characters; its code holds {CLAIM_CHARACTERS}.",
        cure="Use shorter site, form and ward codes, or a shorter patient number as the MRN of this site.",
    )
