"""A sheet of paper on its way from the printer to the scanner, and where its points have gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import cv2
import numpy as np

from papermode.geometry import Rect
from papermode.model.layout import CORNER_SIZE, Box, Layout
from papermode.simulate.paint import Floats, Gray, Points

Map = Callable[[Points], Points]
"""Points (N x 2) to points."""
Displacement = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Columns x and rows y in mm (they broadcast to the page) to shifts in mm: what is seen at (x, y) was at
(x + dx, y + dy)."""
Target = Literal["code", "square", "name", "label", "fields", "anywhere"]
CodeKind = Literal["claim", "locator"]

_CODES: Final[tuple[CodeKind, ...]] = ("claim", "locator")
_ROUNDS: Final = 20
"""Of the fixed-point iteration that turns a displacement round; its slopes are below 0.15."""
_ANYWHERE: Final = 2800
"""Side of the area that damage is aimed at where no layout says where things are."""


@dataclass(slots=True, eq=False)
class Sheet:
    """A page and what has happened to it so far."""

    picture: Gray
    scale: float
    """Pixels per mm."""
    layout: Layout | None
    code: CodeKind | None = None
    """Which of the two codes is hit by damage aimed at a code; the first such damage decides if nobody did."""
    printed: Gray | None = None
    """The page before anybody wrote on it, if it is known: pens do not fade with the toner."""
    hidden: set[Box] = field(default_factory=set)
    """Boxes that something lies on, or that are no longer there."""
    maps: list[Map] = field(default_factory=list)
    """Where points of the page (mm) went, step by step (mm)."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm."""
        return self.picture.shape[1] / self.scale, self.picture.shape[0] / self.scale

    def bend(self, displacement: Displacement) -> None:
        """Move the picture's points; what comes in from outside is white."""
        height, width = self.picture.shape
        x = ((np.arange(width, dtype=np.float32) + 0.5) / self.scale)[None, :]
        y = ((np.arange(height, dtype=np.float32) + 0.5) / self.scale)[:, None]
        dx, dy = displacement(x, y)
        shape = self.picture.shape
        map_x = np.broadcast_to((x + dx) * np.float32(self.scale) - np.float32(0.5), shape).astype(np.float32)
        map_y = np.broadcast_to((y + dy) * np.float32(self.scale) - np.float32(0.5), shape).astype(np.float32)
        bent = cv2.remap(self.picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
        self.picture = np.asarray(bent, dtype=np.uint8)
        self.maps.append(lambda points: _turned_round(displacement, points))

    def where(self, points: Points) -> Points:
        """Return where points of the printed page (N x 2 mm) are now."""
        for step in self.maps:
            points = step(points)
        return points

    def hide(self, outline: Points) -> None:
        """Note which boxes something opaque, or a hole, hides: those whose outline it touches.

        Args:
            outline: a convex polygon on the sheet as it is now, N x 2 mm.
        """
        polygon = outline.astype(np.float32)
        for box in () if self.layout is None else self.layout.boxes:
            x, y, w, h = (v / 100 for v in box.rect.as_list())
            corners = self.where(np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])).astype(np.float32)
            if cv2.intersectConvexConvex(polygon, corners)[0] > 0:
                self.hidden.add(box)

    def aim(self, target: Target, rng: np.random.Generator) -> Rect:
        """Return the place of a target, where it is now; anywhere on a page whose layout is not known."""
        if target == "code" and self.code is None:
            self.code = _CODES[int(rng.integers(len(_CODES)))]
        rects = [] if self.layout is None else _targets(self.layout, target, self.code)
        if not rects:
            width, height = (round(v * 100) for v in self.size)
            side = min(_ANYWHERE, width // 2, height // 2)
            return Rect(int(rng.integers(width - side)), int(rng.integers(height - side)), side, side)
        rect = rects[int(rng.integers(len(rects)))]
        middle = np.array([[rect.x + rect.w / 2, rect.y + rect.h / 2]]) / 100
        dx, dy = (self.where(middle) - middle)[0] * 100
        return rect.moved(round(dx), round(dy))

    def squares(self) -> list[Rect]:
        """Return the places of the corner squares as printed; none if no layout is known."""
        half = CORNER_SIZE // 2
        corners = () if self.layout is None else self.layout.corners
        return [Rect(x - half, y - half, CORNER_SIZE, CORNER_SIZE) for x, y in corners]


class Event(Protocol):
    """Something that happens to a sheet."""

    def __call__(self, sheet: Sheet, rng: np.random.Generator, /) -> None:
        """Change the sheet in place."""
        ...


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several events happens, each as likely."""

    events: tuple[Event, ...]

    def __call__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        """Choose and let it happen."""
        self.events[int(rng.integers(len(self.events)))](sheet, rng)


def _targets(layout: Layout, target: Target, code: CodeKind | None) -> list[Rect]:
    if target == "code":
        return [c.rect for c in layout.codes if c.kind == code] or [c.rect for c in layout.codes]
    if target == "square":
        half = CORNER_SIZE // 2
        return [Rect(x - half, y - half, CORNER_SIZE, CORNER_SIZE) for x, y in layout.corners]
    if target in ("name", "label"):
        return [z.rect for z in layout.zones if z.kind == target]
    if target == "fields":
        return [b.rect for b in layout.boxes]
    return []


def _turned_round(displacement: Displacement, points: Points) -> Points:
    """Return where points go under a displacement, which says where they come from."""
    at = points.astype(np.float64)
    for _ in range(_ROUNDS):
        dx, dy = displacement(at[:, 0].astype(np.float32), at[:, 1].astype(np.float32))
        at = points - np.stack(np.broadcast_arrays(dx, dy), axis=-1)
    return np.asarray(at, dtype=np.float64)
