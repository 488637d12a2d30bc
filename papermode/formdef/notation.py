"""Notations that a form must not print (R6): they have been misread, and patients died of it.

Sources: The Joint Commission, "Do Not Use" list (handwritten and pre-printed orders); MSCUI/NHS design
guide for medication lines (space between number and unit, leading zero, no trailing zero, comma from
1,000); ISMP for ``cc``, ``µg``, ``@``, ``<`` and ``>``. The trailing zero is refused beside units of dose
only: a temperature band of ``38.0`` is a measurement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

FILLED: Final = "\ufffc"
"""Stands for what a template will print."""
_N: Final = f"[0-9{FILLED}]"
_DOSE_UNIT: Final = r"(?:mcg|[µμ]g|mg|kg|g|m[lL]|L|units?|mmol|mEq)(?![A-Za-z])(?!/d?L)"
_WORD: Final = r"(?<![A-Za-z0-9]){0}(?![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class Unsafe:
    """A notation: how it is found, how it is called, and what to write instead."""

    pattern: re.Pattern[str]
    fault: str
    cure: str


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(_WORD.format(pattern))


_UNSAFE: Final = (
    Unsafe(_word(r"(?:IU|I\.U\.?)"), "is read as IV or 10", "Write “units” (or “international units”)."),
    Unsafe(re.compile(rf"{_N}\s?[Uu](?![A-Za-z0-9])"), "is read as 0 or 4 more", "Write “units”."),
    Unsafe(_word(r"(?:QOD|qod|Q\.O\.D\.?|q\.o\.d\.?)"), "is read as daily", "Write “every other day”."),
    Unsafe(_word(r"(?:QD|qd|Q\.D\.?|q\.d\.?)"), "is read as four times a day", "Write “daily”."),
    Unsafe(_word(r"MgSO[4₄]"), "is read as morphine", "Write “magnesium sulfate”."),
    Unsafe(_word(r"(?:MSO[4₄]|MS)"), "is morphine or magnesium", "Write “morphine sulfate” or “magnesium sulfate”."),
    Unsafe(
        re.compile(rf"(?<![0-9.]){_N}+\.0+\s?{_DOSE_UNIT}"), "is read as ten times the dose",
        "Write no zero after the point: 1 mg.",
    ),
    Unsafe(
        re.compile(r"(?<![0-9A-Za-z.)\ufffc])\.[0-9]"),
        "is read as a whole number",
        "Write a zero before the point: 0.5 mg."
    ),
    Unsafe(re.compile(r"[µμ]g(?![A-Za-z])"), "is read as mg", "Write “mcg”."),
    Unsafe(re.compile(rf"(?:(?<![A-Za-z0-9])cc|{_N}\s?(?:cc|CC))(?![A-Za-z0-9])"), "is read as units", "Write “mL”."),
    Unsafe(re.compile(r"@"), "is read as 2", "Write “at”."),
    Unsafe(re.compile(r"(?<![<>=-])[<>](?![<>=-])"), "is read the wrong way round or as 7 or L",
           "Write “less than” or “more than”."),
    Unsafe(re.compile(rf"{_N}{_DOSE_UNIT}"), "has no space, and the unit is read as a digit",
           "Put a space between number and unit: 5 mg."),
    Unsafe(re.compile(rf"(?<![0-9.,])[0-9]{{4,}}\s?{_DOSE_UNIT}"), "is misread by a zero", "Write a comma: 1,000 mL."),
)  # fmt: skip
_UNSAFE_UNITS: Final = {
    "U": "units", "u": "units", "IU": "units", "iu": "units", "cc": "mL", "CC": "mL", "µg": "mcg", "μg": "mcg",
}  # fmt: skip
_BLOCK = re.compile(r"\{\{(.*?)\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LITERAL = re.compile(r"'([^'\\\n]*)'|\"([^\"\\\n]*)\"")


def unsafe_in_text(text: str) -> tuple[tuple[str, str, str], ...]:
    """Return (what is written, fault, cure) for each unsafe notation in a text or template.

    Of a template the words outside of its braces are looked at, and the quoted words that it prints.
    """
    printed = [_BLOCK.sub(lambda match: FILLED if match[0].startswith("{{") else "\n", text)]
    for block in _BLOCK.finditer(text):
        printed += [a or b for a, b in _LITERAL.findall(block[1] or "")]
    found: list[tuple[str, str, str]] = []
    for words in printed:
        for unsafe in _UNSAFE:
            match = unsafe.pattern.search(words)
            if match:
                found.append((match[0].replace(FILLED, "…").strip(), unsafe.fault, unsafe.cure))
    return tuple(found)


def unsafe_unit(unit: str) -> tuple[tuple[str, str, str], ...]:
    """Return (what is written, fault, cure) for each unsafe part of a unit, e.g. of ``U/h``."""
    found = [
        (part, "is misread as a unit", f"Write “{_UNSAFE_UNITS[part]}”.")
        for part in re.split(r"[/\s·.]+", unit)
        if part in _UNSAFE_UNITS
    ]
    return tuple(found) or unsafe_in_text(unit)
