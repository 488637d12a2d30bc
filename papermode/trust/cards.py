"""The public texts that say which keys to believe.

* ``PMR1 <site> <kid> <public key>``: the root's card. It is the one thing to have beforehand, on paper.
* ``PMK1 <root kid> <site> <kid> <first day> <last day> <public key> <signature>``: the root's certificate for an
  operational key. Days are ``YYYYMMDD`` in UTC, both included.
* ``PMX1 <root kid> <kid> <time> <signature>``: the root takes a key back as of a time, ``YYYYMMDDTHHMMSSZ``.

All fit a QR code in alphanumeric mode. Reading one checks its form, and that a key has the kid it is said to
have; whether a root signed it is for :class:`papermode.trust.keyring.Keyring` to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from papermode.errors import TrustError
from papermode.ids import CROCKFORD, crockford, uncrockford
from papermode.trust.signing import SIGNATURE_CHARACTERS, kid_of, seal, unseal, verified

SITE_PATTERN: Final = "[0-9A-Z][0-9A-Z.-]{0,7}"
KID_PATTERN: Final = f"[{CROCKFORD}]{{6}}"
SIGNATURE_PATTERN: Final = f"[{CROCKFORD}]{{{SIGNATURE_CHARACTERS}}}"
_PUBLIC_PATTERN: Final = f"[{CROCKFORD}]{{52}}"
_ROOT: Final = re.compile(f"PMR1 ({SITE_PATTERN}) ({KID_PATTERN}) ({_PUBLIC_PATTERN})")
_CERTIFICATE: Final = re.compile(
    f"PMK1 ({KID_PATTERN}) ({SITE_PATTERN}) ({KID_PATTERN}) ([0-9]{{8}}) ([0-9]{{8}}) ({_PUBLIC_PATTERN})"
    f" {SIGNATURE_PATTERN}"
)
_REVOCATION: Final = re.compile(f"PMX1 ({KID_PATTERN}) ({KID_PATTERN}) ([0-9]{{8}}T[0-9]{{6}}Z) {SIGNATURE_PATTERN}")
_DAY: Final = "%Y%m%d"
_TIME: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class RootCard:
    """A site's root key."""

    text: str
    site: str
    kid: str
    public: bytes

    def signed(self, text: str) -> bool:
        """Tell whether this root signed a certificate or a revocation."""
        head, signature = unseal(text)
        return verified(Ed25519PublicKey.from_public_bytes(self.public), head, signature)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a root says of an operational key."""

    text: str
    root_kid: str
    site: str
    kid: str
    first_day: date
    last_day: date
    public: bytes

    def covers(self, moment: datetime) -> bool:
        """Tell whether the key may sign at ``moment`` (with its offset)."""
        return self.first_day <= moment.astimezone(UTC).date() <= self.last_day


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a root takes back."""

    text: str
    root_kid: str
    kid: str
    since: datetime


PublicText = RootCard | Certificate | Revocation


def root_card(site: str, root: Ed25519PrivateKey) -> RootCard:
    """Return the card of a root key; ``TrustError`` E609 if the site's code cannot be printed in codes."""
    if not re.fullmatch(SITE_PATTERN, site):
        raise TrustError(
            "E609",
            place=f"site code {site!r}",
            fault="is not 1 to 8 capital letters, digits, '-' and '.', the first a letter or digit.",
            cure="Choose a code like STMARY01; it is printed in every page's code.",
        )
    public = root.public_key().public_bytes_raw()
    kid = kid_of(public)
    return RootCard(f"PMR1 {site} {kid} {crockford(public)}", site, kid, public)


def certify(root: Ed25519PrivateKey, site: str, public: bytes, first_day: date, last_day: date) -> Certificate:
    """Return the root's certificate for an operational key (``public``: 32 bytes), good from day to day in UTC."""
    root_kid, kid = kid_of(root.public_key().public_bytes_raw()), kid_of(public)
    head = f"PMK1 {root_kid} {site} {kid} {first_day:{_DAY}} {last_day:{_DAY}} {crockford(public)}"
    return Certificate(seal(head, root), root_kid, site, kid, first_day, last_day, public)


def revoke(root: Ed25519PrivateKey, kid: str, since: datetime) -> Revocation:
    """Return the root's revocation of a key as of ``since`` (with its offset; kept to the second)."""
    root_kid = kid_of(root.public_key().public_bytes_raw())
    since = since.astimezone(UTC).replace(microsecond=0)
    return Revocation(seal(f"PMX1 {root_kid} {kid} {since:{_TIME}}", root), root_kid, kid, since)


def parse(text: str) -> PublicText:
    """Read a public text.

    Raises:
        TrustError: E607, it is none, or it contradicts itself. The signature is not checked here.
    """
    try:
        if found := _ROOT.fullmatch(text):
            return RootCard(text, found[1], found[2], _public(found[3], found[2]))
        if found := _CERTIFICATE.fullmatch(text):
            unseal(text)
            return Certificate(
                text, found[1], found[2], found[3], _day(found[4]), _day(found[5]), _public(found[6], found[3])
            )
        if found := _REVOCATION.fullmatch(text):
            unseal(text)
            since = datetime.strptime(found[3], _TIME).replace(tzinfo=UTC)
            return Revocation(text, found[1], found[2], since)
    except ValueError as error:
        raise _malformed(text, f"contradicts itself ({error}).") from None
    raise _malformed(text, "is no PMR1 card, PMK1 certificate or PMX1 revocation.")


def _public(text: str, kid: str) -> bytes:
    public = uncrockford(text)
    if kid_of(public) != kid:
        raise ValueError("the kid is not that of the key")
    return public


def _day(text: str) -> date:
    return datetime.strptime(text, _DAY).replace(tzinfo=UTC).date()


def _malformed(text: str, fault: str) -> TrustError:
    # Only the magic word is quoted: the text may be anything that somebody put into a folder.
    magic = text[:4] if re.fullmatch(r"PM[RKX][0-9]", text[:4]) else "unknown"
    return TrustError(
        "E607",
        place=f"public card, kind {magic}",
        fault=fault,
        cure="Copy it again from the packet's cover, or scan its code.",
    )
