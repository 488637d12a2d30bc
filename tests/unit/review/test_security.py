"""Who is let in (trust.md rows 26 to 28)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from starlette.testclient import TestClient

from papermode.model.packet import Subject
from papermode.review.desk import Person
from papermode.review.security import FONTS_KEPT, LINK_TIME, SESSION_TIME, Doorkeeper, Guard, is_loopback, usable_name
from papermode.typeset.fonts import BUNDLED
from tests.unit.review.conftest import ORIGIN, PORT, Clerk
from tests.unit.review.fake import FakeDesk, head, number_field, printed

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


def test_nobody_gets_in_without_a_link(client_of: Callable[[], TestClient], desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    client = client_of()
    for path in ("/", "/next", "/keys", f"/sheet/{sheet}"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "Rivera" not in answer.text
    assert client.get(f"/picture/{'a' * 64}").status_code == 401
    assert client.post(f"/sheet/{sheet}/confirm", json={"seen": 0}, headers={"origin": ORIGIN}).status_code == 401
    assert desk.log == []


def test_a_link_works_once(client_of: Callable[[], TestClient], door: Doorkeeper) -> None:
    secret = door.invite("Ana")
    assert client_of().get(f"/enter/{secret}").status_code == 200
    again = client_of().get(f"/enter/{secret}")
    assert again.status_code == 403
    assert "used before" in again.text


def test_a_link_expires(client_of: Callable[[], TestClient], door: Doorkeeper, desk: FakeDesk) -> None:
    secret = door.invite("Ana")
    desk.time += LINK_TIME + timedelta(seconds=1)
    assert client_of().get(f"/enter/{secret}").status_code == 403


def test_a_session_expires(ana: Clerk, desk: FakeDesk) -> None:
    assert ana.get("/").status_code == 200
    desk.time += SESSION_TIME + timedelta(minutes=1)
    assert ana.get("/").status_code == 401


def test_signing_out_ends_the_session(ana: Clerk) -> None:
    token = dict(ana.client.cookies)
    assert ana.post("/leave").status_code == 200
    for name, value in token.items():
        ana.client.cookies.set(name, value)
    assert ana.get("/").status_code == 401


def test_the_cookie_is_strict_and_hidden_from_scripts(client_of: Callable[[], TestClient], door: Doorkeeper) -> None:
    answer = client_of().get(f"/enter/{door.invite('Ana')}", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert cookie.startswith(f"papermode-{PORT}=")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:9", "127.0.0.1.evil.example:8080", ""]
)
def test_another_host_name_is_refused(ana: Clerk, host: str) -> None:
    assert ana.client.get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:9", ""]
)
def test_a_step_from_another_page_is_refused(ana: Clerk, desk: FakeDesk, origin: str) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    answer = ana.client.post(
        f"/sheet/{sheet}/outcome", json={"seen": 0, "outcome": "image-only"}, headers={"origin": origin}
    )
    assert answer.status_code == 403
    assert desk.log == []


def test_a_form_of_another_site_cannot_send_a_step(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = ana.client.post(
            f"/sheet/{sheet}/confirm", content='{"seen":0}', headers={"origin": ORIGIN, "content-type": kind}
        )
        assert answer.status_code == 415
    assert desk.log == []


def test_a_long_request_is_refused(ana: Clerk) -> None:
    assert ana.post("/people", {"text": "x" * 70_000}).status_code == 413


def test_another_sites_page_cannot_look(ana: Clerk) -> None:
    assert ana.client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_another_computer_is_refused(app: Guard, door: Doorkeeper) -> None:
    client = TestClient(app, base_url=ORIGIN, client=("192.0.2.7", 50000))
    assert client.get(f"/enter/{door.invite('Ana')}").status_code == 403


def test_every_answer_has_its_headers(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    for path in ("/", f"/sheet/{sheet}", "/static/review.js", f"/picture/{'a' * 64}", "/nothing"):
        headers = ana.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_names_are_shown_as_text(ana: Clerk, desk: FakeDesk) -> None:
    person = Person(Subject(NASTY, NASTY, NASTY), NASTY)
    desk.persons = (person,)
    field = number_field("spo2", 1, label=NASTY, row_text=NASTY, unit=NASTY, column_text=NASTY, read=NASTY)
    sheet = desk.add(
        head(1, printed=printed(1, person, title=NASTY, ward=NASTY), why=(NASTY,), file=NASTY), field, person=person
    )
    different = desk.add(head(2, printed=printed(2, person), match="different"), field, person=person)
    unknown = desk.add(head(3, printed=None, unbound=True, file=NASTY))
    for path in ("/", f"/sheet/{sheet}", f"/sheet/{different}", f"/sheet/{unknown}"):
        text = ana.get(path).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert 'onerror=alert(2)>"' not in text


def test_json_answers_cannot_be_taken_for_a_page(ana: Clerk, desk: FakeDesk) -> None:
    desk.persons = (Person(Subject("1", NASTY, "")),)
    answer = ana.post("/people", {"text": "script"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["people"][0]["name"] == NASTY


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_language_leads_nowhere_else(ana: Clerk, back: str) -> None:
    answer = ana.client.get("/language/fr", params={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_loopback_addresses() -> None:
    assert all(is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "127.0.0.9"))
    assert not any(
        is_loopback(h)
        for h in ("0.0.0.0", "::", "192.168.1.5", "example.org", "", "127.0.0.1.evil.example")  # noqa: S104
    )


@pytest.mark.parametrize("name", ["", "  ", "papermode", "Papermode", "a" * 61, "a\u202eb", "a\x00b"])
def test_names_that_nobody_has(name: str, door: Doorkeeper) -> None:
    assert usable_name(name) is None
    with pytest.raises(ValueError, match="name"):
        door.invite(name)


def test_a_name_is_kept_as_it_is_written() -> None:
    assert usable_name("  Zoé   Núñez ") == "Zoé Núñez"


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 60_000,
        b'{"seen":' * 8_000,
        b'{"seen":' + b"9" * 5_000 + b"}",
        b'{"seen":0,"mrn":"1","place":["a"]}',
        b'{"seen":0,"mrn":"1","place":["a",1e999]}',
        b'{"seen":0,"key":["a"],"typed":{}}',
        b"\xff",
        b"",
    ],
)
@pytest.mark.parametrize("name", ["bind", "answer", "people", "recognise"])
def test_a_request_that_makes_no_sense_is_refused_and_is_no_fault_of_ours(
    app: Guard, door: Doorkeeper, desk: FakeDesk, raw: bytes, name: str
) -> None:
    sheet = desk.add(head(1, printed=None, unbound=True), number_field("spo2", 1))
    client = TestClient(app, base_url=ORIGIN, client=("127.0.0.1", 50000), raise_server_exceptions=False)
    client.get(f"/enter/{door.invite('Ana')}")
    path = f"/{name}" if name in ("people", "recognise") else f"/sheet/{sheet}/{name}"
    answer = client.post(path, content=raw, headers={"origin": ORIGIN, "content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert desk.log == []


def test_a_number_that_no_store_can_hold_is_no_sheet(ana: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite takes 64 bits: what the real store says of such an address."""

    def too_large(*_: object) -> None:
        raise OverflowError

    monkeypatch.setattr(FakeDesk, "lock", too_large)
    address = f"/sheet/{'0' * 64}-99999999999999999999999"
    assert ana.get(address).status_code == 404
    assert ana.post(f"{address}/confirm", {"seen": 0}).status_code == 400


