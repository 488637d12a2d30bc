"""QR symbols as sums of table rows: the tables, and how they are made.

With version, error correction level and mask fixed, every module of a QR symbol (ISO/IEC 18004) is a
constant plus a linear function over GF(2) of the data bits: Reed-Solomon coding and the placement of
bits are linear, and the mask is a constant. So a symbol is ``base`` XOR one ``vector`` for every data
bit that is set, and no polynomial is divided while pages are printed.

A symbol is one int. Rows are padded with zeros to whole bytes, top row first, so that
``symbol.to_bytes(spec.size, "big")`` is the packed 1-bit image.

The tables are not typed in: the ``qrcode`` package is asked where it puts each bit of the codeword
stream, in which order it sends the codewords of the blocks, and what the check bytes of a single bit are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MODE_BITS: Final = 4
"""Bits of the mode indicator."""
MODE_ALPHANUMERIC: Final = 0b0010


@dataclass(frozen=True, slots=True)
class Spec:
    """One fixed shape of symbol: level Q, mask 2, one segment in alphanumeric mode.

    Level and mask are the same for all: Q for pen strokes across the code (``scan``), mask 2 because a
    fixed mask is what makes the symbol linear, and 2 read best of the eight.
    """

    name: str
    version: int
    codewords: int
    """Data codewords (ISO/IEC 18004, table 9)."""
    count_bits: int
    """Bits of the character count (ISO/IEC 18004, table 3)."""

    @property
    def modules(self) -> int:
        """Modules per side."""
        return 4 * self.version + 17

    @property
    def row_bytes(self) -> int:
        """Bytes of one packed row."""
        return (self.modules + 7) // 8

    @property
    def size(self) -> int:
        """Bytes of the packed symbol."""
        return self.modules * self.row_bytes

    @property
    def capacity(self) -> int:
        """Most characters of one alphanumeric segment."""
        bits = 8 * self.codewords - MODE_BITS - self.count_bits
        return bits // 11 * 2 + (bits % 11 >= 6)

    @property
    def ink(self) -> int:
        """All modules of the symbol, without the padding of the rows."""
        row = ((1 << self.modules) - 1) << (8 * self.row_bytes - self.modules)
        return int.from_bytes(row.to_bytes(self.row_bytes, "big") * self.modules, "big")


CLAIM: Final = Spec("claim", version=11, codewords=180, count_bits=11)
LOCATOR: Final = Spec("locator", version=3, codewords=34, count_bits=9)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a spec's symbols are made of."""

    base: int
    """The symbol whose data bits are all zero (a drawing, not a readable code)."""
    vectors: tuple[int, ...]
    """Per data bit, most significant bit of the first codeword first: the modules that it turns over."""


def build(spec: Spec) -> Basis:
    """Work out a spec's basis with the ``qrcode`` package (about 0.1 s for the claim)."""
    drawing = _Drawing(spec)
    places = drawing.bit_places()
    order, checks = _block_code(spec)
    vectors: list[int] = []
    for codeword in range(spec.codewords):
        # Coding is linear over GF(256): the check bytes of bit 1, 2, … 7 are those of bit 0 doubled.
        check = list(checks[codeword])
        rows = []
        for bit in range(8):
            row = 1 << places[8 * order[codeword] + 7 - bit]
            for byte, value in check:
                first = 8 * byte + 7
                while value:
                    low = value & -value
                    row |= 1 << places[first - low.bit_length() + 1]
                    value ^= low
            rows.append(row)
            check = [(byte, _double(value)) for byte, value in check]
        vectors.extend(reversed(rows))
    return Basis(drawing.base, tuple(vectors))


class _Drawing:
    """A ``qrcode.QRCode`` that draws a given codeword stream."""

    def __init__(self, spec: Spec) -> None:
        # Imported here: needed only while no cached tables exist, and slow to import.
        import qrcode
        from qrcode import base

        self._spec = spec
        self._code = qrcode.QRCode(
            version=spec.version, error_correction=qrcode.ERROR_CORRECT_Q, border=0, mask_pattern=2
        )
        self._length = sum(block.total_count for block in base.rs_blocks(spec.version, qrcode.ERROR_CORRECT_Q))
        self.base = self._draw(bytes(self._length))

    def _draw(self, stream: bytes) -> int:
        self._code.data_cache = list(stream)
        self._code.makeImpl(False, 2)
        return pack(self._code.modules)

    def bit_places(self) -> list[int]:
        """Return, per bit of the stream, the bit of the packed symbol that it turns over.

        Bit k is found from the binary digits of k + 1: one drawing per digit, in which the bits whose
        number has that digit are set. Twelve drawings tell 3,232 bits apart.
        """
        count = 8 * self._length
        numbers = range(1, count + 1)
        digits = []
        for digit in range(count.bit_length()):
            text = "".join("1" if number >> digit & 1 else "0" for number in numbers)
            digits.append(self._draw(int(text, 2).to_bytes(self._length, "big")) ^ self.base)
        places = [0] * count
        for place in range(8 * self._spec.size):
            number = sum((row >> place & 1) << digit for digit, row in enumerate(digits))
            if number:
                places[number - 1] = place
        return places


def _block_code(spec: Spec) -> tuple[list[int], list[list[tuple[int, int]]]]:
    """Ask ``qrcode`` for the order of codewords and the check bytes.

    Returns:
        Per data codeword its index in the stream, and per data codeword the (index in the stream, value) of
        the check bytes that follow from its lowest bit alone.
    """
    import qrcode
    from qrcode import base, util

    blocks = base.rs_blocks(spec.version, qrcode.ERROR_CORRECT_Q)

    def coded(data: Sequence[int]) -> list[int]:
        buffer = util.BitBuffer()
        buffer.buffer = list(data)
        stream: list[int] = util.create_bytes(buffer, blocks)
        return stream

    order = [0] * spec.codewords
    for index, codeword in enumerate(coded(range(spec.codewords))[: spec.codewords]):
        order[codeword] = index

    starts = [sum(block.data_count for block in blocks[:number]) for number in range(len(blocks))]
    checks: list[list[tuple[int, int]]] = [[] for _ in range(spec.codewords)]
    # Blocks are coded apart, so one call codes a single bit in each of them. Check byte i of the stream belongs
    # to block i modulo the number of blocks (ISO/IEC 18004, 7.6). qrcode cannot code a block of zeros: a block
    # that is too short for this offset repeats its first bit, whose check bytes are the same as before.
    for offset in range(max(block.data_count for block in blocks)):
        chosen = [
            start + (offset if offset < block.data_count else 0) for start, block in zip(starts, blocks, strict=True)
        ]
        stream = coded([int(codeword in chosen) for codeword in range(spec.codewords)])
        for number, codeword in enumerate(chosen):
            checks[codeword] = [
                (index, stream[index]) for index in range(spec.codewords + number, len(stream), len(blocks))
            ]
    return order, checks


def _double(value: int) -> int:
    """Multiply by 2 in the GF(256) of QR codes, x^8 + x^4 + x^3 + x^2 + 1."""
    value <<= 1
    return value ^ 0x11D if value & 0x100 else value


def pack(rows: Sequence[Sequence[bool]]) -> int:
    """Return a square of modules (``rows[y][x]``, true = dark) as one int, rows padded to whole bytes."""
    padding = "0" * (-len(rows) % 8)
    return int("".join("".join("1" if dark else "0" for dark in row) + padding for row in rows), 2)
