"""When the caller leaves, the vendor's connection is closed at once, and what was used is charged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from polydesk.core.streams import TextDelta
from polydesk.inference.answers import same_request
from polydesk.inference.survival import Survival
from polydesk.store.store import Store
from tests.faults.answers import LONG
from tests.faults.world import NEEDS, ORDERS, REQUEST, VendorName, world
from tests.vendors.http_server import Scene, Stall

AT_ONCE_S = 1.0
each_order = pytest.mark.parametrize("order", ORDERS, ids="_then_".join)


@each_order
async def test_leaving_a_stream_closes_the_vendors_connection(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store) as here:
        here.will(Scene(response=LONG, fault=Stall(at=2_200)), Scene())
        plan = here.inference.plan(NEEDS, here.choice)
        heard = ""
        async with here.inference.stream(same_request(REQUEST), plan=plan, purpose="fault") as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    heard += event.text
                    if len(heard) > 20:
                        break
        await asyncio.wait_for(here.first.abandoned.wait(), AT_ONCE_S)
        (receipt,) = here.kept.receipts
        (attempt,) = receipt.attempts
    assert (attempt.outcome, attempt.usage_is_estimated) == ("cancelled", True)
    assert attempt.delivered_characters is not None
    assert attempt.delivered_characters >= len(heard)
    assert attempt.usage is not None
    assert len(here.kept.charges) == 1
    assert here.second.requests == []


@each_order
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_leaving_before_the_first_word_does_so_too(
    order: Sequence[VendorName], streamed: bool, store: Store
) -> None:
    async with world(order, store) as here:
        here.will(Scene(response=LONG, fault=Stall(at=0)), Scene())
        call = asyncio.create_task(here.streamed() if streamed else here.whole())
        await here.first.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(here.first.abandoned.wait(), AT_ONCE_S)
        (receipt,) = here.kept.receipts
    assert [attempt.outcome for attempt in receipt.attempts] == ["cancelled"]
    assert len(here.kept.charges) == 1, "the vendor may have begun to work"


@each_order
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_who_is_not_heard_is_let_go(order: Sequence[VendorName], streamed: bool, store: Store) -> None:
    async with world(order, store, survival=Survival(retries=0, hedge=0.05)) as here:
        here.will(Scene(response=LONG, fault=Stall(at=0)), Scene(response=LONG))
        told = await (here.streamed() if streamed else here.whole())
        await asyncio.wait_for(here.first.abandoned.wait(), AT_ONCE_S)
    assert told.response is not None
    assert told.response.text == LONG.text
    assert {(attempt.kind, attempt.outcome) for attempt in told.attempts} == {
        ("first", "cancelled"),
        ("hedge", "answered"),
    }
    assert len(told.charges) == 2


@each_order
async def test_a_model_that_is_too_slow_to_begin_is_let_go(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, survival=Survival(retries=0, first_token_s=0.1)) as here:
        here.will(Scene(response=LONG, fault=Stall(at=300)), Scene(response=LONG))
        told = await here.streamed()
        await asyncio.wait_for(here.first.abandoned.wait(), AT_ONCE_S)
    assert told.response is not None
    assert told.response.text == LONG.text
    assert "did not begin to answer within 0.1 s" in (told.attempts[0].reason or "")


@each_order
async def test_the_attempts_share_one_deadline(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store) as here:
        here.will(Scene(response=LONG, fault=Stall(at=0)), Scene(response=LONG, fault=Stall(at=0)))
        told = await here.streamed(deadline_s=1)
        await asyncio.wait_for(here.second.abandoned.wait(), AT_ONCE_S)
    assert told.response is None
    assert [attempt.outcome for attempt in told.attempts] == ["failed", "failed"]
    assert "deadline" in (told.attempts[1].reason or "")
