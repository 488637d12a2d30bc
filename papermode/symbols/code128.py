"""Code 128 symbols (ISO/IEC 15417), code sets B and C, for wristband scanners.

A symbol is a row of alternating bars and spaces. Code set C packs two digits into one symbol character;
the sets are switched so that the symbol is as short as it can be with these two.
"""

from __future__ import annotations

from typing import Final, Literal

_CodeSet = Literal["B", "C"]

QUIET_MODULES: Final = 10
"""Modules that must be left free at each end (ISO/IEC 15417, 4.3.2)."""

_START: Final[dict[_CodeSet, int]] = {"B": 104, "C": 105}
_SWITCH: Final[dict[_CodeSet, int]] = {"B": 100, "C": 99}
"""Symbol character that switches to a code set."""
_MODULUS: Final = 103
_STOP: Final = (2, 3, 3, 1, 1, 1, 2)
# ISO/IEC 15417, table 1: widths of the three bars and three spaces of symbol characters 0 to 105.
_TABLE: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 "
    "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 "
    "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 "
    "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 "
    "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
    "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 "
    "211232"
)
_WIDTHS: Final = tuple(tuple(map(int, widths)) for widths in _TABLE.split())


def code128(text: str) -> tuple[int, ...]:
    """Return the bars of a Code 128 symbol.

    Args:
        text: printable ASCII (space to ``~``), at least one character.

    Returns:
        Widths in modules, first a bar, then alternately space and bar, with start, check and stop
        characters, without the quiet zones (:data:`QUIET_MODULES` on each side).

    Raises:
        ValueError: the text is empty or has another character. The message does not quote it.
    """
    if not text or not all(" " <= character <= "~" for character in text):
        raise ValueError("Code 128 is printed for one or more characters of printable ASCII only")
    values = _symbol_characters(text)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % _MODULUS
    widths = [width for value in (*values, check) for width in _WIDTHS[value]]
    return (*widths, *_STOP)


def _symbol_characters(text: str) -> list[int]:
    """Return the values of the start and data characters of the shortest symbol.

    From the end of the text backwards: the shortest continuation from each place, for either code set.
    """
    best: dict[_CodeSet, list[list[int]]] = {"B": [[]], "C": [[]]}  # [set][characters left]
    for left in range(1, len(text) + 1):
        start = len(text) - left
        in_b: list[int] = [ord(text[start]) - 32, *best["B"][left - 1]]
        pair = text[start : start + 2]
        in_c: list[int] | None = [int(pair), *best["C"][left - 2]] if len(pair) == 2 and pair.isdigit() else None
        if in_c is None or len(in_b) + 1 < len(in_c):
            in_c = [_SWITCH["B"], *in_b]
        elif len(in_c) + 1 < len(in_b):
            in_b = [_SWITCH["C"], *in_c]
        best["B"].append(in_b)
        best["C"].append(in_c)
    first: _CodeSet = "C" if len(best["C"][-1]) < len(best["B"][-1]) else "B"
    return [_START[first], *best[first][-1]]
