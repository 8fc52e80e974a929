"""A PostgreSQL database with our tables: opened, read and written."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, LiteralString, TypeAlias, cast

import psycopg
from psycopg.rows import dict_row

from polydesk.store.database import Durability, Row, Transaction
from polydesk.store.places import PostgresPlace
from polydesk.store.postgres.faults import LOST, store_errors
from polydesk.store.postgres.schema import migrate
from polydesk.store.schema import APPLICATION_ID

Connection: TypeAlias = psycopg.Connection[dict[str, Any]]
CONNECT_S = 5
_UNANSWERED_MS = 10_000
LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared($1)"
"""Taken by whoever writes, before a call gets its number: see `settled_through`."""
_LOCK_ALONE = "SELECT pg_advisory_xact_lock($1)"
WRITING = APPLICATION_ID
"""The advisory lock of the above."""
_PLACEHOLDER = re.compile(r"\?(\d*)")


@lru_cache(maxsize=512)
def numbered(statement: str) -> LiteralString:
    """A statement of ours with the values as PostgreSQL numbers them: `?` and `?1` become `$1`."""
    count = itertools.count(1)
    return cast("LiteralString", _PLACEHOLDER.sub(lambda found: f"${found[1] or next(count)}", statement))


def connection_options(place: PostgresPlace) -> dict[str, Any]:
    """What a connection is made with, so that a server that has gone is noticed within seconds."""
    options: dict[str, Any] = {
        "conninfo": place.url,
        "connect_timeout": CONNECT_S,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": _UNANSWERED_MS,
        "application_name": "polydesk",
        "autocommit": True,
        "row_factory": dict_row,
    }
    if place.password is not None:
        options["password"] = place.password
    return options


def session_settings(durability: Durability, busy_timeout_s: float) -> list[str]:
    """What each connection is told first."""
    settings = [f"SET lock_timeout = {max(1, round(busy_timeout_s * 1000))}"]
    if durability == "power":
        settings.append("SET synchronous_commit = on")
    return settings


class PostgresTransaction:
    """One of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> int:
        """Do it, and say how many rows it touched."""
        return self._connection.execute(numbered(statement), values).rowcount

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Do it once for each of `rows`."""
        with self._connection.cursor() as cursor:
            cursor.executemany(numbered(statement), rows)


class PostgresDatabase:
    """A connection that several threads may use, one after another, made anew when it is lost.

    Every method raises StoreError.
    """

    def __init__(self, place: PostgresPlace, *, busy_timeout_s: float, durability: Durability) -> None:
        self._place = place
        self._busy_timeout_s = busy_timeout_s
        self._durability: Durability = durability
        self._lock = threading.Lock()
        self._connection = self._connected()

    @property
    def place(self) -> str:
        """Its address, without user and password."""
        return str(self._place)

    def close(self) -> None:
        """Let go of the connection. Nothing is lost by not calling it."""
        with self._lock, store_errors(self.place):
            self._connection.close()

    def rows(self, query: str, *values: Any) -> Sequence[Row]:
        """Everything that `query` finds."""
        with self._lock, store_errors(self.place):
            try:
                return self._connection.execute(numbered(query), values).fetchall()
            except LOST:
                self._renew()
                return self._connection.execute(numbered(query), values).fetchall()

    @contextmanager
    def writing(self) -> Generator[Transaction]:
        """A transaction: what is done inside is kept wholly, or not at all when the block raises."""
        with self._lock, store_errors(self.place):
            self._look()
            with self._connection.transaction():
                self._connection.execute(LOCK_SHARED, (WRITING,))
                yield PostgresTransaction(self._connection)

    def settled_through(self) -> int:
        """The greatest number of a call up to which no other can appear any more; 0 when there is none.

        Numbers are given before the commit, so that a lower one may appear after a higher. Who writes calls holds a
        shared lock from before the number until after the commit; once it is held alone, nobody is in between.
        """
        with self._lock, store_errors(self.place):
            self._look()
            with self._connection.transaction():
                self._connection.execute(_LOCK_ALONE, (WRITING,))
                row = self._connection.execute("SELECT coalesce(max(n), 0) AS n FROM call_receipts").fetchone()
        return 0 if row is None else int(row["n"])

    def _connected(self) -> Connection:
        with store_errors(self.place):
            options = connection_options(self._place)
            connection = cast("Connection", psycopg.Connection.connect(**options, cursor_factory=psycopg.RawCursor))
            try:
                for setting in session_settings(self._durability, self._busy_timeout_s):
                    connection.execute(setting.encode())
                migrate(connection, self.place)
            except BaseException:
                connection.close()
                raise
        return connection

    def _look(self) -> None:
        """Make a connection that was lost anew, before anything is done with it."""
        try:
            self._connection.execute("SELECT 1")
        except LOST:
            self._renew()

    def _renew(self) -> None:
        """Make the connection anew if it has been lost; raise what lost it otherwise."""
        if not (self._connection.closed or self._connection.broken):
            raise
        self._connection.close()
        self._connection = self._connected()


def open_postgres(
    place: PostgresPlace, *, busy_timeout_s: float = 30.0, durability: Durability = "power"
) -> PostgresDatabase:
    """The database at `place`, whose tables are made when they are not there.

    `busy_timeout_s` bounds the wait for another process's lock. Raises StoreError when it cannot be reached, holds
    another program's tables, or was made by a newer Polydesk.
    """
    return PostgresDatabase(place, busy_timeout_s=busy_timeout_s, durability=durability)
