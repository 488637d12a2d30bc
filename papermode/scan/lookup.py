"""What the reader asks of the rest of the program. It gets answers as values and never opens a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from papermode.model.claim import Claim
from papermode.model.layout import Layout, Text
from papermode.scan.match import KnownCodes


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What was printed on one page, from the manifest of its packet."""

    layout: Layout
    """The stored layout, with its id."""
    claim_text: str
    """The PM1 text that the manifest has for the page."""
    head: tuple[Text, ...] = ()
    """The lines printed in the zone of the name; empty where the packet folder is lost."""


class Lookup(Protocol):
    """Finds printed pages."""

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        """Return the page with this serial in the packet, or ``None`` if the packet or page is not known."""
        ...

    def by_claim(self, claim: Claim, text: str) -> PageInfo | None:
        """Return a page whose packet folder is lost, with its layout made anew from the forms.

        ``None`` unless a form of the claim's id and version gives a layout whose id begins with the claim's
        ``lay`` field (DESIGN 3, lock 3).
        """
        ...

    def known_codes(self) -> KnownCodes:
        """Return the codes of all pages whose packet folder is here; the same object every time."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """The outcome of checking a PM1 text."""

    claim: Claim | None
    """The fields; ``None`` when the text is not a claim at all."""
    trust: Literal["card", "folder", ""]
    """Which key verified the signature; '' when none did."""
    why: str = ""
    """Why it was not verified, in words."""
    doubts: tuple[str, ...] = ()
    """Why a person should look at the page although the signature is good (a revoked key), in words."""


class Check(Protocol):
    """Checks the signature of a PM1 text."""

    def __call__(self, text: str, /) -> ClaimCheck:
        """Return the outcome; never raises for any text."""
        ...
