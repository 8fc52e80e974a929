"""What only one engine has."""

from __future__ import annotations

import sqlite3

from polydesk.store.database import SqliteDatabase
from polydesk.store.store import Store


def connection_of(store: Store) -> sqlite3.Connection:
    """The connection of a store in a file."""
    assert isinstance(store._database, SqliteDatabase)
    return store._database.connection
