"""The signature of a packet's manifest: ``PMM1 <kid> <SHA-256> <signature>``.

The hash is that of the manifest's canonical JSON without its ``signature``, in Crockford base32.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Final

from papermode.errors import TrustError
from papermode.ids import CROCKFORD, crockford
from papermode.trust.cards import KID_PATTERN, SIGNATURE_PATTERN
from papermode.trust.keyring import Endorsement, Keyring
from papermode.trust.signing import Signer, seal, unseal

_SHAPE: Final = re.compile(f"PMM1 ({KID_PATTERN}) ([{CROCKFORD}]{{52}}) {SIGNATURE_PATTERN}")
_PLACE: Final = "manifest signature"


def sign_manifest(canonical: bytes, signer: Signer) -> str:
    """Return the signature of a manifest.

    Args:
        canonical: the manifest without ``signature`` (:func:`papermode.model.layout.canonical_json`).
        signer: the operational key.
    """
    return seal(f"PMM1 {signer.kid} {_digest(canonical)}", signer)


def verify_manifest(canonical: bytes, signature: str, keyring: Keyring, at: datetime) -> Endorsement:
    """Return who stands behind a manifest.

    Args:
        canonical: the manifest without ``signature``, as canonical JSON.
        signature: its ``signature``.
        keyring: the keys that are believed.
        at: when it was printed (the time of its packet id, with offset).

    Raises:
        TrustError: E617, this is no manifest signature, or that of another or changed manifest; E605, E614 as
            in :meth:`papermode.trust.keyring.Keyring.verify`.
    """
    found = _SHAPE.fullmatch(signature)
    try:
        head, raw = unseal(signature)
    except ValueError:
        found = None
    if found is None:
        raise TrustError(
            "E617",
            place=_PLACE,
            fault="is no PMM1 text.",
            cure="Use an unchanged copy of the packet folder; its pages can be read without the manifest.",
        )
    key = keyring.verify(found[1], head, raw, place=_PLACE)
    if found[2] != _digest(canonical):
        raise TrustError(
            "E617",
            place=_PLACE,
            fault="belongs to another manifest: this one was changed after it was signed.",
            cure="Use an unchanged copy of the packet folder; its pages can be read without the manifest.",
        )
    return key.endorsement(at)


def _digest(canonical: bytes) -> str:
    return crockford(hashlib.sha256(canonical).digest())
