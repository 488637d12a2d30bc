"""Print, fill and scan by simulation: from a packet's PDF to the pictures a scanner would make of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image

from papermode.model.layout import Layout
from papermode.simulate.fill import Truth, fill_page
from papermode.simulate.paper import SCENARIOS, Scenario, capture_with_map

Gray = npt.NDArray[np.uint8]

PAGE_DPI: Final = 300
"""Resolution at which pages are filled; a scan is never finer."""


def simulate_scans(
    pdf_path: Path,
    layouts_by_page: Sequence[Layout | None],
    *,
    seed: int,
    dpi: int = 200,
    scenario: str | Scenario = "office",
    combs: bool = False,
    words: bool = False,
) -> Iterator[tuple[Gray, Truth]]:
    """Fill every page of a printed packet at random and scan it.

    Args:
        pdf_path: the packet.
        layouts_by_page: the layout of each PDF page, in order; ``None`` leaves the page unfilled.
        seed: the same seed gives the same pictures, page by page and whatever pages are asked for.
        dpi: resolution of the scans.
        scenario: a name of :data:`papermode.simulate.paper.SCENARIOS`, or a value.
        combs: whether numbers are written as well.
        words: whether free text is written as well.

    Yields:
        The scan of each page (uint8 gray) and what was written on it.
    """
    chosen = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    for index, page in enumerate(_rendered(pdf_path)):
        rng = np.random.default_rng((seed, index))
        layout = layouts_by_page[index]
        printed = page.copy()
        truth = Truth({}) if layout is None else fill_page(page, layout, rng, combs=combs, words=words)
        scan = capture_with_map(page, PAGE_DPI, chosen, min(dpi, PAGE_DPI), rng, layout, printed=printed)
        yield scan.gray, truth


def _rendered(pdf_path: Path) -> Iterator[Gray]:
    document = pdfium.PdfDocument(pdf_path)
    try:
        for page in document:
            pixels = page.render(scale=PAGE_DPI / 72, prefer_bgrx=True).to_numpy()
            yield np.array(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY), dtype=np.uint8)
    finally:
        document.close()


def page_picture(pdf: Path, serial: int) -> Gray:
    """Return one page of a PDF, counted from 1, as it comes out of the printer: gray, :data:`PAGE_DPI`."""
    document = pdfium.PdfDocument(pdf)
    try:
        pixels = document[serial - 1].render(scale=PAGE_DPI / 72, grayscale=True).to_numpy()
        return np.array(pixels, dtype=np.uint8).reshape(pixels.shape[:2])
    finally:
        document.close()


def write_scans(path: Path, scans: Iterable[Gray], *, dpi: int) -> None:
    """Write scans as one multi-page file: PDF (of JPEG images) or TIFF, by the suffix of ``path``.

    The same pictures give the same bytes.
    """
    images = (Image.fromarray(scan) for scan in scans)
    first = next(images, None)
    if first is None:
        raise ValueError("no scans to write")
    if path.suffix.lower() == ".pdf":
        never = time.gmtime(0)
        first.save(
            path, "PDF", save_all=True, append_images=images, resolution=dpi, quality=92,
            creationDate=never, modDate=never, producer="papermode simulate", title="scans",
        )  # fmt: skip
    else:
        options = {"save_all": True, "append_images": images, "compression": "tiff_lzw", "dpi": (dpi, dpi)}
        first.save(path, "TIFF", **options)


def save_pictures(pdf_path: Path, target: Path) -> None:
    """Save every page of a PDF as PNG at 150 dpi: one page as ``target``, more as ``target-1.png`` and so on."""
    document = pdfium.PdfDocument(pdf_path)
    try:
        for number, page in enumerate(document, 1):
            name = target if len(document) == 1 else target.with_stem(f"{target.stem}-{number}")
            page.render(scale=150 / 72).to_pil().convert("L").save(name, optimize=True)
    finally:
        document.close()


def small_jpeg(scan: Gray, quarter_turns: int = 0, *, scale: float = 0.5) -> bytes:
    """Return a scan at half its resolution as JPEG, turned clockwise: to show a page where size matters."""
    half = scan if scale == 1 else cv2.resize(scan, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    upright = np.rot90(half, -quarter_turns) if quarter_turns else half
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(upright), [cv2.IMWRITE_JPEG_QUALITY, 40])
    if not done:
        raise ValueError("a picture could not be written as JPEG")
    return data.tobytes()


def from_jpeg(jpeg: bytes) -> Gray:
    """Return the picture in a JPEG, gray."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, dtype=np.uint8)
