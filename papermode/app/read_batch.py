"""Read a heap of scans: what ``papermode scan`` and ``papermode rebuild`` do alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from papermode.app.batch import ScanReport, report_of, with_earlier
from papermode.app.intake_scans import ScanStore
from papermode.app.rebuild import Rebuilt
from papermode.app.scans import check_manifest, keyring_for, scan_paths
from papermode.app.sites import library_of
from papermode.config import Site
from papermode.model.reading import PageReading
from papermode.store import Manifests
from papermode.trust.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Sources:
    """What a page is recognised by."""

    manifests: Manifests
    keyring: Keyring
    rebuilt: Rebuilt

    @classmethod
    def of(cls, site: Site | None, packet_dirs: Sequence[Path] = (), card: Path | None = None) -> Sources:
        """Return the sources of a site; the folders given take the place of the site's own packets.

        Raises:
            TrustError: E620, the card cannot be read.
        """
        folders = tuple(packet_dirs) or ((site.packets,) if site is not None and site.packets.is_dir() else ())
        manifests = Manifests(folders)
        keyring = keyring_for(manifests, site_keys=site.keys if site else None, card=card)
        manifests.believe(lambda manifest: check_manifest(manifest, keyring))
        return cls(manifests, keyring, Rebuilt(lambda: library_of(site)))


def read_batch(
    paths: Sequence[Path], sources: Sources, kept: ScanStore | None, step: Callable[[PageReading], None]
) -> ScanReport:
    """Read all images of files and folders, and keep files, pictures and readings in the store, if there is one.

    Args:
        paths: Files and folders.
        sources: What pages are recognised by.
        kept: Where everything is kept; ``None`` keeps nothing.
        step: Is told every reading as it is made.

    Raises:
        StoreError: The store cannot be written.
    """
    if kept is not None:
        kept.receive(paths)
    readings: list[PageReading] = []
    keep = kept.keep if kept is not None else None
    for reading in scan_paths(paths, sources.manifests, sources.keyring, sources.rebuilt, keep):
        readings.append(reading)
        step(reading)
    report = report_of(readings, sources.manifests, sources.rebuilt)
    if kept is not None:
        back = kept.back()
        report.missing = [m for m in report.missing if (m["packet"], m["page"]) not in back]
        with_earlier(report, kept.record(report.readings), sources.rebuilt)
    return report
