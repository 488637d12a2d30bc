"""What holds for the layout of every shipped form, on every paper, in every language and variant."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from papermode.geometry import PAPERS, Rect
from papermode.model.layout import (
    CORNER_SIZE,
    MARK_SIZE,
    Layout,
    canonical_json,
    head_lines,
    layout_from_dict,
    layout_tag,
    line_from_dict,
)
from papermode.plan.clearance import text_rect
from papermode.plan.sheets import Sheet, Variant, continuation_of, sheet_of
from papermode.plan.words import LANGUAGES
from papermode.store import MANIFEST, read_manifest
from tests.wards import Example, library, plan_ward, run_of, ward_of

GOLDEN = Path(__file__).parents[2] / "golden" / "layouts"
EDGE = 1000
"""Nothing is printed nearer to the edge of the paper than 10 mm."""
FORMS = sorted(library().by_id)
VARIANTS = [
    Variant(paper, language, wide) for paper in PAPERS.values() for language in LANGUAGES for wide in (False, True)
]


@cache
def sheets(form_id: str) -> tuple[tuple[str, Sheet], ...]:
    """Every side of a form in every variant, with its continuation page."""
    form = library().by_id[form_id]
    found = []
    for v in VARIANTS:
        name = f"{v.paper.name} {v.language}{' wide' if v.wide else ''}"
        found += [(f"{name} side {n + 1}", sheet_of(form, n, v)) for n in range(len(form.pages))]
        found.append((f"{name} continued", continuation_of(form, v)))
    return tuple(found)


def printed_rects(layout: Layout) -> Iterator[tuple[str, Rect]]:
    """Go through everything that is printed on a blank page."""
    half = CORNER_SIZE // 2
    yield from (
        (f"the corner square at {x}, {y}", Rect(x - half, y - half, CORNER_SIZE, CORNER_SIZE))
        for x, y in layout.corners
    )
    yield from ((f"the words {t.text!r}", text_rect(t)) for t in layout.texts)
    yield from ((f"box {b.link_id}", b.rect) for b in layout.boxes)
    yield from ((f"the {c.kind} code", c.rect) for c in layout.codes)
    for n in layout.lines:
        yield "a line", Rect(min(n.x1, n.x2), min(n.y1, n.y2), abs(n.x2 - n.x1), abs(n.y2 - n.y1)).grown(n.width // 2)


@pytest.mark.parametrize("form_id", FORMS)
def test_boxes_lie_in_the_body(form_id: str) -> None:
    """This test ensures that nobody is asked to write outside the body of the page."""
    for name, sheet in sheets(form_id):
        outside = [b.link_id for b in sheet.layout.boxes if not sheet.frame.body.grown(20).contains(b.rect)]
        assert not outside, name


@pytest.mark.parametrize("form_id", FORMS)
def test_nothing_is_near_the_edge(form_id: str) -> None:
    """This test ensures that no printer and no punch takes anything away: 10 mm stay free on all sides."""
    for name, sheet in sheets(form_id):
        w, h = sheet.layout.size
        printable = Rect(EDGE, EDGE, w - 2 * EDGE, h - 2 * EDGE)
        near = [what for what, rect in printed_rects(sheet.layout) if not printable.contains(rect)]
        assert not near, name


@pytest.mark.parametrize("form_id", FORMS)
def test_words_do_not_lie_over_one_another(form_id: str) -> None:
    """This test ensures that all fixed words of a page can be read."""
    for name, sheet in sheets(form_id):
        placed = [(t.text, text_rect(t)) for t in sheet.layout.texts]
        over = [(a, b) for i, (a, ra) in enumerate(placed) for b, rb in placed[:i] if ra.grown(-10).overlaps(rb)]
        assert not over, name


@pytest.mark.parametrize("form_id", FORMS)
def test_marks_are_large_enough(form_id: str) -> None:
    """This test ensures that every mark has 4 mm, every cell room for a digit, and every cell an exact place."""
    for name, sheet in sheets(form_id):
        for box in sheet.layout.boxes:
            if box.kind == "mark":
                assert min(box.rect.w, box.rect.h) >= MARK_SIZE, (name, box)
            elif box.kind == "comb":
                assert box.rect.w % box.cells == 0, (name, box)
                assert (box.rect.w // box.cells, box.rect.h) >= (420, 600), (name, box)


@pytest.mark.parametrize("form_id", FORMS)
def test_every_box_is_one_answer(form_id: str) -> None:
    """This test ensures that no two boxes mean the same, and that boxes of one answer are of one kind and group."""
    for name, sheet in sheets(form_id):
        counts = Counter((b.link_id, b.row, b.column, b.value) for b in sheet.layout.boxes)
        assert [k for k, n in counts.items() if n > 1] == [], name
        kinds: dict[tuple[str, int | None, int | None], set[tuple[str, str, bool]]] = {}
        for b in sheet.layout.boxes:
            kinds.setdefault(b.key, set()).add((b.kind, b.group, b.multiple))
        assert all(len(v) == 1 for v in kinds.values()), name


@pytest.mark.parametrize("form_id", FORMS)
def test_nothing_fixed_is_printed_over_the_name(form_id: str) -> None:
    """This test ensures that in the zone of the name stands only what each page fills in: else that is strange ink."""
    for name, sheet in sheets(form_id):
        (zone,) = [z.rect for z in sheet.layout.zones if z.kind == "name"]
        assert [what for what, rect in printed_rects(sheet.layout) if rect.overlaps(zone)] == [], name


def test_the_head_of_a_page_is_all_that_is_printed_in_the_zone_of_its_name(example: Example) -> None:
    """This test ensures that the lines that a manifest keeps of a head are those that a scan must show, and survive it."""
    wide = 0
    for page in plan_ward(example.snapshot.records, run_of(ward_of(sets=1))).pages:
        head = head_lines(page.layout, page.fills)
        (zone,) = [z.rect for z in page.layout.zones if z.kind == "name"]
        others = [t for t in page.fills if t not in head]
        assert not any(text_rect(t).grown(-20).overlaps(zone) for t in others), page.subject
        if page.subject is not None and page.subject.name:
            assert head[0].text[:8] == page.subject.name[:8]
        wide += any(t.size == 1200 for t in head) and page.layout.zones[-1].kind == "name"
        assert [line_from_dict(json.loads(json.dumps(t.as_dict()))) for t in head] == list(head)
    assert wide, "a head whose lines begin in the zone of the name"


@pytest.mark.parametrize(
    "change", [{"size": 0}, {"size": 10**9}, {"x": -(10**6)}, {"y": "low"}, {"text": None, "x": None}]
)
def test_lines_that_no_page_has_are_refused(change: dict[str, object]) -> None:
    """This test ensures that a manifest that somebody tampered with is a fault, not a picture of any size."""
    with pytest.raises((ValueError, TypeError)):
        line_from_dict({"text": "Smith", "x": 1650, "y": 1500, "size": 1600} | change)


@pytest.mark.parametrize("form_id", FORMS)
def test_layouts_survive_the_manifest(form_id: str) -> None:
    """This test ensures that a stranger who reads a layout as JSON gets the same geometry and the same id."""
    for _, sheet in sheets(form_id):
        layout = sheet.layout
        text = json.dumps(layout.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert layout.id == hashlib.sha256(text.encode()).hexdigest()
        again = layout_from_dict(json.loads(text))
        assert again.id == layout.id
        assert (again.size, again.corners, again.codes, again.zones, again.boxes, again.anchors) == (
            layout.size,
            layout.corners,
            layout.codes,
            layout.zones,
            layout.boxes,
            layout.anchors,
        )


def test_layouts_of_a_packet_are_those_of_its_forms(example: Example) -> None:
    """This test ensures that no patient's text has any influence on where the boxes are, and that claims name them."""
    known = {sheet.layout.id for form_id in FORMS for _, sheet in sheets(form_id)}
    used: set[str] = set()
    for packet in example.printed:
        manifest = read_manifest(packet.folder / MANIFEST)
        used |= manifest["layouts"].keys()
        for entry in manifest["pages"]:
            assert entry["claim"].split(" ")[6] == layout_tag(entry["layout"])
        for identifier, public in manifest["layouts"].items():
            assert hashlib.sha256(canonical_json(public)).hexdigest() == identifier
    assert used <= known
    assert len(used) > len(FORMS)


