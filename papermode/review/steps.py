"""What the script on the page asks for: each step gets JSON, does one thing, and says what comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from papermode.review import events as ev
from papermode.review.desk import Desk, DeskError, Person, Printed, TakenError
from papermode.review.pages import User, lane_of
from papermode.review.queue import States, board, next_for
from papermode.review.views import title_of
from papermode.review.words import words
from papermode.review.work import Opened, Work, last_of

Step = Callable[[dict[str, Any], Request, User], dict[str, Any]]
_LONGEST_TYPED = 600
"""Characters of a scanned code: 259, some of which a keyboard may write as two."""


class Steps:
    """The steps, by path."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.work = Work(desk)
        self._states = States()

    def routes(self) -> dict[str, Step]:
        """Return the steps by the path they are asked for."""
        of_sheet: dict[str, Step] = {
            "answer": self.answer,
            "outcome": self.outcome,
            "confirm": self.confirm,
            "second": self.second,
            "bind": self.bind,
            "witness": self.witness,
            "link": self.link,
            "same": self.same,
            "aside": self.aside,
            "undo": self.undo,
            "stay": self.stay,
            "go": self.go,
        }
        named = {f"/sheet/{{sheet}}/{name}": step for name, step in of_sheet.items()}
        return {**named, "/undo": self.undo_last, "/people": self.people, "/recognise": self.recognise}

    def _open(self, request: Request, user: User) -> Opened:
        sheet = request.path_params["sheet"]
        holder = self.desk.lock(sheet, user.name)
        if holder:
            raise TakenError("{name} works on this sheet.", name=holder)
        return self.work.open(sheet, user.name, user.language)

    def _after(self, request: Request, user: User, *, stay: bool = False) -> dict[str, Any]:
        """Return where the sheet stands after a step, and where to go if it needs this person no more."""
        sheet = request.path_params["sheet"]
        out: dict[str, Any] = {"seen": len(self.desk.events(sheet))}
        if not stay:
            out["go"] = self._next(request, user, sheet)
        return out

    def _next(self, request: Request, user: User, sheet: str) -> str:
        lane = lane_of(request)
        all_ = board(self.desk.heads(), self.desk.events(), user.name, self._states)
        found = next_for(all_, lane, user.name, after=sheet)
        suffix = "" if lane == "clerk" else f"?lane={lane}"
        return f"/sheet/{quote(found.head.id)}{suffix}" if found is not None else f"/{suffix}"

    def answer(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Settle a field."""
        opened = self._open(request, user)
        key = ev.key_from(body["key"])
        sure, outcome = body.get("sure") is True, body.get("outcome", "entered")
        times = self.work.answer(opened, user.name, _seen(body), key, body.get("value"), outcome, sure=sure)
        say = words(user.language)
        told = [[[*where], say(doubt.text)] for where, doubt in times.items()]
        return {**self._after(request, user, stay=True), "times": told}

    def outcome(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Decide on the page as a whole."""
        opened = self._open(request, user)
        outcome, sure = str(body["outcome"]), body.get("sure") is True
        self.work.outcome(opened, user.name, _seen(body), outcome, sure=sure)
        if outcome == "image-only":
            opened = self.work.open(opened.sheet.head.id, user.name, user.language)
            self.work.confirm(opened, user.name, _seen(body) + 1, user.language, sure=sure)
        self.desk.unlock(opened.sheet.head.id, user.name)
        return self._after(request, user)

    def confirm(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Confirm the page."""
        sure = body.get("sure") is True
        self.work.confirm(self._open(request, user), user.name, _seen(body), user.language, sure=sure)
        return self._after(request, user)

    def second(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Check as a second person."""
        yes, note = body["yes"] is True, str(body.get("note", ""))
        self.work.second(self._open(request, user), user.name, _seen(body), user.language, yes=yes, note=note)
        return self._after(request, user)

    def bind(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Say whose page it is."""
        place = (str(body["place"][0]), int(body["place"][1])) if body.get("place") else None
        self.work.bind(self._open(request, user), user.name, _seen(body), str(body["mrn"]), place, user.language)
        return self._after(request, user)

    def witness(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Confirm as a second person whose page it is, or who is meant by its reserved number."""
        opened = self._open(request, user)
        step = self.work.witness if opened.phase == "witness" else self.work.witness_link
        step(opened, user.name, _seen(body), yes=body["yes"] is True)
        return {**self._after(request, user, stay=True), "go": f"/sheet/{quote(opened.sheet.head.id)}"}

    def link(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Name the real patient of a reserved number."""
        self.work.link(self._open(request, user), user.name, _seen(body), str(body["mrn"]))
        return self._after(request, user)

    def same(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Answer whether page and data mean one person."""
        opened = self._open(request, user)
        same = body["same"] is True
        self.work.same(opened, user.name, _seen(body), same=same)
        if not same:
            return self._after(request, user)
        return {**self._after(request, user, stay=True), "go": f"/sheet/{quote(opened.sheet.head.id)}"}

    def aside(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Take the sheet out of the queue."""
        outcome, sure = str(body["outcome"]), body.get("sure") is True
        self.work.aside(self._open(request, user), user.name, _seen(body), outcome, sure=sure)
        return self._after(request, user)

    def undo(self, body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Undo the last step on this sheet; if there is none, the last one on another."""
        opened = self._open(request, user)
        if ev.undoable(opened.events, user.name) is None:
            self.desk.unlock(opened.sheet.head.id, user.name)
            return self.undo_last(body, request, user)
        self.work.undo(opened, user.name, _seen(body))
        return {**self._after(request, user, stay=True), "go": f"/sheet/{quote(opened.sheet.head.id)}"}

    def undo_last(self, _body: dict[str, Any], _request: Request, user: User) -> dict[str, Any]:
        """Undo the last step of this person, on whatever sheet."""
        sheet = last_of(self.desk.events(), user.name)
        if sheet is None:
            raise DeskError("There is nothing of yours to undo.")
        holder = self.desk.lock(sheet, user.name)
        if holder:
            raise TakenError("{name} works on this sheet.", name=holder)
        opened = self.work.open(sheet, user.name, user.language)
        self.work.undo(opened, user.name, opened.state.count)
        return {"go": f"/sheet/{quote(sheet)}"}

    def stay(self, _body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Prolong the lock of the sheet that is on the screen."""
        return {"holder": self.desk.lock(request.path_params["sheet"], user.name)}

    def go(self, _body: dict[str, Any], request: Request, user: User) -> dict[str, Any]:
        """Give the sheet back."""
        self.desk.unlock(request.path_params["sheet"], user.name)
        return {}

    def people(self, body: dict[str, Any], _request: Request, user: User) -> dict[str, Any]:
        """Search the census. By POST, so that no name is in an address."""
        text = str(body["text"])[:100]
        found = self.desk.people(text) if len(text.strip()) > 1 else ()
        return {"people": [self._person(p, user) for p in found]}

    def recognise(self, body: dict[str, Any], _request: Request, user: User) -> dict[str, Any]:
        """Tell which printed page a scanned code names."""
        typed = [str(t) for t in body["typed"][:2] if 0 < len(str(t)) <= _LONGEST_TYPED]
        printed = self.desk.recognise(typed, user.language)
        if printed is None:
            raise DeskError("This is no page code of this site. Scan the large code at the top right of the page.")
        subject = printed.subject
        if subject is None:
            raise DeskError("This code is that of a page which is bound to nobody.")
        person = self.desk.person(subject.mrn) or Person(subject, printed.ward, "", printed.encounter)
        return {"person": self._person(person, user), "place": list(printed.place)}

    def _person(self, person: Person, user: User) -> dict[str, Any]:
        say = words(user.language)
        s = person.subject
        # A page that nobody can name is most likely one that is missing.
        pages = [_printed(p, say) for p in sorted(self.desk.printed_of(s.mrn), key=lambda p: p.back)]
        return {"mrn": s.mrn, "name": s.name, "birth_date": s.birth_date, "ward": person.ward, "pages": pages}


def _printed(p: Printed, say: Callable[..., str]) -> dict[str, Any]:
    note = say("has come back") if p.back else say("is missing")
    return {"place": list(p.place), "title": f"{title_of(p, say)} ({note})", "back": p.back}


def _seen(body: dict[str, Any]) -> int:
    return int(body["seen"])
