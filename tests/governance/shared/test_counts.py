"""Counts that workers share: exact, whoever asks, dies, or forgets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from polydesk.core.budgets import Budget
from polydesk.core.errors import (
    BudgetExceededError,
    LimitsUnavailableError,
    NotPermittedError,
    RateExceededError,
)
from polydesk.governance.keys import NewKey, create_key
from polydesk.governance.limits import KeyLimits
from polydesk.governance.shared.admission import SharedAdmission, SharedAdmitted
from polydesk.governance.shared.counts import Refused, Reserved, SharedCounts
from polydesk.governance.shared.engine import Engine, EnginePlace
from polydesk.store.store import Store
from tests.redis_server import LimitsServer
from tests.store.samples import priced_receipt

NONE = KeyLimits()
TOTAL = Budget(name="everything", period="total", hard_usd=Decimal(1))
PATIENCE_S = 30


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "records.db")
    yield opened
    opened.close()


class Shared:
    """One Polydesk's shared limits, and its workers."""

    def __init__(self, server: LimitsServer, store: Store) -> None:
        self.server = server
        self.store = store
        self.prefix = server.new_prefix()

    @asynccontextmanager
    async def worker(self, *, lease_s: float = 60.0) -> AsyncIterator[SharedCounts]:
        place = EnginePlace(url=self.server.url, password=self.server.password)
        counts = SharedCounts(Engine(place, prefix=self.prefix), self.store, lease_s=lease_s)
        await counts.open()
        try:
            yield counts
        finally:
            await counts.close()


@pytest.fixture
def shared(limits_server: LimitsServer, store: Store) -> Shared:
    return Shared(limits_server, store)


async def reserve(
    counts: SharedCounts, id: str, *, usd: str | None = "0.25", tokens: int = 10, limits: KeyLimits = NONE
) -> Reserved | Refused:
    meters = [counts.meter(TOTAL, datetime.now(UTC))]
    nano = None if usd is None else int(Decimal(usd) * 10**9)
    return await counts.reserve(id, counts.state_key("key_1"), limits, meters, tokens, nano)


async def meter(counts: SharedCounts) -> tuple[int, int]:
    """What is spent and reserved, once everything that was settled is counted."""
    while counts._settling:
        await asyncio.wait(counts._settling)
    found = await counts._engine.held(counts.meter(TOTAL, datetime.now(UTC)).key)
    return int(found.get("spent", 0)), int(found.get("reserved", 0))


async def test_workers_reserve_of_one_budget(shared: Shared) -> None:
    async with shared.worker() as one, shared.worker() as other:
        found = await asyncio.gather(
            *(reserve(by, f"{number}_{by.worker}") for by in (one, other) for number in range(5))
        )
        held = [each for each in found if isinstance(each, Reserved)]
        refused = [each for each in found if isinstance(each, Refused)]
        assert (len(held), {each.limit for each in refused}) == (4, {"budget"})
        assert {each.amount for each in refused} == {0}
        for each in held:
            (one if each.id.endswith(one.worker) else other).settle(each, 5, 100_000_000)
        await meter(one)
        assert await meter(other) == (400_000_000, 0)


async def test_asking_twice_for_one_call_takes_once(shared: Shared) -> None:
    async with shared.worker() as counts:
        limits = KeyLimits(requests_per_minute=5, max_parallel=3)
        found = await reserve(counts, "rcp_1", limits=limits)
        again = await reserve(counts, "rcp_1", limits=limits)
        assert isinstance(found, Reserved)
        assert isinstance(again, Reserved)
        assert (found.requests[0], again.requests[0]) == (4, 4)
        assert await meter(counts) == (0, 250_000_000)
        counts.settle(found, 10, 200_000_000)
        counts.settle(found, 10, 200_000_000)
        assert await meter(counts) == (200_000_000, 0)


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (KeyLimits(requests_per_minute=2), "requests_per_minute"),
        (KeyLimits(tokens_per_minute=25), "tokens_per_minute"),
        (KeyLimits(max_parallel=2), "max_parallel"),
    ],
)
async def test_workers_share_a_keys_limits(shared: Shared, limits: KeyLimits, limit: str) -> None:
    async with shared.worker() as one, shared.worker() as other:
        assert isinstance(await reserve(one, "rcp_1", usd="0", limits=limits), Reserved)
        second = await reserve(other, "rcp_2", usd="0", limits=limits)
        assert isinstance(second, Reserved)
        refused = await reserve(one, "rcp_3", usd="0", limits=limits)
        assert isinstance(refused, Refused)
        assert refused.limit == limit
        assert limit == "max_parallel" or 0 < refused.amount <= 60_000_000
        if limit != "requests_per_minute":
            other.settle(second, 0, 0)
            await meter(other)
            assert isinstance(await reserve(one, "rcp_4", usd="0", limits=limits), Reserved)


