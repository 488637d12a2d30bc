"""Form files: what they become, and what is said of those that cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papermode.errors import FormError
from papermode.formdef.faults import FormFaults
from papermode.formdef.lint import lint
from papermode.formdef.load import Library, load_form, load_library, loads
from papermode.model.form import Cell, Form, FormPage, GridRow, Item, Option, Section, Words

HEAD = 'id = "T"\nversion = 1\ntitle = "Test"\n'
ITEM = HEAD + "[[page]]\n[[page.section]]\n[[page.section.item]]\n"

WHOLE = '''
id = "VITALS"
version = 3
title = { fr = "Constantes", en = "Vitals" }
subject = "ward"
when = "adult"
sheets = 2
sheet_hours = 12
licence = "Thanks"
code = "http://loinc.org|1-8"

[[page]]
title = "One"
[[page.section]]
id = "top"
title = "T"
x = 1
y = 0.5
w = 88.25
h = 40
border = true
[[page.section.item]]
kind = "choice"
link_id = "pain"
label = "Pain"
options = ["given=G", "N", 2, { value = "x", label = { en = "X", fr = "Y" }, code = "s|c", score = -1 }]
label_side = "above"
pitch = 6.5
[[page.section.item]]
kind = "decimal"
link_id = "temp"
cells = 3
point = 2
cell_w = 7
cell_h = 8
unit = "°C"
code = "http://loinc.org|8310-5"
required = true
min = 35.0
max = "42"
[[page.section.item]]
kind = "text"
text = """
{{ a }}
b"""
size = 10.5
bold = true
align = "center"
gray = 90
[[page.section]]
kind = "table"
rows = "scheduled"
row_h = 21
page_rows = 8
blank_rows = 2
row_text = "{{ row.what }}"
head_h = 5
[[page.section.cell]]
x = 0
w = 70
head = "Order"
border = false
[[page.section.cell.line]]
kind = "value"
text = "{{ row.what }}"
[[page.section.cell]]
x = 70
y = 1
w = 30
h = 10
repeat = 3
pitch = 36
pitch_y = 2
[[page.section.cell.item]]
kind = "mark"
link_id = "void"

[[page]]
[[page.section]]
kind = "grid"
columns = 6
column_w = 18
label_w = 46
past_columns = 3
past_w = 8
[[page.section.row]]
label = "Pulse"
h = 14
notes = "a"
past = "pulse"
[[page.section.row.item]]
kind = "integer"
link_id = "pulse"
cells = 3
'''


def en(text: str) -> Words:
    return Words((("en", text),))


def test_every_key_arrives_in_its_field() -> None:
    choice = Item(
        "choice", "pain", en("Pain"), label_side="above", pitch=650,
        options=(
            Option("given", en("G")), Option("N", en("N")), Option("2", en("2")),
            Option("x", Words((("en", "X"), ("fr", "Y"))), "s|c", -1),
        ),
    )  # fmt: skip
    temp = Item(
        "decimal", "temp", cells=3, point=2, cell_w=700, cell_h=800, unit="°C", code="http://loinc.org|8310-5",
        required=True, minimum="35.0", maximum="42",
    )  # fmt: skip
    text = Item("text", text=en("{{ a }}\nb"), size=1050, bold=True, align="center", gray=90)
    top = Section(
        title=en("T"), x=100, y=50, w=8825, h=4000, border=True, items=(choice, temp, text), id="top"
    )  # fmt: skip
    table = Section(
        "table", rows="scheduled", row_h=2100, page_rows=8, blank_rows=2, row_text=en("{{ row.what }}"), head_h=500,
        cells=(
            Cell(0, 7000, head=en("Order"), border=False, lines=(Item("value", text=en("{{ row.what }}")),)),
            Cell(7000, 3000, 100, 1000, repeat=3, pitch=3600, pitch_y=200, items=(Item("mark", "void"),)),
        ),
    )  # fmt: skip
    grid = Section(
        "grid", columns=6, column_w=1800, label_w=4600, past_columns=3, past_w=800,
        grid_rows=(GridRow(en("Pulse"), 1400, en("a"), "pulse", (Item("integer", "pulse", cells=3),)),),
    )  # fmt: skip
    assert loads(WHOLE, "v.toml") == Form(
        "VITALS", 3, Words((("en", "Vitals"), ("fr", "Constantes"))),
        (FormPage((top, table), en("One")), FormPage((grid,))), "ward", when="adult", sheets=2, sheet_hours=12,
        licence="Thanks", source="v.toml", code="http://loinc.org|1-8",
    )  # fmt: skip


def test_windows_files_with_a_byte_order_mark_load(tmp_path: Path) -> None:
    path = tmp_path / "v.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    form = load_form(path)
    assert form.pages == loads(WHOLE, "x").pages
    assert form.source == str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('id = "T\n', "E202 f.toml:1: this is not TOML: illegal character '\\n'. "),
        ("mrn = 00123\n", "E202 f.toml:1: this is not TOML: expected newline or end of document after a statement. "),
        ("a = yes\n", 'E202 f.toml:1: this is not TOML: invalid value. Put words in quotes: "…".'),
        ("a = 1\na = 2\n", "E202 f.toml:2: this is not TOML: cannot overwrite a value. Delete one of the two"),
        (HEAD, "E204 f.toml:1: a form needs the key “page”. Add a line “page = …”."),
        (HEAD + "[[page]]\n", "E204 f.toml:4: a page needs the key “section”."),
        (HEAD + "page = []\n", "E204 f.toml:4: a form needs at least one page. Add [[page]]"),
        (HEAD + "[page]\n", "E205 f.toml:4: “page” must be a list of tables, and is a table. Write [[page]]"),
        (
            HEAD + 'titel = "x"\n[[page]]\n[[page.section]]\n',
            "E203 f.toml:4: a form has no key “titel”. Did you mean “title”?",
        ),
        (ITEM + 'kind = "coice"\n', "E206 f.toml:7: “kind” cannot be “coice”. Did you mean “choice”?"),
        (
            ITEM + 'kind = "mark"\n\n# note\nminimum = 3\n',
            "E203 f.toml:10: an item has no key “minimum”. Did you mean “min”?",
        ),
        (
            ITEM + 'kind = "mark"\nx = "3"\n',
            "E205 f.toml:8: “x” must be a number (mm), and is words in quotes. Write the number",
        ),
        (ITEM + 'kind = "mark"\nx = 3.125\n', "E207 f.toml:8: “x” is finer than 0.01 mm. Write at most two decimals."),
        (ITEM + 'kind = "mark"\nx = -1\n', "E207 f.toml:8: “x” is out of range. Write a number from 0 to 500 mm."),
        (ITEM + 'kind = "mark"\nx = 1e2\n', "E207 f.toml:8: “x” is not a plain number. Write it like 12 or 12.5."),
        (ITEM + 'kind = "mark"\nx = nan\n', "E207 f.toml:8: “x” is not a plain number."),
        (ITEM + 'kind = "mark"\nx = 2031-12-03\n', "E205 f.toml:8: “x” must be a number (mm), and is a date or time."),
        (
            ITEM + 'kind = "mark"\nbold = "yes"\n',
            "E205 f.toml:8: “bold” must be true or false, and is words in quotes.",
        ),
        (
            ITEM + 'kind = "mark"\ncells = true\n',
            "E205 f.toml:8: “cells” must be a whole number, and is true or false.",
        ),
        (ITEM + 'kind = "mark"\ncells = 99\n', "E207 f.toml:8: “cells” is out of range. Write a number from 0 to 40."),
        (
            ITEM + 'kind = "mark"\nlink_id = "a b"\n',
            "E206 f.toml:8: “link_id” is not well formed. Use letters, digits,",
        ),
        (
            ITEM + 'kind = "mark"\ncode = "8867-4"\n',
            "E206 f.toml:8: “code” is not well formed. Write system|code, e.g.",
        ),
        (
            ITEM + 'kind = "mark"\nlabel = { fr = "x" }\n',
            "E208 f.toml:8: “label” lacks the form's own language, en. Add en = ",
        ),
        (
            ITEM + 'kind = "mark"\nlabel = { en = "x", French = "y" }\n',
            "E208 f.toml:8: “label” has a language that is not",
        ),
        (ITEM + 'kind = "mark"\nlabel = "a\\u0007"\n', "E205 f.toml:8: “label” holds a control character. Delete it;"),
        (
            ITEM + 'kind = "mark"\noptions = [\n "a",\n "b",\n 1.5,\n]\n',
            'E205 f.toml:11: entry 3 of “options” must be an answer, and is a number. Write "given=G"',
        ),
        (
            ITEM + 'kind = "mark"\noptions = [\n "a=1",\n "a=2",\n]\n',
            "E206 f.toml:10: entry 2 of “options” is the same answer",
        ),
        (
            ITEM + 'kind = "mark"\noptions = [\n { value = "a" },\n { label = "b" }]\n',
            "E204 f.toml:10: an option needs the key “value”.",
        ),
        (
            'extends = "Q"\nid = "A"\n',
            "E210 f.toml:1: “extends” names Q: the form that this extends is not among the forms.",
        ),
    ],
)
def test_messages_say_place_fault_and_cure(text: str, message: str) -> None:
    with pytest.raises(FormError) as caught:
        loads(text, "f.toml")
    assert str(caught.value).startswith(message)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = HEAD.replace("version = 1\n", 'when = 3\nwhne = "x"\n') + "[[page]]\n[[page.section]]\nkind = 3\nx = 900\n"
    with pytest.raises(FormFaults) as caught:
        loads(text, "f.toml")
    places = [(fault.code, fault.place) for fault in caught.value.all]
    assert places == [
        ("E204", "f.toml:1"), ("E205", "f.toml:2"), ("E203", "f.toml:3"), ("E205", "f.toml:7"), ("E207", "f.toml:8"),
    ]  # fmt: skip
    assert caught.value.others == caught.value.all[1:]
    assert str(caught.value).count("\n") == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [(b'id = "\xff"', "not UTF-8"), (b"#" * (1024 * 1024 + 1), "larger than 1 MiB"), (None, "cannot be read")],
)
def test_unreadable_files(tmp_path: Path, data: bytes | None, words: str) -> None:
    path = tmp_path / "f.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(FormError, match=words) as caught:
        load_form(path)
    assert caught.value.code == "E201"


@pytest.mark.parametrize(
    "text", ["x = " + "9" * 6000, "x = " + "[" * 5000, "x = 1e" + "9" * 500, "x." * 5000 + "y = 1"]
)
def test_monstrous_files(text: str) -> None:
    with pytest.raises(FormError):
        loads(text, "f.toml")


# --- libraries ----------------------------------------------------------------------------------------


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def form(form_id: str, version: int = 1) -> str:
    body = '[[page]]\n[[page.section]]\n[[page.section.item]]\nkind = "mark"\nlink_id = "a"\n'
    return f'id = "{form_id}"\nversion = {version}\ntitle = "{form_id}"\n' + body


def test_the_highest_version_is_the_one(tmp_path: Path) -> None:
    write(tmp_path / "a", "1.toml", form("A", 10))
    write(tmp_path / "a" / "deep", "2.toml", form("A", 9))
    write(tmp_path / "b", "1.toml", form("B"))
    library = load_library([tmp_path / "b", tmp_path / "a"])
    assert [(f.id, f.version) for f in library] == [("A", 10), ("B", 1)]
    assert len(library) == 2
    old = library.get("A", 9)
    assert old is not None
    assert old.version == 9
    assert library.get("C") is None


def test_twice_the_same_version_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", form("A"))
    write(tmp_path, "b.toml", form("A"))
    with pytest.raises(FormError, match=re.escape(f"version 1 of form A is in {tmp_path / 'a.toml'} too")) as caught:
        load_library([tmp_path])
    assert (caught.value.code, caught.value.place) == ("E209", str(tmp_path / "b.toml"))


def test_faults_of_all_files_are_told(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", form("A").replace("kind", "knid"))
    write(tmp_path, "b.toml", form("toolongforaform"))
    write(tmp_path, "c.toml", "= 3")
    write(tmp_path, "d.toml", 'id = "D"\nversion = 1\nextends = "A"\n')  # not told: its base is broken
    with pytest.raises(FormFaults) as caught:
        load_library([tmp_path, tmp_path / "none"])
    files = {fault.place.rpartition("/")[2].partition(":")[0] for fault in caught.value.all}
    assert files == {"a.toml", "b.toml", "c.toml", "none"}


# --- overlays -----------------------------------------------------------------------------------------

OVERLAY = """
id = "V-W4"
version = 2
extends = "VITALS"
title = "Ward 4"
sheets = 3
remove = ["void"]
[[item]]
link_id = "pain"
label = "Pain 0 to 10"
[[item]]
after = "pain"
kind = "yesno"
link_id = "told"
[[item]]
into = "top"
kind = "line"
link_id = "last"
[[section]]
id = "top"
title = "New"
[[section]]
after = "top"
id = "more"
[[section.item]]
kind = "note"
link_id = "note"
[[page]]
[[page.section]]
[[page.section.item]]
kind = "note"
link_id = "back"
"""


def ward_form(tmp_path: Path, overlay: str = OVERLAY) -> Form:
    write(tmp_path, "v.toml", WHOLE)
    write(tmp_path, "o.toml", overlay)
    found = load_library([tmp_path]).get("V-W4")
    assert found is not None
    return found


def test_an_overlay_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    base = loads(WHOLE, "v.toml")
    changed = ward_form(tmp_path)
    assert (changed.id, changed.version, changed.extends, changed.sheets) == ("V-W4", 2, "VITALS", 3)
    assert (changed.licence, changed.when, changed.subject) == (base.licence, base.when, base.subject)
    assert changed.source == str(tmp_path / "o.toml")
    top, more, table = changed.pages[0].sections
    assert top.title == en("New")
    assert (top.x, top.y, top.w) == (100, 50, 8825)
    assert [item.link_id for item in top.items] == ["pain", "told", "temp", "", "last"]
    assert top.items[0].label == en("Pain 0 to 10")
    assert top.items[0].options == base.pages[0].sections[0].items[0].options
    assert [item.link_id for item in more.items] == ["note"]
    assert table.cells[1].items == ()
    assert changed.pages[1] == base.pages[1]
    assert changed.pages[2].sections[0].items[0].link_id == "back"


def test_an_overlay_of_an_overlay_and_of_a_version(tmp_path: Path) -> None:
    write(tmp_path, "w.toml", WHOLE.replace("version = 3", "version = 4").replace('licence = "Thanks"\n', ""))
    write(tmp_path, "a.toml", 'id = "W5"\nversion = 1\nextends = "V-W4"\nsheets = 9\n')
    write(tmp_path, "b.toml", 'id = "OLD"\nversion = 1\nextends = "VITALS@3"\n')
    write(tmp_path, "c.toml", 'id = "NEW"\nversion = 1\nextends = "VITALS"\n')
    ward_form(tmp_path)
    library = load_library([tmp_path])
    assert [(f.id, f.sheets, f.licence) for f in library] == [
        ("NEW", 2, ""), ("OLD", 2, "Thanks"), ("V-W4", 3, ""), ("VITALS", 2, ""), ("W5", 9, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"void"',
            '"viod"',
            "E211 {}:7: the form that this extends has no item or section “viod”. Did you mean “void”?",
        ),
        (
            'link_id = "pain"',
            'link_id = "pian"',
            "E211 {}:9: the form that this extends has no item “pian”. Did you mean “pain”?",
        ),
        ('after = "pain"', 'after = "gone"', "E211 {}:12: the form that this extends has no item “gone”. See the form"),
        (
            'into = "top"',
            'into = "tip"',
            "E211 {}:16: the form that this extends has no section “tip”. Did you mean “top”?",
        ),
        ('"told"', '"temp"', "E211 {}:14: there is an item “temp” already. Give the new one another name."),
        ('kind = "yesno"\n', "", "E204 {}:11: an item needs the key “kind”."),
        (
            'id = "top"',
            'id = "tap"',
            "E211 {}:20: the form that this extends has no section “tap”. Did you mean “top”?",
        ),
        (
            'extends = "VITALS"',
            'extends = "VITALS@7"',
            "E210 {}:4: “extends” names VITALS@7: the form that this extends is not",
        ),
        (
            'extends = "VITALS"',
            'extends = "V-W4"',
            "E210 {}:4: “extends” names V-W4: the forms extend each other in a circle.",
        ),
        ("version = 2\n", "", "E204 {}:1: an overlay needs the key “version”."),
        ('title = "Ward 4"', 'language = "fr"', "E203 {}:5: an overlay has no key “language”."),
    ],
)
def test_overlay_messages(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(FormError) as caught:
        ward_form(tmp_path, OVERLAY.replace(old, new, 1))
    assert str(caught.value).startswith(message.format(tmp_path / "o.toml"))


# --- any file at all ----------------------------------------------------------------------------------

_SNIPPETS = st.sampled_from(
    [
        "[[page]]\n",
        "[page]\n",
        "[[page.section.item]]\n",
        'kind = "x"\n',
        "x = [",
        "]",
        "{",
        "}",
        '"',
        "'''",
        '"""',
        "=",
        "\n",
        "1e999",
        "nan",
        "-inf",
        "12:30",
        "2031-01-01",
        "true",
        "[]",
        "{}",
        "99999999999999999999",
        "0.005",
        "\\u0000",
        'extends = "T"\n',
        "options = [1, 1]\n",
        "pages = 1\n",
        "#",
        "é",
        "\x00",
        "0x10",
        "[[[[",
        "a.b.c = 1\n",
    ]
)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([WHOLE, OVERLAY, ITEM + 'kind = "mark"\nlink_id = "m"\n']))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.one_of(_SNIPPETS, st.text(max_size=3))) + text[end:]
    return text


@settings(max_examples=300, deadline=None)
@given(_mutated())
def test_a_damaged_file_is_a_form_or_a_form_error(text: str) -> None:
    base = Library.of([loads(WHOLE, "v.toml")])
    try:
        found = loads(text, "f.toml", base)
    except FormError as error:
        faults = error.all if isinstance(error, FormFaults) else (error,)
        for fault in faults:
            assert re.fullmatch(r"E20[1-8]|E21[01]", fault.code)
            assert re.match(r"f\.toml(:[0-9]+)?$", fault.place)
            assert fault.fault.endswith((".", "?"))
            assert fault.cure
            line = int(fault.place.partition(":")[2] or 1)
            assert 1 <= line <= text.count("\n") + 1
    else:
        assert isinstance(found, Form)
        hash(found)
        lint(found)
