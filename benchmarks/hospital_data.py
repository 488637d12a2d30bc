"""A hospital made of the example wards: 40 wards of 25 patients as one bulk export of about 300 MB.

Every copy gets its own ids, record numbers, names, times and measured values, so that nothing that is particular
to a patient is the same text twice; only what is the same in a real hospital too (the words of common orders)
repeats. The export is filled up with older observations, as real ones are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

WARDS: Final = 40
HISTORY_DAYS: Final = range(4, 18)
"""Ages of the copies of the last day's observations that fill the export up: past every window that is printed."""
DATA_TIME: Final = datetime.fromisoformat("2026-11-24T02:00:00-05:00")

_ID = re.compile(r'("id":"[^"]+)"')
_REFERENCE = re.compile(r'("reference":"\w+/[^"]+)"')
_MRN = re.compile(r'"value":"00(\d{6})"')
_VISIT = re.compile(r'("value":"E26-\d+)"')
_WARD = re.compile(r'"value":"(?:4W|OB)"')
_NAME = re.compile(r'"family":"([^"]+)","given":\["([^"]+)"')
_TIME = re.compile(r'"(effectiveDateTime)":"([^"]+T[^"]+)"')
_MEASURED = re.compile(r'("valueQuantity":\{"value":[\d.]*)(\d)')


def make_hospital(source: Path, target: Path, *, wards: int = WARDS, history: range = HISTORY_DAYS) -> int:
    """Write the export into ``target``; return its size in bytes.

    Args:
        source: the example site's ``snapshot`` folder.
        target: an empty folder.
        wards: copies; each becomes one ward with all patients of the example.
        history: days of age of the older observations.
    """
    counts = {}
    for path in sorted(source.glob("*.ndjson")):
        lines = path.read_text("utf-8").splitlines()
        older = history if path.stem == "Observation" else range(0)
        counts[path.stem] = 0
        with (target / path.name).open("w", encoding="utf-8") as out:
            for number in range(1, wards + 1):
                for line in _ward(lines, number, older):
                    out.write(line + "\n")
                    counts[path.stem] += 1
    export = json.loads((source / "export.json").read_text("utf-8"))
    for entry in export["output"]:
        entry["count"] = counts[entry["type"]]
    (target / "export.json").write_text(json.dumps(export), "utf-8")
    return sum(path.stat().st_size for path in target.iterdir())


def _ward(lines: list[str], number: int, history: range) -> Iterator[str]:
    for line in lines:
        changed = _copy(line, number)
        yield changed
        if history and (found := _TIME.search(changed)):
            at = datetime.fromisoformat(found[2])
            if DATA_TIME - at < timedelta(days=1):
                for days in history:
                    older = changed.replace(found[2], (at - timedelta(days=days)).isoformat(), 1)
                    yield _ID.sub(rf'\1-{days}"', older, count=1)


def _copy(line: str, number: int) -> str:
    """Return a line of the example as the one of copy ``number``."""
    line = _ID.sub(rf'\1-{number}"', line)
    line = _REFERENCE.sub(rf'\1-{number}"', line)
    line = _MRN.sub(rf'"value":"{number:02d}\1"', line)
    line = _VISIT.sub(rf'\1-{number}"', line)
    line = _WARD.sub(f'"value":"W{number:02d}"', line)
    line = _NAME.sub(_name(number), line)
    line = _TIME.sub(_earlier(number), line)
    return _MEASURED.sub(lambda m: f"{m[1]}{(int(m[2]) + number) % 10}", line)


def _name(number: int) -> Callable[[re.Match[str]], str]:
    """Make names of the same script that no other copy has: with the beginnings of their parts repeated."""

    def changed(found: re.Match[str]) -> str:
        family, given = found[1], found[2]
        more, rest = 1 + number % len(family), number // len(family)
        return f'"family":"{family}{family[:more]}","given":["{given}{given[:rest]}"'

    return changed


def _earlier(minutes: int) -> Callable[[re.Match[str]], str]:
    def changed(found: re.Match[str]) -> str:
        return f'"{found[1]}":"{(datetime.fromisoformat(found[2]) - timedelta(minutes=minutes)).isoformat()}"'

    return changed
