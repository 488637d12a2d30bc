"""A page code that a hand-held scanner typed through a keyboard of another layout, put right again.

Scanners are keyboards ("wedges"): they press the keys that the characters have on a US keyboard, and the computer
reads them with the layout that is set there. ``PM1 K7Q2`` arrives as ``P?& K/A2`` on a French one. The layouts are
tried one after the other, until the text is one whose signature is good: so nothing is guessed.

The tables (``wedge.json``) are made from Debian's xkb-data by ``tools/make_wedge.py``, with Caps Lock as X11 has it
and with the shift lock of Windows. Equal tables are merged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

LONGEST: Final = 600
"""Most characters that are looked at: a claim has 259, of which a layout makes no more than two each."""
_AIM: Final = "]Q1"
"""The prefix that some scanners put before a QR code (ISO/IEC 15424, symbology identifier)."""


@dataclass(frozen=True, slots=True)
class Table:
    """What one or more layouts type, and what was meant."""

    names: tuple[str, ...]
    meant: dict[str, str]

    def put_right(self, typed: str) -> str | None:
        """Return what was meant, or ``None`` if this layout does not type that."""
        out = []
        for character in typed:
            found = self.meant.get(character) or self.meant.get(character.upper())
            if found is None:
                return None
            out.append(found)
        return "".join(out)


@cache
def tables() -> tuple[Table, ...]:
    """Return the tables."""
    data = json.loads((files("papermode.trust") / "wedge.json").read_text("utf-8"))
    return tuple(Table(tuple(t["names"]), dict(zip(t["typed"], t["meant"], strict=True))) for t in data["tables"])


def candidates(typed: str) -> Iterator[str]:
    """Yield what a typed text may have meant: itself, in capitals, and by each layout; each once."""
    text = typed.strip("\r\n\t ")[:LONGEST]
    text = text.removeprefix(_AIM)
    seen = set()
    for found in (text, text.upper(), *(table.put_right(text) for table in tables())):
        if found and found not in seen:
            seen.add(found)
            yield found


def meant(typed: Sequence[str], known: Callable[[str], object]) -> str | None:
    """Return the first candidate that is known, or ``None``.

    Args:
        typed: What arrived, in one or more readings (as characters, and by the keys as a US keyboard has them).
        known: Tells whether a text is one of ours: its signature is good.
    """
    for text in typed:
        for candidate in candidates(text):
            if known(candidate):
                return candidate
    return None
