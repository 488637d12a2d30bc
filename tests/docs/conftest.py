"""A demo folder and a shell for the commands of the documentation."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = "papermode demo --out demo"
TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed as its result (stdout), and its exit code."""

    output: str
    code: int
    told: str = ""
    """What it told the person meanwhile (stderr): not shown in the documentation."""


@dataclass(slots=True)
class Shell:
    """Runs commands one after the other, as a person at a terminal would."""

    cwd: Path
    tools: Path
    env: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> Ran:
        """Run one line in bash; ``cd`` holds for the next one."""
        state = self.tools / "cwd"
        script = f"{command}\ncode=$?\npwd > '{state}'\nexit $code\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.cwd,
            env=self.env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
        self.cwd = Path(state.read_text("utf-8").strip())
        return Ran(done.stdout.decode("utf-8"), done.returncode, done.stderr.decode("utf-8"))


def make_shell(folder: Path) -> Shell:
    """Return a shell in ``folder/work`` in which ``papermode`` is this checkout."""
    tools, work = folder / "tools", folder / "work"
    tools.mkdir(parents=True)
    work.mkdir()
    program = tools / "papermode"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m papermode "$@"\n', "utf-8")
    program.chmod(0o755)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PAPERMODE_", "COV_"))}
    env |= {"PATH": f"{tools}:{env['PATH']}", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    return Shell(work, tools, env)


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo folder that all tests share; nobody changes it."""

    folder: Path
    ran: Ran

    def copy_to(self, target: Path) -> None:
        """Put a demo folder that may be written into at ``target``: scans, the large part, are links."""
        for part in ("site", "packets"):
            shutil.copytree(self.folder / part, target / part)
        (target / "scans").symlink_to(self.folder / "scans")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The folder that the command of the README makes, once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, output = shared / "docs-demo", shared / "docs-demo.txt"
    with (shared / "docs-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.exists():
            ran = make_shell(folder).run(DEMO)
            output.write_text(f"{ran.code}\n{ran.output}", "utf-8")
    code, _, text = output.read_text("utf-8").partition("\n")
    return Demo(folder / "work" / "demo", Ran(text, int(code)))
