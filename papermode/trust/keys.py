"""The private keys of a site: an Ed25519 root, and operational keys that live for 90 days.

Files of a site's ``keys`` folder::

    root.pem               private, 0600    belongs on paper or a stick in a safe, not on a networked disk
    root.card              public           PMR1: what every other machine needs to have
    operational-<kid>.pem  private, 0600    signs the pages of the nightly run
    <kid>.cert             public           PMK1: the root's word for that key; never deleted
    <kid>.revoked          public           PMX1: where the root took a key back

Private keys are PKCS #8 PEM without a passphrase. Pages are signed at night by a machine on its own, so a
passphrase would have to lie beside the key that it protects, which is theatre. What protects the operational
key is its short life, the file mode, and a user of its own for papermode; what protects the root is that it is
somewhere else. For the way there, :func:`export_root` encrypts it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from papermode.errors import TrustError
from papermode.trust.cards import KID_PATTERN, Certificate, RootCard, certify, parse, revoke, root_card
from papermode.trust.files import make_folder, read_private, write_private, write_public
from papermode.trust.keyring import Keyring, TrustedKey
from papermode.trust.signing import Signer

LIFE_DAYS: Final = 90
"""Days that an operational key is good for."""
RENEW_DAYS: Final = 14
"""Days before the end at which :func:`renew` makes the next key."""
EXPORT_ROUNDS: Final = 2_000_000
"""PBKDF2 rounds of :func:`export_root`; about a second. PKCS #8 of the ``cryptography`` package has 2,048."""

State = Literal["current", "early", "expired", "revoked", "uncertified"]
_OPERATIONAL: Final = re.compile(f"operational-({KID_PATTERN})\\.pem")


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """One operational key that the folder knows of."""

    kid: str
    state: State
    private: bool
    """Whether the private part is here, so that pages can be signed with it."""
    site: str = ""
    first_day: date | None = None
    last_day: date | None = None


def create_root(folder: Path, site: str) -> RootCard:
    """Make a site's root key: ``root.pem`` and ``root.card``.

    Args:
        folder: the site's ``keys`` folder, made if it is not there.
        site: the site's code, 1 to 8 of ``0-9A-Z-.``.

    Raises:
        TrustError: E606, the folder has a root; E609, the code cannot be used; E619, the disk refuses.
    """
    root = Ed25519PrivateKey.generate()
    card = root_card(site, root)
    make_folder(folder)
    # The card first: a card without its key is noticed at once, a root key without a card might be used.
    write_public(folder / "root.card", card.text)
    write_private(folder / "root.pem", _pem(root))
    return card


def create_operational(
    folder: Path, now: datetime, days: int = LIFE_DAYS, *, root: Path | None = None, passphrase: bytes | None = None
) -> Certificate:
    """Make an operational key that is good from today (UTC) for some days.

    Args:
        folder: the site's ``keys`` folder.
        now: the time, with its offset.
        days: how long the key is good for.
        root: the root's private key, where it is not ``root.pem`` in the folder.
        passphrase: for a root that :func:`export_root` wrote.

    Raises:
        TrustError: E601, E602, E607, E618, E619 about the root's files; E604, the root is not that of the card.
    """
    card = _own_card(folder)
    root_key = read_root(root or folder / "root.pem", passphrase)
    if root_key.public_key().public_bytes_raw() != card.public:
        raise TrustError(
            "E604",
            place=f"root key of {folder}",
            fault=f"is not the key of root.card (kid {card.kid}).",
            cure="Use the root key that belongs to this card.",
        )
    operational = Ed25519PrivateKey.generate()
    first_day = now.astimezone(UTC).date()
    public = operational.public_key().public_bytes_raw()
    certificate = certify(root_key, card.site, public, first_day, first_day + timedelta(days=days))
    write_private(folder / f"operational-{certificate.kid}.pem", _pem(operational))
    write_public(folder / f"{certificate.kid}.cert", certificate.text)
    return certificate


def renew(
    folder: Path, now: datetime, days: int = LIFE_DAYS, *, root: Path | None = None, passphrase: bytes | None = None
) -> Certificate | None:
    """Make the next operational key if none will be good in :data:`RENEW_DAYS` days; else return ``None``."""
    later = now + timedelta(days=RENEW_DAYS)
    if any(key.private and key.state == "current" for key in list_keys(folder, later)):
        return None
    return create_operational(folder, now, days, root=root, passphrase=passphrase)


def revoke_key(
    folder: Path, kid: str, since: datetime, *, root: Path | None = None, passphrase: bytes | None = None
) -> None:
    """Take an operational key back as of a time: its pages then go to a person, and it signs no more.

    Raises:
        TrustError: E605, the folder has no such key; E601, E602, E607, E618, E619 about the root's files.
    """
    if kid not in {key.certificate.kid for key in Keyring.from_folder(folder).trusted()}:
        raise TrustError(
            "E605",
            place=f"key folder {folder}",
            fault="has no certificate for the key that is to be revoked.",
            cure="See the keys with: papermode keys list.",
        )
    revocation = revoke(read_root(root or folder / "root.pem", passphrase), kid, since)
    write_public(folder / f"{kid}.revoked", revocation.text)


def list_keys(folder: Path, now: datetime) -> tuple[KeyInfo, ...]:
    """Return the operational keys of a folder, private here or not, the one to sign with first."""
    trusted = {key.certificate.kid: key for key in Keyring.from_folder(folder).trusted()}
    private = {found[1] for path in folder.iterdir() if (found := _OPERATIONAL.fullmatch(path.name))}
    infos = [_info(kid, trusted.get(kid), kid in private, now) for kid in sorted({*trusted, *private})]
    infos.sort(key=lambda info: info.last_day or date.min, reverse=True)
    infos.sort(key=lambda info: (not info.private, info.state != "current"))
    return tuple(infos)


