"""The review page in a real browser: Debian's Chromium, driven by Playwright, on this computer only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

from papermode.review.desk import Desk
from papermode.review.serve import Server, in_background
from tests.browser.stack import Stack, make_stack

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
AXE = ROOT / "out" / "axe" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Debian's chromium (tools/system_packages.sh)")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"]
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    if not AXE.exists():
        made = subprocess.run(["sh", str(ROOT / "tools" / "axe.sh")], check=False) if shutil.which("npm") else None
        if made is None or made.returncode:
            pytest.skip("needs npm, to get axe-core (tools/axe.sh)")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="session")
def printed_stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Thirty filled pages of a ward, scanned and stored; nobody changes it."""
    return make_stack(tmp_path_factory.mktemp("stack"))


@pytest.fixture
def stack(printed_stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    """The same for one test to work on."""
    with printed_stack.copied(tmp_path) as copy:
        yield copy


class Desktop:
    """A running page, and people at it."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def sit_down(self, name: str, language: str = "en", **options: object) -> Page:
        """Return the browser of a person who has used their link."""
        page = self.stranger(language, **options)
        page.goto(self.server.link(name))
        return page

    def stranger(self, language: str = "en", **options: object) -> Page:
        """Return a browser of somebody who is not signed in."""
        given = {"locale": language, "viewport": {"width": 1366, "height": 850}, **options}
        context = self._browser.new_context(**given)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        page.on("dialog", self._opened)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of" not in message.text:
            self.faults.append(message.text)

    def _opened(self, dialog: Dialog) -> None:
        self.faults.append(dialog.message)
        dialog.dismiss()

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                # A context that is closed while its page is being left sometimes never says that it is closed.
                page.wait_for_load_state("networkidle")
            context.close()


@contextmanager
def running(browser: Browser, desk: Desk) -> Iterator[Desktop]:
    server = Server(desk)
    thread = in_background(server)
    desktop = Desktop(browser, server)
    try:
        yield desktop
        assert desktop.faults == []
    finally:
        desktop.close()
        server.stop()
        thread.join(10)


@pytest.fixture
def open_desktop(browser: Browser) -> Iterator[Callable[[Desk], Desktop]]:
    """Return a function that serves a desk until the test ends."""
    open_ = []

    def start(desk: Desk) -> Desktop:
        context = running(browser, desk)
        open_.append(context)
        return context.__enter__()

    yield start
    for context in open_:
        context.__exit__(None, None, None)
