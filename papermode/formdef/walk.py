"""Goes through a form: every item and every text, with where it stands in the form's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from papermode.formdef.positions import Path
from papermode.model.form import Form, Item, Section, Words


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a form: its path in the file, and in words."""

    path: Path
    words: str

    def at(self, key: str) -> Spot:
        """Return the place of one key of this."""
        return Spot((*self.path, key), self.words)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a form; ``template`` says whether it may hold names to fill in."""

    spot: Spot
    words: Words
    template: bool = False


def sections_of(form: Form) -> Iterator[tuple[Spot, Section]]:
    """Go through the sections of all pages."""
    for p, page in enumerate(form.pages):
        for s, section in enumerate(page.sections):
            name = f" “{section.id}”" if section.id else ""
            yield Spot(("page", p, "section", s), f"page {p + 1}, section {s + 1}{name}"), section


def item_spot(base: Spot, key: str, index: int, item: Item) -> Spot:
    """Return the place of an item of ``base``."""
    name = f"“{item.link_id}”" if item.link_id else str(index + 1)
    return Spot((*base.path, key, index), f"{base.words}, {key} {name}")


def items_of(form: Form) -> Iterator[tuple[Spot, Item]]:
    """Go through all items: of flows, of cells (their lines too) and of grid rows."""
    for spot, section in sections_of(form):
        yield from _section_items(spot, section)


def _section_items(spot: Spot, section: Section) -> Iterator[tuple[Spot, Item]]:
    for i, item in enumerate(section.items):
        yield item_spot(spot, "item", i, item), item
    for c, cell in enumerate(section.cells):
        here = Spot((*spot.path, "cell", c), f"{spot.words}, cell {c + 1}")
        for i, item in enumerate(cell.lines):
            yield item_spot(here, "line", i, item), item
        for i, item in enumerate(cell.items):
            yield item_spot(here, "item", i, item), item
    for r, row in enumerate(section.grid_rows):
        here = Spot((*spot.path, "row", r), f"{spot.words}, row {r + 1}")
        for i, item in enumerate(row.items):
            yield item_spot(here, "item", i, item), item


def texts_of(form: Form) -> Iterator[Text]:
    """Go through everything that is printed in words, empty texts left out."""
    yield from (text for text in _texts_of(form) if text.words)


def _texts_of(form: Form) -> Iterator[Text]:
    yield Text(Spot(("title",), "the title"), form.title)
    for p, page in enumerate(form.pages):
        yield Text(Spot(("page", p, "title"), f"page {p + 1}, title"), page.title)
    for spot, section in sections_of(form):
        yield Text(spot.at("title"), section.title)
        yield Text(spot.at("row_text"), section.row_text, template=True)
        for c, cell in enumerate(section.cells):
            yield Text(Spot((*spot.path, "cell", c, "head"), f"{spot.words}, cell {c + 1}"), cell.head)
        for r, row in enumerate(section.grid_rows):
            here = Spot((*spot.path, "row", r), f"{spot.words}, row {r + 1}")
            yield Text(here.at("label"), row.label)
            yield Text(here.at("notes"), row.notes)
        for place, item in _section_items(spot, section):
            yield Text(place.at("label"), item.label)
            yield Text(place.at("text"), item.text, template=True)
            for o, option in enumerate(item.options):
                yield Text(Spot((*place.path, "options", o), f"{place.words}, answer “{option.value}”"), option.label)
