"""The child process: same answers as in the process itself, and nothing kills the batch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from papermode.scan import limits
from papermode.scan.child import page_images_guarded
from papermode.scan.images import Broken, PageImage, page_images
from tests.bad_files import FILES, LINK, PIPE, do_chain, flate_bomb

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="needs POSIX resource limits")


SECONDS: Final = 30.0
"""What one file may take, on whatever machine."""


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


@pytest.mark.parametrize("name", sorted(set(FILES) - {LINK, PIPE}))
def test_each_bad_file_ends_in_time_and_is_named(tmp_path: Path, name: str) -> None:
    """This test ensures that every bad file ends soon with its own code, place, fault and cure, under the real limits."""
    bad, path = FILES[name], tmp_path / name
    path.write_bytes(bad.data())
    before = path.read_bytes()
    started = time.monotonic()
    found = list(page_images_guarded([path]))
    assert time.monotonic() - started < SECONDS
    assert [f.index for f in found] == list(range(bad.entries)), "every image once, whether it can be read or not"
    errors = [f.error for f in found if isinstance(f, Broken)]
    assert {e.code for e in errors} <= bad.codes
    assert len(errors) == bool(bad.codes)
    assert all(e.place == str(path) and e.fault and e.cure for e in errors)
    assert path.read_bytes() == before


def test_links_and_pipes_are_named_and_never_opened(tmp_path: Path) -> None:
    """This test ensures that a drop folder cannot make the reader open another file, or wait for one that never ends."""
    sheet(tmp_path / "a.png", 10)
    (tmp_path / "out.pdf").symlink_to("/etc/passwd")
    (tmp_path / "folder.png").symlink_to(tmp_path.parent)
    os.mkfifo(tmp_path / "pipe.tif")
    found = list(page_images_guarded([tmp_path]))
    broken = [f for f in found if isinstance(f, Broken)]
    assert sorted(Path(b.file).name for b in broken) == ["folder.png", "out.pdf", "pipe.tif"]
    assert {b.error.code for b in broken} == {"E701"}
    assert [Path(f.file).name for f in found if isinstance(f, PageImage)] == ["a.png"]


def test_a_pipe_that_is_named_itself_does_not_stop_the_batch(tmp_path: Path) -> None:
    sheet(tmp_path / "a.png", 10)
    os.mkfifo(tmp_path / "pipe")
    pipe, page = page_images_guarded([tmp_path / "pipe", tmp_path / "a.png"])
    assert isinstance(pipe, Broken)
    assert pipe.error.code == "E701"
    assert isinstance(page, PageImage)


def test_a_name_that_is_no_text_is_told_of_and_not_read(tmp_path: Path) -> None:
    """This test ensures that no file name can break the journal, or send commands to a terminal."""
    sheet(tmp_path / "a.png", 10)
    shutil.copy(tmp_path / "a.png", tmp_path / os.fsdecode(b"\xff.png"))
    shutil.copy(tmp_path / "a.png", tmp_path / "\x1b[2J.png")
    found = list(page_images_guarded([tmp_path, tmp_path / "\x1b[2J.png"]))
    broken = [f for f in found if isinstance(f, Broken)]
    assert sorted(Path(b.file).name for b in broken) == ["?.png", "?[2J.png"]
    assert {(b.error.code, b.error.place == b.file) for b in broken} == {("E701", True)}
    assert [Path(f.file).name for f in found if isinstance(f, PageImage)] == ["a.png"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    sheet(tmp_path / "a.png", 10)
    (tmp_path / "b").mkdir()
    again = [tmp_path, tmp_path / "a.png", tmp_path / "b" / ".." / "a.png"]
    assert [f.file for f in page_images_guarded(again)] == [str(tmp_path / "a.png")]


def test_a_picture_of_another_kind_is_named(tmp_path: Path) -> None:
    """This test ensures that a phone's HEIC photo in the folder is not left out in silence."""
    sheet(tmp_path / "a.png", 10)
    (tmp_path / "IMG_0001.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    photo, page = page_images_guarded([tmp_path])
    assert isinstance(photo, Broken)
    assert photo.error.code == "E703"
    assert isinstance(page, PageImage)


def test_a_child_that_does_not_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("papermode.scan.child._START_SECONDS", 0.0)
    sheet(tmp_path / "a.png", 10)
    (found,) = page_images_guarded([tmp_path])
    assert isinstance(found, Broken)
    assert (found.error.code, found.error.fault) == ("E707", "the process that reads files did not start.")


def test_a_long_pdf_gives_its_pages_in_order_in_bounded_memory(tmp_path: Path) -> None:
    """This test ensures that a stack of hundreds of colour pages does not fill the child's memory page by page."""
    noise = np.asarray(Image.effect_noise((900, 900), 90), dtype=np.uint8)
    pages = [Image.fromarray(np.vstack([np.full((100, 900), 4 * n, np.uint8), noise])) for n in range(60)]
    pages[0].save(tmp_path / "a.pdf", save_all=True, append_images=pages[1:], quality=95)
    assert (tmp_path / "a.pdf").stat().st_size > 30_000_000
    done = subprocess.run([sys.executable, "-c", _RSS, str(tmp_path / "a.pdf")], capture_output=True, check=True)
    seen = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert [round(level / 4) for level, _ in seen] == list(range(60))
    half = max(mb for _, mb in seen[:30])
    assert max(mb for _, mb in seen[30:]) < half + 10, "MB"


_RSS: Final = """
import os, sys
from pathlib import Path
from papermode.scan.images import page_images
for image in page_images(Path(sys.argv[1])):
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    print(round(image.gray[:90].mean()), resident)
"""
