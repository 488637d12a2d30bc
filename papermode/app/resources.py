"""Where the form library and the example site are: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import papermode

_PACKAGE: Final = Path(papermode.__file__).parent


def forms_dir() -> Path:
    """Return the folder of the shipped forms."""
    return _shipped("_forms", "forms")


def examples_dir() -> Path:
    """Return the folder of the example site."""
    return _shipped("_examples", "examples")


def _shipped(in_wheel: str, in_checkout: str) -> Path:
    inside = _PACKAGE / in_wheel
    return inside if inside.is_dir() else _PACKAGE.parent / in_checkout
