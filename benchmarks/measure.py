"""How things are measured here: user CPU of fresh processes, in turns, with the machine's noise.

Contenders take turns (round robin), so that a busy machine slows all of them; a ratio is made within a round and
the median over the rounds is given with the least and the greatest.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Spread:
    """A measured value: its median, least and greatest over the rounds."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    def text(self, digits: int = 2) -> str:
        """Return ``median (least–greatest)``."""
        return f"{self.middle:.{digits}f} ({min(self.values):.{digits}f}–{max(self.values):.{digits}f})"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a finished process has used, its children included: CPU seconds, memory, and its standard output."""

    user: float
    system: float
    peak_mb: float
    """Largest resident memory of one of its processes, MB."""
    status: int
    stdout: str
    tree_mb: float = 0.0
    """Largest resident memory of all its processes together, MB, shared pages counted in each; 0: not watched."""

    @property
    def cpu(self) -> float:
        """User and system CPU, seconds."""
        return self.user + self.system


def user_seconds() -> float:
    """Return the user CPU of this process and of its finished children."""
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def run(command: Sequence[str], *, cwd: Path = ROOT, watch: bool = False) -> Usage:
    """Run a command to its end and return what it used, its children included; its errors are shown if it fails.

    Args:
        command: The command.
        cwd: Where it runs.
        watch: Whether the memory of all its processes together is looked at, every 20 ms.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=errors, env=environment())
        with _watching(child.pid, watch) as largest:
            _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
        if child.returncode == 1:
            errors.seek(0)
            sys.stderr.write(errors.read().decode())
    return Usage(used.ru_utime, used.ru_stime, used.ru_maxrss / 1024, child.returncode, text, max(largest))


@contextlib.contextmanager
def _watching(pid: int, watch: bool) -> Iterator[list[float]]:
    """Note how much memory a process and its descendants have, as long as the block runs."""
    found, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            found.append(_tree_mb(pid))

    watcher = threading.Thread(target=look, daemon=True)
    if watch:
        watcher.start()
    try:
        yield found
    finally:
        ended.set()
        if watch:
            watcher.join()


def _tree_mb(pid: int) -> float:
    """Return the resident memory of a process and its descendants."""
    pages, todo = 0, [pid]
    while todo:
        process = Path(f"/proc/{todo.pop()}")
        with contextlib.suppress(OSError, IndexError):  # it has ended in the meantime
            pages += int((process / "statm").read_text().split()[1])
            todo += [int(p) for task in process.glob("task/*/children") for p in task.read_text().split()]
    return pages * resource.getpagesize() / 2**20


def environment() -> dict[str, str]:
    """Return the environment of measured processes: this checkout is imported, wherever they start.

    As in an installation, what is imported is compiled once, whatever this shell says.
    """
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}


def child(module: str, arguments: Sequence[str]) -> Any:
    """Run a benchmark module in a fresh process; return the JSON that it prints."""
    usage = run([sys.executable, "-m", module, *arguments])
    if usage.status:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {usage.status}")
    return json.loads(usage.stdout)


def ratios(rounds: Sequence[Mapping[str, float]], name: str, base: str) -> Spread:
    """Return how many times ``base`` the contender ``name`` took, round by round."""
    return Spread(tuple(r[name] / r[base] for r in rounds))


def machine() -> str:
    """Return one line about the machine and the versions, for the head of a report."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    packages = ("reportlab", "qrcode", "typst", "weasyprint", "zxing-cpp", "msgspec")
    found = ", ".join(f"{name} {_version(name)}" for name in packages)
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu}, {os.cpu_count()} CPUs, load {load:.1f} at the start, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; {found}."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []
