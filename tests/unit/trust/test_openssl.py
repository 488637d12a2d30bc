"""Pages can be checked without papermode: the commands of ``docs/claims.md`` are run as they are printed there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from papermode.trust import keys

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "claims.md").read_text()
GOLDEN = json.loads((ROOT / "tests" / "golden" / "claims.json").read_text())


@pytest.fixture(autouse=True)
def openssl() -> None:
    """Skip where there is no openssl; in CI there has to be one."""
    if shutil.which("openssl") is None:
        if os.environ.get("CI"):
            pytest.fail("openssl is missing")
        pytest.skip("openssl is missing")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_example_is_the_golden_page() -> None:
    page = GOLDEN["pages"][0]
    claim, locator, cards = blocks("text")
    assert [claim.strip(), locator.strip()] == [page["claim"], page["locator"]]
    assert cards.splitlines() == GOLDEN["cards"]


def test_commands_of_the_document(tmp_path: Path) -> None:
    page = GOLDEN["pages"][0]
    done = shell("".join(blocks("sh")), tmp_path)
    assert done.returncode == 0, done.stderr
    kid, check, tag = page["fields"]["kid"], page["fields"]["check"], page["locator"].split(" ")[3]
    assert done.stdout.splitlines() == ["Signature Verified Successfully"] * 2 + [kid, check, tag]


def test_commands_refuse_a_changed_page(tmp_path: Path) -> None:
    script = "".join(blocks("sh"))
    assert " 3-14 " in script
    done = shell(script.replace(" 3-14 ", " 4-14 "), tmp_path)
    assert done.returncode != 0
    assert done.stdout.splitlines() == ["Signature Verified Successfully", "Signature Verification Failure"]


def test_openssl_opens_the_exported_root(tmp_path: Path) -> None:
    keys.create_root(tmp_path, "STMARY01")
    keys.export_root(tmp_path, tmp_path / "root.p12", b"correct horse")  # with all its rounds, about a second
    done = shell("openssl pkcs12 -in root.p12 -nocerts -noenc -passin 'pass:correct horse'", tmp_path)
    assert done.returncode == 0, done.stderr
    opened = load_pem_private_key(done.stdout.encode(), None)
    assert opened.public_key() == keys.read_root(tmp_path / "root.pem").public_key()
    info = shell("openssl pkcs12 -in root.p12 -info -noout -passin 'pass:correct horse'", tmp_path)
    assert "PBKDF2, AES-256-CBC, Iteration 2000000, PRF hmacWithSHA256" in info.stderr
