"""What papermode keeps: packet folders, and the site's store of scanned pages.

Packet folders: :mod:`papermode.store.packets`, :mod:`papermode.store.manifests`. Scans, readings, decisions:
:mod:`papermode.store.site`.
"""

from papermode.store.anew import put_aside
from papermode.store.fold import COUNTED, FINISHED, OPEN, FilingStep, PageId, Settlement, State
from papermode.store.index import FileRow, PageRow
from papermode.store.journal import Journal
from papermode.store.manifests import Manifests, StoredPage
from papermode.store.packets import (
    FORMAT,
    MANIFEST,
    PDF,
    PacketFolder,
    folder_name,
    manifest_of,
    read_manifest,
    unsigned,
)
from papermode.store.pages import PageStore
from papermode.store.readings import place_of, reading_from, reviewed_from, to_json
from papermode.store.site import Decision, SiteStore

__all__ = [
    "COUNTED",
    "FINISHED",
    "FORMAT",
    "MANIFEST",
    "OPEN",
    "PDF",
    "Decision",
    "FileRow",
    "FilingStep",
    "Journal",
    "Manifests",
    "PacketFolder",
    "PageId",
    "PageRow",
    "PageStore",
    "Settlement",
    "SiteStore",
    "State",
    "StoredPage",
    "folder_name",
    "manifest_of",
    "place_of",
    "put_aside",
    "read_manifest",
    "reading_from",
    "reviewed_from",
    "to_json",
    "unsigned",
]
