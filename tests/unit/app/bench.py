"""A site with a store, and readings made by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from papermode.app.desk import StoreDesk, open_desk
from papermode.app.intake_scans import ScanStore, store_of
from papermode.app.read_batch import Sources
from papermode.app.sites import open_site
from papermode.app.snapshots import store_snapshot
from papermode.model.reading import Answer, PageReading
from papermode.scan.picture import plain_picture
from papermode.store import Manifests, SiteStore, StoredPage
from papermode.trust.claims import parse
from tests.unit.store.samples import quick_folder
from tests.wards import Example

PICTURE = plain_picture(np.full((2376, 1680), 240, np.uint8))


@dataclass
class Bench:
    """A site with a store, and its desk."""

    example: Example
    site: Path
    store: SiteStore
    manifests: Manifests

    def page(self, form: str, bound: bool = True) -> StoredPage:
        """Return the first page of a form with boxes."""
        found = (p for p in self.manifests.pages() if p.entry["form"] == form and p.layout.boxes)
        return next(p for p in found if (p.entry["mrn"] is not None) == bound)

    def scan(self, *readings: PageReading) -> list[str]:
        """Store readings as those of one file, and return their sheets."""
        file = self.site / f"heap-{len(self.store.index.files())}.pdf"
        file.write_bytes(f"scan {file.name}".encode())
        kept = ScanStore(self.store, "scanner")
        kept.receive([file])
        pages = [replace(r, file=str(file), index=i, picture=kept.keep(PICTURE)) for i, r in enumerate(readings)]
        assert kept.record(pages).count == len(readings)
        scan = next(f.scan for f in self.store.index.files() if f.name == file.name)
        return [f"{scan}-{i}" for i in range(len(readings))]

    def desk(self) -> StoreDesk:
        opened = open_site(self.site)
        return open_desk(opened, self.store, Sources.of(opened.site, [self.example.out]))


@contextlib.contextmanager
def bench_of(example: Example) -> Iterator[Bench]:
    """Give a new site with an empty store."""
    with quick_folder() as folder:
        for name in ("papermode.toml",):
            (folder / name).write_bytes((example.site.site.folder / name).read_bytes())
        (folder / "keys").symlink_to(example.site.site.keys)
        opened = open_site(folder)
        store_snapshot(opened.site, example.snapshot)
        with store_of(opened.site) as store:
            yield Bench(example, folder, store, Manifests((example.out,)))


def reading(page: StoredPage, state: str = "empty", **more: object) -> PageReading:
    """Return a reading of a page, every answer in one state."""
    keys = dict.fromkeys(b.key for b in page.layout.boxes)
    kinds = {b.key: b.kind for b in page.layout.boxes}
    answers = tuple(Answer(k[0], kinds[k], None, state, 0.0, k[1], k[2]) for k in keys)  # type: ignore[arg-type]
    text = page.entry["claim"]
    given = PageReading(
        "",
        0,
        "read",
        (),
        parse(text),
        text,
        page.entry["locator"],
        "card",
        page.layout.id,
        answers=answers,
        written=True,
    )
    return replace(given, **more)  # type: ignore[arg-type]


def settled(page: StoredPage, read: dict[tuple[str, int | None, int | None], str]) -> PageReading:
    """Return a reading in which some answers are sure, and the others empty."""
    given = reading(page)
    answers = tuple(
        replace(a, value=read[k], state="sure", confidence=0.99) if (k := (a.link_id, a.row, a.column)) in read else a
        for a in given.answers
    )
    return replace(given, answers=answers)


def reserved_pages(bench: Bench) -> Sequence[StoredPage]:
    pages = [p for p in bench.manifests.pages() if (p.entry["encounter"] or "").startswith("N") and p.layout.boxes]
    return [p for p in pages if p.entry["encounter"] == pages[0].entry["encounter"]]
