"""Key files, certificates and keyrings."""

from __future__ import annotations

import dataclasses
import errno
import os
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from papermode.errors import TrustError
from papermode.model.claim import Claim
from papermode.model.layout import canonical_json
from papermode.trust import cards, claims, files, keys
from papermode.trust.keyring import Keyring
from papermode.trust.manifest import sign_manifest, verify_manifest
from papermode.trust.signing import kid_of, seal

from .conftest import NOW, Site, make_site, private_key

QUICK_ROUNDS = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a site's folder of keys with a root and an operational key."""
    path = tmp_path / "site" / "keys"
    keys.create_root(path, "STMARY01")
    keys.create_operational(path, NOW)
    return path


def code_of(error: pytest.ExceptionInfo[TrustError]) -> str:
    assert error.value.place
    assert error.value.fault
    assert error.value.cure
    return error.value.code


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def test_files_and_modes(folder: Path) -> None:
    kid = only(folder, "*.cert").stem
    assert {path.name for path in folder.iterdir()} == {
        "root.pem",
        "root.card",
        f"operational-{kid}.pem",
        f"{kid}.cert",
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("root.pem", f"operational-{kid}.pem"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    for name in ("root.card", f"{kid}.cert"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o644


def test_card_and_certificate_have_their_sizes(folder: Path) -> None:
    assert len((folder / "root.card").read_text().strip()) == 73
    assert len(only(folder, "*.cert").read_text().strip()) == 202


def test_signer_signs_what_the_folder_believes(folder: Path, claim: Claim) -> None:
    signer = keys.load_signer(folder, NOW)
    text = claims.compose(dataclasses.replace(claim, kid=""), signer)
    assert claims.verify(text, Keyring.from_folder(folder)).by.kid == signer.kid
    assert claims.verify(text, Keyring.from_texts(signer.cards, "folder")).by.trust == "folder"
    assert "PrivateKey" not in repr(signer)


def test_nothing_is_overwritten(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(TrustError) as caught:
        keys.create_root(folder, "STMARY01")
    assert code_of(caught) == "E606"
    with pytest.raises(TrustError) as caught:
        files.write_private(folder / "root.pem", b"other")
    assert code_of(caught) == "E606"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_files_are_written_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    files.write_private(tmp_path / "key", b"1")
    assert (tmp_path / "key").read_bytes() == b"1"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    with pytest.raises(TrustError) as caught:
        files.write_private(tmp_path / "key", b"2")
    assert code_of(caught) == "E606"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrustError) as caught:
        files.write_private(tmp_path / "key", b"1")
    assert code_of(caught) == "E619"
    assert "No space left" in caught.value.fault
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("site", ["", "TOO-LONG-1", "stmary", "A B", ".", "-A", "Ä", "A\n", "A/B"])
def test_site_codes(tmp_path: Path, site: str) -> None:
    with pytest.raises(TrustError) as caught:
        keys.create_root(tmp_path / "keys", site)
    assert code_of(caught) == "E609"
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660])
def test_open_modes_are_refused(folder: Path, mode: int) -> None:
    only(folder, "operational-*").chmod(mode)
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E602"
    assert f"{mode:04o}" in caught.value.fault
    (folder / "root.pem").chmod(mode)
    with pytest.raises(TrustError) as caught:
        keys.create_operational(folder, NOW)
    assert code_of(caught) == "E602"


def test_missing_keys(folder: Path) -> None:
    only(folder, "operational-*").unlink()
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E601"
    (folder / "root.pem").unlink()
    with pytest.raises(TrustError) as caught:
        keys.renew(folder, NOW)
    assert code_of(caught) == "E601"
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder / "none", NOW)
    assert code_of(caught) == "E619"


@pytest.mark.parametrize("days", [-1, 91, 400])
def test_keys_out_of_their_days_sign_with_a_warning(folder: Path, days: int) -> None:
    """The night of an outage needs a packet more than a date: the key signs, and the operator is told."""
    assert keys.load_signer(folder, NOW + timedelta(days=90))
    assert keys.key_warning(folder, NOW) == ""
    late = NOW + timedelta(days=days)
    assert keys.load_signer(folder, late).kid == keys.load_signer(folder, NOW).kid
    assert "papermode keys renew" in keys.key_warning(folder, late)


def test_uncertified_keys_do_not_sign(folder: Path) -> None:
    certificate = only(folder, "*.cert")
    text = certificate.read_text()
    certificate.unlink()
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E604"
    # a certificate whose days somebody lengthened
    certificate.write_text(text.replace("20260222", "20990222"))
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E604"
    assert [fault.code for fault in Keyring.from_folder(folder).faults] == ["E604"]


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_damaged_key_files(folder: Path, content: bytes) -> None:
    only(folder, "operational-*").write_bytes(content)
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E607"


def test_exchanged_key_file(folder: Path) -> None:
    only(folder, "operational-*").write_bytes((folder / "root.pem").read_bytes())
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E607"


