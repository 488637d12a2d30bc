"""Fixtures of the text engine's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from papermode.typeset import shaping
from papermode.typeset.fonts import FontBook


@pytest.fixture
def bundled_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[FontBook]:
    """Set text with the bundled fonts alone, whatever this machine has installed."""
    book = FontBook(system_dirs=())
    monkeypatch.setattr(shaping, "default_book", lambda _: book)
    shaping.use_font_dirs(())
    yield book
    monkeypatch.undo()
    shaping.use_font_dirs(())
