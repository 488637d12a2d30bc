"""What the documentation lists is what the program has: settings, codes, packages, forms, columns, links."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from papermode.app.resources import forms_dir
from papermode.app.sites import shipped_library
from papermode.config import WardSettings
from papermode.errors import ExitCode
from papermode.intake.census_csv import COLUMNS
from papermode.simulate.paper import SCENARIOS
from tests.docs.conftest import ROOT
from tests.docs.test_commands import DOCS

SOURCE = ROOT / "papermode"
READERS = {"text", "texts", "number", "table"}
"""Methods of config's tables by which a key is asked for."""


def doc(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def first_cells(text: str) -> set[str]:
    """Return the first cell of every row of the tables, where it is code."""
    return set(re.findall(r"(?m)^\| `([^`]+)` \|", text))


def trees() -> Iterator[ast.Module]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield ast.parse(path.read_text("utf-8"), str(path))


def test_every_setting_is_documented_and_exists() -> None:
    tree = ast.parse((SOURCE / "config.py").read_text("utf-8"))
    keys = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in READERS
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }
    assert {"site", "wards", "forms"} - keys == {"wards"}, "the keys are found in config.py"
    part = doc("operations.md").split("### papermode.toml")[1].split("\n## ")[0]
    assert first_cells(part) == keys


def test_every_ward_setting_is_in_the_ward_table() -> None:
    part = doc("operations.md").split("### wards/*.toml")[1].split("\n## ")[0]
    assert first_cells(part) == set(WardSettings.__dataclass_fields__)


def test_every_census_column_is_documented() -> None:
    part = doc("operations.md").split("| column | content |")[1].split("\n\n")[0]
    assert first_cells(part) == set(COLUMNS)


def test_every_exit_code_is_documented() -> None:
    part = doc("operations.md").split("| exit code | meaning |")[1].split("\n\n")[0]
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", part)} == {int(code) for code in ExitCode}


def codes_raised() -> set[str]:
    """Return every error code in the source but those that are only compared with."""
    found: set[str] = set()
    for tree in trees():
        compared = {id(n) for c in ast.walk(tree) if isinstance(c, ast.Compare) for n in ast.walk(c)}
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in compared
            if re.fullmatch(r"E\d{3}", node.value)
        }
    return found


def test_every_error_code_has_its_row_and_every_row_its_code() -> None:
    rows = re.findall(r"(?m)^\| (E\d{3}) \|", doc("errors.md"))
    assert len(rows) == len(set(rows))
    assert set(rows) == codes_raised()


def test_error_codes_stand_in_order_under_their_family() -> None:
    parts = doc("errors.md").split("\n## ")[1:]
    rows = [re.findall(r"(?m)^\| (E\d{3}) \|", part) for part in parts]
    assert all(len({code[:2] for code in part}) == 1 for part in rows)
    assert [code for part in rows for code in part] == sorted(code for part in rows for code in part)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"].get("optional-dependencies", {}).values() for line in extra),
        *(line for group in project["dependency-groups"].values() for line in group if isinstance(line, str)),
    ]
    part = doc("architecture.md").split("\n## Dependencies\n")[1].split("\n## ")[0]
    named = {n for cell in re.findall(r"(?m)^\| ([a-z0-9, -]+) \|", part) for n in cell.split(", ")} - {
        "package",
        "---",
    }
    assert named == {re.split(r"[<>=~!\[ ]", line)[0] for line in lines}


def test_every_package_is_described() -> None:
    part = doc("architecture.md").split("| package | what it does |")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in part.splitlines() if row.startswith("|"))))
    parts = {p.stem for p in SOURCE.iterdir() if (p.is_dir() or p.suffix == ".py") and not p.name.startswith("_")}
    assert named == parts


def test_every_scenario_is_named() -> None:
    part = doc("architecture.md").split("## The damage simulator")[1].split("\n## ")[0]
    assert {f"`{name}`" for name in SCENARIOS} <= set(re.findall(r"`[a-z0-9-]+`", part))


def test_every_form_is_in_the_user_guide() -> None:
    part = doc("user-guide.md").split("| page | form |")[1].split("\n\n")[0]
    cells = re.findall(r"(?m)^\| [^|]+ \| ([A-Z0-9, -]+) \|", part)
    named = {form for cell in cells for form in cell.split(", ")} - {"---"}
    assert forms_dir().is_dir()
    assert named == set(shipped_library().by_id)


@pytest.mark.parametrize("page", [*DOCS, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("name", ["clinical-safety.md", "security.md", "architecture.md"])
def test_the_places_in_the_source_exist(name: str) -> None:
    places = re.findall(r"`([\w./*-]+\.(?:py|toml|sh))`", doc(name))
    assert places
    roots = (ROOT, SOURCE)
    missing = [place for place in places if not any(list(root.glob(place)) for root in roots)]
    assert missing == []


def test_functions_named_as_controls_exist() -> None:
    for path, function in re.findall(r"`([\w/]+\.py)`, `(\w+)`", doc("clinical-safety.md")):
        tree = ast.parse((SOURCE / path).read_text("utf-8"))
        assert function in {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}, (path, function)


def test_sections_that_the_source_names_exist() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for page, section in re.findall(r'docs/([a-z-]+\.md), "([^"]+)"', path.read_text("utf-8")):
            assert f"## {section}\n" in doc(page), (path.name, page, section)


def test_pictures_are_small_and_gray() -> None:
    from PIL import Image

    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    for path in pictures:
        assert path.stat().st_size <= 150_000
        with Image.open(path) as image:
            assert image.mode == "L"
