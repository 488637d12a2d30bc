"""A form as a tree of questions, the shape that its Questionnaire and all its responses share.

A side of the form is a group, so is each of its sections. The rows of a table and the columns of a grid
(and runs of cells in a row) are repeating groups; each instance says which row or column it is in an
item ``<group>.no``, and a row says its printed words in ``<group>.text``. linkIds of questions are those of
the form, those of groups are ``p<side>``, ``p<side>.s<section>`` and what follows below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from papermode.model.form import PRINTED_KINDS, Cell, Form, Item, Option, Section, Words

Repeats = Literal["", "row", "column"]
_YES_NO: Final = (
    Option("yes", Words((("en", "yes"), ("fr", "oui")))),
    Option("no", Words((("en", "no"), ("fr", "non")))),
)


@dataclass(frozen=True, slots=True)
class Node:
    """A group, or a question (``item`` is set)."""

    link_id: str
    text: Words = field(default_factory=Words)
    item: Item | None = None
    bound: Literal["", "no", "text"] = ""
    """Not asked but bound to the instance of a repeating group: its number, or its words."""
    repeats: Repeats = ""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands: the groups above it, from the side of the form down."""

    node: Node
    above: tuple[Node, ...]

    @property
    def item(self) -> Item:
        """The item of the form."""
        assert self.node.item is not None  # noqa: S101 - places are made of questions only
        return self.node.item

    def fits(self, row: int | None, column: int | None) -> bool:
        """Tell whether an answer with this row and column can stand here."""
        kinds = {n.repeats for n in self.above}
        return (row is not None) == ("row" in kinds) and (column is not None) == ("column" in kinds)


def options_of(item: Item) -> tuple[Option, ...]:
    """Return the answers of a question with marks; yes and no for a ``yesno``, the item itself for a ``mark``."""
    if item.options:
        return item.options
    if item.kind == "yesno":
        return _YES_NO
    return (Option("yes", item.label),) if item.kind == "mark" else ()


def outline(form: Form) -> tuple[Node, ...]:
    """Return the sides of a form that ask something."""
    sides = []
    for number, page in enumerate(form.pages, 1):
        link_id = f"p{number}"
        sections = [_section(f"{link_id}.s{n}", s) for n, s in enumerate(page.sections, 1)]
        children = tuple(s for s in sections if s.children)
        if children:
            sides.append(Node(link_id, page.title or form.title, children=children))
    return tuple(sides)


def places(sides: Iterable[Node]) -> dict[str, Place]:
    """Return every question by its link_id."""
    return {place.node.link_id: place for place in _walk(sides, ()) if not place.node.bound}


def _walk(nodes: Iterable[Node], above: tuple[Node, ...]) -> Iterator[Place]:
    for node in nodes:
        if node.item is not None:
            yield Place(node, above)
        yield from _walk(node.children, (*above, node))


def _section(link_id: str, section: Section) -> Node:
    if section.kind == "table":
        return _table(link_id, section)
    if section.kind == "grid":
        asked = [(item, row.label) for row in section.grid_rows for item in row.items]
        column = _repeating(f"{link_id}.column", "column", _questions(asked))
        return Node(link_id, section.title, children=column)
    return Node(link_id, section.title, children=_questions((item, Words()) for item in section.items))


def _table(link_id: str, section: Section) -> Node:
    row_id = f"{link_id}.row"
    children: list[Node] = []
    for number, cell in enumerate(section.cells, 1):
        asked = _questions((item, cell.head) for item in cell.items)
        children += _repeating(f"{row_id}.c{number}", "column", asked, cell) if cell.repeat > 1 else asked
    return Node(link_id, section.title, children=_repeating(row_id, "row", tuple(children)))


def _repeating(link_id: str, repeats: Repeats, asked: tuple[Node, ...], cell: Cell | None = None) -> tuple[Node, ...]:
    """Return the repeating group of these questions, as a tuple of one, or of none if nothing is asked."""
    if not asked:
        return ()
    bound = [Node(f"{link_id}.no", _WORDS[repeats], Item("integer", f"{link_id}.no"), "no")]
    if repeats == "row":
        bound.append(Node(f"{link_id}.text", _WORDS["text"], Item("line", f"{link_id}.text"), "text"))
    return (Node(link_id, cell.head if cell else Words(), repeats=repeats, children=(*bound, *asked)),)


def _questions(items: Iterable[tuple[Item, Words]]) -> tuple[Node, ...]:
    """Return the questions among the items; the options of a question whose marks stand in two items are joined."""
    found: dict[str, Node] = {}
    for item, head in items:
        if item.kind in PRINTED_KINDS:
            continue
        for part in _parts(item):
            before = found.get(part.link_id)
            if before is not None and before.item is not None:
                part = replace(before.item, options=before.item.options + part.options)
            found[part.link_id] = Node(part.link_id, part.label or head, part)
    return tuple(found.values())


def _parts(item: Item) -> tuple[Item, ...]:
    """Return the boxes that an item is: a signature has a date and a time with it."""
    if item.kind != "signature":
        return (item,)
    date = Item("date", f"{item.link_id}.date", Words((("en", "Date"), ("fr", "Date"))), required=item.required)
    time = Item("time", f"{item.link_id}.time", Words((("en", "Time"), ("fr", "Heure"))), required=item.required)
    return item, date, time


_WORDS: Final = {
    "row": Words((("en", "Row"), ("fr", "Ligne"))),
    "column": Words((("en", "Column"), ("fr", "Colonne"))),
    "text": Words((("en", "Printed"), ("fr", "Imprimé"))),
}
