"""`kill -9` under load: what clients were told is written down and paid for, and nothing else lingers."""

from __future__ import annotations

import asyncio
import random
import re
import signal
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from polydesk.core.charges import Charge
from polydesk.core.receipts import CallReceipt
from polydesk.store.integrity import damages
from tests.flows.gateway.process import Gateway, Vendor, chat, message, new_key, records, serving, vendor

ROUNDS = 5
CLIENTS = 12
BUDGET = '\n[[budget]]\nname = "everything"\nperiod = "total"\nhard_usd = {hard}\n'
END_MARKS = {"/v1/chat/completions": "data: [DONE]", "/v1/messages": "event: message_stop"}


@dataclass(kw_only=True)
class Load:
    """Clients that ask again and again until the gateway is gone, and what they were told."""

    gateway: Gateway
    secret: str
    until: int
    """After so many whole answers the gateway is killed."""
    whole: list[str] = field(default_factory=list[str])
    """The receipts' ids of answers that came whole."""
    broken: int = 0

    async def ask(self, path: str, *, stream: bool) -> None:
        client = self.gateway.client(self.secret)
        body = (chat if "chat" in path else message)(stream=stream)
        while True:
            try:
                async with client.stream("POST", path, json=body) as answer:
                    said = await self._read(answer)
            except httpx.TransportError:
                self.broken += 1
                return
            assert answer.status_code == 200, said
            assert not stream or END_MARKS[path] in said
            self.whole.append(answer.headers["x-polydesk-receipt"])
            if len(self.whole) == self.until:
                self.gateway.signal(signal.SIGKILL)

    async def _read(self, answer: httpx.Response) -> str:
        return "".join([text async for text in answer.aiter_text()])


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_what_clients_were_told_outlives_the_process(durability: str, tmp_path: Path) -> None:
    secret, told = await new_key(tmp_path), list[str]()
    extra = f'\n[records]\ndurability = "{durability}"\n{BUDGET.format(hard=1_000)}'
    moments = random.Random(durability)
    async with vendor() as behind:
        for _ in range(ROUNDS):
            async with serving(tmp_path, behind, extra) as gateway:
                load = Load(gateway=gateway, secret=secret, until=moments.randint(1, 120))
                ways = [(path, stream) for path in END_MARKS for stream in (False, True)]
                asking = [
                    load.ask(*ways[number % len(ways)][:1], stream=ways[number % len(ways)][1])
                    for number in range(CLIENTS)
                ]
                await asyncio.gather(*asking)
                assert await gateway.ended() == -signal.SIGKILL
            assert load.broken == CLIENTS
            told += load.whole
            await check_records(tmp_path, told)
        await check_budget(tmp_path, behind, secret)


async def check_records(folder: Path, told: list[str]) -> None:
    """The database is whole; every answer that was told is in it, and every receipt is charged once."""
    receipts, charges = await written(folder)
    assert damages(folder / "data" / "records.db") == []
    by_id = {receipt.id: receipt for receipt in receipts}
    assert set(told) <= by_id.keys()
    assert all(by_id[id].output_sha256 is not None for id in told)  # pyright: ignore[reportArgumentType]
    assert sorted(charge.receipt_id for charge in charges) == sorted(by_id)
    assert {charge.receipt_id: charge.billed_cost for charge in charges} == {
        receipt.id: receipt.cost_usd for receipt in receipts
    }


async def check_budget(folder: Path, behind: Vendor, secret: str) -> None:
    """A new process has of the budget exactly what the records leave of it."""
    spent = sum((receipt.known_cost_usd for receipt in (await written(folder))[0]), start=Decimal(0))
    extra = BUDGET.format(hard=spent + Decimal("0.0001"))
    async with serving(folder, behind, extra) as gateway:
        refused = await gateway.client(secret).post("/v1/chat/completions", json=chat())
        assert refused.status_code == 429
        left = re.search(r"and \$([\d.]+) of the budget", refused.json()["error"]["message"])
        assert left is not None
        assert Decimal(left[1]) == Decimal("0.0001")


async def written(folder: Path) -> tuple[list[CallReceipt], list[Charge]]:
    async with records(folder) as store:
        return list(store.calls()), list(store.charges())