def test_renewal(folder: Path) -> None:
    first = keys.load_signer(folder, NOW).kid
    assert keys.renew(folder, NOW) is None
    assert keys.renew(folder, NOW + timedelta(days=90 - keys.RENEW_DAYS)) is None
    due = NOW + timedelta(days=91 - keys.RENEW_DAYS)
    made = keys.renew(folder, due)
    assert made is not None
    assert keys.renew(folder, due) is None
    assert keys.load_signer(folder, due).kid == made.kid != first
    assert keys.load_signer(folder, NOW).kid == first
    listed = keys.list_keys(folder, due)
    assert [(key.kid, key.state, key.private) for key in listed] == [
        (made.kid, "current", True),
        (first, "current", True),
    ]
    assert [key.state for key in keys.list_keys(folder, NOW + timedelta(days=300))] == ["expired", "expired"]
    assert {key.state for key in keys.list_keys(folder, NOW)} == {"current", "early"}
    assert listed[0].last_day == (due + timedelta(days=90)).date()


def test_old_keys_stay_readable_without_their_private_part(folder: Path, claim: Claim) -> None:
    text = claims.compose(dataclasses.replace(claim, kid=""), keys.load_signer(folder, NOW))
    only(folder, "operational-*").unlink()
    keys.create_operational(folder, NOW + timedelta(days=80))
    assert claims.verify(text, Keyring.from_folder(folder)).by.doubts == ()
    assert [key.private for key in keys.list_keys(folder, NOW)] == [True, False]


def test_revocation(folder: Path, claim: Claim) -> None:
    signer = keys.load_signer(folder, NOW)
    text = claims.compose(dataclasses.replace(claim, kid=""), signer)
    since = NOW + timedelta(days=3, microseconds=5)
    with pytest.raises(TrustError) as caught:
        keys.revoke_key(folder, "../../X", since)
    assert code_of(caught) == "E605"
    keys.revoke_key(folder, signer.kid, since)
    by = claims.verify(text, Keyring.from_folder(folder)).by
    assert by.doubts == ("revoked",)
    assert by.revoked_since == NOW + timedelta(days=3)
    with pytest.raises(TrustError) as caught:
        keys.load_signer(folder, NOW)
    assert code_of(caught) == "E608"
    assert keys.renew(folder, NOW) is not None
    assert keys.load_signer(folder, NOW).kid != signer.kid


def test_only_the_root_revokes(site: Site, claim: Claim) -> None:
    other = private_key("somebody")
    forged = cards.revoke(other, site.signer.kid, NOW).text.split(" ")
    forged[1] = site.card.kid
    unsigned = " ".join(forged)
    keyring = Keyring.from_texts([*site.signer.cards, unsigned, cards.revoke(other, site.signer.kid, NOW).text])
    assert claims.verify(claims.compose(claim, site.signer), keyring).by.doubts == ()


def test_root_elsewhere_and_encrypted(folder: Path, tmp_path: Path) -> None:
    stick = tmp_path / "root.p12"
    keys.export_root(folder, stick, "fünf Wörter".encode(), rounds=QUICK_ROUNDS)
    assert stat.S_IMODE(stick.stat().st_mode) == 0o600
    (folder / "root.pem").rename(tmp_path / "moved.pem")
    assert keys.create_operational(folder, NOW, root=tmp_path / "moved.pem")
    assert keys.create_operational(folder, NOW, root=stick, passphrase="fünf Wörter".encode())
    for wrong in (b"", b"other"):
        with pytest.raises(TrustError) as caught:
            keys.create_operational(folder, NOW, root=stick, passphrase=wrong)
        assert code_of(caught) == "E618"
    with pytest.raises(TrustError) as caught:
        keys.create_operational(folder, NOW, root=stick)
    assert code_of(caught) == "E607"


def test_another_sites_root_certifies_nothing(folder: Path, tmp_path: Path) -> None:
    keys.create_root(tmp_path / "other", "STMARY01")
    with pytest.raises(TrustError) as caught:
        keys.create_operational(folder, NOW, root=tmp_path / "other" / "root.pem")
    assert code_of(caught) == "E604"


def test_public_texts_are_read_back(site: Site) -> None:
    assert cards.parse(site.card.text) == site.card
    public = site.signer.key.public_key().public_bytes_raw()
    certificate = cards.certify(site.root, "STMARY01", public, date(2025, 11, 1), date(2026, 1, 30))
    assert cards.parse(site.signer.certificate) == certificate
    assert certificate.covers(datetime(2026, 1, 30, 23, 59, tzinfo=UTC))
    assert not certificate.covers(datetime(2026, 1, 31, tzinfo=UTC))
    revocation = cards.revoke(site.root, site.signer.kid, NOW)
    assert cards.parse(revocation.text) == revocation