def test_an_empty_ward_has_the_same_layouts_as_a_full_one(example: Example) -> None:
    """This test ensures that the pages of a ward without patients are laid out as those of any other."""
    ward = ward_of(paper="letter", sets=1)
    empty = {(p.form, p.layout.id) for p in plan_ward([], run_of(ward)).pages}
    full = {(p.form, p.layout.id) for p in plan_ward(example.snapshot.records[:3], run_of(ward)).pages}
    assert empty <= full
    assert {form for form, _ in empty} >= {"COVER", "ADMIT"}


def digest_of(form_id: str) -> str:
    """Return what the golden file of a form says: boxes by question, and the ids of all variants."""
    lines = [f"{form_id} v{library().by_id[form_id].version}"]
    for number, (name, sheet) in enumerate(sheets(form_id)):
        lines.append(f"{name}: {sheet.layout.id}, {len(sheet.layout.boxes)} boxes")
        if number < len(library().by_id[form_id].pages):
            counts = Counter((b.link_id, b.kind) for b in sheet.layout.boxes)
            lines += [f"    {link_id} {kind} {n}" for (link_id, kind), n in counts.items()]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("form_id", FORMS)
def test_layouts_are_those_that_were_released(form_id: str, write_golden: bool) -> None:
    """This test ensures that no box moves unnoticed: raise the form's version, then use --write-golden."""
    path = GOLDEN / f"{form_id}.txt"
    if write_golden:
        path.write_text(digest_of(form_id), "utf-8")
    assert path.read_text("utf-8") == digest_of(form_id)


def test_golden_files_have_forms() -> None:
    """This test ensures that no golden file outlives its form."""
    assert sorted(p.stem for p in GOLDEN.glob("*.txt")) == FORMS