_FACE = re.compile(r'@font-face \{ font-family: "Papermode"; .*?url\("(/fonts/[^"]+)"\); unicode-range: ([^;]+); \}')


def test_every_letter_that_the_paper_can_print_has_its_font_on_the_page(client_of: Callable[[], TestClient]) -> None:
    """A clerk's computer may have no Devanagari; a name must not be a row of boxes."""
    client = client_of()
    css = client.get("/static/review.css").text
    assert re.search(r"html \{ font: [^;]*, \"Papermode\";", css)
    shown: dict[str, set[int]] = {}
    for address, ranges in _FACE.findall(css):
        ends = [[int(end, 16) for end in r.strip().removeprefix("U+").split("-")] for r in ranges.split(",")]
        shown[address] = {code for start, *end in ends for code in range(start, (end or [start])[0] + 1)}
    assert {Path(address).name for address in shown} == {f.name for f in BUNDLED.glob("*.ttf")}
    everywhere = set().union(*shown.values())
    for address, codes in shown.items():
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == FONTS_KEPT
        assert "font-src 'self'" in answer.headers["content-security-policy"]
        letters = set(TTFont(io.BytesIO(answer.content)).getBestCmap())
        assert letters <= everywhere, "of letters in several fonts it is enough to have one"
        own = {code for code in letters if not any(code in s for a, s in shown.items() if a[:11] != address[:11])}
        assert own
        assert own <= codes


def test_only_fonts_are_kept_by_a_browser(client_of: Callable[[], TestClient]) -> None:
    client = client_of()
    for path in ("/fonts/none.ttf", "/fonts/../app.py", "/fonts/%2e%2e/fonts.py", "/static/review.css"):
        assert client.get(path).headers["cache-control"] == "no-store"
