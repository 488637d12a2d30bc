"""The two QR symbols of a page: the claim and the locator (ISO/IEC 18004).

Both have a fixed version, level (Q), mask (2) and mode (alphanumeric), whatever the text. That makes a
symbol a sum of table rows (:mod:`papermode.symbols.affine`; some 40 µs instead of 10 ms), and it lets the
reader restore a damaged symbol from the modules that are the same in all of them (:func:`known_modules`).
The standard asks for the mask with the lowest penalty; readers take any.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem, xor
from typing import Final, Literal

from papermode.symbols.affine import CLAIM, LOCATOR, MODE_ALPHANUMERIC, MODE_BITS, Spec
from papermode.symbols.cache import basis

Kind = Literal["claim", "locator"]

ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""The characters of alphanumeric mode, in the order of their values (ISO/IEC 18004, table 5)."""
CLAIM_CAPACITY: Final = CLAIM.capacity
"""Most characters of a claim (259)."""
LOCATOR_CAPACITY: Final = LOCATOR.capacity
"""Most characters of a locator (47)."""

_SPECS: Final[dict[Kind, Spec]] = {"claim": CLAIM, "locator": LOCATOR}
_PAIR_BITS: Final = {
    (a, b): format(45 * i + j, "011b") for i, a in enumerate(ALPHANUMERIC) for j, b in enumerate(ALPHANUMERIC)
}
_LAST_BITS: Final = {a: format(i, "06b") for i, a in enumerate(ALPHANUMERIC)}
_TERMINATOR_BITS: Final = 4
_PAD_CODEWORDS: Final = (0b11101100, 0b00010001)
_DIGIT_VALUES: Final = bytes(int(chr(c), 16) if chr(c) in "0123456789abcdef" else 0 for c in range(256))
"""For ``bytes.translate``: the value of each hex digit."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR symbol without its quiet zone (4 modules on each side, which the layout keeps free)."""

    modules: int
    """Modules per side."""
    rows: bytes
    """Packed 1-bit rows, top row first, most significant bit left, each padded to bytes; 1 = dark."""


def claim_symbol(text: str) -> Symbol:
    """Return the claim's symbol: version 11 (61 × 61 modules), level Q, mask 2.

    Args:
        text: 1 to 259 characters of QR alphanumeric mode.

    Raises:
        ValueError: the text is empty, too long, or has another character. The message does not quote it.
    """
    return _symbol(CLAIM, text)


def locator_symbol(text: str) -> Symbol:
    """Return the locator's symbol: version 3 (29 × 29 modules), level Q, mask 2.

    Args:
        text: 1 to 47 characters of QR alphanumeric mode.

    Raises:
        ValueError: the text is empty, too long, or has another character. The message does not quote it.
    """
    return _symbol(LOCATOR, text)


def mask_hex(symbol: Symbol) -> str:
    """Return the symbol's rows, inverted, as hex: the data of a PDF image mask, where 0 paints.

    For an inline image with ``/W n /H n /IM true /BPC 1 /F /AHx``. The padding bits are 1.
    """
    size = len(symbol.rows)
    return ((1 << 8 * size) - 1 ^ int.from_bytes(symbol.rows, "big")).to_bytes(size, "big").hex()


def matrix(symbol: Symbol) -> tuple[tuple[bool, ...], ...]:
    """Return the modules, ``matrix(s)[y][x]``, y down; true = dark."""
    width = len(symbol.rows) // symbol.modules
    lines = (symbol.rows[start : start + width] for start in range(0, len(symbol.rows), width))
    return tuple(
        tuple(bit == "1" for bit in format(int.from_bytes(line, "big"), f"0{8 * width}b")[: symbol.modules])
        for line in lines
    )


def known_modules(kind: Kind, prefix: str = "") -> tuple[tuple[bool | None, ...], ...]:
    """Return the modules that are the same in all symbols of a kind, ``[y][x]``.

    Finders, timing, alignment, format and version information, the mode and the remainder bits; and, with
    a ``prefix`` that all texts share (``"PM1 "``), the bits of its whole pairs of characters.

    Returns:
        True = always dark, false = always light, ``None`` = depends on the text.
    """
    spec = _SPECS[kind]
    source = basis(spec)
    pairs = "".join(map(_PAIR_BITS.__getitem__, zip(prefix[::2], prefix[1::2], strict=False)))
    fixed = f"{MODE_ALPHANUMERIC:0{MODE_BITS}b}" + "?" * spec.count_bits + pairs
    fixed = fixed.ljust(len(source.vectors), "?")
    value, open_ = source.base, 0
    for bit, vector in zip(fixed, source.vectors, strict=True):
        if bit == "1":
            value ^= vector
        elif bit == "?":
            open_ |= vector
    dark = matrix(Symbol(spec.modules, value.to_bytes(spec.size, "big")))
    loose = matrix(Symbol(spec.modules, open_.to_bytes(spec.size, "big")))
    return tuple(
        tuple(None if o else d for d, o in zip(dark_row, loose_row, strict=True))
        for dark_row, loose_row in zip(dark, loose, strict=True)
    )


def _symbol(spec: Spec, text: str) -> Symbol:
    length = len(text)
    if not 1 <= length <= spec.capacity:
        raise ValueError(f"a {spec.name} code holds 1 to {spec.capacity} characters, not {length}")
    try:
        bits = "".join(map(_PAIR_BITS.__getitem__, zip(text[::2], text[1::2], strict=False)))
        if length % 2:
            bits += _LAST_BITS[text[-1]]
    except KeyError:
        raise ValueError(f"a {spec.name} code holds only characters of QR alphanumeric mode") from None
    bits = f"{MODE_ALPHANUMERIC:0{MODE_BITS}b}{length:0{spec.count_bits}b}" + bits
    # Terminator and fill are zeros, which turn nothing over. No leading digit is lost: the first is the mode.
    digits = b"%x" % int(bits + "0" * (-len(bits) % 4), 2)
    tables = _tables(spec)
    first_pad = min((len(bits) + _TERMINATOR_BITS + 7) // 8, spec.codewords)
    packed = reduce(xor, map(getitem, tables.digits, digits.translate(_DIGIT_VALUES)), tables.padded[first_pad])
    return Symbol(spec.modules, packed.to_bytes(spec.size, "big"))


@dataclass(frozen=True, slots=True)
class _Tables:
    """A spec's basis, added up as far as it pays.

    By hex digits and not by bytes: the tables of bytes are 25 MB, fall out of the processor's cache and take
    twice the time.
    """

    digits: tuple[tuple[int, ...], ...]
    """Per hex digit of the data codewords: what each of its 16 values turns over."""
    padded: tuple[int, ...]
    """Per number of the first pad codeword: the symbol that has zeros before it, and the pad codewords."""


@cache
def _tables(spec: Spec) -> _Tables:
    source = basis(spec)
    digits = []
    for first in range(0, len(source.vectors), 4):
        table = [0]
        for vector in reversed(source.vectors[first : first + 4]):
            table += [row ^ vector for row in table]
        digits.append(tuple(table))

    def turned(codeword: int, value: int) -> int:
        return digits[2 * codeword][value >> 4] ^ digits[2 * codeword + 1][value & 15]

    padded = [source.base] * (spec.codewords + 2)
    for codeword in reversed(range(spec.codewords)):
        padded[codeword] = padded[codeword + 2] ^ turned(codeword, _PAD_CODEWORDS[0])
        if codeword + 1 < spec.codewords:
            padded[codeword] ^= turned(codeword + 1, _PAD_CODEWORDS[1])
    return _Tables(tuple(digits), tuple(padded))
