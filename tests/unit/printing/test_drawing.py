"""What the printer draws is what the layout says: looked at in the picture of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pypdf import PdfReader

from papermode.geometry import Rect
from papermode.model.layout import CLEARANCE, COMB_STROKE, CORNER_SIZE, MARK_STROKE, Box, layout_from_dict
from papermode.store import MANIFEST, PDF, read_manifest
from tests.unit.printing.test_codes import pictures
from tests.wards import Example

Gray = npt.NDArray[np.uint8]
DPI = 300
BLUR: int = 13
"""An edge may be gray for a pixel and a half, 0.01 mm."""
WHITE = 250
HEAVY = 70
"""Stroke of the separator that stands for the decimal point."""


def pixels(picture: Gray, rect: Rect) -> Gray:
    """Return the pixels that lie wholly inside a rectangle of the page."""
    scale = DPI / 2540
    x0, y0, x1, y1 = (rect.x * scale, rect.y * scale, rect.right * scale, rect.bottom * scale)
    return picture[int(np.ceil(y0)) : int(y1), int(np.ceil(x0)) : int(x1)]


def clear_parts(box: Box) -> Iterator[Rect]:
    """Go through the areas in and around a box that must be white: each cell, and a ring of 1.5 mm."""
    half = (MARK_STROKE if box.kind == "mark" else COMB_STROKE) // 2 + BLUR
    step = box.rect.w // max(box.cells, 1)
    for i in range(max(box.cells, 1)):
        heavy = HEAVY // 2 if box.point and box.point in (i, i + 1) else 0
        yield Rect(box.rect.x + i * step, box.rect.y, step, box.rect.h).grown(-half - heavy)
    heavy = HEAVY // 2 if box.point else 0  # the stroke of the decimal point ends in square caps
    outer, inner = box.rect.grown(CLEARANCE - BLUR - 6), box.rect.grown(half + heavy)
    yield Rect(outer.x, outer.y, outer.w, inner.y - outer.y)
    yield Rect(outer.x, inner.bottom, outer.w, outer.bottom - inner.bottom)
    yield Rect(outer.x, outer.y, inner.x - outer.x, outer.h)
    yield Rect(inner.right, outer.y, outer.right - inner.right, outer.h)


def one_page_a_layout(folder: Path) -> Iterator[tuple[int, str]]:
    """Go through the first page of each layout of a packet."""
    seen: set[str] = set()
    for entry in read_manifest(folder / MANIFEST)["pages"]:
        if entry["layout"] not in seen:
            seen.add(entry["layout"])
            yield entry["page"], entry["layout"]


def check_clear(folder: Path, serials: list[int]) -> int:
    manifest = read_manifest(folder / MANIFEST)
    layouts = {i: layout_from_dict(public) for i, public in manifest["layouts"].items()}
    boxes = 0
    for serial, picture in pictures(folder / PDF, serials, DPI, bilevel=False):
        layout = layouts[manifest["pages"][serial - 1]["layout"]]
        for box in layout.boxes:
            if box.kind != "crop":
                boxes += 1
                dark = [part for part in clear_parts(box) if pixels(picture, part).min() < WHITE]
                assert not dark, f"page {serial}: print in or near {box.link_id} {box.value} {box.row} {box.column}"
            else:
                assert pixels(picture, box.rect.grown(-40)).min() >= WHITE, f"page {serial}: print in {box.link_id}"
    return boxes


def test_boxes_are_empty_and_clear(example: Example) -> None:
    """This test ensures that in every kind of box, and 1.5 mm around it, the printed page is white."""
    boxes = 0
    for packet in example.printed[:1]:
        boxes += check_clear(packet.folder, [serial for serial, _ in one_page_a_layout(packet.folder)])
    assert boxes > 1000


@pytest.mark.deep
def test_boxes_of_all_pages_are_clear(example: Example) -> None:
    """This test ensures the same of every page of the example packets."""
    for packet in example.printed:
        check_clear(packet.folder, list(range(1, packet.pages + 1)))


def test_outlines_are_where_the_layout_has_them(example: Example) -> None:
    """This test ensures that the one y-flip is right: marks and corner squares are black where they should be."""
    packet = example.printed[1]
    manifest = read_manifest(packet.folder / MANIFEST)
    chosen = dict(one_page_a_layout(packet.folder))
    for serial, picture in pictures(packet.folder / PDF, sorted(chosen)[:8], DPI, bilevel=False):
        layout = layout_from_dict(manifest["layouts"][chosen[serial]])
        assert np.abs(np.array(picture.shape) * 2540 / DPI - layout.size[::-1]).max() < 1.1 * 2540 / DPI
        for x, y in layout.corners:
            half = CORNER_SIZE // 2
            square = Rect(x - half, y - half, CORNER_SIZE, CORNER_SIZE)
            assert pixels(picture, square.grown(-BLUR)).max() == 0
            assert pixels(picture, Rect(square.x, square.y - 60, square.w, 60 - BLUR)).min() >= WHITE
        for box in layout.boxes:
            if box.kind == "mark":
                for side in (
                    Rect(box.rect.x, box.rect.y, box.rect.w, 0),
                    Rect(box.rect.x, box.rect.bottom, box.rect.w, 0),
                ):
                    assert np.median(pixels(picture, side.grown(14))) < 120


def test_pages_are_the_size_of_the_paper(example: Example) -> None:
    """This test ensures that a viewer prints the pages at 100 %: media box of the paper, no scaling asked for."""
    reader = PdfReader(example.printed[0].folder / PDF)
    sizes = {tuple(round(float(v), 1) for v in page.mediabox[2:]) for page in reader.pages}
    assert sizes == {(612.0, 792.0)}
    root: Any = reader.root_object
    assert root["/ViewerPreferences"]["/PrintScaling"] == "/None"
    titles = [str(item.title) for item in reader.outline if not isinstance(item, list)]
    assert len(titles) == len(set(titles)) > 15
