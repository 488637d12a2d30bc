"""Plain sheets to print: a title and lines of text, on A4. For reconciliation and reports, not for patients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from papermode.errors import UsageFaultError
from papermode.geometry import A4
from papermode.printing.pdf import save_lines
from papermode.typeset.wrap import wrap

_LEFT, _TOP, _WIDTH = 2000, 2000, 17000


def spans(numbers: Iterable[int]) -> str:
    """Return numbers in words, e.g. ``1-3, 7``."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(str(s[0]) if len(s) == 1 else f"{s[0]}-{s[-1]}" for s in found)


def write_sheet(title: str, lines: Sequence[str], out: Path, *, language: str) -> None:
    """Write lines of text in a language as a PDF, wrapped and over as many pages as they need.

    Raises:
        UsageFaultError: E003, the file is no PDF.
        PrintError: E501, it cannot be written.
    """
    if out.suffix.lower() != ".pdf":
        raise UsageFaultError("E003", place=str(out), fault="is no PDF.", cure="Name a file that ends in .pdf.")
    wrapped = [part for line in lines for part in wrap(line, 1000, _WIDTH)]
    save_lines(title, wrapped, out, size=(A4.w, A4.h), left=_LEFT, top=_TOP, language=language)
