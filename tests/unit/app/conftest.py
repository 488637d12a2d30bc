"""A site with a store for the tests of the desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from papermode.app.intake_scans import store_of
from papermode.app.sites import open_site
from papermode.app.snapshots import store_snapshot
from papermode.store import Manifests
from tests.unit.app.bench import Bench
from tests.unit.store.samples import quick_folder
from tests.wards import Example


@pytest.fixture
def bench(example: Example) -> Iterator[Bench]:
    with quick_folder() as folder:
        for name in ("papermode.toml",):
            (folder / name).write_bytes((example.site.site.folder / name).read_bytes())
        (folder / "keys").symlink_to(example.site.site.keys)
        opened = open_site(folder)
        store_snapshot(opened.site, example.snapshot)
        with store_of(opened.site) as store:
            yield Bench(example, folder, store, Manifests((example.out,)))
