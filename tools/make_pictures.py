"""Makes the pictures of the README and the user guide from the example site.

What `papermode print` writes, page by page, and what `papermode review` shows of a heap of scanned pages. Run it after
a change to a form or to the review page: ``python -m tools.make_pictures [print|review]``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from benchmarks.clerk_day.clerk import Clerk
from benchmarks.clerk_day.day import CHROMIUM, CLERKS, command, server
from benchmarks.clerk_day.heap import Heap, make_heap
from papermode.app.demo import DEMO_NOW
from papermode.app.packets import print_packets
from papermode.app.resources import examples_dir
from papermode.app.sites import make_keys, open_site
from papermode.app.snapshots import read_snapshot
from papermode.store import MANIFEST, PDF, read_manifest

ROOT: Final = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "docs" / "pictures"
PICTURES: Final = {"summary": "SUMMARY", "mar-scheduled": "MAR-S", "vitals": "VITALS", "admission": "ADMIT"}
"""Picture -> the form whose first page it shows."""
WARD: Final = "4W"
DPI: Final = 100
GRAYS: Final = 16
"""Levels of gray that are kept: text stays readable and the file stays small."""
LARGEST: Final = 150_000
"""Bytes of one picture."""
HEAP: Final = 40
SEED: Final = 4
VIEW: Final[ViewportSize] = {"width": 1366, "height": 850}
PAPER: Final = 222
"""Lighter grays of a scan are its paper."""


def main(what: list[str]) -> None:
    """Make the pictures of one kind, or all."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        if what in ([], ["print"]):
            print_pictures(Path(temporary) / "print")
        if what in ([], ["review"]):
            review_pictures(Path(temporary) / "review")


def print_pictures(folder: Path) -> None:
    """Print the example ward and save the first page of each form."""
    packet = printed(folder)
    forms = [page["form"] for page in read_manifest(packet / MANIFEST)["pages"]]
    document = pdfium.PdfDocument(packet / PDF)
    for name, form in PICTURES.items():
        save(document[forms.index(form)], TARGET / f"{name}.png")
        told(name)
    document.close()


def told(name: str) -> None:
    """Say how large a picture is; one that is too large is a mistake."""
    size = (TARGET / f"{name}.png").stat().st_size
    print(f"{name}.png: {size:,} bytes")
    if size > LARGEST:
        sys.exit(f"{name}.png is larger than {LARGEST:,} bytes")


def review_pictures(folder: Path) -> None:
    """Scan a heap of the example wards and take pictures of the review page, as a clerk comes through it."""
    folder.mkdir()
    heap = make_heap(folder, HEAP, datetime.now().astimezone(), seed=SEED)
    command("scan", *map(str, heap.scans), "--site", str(heap.site), "--json", done=(0, 100, 101))
    with server(heap.site) as links, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        ana, ben = (browser.new_context(viewport=VIEW, locale="en").new_page() for _ in CLERKS)
        for page, name in zip((ana, ben), CLERKS, strict=True):
            page.goto(links[name])
        photograph(ana, "review-queue")
        address = ana.url.rstrip("/")
        torn = next(sheet for sheet, image in heap.images.items() if image.kind == "torn")
        mrn = heap.images[torn].mrn
        ana.goto(f"{address}/sheet/{torn}")
        ana.fill("#search", mrn)
        ana.press("#search", "Enter")
        ana.wait_for_selector("#printed label")
        ana.press("#people input", "Enter")
        ana.keyboard.press("ArrowDown")
        photograph(ana, "review-bind")
        ana.click("#chosen")
        ana.wait_for_url(lambda url: torn not in url)
        ben.goto(f"{address}/sheet/{torn}")
        photograph(ben, "review-witness")
        doubtful(ana, heap, address)
        browser.close()


def doubtful(page: Page, heap: Heap, address: str) -> None:
    """Take pictures of a page with doubts, as it is first shown and when all of it is settled."""
    mars = [s for s, i in heap.images.items() if i.stored is not None and i.stored.entry["form"] == "MAR-S"]
    sheet = max(mars, key=lambda s: len(heap.images[s].written.values))
    page.goto(f"{address}/sheet/{sheet}")
    photograph(page, "review-doubts")
    Clerk(page, heap.images).settle(sheet)
    photograph(page, "review-confirm")


def photograph(page: Page, name: str) -> None:
    """Save what a browser shows, without the grain of the scanned paper."""
    page.wait_for_load_state("networkidle")
    gray = np.array(Image.open(BytesIO(page.screenshot())).convert("L"))
    gray[gray > PAPER] = 255
    save_gray(gray, TARGET / f"{name}.png")
    told(name)


def printed(folder: Path) -> Path:
    """Print the example ward with keys that are thrown away; return its packet folder."""
    now = datetime.fromisoformat(DEMO_NOW)
    site = folder / "site"
    shutil.copytree(examples_dir(), site)
    make_keys(site / "keys", "RIVER", now)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=now)
    return print_packets(opened, snapshot, wards=[WARD], out=folder / "packets", now=now)[0].folder


def save(page: pdfium.PdfPage, path: Path) -> None:
    """Save one page of a PDF."""
    save_gray(np.asarray(page.render(scale=DPI / 72).to_pil().convert("L")), path)


def save_gray(gray: npt.NDArray[np.uint8], path: Path) -> None:
    """Save a picture as 8-bit gray PNG of few levels."""
    step = 255 / (GRAYS - 1)
    Image.fromarray((np.round(gray / step) * step).astype(np.uint8)).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
