"""The ink that printed lines of text should have left: drawn from the outlines of the bundled fonts.

What is drawn here is what :mod:`papermode.printing` shows: the same shaping, the same places. Text in a font of the
system is not drawn, because the machine that reads may have another one than the machine that printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from math import comb
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import POINT_HMM, Rect
from papermode.model.layout import Text
from papermode.typeset.fonts import BUNDLED, Face
from papermode.typeset.runs import GlyphRun
from papermode.typeset.shaping import face, shape

Ink = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

_FINER: Final = 2
"""Outlines are filled at this many times the resolution asked for."""
_BITS: Final = 6
"""OpenCV's fixed-point bits for places finer than a pixel."""
_STEPS: Final = 6
"""Straight pieces that a curve becomes."""


@lru_cache(maxsize=256)
def expected_ink(lines: tuple[Text, ...], area: Rect, pixels_per_mm: float) -> Ink | None:
    """Draw lines of text.

    Args:
        lines: the lines, left-aligned.
        area: the part of the page to draw, 0.01 mm; what is outside is left out.
        pixels_per_mm: resolution of the result.

    Returns:
        Coverage 0 to 1, of the size that :func:`papermode.scan.sampling.rectify` gives; ``None`` where a character
        is in none of the bundled fonts.
    """
    columns, rows = (max(round(v / 100 * pixels_per_mm), 1) for v in (area.w, area.h))
    winding = np.zeros((rows * _FINER, columns * _FINER), np.int16)
    for line in lines:
        shaped = shape(line.text, line.bold, line.zero)
        if any(run.boxed or face(run.face_key).path.parent != BUNDLED for run in shaped.runs):
            return None
        x, em = float(line.x - area.x), line.size * POINT_HMM / 100
        for run in shaped.runs:
            for contour in _contours(run, x, float(line.y - area.y), em):
                _wind(winding, contour * (_FINER * pixels_per_mm / 100))
            x += run.width * em / 1000
    ink = (winding != 0).astype(np.float32)
    return np.asarray(cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _contours(run: GlyphRun, x: float, y: float, em: float) -> Iterator[Points]:
    """Yield the outlines of a run whose origin is at (x, y), 0.01 mm, y down."""
    own = face(run.face_key)
    for n, gid in enumerate(run.gids):
        advance, dx, dy = run.positions[n] if run.positions else (own.advance(gid), 0.0, 0.0)
        for outline in _outlines(own, gid):
            yield outline * (em / 1000, -em / 1000) + (x + dx * em / 1000, y - dy * em / 1000)
        x += advance * em / 1000


@lru_cache(maxsize=4096)
def _outlines(own: Face, gid: int) -> tuple[Points, ...]:
    """Return the closed outlines of a glyph, 1/1000 em, y up."""
    pen = _Pen()
    own.hb_font.draw_glyph_with_pen(gid, pen)
    return tuple(np.array(outline) * own.scale for outline in pen.outlines if len(outline) > 2)


class _Pen:
    """Takes the outlines of a glyph as HarfBuzz hands them over, and makes polygons of them."""

    def __init__(self) -> None:
        self.outlines: list[list[tuple[float, float]]] = []

    def moveTo(self, to: tuple[float, float]) -> None:  # noqa: N802 (HarfBuzz calls it so, as the next four)
        self.outlines.append([to])

    def lineTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self.outlines[-1].append(to)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._curve(points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._curve(points)

    def closePath(self) -> None:  # noqa: N802
        """A polygon is closed anyway."""

    def _curve(self, points: Sequence[tuple[float, float]]) -> None:
        """Append points of a Bézier curve."""
        controls = np.array([self.outlines[-1][-1], *points])
        self.outlines[-1] += (_bernstein(len(points)) @ controls).tolist()


@cache
def _bernstein(degree: int) -> Points:
    """Return the weights of a Bézier curve's control points at even steps after its start."""
    t = np.linspace(0, 1, _STEPS + 1)[1:]
    return np.stack([comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)], axis=1)


def _wind(winding: npt.NDArray[np.int16], contour: Points) -> None:
    """Add the winding of one outline, in place: overlapping strokes of a letter are ink, counters are not."""
    low, high = np.floor(contour.min(0)).astype(int) - 1, np.ceil(contour.max(0)).astype(int) + 2
    low, high = np.maximum(low, 0), np.minimum(high, winding.shape[::-1])
    if (high <= low).any():
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    points = np.round((contour - low - 0.5) * (1 << _BITS)).astype(np.int32)
    cv2.fillPoly(mask, [points], 1, cv2.LINE_8, _BITS)
    x, y = contour.T
    area = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    winding[low[1] : high[1], low[0] : high[0]] += mask.astype(np.int16) * (1 if area > 0 else -1)
