"""A file that is searched in parts has what it has as a whole."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.scan import pdf

WORDS = st.lists(st.sampled_from([b"/Mask", b"/SMask", b"/Decode", b"Parms", b"In", b"D", b" ", b"/", b"0123456789"]))
PATTERNS = [pdf._MASKED, pdf._ENCRYPTED, pdf._IMAGE]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.pattern.decode()[:12])
@given(words=WORDS, size=st.integers(1, 40))
def test_the_parts_are_the_whole(pattern: re.Pattern[bytes], words: list[bytes], size: int) -> None:
    content = b"".join(words) + (b"/Encrypt 5 0 R" if len(words) % 3 == 0 else b"/Subtype /Image")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "_PART", size)
        file = Path(folder) / "a.pdf"
        file.write_bytes(content)
        assert pdf._holds(file, pattern) == bool(pattern.search(content))
