"""Whether a records file is whole, found without changing it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from polydesk.store.faults import store_errors

_MOST = 5


def damages(path: Path) -> list[str]:
    """What SQLite finds wrong in the database at `path`, at most five things; empty when it is whole.

    Rows are held against their pages, but not indexes against rows. Raises StoreError when it cannot be read at all.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    with store_errors(path), closing(sqlite3.connect(address, uri=True)) as connection:
        rows = connection.execute(f"PRAGMA quick_check({_MOST})").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]
