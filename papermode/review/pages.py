"""The pages that people see: the queue, a sheet, the list of keys, and the closed door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from papermode.review import views
from papermode.review.desk import Desk
from papermode.review.finish import second_fields
from papermode.review.queue import LANES, Board, Entry, Lane, States, board, next_for
from papermode.review.words import LANGUAGES, words
from papermode.review.work import EMPTY, RANGE, Opened, Work

_SHOWN: Final = 200
"""Sheets listed in the queue; a longer list helps nobody."""
_LANE_NAMES: Final[dict[Lane, str]] = {
    "clerk": "To do",
    "nurse": "For a nurse",
    "pharmacy": "For the pharmacy",
    "rescan": "To be scanned again",
    "records": "For medical records",
}


@dataclass(frozen=True, slots=True)
class User:
    """Who looks, and in what language."""

    name: str
    language: str


class Pages:
    """Renders the pages."""

    def __init__(self, desk: Desk, environment: Environment) -> None:
        self.desk = desk
        self._environment = environment
        self._work = Work(desk)
        self._states = States()

    def _show(self, template: str, language: str, user: str = "", **names: Any) -> str:
        say = words(language)
        shared = {
            "_": say,
            "language": language,
            "languages": LANGUAGES,
            "user": user,
            "when": lambda at: views.when(at, self.desk.zone, language),
            "title_of": lambda printed: views.title_of(printed, say),
            "back": "/",
        }
        return self._environment.get_template(template).render(**(shared | names))

    def door(self, language: str, *, used: bool = False) -> str:
        """Return what is shown to somebody who is not signed in."""
        return self._show("door.html", language, used=used)

    def nothing(self, user: User) -> str:
        """Return what is shown where nothing is."""
        return self._show("fault.html", user.language, user.name, fault=words(user.language)("There is no such sheet."))

    def fault(self, user: User, fault: str) -> str:
        """Return a message."""
        return self._show("fault.html", user.language, user.name, fault=fault)

    def keys(self, _request: Request, user: User) -> Response:
        """Show which key does what."""
        return HTMLResponse(self._show("keys.html", user.language, user.name, back="/keys"))

    def _board(self, user: User) -> Board:
        return board(self.desk.heads(), self.desk.events(), user.name, self._states)

    def queue(self, request: Request, user: User) -> Response:
        """Show what waits."""
        lane = lane_of(request)
        found = self._board(user)
        waiting = found.lane(lane)
        lanes = [(name, words(user.language)(_LANE_NAMES[name]), len(found.lane(name))) for name in LANES]
        page = self._show(
            "queue.html",
            user.language,
            user.name,
            entries=waiting[:_SHOWN],
            more=max(len(waiting) - _SHOWN, 0),
            lanes=lanes,
            lane=lane,
            progress=found.progress,
            back=f"/?lane={lane}",
        )
        return HTMLResponse(page)

    def next(self, request: Request, user: User) -> Response:
        """Lead to the next sheet of a lane."""
        lane = lane_of(request)
        found = next_for(self._board(user), lane, user.name)
        suffix = "" if lane == "clerk" else f"?lane={lane}"
        return RedirectResponse(f"/sheet/{quote(found.head.id)}{suffix}" if found else f"/{suffix}", 303)

    def sheet(self, request: Request, user: User) -> Response:
        """Show a sheet and give it to the person, or say who has it."""
        sheet = request.path_params["sheet"]
        holder = self.desk.lock(sheet, user.name)
        opened = self._work.open(sheet, user.name, user.language)
        found = self._board(user)
        lane = lane_of(request)
        say = words(user.language)
        fields = views.fields_of(opened.sheet, opened.state, say)
        second = {f.key for f in second_fields(opened.sheet, opened.state)}
        page = self._show(
            self._template(opened),
            user.language,
            user.name,
            back=request.url.path,
            holder=holder,
            lane=lane,
            opened=opened,
            sheet=opened.sheet,
            head=opened.sheet.head,
            state=opened.state,
            phase=opened.phase,
            mine=opened.entry.mine and not holder,
            why=opened.entry.why,
            sections=views.sections(fields, say),
            doubts=sum(v.doubt for v in fields),
            seconds=[v for v in fields if v.field.key in second],
            neighbours=_neighbours(found, opened.entry),
            script=_script(opened, lane, say),
        )
        return HTMLResponse(page)

    def _template(self, opened: Opened) -> str:
        match opened.phase:
            case "bind" | "link":
                return "bind.html"
            case "witness" | "witness-link":
                return "witness.html"
            case "question" | "held":
                return "question.html"
            case "second":
                return "second.html"
            case _:
                return "sheet.html"


def lane_of(request: Request) -> Lane:
    """Return the lane that an address names; the clerk's if none."""
    asked = request.query_params.get("lane", "clerk")
    return next((lane for lane in LANES if lane == asked), "clerk")


def _neighbours(found: Board, entry: Entry) -> dict[str, str]:
    """Return the sheets before and after in the patient's set."""
    own: Sequence[Entry] = found.of_patient(entry.mrn)
    ids = [e.head.id for e in own]
    if entry.head.id not in ids:
        return {"before": "", "after": "", "number": "", "count": ""}
    at = ids.index(entry.head.id)
    return {
        "before": ids[at - 1] if at else "",
        "after": ids[at + 1] if at + 1 < len(ids) else "",
        "number": str(at + 1),
        "count": str(len(ids)),
    }


def _script(opened: Opened, lane: Lane, say: views.Say) -> dict[str, Any]:
    """Return what the script needs to know, as JSON."""
    texts = {
        "kept": say("Settled."),
        "ready": say("All fields are settled. Enter confirms the page."),
        "left": say("{n} left"),
        "empty": say(EMPTY),
        "range": say(RANGE),
        "none": say("Nobody found."),
        "other": say("another page, not printed by papermode"),
        "failed": say("The page does not answer. Nothing was changed; try again."),
    }
    return {"sheet": opened.sheet.head.id, "seen": opened.state.count, "lane": lane, "texts": texts}
