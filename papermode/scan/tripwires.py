"""Signs on a page that its marks must not be filed without a person looking at it first.

A sticker on a page that is bound to a patient may carry another patient's name: whoever stuck it there took
the page for that patient's. Nothing of it is read; that it is there is enough. So it is with the printed name: it must
be there, whole, and nothing else beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from papermode.geometry import POINT_HMM, Rect
from papermode.model.layout import Text, Zone
from papermode.scan.expected import Ink, expected_ink
from papermode.scan.ink import Darkness, Sheet, without_specks

LABELLED: Final = "there is a label or writing where this patient's page must be empty"
NAME_TOUCHED: Final = "the printed name is covered or written on"

_PIXELS_PER_MM: Final = 5.0
_INK: Final = 0.30
_INSET_MM: Final = 2.0
"""From the zone's frame inwards."""
_WORDS_MM: Final = 8.0
"""The zone's own words ("leave empty") stand in this much of its lower end, which is not watched."""
_SHARE: Final = 0.003
"""Least ink share of a zone that is not empty. A label with three lines of print has 0.03 and more."""

_FINE: Final = 6.0
"""Pixels per mm at which the name is looked at."""
_REACH: Final = 100
"""A line of the name may stand this far from its place, 0.01 mm: no outline near it was measured."""
_LEAST_PIXELS: Final = 4
"""A lower line, a lone stop, stays where it is."""
_NAME_INSET: Final = 50
_NAME_INK: Final = 0.45
"""Darkness of ink that does not belong to the name; a coffee stain stays below."""
_BLUR_MM: Final = 0.35
"""Ink so near to the name's is its blur."""
_LEAST_MM2: Final = 0.30
"""Smaller pieces of ink are dust, also after four photocopies (at most 0.17)."""
_STRANGE_MM2: Final = 0.50
"""More ink than this is writing; one line through a name leaves 1 and more."""
_THERE: Final = 0.25
"""Darkness of a stroke of the name that is there, however little toner it has."""
_CORE: Final = 0.90
"""Coverage of the pixels that are well inside of a stroke."""
_WINDOW_MM: Final = 6.0
"""Two or three letters: as little of the name as a sticker may cover."""
_WINDOW_LEAST_MM2: Final = 1.0
_WHOLE: Final = 0.60
"""Least share of the strokes in a window that are there; the poorest toner leaves 0.80."""


def tripwires(sheet: Sheet, zones: Sequence[Zone], head: tuple[Text, ...], *, bound: bool) -> tuple[str, ...]:
    """Return reasons for review, in words.

    Args:
        sheet: the registered page.
        zones: the layout's watched areas.
        head: the lines printed in the zone of the name; empty if not known, then the name is not looked at.
        bound: whether the page is a patient's; on others a label is wanted.
    """
    if not bound:
        return ()
    why = []
    if any(zone.kind == "label" and _is_used(sheet, zone.rect) for zone in zones):
        why.append(LABELLED)
    if head and any(zone.kind == "name" and _is_touched(sheet, zone.rect, head) for zone in zones):
        why.append(NAME_TOUCHED)
    return tuple(why)


def _is_used(sheet: Sheet, zone: Rect) -> bool:
    inset, words = round(_INSET_MM * 100), round(_WORDS_MM * 100)
    watched = Rect(zone.x + inset, zone.y + inset, zone.w - 2 * inset, zone.h - inset - words)
    if watched.w <= 0 or watched.h <= 0:
        return False
    ink = without_specks(sheet.flat_darkness(watched, _PIXELS_PER_MM) > _INK, _PIXELS_PER_MM)
    return bool(ink.mean() > _SHARE)


def _is_touched(sheet: Sheet, zone: Rect, head: tuple[Text, ...]) -> bool:
    """Tell whether a part of the printed name is not to be seen, or other ink is."""
    area = zone.grown(_REACH)
    dark = sheet.flat_darkness(area, _FINE)
    printed = np.zeros_like(dark)
    for line in head:
        ink = expected_ink((line,), area, _FINE)
        if ink is None:
            return False  # What the system's fonts printed is not known here.
        if line.y - line.size * POINT_HMM / 200 < zone.bottom and ink.any():
            ink = _in_place(ink, dark)
            if not _is_whole(ink, dark):
                return True
        printed = np.maximum(printed, ink)
    return _strange_ink(printed, dark) > _STRANGE_MM2


def _in_place(ink: Ink, dark: Darkness) -> Ink:
    """Return a line's ink moved to where it fits the scan best, within reach."""
    reach = round(_REACH / 100 * _FINE)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    line = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    around = np.pad(dark, reach)[rows[0] : rows[-1] + 1 + 2 * reach, columns[0] : columns[-1] + 1 + 2 * reach]
    # At half the resolution: a sixteenth of the work, and still finer than the blur that is allowed for.
    if min(line.shape) < _LEAST_PIXELS:
        return ink
    half = [cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for picture in (around, line)]
    x, y = cv2.minMaxLoc(cv2.matchTemplate(half[0], half[1], cv2.TM_CCORR_NORMED))[3]
    move = np.array([[1, 0, 2 * x - reach], [0, 1, 2 * y - reach]], np.float32)
    return np.asarray(cv2.warpAffine(ink, move, ink.shape[::-1]), dtype=np.float32)


def _is_whole(ink: Ink, dark: Darkness) -> bool:
    """Tell whether the strokes of a line are there, in every part of it."""
    rows = np.flatnonzero(ink.any(1))
    part = np.s_[rows[0] : rows[-1] + 1]
    core = ink[part] > _CORE
    there = core & (cv2.blur(dark[part], (3, 3)) > _THERE)
    window = np.ones(round(_WINDOW_MM * _FINE))
    wanted, found = (np.convolve(mask.sum(0), window, "valid") for mask in (core, there))
    enough = wanted > _WINDOW_LEAST_MM2 * _FINE**2
    return bool((found[enough] >= _WHOLE * wanted[enough]).all())


def _strange_ink(printed: Ink, dark: Darkness) -> float:
    """Return the ink in mm² that is neither the name nor its blur nor dust."""
    blur = round(_BLUR_MM * _FINE)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * blur + 1, 2 * blur + 1))
    near = cv2.dilate((printed > 0.1).astype(np.uint8), brush).astype(bool)
    edge = round((_REACH + _NAME_INSET) / 100 * _FINE)
    inside = np.s_[edge:-edge, edge:-edge]
    strange = ((dark > _NAME_INK) & ~near)[inside]
    _, _, stats, _ = cv2.connectedComponentsWithStats(strange.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA] / _FINE**2
    return float(areas[areas > _LEAST_MM2].sum())
