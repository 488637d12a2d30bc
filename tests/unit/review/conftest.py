"""The review page on a desk in memory, and clients that are signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from papermode.review.app import create_app
from papermode.review.desk import Event
from papermode.review.security import Doorkeeper, Guard
from tests.unit.review.fake import FakeDesk

PORT = 8080
ORIGIN = f"http://127.0.0.1:{PORT}"


@dataclass
class Clerk:
    """One person at one browser."""

    client: TestClient
    name: str

    def get(self, path: str) -> httpx2.Response:
        return self.client.get(path)

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        return self.client.post(path, json=body or {}, headers={"origin": ORIGIN})

    def step(self, sheet: str, name: str, seen: int, **body: Any) -> httpx2.Response:
        return self.post(f"/sheet/{sheet}/{name}", {"seen": seen, **body})


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def door(desk: FakeDesk) -> Doorkeeper:
    return Doorkeeper(lambda: desk.time)


@pytest.fixture
def app(desk: FakeDesk, door: Doorkeeper) -> Guard:
    return create_app(desk, door, lambda: PORT)


@pytest.fixture
def client_of(app: Guard) -> Callable[[], TestClient]:
    return lambda: TestClient(app, base_url=ORIGIN, client=("127.0.0.1", 50000), headers={"accept-language": "en"})


@pytest.fixture
def sign_in(client_of: Callable[[], TestClient], door: Doorkeeper) -> Callable[[str], Clerk]:
    def enter(name: str) -> Clerk:
        client = client_of()
        answer = client.get(f"/enter/{door.invite(name)}")
        assert answer.status_code == 200
        return Clerk(client, name)

    return enter


@pytest.fixture
def ana(sign_in: Callable[[str], Clerk]) -> Clerk:
    return sign_in("Ana")


@pytest.fixture
def ben(sign_in: Callable[[str], Clerk]) -> Clerk:
    return sign_in("Ben")


def kinds(events: list[Event]) -> list[str]:
    return [e.kind for e in events]
