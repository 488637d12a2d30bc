"""What people stick and stamp on pages and write where there is no box: labels, sticky notes, words in the margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from papermode.geometry import Rect
from papermode.simulate import pens
from papermode.simulate.paint import Gray, lay_ink, low_frequency
from papermode.simulate.sheet import Sheet, Target
from papermode.simulate.words import line_of_words
from papermode.symbols.code128 import code128

_FINE: Final = 12.0
"""Pixels per mm of a label's own picture."""
_LABEL_MM: Final = ((50.0, 25.0), (62.0, 29.0), (70.0, 32.0))
"""Sizes of patient labels."""
_NAMES: Final = ("DOE, JANE", "MUSTER, MAX", "BLOGGS, JOSEPH", "ROSSI, MARIA")
_NOTE_MM: Final = (76.0, 76.0)
_FONT_HEIGHT: Final = 22.0
"""Pixels of OpenCV's letters at scale 1."""
_DARK: Final = 128
_PRINT: Final = 0.02
"""Share of print in a space that people still call free."""


@dataclass(frozen=True, slots=True)
class Sticker:
    """A white patient label with print and a bar code, stuck over something."""

    target: Target

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Stick it on."""
        size = _LABEL_MM[int(rng.integers(len(_LABEL_MM)))]
        rect = sheet.aim(self.target, rng)
        _stick(sheet, _label(size, rng), _beside(rect, rng), np.radians(rng.normal(0, 2.5)))


@dataclass(frozen=True, slots=True)
class Note:
    """A sticky note with a few words, over something."""

    target: Target = "fields"

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Stick it on."""
        rect = sheet.aim(self.target, rng)
        _stick(sheet, _note(rng), _beside(rect, rng), np.radians(rng.normal(0, 5)))


@dataclass(frozen=True, slots=True)
class MarginNotes:
    """Words written where there is no box: along the edges and in free parts of the page."""

    count: tuple[int, int] = (3, 8)

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Write them."""
        width, height = sheet.size
        pen = pens.any_pen(rng)
        for _ in range(int(rng.integers(self.count[0], self.count[1] + 1))):
            tall = rng.uniform(1.6, 3.0)
            for _ in range(40):
                long = rng.uniform(15, 60)
                x, y = rng.uniform(4, max(width - long - 4, 5)), rng.uniform(10, height - 6)
                space = Rect(*(round(v * 100) for v in (x, y - 2.2 * tall, long, 3.4 * tall)))
                if _free(sheet, space):
                    _write(sheet, (x, y), long, tall, pen, rng)
                    break


@dataclass(frozen=True, slots=True)
class Stamp:
    """A rubber stamp: a frame and words in one size, unevenly inked, over something."""

    target: Target = "fields"

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Stamp the sheet."""
        width, height = rng.uniform(30, 55), rng.uniform(12, 22)
        rect = sheet.aim(self.target, rng)
        # An edge or a corner of the frame, not its empty middle, lies near the target.
        along, down = rng.choice([-0.5, 0.5]) * width, rng.uniform(-0.5, 0.5) * height
        middle = ((rect.x + rect.w / 2) / 100 + along, (rect.y + rect.h / 2) / 100 + down)
        size = round(max(width, height) * 1.3 * _FINE)
        picture = np.zeros((size, size), np.uint8)
        x0, y0 = round(size / 2 - width / 2 * _FINE), round(size / 2 - height / 2 * _FINE)
        x1, y1 = size - x0, size - y0
        cv2.rectangle(picture, (x0, y0), (x1, y1), 255, max(round(rng.uniform(0.5, 1.0) * _FINE), 1), cv2.LINE_AA)
        high = height * _FINE / 3 / _FONT_HEIGHT
        for row, words in enumerate(("RECEIVED", "WARD 4W")):
            at = (x0 + round(2 * _FINE), y0 + round((row + 1) * height * _FINE / 2.3))
            cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, high, 255, round(0.7 * _FINE), cv2.LINE_AA)
        turn = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(-15, 15), 1.0)
        cover = cv2.warpAffine(picture, turn, (size, size)).astype(np.float32) / 255
        cover *= 0.5 + 0.5 * low_frequency(cover.shape, round(6 * _FINE), rng)
        lay_ink(sheet.picture, sheet.scale, middle, cover, _FINE, rng.uniform(0.2, 0.5))


