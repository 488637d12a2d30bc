"""French words of the review page."""

from __future__ import annotations

import re
from typing import Final

FRENCH: Final[dict[str, str]] = {}
PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = ()