def test_no_edit_of_a_card_is_believed(site: Site) -> None:
    certificate = site.signer.certificate
    edits = [site.card.text[:n] + "0" + site.card.text[n + 1 :] for n in range(14, 73) if site.card.text[n] != "0"]
    for edit in edits:
        assert Keyring.from_texts([edit, certificate]).trusted() == ()
    for n in range(len(certificate)):
        for other in "0Z":
            edit = certificate[:n] + other + certificate[n + 1 :]
            if edit != certificate:
                keyring = Keyring.from_texts([site.card.text, edit])
                assert keyring.trusted() == ()
                assert len(keyring.faults) == 1


@pytest.mark.parametrize("text", ["", "PMR1", "PMR2 A", "hello\x00", "PMK1 " + "A" * 197, "é"])
def test_other_texts_are_named_and_left_out(site: Site, text: str) -> None:
    keyring = Keyring.from_texts([text, *site.signer.cards])
    assert [fault.code for fault in keyring.faults] == ["E607"]
    assert len(keyring.trusted()) == 1


def test_days_that_do_not_exist(site: Site) -> None:
    head = site.signer.certificate.replace("20251101", "20251301").rpartition(" ")[0]
    with pytest.raises(TrustError, match="E607"):
        cards.parse(seal(head, site.root))


def test_keys_must_have_the_kid_they_are_said_to_have(site: Site) -> None:
    head = site.signer.certificate.replace(f" {site.signer.kid} ", " 000000 ").rpartition(" ")[0]
    for text in (seal(head, site.root), site.card.text.replace(f" {site.card.kid} ", " 000000 ")):
        with pytest.raises(TrustError, match="kid is not that of the key"):
            cards.parse(text)


def test_certificate_for_another_site_is_not_believed(site: Site) -> None:
    public = site.signer.key.public_key().public_bytes_raw()
    foreign = cards.certify(site.root, "OTHER", public, date(2025, 11, 1), date(2026, 1, 30))
    assert Keyring.from_texts([site.card.text, foreign.text]).trusted() == ()


def test_pinned_cards_come_before_a_folders_own(site: Site, claim: Claim) -> None:
    text = claims.compose(claim, site.signer)
    folder = Keyring.from_texts(site.signer.cards, "folder")
    assert claims.verify(text, folder).by.trust == "folder"
    pinned = Keyring.from_texts([site.card.text])
    for both in (folder.joined(pinned), pinned.joined(folder)):
        assert claims.verify(text, both).by.trust == "card"
    stranger = Keyring.from_texts([make_site("STMARY01", "stranger").card.text])
    assert claims.verify(text, stranger.joined(folder)).by.trust == "folder"


def test_colliding_kids_are_all_tried(site: Site, claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two keys of the same kid cannot be found in reasonable time, so the short name is made shorter here.
    monkeypatch.setattr(cards, "kid_of", lambda public: "AAAAAA")
    root = private_key("root")
    card = cards.root_card("STMARY01", root)
    texts, signed = [card.text], []
    for number in range(3):
        key = private_key(f"operational {number}")
        public = key.public_key().public_bytes_raw()
        certificate = cards.certify(root, "STMARY01", public, date(2025, 11, 1), date(2026, 1, 30))
        texts.append(certificate.text)
        signer = dataclasses.replace(site.signer, kid="AAAAAA", card=card.text, certificate=certificate.text, key=key)
        signed.append(claims.compose(dataclasses.replace(claim, kid="AAAAAA"), signer))
    keyring = Keyring.from_texts(texts)
    assert {claims.verify(text, keyring).claim.kid for text in signed} == {"AAAAAA"}


def test_manifest_signature(site: Site) -> None:
    canonical = canonical_json({"format": "papermode-manifest/1", "pages": [1, 2]})
    signature = sign_manifest(canonical, site.signer)
    assert signature.split(" ")[:2] == ["PMM1", site.signer.kid]
    assert verify_manifest(canonical, signature, site.keyring, NOW).site == "STMARY01"
    assert verify_manifest(canonical, signature, site.keyring, NOW + timedelta(days=365)).doubts == (
        "outside validity",
    )
    for place in range(len(canonical)):
        changed = canonical[:place] + bytes([canonical[place] ^ 1]) + canonical[place + 1 :]
        with pytest.raises(TrustError, match="E617"):
            verify_manifest(changed, signature, site.keyring, NOW)


def test_other_manifest_signatures_are_refused(site: Site) -> None:
    canonical = b"{}"
    signature = sign_manifest(canonical, site.signer)
    for place in range(len(signature)):
        edit = signature[:place] + ("0" if signature[place] != "0" else "1") + signature[place + 1 :]
        with pytest.raises(TrustError, match=r"E605|E614|E617"):
            verify_manifest(canonical, edit, site.keyring, NOW)
    for other in ("", "PMM1", "ü", signature + " "):
        with pytest.raises(TrustError, match="E617"):
            verify_manifest(canonical, other, site.keyring, NOW)


def test_kid_is_30_bits_of_the_hash() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    assert key.hex() == "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
    # SHA-256 of it begins 139e3940: 00010 01110 01111 00011 10010 10000 | 00
    assert kid_of(key) == "2EF3JG"