def _free(sheet: Sheet, space: Rect) -> bool:
    """Tell whether a space holds nothing that is read or watched (boxes, codes, squares, zones) and little print."""
    if sheet.layout is None:
        return space.right < 1800 or space.x > sheet.size[0] * 100 - 1800
    watched = [b.rect for b in sheet.layout.boxes] + [c.rect for c in sheet.layout.codes] + sheet.squares()
    watched += [z.rect for z in sheet.layout.zones]
    if any(space.overlaps(rect.grown(200)) for rect in watched):
        return False
    left, top, right, bottom = (round(v / 100 * sheet.scale) for v in (space.x, space.y, space.right, space.bottom))
    return bool((sheet.picture[top:bottom, left:right] < _DARK).mean() < _PRINT)


def _write(
    sheet: Sheet, start: tuple[float, float], long: float, tall: float, pen: pens.Pen, rng: np.random.Generator
) -> None:
    for stroke in line_of_words(rng, long, tall):
        pens.draw(sheet.picture, sheet.scale * 25.4, *pens.centred([stroke + start]), pen, rng)


def _beside(rect: Rect, rng: np.random.Generator) -> tuple[float, float]:
    """Return where the middle of something lies that is stuck on by hand: inside of its target."""
    return rng.uniform(rect.x, rect.right) / 100, rng.uniform(rect.y, rect.bottom) / 100


def _label(size: tuple[float, float], rng: np.random.Generator) -> Gray:
    """Return a patient label as it comes out of the label printer."""
    width, height = (round(v * _FINE) for v in size)
    label = np.full((height, width), 250, np.uint8)
    name = _NAMES[int(rng.integers(len(_NAMES)))]
    number = f"{int(rng.integers(10**7)):07d}"
    lines = (
        name,
        f"{int(rng.integers(1930, 2020))}-0{int(rng.integers(1, 10))}-1{int(rng.integers(10))}  F",
        f"MRN {number}",
    )
    for i, line in enumerate(lines):
        at = (round(2.5 * _FINE), round((5 + 4.6 * i) * _FINE))
        cv2.putText(
            label, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.105 * _FINE, 20, max(round(0.28 * _FINE), 1), cv2.LINE_AA
        )
    bars = code128(number)
    module = 0.33 * _FINE
    x = 2.5 * _FINE
    for i, bar in enumerate(bars):
        if i % 2 == 0:
            label[round(16.5 * _FINE) : height - round(1.5 * _FINE), round(x) : round(x + bar * module)] = 20
        x += bar * module
    return label


def _note(rng: np.random.Generator) -> Gray:
    """Return a sticky note: tinted, shaded towards its glue, written on."""
    width, height = (round(v * _FINE) for v in _NOTE_MM)
    shade = np.linspace(0, 1, height)[:, None] ** 2 * rng.uniform(0, 14)
    note = np.broadcast_to(rng.uniform(205, 238) - shade, (height, width)).astype(np.uint8).copy()
    pen = pens.any_pen(rng)
    for i in range(int(rng.integers(2, 6))):
        for stroke in line_of_words(rng, _NOTE_MM[0] - 14, 3.0):
            place = stroke + np.array([6, 14 + 11 * i])
            pens.draw(note, _FINE * 25.4, *pens.centred([place]), pen, rng)
    return note


def _stick(sheet: Sheet, paper: Gray, middle: tuple[float, float], angle: float) -> None:
    """Stick a piece of paper on the sheet, with the thin shadow of its edge."""
    ratio = sheet.scale / _FINE
    height, width = paper.shape
    c, s = ratio * np.cos(angle), ratio * np.sin(angle)
    x, y = middle[0] * sheet.scale, middle[1] * sheet.scale
    place = np.array([[c, -s, x - (c * width - s * height) / 2], [s, c, y - (s * width + c * height) / 2]])
    corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)])
    sheet.hide(corners @ place.T / sheet.scale)
    size = sheet.picture.shape[::-1]
    solid = np.full(paper.shape, 255, np.uint8)
    offset = place.copy()
    offset[:, 2] += 0.25 * sheet.scale
    cover, shadow = (
        cv2.warpAffine(solid, at, size, flags=cv2.INTER_LINEAR) / np.float32(255) for at in (place, offset)
    )
    laid = cv2.warpAffine(paper, place, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    under = sheet.picture * (1 - 0.3 * cv2.GaussianBlur(shadow, (0, 0), 0.25 * sheet.scale))
    sheet.picture = (under * (1 - cover) + laid * cover).astype(np.uint8)
