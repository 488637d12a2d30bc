"""docs/manifest.md, its schema and its example hold for the manifests that papermode writes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.conftest import ROOT, Demo

DOC = (ROOT / "docs" / "manifest.md").read_text("utf-8")
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "manifest.schema.json").read_text("utf-8"))
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "null": (type(None),),
}  # fmt: skip
KNOWN = {
    "$schema", "$defs", "title", "description", "$ref", "type", "const", "enum", "pattern", "minLength", "minimum",
    "minItems", "maxItems", "items", "required", "properties", "additionalProperties", "propertyNames",
}  # fmt: skip


def faults(value: Any, schema: dict[str, Any], place: str = "$") -> list[str]:
    """Return where a value is not as a JSON Schema (the keywords in KNOWN) says."""
    unknown = set(schema) - KNOWN
    assert not unknown, f"the checker does not know {unknown}"
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], place)
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", list(TYPES))
    if isinstance(value, bool) and "const" not in schema:
        return [f"{place}: a boolean"]
    if (
        "const" not in schema
        and "enum" not in schema
        and not isinstance(value, tuple(t for k in kinds for t in TYPES[k]))
    ):
        return [f"{place}: {type(value).__name__}, not {kinds}"]
    out = _plain(value, schema, place)
    if isinstance(value, list):
        out += [f for i, item in enumerate(value) for f in faults(item, schema.get("items", {}), f"{place}[{i}]")]
    if isinstance(value, dict):
        out += _table(value, schema, place)
    return out


def _plain(value: Any, schema: dict[str, Any], place: str) -> list[str]:
    length = len(value) if isinstance(value, list) else 0
    checks = {
        "const": "const" not in schema or (value == schema["const"] and type(value) is type(schema["const"])),
        "enum": "enum" not in schema or value in schema["enum"],
        "pattern": not isinstance(value, str) or re.search(schema.get("pattern", ""), value) is not None,
        "minLength": not isinstance(value, str) or len(value) >= schema.get("minLength", 0),
        "minimum": not isinstance(value, int) or value >= schema.get("minimum", value),
        "minItems": not isinstance(value, list) or length >= schema.get("minItems", 0),
        "maxItems": not isinstance(value, list) or length <= schema.get("maxItems", length),
    }
    return [f"{place}: {name}" for name, good in checks.items() if not good]


def _table(value: dict[str, Any], schema: dict[str, Any], place: str) -> list[str]:
    out = [f"{place}: no {key}" for key in schema.get("required", []) if key not in value]
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", {})
    for key, item in value.items():
        out += [f"{place}: key {f}" for f in faults(key, schema.get("propertyNames", {}), key)]
        if key in properties:
            out += faults(item, properties[key], f"{place}.{key}")
        elif more is False:
            out.append(f"{place}: {key} is not in the schema")
        else:
            out += faults(item, more, f"{place}.{key}")
    return out


@pytest.fixture(scope="session")
def manifests(demo: Demo) -> list[Path]:
    return sorted(demo.folder.rglob("manifest.json"))


def test_the_manifests_are_as_the_schema_says(manifests: list[Path]) -> None:
    assert len(manifests) >= 2
    for path in manifests:
        assert faults(json.loads(path.read_text("utf-8")), SCHEMA) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("format",), "papermode-manifest/2"),
        (("extra",), 1),
        (("pages", 0, "page"), 0),
        (("pages", 0, "page"), True),
        (("pages", 0, "mrn"), 17),
        (("pages", 0, "rows"), {"0": {"ref": "", "text": ""}}),
        (("pages", 0, "rows"), {"1": {"ref": ""}}),
        (("pages",), []),
        (("printed_at",), "2026-11-24T02:15:00"),
    ],
)
def test_the_schema_refuses(manifests: list[Path], place: tuple[Any, ...], value: object) -> None:
    manifest = json.loads(manifests[0].read_text("utf-8"))
    target = manifest
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    assert faults(manifest, SCHEMA)


HEADINGS = {
    "## Head": SCHEMA["properties"],
    "## Layout": SCHEMA["$defs"]["layout"]["properties"],
    "### Box": SCHEMA["$defs"]["box"]["properties"],
    "## Page": SCHEMA["$defs"]["page"]["properties"],
}


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_field_is_described(heading: str) -> None:
    part = re.split(r"(?m)^#{2,3} ", DOC.split(f"\n{heading}\n", 1)[1])[0]
    assert re.findall(r"(?m)^\| `(\w+)` \|", part) == list(HEADINGS[heading])


def test_the_example_finds_the_boxes_of_a_page(manifests: list[Path], tmp_path: Path) -> None:
    program = tmp_path / "boxes.py"
    program.write_text(re.findall(r"(?s)```python\n(.*?)```", DOC)[0], "utf-8")
    manifest = json.loads(manifests[0].read_text("utf-8"))
    page = next(p for p in manifest["pages"] if p["form"] == "MAR-S")
    command = [sys.executable, "-I", str(program), str(manifests[0]), str(page["page"])]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == len(manifest["layouts"][page["layout"]]["boxes"])
    row, binding = next(iter(page["rows"].items()))
    column, time = next(iter(binding["times"].items()))
    box = next(
        b for b in manifest["layouts"][page["layout"]]["boxes"]
        if (str(b["row"]), str(b["column"]), b["value"]) == (row, column, "given")
    )  # fmt: skip
    millimetres = [v / 100 for v in box["rect"]]
    assert f"{millimetres}  mar.status  given  {binding['text']}  {time}" in lines


def test_the_example_refuses_a_moved_box(manifests: list[Path], tmp_path: Path) -> None:
    program = tmp_path / "boxes.py"
    program.write_text(re.findall(r"(?s)```python\n(.*?)```", DOC)[0], "utf-8")
    manifest = json.loads(manifests[0].read_text("utf-8"))
    next(layout for layout in manifest["layouts"].values() if layout["boxes"])["boxes"][0]["rect"][0] += 600
    changed = tmp_path / "manifest.json"
    changed.write_text(json.dumps(manifest), "utf-8")
    done = subprocess.run([sys.executable, "-I", str(program), str(changed), "1"], capture_output=True, check=False)
    assert done.returncode != 0
