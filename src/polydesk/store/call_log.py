"""Receipts of many calls a second: collected while the event loop turns, committed together.

Measured on one core with receipts of 1.5 KB: a commit of one costs 40 to 60 µs, of sixteen 10 µs each. A writer thread
costs more than it saves: SQLite gives the interpreter away at every row, and a busy loop then keeps it for 5 ms. So the
loop itself inserts the rows, and commits them where that does not wait for the disk; a commit that does is left to a
thread, which waits for the interpreter once.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from polydesk.core.charges import Charge
from polydesk.core.errors import StoreError
from polydesk.core.receipts import CallReceipt
from polydesk.store.calls import INSERT_CALL, call_row
from polydesk.store.checkpoints import Checkpoints
from polydesk.store.database import Durability, is_busy, open_database, roll_back
from polydesk.store.faults import store_error
from polydesk.store.rejections import INSERT_REJECTIONS, RejectionBook
from polydesk.store.waiting import WaitingCall

_MOST_KEPT = 10_000
_RETRY_S = 0.002
"""Another process that writes keeps the file for about as long."""
_UNFIT = (sqlite3.IntegrityError, OverflowError)
"""What is wrong with a row by itself; the last for a number of more than 64 bits."""


class CallLog:
    """Writes calls down for one event loop, of which alone it may be used.

    The charges follow from the receipts, and are written when somebody asks the store for them.
    """

    def __init__(self, path: Path, *, durability: Durability = "power", busy_timeout_s: float = 30.0) -> None:
        """`durability` says what a written call has survived; `busy_timeout_s` bounds the wait for other processes.

        Raises StoreError as opening the store does.
        """
        self._database = open_database(path, busy_timeout_s=busy_timeout_s, durability=durability)
        self._connection = self._database.connection
        # From here on it waits by turning the loop, and leaves the log to a thread: a stall here is a stall of all.
        self._connection.execute("PRAGMA busy_timeout = 0")
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._busy_timeout_s = busy_timeout_s
        self._checkpoints = Checkpoints(path)
        self._thread = ThreadPoolExecutor(1, "polydesk-commits") if durability == "power" else None
        self._waiting: list[WaitingCall] = []
        self._rejections = RejectionBook()
        self._kept: set[int] = set()
        """Rejections that are known to be in the file."""
        self._busy_since: float | None = None
        self.on_commit: Callable[[int, float], None] | None = None
        """Told how many calls a commit wrote down, and in how many seconds."""
        self._began_s = 0.0
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        """The one whose it is; asking for the running one costs a system call each time."""
        self._committing: asyncio.Future[None] | None = None

    def record(
        self,
        receipt: CallReceipt,
        charges: Callable[[], Sequence[Charge]] | None = None,
        told: Callable[[bool], None] | None = None,
        /,
    ) -> asyncio.Future[None]:
        """Begin to write `receipt` down; done when it is, or raises StoreError, and then nothing of it is kept.

        `charges` are not asked for. Whether the future is awaited or cancelled, the call is written. `told` hears of
        it first, and also when the future was cancelled.
        """
        loop = self._loop = self._loop or asyncio.get_running_loop()
        written = loop.create_future()
        rejections = self._rejections.kept(receipt.rejections)
        self._waiting.append(WaitingCall(call_row(receipt, rejections and rejections.id), rejections, written, told))
        if not self._scheduled and self._committing is None:
            self._scheduled = True
            loop.call_soon(self._write)
        return written

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        while self._waiting or self._committing is not None:
            await asyncio.wait([self._committing or self._waiting[-1].written])
        if self._thread is not None:
            self._thread.shutdown()
        # The last connection moves the rest of the log, which may take a moment.
        await asyncio.to_thread(self._let_go)

    def _let_go(self) -> None:
        self._checkpoints.stop()
        self._database.close()

    def _write(self) -> None:
        self._scheduled = False
        self._began_s = time.monotonic()
        batch, self._waiting = self._waiting, []
        try:
            inserted = self._inserted(batch)
            if self._thread is None:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._failed(batch, error)
        else:
            self._busy_since = None
            if self._thread is None:
                self._resolve(inserted)
            else:
                self._commit_aside(inserted, self._thread)

    def _inserted(self, batch: list[WaitingCall]) -> list[WaitingCall]:
        """Insert the rows into a new transaction. Returns those that it holds: a row may be refused by itself."""
        self._begin(batch)
        try:
            self._connection.executemany(INSERT_CALL, [one.row for one in batch])
        except _UNFIT:
            roll_back(self._connection)
            self._begin(batch)
            return [one for one in batch if self._inserted_alone(one)]
        return batch

    def _begin(self, batch: list[WaitingCall]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        reasons = {one.rejections for one in batch if one.rejections and one.rejections.id not in self._kept}
        if reasons:
            self._connection.executemany(INSERT_REJECTIONS, reasons)

    def _inserted_alone(self, one: WaitingCall) -> bool:
        try:
            self._connection.execute(INSERT_CALL, one.row)
        except _UNFIT as error:
            _refuse([one], store_error(error, self._database.path))
            return False
        return True

    def _failed(self, batch: list[WaitingCall], error: sqlite3.Error) -> None:
        """Try again while another process is in the way; tell of anything else."""
        roll_back(self._connection)
        loop = asyncio.get_running_loop()
        if is_busy(error):
            self._busy_since = self._busy_since or loop.time()
            if loop.time() - self._busy_since < self._busy_timeout_s:
                self._waiting = batch + self._waiting
                self._scheduled = True
                loop.call_later(_RETRY_S, self._write)
                return
        self._busy_since = None
        _refuse(batch, store_error(error, self._database.path))

    def _commit_aside(self, batch: list[WaitingCall], thread: ThreadPoolExecutor) -> None:
        committing = asyncio.get_running_loop().run_in_executor(thread, self._commit)
        self._committing = committing
        committing.add_done_callback(partial(self._committed, batch))

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _committed(self, batch: list[WaitingCall], committing: asyncio.Future[None]) -> None:
        self._committing = None
        error = committing.exception()
        if error is None:
            self._resolve(batch)
        elif isinstance(error, sqlite3.Error):
            self._failed(batch, error)
        else:
            raise error
        if self._waiting and not self._scheduled:
            self._write()

    def _resolve(self, batch: list[WaitingCall]) -> None:
        if self.on_commit is not None:
            self.on_commit(len(batch), time.monotonic() - self._began_s)
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        for one in batch:
            if one.rejections is not None:
                self._kept.add(one.rejections.id)
            one.settle(None)


def _refuse(batch: Sequence[WaitingCall], error: StoreError) -> None:
    for one in batch:
        one.settle(error)
