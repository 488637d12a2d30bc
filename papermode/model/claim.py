"""What a page's codes say it is. A claim is to be checked, not believed.

PM1 (the claim) and PML1 (the locator) are fixed in DESIGN 4; ``trust`` writes, signs and checks them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """The fields of a PM1 text, unescaped. '' stands for '.' (none)."""

    kid: str
    """First 30 bits of SHA-256 of the raw public key, 6 Crockford characters."""
    site: str
    packet: str
    """26 Crockford characters (ULID): one print run of one ward."""
    form: str
    version: int
    layout_tag: str
    page: int
    """Serial in the packet, 1–9999."""
    pages: int
    """Pages in the packet."""
    mrn: str
    encounter: str
    ward: str
    check: str
    """20 bits over packet, MRN, birth date and family name; ``0000`` = unknown."""


@dataclass(frozen=True, slots=True)
class Locator:
    """The fields of a PML1 text."""

    packet: str
    page: int
    claim_tag: str
    """First 30 bits of SHA-256 of the claim text, 6 Crockford characters."""
