"""Makes the pictures of the README from the example site: what `papermode print` writes, page by page.

Run it after a change to a form: ``python tools/make_pictures.py``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from papermode.app.demo import DEMO_NOW
from papermode.app.packets import print_packets
from papermode.app.resources import examples_dir
from papermode.app.sites import make_keys, open_site
from papermode.app.snapshots import read_snapshot
from papermode.store import MANIFEST, PDF, read_manifest

ROOT: Final = Path(__file__).resolve().parents[1]
PICTURES: Final = {"summary": "SUMMARY", "mar-scheduled": "MAR-S", "vitals": "VITALS", "admission": "ADMIT"}
"""Picture -> the form whose first page it shows."""
WARD: Final = "4W"
DPI: Final = 100
GRAYS: Final = 16
"""Levels of gray that are kept: text stays readable and the file stays small."""
LARGEST: Final = 150_000
"""Bytes of one picture."""


def main() -> None:
    """Print the example ward and save the first page of each form."""
    target = ROOT / "docs" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        packet = printed(Path(temporary))
        forms = [page["form"] for page in read_manifest(packet / MANIFEST)["pages"]]
        document = pdfium.PdfDocument(packet / PDF)
        for name, form in PICTURES.items():
            size = save(document[forms.index(form)], target / f"{name}.png")
            print(f"{name}.png: {size:,} bytes")
            if size > LARGEST:
                sys.exit(f"{name}.png is larger than {LARGEST:,} bytes")
        document.close()


def printed(folder: Path) -> Path:
    """Print the example ward with keys that are thrown away; return its packet folder."""
    now = datetime.fromisoformat(DEMO_NOW)
    site = folder / "site"
    shutil.copytree(examples_dir(), site)
    make_keys(site / "keys", "RIVER", now)
    opened = open_site(site)
    snapshot = read_snapshot([site / "snapshot"], opened.site.intake, as_of=None, now=now)
    return print_packets(opened, snapshot, wards=[WARD], out=folder / "packets", now=now)[0].folder


def save(page: pdfium.PdfPage, path: Path) -> int:
    """Save one page as 8-bit gray PNG; return its size in bytes."""
    gray = np.asarray(page.render(scale=DPI / 72).to_pil().convert("L"), dtype=np.float64)
    step = 255 / (GRAYS - 1)
    Image.fromarray((np.round(gray / step) * step).astype(np.uint8)).save(path, optimize=True)
    return path.stat().st_size


if __name__ == "__main__":
    main()
