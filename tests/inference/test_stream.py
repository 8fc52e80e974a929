"""Streamed answers: one Started, whoever answers; a fallback only while nothing has been said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec
import pytest

from polydesk.core.errors import (
    MalformedResponseError,
    PlanExhaustedError,
    ProviderUnavailableError,
)
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta, ToolArgumentsDelta, response_of
from polydesk.core.usage import Usage
from polydesk.inference.answers import AnswerStream
from polydesk.providers.scripted import Scripted
from tests.inference.conftest import World, Worlds
from tests.inference.samples import down, response

STARTED = Started(id="a1", model="gpt-4o-mini", request_id="req_1")
FINISHED = Finished(finish_reason="stop", usage=Usage(input_tokens=1_000, output_tokens=100))


class Events:
    """A provider that streams exactly these events, then raises or waits for ever when told to."""

    def __init__(self, *events: StreamEvent, then: Exception | None = None, wait: bool = False) -> None:
        self._events = events
        self._then = then
        self._wait = wait
        self.closed = False

    async def send(self, request: ModelRequest) -> ModelResponse:
        raise AssertionError

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        try:
            for event in self._events:
                yield event
            if self._then is not None:
                raise self._then
            if self._wait:
                await asyncio.Event().wait()
        finally:
            self.closed = True


def _stream(world: World, *, deadline_s: float = 60) -> AnswerStream:
    return world.inference.stream(world.build, plan=world.plan(), purpose="test", deadline_s=deadline_s)


async def _hear(stream: AnswerStream, heard: list[StreamEvent]) -> None:
    async for event in stream:
        heard.append(event)


async def test_the_events_add_up_to_the_answer_and_the_receipt_follows(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response("a rather longer answer")])})
    async with _stream(world) as stream:
        assert stream.receipt is None
        events = [event async for event in stream]
    assert response_of(events) == stream.response == response("a rather longer answer")
    assert stream.card is not None
    assert stream.card.id == "openai/gpt-4o-mini"
    assert stream.receipt is not None
    assert stream.receipt == world.store.call_receipts()[0]
    assert stream.receipt.time_to_first_chunk_ms is not None
    assert stream.receipt.cost_usd == Decimal("0.00021")
    assert [charge.billed_cost for charge in world.store.charges()] == [Decimal("0.00021")]


async def test_the_receipt_is_written_before_finished_is_given(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response()])})
    async with _stream(world) as stream:
        async for event in stream:
            written = world.store.call_receipts()
            assert bool(written) == isinstance(event, Finished)
            if isinstance(event, Finished):
                break
    (receipt,) = world.store.call_receipts()
    assert receipt.attempts[0].outcome == "answered"


async def test_a_stream_and_a_whole_answer_leave_the_same_hashes(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response(), response()])})
    whole = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).receipt
    async with _stream(world) as stream:
        _ = [event async for event in stream]
    assert stream.receipt is not None
    assert stream.receipt.output_sha256 == whole.output_sha256
    assert stream.receipt.input_sha256 == whole.input_sha256


@pytest.mark.parametrize(
    "first",
    [
        Scripted([down()]),
        Events(STARTED, then=down()),
        Events(STARTED),
        Events(),
        Events(TextDelta(index=0, text="no beginning"), FINISHED),
        Events(STARTED, msgspec.structs.replace(FINISHED, finish_reason="error")),
    ],
    ids=["at once", "after it began", "broken off after it began", "empty", "no beginning", "finished with an error"],
)
async def test_a_failure_before_the_first_word_goes_to_the_next_model_unseen(
    worlds: Worlds, first: Scripted | Events
) -> None:
    world = worlds.of({"openai": first, "anthropic": Scripted([response("second", model="claude-haiku-4-5")])})
    async with _stream(world) as stream:
        events = [event async for event in stream]
    assert response_of(events).text == "second"
    assert [event for event in events if isinstance(event, Started)] == [
        Started(id="a1", model="claude-haiku-4-5", request_id="req_1")
    ]
    assert stream.receipt is not None
    assert [attempt.outcome for attempt in stream.receipt.attempts] == ["failed", "answered"]


async def test_a_failure_after_the_first_word_is_raised_where_nobody_can_go_on(worlds: Worlds) -> None:
    failure = down()
    world = worlds.of({"openai": Events(STARTED, TextDelta(index=0, text="half"), then=failure)})
    heard: list[StreamEvent] = []
    async with _stream(world) as stream:
        with pytest.raises(ProviderUnavailableError) as raised:
            await _hear(stream, heard)
    assert raised.value is failure
    assert heard == [STARTED, TextDelta(index=0, text="half")]
    assert (stream.card, stream.response) == (None, None)
    assert stream.receipt is not None
    (attempt,) = stream.receipt.attempts
    assert (attempt.usage_is_estimated, attempt.delivered_characters) == (True, 4)
    assert attempt.usage == Usage(input_tokens=12, output_tokens=1)


async def test_pieces_that_do_not_fit_are_malformed(worlds: Worlds) -> None:
    world = worlds.of({"openai": Events(STARTED, ToolArgumentsDelta(index=0, arguments="{}"), FINISHED)})
    async with _stream(world) as stream:
        with pytest.raises(MalformedResponseError, match="do not fit"):
            _ = [event async for event in stream]
    (attempt,) = world.store.call_receipts()[0].attempts
    assert (attempt.error, attempt.usage_is_estimated) == ("MalformedResponseError", True)


async def test_an_answer_without_words_is_none(worlds: Worlds) -> None:
    """An empty answer that calls itself whole is the commonest silent failure of gateways."""
    world = worlds.of({"openai": Events(STARTED, FINISHED), "anthropic": Scripted(["second"])})
    async with _stream(world) as stream:
        events = [event async for event in stream]
    assert response_of(events).text == "second"


async def test_an_answer_without_words_from_everybody_is_an_error(worlds: Worlds) -> None:
    world = worlds.of({"openai": Events(STARTED, FINISHED)})
    async with _stream(world) as stream:
        with pytest.raises(MalformedResponseError, match="nothing in it"):
            _ = [event async for event in stream]


async def test_when_nobody_answers_every_reason_is_raised(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([down()]), "anthropic": Scripted([down("anthropic")])})
    async with _stream(world) as stream:
        with pytest.raises(PlanExhaustedError, match="anthropic is down"):
            _ = [event async for event in stream]
    assert stream.receipt is not None
    assert stream.receipt.provider is None


async def test_leaving_early_cancels_the_attempt_and_is_recorded(worlds: Worlds) -> None:
    provider = Events(STARTED, TextDelta(index=0, text="half"), wait=True)
    world = worlds.of({"openai": provider})
    async with _stream(world) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                break
    assert provider.closed
    assert stream.receipt is not None
    assert [attempt.outcome for attempt in stream.receipt.attempts] == ["cancelled"]
    assert [charge.billed_cost for charge in world.store.charges()] == [Decimal("0.0000024")]
    assert stream.receipt.attempts[0].usage_is_estimated


async def test_a_cancelled_reader_cancels_the_attempt(worlds: Worlds) -> None:
    provider = Events(STARTED, TextDelta(index=0, text="half"), wait=True)
    world = worlds.of({"openai": provider})
    speaking = asyncio.Event()

    async def read() -> None:
        async with _stream(world) as stream:
            async for _ in stream:
                speaking.set()

    reader = asyncio.create_task(read())
    await speaking.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert provider.closed
    (receipt,) = world.store.call_receipts()
    assert [attempt.outcome for attempt in receipt.attempts] == ["cancelled"]


async def test_a_stall_ends_at_the_deadline(worlds: Worlds) -> None:
    provider = Events(STARTED, wait=True)
    world = worlds.of({"openai": provider})
    async with _stream(world, deadline_s=0.01) as stream:
        with pytest.raises(ProviderUnavailableError, match="deadline"):
            _ = [event async for event in stream]
    assert provider.closed


async def test_a_stream_that_is_never_read_sends_and_records_nothing(worlds: Worlds) -> None:
    provider = Scripted(["never asked"])
    world = worlds.of({"openai": provider})
    async with _stream(world) as stream:
        assert stream.receipt is None
    assert provider.requests == []
    assert world.store.call_receipts() == []
