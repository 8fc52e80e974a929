"""The tables in PostgreSQL: the same as in `store/schema.py`, as migrations of their own.

Texts compare by their bytes, as in SQLite, whatever the language of the database.
"""

from __future__ import annotations

from typing import Any

import psycopg

from polydesk.core.errors import StoreError
from polydesk.store.schema import APPLICATION_ID

_FIRST = """
CREATE TABLE charges (
    "x_ChargeId" TEXT COLLATE "C" PRIMARY KEY,
    "x_ReceiptId" TEXT COLLATE "C" NOT NULL,
    "ChargeCategory" TEXT NOT NULL,
    "ChargeFrequency" TEXT NOT NULL,
    "ChargeDescription" TEXT NOT NULL,
    "ChargePeriodStart" TEXT COLLATE "C" NOT NULL,
    "ChargePeriodEnd" TEXT COLLATE "C" NOT NULL,
    "BillingPeriodStart" TEXT COLLATE "C" NOT NULL,
    "BillingPeriodEnd" TEXT COLLATE "C" NOT NULL,
    "BillingCurrency" TEXT NOT NULL,
    "BilledCost" TEXT,
    "EffectiveCost" TEXT,
    "ContractedCost" TEXT,
    "ListCost" TEXT,
    "ConsumedQuantity" TEXT,
    "ConsumedUnit" TEXT NOT NULL,
    "ServiceCategory" TEXT NOT NULL,
    "ServiceSubcategory" TEXT NOT NULL,
    "ServiceName" TEXT NOT NULL,
    "ProviderName" TEXT NOT NULL,
    "PublisherName" TEXT NOT NULL,
    "InvoiceIssuerName" TEXT,
    "SkuId" TEXT NOT NULL,
    "x_Purpose" TEXT NOT NULL,
    "x_InputTokens" BIGINT,
    "x_CacheReadInputTokens" BIGINT,
    "x_CacheCreationInputTokens" BIGINT,
    "x_OutputTokens" BIGINT,
    "x_PriceSource" TEXT
);
CREATE INDEX charges_by_time ON charges ("ChargePeriodStart");
CREATE INDEX charges_by_receipt ON charges ("x_ReceiptId");

CREATE TABLE call_receipts (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    at TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    team TEXT COLLATE "C",
    cost_nanousd BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    charged BIGINT NOT NULL,
    json BYTEA NOT NULL,
    rejections BIGINT
);
CREATE INDEX call_receipts_by_time ON call_receipts (at, key_id, team, cost_nanousd, tokens, n);

CREATE TABLE rejections (id BIGINT PRIMARY KEY, json BYTEA NOT NULL);

CREATE TABLE document_receipts (
    id TEXT COLLATE "C" PRIMARY KEY,
    at TEXT COLLATE "C" NOT NULL,
    input_sha256 TEXT COLLATE "C" NOT NULL,
    output_sha256 TEXT COLLATE "C" NOT NULL,
    json BYTEA NOT NULL
);
CREATE INDEX document_receipts_by_time ON document_receipts (at);
CREATE INDEX document_receipts_by_output ON document_receipts (output_sha256);

CREATE TABLE document_changes (
    fingerprint TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL REFERENCES document_receipts (id)
);
CREATE INDEX document_changes_by_fingerprint ON document_changes (fingerprint);

CREATE TABLE blobs (sha256 TEXT COLLATE "C" PRIMARY KEY, zlib BYTEA NOT NULL);

CREATE TABLE gateway_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL UNIQUE,
    json BYTEA NOT NULL
);

CREATE TABLE marks (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO marks (name, value) VALUES ('charged_through', 0), ('keys_version', 0);
"""

MIGRATIONS = (_FIRST,)
"""Each leads from the version of its index to the next. Never change one that was released: add another, here and in
`store/schema.py`."""

_MIGRATING = APPLICATION_ID + 1
"""The advisory lock of whoever changes the tables."""


def migrate(connection: psycopg.Connection[Any], place: str) -> None:
    """Bring the database to the present form, all or nothing; of several processes the second finds it done.

    Raises StoreError for tables of another program, and for a form of a newer Polydesk.
    """
    if _version(connection) == len(MIGRATIONS):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock($1)", (_MIGRATING,))
        found = _version(connection)
        if found is None:
            _refuse_foreign(connection, place)
            connection.execute("CREATE TABLE polydesk_form (version BIGINT NOT NULL)")
            connection.execute("INSERT INTO polydesk_form (version) VALUES (0)")
        if (found or 0) > len(MIGRATIONS):
            raise StoreError(
                f"The records in {place} have form {found}, made by a newer Polydesk; this one knows "
                f"{len(MIGRATIONS)}. Update Polydesk, or name another database.",
                path=place,
            )
        for migration in MIGRATIONS[found or 0 :]:
            for statement in filter(str.strip, migration.split(";")):
                connection.execute(statement.encode())
        connection.execute("UPDATE polydesk_form SET version = $1", (len(MIGRATIONS),))


def _version(connection: psycopg.Connection[Any]) -> int | None:
    """Number of migrations that the database has been through; None for one that is not ours."""
    if not _has(connection, "polydesk_form"):
        return None
    row = connection.execute("SELECT version FROM polydesk_form").fetchone()
    return None if row is None else row["version"]


def _refuse_foreign(connection: psycopg.Connection[Any], place: str) -> None:
    theirs = [name for name in ("charges", "call_receipts", "marks", "blobs", "rejections") if _has(connection, name)]
    if theirs:
        raise StoreError(
            f"{place} has tables of another program ({', '.join(theirs)}); make a database of its own for Polydesk.",
            path=place,
        )


def _has(connection: psycopg.Connection[Any], table: str) -> bool:
    """Whether there is such a table, by the catalog itself.

    `to_regclass` would do, but for a name that it has not found before it may answer from memory within a transaction,
    and so miss what another process made while this one waited for the lock.
    """
    return connection.execute(_TABLE, (table,)).fetchone() is not None


_TABLE = "SELECT 1 AS found FROM pg_catalog.pg_tables WHERE tablename = $1 AND schemaname = ANY(current_schemas(false))"
