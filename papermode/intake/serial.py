"""A snapshot as JSON: ``{"format": "papermode-snapshot/1", "snapshot": {…}}``.

The fields are those of :mod:`papermode.model.snapshot` under their own names.
"""

from __future__ import annotations

from typing import Final

import msgspec

from papermode.errors import SnapshotError
from papermode.model.snapshot import Snapshot

FORMAT: Final = "papermode-snapshot/1"


class _Stored(msgspec.Struct):
    format: str
    snapshot: Snapshot


class _Header(msgspec.Struct):
    format: str


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(_Stored)


def dumps(snapshot: Snapshot) -> bytes:
    """Return a snapshot as JSON bytes; the same snapshot gives the same bytes."""
    return _ENCODER.encode(_Stored(FORMAT, snapshot))


def is_stored(data: bytes) -> bool:
    """Whether bytes look like a stored snapshot rather than data of an EHR."""
    return data[:200].lstrip().startswith(b'{"format":"papermode-snapshot/')


def loads(data: bytes, place: str = "snapshot") -> Snapshot:
    """Return a stored snapshot.

    Args:
        data: What :func:`dumps` returned.
        place: What to call it in an error.

    Raises:
        SnapshotError: E308 if it is no stored snapshot, is damaged, or is of a format that this version does not know.
    """
    try:
        header = msgspec.json.decode(data, type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _bad(place, "this is not a stored snapshot.", "Load the patient data again.") from None
    if header.format != FORMAT:
        raise _bad(
            place, "the snapshot is of a format that this version does not know.", "Use the version that wrote it."
        )
    try:
        return _DECODER.decode(data).snapshot
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _bad(place, "the stored snapshot is damaged.", "Load the patient data again.") from None


def _bad(place: str, fault: str, cure: str) -> SnapshotError:
    return SnapshotError("E308", place=place, fault=fault, cure=cure)
