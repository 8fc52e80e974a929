"""Two models asked side by side: one is heard, the other is let go, and both are in the books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from polydesk.core.errors import (
    ContentFilteredError,
    PlanExhaustedError,
    PolydeskError,
    ProviderError,
    RequestRejectedError,
)
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.core.replay import events_of
from polydesk.core.streams import Started, StreamEvent, TextDelta, response_of
from polydesk.inference.hedging import hedged
from polydesk.inference.survival import Survival
from polydesk.providers.base import Provider
from polydesk.providers.scripted import Scripted
from tests.inference.conftest import World, Worlds
from tests.inference.samples import BEST, down, response

HASTY = Survival(retries=0, hedge=0.01)


class Late:
    """Answers, or fails, when it is told to; knows whether it was told to stop instead."""

    def __init__(self, answer: ModelResponse | ProviderError) -> None:
        self.answer = answer
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.done = asyncio.Event()
        self.cancelled = False

    async def send(self, request: ModelRequest) -> ModelResponse:
        self.asked.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.done.set()
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return self.answer

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        for event in events_of(await self.send(request)):
            yield event


async def told(world: World, *, streamed: bool) -> tuple[ModelResponse | PolydeskError, CallReceipt]:
    try:
        if streamed:
            async with world.inference.stream(world.build, plan=world.plan(), purpose="test") as stream:
                events = [event async for event in stream]
            assert sum(isinstance(event, Started) for event in events) == 1
            answer: ModelResponse | PolydeskError = response_of(events)
        else:
            answer = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).response
    except PolydeskError as error:
        answer = error
    (receipt,) = world.store.call_receipts()
    return answer, receipt


each_form = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@each_form
async def test_the_second_is_heard_and_the_first_is_cancelled_and_charged(worlds: Worlds, streamed: bool) -> None:
    slow = Late(response("never heard"))
    world = worlds.of({"openai": slow, "anthropic": Scripted([response("at once")])}, HASTY)
    answer, receipt = await told(world, streamed=streamed)
    assert isinstance(answer, ModelResponse)
    assert answer.text == "at once"
    assert slow.cancelled
    kinds = [(attempt.provider, attempt.kind, attempt.outcome) for attempt in receipt.attempts]
    assert sorted(kinds) == [("anthropic", "hedge", "answered"), ("openai", "first", "cancelled")]
    assert receipt.provider == "anthropic"
    assert sorted(charge.sku_id for charge in world.store.charges()) == [
        "anthropic/claude-haiku-4-5",
        "openai/gpt-4o-mini",
    ]


@each_form
async def test_the_first_is_heard_when_it_comes_before_the_second(worlds: Worlds, streamed: bool) -> None:
    first, second = Late(response("a little late")), Late(response("never heard"))
    world = worlds.of({"openai": first, "anthropic": second}, HASTY)
    call = asyncio.create_task(told(world, streamed=streamed))
    await second.asked.wait()
    first.go.set()
    answer, receipt = await call
    assert isinstance(answer, ModelResponse)
    assert answer.text == "a little late"
    assert second.cancelled
    assert (receipt.provider, len(receipt.attempts)) == ("openai", 2)


@each_form
async def test_when_both_fail_every_reason_is_told(worlds: Worlds, streamed: bool) -> None:
    first, second = Late(down()), Late(down("anthropic"))
    world = worlds.of({"openai": first, "anthropic": second}, HASTY)
    call = asyncio.create_task(told(world, streamed=streamed))
    await second.asked.wait()
    first.go.set()
    second.go.set()
    answer, receipt = await call
    assert isinstance(answer, PlanExhaustedError)
    assert "openai is down" in str(answer)
    assert "anthropic is down" in str(answer)
    assert [attempt.outcome for attempt in receipt.attempts] == ["failed", "failed"]


@each_form
async def test_what_one_of_them_may_not_answer_is_not_offered_to_a_third(worlds: Worlds, streamed: bool) -> None:
    refused = ContentFilteredError("filtered", provider="openai")
    first, second, third = Late(refused), Late(down("anthropic")), Scripted(["never asked"])
    world = worlds.of({"openai": first, "anthropic": second, "inside": third}, HASTY)
    call = asyncio.create_task(told(world, streamed=streamed))
    await second.asked.wait()
    first.go.set()
    await first.done.wait()
    second.go.set()
    answer, _ = await call
    assert isinstance(answer, PolydeskError)
    assert third.requests == []


class Halved(Scripted):
    """Says the half, and breaks off."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        yield Started(id="a1", model="m")
        yield TextDelta(index=0, text="half")
        raise down()


