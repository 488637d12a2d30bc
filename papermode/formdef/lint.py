"""Is this form safe to print and sure to be read? What a form file can say, but a form must not.

Errors block a form: it would be misread by a nurse (R6) or by the scanner. Warnings do not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final, Literal

from papermode.errors import FormError
from papermode.formdef.lint_geometry import geometry_faults
from papermode.formdef.lint_sums import sum_faults
from papermode.formdef.load import loads
from papermode.formdef.notation import unsafe_in_text, unsafe_unit
from papermode.formdef.positions import lines_of
from papermode.formdef.rules import RULES
from papermode.formdef.walk import Spot, Text, items_of, texts_of
from papermode.model.form import PRINTED_KINDS, Form, Item
from papermode.typeset import templates

Severity = Literal["error", "warning"]
MIN_SIZE: Final = 1000
_FORM_ID: Final = re.compile(r"[0-9A-Z.-]{1,8}")
_COMBS: Final = frozenset({"integer", "decimal", "score"})
_CHOICES: Final = frozenset({"choice", "multi"})
_TEMPLATE_MARKS: Final = ("{{", "{%")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint found. ``place`` is ``file:line``, or the place in the form in words."""

    code: str
    severity: Severity
    place: str
    fault: str
    cure: str

    def __str__(self) -> str:
        return f"{self.code} {self.place}: {self.severity}: {self.fault} {self.cure}"


Fault = tuple[str, Severity, Spot, str, str]


def lint(form: Form) -> tuple[Finding, ...]:
    """Return everything that is wrong with a form, errors and warnings, in the order of the file."""
    faults: list[Fault] = []
    for find in _CHECKS:
        faults += find(form)
    lines = _lines(form, [spot for _, _, spot, _, _ in faults])
    if lines is None:
        return tuple(
            Finding(code, severity, f"{form.source or form.id}, {spot.words}", fault, cure)
            for code, severity, spot, fault, cure in faults
        )
    ordered = sorted(zip(lines, faults, strict=True), key=lambda pair: pair[0])
    return tuple(
        Finding(code, severity, f"{form.source}:{line}", fault, cure)
        for line, (code, severity, _, fault, cure) in ordered
    )


def _lines(form: Form, spots: list[Spot]) -> list[int] | None:
    """Return the lines of places in the form's file; ``None`` if the form is not (all) in a file."""
    if not form.source or form.extends or not spots:
        return None
    try:
        text = FilePath(form.source).read_bytes().decode("utf-8-sig")
        if loads(text, form.source) != form:
            return None
    except (OSError, UnicodeDecodeError, FormError):
        return None
    return lines_of(text, [spot.path for spot in spots])


def _identity(form: Form) -> Iterator[Fault]:
    if not _FORM_ID.fullmatch(form.id):
        yield (
            "E220", "error", Spot(("id",), "the id"), "the form's id is not 1 to 8 of 0-9, A-Z, hyphen and dot.",
            "Shorten it: it is in the code on every page.",
        )  # fmt: skip
    seen: dict[str, tuple[Spot, Item]] = {}
    for spot, item in items_of(form):
        if item.kind not in PRINTED_KINDS and not item.link_id:
            yield (
                "E222", "error", spot, f"this {item.kind} has no link_id, so what is written in it is lost.",
                'Give it a link_id = "…" of its own.',
            )  # fmt: skip
        suffixes = ("", ".date", ".time") if item.kind == "signature" else ("",)
        for name in (item.link_id + suffix for suffix in suffixes if item.link_id):
            if name in seen and not _goes_on(*seen[name], spot, item):
                yield (
                    "E221", "error", spot, f"the link_id “{name}” is used twice, first in {seen[name][0].words}.",
                    "Give each question a link_id of its own.",
                )  # fmt: skip
            seen[name] = spot, item


def _goes_on(before: Spot, first: Item, spot: Spot, item: Item) -> bool:
    """Tell whether an item has further answers of the choice before it: one question on several lines."""
    values = {option.value for option in first.options}
    return (
        item.kind in _CHOICES
        and item.kind == first.kind
        and before.path[:-1] == spot.path[:-1]
        and values.isdisjoint(option.value for option in item.options)
    )


