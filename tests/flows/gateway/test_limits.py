"""Limits and budgets hold exactly, also when fifty clients ask at once."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from polydesk.core.budgets import Budget
from tests.flows.gateway.process import Gateway, chat, new_key, receipts, serving, until, vendor

CLIENTS = 50
PATH = "/v1/chat/completions"
BUDGET = '\n[[budget]]\nname = "all of it"\nscope = "{scope}"\nperiod = "total"\nhard_usd = {hard}\nsoft_usd = {soft}\n'
COST = Decimal("0.005")
"""Of one answer: 100 tokens read and 600 written, by gpt-4.1's public price."""


async def all_at_once(gateway: Gateway, secret: str) -> list[Awaitable[httpx.Response]]:
    clients = [gateway.client(secret) for _ in range(CLIENTS)]
    return [asyncio.create_task(client.post(PATH, json=chat())) for client in clients]


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def test_as_many_calls_run_at_once_as_the_key_may(tmp_path: Path) -> None:
    secret = await new_key(tmp_path, max_parallel=7)
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        behind.hold_at = 0
        asking = await all_at_once(gateway, secret)
        await until(lambda: sum(map(is_done, asking)) == CLIENTS - 7)
        assert behind.holding == 7
        behind.go_on.set()
        answers = await asyncio.gather(*asking)
        assert statuses(answers) == {200: 7, 429: CLIENTS - 7}
        assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 429} == {"max_parallel"}
        assert (await gateway.client(secret).post(PATH, json=chat())).status_code == 200


async def test_no_more_requests_pass_than_the_key_may_make(tmp_path: Path) -> None:
    secret = await new_key(tmp_path, requests_per_minute=20)
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        began_s = time.monotonic()
        answers = await asyncio.gather(*await all_at_once(gateway, secret))
        filled_up = int((time.monotonic() - began_s) * 20 / 60) + 1
    passed = statuses(answers)[200]
    assert 20 <= passed <= 20 + filled_up
    assert len(behind.requests) == passed
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers if answer.status_code == 429)


async def test_tokens_are_counted_by_what_was_used(tmp_path: Path) -> None:
    secret = await new_key(tmp_path, tokens_per_minute=1_000_000)
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        answers = await asyncio.gather(*await all_at_once(gateway, secret))
        assert statuses(answers) == {200: CLIENTS}
        told = (await gateway.client(secret).post(PATH, json=chat())).headers
        left = int(told["x-ratelimit-remaining-tokens"])
    assert told["x-ratelimit-limit-tokens"] == "1000000"
    used = CLIENTS * 700
    assert left <= 1_000_000 - 700, "of the request itself at least"
    assert left >= 1_000_000 - used - 2_000, "no more than was used, and what the last request reserves"


@pytest.mark.parametrize("scope", ["all", "key:program", "team:finance"])
async def test_a_hard_budget_is_never_gone_beyond(scope: str, tmp_path: Path) -> None:
    secret = await new_key(tmp_path, team="finance")
    async with vendor() as behind:
        async with serving(tmp_path, behind, BUDGET.format(scope=scope, hard="0.000001", soft="0.000001")) as gateway:
            worst = await worst_cost(gateway, secret)
        hard = worst * 10 + worst / 2
        async with serving(tmp_path, behind, BUDGET.format(scope=scope, hard=hard, soft=hard / 2)) as gateway:
            behind.hold_at = 0
            asking = await all_at_once(gateway, secret)
            await until(lambda: sum(map(is_done, asking)) == CLIENTS - 10)
            assert behind.holding == 10, "what may be spent is reserved before it is"
            behind.go_on.set()
            assert statuses(await asyncio.gather(*asking)) == {200: 10, 429: CLIENTS - 10}
            while (answer := await gateway.client(secret).post(PATH, json=chat())).status_code == 200:
                warned = answer.headers.get("x-polydesk-budget-warning")
                spent = COST * (len(behind.requests) - 1)
                assert (warned is not None) == (spent >= hard / 2)
            assert answer.json()["error"]["code"] == "insufficient_quota"
        calls = await receipts(tmp_path)
    spent = sum((call.known_cost_usd for call in calls), start=Decimal(0))
    assert {call.cost_usd for call in calls} == {COST}
    assert hard - worst < spent <= hard


async def test_a_soft_budget_warns_and_refuses_nothing(tmp_path: Path) -> None:
    budget = Budget(name="", scope="all", period="day", soft_usd=COST * 10)
    secret = await new_key(tmp_path, budget=budget)
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        answers = await asyncio.gather(*await all_at_once(gateway, secret))
        assert statuses(answers) == {200: CLIENTS}
        after = await gateway.client(secret).post(PATH, json=chat())
    assert after.headers["x-polydesk-budget-warning"] == "key program"


async def test_fewer_than_no_tokens_reserve_nothing(tmp_path: Path) -> None:
    """A negative limit would be a reservation that gives money back."""
    secret = await new_key(tmp_path)
    async with (
        vendor() as behind,
        serving(tmp_path, behind, BUDGET.format(scope="all", hard="0.001", soft="0.001")) as gateway,
    ):
        asking = [gateway.client(secret).post(PATH, json=chat(max_tokens=-(10**9)))] + [
            gateway.client(secret).post(PATH, json=chat()) for _ in range(9)
        ]
        assert statuses(await asyncio.gather(*asking)) == {400: 1, 429: 9}
    assert behind.requests == []


async def worst_cost(gateway: Gateway, secret: str) -> Decimal:
    refused = await gateway.client(secret).post(PATH, json=chat())
    cost = re.search(r"may cost up to \$([\d.]+),", refused.json()["error"]["message"])
    assert cost is not None
    return Decimal(cost[1])


def is_done(asking: Awaitable[httpx.Response]) -> bool:
    assert isinstance(asking, asyncio.Task)
    return asking.done()
