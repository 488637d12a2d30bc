"""The site's store: states, queue, locks, what may follow what, and the index made again."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papermode.errors import StoreError
from papermode.model.reading import PageReading
from papermode.store import OPEN, FilingStep, PageId, SiteStore, fold
from tests.unit.store.samples import NOW, OTHER, PACKET, Clock, page_id, page_reading, quick_folder, reviewed_page


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(quick_path: Path, clock: Clock) -> Iterator[SiteStore]:
    with SiteStore(quick_path / "store", clock=clock) as opened:
        yield opened


def scanned(store: SiteStore, *readings: PageReading, content: bytes = b"heap") -> tuple[PageId, ...]:
    return store.record_scan(store.receive_bytes(content, "heap.pdf", "clerk"), readings, "clerk")


def picture(store: SiteStore) -> str:
    return store.scans.put(b"picture")


def states(store: SiteStore) -> list[str]:
    return [row.state for row in store.pages()]


def test_a_page_goes_its_way(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1))
    row = store.page(page)
    assert row is not None
    assert (row.state, row.packet, row.serial, row.form, row.mrn) == ("read", PACKET, 1, "VITALS", "00123456")
    assert (row.file, row.unsure, row.written, row.user) == ("heap.pdf", 1, True, "clerk")
    assert store.reading(page) == page_reading(0, 1)
    assert store.reviewed(page) is None

    store.record_decision(page, "rnash", {"link_id": "spo2", "value": "93"}, page_reading(0, 1).answers[0])
    (decision,) = store.decisions(page)
    assert (decision.user, decision.time) == ("rnash", NOW)
    assert decision.before == {"link_id": "spo2", "value": "93"}
    assert decision.after["value"] == "98"

    done = reviewed_page(picture(store), 1)
    store.confirm_page(page, done)
    assert states(store) == ["confirmed"]
    assert store.reviewed(page) == done
    assert list(store.to_file()) == [(page, done)]

    store.record_filed(page, "rnash", "intent", "https://ehr/fhir")
    assert states(store) == ["sending"]
    assert list(store.to_file()) == []
    store.record_filed(page, "rnash", "refused", "https://ehr/fhir", {"status": 503})
    assert states(store) == ["confirmed"]
    store.record_filed(page, "rnash", "intent", "https://ehr/fhir")
    store.record_filed(page, "rnash", "filed", "https://ehr/fhir", {"ids": ["Observation/1"]})
    store.record_filed(page, "rnash", "checked", "https://ehr/fhir")
    row = store.page(page)
    assert row is not None
    assert (row.state, row.checked, row.target) == ("filed", True, "https://ehr/fhir")
    kinds = [r["kind"] for r in store.journal.records()]
    assert kinds == ["received", "read", "decision", "confirmed", *["filing"] * 5]
    assert store.verify() == []


@pytest.mark.parametrize(
    ("reading", "state"),
    [
        (page_reading(0, 1), "read"),
        (page_reading(0, 1, "review"), "review"),
        (PageReading("a", 0, "review", locator_text=f"PML1 {PACKET} 3 ABCDEF"), "review"),
        (page_reading(0, status="review"), "unknown"),
        (page_reading(0, status="blank"), "blank"),
        (page_reading(0, status="foreign"), "unknown"),
        (page_reading(0, status="unreadable"), "unknown"),
    ],
)
def test_where_a_reading_begins(store: SiteStore, reading: PageReading, state: str) -> None:
    scanned(store, reading)
    assert states(store) == [state]


def test_a_second_image_of_a_page_is_a_duplicate(store: SiteStore) -> None:
    first, second, other = scanned(store, page_reading(0, 1), page_reading(1, 1), page_reading(2, 2))
    assert [store.page(p).state for p in (first, second, other)] == ["read", "duplicate", "read"]  # type: ignore[union-attr]
    store.confirm_page(first, reviewed_page(picture(store), 1))
    with pytest.raises(StoreError, match="E816"):  # or the page would be filed twice
        store.confirm_page(second, reviewed_page(picture(store), 1))
    store.confirm_page(second, reviewed_page(picture(store), 1), replaces=first)
    assert store.progress() == {"settled": 1, "confirmed": 1, "read": 1}
    assert store.progress(PACKET) == store.progress()
    assert store.progress(OTHER) == {}


def test_a_filed_image_gives_way_and_one_on_its_way_does_not(store: SiteStore) -> None:
    first, second = scanned(store, page_reading(0, 1), page_reading(1, 1))
    store.confirm_page(first, reviewed_page(picture(store), 1))
    store.record_filed(first, "rnash", "intent", "x")
    with pytest.raises(StoreError, match="E816"):
        store.confirm_page(second, reviewed_page(picture(store), 1), replaces=first)
    store.record_filed(first, "rnash", "filed", "x")
    store.lock_page(first, "mli")
    with pytest.raises(StoreError, match="E815"):
        store.confirm_page(second, reviewed_page(picture(store), 1), replaces=first)
    store.unlock_page(first, "mli")
    store.confirm_page(second, reviewed_page(picture(store), 1), replaces=first)
    rows = [store.page(p) for p in (first, second)]
    assert [(r.state, r.settled) for r in rows if r is not None] == [("settled", "replaced"), ("confirmed", "")]
    assert store.finished(PACKET, 1) == (second,)
    store.reindex()
    assert [store.page(p) for p in (first, second)] == rows


def test_the_same_file_again_changes_nothing(store: SiteStore) -> None:
    pages = scanned(store, page_reading(0, 1), page_reading(1, 2))
    assert scanned(store, page_reading(0, 1), page_reading(1, 2)) == pages
    assert states(store) == ["read", "read"]
    assert [r["kind"] for r in store.journal.records()] == ["received", "read", "read", "received"]
    (file,) = store.index.files()
    assert (file.times, file.images, file.size) == (2, 2, 4)


def test_a_better_reading_takes_the_place_of_an_earlier_until_a_person_has_worked_on_it(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1, "review", "93"))
    scanned(store, page_reading(0, 1, "read", "98"))
    assert states(store) == ["read"]
    assert store.reading(page).answers[0].value == "98"
    store.record_decision(page, "rnash", "98", "99")
    scanned(store, page_reading(0, 1, "review", "90"))
    assert states(store) == ["read"]
    assert store.reading(page).answers[0].value == "98"


def test_a_crash_before_all_images_are_recorded_is_seen(store: SiteStore) -> None:
    scan = store.receive_bytes(b"heap", "heap.pdf", "clerk")
    assert [f.scan for f in store.unread_files()] == [scan]

    append = store.journal.append

    def crash(record: dict[str, object]) -> str:
        if record.get("index") == 1:
            raise KeyboardInterrupt
        return append(record)

    store.journal.append = crash  # type: ignore[method-assign, assignment]
    readings = [page_reading(0, 1), page_reading(1, 2)]
    with pytest.raises(KeyboardInterrupt):
        store.record_scan(scan, readings)
    assert [f.images for f in store.unread_files()] == [2]
    store.journal.append = append  # type: ignore[method-assign]
    store.record_scan(scan, readings)
    assert store.unread_files() == ()
    assert len(store.pages()) == 2


def test_a_person_tells_which_page_it_is(store: SiteStore) -> None:
    (lost, known) = scanned(store, page_reading(0, status="unreadable"), page_reading(1, 2))
    with pytest.raises(StoreError, match="E816"):
        store.confirm_page(known, reviewed_page(picture(store), 5))
    store.record_identity(lost, "rnash", PACKET, 5)
    row = store.page(lost)
    assert row is not None
    assert (row.state, row.packet, row.serial) == ("review", PACKET, 5)
    store.confirm_page(lost, reviewed_page(picture(store), 5))
    assert [r.page for r in store.pages(serial=5)] == [lost]


def test_nothing_of_the_wrong_patient_stays_with_a_page_that_is_told_anew(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1, "review"))
    assert [r.page for r in store.pages(mrn="00123456")] == [page]
    store.record_identity(page, "rnash", OTHER, 4)
    row = store.page(page)
    assert row is not None
    assert (row.mrn, row.encounter, row.form, row.ward) == (None, None, None, None)
    assert store.pages(mrn="00123456") == ()


def test_a_page_is_taken_back_until_it_is_on_its_way(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1))
    with pytest.raises(StoreError, match="E816"):
        store.reopen_page(page, "rnash")
    store.settle_page(page, "rnash", "rescan")
    store.reopen_page(page, "rnash")
    assert states(store) == ["review"]
    store.confirm_page(page, reviewed_page(picture(store), 1))
    store.reopen_page(page, "rnash")
    assert states(store) == ["review"]
    assert list(store.to_file()) == []
    store.confirm_page(page, reviewed_page(picture(store), 1))
    store.record_filed(page, "rnash", "intent", "x")
    with pytest.raises(StoreError, match="E816"):
        store.reopen_page(page, "rnash")


def test_what_may_not_follow(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1))
    step: FilingStep
    for step in ("intent", "filed", "refused", "checked"):
        with pytest.raises(StoreError, match="E816"):
            store.record_filed(page, "rnash", step, "x")
    store.confirm_page(page, reviewed_page(picture(store), 1))
    store.record_filed(page, "rnash", "intent", "x")
    with pytest.raises(StoreError, match="E816"):  # it is under way
        store.confirm_page(page, reviewed_page(picture(store), 1))
    store.record_filed(page, "rnash", "filed", "x")
    with pytest.raises(StoreError, match="E816"):
        store.settle_page(page, "rnash", "rescan")
    store.confirm_page(page, reviewed_page(picture(store), 1))  # a correction
    assert states(store) == ["confirmed"]
    with pytest.raises(StoreError, match="E816"):
        store.record_decision(page_id("ab"), "rnash", 1, 2)
    with pytest.raises(StoreError, match="E816"):
        store.reading(page_id("ab"))


def test_the_file_comes_before_the_record(store: SiteStore) -> None:
    with pytest.raises(StoreError, match="E814"):
        store.record_scan("0" * 64, [page_reading(0, 1)])
    (page,) = scanned(store, page_reading(0, 1))
    with pytest.raises(StoreError, match="E814"):
        store.confirm_page(page, reviewed_page("0" * 64, 1))


def test_a_page_is_with_one_person(store: SiteStore, clock: Clock) -> None:
    (page,) = scanned(store, page_reading(0, 1))
    until = store.lock_page(page, "rnash")
    assert until == NOW + timedelta(minutes=10)
    row = store.page(page)
    assert row is not None
    assert row.locked_by == "rnash"
    assert datetime.fromisoformat(str(row.locked_until)) == until
    with pytest.raises(StoreError, match="E815"):
        store.lock_page(page, "mli")
    with pytest.raises(StoreError, match="E815"):
        store.record_decision(page, "mli", 1, 2)
    with pytest.raises(StoreError, match="E815"):
        store.confirm_page(page, reviewed_page(picture(store), 1, by="mli"))
    store.unlock_page(page, "mli")
    store.record_decision(page, "rnash", 1, 2)
    clock.now += timedelta(minutes=9)
    assert store.lock_page(page, "rnash") == clock.now + timedelta(minutes=10)
    clock.now += timedelta(minutes=10, seconds=1)
    assert store.page(page).locked_by is None  # type: ignore[union-attr]
    store.lock_page(page, "mli")
    store.unlock_page(page, "mli")
    store.lock_page(page, "rnash")


def test_the_queue(store: SiteStore) -> None:
    pages = scanned(
        store,
        page_reading(0, 2),
        page_reading(1, status="unreadable"),
        page_reading(2, 1, "review"),
        page_reading(3, 2),
        page_reading(4, 3),
    )
    store.confirm_page(pages[4], reviewed_page(picture(store), 3))
    assert [(r.serial, r.state) for r in store.pages(states=OPEN)] == [
        (1, "review"),
        (2, "read"),
        (2, "duplicate"),
        (None, "unknown"),
    ]
    assert [r.page for r in store.pages(packet=PACKET, serial=2)] == [pages[0], pages[3]]
    assert len(store.pages(mrn="00123456")) == 4
    assert store.pages(packet=OTHER) == ()


def test_threads_of_a_server_may_work_at_once(store: SiteStore) -> None:
    pages = scanned(store, *(page_reading(n, n + 1) for n in range(8)))
    image, errors = picture(store), []

    def review(page: PageId) -> None:
        try:
            store.lock_page(page, "rnash")
            store.record_decision(page, "rnash", 1, 2)
            store.confirm_page(page, reviewed_page(image, page.index + 1))
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=review, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert states(store) == ["confirmed"] * 8
    assert store.verify() == []


def test_two_programs_see_each_other(store: SiteStore, clock: Clock) -> None:
    with SiteStore(store.folder, clock=clock) as other:
        (page,) = scanned(other, page_reading(0, 1))
        store.confirm_page(page, reviewed_page(picture(store), 1))
        assert states(other) == ["confirmed"]
        store.lock_page(page, "rnash")
        with pytest.raises(StoreError, match="E815"):
            other.lock_page(page, "mli")


def everything(store: SiteStore) -> object:
    return store.pages(), store.index.files(), [store.decisions(row.page) for row in store.pages()]


@pytest.mark.parametrize("damage", ["gone", "garbage", "a page of zeros", "older version", "empty", "table gone"])
def test_an_index_that_is_damaged_is_made_again(store: SiteStore, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = scanned(store, *(page_reading(n, n % 5 + 1) for n in range(20)))
    store.record_decision(pages[3], "rnash", 1, 2)
    before = everything(store)
    path = store.index.path
    if damage == "table gone":
        store.index._open().execute("DROP TABLE pages")
    store.close()
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "garbage":
        path.write_bytes(b"not a database" * 1000)
    elif damage == "a page of zeros":
        path.write_bytes(content[:4096] + bytes(len(content) - 4096))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "older version":
        monkeypatch.setattr("papermode.store.index.VERSION", fold.VERSION + 1)
    assert everything(store) == before
    assert store.verify() == []


def test_an_index_that_says_something_else_is_reported_and_put_right(store: SiteStore) -> None:
    scanned(store, page_reading(0, 1))
    before = everything(store)
    store.index._open().execute("UPDATE pages SET state = 'filed'")
    (fault,) = store.verify()
    assert fault.code == "E820"
    assert str(store.index.path) in fault.place
    store.reindex("it")
    assert store.verify() == []
    assert everything(store) == before


@pytest.mark.parametrize("every", [1009, pytest.param(61, marks=pytest.mark.deep)])
def test_a_changed_byte_anywhere_in_the_store_is_reported(store: SiteStore, every: int) -> None:
    """In the truth always; in the index when it could change an answer."""
    scanned(store, *(page_reading(n, n + 1) for n in range(3)), content=b"heap" * 500)
    picture(store)
    chance = random.Random(every)
    assert store.verify() == []
    for path in (store.journal.path, *sorted(store.scans.folder.iterdir())):
        content = path.read_bytes()
        path.chmod(0o600)
        for at in range(0, len(content), every if len(content) > every else 3):
            changed = bytearray(content)
            changed[at] ^= chance.randrange(1, 256)
            path.write_bytes(changed)
            assert any(str(path) in fault.place for fault in store.verify())
        path.write_bytes(content)
        assert store.verify() == []


def test_a_missing_file_is_reported_by_name(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1))
    image = picture(store)
    store.confirm_page(page, reviewed_page(image, 1))
    for sha256 in (page.scan, image):
        content = store.scans.read(sha256)
        store.scans.path(sha256).unlink()
        (fault,) = store.verify()
        assert (fault.code, sha256 in fault.place) == ("E814", True)
        store.scans.put(content)


def test_a_journal_that_lost_records_is_read_only_until_a_person_accepts_it(store: SiteStore, clock: Clock) -> None:
    """An older copy was put back: the index has seen more than there is."""
    scanned(store, page_reading(0, 1))
    lines = store.journal.path.read_bytes().splitlines(keepends=True)
    store.close()
    store.journal.path.write_bytes(b"".join(lines[:-1]))
    with SiteStore(store.folder, clock=clock) as again:
        assert again.fault is not None
        assert again.fault.code == "E817"
        assert [fault.code for fault in again.verify()] == ["E817"]
        with pytest.raises(StoreError, match="E817"):
            again.receive_bytes(b"x", "x", "clerk")
        with pytest.raises(StoreError, match="E817"):
            again.pages()
        again.reindex("it")
        assert again.verify() == []
        assert [f.scan for f in again.unread_files()] != []
        assert [r["kind"] for r in again.journal.records()] == ["received", "reindexed"]


@pytest.mark.parametrize("indexed", [True, False])
def test_a_broken_journal_can_be_read_up_to_there(store: SiteStore, clock: Clock, indexed: bool) -> None:
    pages = scanned(store, page_reading(0, 1), page_reading(1, 2))
    store.close()
    content = store.journal.path.read_bytes()
    store.journal.path.write_bytes(content.replace(b'"index":1', b'"index":7', 1))
    if not indexed:
        store.index.path.unlink()
    with SiteStore(store.folder, clock=clock) as again:
        assert again.fault is not None
        assert again.fault.code == "E812"
        assert [row.page for row in again.pages()] == list(pages if indexed else pages[:1])
        if indexed:
            with pytest.raises(StoreError, match="E812"):
                again.reading(pages[1])
        assert again.reading(pages[0]) == page_reading(0, 1)
        with pytest.raises(StoreError, match="E812"):
            again.receive_bytes(b"x", "x", "clerk")
        with pytest.raises(StoreError, match="E812"):
            again.record_decision(pages[0], "rnash", 1, 2)


def test_a_record_of_a_newer_papermode_is_told(store: SiteStore) -> None:
    store.journal.append({"kind": "hologram", "user": "x"})
    with pytest.raises(StoreError, match="E819"):
        store.pages()


def test_messages_name_no_patient(store: SiteStore) -> None:
    (page,) = scanned(store, page_reading(0, 1))
    store.lock_page(page, "rnash")
    for call in (lambda: store.lock_page(page, "mli"), lambda: store.record_filed(page, "a", "filed", "x")):
        with pytest.raises(StoreError) as caught:
            call()
        assert "00123456" not in str(caught.value)
        assert "DOE" not in str(caught.value)


STEPS = (
    *("again", "identify", "decide", "confirm", "replace", "settle", "reopen"),
    *("intent", "filed", "refused", "checked"),
)


class ImpossibleError(Exception):
    """A step that may not follow."""


def take(store: SiteStore, step: str, page: PageId, serial: int, readings: list[PageReading]) -> None:
    steps: dict[str, Callable[[], object]] = {
        "again": lambda: scanned(store, *readings),
        "identify": lambda: store.record_identity(page, "rnash", PACKET, serial),
        "decide": lambda: store.record_decision(page, "rnash", 1, serial),
        "confirm": lambda: store.confirm_page(page, reviewed_page(picture(store), serial)),
        "replace": lambda: store.confirm_page(
            page, reviewed_page(picture(store), serial), replaces=next(iter(store.finished(PACKET, serial)), None)
        ),
        "settle": lambda: store.settle_page(page, "rnash", "rescan"),
        "reopen": lambda: store.reopen_page(page, "rnash"),
    }
    filing: dict[str, FilingStep] = {"intent": "intent", "filed": "filed", "refused": "refused", "checked": "checked"}
    try:
        if step in filing:
            store.record_filed(page, "rnash", filing[step], "x")
        else:
            steps[step]()
    except StoreError as error:
        if error.code != "E816":
            raise
        raise ImpossibleError from error


@given(
    st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.sampled_from(["read", "review"])), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3), st.integers(1, 3)), max_size=14),
)
def test_every_image_is_in_one_state_whatever_is_done(
    images: list[tuple[int | None, str]], steps: list[tuple[str, int, int]]
) -> None:
    """Images in = the sum over the states; one image of a printed page is filed at most; the index can be remade."""
    with quick_folder() as folder, SiteStore(folder, clock=lambda: datetime.now(UTC)) as store:
        readings = [page_reading(n, serial, status) for n, (serial, status) in enumerate(images)]  # type: ignore[arg-type]
        pages = scanned(store, *readings)
        for step, which, serial in steps:
            page = pages[which % len(pages)]
            with contextlib.suppress(ImpossibleError):
                take(store, step, page, serial, readings)
            rows = store.pages()
            assert sum(store.progress().values()) == len(rows) == len(pages)
            done = [(r.packet, r.serial) for r in rows if r.state in ("confirmed", "sending", "filed")]
            assert len(done) == len(set(done))
        assert store.verify() == []
