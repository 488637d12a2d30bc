"""What SQLite refuses, in the store's words."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from papermode.errors import StoreError
from papermode.store.durable import busy, disk_full

_NO_DAMAGE: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def _primary(error: sqlite3.Error) -> int:
    """The result code without its extension."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def may_be_sound(error: sqlite3.Error) -> bool:
    """Tell whether an index that could not be asked may be sound all the same."""
    return _primary(error) in _NO_DAMAGE


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether an index can only be thrown away."""
    code = _primary(error)
    lost_tables = code == sqlite3.SQLITE_ERROR and "no such" in str(error)
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or lost_tables


def index_refusal(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the message for what SQLite refused."""
    code = _primary(error)
    if code == sqlite3.SQLITE_FULL:
        return disk_full(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return busy(path)
    return StoreError(
        "E810",
        place=str(path),
        fault=f"cannot be read or written ({getattr(error, 'sqlite_errorname', type(error).__name__)}).",
        cure="Check the disk and the rights of this user; the index can be removed, it is made again.",
    )


def differs(path: Path) -> StoreError:
    """Return the fault of an index that is not what the journal makes of it."""
    return StoreError(
        "E820",
        place=str(path),
        fault="is damaged, or does not say what the journal says.",
        cure="Run: papermode reindex. Nothing is lost: the journal is the truth.",
    )
