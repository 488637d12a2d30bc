"""Signs on a page that its marks must not be filed without a person looking at it first.

A sticker on a page that is bound to a patient may carry another patient's name: whoever stuck it there took
the page for that patient's. Nothing of it is read; that it is there is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from papermode.geometry import Rect
from papermode.model.layout import Zone
from papermode.scan.ink import Sheet, darkness
from papermode.scan.sampling import rectify

_PIXELS_PER_MM: Final = 5.0
_INK: Final = 0.30
_INSET_MM: Final = 2.0
"""From the zone's frame inwards."""
_WORDS_MM: Final = 8.0
"""The zone's own words ("leave empty") stand in this much of its lower end, which is not watched."""
_SHARE: Final = 0.003
"""Least ink share of a zone that is not empty. A label with three lines of print has 0.03 and more."""


def tripwires(sheet: Sheet, zones: Sequence[Zone], *, bound: bool) -> tuple[str, ...]:
    """Return reasons for review, in words.

    Args:
        sheet: the registered page.
        zones: the layout's watched areas.
        bound: whether the page is a patient's; on others a label is wanted.
    """
    labelled = bound and any(zone.kind == "label" and _is_used(sheet, zone.rect) for zone in zones)
    return ("there is a label or writing where this patient's page must be empty",) if labelled else ()


def _is_used(sheet: Sheet, zone: Rect) -> bool:
    inset, words = round(_INSET_MM * 100), round(_WORDS_MM * 100)
    watched = Rect(zone.x + inset, zone.y + inset, zone.w - 2 * inset, zone.h - inset - words)
    if watched.w <= 0 or watched.h <= 0:
        return False
    values = rectify(sheet.gray, sheet.registered.registration, watched, _PIXELS_PER_MM)
    paper = rectify(sheet.paper, sheet.paper_registration, watched, _PIXELS_PER_MM)
    return bool((darkness(values, paper, sheet.registered.levels[0]) > _INK).mean() > _SHARE)
