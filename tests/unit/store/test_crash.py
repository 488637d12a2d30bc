"""Power cuts, kills and full disks: nothing that was acknowledged is lost, nothing is torn, and it goes on."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from papermode.errors import StoreError
from papermode.store import Journal, PageStore, SiteStore, pages
from papermode.store.durable import OsDisk
from tests.unit.store.fakedisk import FakeDisk, State, crash_states
from tests.unit.store.samples import Clock, page_reading, reviewed_page

Program = Callable[[SiteStore, Callable[[str], None]], None]


def usual(store: SiteStore, ack: Callable[[str], None]) -> None:
    """What a short day writes; every acknowledgement names a file, the journal's head, or both."""
    scan = store.receive_bytes(b"first scan" * 3, "a.pdf", "clerk")
    ack(scan)
    pages = store.record_scan(scan, [page_reading(0, 1), page_reading(1)])
    ack(store.journal.head)
    ack(store.receive_bytes(b"first scan" * 3, "again.pdf", "clerk"))
    image = store.scans.put(b"upright picture")
    ack(image)
    store.confirm_page(pages[0], reviewed_page(image, 1))
    ack(store.journal.head)


def one_scan(store: SiteStore, ack: Callable[[str], None]) -> None:
    scan = store.receive_bytes(b"first scan" * 3, "a.pdf", "clerk")
    ack(scan)
    store.record_scan(scan, [page_reading(0, 1)])
    ack(store.journal.head)


def a_long_day(store: SiteStore, ack: Callable[[str], None]) -> None:
    usual(store, ack)
    for n in range(6):
        scan = store.receive_bytes(b"%d" % n * 40, f"{n}.pdf", "clerk")
        ack(scan)
        store.record_scan(scan, [page_reading(0, n % 4 + 2), page_reading(1, status="blank")])
        ack(store.journal.head)


def run(folder: Path, disk: FakeDisk, program: Program) -> list[str]:
    """Run a program on a new disk and return what it acknowledged, in order."""
    folder.mkdir()  # the index is SQLite's, on the real disk
    disk.refuse = lambda _: 0
    acked: list[str] = []

    def ack(what: str) -> None:
        acked.append(what)
        disk.ack()

    with SiteStore(folder, disk=disk, clock=Clock()) as store:
        program(store, ack)
    return acked


def violations(folder: Path, state: State, acked: Iterable[str]) -> tuple[list[str], FakeDisk]:
    """Return what is wrong after a power cut, and the disk after papermode has been started on it again."""
    acked = list(acked)
    disk = FakeDisk.after(folder.parent, state)
    disk.acked = len(acked)
    if folder not in disk.names_now:
        return ["lost: everything"] if acked else [], disk
    journal, scans = Journal(folder, disk, Clock()), PageStore(folder, disk)
    journal.sync()
    wrong = [str(fault) for fault in (journal.fault, *scans.verify()) if fault]
    entries = list(journal.entries())
    heads = {entry.head for entry in entries}
    named = {entry.record["scan"] for entry in entries if "scan" in entry.record}
    for sha256 in named | {a for a in acked if a not in heads}:
        try:
            scans.read(sha256)
        except StoreError as error:
            wrong.append(str(error))
    wrong += [f"lost: {a}" for a in acked if a not in heads and a not in named and not scans.has(a)]
    if not wrong:
        journal.append({"kind": "recovered", "user": "test"})
        wrong += [str(fault) for fault in journal.verify()]
    return wrong, disk


def first_violations(folder: Path, disk: FakeDisk, acked: list[str]) -> tuple[int, list[str]]:
    """Look at every state that a power cut may leave, until one is wrong; return how many those are, and the wrong."""
    states = crash_states(disk)
    found = (violations(folder, state, acked[: max(counts)])[0] for state, counts in states.items())
    return len(states), next(filter(None, found), [])


