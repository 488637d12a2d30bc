"""Boxes that something lies on: a sticker or a note hides what was marked, and looks like an empty box.

Where a printed outline is missing, nobody knows what is under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from papermode.model.layout import Box, Key
from papermode.scan.ink import Sheet
from papermode.scan.outlines import Outlines, measure

_REACH_MM: Final = 0.6


def hidden_questions(sheet: Sheet, boxes: Sequence[Box]) -> frozenset[Key]:
    """Return the questions of marks and combs of which an outline is not where the registration has it.

    A page of which all outlines were found when it was registered is not looked at again.

    Args:
        sheet: the registered page.
        boxes: the layout's boxes.
    """
    registered = sheet.registered
    outlined = [box for box in boxes if box.kind in ("mark", "comb")]
    complete = registered.fit.anchors_found == registered.fit.anchors_total
    if not outlined or (complete and len(outlined) <= registered.fit.anchors_total):
        return frozenset()
    outlines = Outlines.of([box.rect for box in outlined])
    _, found = measure(sheet.gray, registered.registration, outlines, registered.levels, _REACH_MM)
    return frozenset(box.key for box, here in zip(outlined, np.asarray(found), strict=True) if not here)
