"""Key files: written whole or not at all, never over another, and private ones read by their owner only."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from papermode.errors import TrustError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PUBLIC_MODE: Final = 0o644
_LARGEST: Final = 64 * 1024
"""No key file is larger; what is, is no key file."""


def make_folder(folder: Path) -> None:
    """Make a folder for keys that only its owner may enter; one that is there stays as it is."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read (mode 0600)."""
    _write_new(path, content, 0o600)


def write_public(path: Path, text: str) -> None:
    """Write a new file of one line that everybody may read."""
    _write_new(path, text.encode("ascii") + b"\n", _PUBLIC_MODE)


def read_private(path: Path) -> bytes:
    """Return a private file's content.

    Raises:
        TrustError: E601, it is not there; E602, others than its owner may read it; E619, it cannot be read.
    """
    try:
        with path.open("rb") as file:
            # Asked of the open file, so that it cannot be exchanged in between. Windows has other means.
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & _OTHERS:
                raise TrustError(
                    "E602",
                    place=f"private key {path}",
                    fault=f"may be read by others than its owner (mode {stat.S_IMODE(mode):04o}).",
                    cure=f"Run: chmod 600 '{path}'. If others had access to this machine, make a new key.",
                )
            return file.read(_LARGEST)
    except FileNotFoundError:
        raise TrustError(
            "E601",
            place=f"private key {path}",
            fault="is not there.",
            cure="Name the file where it is kept, or make a new key with 'papermode keys'.",
        ) from None
    except OSError as error:
        raise _failed(path, "read", error) from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write, sync, then give the name: after a power cut there is the whole file or none."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            _name(Path(name), path)
        finally:
            Path(name).unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise TrustError(
            "E606",
            place=f"key file {path}",
            fault="is there already; keys are never overwritten, because old pages need them.",
            cure="Keep it. To make a new one, rename the old file first (root-<kid>.card is still found).",
        ) from None
    except OSError as error:
        raise _failed(path, "written", error) from error


def _name(temporary: Path, path: Path) -> None:
    """Give a file its name; ``FileExistsError`` if that is taken (a rename would replace what is there)."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # file systems without hard links (FAT on a USB stick): reserve the name, then replace that
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open folders, and keeps names by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(path: Path, what: str, error: OSError) -> TrustError:
    return TrustError(
        "E619",
        place=f"key file {path}",
        fault=f"cannot be {what} ({error.strerror}).",
        cure="Check the disk, the folder and the rights of this user.",
    )
