"""Scanned files into the site's store: a copy of each file first, then its pages' pictures, then what was read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from papermode.config import Site
from papermode.model.reading import PageReading
from papermode.scan.images import scan_files
from papermode.store import SiteStore

FOLDER: Final = "store"


def store_of(site: Site) -> SiteStore:
    """Open the site's store."""
    return SiteStore(site.folder / FOLDER)


@contextlib.contextmanager
def store_scans(site: Site | None, user: str) -> Iterator[ScanStore | None]:
    """Keep what is scanned in the site's store; without a site nothing is kept."""
    if site is None:
        yield None
        return
    with store_of(site) as store:
        yield ScanStore(store, user)


class ScanStore:
    """Keeps what one run of scan reads."""

    def __init__(self, store: SiteStore, user: str) -> None:
        self._store = store
        self._user = user
        self._files: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self._store.folder

    def receive(self, paths: Sequence[Path]) -> None:
        """Keep a copy of every file before it is read: what happens later, the scan is there.

        Raises:
            StoreError: The store cannot be written.
        """
        for file in dict.fromkeys(file for path in paths for file in scan_files(path)):
            self._files[str(file)] = self._store.receive(file, self._user)

    def keep(self, picture: bytes) -> str:
        """Keep the upright picture of a page and return its SHA-256."""
        return self._store.scans.put(picture)

    def record(self, readings: Iterable[PageReading]) -> int:
        """Record what was read, file by file; return how many images."""
        by_file: dict[str, dict[int, PageReading]] = {}
        for r in readings:
            by_file.setdefault(r.file, {}).setdefault(r.index, r)
        count = 0
        for name, pages in by_file.items():
            scan = self._files.get(name)
            if scan is not None:
                count += len(self._store.record_scan(scan, [pages[i] for i in sorted(pages)], self._user))
        return count
