"""Bad files that a folder of scans may hold: bombs, loops, giants, lies, links (``python -m tests.bad_files DIR``).

Each is small on the disk and made from nothing, so that none needs a licence. The generator knows what ``papermode
scan`` has to say of each.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile
from reportlab.pdfgen.canvas import Canvas

Objects = Sequence[bytes]
A4: Final = b"/MediaBox [0 0 595 842]"
FORM: Final = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
LINK: Final = "link.pdf"
PIPE: Final = "pipe.tif"


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad file."""

    data: Callable[[], bytes]
    codes: frozenset[str] = frozenset({"E703"})
    """Codes of which one must be named; empty: the file can be read."""
    entries: int = 1
    """Entries that it has in the report."""


def pdf(objects: Objects, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the catalog."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, o) for i, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R /Size %d %s >>\n%%%%EOF" % (len(objects) + 1, trailer)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def page(*more: bytes, entries: bytes = A4, catalog: bytes = b"") -> bytes:
    """Return a PDF of one page: object 3, with its content in object 4 and what follows from 5 on."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R %s >>" % entries,
            *more,
        ]
    )


def packed(block: bytes, times: int) -> bytes:
    """Return a block many times over, deflated."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(block) for _ in range(times)) + packer.flush()


def flate_bomb(size: int, levels: int = 1) -> bytes:
    """Return a page whose content unpacks to ``size`` bytes of drawing, deflated once or twice."""
    packer = zlib.compressobj(9)
    block = b"0 0 1 1 re f\n" * 80_000
    start, piece = (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    # After a full flush a piece stands for itself, so that nothing as large as the bomb is deflated here.
    content = start + piece * (size // len(block) - 1) + packer.flush()
    for _ in range(levels - 1):
        content = zlib.compress(content, 9)
    return page(stream(content, b"/Filter [%s]" % (b"/FlateDecode " * levels)))


def do_chain(levels: int) -> bytes:
    """Return a page of 5 kB whose forms each draw the next one twice: 2 ** levels drawings."""
    chain = [
        stream(b"/X Do /X Do", b"%s /Resources << /XObject << /X %d 0 R >> >>" % (FORM, 6 + level))
        for level in range(levels)
    ]
    entries = A4 + b" /Resources << /XObject << /X 5 0 R >> >>"
    return page(stream(b"/X Do"), *chain, stream(b"0 0 9 9 re f", FORM), entries=entries)


def giant_page() -> bytes:
    """Return a page of 50 metres: the largest box, in the largest user unit that viewers take."""
    return page(stream(b"0 0 9 9 re f"), entries=b"/MediaBox [0 0 14400 14400] /UserUnit 10")


def huge_image() -> bytes:
    """Return a page with a picture of 40,000 x 40,000 pixels."""
    size = 40_000
    picture = stream(
        packed(b"\xaa" * (size // 8), size),
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray"
        b" /Filter /FlateDecode" % (size, size),
    )
    entries = b"/MediaBox [0 0 595 595] /Resources << /XObject << /I 5 0 R >> >>"
    return page(stream(b"595 0 0 595 0 0 cm /I Do"), picture, entries=entries)


def picture_page(data: bytes, name: bytes = b"I") -> bytes:
    """Return a page with a JPEG of 400 x 500 pixels over it, which is drawn by a name that may be another."""
    entries = b"/Type /XObject /Subtype /Image /Width 400 /Height 500 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    box = A4 + b" /Resources << /XObject << /I 5 0 R >> >>"
    return page(
        stream(b"595 0 0 842 0 0 cm /%s Do" % name), stream(data, entries + b" /Filter /DCTDecode"), entries=box
    )


def tree_loop() -> bytes:
    """Return a page tree whose branch is its own root."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 1 >>",
        ]
    )


def fan_out(kids: int, levels: int) -> bytes:
    """Return a page tree of a few nodes and ``kids ** levels`` leaves, all of them one page."""
    nodes = [
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (kids ** (levels - n), b"%d 0 R " % (3 + n) * kids)
        for n in range(levels)
    ]
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", *nodes, b"<< /Type /Page %s >>" % A4])


def deep_array(depth: int) -> bytes:
    """Return a page with an array in an array in an array."""
    return page(stream(b""), entries=A4 + b" /Deep " + b"[" * depth + b"]" * depth)


def actions() -> bytes:
    """Return a page that wants to run things when it is opened, and has a program and a link on it."""
    catalog = (
        b"/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1/'\\)) >>"
        b" /Names << /EmbeddedFiles << /Names [(run.exe) 6 0 R] >> >> /AA << /WC << /S /Launch /F (run.exe) >> >>"
    )
    link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 595 842] /A << /S /URI /URI (http://127.0.0.1/) >> >>"
    program = b"<< /Type /Filespec /F (run.exe) /EF << /F 7 0 R >> >>"
    embedded = stream(b"MZ" + bytes(99), b"/Type /EmbeddedFile")
    content = b"BT /F1 40 Tf 90 600 Td (Discharge letter) Tj ET 90 300 300 200 re f"
    entries = A4 + b" /Annots [5 0 R] /Resources << /Font << /F1 8 0 R >> >>"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return page(stream(content), link, program, embedded, font, entries=entries, catalog=catalog)


def encrypted() -> bytes:
    """Return a page that needs a password."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt="secret")
    canvas.rect(0, 0, 9, 9)
    canvas.save()
    return out.getvalue()


def many_pages(count: int) -> bytes:
    """Return a PDF of so many pages."""
    kids = b" ".join(b"%d 0 R" % (3 + n) for n in range(count))
    pages = [b"<< /Type /Page /Parent 2 0 R %s >>" % A4] * count
    return pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids), *pages]
    )


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG of 70 bytes that says it has width x height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def tiff(width: int, height: int, *, following: int = 0, data: bytes = b"") -> bytes:
    """Return a TIFF of one strip, deflated; ``following`` is where it says that its next directory is."""
    strip = data or zlib.compress(b"\0" * 99)
    tags = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 8), (262, 3, 1), (273, 4, 8 + 2 + 9 * 12 + 4),
            (277, 3, 1), (278, 4, height), (279, 4, len(strip))]  # fmt: skip
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + struct.pack("<I", following) + strip


