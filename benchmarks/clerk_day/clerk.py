"""A clerk at the review page: a real browser, and the keyboard alone. What is typed is what stands on paper."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from benchmarks.clerk_day.heap import Image
from papermode.simulate.fill import Key, Value

PATIENCE: Final = 20.0
"""Seconds until a page that does not answer counts as broken."""
_ASIDE: Final = {"copy": "Control+F8", "blank": "Control+F2", "foreign": "Control+F9", "lost": "F8"}
"""Key that sets a sheet aside: duplicate, empty, not ours, to be scanned again."""
_STATE: Final = """() => document.readyState !== 'complete' ? null : ({
  origin: performance.timeOrigin, path: location.pathname,
  page: document.body.dataset.page || '', step: document.body.dataset.step || '',
  focus: document.activeElement.id || document.activeElement.name || '',
  start: !!document.querySelector('#start'), taken: !!document.querySelector('.taken'),
  alarm: document.getElementById('alarm').textContent,
  doubts: document.querySelectorAll('.field.doubt').length, flat: !!document.querySelector('svg.crop'),
  person: [...document.querySelectorAll('dl.person dd')].map(d => d.textContent),
  people: [...document.querySelectorAll('#people input')].map(i => i.value),
  printed: [...document.querySelectorAll('#printed input')].map(i => i.value),
})"""
_FIELDS: Final = """() => [...document.querySelectorAll('.field.doubt')].map(f => ({
  key: JSON.parse(f.dataset.key), kind: f.dataset.kind, multiple: f.dataset.multiple !== undefined,
  value: (f.querySelector('input[type=text]') || {}).value || '',
  marks: [...f.querySelectorAll('input[type=radio],input[type=checkbox]')].map(
    m => ({value: m.value, label: m.dataset.label.toLowerCase(), checked: m.checked})),
}))"""


@dataclass
class Work:
    """What one clerk did."""

    pages: int = 0
    keys: int = 0
    seconds: float = 0.0
    fields: Counter[str] = field(default_factory=Counter)
    """Doubtful fields that were settled: ``accepted``, ``corrected``, ``typed`` where nothing was read, ``left``."""
    done: Counter[str] = field(default_factory=Counter)
    """Sheets by what was done with them."""


class StuckError(Exception):
    """The review page did not do what the clerk asked."""


class Clerk:
    """One person at one browser."""

    def __init__(self, page: Page, images: Mapping[str, Image]) -> None:
        self._page = page
        self._images = images
        self._faults: list[str] = []
        page.on("pageerror", lambda error: self._faults.append(str(error)))
        self.work = Work()

    def sit_down(self, link: str) -> None:
        """Sign in."""
        self._page.goto(link)
        self._wait(lambda s: bool(s["path"] == "/"))

    def leave(self) -> None:
        """Close the browser's windows."""
        self._page.context.close()

    def clear(self) -> int:
        """Work until nothing waits for this person; return how many sheets that were."""
        before, began = self.work.pages, time.monotonic()
        address = urlsplit(self._page.url)
        self._page.goto(f"{address.scheme}://{address.netloc}/")
        state = self._wait(lambda s: bool(s["path"] == "/"))
        while state["start"]:
            state = self._moved(state, "Enter")
            if state["path"] == "/":
                break  # all that waits is another person's
            while state["path"] != "/":
                state = self._sheet(state)
                self.work.pages += 1
        self.work.seconds += time.monotonic() - began
        return self.work.pages - before

    def settle(self, sheet: str) -> None:
        """Settle the doubtful fields of the sheet that is shown, without confirming it."""
        for f in self._page.evaluate(_FIELDS):
            self._settle(f, self._images[sheet])
        self._wait(lambda s: bool(s["focus"] == "confirm"))

    # Keys

    def _press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)
            self.work.keys += 1

    def _type(self, text: str) -> None:
        self._page.keyboard.type(text)
        self.work.keys += len(text)

    def _moved(self, state: dict[str, Any], *keys: str) -> dict[str, Any]:
        """Press keys after which another page is shown."""
        self._press(*keys)
        return self._wait(lambda s: bool(s["origin"] != state["origin"]))

    def _wait(self, there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        state = None
        while time.monotonic() < until:
            if self._faults:
                break
            with contextlib.suppress(PlaywrightError):  # the page is being left
                state = self._page.evaluate(_STATE)
                if state is not None and there(state):
                    return dict(state)
            time.sleep(0.004)
        raise StuckError(f"{self._faults} {state}")

    # Sheets

    def _sheet(self, state: dict[str, Any]) -> dict[str, Any]:
        image = self._images[unquote(state["path"]).rpartition("/")[2]]
        if state["taken"]:
            raise StuckError("the queue led to a sheet that this person cannot work on")
        if image.kind in _ASIDE and state["page"] in ("bind", "sheet"):
            self.work.done[image.kind] += 1
            # On a sheet with fields the key is that of the page when Shift is down.
            key = _ASIDE[image.kind]
            return self._moved(state, f"Shift+{key}" if state["page"] == "sheet" and key == "F8" else key)
        match state["page"]:
            case "bind":
                return self._bind(state, image)
            case "witness":
                return self._moved(state, "1" if image.mrn in state["person"] else "2")
            case "question":
                return self._moved(state, "1")
            case "second":
                return self._moved(state, "1")
        if image.kind == "torn" and not state["flat"]:  # nothing could be read: the picture is filed
            self.work.done["image only"] += 1
            return self._moved(state, "Shift+F2")
        return self._fields(state, image)

    def _bind(self, state: dict[str, Any], image: Image) -> dict[str, Any]:
        """Name the patient, by number, and which of the printed pages it is."""
        self.work.done[state["step"]] += 1
        for _ in range(10):
            if state["focus"] == "search":
                break
            self._press("Tab")
            state = self._wait(lambda s: True)
        self._type(image.mrn)
        self._press("Enter")
        state = self._wait(lambda s: image.mrn in s["people"])
        self._press(*("ArrowDown",) * state["people"].index(image.mrn), "Enter")
        if state["step"] == "bind":
            state = self._wait(lambda s: bool(s["focus"] == "place"))
            self._press(*_steps(state["printed"], image), "Enter")
        state = self._wait(lambda s: bool(s["focus"] == "chosen"))
        return self._moved(state, "Enter")

    def _fields(self, state: dict[str, Any], image: Image) -> dict[str, Any]:
        self.work.done["confirmed"] += 1
        for _ in range(3):
            for f in self._page.evaluate(_FIELDS):
                self._settle(f, image)
            state = self._wait(lambda s: bool(s["focus"] == "confirm" or s["doubts"]))
            if not state["doubts"]:
                return self._moved(state, "Enter")
        raise StuckError(f"{state['path']}: {state['alarm']}")

    def _settle(self, f: dict[str, Any], image: Image) -> None:
        """Make a field say what stands on paper; it has the focus."""
        link_id, row, column = f["key"]
        key: Key = (link_id, row, column)
        if key in image.written.illegible:
            self.work.fields["left"] += 1
            self._press("F4")
            return
        value = image.written.values.get(key)
        if f["kind"] == "mark":
            right = self._mark(f["marks"], f["multiple"], value)
        else:
            text = _shown(f, value)
            right = f["value"] == text
            if not right and text:
                self._type(text)
            elif not right:
                self._press("Backspace")
        read = f["value"] or any(m["checked"] for m in f["marks"])
        self.work.fields["accepted" if right else "corrected" if read else "typed"] += 1
        self._press("Enter")
        if not value:
            self._press("Enter")  # nothing stands there: the page asks, and is told again

    def _mark(self, marks: list[dict[str, Any]], multiple: bool, value: Value) -> bool:
        wanted = set(() if value is None else (value,) if isinstance(value, str) else value)
        there = {m["value"] for m in marks if m["checked"]}
        if there == wanted:
            return True
        if not wanted:
            self._press("Delete")
        changed = (there ^ wanted if multiple else wanted) if wanted else set()
        for number, mark in enumerate(marks, 1):
            if mark["value"] in changed:
                self._press(_key_of(mark["label"], number, [m["label"] for m in marks]))
        return False


def _key_of(label: str, number: int, labels: list[str]) -> str:
    """Return the key that chooses an answer: its printed letter, or its number."""
    if len(label) == 1:
        return label
    first = label[0]
    return first if first.isalpha() and sum(x.startswith(first) for x in labels) == 1 else str(number)


def _shown(f: Mapping[str, Any], value: Value) -> str:
    """Return a value as the page shows it: ``08:15``, ``24.11.2026``."""
    if not isinstance(value, str):
        return ""
    name = f["key"][0].rpartition(".")[2]
    if f["kind"] == "comb" and name.endswith("time"):
        return f"{value[:2]}:{value[2:]}"
    if f["kind"] == "comb" and name.endswith("date"):
        return f"{value[:2]}.{value[2:4]}.{value[4:]}"
    return value


def _steps(printed: list[str], image: Image) -> list[str]:
    """Return the keys from the first of the printed pages to the right one; the last is 'another page'."""
    assert image.stored is not None
    wanted = f'["{image.stored.packet}",{image.stored.entry["page"]}]'
    if image.stored.entry["patient"] is None or wanted not in printed:
        return ["ArrowUp"]
    at = printed.index(wanted)
    return ["ArrowDown"] * at if at else ["Space"]
