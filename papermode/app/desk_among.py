"""What the images of one printed page say of one another: which came first, which is finished, which is still to come.

And of a reserved number: whether two people may have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from papermode.app.desk_pages import Known
from papermode.review.desk import Place
from papermode.store import FINISHED, PageId, PageRow


@dataclass(frozen=True, slots=True)
class Seen:
    """An image among the others; as :class:`papermode.review.desk.Head` has it."""

    row: PageRow
    rival: str
    later: bool
    alarm: bool
    to_rescan: bool


class About(Protocol):
    """What is known of an image by itself."""

    def known(self, row: PageRow) -> Known:
        """Return what it says."""
        ...

    def received(self, row: PageRow) -> datetime:
        """Return when it was handed in."""
        ...


class Among:
    """The images of one or all packets."""

    def __init__(self, rows: Iterable[PageRow], about: About, finished: Callable[[str, int], Iterable[PageId]]) -> None:
        """Compare images.

        Args:
            rows: At least all images of the packets that are asked about: a reserved number's pages are in one.
            about: What is known of each.
            finished: Gives the finished images of a printed page.
        """
        self._about = about
        self._finished = finished
        self._there: dict[Place, list[PageRow]] = {}
        """The images that are not set aside."""
        aside = []
        for row in rows:
            if row.state == "settled":
                aside.append(row)
            elif row.packet is not None and row.serial is not None:
                self._there.setdefault((row.packet, row.serial), []).append(row)
        self._sheets = {place: list(found) for place, found in self._there.items()}
        """With those that are to be scanned again: each is a sheet of its own until it has come."""
        for row in aside:
            if row.packet is not None and row.serial is not None and self._to_rescan(row):
                self._sheets.setdefault((row.packet, row.serial), []).append(row)
        twice = [found for found in self._sheets.values() if len(found) > 1]
        self._alarmed = {about.known(row).reserved for found in twice for row in found} - {""}

    def seen(self, row: PageRow) -> Seen:
        """Return an image with what the others say of it."""
        reserved = self._about.known(row).reserved
        return Seen(row, self._rival(row), self._later(row), reserved in self._alarmed, self._to_rescan(row))

    def _rival(self, row: PageRow) -> str:
        """Return the other image of the printed page that is finished, or ''."""
        place = (row.packet or "", row.serial or 0)
        if not any(r.page != row.page and r.state in FINISHED for r in self._there.get(place, ())):
            return ""
        return next((str(page) for page in self._finished(*place) if page != row.page), "")

    def _later(self, row: PageRow) -> bool:
        """Tell whether another image of the printed page was scanned before this one."""
        others = self._sheets.get((row.packet or "", row.serial or 0), ())
        return any(self._order(r) < self._order(row) for r in others)

    def _order(self, row: PageRow) -> tuple[datetime, PageId]:
        return self._about.received(row), row.page

    def _to_rescan(self, row: PageRow) -> bool:
        """Tell whether an image is set aside to be scanned again, and none that can be it has come."""
        if row.state != "settled" or row.settled != "rescan":
            return False
        known = self._about.known(row)
        if known.unbound:
            return True  # any sheet may be it: a person has to say which
        others = self._there.get((row.packet or "", row.serial or 0), ())
        since = datetime.fromisoformat(row.changed_at)
        # Of a reserved number two sheets may be two people's: only a later image is this sheet again.
        return not any(not known.reserved or self._about.received(r) >= since for r in others)
