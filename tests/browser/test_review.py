"""People at the review page, by keyboard alone."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from papermode.model.packet import Subject
from papermode.review.desk import Desk, Field, Person
from papermode.review.security import LINK_TIME
from papermode.review.values import doubtful
from tests.browser.conftest import Desktop
from tests.browser.stack import PAGES, Stack
from tests.unit.review.fake import ANA, BO, FakeDesk, head, mark_field, number_field, printed, sheet_id

Open = Callable[[Desk], Desktop]

_SIGNATURE = """() => document.readyState !== 'complete' ? '' : [
  location.href, document.activeElement.id || document.activeElement.name || '',
  document.querySelectorAll('.field.doubt').length, document.getElementById('alarm').textContent].join('|')"""


def press(page: Page, key: str) -> None:
    """Press a key and wait until the page has moved on: another place, another focus, or a message."""
    before = page.evaluate(_SIGNATURE)
    page.keyboard.press(key)
    until = time.monotonic() + 10
    # Not wait_for_function: it needs eval in the page, which the page's policy forbids.
    while time.monotonic() < until:
        with contextlib.suppress(PlaywrightError):  # the page is being left
            if page.evaluate(_SIGNATURE) not in (before, ""):
                return
        time.sleep(0.01)
    raise AssertionError(f"{key} did nothing: {before}")


def typed_azerty(text: str) -> str:
    """Return what a computer with a French keyboard makes of a scanner that types as a US one."""
    tables = json.loads((files("papermode.trust") / "wedge.json").read_text("utf-8"))["tables"]
    table = next(t for t in tables if "fr" in t["names"])
    back = dict(zip(table["meant"], table["typed"], strict=True))
    return "".join(back[c] for c in text)


def test_thirty_pages_are_cleared_by_keyboard_alone(stack: Stack, open_desktop: Open) -> None:
    desk = stack.desk()
    doubts = sum(h.doubts for h in desk.heads())
    assert doubts > PAGES / 2
    page = open_desktop(desk).sit_down("Ana")
    press(page, "Enter")
    keys = 0
    while "/sheet/" in page.url:
        if "Whose page is this" in page.title():
            press(page, "F8")
        else:
            press(page, "Enter")
        keys += 1
        assert keys < 4 * (doubts + PAGES)
    expect(page.get_by_text("Nothing waits here")).to_be_visible()
    states = {h.state for h in desk.heads()}
    assert states == {"confirmed", "aside"}
    reviewed = [p for _, p in stack.store.to_file()]
    assert len(reviewed) == PAGES
    assert all(p.subject is not None and p.confirmed_by == "Ana" for p in reviewed)
    assert stack.store.verify() == []


def doubts_of(desk: Desk, sheet: str) -> list[Field]:
    """Return the fields of a sheet that a person has to settle."""
    return [f for f in desk.sheet(sheet, "en").fields if doubtful(f)]


def test_undo_goes_back_to_the_page_before(stack: Stack, open_desktop: Open) -> None:
    desk = stack.desk()
    ready = [h for h in desk.heads() if h.doubts and h.status == "read"]
    first = min(ready, key=lambda h: h.doubts)
    # That nothing is written takes a second Enter.
    keys = sum(1 if isinstance(f.read, str) else 2 for f in doubts_of(desk, first.id))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{first.id}")
    for _ in range(keys + 1):
        press(page, "Enter")
    expect(page).not_to_have_url(f"{desktop.address}/sheet/{first.id}")
    assert desk.head(first.id).state == "confirmed"
    press(page, "Control+z")
    expect(page).to_have_url(f"{desktop.address}/sheet/{first.id}")
    assert desk.head(first.id).state == "open"
    press(page, "Control+z")
    expect(page.locator(".field.doubt")).to_have_count(1)
    kinds = [e.kind for e in desk.events(first.id)]
    assert kinds == [*["answer"] * first.doubts, "confirm", "undo", "undo"], "nothing is taken out of the journal"


def test_an_unknown_page_is_bound_by_a_scanner_on_a_french_keyboard(stack: Stack, open_desktop: Open) -> None:
    desk = stack.desk()
    sheet = next(h for h in desk.heads() if h.unbound)
    desktop = open_desktop(desk)
    ana, ben = desktop.sit_down("Ana"), desktop.sit_down("Ben")
    ana.goto(f"{desktop.address}/sheet/{sheet.id}")
    expect(ana.locator("#code")).to_be_focused()
    ana.keyboard.type(typed_azerty(stack.torn.entry["claim"]))
    press(ana, "Enter")
    name = stack.torn.entry["patient"]["name"]
    expect(ana.get_by_label(name)).to_be_checked()
    expect(ana.locator("#chosen")).to_be_focused()
    press(ana, "Enter")
    expect(ana).not_to_have_url(f"{desktop.address}/sheet/{sheet.id}")
    ben.goto(f"{desktop.address}/sheet/{sheet.id}")
    expect(ben.get_by_text("Ana says that this page belongs to")).to_be_visible()
    press(ben, "1")
    expect(ben.locator("#fields")).to_be_visible()
    press(ben, "Shift+F2")
    assert desk.head(sheet.id).state == "confirmed"
    (page,) = [p for i, p in stack.store.to_file() if str(i) == sheet.id]
    assert page.subject is not None
    assert (page.subject.name, page.page) == (name, stack.torn.entry["page"])
    assert {a.outcome for a in page.answers} == {"image-only"}


def test_two_clerks_never_have_one_page(stack: Stack, open_desktop: Open) -> None:
    desk = stack.desk()
    desktop = open_desktop(desk)
    ana, ben = desktop.sit_down("Ana"), desktop.sit_down("Ben")
    ana.goto(f"{desktop.address}/next")
    taken = ana.url
    ben.goto(f"{desktop.address}/next")
    assert ben.url != taken
    ben.goto(taken)
    expect(ben.get_by_text("Ana works on this sheet")).to_be_visible()
    assert ben.locator("#confirm").count() == 0
    press(ana, "Escape")
    ben.goto(taken)
    expect(ben.get_by_text("Ana works on this sheet")).to_have_count(0)


def test_a_reserved_number_is_linked_by_keyboard_alone(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1, printed=printed(1, None), reserved="N261124-4W-01-8", match="none"), person=None)
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(BO.subject.mrn)
    press(page, "Enter")
    expect(page.get_by_label(BO.subject.name)).to_be_checked()
    press(page, "Enter")
    expect(page.locator("#chosen")).to_be_focused()
    press(page, "Enter")
    expect(page).not_to_have_url(f"{desktop.address}/sheet/{sheet}")
    (event,) = desk.log
    assert (event.kind, event.after["reserved"], event.after["person"]["mrn"]) == ("link", "N261124-4W-01-8", "00777")


def test_single_keys_set_a_sheet_aside_and_writing_takes_two(open_desktop: Open) -> None:
    desk = FakeDesk()
    unknown = desk.add(head(1, printed=None, unbound=True, match="none", written=False), person=None)
    written = desk.add(head(2), number_field("a", 1))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{unknown}")
    page.keyboard.press("*")
    assert page.locator("#page").get_attribute("viewBox") == "0 0 29700 21000"
    expect(page.locator("#code")).to_have_value("")
    press(page, "Control+F9")
    assert desk.sheets[unknown].head.aside == "not-ours"
    page.goto(f"{desktop.address}/sheet/{written}")
    press(page, "Control+F2")
    expect(page.locator("#alarm")).to_contain_text("There is writing on this page")
    with page.expect_response("**/aside"):
        page.keyboard.press("Control+F8")
    assert desk.sheets[written].head.state == "open", "another key is another question"
    page.wait_for_timeout(300)  # the same words are shown again, so there is no sign that the page has taken the answer
    press(page, "Control+F8")
    assert desk.sheets[written].head.aside == "duplicate"


def forty_fields(desk: FakeDesk) -> str:
    fields = [number_field(f"v{n}", c, state="sure", confidence=0.99) for n in range(6) for c in range(1, 7)]
    fields += [mark_field("dose", 1, c) for c in range(1, 5)]
    fields[3] = number_field("v0", 4)
    fields[10] = number_field("v1", 5, read="9")
    fields[37] = mark_field("dose", 1, 2, read=None, state="unsure")
    assert len(fields) == 40
    return desk.add(head(1), *fields)


def test_forty_fields_with_three_doubts_take_eight_keys(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = forty_fields(desk)
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    page.evaluate(
        """() => { const store = sessionStorage; store.keys = 0;
        document.addEventListener('keydown', () => { store.keys = Number(store.keys) + 1; }, true); }"""
    )
    press(page, "Enter")  # the first reading is right
    page.keyboard.type("98")
    press(page, "Enter")
    page.keyboard.press("n")
    press(page, "Enter")
    expect(page.locator("#confirm")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{desktop.address}/")
    assert int(page.evaluate("() => sessionStorage.keys")) <= 8
    answers = {(a.link_id, a.column): a.value for a in desk.finished[sheet][-1].answers}
    assert (answers["v0", 4], answers["v1", 5], answers["dose", 2]) == ("97", "98", "not-given")


def test_a_key_that_is_held_down_decides_once(open_desktop: Open) -> None:
    """This test ensures that an arm that lies on Enter does not accept thirty readings and the page."""
    desk = FakeDesk()
    sheet = desk.add(head(1), *[number_field(f"v{n}", 1) for n in range(5)])
    desk.add(head(2), number_field("v0", 1))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    for _ in range(20):
        page.keyboard.down("Enter")  # what a keyboard sends while a key is held
    page.keyboard.up("Enter")
    expect(page.locator("#left")).to_contain_text("4")
    assert len(desk.log) == 1
    for _ in range(4):
        press(page, "Enter")
    expect(page.locator("#confirm")).to_be_focused()
    for _ in range(20):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page).not_to_have_url(f"{desktop.address}/sheet/{sheet}")
    assert list(desk.finished) == [sheet], "the next page is not touched"


def test_what_is_not_plausible_takes_a_second_enter(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1), number_field("spo2", 1))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    page.keyboard.type("980")
    page.keyboard.press("Enter")
    expect(page.locator("#alarm")).to_contain_text("Not within 40 to 100")
    expect(page.locator(".field.doubt input")).to_be_focused()
    assert desk.log == []
    with page.expect_response("**/answer*"):
        page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_be_focused()
    assert desk.log[0].after["value"] == "980"


def test_single_keys_settle_a_field_or_the_page(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheets = [desk.add(head(n), *[number_field(f"v{m}", 1) for m in range(4)]) for n in range(1, 4)]
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheets[0]}")
    for key in ("F2", "F4", "F8", "F9"):
        press(page, key)
    expect(page.locator("#confirm")).to_be_focused()
    press(page, "Enter")
    found = [a.outcome for a in desk.finished[sheets[0]][-1].answers]
    assert found == ["image-only", "needs-nurse", "rescan", "pharmacy"]
    press(page, "Shift+F4")
    press(page, "Shift+F8")
    expect(page).to_have_url(f"{desktop.address}/")
    assert [e.after for e in desk.log[-2:]] == [{"outcome": "needs-nurse"}, {"outcome": "rescan"}]


def test_tab_moves_on_without_deciding_and_ctrl_z_takes_back_what_was_typed(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1), number_field("a", 1), number_field("b", 1))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    page.keyboard.press("Tab")
    expect(page.locator(".field.doubt input").nth(1)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("55")
    page.keyboard.press("Control+z")
    expect(page.locator(".field.doubt input").first).to_have_value("97")
    assert desk.log == []


def test_the_picture_follows_is_enlarged_and_turned(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1), number_field("a", 1), number_field("b", 6))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    for _ in range(3):
        page.keyboard.press("+")
    assert page.locator("#page").get_attribute("class") == "zoom3"
    box, frame = page.locator(".box.here").bounding_box(), page.locator(".frame").bounding_box()
    assert box is not None
    assert frame is not None
    assert frame["x"] <= box["x"] + box["width"] / 2 <= frame["x"] + frame["width"]
    assert frame["y"] <= box["y"] + box["height"] / 2 <= frame["y"] + frame["height"]
    page.keyboard.press("*")
    assert page.locator("#page").get_attribute("viewBox") == "0 0 29700 21000"
    assert page.locator(".field.doubt input").first.input_value() == "97"


def test_the_printed_name_stays_in_view(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1), *[number_field(f"v{n}", 1) for n in range(30)])
    desktop = open_desktop(desk)
    for width in (1366, 683, 320):
        page = desktop.sit_down("Ana", viewport={"width": width, "height": 700})
        page.goto(f"{desktop.address}/sheet/{sheet}")
        page.locator(".field.doubt input").last.focus()
        box = page.locator("svg.name").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 700 - box["height"], width
        focused = page.locator(".field.doubt input").last.bounding_box()
        assert focused is not None
        assert focused["y"] >= box["y"] + box["height"], "the name does not hide the field"


@pytest.mark.parametrize("width", [683, 320])
def test_nothing_is_cut_off_at_two_hundred_percent(open_desktop: Open, width: int) -> None:
    desk = FakeDesk()
    sheet = forty_fields(desk)
    other = desk.add(head(2, match="different"), person=BO)
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana", viewport={"width": width, "height": 425}, device_scale_factor=2)
    for path in ("/", "/keys", f"/sheet/{sheet}", f"/sheet/{other}"):
        page.goto(desktop.address + path)
        wide, seen = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= seen, path


def test_axe_finds_nothing(open_desktop: Open, axe: str) -> None:
    desk = FakeDesk()
    forty_fields(desk)
    desk.add(head(2, match="different"), number_field("a", 1), person=BO)
    desk.add(head(3, printed=None, unbound=True, match="none", status="unreadable"), person=None, flat=False)
    desk.add(head(4), number_field("a", 1, second=True, state="sure"))
    desk.pages = (printed(5, BO),)
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana", bypass_csp=True)
    page.goto(f"{desktop.address}/sheet/{sheet_id(4)}")
    press(page, "Enter")
    ben = desktop.sit_down("Ben", bypass_csp=True)
    visits = [
        (page, "/"),
        (page, "/keys"),
        *((page, f"/sheet/{sheet_id(n)}") for n in (1, 2, 3)),
        (ben, f"/sheet/{sheet_id(4)}"),
    ]
    for who, path in visits:
        who.goto(desktop.address + path)
        if path.endswith(sheet_id(1)):
            who.locator("#sure summary").click()
        if path.endswith(sheet_id(3)):
            who.locator("#search").fill("lund")
            press(who, "Tab")
            who.locator("#search").press("Enter")
            expect(who.get_by_label("Lund, Bo")).to_be_checked()
        who.add_script_tag(content=axe)
        found = who.evaluate(
            "async () => (await axe.run(document)).violations.map(v => [v.id, v.nodes.map(n => n.html)])"
        )
        assert found == [], path


def test_a_name_is_never_run(open_desktop: Open) -> None:
    nasty = "<script>hacked=1</script><img src=x onerror=hacked=1>\"'--><svg onload=hacked=1>{{7*7}}"
    person = Person(Subject("1", nasty, nasty), nasty)
    desk = FakeDesk(persons=(person,))
    field = number_field("spo2", 1, label=nasty, row_text=nasty, column_text=nasty, unit=nasty)
    mark = mark_field("dose", 1, 1, state="unsure", row_text=nasty)
    sheet = desk.add(
        head(1, printed=printed(1, person, title=nasty, ward=nasty), why=(nasty,)), field, mark, person=person
    )
    unknown = desk.add(head(2, printed=None, unbound=True, match="none", file=nasty), person=None)
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    for path in ("/", f"/sheet/{sheet}", f"/sheet/{unknown}"):
        page.goto(desktop.address + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => typeof hacked") == "undefined"
    page.locator("#search").fill("script")
    page.locator("#search").press("Enter")
    expect(page.locator("#people label")).to_contain_text("<script>hacked=1</script>")
    assert page.evaluate("() => typeof hacked") == "undefined"
    assert "49" not in page.locator("#people").inner_text()


def test_another_host_name_is_refused(open_desktop: Open) -> None:
    desktop = open_desktop(FakeDesk())
    page = desktop.stranger()
    answer = page.goto(f"http://evil.example:{desktop.server.port}/enter/{desktop.server.door.invite('Ana')}")
    assert answer is not None
    assert answer.status == 403
    desktop.faults.clear()  # Chromium says that it does not trust evil.example


def test_another_page_cannot_send_a_step(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1), number_field("spo2", 1))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Ana")
    page.goto(f"http://evil.example:{desktop.server.port}/")
    sent = page.evaluate(
        """async (url) => { try { await fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include',
        headers: {'content-type': 'text/plain'}, body: '{"seen":0,"outcome":"image-only"}'}); return 'sent'; }
        catch { return 'refused'; } }""",
        f"{desktop.address}/sheet/{sheet}/outcome",
    )
    assert sent in ("sent", "refused")
    assert desk.log == []
    desktop.faults.clear()  # the browser tells of the refusals


def test_an_expired_link_and_a_used_one_lead_nowhere(open_desktop: Open) -> None:
    desk = FakeDesk()
    desk.add(head(1))
    desktop = open_desktop(desk)
    page = desktop.stranger()
    link = desktop.server.link("Ana")
    desk.time += LINK_TIME + timedelta(minutes=1)
    page.goto(link)
    expect(page.get_by_text("older than ten minutes")).to_be_visible()
    page.goto(desktop.address)
    expect(page.get_by_role("heading", name="This page is closed")).to_be_visible()
    assert ANA.subject.name not in page.content()
    used = desktop.server.link("Ana")
    page.goto(used)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    page.goto(used)
    expect(page.get_by_text("used before")).to_be_visible()


def test_the_page_is_french_for_a_french_browser(open_desktop: Open) -> None:
    desk = FakeDesk()
    sheet = desk.add(head(1), number_field("spo2", 1))
    desktop = open_desktop(desk)
    page = desktop.sit_down("Zoé", language="fr-FR")
    page.goto(f"{desktop.address}/sheet/{sheet}")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("button", name="Confirmer la page")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Confirm the page")).to_be_visible()
    expect(page).to_have_url(f"{desktop.address}/sheet/{sheet}")


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("शर्मा, प्रिया", "Devanagari"),
        ("فاطمة الزهراء", "Arabic"),
        ("דוד כהן", "Hebrew"),
        ("สมชาย ใจดี", "Thai"),
        ("Жанна Đặng", "Noto Sans"),
    ],
)
def test_a_name_is_shown_whatever_fonts_the_computer_has(open_desktop: Open, name: str, script: str) -> None:
    """This test ensures that letters which the computer's own fonts lack come from ours, in both weights."""
    person = Person(Subject("00123456", name, "1956-03-02"), "4W", "Patient/pat-01", "E1", "Encounter/e1")
    desk = FakeDesk()
    desk.persons = (person,)
    desk.add(head(1, printed=printed(1, person)), number_field("spo2", 1), person=person)
    page = open_desktop(desk).sit_down("Ana")
    shown = page.get_by_text(name)
    families = shown.evaluate("e => getComputedStyle(e).fontFamily").split(", ")
    assert families[-1].strip('"') == "Papermode"
    for weight in ("400", "700"):
        # As on a computer without any of the families before it.
        shown.evaluate("(e, w) => { e.id = 'name'; e.style.fontFamily = 'Papermode'; e.style.fontWeight = w; }", weight)
        page.evaluate("async () => { document.body.offsetWidth; await document.fonts.ready; }")
        used = fonts_of(page, "#name")
        assert any(script in f["familyName"] for f in used)
        assert all(f["isCustomFont"] for f in used)


def fonts_of(page: Page, selector: str) -> list[dict[str, Any]]:
    """Return the fonts with which Chromium has drawn an element."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    found: list[dict[str, Any]] = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return found
