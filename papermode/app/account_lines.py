"""An account in words: the lines that `papermode reconcile` shows and prints, in the site's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from papermode.app.reconcile import Account, PacketState, PageState, Rescan, SetState, Whereabouts
from papermode.app.sheets import spans

_ENGLISH: Final = {
    "title": "Reconciliation",
    "fault": "Not accounted for: {fault}",
    "packet": "{ward}  packet {packet}  printed {at}  {pages} pages: {counts}",
    "patient": "MRN {mrn}",
    "nobody": "ward pages and copy masters",
    "page": "{form} page {numbers} of {of}",
    "pages": "{form} pages {numbers} of {of}",
    "again": "to be scanned again: {page}: {image}",
    "also": "Also to be scanned again: {image}",
    "image": "{file} page {number}, set aside by {by} at {at}",
    "rescan": "to be scanned again",
}
_FRENCH: Final = {
    "title": "Décompte",
    "fault": "Sans décompte : {fault}",
    "packet": "{ward}  paquet {packet}  imprimé {at}  {pages} pages : {counts}",
    "patient": "N° patient {mrn}",
    "nobody": "pages du service et modèles à copier",
    "page": "{form} page {numbers} de {of}",
    "pages": "{form} pages {numbers} de {of}",
    "again": "à numériser à nouveau : {page} : {image}",
    "also": "À numériser à nouveau aussi : {image}",
    "image": "{file} page {number}, mise de côté par {by} le {at}",
    "filed": "classée(s)",
    "confirmed": "confirmée(s)",
    "in review": "en vérification",
    "unwritten": "sans écriture",
    "twice": "en double",
    "set aside": "mise(s) de côté",
    "rescan": "à numériser à nouveau",
    "out": "non revenue(s)",
    "closed": "close(s)",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {"en": _ENGLISH, "fr": _FRENCH}
_NAMED: Final[tuple[Whereabouts, ...]] = ("out", "twice")
"""Where the pages of a set are named one by one."""


class AccountLines:
    """The lines of accounts."""

    def __init__(self, language: str, zone: str) -> None:
        """Keep how to say it.

        Args:
            language: Of the words: ``en`` or ``fr``; another one gets English.
            zone: The site's time zone (IANA).
        """
        self.language = language if language in _WORDS else "en"
        self._words = _WORDS[self.language]
        self._zone = ZoneInfo(zone)

    @property
    def title(self) -> str:
        """The title of the sheet."""
        return self._words["title"]

    def lines(self, account: Account) -> list[str]:
        """Return what is known: each packet, its sets, and the sheets that are to be scanned again."""
        found = [line for p in account.packets for line in self._packet(p)]
        return [*found, *(self._say("also", image=self._image(r)) for r in account.rescans)]

    def faults(self, account: Account) -> list[str]:
        """Return what cannot be accounted for; the messages themselves are in English, as everywhere."""
        return [self._say("fault", fault=str(fault)) for fault in account.faults]

    def _say(self, key: str, **names: object) -> str:
        return self._words[key].format(**names)

    def _packet(self, p: PacketState) -> Iterator[str]:
        total = p.as_dict()
        counts = self._counts(total["counts"])
        yield self._say("packet", ward=p.ward, packet=p.packet, at=p.printed_at, pages=total["pages"], counts=counts)
        for s in p.sets:
            yield self._set(s)
            for page in s.pages:
                yield from (f"    {self._again(page, r)}" for r in page.rescans)

    def _set(self, s: SetState) -> str:
        """Return the line of a set; its pages are named where a part of it is out or came twice."""
        who = self._say("patient", mrn=s.mrn) if s.mrn else s.encounter or self._words["nobody"]
        named = "".join(
            f"; {self._place(where)}: {self._sheets([q for q in s.pages if q.where == where])}"
            for where in _NAMED
            if 0 < s.counts()[where] < len(s.pages)
        )
        return f"  {who}: {self._counts(s.counts())}{named}"

    def _again(self, page: PageState, image: Rescan) -> str:
        return self._say("again", page=self._sheets([page]), image=self._image(image))

    def _image(self, image: Rescan) -> str:
        at = image.at.astimezone(self._zone)
        return self._say("image", file=image.file, number=image.index + 1, by=image.by, at=f"{at:%Y-%m-%d %H:%M}")

    def _sheets(self, pages: Sequence[PageState]) -> str:
        """Return pages as their sheets say it: ``SUMMARY pages 1-2 of 18, MAR-S page 4 of 18``."""
        found: dict[tuple[str, int], list[int]] = {}
        for page in pages:
            number, of = page.place
            found.setdefault((page.form, of), []).append(number)
        return ", ".join(
            self._say("pages" if len(numbers) > 1 else "page", form=form, numbers=spans(numbers), of=of)
            for (form, of), numbers in found.items()
        )

    def _counts(self, counts: Mapping[str, int]) -> str:
        return ", ".join(f"{n} {self._place(where)}" for where, n in sorted(counts.items()))

    def _place(self, where: str) -> str:
        return self._words.get(where, where)
