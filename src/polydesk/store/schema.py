"""The tables, as migrations that lead from an empty file to the present form."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x504F4C59
"""Marks the file as ours: `POLY`."""

# Decimals are text, for SQLite's REAL would round them; times are UTC text of fixed width, so that they sort.
_FIRST = """
CREATE TABLE charges (
    x_ChargeId TEXT PRIMARY KEY,
    x_ReceiptId TEXT NOT NULL,
    ChargeCategory TEXT NOT NULL,
    ChargeFrequency TEXT NOT NULL,
    ChargeDescription TEXT NOT NULL,
    ChargePeriodStart TEXT NOT NULL,
    ChargePeriodEnd TEXT NOT NULL,
    BillingPeriodStart TEXT NOT NULL,
    BillingPeriodEnd TEXT NOT NULL,
    BillingCurrency TEXT NOT NULL,
    BilledCost TEXT,
    EffectiveCost TEXT,
    ContractedCost TEXT,
    ListCost TEXT,
    ConsumedQuantity TEXT,
    ConsumedUnit TEXT NOT NULL,
    ServiceCategory TEXT NOT NULL,
    ServiceSubcategory TEXT NOT NULL,
    ServiceName TEXT NOT NULL,
    ProviderName TEXT NOT NULL,
    PublisherName TEXT NOT NULL,
    InvoiceIssuerName TEXT,
    SkuId TEXT NOT NULL,
    x_Purpose TEXT NOT NULL,
    x_InputTokens INTEGER,
    x_CacheReadInputTokens INTEGER,
    x_CacheCreationInputTokens INTEGER,
    x_OutputTokens INTEGER,
    x_PriceSource TEXT
) STRICT;
CREATE INDEX charges_by_time ON charges (ChargePeriodStart);
CREATE INDEX charges_by_receipt ON charges (x_ReceiptId);

CREATE TABLE call_receipts (id TEXT PRIMARY KEY, at TEXT NOT NULL, json BLOB NOT NULL) STRICT;
CREATE INDEX call_receipts_by_time ON call_receipts (at);

CREATE TABLE document_receipts (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    output_sha256 TEXT NOT NULL,
    json BLOB NOT NULL
) STRICT;
CREATE INDEX document_receipts_by_time ON document_receipts (at);
CREATE INDEX document_receipts_by_output ON document_receipts (output_sha256);

CREATE TABLE document_changes (
    fingerprint TEXT NOT NULL,
    document_id TEXT NOT NULL REFERENCES document_receipts (id)
) STRICT;
CREATE INDEX document_changes_by_fingerprint ON document_changes (fingerprint);

CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, zlib BLOB NOT NULL) STRICT;
"""

# `n` numbers calls in the order of their commits; without it VACUUM could number them anew. The index answers what was
# spent since a moment, by all, a team or a key, without reading the receipts.
_SECOND = """
DROP INDEX call_receipts_by_time;
ALTER TABLE call_receipts RENAME TO earlier_call_receipts;

CREATE TABLE call_receipts (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    key_id TEXT,
    team TEXT,
    cost_nanousd INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    charged INTEGER NOT NULL,
    json BLOB NOT NULL
) STRICT;
INSERT INTO call_receipts (id, at, cost_nanousd, tokens, charged, json)
    SELECT
        id,
        at,
        CASE WHEN json_valid(CAST(json AS TEXT)) THEN
            CAST(round(coalesce(CAST(json_extract(CAST(json AS TEXT), '$.cost_usd') AS REAL), 0) * 1e9) AS INTEGER)
            ELSE 0 END,
        CASE WHEN json_valid(CAST(json AS TEXT)) THEN
            coalesce(CAST(json_extract(CAST(json AS TEXT), '$.usage.input_tokens') AS INTEGER), 0)
            + coalesce(CAST(json_extract(CAST(json AS TEXT), '$.usage.output_tokens') AS INTEGER), 0)
            ELSE 0 END,
        1,
        json
    FROM earlier_call_receipts ORDER BY rowid;
DROP TABLE earlier_call_receipts;
CREATE INDEX call_receipts_by_time ON call_receipts (at, key_id, team, cost_nanousd, tokens);

CREATE TABLE gateway_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 BLOB NOT NULL UNIQUE,
    json BLOB NOT NULL
) STRICT;

CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO marks (name, value) VALUES ('charged_through', 0), ('keys_version', 0);
"""

_THIRD = """
CREATE TABLE rejections (id INTEGER PRIMARY KEY, json BLOB NOT NULL) STRICT;
ALTER TABLE call_receipts ADD COLUMN rejections INTEGER;
"""

MIGRATIONS = (_FIRST, _SECOND, _THIRD)
"""Each leads from the version of its index to the next. Never change one that was released: add another."""


def version(connection: sqlite3.Connection) -> int:
    """Number of migrations that the file has been through; 0 for an empty one."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the present form, all or nothing.

    Safe when several processes do it at once: the second finds it done. The connection must be in autocommit mode.
    """
    if version(connection) >= len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in MIGRATIONS[version(connection) :]:
            for statement in filter(str.strip, migration.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:  # whatever ends it, an unfinished form must not stay
        connection.execute("ROLLBACK")
        raise
