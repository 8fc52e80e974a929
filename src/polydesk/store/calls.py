"""Receipts of calls as rows, and the charges that follow from them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from polydesk.core.charges import charges_of
from polydesk.core.errors import StoreError
from polydesk.core.money import nano_usd
from polydesk.core.receipts import CallReceipt
from polydesk.store.database import Database, Row
from polydesk.store.rejections import read_rejections
from polydesk.store.rows import CHARGE_COLUMNS, charge_row, quoted, time_text

CallRow = tuple[str, str, str | None, str | None, int, int, int | None, bytes]

INSERT_CALL = (
    "INSERT INTO call_receipts (id, at, key_id, team, cost_nanousd, tokens, rejections, charged, json) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)"
)
INSERT_CHARGED_CALL = INSERT_CALL.replace("?, 0, ?", "?, 1, ?")
"""For a call whose charges are written with it."""
INSERT_CHARGE = (
    f"INSERT INTO charges ({', '.join(map(quoted, CHARGE_COLUMNS))}) "  # noqa: S608 - names of our own fields
    f"VALUES ({', '.join('?' for _ in CHARGE_COLUMNS)})"
)
_AT_ONCE = 200
"""Receipts whose charges are written in one transaction: it keeps others from writing for a few milliseconds."""
_MARK = "SELECT value FROM marks WHERE name = 'charged_through'"
_MOVE_MARK = "UPDATE marks SET value = ? WHERE name = 'charged_through' AND value = ?"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(CallReceipt)


def call_row(receipt: CallReceipt, rejections_id: int | None = None) -> CallRow:
    """The columns of a receipt. What is unknown of its cost and tokens counts as nothing.

    `rejections_id` is that of its rejections' own row; None where they stay in the receipt.
    """
    caller = receipt.caller
    kept = receipt if rejections_id is None else msgspec.structs.replace(receipt, rejections=())
    return (
        receipt.id,
        time_text(receipt.at),
        None if caller is None else caller.key_id,
        None if caller is None else caller.team,
        nano_usd(receipt.known_cost_usd),
        receipt.known_tokens,
        rejections_id,
        _ENCODER.encode(kept),
    )


def decoded_calls(database: Database, rows: Sequence[Row]) -> list[CallReceipt]:
    """The receipts in rows with the columns `json` and `rejections`. Raises StoreError for a damaged one."""
    try:
        reasons = read_rejections(database, (row["rejections"] for row in rows))
        receipts = [_DECODER.decode(row["json"]) for row in rows]
    except msgspec.DecodeError as exc:
        raise damaged_record(database.place, exc) from exc
    return [
        msgspec.structs.replace(receipt, rejections=reasons[row["rejections"]])
        if row["rejections"] in reasons
        else receipt
        for receipt, row in zip(receipts, rows, strict=True)
    ]


def damaged_record(place: str, fault: Exception) -> StoreError:
    """What to say of a record in `place` that cannot be read."""
    return StoreError(f"A record in {place} is damaged ({fault}); restore it from a backup.", path=place)


def write_due_charges(database: Database) -> None:
    """Write the charges of every receipt that has none yet, in batches, each all or nothing.

    Several processes may do it at once: each receipt is charged exactly once. Raises StoreError.
    """
    mark: int = database.rows(_MARK)[0]["value"]
    if not database.rows("SELECT n FROM call_receipts WHERE n > ? LIMIT 1", mark):
        return
    through = database.settled_through()
    while _write_some(database, through):
        pass


def _write_some(database: Database, through: int) -> bool:
    """Write one batch of calls up to that number, and say whether there may be another."""
    mark: int = database.rows(_MARK)[0]["value"]
    rows = database.rows(
        "SELECT n, charged, json, rejections FROM call_receipts WHERE n > ? AND n <= ? ORDER BY n LIMIT ?",
        mark,
        through,
        _AT_ONCE,
    )
    if not rows:
        return False
    # Worked out before the transaction, so that the gateway is kept from writing for as short as can be.
    receipts = decoded_calls(database, [row for row in rows if not row["charged"]])
    charges = [charge_row(charge) for receipt in receipts for charge in charges_of(receipt)]
    with database.writing() as transaction:
        if transaction.execute(_MOVE_MARK, (rows[-1]["n"], mark)) == 1:  # otherwise another process was quicker
            transaction.executemany(INSERT_CHARGE, charges)
    return True
