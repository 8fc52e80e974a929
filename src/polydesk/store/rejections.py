"""Why other models were not asked, kept once for all the calls that have the same reasons.

A catalog of fifty models makes five kilobytes of reasons, three times the rest of a receipt, and a plan gives the same
ones to every call that follows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from polydesk.core.receipts import Rejection
from polydesk.store.database import Database

INSERT_REJECTIONS = "INSERT INTO rejections (id, json) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
_MOST_KNOWN = 1_000
_AT_ONCE = 100
_DECODER = msgspec.json.Decoder(tuple[Rejection, ...])


class KeptRejections(NamedTuple):
    """Reasons as a row."""

    id: int
    """63 bits of the hash of `json`, so that whoever writes the same reasons gives them the same id."""
    json: bytes


class RejectionBook:
    """Remembers the rows of reasons that come again, by the very objects that plans hand to their calls."""

    def __init__(self) -> None:
        # The reasons are held beside their row, so that the id of the object cannot come to mean another one.
        self._known: dict[int, tuple[tuple[Rejection, ...], KeptRejections]] = {}

    def kept(self, rejections: tuple[Rejection, ...]) -> KeptRejections | None:
        """The row of `rejections`; None when there are none."""
        if not rejections:
            return None
        known = self._known.get(id(rejections))
        if known is not None:
            return known[1]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        json = msgspec.json.encode(rejections)
        row = KeptRejections(int.from_bytes(hashlib.sha256(json).digest()[:8], "big") >> 1, json)
        self._known[id(rejections)] = (rejections, row)
        return row


def read_rejections(database: Database, ids: Iterable[int | None]) -> dict[int, tuple[Rejection, ...]]:
    """The reasons with those ids. Raises StoreError, and msgspec.DecodeError for damaged ones."""
    wanted = sorted({id for id in ids if id is not None})
    found: dict[int, tuple[Rejection, ...]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" for _ in some)
        query = f"SELECT id, json FROM rejections WHERE id IN ({marks})"  # noqa: S608 - marks alone
        found |= {row["id"]: _DECODER.decode(row["json"]) for row in database.rows(query, *some)}
    return found
