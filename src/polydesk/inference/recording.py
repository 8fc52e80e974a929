"""How a finished call is written down before its caller is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from polydesk.core.charges import Charge
from polydesk.core.receipts import CallReceipt
from polydesk.store.store import Store


class Recorder(Protocol):
    """Writes calls down. What it has returned from survives the end of the process."""

    def record(
        self, receipt: CallReceipt, charges: Callable[[], Sequence[Charge]], told: Callable[[bool], None], /
    ) -> asyncio.Future[None]:
        """Begin to keep `receipt` and its charges, all or nothing. Raises StoreError when awaited.

        `told` hears whether they were kept, before whoever waits goes on, and also when nobody waits any more: to
        cancel the future undoes nothing.
        """
        ...


class StoreRecorder:
    """Writes each call by itself, in a thread, for a commit waits for the disk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(
        self, receipt: CallReceipt, charges: Callable[[], Sequence[Charge]], told: Callable[[bool], None], /
    ) -> asyncio.Future[None]:
        """Begin to keep `receipt` and its charges, all or nothing. Raises StoreError when awaited."""
        written = asyncio.get_running_loop().run_in_executor(None, self._store.record_call, receipt, charges())
        written.add_done_callback(lambda done: told(not done.cancelled() and done.exception() is None))
        return asyncio.shield(written)
