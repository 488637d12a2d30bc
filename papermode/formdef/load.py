"""Form files (TOML) become forms, alone or as a library of folders.

A file is read to its end whatever is wrong with it, and all its faults are reported together
(:class:`~papermode.formdef.faults.FormFaults`), each with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from papermode.errors import FormError
from papermode.formdef.faults import FormFaults
from papermode.formdef.keys import FORM
from papermode.formdef.overlay import apply_overlay
from papermode.formdef.values import Digits, Reader, Unusable, read_table
from papermode.model.form import Form

MAX_FILE: Final = 1024 * 1024
"""Largest form file, in bytes."""


@dataclass(frozen=True, slots=True)
class Library:
    """All forms at hand: every version by (id, version), and the newest of each by id."""

    versions: Mapping[tuple[str, int], Form]
    by_id: Mapping[str, Form]

    @classmethod
    def of(cls, forms: Sequence[Form]) -> Library:
        """Make a library of forms; of two with the same id and version the later one counts."""
        versions = {(form.id, form.version): form for form in sorted(forms, key=lambda f: (f.id, f.version))}
        newest = {form.id: form for form in versions.values()}
        return cls(MappingProxyType(versions), MappingProxyType(newest))

    def get(self, form_id: str, version: int | None = None) -> Form | None:
        """Return a form's ``version``, or its newest one; ``None`` if it is not here."""
        return self.by_id.get(form_id) if version is None else self.versions.get((form_id, version))

    def __iter__(self) -> Iterator[Form]:
        """Go through the newest version of every form, by id."""
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)


_EMPTY: Final = Library.of(())


def load_form(path: Path, bases: Library = _EMPTY) -> Form:
    """Return the form that a file defines.

    Args:
        path: a TOML file.
        bases: where the form that an overlay extends is looked for.

    Raises:
        FormError: E201 the file cannot be read, otherwise as :func:`loads`.
    """
    return loads(_read(path), str(path), bases)


def loads(text: str, source: str, bases: Library = _EMPTY) -> Form:
    """Return the form that a TOML text defines; ``source`` is the name used in messages.

    Raises:
        FormError: E202 not TOML, E203 unknown key, E204 missing key, E205 wrong type, E206 not an allowed
            value, E207 number out of range, E208 language, E210 unknown base, E211 unknown item or section of
            the base. A :class:`FormFaults` where there are several.
    """
    return _build(_parse(text, source), text, source, bases)


def load_library(dirs: Sequence[Path]) -> Library:
    """Return all forms of some folders (``*.toml``, folders below them too).

    Raises:
        FormError: as :func:`load_form`, and E209 where two files define the same version of a form. The
            faults of all files are reported together.
    """
    faults: list[FormError] = []
    raws: list[_File] = []
    for path in _files(dirs, faults):
        try:
            text = _read(path)
            raws.append(_File(str(path), text, _parse(text, str(path))))
        except FormError as error:
            faults += _flat(error)
    forms = _build_all(raws, faults)
    if faults:
        raise FormFaults(faults) if len(faults) > 1 else faults[0]
    return Library.of(forms)


@dataclass(frozen=True, slots=True)
class _File:
    source: str
    text: str
    raw: dict[str, Any]

    @property
    def base(self) -> str:
        """The id of the form that this one extends, or ''."""
        name = self.raw.get("extends", "")
        return name.partition("@")[0] if isinstance(name, str) else ""


def _flat(error: FormError) -> tuple[FormError, ...]:
    return error.all if isinstance(error, FormFaults) else (error,)


def _files(dirs: Sequence[Path], faults: list[FormError]) -> Iterator[Path]:
    for folder in dirs:
        if folder.is_dir():
            yield from sorted(folder.rglob("*.toml"))
        else:
            faults.append(
                FormError(
                    "E201", place=str(folder), fault="there is no such folder.", cure="Check the path of the forms."
                )
            )


