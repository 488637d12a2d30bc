"""AMC (Debian: auto-multiple-choice): exams in LaTeX, a box code on every page, so that a stack may be in any order.

It prints its own pages. Theirs have as many questions, of as many boxes, as the pages of the other two.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import cv2

from benchmarks.scan_sheets import ASIDE, Questions, Reading, Stack
from papermode.geometry import Rect
from papermode.model.layout import Box, Layout

PROGRAM: Final = "auto-multiple-choice"
LETTER: Final = (21590, 27940)
THRESHOLDS: Final = tuple(n / 100 for n in range(5, 60, 5))
_BOX: Final = 4
"""``ZONE_BOX`` of its AMC::DataModule::capture."""
_QUESTION: Final = r"\begin{question}{%s}\begin{choiceshoriz}[o]%s\end{choiceshoriz}\end{question}"
_PAGE: Final = r"""\documentclass[letterpaper]{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=22mm,top=25mm]{geometry}
\usepackage{multicol}
\usepackage[box]{automultiplechoice}
\AMCsetFoot{}
\AMCinterBquest=1ex
\AMChorizAnswerSep=1em
\begin{document}
\onecopy{%d}{%s}
\end{document}
"""


def command() -> str | None:
    """Return the program, or ``None`` if it is not installed."""
    return shutil.which(PROGRAM)


def version() -> str:
    """Return its version; it tells it only on a display."""
    told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", PROGRAM], capture_output=True, check=False)
    return told.stdout.decode() or "of unknown version"


def prepare(folder: Path, people: int, sides: Sequence[Sequence[int]]) -> Path:
    """Print the pages.

    Args:
        folder: the project; it is made.
        people: number of copies.
        sides: for each page the number of boxes of each of its questions.

    Returns:
        The PDF.
    """
    for name in ("data", "cr", "scans"):
        (folder / name).mkdir(parents=True)
    pages = []
    for side, boxes in enumerate(sides):
        asked = (
            _QUESTION % (f"s{side}q{n}", r"\correctchoice{}" + r"\wrongchoice{}" * (count - 1))
            for n, count in enumerate(boxes)
        )
        pages.append("\\begin{multicols}{3}\n" + "\n".join(asked) + "\n\\end{multicols}\n")
    (folder / "source.tex").write_text(_PAGE % (people, "\\newpage\n".join(pages)), "utf-8")
    pdf = folder / "pages.pdf"
    _run(
        "prepare", "--mode", "s", "--prefix", f"{folder}/", "--data", f"{folder}/data", "--with", "pdflatex",
        "--out-sujet", str(pdf), "--out-corrige", f"{folder}/corrected.pdf", "--out-calage", f"{folder}/places.xy",
        "--n-copies", str(people), str(folder / "source.tex"), cwd=folder,
    )  # fmt: skip
    _run("meptex", "--src", f"{folder}/places.xy", "--data", f"{folder}/data", cwd=folder)
    return pdf


def layouts(folder: Path) -> dict[tuple[int, int], Layout]:
    """Return where the boxes are, by copy and side, both from 0."""
    found: dict[tuple[int, int], list[Box]] = {}
    with closing(sqlite3.connect(folder / "data" / "layout.sqlite")) as db:
        query = (
            "SELECT b.student, b.page, name, answer, xmin, xmax, ymin, ymax, dpi FROM layout_box b"
            " JOIN layout_page p ON p.student = b.student AND p.page = b.page"
            " JOIN layout_question q ON q.question = b.question WHERE role = 1 ORDER BY b.student, b.question, answer"
        )
        for student, page, name, answer, *sides, dpi in db.execute(query):
            x1, x2, y1, y2 = (round(v * 2540 / dpi) for v in sides)
            box = Box(name, "mark", Rect(x1, y1, x2 - x1, y2 - y1), str(answer))
            found.setdefault((student - 1, page - 1), []).append(box)
    return {key: Layout(LETTER, (), (), (), tuple(boxes)) for key, boxes in found.items()}


def write_scans(folder: Path, stack: Stack) -> Path:
    """Write a stack as one JPEG a page, and their list."""
    folder.mkdir()
    for n, scan in enumerate(stack):
        cv2.imwrite(str(folder / f"{n:03}.jpg"), scan.picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    names = folder / "list.txt"
    names.write_text("".join(f"{path}\n" for path in sorted(folder.glob("*.jpg"))), "utf-8")
    return names


def fresh(folder: Path) -> None:
    """Forget what was read before."""
    (folder / "data" / "capture.sqlite").unlink(missing_ok=True)


def arguments(folder: Path, names: Path) -> list[str]:
    """Return its command line."""
    return [
        PROGRAM, "analyse", "--no-multiple", "--bw-threshold", "0.6", "--tol-marque", "0.4", "--projet", str(folder),
        "--data", f"{folder}/data", "--cr", f"{folder}/cr", "--liste-fichiers", str(names), "--n-procs", "1",
    ]  # fmt: skip


def answers(folder: Path, threshold: float, sides: Sequence[Questions]) -> Reading:
    """Return what it read: the boxes that are darker than the threshold; several in one question are for a person."""
    found: dict[tuple[int, int, str], list[str]] = {}
    with closing(sqlite3.connect(folder / "data" / "capture.sqlite")) as db:
        db.execute("ATTACH ? AS layout", (str(folder / "data" / "layout.sqlite"),))
        query = (
            "SELECT student, page, name, id_b, total, black FROM capture_zone"
            " JOIN layout.layout_question ON question = id_a WHERE type = ? ORDER BY zoneid"
        )
        for student, page, name, answer, total, black in db.execute(query, (_BOX,)):
            marked = found.setdefault((student - 1, page - 1, name), [])
            if total > 0 and black / total >= threshold:
                marked.append(str(answer))
    keys = {key[0]: key for questions in sides for key in questions}
    return {
        (person, side, keys[name]): None if not values else values[0] if len(values) == 1 else ASIDE
        for (person, side, name), values in found.items()
    }


def _run(*words: str, cwd: Path) -> None:
    subprocess.run([PROGRAM, *words], cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