@pytest.mark.parametrize("program", [usual, pytest.param(a_long_day, marks=pytest.mark.deep)])
def test_no_power_cut_loses_or_tears_anything(tmp_path: Path, program: Program) -> None:
    folder = tmp_path / "store"
    disk = FakeDisk(tmp_path)
    acked = run(folder, disk, program)
    assert len(acked) >= 5
    count, wrong = first_violations(folder, disk, acked)
    assert count > 150
    assert wrong == []


@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.deep)])
def test_a_second_power_cut_while_the_first_is_mended_loses_nothing(tmp_path: Path, every: int) -> None:
    folder = tmp_path / "store"
    first = FakeDisk(tmp_path)
    acked = run(folder, first, usual)
    torn = 0
    for state, counts in list(crash_states(first).items())[::every]:
        _, second = violations(folder, state, acked[: max(counts)])
        if any(path.name.startswith("journal.torn-") for path in second.names_now):
            torn += 1
            assert first_violations(folder, second, acked[: max(counts)])[1] == []
    assert torn > 60 / every


def test_the_last_line_of_a_killed_program_is_synced_before_another_shows_it(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    disk = FakeDisk(tmp_path)
    with SiteStore(tmp_path / "store", disk=disk, clock=Clock()) as store:
        store.receive_bytes(b"one", "one", "clerk")

        def kill(call: str) -> int:
            if call == "fsync":
                raise KeyboardInterrupt
            return 0

        disk.refuse = kill
        with pytest.raises(KeyboardInterrupt):
            store.journal.append({"kind": "recovered", "user": "killed"})
    disk.refuse = lambda _: 0
    disk.points.clear()
    another = Journal(tmp_path / "store", disk, Clock())
    shown = [record["user"] for record in another.records()]
    assert shown == ["clerk", "killed"]
    disk.ack()
    assert first_violations(tmp_path / "store", disk, [another.head]) == (1, [])


@pytest.mark.parametrize("left_by", ["a power cut", "a sync that failed"])
def test_nothing_of_a_line_that_was_cut_off_comes_back_behind_the_next_one(tmp_path: Path, left_by: str) -> None:
    """The rest of a longer line behind a shorter one would look like a changed journal."""
    disk = FakeDisk(tmp_path)
    folder = tmp_path / "store"
    disk.make_dir(folder)
    disk.fsync_dir(tmp_path)
    journal = Journal(folder, disk, Clock())
    first = journal.append({"kind": "recovered", "user": "first"})
    if left_by == "a power cut":
        disk.change(journal.path, disk.content(journal.path) + bytes(9) + b"x" * 2000 + b"}\n")
    else:
        failed = iter([errno.EIO])
        disk.refuse = lambda call: next(failed, 0) if call == "fsync" else 0
        with pytest.raises(StoreError, match="E810"):
            journal.append({"kind": "recovered", "user": "second", "long": "x" * 2000})
    disk.points.clear()
    disk.ack()
    if left_by == "a power cut":
        journal = Journal(folder, disk, Clock())
    second = journal.append({"kind": "recovered", "user": "third"})
    disk.ack()
    assert first_violations(folder, disk, [first, second])[1] == []


class NoFileSync(FakeDisk):
    """Forgets to sync scans."""

    def fsync(self, handle: int) -> None:
        """Sync but scans."""
        if self.handles[handle][1].parent.name != "scans":
            super().fsync(handle)


class NoJournalSync(FakeDisk):
    """Forgets to sync the journal."""

    def fsync(self, handle: int) -> None:
        """Sync but the journal."""
        if self.handles[handle][1].name != "journal":
            super().fsync(handle)


class NoFolderSync(FakeDisk):
    """Forgets to sync folders."""

    def fsync_dir(self, path: Path) -> None:
        """Sync nothing."""


@pytest.mark.parametrize("kind", [NoFileSync, NoJournalSync, NoFolderSync])
def test_the_enumerator_finds_a_missing_sync(tmp_path: Path, kind: type[FakeDisk]) -> None:
    disk = kind(tmp_path)
    acked = run(tmp_path / "store", disk, one_scan)
    assert first_violations(tmp_path / "store", disk, acked)[1]


def test_the_enumerator_finds_the_journal_written_first(tmp_path: Path) -> None:
    def journal_first(store: SiteStore, ack: Callable[[str], None]) -> None:
        content = b"first scan" * 3
        scan = hashlib.sha256(content).hexdigest()
        store.journal.append({"kind": "received", "user": "clerk", "scan": scan, "name": "a", "size": len(content)})
        ack(store.scans.put(content))

    disk = FakeDisk(tmp_path)
    acked = run(tmp_path / "store", disk, journal_first)
    assert first_violations(tmp_path / "store", disk, acked)[1]


def test_the_enumerator_finds_overwriting_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_place(disk: FakeDisk, folder: Path, chunks: Iterable[bytes], mode: int) -> str:
        content = b"".join(chunks)
        name = hashlib.sha256(content).hexdigest()
        handle = disk.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        while content:
            content = content[disk.write(handle, content) :]
        disk.fsync(handle)
        disk.close(handle)
        disk.fsync_dir(folder)
        return name

    monkeypatch.setattr(pages, "put_new", in_place)
    disk = FakeDisk(tmp_path)
    acked = run(tmp_path / "store", disk, usual)
    assert first_violations(tmp_path / "store", disk, acked)[1]


FILLING = ("open", "write", "rename", "make_dir")
"""The calls that need space."""


@pytest.mark.parametrize("calls", [FILLING, ("fsync",), ("fsync_dir",), ("truncate", "write")])
def test_a_disk_that_refuses_at_any_call_leaves_the_store_sound(quick_path: Path, calls: tuple[str, ...]) -> None:
    """The k-th call, and all after it, fail with ENOSPC; then there is space again and the same day goes on."""
    refused = 0
    for k in range(1000):
        folder = quick_path / f"store{k}"
        folder.mkdir()
        made, disk = 0, FakeDisk(quick_path)

        def refuse(call: str) -> int:
            nonlocal made
            made += call in calls
            return errno.ENOSPC if call in calls and made > k else 0  # noqa: B023 - used in this turn only

        disk.refuse = refuse
        acked: list[str] = []
        error = None
        try:
            with SiteStore(folder, disk=disk, clock=Clock()) as store:
                usual(store, acked.append)
        except StoreError as caught:
            error = caught
        if error is None:
            assert refused == k
            break
        refused += 1
        assert (error.code, "full" in error.fault, "Free space" in error.cure) == ("E811", True, True)
        disk.refuse = lambda _: 0
        with SiteStore(folder, disk=disk, clock=Clock()) as store:
            heads = {entry.head for entry in store.journal.entries()}
            assert all(a in heads or store.scans.read(a) for a in acked)
            usual(store, acked.append)
            assert store.verify() == []
            assert store.unread_files() == ()
            assert store.progress() == {"confirmed": 1, "unknown": 1}
    assert refused > 2


def test_the_same_process_goes_on_when_there_is_space_again(tmp_path: Path) -> None:
    disk = FakeDisk(tmp_path)
    (tmp_path / "store").mkdir()
    with SiteStore(tmp_path / "store", disk=disk, clock=Clock()) as store:
        scan = store.receive_bytes(b"one", "one", "clerk")
        writes = 0

        def refuse(call: str) -> int:
            nonlocal writes
            writes += call == "write"
            return errno.ENOSPC if call == "write" and writes > 4 else 0

        disk.refuse = refuse
        with pytest.raises(StoreError, match="E811"):
            store.record_scan(scan, [page_reading(0, 1)])
        disk.refuse = lambda _: 0
        assert disk.content(store.journal.path).endswith(b"\n")
        store.record_scan(scan, [page_reading(0, 1)])
        assert store.verify() == []


def test_a_line_that_cannot_be_taken_back_stops_this_process(tmp_path: Path) -> None:
    """A failed fsync may leave in memory a line that is never written: no later line may stand on it."""
    disk = FakeDisk(tmp_path)
    journal = Journal(tmp_path, disk, Clock())
    journal.append({"kind": "recovered", "user": "a"})
    disk.refuse = lambda call: errno.EIO if call in ("fsync", "truncate") else 0
    with pytest.raises(StoreError, match="E810"):
        journal.append({"kind": "recovered", "user": "b"})
    disk.refuse = lambda _: 0
    with pytest.raises(StoreError, match="E810"):
        journal.append({"kind": "recovered", "user": "c"})


def work(folder: Path, pipe: int, seed: int) -> None:
    """Store scans and readings until killed, and say so after each."""
    chance = random.Random(seed)
    store = SiteStore(folder)
    while True:
        scan = store.receive_bytes(chance.randbytes(chance.randrange(1, 30_000)), "heap.pdf", "clerk")
        os.write(pipe, json.dumps({"scan": scan}).encode() + b"\n")
        store.record_scan(scan, [page_reading(n, chance.randrange(1, 9)) for n in range(2)])
        os.write(pipe, json.dumps({"scan": scan, "images": 2}).encode() + b"\n")


def killed(folder: Path, seed: int, after: float) -> bytes:
    """Run two writers, kill both at once, and return what they acknowledged."""
    reader, writer = os.pipe()
    children = []
    for n in range(2):
        child = os.fork()
        if not child:
            try:
                work(folder, writer, seed * 2 + n)
            finally:
                os._exit(1)
        children.append(child)
    os.close(writer)
    time.sleep(after)
    for child in children:
        os.kill(child, signal.SIGKILL)
    said = b""
    while chunk := os.read(reader, 1 << 16):
        said += chunk
    os.close(reader)
    ends = [os.waitpid(child, 0)[1] for child in children]
    assert ends == [signal.SIGKILL] * 2  # and not of an error of their own
    return said


@pytest.mark.parametrize("kills", [20, pytest.param(100, marks=pytest.mark.deep)])
def test_killed_at_any_instant_nothing_acknowledged_is_lost(tmp_path: Path, kills: int) -> None:
    folder = tmp_path / "store"
    chance = random.Random(kills)
    acked: list[dict[str, object]] = []
    for n in range(kills):
        said = killed(folder, n, chance.uniform(0.03, 0.25))
        acked += [json.loads(line) for line in said.splitlines()]
    assert len(acked) > kills
    with SiteStore(folder) as store:
        store.receive_bytes(b"after", "after", "clerk")  # the torn tail of the last kill, if there is one, is mended
        assert store.verify() == []
        images = {file.scan: file.images for file in store.index.files()}
        for ack in acked:
            assert ack["scan"] in images
            if "images" in ack:
                assert images[str(ack["scan"])] == 2
                assert len(store.pages(scan=str(ack["scan"]))) == 2


def fill(store: SiteStore, acked: list[str]) -> None:
    while True:
        acked.append(store.receive_bytes(os.urandom(50_000), "scan", "clerk"))


@pytest.mark.deep
@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to mount a small disk")
def test_a_real_small_disk_fills_up_and_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("no file systems can be mounted here")
    try:
        reserve = disk / "reserve"
        reserve.write_bytes(bytes(300_000))
        acked: list[str] = []
        with SiteStore(disk / "store") as store:
            with pytest.raises(StoreError, match="E811"):
                fill(store, acked)
            assert len(acked) > 10
            reserve.unlink()
            acked.append(store.receive_bytes(b"there is space again", "scan", "clerk"))
            assert store.verify() == []
            assert {file.scan for file in store.index.files()} >= set(acked)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_the_real_disk_syncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake disk proves the order of the calls; that the real one makes them is for this test."""
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    Journal(tmp_path, OsDisk()).append({"kind": "recovered", "user": "a"})
    sha256 = PageStore(tmp_path).put(b"page")
    assert synced.count("journal") >= 1
    assert synced.count("scans") == 1
    assert any(name.startswith(".new-") for name in synced)
    assert (tmp_path / "scans" / sha256).stat().st_mode & 0o777 == 0o400
