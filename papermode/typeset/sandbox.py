"""The sandbox that templates of forms run in: which parts of Jinja2 they may use, and on what.

:func:`objection` says why a part of a template is not allowed, before it runs; :data:`ENVIRONMENT` is
what it runs in. Every rule that is broken while it runs raises :class:`Refused`, which
:mod:`papermode.typeset.templates` turns into an error with a place.
"""

from __future__ import annotations

from typing import Any, Final

from jinja2 import StrictUndefined, nodes, tests
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing, pass_context

MAX_OUTPUT: Final = 20_000
"""Longest text a template may print, in characters."""
MAX_STEPS: Final = 10_000
"""Most loop steps of one rendering, all loops together."""
MAX_RANGE: Final = 1_000
"""Most numbers of one ``range()``."""
_MAX_NUMBER: Final = 10**12

_PLAIN: Final = (str, int, dict, list, tuple, type(None))
_LOOP_NAMES: Final = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})
STEPS: Final = "_steps"
"""The name of a rendering's account of loop steps, and of the filter that keeps it."""

ALLOWED: Final[tuple[type[nodes.Node], ...]] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.If, nodes.For, nodes.Assign, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Neg, nodes.Add, nodes.Sub, nodes.Mul, nodes.FloorDiv, nodes.Mod, nodes.Filter,
    nodes.Test, nodes.Call, nodes.List, nodes.Tuple,
)  # fmt: skip
_WHY_NOT: Final[dict[type[nodes.Node], str]] = {
    nodes.Concat: "Write {{ a }}{{ b }} instead of {{ a ~ b }}.",
    nodes.Pow: "Forms do not calculate powers.",
    nodes.Div: "Use // for whole numbers; other numbers keep the digits of the source.",
}


class Refused(Exception):  # noqa: N818 (never leaves typeset)
    """A rule was broken while a template ran."""

    def __init__(self, code: str, fault: str, cure: str) -> None:
        self.code, self.fault, self.cure = code, fault, cure
        super().__init__(fault)


def too_long() -> Refused:
    """Return the refusal of a text that is too long."""
    return Refused("E214", f"the text is longer than {MAX_OUTPUT:,} characters.", "Print less in one item.")


class _Missing(StrictUndefined):
    """A name that is not there. Its message is the bare name; :mod:`papermode.typeset.templates` completes it."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return self._undefined_name or "?"


def _want(value: object, kind: type | tuple[type, ...], filter_name: str) -> Any:
    if isinstance(value, Undefined):
        str(value)  # raises, naming the missing value
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Refused(
            "E215", f"the filter “{filter_name}” cannot work on this value.", "See docs/forms.md for what each takes."
        )
    return value


def _plain_text(value: object) -> str:
    """Return what is printed for a value: words and whole numbers as they are, ``None`` as nothing."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, Undefined):
        return str(value)  # raises, naming the missing value
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        fault, cure = "a yes-or-no value has no words of its own.", "Write {% if … %}words{% endif %}."
    elif isinstance(value, list | tuple | dict):
        fault, cure = "a whole list or record cannot be printed.", "Name one value in it, or use {% for … %} or join."
    else:
        fault = f"a value of type {type(value).__name__} cannot be printed."
        cure = "Give templates words and whole numbers only; numbers keep the digits of the source."
    raise Refused("E215", fault, cure)


def _join(value: object, separator: str = "") -> str:
    return separator.join([_plain_text(entry) for entry in _want(value, (list, tuple), "join")])


def _default(value: object, fallback: object = "") -> object:
    return fallback if isinstance(value, Undefined) or value is None else value


def _length(value: object) -> int:
    return len(_want(value, (str, list, tuple, dict), "length"))


def _first(value: object) -> object:
    entries = _want(value, (str, list, tuple), "first")
    return entries[0] if entries else None


def _last(value: object) -> object:
    entries = _want(value, (str, list, tuple), "last")
    return entries[-1] if entries else None


def _replace(value: object, old: str, new: str) -> str:
    text: str = _want(value, str, "replace")
    if not old or len(text) + text.count(old) * len(new) > MAX_OUTPUT:
        raise too_long()
    return text.replace(old, new)


def _where(value: object, key: str, wanted: object) -> list[object]:
    """Return the entries of a list of records whose ``key`` is ``wanted``."""
    return [e for e in _want(value, (list, tuple), "where") if type(e) is dict and e.get(key) == wanted]


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise Refused("E214", f"range() has more than {MAX_RANGE:,} numbers.", "Count less far.")
    return numbers


