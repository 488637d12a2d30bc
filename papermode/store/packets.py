"""Packet folders: manifest and PDF, written whole or not at all, and found again.

``<ward>-<yyyymmddThhmm>/`` with ``packet.pdf`` and ``manifest.json`` (docs/manifest.md). The folder and the
site's public card are enough to read its pages on another machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from papermode.errors import StoreError
from papermode.model.layout import (
    Layout,
    canonical_json,
    head_lines,
    layout_from_dict,
    layout_id,
    line_from_dict,
)
from papermode.model.packet import Packet, Page

MANIFEST: Final = "manifest.json"
PDF: Final = "packet.pdf"
FORMAT: Final = "papermode-manifest/1"


def folder_name(ward: str, printed_at: datetime, zone: str) -> str:
    """Return the packet folder's name; characters that no file system likes become ``_``."""
    safe = re.sub(r"[^0-9A-Za-z.-]+", "_", ward).strip(".") or "WARD"
    return f"{safe}-{printed_at.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M}"


def manifest_of(packet: Packet, pdf_sha256: str) -> dict[str, Any]:
    """Return the manifest of a packet, without its signature."""
    zone = ZoneInfo(packet.zone)
    return {
        "format": FORMAT,
        "packet": packet.id,
        "site": packet.site,
        "ward": packet.ward,
        "zone": packet.zone,
        "printed_at": packet.printed_at.astimezone(zone).isoformat(),
        "as_of": packet.as_of.astimezone(zone).isoformat(),
        "sources": list(packet.sources),
        "pdf_sha256": pdf_sha256,
        "cards": list(packet.cards),
        "layouts": {i: layout.as_dict() for i, layout in {p.layout.id: p.layout for p in packet.pages}.items()},
        "pages": [_page_entry(p, i) for i, p in enumerate(packet.pages, 1)],
    }


def _page_entry(page: Page, serial: int) -> dict[str, Any]:
    subject = page.subject
    return {
        "page": serial,
        "claim": page.claim_text,
        "locator": page.locator_text,
        "form": page.form,
        "version": page.version,
        "layout": page.layout.id,
        "set": [page.set_x, page.set_y],
        "mrn": subject.mrn if subject else None,
        "encounter": page.encounter or None,
        "patient": {"mrn": subject.mrn, "name": subject.name, "birth_date": subject.birth_date} if subject else None,
        "head": [line.as_dict() for line in head_lines(page.layout, page.fills)],
        "rows": {
            str(n): {"ref": r.ref, "text": r.text, **({"times": {str(c): t for c, t in r.times}} if r.times else {})}
            for n, r in page.rows
        },
        "columns": {str(n): {"time": t} for n, t in page.columns},
    }


class PacketFolder:
    """A packet folder while it is written: filled beside its place, then renamed into it."""

    def __init__(self, parent: Path, name: str) -> None:
        self._parent = parent
        self._name = name
        try:
            parent.mkdir(parents=True, exist_ok=True)
            self.path = Path(tempfile.mkdtemp(prefix=".partial-", dir=parent))
        except OSError as error:
            raise _cannot_write(parent, error) from error

    def commit(self, manifest: dict[str, Any]) -> Path:
        """Write the manifest and give the folder its name; an older packet of that name stays as it is."""
        try:
            with (self.path / MANIFEST).open("wb") as f:
                f.write(json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode())
                f.flush()
                os.fsync(f.fileno())
            (self.path / MANIFEST).chmod(0o640)
            self.path.chmod(0o750)
            return self._rename(manifest["packet"])
        except OSError as error:
            self.discard()
            raise _cannot_write(self._parent, error) from error

    def _rename(self, packet: str) -> Path:
        for n in range(1, 1000):
            target = self._parent / (self._name if n == 1 else f"{self._name}-{n}")
            if target.exists():
                if _packet_id(target) == packet:
                    self.discard()
                    return target
                continue
            self.path.rename(target)
            _sync(self._parent)
            return target
        raise StoreError(
            "E803",
            place=str(self._parent),
            fault="holds a thousand packets of this ward and minute.",
            cure="Clear the folder.",
        )

    def discard(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self.path, ignore_errors=True)


def _packet_id(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_bytes())["packet"])
    except (ValueError, KeyError, TypeError):
        return ""


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(place: Path, error: OSError) -> StoreError:
    return StoreError(
        "E801",
        place=str(place),
        fault=f"cannot be written ({error.strerror}).",
        cure="Free space or choose another folder with --out.",
    )


def read_manifest(path: Path) -> dict[str, Any]:
    """Read one manifest and check that it is whole: every layout has the id it stands under.

    Raises:
        StoreError: E802, the file is no manifest, or was changed.
    """
    return parse_manifest(path, manifest_bytes(path), {})


def manifest_bytes(path: Path) -> bytes:
    """Return the content of a manifest's file.

    Raises:
        StoreError: E802, it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise bad_manifest(path, f"is no readable manifest ({type(error).__name__}).") from error


def bad_manifest(path: Path, fault: str) -> StoreError:
    """Return the error of a manifest that cannot be used."""
    return StoreError("E802", place=str(path), fault=fault, cure="Take the packet folder from another copy.")


def parse_manifest(path: Path, raw: bytes, layouts: dict[str, Layout]) -> dict[str, Any]:
    """Return the manifest that a file has, checked as by :func:`read_manifest`.

    Args:
        path: The file.
        raw: What is in it.
        layouts: Layouts by id; those of the manifest are added, and those that are there are not looked at again.

    Raises:
        StoreError: E802.
    """

    def fault(what: str) -> StoreError:
        return bad_manifest(path, what)

    try:
        manifest = json.loads(raw)
        if manifest["format"] != FORMAT:
            raise fault(f"has the format {manifest['format']!r}, which this papermode does not read.")
        for identifier, public in manifest["layouts"].items():
            if identifier not in layouts:
                if layout_id(public) != identifier:
                    raise fault(f"has a layout {identifier[:8]}… that is not what its id says.")
                layouts[identifier] = layout_from_dict(public)
        for number, entry in enumerate(manifest["pages"], 1):
            if entry["layout"] not in manifest["layouts"]:
                raise fault("names a layout that it does not hold.")
            if entry["page"] != number or not _all_text(entry["claim"], entry["locator"], entry["form"]):
                raise fault(f"has an entry for page {number} that is none.")
            for line in entry.get("head", ()):
                line_from_dict(line)
        if not _all_text(manifest["packet"], manifest["printed_at"], *manifest["cards"]):
            raise fault("has a number where a text must be.")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise fault(f"is no readable manifest ({type(error).__name__}).") from error
    return dict(manifest)


def _all_text(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def unsigned(manifest: dict[str, Any]) -> bytes:
    """Return the bytes that a manifest's signature is over: its canonical JSON without ``signature``."""
    return canonical_json({k: v for k, v in manifest.items() if k != "signature"})
