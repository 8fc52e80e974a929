"""PostgreSQL's failures in the words of someone who has to mend them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from polydesk.core.errors import StoreError

# https://www.postgresql.org/docs/15/errcodes-appendix.html (checked 2026-11-24); the first that fits counts.
_REMEDIES: tuple[tuple[tuple[type[psycopg.Error], ...], str], ...] = (
    ((errors.DiskFull,), "its disk is full; free some space and try again, nothing half-written was kept"),
    ((errors.InsufficientPrivilege,), "its user may not use the tables; let them be that user's, or GRANT it to them"),
    ((errors.ReadOnlySqlTransaction,), "it takes no writes, as a standby does; name the primary"),
    ((errors.LockNotAvailable, errors.QueryCanceled), "another process keeps it locked for too long; try again"),
    ((errors.DataCorrupted, errors.IndexCorrupted), "it is damaged; restore it from a backup"),
    (
        (errors.TooManyConnections,),
        "it has as many connections as it takes; raise max_connections, or use fewer workers",
    ),
)
_REACH = "see that it runs, that [records] url names it, and that its user and password are right"
UNFIT = (errors.IntegrityError, errors.DataError)
"""What is wrong with a row by itself."""
LOST = (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError)
"""What may be over with the next connection."""


@contextmanager
def store_errors(place: str) -> Generator[None]:
    """Raise StoreError, with the remedy, for what the driver raises inside."""
    try:
        yield
    except psycopg.Error as exc:
        raise store_error(exc, place) from exc


def store_error(error: psycopg.Error | TimeoutError, place: str) -> StoreError:
    """What the driver says of the database at `place`, with the remedy."""
    for kinds, remedy in _REMEDIES:
        if isinstance(error, kinds):
            return StoreError(f"The records in {place} cannot be used: {remedy}.", path=place)
    # libpq names host, port, database and user, and never the password.
    said = " ".join(str(error).split()) or "it does not answer"
    remedy = f"; {_REACH}" if isinstance(error, LOST) else ""
    return StoreError(f"The records in {place} cannot be used: {said.rstrip('.')}{remedy}.", path=place)
