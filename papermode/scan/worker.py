"""The child's side of :mod:`papermode.scan.child`: limit yourself, then parse.

Reads file names (JSON strings, one a line) from stdin. Writes to stdout a ``ready`` header, then for each file one
JSON header per page image (4 bytes of length before it) followed by the pixels, and an ``end`` header. Nothing but
the standard library is loaded before the limits are set.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from papermode.scan import limits


def main() -> None:
    """Serve one parent, then end without the clean-up of native libraries."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the pages
    _limit_memory_and_files()
    from papermode.scan.images import Broken, page_images
    from papermode.scan.threads import one_picture_thread

    one_picture_thread()
    _send(out, {"kind": "ready"})
    for line in sys.stdin:
        _allow_time(limits.CHILD_CPU_SECONDS)
        for image in page_images(Path(json.loads(line))):
            _allow_time(limits.CHILD_CPU_SECONDS_PER_PAGE, more=True)
            if isinstance(image, Broken):
                _send(out, {"kind": "broken", "index": image.index, "error": image.error.as_dict()})
                continue
            header = {
                "kind": "page",
                "index": image.index,
                "shape": image.gray.shape,
                "dpi": image.dpi_hint,
                "bilevel": image.bilevel,
                "planes": 1 if image.without_ink is None else 2,
            }
            _send(out, header, image.gray.data.cast("B"))
            if image.without_ink is not None:
                out.write(image.without_ink.data.cast("B"))
                out.flush()
        _send(out, {"kind": "end"})
    os._exit(0)


def _send(out: Any, header: dict[str, Any], pixels: memoryview | bytes = b"") -> None:
    text = json.dumps(header).encode()
    out.write(len(text).to_bytes(4, "big") + text)
    out.write(pixels)
    out.flush()


def _limit_memory_and_files() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, limit in (
        (resource.RLIMIT_AS, limits.CHILD_ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, limits.CHILD_FILE_SIZE),
        (resource.RLIMIT_NOFILE, limits.CHILD_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard),) * 2)


def _allow_time(seconds: int, *, more: bool = False) -> None:
    """Set the CPU time left: ``seconds`` from now, or that much more than is allowed already."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if not more or soft == resource.RLIM_INFINITY:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft + seconds, hard))
