"""Lines: greedy breaking of text to a width.

Lines are broken at spaces, after a hyphen or slash between two words, at zero-width spaces, and between
Chinese and Japanese characters (with the usual rules for brackets and stops). They are not broken at
no-break spaces, inside a number or a range, between ``mg`` and ``kg`` of ``mg/kg``, between a number
and its unit, or inside a cluster. A word wider than the line is broken between clusters: nothing is
ever dropped or shrunk.

All widths are exact: sums of advances for simple text, the shaped line for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from papermode.typeset.bidi import FSI, LEFT_TO_RIGHT_CONTROLS, LRI, LRM, PDI, RLI, RLM, levels, needs_levels
from papermode.typeset.clusters import clusters
from papermode.typeset.shaping import on_font_change, shape, simple_advances

_CACHE: Final = 1 << 15
_WORDS_KEPT: Final = 1 << 17

_LINE_ENDS: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_WITHIN: Final = re.compile(r"(?<=[^\W\d_]{3}[-/\u2010\u2013])(?=[^\W\d_]{3})|(?<=\u200b)")
"""Where a word may be broken: after a hyphen or slash with three letters on both sides."""
_UNITS: Final = (
    "mg|g|kg|mcg|micrograms?|nanograms?|ng|µg|μg|mL|ml|L|l|dL|mmol|mol|mEq|units?|IU|%|mmHg|kPa|cm|mm|m|h|hours?|min|"
    "minutes?|s|days?|weeks?|months?|years?|bpm|°C|℃|J|kJ|kcal|drops?|puffs?|tablets?|capsules?|ampoules?"
)
_BEFORE_UNIT: Final = re.compile(rf"\d (?=(?:{_UNITS})(?![^\W\d_]))")
_BREAKABLE_SPACE: Final = re.compile(rf"(?<!\d) | (?!(?:{_UNITS})(?![^\W\d_]))")

_CJK: Final = re.compile(
    "[\u2e80-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！）］｝〕〉》」』】〗〙〛’”…‥％‰ー々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    ")]},.;:!?%\u00a0\u202f\u2060\u200b"
)
"""Never begin a line between CJK characters (JIS X 4051, 6.1.2)."""
_NOT_LAST: Final = frozenset("（［｛〔〈《「『【〖〘〚‘“([{\u00a0\u202f\u2060")
"""Never end one (JIS X 4051, 6.1.3)."""

_OPENERS: Final = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c",
                   LRI: PDI, RLI: PDI, FSI: PDI}  # fmt: skip
_NEARLY: Final = 0.8
"""A line of complex text is shaped as a whole to measure it once the parts fill this share of it."""


class _WordWidths(dict[str, float]):
    """Width of each simple word in 1/1000 em; KeyError (of its character) for a word that is not simple."""

    def __init__(self, bold: bool, zero: bool) -> None:
        super().__init__()
        # Isolates are nothing to see, and in text that is simple otherwise they have no effect either.
        self._advance = (simple_advances(bold, zero) | dict.fromkeys(LEFT_TO_RIGHT_CONTROLS, 0)).__getitem__

    def __missing__(self, word: str) -> float:
        if len(self) >= _WORDS_KEPT:
            self.clear()
        width = self[word] = sum(map(self._advance, word))
        return width


@lru_cache(maxsize=4)
def _word_widths(bold: bool, zero: bool) -> _WordWidths:
    return _WordWidths(bold, zero)


def text_width(text: str, size: int, bold: bool = False, zero: bool = False) -> int:
    """Return the width of one line in 0.01 mm, rounded up (``size`` in hundredths of a point)."""
    # 1/1000 em x size/100 pt x 2540/72 (0.01 mm per point) = x 127/360000
    return int(-(-shape(text, bold, zero).width * size * 127 // 360_000))


@lru_cache(maxsize=_CACHE)
def wrap(text: str, size: int, width_hmm: int, bold: bool = False, zero: bool = False) -> tuple[str, ...]:
    """Return the lines of ``text``, at least one.

    Args:
        text: any text; line ends in it are kept.
        size: hundredths of a point.
        width_hmm: width of a line in 0.01 mm.
        bold: measure the bold faces.
        zero: measure slashed zeros.

    Returns:
        Lines without the spaces at which they were broken. Where a break falls inside bidi isolates,
        these are closed and opened again, so that each line can be drawn on its own.
    """
    limit = width_hmm * 360_000 // (size * 127)
    widths = _word_widths(bold, zero)
    lines: list[str] = []
    for paragraph in _LINE_ENDS.split(text):
        words = _BREAKABLE_SPACE.split(paragraph) if _BEFORE_UNIT.search(paragraph) else paragraph.split(" ")
        try:
            lines += _fill_simple(words, limit, widths)
        except KeyError:
            lines += _carry_direction(paragraph, _fill_any(words, limit, bold, zero))
    return tuple(lines)


on_font_change(_word_widths.cache_clear)
on_font_change(wrap.cache_clear)


def _fill_simple(words: list[str], limit: int, widths: _WordWidths) -> list[str]:
    """Break simple text; raises KeyError at the first character that is not simple."""
    space = widths[" "]
    lines: list[str] = []
    line: list[str] = []
    used = -space
    for word in words:
        width = widths[word]
        if used + space + width <= limit:
            line.append(word)
            used += space + width
            continue
        parts = _WITHIN.split(word)
        head = _longest_head(parts, limit - used - space, widths)
        if head:
            line.append("".join(parts[:head]))
        _keep(" ".join(line), lines)
        *full, rest = _broken("".join(parts[head:]), limit, widths)
        lines += full
        line, used = [rest], widths[rest]
    lines.append(" ".join(line).rstrip(" "))
    return lines


def _keep(line: str, lines: list[str]) -> None:
    """Append a full line without the spaces at its end, unless it has nothing else."""
    line = line.rstrip(" ")
    if line:
        lines.append(line)


def _longest_head(parts: list[str], room: float, widths: _WordWidths) -> int:
    """Return how many of the parts of a word, but never all, fit into the room."""
    for count, part in enumerate(parts[:-1]):
        room -= widths[part]
        if room < 0:
            return count
    return len(parts) - 1


def _broken(word: str, limit: int, widths: _WordWidths) -> list[str]:
    """Return a simple word as one line, or as several if it is wider than one."""
    if widths[word] <= limit:
        return [word]
    lines = []
    line, used = "", 0.0
    parts = _WITHIN.split(word)
    for part in parts if len(parts) > 1 and all(widths[p] <= limit for p in parts) else word:
        width = widths[part]
        if line and used + width > limit:
            lines.append(line)
            line, used = "", 0.0
        line += part
        used += width
    return [*lines, line]


def _fill_any(words: list[str], limit: int, bold: bool, zero: bool) -> list[str]:
    """Break text of any script."""

    def measure(text: str) -> float:
        return shape(text, bold, zero).width

    lines: list[str] = []
    line, used = "", 0.0
    for glue, part in _parts(words):
        candidate = line + glue + part
        total = used + measure(glue) + measure(part)
        if total > limit * _NEARLY:
            total = measure(candidate)
        if total > limit:
            _keep(line, lines)
            *full, candidate = _broken_any(part, limit, measure)
            lines += full
            total = measure(candidate)
        line, used = candidate, total
    lines.append(line.rstrip(" "))
    return lines


def _parts(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the parts between which a line may be broken, each with the space before it."""
    for number, word in enumerate(words):
        glue = " " if number else ""
        for piece in _WITHIN.split(word):
            for part in _split_cjk(piece) if _CJK.search(piece) else (piece,):
                yield glue, part
                glue = ""


