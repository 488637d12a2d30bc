"""Clusters never split what belongs together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.typeset.clusters import clusters

FULL = Path("/usr/share/unicode/auxiliary/GraphemeBreakTest.txt")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Zoe\u0308", ["Z", "o", "e\u0308"]),
        ("क्षत्रिय", ["क्ष", "त्रि", "य"]),
        ("น้ำใจ", ["น้ำ", "ใจ"]),
        ("👩\u200d⚕\ufe0fx", ["👩\u200d⚕\ufe0f", "x"]),
        ("🇬🇧🇫🇷", ["🇬🇧", "🇫🇷"]),
        ("\u1100\u1161\u11a8가", ["\u1100\u1161\u11a8", "가"]),
        ("👍🏽", ["👍🏽"]),
        ("a \u0301", ["a", " ", "\u0301"]),
    ],
)
def test_clusters(text: str, wanted: list[str]) -> None:
    assert clusters(text) == wanted


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.skipif(not FULL.exists(), reason="Debian's unicode-data is not installed")
def test_every_boundary_is_one_of_unicode() -> None:
    """Tailoring only joins: no break where UAX #29 has none (but at spaces, line ends and controls)."""
    wrong = []
    for line in FULL.read_text(encoding="utf-8").splitlines():
        marked = line.split("#")[0].split()
        if not marked:
            continue
        text = "".join(chr(int(code, 16)) for code in marked[1::2])
        # A flag beside a joiner is no emoji sequence; here a joiner always joins.
        if any(c in " \r\n" or ord(c) < 32 for c in text) or "\U0001f1e6\u200d" in text:
            continue
        allowed = {i for i, mark in enumerate(marked[0::2]) if mark == "÷"}
        position = 0
        for cluster in clusters(text):
            position += len(cluster)
            if position not in allowed:
                wrong.append(line)
    assert not wrong
