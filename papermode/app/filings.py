"""What the journal knows of earlier filings: with it, what counts no more is taken back in the EHR, too."""

from __future__ import annotations

from papermode.export.filed import Filing, Filings, Id, identified
from papermode.store.fold import PageId
from papermode.store.site import SiteStore


def filings_of(store: SiteStore) -> dict[Id, Filing]:
    """Return every resource that was ever filed, as it went out last.

    A filing whose end is not in the journal, or that was held, counts: the EHR may have it. One that was refused does
    not.

    Raises:
        StoreError: E812 or E817, the journal is damaged.
    """
    found: dict[Id, Filing] = {}
    under_way: dict[PageId, object] = {}
    for record in store.journal.records("filing"):
        page, step = PageId(record["scan"], record["index"]), record["step"]
        if step != "checked":
            before = under_way.pop(page, None)
            found |= _read(before) if step != "refused" else {}
        if step == "intent":
            under_way[page] = record["result"]
    for result in under_way.values():
        found |= _read(result)
    return found


def result_of(filings: Filings) -> list[dict[str, str]]:
    """Return what the journal keeps beside the intent to file the resources of one page.

    They are kept as text, since numbers must stay as they were written.
    """
    return [{"page": f.page, "version": f.version, "text": f.text} for f in filings.values()]


def _read(result: object) -> dict[Id, Filing]:
    kept = result if isinstance(result, list) else []  # an earlier papermode kept nothing
    return dict(identified(Filing(**one)) for one in kept)