def _split_cjk(text: str) -> list[str]:
    """Split at the breaks that Chinese and Japanese text allows."""
    parts: list[str] = []
    for cluster in clusters(text):
        last = parts[-1][-1] if parts else ""
        if parts and (not (_CJK.match(cluster) or _CJK.match(last)) or cluster[0] in _NOT_FIRST or last in _NOT_LAST):
            parts[-1] += cluster
        else:
            parts.append(cluster)
    return parts


def _broken_any(part: str, limit: int, measure: Callable[[str], float]) -> list[str]:
    """Return a part as one line, or as several, broken between clusters, if it is wider than one."""
    lines = []
    line = ""
    for cluster in clusters(part) if measure(part) > limit else [part]:
        if line and measure(line + cluster) > limit:
            lines.append(line)
            line = ""
        line += cluster
    return [*lines, line]


def _carry_direction(paragraph: str, lines: list[str]) -> list[str]:
    """Return the lines so that each, set alone, has the direction that it had in the paragraph.

    Isolates and embeddings open at the end of a line are closed there and opened again on the next;
    a line whose own first strong letter points the other way begins with a direction mark.
    """
    if len(lines) < 2 or not needs_levels(paragraph):
        return lines
    base = levels(paragraph)[0]
    carried: list[str] = []
    open_now: list[str] = []
    for line in lines:
        text = "".join(open_now) + line
        for character in line:
            if character in _OPENERS:
                open_now.append(character)
            elif open_now and _OPENERS[open_now[-1]] == character:
                open_now.pop()
        text += "".join(_OPENERS[opener] for opener in reversed(open_now))
        if levels(text)[0] != base:
            text = (RLM if base else LRM) + text
        carried.append(text)
    return carried
