"""What the V (void) and STOPPED marks of a form do to the other answers (forms.md, rules learnt the hard way, 5).

A mark whose value is ``void`` voids its entry: everything written in the same row and column. A mark whose
value is ``stopped`` stops its row: a dose cell of that row that has anything in it is for a person, because
only the handwritten time says whether it lies before or after the stop. Neither deletes anything: the
values stay, with the state ``unsure``, so that a person sees them beside the mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from papermode.model.reading import Answer

VOID: Final = "void"
STOPPED: Final = "stopped"


def apply_rules(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the answers with those of voided entries and stopped rows made unsure."""
    voided = {(a.row, a.column) for a in answers if _is(a, VOID)}
    stopped = {a.row for a in answers if _is(a, STOPPED)}
    if not voided and not stopped:
        return tuple(answers)
    return tuple(_doubted(a) if _touched(a, voided, stopped) else a for a in answers)


def _is(answer: Answer, value: str) -> bool:
    """Tell whether this is a void or stop mark that was made, or may have been."""
    return answer.kind == "mark" and answer.state != "empty" and answer.value in (value, (value,))


def _touched(answer: Answer, voided: set[tuple[int | None, int | None]], stopped: set[int | None]) -> bool:
    if answer.state != "sure" or _is(answer, VOID) or _is(answer, STOPPED):
        return False
    if (answer.row, answer.column) in voided and (answer.row is not None or answer.column is not None):
        return True
    return answer.row in stopped and answer.row is not None and answer.column is not None


def _doubted(answer: Answer) -> Answer:
    return replace(answer, state="unsure", confidence=0.0)
