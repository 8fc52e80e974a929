"""Several workers on shared engines: totals are equal everywhere, whoever dies."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from polydesk.governance.keys import revoke_key
from polydesk.store.store import Store
from tests.flows.gateway.fleet import WORKERS, Fleet, fleet, workers_of
from tests.flows.gateway.process import Gateway, chat, done, until, vendor
from tests.postgres import Cluster, free_port
from tests.redis_server import LimitsServer

CLIENTS = 16
BUDGET = '\n[[budget]]\nname = "everything"\nperiod = "total"\nhard_usd = {hard}\n'
COST = Decimal("0.005")
"""Of an answer: 100 tokens read and 600 written, at the public price."""


@dataclass(kw_only=True)
class Load:
    """Clients that ask again and again, each time by a new connection, so that every worker gets its share."""

    gateway: Gateway
    secret: str
    answered: list[str] = field(default_factory=list[str])
    """The receipts of whole answers."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """The codes of refusals."""
    broken: int = 0
    over: bool = False

    async def ask(self, times: int = 10_000) -> None:
        headers = {"authorization": f"Bearer {self.secret}"}
        anew = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(
            base_url=self.gateway.url, headers=headers, limits=anew, timeout=60, trust_env=False
        ) as client:
            for _ in range(times):
                if self.over:
                    return
                await self._ask(client)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        try:
            answer = await client.post("/v1/chat/completions", json=chat())
        except httpx.TransportError:
            self.broken += 1
            return
        if answer.status_code == 200:
            assert answer.json()["choices"]
            self.answered.append(answer.headers["x-polydesk-receipt"])
        else:
            self.refused[answer.json()["error"]["code"]] += 1


@pytest.fixture
def fleet_of(tmp_path: Path, postgres_cluster: Cluster, limits_server: LimitsServer) -> Fleet:
    return fleet(tmp_path, postgres_cluster, limits_server)


async def test_ledger_budget_and_clients_have_the_same_total_of_four_workers(fleet_of: Fleet) -> None:
    fleet_of.budget = BUDGET.format(hard="0.6")
    secret = fleet_of.new_key(max_parallel=10)
    async with vendor() as up, fleet_of.serving(up) as gateway:
        load = Load(gateway=gateway, secret=secret)
        asking = [asyncio.create_task(load.ask()) for _ in range(CLIENTS)]
        await until(lambda: load.refused["insufficient_quota"] > 0)
        load.over = True
        await asyncio.gather(*asking)
        spent = await fleet_of.until_even()
        assert spent == COST * len(load.answered) <= Decimal("0.6")
        # What is left is less than the one that was refused could have cost.
        assert Decimal("0.6") - spent < Decimal("0.09")
        assert sorted(await asyncio.to_thread(fleet_of.written)) == sorted(load.answered)
        assert await asyncio.to_thread(fleet_of.under_way) == 0
        assert set(load.refused) <= {"insufficient_quota", "max_parallel"}
        assert load.broken == 0


async def test_workers_hold_a_key_to_its_limits_together(fleet_of: Fleet) -> None:
    secret = fleet_of.new_key(max_parallel=3)
    often = fleet_of.new_key("often", requests_per_minute=20)
    async with vendor() as up, fleet_of.serving(up) as gateway:
        up.hold_at = 10
        load = Load(gateway=gateway, secret=secret)
        asking = [asyncio.create_task(load.ask(1)) for _ in range(12)]
        await until(lambda: load.refused.total() == 9 and up.holding == 3)
        up.go_on.set()
        await asyncio.gather(*asking)
        assert (len(load.answered), load.refused) == (3, {"max_parallel": 9})

        began_s = asyncio.get_running_loop().time()
        load = Load(gateway=gateway, secret=often)
        await asyncio.gather(*(load.ask(5) for _ in range(10)))
        filled = 20 * (asyncio.get_running_loop().time() - began_s) / 60
        assert 20 <= len(load.answered) <= 20 + filled + 1
        assert set(load.refused) == {"requests_per_minute"}


async def test_a_worker_that_is_killed_loses_nothing_and_holds_nothing(fleet_of: Fleet) -> None:
    fleet_of.budget = BUDGET.format(hard="1000")
    secret = fleet_of.new_key(max_parallel=CLIENTS)
    draw = random.Random(12)
    async with vendor() as up, fleet_of.serving(up) as gateway:
        before = workers_of(gateway)
        load = Load(gateway=gateway, secret=secret)
        asking = [asyncio.create_task(load.ask()) for _ in range(CLIENTS)]
        for killed in range(2):
            count = len(load.answered) + draw.randrange(40, 120)
            await until(lambda count=count: len(load.answered) >= count)
            os.kill(workers_of(gateway)[killed], signal.SIGKILL)
            await until(lambda killed=killed: gateway.said.count("SIGKILL") == killed + 1)
        await until(lambda: len(workers_of(gateway)) == WORKERS)
        load.over = True
        await asyncio.gather(*asking)
        await fleet_of.until_even()
        assert set(load.answered) <= set(await asyncio.to_thread(fleet_of.written))
        await until(lambda: fleet_of.under_way() == 0)
        assert len(set(before) & set(workers_of(gateway))) == WORKERS - 2
        assert load.broken > 0


async def test_limits_that_come_back_empty_are_counted_anew_from_the_ledger(
    tmp_path: Path, postgres_cluster: Cluster
) -> None:
    server = LimitsServer()
    try:
        several = fleet(tmp_path, postgres_cluster, server, budget=BUDGET.format(hard="1000"))
        await _lose_limits(several, server)
    finally:
        server.close()


async def _lose_limits(several: Fleet, server: LimitsServer) -> None:
    secret = several.new_key()
    async with vendor() as up, several.serving(up) as gateway:
        load = Load(gateway=gateway, secret=secret)
        asking = [asyncio.create_task(load.ask()) for _ in range(CLIENTS)]
        await until(lambda: len(load.answered) >= 60)
        server.stop()
        await until(lambda: load.refused["limits_unavailable"] > 0)
        server.start()
        count = len(load.answered)
        await until(lambda: len(load.answered) >= count + 60)
        load.over = True
        await asyncio.gather(*asking)
        assert await several.until_even() == COST * len(load.answered)
        assert set(load.refused) == {"limits_unavailable"}


async def test_a_revoked_key_is_refused_by_every_worker(fleet_of: Fleet) -> None:
    secret = fleet_of.new_key()
    async with vendor() as up, fleet_of.serving(up) as gateway:
        load = Load(gateway=gateway, secret=secret)
        await load.ask(5)
        assert len(load.answered) == 5
        store = await asyncio.to_thread(Store.open, fleet_of.place)
        await asyncio.to_thread(lambda: (revoke_key(store.keys, "program", now=datetime.now(UTC)), store.close()))
        async with asyncio.timeout(30):
            in_a_row = 0
            while in_a_row < 5 * WORKERS:
                before = load.refused["invalid_api_key"]
                await load.ask(1)
                in_a_row = in_a_row + 1 if load.refused["invalid_api_key"] > before else 0


async def test_a_database_that_goes_away_and_comes_back(tmp_path: Path, limits_server: LimitsServer) -> None:
    cluster = Cluster()
    try:
        several = fleet(tmp_path, cluster, limits_server)
        secret = several.new_key()
        async with vendor() as up, several.serving(up, workers=2) as gateway:
            load = Load(gateway=gateway, secret=secret)
            await load.ask(4)
            cluster.stop()
            asking = [asyncio.create_task(load.ask()) for _ in range(4)]
            await until(lambda: load.refused["records_unavailable"] > 20)
            async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client:
                words = [(await client.get("/readyz", headers={"connection": "close"})).text for _ in range(8)]
            assert "records unavailable\n" in words
            await asyncio.to_thread(cluster.start)
            count = len(load.answered)
            await until(lambda: len(load.answered) > count + 20)
            load.over = True
            await asyncio.gather(*asking)
            assert set(load.answered) <= set(await asyncio.to_thread(several.written))
            assert several.place.password is not None
            assert several.place.password not in gateway.said
    finally:
        cluster.close()


async def test_all_workers_finish_their_answers_when_they_are_told_to_stop(fleet_of: Fleet) -> None:
    secret = fleet_of.new_key()
    async with vendor() as up, fleet_of.serving(up) as gateway:
        up.hold_at = 10
        load = Load(gateway=gateway, secret=secret)
        asking = [asyncio.create_task(load.ask(1)) for _ in range(8)]
        await gateway.until_held(8)
        gateway.signal(signal.SIGTERM)
        await gateway.until_said("Stopping")
        up.go_on.set()
        await asyncio.gather(*asking)
        assert await gateway.ended() == 0
        assert len(load.answered) == 8
        assert sorted(await asyncio.to_thread(fleet_of.written)) == sorted(load.answered)


async def test_workers_end_with_their_supervisor(fleet_of: Fleet) -> None:
    async with vendor() as up, fleet_of.serving(up) as gateway:
        workers = workers_of(gateway)
        gateway.signal(signal.SIGKILL)
        await gateway.ended()
        await until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


@pytest.mark.parametrize("engine", ["records", "limits"])
async def test_an_engine_that_is_not_there_is_said_once_with_its_remedy(fleet_of: Fleet, engine: str) -> None:
    wrong = {"records": fleet_of.place.url, "limits": fleet_of.server.url}[engine]
    port = fleet_of.server.port if engine == "limits" else int(wrong.rpartition(":")[2].partition("/")[0])
    file = fleet_of.folder / "polydesk.toml"
    file.write_text(fleet_of.extra.replace(wrong, wrong.replace(str(port), str(free_port()))))
    words = ("serve", "--config", str(file), "--port", "0", "--workers", "3")
    code, _, said = await done(fleet_of.folder, *words, more=fleet_of.environment)
    assert code == {"records": 11, "limits": 45}[engine]
    assert said.count("polydesk:") == 1
    assert "see that it runs" in said
    assert not any(password in said for password in fleet_of.environment.values())


async def test_workers_that_would_count_apart_are_refused(tmp_path: Path) -> None:
    code, _, said = await done(tmp_path, "serve", "--port", "0", "--workers", "2")
    assert code == 10
    assert "[records]" in said
    assert "[shared_limits]" in said


async def test_a_password_that_is_not_set_is_said(fleet_of: Fleet) -> None:
    file = fleet_of.folder / "polydesk.toml"
    file.write_text(fleet_of.extra)
    code, _, said = await done(fleet_of.folder, "serve", "--config", str(file), more={"LIMITS_PASSWORD": "x"})
    assert code == 10
    assert "RECORDS_PASSWORD" in said
