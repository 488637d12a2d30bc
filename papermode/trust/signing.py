"""The frame of every signed text: ``<magic> <fields> <signature>``.

The signature is Ed25519 (RFC 8032) over the exact ASCII bytes before the last space, in Crockford base32.
The magic word (``PM1`` page, ``PMK1`` certificate, ``PMX1`` revocation, ``PMM1`` manifest) is part of what is
signed, so that a signature of one kind is never one of another kind.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from papermode.ids import crockford, crockford_bits, uncrockford

SIGNATURE_CHARACTERS: Final = 103
"""Crockford characters of an Ed25519 signature (64 bytes)."""


@dataclass(frozen=True, slots=True)
class Signer:
    """An operational key that may sign now, and the public texts by which others check what it signs."""

    kid: str
    site: str
    card: str
    """The root's public card (``PMR1``)."""
    certificate: str
    """The root's word for this key (``PMK1``)."""
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def cards(self) -> tuple[str, str]:
        """The texts that belong in a manifest and on a packet's cover."""
        return (self.card, self.certificate)

    def sign(self, data: bytes) -> bytes:
        """Return the Ed25519 signature, 64 bytes. The same data has the same signature."""
        return self.key.sign(data)


def kid_of(public: bytes) -> str:
    """Return a key's short name: the first 30 bits of SHA-256 of the raw public key, 6 Crockford characters."""
    return crockford_bits(hashlib.sha256(public).digest(), 30)


def seal(head: str, key: Ed25519PrivateKey | Signer) -> str:
    """Return ``head``, a space and the signature of ``head``."""
    return f"{head} {crockford(key.sign(head.encode('ascii')))}"


def unseal(text: str) -> tuple[bytes, bytes]:
    """Return the signed bytes and the signature of a sealed text, which is not checked here.

    Raises:
        ValueError: the last field is not the one way to write a signature. 103 characters carry 3 bits more
            than 64 bytes, so without this check 8 texts would have the same signature.
    """
    head, _, signature = text.rpartition(" ")
    if len(signature) != SIGNATURE_CHARACTERS:
        raise ValueError("not a signature")
    return head.encode("ascii"), uncrockford(signature)


def verified(public: Ed25519PublicKey, head: bytes, signature: bytes) -> bool:
    """Tell whether the signature over ``head`` was made with the key."""
    try:
        public.verify(signature, head)
    except InvalidSignature:
        return False
    return True
