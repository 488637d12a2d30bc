"""marksense (PyPI): reads forms of any layout from a template of pictures and places of boxes; no codes, no patients.

One file is one form; page 1 of the file is page 1 of the template. Without its model, which is not published, it
takes the darkest box of each question.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.scan_sheets import DPI, Gray, Questions, Reading, Stack
from papermode.simulate.scans import write_scans

TEMPLATE = "template.json"


def command() -> str | None:
    """Return the program, or ``None`` if it is not installed."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("marksense", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def version(program: str) -> str:
    """Return its version."""
    told = subprocess.run([program, "--version"], capture_output=True, check=True)
    return told.stdout.decode().split()[-1]


def write_template(folder: Path, blanks: Sequence[Gray], sides: Sequence[Questions]) -> None:
    """Write the template of a form: a blank picture and the questions of each page."""
    folder.mkdir()
    pages: dict[str, Any] = {}
    for n, (blank, questions) in enumerate(zip(blanks, sides, strict=True), 1):
        Image.fromarray(blank).save(folder / f"page-{n}.png")
        pages[str(n)] = {
            "canonical_size": [blank.shape[1], blank.shape[0]],
            "template_image": f"page-{n}.png",
            "questions": [
                {
                    "question_num": number,
                    "options": [
                        {
                            "option_index": n,
                            "value": b.value,
                            "expected_mark": "check",
                            "roi": [round(v * DPI / 2540) for v in b.rect.as_list()],
                        }
                        for n, b in enumerate(boxes)
                    ],
                }
                for number, boxes in enumerate(questions.values(), 1)
            ],
        }
    (folder / TEMPLATE).write_text(json.dumps({"form_type": "ward", "canonical_dpi": DPI, "pages": pages}), "utf-8")


def write_forms(folder: Path, stack: Stack) -> None:
    """Write a stack as it has to be for marksense: one file a person, in the order in which the pages lie."""
    folder.mkdir()
    people: dict[int, list[Gray]] = {}
    for scan in stack:
        people.setdefault(scan.person, []).append(scan.picture)
    for person, pictures in people.items():
        write_scans(folder / f"{person:03}.pdf", pictures, dpi=DPI)


def arguments(program: str, forms: Path, template: Path, out: Path) -> list[str]:
    """Return its command line."""
    return [program, "batch", str(forms), "-t", str(template / TEMPLATE), "-o", str(out)]


def answers(out: Path, sides: Sequence[Questions]) -> Reading:
    """Return what it read: by person, side and question."""
    keys = [(side, key) for side, questions in enumerate(sides) for key in questions]
    with out.open(encoding="utf-8", newline="") as file:
        return {
            (int(Path(row["source"]).stem), side, key): row.get(f"Q{n}") or None
            for row in csv.DictReader(file)
            for n, (side, key) in enumerate(keys, 1)
        }
