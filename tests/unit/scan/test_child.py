"""The child process: same answers as in the process itself, and nothing kills the batch."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from papermode.scan import limits
from papermode.scan.child import page_images_guarded
from papermode.scan.images import Broken, PageImage, page_images

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="needs POSIX resource limits")


def flate_bomb(size: int) -> bytes:
    """A PDF with one page whose content unpacks to ``size`` bytes of drawing."""
    packer = zlib.compressobj(9)
    block = b"0 0 1 1 re f\n" * 80_000
    content = b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, o) for i, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF"


def do_chain(levels: int) -> bytes:
    """A PDF of 5 kB whose form XObjects each draw the next one twice: 2 ** levels drawings."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /XObject << /X 5 0 R >> >> >>",
        b"<< /Length 5 >>\nstream\n/X Do\nendstream",
    ]
    for level in range(levels):
        objects.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X %d 0 R >> >>"
            b" /Length 11 >>\nstream\n/X Do /X Do\nendstream" % (6 + level)
        )
    objects.append(b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 12 >>\nstream\n0 0 9 9 re f\nendstream")
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, o) for i, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF"


def sheet(path: Path, level: int) -> None:
    Image.new("L", (80, 110), level).save(path)


def test_the_child_gives_what_the_process_itself_gives(tmp_path: Path) -> None:
    Image.effect_noise((200, 280), 60).save(tmp_path / "a.pdf", save_all=True)
    sheet(tmp_path / "b.tif", 40)
    (tmp_path / "c.jpg").write_bytes(b"nothing")
    ours, theirs = list(page_images(tmp_path)), list(page_images_guarded([tmp_path]))
    assert [type(x) for x in ours] == [type(x) for x in theirs]
    for a, b in zip(ours, theirs, strict=True):
        assert (a.file, a.index) == (b.file, b.index)
        if isinstance(a, PageImage) and isinstance(b, PageImage):
            assert np.array_equal(a.gray, b.gray)
            assert (a.dpi_hint, a.bilevel) == (b.dpi_hint, b.bilevel)
        elif isinstance(a, Broken) and isinstance(b, Broken):
            assert a.error.as_dict() == b.error.as_dict()


@pytest.mark.parametrize("bomb", [do_chain(40), flate_bomb(2_000_000_000)], ids=["do-chain", "flate"])
def test_a_bomb_is_killed_and_the_next_file_is_read(
    tmp_path: Path, bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHILD_CPU_SECONDS", 0)
    monkeypatch.setattr("papermode.scan.child._START_SECONDS", 1.0)
    sheet(tmp_path / "a.png", 10)
    (tmp_path / "b.pdf").write_bytes(bomb)
    sheet(tmp_path / "c.png", 20)
    started = time.monotonic()
    found = list(page_images_guarded([tmp_path]))
    assert time.monotonic() - started < 15
    assert [Path(f.file).name for f in found] == ["a.png", "b.pdf", "c.png"]
    assert isinstance(found[1], Broken)
    assert found[1].error.code in {"E703", "E707"}
    assert isinstance(found[2], PageImage)
