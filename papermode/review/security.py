"""Who may talk to the page: this computer only, with a link that works once, under a name (docs/security.md).

* The server listens on a loopback address, and answers only to its own host name and port: a page of another site
  that gets its name to lead here (DNS rebinding) is refused.
* A link signs in one named person, once, within ten minutes. The session is a cookie that no script can read and
  that no other site's page can send (``SameSite=Strict``); its name has the port, as cookies do not tell ports apart.
* What changes something must come from our own page (``Origin``) as JSON, which no form of another site can send.
* The browser loads nothing but our own files, and runs no script within a page (Content-Security-Policy).
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINK_TIME: Final = timedelta(minutes=10)
SESSION_TIME: Final = timedelta(hours=12)
LONGEST_NAME: Final = 60
RESERVED_NAMES: Final = frozenset({"papermode"})
BODY_BYTES: Final = 65_536
"""Most bytes of a request: the longest is a note."""

FONTS: Final = "/fonts"
"""Where the fonts of the paper are, for names in scripts of which this computer has none."""
FONTS_KEPT: Final = "private, max-age=604800"

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Tell whether an address reaches this computer only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def usable_name(name: str) -> str | None:
    """Return a person's name as the journal has it, or ``None`` if it cannot be one."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    hidden = any(unicodedata.category(c)[0] == "C" for c in clean)
    if not clean or len(clean) > LONGEST_NAME or hidden or clean.casefold() in RESERVED_NAMES:
        return None
    return clean


@dataclass(frozen=True, slots=True)
class Session:
    """One person at one browser."""

    user: str
    until: datetime


class Doorkeeper:
    """Gives out links and sessions. Only hashes of their secrets are kept."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._links: dict[bytes, Session] = {}
        self._sessions: dict[bytes, Session] = {}

    def invite(self, user: str) -> str:
        """Return the secret of a link that signs a person in once."""
        name = usable_name(user)
        if name is None:
            raise ValueError("not a name")
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_hash(secret)] = Session(name, self._clock() + LINK_TIME)
        return secret

    def enter(self, secret: str) -> str | None:
        """Use up a link and return the secret of the session, or ``None`` if it was used, is too old or is none."""
        with self._lock:
            link = self._links.pop(_hash(secret), None)
            if link is None or link.until < self._clock():
                return None
            token = secrets.token_urlsafe(32)
            self._sessions[_hash(token)] = Session(link.user, self._clock() + SESSION_TIME)
            return token

    def user(self, token: str) -> str | None:
        """Return whose session it is, or ``None``."""
        with self._lock:
            found = self._sessions.get(_hash(token))
            return found.user if found is not None and found.until >= self._clock() else None

    def leave(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(_hash(token), None)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Guard:
    """Lets through what comes from our own page, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, port: Callable[[], int], door: Doorkeeper) -> None:
        self._app = app
        self._port = port
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # no web sockets

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if str(scope["path"]).startswith(f"{FONTS}/") and message["status"] in (200, 304):
                    headers["cache-control"] = FONTS_KEPT
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        token = cookie_of(Headers(scope=scope), cookie_name(self._port()))
        scope.setdefault("state", {})
        scope["state"] |= {"user": self._door.user(token) if token else None, "token": token}
        await self._app(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        client = scope.get("client")
        if client is not None and not is_loopback(client[0]):
            return PlainTextResponse("This page is for the computer it runs on.", 403)
        headers = Headers(scope=scope)
        hosts = {f"{name}:{self._port()}" for name in ("127.0.0.1", "localhost", "[::1]")}
        if headers.get("host", "").lower() not in hosts:
            return PlainTextResponse("This address is not that of the page.", 403)
        if scope["method"] not in ("GET", "HEAD"):
            if headers.get("origin", "").lower() not in {f"http://{h}" for h in hosts}:
                return PlainTextResponse("This request does not come from the page.", 403)
            if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return PlainTextResponse("JSON is wanted.", 415)
            if not headers.get("content-length", "").isdecimal() or int(headers["content-length"]) > BODY_BYTES:
                return PlainTextResponse("This request is too long.", 413)
        elif headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not _is_entry(scope):
            return PlainTextResponse("This request does not come from the page.", 403)
        return None


def _is_entry(scope: Scope) -> bool:
    """A link may be opened from anywhere, also from a mail or a chat: it is the secret that counts."""
    return str(scope["path"]).startswith("/enter/")


def cookie_name(port: int) -> str:
    """Return the name of the session's cookie."""
    return f"papermode-{port}"


def cookie_of(headers: Headers, name: str) -> str:
    """Return a cookie's value, or ''."""
    try:
        jar: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""
