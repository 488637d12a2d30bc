"""Written PDFs, looked at again with an independent library: page counts and text (pypdf)."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from papermode.errors import PrintError


def count_pages(pdf: Path) -> int:
    """Return the number of pages of a PDF, or 0 when it cannot be read."""
    try:
        return len(PdfReader(pdf).pages)
    except (PyPdfError, OSError, ValueError):
        return 0


def bind(pdfs: list[Path], target: Path) -> int:
    """Bind several packets into one PDF, each with its own outline entries; return the number of pages.

    Raises:
        PrintError: E502, one of them cannot be read or the target cannot be written.
    """
    writer = PdfWriter()
    try:
        for pdf in pdfs:
            writer.append(pdf)
        writer.write(target)
    except (PyPdfError, OSError, ValueError) as error:
        raise PrintError(
            "E502",
            place=str(target),
            fault=f"the packets could not be bound ({error}).",
            cure="Check the packet folders with `papermode verify`.",
        ) from error
    return len(writer.pages)
