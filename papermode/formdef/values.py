"""From the values of a TOML file to the values of a form, with a fault for each one that will not do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from papermode.errors import FormError
from papermode.formdef.faults import FormFaults
from papermode.formdef.positions import Path, lines_of
from papermode.geometry import Hmm
from papermode.model.form import Option, Words

MAX_LENGTH: Final = 500
"""Longest length in millimetres; no sheet is longer."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Digits:
    """A TOML number with a point, digits as written: ``35.0`` is not ``35``."""

    text: str


@dataclass(slots=True)
class Reader:
    """One file being read: where it is, its language, and the faults found so far."""

    source: str
    text: str
    language: str = "en"
    faults: list[tuple[str, Path, str, str]] = field(default_factory=list)

    def add(self, code: str, path: Path, fault: str, cure: str) -> None:
        """Note a fault of the value at ``path``."""
        self.faults.append((code, path, fault, cure))

    def raise_faults(self) -> None:
        """Raise all faults, in the order of their lines, if there are any."""
        if self.faults:
            lines = lines_of(self.text, [path for _, path, _, _ in self.faults])
            found = sorted(zip(lines, self.faults, strict=True), key=lambda pair: pair[0])
            raise FormFaults(
                [
                    FormError(code, place=f"{self.source}:{line}", fault=fault, cure=cure)
                    for line, (code, _, fault, cure) in found
                ]
            )


class Unusable(Exception):  # noqa: N818 (never leaves formdef)
    """The value at hand has a fault, which is noted."""


Convert = Callable[[Reader, Path, object], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table: the field it fills and how its value is read."""

    field: str
    convert: Convert
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table, e.g. ``item``, its keys, and the type it becomes."""

    name: str
    make: Callable[..., Any]
    keys: Mapping[str, Key]


def _say(path: Path) -> str:
    """Name the value at ``path``: its key, or its number in a list."""
    last = path[-1] if path else "file"
    if isinstance(last, int):
        keys = [part for part in path if isinstance(part, str)]
        return f"entry {last + 1} of “{keys[-1] if keys else 'list'}”"
    return f"“{last}”"


def _kind(value: object) -> str:
    names: list[tuple[type, str]] = [
        (bool, "true or false"), (int, "a whole number"), (Digits, "a number"), (str, "words in quotes"),
        (list, "a list"), (dict, "a table"),
    ]  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), "a date or time")


def wrong_type(reader: Reader, path: Path, value: object, wanted: str, cure: str) -> Unusable:
    """Note that a value has the wrong type; raise what is returned."""
    reader.add("E205", path, f"{_say(path)} must be {wanted}, and is {_kind(value)}.", cure)
    return Unusable()


def read_fields(table: Table, reader: Reader, path: Path, raw: object) -> dict[str, Any]:
    """Return the fields that ``raw`` gives, by name; faults are noted, and the fields concerned left out."""
    if not isinstance(raw, dict):
        raise wrong_type(reader, path, raw, "a table", f"See “{table.name}” in docs/forms.md.")
    fields: dict[str, Any] = {}
    for name, value in raw.items():
        key = table.keys.get(name)
        if key is None:
            unknown_key(reader, (*path, name), name, table)
            continue
        try:
            fields[key.field] = key.convert(reader, (*path, name), value)
        except Unusable:
            continue
    return fields


def unknown_key(reader: Reader, path: Path, name: str, table: Table) -> None:
    """Note a key that the table does not have, with the nearest one that it has."""
    near = get_close_matches(name.lower(), list(table.keys), n=1, cutoff=0.6)
    known = ", ".join(sorted(table.keys))
    cure = f"Did you mean “{near[0]}”?" if near else f"It has these keys: {known}."
    shown = name if len(name) <= 40 else name[:39] + "…"
    article = "an" if table.name[0] in "aeiou" else "a"
    reader.add("E203", path, f"{article} {table.name} has no key “{_CONTROL.sub('?', shown)}”.", cure)


def read_table(table: Table, reader: Reader, path: Path, raw: object) -> Any:
    """Return the value that a table describes; its missing keys are noted."""
    fields = read_fields(table, reader, path, raw)
    if not isinstance(raw, dict):  # pragma: no cover (read_fields has refused it)
        raise Unusable
    missing = [name for name, key in table.keys.items() if key.required and name not in raw]
    for name in missing:
        article = "an" if table.name[0] in "aeiou" else "a"
        reader.add("E204", path, f"{article} {table.name} needs the key “{name}”.", f"Add a line “{name} = …”.")
    if missing or any(key.required and key.field not in fields for key in table.keys.values()):
        raise Unusable
    return table.make(**fields)


