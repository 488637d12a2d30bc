"""Sheets of combs that are printed, filled in by hand and scanned by simulation: to train on, and to measure with.

Every step but the pen is the real one: the page is found by its codes, registered and cut as any scanned page.
Run with the project's root on ``PYTHONPATH`` (the page is drawn by ``tests/loop``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from papermode.geometry import A4, Rect
from papermode.model.layout import Box, Layout
from papermode.scan.cells import POINT_STROKE, comb_patch
from papermode.scan.codes import find_codes
from papermode.scan.register import register
from papermode.simulate.hands import Samples, any_hand, strike_out, write_comb
from papermode.simulate.paper import SCENARIOS, Scenario, capture
from tests.loop.drawn_packet import DrawnPacket
from tests.loop.drawn_page import grid_layout, with_id

Gray = npt.NDArray[np.uint8]

PRINT_DPI: Final = 300
BLANK: Final = 0.15
"""Share of the combs' leading cells that stay blank."""

OFFICE: Final = SCENARIOS["office"]
CAPTURES: Final[dict[str, tuple[Scenario, int]]] = {
    "scan 300": (OFFICE, 300),
    "scan 200": (OFFICE, 200),
    "scan 150": (OFFICE, 150),
    "scan 100": (replace(OFFICE, blur=(0.0, 0.0), jpeg=(75, 85)), 100),
    "skew 8°": (SCENARIOS["skewed"], 200),
    "JPEG 30": (SCENARIOS["jpeg30"], 200),
    "phone": (SCENARIOS["phone"], 200),
    "copy": (SCENARIOS["copy"], 200),
    "low toner": (SCENARIOS["low-toner"], 200),
    "feed slip": (SCENARIOS["feed-slip"], 200),
    "1-bit 200": (SCENARIOS["bilevel"], 200),
}
"""Captures by name: what happens to the page, and the scanner's resolution."""
STRUCK: Final = "x"
"""Stands in a sheet's texts for a digit that was crossed out."""
GRAY_CAPTURES: Final = tuple(name for name in CAPTURES if not name.startswith("1-bit"))


@dataclass(frozen=True, slots=True, eq=False)
class WrittenSheet:
    """A filled page."""

    page: Gray
    layout: Layout
    boxes: tuple[Box, ...]
    texts: tuple[str, ...]
    """One character for each cell of each comb."""
    hands: tuple[bool, ...]
    """Which combs were filled by a European hand."""


def comb_layout(rng: np.random.Generator) -> Layout:
    """Return a page full of combs of the sizes that forms have, some with a decimal point."""
    boxes: list[Box] = []
    y = 5300
    while y < 25000:
        x = 2000
        width = int(rng.choice([550, 550, 550, 530, 480, 700]))
        height = int(rng.choice([750, 750, 700]))
        while True:
            cells = int(rng.integers(2, 6))
            if x + cells * width > A4.w - 1800:
                break
            point = int(rng.integers(1, cells)) if rng.random() < 0.3 else 0
            boxes.append(Box(f"c{len(boxes)}", "comb", Rect(x, y, cells * width, height), cells=cells, point=point))
            x += cells * width + int(rng.integers(350, 700))
        y += height + 330
    layout = grid_layout(A4, rows=0)
    return with_id(replace(layout, boxes=tuple(boxes), anchors=tuple(b.rect for b in boxes)))


def written_sheet(
    samples: Samples | None, rng: np.random.Generator, *, digits: str = "0123456789", struck: float = 0.0
) -> WrittenSheet:
    """Return a page of combs filled with random digits; a hand writes four combs on end.

    Args:
        samples: the digits to write with, by value; ``None`` takes those held out.
        rng: chance.
        digits: which digits to write.
        struck: share of the digits that are crossed out.
    """
    layout = comb_layout(rng)
    packet = DrawnPacket(layout)
    page = packet.draw()
    _draw_points(page, layout)
    texts: list[str] = []
    hands: list[bool] = []
    hand = any_hand(rng, samples)
    for i, box in enumerate(layout.boxes):
        if i % 4 == 0:
            hand = any_hand(rng, samples)
        text = _number(box, digits, rng)
        point = box.point
        write_comb(page, PRINT_DPI, box, f"{text[:point]}.{text[point:]}" if point else text, hand, rng)
        crossed = [k for k in range(box.cells) if text[k] != " " and struck and rng.random() < struck]
        strike_out(page, PRINT_DPI, box, crossed, hand, rng)
        texts.append("".join(STRUCK if k in crossed else c for k, c in enumerate(text)))
        hands.append(hand.european)
    return WrittenSheet(page, layout, layout.boxes, tuple(texts), tuple(hands))


def _number(box: Box, digits: str, rng: np.random.Generator) -> str:
    """Return random digits, one for each cell; leading cells before the point may be blank."""
    text = "".join(rng.choice(list(digits), box.cells))
    most = max((box.point or box.cells) - 1, 0)
    blank = 0
    while blank < most and rng.random() < 2 * BLANK:
        blank += 1
    return " " * blank + text[blank:]


def _draw_points(page: Gray, layout: Layout) -> None:
    """Print the heavy separators of decimal points, which the drawn page leaves out, in place."""
    scale = PRINT_DPI / 2540
    for box in layout.boxes:
        if box.point:
            x = box.rect.x + box.point * (box.rect.w // box.cells)
            rows = slice(round(box.rect.y * scale), round(box.rect.bottom * scale))
            page[rows, round((x - POINT_STROKE / 2) * scale) : round((x + POINT_STROKE / 2) * scale)] = 0


def scanned(sheet: WrittenSheet, name: str, rng: np.random.Generator) -> list[Gray] | None:
    """Scan a page and rectify its combs; ``None`` if the page would go to review.

    Args:
        sheet: the page.
        name: one of :data:`CAPTURES`.
        rng: chance.
    """
    scenario, dpi = CAPTURES[name]
    image = capture(sheet.page, PRINT_DPI, scenario, dpi, rng)
    codes = find_codes(image)
    if not codes.claims or not codes.locators:
        return None
    registered = register(image, sheet.layout, {"claim": codes.claims[0], "locator": codes.locators[0]})
    if registered.faults:
        return None
    return [comb_patch(image, registered.registration, b) for b in sheet.boxes]
