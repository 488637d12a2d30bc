"""What a scanned file may cost. Every limit of the reader is here and has a test.

The values are those of the threat model (docs/security.md): a 7 kB PDF can unpack to 4 GiB, and a 437 kB
TIFF can claim 60,000 x 60,000 pixels.
"""

from __future__ import annotations

from typing import Final

FILE_BYTES: Final = 200 * 1024 * 1024
"""Largest file that is opened."""

PAGES_PER_FILE: Final = 2_000

PAGE_PIXELS: Final = 40_000_000
"""Most pixels of one page: A4 at 600 dpi has 34.8 million."""

RENDER_DPI: Final = 200
"""A PDF page that is not one scanned image is drawn at this resolution."""

RENDER_CHECK_DPI: Final = 300
"""A PDF page whose size at this resolution exceeds ``PAGE_PIXELS`` is refused before it is drawn."""

WORK_PIXELS_LONG_SIDE: Final = 5_300
"""An image with a longer side (more than about 450 dpi of A4) is reduced before it is read."""

SMALLEST_SIDE: Final = 300
"""Pixels of the short side of the smallest picture that is looked at as a page: 36 dpi of A4."""

CODES_PER_PAGE: Final = 16
"""Codes beyond this number on one page are not looked at."""

CODE_CHARACTERS: Final = 311
"""Longest code text that is handed on: the capacity of the largest symbol that papermode ever printed."""

CHILD_ADDRESS_SPACE: Final = 1536 * 1024 * 1024
CHILD_FILE_SIZE: Final = 256 * 1024 * 1024
CHILD_OPEN_FILES: Final = 64
CHILD_CPU_SECONDS: Final = 10
"""CPU time of a child for one file, to which ``CHILD_CPU_SECONDS_PER_PAGE`` is added for each page."""
CHILD_CPU_SECONDS_PER_PAGE: Final = 1
CHILD_WALL_FACTOR: Final = 2
"""A child may take this many times its CPU allowance by the clock."""
