"""Begin a store's journal anew where it was lost: the stored scans stay, and are read again.

What people had decided is lost with the journal. What was filed has the same ids when it is filed again, so that
nothing is filed twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from papermode.errors import StoreError
from papermode.store import index, journal
from papermode.store.durable import Disk, OsDisk, telling

LOST: Final = "journal.lost-"


def put_aside(folder: Path, *, disk: Disk | None = None, now: datetime | None = None) -> Path | None:
    """Put a damaged journal aside, so that a new one can begin.

    Args:
        folder: The store; it must not be open.
        disk: The disk; usual: this machine's.
        now: The time; usual: the computer's.

    Returns:
        Where the damaged journal is now, or ``None`` if there was none.

    Raises:
        StoreError: E821 the journal is sound; E810 the disk refuses.
    """
    disk = disk or OsDisk()
    old = journal.Journal(folder, disk)
    old.sync()
    if old.fault is None and old.end:
        raise StoreError(
            "E821",
            place=str(old.path),
            fault="is whole: there is nothing to rebuild.",
            cure="If only the index is damaged, run: papermode reindex.",
        )
    moved = None
    with telling(folder):
        if old.fault is not None:
            stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
            moved = folder / f"{LOST}{stamp}"
            disk.rename(old.path, moved)
        for name in (index.NAME, f"{index.NAME}-wal", f"{index.NAME}-shm"):
            (folder / name).unlink(missing_ok=True)
        disk.fsync_dir(folder)
    return moved