def legal_tiff(side: int) -> bytes:
    """Return a sound TIFF between one and two times Pillow's own limit, of which Pillow only warns."""
    return tiff(side, side, data=packed(b"\xaa" * side, side))


def pictures(count: int) -> list[Image.Image]:
    """Return sheets of noise."""
    rng = np.random.default_rng(7)
    return [Image.fromarray(rng.integers(0, 255, (500, 400), dtype=np.uint8)) for _ in range(count)]


def saved(kind: str, count: int = 1, **options: Any) -> bytes:
    """Return sheets of noise as a file."""
    first, *others = pictures(count)
    out = io.BytesIO()
    first.save(out, kind, **({"save_all": True, "append_images": others} if others else {}), **options)
    return out.getvalue()


def second_page_broken() -> bytes:
    """Return a TIFF of three pages, the second of which does not unpack."""
    data = bytearray(saved("TIFF", 3, compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        start = cast(TiffImageFile, image).tag_v2[273][0]
    data[start : start + 400] = b"\xff" * 400
    return bytes(data)


FILES: Final[dict[str, Bad]] = {
    "flate.pdf": Bad(lambda: flate_bomb(2_000_000_000), frozenset({"E703", "E707"})),
    "flate-twice.pdf": Bad(lambda: flate_bomb(4_000_000_000, levels=2), frozenset({"E703", "E707"})),
    "do-chain.pdf": Bad(lambda: do_chain(30), frozenset({"E707"})),
    "giant-page.pdf": Bad(giant_page, frozenset({"E705"})),
    "huge-image.pdf": Bad(huge_image, frozenset({"E705"})),
    "half-a-picture.pdf": Bad(lambda: picture_page(saved("JPEG")[:20_000])),
    "no-picture.pdf": Bad(lambda: picture_page(saved("JPEG"), b"J")),
    "whole-picture.pdf": Bad(lambda: picture_page(saved("JPEG")), frozenset()),
    "tree-loop.pdf": Bad(tree_loop),
    "fan-out.pdf": Bad(lambda: fan_out(30, 10)),
    "fan-out-of-27000.pdf": Bad(lambda: fan_out(30, 3), frozenset({"E704"})),
    "deep-array.pdf": Bad(lambda: deep_array(200_000), frozenset()),
    "random.pdf": Bad(lambda: b"%PDF-1.7\n" + np.random.default_rng(3).bytes(50_000)),
    "encrypted.pdf": Bad(encrypted, frozenset({"E706"})),
    "many-pages.pdf": Bad(lambda: many_pages(3_000), frozenset({"E704"})),
    "huge.tif": Bad(lambda: tiff(60_000, 60_000), frozenset({"E705"})),
    "loop.tif": Bad(lambda: tiff(400, 504, following=8, data=packed(b"\xf0" * 400, 504)), frozenset()),
    "legal-144-mpx.tif": Bad(lambda: legal_tiff(12_000), frozenset({"E705"})),
    "second-page-broken.tif": Bad(second_page_broken, entries=3),
    "second-directory-broken.tif": Bad(
        lambda: tiff(400, 504, following=40, data=packed(b"\xf0" * 400, 504)), entries=2
    ),
    "huge.png": Bad(lambda: png_claiming(50_000, 50_000), frozenset({"E705"})),
    "empty.jpg": Bad(bytes),
    "truncated.jpg": Bad(lambda: saved("JPEG", quality=90)[:20_000]),
    "a-pdf-named.jpg": Bad(lambda: saved("PDF"), frozenset()),
    "actions.pdf": Bad(actions, frozenset()),
    LINK: Bad(bytes, frozenset({"E701"})),
    PIPE: Bad(bytes, frozenset({"E701"})),
}
"""The files by name."""


def write_bad_files(folder: Path) -> Iterator[Path]:
    """Write all of them; yield each when it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, bad in FILES.items():
        path = folder / name
        if name == LINK:
            path.symlink_to("/etc/passwd")
        elif name == PIPE:
            os.mkfifo(path)
        else:
            path.write_bytes(bad.data())
        yield path


if __name__ == "__main__":
    for written in write_bad_files(Path(sys.argv[1])):
        sys.stdout.write(f"{written} {written.lstat().st_size}\n")
