"""Rebuild: the site's journal made anew from the scans in its store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from papermode.app.intake_scans import FOLDER, ScanStore, store_of
from papermode.config import Site
from papermode.scan.picture import is_page_picture
from papermode.store import PageStore, put_aside


@dataclass(frozen=True, slots=True)
class Anew:
    """A store whose journal has just begun."""

    kept: ScanStore
    scans: tuple[Path, ...]
    """The stored scans, to be read again, in the order in which they were handed in."""
    aside: Path | None
    """Where the damaged journal is now."""


@contextlib.contextmanager
def begin_anew(site: Site, user: str) -> Iterator[Anew]:
    """Put a damaged or lost journal aside and open the store with a new one.

    Raises:
        StoreError: E821 the journal is sound; E810 the disk refuses.
    """
    folder = site.folder / FOLDER
    aside = put_aside(folder) if folder.is_dir() else None
    pages = PageStore(folder)
    found = (path for name in pages.names() if not _is_picture(path := pages.path(name)))
    since = {path: _stored_at(path) for path in found}
    with store_of(site) as store:
        yield Anew(ScanStore(store, user, since), tuple(sorted(since, key=lambda path: (since[path], path))), aside)


def _stored_at(path: Path) -> datetime:
    """Return when a scan was handed in: it was stored then, and what is written on it is from before."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        return is_page_picture(file.read(64))
