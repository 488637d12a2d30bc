"""UAX #9 levels and order, against Unicode's own cases."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest

from papermode.typeset.bidi import PDI, isolate, levels, needs_levels, reorder

SAMPLE = Path(__file__).parent / "data" / "BidiCharacterTest-sample.txt.gz"
FULL = Path("/usr/share/unicode/BidiCharacterTest.txt")


def failures(lines: Iterable[str]) -> tuple[int, list[str]]:
    """Return how many cases there are and those whose level, levels or order differ."""
    count, wrong = 0, []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        codes, direction, paragraph, wanted, order = line.strip().split(";")
        text = "".join(chr(int(code, 16)) for code in codes.split())
        base, found = levels(text, ("ltr", "rtl", "auto")[int(direction)])
        shown = [i for i, level in enumerate(found) if level is not None]
        visual = reorder(shown, [found[i] or 0 for i in shown])
        got = ["x" if level is None else str(level) for level in found]
        count += 1
        if (base, got, visual) != (int(paragraph), wanted.split(), [int(i) for i in order.split()]):
            wrong.append(line)
    return count, wrong


def test_sample_of_unicode_cases() -> None:
    count, wrong = failures(gzip.decompress(SAMPLE.read_bytes()).decode().splitlines())
    assert count == 2009
    assert not wrong


@pytest.mark.skipif(not FULL.exists(), reason="Debian's unicode-data is not installed")
def test_all_unicode_cases() -> None:
    with FULL.open(encoding="utf-8") as lines:
        count, wrong = failures(lines)
    assert count > 90_000
    assert not wrong


def visual(text: str) -> str:
    """Return the text as it is read from left to right on paper (unmirrored)."""
    base, found = levels(text)
    return "".join(reorder(text, [base if level is None else level for level in found]))


def test_a_range_beside_an_arabic_name_is_reversed_unless_isolated() -> None:
    assert "5-10" not in visual("محمد 5-10 mg")
    assert "5-10 mg" in visual(f"محمد {isolate('5-10 mg')}")


def test_isolate_closes_what_it_opens() -> None:
    assert isolate("x")[-1] == PDI
    assert visual(f"{isolate('אב')} 1-2").replace("\u2068", "").replace("\u2069", "") == "בא 1-2"


def test_plain_text_needs_no_levels() -> None:
    assert not needs_levels("Zoë Щербаков 5-10 mg (≤ 2)")
    assert needs_levels("יוסף")


def test_depth_of_embeddings_is_bounded() -> None:
    text = "\u202b" * 300 + "a" + "\u202c" * 300
    assert levels(text, "ltr")[1][300] == 126


def test_empty_text() -> None:
    assert levels("") == (0, [])
    assert reorder([], []) == []
