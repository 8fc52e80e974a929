"""The records of one machine or user: one SQLite file."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from polydesk.core.charges import Charge
from polydesk.core.document_receipts import DocumentReceipt
from polydesk.core.errors import RecordNotFoundError, StoreError
from polydesk.core.receipts import CallReceipt
from polydesk.store.faults import store_errors
from polydesk.store.rows import CHARGE_COLUMNS, charge_of_row, charge_row, time_text
from polydesk.store.schema import APPLICATION_ID, MIGRATIONS, migrate, version

_RecordT = TypeVar("_RecordT", CallReceipt, DocumentReceipt)

_INSERT_CHARGE = (
    f"INSERT INTO charges ({', '.join(CHARGE_COLUMNS)}) "  # noqa: S608 - names of our own fields
    f"VALUES ({', '.join(f':{name}' for name in CHARGE_COLUMNS)})"
)


class Store:
    """Charges, receipts and original documents.

    What a `record_` method has returned from survives the end of the process and of the machine's power. Several
    threads and several processes may use one file at once. Every method raises StoreError when the file cannot be used.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.path = path

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 30.0) -> Store:
        """The store in the file at `path`, which is made, with its folder, when it is not there.

        The file holds documents, so a new one is readable by its owner alone. `busy_timeout_s` bounds the wait for
        another process. Raises StoreError for a file that is damaged, foreign, or made by a newer Polydesk.
        """
        with store_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, path, busy_timeout_s)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        """Let go of the file. Nothing is lost by not calling it."""
        with self._lock, store_errors(self.path):
            self._connection.close()

    def record_call(self, receipt: CallReceipt, charges: Sequence[Charge]) -> None:
        """Keep a call's receipt and its charges, all or nothing."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO call_receipts (id, at, json) VALUES (?, ?, ?)",
                (receipt.id, time_text(receipt.at), msgspec.json.encode(receipt)),
            )
            connection.executemany(_INSERT_CHARGE, [charge_row(charge) for charge in charges])

    def call_receipt(self, receipt_id: str) -> CallReceipt:
        """The receipt of one call. Raises RecordNotFoundError."""
        rows = self._rows("SELECT json FROM call_receipts WHERE id = ?", receipt_id)
        if not rows:
            raise RecordNotFoundError(f"No call has the receipt {receipt_id} in {self.path}.")
        return self._decoded(rows[0], CallReceipt)

    def call_receipts(self, limit: int = 20) -> list[CallReceipt]:
        """The latest `limit` receipts of calls, latest first."""
        rows = self._rows("SELECT json FROM call_receipts ORDER BY at DESC, id DESC LIMIT ?", limit)
        return [self._decoded(row, CallReceipt) for row in rows]

    def charges(
        self, *, since: datetime | None = None, until: datetime | None = None, receipt_id: str | None = None
    ) -> list[Charge]:
        """Charges that began from `since` to before `until`, of one call or of all, oldest first.

        None does not bound.
        """
        rows = self._rows(
            "SELECT * FROM charges WHERE (?1 IS NULL OR ChargePeriodStart >= ?1) "
            "AND (?2 IS NULL OR ChargePeriodStart < ?2) AND (?3 IS NULL OR x_ReceiptId = ?3) "
            "ORDER BY ChargePeriodStart, x_ChargeId",
            since and time_text(since),
            until and time_text(until),
            receipt_id,
        )
        return [charge_of_row(dict(row)) for row in rows]

    def record_document(self, receipt: DocumentReceipt, *, original: bytes | None = None) -> None:
        """Keep a document's receipt and, when given, the original file that `undo` gives back, all or nothing.

        Raises ValueError when `original` is not the file that the receipt names.
        """
        if original is not None and _sha256(original) != receipt.input_sha256:
            raise ValueError("the original is not the file that the receipt names")
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO document_receipts (id, at, input_sha256, output_sha256, json) VALUES (?, ?, ?, ?, ?)",
                (
                    receipt.id,
                    time_text(receipt.at),
                    receipt.input_sha256,
                    receipt.output_sha256,
                    msgspec.json.encode(receipt),
                ),
            )
            connection.executemany(
                "INSERT INTO document_changes (fingerprint, document_id) VALUES (?, ?)",
                [(change.fingerprint, receipt.id) for change in receipt.changes],
            )
            if original is not None:
                _insert_blob(connection, receipt.input_sha256, original)

    def document_receipt(self, receipt_id: str) -> DocumentReceipt:
        """The receipt of one document. Raises RecordNotFoundError."""
        found = self._document("SELECT json FROM document_receipts WHERE id = ?", receipt_id)
        if found is None:
            raise RecordNotFoundError(f"No document has the receipt {receipt_id} in {self.path}.")
        return found

    def document_receipts(self, limit: int = 20) -> list[DocumentReceipt]:
        """The latest `limit` receipts of documents, latest first."""
        rows = self._rows("SELECT json FROM document_receipts ORDER BY at DESC, id DESC LIMIT ?", limit)
        return [self._decoded(row, DocumentReceipt) for row in rows]

    def document_by_output_sha256(self, sha256: str) -> DocumentReceipt | None:
        """The latest receipt whose output is exactly this file; None when no document left like this."""
        return self._document(
            "SELECT json FROM document_receipts WHERE output_sha256 = ? ORDER BY at DESC, id DESC LIMIT 1", sha256
        )

    def document_by_fingerprint(self, fingerprint: str) -> DocumentReceipt | None:
        """The latest receipt that holds this change; None when the change is not one of ours."""
        return self._document(
            "SELECT json FROM document_receipts JOIN document_changes ON document_id = id "
            "WHERE fingerprint = ? ORDER BY at DESC, id DESC LIMIT 1",
            fingerprint,
        )

    def put_blob(self, data: bytes) -> str:
        """Keep `data` once, compressed, and return its sha256 in hex, by which `blob` gives it back."""
        sha256 = _sha256(data)
        with self._writing() as connection:
            _insert_blob(connection, sha256, data)
        return sha256

    def blob(self, sha256: str) -> bytes:
        """The bytes with that hash. Raises RecordNotFoundError, and StoreError when they no longer have it."""
        rows = self._rows("SELECT zlib FROM blobs WHERE sha256 = ?", sha256)
        if not rows:
            raise RecordNotFoundError(f"No file with the hash {sha256} is kept in {self.path}.")
        try:
            data = zlib.decompress(rows[0]["zlib"])
        except zlib.error as exc:
            raise self._damaged(sha256) from exc
        if _sha256(data) != sha256:
            raise self._damaged(sha256)
        return data

    def _damaged(self, sha256: str) -> StoreError:
        return StoreError(
            f"The kept file {sha256} in {self.path} is damaged; restore {self.path.name} from a backup.",
            path=str(self.path),
        )

    def _document(self, query: str, value: str) -> DocumentReceipt | None:
        rows = self._rows(query, value)
        return self._decoded(rows[0], DocumentReceipt) if rows else None

    def _decoded(self, row: sqlite3.Row, record: type[_RecordT]) -> _RecordT:
        try:
            return msgspec.json.decode(row["json"], type=record)
        except msgspec.DecodeError as exc:
            raise StoreError(
                f"A record in {self.path} is damaged ({exc}); restore {self.path.name} from a backup.",
                path=str(self.path),
            ) from exc

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock, store_errors(self.path), closing(self._connection.cursor()) as cursor:
            return cursor.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        with self._lock, store_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:  # whatever ends it, half a record must not stay
                # A full disk may have rolled back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _prepare(connection: sqlite3.Connection, path: Path, busy_timeout_s: float) -> None:
    connection.row_factory = sqlite3.Row
    _refuse_foreign(connection, path)
    _use_wal(connection, busy_timeout_s)
    # FULL: a commit in WAL mode otherwise survives the process, but not the machine's power.
    connection.execute("PRAGMA synchronous = FULL")
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
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return


def _insert_blob(connection: sqlite3.Connection, sha256: str, data: bytes) -> None:
    connection.execute(
        "INSERT INTO blobs (sha256, zlib) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING", (sha256, zlib.compress(data))
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
