"""Snapshots: load from files, keep, find again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from papermode import intake
from papermode.config import Site
from papermode.errors import SnapshotError, StoreError
from papermode.intake.settings import IntakeSettings
from papermode.model.snapshot import Snapshot


def read_snapshot(
    paths: Sequence[Path], settings: IntakeSettings, *, as_of: datetime | None, now: datetime
) -> Snapshot:
    """Return the snapshot in ``paths``: a stored one, or anything that can be loaded."""
    if len(paths) == 1 and paths[0].is_file() and paths[0].suffix == ".json":
        with paths[0].open("rb") as f:
            head = f.read(4096)
        if intake.serial.is_stored(head):
            return intake.loads(paths[0].read_bytes(), str(paths[0]))
    return intake.load(paths, settings=settings, as_of=as_of, now=now)


def store_snapshot(site: Site, snapshot: Snapshot) -> Path:
    """Keep a snapshot in the site folder; the same content is the same file.

    Raises:
        StoreError: E801, it cannot be written.
    """
    data = intake.dumps(snapshot)
    name = f"{snapshot.as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{hashlib.sha256(data).hexdigest()[:8]}.json"
    target = site.snapshots / name
    try:
        site.snapshots.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=site.snapshots, prefix=".partial-", delete=False) as tmp:
            tmp.write(data)
            tmp.flush()
            os.fsync(tmp.fileno())
        Path(tmp.name).chmod(0o600)
        Path(tmp.name).replace(target)
    except OSError as error:
        raise StoreError(
            "E801",
            place=str(target),
            fault=f"cannot be written ({error.strerror}).",
            cure="Free space and run it again.",
        ) from error
    return target


def newest_stored(site: Site) -> Path:
    """Return the stored snapshot with the latest data time.

    Raises:
        SnapshotError: E310, none is stored.
    """
    found = sorted(site.snapshots.glob("*.json"), key=lambda p: (p.name[:16], p.stat().st_mtime))
    if not found:
        raise SnapshotError(
            "E310",
            place=str(site.snapshots),
            fault="holds no snapshot.",
            cure="Load one with `papermode snapshot load PATH…`, or give `--snapshot PATH`.",
        )
    return found[-1]
