"""Nothing is printed inside a box or within 1.5 mm of it (DESIGN 3): checked on every finished layout.

Reading marks depends on it: print near a box would be taken for ink, and a label too near for a circle
around the mark.
"""

from __future__ import annotations

from collections.abc import Iterator

from papermode.geometry import POINT_HMM, Hmm, Rect
from papermode.model.layout import CLEARANCE, Box, Line, Text
from papermode.plan.builder import Builder
from papermode.plan.items import DESCENDERS
from papermode.typeset.wrap import text_width

TOLERANCE: Hmm = 6
CAP, DESCENT = 0.72, 0.24
"""Height above and depth below the baseline, of the em."""
CROP_CLEARANCE: Hmm = 0
"""Areas for free writing are looked at by people: print may stand beside them, not in them."""


def text_rect(text: Text) -> Rect:
    """Return the area that a line of text inks."""
    em = text.size * POINT_HMM / 100
    width = text_width(text.text, text.size, bold=text.bold)
    x = {"left": text.x, "center": text.x - width // 2, "right": text.x - width}[text.align]
    depth = DESCENT if any(c in DESCENDERS for c in text.text) else 0.02
    return Rect(x, text.y - round(CAP * em), width, round((CAP + depth) * em))


def faults(b: Builder) -> Iterator[str]:
    """Go through everything printed too near to a box, in words. Call it before the boxes' own outlines are drawn."""
    inked = [(f"the words “{t.text}”", text_rect(t)) for t in b.texts]
    inked += [("a line", _line_rect(line)) for line in b.lines]
    outlines = [(_name(box), box.rect) for box in b.boxes]
    ink_edges, box_edges = ([(r.x, r.y, r.right, r.bottom) for _, r in found] for found in (inked, outlines))
    for box, (name, rect_) in zip(b.boxes, outlines, strict=True):
        clear = CROP_CLEARANCE if box.kind == "crop" else CLEARANCE
        keep = rect_.grown(clear - TOLERANCE)
        for i in _overlapped(keep, ink_edges):
            yield f"{inked[i][0]} is nearer than {clear / 100} mm to {name}"
        for i in _overlapped(keep, box_edges):
            if b.boxes[i] is not box:
                yield f"{outlines[i][0]} is nearer than {clear / 100} mm to {name}"


def _overlapped(rect: Rect, edges: list[tuple[Hmm, Hmm, Hmm, Hmm]]) -> list[int]:
    """Return which rectangles (left, top, right, bottom) share area with ``rect``: of a million pairs, few do."""
    left, top, right, bottom = rect.x, rect.y, rect.right, rect.bottom
    return [n for n, (x1, y1, x2, y2) in enumerate(edges) if x1 < right and left < x2 and y1 < bottom and top < y2]


def _line_rect(line: Line) -> Rect:
    x, y = min(line.x1, line.x2), min(line.y1, line.y2)
    half = max(1, line.width // 2)
    return Rect(x - half, y - half, abs(line.x2 - line.x1) + 2 * half, abs(line.y2 - line.y1) + 2 * half)


def _name(box: Box) -> str:
    place = "".join(f" {word} {n}" for word, n in (("row", box.row), ("column", box.column)) if n is not None)
    return f"box {box.link_id}{f'={box.value}' if box.value else ''}{place}"
