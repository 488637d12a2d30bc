"""A page code comes back whole from every keyboard that the tables know (trust.md 1.3)."""

from __future__ import annotations

import time

import pytest

from papermode.errors import TrustError
from papermode.model.claim import Claim
from papermode.trust import claims
from papermode.trust.keyring import Keyring
from papermode.trust.wedge import Table, candidates, meant, tables
from tests.wards import signer

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. %"
LOSSLESS = frozenset(ALPHABET) - {"%"}
TABLES = [(name, table) for table in tables() for name in table.names]
WHOLE = [(table.names[0], table) for table in tables() if set(table.meant.values()) >= LOSSLESS]


@pytest.fixture(scope="module")
def claim_text() -> str:
    sample = Claim(
        "", "", "01KB000000ABCDEFGHJKMNPQRS", "MAR-S", 1, "7ZK012", 3, 14, "00417893201", "E26-87.1", "4W", "7Q2Z"
    )
    return claims.compose(sample, signer())


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    return Keyring.from_texts(signer().cards)


def known(text: str, keyring: Keyring) -> bool:
    try:
        claims.verify(text, keyring)
    except TrustError:
        return False
    return True


def typed_on(table: Table, text: str) -> str:
    """Return what arrives."""
    back = {m: t for t, m in table.meant.items()}
    return "".join(back[c] for c in text)


@pytest.mark.parametrize(("name", "table"), WHOLE, ids=[name for name, _ in WHOLE])
def test_a_code_comes_back_from_this_keyboard(name: str, table: Table, claim_text: str, keyring: Keyring) -> None:
    assert meant([typed_on(table, claim_text)], lambda t: known(t, keyring)) == claim_text, name


def test_every_common_keyboard_keeps_every_character() -> None:
    whole = {name for name, table in TABLES if set(table.meant.values()) >= LOSSLESS}
    west = ["us", "gb", "fr", "fr(oss)", "de", "be", "ch", "ch(fr)", "es", "latam", "it", "pt", "br"]
    common = [*west, "dk", "no", "se", "fi", "is", "nl", "pl"]
    assert {*common, *(f"{layout}+caps lock" for layout in common)} <= whole
    assert {f"{layout}+shift lock" for layout in ("fr", "fr(oss)", "be", "ch", "ch(fr)", "de")} <= whole
    assert len(WHOLE) > 100


def test_a_french_keyboard_makes_what_is_known_of_it() -> None:
    french = next(table for name, table in TABLES if name == "fr")
    assert [typed_on(french, c) for c in "0123456789AQZWM.-"] == [*"à&é\"'(-è_ç", *"QAWZ?:)"]


def test_windows_caps_lock_on_a_french_keyboard_types_digits() -> None:
    locked = next(table for name, table in TABLES if name == "fr+shift lock")
    assert typed_on(locked, "0123456789") == "0123456789"


def test_a_changed_code_comes_back_from_no_keyboard(claim_text: str, keyring: Keyring) -> None:
    french = next(table for name, table in TABLES if name == "fr")
    typed = typed_on(french, claim_text.replace("00417893201", "00417893202"))
    assert meant([typed], lambda t: known(t, keyring)) is None


@pytest.mark.parametrize("around", ["{}", "{}\r\n", "  {}\t", "]Q1{}"])
def test_what_a_scanner_puts_around_it_is_taken_away(around: str, claim_text: str, keyring: Keyring) -> None:
    assert meant([around.format(claim_text)], lambda t: known(t, keyring)) == claim_text


def test_the_second_reading_counts_where_the_first_is_lost(claim_text: str, keyring: Keyring) -> None:
    assert meant(["^^^", claim_text], lambda t: known(t, keyring)) == claim_text
    assert meant(["", "x" * 5000], lambda t: known(t, keyring)) is None


def test_no_candidate_comes_twice() -> None:
    found = list(candidates("PM1 K7Q2ZD"))
    assert len(found) == len(set(found)) <= len(tables()) + 2


def test_it_takes_no_time(claim_text: str, keyring: Keyring) -> None:
    _, last = WHOLE[-1]
    typed = typed_on(last, claim_text)
    started = time.process_time()
    meant([typed], lambda t: known(t, keyring))
    assert time.process_time() - started < 0.1


def test_a_claim_of_another_site_is_not_known(claim_text: str) -> None:
    assert not known(claim_text, Keyring(()))
