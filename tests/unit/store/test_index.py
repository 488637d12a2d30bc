"""The index on disk: whose it is, and that one of a damaged journal never passes for the whole."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from papermode.errors import StoreError
from papermode.store import PageId, SiteStore
from papermode.store.journal import NAME as JOURNAL
from tests.unit.store.samples import page_reading, reviewed_page


@pytest.fixture
def folder(quick_path: Path) -> Path:
    return quick_path / "store"


def fill(store: SiteStore) -> tuple[PageId, ...]:
    pages = store.record_scan(
        store.receive_bytes(b"heap", "heap.pdf", "clerk"), [page_reading(n, n + 1) for n in range(2)], "clerk"
    )
    store.confirm_page(pages[0], reviewed_page(store.scans.put(b"picture"), 1))
    return pages


@contextlib.contextmanager
def masked(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in folder.iterdir() if path.is_file()}


def test_nobody_else_may_read_the_index(folder: Path) -> None:
    with masked(0o022), SiteStore(folder) as store:
        fill(store)
        assert modes(folder) == {0}
        store.index.path.chmod(0o644)  # one that an earlier version made
    with masked(0o022), SiteStore(folder) as store:
        assert len(store.pages()) == 2
        assert modes(folder) == {0}
        store.reindex("it")
        assert len(store.pages()) == 2
        assert modes(folder) == {0}


def change(content: bytes) -> bytes:
    return content.replace(b'"index":1', b'"index":7', 1)


def unknown(content: bytes) -> bytes:
    return content.replace(b'"kind":"confirmed"', b'"kind":"hologram0"', 1)


@pytest.mark.parametrize("damage", [change, unknown])
def test_a_damaged_journal_is_not_made_an_index_of(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    with SiteStore(folder) as store:
        fill(store)
        rows = store.pages()
    index = (folder / "index.db").read_bytes()
    (folder / JOURNAL).write_bytes(damage((folder / JOURNAL).read_bytes()))
    with SiteStore(folder) as store:
        with pytest.raises(StoreError, match="E812"):
            store.reindex("it")
        assert store.index.path.read_bytes() == index
        assert store.pages() == rows
        assert store.fault is not None
    assert [path.name for path in folder.glob("index.db*")] == ["index.db"]


def test_the_old_index_stays_if_the_new_one_cannot_be_made(folder: Path) -> None:
    with SiteStore(folder) as store:
        fill(store)
        index = store.index.path.read_bytes()
        store.journal.append({"kind": "hologram", "user": "x"})
        with pytest.raises(StoreError, match="E819"):
            store.reindex("it")
        assert store.index.path.read_bytes() == index
    assert [path.name for path in folder.glob("index.db*")] == ["index.db"]


def test_an_index_that_is_no_database_is_made_again(folder: Path) -> None:
    with SiteStore(folder) as store:
        fill(store)
        rows = store.pages()
        store.close()
        store.index.path.write_bytes(b"nonsense" * 1000)
        store.reindex("it")
        assert store.pages() == rows
        assert store.verify() == []


def cut_last_line(folder: Path) -> None:
    content = (folder / JOURNAL).read_bytes()
    last = content.rstrip(b"\n").rfind(b"\n") + 1
    (folder / JOURNAL).write_bytes(content[: (last + len(content)) // 2])


@pytest.mark.parametrize(("indexed", "codes"), [(True, ["E817"]), (False, ["E818"])])
def test_half_of_a_line_that_was_acknowledged_has_one_cure(folder: Path, indexed: bool, codes: list[str]) -> None:
    """`verify` does not promise that the next write mends what the next write then refuses."""
    with SiteStore(folder) as store:
        fill(store)
    cut_last_line(folder)
    if not indexed:
        (folder / "index.db").unlink()
    with SiteStore(folder) as store:
        assert [fault.code for fault in store.verify()] == codes
    with SiteStore(folder) as store:
        if indexed:
            with pytest.raises(StoreError, match="E817"):
                store.receive_bytes(b"x", "x.pdf", "clerk")
        else:
            store.receive_bytes(b"x", "x.pdf", "clerk")
            assert store.verify() == []
