"""The templates in a form's texts: a small, safe and fast part of Jinja2.

Forms are edited by wards, so a template is treated as input from outside: it can read the values it
is given and nothing else, it cannot run long and it cannot grow large. Three fences, one inside the
other:

* only the parts of the language listed in :data:`papermode.typeset.sandbox.ALLOWED` are accepted (no macros, includes,
  calls, ``~`` or ``**``), with the filters and tests of :class:`~papermode.typeset.sandbox.Environment`;
* what is accepted runs in Jinja2's immutable sandbox, with names looked up in plain dictionaries
  only: a value that is not a str, int, bool, None, dict, list or tuple is refused;
* template, loop steps and output are bounded.

A missing name is an error, never an empty place on a page. ``None`` prints as nothing. Autoescape is
off: the text goes to paper, not to a browser.

Most templates are words and plain names (``{{ order.dose }}``). They are rendered without Jinja2, and
any doubt (a missing name, a value of another type) is left to Jinja2, so that both give the same text
and the same errors; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NoReturn

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.exceptions import TemplateAssertionError
from jinja2.parser import Parser

from papermode.errors import FormError
from papermode.typeset.sandbox import ENVIRONMENT, MAX_OUTPUT, STEPS, Refused, objection, too_long

MAX_TEMPLATE: Final = 64 * 1024
"""Longest template, in bytes of UTF-8."""

_TRIGGERS: Final = ("{{", "{%", "{#")
_NAME = re.compile(r"\{\{[ \t]*([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*)[ \t]*\}\}")
_KEYWORDS: Final = frozenset(
    "true false none True False None not and or in is if else elif loop self".split()  # noqa: SIM905 (a list of words)
)

Render = Callable[[Mapping[str, object]], str]


def render(template: str, context: Mapping[str, object]) -> str:
    """Return ``template`` filled with the values of ``context``.

    Raises:
        FormError: E212 the template is not valid, E213 a name is missing, E214 a limit is passed, E215 a
            value cannot be printed, E216 the template asks for something forms may not do.
    """
    return _compiled(template)(context)


def evaluate(expression: str, context: Mapping[str, object]) -> bool:
    """Return whether ``expression`` holds for ``context``; an empty expression always does.

    Raises:
        FormError: as :func:`render`.
    """
    if not expression.strip():
        return True
    return _compiled_expression(expression)(context) == "1"


@lru_cache(maxsize=8192)
def check(template: str) -> tuple[str, ...]:
    """Return the names that ``template`` reads from its context, dotted (``patient.name``), sorted.

    Raises:
        FormError: E212, E214 or E216 as :func:`render`, with the line in the template.
    """
    return _names(_parsed(template)) if any(mark in template for mark in _TRIGGERS) else ()


@lru_cache(maxsize=2048)
def check_expression(expression: str) -> tuple[str, ...]:
    """Return the names that ``expression`` reads, as :func:`check` does for a template."""
    return _names(_parsed_expression(expression)) if expression.strip() else ()


# --- errors -----------------------------------------------------------------------------------------


def _place(template: str, line: int = 0) -> str:
    """Say which template: its first words; form texts hold no patient data."""
    first = " ".join(template.split())
    shown = first if len(first) <= 48 else first[:47] + "…"
    return f"template “{shown}”" + (f", line {line}" if line else "")


def _fail(code: str, template: str, fault: str, cure: str, line: int = 0) -> NoReturn:
    raise FormError(code, place=_place(template, line), fault=fault, cure=cure)


# --- compiling --------------------------------------------------------------------------------------

_SYNTAX_ERRORS = (TemplateSyntaxError, RecursionError, SyntaxError, MemoryError, ValueError, OverflowError)


def _parsed(template: str) -> nodes.Template:
    """Parse a template, refuse what is not allowed, and put the step account into its loops."""
    return _guarded(template, lambda: ENVIRONMENT.parse(template))


def _parsed_expression(expression: str) -> nodes.Template:
    """Parse an expression into a template that prints 1 where it holds."""

    def parse() -> nodes.Template:
        parser = Parser(ENVIRONMENT, expression, state="variable")
        test = parser.parse_expression()
        if not parser.stream.eos:
            raise TemplateSyntaxError("this is more than one expression", parser.stream.current.lineno)
        body: list[nodes.Node] = [nodes.If(test, [nodes.Output([nodes.TemplateData("1")], lineno=1)], [], [], lineno=1)]
        tree = nodes.Template(body, lineno=1)
        tree.set_environment(ENVIRONMENT)
        return tree

    return _guarded(expression, parse)


def _guarded(source: str, parse: Callable[[], nodes.Template]) -> nodes.Template:
    if len(source.encode("utf-8", "replace")) > MAX_TEMPLATE:
        _fail("E214", source, "the template is longer than 64 KiB.", "Split the item.")
    try:
        tree = parse()
        for node in tree.find_all(nodes.Node):
            refused = objection(node)
            if refused is not None:
                _fail("E216", source, *refused, line=node.lineno)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, STEPS, [], [], None, None, lineno=loop.lineno)
            loop.iter.set_environment(ENVIRONMENT)
    except TemplateSyntaxError as error:
        code = "E216" if isinstance(error, TemplateAssertionError) else "E212"
        message = (error.message or "it cannot be understood").rstrip(".")
        _fail(code, source, f"the template is not valid: {message}.", "See “Templates” in docs/forms.md.", error.lineno)
    except _SYNTAX_ERRORS:
        _fail("E212", source, "the template is not valid: it is nested too deeply or has too large a number.",
              "Make it simpler.")  # fmt: skip
    return tree


def _names(tree: nodes.Template) -> tuple[str, ...]:
    free = meta.find_undeclared_variables(tree) - {"range"}
    inner: set[int] = set()
    found: set[str] = set()
    for node in tree.find_all((nodes.Getattr, nodes.Name)):  # outermost first
        path: list[str] = []
        part: nodes.Node = node
        while isinstance(part, nodes.Getattr):
            path.append(part.attr)
            part = part.node
            if id(node) not in inner:
                inner.add(id(part))
        if isinstance(part, nodes.Name) and part.name in free and id(node) not in inner:
            found.add(".".join([part.name, *reversed(path)]))
    return tuple(sorted(found))


@lru_cache(maxsize=8192)
def _compiled(template: str) -> Render:
    if not any(mark in template for mark in _TRIGGERS):
        return _constant(template)
    full = _by_jinja(template, _parsed(template))
    parts = _plain_parts(template)
    return full if parts is None else _by_names(parts, full)


@lru_cache(maxsize=2048)
def _compiled_expression(expression: str) -> Render:
    return _by_jinja(expression, _parsed_expression(expression))


def _constant(text: str) -> Render:
    return lambda _context: text


def _by_jinja(source: str, tree: nodes.Template) -> Render:
    """Compile a checked tree; its renderer turns every failure into a :class:`FormError`."""
    try:
        code = ENVIRONMENT.compile(tree)
    except Refused as error:
        _fail(error.code, source, error.fault, error.cure)
    except _SYNTAX_ERRORS:
        _fail("E212", source, "the template is not valid: it is nested too deeply.", "Make it simpler.")
    template = ENVIRONMENT.template_class.from_code(ENVIRONMENT, code, ENVIRONMENT.globals)
    root = template.root_render_func
    names = _names(tree)
    new_context = template.new_context

    def run(context: Mapping[str, object]) -> str:
        try:
            return "".join(_bounded(root(new_context({**context, STEPS: [0]}))))
        except UndefinedError as error:
            cure = "Correct the name, or say what to print without it: {{ name | default('…') }}."
            fault = f"“{_full_name(error.message or '?', names)}” is not in the data of this place."
            _fail("E213", source, fault, cure)
        except Refused as error:
            _fail(error.code, source, error.fault, error.cure)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            # The message of such an error may quote a value, and messages carry no patient data.
            _fail("E215", source, f"the template cannot be filled in ({type(error).__name__}).",
                  "Compare words with words and numbers with numbers.")  # fmt: skip

    return run


def _full_name(missing: str, names: tuple[str, ...]) -> str:
    """Return the dotted name of the template up to ``missing``, where there is just one such."""
    found = {
        ".".join(parts[: parts.index(missing) + 1]) for parts in (name.split(".") for name in names) if missing in parts
    }
    return found.pop() if len(found) == 1 else missing


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > MAX_OUTPUT:
            raise too_long()
        yield piece


# --- the short way ----------------------------------------------------------------------------------


def _plain_parts(template: str) -> list[tuple[str, tuple[str, ...]]] | None:
    """Split a template into (words before, name path); ``None`` if it holds more than names.

    The words after the last name have an empty path.
    """
    if "\r" in template:  # Jinja2 rewrites line ends
        return None
    parts: list[tuple[str, tuple[str, ...]]] = []
    end = 0
    for match in _NAME.finditer(template):
        path = tuple(match[1].split("."))
        parts.append((template[end : match.start()], path))
        end = match.end()
        if not _KEYWORDS.isdisjoint(path) or path == ("range",):
            return None
    parts.append((template[end:], ()))
    for words, path in parts:
        if any(mark in words for mark in _TRIGGERS) or (path and words.endswith("{")):
            return None
    return parts


def _by_names(parts: list[tuple[str, tuple[str, ...]]], full: Render) -> Render:
    steps = [(words, path[0], path[1:]) for words, path in parts if path]
    tail = parts[-1][0]

    def run(context: Mapping[str, object]) -> str:
        out: list[str] = []
        try:
            for words, name, path in steps:
                value = context[name]
                for key in path:
                    if type(value) is not dict:
                        return full(context)
                    value = value[key]
                if type(value) is str:
                    out += (words, value)
                elif type(value) is int:
                    out += (words, str(value))
                elif value is None:
                    out.append(words)
                else:
                    return full(context)
        except (KeyError, ValueError):
            return full(context)
        out.append(tail)
        text = "".join(out)
        return text if len(text) <= MAX_OUTPUT else full(context)

    return run
