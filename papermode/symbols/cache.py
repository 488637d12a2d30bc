"""The tables of :mod:`papermode.symbols.affine` on disk, so that a print run does not work them out again.

The file is a convenience: when it is missing, damaged, from another release or not writable, the tables
are worked out, and nobody is told. It lies in ``$XDG_CACHE_HOME/papermode`` (else ``~/.cache/papermode``).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from papermode.symbols.affine import Basis, Spec, build

_FORMAT = "1"
"""Raise it when the meaning of the file changes; the old files are then not looked at."""
_DIGEST = 32


def basis(spec: Spec) -> Basis:
    """Return a spec's basis from the cache; work it out, and try to keep it, where the cache has none."""
    path = cache_path(spec)
    if path is not None and (known := _read(path, spec)) is not None:
        return known
    made = build(spec)
    if path is not None:
        with contextlib.suppress(OSError):
            _write(path, _to_bytes(spec, made))
    return made


def cache_path(spec: Spec) -> Path | None:
    """Return where a spec's tables are kept; ``None`` where there is no home for a cache."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    if not Path(home).is_absolute():  # the XDG specification: relative paths are to be ignored
        try:
            home = str(Path.home() / ".cache")
        except RuntimeError:  # no home directory, as in some service accounts
            return None
    return Path(home) / "papermode" / f"qr-{spec.version}-{_FORMAT}.bin"


def _to_bytes(spec: Spec, made: Basis) -> bytes:
    payload = b"".join(row.to_bytes(spec.size, "big") for row in (made.base, *made.vectors))
    return _digest(spec, payload) + payload


def _digest(spec: Spec, payload: bytes) -> bytes:
    return hashlib.sha256(repr(spec).encode() + payload).digest()


def _read(path: Path, spec: Spec) -> Basis | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    payload = content[_DIGEST:]
    if content[:_DIGEST] != _digest(spec, payload) or len(payload) != (1 + 8 * spec.codewords) * spec.size:
        return None
    base, *vectors = (
        int.from_bytes(payload[start : start + spec.size], "big") for start in range(0, len(payload), spec.size)
    )
    return Basis(base, tuple(vectors))


def _write(path: Path, content: bytes) -> None:
    # Renamed into place, so that two runs at once never see half a file. Not synced: a torn file fails its check.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