def _build_all(files: list[_File], faults: list[FormError]) -> list[Form]:
    """Build forms, every one after the forms that it extends."""
    forms: dict[tuple[str, int], Form] = {}
    broken: set[object] = set()
    waiting = files
    while waiting:
        ids = {file.raw.get("id") for file in waiting if isinstance(file.raw.get("id"), str)}
        ready = [file for file in waiting if file.base not in ids]
        if not ready:
            for file in waiting:
                faults.append(_no_base(file.source, file.text, file.base, "the forms extend each other in a circle."))
            break
        waiting = [file for file in waiting if file.base in ids]
        bases = Library.of(list(forms.values()))
        for file in ready:
            if file.base in broken and file.base not in bases.by_id:
                broken.add(file.raw.get("id"))  # the fault of its base is reported already
                continue
            try:
                _add(forms, _build(file.raw, file.text, file.source, bases))
            except FormError as error:
                faults += _flat(error)
                name = file.raw.get("id")
                broken.add(name if isinstance(name, str) else None)
    return list(forms.values())


def _add(forms: dict[tuple[str, int], Form], form: Form) -> None:
    other = forms.setdefault((form.id, form.version), form)
    if other is not form:
        raise FormError(
            "E209", place=form.source, fault=f"version {form.version} of form {form.id} is in {other.source} too.",
            cure="Raise the version of the newer one, or give it another id.",
        )  # fmt: skip


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise FormError(
            "E201", place=str(path), fault=f"the file cannot be read: {error.strerror or 'unknown reason'}.",
            cure="Check the path and who may read it.",
        ) from error  # fmt: skip
    if len(data) > MAX_FILE:
        raise FormError("E201", place=str(path), fault="the file is larger than 1 MiB.", cure="Is it a form?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FormError(
            "E201", place=f"{path}:{line}", fault="the file is not UTF-8 text.", cure="Save it as UTF-8."
        ) from error


def _parse(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Digits)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)$", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise FormError(
            "E202", place=f"{source}:{line}", fault=f"this is not TOML: {message[:1].lower()}{message[1:]}.",
            cure=_toml_cure(message),
        ) from error  # fmt: skip
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a list in a thousand lists
        raise FormError(
            "E202", place=source, fault="the file holds a number or a nesting that is too large.", cure="Is it a form?"
        ) from error


def _toml_cure(message: str) -> str:
    if "Invalid value" in message:
        return 'Put words in quotes: "…".'
    if "Cannot overwrite" in message or "Cannot declare" in message or "twice" in message:
        return "Delete one of the two, or write [[…]] with two brackets where there are several."
    return "See the examples in docs/forms.md; words stand in quotes, and lists end with ]."


def _build(raw: dict[str, Any], text: str, source: str, bases: Library) -> Form:
    reader = Reader(source, text)
    if "extends" in raw:
        base = _base_of(raw["extends"], text, source, bases)
        form = apply_overlay(base, reader, raw)
    else:
        if isinstance(raw.get("language"), str):
            reader.language = raw["language"]
        try:
            form = replace(cast(Form, read_table(FORM, reader, (), raw)), source=source)
        except Unusable:
            form = None
    if form is not None and not reader.faults:
        _refuse_empty(form, reader)
    reader.raise_faults()
    assert form is not None, "a form without faults is whole"  # noqa: S101
    return form


def _refuse_empty(form: Form, reader: Reader) -> None:
    if not form.pages:
        reader.add("E204", ("page",), "a form needs at least one page.", "Add [[page]] with a [[page.section]].")
    for index, page in enumerate(form.pages):
        if not page.sections:
            reader.add("E204", ("page", index), "a page needs at least one section.", "Add [[page.section]].")


def _base_of(name: object, text: str, source: str, bases: Library) -> Form:
    form_id, at, version = name.partition("@") if isinstance(name, str) else ("", "", "")
    wanted = int(version) if version.isascii() and version.isdigit() and len(version) < 6 else None
    base = bases.get(form_id, wanted) if not at or wanted is not None else None
    if base is None:
        raise _no_base(source, text, str(name)[:20], "the form that this extends is not among the forms.")
    return base


def _no_base(source: str, text: str, name: str, fault: str) -> FormError:
    line = next((n for n, row in enumerate(text.splitlines(), 1) if row.lstrip().startswith("extends")), 1)
    return FormError(
        "E210", place=f"{source}:{line}", fault=f"“extends” names {name or 'nothing'}: {fault}",
        cure="Write the id of a form, and put its file into a folder of forms.",
    )  # fmt: skip
