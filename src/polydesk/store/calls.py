"""Receipts of calls as rows, and the charges that follow from them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from polydesk.core.charges import charges_of
from polydesk.core.errors import StoreError
from polydesk.core.money import nano_usd
from polydesk.core.receipts import CallReceipt
from polydesk.store.database import Database
from polydesk.store.rows import CHARGE_COLUMNS, charge_row, time_text

CallRow = tuple[str, str, str | None, str | None, int, int, bytes]

INSERT_CALL = (
    "INSERT INTO call_receipts (id, at, key_id, team, cost_nanousd, tokens, charged, json) "
    "VALUES (?, ?, ?, ?, ?, ?, 0, ?)"
)
INSERT_CHARGED_CALL = INSERT_CALL.replace("?, 0, ?", "?, 1, ?")
"""For a call whose charges are written with it."""
INSERT_CHARGE = (
    f"INSERT INTO charges ({', '.join(CHARGE_COLUMNS)}) "  # noqa: S608 - names of our own fields
    f"VALUES ({', '.join(f':{name}' for name in CHARGE_COLUMNS)})"
)
_AT_ONCE = 200
"""Receipts whose charges are written in one transaction: it keeps others from writing for a few milliseconds."""
_MARK = "SELECT value FROM marks WHERE name = 'charged_through'"

_ENCODER = msgspec.json.Encoder()


def call_row(receipt: CallReceipt) -> CallRow:
    """The columns of a receipt. What is unknown of its cost and tokens counts as nothing."""
    caller = receipt.caller
    return (
        receipt.id,
        time_text(receipt.at),
        None if caller is None else caller.key_id,
        None if caller is None else caller.team,
        nano_usd(receipt.known_cost_usd),
        receipt.known_tokens,
        _ENCODER.encode(receipt),
    )


def decoded_call(json: bytes, path: Path) -> CallReceipt:
    """The receipt in a row of the file at `path`. Raises StoreError for a damaged one."""
    try:
        return msgspec.json.decode(json, type=CallReceipt)
    except msgspec.DecodeError as exc:
        raise damaged_record(path, exc) from exc


def damaged_record(path: Path, fault: Exception) -> StoreError:
    """What to say of a record that cannot be read."""
    return StoreError(
        f"A record in {path} is damaged ({fault}); restore {path.name} from a backup.",
        path=str(path),
    )


def write_due_charges(database: Database) -> None:
    """Write the charges of every receipt that has none yet, in batches, each all or nothing.

    Several processes may do it at once: each receipt is charged exactly once. Raises StoreError.
    """
    while _write_some(database):
        pass


def _write_some(database: Database) -> bool:
    """Write one batch, and say whether there may be another."""
    mark: int = database.rows(_MARK)[0]["value"]
    rows = database.rows("SELECT n, charged, json FROM call_receipts WHERE n > ? ORDER BY n LIMIT ?", mark, _AT_ONCE)
    if not rows:
        return False
    # Worked out before the transaction, so that the gateway is kept from writing for as short as can be.
    receipts = [decoded_call(row["json"], database.path) for row in rows if not row["charged"]]
    charges = [charge_row(charge) for receipt in receipts for charge in charges_of(receipt)]
    with database.writing() as connection:
        if connection.execute(_MARK).fetchone()["value"] != mark:  # another process was quicker
            return True
        connection.executemany(INSERT_CHARGE, charges)
        connection.execute("UPDATE marks SET value = ? WHERE name = 'charged_through'", (rows[-1]["n"],))
    return True
