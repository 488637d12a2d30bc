"""A ward's changes to a form.

An overlay is a form of its own, with its own id and version, that names the form it ``extends`` and
says only what is different: other head keys, items changed by ``link_id``, items and sections added
or removed, further sides. What it does not name stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from papermode.formdef.keys import OVERLAY
from papermode.formdef.positions import Path
from papermode.formdef.values import Reader, read_fields
from papermode.model.form import Form, FormPage, Item, Section

Items = tuple[Item, ...]


def apply_overlay(base: Form, reader: Reader, raw: dict[str, Any]) -> Form | None:
    """Return ``base`` with the changes of the overlay ``raw``; ``None`` if the overlay has no id or version.

    Faults are noted with ``reader``.
    """
    reader.language = base.language
    fields = read_fields(OVERLAY, reader, (), raw)
    for name, key in OVERLAY.keys.items():
        if key.required and name not in raw:
            reader.add("E204", (), f"an overlay needs the key “{name}”.", f"Add a line “{name} = …”.")
    removed: tuple[str, ...] = fields.pop("remove", ())
    items = fields.pop("items", ())
    sections = fields.pop("sections", ())
    pages = base.pages
    for index, name in enumerate(removed):
        pages = _remove(pages, name, reader, ("remove", index))
    for path, given in sections:
        pages = _section(pages, given, reader, path)
    for path, given in items:
        pages = _item(pages, given, reader, path)
    if "id" not in fields or "version" not in fields:
        return None
    if fields["id"] == base.id:
        reader.add("E210", ("id",), "an overlay has the id of the form it extends.", "Give it an id of its own.")
    pages = tuple(page for page in pages if page.sections) + fields.pop("pages", ())
    return replace(base, **fields, pages=pages, source=reader.source)


def _each_section(
    pages: tuple[FormPage, ...], change: Callable[[Section], tuple[Section, ...]]
) -> tuple[FormPage, ...]:
    return tuple(
        replace(page, sections=tuple(new for section in page.sections for new in change(section))) for page in pages
    )


def _each_items(pages: tuple[FormPage, ...], change: Callable[[Items], Items]) -> tuple[FormPage, ...]:
    def section(old: Section) -> tuple[Section, ...]:
        cells = tuple(replace(cell, lines=change(cell.lines), items=change(cell.items)) for cell in old.cells)
        rows = tuple(replace(row, items=change(row.items)) for row in old.grid_rows)
        return (replace(old, items=change(old.items), cells=cells, grid_rows=rows),)

    return _each_section(pages, section)


def _names(pages: tuple[FormPage, ...]) -> tuple[set[str], set[str]]:
    """Return the section ids and the link_ids of a form's pages."""
    link_ids: set[str] = set()

    def collect(items: Items) -> Items:
        link_ids.update(item.link_id for item in items if item.link_id)
        return items

    _each_items(pages, collect)
    return {section.id for page in pages for section in page.sections if section.id}, link_ids


def _not_there(reader: Reader, path: Path, name: str, what: str, known: set[str]) -> None:
    near = get_close_matches(name, sorted(known), n=1)
    cure = f"Did you mean “{near[0]}”?" if near else "See the form that it extends: papermode forms show ID."
    reader.add("E211", path, f"the form that this extends has no {what} “{name}”.", cure)


def _remove(pages: tuple[FormPage, ...], name: str, reader: Reader, path: Path) -> tuple[FormPage, ...]:
    section_ids, link_ids = _names(pages)
    if name in section_ids:
        return _each_section(pages, lambda section: () if section.id == name else (section,))
    if name not in link_ids:
        _not_there(reader, path, name, "item or section", section_ids | link_ids)
    return _each_items(pages, lambda items: tuple(item for item in items if item.link_id != name))


def _section(pages: tuple[FormPage, ...], given: dict[str, Any], reader: Reader, path: Path) -> tuple[FormPage, ...]:
    section_ids, _ = _names(pages)
    after = given.pop("after", "")
    name = given.get("id", "")
    if after:
        if after not in section_ids:
            _not_there(reader, (*path, "after"), after, "section", section_ids)
        if name in section_ids:
            reader.add("E211", (*path, "id"), f"there is a section “{name}” already.", "Give the new one another id.")
        new = Section(**given)
        return _each_section(pages, lambda old: (old, new) if old.id == after else (old,))
    if not name:
        reader.add(
            "E204", path, "this section names no section to change, and no place for a new one.",
            "Add id = … to change one, or after = … to add one.",
        )  # fmt: skip
    elif name not in section_ids:
        _not_there(reader, (*path, "id"), name, "section", section_ids)
    return _each_section(pages, lambda old: (replace(old, **given),) if old.id == name else (old,))


def _item(pages: tuple[FormPage, ...], given: dict[str, Any], reader: Reader, path: Path) -> tuple[FormPage, ...]:
    section_ids, link_ids = _names(pages)
    after, into = given.pop("after", ""), given.pop("into", "")
    name = given.get("link_id", "")
    if not after and not into:
        if not name:
            reader.add(
                "E204", path, "this item names no item to change, and no place for a new one.",
                "Add link_id = … to change one, or after = … or into = … to add one.",
            )  # fmt: skip
        elif name not in link_ids:
            _not_there(reader, (*path, "link_id"), name, "item", link_ids)
        return _each_items(
            pages, lambda items: tuple(replace(item, **given) if item.link_id == name else item for item in items)
        )
    if "kind" not in given:
        reader.add("E204", path, "an item needs the key “kind”.", "Add a line “kind = …”.")
        return pages
    if name in link_ids:
        reader.add("E211", (*path, "link_id"), f"there is an item “{name}” already.", "Give the new one another name.")
    new = Item(**given)
    if into:
        if into not in section_ids:
            _not_there(reader, (*path, "into"), into, "section", section_ids)
        return _each_section(pages, lambda old: (replace(old, items=(*old.items, new)) if old.id == into else old,))
    if after not in link_ids:
        _not_there(reader, (*path, "after"), after, "item", link_ids)
    return _each_items(
        pages, lambda items: tuple(one for old in items for one in ((old, new) if old.link_id == after else (old,)))
    )
