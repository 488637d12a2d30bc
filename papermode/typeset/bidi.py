"""The Unicode bidirectional algorithm: embedding levels and their reordering (UAX #9, Unicode 15.0).

Written here because no Python library gives correct levels with isolates; tested against all lines
of Unicode's ``BidiCharacterTest.txt``. The names of the rules (X1–X10, W1–W7, N0–N2, I1–I2, L1–L2)
are those of the standard.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, TypeVar

Base = Literal["auto", "ltr", "rtl"]
"""Direction of a paragraph: by its first strong character, or given."""

FSI: Final = "\u2068"
LRI: Final = "\u2066"
RLI: Final = "\u2067"
PDI: Final = "\u2069"
LRM: Final = "\u200e"
RLM: Final = "\u200f"
CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that steer the algorithm and are never drawn."""

LEFT_TO_RIGHT_CONTROLS: Final = frozenset({LRM, LRI, FSI, PDI})
"""Those without effect where nothing runs from right to left."""

_MAX_DEPTH: Final = 125
_MAX_BRACKETS: Final = 63
_ISOLATES: Final = frozenset({"LRI", "RLI", "FSI"})
_EMBEDDINGS: Final = {"RLE": (1, None), "LRE": (0, None), "RLO": (1, "R"), "LRO": (0, "L")}
_REMOVED: Final = frozenset({"RLE", "LRE", "RLO", "LRO", "PDF", "BN"})
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"})
_TRAILING: Final = frozenset({"WS", "LRI", "RLI", "FSI", "PDI"})
_STRONG_AS: Final = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
_NEEDS: Final = frozenset({"R", "AL", "AN"}) | _ISOLATES | _REMOVED - {"BN"}

# BidiBrackets.txt, Unicode 15.0: opening and closing brackets; U+2329/232A are canonically U+3008/3009.
_OPENING: Final = "([{༺༼᚛⁅⁽₍⌈⌊⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦑⦓⦕⦗⧘⧚⧼⸢⸤⸦⸨⹕⹗⹙⹛〈《「『【〔〖〘〚﹙﹛﹝（［｛｟｢❨❪❬❮❰❲❴⟅⦍⦏"
_CLOSING: Final = ")]}༻༽᚜⁆⁾₎⌉⌋⟧⟩⟫⟭⟯⦄⦆⦈⦊⦌⦒⦔⦖⦘⧙⧛⧽⸣⸥⸧⸩⹖⹘⹚⹜〉》」』】〕〗〙〛﹚﹜﹞）］｝｠｣❩❫❭❯❱❳❵⟆⦐⦎"
_PAIRS: Final = dict(zip(_OPENING, _CLOSING, strict=True))
_CLOSERS: Final = frozenset(_CLOSING)
_CANONICAL: Final = {"\u2329": "\u3008", "\u232a": "\u3009"}

T = TypeVar("T")


