"""Measure the digit reader on held-out digits, written into combs and scanned by simulation.

Run ``PYTHONPATH=. python tools/measure_digits.py`` (a few minutes; with ``OMP_NUM_THREADS=1`` for the speeds); its
tables are those of ``papermode/scan/data/README.md``. ``--outside`` also reads the digits of scikit-learn (UCI
optdigits: 13 Turkish writers, 8 x 8 pixels), if that is installed. Only what the project ships is needed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from comb_sheets import CAPTURES, GRAY_CAPTURES, STRUCK, WrittenSheet, scanned, written_sheet

from papermode.scan.combs import CellReading, CombReading, read_combs
from papermode.scan.digits import ACCEPT, classify
from papermode.simulate.hands import held_out_samples

LEVELS: Final = (0.50, 0.70, 0.80, 0.85, 0.90, 0.92, 0.95, 0.97)


@dataclass
class Tally:
    """What became of digits and combs under one capture."""

    digits: int = 0
    right: int = 0
    accepted: int = 0
    wrong: int = 0
    """Among the accepted."""
    lost: int = 0
    """Digits read as blank."""
    blanks: int = 0
    invented: int = 0
    """Blank cells read as a digit."""
    combs: int = 0
    candidates: int = 0
    wrong_candidates: int = 0
    taken: list[tuple[float, bool]] = field(default_factory=list)
    """Confidence of each digit and whether it is right."""
    confused: Counter[str] = field(default_factory=Counter)
    """Accepted errors, 'written>read'."""

    def add(self, reading: CombReading, text: str) -> None:
        """Count one comb."""
        self.combs += 1
        for cell, character in zip(reading.cells, text, strict=True):
            self._add_cell(cell, character)
        if reading.state == "candidate":
            self.candidates += 1
            self.wrong_candidates += reading.text.replace(".", "") != text.strip()

    def _add_cell(self, cell: CellReading, character: str) -> None:
        if character == " ":
            self.blanks += 1
            self.invented += bool(cell.character) and cell.confidence >= ACCEPT
            return
        right = cell.character == character
        self.digits += 1
        self.right += right
        self.lost += not cell.character
        self.taken.append((cell.confidence if cell.character else 0.0, right))
        if cell.character and cell.confidence >= ACCEPT:
            self.accepted += 1
            self.wrong += not right
            if not right:
                self.confused[f"{character}>{cell.character}"] += 1

    def row(self, name: str) -> str:
        """Return the tally as a row of a table."""
        reject = 1 - self.accepted / self.digits
        error = self.wrong / max(self.accepted, 1)
        return (
            f"| {name} | {self.digits} | {self.right / self.digits:.4f} | {reject:.3f} | {error:.4f} | {self.lost} "
            f"| {self.invented} of {self.blanks} | {self.candidates / self.combs:.3f} | {self.wrong_candidates} |"
        )


def total(tallies: list[Tally]) -> Tally:
    """Return the sum of tallies."""
    out = Tally()
    for tally in tallies:
        for name in Tally.__dataclass_fields__:
            value = getattr(tally, name)
            if isinstance(value, Counter):
                out.confused.update(value)
            else:
                setattr(out, name, getattr(out, name) + value)
    return out


def read_sheet(tally: Tally, sheet: WrittenSheet, name: str, rng: np.random.Generator) -> tuple[int, float]:
    """Read a sheet under one capture; return the combs read and the processor time in s."""
    patches = scanned(sheet, name, rng)
    if patches is None:
        return 0, 0.0
    started = time.process_time()
    readings = read_combs(patches, sheet.boxes, bilevel=name.startswith("1-bit"))
    seconds = time.process_time() - started
    for reading, text in zip(readings, sheet.texts, strict=True):
        tally.add(reading, text)
    return len(readings), seconds


def print_combs(sheets: int) -> None:
    """Print the table of captures, that of thresholds, and the speed."""
    tallies = {name: Tally() for name in CAPTURES}
    combs, seconds = 0, 0.0
    for i in range(sheets):
        sheet = written_sheet(None, np.random.default_rng((21, i)))
        for j, name in enumerate(CAPTURES):
            count, took = read_sheet(tallies[name], sheet, name, np.random.default_rng((22, i, j)))
            combs, seconds = combs + count, seconds + took
    print("| capture | digits | right | rejected | wrong of accepted | lost | invented | combs: candidate | wrong |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, tally in tallies.items():
        print(tally.row(name) if tally.digits else f"| {name} | every page went to review |||||||")
    gray = total([tallies[name] for name in GRAY_CAPTURES])
    print(gray.row("all gray"))
    print("accepted errors:", dict(gray.confused.most_common(12)))
    print(f"{seconds / combs * 1e3:.2f} ms of one processor a comb, cutting and naming\n")
    print("| threshold | rejected | wrong of accepted |")
    print("| --- | --- | --- |")
    for level in LEVELS:
        taken = [right for confidence, right in gray.taken if confidence >= level]
        print(f"| {level} | {1 - len(taken) / gray.digits:.3f} | {1 - sum(taken) / len(taken):.4f} |")


def print_european(sheets: int) -> None:
    """Print how often a 1 and a 7 in a European hand are taken for each other."""
    seen: Counter[str] = Counter()
    for i in range(sheets):
        rng = np.random.default_rng((23, i))
        sheet = written_sheet(None, rng, digits="17")
        patches = scanned(sheet, str(rng.choice(GRAY_CAPTURES)), rng)
        if patches is None:
            continue
        for reading, text, european in zip(read_combs(patches, sheet.boxes), sheet.texts, sheet.hands, strict=True):
            for cell, character in zip(reading.cells, text, strict=True):
                if european and character != " ":
                    verdict = cell.character if cell.confidence >= ACCEPT else "rejected"
                    seen[f"{character} as {verdict}"] += 1
    print("\nEuropean 1 and 7:", dict(sorted(seen.items())))


def print_struck(sheets: int) -> None:
    """Print how often a crossed-out digit is accepted, and how often a comb with one."""
    cells: Counter[bool] = Counter()
    combs: Counter[str] = Counter()
    for i in range(sheets):
        rng = np.random.default_rng((24, i))
        sheet = written_sheet(None, rng, struck=0.4)
        patches = scanned(sheet, str(rng.choice(GRAY_CAPTURES)), rng)
        if patches is None:
            continue
        for reading, text in zip(read_combs(patches, sheet.boxes), sheet.texts, strict=True):
            if STRUCK in text:
                combs[reading.state] += 1
            for cell, character in zip(reading.cells, text, strict=True):
                if character == STRUCK:
                    cells[bool(cell.character) and cell.confidence >= ACCEPT] += 1
    print(f"\ncrossed out: {cells[True]} of {cells.total()} digits accepted; combs with one: {dict(combs)}")


def print_clean() -> None:
    """Print the figures of the held-out digits as they are, and the speed of the network."""
    samples = held_out_samples()
    pictures = np.concatenate([samples[d] for d in range(10)]).astype(np.float32) / 255
    labels = np.concatenate([np.full(len(samples[d]), d) for d in range(10)])
    _print_set("held-out, clean", pictures, labels)
    classify(pictures)
    started = time.process_time()
    classify(pictures)
    print(f"{(time.process_time() - started) / len(labels) * 1e3:.3f} ms of one processor a digit")


def print_outside() -> None:
    """Print the figures of scikit-learn's digits."""
    from sklearn.datasets import load_digits  # not a dependency of the project

    from papermode.scan.cells import normalised

    data = load_digits()
    pictures = [normalised(_larger(p.astype(np.float32) / 16)) for p in data.images]
    _print_set("outside (optdigits)", np.stack(pictures), data.target)


def _larger(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    import cv2

    return np.clip(cv2.resize(picture, (64, 64), interpolation=cv2.INTER_CUBIC), 0, 1)


def _print_set(name: str, pictures: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> None:
    digits, confidence = classify(pictures)
    taken = confidence >= ACCEPT
    wrong = (digits != labels) & taken
    print(
        f"{name}: {len(labels)} digits, right {(digits == labels).mean():.4f}, rejected {1 - taken.mean():.3f}, "
        f"wrong of accepted {wrong.sum() / taken.sum():.4f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the digit reader.")
    parser.add_argument("--sheets", type=int, default=12)
    parser.add_argument("--outside", action="store_true", help="also scikit-learn's digits")
    options = parser.parse_args()
    print_clean()
    if options.outside:
        print_outside()
    print_combs(options.sheets)
    print_european(max(options.sheets // 2, 1))
    print_struck(max(options.sheets // 2, 1))


if __name__ == "__main__":
    main()
