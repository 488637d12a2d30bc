"""papermode's fonts for the other contenders: the same faces for all."""

from __future__ import annotations

from pathlib import Path

import papermode.typeset

FOLDER = Path(papermode.typeset.__file__).parent / "fonts"
FONTS = {
    f"{name}-{weight}": FOLDER / f"{stem}-{weight}.ttf"
    for name, stem in (("Sans", "sans"), ("Arabic", "arab"), ("Devanagari", "deva"), ("Thai", "thai"))
    for weight in ("R", "B")
}
_BLOCKS = (("Arabic", 0x600, 0x6FF), ("Devanagari", 0x900, 0x97F), ("Thai", 0xE00, 0xE7F))


def font_of(text: str, *, bold: bool) -> str:
    """Return the face for a text, by its first letter of another script; for those who cannot fall back themselves."""
    for character in () if text.isascii() else text:
        for name, first, last in _BLOCKS:
            if first <= ord(character) <= last:
                return f"{name}-{'B' if bold else 'R'}"
    return f"Sans-{'B' if bold else 'R'}"