def needs_levels(text: str) -> bool:
    """Tell whether a left-to-right paragraph of ``text`` has anything but level 0."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in _NEEDS for c in text)


def isolate(value: str) -> str:
    """Return ``value`` between FSI and PDI, so that the text around it cannot reorder it.

    Without it a dose range beside a right-to-left name is reversed: "5-10 mg" is drawn "10-5 mg".
    """
    return f"{FSI}{value}{PDI}"


def levels(text: str, base: Base = "auto") -> tuple[int, list[int | None]]:
    """Return the paragraph's level and the level of every character (rules P2 to L1).

    Args:
        text: one paragraph, in logical order.
        base: direction of the paragraph.

    Returns:
        0 (left to right) or 1, and per character its level, or None for one removed by rule X9.
    """
    classes = [unicodedata.bidirectional(c) or "L" for c in text]
    matches = _match_isolates(classes)
    paragraph = {"ltr": 0, "rtl": 1}.get(base, -1)
    if paragraph < 0:
        paragraph = _first_strong(classes, matches, 0, len(classes))
    found, types = _explicit(classes, matches, paragraph)
    # All sequences look at the explicit levels of their neighbours: collect them before the first is resolved.
    sequences = [
        _Sequence.of(at, text, classes, types, found, paragraph, matches) for at in _sequences(classes, found, matches)
    ]
    for sequence in sequences:
        sequence.resolve(found)
    _reset_whitespace(classes, found, paragraph)
    return paragraph, found


def reorder(items: Sequence[T], item_levels: Sequence[int]) -> list[T]:
    """Return items of a line in visual order, left to right (rule L2)."""
    order = list(range(len(items)))
    for level in range(max(item_levels, default=0), 0, -1):
        start = 0
        for high, group in groupby(order, key=lambda i: item_levels[i] >= level):
            size = len(list(group))
            if high:
                order[start : start + size] = order[start : start + size][::-1]
            start += size
    return [items[i] for i in order]


def _match_isolates(classes: list[str]) -> dict[int, int]:
    """Return initiator -> PDI and PDI -> initiator (BD9)."""
    matches: dict[int, int] = {}
    stack: list[int] = []
    for i, kind in enumerate(classes):
        if kind in _ISOLATES:
            stack.append(i)
        elif kind == "PDI" and stack:
            opening = stack.pop()
            matches[opening], matches[i] = i, opening
        elif kind == "B":
            stack.clear()
    return matches


def _first_strong(classes: list[str], matches: dict[int, int], start: int, end: int) -> int:
    """Return the level of the first strong character outside isolates, 0 if there is none (P2, P3)."""
    i = start
    while i < end:
        kind = classes[i]
        if kind in ("L", "R", "AL"):
            return int(kind != "L")
        i = matches.get(i, end) + 1 if kind in _ISOLATES else i + 1
    return 0


@dataclass(slots=True)
class _Status:
    """The directional status stack and its counters (X1)."""

    stack: list[tuple[int, str | None, bool]]
    overflow_isolates: int = 0
    overflow_embeddings: int = 0
    valid_isolates: int = 0

    def open(self, odd: int, override: str | None, isolate: bool) -> None:
        """Push an embedding or isolate at the next odd or even level (X2-X5c)."""
        level = self.stack[-1][0]
        level = (level + 1) | 1 if odd else (level + 2) & ~1
        if level <= _MAX_DEPTH and not self.overflow_isolates and not self.overflow_embeddings:
            self.valid_isolates += isolate
            self.stack.append((level, override, isolate))
        elif isolate:
            self.overflow_isolates += 1
        elif not self.overflow_isolates:
            self.overflow_embeddings += 1

    def close_isolate(self) -> None:
        """End the innermost isolate and all embeddings in it (X6a)."""
        if self.overflow_isolates:
            self.overflow_isolates -= 1
        elif self.valid_isolates:
            self.overflow_embeddings = 0
            while not self.stack[-1][2]:
                self.stack.pop()
            self.stack.pop()
            self.valid_isolates -= 1

    def close_embedding(self) -> None:
        """End the innermost embedding (X7)."""
        if self.overflow_isolates:
            return
        if self.overflow_embeddings:
            self.overflow_embeddings -= 1
        elif not self.stack[-1][2] and len(self.stack) > 1:
            self.stack.pop()


def _explicit(classes: list[str], matches: dict[int, int], paragraph: int) -> tuple[list[int | None], list[str]]:
    """Return explicit levels (None = removed) and classes after overrides (X1-X9)."""
    found: list[int | None] = []
    types = list(classes)
    status = _Status([(paragraph, None, False)])
    for i, kind in enumerate(classes):
        if kind in _EMBEDDINGS:
            status.open(*_EMBEDDINGS[kind], isolate=False)
        elif kind == "PDF":
            status.close_embedding()
        elif kind == "B":
            status = _Status([(paragraph, None, False)])
        elif kind == "PDI":
            status.close_isolate()
        level, override, _ = status.stack[-1]
        found.append(None if kind in _REMOVED else level)
        if override and kind not in _REMOVED and kind != "B":
            types[i] = override
        if kind in _ISOLATES:
            odd = kind == "RLI"
            if kind == "FSI":
                odd = bool(_first_strong(classes, matches, i + 1, matches.get(i, len(classes))))
            status.open(int(odd), None, isolate=True)
    return found, types


def _sequences(classes: list[str], found: list[int | None], matches: dict[int, int]) -> list[list[int]]:
    """Return the isolating run sequences as lists of positions (BD13, X10)."""
    kept = [i for i, level in enumerate(found) if level is not None]
    runs = [list(group) for _, group in groupby(kept, key=lambda i: found[i])]
    by_start = {run[0]: run for run in runs}
    sequences = []
    for run in runs:
        if classes[run[0]] == "PDI" and run[0] in matches:
            continue  # continues the sequence of its initiator
        sequence = list(run)
        while classes[sequence[-1]] in _ISOLATES and sequence[-1] in matches:
            sequence += by_start[matches[sequence[-1]]]
        sequences.append(sequence)
    return sequences


@dataclass(slots=True)
class _Sequence:
    """One isolating run sequence; ``types`` are resolved in place by the W and N rules."""

    at: list[int]
    text: str
    original: list[str]
    types: list[str]
    level: int
    sos: str
    eos: str

    @classmethod
    def of(
        cls,
        at: list[int],
        text: str,
        classes: list[str],
        types: list[str],
        found: list[int | None],
        paragraph: int,
        matches: dict[int, int],
    ) -> _Sequence:
        """Collect the sequence at the positions ``at``, with the directions at its ends (X10)."""
        level = found[at[0]] or 0
        before = next((v for v in reversed(found[: at[0]]) if v is not None), paragraph)
        after = paragraph
        if not (classes[at[-1]] in _ISOLATES and at[-1] not in matches):
            after = next((v for v in found[at[-1] + 1 :] if v is not None), paragraph)
        return cls(
            at,
            text,
            [classes[i] for i in at],
            [types[i] for i in at],
            level,
            "LR"[max(level, before) & 1],
            "LR"[max(level, after) & 1],
        )

    def resolve(self, found: list[int | None]) -> None:
        """Apply the rules and write the levels (I1, I2)."""
        self._weak()
        if not _NEUTRAL.isdisjoint(self.types):
            self._brackets()
            self._neutral()
        for i, kind in zip(self.at, self.types, strict=True):
            if self.level & 1:
                found[i] = self.level + (kind != "R")
            else:
                found[i] = self.level + {"R": 1, "L": 0}.get(kind, 2)

    def _weak(self) -> None:
        """W1-W7."""
        types = self.types
        previous, strong = self.sos, self.sos
        for i, kind in enumerate(types):
            if kind == "NSM":  # W1
                kind = "ON" if previous in _ISOLATES or previous == "PDI" else previous
            previous = kind
            if kind in ("L", "R", "AL"):
                strong = kind
            elif kind == "EN" and strong == "AL":  # W2
                kind = "AN"
            types[i] = kind
        types[:] = ["R" if kind == "AL" else kind for kind in types]  # W3
        for i in range(1, len(types) - 1):  # W4
            before, kind, after = types[i - 1 : i + 2]
            if before == after and ((kind in ("ES", "CS") and before == "EN") or (kind == "CS" and before == "AN")):
                types[i] = before
        self._terminators()
        strong = self.sos
        for i, kind in enumerate(types):  # W7
            if kind in ("L", "R"):
                strong = kind
            elif kind == "EN" and strong == "L":
                types[i] = "L"

    def _terminators(self) -> None:
        """W5: terminators beside European numbers become such; W6: the other separators become neutral."""
        types = self.types
        start = 0
        for kind, group in groupby(list(types)):
            end = start + len(list(group))
            if kind == "ET":
                near = "EN" in (types[start - 1] if start else "", types[end] if end < len(types) else "")
                types[start:end] = ["EN" if near else "ON"] * (end - start)
            elif kind in ("ES", "CS"):
                types[start:end] = ["ON"] * (end - start)
            start = end

    def _pairs(self) -> list[tuple[int, int]]:
        """Return the bracket pairs in order of their opening brackets (BD16)."""
        stack: list[tuple[str, int]] = []
        pairs = []
        for i, kind in enumerate(self.types):
            if kind != "ON":
                continue
            character = _CANONICAL.get(self.text[self.at[i]], self.text[self.at[i]])
            if character in _PAIRS:
                if len(stack) == _MAX_BRACKETS:
                    return []
                stack.append((_PAIRS[character], i))
            elif character in _CLOSERS:
                depth = next((d for d in range(len(stack) - 1, -1, -1) if stack[d][0] == character), -1)
                if depth >= 0:
                    pairs.append((stack[depth][1], i))
                    del stack[depth:]
        return sorted(pairs)

    def _brackets(self) -> None:
        """N0."""
        types = self.types
        own = "LR"[self.level & 1]
        for opening, closing in self._pairs():
            inside = {_STRONG_AS[t] for t in types[opening + 1 : closing] if t in _STRONG_AS}
            if own in inside:
                direction = own
            elif inside:
                direction = next((_STRONG_AS[t] for t in reversed(types[:opening]) if t in _STRONG_AS), self.sos)
            else:
                continue
            for bracket in (opening, closing):
                types[bracket] = direction
                for i in range(bracket + 1, len(types)):
                    if self.original[i] != "NSM":
                        break
                    types[i] = direction

    def _neutral(self) -> None:
        """N1, N2."""
        types = self.types
        start = 0
        before = self.sos
        for neutral, group in groupby(list(types), key=_NEUTRAL.__contains__):
            size = len(list(group))
            end = start + size
            if neutral:
                after = _STRONG_AS[types[end]] if end < len(types) else self.eos
                types[start:end] = [before if before == after else "LR"[self.level & 1]] * size
            else:
                before = _STRONG_AS[types[end - 1]]
            start = end


def _reset_whitespace(classes: list[str], found: list[int | None], paragraph: int) -> None:
    """L1: separators, and white space before them or at the end, take the paragraph's level."""
    trailing = True
    for i in range(len(classes) - 1, -1, -1):
        kind = classes[i]
        if kind in ("B", "S"):
            trailing = True
        elif kind not in _TRAILING and kind not in _REMOVED:
            trailing = False
        if trailing and found[i] is not None:
            found[i] = paragraph
