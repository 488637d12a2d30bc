"""A site with keys and data, and ways to run the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from papermode.app.resources import examples_dir
from papermode.app.sites import make_keys
from papermode.cli.main import cli
from tests.wards import NOW, NOW_TEXT

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result, which must be the whole of stdout."""
        return json.loads(self.out)


def run(*arguments: object, code: int | None = None) -> Ran:
    """Run a command in this process; an exception that is no exit is raised."""
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False, prog_name="papermode")
    ran = Ran(result.exit_code, result.stdout, result.stderr)
    if code is not None:
        assert ran.code == code, ran.err
    return ran


def process(*arguments: object, cwd: Path, **environment: str) -> Ran:
    """Run a command as a process of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PAPERMODE")}
    env |= {"PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [sys.executable, "-m", "papermode", *map(str, arguments)],
        cwd=cwd,
        env=env,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example site with keys; nobody changes it."""
    folder = tmp_path_factory.mktemp("cli") / "site"
    shutil.copytree(examples_dir(), folder)
    make_keys(folder / "keys", "RIVER", NOW)
    return folder


@pytest.fixture
def small(site: Path, tmp_path: Path) -> Path:
    """A site of its own with one short ward: the summary of each patient of OB."""
    folder = tmp_path / "small"
    shutil.copytree(site, folder)
    (folder / "wards" / "OB.toml").write_text('forms = ["SUMMARY"]\nadmission_sets = 0\n', "utf-8")
    return folder


NOW_OPTION = ("--now", NOW_TEXT)


def print_ob(site: Path, out: Path, *more: object) -> Ran:
    """Print the ward OB of a site."""
    return run(
        "print", "--site", site, "--snapshot", site / "snapshot", "--ward", "OB", "--out", out, *NOW_OPTION, *more
    )
