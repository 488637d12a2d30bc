"""A real FHIR server on a free port of this machine, started and stopped by the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from papermode.export.fhirjson import Json, loads

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = ROOT / ".venv-fhir" / "bin" / "python"
PATIENT: Final = {
    "resourceType": "Patient",
    "id": "pat-01",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "00123456"}],
}
ENCOUNTER: Final = {
    "resourceType": "Encounter",
    "id": "enc-01",
    "status": "in-progress",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/pat-01"},
}
ORDER: Final = {
    "resourceType": "MedicationRequest",
    "id": "med-1",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "oxycodone"},
    "subject": {"reference": "Patient/pat-01"},
}


@dataclass(frozen=True, slots=True)
class Server:
    """A FHIR server."""

    base: str

    def call(self, method: str, path: str = "", body: bytes | None = None) -> tuple[int, Json]:
        """Send a request; return the status and the answer, decimals as they were sent."""
        headers = {"Content-Type": "application/fhir+json", "Prefer": "handling=strict"}
        request = urllib.request.Request(self.base + path, data=body, headers=headers, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                return answer.status, loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, loads(error.read())

    def find(self, query: str) -> list[Json]:
        """Return all that a search finds."""
        status, found = self.call("GET", f"/{query}{'&' if '?' in query else '?'}_count=1000")
        assert status == 200, found
        entries: list[Json] = found.get("entry", [])
        assert not any(link["relation"] == "next" for link in found.get("link", [])), "one page holds all"
        return [e["resource"] for e in entries if e["resource"]["resourceType"] != "OperationOutcome"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """An empty server that knows one patient, one encounter and one order."""
    if not PYTHON.exists():
        missing = "NO FHIR SERVER: run tools/fhir_server.sh; the bundle was posted to no real server"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}/fhir"
    command = [
        str(PYTHON),
        str(ROOT / "tests/fhir_server/wrapper.py"),
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output, env=_environment(base))
    try:
        found = Server(base)
        _wait(found, process, log)
        for resource in (PATIENT, ENCOUNTER, ORDER):
            path = f"/{resource['resourceType']}/{resource['id']}"
            assert found.call("PUT", path, json.dumps(resource).encode())[0] == 201
        yield found
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(base: str) -> dict[str, Any]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SEKMET_") and k != "PYTHONPATH"}
    return kept | {"SEKMET_BASE_URL": base, "no_proxy": "127.0.0.1"}


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            if server.call("GET", "/metadata")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))