async def test_a_meter_begins_with_what_the_ledger_has(shared: Shared, store: Store) -> None:
    store.record_calls([priced_receipt("rcp_before", cost=Decimal("0.6"))])
    async with shared.worker() as counts:
        found = await reserve(counts, "rcp_1", usd="0.4")
        assert isinstance(found, Reserved)
        assert found.spent == (600_000_000,)
        assert isinstance(await reserve(counts, "rcp_2", usd="0.000000001"), Refused)


@pytest.mark.parametrize("written", ["before", "after", "never"])
async def test_a_call_under_way_while_all_is_forgotten_counts_once(shared: Shared, store: Store, written: str) -> None:
    async with shared.worker() as counts:
        found = await reserve(counts, "rcp_1")
        assert isinstance(found, Reserved)
        if written == "before":
            store.record_calls([priced_receipt("rcp_1", cost=Decimal("0.2"))])
        await counts._engine.remove(f"{counts._prefix}:*")
        assert isinstance(await reserve(counts, "rcp_2", usd="0"), Reserved)
        if written == "after":
            store.record_calls([priced_receipt("rcp_1", cost=Decimal("0.2"))])
        counts.settle(found, 10, 200_000_000)
        assert await meter(counts) == (200_000_000, 0)
        assert await counts._engine.held(counts.state_key("key_1")) != {}


async def test_what_a_dead_worker_held_is_settled_by_the_ledger(shared: Shared, store: Store) -> None:
    async with shared.worker() as survivor:
        dead = SharedCounts(Engine(survivor._engine.place, prefix=shared.prefix), store, lease_s=60)
        for id in ("rcp_written", "rcp_lost"):
            assert isinstance(await reserve(dead, id), Reserved)
        store.record_calls([priced_receipt("rcp_written", cost=Decimal("0.2"))])
        assert await meter(survivor) == (0, 500_000_000)
        await asyncio.gather(survivor._bury(dead.worker), survivor._bury(dead.worker))
        assert await meter(survivor) == (200_000_000, 0)
        state = await survivor._engine.held(survivor.state_key("key_1"))
        assert state["parallel"] == "0"
        await dead.close()


async def test_a_worker_taken_for_dead_too_soon_is_put_right(shared: Shared, store: Store) -> None:
    async with shared.worker() as survivor, shared.worker() as slow:
        found = await reserve(slow, "rcp_1")
        assert isinstance(found, Reserved)
        await survivor._bury(slow.worker)
        assert await meter(survivor) == (0, 0)
        store.record_calls([priced_receipt("rcp_1", cost=Decimal("0.2"))])
        slow.settle(found, 10, 200_000_000)
        assert await meter(slow) == (200_000_000, 0)


async def test_what_nobody_waits_for_any_more_is_freed(shared: Shared) -> None:
    async with shared.worker(lease_s=0.5) as counts:
        assert isinstance(await reserve(counts, "rcp_begin", usd="0"), Reserved)
        asking = asyncio.ensure_future(reserve(counts, "rcp_1"))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(PATIENCE_S):
            while await meter(counts) != (0, 0):  # noqa: ASYNC110 - it is done by the watch, which sends no word
                await asyncio.sleep(0.01)
        assert set(await counts._engine.held(counts._held(counts.worker))) == {"rcp_begin"}


async def test_a_server_that_comes_back_with_old_memory_is_not_believed(shared: Shared, store: Store) -> None:
    async with shared.worker() as counts:
        found = await reserve(counts, "rcp_1")
        assert isinstance(found, Reserved)
        store.record_calls([priced_receipt("rcp_1", cost=Decimal("0.2"))])
        # As if the disk had brought back what another run had counted.
        await counts._engine._client.set(f"{counts._prefix}:run", "another")
        await counts._engine._client.connection_pool.disconnect()
        again = await reserve(counts, "rcp_2", usd="0")
        assert isinstance(again, Reserved)
        assert again.spent == (200_000_000,)
        counts.settle(found, 10, 200_000_000)
        assert await meter(counts) == (200_000_000, 0)