@pass_context
def _counted(context: Context, value: object) -> object:
    """Pass on what a loop runs over, after adding its steps to the rendering's account."""
    if isinstance(value, Undefined):
        str(value)  # raises, naming the missing list
    if not isinstance(value, list | tuple | dict | range):
        raise Refused("E215", "{% for %} needs a list.", "Name a list of the data, or use {% if %}.")
    account = context.vars.get(STEPS) or context.parent[STEPS]
    account[0] += len(value)
    if account[0] > MAX_STEPS:
        raise Refused("E214", f"the loops take more than {MAX_STEPS:,} steps.", "Nest fewer loops.")
    return value


def plain(value: object) -> object:
    """Return ``value`` if a template may see it: words, whole numbers, yes or no, nothing, records and lists."""
    if not isinstance(value, _PLAIN):
        raise Refused("E215", f"a value of type {type(value).__name__} was given to a form.", "Give plain values only.")
    return value


class _Context(Context):
    """Names of the context, each checked when it is used."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return a value that a template may see, or Jinja2's ``missing``."""
        value = super().resolve_or_missing(key)
        return value if value is missing or value is _range else plain(value)


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox, narrowed: names are keys of dictionaries, and arithmetic stays small."""

    context_class = _Context
    intercepted_binops = frozenset({"+", "-", "*", "//", "%"})

    def __init__(self) -> None:
        super().__init__(
            autoescape=False, undefined=_Missing, keep_trailing_newline=True, finalize=_plain_text, cache_size=0
        )
        self.globals = {"range": _range}
        self.filters = {
            "join": _join, "default": _default, "length": _length, "count": _length, "first": _first, "last": _last,
            "replace": _replace, "where": _where, STEPS: _counted,
            "upper": lambda value: _want(value, str, "upper").upper(),
            "lower": lambda value: _want(value, str, "lower").lower(),
            "trim": lambda value: _want(value, str, "trim").strip(),
        }  # fmt: skip
        known = ("defined", "undefined", "none", "string", "number", "odd", "even", "in", "true", "false")
        self.tests = {name: tests.TESTS[name] for name in known}

    def getattr(self, obj: object, attribute: str) -> object:
        """Look a name up in a record; nothing else has names (but ``loop``)."""
        if type(obj) is dict:
            return plain(obj[attribute]) if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in _LOOP_NAMES:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            str(obj)  # raises, naming the missing value
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Look an entry up: ``list[0]`` or ``record['key']``."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if type(obj) in (list, tuple, str) and type(argument) is int:
            entries: Any = obj
            if -len(entries) <= argument < len(entries):
                return plain(entries[argument])
        elif isinstance(obj, Undefined):
            str(obj)
        return self.undefined(obj=obj, name=str(argument) if type(argument) is int else "entry")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate with small whole numbers; ``+`` joins words too."""
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)
        if type(left) is str and type(right) is str and operator == "+":
            if len(left) + len(right) > MAX_OUTPUT:
                raise too_long()
            return left + right
        if type(left) is not int or type(right) is not int:
            raise Refused("E215", f"“{operator}” works on whole numbers only.", "Numbers of the data are words.")
        if abs(left) > _MAX_NUMBER or abs(right) > _MAX_NUMBER:
            raise Refused("E214", "a number is too large.", "Calculate with smaller numbers.")
        return super().call_binop(context, operator, left, right)


ENVIRONMENT: Final = Environment()


def objection(node: nodes.Node) -> tuple[str, str] | None:
    """Return (fault, cure) if a part of a template is not allowed."""
    cure = "See “Templates” in docs/forms.md for what forms can do."
    fault = ""
    if not isinstance(node, ALLOWED):
        fault = f"“{type(node).__name__.lower()}” is not part of the form language."
        cure = _WHY_NOT.get(type(node), cure)
    elif isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
        fault = "only range() can be called."
    elif isinstance(node, nodes.Name) and node.name.startswith("_"):
        fault = f"the name “{node.name}” begins with an underscore."
    elif isinstance(node, nodes.Filter) and (node.name == STEPS or node.name not in ENVIRONMENT.filters):
        fault = f"there is no filter “{node.name}”."
    elif isinstance(node, nodes.Test) and node.name not in ENVIRONMENT.tests:
        fault = f"there is no test “{node.name}”."
    elif isinstance(node, nodes.For) and node.recursive:
        fault = "a loop cannot call itself."
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        fault = "a text cannot be cut: pages print the whole of it."
    elif isinstance(node, nodes.List | nodes.Tuple) and _holds_more_than_constants(node):
        fault = "a list in a template holds words and numbers only."
    return (fault, cure) if fault else None


def _holds_more_than_constants(node: nodes.List | nodes.Tuple) -> bool:
    if isinstance(node, nodes.Tuple) and node.ctx != "load":  # {% for key, value in … %}
        return False
    return not all(isinstance(entry, nodes.Const) for entry in node.items)
