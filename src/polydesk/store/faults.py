"""SQLite's failures in the words of someone who has to mend them."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from polydesk.core.errors import StoreError

# Primary result codes: https://sqlite.org/rescode.html (checked 2026-11-24). Extended codes carry them in the low byte.
_REMEDIES = {
    sqlite3.SQLITE_NOTADB: "it is not a database; move it away, and a new one is made",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a backup, or move it away, and a new one is made",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and try again, nothing half-written was kept",
    sqlite3.SQLITE_BUSY: "another process has kept it locked for too long; end that process and try again",
    sqlite3.SQLITE_READONLY: "it may not be written; change its permissions, or name another place",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_PERM: "it may not be opened; change its permissions, or name another place",
    sqlite3.SQLITE_IOERR: "the disk failed while reading or writing; check the disk and its free space",
}


@contextmanager
def store_errors(path: Path) -> Generator[None]:
    """Raise StoreError, with the remedy, for what SQLite and the file system raise inside."""
    try:
        yield
    except sqlite3.Error as exc:
        raise store_error(exc, path) from exc
    except OSError as exc:
        raise StoreError(f"The records in {path} cannot be used: {exc.strerror}.", path=str(path)) from exc


def store_error(error: sqlite3.Error | OverflowError, path: Path) -> StoreError:
    """What SQLite says of the file at `path`, with the remedy."""
    # Errors of the binding itself, such as a closed connection, carry no code.
    code = getattr(error, "sqlite_errorcode", None)
    remedy = None if code is None else _REMEDIES.get(code & 0xFF)
    return StoreError(f"The records in {path} cannot be used: {remedy or error}.", path=str(path))