async def test_errors_and_headers_are_those_of_one_process(shared: Shared, store: Store) -> None:
    soft = msgspec.structs.replace(TOTAL, soft_usd=Decimal("0.1"))
    _, secret = create_key(store.keys, NewKey(name="bot", requests_per_minute=3, tokens_per_minute=1_000), now=now())
    store.record_calls([priced_receipt("rcp_0", cost=Decimal("0.5"))])
    async with shared.worker() as counts:
        caller = SharedAdmission(store, counts, when_away="refuse", budgets=[soft]).admit(secret)
        assert isinstance(caller, SharedAdmitted)
        ticket = await caller.begin_shared(100, Decimal("0.3"), receipt_id="rcp_1", at=now())
        assert ticket.headers() == {
            "x-ratelimit-limit-requests": "3",
            "x-ratelimit-remaining-requests": "2",
            "x-ratelimit-reset-requests": "20s",
            "x-ratelimit-limit-tokens": "1000",
            "x-ratelimit-remaining-tokens": "900",
            "x-ratelimit-reset-tokens": "6s",
            "x-polydesk-budget-warning": "everything",
        }
        with pytest.raises(BudgetExceededError, match=r"\$0.2 of the budget") as caught:
            await caller.begin_shared(100, Decimal("0.3"), receipt_id="rcp_2", at=now())
        assert caught.value.budget == "everything"
        with pytest.raises(NotPermittedError, match="price"):
            await caller.begin_shared(100, None, receipt_id="rcp_3", at=now())
        with pytest.raises(RateExceededError, match="1,000 tokens") as limited:
            await caller.begin_shared(999, Decimal(0), receipt_id="rcp_4", at=now())
        assert limited.value.limit == "tokens_per_minute"
        ticket.settle(None, None)
        assert await meter_of(counts, soft) == (800_000_000, 0)


@pytest.mark.parametrize("when_away", ["refuse", "local"])
async def test_a_server_that_is_away(when_away: str, store: Store) -> None:
    server = LimitsServer()
    try:
        _, secret = create_key(store.keys, NewKey(name="bot"), now=now())
        async with Shared(server, store).worker(lease_s=0.5) as counts:
            admission = SharedAdmission(store, counts, when_away=when_away, budgets=[TOTAL])  # type: ignore[arg-type]
            caller = admission.admit(secret)
            assert isinstance(caller, SharedAdmitted)
            under_way = await caller.begin_shared(1, Decimal("0.3"), receipt_id="rcp_1", at=now())
            store.record_calls([priced_receipt("rcp_0", cost=Decimal("0.5"))])
            server.stop()
            if when_away == "refuse":
                with pytest.raises(LimitsUnavailableError) as caught:
                    await caller.begin_shared(1, Decimal("0.3"), receipt_id="rcp_2", at=now())
                assert server.password not in str(caught.value)
                spent = 800_000_000
            else:
                meantime = await caller.begin_shared(1, Decimal("0.3"), receipt_id="rcp_2", at=now())
                with pytest.raises(BudgetExceededError):
                    await caller.begin_shared(1, Decimal("0.3"), receipt_id="rcp_3", at=now())
                store.record_calls([priced_receipt("rcp_2", cost=Decimal("0.1"))])
                meantime.settle(1, Decimal("0.1"))
                spent = 900_000_000
            store.record_calls([priced_receipt("rcp_1", cost=Decimal("0.3"))])
            under_way.settle(1, Decimal("0.3"))
            assert counts.is_away
            server.start()
            async with asyncio.timeout(PATIENCE_S):
                while counts.is_away or counts.forget or counts._settling:  # noqa: ASYNC110 - it sends no word
                    await asyncio.sleep(0.01)
            assert isinstance(await reserve(counts, "rcp_4", usd="0"), Reserved)
            assert await meter(counts) == (spent, 0)
    finally:
        server.close()


def now() -> datetime:
    return datetime.now(UTC)


async def meter_of(counts: SharedCounts, budget: Budget) -> tuple[int, int]:
    assert counts.meter(budget, now()).key == counts.meter(TOTAL, now()).key
    return await meter(counts)
