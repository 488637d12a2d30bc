"""Lengths, points and rectangles of a page, and paper sizes.

All geometry of papermode is in **hundredths of a millimetre as integers** (type :data:`Hmm`), origin
at the top left of the page, y downwards. Integers make layouts hashable and exact: ``30 + 3 * 6.1``
and ``30 + 6.1 + 6.1 + 6.1`` are different floats. The only other units of the program are PDF points
(in ``printing``) and pixels (in ``scan`` and ``simulate``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Hmm = int
"""A length in 0.01 mm."""

POINT_HMM: Final = 2540 / 72
"""One PDF point in 0.01 mm."""


def mm(value: float) -> Hmm:
    """Return ``value`` millimetres on the 0.01 mm grid."""
    return round(value * 100)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; for a stroked box it is the centre line of the stroke."""

    x: Hmm
    y: Hmm
    w: Hmm
    h: Hmm

    @property
    def right(self) -> Hmm:
        """The x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> Hmm:
        """The y of the lower edge."""
        return self.y + self.h

    @property
    def corners(self) -> tuple[tuple[Hmm, Hmm], ...]:
        """The corners: top left, top right, bottom right, bottom left."""
        return (self.x, self.y), (self.right, self.y), (self.right, self.bottom), (self.x, self.bottom)

    def moved(self, dx: Hmm, dy: Hmm) -> Rect:
        """Return the rectangle moved by (dx, dy)."""
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def grown(self, by: Hmm) -> Rect:
        """Return the rectangle with every edge moved outwards by ``by`` (inwards if negative)."""
        return Rect(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def overlaps(self, other: Rect) -> bool:
        """Tell whether the two share any area (touching edges do not count)."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def contains(self, other: Rect) -> bool:
        """Tell whether ``other`` lies wholly inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def as_list(self) -> list[int]:
        """Return ``[x, y, w, h]`` as the manifest writes it."""
        return [self.x, self.y, self.w, self.h]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper size, portrait."""

    name: str
    w: Hmm
    h: Hmm


A4: Final = Paper("A4", 21000, 29700)
LETTER: Final = Paper("Letter", 21590, 27940)
PAPERS: Final[dict[str, Paper]] = {"a4": A4, "letter": LETTER}
