"""Crockford base32, check characters and reserved numbers.

Crockford base32 (``crockford.com/base32.html``): digits and capital letters without I, L, O and U.
"""

from __future__ import annotations

import base64
from typing import Final

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEX32: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_TO_CROCKFORD: Final = str.maketrans(_HEX32, CROCKFORD)
_FROM_CROCKFORD: Final = str.maketrans(CROCKFORD, _HEX32)


def crockford(data: bytes) -> str:
    """Return ``data`` in Crockford base32 without padding."""
    return base64.b32hexencode(data).decode().rstrip("=").translate(_TO_CROCKFORD)


def crockford_bits(data: bytes, bits: int) -> str:
    """Return the first ``bits`` bits of ``data`` (a multiple of 5) as Crockford characters."""
    return crockford(data)[: bits // 5]


def uncrockford(text: str) -> bytes:
    """Return the bytes of a Crockford string; ``ValueError`` unless it is exactly what :func:`crockford` writes."""
    plain = text.translate(_FROM_CROCKFORD)
    data = base64.b32hexdecode(plain + "=" * (-len(plain) % 8))
    if crockford(data) != text:
        raise ValueError("not canonical Crockford base32")
    return data
