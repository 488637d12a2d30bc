"""Every code on every printed page can be read back from its picture, and says what the manifest says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pytest
import zxingcpp

from papermode.store import MANIFEST, PDF, read_manifest
from papermode.trust.claims import claim_tag, parse_locator, verify
from papermode.trust.keyring import Keyring
from tests.wards import Example

Gray = npt.NDArray[np.uint8]
MODES = [(dpi, bilevel) for dpi in (150, 200, 300) for bilevel in (False, True)]
EVERY = 23
"""In the normal run each mode looks at every 23rd page, each beginning with another one."""


def pictures(pdf: Path, serials: Sequence[int], dpi: int, *, bilevel: bool) -> Iterator[tuple[int, Gray]]:
    """Render pages as a scanner with nothing wrong would see them."""
    document = pdfium.PdfDocument(pdf)
    try:
        for serial in serials:
            pixels = document[serial - 1].render(scale=dpi / 72, grayscale=True).to_numpy()
            gray = np.asarray(pixels).reshape(pixels.shape[:2])
            yield (
                serial,
                np.asarray(cv2.threshold(gray, 127, 255, cv2.THRESH_BINARY)[1] if bilevel else gray, dtype=np.uint8),
            )
    finally:
        document.close()


def codes_on(picture: Gray, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> set[str]:
    """Read the codes of one kind with a library that papermode has no part in."""
    return {code.text for code in zxingcpp.read_barcodes(picture) if code.format == kind}


def check_codes(folder: Path, serials: Sequence[int], dpi: int, *, bilevel: bool) -> int:
    """Read both codes of some pages; return how many codes that were."""
    manifest = read_manifest(folder / MANIFEST)
    keyring = Keyring.from_texts(manifest["cards"], "folder")
    count = 0
    for serial, picture in pictures(folder / PDF, serials, dpi, bilevel=bilevel):
        entry = manifest["pages"][serial - 1]
        found = codes_on(picture)
        assert {entry["claim"], entry["locator"]} <= found, f"page {serial} at {dpi} dpi, bilevel {bilevel}"
        claim = verify(entry["claim"], keyring).claim
        assert (claim.packet, claim.page, claim.pages) == (manifest["packet"], serial, len(manifest["pages"]))
        assert (claim.form, claim.version, claim.mrn or None) == (entry["form"], entry["version"], entry["mrn"])
        locator = parse_locator(entry["locator"])
        assert (locator.packet, locator.page, locator.claim_tag) == (claim.packet, serial, claim_tag(entry["claim"]))
        count += 2
    return count


@pytest.mark.parametrize(("dpi", "bilevel"), MODES)
def test_codes_of_some_pages(example: Example, dpi: int, bilevel: bool) -> None:
    """This test ensures that codes of the example packets are read at every resolution, gray and black and white."""
    for n, packet in enumerate(example.printed):
        serials = range(1 + MODES.index((dpi, bilevel)) + n, packet.pages + 1, EVERY)
        assert check_codes(packet.folder, serials, dpi, bilevel=bilevel) == 2 * len(serials) > 0


@pytest.mark.deep
@pytest.mark.parametrize(("dpi", "bilevel"), MODES)
def test_codes_of_all_pages(example: Example, dpi: int, bilevel: bool) -> None:
    """This test ensures the same of every page of the example packets."""
    for packet in example.printed:
        assert check_codes(packet.folder, range(1, packet.pages + 1), dpi, bilevel=bilevel) == 2 * packet.pages


def test_admission_pages_have_their_number_as_a_bar_code(example: Example) -> None:
    """This test ensures that a reserved number is read by the ward's own bar code scanner."""
    folder = example.printed[0].folder
    manifest = read_manifest(folder / MANIFEST)
    numbers: dict[str, int] = {}
    for entry in manifest["pages"]:
        if entry["form"] == "ADMIT" and entry["encounter"]:
            numbers.setdefault(entry["encounter"], entry["page"])
    assert len(numbers) == 4
    for serial, picture in pictures(folder / PDF, sorted(numbers.values()), 200, bilevel=False):
        bars = codes_on(picture, zxingcpp.BarcodeFormat.Code128)
        assert bars == {manifest["pages"][serial - 1]["encounter"]}


def test_the_cover_has_the_certificate(example: Example) -> None:
    """This test ensures that the paper alone brings the certificate of its key, for the day when the folder is lost."""
    for packet in example.printed:
        manifest = read_manifest(packet.folder / MANIFEST)
        covers = [e["page"] for e in manifest["pages"] if e["form"] == "COVER"]
        found = set().union(*(codes_on(p) for _, p in pictures(packet.folder / PDF, covers, 200, bilevel=False)))
        assert {t for t in found if t.startswith("PMK1 ")} == {c for c in manifest["cards"] if c.startswith("PMK1 ")}
