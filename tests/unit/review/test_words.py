"""Every text of the page has its French."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import papermode.review
from papermode.app.batch import MASTER, MASTER_AGAIN, TWICE
from papermode.app.desk_fields import NO_TIME, TIME_DOUBTS
from papermode.review.queue import _BY_PHASE, RESCAN
from papermode.review.words import preferred, usable, words
from papermode.review.words_fr import FRENCH, PATTERNS
from papermode.review.work import AGAIN, DIFFERS, EMPTY, IN_PLACE, RANGE, WRITTEN
from papermode.scan import identity, reader, register, tripwires
from tests.unit.review.conftest import Clerk
from tests.unit.review.fake import FakeDesk, head, number_field

FOLDER = Path(papermode.review.__file__).parent
ERRORS = {"DeskError", "MovedError", "TakenError", "SureError", "ValueFaultError"}
SAYING = {"say", *ERRORS}


def of_templates() -> Iterator[str]:
    for path in FOLDER.glob("templates/*.html"):
        for found in re.finditer(r"""\b_\((?:"([^"]*)"|'([^']*)')""", path.read_text("utf-8")):
            yield found[1] or found[2]


def of_source() -> Iterator[str]:
    for path in [*FOLDER.glob("*.py"), *(FOLDER.parent / "app").glob("desk*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                direct = isinstance(node.func, ast.Call) and getattr(node.func.func, "id", "") == "words"
                first = node.args[0]
                if (name in SAYING or direct) and not isinstance(first, ast.Name | ast.Attribute | ast.Subscript):
                    parts = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                    yield from (p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))


def of_reader() -> Iterator[str]:
    """Sentences that the reader gives as reasons: constants that begin small and have several words."""
    for module in (identity, reader, register, tripwires):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
            if isinstance(node, ast.Assign | ast.Call | ast.Return | ast.keyword | ast.Tuple):
                for child in ast.iter_child_nodes(node):
                    tuple_ = [child] if not isinstance(child, ast.Tuple) else list(child.elts)
                    for c in tuple_:
                        if (
                            isinstance(c, ast.Constant)
                            and isinstance(c.value, str)
                            and re.fullmatch(r"(the|there|only) .*[a-z]", c.value)
                        ):
                            yield c.value


@pytest.mark.parametrize(
    "text",
    sorted(
        {
            *(AGAIN, DIFFERS, EMPTY, IN_PLACE, RANGE, WRITTEN, NO_TIME.text, MASTER, MASTER_AGAIN, TWICE),
            *(doubt.text for doubt in TIME_DOUBTS.values()),
            *of_templates(),
            *of_source(),
            *of_reader(),
            RESCAN,
            *(why for _, why in _BY_PHASE.values()),
        }
    ),
)
def test_it_has_its_french(text: str) -> None:
    assert text in FRENCH
    holes = re.findall(r"\{\w+\}", text)
    assert sorted(re.findall(r"\{\w+\}", FRENCH[text])) == sorted(holes)


def test_the_texts_are_found() -> None:
    assert len(set(of_templates())) > 80
    assert len(set(of_source())) > 40
    assert len(set(of_reader())) > 10


def test_sentences_with_a_number() -> None:
    say = words("fr")
    assert (
        say("only 12 of 40 printed outlines are where the layout has them")
        == "seulement 12 contours imprimés sur 40 sont à leur place"
    )
    assert len(PATTERNS) == 3


def test_a_text_of_somebody_else_is_left_as_it_is() -> None:
    assert words("fr")("a {weird} sentence") == "a {weird} sentence"
    assert words("en")("{name} works on this sheet.", name="{0}") == "{0} works on this sheet."


def test_the_language_is_chosen() -> None:
    assert preferred("fr-CA,fr;q=0.9,en;q=0.8", "en") == "fr"
    assert preferred("de,ja", "fr") == "fr"
    assert preferred("", "nl") == "en"
    assert usable("fr-BE") == "fr"


def test_the_page_speaks_french(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    ana.get("/language/fr?back=/keys")
    text = ana.get(f"/sheet/{sheet}").text
    assert '<html lang="fr">' in text
    assert "Confirmer la page" in text
    assert "sûr à 62 %" in text
    assert "Hors de 40 à 100" in ana.step(sheet, "answer", 0, key=["spo2", None, 1], value="980").json()["ask"]
