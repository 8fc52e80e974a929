"""The records of one machine, in a SQLite file, or of many, in a PostgreSQL database."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from polydesk.core.budgets import BudgetScope
from polydesk.core.charges import Charge
from polydesk.core.document_receipts import DocumentReceipt
from polydesk.core.errors import RecordNotFoundError, StoreError
from polydesk.core.receipts import CallReceipt
from polydesk.store.calls import (
    INSERT_CALL,
    INSERT_CHARGE,
    INSERT_CHARGED_CALL,
    call_row,
    damaged_record,
    decoded_calls,
    write_due_charges,
)
from polydesk.store.database import Database, Row, Transaction, open_database
from polydesk.store.keys import KeyTable
from polydesk.store.places import RecordsPlace
from polydesk.store.rejections import INSERT_REJECTIONS, RejectionBook
from polydesk.store.rows import CHARGE_COLUMNS, charge_of_row, charge_row, time_text
from polydesk.store.spending import WrittenCall, spent_nano, spent_nano_by_key, written_calls

_AT_ONCE = 1_000
_NEXT_CALLS = (
    "SELECT n, at, json, rejections FROM call_receipts "
    "WHERE at >= ?1 AND (at > ?1 OR n > ?2) AND (CAST(?3 AS TEXT) IS NULL OR at < ?3) ORDER BY at, n LIMIT ?4"
)


class Store:
    """Charges, receipts and original documents.

    What a `record_` method has returned from survives the end of the process and of the machine's power. Several
    threads and several processes may use one store at once. Every method raises StoreError when it cannot be used.
    """

    def __init__(self, database: Database, place: RecordsPlace) -> None:
        self._database = database
        self.place = place
        self.keys = KeyTable(database)
        self._rejections = RejectionBook()

    @classmethod
    def open(cls, place: RecordsPlace, *, busy_timeout_s: float = 30.0) -> Store:
        """The store in the file at `place`, which is made, with its folder, when it is not there, or in a database.

        The store holds documents, so a new file is readable by its owner alone. `busy_timeout_s` bounds the wait for
        another process. Raises StoreError for a file or database that cannot be reached, is damaged or foreign, or was
        made by a newer Polydesk.
        """
        if isinstance(place, Path):
            return cls(open_database(place, busy_timeout_s=busy_timeout_s), place)
        from polydesk.store.postgres.database import open_postgres  # most need no driver

        return cls(open_postgres(place, busy_timeout_s=busy_timeout_s), place)

    def close(self) -> None:
        """Let go of it. Nothing is lost by not calling it."""
        self._database.close()

    def record_call(self, receipt: CallReceipt, charges: Sequence[Charge]) -> None:
        """Keep a call's receipt and its charges, all or nothing."""
        with self._database.writing() as transaction:
            transaction.execute(INSERT_CHARGED_CALL, call_row(receipt))
            transaction.executemany(INSERT_CHARGE, [charge_row(charge) for charge in charges])

    def record_calls(self, receipts: Sequence[CallReceipt]) -> None:
        """Keep the receipts of several calls, all or nothing. Their charges are written when somebody asks for them."""
        kept = {receipt.rejections: self._rejections.kept(receipt.rejections) for receipt in receipts}
        rows = [call_row(receipt, one and one.id) for receipt in receipts for one in [kept[receipt.rejections]]]
        with self._database.writing() as transaction:
            # In one order everywhere, or two writers could wait for each other.
            transaction.executemany(INSERT_REJECTIONS, sorted(filter(None, kept.values())))
            transaction.executemany(INSERT_CALL, rows)

    def call_receipt(self, receipt_id: str) -> CallReceipt:
        """The receipt of one call. Raises RecordNotFoundError."""
        rows = self._database.rows("SELECT json, rejections FROM call_receipts WHERE id = ?", receipt_id)
        if not rows:
            raise RecordNotFoundError(f"No call has the receipt {receipt_id} in {self._database.place}.")
        return decoded_calls(self._database, rows)[0]

    def call_receipts(self, limit: int = 20) -> list[CallReceipt]:
        """The latest `limit` receipts of calls, latest first."""
        rows = self._database.rows(
            "SELECT json, rejections FROM call_receipts ORDER BY at DESC, id DESC LIMIT ?", limit
        )
        return decoded_calls(self._database, rows)

    def calls(self, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[CallReceipt]:
        """Receipts of calls that began from `since` to before `until`, oldest first. None does not bound.

        They are read some at a time, so that there may be more than fit into memory.
        """
        at, number, end = (since and time_text(since)) or "", 0, until and time_text(until)
        while rows := self._database.rows(_NEXT_CALLS, at, number, end, _AT_ONCE):
            yield from decoded_calls(self._database, rows)
            at, number = rows[-1]["at"], rows[-1]["n"]

    def charges(
        self, *, since: datetime | None = None, until: datetime | None = None, receipt_id: str | None = None
    ) -> list[Charge]:
        """Charges that began from `since` to before `until`, of one call or of all, oldest first.

        None does not bound.
        """
        write_due_charges(self._database)
        rows = self._database.rows(
            'SELECT * FROM charges WHERE (CAST(?1 AS TEXT) IS NULL OR "ChargePeriodStart" >= ?1) '
            'AND (CAST(?2 AS TEXT) IS NULL OR "ChargePeriodStart" < ?2) '
            'AND (CAST(?3 AS TEXT) IS NULL OR "x_ReceiptId" = ?3) ORDER BY "ChargePeriodStart", "x_ChargeId"',
            since and time_text(since),
            until and time_text(until),
            receipt_id,
        )
        return [charge_of_row({column: row[column] for column in CHARGE_COLUMNS}) for row in rows]

    def spent_nano_usd(
        self, scope: BudgetScope, counted: str, since: datetime | None, *, through: int | None = None
    ) -> int:
        """What calls that began from `since` on cost, as far as it is known, in billionths of a US dollar.

        `counted` is the team, or the id or name of the key; empty for `all`. `since` None is from the first call.
        `through`, as `settled_through` gives it, is the number of the last call that counts; None is every one.
        """
        return spent_nano(self._database, scope, counted, since, through)

    def settled_through(self) -> int:
        """The greatest number of a call up to which no other can appear any more; 0 when there is none."""
        return self._database.settled_through()

    def written_calls(self, ids: Sequence[str]) -> dict[str, WrittenCall]:
        """The number and the known cost of those of the calls called `ids` that are written down."""
        return written_calls(self._database, ids)

    def spent_nano_usd_by_key(self, since: datetime | None) -> dict[str, int]:
        """The same for every key that was used, by its id."""
        return spent_nano_by_key(self._database, since)

    def record_document(self, receipt: DocumentReceipt, *, original: bytes | None = None) -> None:
        """Keep a document's receipt and, when given, the original file that `undo` gives back, all or nothing.

        Raises ValueError when `original` is not the file that the receipt names.
        """
        if original is not None and _sha256(original) != receipt.input_sha256:
            raise ValueError("the original is not the file that the receipt names")
        with self._database.writing() as transaction:
            transaction.execute(
                "INSERT INTO document_receipts (id, at, input_sha256, output_sha256, json) VALUES (?, ?, ?, ?, ?)",
                (
                    receipt.id,
                    time_text(receipt.at),
                    receipt.input_sha256,
                    receipt.output_sha256,
                    msgspec.json.encode(receipt),
                ),
            )
            transaction.executemany(
                "INSERT INTO document_changes (fingerprint, document_id) VALUES (?, ?)",
                [(change.fingerprint, receipt.id) for change in receipt.changes],
            )
            if original is not None:
                _insert_blob(transaction, receipt.input_sha256, original)

    def document_receipt(self, receipt_id: str) -> DocumentReceipt:
        """The receipt of one document. Raises RecordNotFoundError."""
        found = self._document("SELECT json FROM document_receipts WHERE id = ?", receipt_id)
        if found is None:
            raise RecordNotFoundError(f"No document has the receipt {receipt_id} in {self._database.place}.")
        return found

    def document_receipts(self, limit: int = 20) -> list[DocumentReceipt]:
        """The latest `limit` receipts of documents, latest first."""
        rows = self._database.rows("SELECT json FROM document_receipts ORDER BY at DESC, id DESC LIMIT ?", limit)
        return [self._decoded(row) for row in rows]

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

    def blob(self, sha256: str) -> bytes:
        """The bytes with that hash. Raises RecordNotFoundError, and StoreError when they no longer have it."""
        rows = self._database.rows("SELECT zlib FROM blobs WHERE sha256 = ?", sha256)
        if not rows:
            raise RecordNotFoundError(f"No file with the hash {sha256} is kept in {self._database.place}.")
        try:
            data = zlib.decompress(rows[0]["zlib"])
        except zlib.error as exc:
            raise self._damaged(sha256) from exc
        if _sha256(data) != sha256:
            raise self._damaged(sha256)
        return data

    def _damaged(self, sha256: str) -> StoreError:
        return StoreError(
            f"The kept file {sha256} in {self._database.place} is damaged; restore it from a backup.",
            path=self._database.place,
        )

    def _document(self, query: str, value: str) -> DocumentReceipt | None:
        rows = self._database.rows(query, value)
        return self._decoded(rows[0]) if rows else None

    def _decoded(self, row: Row) -> DocumentReceipt:
        try:
            return msgspec.json.decode(row["json"], type=DocumentReceipt)
        except msgspec.DecodeError as exc:
            raise damaged_record(self._database.place, exc) from exc


def _insert_blob(transaction: Transaction, sha256: str, data: bytes) -> None:
    transaction.execute(
        "INSERT INTO blobs (sha256, zlib) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING", (sha256, zlib.compress(data))
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
