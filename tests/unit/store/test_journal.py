"""The journal: chain, tails, several writers, and what it says when something is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.errors import StoreError
from papermode.store.durable import OsDisk
from papermode.store.journal import START, Journal, line_of
from tests.unit.store.fakedisk import FakeDisk
from tests.unit.store.samples import Clock


def filled(folder: Path, count: int = 4) -> Journal:
    journal = Journal(folder, clock=Clock())
    for n in range(count):
        journal.append({"kind": "received", "user": "clerk", "n": n, "name": "Müller ☃"})
    return journal


def test_anybody_can_check_a_line_with_a_hash_and_json(tmp_path: Path) -> None:
    head = filled(tmp_path).head
    before = "0" * 64
    for n, line in enumerate((tmp_path / "journal").read_bytes().splitlines()):
        whole = json.loads(line)
        assert list(whole) == ["h", "p", "r"]
        body = line[line.index(b'"r":') + 4 : -1]
        assert whole["p"] == before
        assert whole["h"] == hashlib.sha256(before.encode() + body).hexdigest()
        assert json.dumps(whole["r"], sort_keys=True, separators=(",", ":")).encode() == body
        assert whole["r"] == {
            "kind": "received", "user": "clerk", "time": "2026-11-24T09:30:00.000+00:00", "n": n, "name": "Müller ☃",
        }  # fmt: skip
        before = whole["h"]
    assert before == head


def test_the_bytes_of_a_line_are_fixed() -> None:
    """A journal outlives releases: these bytes may never change."""
    line, head = line_of({"user": "a", "kind": "b", "x": [1, 0.5, None, "é"]}, START)
    body = b'{"kind":"b","user":"a","x":[1,0.5,null,"\\u00e9"]}'
    assert head == hashlib.sha256(b"0" * 64 + body).hexdigest()
    assert line == b'{"h":"' + head.encode() + b'","p":"' + b"0" * 64 + b'","r":' + body + b"}\n"


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=5))
def test_records_come_back_as_they_were(records: list[dict[str, object]]) -> None:
    disk = FakeDisk(Path("/site"))
    whole = [{"time": "t", **r, "kind": "k", "user": "u"} for r in records]
    journal = Journal(Path("/site"), disk, Clock())
    heads = [journal.append(r) for r in whole]
    again = Journal(Path("/site"), disk)
    assert list(again.records()) == whole
    assert [e.head for e in again.entries()] == heads
    assert [again.at(e.offset) for e in again.entries()] == whole
    assert again.verify(tuple(heads)) == []


@pytest.mark.parametrize("record", [{"kind": "x"}, {"user": "x"}, {"kind": "", "user": "x"}, {"kind": "x", "user": 1}])
def test_a_record_needs_its_kind_and_user(tmp_path: Path, record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="needs its"):
        Journal(tmp_path).append(record)


def test_what_json_does_not_have_is_not_written(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    with pytest.raises(ValueError, match="JSON"):
        journal.append({"kind": "x", "user": "x", "value": float("nan")})
    assert journal.verify() == []


@pytest.mark.parametrize("tail", [b'{"h":"12', b"{", bytes(300), bytes(100) + b'abc"}}\n', b"x" * 9])
def test_a_torn_tail_is_kept_aside_and_reported(tmp_path: Path, tail: bytes) -> None:
    filled(tmp_path)
    path = tmp_path / "journal"
    sound = path.read_bytes()
    path.write_bytes(sound + tail)
    journal = Journal(tmp_path, clock=Clock())
    assert len(list(journal.records())) == 4  # reading changes nothing
    assert path.read_bytes() == sound + tail
    assert [fault.code for fault in journal.verify()] == ["E818"]
    journal.append({"kind": "received", "user": "clerk"})
    (torn,) = tmp_path.glob("journal.torn-20261124T093000Z-*")
    assert torn.read_bytes() == tail
    assert path.read_bytes().startswith(sound)
    recovered, last = list(journal.records())[4:]
    assert recovered["kind"] == "recovered"
    assert recovered["kept"] == torn.name
    assert recovered["bytes"] == len(tail)
    assert last["kind"] == "received"
    assert journal.verify() == []


def test_half_of_the_last_line_is_a_torn_tail_wherever_it_is_cut(tmp_path: Path) -> None:
    filled(tmp_path)
    path = tmp_path / "journal"
    whole = path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    for cut in (*range(start, len(whole), 9), len(whole) - 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        journal = Journal(tmp_path, clock=Clock())
        assert len(list(journal.records())) == 3
        assert [f.code for f in journal.verify()] == (["E818"] if cut > start else [])


def damaged(folder: Path) -> Journal:
    """A journal whose second of four lines was changed."""
    filled(folder)
    path = folder / "journal"
    path.write_bytes(path.read_bytes().replace(b'"n":1', b'"n":7'))
    return Journal(folder, clock=Clock())


def test_a_changed_line_makes_the_journal_read_only(tmp_path: Path) -> None:
    journal = damaged(tmp_path)
    before = (tmp_path / "journal").read_bytes()
    read: list[int] = []
    with pytest.raises(StoreError, match="E812") as caught:
        read.extend(record["n"] for record in journal.records())
    assert read == [0]
    assert str(tmp_path / "journal") in caught.value.place
    with pytest.raises(StoreError, match="E812"):
        journal.append({"kind": "received", "user": "clerk"})
    assert (tmp_path / "journal").read_bytes() == before
    assert list(tmp_path.glob("journal.torn-*")) == []


@pytest.mark.parametrize("what", ["line taken out", "lines swapped", "line twice", "first line gone"])
def test_lines_that_moved_are_noticed(tmp_path: Path, what: str) -> None:
    filled(tmp_path)
    path = tmp_path / "journal"
    a, b, c, d = path.read_bytes().splitlines(keepends=True)
    lines = {
        "line taken out": [a, c, d],
        "lines swapped": [a, c, b, d],
        "line twice": [a, b, b, c, d],
        "first line gone": [b, c, d],
    }[what]
    path.write_bytes(b"".join(lines))
    assert [fault.code for fault in Journal(tmp_path).verify()] == ["E812"]


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.deep)])
def test_every_changed_byte_is_reported_and_names_the_journal(tmp_path: Path, every: int) -> None:
    filled(tmp_path)
    disk = FakeDisk(tmp_path)
    Journal(tmp_path, disk).append({"kind": "x", "user": "x"})
    content = (tmp_path / "journal").read_bytes()
    chance = random.Random(every)
    journal = Journal(tmp_path, disk)
    # The last line is changed byte by byte: it must not pass for one that a crash has torn.
    for at in (*range(0, len(content), every), *range(len(content) - 200, len(content))):
        changed = bytearray(content)
        changed[at] ^= chance.randrange(1, 256)
        disk.change(tmp_path / "journal", bytes(changed))
        faults = journal.verify()
        assert len(faults) == 1
        assert str(tmp_path / "journal") in faults[0].place
        assert faults[0].code in ("E812", "E818")


def test_a_journal_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    """Lines taken from the end leave a sound chain: only who knows its head notices."""
    journal = filled(tmp_path)
    head, path = journal.head, tmp_path / "journal"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert Journal(tmp_path).verify() == []
    assert [fault.code for fault in Journal(tmp_path).verify((head,))] == ["E817"]
    with pytest.raises(StoreError, match="E817"):
        journal.append({"kind": "received", "user": "clerk"})


def test_another_journal_in_its_place_is_noticed(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    (tmp_path / "journal").unlink()
    Journal(tmp_path, clock=Clock()).append({"kind": "received", "user": "another", "x": "y" * 9999})
    with pytest.raises(StoreError, match=r"E81[27]"):  # the new file may have the inode of the old one
        journal.append({"kind": "received", "user": "clerk"})


def test_a_copy_in_its_place_is_the_same_journal(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    path = tmp_path / "journal"
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    journal.append({"kind": "received", "user": "clerk"})
    assert journal.verify() == []
    assert len(list(journal.records())) == 5


def test_a_journal_that_is_gone_is_noticed(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    (tmp_path / "journal").unlink()
    journal.sync()
    assert journal.fault is not None
    assert journal.fault.code == "E817"


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "nowhere")
    assert list(journal.records()) == []
    assert journal.head == START
    assert journal.verify() == []


def test_writers_in_several_processes_and_threads_take_turns(tmp_path: Path) -> None:
    def write(name: str) -> None:
        journal = Journal(tmp_path)
        for n in range(15):
            journal.append({"kind": "received", "user": name, "n": n})

    children = []
    for n in range(2):
        child = os.fork()
        if not child:
            done = 1
            try:
                write(f"process {n}")
                done = 0
            finally:
                os._exit(done)
        children.append(child)
    threads = [threading.Thread(target=write, args=(f"thread {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    records = list(Journal(tmp_path).records())
    assert len(records) == 60
    for name in ("process 0", "process 1", "thread 0", "thread 1"):
        assert [r["n"] for r in records if r["user"] == name] == list(range(15))


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("papermode.store.durable.PATIENCE_S", 0.05)
    first = Journal(tmp_path)
    with first.writing(), pytest.raises(StoreError, match="E813"):
        Journal(tmp_path).append({"kind": "received", "user": "clerk"})
    Journal(tmp_path).append({"kind": "received", "user": "clerk"})


def test_a_folder_that_may_not_be_written_is_an_error_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="E810") as caught:
        Journal(tmp_path / "file", OsDisk()).append({"kind": "received", "user": "clerk"})
    assert "rights" in caught.value.cure
