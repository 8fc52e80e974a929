"""Anthropic's own client, with its conveniences, before the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from pydantic import BaseModel

from tests.sdk.clients import Clients, clients
from tests.sdk.features import ASK, MESSAGES_TOOL
from tests.sdk.makers import EVERY_BREAK, EVERY_MAKER, MAKERS, Maker, name
from tests.sdk.running import KEY, Running
from tests.vendors import answers
from tests.vendors.http_server import HELLO, Fault, Refuse, Scene, Stall

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_S = 10
TOOLS: list[Any] = [MESSAGES_TOOL]


class Result(BaseModel):
    """What structured answers hold."""

    title: str
    year: int


@EVERY_MAKER
async def test_parse_gives_the_clients_own_object(maker: Maker, gateway: Running, official: Clients) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.STRUCTURED))
    answer = await official.anthropic.messages.parse(
        model=name(maker), max_tokens=99, messages=ASK, output_format=Result
    )
    assert answer.parsed_output == Result(title="Results", year=2026)


@EVERY_MAKER
async def test_a_stream_tells_its_blocks_in_order(maker: Maker, gateway: Running, official: Clients) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TOOLS))
    async with official.anthropic.messages.stream(
        model=name(maker), max_tokens=99, messages=ASK, tools=TOOLS
    ) as stream:
        events = [event async for event in stream]
        answer = await stream.get_final_message()
    kinds = [event.type for event in events if event.type in ("message_start", "content_block_stop", "message_stop")]
    assert kinds == ["message_start", *["content_block_stop"] * 3, "message_stop"]
    assert [block.input for block in answer.content if block.type == "tool_use"] == [
        {"where": "the table", "deep": [1, 2]},
        {},
    ]
    assert answer.stop_reason == "tool_use"


@pytest.mark.parametrize("number", [0, 1], ids=["two calls", "reasoning and a call"])
@EVERY_MAKER
async def test_a_conversation_with_thinking_and_tools_goes_on(
    number: int, maker: Maker, gateway: Running, official: Clients
) -> None:
    """What the client was given comes back as it was, signatures included, and the vendor takes it."""
    model = f"{maker.provider}/{maker.thinking_model}" if number and maker.thought else name(maker)
    vendor = gateway.vendors[maker.provider]
    vendor.will_only(Scene(response=maker.answers_with_calls()[number]), Scene())
    asking: list[Any] = [{"role": "user", "content": "Think."}]
    first = await official.anthropic.messages.create(model=model, max_tokens=2_000, messages=asking, tools=TOOLS)
    calls = [block.id for block in first.content if block.type == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call, "content": "seen"} for call in calls]
    asking += [
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": [*results, {"type": "text", "text": "Go on."}]},
    ]
    second = await official.anthropic.messages.create(model=model, max_tokens=2_000, messages=asking, tools=TOOLS)
    assert second.content[-1].type == "text"
    assert second.content[-1].text == HELLO.text
    sent = json.dumps(vendor.requests[-1].body)
    assert "seen" in sent
    for part in maker.answers_with_calls()[number].parts:
        signature = getattr(part, "signature", None) or getattr(part, "redacted_data", None)
        assert signature is None or signature in sent


@EVERY_MAKER
async def test_reasoning_of_one_vendor_is_not_held_against_another(
    maker: Maker, gateway: Running, official: Clients
) -> None:
    """A conversation may go on with any model: a proof that only one vendor can read is sent to no other."""
    gateway.vendors[maker.provider].will_only()
    gateway.vendors["anthropic"].will_only(Scene(response=answers.THINKING))
    asking: list[Any] = [{"role": "user", "content": "Think."}]
    first = await official.anthropic.messages.create(
        model="anthropic/claude-sonnet-5-5", max_tokens=2_000, messages=asking
    )
    asking += [
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": "Go on."},
    ]
    second = await official.anthropic.messages.create(model=name(maker), max_tokens=2_000, messages=asking)
    assert second.content[-1].type == "text"
    assert second.content[-1].text == HELLO.text


@EVERY_MAKER
async def test_tokens_are_counted(maker: Maker, official: Clients) -> None:
    short = await official.anthropic.messages.count_tokens(model=name(maker), messages=ASK)
    long = await official.anthropic.messages.count_tokens(
        model=name(maker), messages=[{"role": "user", "content": "word " * 500}], system="Be brief.", tools=TOOLS
    )
    assert 0 < short.input_tokens < long.input_tokens


async def test_models_are_listed_and_found(official: Clients) -> None:
    listed = [model.id async for model in official.anthropic.models.list()]
    assert {name(maker) for maker in MAKERS} | {"polydesk/auto"} <= set(listed)
    assert (await official.anthropic.models.retrieve("gemini/gemini-3.8-flash")).id == "gemini/gemini-3.8-flash"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (503, anthropic.InternalServerError),
    ],
)
@EVERY_MAKER
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_what_a_vendor_refuses_is_raised_as_the_class_for_it(
    status: int,
    expected: type[anthropic.APIStatusError],
    maker: Maker,
    stream: bool,
    gateway: Running,
    official: Clients,
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(fault=Refuse(status=status)))
    with pytest.raises(expected) as caught:
        await official.anthropic.messages.create(model=name(maker), max_tokens=99, messages=ASK, stream=stream)
    assert caught.value.request_id is not None
    assert caught.value.type is not None
    assert maker.key not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"model": "no-such-model"}, anthropic.NotFoundError),
        ({"messages": "hello"}, anthropic.BadRequestError),
        ({"messages": [{"role": "nobody", "content": "x"}]}, anthropic.BadRequestError),
        ({"tools": "look"}, anthropic.BadRequestError),
    ],
    ids=str,
)
async def test_a_request_that_is_wrong_is_refused(
    words: dict[str, Any], expected: type[anthropic.APIStatusError], official: Clients
) -> None:
    request: dict[str, Any] = {"model": "openai/gpt-4.1", "max_tokens": 99, "messages": ASK, **words}
    with pytest.raises(expected):
        await official.anthropic.messages.create(**request)


async def test_a_limit_on_the_answer_is_demanded_as_anthropic_does(official: Clients) -> None:
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        await official.anthropic.post(
            "/v1/messages", body={"model": "openai/gpt-4.1", "messages": ASK}, cast_to=anthropic.types.Message
        )


async def test_the_client_asks_again_when_it_is_told_to(gateway: Running) -> None:
    vendor = gateway.vendors["anthropic"]
    patient = clients(gateway.url, KEY, max_retries=2)
    vendor.will_only(Scene(fault=Refuse(status=429, retry_after="0")), Scene(fault=Refuse(status=529)), Scene())
    answer = await patient.anthropic.messages.create(model="anthropic/claude-haiku-4-5", max_tokens=99, messages=ASK)
    assert [block.text for block in answer.content if block.type == "text"] == [HELLO.text]
    await patient.openai.close()
    await patient.anthropic.close()


@EVERY_BREAK
@EVERY_MAKER
async def test_a_broken_stream_is_raised_and_never_looks_whole(
    fault: Callable[[int], Fault], maker: Maker, gateway: Running, official: Clients
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TEXT, fault=fault(maker.begun)))
    kinds: list[str] = []
    try:
        async for event in await official.anthropic.messages.create(
            model=name(maker), max_tokens=99, messages=ASK, stream=True
        ):
            kinds.append(event.type)
    except anthropic.APIError:
        assert "message_stop" not in kinds
        assert "message_delta" not in kinds
    else:
        raise AssertionError(f"the client took {kinds} for whole")


@EVERY_MAKER
async def test_a_client_that_leaves_a_stream_ends_the_vendors_work(
    maker: Maker, gateway: Running, official: Clients
) -> None:
    vendor = gateway.vendors[maker.provider]
    vendor.abandoned.clear()
    vendor.will_only(Scene(response=answers.TEXT, fault=Stall(at=maker.begun)))
    async with official.anthropic.messages.stream(model=name(maker), max_tokens=99, messages=ASK) as stream:
        await anext(aiter(stream.text_stream))
    await asyncio.wait_for(vendor.abandoned.wait(), PATIENCE_S)
