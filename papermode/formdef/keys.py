"""The keys of a form file: which table has which, and the field of the model that each one fills.

A key is called as its field, but for these: lists of tables are in the singular as TOML writes them
(``[[page.section.item]]``), a time grid's ``[[…row]]`` fills ``grid_rows``, and ``min`` and ``max`` are
short for ``minimum`` and ``maximum``. ``docs/forms.md`` explains every one; a test keeps it complete.
"""

from __future__ import annotations

from typing import Final, get_args

from papermode.formdef import values as v
from papermode.formdef.values import Key, Table
from papermode.model.form import Cell, Form, FormPage, GridRow, Item, ItemKind, Section, SectionKind, Subject
from papermode.model.layout import Band

_LINK_ID = v.matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "Use letters, digits, dot, hyphen and underscore.")
_NAME = v.matching(r"(?:[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*)?", "Write the name of a list, e.g. orders.")

_TERM = v.matching(r"-?[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "Write a link_id, with a hyphen before it to take it away.")

BAND: Final = Table(
    "band",
    Band,
    {
        "score": Key("score", v.whole(-999, 999), required=True),
        "min": Key("minimum", v.digits),
        "max": Key("maximum", v.digits),
        "question": Key("question", _LINK_ID),
        "answer": Key("answer", v.text),
    },
)

ITEM: Final = Table(
    "item",
    Item,
    {
        "kind": Key("kind", v.one_of(*get_args(ItemKind)), required=True),
        "link_id": Key("link_id", _LINK_ID),
        "label": Key("label", v.words),
        "text": Key("text", v.words),
        "each": Key("each", _NAME),
        "x": Key("x", v.length),
        "y": Key("y", v.length),
        "w": Key("w", v.length),
        "h": Key("h", v.length),
        "size": Key("size", v.points),
        "bold": Key("bold", v.flag),
        "align": Key("align", v.one_of("left", "center", "right")),
        "options": Key("options", v.options),
        "label_side": Key("label_side", v.one_of("right", "above", "left")),
        "pitch": Key("pitch", v.length),
        "cells": Key("cells", v.whole(0, 40)),
        "point": Key("point", v.whole(0, 40)),
        "cell_w": Key("cell_w", v.length),
        "cell_h": Key("cell_h", v.length),
        "unit": Key("unit", v.text),
        "code": Key("code", v.code),
        "required": Key("required", v.flag),
        "min": Key("minimum", v.digits),
        "max": Key("maximum", v.digits),
        "rule": Key("rule", v.text),
        "bands": Key("bands", v.tables(BAND)),
        "marks": Key("marks", _LINK_ID),
        "sum": Key("sum", v.sequence(_TERM)),
        "sign": Key("sign", _LINK_ID),
        "series": Key("series", v.strings),
        "border": Key("border", v.flag),
        "bullet": Key("bullet", v.flag),
        "gray": Key("gray", v.whole(85, 100)),
    },
)

CELL: Final = Table(
    "cell",
    Cell,
    {
        "x": Key("x", v.length, required=True),
        "w": Key("w", v.length, required=True),
        "y": Key("y", v.length),
        "h": Key("h", v.length),
        "head": Key("head", v.words),
        "repeat": Key("repeat", v.whole(1, 100)),
        "pitch": Key("pitch", v.length),
        "pitch_y": Key("pitch_y", v.length),
        "line": Key("lines", v.tables(ITEM)),
        "item": Key("items", v.tables(ITEM)),
        "border": Key("border", v.flag),
    },
)

GRID_ROW: Final = Table(
    "row",
    GridRow,
    {
        "label": Key("label", v.words, required=True),
        "h": Key("h", v.length, required=True),
        "notes": Key("notes", v.words),
        "past": Key("past", v.text),
        "item": Key("items", v.tables(ITEM)),
    },
)

SECTION: Final = Table(
    "section",
    Section,
    {
        "id": Key("id", _LINK_ID),
        "kind": Key("kind", v.one_of(*get_args(SectionKind))),
        "title": Key("title", v.words),
        "x": Key("x", v.length),
        "y": Key("y", v.length),
        "w": Key("w", v.length),
        "h": Key("h", v.length),
        "border": Key("border", v.flag),
        "item": Key("items", v.tables(ITEM)),
        "rows": Key("rows", _NAME),
        "row_h": Key("row_h", v.length),
        "page_rows": Key("page_rows", v.whole(0, 100)),
        "blank_rows": Key("blank_rows", v.whole(0, 100)),
        "row_text": Key("row_text", v.words),
        "head_h": Key("head_h", v.length),
        "cell": Key("cells", v.tables(CELL)),
        "columns": Key("columns", v.whole(0, 60)),
        "column_w": Key("column_w", v.length),
        "label_w": Key("label_w", v.length),
        "past_columns": Key("past_columns", v.whole(0, 60)),
        "past_w": Key("past_w", v.length),
        "row": Key("grid_rows", v.tables(GRID_ROW)),
    },
)

PAGE: Final = Table(
    "page",
    FormPage,
    {
        "title": Key("title", v.words),
        "section": Key("sections", v.tables(SECTION), required=True),
    },
)

_FORM_ID = v.matching(r"[0-9A-Z.-]{1,8}", "Use at most 8 of 0-9, A-Z, hyphen and dot: the id is in every page's code.")
_HEAD: Final[dict[str, Key]] = {
    "id": Key("id", _FORM_ID, required=True),
    "version": Key("version", v.whole(1, 9999), required=True),
    "title": Key("title", v.words, required=True),
    "subject": Key("subject", v.one_of(*get_args(Subject))),
    "language": Key("language", v.matching(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", "Use a code like en or pt-BR.")),
    "when": Key("when", v.text),
    "sheets": Key("sheets", v.whole(1, 60)),
    "sheet_hours": Key("sheet_hours", v.whole(1, 168)),
    "licence": Key("licence", v.text),
    "code": Key("code", v.code),
}

FORM: Final = Table("form", Form, {**_HEAD, "page": Key("pages", v.tables(PAGE), required=True)})

_BASE = v.matching(r"[0-9A-Z.-]{1,8}(?:@[1-9][0-9]{0,3})?", "Write the id of a form, or id@version.")
OVERLAY_ITEM: Final = Table(
    "item",
    Item,
    {
        **{name: Key(key.field, key.convert) for name, key in ITEM.keys.items()},
        "after": Key("after", _LINK_ID),
        "into": Key("into", _LINK_ID),
    },
)
OVERLAY_SECTION: Final = Table("section", Section, {**SECTION.keys, "after": Key("after", _LINK_ID)})

OVERLAY: Final = Table(
    "overlay",
    Form,
    {
        **{name: key for name, key in _HEAD.items() if name not in ("title", "language")},
        "title": Key("title", v.words),
        "extends": Key("extends", _BASE, required=True),
        "remove": Key("remove", v.sequence(_LINK_ID)),
        "item": Key("items", v.raw_tables(OVERLAY_ITEM)),
        "section": Key("sections", v.raw_tables(OVERLAY_SECTION)),
        "page": Key("pages", v.tables(PAGE)),
    },
)
