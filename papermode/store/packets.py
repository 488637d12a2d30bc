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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from papermode.errors import StoreError
from papermode.model.layout import (
    Layout,
    Text,
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
    except (OSError, ValueError, KeyError, TypeError):
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


@dataclass(frozen=True, slots=True)
class StoredPage:
    """One page of a manifest, with its layout."""

    packet: str
    entry: dict[str, Any]
    layout: Layout

    @property
    def head(self) -> tuple[Text, ...]:
        """The lines printed in the zone of the name; empty in a manifest that does not keep them."""
        return tuple(line_from_dict(line) for line in self.entry.get("head", ()))


class Manifests:
    """The manifests of all packet folders under some folders, by packet id."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.packets: dict[str, dict[str, Any]] = {}
        self.faults: list[StoreError] = []
        self._layouts: dict[str, Layout] = {}
        self._check: Callable[[dict[str, Any]], StoreError | None] | None = None
        self._believed: dict[str, bool] = {}
        for folder in folders:
            for path in sorted(folder.rglob(MANIFEST)):
                self._add(path)

    def _add(self, path: Path) -> None:
        try:
            manifest = read_manifest(path)
        except StoreError as error:
            self.faults.append(error)
            return
        self.packets[manifest["packet"]] = manifest

    def believe(self, check: Callable[[dict[str, Any]], StoreError | None]) -> None:
        """Let nothing be taken from a manifest before it is checked.

        Which drug a row of a page stands for is said by the manifest alone, so a changed one would file a dose of
        another. A manifest is checked when its first page is asked for: a site keeps those of many nights.

        Args:
            check: Returns why a manifest must not be used, or ``None``.
        """
        self._check = check
        self._believed.clear()

    def _is_believed(self, packet: str) -> bool:
        found = self._believed.get(packet)
        if found is None:
            fault = self._check(self.packets[packet]) if self._check is not None else None
            found = self._believed[packet] = fault is None
            if fault is not None:
                self.faults.append(fault)
        return found

    def page(self, packet: str, serial: int) -> StoredPage | None:
        """Return a page of a known packet, or ``None``."""
        manifest = self.packets.get(packet)
        if manifest is None or not 1 <= serial <= len(manifest["pages"]) or not self._is_believed(packet):
            return None
        entry = manifest["pages"][serial - 1]
        return StoredPage(packet, entry, self._layout(manifest, entry["layout"]))

    def _layout(self, manifest: dict[str, Any], identifier: str) -> Layout:
        found = self._layouts.get(identifier)
        if found is None:
            found = self._layouts[identifier] = layout_from_dict(manifest["layouts"][identifier])
        return found

    def cards(self) -> tuple[str, ...]:
        """Return the card and certificate texts of all packets, each once."""
        return tuple(dict.fromkeys(c for m in self.packets.values() for c in m["cards"]))

    def pages(self) -> Iterator[StoredPage]:
        """Go through every page of every packet."""
        for packet, manifest in self.packets.items():
            for serial in range(1, len(manifest["pages"]) + 1):
                found = self.page(packet, serial)
                if found is not None:
                    yield found


def read_manifest(path: Path) -> dict[str, Any]:
    """Read one manifest and check that it is whole: every layout has the id it stands under.

    Raises:
        StoreError: E802, the file is no manifest, or was changed.
    """

    def fault(what: str) -> StoreError:
        return StoreError("E802", place=str(path), fault=what, cure="Take the packet folder from another copy.")

    try:
        manifest = json.loads(path.read_bytes())
        if manifest["format"] != FORMAT:
            raise fault(f"has the format {manifest['format']!r}, which this papermode does not read.")
        for identifier, public in manifest["layouts"].items():
            if layout_id(public) != identifier:
                raise fault(f"has a layout {identifier[:8]}… that is not what its id says.")
            layout_from_dict(public)
        for number, entry in enumerate(manifest["pages"], 1):
            if entry["layout"] not in manifest["layouts"]:
                raise fault("names a layout that it does not hold.")
            if entry["page"] != number or not _all_text(entry["claim"], entry["locator"], entry["form"]):
                raise fault(f"has an entry for page {number} that is none.")
            for line in entry.get("head", ()):
                line_from_dict(line)
        if not _all_text(manifest["packet"], manifest["printed_at"], *manifest["cards"]):
            raise fault("has a number where a text must be.")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise fault(f"is no readable manifest ({type(error).__name__}).") from error
    return dict(manifest)


def _all_text(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def unsigned(manifest: dict[str, Any]) -> bytes:
    """Return the bytes that a manifest's signature is over: its canonical JSON without ``signature``."""
    return canonical_json({k: v for k, v in manifest.items() if k != "signature"})
