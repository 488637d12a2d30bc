"""The site's recovery policy: what of each form becomes data, what stays a picture, who enters the rest.

It is read from ``recovery.toml``; the one beside this module holds the defaults, the site's own is read after
it. Tables of the file::

    format = "papermode-recovery/1"

    [[rule]]                       # of the rules that name an item, the last one counts
    forms = ["MAR-S", "MAR-*"]     # form ids, * and ? as in file names; an overlay has the rules of its base too
    items = ["mar.*"]              # link_ids, likewise
    do = "enter"                   # enter | image | department | count | nothing
    department = "pharmacy"        # with do = "department": who enters it
    second = true                  # a second, different person must confirm it
    which = "all"                  # or "last-and-abnormal": which values become Observations

    [[measure]]                    # what a number is, where the form's item does not say it
    forms = ["VITALS"]
    item = "v.temp"
    unit = "Cel"                   # UCUM
    normal = ["36.1", "38.0"]      # both included; "last-and-abnormal" keeps these as a picture
    usual = ["A"]                  # likewise, of a question with marks: the answers that count as normal
    time = "written"               # or "period": the form has no box for it, so it is print to confirmation
    how = "adm.weight_how"         # the item that says how the value is known

    [[reason]]                     # what a digit in the box WHY means
    forms = ["MAR-S"]
    value = "1"
    text = "refused"
    code = "system|code"           # optional

Without a rule the picture is filed and nothing is entered. ``count`` is for the ward's own account: people confirm it
like what is entered, ``papermode reconcile`` counts with it, and it is not filed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from papermode.errors import ConfigError
from papermode.export.ucum import CODES
from papermode.model.form import Form

Do = Literal["enter", "image", "department", "count", "nothing"]

FORMAT: Final = "papermode-recovery/1"
DEFAULTS: Final = Path(__file__).with_name("recovery.toml")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of some items."""

    forms: tuple[str, ...]
    items: tuple[str, ...]
    do: Do
    department: str = ""
    second: bool = False
    which: Literal["all", "last-and-abnormal"] = "all"

    @property
    def asked(self) -> bool:
        """Whether a person has to settle what the reader is unsure of."""
        return self.do in ("enter", "count")

    @property
    def filed(self) -> bool:
        """Whether anything of it goes to the EHR, be it a picture."""
        return self.do not in ("count", "nothing")


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a number is."""

    forms: tuple[str, ...]
    item: str
    unit: str = ""
    normal: tuple[str, str] | None = None
    usual: tuple[str, ...] = ()
    time: Literal["written", "period"] = "written"
    how: str = ""


class ReasonWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a digit in WHY means."""

    forms: tuple[str, ...]
    value: str
    text: str
    code: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    rule: tuple[Rule, ...] = ()
    measure: tuple[Measure, ...] = ()
    reason: tuple[ReasonWord, ...] = ()


_Entry = TypeVar("_Entry", Rule, Measure, ReasonWord)
_IMAGE: Final = Rule((), (), "image")
_PLAIN: Final = Measure((), "")


class Policy:
    """The rules of one site, the later ones before the earlier ones."""

    def __init__(self, rules: Iterable[Rule], measures: Iterable[Measure], reasons: Iterable[ReasonWord]) -> None:
        self._rules = tuple(rules)[::-1]
        self._measures = tuple(measures)[::-1]
        self._reasons = tuple(reasons)[::-1]

    def rule(self, form: Form, link_id: str) -> Rule:
        """Return what becomes of an item; a box of a signature has the rule of its own link_id."""
        for rule in self._of(self._rules, form):
            if any(fnmatchcase(link_id, pattern) for pattern in rule.items):
                return rule
        return _IMAGE

    def measure(self, form: Form, link_id: str) -> Measure:
        """Return what the policy knows of a number."""
        return next((m for m in self._of(self._measures, form) if m.item == link_id), _PLAIN)

    def reason(self, form: Form, value: str) -> ReasonWord | None:
        """Return what a digit in WHY means on this form, or ``None`` if nobody has said it."""
        return next((r for r in self._of(self._reasons, form) if r.value == value), None)

    def _of(self, entries: tuple[_Entry, ...], form: Form) -> Iterable[_Entry]:
        """Return the entries for the form itself, then those for the form that it extends."""
        for name in (form.id, form.extends):
            if name:
                yield from (e for e in entries if any(fnmatchcase(name, pattern) for pattern in e.forms))


def load_policy(site: Path | None = None) -> Policy:
    """Return the default policy, with the site's ``recovery.toml`` on top.

    Raises:
        ConfigError: E150 the file cannot be read or is no TOML, E151 a key or value is wrong.
    """
    files = [_read(DEFAULTS), *([_read(site)] if site is not None else [])]
    return Policy(
        (r for f in files for r in f.rule), (m for f in files for m in f.measure), (w for f in files for w in f.reason)
    )


def _read(path: Path) -> _File:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            "E150", place=str(path), fault=f"cannot be read ({error}).", cure="Correct it, or take it away."
        ) from error
    try:
        found = msgspec.convert(table, _File)
    except msgspec.ValidationError as error:
        raise _wrong(path, f"{error}.") from error
    for fault in _faults(found):
        raise _wrong(path, fault)
    return found


def _wrong(path: Path, fault: str) -> ConfigError:
    return ConfigError("E151", place=str(path), fault=fault, cure="Correct what is named.")


def _faults(file: _File) -> Iterable[str]:
    if file.format != FORMAT:
        yield f"has the format {file.format!r}, not {FORMAT!r}."
    for rule in file.rule:
        if (rule.do == "department") != bool(rule.department):
            yield f'a rule for {", ".join(rule.items)} needs `department` with do = "department", and only there.'
    for measure in file.measure:
        if measure.unit and measure.unit not in CODES:
            yield f"{measure.item} has the unit {measure.unit!r}, which is not among {', '.join(sorted(CODES))}."
        if measure.normal is not None:
            try:
                low, high = map(Decimal, measure.normal)
            except InvalidOperation:
                yield f"{measure.item} has a normal range that is no pair of numbers."
            else:
                if not low <= high:
                    yield f"{measure.item} has a normal range that ends before it begins."