def _kinds(form: Form) -> Iterator[Fault]:
    answers = Counter(item.link_id for _, item in items_of(form) for _ in item.options)
    for spot, item in items_of(form):
        if item.size < MIN_SIZE:
            yield (
                "E224", "error", spot.at("size"), f"{item.size / 100:g} pt is too small to read by torchlight.",
                "Use at least 10 pt.",
            )  # fmt: skip
        few = answers[item.link_id] < 2 if item.kind in _CHOICES else item.kind == "yesno" and len(item.options) == 1
        if few or (item.kind in _CHOICES and not item.options):
            yield (
                "E230", "error", spot, f"this {item.kind} has fewer than two answers.",
                "Add options, or use kind “mark” for a single box.",
            )  # fmt: skip
        yield from _comb(spot, item)
        if item.kind == "score" and item.rule not in RULES:
            known = ", ".join(RULES)
            fault = f"there is no scoring rule “{item.rule}”." if item.rule else "this score names no scoring rule."
            yield "E231", "error", spot.at("rule"), fault, f"Use one of: {known}."


def _comb(spot: Spot, item: Item) -> Iterator[Fault]:
    if item.kind in _COMBS and item.cells < 1:
        yield (
            "E228", "error", spot, f"this {item.kind} does not say how many cells it has.",
            "Add cells = … : one for each digit.",
        )  # fmt: skip
        return
    if item.kind == "decimal" and not 0 < item.point < item.cells:
        yield (
            "E228", "error", spot, "this decimal has no decimal point between two of its cells.",
            "Add point = … : how many cells stand before the point.",
        )  # fmt: skip
    digits = item.point if item.kind == "decimal" else item.cells
    high = max(len(bound.lstrip("+-").partition(".")[0]) for bound in (item.minimum, item.maximum))
    rule = RULES.get(item.rule) if item.kind == "score" else None
    if rule is not None and rule.name != "sum":
        high = max(high, len(str(rule.high)))
    if item.kind in _COMBS and high > digits > 0:
        yield (
            "E228", "error", spot, f"{digits} cells cannot hold a number of {high} digits.",
            "Add cells, or lower max.",
        )  # fmt: skip


def _notation(form: Form) -> Iterator[Fault]:
    for text in texts_of(form):
        for language, words in text.words.by_language:
            for written, fault, cure in unsafe_in_text(words):
                where = f" ({language})" if len(text.words.by_language) > 1 else ""
                yield "E229", "error", text.spot, f"“{written}”{where} {fault}.", cure
    for spot, item in items_of(form):
        for written, fault, cure in unsafe_unit(item.unit):
            yield "E229", "error", spot.at("unit"), f"the unit “{written}” {fault}.", cure


def _translations(form: Form) -> Iterator[Fault]:
    texts = list(texts_of(form))
    languages = {code for text in texts for code, _ in text.words.by_language}
    for language in sorted(languages):
        lacking = [text for text in texts if not _has(text, language)]
        if lacking:
            yield (
                "E232", "warning", lacking[0].spot,
                f"{len(lacking)} of {len(texts)} texts are not in “{language}”; this is the first.",
                f"Pages in “{language}” print them in “{form.language}”. Add the words, or drop the language.",
            )  # fmt: skip


_SPOKEN: Final = re.compile(r"[^\W\d_]{3}")


def _has(text: Text, language: str) -> bool:
    """Tell whether a text is in ``language``, or has no words that need translation (``G``, ``1``, ``{{ x }}``)."""
    own = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text.words.by_language[0][1], flags=re.DOTALL)
    return any(code == language and words for code, words in text.words.by_language) or not _SPOKEN.search(own)


def _templates(form: Form) -> Iterator[Fault]:
    for text in texts_of(form):
        for _, words in text.words.by_language:
            if text.template:
                yield from _parse(text.spot, words, templates.check)
            elif any(mark in words for mark in _TEMPLATE_MARKS):
                yield (
                    "E233", "error", text.spot, "this text is the same on every page and cannot hold {{ names }}.",
                    "Use an item of kind “value” or “text” with text = “…”.",
                )  # fmt: skip
    yield from _parse(Spot(("when",), "when"), form.when, templates.check_expression)


def _parse(spot: Spot, words: str, check: Callable[[str], object]) -> Iterator[Fault]:
    try:
        check(words)
    except FormError as error:
        yield error.code, "error", spot, error.fault, error.cure


_CHECKS: Final[tuple[Callable[[Form], Iterator[Fault]], ...]] = (
    _identity, _kinds, geometry_faults, sum_faults, _notation, _templates, _translations,
)  # fmt: skip
