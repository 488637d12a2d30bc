"""Whose signatures are believed, and how far.

A keyring is made from public texts only: root cards, certificates and revocations. It needs no network, no
store and no clock. A certificate counts if one of the root cards signed it; where the cards came from decides
how far it is believed: ``card`` for the site's own or one that was pinned by hand, ``folder`` for cards
that lay beside the pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from papermode.errors import TrustError
from papermode.trust.cards import Certificate, Revocation, RootCard, parse
from papermode.trust.signing import verified

Trust = Literal["card", "folder"]
Doubt = Literal["revoked", "outside validity"]
"""Why a good signature still needs a person: filled pages are never refused for the age of a key.

``revoked``: the root took the key back. The time in a packet id is the key holder's word, so every page
under such a key is in doubt, whatever its time, unless its packet is in a manifest kept from before.
"""

_SUFFIXES = (".card", ".cert", ".revoked")


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Who stands behind a signature that was found good."""

    kid: str
    site: str
    trust: Trust
    doubts: tuple[Doubt, ...] = ()
    revoked_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A certificate that one of the roots signed."""

    certificate: Certificate
    root: RootCard
    trust: Trust
    revoked_since: datetime | None
    public: Ed25519PublicKey

    def endorsement(self, at: datetime) -> Endorsement:
        """Return what to think of something that this key signed at a time (with its offset)."""
        doubts: list[Doubt] = []
        if self.revoked_since is not None:
            doubts.append("revoked")
        if not self.certificate.covers(at):
            doubts.append("outside validity")
        certificate = self.certificate
        return Endorsement(certificate.kid, certificate.site, self.trust, tuple(doubts), self.revoked_since)


class Keyring:
    """The keys that are believed."""

    def __init__(self, texts: Iterable[tuple[str, Trust]]) -> None:
        """Sort the texts out. What cannot be used is left out and named in :attr:`faults`."""
        # A text that comes from both sorts of places is a "card" (dict keeps the last value).
        self._texts = tuple(dict(sorted(texts, key=lambda entry: entry[1] == "card")).items())
        self.faults: tuple[TrustError, ...] = ()
        """Texts that were left out, for ``doctor`` and for the report of a scan."""
        roots, certificates, revocations = self._sorted_out()
        self.roots: tuple[tuple[RootCard, Trust], ...] = roots
        keys: dict[str, list[TrustedKey]] = {}
        for certificate in certificates:
            for root, trust in roots:
                if (root.kid, root.site) == (certificate.root_kid, certificate.site) and root.signed(certificate.text):
                    since = _revoked_since(certificate, root, revocations)
                    public = Ed25519PublicKey.from_public_bytes(certificate.public)
                    keys.setdefault(certificate.kid, []).append(TrustedKey(certificate, root, trust, since, public))
                    break
            else:
                self.faults += (_uncertified(certificate.kid),)
        self._keys = keys

    @classmethod
    def from_texts(cls, texts: Iterable[str], trust: Trust = "card") -> Keyring:
        """Make a keyring from public texts, as a manifest's ``cards`` or a typed card have them."""
        return cls((text, trust) for text in texts)

    @classmethod
    def from_folder(cls, folder: Path, trust: Trust = "card") -> Keyring:
        """Make a keyring from the public files (``*.card``, ``*.cert``, ``*.revoked``) of a folder of keys.

        Raises:
            TrustError: E619, the folder cannot be read.
        """
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
            return cls.from_texts((path.read_text("ascii", "replace").strip() for path in files), trust)
        except OSError as error:
            raise TrustError(
                "E619",
                place=f"key folder {folder}",
                fault=f"cannot be read ({error.strerror}).",
                cure="Check that the folder exists and that this user may read it.",
            ) from error

    def joined(self, other: Keyring) -> Keyring:
        """Return a keyring that believes what either believes."""
        return Keyring((*self._texts, *other._texts))

    def trusted(self) -> tuple[TrustedKey, ...]:
        """Return all keys that are believed."""
        return tuple(key for keys in self._keys.values() for key in keys)

    def verify(self, kid: str, head: bytes, signature: bytes, *, place: str) -> TrustedKey:
        """Return the trusted key that made a signature.

        Args:
            kid: the short name that the signed text gives.
            head: the signed bytes.
            signature: 64 bytes.
            place: what was signed, for messages.

        Raises:
            TrustError: E605, no trusted key has that kid; E614, none that has it made the signature.
        """
        keys = self._keys.get(kid)
        if not keys:
            raise TrustError(
                "E605",
                place=place,
                fault=f"is signed with the key {kid}, for which there is no certificate here.",
                cure="Read the cards on the packet's cover, or add the site's root card and keys folder.",
            )
        for key in keys:
            if verified(key.public, head, signature):
                return key
        raise TrustError(
            "E614",
            place=place,
            fault=f"was not signed by the key {kid} as it stands: it was changed, misread or forged.",
            cure="Scan the page again; if it stays so, have a person compare page and patient.",
        )

    def _sorted_out(
        self,
    ) -> tuple[tuple[tuple[RootCard, Trust], ...], tuple[Certificate, ...], tuple[Revocation, ...]]:
        roots: list[tuple[RootCard, Trust]] = []
        certificates: list[Certificate] = []
        revocations: list[Revocation] = []
        for text, trust in self._texts:
            try:
                public = parse(text)
            except TrustError as error:
                self.faults += (error,)
                continue
            if isinstance(public, RootCard):
                roots.append((public, trust))
            elif isinstance(public, Certificate):
                certificates.append(public)
            else:
                revocations.append(public)
        return tuple(roots), tuple(certificates), tuple(revocations)


def _revoked_since(certificate: Certificate, root: RootCard, revocations: Iterable[Revocation]) -> datetime | None:
    times = [
        revocation.since
        for revocation in revocations
        if (revocation.root_kid, revocation.kid) == (root.kid, certificate.kid) and root.signed(revocation.text)
    ]
    return min(times, default=None)


def _uncertified(kid: str) -> TrustError:
    return TrustError(
        "E604",
        place=f"certificate of the key {kid}",
        fault="is not signed by any root card that is here.",
        cure="Add the root card of that site, or remove the certificate.",
    )
