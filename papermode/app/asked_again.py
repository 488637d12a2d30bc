"""Finished pages about which people are asked again: `send` must not file them, nor `reconcile` call them done.

A page of a reserved number is asked about again when a second person's sheet of that number comes, or when what the
number stands for is taken back; any page, when somebody changes it after it was confirmed. Whether a page is asked
about is decided in one place, :func:`papermode.review.events.phase`, and is read here off the queue that people see.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from papermode.review.desk import Desk, Head
from papermode.review.events import HANDED_OVER, Phase
from papermode.review.queue import board
from papermode.store import PageId

Again = Literal["whose-again", "changed-again"]
"""What is asked: whose page it is, or whether what was changed on it is right now."""
_OF_FIELDS: Final[tuple[Phase, ...]] = ("fields", "second")


def asked_again(desk: Desk) -> dict[PageId, Again]:
    """Return the finished pages about which people are asked again, with what is asked.

    Args:
        desk: The review desk of the site.
    """
    queue = board(map(_at_rest, desk.heads()), desk.events(), user="")
    open_ = (e for e in queue.entries if e.head.state in HANDED_OVER and e.phase != "done")
    return {PageId.parse(e.head.id): "changed-again" if e.phase in _OF_FIELDS else "whose-again" for e in open_}


def _at_rest(head: Head) -> Head:
    """Return a sheet as it stands when nothing is under way.

    Nobody is asked about a page while it is being sent. A crash may have left it so, and it must not go out again.
    """
    return replace(head, state="confirmed") if head.state == "sending" else head
