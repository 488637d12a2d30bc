"""A printed page without the printer: a layout drawn by numpy, for tests of the reader.

Every edge is drawn with exact area coverage, so an outline lies where the layout has it to a
hundredth of a pixel, and what a test measures is the reader's error and not the drawing's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import qrcode
from qrcode.util import MODE_ALPHA_NUM, QRData

from papermode.geometry import LETTER, Hmm, Paper, Rect
from papermode.model.layout import (
    COMB_STROKE,
    CORNER_INSET,
    CORNER_SIZE,
    MARK_SIZE,
    MARK_STROKE,
    Box,
    CodePlace,
    Layout,
    layout_id,
)

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.bool_]

CLAIM_MM = 2800
LOCATOR_MM = 2200


def with_id(layout: Layout) -> Layout:
    """Return the layout with its id filled in."""
    return replace(layout, id=layout_id(layout.as_dict()))


def grid_layout(
    paper: Paper = LETTER,
    *,
    columns: int = 12,
    rows: int = 24,
    pitch: tuple[Hmm, Hmm] = (1100, 700),
    origin: tuple[Hmm, Hmm] = (2200, 5200),
    combs: int = 0,
    crops: int = 0,
    multiple: bool = False,
) -> Layout:
    """Return a page of mark boxes: each row holds groups of four boxes a column apart, then combs and crops."""
    boxes: list[Box] = []
    for row in range(rows):
        for column in range(columns):
            rect = Rect(origin[0] + column * pitch[0], origin[1] + row * pitch[1], MARK_SIZE, MARK_SIZE)
            link = f"q{column // 4}"
            boxes.append(Box(link, "mark", rect, "abcd"[column % 4], row=row, group=f"{link}-{row}", multiple=multiple))
    below = origin[1] + rows * pitch[1] + 200
    for i in range(combs):
        boxes.append(Box(f"comb{i}", "comb", Rect(5000 + 2600 * i, below, 1650, 750), cells=3, format="integer"))
    for i in range(crops):
        boxes.append(Box(f"crop{i}", "crop", Rect(5000 + 4200 * i, below + 1000, 4000, 1000)))
    inset_x, inset_y = paper.w - CORNER_INSET, paper.h - CORNER_INSET
    layout = Layout(
        size=(paper.w, paper.h),
        corners=((CORNER_INSET, CORNER_INSET), (inset_x, CORNER_INSET), (CORNER_INSET, inset_y), (inset_x, inset_y)),
        codes=(
            CodePlace("claim", Rect(paper.w - 5190, 1200, CLAIM_MM, CLAIM_MM)),
            CodePlace("locator", Rect(1900, paper.h - 3240, LOCATOR_MM, LOCATOR_MM)),
        ),
        zones=(),
        boxes=tuple(boxes),
        anchors=tuple(b.rect for b in boxes if b.kind != "crop"),
    )
    return with_id(layout)


def moved(layout: Layout, dx: Hmm, dy: Hmm = 0) -> Layout:
    """Return the layout with its boxes and anchors moved: what a drifted second copy of a layout would print."""
    return with_id(
        replace(
            layout,
            boxes=tuple(replace(b, rect=b.rect.moved(dx, dy)) for b in layout.boxes),
            anchors=tuple(a.moved(dx, dy) for a in layout.anchors),
        )
    )


def qr_matrix(text: str, version: int) -> Matrix:
    """Return the modules (True = dark) of an alphanumeric symbol, level Q, mask 2, without quiet zone."""
    code = qrcode.QRCode(version=version, error_correction=qrcode.constants.ERROR_CORRECT_Q, border=0, mask_pattern=2)
    code.add_data(QRData(text, mode=MODE_ALPHA_NUM))
    code.make(fit=False)
    return np.array(code.get_matrix(), dtype=bool)


def _coverage(lo: float, hi: float, size: int) -> npt.NDArray[np.float32]:
    """Return for each pixel of a line the share of it between ``lo`` and ``hi`` (pixels)."""
    edges = np.arange(size + 1, dtype=np.float32)
    return np.asarray(np.clip(np.minimum(edges[1:], hi) - np.maximum(edges[:-1], lo), 0, 1), dtype=np.float32)


def _darken(page: npt.NDArray[np.float32], x0: float, y0: float, x1: float, y1: float, ink: float = 1.0) -> None:
    """Fill a rectangle given in pixels with ink, in place."""
    left, top = max(int(x0), 0), max(int(y0), 0)
    part = page[top : int(y1) + 1, left : int(x1) + 1]
    cover = np.outer(_coverage(y0 - top, y1 - top, part.shape[0]), _coverage(x0 - left, x1 - left, part.shape[1]))
    part *= 1 - ink * cover


def _outline(page: npt.NDArray[np.float32], rect: Rect, stroke: Hmm, scale: float) -> None:
    half = stroke / 2
    x0, y0, x1, y1 = rect.x, rect.y, rect.right, rect.bottom
    for a, b, c, d in (
        (x0 - half, y0 - half, x1 + half, y0 + half),
        (x0 - half, y1 - half, x1 + half, y1 + half),
        (x0 - half, y0 + half, x0 + half, y1 - half),
        (x1 - half, y0 + half, x1 + half, y1 - half),
    ):
        _darken(page, a * scale, b * scale, c * scale, d * scale)


def _symbol(page: npt.NDArray[np.float32], rect: Rect, matrix: Matrix, scale: float) -> None:
    n = matrix.shape[0]
    height, width = page.shape
    at = np.arange(n + 1)
    rows = np.stack([_coverage(a, b, height) for a, b in _pairs((rect.y + at * rect.h / n) * scale)])
    cols = np.stack([_coverage(a, b, width) for a, b in _pairs((rect.x + at * rect.w / n) * scale)])
    page *= 1 - rows.T @ matrix.astype(np.float32) @ cols


def _pairs(values: npt.NDArray[np.float64]) -> Iterable[tuple[float, float]]:
    return zip(values[:-1].tolist(), values[1:].tolist(), strict=True)


def draw_page(
    layout: Layout, *, claim: str = "", locator: str = "", dpi: float = 300, words: bool = True, ink: float = 1.0
) -> Gray:
    """Return the printed page (uint8, 255 = paper): squares, outlines, codes and a word beside each mark.

    Args:
        layout: what to draw.
        claim: PM1 text; '' leaves the code out.
        locator: PML1 text; '' leaves the code out.
        dpi: pixels per inch.
        words: whether to draw bars like words 1.6 mm right of every mark.
        ink: 1 = black, less = low toner.
    """
    scale = dpi / 2540
    page = np.ones((round(layout.size[1] * scale), round(layout.size[0] * scale)), np.float32)
    half = CORNER_SIZE / 2
    for x, y in layout.corners:
        _darken(page, (x - half) * scale, (y - half) * scale, (x + half) * scale, (y + half) * scale)
    for box in layout.boxes:
        if box.kind == "mark":
            _outline(page, box.rect, MARK_STROKE, scale)
            if words:
                _word(page, box.rect, scale)
            continue
        cell = box.rect.w // max(box.cells, 1)
        for i in range(max(box.cells, 1)):
            _outline(page, Rect(box.rect.x + i * cell, box.rect.y, cell, box.rect.h), COMB_STROKE, scale)
    for anchor in (a for a in layout.anchors if a.w == a.h == 0):
        for w, h in ((150, COMB_STROKE / 2), (COMB_STROKE / 2, 150)):
            _darken(
                page, (anchor.x - w) * scale, (anchor.y - h) * scale, (anchor.x + w) * scale, (anchor.y + h) * scale
            )
    texts = {"claim": (claim, 11), "locator": (locator, 3)}
    for place in layout.codes:
        text, version = texts[place.kind]
        if text:
            _symbol(page, place.rect, qr_matrix(text, version), scale)
    return np.asarray(np.clip((1 - ink * (1 - page)) * 255, 0, 255).astype(np.uint8))


def _word(page: npt.NDArray[np.float32], rect: Rect, scale: float) -> None:
    """Draw four letters' worth of stems to the right of a box, as near as a label may come."""
    for i in range(4):
        x = rect.right + 160 + i * 90
        _darken(page, x * scale, (rect.y + 100) * scale, (x + 35) * scale, (rect.y + 300) * scale)