class Picky(Late):
    """Refuses a prefilled message when it is told to, and then answers."""

    async def send(self, request: ModelRequest) -> ModelResponse:
        if request.messages[-1].role != "assistant":
            return response("half and whole")
        await super().send(request)
        raise RequestRejectedError("no prefill", provider="anthropic", status_code=400)


async def test_a_refused_prefill_beside_another_is_asked_again_in_words(worlds: Worlds) -> None:
    picky, third = Picky(response()), Late(down("inside"))
    world = worlds.of({"openai": Halved([]), "anthropic": picky, "inside": third}, HASTY, prefill=True)
    call = asyncio.create_task(told(world, streamed=True))
    await third.asked.wait()
    picky.go.set()
    await picky.done.wait()
    third.go.set()
    answer, _ = await call
    assert isinstance(answer, ModelResponse)
    assert answer.text == "half and whole"


async def test_a_fast_model_is_not_hedged(worlds: Worlds) -> None:
    second = Scripted(["never asked"])
    world = worlds.of({"openai": Scripted([response()]), "anthropic": second}, Survival(hedge=60))
    answer, receipt = await told(world, streamed=True)
    assert isinstance(answer, ModelResponse)
    assert (len(receipt.attempts), second.requests) == (1, [])


async def test_a_whole_answer_is_not_hedged_by_what_streams_take_to_begin(worlds: Worlds) -> None:
    first, second = Late(response()), Scripted(["never asked"])
    world = worlds.of({"openai": first, "anthropic": second}, Survival(retries=0, hedge="auto"))
    for _ in range(20):
        world.inference.health.answered(BEST, first_token_s=0)
        world.inference.health.answered(BEST, whole_s=60)
    call = asyncio.create_task(told(world, streamed=False))
    await first.asked.wait()
    first.go.set()
    answer, _ = await call
    assert isinstance(answer, ModelResponse)
    assert second.requests == []


async def test_what_is_usual_for_a_model_is_waited_for_before_it_is_hedged(worlds: Worlds) -> None:
    slow = Late(response("never heard"))
    providers: dict[str, Provider] = {"openai": slow, "anthropic": Scripted([response("at once")])}
    world = worlds.of(providers, Survival(retries=0, hedge="auto"))
    for _ in range(20):
        world.inference.health.answered(BEST, first_token_s=0.01, longest_gap_s=None)
    answer, _ = await told(world, streamed=True)
    assert isinstance(answer, ModelResponse)
    assert answer.text == "at once"


async def test_a_caller_who_goes_away_cancels_both(worlds: Worlds) -> None:
    first, second = Late(response()), Late(response())
    world = worlds.of({"openai": first, "anthropic": second}, HASTY)
    call = asyncio.create_task(told(world, streamed=False))
    await second.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (first.cancelled, second.cancelled) == (True, True)
    (receipt,) = world.store.call_receipts()
    assert [attempt.outcome for attempt in receipt.attempts] == ["cancelled", "cancelled"]


async def test_a_result_that_comes_too_late_is_discarded() -> None:
    discarded: list[str] = []

    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "too late"
        raise AssertionError

    async def quick() -> str:
        return "in time"

    async def discard(result: str) -> None:
        discarded.append(result)

    heard = await hedged(
        stubborn(), after_s=0.01, second=lambda: quick(), on_failure=lambda error: None, discard=discard
    )
    assert (heard, discarded) == ("in time", ["too late"])
