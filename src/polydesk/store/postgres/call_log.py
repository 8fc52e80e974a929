"""Receipts of many calls a second, committed together to a PostgreSQL database from the event loop itself.

A thread of its own would wait for a busy loop's interpreter at every answer of the server; the loop need not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import psycopg

from polydesk.core.charges import Charge
from polydesk.core.errors import StoreError
from polydesk.core.receipts import CallReceipt
from polydesk.store.calls import INSERT_CALL, call_row
from polydesk.store.database import Durability
from polydesk.store.places import PostgresPlace
from polydesk.store.postgres.database import LOCK_SHARED, WRITING, connection_options, numbered, session_settings
from polydesk.store.postgres.faults import LOST, UNFIT, store_error
from polydesk.store.rejections import INSERT_REJECTIONS, RejectionBook
from polydesk.store.waiting import WaitingCall

_Connection: TypeAlias = psycopg.AsyncConnection[dict[str, Any]]
_MOST_KEPT = 10_000
_MOST_AT_ONCE = 1_000
_LOOK_EVERY_S = 1.0
_INSERT_AGAIN = f"{INSERT_CALL} ON CONFLICT (id) DO NOTHING"
"""For calls of which it is not known whether they were committed, because the connection was lost meanwhile."""


class PostgresCallLog:
    """Writes calls down for one event loop, of which alone it may be used.

    The charges follow from the receipts, and are written when somebody asks the store for them.
    """

    def __init__(self, place: PostgresPlace, *, durability: Durability = "power", busy_timeout_s: float = 30.0) -> None:
        """Nothing is connected before the first call: who opened the store has found that it can be reached.

        `durability` as `power` waits for the server's disk whatever its own setting; as `process` leaves it to that.
        `busy_timeout_s` bounds a commit.
        """
        self.fault: str | None = None
        """Why nothing can be written now; None while all is well, as far as is known."""
        self.on_commit: Callable[[int, float], None] | None = None
        """Told how many calls a commit wrote down, and in how many seconds."""
        self._place = place
        self._durability: Durability = durability
        self._busy_timeout_s = busy_timeout_s
        self._connection: _Connection | None = None
        self._waiting: list[WaitingCall] = []
        self._rejections = RejectionBook()
        self._kept: set[int] = set()
        """Rejections that are known to be in the database."""
        self._writing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._using = asyncio.Lock()

    def record(
        self,
        receipt: CallReceipt,
        charges: Callable[[], Sequence[Charge]] | None = None,
        told: Callable[[bool], None] | None = None,
        /,
    ) -> asyncio.Future[None]:
        """Begin to write `receipt` down; done when it is, or raises StoreError.

        `charges` are not asked for. Whether the future is awaited or cancelled, the call is written. `told` hears of
        it first, and also when the future was cancelled.
        """
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        rejections = self._rejections.kept(receipt.rejections)
        self._waiting.append(WaitingCall(call_row(receipt, rejections and rejections.id), rejections, written, told))
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        return written

    async def close(self) -> None:
        """Write what waits, and let go of the connection."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await self._let_go()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                async with self._using:
                    await self._write(batch)
        finally:
            self._writing = None

    async def _write(self, batch: list[WaitingCall]) -> None:
        """Write a batch down, with a second connection when the first is lost."""
        began_s = time.monotonic()
        try:
            await self._written(batch)
        except LOST as error:
            self._lost(batch, error)
        except psycopg.Error as error:
            _refuse(batch, store_error(error, str(self._place)))
        else:
            self._resolve(batch, time.monotonic() - began_s)

    async def _written(self, batch: list[WaitingCall]) -> None:
        try:
            await self._committed(batch, INSERT_CALL)
        except UNFIT:
            for one in batch:
                await self._written_alone(one)
        except LOST:
            await self._let_go()
            await self._committed(batch, _INSERT_AGAIN)

    async def _written_alone(self, one: WaitingCall) -> None:
        try:
            await self._committed([one], INSERT_CALL)
        except UNFIT as error:
            _refuse([one], store_error(error, str(self._place)))

    async def _committed(self, batch: Sequence[WaitingCall], insert: str) -> None:
        """Commit the rows, in one journey to the server and back."""
        reasons = {one.rejections for one in batch if one.rejections and one.rejections.id not in self._kept}
        async with asyncio.timeout(self._busy_timeout_s):
            connection = await self._connected()
            async with connection.pipeline(), connection.transaction(), connection.cursor() as cursor:
                await cursor.execute(LOCK_SHARED, (WRITING,))
                if reasons:
                    # In one order everywhere, or two batches would wait for each other.
                    await cursor.executemany(numbered(INSERT_REJECTIONS), sorted(reasons))
                await cursor.executemany(numbered(insert), [one.row for one in batch])

    async def _connected(self) -> _Connection:
        if self._connection is None or self._connection.closed:
            options = connection_options(self._place)
            made = await psycopg.AsyncConnection.connect(**options, cursor_factory=psycopg.AsyncRawCursor)
            self._connection = cast("_Connection", made)
            for setting in session_settings(self._durability, self._busy_timeout_s):
                await self._connection.execute(setting.encode())
        return self._connection

    async def _let_go(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _lost(self, batch: Sequence[WaitingCall], error: psycopg.Error | TimeoutError) -> None:
        told = store_error(error, str(self._place))
        self.fault = str(told)
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look())
        _refuse(batch, told)

    async def _look(self) -> None:
        """Look until the database answers again: while it does not, nobody may send calls that would find out."""
        try:
            while self.fault is not None:
                await asyncio.sleep(_LOOK_EVERY_S)
                async with self._using:
                    await self._try()
        finally:
            self._looking = None

    async def _try(self) -> None:
        try:
            await self._let_go()
            connection = await self._connected()
            await connection.execute("SELECT 1")
        except (psycopg.Error, TimeoutError) as error:
            self.fault = str(store_error(error, str(self._place)))
        else:
            self.fault = None

    def _resolve(self, batch: Sequence[WaitingCall], seconds: float) -> None:
        self.fault = None
        if self.on_commit is not None:
            self.on_commit(len(batch), seconds)
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        for one in batch:
            if one.rejections is not None and not one.is_settled:  # its row may have been refused by itself
                self._kept.add(one.rejections.id)
            one.settle(None)


def _refuse(batch: Sequence[WaitingCall], error: StoreError) -> None:
    for one in batch:
        one.settle(error)
