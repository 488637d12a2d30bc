"""Scanned files into the site's store: a copy of each file first, then its pages' pictures, then what was read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from papermode.app.batch import Recorded, told_twice
from papermode.config import Site
from papermode.errors import StoreError
from papermode.model.reading import PageReading
from papermode.scan.images import each_file
from papermode.store import OPEN, PageId, PageRow, SiteStore, place_of

FOLDER: Final = "store"
Pages = dict[int, PageReading]
"""What was read of a file, by image."""


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

    def __init__(self, store: SiteStore, user: str, since: Mapping[Path, datetime] | None = None) -> None:
        """Keep what is scanned in a store.

        Args:
            store: The store.
            user: Who scans.
            since: When files were handed in that are the store's own.
        """
        self._store = store
        self._user = user
        self._since = since or {}
        self._files: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self._store.folder

    def receive(self, paths: Sequence[Path]) -> None:
        """Keep a copy of every file before it is read: what happens later, the scan is there.

        A file that cannot be opened stops nothing: reading it says why.

        Raises:
            StoreError: The store cannot be written.
        """
        for file in filter(Path.is_file, each_file(paths)):
            try:
                since = self._since.get(file)
                self._files[str(file)] = self._store.receive(file, self._user, since)
                if since is not None:
                    # It was written again, and its time is all that tells the next rebuild.
                    os.utime(file, (since.timestamp(), since.timestamp()))
            except StoreError as error:
                if error.place != str(file):
                    raise

    def back(self) -> frozenset[tuple[str | None, int | None]]:
        """Return (packet, page) of all printed pages that have come back in any scan so far."""
        return frozenset((row.packet, row.serial) for row in self._store.pages() if row.state != "settled")

    def keep(self, picture: bytes) -> str:
        """Keep the upright picture of a page and return its SHA-256."""
        return self._store.scans.put(picture)

    def record(self, readings: Iterable[PageReading]) -> Recorded:
        """Record what was read, file by file.

        The store's images count as if they lay in the same heap: a page that came before with other writing is
        told of on both, and what could be read of an image before is not given up for less.
        """
        scans: dict[str, Pages] = {}
        names: dict[PageId, tuple[str, int]] = {}
        for r in readings:
            scan = self._files.get(r.file)
            if scan is not None:
                scans.setdefault(scan, {}).setdefault(r.index, r)
                names.setdefault(PageId(scan, r.index), (r.file, r.index))
        for scan, pages in scans.items():
            known = self._known(scan)
            kept = {i: r for i, r in known.items() if i not in pages or (r.layout_id and not pages[i].layout_id)}
            pages.update(kept)
        before = self._tell_twice(scans)
        for scan, pages in scans.items():
            self._store.record_scan(scan, [pages[i] for i in sorted(pages)], self._user)
        kept_now = {name: scans[page.scan][page.index] for page, name in names.items()}
        return Recorded(len(names), kept_now, before)

    def _known(self, scan: str) -> Pages:
        """Return what was read of a file before."""
        return {row.page.index: self._store.reading(row.page) for row in self._store.pages(scan=scan)}

    def _tell_twice(self, scans: dict[str, Pages]) -> dict[tuple[str, int], list[tuple[str, int]]]:
        """Say on all images of a printed page that there are others with other writing; earlier files are added.

        Returns:
            The images of earlier files (file, image) by the printed page that came again.
        """
        before: dict[tuple[str, int], list[tuple[str, int]]] = {}
        images: dict[tuple[str, int], dict[PageId, PageReading]] = {}
        for scan, pages in scans.items():
            for i, r in pages.items():
                key = place_of(r)
                if key is not None:
                    images.setdefault(key, {})[PageId(scan, i)] = r
        for (packet, serial), found in images.items():
            rows = {row.page: row for row in self._store.pages(packet=packet, serial=serial)}
            for page, row in rows.items():
                if row.state == "settled":
                    found.pop(page, None)
                elif page not in found:
                    found[page] = self._store.reading(page)
                    before.setdefault((packet, serial), []).append((row.file, page.index))
            for page, told in zip(found, told_twice(list(found.values())), strict=True):
                if told == found[page] or (page in rows and not _untouched(rows[page])):
                    continue
                if page.scan not in scans:
                    scans[page.scan] = self._known(page.scan)
                scans[page.scan][page.index] = told
        return before


def _untouched(row: PageRow) -> bool:
    return row.state in OPEN and not row.decisions
