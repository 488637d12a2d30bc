"""A packet of drawn pages with claims, and what the reader needs to know about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from papermode.errors import TrustError
from papermode.ids import crockford
from papermode.model.claim import Claim
from papermode.model.layout import Layout, layout_tag
from papermode.scan.lookup import ClaimCheck, PageInfo
from papermode.scan.match import KnownCodes
from papermode.trust import claims
from tests.loop.drawn_page import draw_page

Gray = npt.NDArray[np.uint8]

PACKET = "01KAX2Z3M47QH8F0T5V6W9Y2B1"
OTHER_PACKET = "01KAX2Z3M47QH8F0T5V6W9Y2B2"


def claim_text(layout: Layout, page: int = 1, pages: int = 9, *, packet: str = PACKET) -> str:
    """Return a claim with the shape of a real one; its "signature" is a hash."""
    tag = layout_tag(layout.id)
    head = f"PM1 K7Q2ZD STMARY01 {packet} OBS-ADLT 3 {tag} {page}-{pages} 004417893201 E20251124087 4W-ICU 7Q2Z"
    return f"{head} {crockford(hashlib.sha512(head.encode()).digest())}"


@dataclass
class DrawnPacket:
    """Pages of one layout; serves as the reader's ``Lookup``, and its ``check`` trusts the packet's own claims."""

    layout: Layout
    pages: int = 9
    packet: str = PACKET
    known: Layout | None = None
    """The layout that the store has, where it is not the one printed."""
    trusted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.trusted |= {self.claim(page) for page in range(1, self.pages + 1)}

    def claim(self, page: int) -> str:
        """Return the page's PM1 text."""
        return claim_text(self.layout, page, self.pages, packet=self.packet)

    def locator(self, page: int) -> str:
        """Return the page's PML1 text."""
        return claims.compose_locator(self.claim(page))

    def draw(self, page: int = 1, *, dpi: float = 300, claim: bool = True, locator: bool = True) -> Gray:
        """Return the printed page, with or without its codes."""
        return draw_page(
            self.layout,
            claim=self.claim(page) if claim else "",
            locator=self.locator(page) if locator else "",
            dpi=dpi,
        )

    def by_packet(self, packet_id: str, page: int) -> PageInfo | None:
        """Serve as the reader's ``Lookup``."""
        if packet_id != self.packet or not 1 <= page <= self.pages:
            return None
        return PageInfo(self.known or self.layout, self.claim(page))

    def by_claim(self, claim: Claim, text: str) -> PageInfo | None:
        """Serve as the reader's ``Lookup``: these tests have no forms to make layouts from."""
        return None

    def known_codes(self) -> KnownCodes:
        """Serve as the reader's ``Lookup``: a damaged page is compared with none."""
        return KnownCodes(())

    def check(self, text: str, /) -> ClaimCheck:
        """Serve as the reader's ``Check``."""
        try:
            claim = claims.parse(text)
        except TrustError:
            return ClaimCheck(None, "", "not a claim")
        return ClaimCheck(claim, "card" if text in self.trusted else "", "" if text in self.trusted else "not signed")
