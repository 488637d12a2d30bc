"""Keys that are the same in every run, so that signatures are too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from papermode.ids import packet_id
from papermode.model.claim import Claim
from papermode.trust.cards import RootCard, certify, root_card
from papermode.trust.keyring import Keyring
from papermode.trust.signing import Signer

NOW = datetime(2025, 11, 24, 17, 30, tzinfo=UTC)


def private_key(seed: str) -> Ed25519PrivateKey:
    """Return the key that follows from a word. For tests only."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


@dataclass(frozen=True)
class Site:
    """A site with a root and one operational key."""

    root: Ed25519PrivateKey
    card: RootCard
    signer: Signer

    @property
    def keyring(self) -> Keyring:
        """The site's own keyring."""
        return Keyring.from_texts(self.signer.cards)


def make_site(code: str = "STMARY01", seed: str = "") -> Site:
    """Return a site whose operational key is good from 2025-11-01 to 2026-01-30."""
    root, operational = private_key(f"root {code} {seed}"), private_key(f"operational {code} {seed}")
    card = root_card(code, root)
    public = operational.public_key().public_bytes_raw()
    certificate = certify(root, code, public, date(2025, 11, 1), date(2026, 1, 30))
    return Site(root, card, Signer(certificate.kid, code, card.text, certificate.text, operational))


@pytest.fixture(scope="session")
def site() -> Site:
    return make_site()


@pytest.fixture(scope="session")
def claim(site: Site) -> Claim:
    return Claim(
        kid=site.signer.kid,
        site="STMARY01",
        packet=packet_id(NOW, hashlib.sha256(b"inputs").digest()),
        form="MAR-INPT",
        version=12,
        layout_tag="K7Q2ZD",
        page=3,
        pages=14,
        mrn="004417893201",
        encounter="E20251124087",
        ward="4W-ICU",
        check="7Q2Z",
    )
