"""Crockford base32, packet ids, ward codes and reserved numbers."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode import ids

LETTERS = string.digits + string.ascii_uppercase
NOW = datetime(2025, 11, 24, 17, 30, 0, 123456, tzinfo=UTC)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(timezone(timedelta(hours=5.5))))  # noqa: DTZ001
WARDS = st.text(LETTERS + "-.", min_size=1, max_size=12).filter(lambda ward: ward[0] in LETTERS)
NUMBERS = st.builds(ids.reserved_number, st.dates(date(2000, 1, 1), date(2099, 12, 31)), WARDS, st.integers(1, 99))


@given(st.binary(max_size=70))
def test_crockford_round_trip(data: bytes) -> None:
    text = ids.crockford(data)
    assert ids.uncrockford(text) == data
    assert set(text) <= set(ids.CROCKFORD)


def test_crockford_vector() -> None:
    assert ids.crockford(bytes([0, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF])) == "0123456789ABCDEF"
    assert ids.crockford(b"\xff") == "ZW"
    assert ids.crockford_bits(b"\xff" * 4, 30) == "ZZZZZZ"


@pytest.mark.parametrize("text", ["ZX", "Z", "zw", "OO", "I0", "LL", "UU", "0 ", "0\n", "Z=", "ſſ", "٣٣"])
def test_uncrockford_refuses_what_crockford_does_not_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"Crockford|padding"):
        ids.uncrockford(text)


@given(TIMES, st.binary(min_size=10, max_size=32))
def test_packet_id_keeps_its_time(now: datetime, digest: bytes) -> None:
    packet = ids.packet_id(now, digest)
    assert len(packet) == 26
    assert timedelta() <= now - ids.packet_time(packet) < timedelta(milliseconds=1)
    assert packet[10:] == ids.crockford(digest[:10])
    assert packet == ids.packet_id(now, digest[:10] + b"other")


def test_packet_ids_sort_by_time() -> None:
    # The example of the ULID specification: 1469918176385 ms is written 01ARYZ6S41.
    at = datetime.fromtimestamp(1469918176.385, UTC)
    assert ids.packet_id(at, bytes(10)) == "01ARYZ6S41" + "0" * 16
    assert ids.packet_id(at, b"\xff" * 10) < ids.packet_id(at + timedelta(milliseconds=1), bytes(10))


def test_packet_id_needs_an_offset_and_a_hash() -> None:
    with pytest.raises(ValueError, match="offset"):
        ids.packet_id(NOW.replace(tzinfo=None), bytes(10))
    with pytest.raises(ValueError, match="10 bytes"):
        ids.packet_id(NOW, bytes(9))
    with pytest.raises(ValueError, match="1970"):
        ids.packet_id(datetime(1969, 12, 31, tzinfo=UTC), bytes(10))


@pytest.mark.parametrize(
    "text", ["", "8" + "0" * 25, "0" * 25, "0" * 27, "0" * 25 + "U", "0" * 26 + "\n", "7" + "Z" * 25]
)
def test_packet_time_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="packet id"):
        ids.packet_time(text)


@pytest.mark.parametrize(
    ("ward", "code"),
    [("4W-ICU", "4W-ICU"), ("4w-icu", "4W-ICU"), ("A.1", "A.1"), ("", ""), ("123456789012", "123456789012")],
)
def test_plain_wards_stay(ward: str, code: str) -> None:
    assert ids.ward_code(ward) == code


@pytest.mark.parametrize("ward", ["4 West", "Süd", ".", "-", "1234567890123", "ſ1", "٣", "A/B", "A\n"])
def test_other_wards_are_hashed(ward: str) -> None:
    code = ids.ward_code(ward)
    assert len(code) == 6
    assert code[0] == "W"
    assert set(code[1:]) <= set(ids.CROCKFORD)
    assert code != ids.ward_code(ward + "x")


def test_reserved_number_looks_like_this() -> None:
    assert ids.reserved_number(date(2025, 11, 24), "4w-icu", 7) == "N251124-4W-ICU-07-Z"
    assert ids.reserved_number(date(2025, 1, 2), "4 West", 99).startswith("N250102-W")


def test_check_character_is_that_of_iso_7064() -> None:
    # ISBT 128 technical specification: donation number G123498654321 has the check character H.
    assert ids._check_character("G123498654321") == "H"
    seen = {ids.reserved_number(date(2025, 1, 1), ward, nn)[-1] for ward in LETTERS for nn in range(1, 100)}
    assert seen == set(LETTERS + "*")


@given(NUMBERS)
def test_reserved_numbers_check(number: str) -> None:
    assert ids.check_reserved(number)
    assert not ids.check_reserved(number + "\n")
    assert not ids.check_reserved(number.lower())


@given(NUMBERS, st.data())
def test_every_wrong_character_is_found(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    for other in LETTERS + "*":
        if other != number[place]:
            assert not ids.check_reserved(number[:place] + other + number[place + 1 :])
    for place in range(len(number) - 1):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if swapped != number and {number[place], number[place + 1]} != {"-", "."}:
            assert not ids.check_reserved(swapped)


@pytest.mark.parametrize(("day", "ward", "nn"), [("", "A", 0), ("", "A", 100), ("", "", 1)])
def test_reserved_number_refuses(day: str, ward: str, nn: int) -> None:
    with pytest.raises(ValueError, match="reserved number"):
        ids.reserved_number(date(2025, 1, 1), ward, nn)


def test_reserved_number_needs_a_day_of_the_calendar() -> None:
    body = "N251332-ICU-01"
    assert not ids.check_reserved(f"{body}-{ids._check_character(body)}")
