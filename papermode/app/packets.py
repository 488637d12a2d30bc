"""Print: snapshot + forms -> one packet folder a ward."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from papermode import intake
from papermode.app.sites import OpenSite
from papermode.config import WardSettings
from papermode.errors import ConfigError
from papermode.model.packet import Packet
from papermode.model.snapshot import PatientRecord, Snapshot
from papermode.plan.context import Run, Ward
from papermode.plan.facts import Style
from papermode.plan.packets import NOTES_FORM, Job, plan_packet
from papermode.printing.pdf import save_packet
from papermode.store import MANIFEST, PDF, PacketFolder, folder_name, manifest_of, unsigned
from papermode.trust.keys import load_signer
from papermode.trust.manifest import sign_manifest
from papermode.trust.signing import Signer

UNASSIGNED = "UNASSIGNED"


@dataclass(frozen=True, slots=True)
class Printed:
    """One packet that was written."""

    ward: str
    packet: str
    folder: Path
    pages: int
    patients: int
    problems: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json`` (DESIGN 5)."""
        return {
            "ward": self.ward,
            "id": self.packet,
            "pdf": str(self.folder / PDF),
            "manifest": str(self.folder / MANIFEST),
            "pages": self.pages,
            "patients": self.patients,
            "problems": list(self.problems),
        }


def print_packets(
    open_site: OpenSite,
    snapshot: Snapshot,
    *,
    wards: Sequence[str],
    out: Path,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Printed]:
    """Write the packets of the given wards, or of every ward in the snapshot.

    Raises:
        ConfigError: E105, a ward has no patient and no file.
    """
    by_ward: dict[str, list[PatientRecord]] = {}
    for record in snapshot.records:
        by_ward.setdefault(record.stay.ward or UNASSIGNED, []).append(record)
    for ward in wards:
        if ward not in by_ward and ward not in open_site.site.wards:
            raise ConfigError(
                "E105",
                place=f"ward {ward}",
                fault="has no patient in the snapshot and no ward file.",
                cure=f"Check its code; the snapshot has: {', '.join(sorted(by_ward)) or 'none'}.",
            )
    chosen = list(dict.fromkeys(wards)) or sorted(by_ward)
    signer = load_signer(open_site.site.keys, now)
    digest = hashlib.sha256(intake.dumps(snapshot)).digest()
    settings_of = {ward: open_site.site.ward(ward) for ward in chosen}
    # Before the first packet is written: a dangerous form must not be found out after half the wards are printed.
    open_site.checked(tuple({NOTES_FORM: 0, **{f: 0 for s in settings_of.values() for f in s.forms}}))
    printed = []
    for ward, settings in settings_of.items():
        packet = _plan(open_site, settings, tuple(by_ward.get(ward, ())), snapshot, signer, digest, now)
        printed.append(write_packet_folder(packet, out, signer))
        progress(ward)
    return printed


def _plan(
    open_site: OpenSite,
    settings: WardSettings,
    records: tuple[PatientRecord, ...],
    snapshot: Snapshot,
    signer: Signer,
    digest: bytes,
    now: datetime,
) -> Packet:
    site = open_site.site
    ward = Ward(
        settings.code,
        settings.name,
        settings.phones,
        settings.steps,
        settings.forms,
        settings.paper,
        settings.language,
        settings.admission_sets,
    )
    run = Run(
        site.code,
        site.name,
        site.zone,
        Style(ZoneInfo(site.zone), settings.language),
        now,
        snapshot.as_of,
        ward,
        signer.cards[1],
    )
    forms = tuple(open_site.get(f) for f in (*settings.forms, NOTES_FORM))
    # Without the file names: the same forms are the same inputs wherever papermode is installed.
    contents = tuple(replace(form, source="") for form in forms)
    inputs = hashlib.sha256(digest + repr((settings, contents, now.isoformat())).encode()).digest()
    sources = tuple(f"{s.kind}:{s.name}" for s in snapshot.sources)
    return plan_packet(Job(run, records, open_site, signer, signer.cards, sources, inputs))


def write_packet_folder(packet: Packet, out: Path, signer: Signer) -> Printed:
    """Write a packet's PDF and manifest into a folder of its own, whole or not at all."""
    folder = PacketFolder(out, folder_name(packet.ward, packet.printed_at, packet.zone))
    try:
        digest = save_packet(packet, folder.path / PDF)
        manifest = manifest_of(packet, digest.hex())
        manifest["signature"] = sign_manifest(unsigned(manifest), signer)
        path = folder.commit(manifest)
    except BaseException:
        folder.discard()
        raise
    return Printed(packet.ward, packet.id, path, len(packet.pages), packet.patients, packet.problems)
