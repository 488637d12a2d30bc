"""The web application (Starlette): pages for people, JSON for the script on them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from papermode import __version__
from papermode.errors import PapermodeError
from papermode.review.desk import Desk, DeskError, MovedError
from papermode.review.pages import Pages, User
from papermode.review.security import FONTS, SESSION_TIME, Doorkeeper, Guard, cookie_name
from papermode.review.steps import Steps
from papermode.review.values import ValueFaultError
from papermode.review.words import LANGUAGES, preferred, usable, words
from papermode.review.work import SureError
from papermode.typeset.fonts import BUNDLED

_HERE: Final = Path(__file__).parent
_LANGUAGE_COOKIE: Final = "papermode-language"
Handler = Callable[[Request], Awaitable[Response]]


def create_app(desk: Desk, door: Doorkeeper, port: Callable[[], int]) -> Guard:
    """Return the application.

    Args:
        desk: The rest of the program.
        door: Who is let in.
        port: The port it listens on, once it does.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["version"] = __version__
    pages, steps = Pages(desk, environment), Steps(desk)
    routes = [
        Route("/enter/{secret}", _enter(door, port, pages)),
        Route("/leave", _leave(door, port), methods=["POST"]),
        Route("/language/{language}", _language),
        Route("/", _page(desk, pages, pages.queue)),
        Route("/next", _page(desk, pages, pages.next)),
        Route("/keys", _page(desk, pages, pages.keys)),
        Route("/sheet/{sheet}", _page(desk, pages, pages.sheet)),
        Route("/picture/{sha}", _picture(desk)),
        *(Route(path, _step(desk, step), methods=["POST"]) for path, step in steps.routes().items()),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
        Mount(FONTS, StaticFiles(directory=BUNDLED)),
    ]
    return Guard(Starlette(routes=routes), port, door)


def _user(request: Request, desk: Desk) -> User | None:
    name = request.state.user
    return User(name, _language_of(request, desk)) if name else None


def _page(desk: Desk, pages: Pages, show: Callable[[Request, User], Response]) -> Handler:
    async def handler(request: Request) -> Response:
        user = _user(request, desk)
        if user is None:
            return HTMLResponse(pages.door(_language_of(request, desk)), 401)
        try:
            return await run_in_threadpool(show, request, user)
        except (KeyError, OverflowError):  # a number in the address that no store can hold
            return HTMLResponse(pages.nothing(user), 404)
        except (DeskError, PapermodeError) as error:
            return HTMLResponse(pages.fault(user, _told(error, user.language)), 409)

    return handler


def _step(desk: Desk, step: Callable[[dict[str, Any], Request, User], dict[str, Any]]) -> Handler:
    async def handler(request: Request) -> Response:
        user = _user(request, desk)
        if user is None:
            return JSONResponse({"error": words(_language_of(request, desk))("Your session has ended.")}, 401)
        try:
            body = json.loads(await request.body())
            if not isinstance(body, dict):
                raise TypeError
            return JSONResponse(await run_in_threadpool(step, body, request, user))
        except SureError as error:
            return JSONResponse({"ask": _told(error, user.language)}, 422)
        except ValueFaultError as error:
            return JSONResponse({"error": words(user.language)(str(error))}, 422)
        except MovedError as error:
            return JSONResponse({"error": _told(error, user.language), "reload": True}, 409)
        except (DeskError, PapermodeError) as error:
            return JSONResponse({"error": _told(error, user.language)}, 409)
        except KeyError as error:
            return JSONResponse({"error": words(user.language)("There is no such sheet.")}, 404 if error.args else 400)
        except (ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
            return JSONResponse({"error": words(user.language)("This request is not understood.")}, 400)

    return handler


def _told(error: DeskError | PapermodeError, language: str) -> str:
    if isinstance(error, DeskError):
        return words(language)(error.text, **error.names)
    return f"{error.code}: {error.place} {error.fault} {error.cure}"


def _picture(desk: Desk) -> Handler:
    async def handler(request: Request) -> Response:
        if request.state.user is None:
            return Response(status_code=401)
        try:
            content = await run_in_threadpool(desk.picture, request.path_params["sha"])
        except (KeyError, PapermodeError):
            return Response(status_code=404)
        return Response(content, media_type="image/jpeg")

    return handler


def _enter(door: Doorkeeper, port: Callable[[], int], pages: Pages) -> Handler:
    async def handler(request: Request) -> Response:
        token = door.enter(request.path_params["secret"])
        if token is None:
            return HTMLResponse(pages.door(_language_of(request, pages.desk), used=True), 403)
        answer = RedirectResponse("/", 303)
        seconds = int(SESSION_TIME.total_seconds())
        answer.set_cookie(cookie_name(port()), token, max_age=seconds, httponly=True, samesite="strict", path="/")
        return answer

    return handler


def _leave(door: Doorkeeper, port: Callable[[], int]) -> Handler:
    async def handler(request: Request) -> Response:
        door.leave(request.state.token)
        answer = JSONResponse({"go": "/"})
        answer.delete_cookie(cookie_name(port()), path="/")
        return answer

    return handler


async def _language(request: Request) -> Response:
    """Choose the language. It changes nothing but what is shown, so a link may do it."""
    back = request.query_params.get("back", "/")
    safe = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    answer = RedirectResponse(safe, 303)
    language = usable(request.path_params["language"])
    answer.set_cookie(_LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="strict", path="/")
    return answer


def _language_of(request: Request, desk: Desk) -> str:
    chosen = request.cookies.get(_LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""), desk.language)
