"""Identifiers that papermode makes: Crockford base32, packet ids, ward codes and reserved numbers.

* Crockford base32 (``crockford.com/base32.html``): digits and capital letters without I, L, O and U.
* A packet id is a ULID (``github.com/ulid/spec``): 48 bits of time, 80 bits that tell packets apart.
* A reserved number stands in for the encounter of a page that is printed before its patient is known. Its
  check character is that of ISO/IEC 7064, MOD 37-2 (blood donation numbers have the same, ISBT 128).
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEX32: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_TO_CROCKFORD: Final = str.maketrans(_HEX32, CROCKFORD)
_FROM_CROCKFORD: Final = str.maketrans(CROCKFORD, _HEX32)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PACKET: Final = re.compile(f"[0-7][{CROCKFORD}]{{25}}")
_PLAIN_WARD: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,11}")
_RESERVED: Final = re.compile(r"N([0-9]{6})-[0-9A-Z][0-9A-Z.-]{0,11}-(?!00)[0-9]{2}-[0-9A-Z*]")
_CHECK_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
"""ISO/IEC 7064, MOD 37-2: values 0 to 36. ``*`` occurs as the check character only."""
_CHECK_VALUES: Final = {character: value for value, character in enumerate(_CHECK_CHARACTERS[:36])} | {"-": 36, ".": 36}


def crockford(data: bytes) -> str:
    """Return ``data`` in Crockford base32 without padding."""
    return base64.b32hexencode(data).decode().rstrip("=").translate(_TO_CROCKFORD)


def crockford_bits(data: bytes, bits: int) -> str:
    """Return the first ``bits`` bits of ``data`` (a multiple of 5) as Crockford characters."""
    return crockford(data)[: bits // 5]


def uncrockford(text: str) -> bytes:
    """Return the bytes of a Crockford string; ``ValueError`` unless it is exactly what :func:`crockford` writes."""
    if not set(text) <= set(CROCKFORD):  # the translation alone would let I, L, O and U through
        raise ValueError("not Crockford base32")
    plain = text.translate(_FROM_CROCKFORD)
    data = base64.b32hexdecode(plain + "=" * (-len(plain) % 8))
    if crockford(data) != text:
        raise ValueError("not canonical Crockford base32")
    return data


def packet_id(now: datetime, content_hash: bytes) -> str:
    """Return the id of a packet that is printed now.

    Args:
        now: time of the print run, with its offset; kept to the millisecond.
        content_hash: a hash of what the packet is made from, at least 10 bytes, of which the first 10 are used.

    Returns:
        26 Crockford characters, a ULID. The same time and inputs give the same id.
    """
    if now.tzinfo is None:
        raise ValueError("the time of a packet needs its offset from UTC")
    if len(content_hash) < 10:
        raise ValueError("the hash of a packet needs 10 bytes")
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    number = milliseconds << 80 | int.from_bytes(content_hash[:10], "big")
    if not 0 <= number < 1 << 128:
        raise ValueError("the time of a packet must lie in the years 1970 to 10889")
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def packet_time(packet: str) -> datetime:
    """Return when a packet was printed, in UTC; ``ValueError`` if that is no packet id or no time that Python knows."""
    if not _PACKET.fullmatch(packet):
        raise ValueError("not a packet id")
    milliseconds = 0
    for character in packet[:10]:
        milliseconds = milliseconds << 5 | CROCKFORD.index(character)
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise ValueError("a packet id beyond the year 9999") from None


def ward_code(ward: str) -> str:
    """Return a ward as codes write it: capital letters, digits, ``-`` and ``.``, at most 12 characters.

    A ward that is more than that but for the case of its letters becomes ``W`` and 5 characters of its SHA-256;
    the manifest has the ward as it is. '' stays ''.
    """
    if not ward or _PLAIN_WARD.fullmatch(ward):
        return ward.upper()
    return "W" + crockford_bits(hashlib.sha256(ward.encode()).digest(), 25)


def reserved_number(day: date, ward: str, nn: int) -> str:
    """Return the reserved number ``N<yymmdd>-<ward>-<nn>-<check character>``.

    Args:
        day: day of the print run.
        ward: the ward, which is written as :func:`ward_code` has it.
        nn: serial of the number in this ward and day, 1 to 99.
    """
    if not 1 <= nn <= 99:
        raise ValueError(f"a ward has the reserved numbers 1 to 99 a day, not {nn}")
    if not ward:
        raise ValueError("a reserved number needs a ward")
    body = f"N{day:%y%m%d}-{ward_code(ward)}-{nn:02}"
    return f"{body}-{_check_character(body)}"


def check_reserved(text: str) -> bool:
    """Tell whether a text is a reserved number with the right check character.

    Every single wrong letter or digit and every swap of two neighbours is found. Capital letters only: what a
    person typed has to be put in capitals first.
    """
    found = _RESERVED.fullmatch(text)
    if not found:
        return False
    try:
        datetime.strptime(found[1], "%y%m%d")  # noqa: DTZ007 - a calendar day, which has no zone
    except ValueError:
        return False
    body, _, check = text.rpartition("-")
    return _check_character(body) == check


def _check_character(body: str) -> str:
    """Return the check character of ISO/IEC 7064, MOD 37-2 (pure system, clause 7).

    ``-`` and ``.`` count as 36, so that one that moves is noticed too. 37 is prime: a wrong character changes the
    sum, and neighbours weigh 2^n and 2^(n+1), whose difference is not 0 modulo 37 either.
    """
    total = 0
    for character in body:
        total = (total + _CHECK_VALUES[character]) * 2 % 37
    return _CHECK_CHARACTERS[(1 - total) % 37]
