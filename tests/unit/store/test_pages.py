"""Scanned files and pictures by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from papermode.errors import StoreError
from papermode.store import PageStore


def test_the_same_content_twice_is_one_file(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    source = tmp_path / "scan.pdf"
    source.write_bytes(b"page" * 500_000)  # more than one piece
    sha256 = store.put_file(source)
    assert sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert store.put(source.read_bytes()) == sha256
    assert [p.name for p in store.folder.iterdir()] == [sha256]
    assert store.read(sha256) == source.read_bytes()
    assert store.size(sha256) == 2_000_000
    assert store.path(sha256).stat().st_mode & 0o777 == 0o400
    assert list(store.verify()) == []


def test_a_changed_byte_is_reported_by_name_and_mended_by_the_same_scan(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    kept = store.put(b"another")
    sha256 = store.put(b"page")
    for at in range(4):
        path = store.path(sha256)
        path.chmod(0o600)
        content = bytearray(b"page")
        content[at] ^= 1
        path.write_bytes(content)
        (fault,) = store.verify()
        assert fault.code == "E814"
        assert sha256 in fault.place
        with pytest.raises(StoreError, match="E814"):
            store.read(sha256)
        assert store.read(kept) == b"another"
        store.put(b"page")
        assert store.read(sha256) == b"page"


def test_what_is_not_there(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "new" / "store")
    assert list(store.verify()) == []
    assert not store.has("0" * 64)
    with pytest.raises(StoreError, match="E814"):
        store.read("0" * 64)
    with pytest.raises(StoreError, match="E810"):
        store.put_file(tmp_path / "missing.pdf")
    store.put(b"")
    assert store.has(hashlib.sha256(b"").hexdigest())


@pytest.mark.parametrize("name", ["", "../journal", "A" * 64, "0" * 63, "0" * 64 + "/.."])
def test_only_hashes_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        PageStore(tmp_path).read(name)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"first"
        raise KeyboardInterrupt

    store = PageStore(tmp_path)
    store.put(b"x")
    with pytest.raises(KeyboardInterrupt):
        store._put(chunks())
    assert len(list(store.folder.iterdir())) == 1
