"""The manifests of many packet folders: what was printed on which page.

A site keeps those of many nights and wards, each with a thousand bytes a page: all are read and checked once, and the
pages of those in use are kept. A layout, which most of them share, is kept once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from papermode.errors import StoreError
from papermode.model.layout import Layout, Text, line_from_dict
from papermode.store.packets import MANIFEST, bad_manifest, manifest_bytes, parse_manifest

_IN_USE: Final = 64
"""Manifests kept in memory, about 1.2 MB each: a heap mixes the wards of a hospital, but hardly its nights."""

Check = Callable[[dict[str, Any]], StoreError | None]


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


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of each manifest."""

    path: Path
    digest: bytes
    """SHA-256 of the file when it was checked."""
    cards: tuple[str, ...]
    mrns: frozenset[str]
    """The patients that it has pages of."""

    def read(self) -> dict[str, Any]:
        """Read the manifest again.

        Raises:
            StoreError: E802, it is not there any more, or it is another.
        """
        raw = manifest_bytes(self.path)
        if sha256(raw).digest() != self.digest:
            raise bad_manifest(self.path, "has been changed while it was in use.")
        manifest: dict[str, Any] = json.loads(raw)
        return manifest


class _Packets(Mapping[str, dict[str, Any]]):
    """Manifests by packet id, without their layouts; read again when they are asked for."""

    def __init__(self) -> None:
        self.known: dict[str, _Known] = {}
        self._read = lru_cache(_IN_USE)(self._without_layouts)

    def _without_layouts(self, packet: str) -> dict[str, Any]:
        return {key: value for key, value in self.known[packet].read().items() if key != "layouts"}

    def __getitem__(self, packet: str) -> dict[str, Any]:
        return self._read(packet)

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def __contains__(self, packet: object) -> bool:
        return packet in self.known


class Manifests:
    """The manifests of all packet folders under some folders, by packet id."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._packets = _Packets()
        self.faults: list[StoreError] = []
        self._layouts: dict[str, Layout] = {}
        self._check: Check | None = None
        self._believed: dict[str, bool] = {}
        for folder in folders:
            for path in sorted(folder.rglob(MANIFEST)):
                self._add(path)

    def _add(self, path: Path) -> None:
        try:
            raw = manifest_bytes(path)
            manifest = parse_manifest(path, raw, self._layouts)
        except StoreError as error:
            self.faults.append(error)
            return
        mrns = frozenset(mrn for page in manifest["pages"] if isinstance(mrn := page.get("mrn"), str))
        self._packets.known[manifest["packet"]] = _Known(path, sha256(raw).digest(), tuple(manifest["cards"]), mrns)

    @property
    def packets(self) -> Mapping[str, dict[str, Any]]:
        """The manifests by packet id, without their layouts."""
        return self._packets

    def believe(self, check: Check) -> None:
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
            try:
                fault = self._check(self._packets.known[packet].read()) if self._check is not None else None
            except StoreError as error:
                fault = error
            found = self._believed[packet] = fault is None
            if fault is not None:
                self.faults.append(fault)
        return found

    def page(self, packet: str, serial: int) -> StoredPage | None:
        """Return a page of a known packet, or ``None``; what cannot be read any more is among the faults."""
        if packet not in self._packets or not self._is_believed(packet):
            return None
        try:
            pages = self._packets[packet]["pages"]
        except StoreError as error:
            self._believed[packet] = False
            self.faults.append(error)
            return None
        if not 1 <= serial <= len(pages):
            return None
        entry = pages[serial - 1]
        return StoredPage(packet, entry, self._layouts[entry["layout"]])

    def cards(self) -> tuple[str, ...]:
        """Return the card and certificate texts of all packets, each once."""
        return tuple(dict.fromkeys(card for known in self._packets.known.values() for card in known.cards))

    def pages(self, mrn: str = "") -> Iterator[StoredPage]:
        """Go through every page of every packet, or those of one patient."""
        for packet, known in self._packets.known.items():
            if mrn and mrn not in known.mrns:
                continue
            serial = 1
            while (found := self.page(packet, serial)) is not None:
                serial += 1
                if not mrn or found.entry["mrn"] == mrn:
                    yield found
