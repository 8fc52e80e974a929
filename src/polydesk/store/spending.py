"""What was spent since a moment, asked of the receipts' columns alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from polydesk.core.budgets import BudgetScope
from polydesk.store.database import Database
from polydesk.store.rows import time_text

_SPENT = "SELECT coalesce(sum(cost_nanousd), 0) AS nano FROM call_receipts WHERE (?1 IS NULL OR at >= ?1)"
_OF: Mapping[BudgetScope, str] = {
    "all": "",
    "team": " AND team = ?2",
    "key": " AND (key_id = ?2 OR key_id IN (SELECT id FROM gateway_keys WHERE name = ?2))",
}


def spent_nano(database: Database, scope: BudgetScope, counted: str, since: datetime | None) -> int:
    """What calls that began from `since` on cost, in billionths of a US dollar; None is from the first."""
    values = (since and time_text(since), *((counted,) if scope != "all" else ()))
    return database.rows(_SPENT + _OF[scope], *values)[0]["nano"]


def spent_nano_by_key(database: Database, since: datetime | None) -> dict[str, int]:
    """The same for every key that was used, by its id."""
    rows = database.rows(
        "SELECT key_id, sum(cost_nanousd) AS nano FROM call_receipts "
        "WHERE (?1 IS NULL OR at >= ?1) AND key_id IS NOT NULL GROUP BY key_id",
        since and time_text(since),
    )
    return {row["key_id"]: row["nano"] for row in rows}