def load_signer(folder: Path, now: datetime) -> Signer:
    """Return the operational key to sign with: of those that are good now, the one that lasts longest.

    A key that is out of its days signs all the same when there is no other: in the night of an outage a packet
    matters more than a date, and a signature outside the days is a warning, never a refusal (docs/security.md).
    :func:`key_warning` says so at once, and ``doctor`` every day.

    Args:
        folder: the site's ``keys`` folder.
        now: the time of the print run, with its offset.

    Raises:
        TrustError: E601, there is no private key; E602, its file mode is too open; E604, E608, it is not
            certified, revoked; E607, the file holds another key; E619, the disk refuses.
    """
    info = signing_key(folder, now)
    path = folder / f"operational-{info.kid}.pem"
    key = _private_key(path, read_private(path))
    public = key.public_key().public_bytes_raw()
    for trusted in Keyring.from_folder(folder).trusted():
        if trusted.certificate.public == public and trusted.certificate.kid == info.kid:
            return Signer(info.kid, trusted.root.site, trusted.root.text, trusted.certificate.text, key)
    raise TrustError(
        "E607",
        place=f"private key {path}",
        fault="is not the key that its name and certificate say.",
        cure="Put the right file back, or make a new operational key.",
    )


def signing_key(folder: Path, now: datetime) -> KeyInfo:
    """Return which key :func:`load_signer` takes; raises as that does for the lack of one."""
    infos = [info for info in list_keys(folder, now) if info.private]
    usable = [info for info in infos if info.state in ("current", "early", "expired")]
    if not usable:
        _no_signer(folder, infos[0] if infos else None)
    return usable[0]


def key_warning(folder: Path, now: datetime) -> str:
    """Return what to tell the operator about the key that signs now, or ''."""
    info = signing_key(folder, now)
    if info.state == "current":
        return ""
    return (
        f"key {info.kid} is good from {info.first_day} to {info.last_day} and signs out of its days: "
        "make the next one with `papermode keys renew`, or set the clock"
    )


def export_root(folder: Path, target: Path, passphrase: bytes, *, rounds: int = EXPORT_ROUNDS) -> None:
    """Write the root key, encrypted, to a new PKCS #12 file, which ``openssl pkcs12`` opens too.

    Args:
        folder: the site's ``keys`` folder with ``root.pem``.
        target: the new file.
        passphrase: UTF-8; five random words are enough.
        rounds: of PBKDF2 with SHA-256.
    """
    from cryptography.hazmat.primitives.serialization import pkcs12  # takes X.509 with it; print runs do not need it

    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(rounds)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase)
    )
    root = read_root(folder / "root.pem")
    write_private(target, pkcs12.serialize_key_and_certificates(b"papermode root", root, None, None, encryption))


def read_root(path: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Return a root key from ``root.pem``, or with a passphrase from a file of :func:`export_root`."""
    content = read_private(path)
    if passphrase is None:
        return _private_key(path, content)
    from cryptography.hazmat.primitives.serialization import pkcs12  # as in export_root

    try:
        key = pkcs12.load_pkcs12(content, passphrase).key
    except ValueError:
        raise TrustError(
            "E618",
            place=f"root key {path}",
            fault="cannot be opened with this passphrase, or is no PKCS #12 file.",
            cure="Type the passphrase again; check its language layout and Caps Lock.",
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_a_key(path)
    return key


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private_key(path: Path, content: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError):  # not PEM; encrypted
        raise _not_a_key(path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_a_key(path)
    return key


def _not_a_key(path: Path) -> TrustError:
    return TrustError(
        "E607",
        place=f"private key {path}",
        fault="is no unencrypted Ed25519 key in PKCS #8 PEM.",
        cure="Put the right file back, or make a new key with 'papermode keys'.",
    )


def _own_card(folder: Path) -> RootCard:
    path = folder / "root.card"
    try:
        card = parse(path.read_text("ascii", "replace").strip())
    except OSError as error:
        raise TrustError(
            "E601",
            place=f"root card {path}",
            fault=f"cannot be read ({error.strerror}).",
            cure="Copy root.card back, or make the site's keys with 'papermode init'.",
        ) from None
    if not isinstance(card, RootCard):
        raise TrustError(
            "E607", place=f"root card {path}", fault="is no PMR1 card.", cure="Copy the right root.card back."
        )
    return card


def _info(kid: str, key: TrustedKey | None, private: bool, now: datetime) -> KeyInfo:
    if key is None:
        return KeyInfo(kid, "uncertified", private)
    certificate = key.certificate
    state: State = "current"
    if key.revoked_since is not None:
        state = "revoked"
    elif not certificate.covers(now):
        state = "early" if now.astimezone(UTC).date() < certificate.first_day else "expired"
    return KeyInfo(kid, state, private, certificate.site, certificate.first_day, certificate.last_day)


def _no_signer(folder: Path, best: KeyInfo | None) -> NoReturn:
    if best is None:
        raise TrustError(
            "E601",
            place=f"key folder {folder}",
            fault="has no operational key (operational-<kid>.pem).",
            cure="Make one: papermode keys renew.",
        )
    place = f"operational key {best.kid}"
    if best.state == "uncertified":
        raise TrustError(
            "E604",
            place=place,
            fault="has no certificate that root.card confirms.",
            cure="Copy <kid>.cert and root.card back, or make a new key: papermode keys renew.",
        )
    raise TrustError(
        "E608", place=place, fault="was revoked.", cure="Make a new key with the root: papermode keys renew."
    )