def tables(table: Table) -> Convert:
    """Read a list of tables (``[[page.section]]``)."""

    def convert(reader: Reader, path: Path, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            header = ".".join(str(part) for part in path if isinstance(part, str))
            raise wrong_type(reader, path, value, "a list of tables", f"Write [[{header}]] with two brackets.")
        found = []
        for index, entry in enumerate(value):
            try:
                found.append(read_table(table, reader, (*path, index), entry))
            except Unusable:
                continue
        return tuple(found)

    return convert


def raw_tables(table: Table) -> Convert:
    """Read a list of tables as the fields that each gives, with its path: for changes to what exists."""

    def convert(reader: Reader, path: Path, value: object) -> tuple[tuple[Path, dict[str, Any]], ...]:
        if not isinstance(value, list):
            raise wrong_type(reader, path, value, "a list of tables", f"Write [[{path[-1]}]] with two brackets.")
        found = []
        for index, entry in enumerate(value):
            here = (*path, index)
            try:
                found.append((here, read_fields(table, reader, here, entry)))
            except Unusable:
                continue
        return tuple(found)

    return convert


def text(reader: Reader, path: Path, value: object) -> str:
    """Read a string without control characters (line ends and tabs are allowed)."""
    if not isinstance(value, str):
        raise wrong_type(reader, path, value, "words in quotes", 'Put it in quotes: "…".')
    if _CONTROL.search(value):
        reader.add("E205", path, f"{_say(path)} holds a control character.", "Delete it; end lines with \\n.")
        raise Unusable
    return value


def matching(pattern: str, say: str) -> Convert:
    """Read a string that matches ``pattern`` wholly; ``say`` is the cure."""
    compiled = re.compile(pattern)

    def convert(reader: Reader, path: Path, value: object) -> str:
        found = text(reader, path, value)
        if not compiled.fullmatch(found):
            reader.add("E206", path, f"{_say(path)} is not well formed.", say)
            raise Unusable
        return found

    return convert


def one_of(*allowed: str) -> Convert:
    """Read one of some words."""

    def convert(reader: Reader, path: Path, value: object) -> str:
        found = text(reader, path, value)
        if found not in allowed:
            near = get_close_matches(found.lower(), allowed, n=1)
            cure = f"Did you mean “{near[0]}”?" if near else f"Write one of: {', '.join(allowed)}."
            reader.add("E206", path, f"{_say(path)} cannot be “{found[:40]}”.", cure)
            raise Unusable
        return found

    return convert


def flag(reader: Reader, path: Path, value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise wrong_type(reader, path, value, "true or false", "Write true or false, without quotes.")
    return value


def whole(low: int, high: int) -> Convert:
    """Read a whole number from ``low`` to ``high``."""

    def convert(reader: Reader, path: Path, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(reader, path, value, "a whole number", "Write digits only, without quotes.")
        if not low <= value <= high:
            reader.add("E207", path, f"{_say(path)} is out of range.", f"Write a number from {low} to {high}.")
            raise Unusable
        return value

    return convert


def _decimal(reader: Reader, path: Path, value: object, unit: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Digits):
        raise wrong_type(reader, path, value, f"a number ({unit})", "Write the number without quotes or unit.")
    digits = value.text.replace("_", "") if isinstance(value, Digits) else _digits_of(value)
    if not _NUMBER.fullmatch(digits):
        reader.add("E207", path, f"{_say(path)} is not a plain number.", "Write it like 12 or 12.5.")
        raise Unusable
    return Decimal(digits)


def _digits_of(value: int) -> str:
    return str(value) if abs(value) < 10**9 else "too large"


def _scaled(low: str, high: str, unit: str) -> Convert:
    """Read a number of ``unit`` as hundredths."""

    def convert(reader: Reader, path: Path, value: object) -> int:
        number = _decimal(reader, path, value, unit)
        if not Decimal(low) <= number <= Decimal(high):
            reader.add("E207", path, f"{_say(path)} is out of range.", f"Write a number from {low} to {high} {unit}.")
            raise Unusable
        hundredths = number * 100
        if hundredths != int(hundredths):
            reader.add("E207", path, f"{_say(path)} is finer than 0.01 {unit}.", "Write at most two decimals.")
            raise Unusable
        return int(hundredths)

    return convert


length: Final[Callable[[Reader, Path, object], Hmm]] = _scaled("0", str(MAX_LENGTH), "mm")
"""Read millimetres as hundredths of a millimetre."""
points: Final = _scaled("1", "200", "pt")
"""Read points as hundredths of a point."""


def digits(reader: Reader, path: Path, value: object) -> str:
    """Read a number whose digits matter, in quotes or not: ``35.0`` stays ``35.0``."""
    if isinstance(value, str):
        found = value
    elif isinstance(value, Digits):
        found = value.text
    elif isinstance(value, int) and not isinstance(value, bool):
        found = _digits_of(value)
    else:
        raise wrong_type(reader, path, value, "a number", "Write digits, e.g. 35.0.")
    if found and not _NUMBER.fullmatch(found):
        reader.add("E207", path, f"{_say(path)} is not a plain number.", "Write it like 35 or 35.0.")
        raise Unusable
    return found


def strings(reader: Reader, path: Path, value: object) -> tuple[str, ...]:
    """Read a list of strings."""
    if not isinstance(value, list):
        raise wrong_type(reader, path, value, "a list of words", 'Write ["…", "…"].')
    return tuple(text(reader, (*path, index), entry) for index, entry in enumerate(value))


def words(reader: Reader, path: Path, value: object) -> Words:
    """Read a text: words in the form's language, or a table of languages."""
    if isinstance(value, str):
        own = text(reader, path, value)
        return Words(((reader.language, own),)) if own else Words()
    if not isinstance(value, dict):
        raise wrong_type(reader, path, value, "words in quotes", 'Write "…" or { en = "…", fr = "…" }.')
    found: dict[str, str] = {}
    for code, entry in value.items():
        if not _LANGUAGE.fullmatch(code):
            reader.add(
                "E208", (*path, code), f"{_say(path)} has a language that is not a language code.",
                "Use codes like en, fr or pt-BR.",
            )  # fmt: skip
            raise Unusable
        found[code] = text(reader, (*path, code), entry)
    if reader.language not in found:
        reader.add(
            "E208", path, f"{_say(path)} lacks the form's own language, {reader.language}.",
            f'Add {reader.language} = "…".',
        )  # fmt: skip
        raise Unusable
    own_first = sorted(found.items(), key=lambda pair: pair[0] != reader.language)
    return Words(tuple(own_first))


_CODE: Final = matching(r"(?:[^\s|]+\|[^\s|]+)?", "Write system|code, e.g. http://loinc.org|8867-4.")
OPTION: Final = Table(
    "option",
    Option,
    {
        "value": Key("value", matching(r"\S(?:[^\n]{0,62}\S)?", "Use 1 to 64 characters on one line."), required=True),
        "label": Key("label", words),
        "code": Key("code", _CODE),
        "score": Key("score", whole(-999, 999)),
    },
)


def code(reader: Reader, path: Path, value: object) -> str:
    """Read ``system|code``."""
    found: str = _CODE(reader, path, value)
    return found


def options(reader: Reader, path: Path, value: object) -> tuple[Option, ...]:
    """Read the answers of a choice: ``"given=G"``, ``"A"``, ``3`` or a table each."""
    if not isinstance(value, list):
        raise wrong_type(reader, path, value, "a list of answers", 'Write ["yes=Yes", "no=No"].')
    found: list[Option] = []
    for index, entry in enumerate(value):
        here = (*path, index)
        if isinstance(entry, int) and not isinstance(entry, bool):
            entry = _digits_of(entry)
        if isinstance(entry, str):
            name, equals, label = entry.partition("=")
            entry = {"value": name.strip(), "label": label.strip() if equals else name.strip()}
        elif not isinstance(entry, dict):
            raise wrong_type(reader, here, entry, "an answer", 'Write "given=G", or { value = "given", label = "G" }.')
        option: Option = read_table(OPTION, reader, here, entry)
        if any(option.value == other.value for other in found):
            reader.add("E206", here, f"{_say(here)} is the same answer again.", "Give each answer its own value.")
            raise Unusable
        found.append(option)
    return tuple(found)


def sequence(convert: Convert) -> Convert:
    """Read a list whose entries ``convert`` reads."""

    def read(reader: Reader, path: Path, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise wrong_type(reader, path, value, "a list", "Write it in square brackets: […].")
        return tuple(convert(reader, (*path, index), entry) for index, entry in enumerate(value))

    return read
