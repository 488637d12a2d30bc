"""Every command that the documentation shows runs, and says what the documentation says it says."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from papermode.cli.main import COMMANDS
from tests.docs.conftest import DEMO, ROOT, Demo, make_shell

DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(?P<pad> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=pad)```$", re.MULTILINE | re.DOTALL)
RUN_ELSEWHERE = {"claims.md": {"sh"}, "forms.md": {"toml"}, "manifest.md": {"python"}}
"""Blocks that other tests run: test_openssl, formdef/test_docs, test_manifest."""
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Step:
    """A command and what is printed below it."""

    command: str
    expected: tuple[str, ...]


def steps_of(body: str) -> list[Step]:
    """Return the commands of a block (lines that begin with ``$``), each with its lines of output."""
    steps: list[Step] = []
    for line in textwrap.dedent(body).splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], ()))
        else:
            steps[-1] = Step(steps[-1].command, (*steps[-1].expected, line))
    return steps


def console_blocks() -> list[tuple[str, list[Step]]]:
    found = []
    for doc in DOCS:
        text = doc.read_text("utf-8")
        for block in FENCE.finditer(text):
            if block["kind"] == "console":
                line = text.count("\n", 0, block.start()) + 1
                found.append((f"{doc.name}:{line}", steps_of(block["body"])))
    return found


BLOCKS = console_blocks()


def pattern_of(expected: tuple[str, ...]) -> re.Pattern[str]:
    """Return what the output must look like: a line of ``…`` is any lines, ``…`` in a line any words."""
    parts = []
    for line in expected:
        if line == ANYTHING:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(word) for word in line.split(ANYTHING)) + r"\n")
    return re.compile("".join(parts))


@pytest.mark.parametrize(("place", "steps"), BLOCKS, ids=[place for place, _ in BLOCKS])
def test_the_block_runs(place: str, steps: list[Step], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    shell = make_shell(tmp_path)
    for step in steps:
        if step.command == DEMO:
            demo: Demo = request.getfixturevalue("demo")
            demo.copy_to(shell.cwd / "demo")
            ran = demo.ran
        else:
            ran = shell.run(step.command)
        assert ran.code == 0 or ran.code >= 100, f"{place}: {step.command}\n{ran.output}{ran.told}"
        if step.expected:
            assert pattern_of(step.expected).fullmatch(ran.output), f"{place}: {step.command}\n{ran.output}{ran.told}"


def test_the_documents_have_commands() -> None:
    documents = {place.partition(":")[0] for place, _ in BLOCKS}
    assert {"README.md", "user-guide.md", "operations.md"} <= documents


def test_a_wrong_output_is_noticed() -> None:
    assert pattern_of(("a … c", ANYTHING)).fullmatch("a b c\nd\ne\n")
    assert not pattern_of(("a … c",)).fullmatch("a b c\nd\n")
    assert not pattern_of(("… good",)).fullmatch("NOT GOOD\n")


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_every_block_is_run_or_plain_text(doc: Path) -> None:
    kinds = {block["kind"] for block in FENCE.finditer(doc.read_text("utf-8"))}
    assert kinds <= {"console", "text"} | RUN_ELSEWHERE.get(doc.name, set())
    assert doc.read_text("utf-8").count("```") == 2 * len(FENCE.findall(doc.read_text("utf-8")))


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_commands_in_sentences_exist(doc: Path) -> None:
    text = doc.read_text("utf-8")
    named = set(re.findall(r"(?:`|^\$ |/)papermode ([a-z]+)", text, re.MULTILINE))
    assert named <= set(COMMANDS)


def test_what_is_not_there_yet_is_not_there() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## What is not there yet\n")[1].split("\n## ")[0]
    missing = {"nightly", "snapshot pull"}
    assert missing <= set(re.findall(r"`([a-z ]+)`", section))
    assert not missing & set(COMMANDS)
