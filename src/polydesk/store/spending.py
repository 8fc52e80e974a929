"""What was spent since a moment, asked of the receipts' columns alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from polydesk.core.budgets import BudgetScope
from polydesk.store.database import Database
from polydesk.store.rows import time_text

_AT_ONCE = 100
_SPENT = (
    "SELECT coalesce(sum(cost_nanousd), 0) AS nano FROM call_receipts "
    "WHERE (CAST(?1 AS TEXT) IS NULL OR at >= ?1) AND (CAST(?2 AS BIGINT) IS NULL OR n <= ?2)"
)
_OF: Mapping[BudgetScope, str] = {
    "all": "",
    "team": " AND team = ?3",
    "key": " AND (key_id = ?3 OR key_id IN (SELECT id FROM gateway_keys WHERE name = ?3))",
}


def spent_nano(
    database: Database, scope: BudgetScope, counted: str, since: datetime | None, through: int | None = None
) -> int:
    """What calls that began from `since` on cost, in billionths of a US dollar; None is from the first.

    `through` is the number of the last call that counts; None is every one.
    """
    values = (since and time_text(since), through, *((counted,) if scope != "all" else ()))
    return int(database.rows(_SPENT + _OF[scope], *values)[0]["nano"])


def spent_nano_by_key(database: Database, since: datetime | None) -> dict[str, int]:
    """The same for every key that was used, by its id."""
    rows = database.rows(
        "SELECT key_id, sum(cost_nanousd) AS nano FROM call_receipts "
        "WHERE (CAST(?1 AS TEXT) IS NULL OR at >= ?1) AND key_id IS NOT NULL GROUP BY key_id",
        since and time_text(since),
    )
    return {row["key_id"]: int(row["nano"]) for row in rows}


class WrittenCall(NamedTuple):
    """What the records say of one call's cost."""

    number: int
    """In the order in which calls were written down."""
    cost_nano: int


def written_calls(database: Database, ids: Sequence[str]) -> dict[str, WrittenCall]:
    """Those of the calls called `ids` that are written down."""
    found: dict[str, WrittenCall] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        marks = ", ".join("?" for _ in some)
        query = f"SELECT id, n, cost_nanousd FROM call_receipts WHERE id IN ({marks})"  # noqa: S608 - marks alone
        found |= {row["id"]: WrittenCall(row["n"], row["cost_nanousd"]) for row in database.rows(query, *some)}
    return found
