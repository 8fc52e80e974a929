"""What the store asks of a database, and the SQLite file that answers it.

SQL is written once, as SQLite has it and PostgreSQL understands it: values stand as `?` or `?1`, and where a value may
be NULL by itself it is cast, for PostgreSQL asks for its type. What has to differ is a method here.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Protocol

from polydesk.core.errors import StoreError
from polydesk.store.faults import store_errors
from polydesk.store.schema import APPLICATION_ID, MIGRATIONS, migrate, version

Durability = Literal["process", "power"]
"""What a commit has survived when it returns: the end of the process, or of the machine's power."""

# In WAL mode a commit under NORMAL is in the system's memory, which outlives SIGKILL; under FULL it is on the disk.
# https://sqlite.org/pragma.html#pragma_synchronous (checked 2026-11-24)
_SYNCHRONOUS: dict[Durability, str] = {"process": "NORMAL", "power": "FULL"}


class Row(Protocol):
    """What one row holds, by the names of its columns."""

    def __getitem__(self, column: str, /) -> Any: ...


class Transaction(Protocol):
    """What is being written, all or nothing."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> int:
        """Do it, and say how many rows it touched."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Do it once for each of `rows`."""
        ...


class Database(Protocol):
    """Our tables. Threads may share it, and every method raises StoreError."""

    @property
    def place(self) -> str:
        """Where it is, in words that may be shown."""
        ...

    def close(self) -> None:
        """Let go of it. Nothing is lost by not calling it."""
        ...

    def rows(self, query: str, *values: Any) -> Sequence[Row]:
        """Everything that `query` finds."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction: what is done inside is kept wholly, or not at all when the block raises."""
        ...

    def settled_through(self) -> int:
        """The greatest number of a call up to which no other can appear any more; 0 when there is none."""
        ...


class SqliteTransaction:
    """One of a SQLite connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> int:
        """Do it, and say how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Do it once for each of `rows`."""
        self._connection.executemany(statement, rows)


class SqliteDatabase:
    """A connection that several threads may use, one after another. Every method raises StoreError."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self._transaction = SqliteTransaction(connection)
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self.path)

    def close(self) -> None:
        """Let go of the file. Nothing is lost by not calling it."""
        with self._lock, store_errors(self.path):
            self.connection.close()

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Everything that `query` finds."""
        with self._lock, store_errors(self.path), closing(self.connection.cursor()) as cursor:
            return cursor.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Generator[Transaction]:
        """A transaction: what is done inside is kept wholly, or not at all when the block raises."""
        with self._lock, store_errors(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._transaction
                self.connection.execute("COMMIT")
            except BaseException:  # whatever ends it, half a record must not stay
                roll_back(self.connection)
                raise

    def settled_through(self) -> int:
        """The greatest number of a call: who writes is alone, so numbers appear in their order."""
        return self.rows("SELECT coalesce(max(n), 0) AS n FROM call_receipts")[0]["n"]


def open_database(path: Path, *, busy_timeout_s: float = 30.0, durability: Durability = "power") -> SqliteDatabase:
    """The database in the file at `path`, which is made, with its folder, when it is not there.

    The file holds documents, so a new one is readable by its owner alone. `busy_timeout_s` bounds the wait for another
    process. Raises StoreError for a file that is damaged, foreign, or made by a newer Polydesk.
    """
    with store_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path, busy_timeout_s)
            connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
        except BaseException:
            connection.close()
            raise
    return SqliteDatabase(connection, path)


def _make(path: Path) -> None:
    """Make the file, for its owner alone, unless it is there.

    One that is there must not be opened beside SQLite: to close it would give up the locks that this process has on it
    by other connections, and another process would take the log away from under them
    (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_, checked
    2026-11-24).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction that failed. A full disk may have ended it already."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way, which passes."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _prepare(connection: sqlite3.Connection, path: Path, busy_timeout_s: float) -> None:
    connection.row_factory = sqlite3.Row
    _refuse_foreign(connection, path)
    _use_wal(connection, busy_timeout_s)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    # One transaction, so that another process's first opening is seen whole or not at all.
    connection.execute("BEGIN")
    found = version(connection)
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    connection.execute("COMMIT")
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program; name another file for the records.", path=str(path))
    if found > len(MIGRATIONS):
        raise StoreError(
            f"The records in {path} have form {found}, made by a newer Polydesk; this one knows {len(MIGRATIONS)}. "
            "Update Polydesk, or name another file for the records.",
            path=str(path),
        )


def _use_wal(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    # SQLite does not wait for locks when it changes the journal mode, so several first openings at once must.
    give_up_at = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if not is_busy(exc) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return
