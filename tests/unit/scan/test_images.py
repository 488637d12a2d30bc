"""Page images of good, strange and hostile files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from papermode.scan import images, limits
from papermode.scan.images import Broken, PageImage, page_images
from tests.bad_files import page as bad_page
from tests.bad_files import pdf as pdf_of
from tests.bad_files import png_claiming, stream

Reader = Callable[[Path], "list[PageImage | Broken]"]


def read(path: Path) -> list[PageImage | Broken]:
    return list(page_images(path))


def page(path: Path) -> PageImage:
    (only,) = read(path)
    assert isinstance(only, PageImage)
    return only


def codes(found: list[PageImage | Broken]) -> list[str]:
    return [f.error.code if isinstance(f, Broken) else "page" for f in found]


@pytest.fixture
def picture() -> Image.Image:
    """A small page with a gradient: 1 inch wide at 200 dpi."""
    ramp = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (280, 1))
    ramp[:40] = 0
    return Image.fromarray(ramp)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".pdf"])
def test_every_format_gives_the_same_picture(tmp_path: Path, picture: Image.Image, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    picture.save(path, dpi=(200, 200), resolution=200, quality=95)
    found = page(path)
    assert found.gray.shape == (280, 200)
    assert found.gray.dtype == np.uint8
    assert abs(found.gray.astype(int) - np.asarray(picture).astype(int)).max() <= 12
    assert found.dpi_hint == pytest.approx(200, abs=1)
    assert not found.bilevel


def test_a_scanned_pdf_page_is_taken_out_and_not_resampled(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (583, 413), dtype=np.uint8)
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(413 * 72 / 150, 583 * 72 / 150))
    canvas.drawInlineImage(Image.fromarray(noise), 0, 0, 413 * 72 / 150, 583 * 72 / 150)
    canvas.save()
    found = page(tmp_path / "a.pdf")
    assert np.array_equal(found.gray, noise)
    assert found.dpi_hint == pytest.approx(150, abs=1)


def test_a_turned_pdf_page_is_shown_as_a_viewer_shows_it(tmp_path: Path, picture: Image.Image) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(100.8, 72))  # reportlab swaps them for a turned page
    canvas.setPageRotation(90)
    canvas.drawInlineImage(picture, 0, 0, 72, 100.8)
    canvas.save()
    found = page(tmp_path / "a.pdf")
    assert found.gray.shape == (200, 280)
    assert found.gray[:, -40:].mean() < 5, "the dark top is at the right after a clockwise quarter turn"


def test_writing_over_a_scan_is_seen(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(72, 100.8))
    canvas.drawInlineImage(Image.new("L", (200, 280), 255), 0, 0, 72, 100.8)
    canvas.rect(20, 20, 30, 30, fill=1)
    canvas.save()
    assert page(tmp_path / "a.pdf").gray.min() < 10


def image_pdf(entries: bytes, samples: bytes, *more: bytes, paint: bytes = b"") -> bytes:
    """Return a PDF page of one inch by 1.4 at 200 dpi, with an image (object 5) over the whole of it."""
    content = paint + b" q 72 0 0 100.8 0 0 cm /I Do Q"
    image = stream(samples, b"/Type /XObject /Subtype /Image /Width 200 /Height 280 " + entries)
    box = b"/MediaBox [0 0 72 100.8] /Resources << /XObject << /I 5 0 R >> >>"
    return bad_page(stream(content), image, *more, entries=box)


GRAY = b"/BitsPerComponent 8 /ColorSpace "
_TINT = b"<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0 0] /C1 [0 0 0 1] /N 1 >>"


@pytest.mark.parametrize("way", ["decode", "soft mask", "stencil", "ink", "cmyk"])
def test_an_image_is_what_the_page_shows_not_its_samples(tmp_path: Path, picture: Image.Image, way: str) -> None:
    """Masks, inverted samples and inks: what is black on the page is black here."""
    dark = np.asarray(picture)
    inverted = (255 - dark).astype(np.uint8)
    bits = np.packbits(dark > 127, axis=1).tobytes()
    mask = stream(inverted.tobytes(), b"/Type /XObject /Subtype /Image /Width 200 /Height 280 " + GRAY + b"/DeviceGray")
    inks = np.dstack([np.zeros((280, 200, 3), np.uint8), inverted])
    files = {
        "decode": image_pdf(GRAY + b"/DeviceGray /Decode [1 0]", inverted.tobytes()),
        "soft mask": image_pdf(GRAY + b"/DeviceGray /SMask 6 0 R", bytes(200 * 280), mask),
        "stencil": image_pdf(b"/BitsPerComponent 1 /ImageMask true", bits, paint=b"0 g"),
        "ink": image_pdf(GRAY + b"[/Separation /Black /DeviceCMYK " + _TINT + b"]", inverted.tobytes()),
        "cmyk": image_pdf(GRAY + b"/DeviceCMYK", inks.tobytes()),
    }
    path = tmp_path / "a.pdf"
    path.write_bytes(files[way])
    found = page(path).gray
    small = cv2.resize(found, (200, 280), interpolation=cv2.INTER_AREA).astype(int)
    wanted = np.where(dark > 127, 255, 0) if way == "stencil" else dark.astype(int)
    assert np.abs(small - wanted)[44:, 4:-4].mean() < 25, "black ink is a dark gray"
    assert small[:36].mean() < 60, "the black bar is black"


def packed_images() -> dict[str, tuple[bytes, bytes, bytes]]:
    """Return the same page in each way that a PDF may pack it: entries, data, and how it is painted."""
    rng = np.random.default_rng(4)
    gray = np.full((280, 200), 240, np.uint8)
    gray[20:262:12, 10:190] = rng.integers(0, 256, (21, 180))
    bits = Image.fromarray(gray > 127)
    inks = np.dstack([np.zeros((280, 200, 3), np.uint8), 255 - gray])
    first_rows = np.vstack([np.zeros((1, 200), np.uint8), gray[:-1]])
    up = np.insert(gray - first_rows, 0, 2, axis=1).tobytes()  # each row as the difference to the one above
    fax = saved(bits, "TIFF", compression="group4", tiffinfo={278: 280})
    with Image.open(io.BytesIO(fax)) as tiff:
        tags = cast(TiffImageFile, tiff).tag_v2
        fax = fax[tags[273][0] : tags[273][0] + tags[279][0]]
    zipped, grays = b" /Filter /FlateDecode", GRAY + b"/DeviceGray"
    two = b"/BitsPerComponent 1 "
    in_rows = b" /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 200 /Rows 280 "
    jpeg = saved(Image.fromarray(gray), "JPEG", quality=85)
    palette = b"[/Indexed /DeviceGray 1 <18E8>]"
    return {
        "jpeg": (grays + b" /Filter /DCTDecode", jpeg, b""),
        "progressive jpeg": (
            grays + b" /Filter /DCTDecode",
            saved(Image.fromarray(gray), "JPEG", quality=85, progressive=True),
            b"",
        ),
        "jpeg with bytes after it": (grays + b" /Filter /DCTDecode", jpeg + bytes(512), b""),
        "jpeg as text": (grays + b" /Filter [/ASCIIHexDecode /DCTDecode]", jpeg.hex().encode() + b">", b""),
        "jpeg 2000": (b"/Filter /JPXDecode", saved(Image.fromarray(gray), "JPEG2000"), b""),
        "flate": (grays + zipped, zlib.compress(gray.tobytes()), b""),
        "flate, predicted": (
            grays + zipped + b" /DecodeParms << /Predictor 15 /Columns 200 >>",
            zlib.compress(up),
            b"",
        ),
        "flate, black and white": (two + b"/ColorSpace /DeviceGray" + zipped, zlib.compress(bits.tobytes()), b""),
        "flate, inks": (GRAY + b"/DeviceCMYK" + zipped, zlib.compress(inks.tobytes()), b""),
        "flate, stencil": (two + b"/ImageMask true" + zipped, zlib.compress(bits.tobytes()), b"0 g"),
        "flate, palette": (two + b"/ColorSpace " + palette + zipped, zlib.compress(bits.tobytes()), b""),
        "fax": (two + b"/ColorSpace /DeviceGray" + in_rows + b"/BlackIs1 true >>", fax, b""),
        "fax, stencil": (two + b"/ImageMask true" + in_rows + b">>", fax, b"0 g"),
        "jbig2": (two + b"/ColorSpace /DeviceGray /Filter /JBIG2Decode", jbig2(fax), b""),
    }


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jbig2(fax: bytes) -> bytes:
    """Return a JBIG2 page of one region that is packed as a fax (ISO/IEC 14492, 7.4.6)."""
    size = struct.pack(">II", 200, 280)
    parts = ((48, size + bytes(11)), (38, size + bytes(9) + b"\x01" + fax))
    return b"".join(struct.pack(">IBBBI", i, kind, 0, 1, len(part)) + part for i, (kind, part) in enumerate(parts))


@pytest.mark.parametrize("way", sorted(packed_images()))
def test_a_picture_that_was_cut_off_is_damage_and_no_empty_paper(tmp_path: Path, way: str) -> None:
    """PDFium says nothing and draws white, black or gray: an empty page, or half of one."""
    entries, data, paint = packed_images()[way]
    path = tmp_path / "a.pdf"
    path.write_bytes(image_pdf(entries, data, paint=paint))
    assert page(path).gray.std() > 20
    for share in (0.07, 0.47, 0.93):
        path.write_bytes(image_pdf(entries, data[: int(len(data) * share)], paint=paint))
        assert codes(read(path)) == ["E703"], share


@pytest.mark.parametrize("way", ["name", "object", "beside a page number"])
def test_a_page_whose_picture_is_missing_is_damaged_and_not_blank(tmp_path: Path, way: str) -> None:
    entries, data, _ = packed_images()["jpeg"]
    good = image_pdf(entries, data)
    number = b"Q BT /F 6 Tf 30 4 Td (1) Tj ET"
    files = {
        "name": good.replace(b"/I Do", b"/J Do"),
        "object": good.replace(b"/I 5 0 R", b"/I 9 0 R"),
        "beside a page number": image_pdf(entries, data, paint=number).replace(b"/I Do", b"/J Do"),
    }
    path = tmp_path / "a.pdf"
    path.write_bytes(files[way])
    assert codes(read(path)) == ["E703"]


def test_an_empty_page_is_a_page(tmp_path: Path) -> None:
    """White paper that was scanned, and a page that has nothing on it in a file without pictures."""
    white = np.full((280, 200), 255, np.uint8).tobytes()
    for name, samples in (("a.pdf", white), ("b.pdf", bytes(200 * 280))):
        (tmp_path / name).write_bytes(image_pdf(GRAY + b"/DeviceGray", samples))
    (tmp_path / "c.pdf").write_bytes(bad_page(stream(b""), entries=b"/MediaBox [0 0 72 100]"))
    found = read(tmp_path)
    assert codes(found) == ["page"] * 3
    assert [f.gray.mean() for f in found if isinstance(f, PageImage)] == [255, 0, 255]


@pytest.mark.parametrize("drawn", [False, True])
def test_a_page_with_a_point_for_each_pixel_is_read(tmp_path: Path, drawn: bool) -> None:
    """As ImageMagick and the apps of phones make them: 60 cm x 78 cm on paper, and 3.7 million pixels."""
    sheet = np.full((2200, 1700), 240, np.uint8)
    sheet[100:200, 100:1600] = 20
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(1700, 2200))
    canvas.drawInlineImage(Image.fromarray(sheet), 0, 0, 1700, 2200)
    if drawn:
        canvas.rect(200, 200, 900, 900, fill=1)
    canvas.save()
    found = page(tmp_path / "a.pdf").gray
    assert found.size <= limits.PAGE_PIXELS
    assert found.shape[0] / found.shape[1] == pytest.approx(2200 / 1700, rel=0.01)
    assert found[len(found) * 150 // 2200, found.shape[1] // 2] < 60
    if not drawn:
        assert np.array_equal(found, sheet)


def test_a_pdf_without_pages_is_not_called_encrypted(tmp_path: Path) -> None:
    locked = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.encrypt("secret")
    writer.write(locked)
    (tmp_path / "a.pdf").write_bytes(locked.getvalue())
    (tmp_path / "b.pdf").write_bytes(
        pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    )
    assert codes(read(tmp_path)) == ["E706", "E703"]


def test_the_words_of_a_scanners_own_ocr_do_not_count(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (280, 200), dtype=np.uint8)
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(72, 100.8))
    canvas.drawInlineImage(Image.fromarray(noise), 0, 0, 72, 100.8)
    text = canvas.beginText(10, 50)
    text.setTextRenderMode(3)
    text.textLine("hidden")
    canvas.drawText(text)
    canvas.save()
    assert np.array_equal(page(tmp_path / "a.pdf").gray, noise)


def test_a_multi_page_tiff_gives_its_pages_in_order(tmp_path: Path) -> None:
    pages = [Image.new("L", (50, 70), level) for level in (10, 120, 240)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    found = read(tmp_path / "a.tif")
    assert [f.index for f in found] == [0, 1, 2]
    assert [round(float(f.gray.mean())) for f in found if isinstance(f, PageImage)] == [10, 120, 240]


@pytest.mark.parametrize(("name", "options"), [("a.tif", {"compression": "group4"}), ("a.pdf", {}), ("a.png", {})])
def test_black_and_white_scans_are_known_as_such(tmp_path: Path, name: str, options: dict[str, str]) -> None:
    sheet = np.full((280, 200), 255, np.uint8)
    sheet[50:90, 30:60] = 0
    Image.fromarray(sheet).convert("1").save(tmp_path / name, **options)
    assert page(tmp_path / name).bilevel


def test_a_fax_gets_square_pixels(tmp_path: Path) -> None:
    Image.new("L", (1728, 1078), 200).save(tmp_path / "fax.tif", dpi=(204, 98))
    found = page(tmp_path / "fax.tif")
    assert found.gray.shape[0] / found.gray.shape[1] == pytest.approx(1078 * 204 / 98 / 1728, rel=0.01)


def test_sixteen_bit_gray_keeps_its_range(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 100).astype(np.uint16).reshape(10, 10)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    gray = page(tmp_path / "deep.png").gray
    assert (gray.min(), gray.max()) == (0, 255)


def test_transparency_is_paper(tmp_path: Path) -> None:
    Image.new("RGBA", (60, 60), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert page(tmp_path / "clear.png").gray.min() == 255


def test_a_folder_is_read_sorted_and_other_files_are_passed_over(tmp_path: Path, picture: Image.Image) -> None:
    (tmp_path / "b").mkdir()
    picture.save(tmp_path / "b" / "2.png")
    picture.save(tmp_path / "a.jpg")
    picture.save(tmp_path / "scan001", format="TIFF")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "README").write_text("hello")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "a.jpg")
    assert [Path(f.file).name for f in read(tmp_path)] == ["a.jpg", "2.png", "scan001"]


def test_scans_are_not_changed(tmp_path: Path, picture: Image.Image) -> None:
    picture.save(tmp_path / "a.pdf")
    before = (tmp_path / "a.pdf").read_bytes()
    read(tmp_path)
    assert (tmp_path / "a.pdf").read_bytes() == before


def tiff_claiming(width: int, height: int, *, looping: bool = False) -> bytes:
    """A TIFF that says it has width x height pixels; its directory may point back to itself."""
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 0), (273, 4, 1, 8),
            (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 8)]  # fmt: skip
    body = b"".join(struct.pack("<HHII", *t) for t in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + body + struct.pack("<I", 8 * looping)


def pdf_truncated() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 400), 60).save(out, "PDF")
    return out.getvalue()[:4000]


HOSTILE = {
    "truncated.pdf": pdf_truncated(),
    "random.pdf": b"%PDF-1.7\n" + np.random.default_rng(2).bytes(5000),
    "random.tif": np.random.default_rng(3).bytes(5000),
    "huge.tif": tiff_claiming(60000, 60000),
    "huge.png": png_claiming(50000, 50000),
    "warned.png": png_claiming(12000, 12000),
    "cut.png": png_claiming(3000, 3000)[:60],
    "empty.jpg": b"",
    "text.jpg": b"this is no picture",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_failure_and_stops_nothing(tmp_path: Path, picture: Image.Image, name: str) -> None:
    picture.save(tmp_path / "a.png")
    (tmp_path / f"m-{name}").write_bytes(HOSTILE[name])
    picture.save(tmp_path / "z.png")
    found = codes(read(tmp_path))
    assert found[0] == found[-1] == "page"
    expected = "E705" if name.startswith(("huge", "warned")) else "E703"
    assert found[1:-1] == [expected]


def test_a_tiff_whose_directory_loops_ends(tmp_path: Path) -> None:
    (tmp_path / "loop.tif").write_bytes(tiff_claiming(8, 8, looping=True))
    assert len(read(tmp_path / "loop.tif")) <= 2


def test_a_giant_pdf_page_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(14400, 14400))
    canvas.rect(0, 0, 9, 9)
    canvas.showPage()
    canvas.setPageSize((595, 842))
    canvas.rect(0, 0, 9, 9)
    canvas.save()
    assert codes(read(tmp_path / "a.pdf")) == ["E705", "page"]


def test_an_encrypted_pdf_is_named_as_such(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), encrypt="secret")
    canvas.rect(0, 0, 9, 9)
    canvas.save()
    assert codes(read(tmp_path / "a.pdf")) == ["E706"]


def test_too_many_pages_and_too_large_files_are_refused(
    tmp_path: Path, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture.save(tmp_path / "a.tif", save_all=True, append_images=[picture] * 3)
    picture.save(tmp_path / "a.pdf", save_all=True, append_images=[picture] * 3)
    monkeypatch.setattr(limits, "PAGES_PER_FILE", 2)
    assert codes(read(tmp_path / "a.tif")) == ["page", "page", "E704"]
    assert codes(read(tmp_path / "a.pdf")) == ["E704"]
    monkeypatch.setattr(limits, "FILE_BYTES", 100)
    assert codes(read(tmp_path / "a.pdf")) == ["E702"]


def test_missing_files_and_empty_folders_are_failures(tmp_path: Path) -> None:
    assert codes(read(tmp_path)) == ["E701"]
    assert codes(read(tmp_path / "nothing.pdf")) == ["E701"]


def test_every_failure_says_place_fault_and_cure(tmp_path: Path) -> None:
    for name, data in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
    for found in read(tmp_path):
        assert isinstance(found, Broken)
        assert Path(found.error.place).name in HOSTILE
        assert found.error.fault
        assert found.error.cure
    assert {".pdf", ".tif", ".jpg", ".png"} <= images.SUFFIXES
