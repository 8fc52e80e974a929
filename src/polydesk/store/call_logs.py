"""The call log of whichever place keeps the records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from polydesk.core.charges import Charge
from polydesk.core.receipts import CallReceipt
from polydesk.store.call_log import CallLog
from polydesk.store.database import Durability
from polydesk.store.places import RecordsPlace


class AnyCallLog(Protocol):
    """Writes calls down for one event loop. What it has acknowledged is kept."""

    on_commit: Callable[[int, float], None] | None

    def record(
        self,
        receipt: CallReceipt,
        charges: Callable[[], Sequence[Charge]] | None = None,
        told: Callable[[bool], None] | None = None,
        /,
    ) -> asyncio.Future[None]:
        """Begin to write `receipt` down; done when it is, or raises StoreError. `told` hears of it first."""
        ...

    async def close(self) -> None:
        """Write what waits, and let go of the records."""
        ...


def open_call_log(place: RecordsPlace, *, durability: Durability) -> AnyCallLog:
    """The call log of the records in `place`. Raises StoreError."""
    if isinstance(place, Path):
        return CallLog(place, durability=durability)
    from polydesk.store.postgres.call_log import PostgresCallLog  # most need no driver

    return PostgresCallLog(place, durability=durability)


def fault_of(log: AnyCallLog) -> str | None:
    """Why nothing can be written down now; None while all is well, as far as is known."""
    return getattr(log, "fault", None)
