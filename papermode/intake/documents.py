"""The containers that FHIR resources come in: NDJSON, Bundle, a single resource, a bulk export's manifest.

* NDJSON, one resource a line (``hl7.org/fhir/uv/bulkdata``). A file named after a resource type (``Flag.ndjson``)
  says that the export covers this type, even when it is empty.
* Bundle of type searchset, collection, transaction, batch, document, message or history. ``Bundle.timestamp``,
  else ``meta.lastUpdated``, is the time of the export. A ``next`` link means that pages are missing.
* The JSON manifest that a bulk export's status answer holds: ``transactionTime`` is the time of the export.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from papermode.intake import files
from papermode.intake.gather import Fault, Gathered, Raw, SourceFile, unreadable
from papermode.intake.resources_more import TYPES
from papermode.intake.times import instant

_MALFORMED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Document(msgspec.Struct):
    """The outermost object of a JSON file: a Bundle, another resource, or a manifest. Nothing of it is trusted."""

    resourceType: Any = None  # noqa: N815 - FHIR's name
    type: Any = None
    timestamp: Any = None
    meta: Any = None
    link: Any = None
    entry: msgspec.Raw = msgspec.Raw(b"[]")
    transactionTime: Any = None  # noqa: N815 - the manifest's name
    output: Any = None
    error: Any = None


class _Entry(msgspec.Struct):
    fullUrl: Any = None  # noqa: N815 - FHIR's name
    resource: msgspec.Raw = msgspec.Raw(b"null")
    request: Any = None


_DOCUMENT: Final = msgspec.json.Decoder(_Document)
_ENTRY: Final = msgspec.json.Decoder(_Entry)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BUNDLES_DEEP: Final = 4
"""Bundles within Bundles that are still opened (a batch of searches is two)."""


def read(item: files.Input, into: Gathered) -> None:
    """Read one JSON or NDJSON file into ``into``."""
    if item.suffix in (".ndjson", ".jsonl"):
        _read_lines(item, into)
        return
    tally = files.Tally()
    data = files.whole(item, into.limits, tally)
    if _looks_like_lines(data):
        _read_lines(item, into)
        return
    source = _open(item, into, "fhir-bundle")
    source.sha256 = tally.sha256
    if tally.damaged:
        _damage(into, tally.damaged)
    _read_document(data, into)


def _open(item: files.Input, into: Gathered, kind: str) -> SourceFile:
    source = SourceFile(item.name, kind)
    into.files.append(source)
    return source


def _damage(into: Gathered, why: str, kind: str = "*", line: int = 0) -> None:
    """Note that a part of the current file is lost."""
    name = into.files[-1].name
    into.fault(Fault(unreadable(name, line, "file", why), kind if kind != "*" else ""))
    into.lack(kind, f"the file {name} could not be read to its end")


def _looks_like_lines(data: bytes) -> bool:
    """Whether a file without the NDJSON suffix holds one JSON object a line."""
    head, _, rest = data.lstrip().partition(b"\n")
    if not head.startswith(b"{") or not rest.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(head, type=msgspec.Raw)
    except _MALFORMED:
        return False
    return True


def _read_lines(item: files.Input, into: Gathered) -> None:
    source = _open(item, into, "fhir-ndjson")
    index = len(into.files) - 1
    kind = item.stem if item.stem in TYPES else "*"
    if kind != "*":
        into.present.add(kind)
    tally = files.Tally()
    for number, line in files.lines(item, into.limits, tally):
        if line is None:
            _damage(into, f"a line is longer than {into.limits.line_bytes // 2**20} MB", kind, number)
        elif line and not line.isspace():
            _add(Raw(line, index, number), into)
    source.sha256 = tally.sha256
    if tally.damaged:
        _damage(into, tally.damaged, kind)


def _add(raw: Raw, into: Gathered, depth: int = 0) -> None:
    """Add one resource; a Bundle within a line or an entry is opened."""
    if into.add(raw) != "Bundle":
        return
    try:
        if depth >= _BUNDLES_DEEP:
            raise msgspec.DecodeError
        _read_bundle(_DOCUMENT.decode(raw.data), raw.file, into, depth + 1)
    except _MALFORMED:
        into.fault(Fault(unreadable(into.files[raw.file].name, raw.line, "Bundle", "it is not a well-formed Bundle")))
        into.lack("*", "a Bundle could not be read")


def _read_document(data: bytes, into: Gathered) -> None:
    """Read a JSON file that is not NDJSON."""
    index = len(into.files) - 1
    try:
        if data.lstrip()[:1] == b"[":
            for number, raw in enumerate(_ARRAY.decode(data), 1):
                _add(Raw(bytes(raw), index, -number), into)
            return
        document = _DOCUMENT.decode(data)
        if document.resourceType is None and document.transactionTime is not None:
            _read_manifest(document, into)
        elif document.resourceType == "Bundle":
            into.files[index].exported = _exported(document)
            _read_bundle(document, index, into, 0)
        else:
            into.add(Raw(data, index, 0))
    except _MALFORMED:
        _broken_document(data, into)


def _broken_document(data: bytes, into: Gathered) -> None:
    """Name a file that is not JSON; one whose resource is recognisable is named as that resource."""
    into.files[-1].records += 1
    if data.lstrip()[:1] in (b"{", b"["):
        _damage(into, "it is not complete, well-formed JSON")
    else:
        _damage(into, "it is not JSON")


def _read_manifest(document: _Document, into: Gathered) -> None:
    into.files[-1].kind = "fhir-manifest"
    into.files[-1].exported = instant(_text(document.transactionTime))
    for output in _objects(document.output):
        kind = output.get("type")
        if isinstance(kind, str):
            into.present.add(kind)
    if document.error:
        into.lack("*", "the EHR reports errors in its export")


def _read_bundle(bundle: _Document, index: int, into: Gathered, depth: int) -> None:
    asked = _asked_type(bundle)
    if asked:
        into.present.add(asked)
    before = dict(into.counts)
    for number, raw in enumerate(_ARRAY.decode(_listed(bundle.entry)), 1):
        try:
            entry = _ENTRY.decode(raw)
        except _MALFORMED:
            _add(Raw(bytes(raw), index, -number), into, depth)
            continue
        resource = bytes(entry.resource)
        if resource != b"null" and not _is_deletion(entry):
            _add(Raw(resource, index, -number, _full_url(entry.fullUrl)), into, depth)
    if any(link.get("relation") == "next" for link in _objects(bundle.link)):
        kinds = {kind for kind, count in into.counts.items() if count > before.get(kind, 0)}
        for kind in kinds | ({asked} if asked else set()) or {"*"}:
            into.lack(kind, "the search had more pages than the export holds")


def _exported(bundle: _Document) -> datetime | None:
    updated = bundle.meta.get("lastUpdated") if isinstance(bundle.meta, dict) else None
    return instant(_text(bundle.timestamp)) or instant(_text(updated))


def _asked_type(bundle: _Document) -> str:
    """Return the type that a searchset was asked for, from its ``self`` link: an empty answer then says 'none'."""
    if bundle.type != "searchset":
        return ""
    for link in _objects(bundle.link):
        if link.get("relation") == "self":
            try:
                last = urlsplit(_text(link.get("url"))).path.rstrip("/").rpartition("/")[2]
            except ValueError:
                return ""
            return last if last in TYPES else ""
    return ""


def _is_deletion(entry: _Entry) -> bool:
    return isinstance(entry.request, dict) and entry.request.get("method") == "DELETE"


def _full_url(url: object) -> str:
    return url if isinstance(url, str) and url.startswith(("urn:uuid:", "urn:oid:")) else ""


def _listed(entries: msgspec.Raw) -> bytes:
    """Return the entries of a Bundle; a Bundle that says ``null`` has none."""
    data = bytes(entries)
    return b"[]" if data == b"null" else data


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
