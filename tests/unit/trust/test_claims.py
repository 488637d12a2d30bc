"""Claims and locators: what is printed is read back, and nothing else is believed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from papermode import ids
from papermode.errors import TrustError
from papermode.model.claim import Claim, Locator
from papermode.symbols.qr import ALPHANUMERIC, CLAIM_CAPACITY, LOCATOR_CAPACITY
from papermode.trust import claims
from papermode.trust.keyring import Keyring
from papermode.trust.signing import seal

from .conftest import NOW, Site, make_site

GOLDEN = Path(__file__).parents[2] / "golden" / "claims.json"
SITE = make_site()
DAYS = (datetime(2025, 11, 2), datetime(2026, 1, 30))  # noqa: DTZ001 - hypothesis adds the zone
PLAIN = string.digits + string.ascii_uppercase + "-."
CODES = st.text(PLAIN, min_size=1, max_size=8).filter(lambda code: code[0] not in "-.")
TAGS = st.text(ids.CROCKFORD, min_size=6, max_size=6)
VISIBLE = st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])
IDENTIFIERS = st.text(PLAIN, max_size=20) | st.text(VISIBLE, max_size=4)
CLAIMS = st.builds(
    lambda pages, **fields: Claim(kid=SITE.signer.kid, site="STMARY01", page=pages[0], pages=pages[1], **fields),
    packet=st.builds(
        ids.packet_id,
        st.datetimes(*DAYS, timezones=st.just(UTC)),
        st.binary(min_size=10, max_size=10),
    ),
    form=CODES,
    version=st.integers(1, 9999),
    layout_tag=TAGS,
    pages=st.tuples(st.integers(1, 9999), st.integers(1, 9999)).map(sorted).map(tuple),
    mrn=IDENTIFIERS,
    encounter=IDENTIFIERS,
    ward=st.just("") | st.text(max_size=12).map(lambda ward: ids.ward_code(ward) if ward.isprintable() else ""),
    check=st.text(ids.CROCKFORD, min_size=4, max_size=4),
)
# reference: injection into whatever reads a claim afterwards
HARMLESS = [
    "../../etc/passwd", '=HYPERLINK("http://x")', "<script>alert(1)</script>", "'; drop table x;--", "&#x41;",
    "${jndi:ldap://x}", "{{7*7}}", "@SUM(1)", "+1", "-1+2", ".", "..", "%2E", "%", "PM1 X", "a b", "ΑΒΓ", "٣", "ſ",
]  # fmt: skip
HIDDEN = ["1|2^3~4\\5&6\rMSH|", "\u202e123", "\0", "\t=1", "12\n", "\u200b1", "1\u2028", "\ud800", "\x7f1", "\ufeff1"]


def code_of(text: str, keyring: Keyring = SITE.keyring) -> str:
    """Return the code of the error that a text is refused with."""
    with pytest.raises(TrustError) as caught:
        claims.verify(text, keyring)
    return caught.value.code


@settings(deadline=None)
@given(CLAIMS)
def test_round_trip(claim: Claim) -> None:
    text = claims.compose(claim, SITE.signer)
    assert set(text) <= set(ALPHANUMERIC)
    assert len(text) <= CLAIM_CAPACITY == claims.CLAIM_CHARACTERS
    verified = claims.verify(text, SITE.keyring)
    assert verified.claim == claims.parse(text) == claim
    assert (verified.text, verified.by.kid, verified.by.trust, verified.by.doubts) == (text, claim.kid, "card", ())


def test_same_claim_has_the_same_text(claim: Claim, site: Site) -> None:
    assert claims.compose(claim, site.signer) == claims.compose(claim, site.signer)


def test_kid_and_site_come_from_the_signer(claim: Claim, site: Site) -> None:
    bare = dataclasses.replace(claim, kid="", site="")
    assert claims.compose(bare, site.signer) == claims.compose(claim, site.signer)


def test_no_single_edit_and_no_swap_is_believed(claim: Claim, site: Site) -> None:
    text = claims.compose(claim, site.signer)
    edits = {text[:place] + other + text[place + 1 :] for place in range(len(text)) for other in ALPHANUMERIC}
    edits |= {text[:place] + text[place + 1] + text[place] + text[place + 2 :] for place in range(len(text) - 1)}
    edits |= {text[:place] + text[place + 1 :] for place in range(len(text))}
    edits |= {text + other for other in ALPHANUMERIC} | {text.lower(), text + "\n", " " + text}
    edits.discard(text)
    assert len(edits) > 8_000
    refused = {code_of(edit) for edit in edits}
    assert refused == {"E605", "E612", "E613", "E614"}


@pytest.mark.parametrize("field", ["mrn", "encounter"])
@pytest.mark.parametrize("value", HARMLESS)
def test_harmless_identifiers_survive(claim: Claim, site: Site, field: str, value: str) -> None:
    changed = dataclasses.replace(claim, mrn="", encounter="", ward="")
    changed = dataclasses.replace(changed, **{field: value})  # type: ignore[arg-type]
    text = claims.compose(changed, site.signer)
    assert len(text.split(" ")) == 13
    assert set(text) <= set(PLAIN + " %")
    assert claims.verify(text, site.keyring).claim == changed


@pytest.mark.parametrize("field", ["mrn", "encounter"])
@pytest.mark.parametrize("value", HIDDEN)
def test_hidden_characters_are_refused(claim: Claim, site: Site, field: str, value: str) -> None:
    changed = dataclasses.replace(claim, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(TrustError) as caught:
        claims.compose(changed, site.signer)
    assert caught.value.code == "E610"
    assert field in caught.value.place
    assert value not in str(caught.value)


@pytest.mark.parametrize("field", ["7", "8"])
@pytest.mark.parametrize("wire", ["%00", "%0D", "%E2%80%AE1", "%41", "%2e", "%FF", "%ED%A0%80", "A%2E", "a", "1%", ""])
def test_signed_identifiers_in_another_writing_are_refused(claim: Claim, site: Site, field: str, wire: str) -> None:
    fields = claims.compose(claim, site.signer).split(" ")[:-1]
    fields[int(field) + 1] = wire
    assert code_of(seal(" ".join(fields), site.signer)) == "E612"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("form", "MAR-INPT-ADULT"), ("form", ""), ("form", "mar"), ("form", "A B"), ("form", "."), ("form", "Ä"),
        ("version", 0), ("version", 10_000), ("page", 0), ("page", 15), ("page", 10_000), ("packet", "8" * 26),
        ("layout_tag", "K7Q2Z"), ("layout_tag", "K7Q2ZU"), ("ward", "4 West"), ("ward", "."), ("check", "7Q2"),
        ("check", "7q2z"), ("kid", "000000"), ("site", "OTHER"), ("site", "a"),
    ],
)  # fmt: skip
def test_fields_that_do_not_fit_are_refused(claim: Claim, site: Site, field: str, value: object) -> None:
    with pytest.raises(TrustError) as caught:
        claims.compose(dataclasses.replace(claim, **{field: value}), site.signer)  # type: ignore[arg-type]
    assert caught.value.code == "E610"
    assert field in caught.value.place.replace(" ", "_")


def test_page_beyond_the_last_is_refused_though_signed(claim: Claim, site: Site) -> None:
    fields = claims.compose(claim, site.signer).split(" ")[:-1]
    fields[7] = "15-14"
    assert code_of(seal(" ".join(fields), site.signer)) == "E612"


@given(CLAIMS, st.text(VISIBLE, max_size=60), st.text(VISIBLE, max_size=60))
def test_fit_keeps_what_fits_and_drops_only_the_encounter(claim: Claim, mrn: str, encounter: str) -> None:
    claim = dataclasses.replace(claim, mrn=mrn, encounter=encounter)
    shorter = dataclasses.replace(claim, encounter="")
    length = len(claims.escape(mrn)) + len(claims.escape(encounter))
    others = len(claims.compose(dataclasses.replace(shorter, mrn=""), SITE.signer)) - 2
    if others + length <= 259:
        assert claims.fit_claim(claim) == claim
        assert claims.verify(claims.compose(claim, SITE.signer), SITE.keyring).claim == claim
        return
    with pytest.raises(TrustError, match="E611"):
        claims.compose(claim, SITE.signer)
    if others + len(claims.escape(mrn)) + 1 <= 259:
        assert claims.fit_claim(claim) == shorter
        assert claims.verify(claims.compose(shorter, SITE.signer), SITE.keyring).claim == shorter
        return
    for refusing in (lambda: claims.fit_claim(claim), lambda: claims.compose(shorter, SITE.signer)):
        with pytest.raises(TrustError, match="E611"):
            refusing()


def test_longest_claim_is_259_characters(claim: Claim, site: Site) -> None:
    widest = dataclasses.replace(claim, version=1234, page=1234, pages=9999, mrn="1" * 40, encounter="2" * 24)
    assert len(claims.compose(widest, site.signer)) == 259
    assert claims.fit_claim(widest) == widest
    longer = dataclasses.replace(widest, encounter="2" * 25)
    assert claims.fit_claim(longer).encounter == ""
    assert claims.fit_claim(dataclasses.replace(longer, kid="", site="")).encounter == ""


def test_codes_of_other_makes_are_told_apart(claim: Claim, site: Site) -> None:
    text = claims.compose(claim, site.signer)
    assert code_of("PM2" + text[3:]) == "E613"
    assert code_of("PM10 " + "X" * 400) == "E613"
    assert code_of("PM1S " + text[4:]) == "E613"
    for foreign in ("", "PM1", "PM1 ", "4006381333931", "https://example.org/PM1", "PMK1 A", text + " X", "PM2", "ΑΒ"):
        assert code_of(foreign) == "E612"
    for locator in ("PML2 X", "PM2 X", "PML10 ABC"):
        with pytest.raises(TrustError, match="E613"):
            claims.parse_locator(locator)


def test_signature_bits_that_carry_nothing_must_be_zero(claim: Claim, site: Site) -> None:
    text = claims.compose(claim, site.signer)
    last = ids.CROCKFORD.index(text[-1])
    assert last % 8 == 0
    for spare in range(1, 8):
        assert code_of(text[:-1] + ids.CROCKFORD[last + spare]) == "E612"


def test_unknown_and_other_sites_keys(claim: Claim, site: Site) -> None:
    text = claims.compose(claim, site.signer)
    other = make_site("OTHER")
    assert code_of(text, other.keyring) == "E605"
    # The other site's key signs a claim in this site's name.
    fields = text.split(" ")[:-1]
    fields[1] = other.signer.kid
    assert code_of(seal(" ".join(fields), other.signer), other.keyring.joined(site.keyring)) == "E615"


def test_other_signed_texts_are_no_claims(site: Site) -> None:
    for text in site.signer.cards:
        assert code_of(text) == "E612"


def test_messages_name_no_patient(claim: Claim, site: Site) -> None:
    text = claims.compose(claim, site.signer)
    messages = []
    for broken in (text[:-2], text.replace("3-14", "4-14"), text.replace("PM1", "PM7")):
        with pytest.raises(TrustError) as caught:
            claims.verify(broken, site.keyring)
        messages.append(str(caught.value))
    with pytest.raises(TrustError) as caught:
        claims.fit_claim(dataclasses.replace(claim, mrn="004417893201" * 6))
    messages.append(str(caught.value))
    assert not any("004417893201" in message or "E20251124087" in message for message in messages)


def test_doubts_are_told_and_not_refused(claim: Claim, site: Site) -> None:
    late = dataclasses.replace(claim, packet=ids.packet_id(datetime(2026, 2, 1, tzinfo=UTC), bytes(10)))
    assert claims.verify(claims.compose(late, site.signer), site.keyring).by.doubts == ("outside validity",)


@given(st.text(ALPHANUMERIC) | st.text())
def test_any_text_is_refused_and_never_breaks(text: str) -> None:
    assume(not text.startswith("PM1 "))
    assert code_of(text) in {"E612", "E613"}
    with pytest.raises(TrustError):
        claims.parse_locator(text)


@given(CLAIMS)
def test_locator_finds_its_claim(claim: Claim) -> None:
    text = claims.compose(claim, SITE.signer)
    locator = claims.compose_locator(text)
    assert len(locator) <= LOCATOR_CAPACITY
    assert set(locator) <= set(ALPHANUMERIC)
    assert claims.parse_locator(locator) == Locator(claim.packet, claim.page, claims.claim_tag(text))


@pytest.mark.parametrize(
    "change", [(" 3 ", " 0 "), (" 3 ", " 03 "), (" 3 ", " 10000 "), ("PML1", "PML1 "), (" 3 ", "  ")]
)
def test_other_locators_are_refused(claim: Claim, site: Site, change: tuple[str, str]) -> None:
    locator = claims.compose_locator(claims.compose(claim, site.signer))
    with pytest.raises(TrustError, match="E616"):
        claims.parse_locator(locator.replace(*change))


@given(st.text(VISIBLE))
def test_escape_round_trip(value: str) -> None:
    written = claims.escape(value)
    assert set(written) <= set(PLAIN + "%")
    assert claims.unescape(written) == value


def test_check_field_tells_patients_apart() -> None:
    packet = ids.packet_id(NOW, bytes(10))
    known = claims.check_field(packet, "0044", "1950-01-31", "Müller-Lüdenscheidt")
    expected = hashlib.sha256(f"{packet}\n0044\n1950-01-31\nmullerludenscheidt".encode()).digest()
    assert known == ids.crockford_bits(expected, 20)
    assert claims.check_field(packet, "0044", "1950-01-31", "MULLER LUDENSCHEIDT") == known
    others = [
        ("0045", "1950-01-31", "Müller-Lüdenscheidt"),
        ("0044", "1950-01-30", "Müller-Lüdenscheidt"),
        ("0044", "1950-01-31", "Möller"),
    ]
    assert known not in {claims.check_field(packet, *other) for other in others}
    assert claims.check_field("0" * 26, "0044", "1950-01-31", "Müller-Lüdenscheidt") != known


@pytest.mark.parametrize(("a", "b"), [("STRASSE", "Straße"), ("O'Brien", "OBRIEN"), ("İnce", "ince"), ("ﬁne", "Fine")])
def test_check_field_folds_names(a: str, b: str) -> None:
    packet = ids.packet_id(NOW, bytes(10))
    assert claims.check_field(packet, "1", "1950", a) == claims.check_field(packet, "1", "1950", b)


@pytest.mark.parametrize(
    "patient",
    [
        ("", "1950-01-31", "Li"),
        ("1", "", "Li"),
        ("1", "1950-01-31", ""),
        ("1", "1950-01-31", "--"),
        ("1", "31.1.1950", "Li"),
        ("1", "1950-01-31\n", "Li"),
    ],
)
def test_check_field_of_the_unknown(patient: tuple[str, str, str]) -> None:
    assert claims.check_field("0" * 26, *patient) == claims.UNKNOWN_CHECK == "0000"


def test_golden_claims_are_still_made_and_read(site: Site) -> None:
    """Codes on paper outlive releases: these texts must never change, and must always be readable."""
    golden = json.loads(GOLDEN.read_text())
    assert [site.card.text, site.signer.certificate] == golden["cards"]
    keyring = Keyring.from_texts(golden["cards"])
    for entry in golden["pages"]:
        claim = Claim(**entry["fields"])
        assert claims.verify(entry["claim"], keyring).claim == claim
        assert claims.compose(claim, site.signer) == entry["claim"]
        assert claims.compose_locator(entry["claim"]) == entry["locator"]
    for entry in golden["checks"]:
        assert claims.check_field(*entry["of"]) == entry["check"]
