"""What papermode keeps: packet folders, and the site's store of scanned pages."""

from papermode.store.packets import (
    FORMAT,
    MANIFEST,
    PDF,
    Manifests,
    PacketFolder,
    StoredPage,
    folder_name,
    manifest_of,
    read_manifest,
    unsigned,
)

__all__ = [
    "FORMAT",
    "MANIFEST",
    "PDF",
    "Manifests",
    "PacketFolder",
    "StoredPage",
    "folder_name",
    "manifest_of",
    "read_manifest",
    "unsigned",
]
