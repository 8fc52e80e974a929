"""OpenAI's own client, with its conveniences, before the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from pydantic import BaseModel

from tests.sdk.clients import Clients, clients
from tests.sdk.features import ASK, CHAT_TOOL, PARAMETERS, RESPONSES_TOOL
from tests.sdk.makers import EVERY_BREAK, EVERY_MAKER, MAKERS, Maker, name
from tests.sdk.running import KEY, Running
from tests.vendors import answers
from tests.vendors.http_server import (
    HELLO,
    Cut,
    Fault,
    Refuse,
    Scene,
    Stall,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_S = 10


class Result(BaseModel):
    """What structured answers hold."""

    title: str
    year: int


@EVERY_MAKER
async def test_chat_parse_gives_the_clients_own_object(maker: Maker, gateway: Running, official: Clients) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.STRUCTURED))
    answer = await official.openai.chat.completions.parse(model=name(maker), messages=ASK, response_format=Result)
    assert answer.choices[0].message.parsed == Result(title="Results", year=2026)


@EVERY_MAKER
async def test_chat_stream_helper_adds_up(maker: Maker, gateway: Running, official: Clients) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TOOLS))
    strict: Any = {**CHAT_TOOL["function"], "strict": True, "parameters": PARAMETERS | {"additionalProperties": False}}
    tools: list[Any] = [{"type": "function", "function": strict}]
    async with official.openai.chat.completions.stream(model=name(maker), messages=ASK, tools=tools) as stream:
        kinds = {event.type async for event in stream}
        answer = await stream.get_final_completion()
    assert {"chunk", "content.delta", "tool_calls.function.arguments.delta"} <= kinds
    calls = answer.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == ["look", "look"]
    assert calls[0].function.parsed_arguments == {"where": "the table", "deep": [1, 2]}
    assert answer.choices[0].finish_reason == "tool_calls"


@EVERY_MAKER
async def test_responses_parse_gives_the_clients_own_object(maker: Maker, gateway: Running, official: Clients) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.STRUCTURED))
    answer = await official.openai.responses.parse(model=name(maker), input="Results?", text_format=Result)
    assert answer.output_parsed == Result(title="Results", year=2026)


@EVERY_MAKER
async def test_responses_stream_helper_adds_up(maker: Maker, gateway: Running, official: Clients) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TOOLS))
    tools: list[Any] = [RESPONSES_TOOL]
    async with official.openai.responses.stream(model=name(maker), input="Look.", tools=tools) as stream:
        events = [event async for event in stream]
        answer = await stream.get_final_response()
    assert [event.sequence_number for event in events] == sorted(event.sequence_number for event in events)
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    calls = [item for item in answer.output if item.type == "function_call"]
    assert [call.arguments for call in calls] == ['{"where":"the table","deep":[1,2]}', "{}"]
    assert answer.output_text == "I will look twice."


@pytest.mark.parametrize("number", [0, 1], ids=["two calls", "reasoning and a call"])
@EVERY_MAKER
async def test_a_chat_with_tools_goes_on(number: int, maker: Maker, gateway: Running, official: Clients) -> None:
    """The message comes back as the client has it, and the vendor takes it."""
    vendor = gateway.vendors[maker.provider]
    vendor.will_only(Scene(response=maker.answers_with_calls()[number]), Scene())
    tools: list[Any] = [CHAT_TOOL]
    asking: list[Any] = [*ASK]
    first = await official.openai.chat.completions.create(model=name(maker), messages=asking, tools=tools)
    message = first.choices[0].message
    asking.append(message.model_dump(exclude_none=True))
    asking += [
        {"role": "tool", "tool_call_id": call.id, "content": f"seen {call.id}"} for call in message.tool_calls or ()
    ]
    second = await official.openai.chat.completions.create(model=name(maker), messages=asking, tools=tools)
    assert second.choices[0].message.content == HELLO.text
    sent = json.dumps(vendor.requests[-1].body)
    assert all(words in sent for words in ("look", "seen "))
    assert maker.call_signature is None or number == 0 or maker.call_signature in sent


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("number", [0, 1], ids=["two calls", "reasoning and a call"])
@EVERY_MAKER
async def test_responses_with_tools_go_on(
    number: int, stream: bool, maker: Maker, gateway: Running, official: Clients
) -> None:
    vendor = gateway.vendors[maker.provider]
    vendor.will_only(Scene(response=maker.answers_with_calls()[number]), Scene())
    tools: list[Any] = [RESPONSES_TOOL]
    asking: list[Any] = [*ASK]
    include: list[Any] = ["reasoning.encrypted_content"] if maker.provider != "openai-responses" else []
    request: dict[str, Any] = {"model": name(maker), "tools": tools, "store": False, "include": include}
    if stream:
        async with official.openai.responses.stream(**request, input=asking) as running:
            first: Any = await running.get_final_response()
    else:
        first = await official.openai.responses.create(**request, input=asking)
    asking += [item.model_dump(exclude_none=True) for item in first.output]
    asking += [
        {"type": "function_call_output", "call_id": item.call_id, "output": f"seen {item.call_id}"}
        for item in first.output
        if item.type == "function_call"
    ]
    second = await official.openai.responses.create(**request, input=asking)
    assert second.output_text == HELLO.text
    sent = json.dumps(vendor.requests[-1].body)
    assert all(words in sent for words in ("look", "seen "))
    assert maker.call_signature is None or number == 0 or maker.call_signature in sent


@EVERY_MAKER
async def test_every_answer_has_an_id(maker: Maker, gateway: Running, official: Clients) -> None:
    """OpenAI's client for Node loses the usage of a stream that has none."""
    gateway.vendors[maker.provider].will_only()
    whole = await official.openai.chat.completions.create(model=name(maker), messages=ASK)
    stream = await official.openai.chat.completions.create(model=name(maker), messages=ASK, stream=True)
    ids = {chunk.id async for chunk in stream}
    assert whole.id
    assert len(ids) == 1
    assert "" not in ids


async def test_models_are_listed_and_found(official: Clients) -> None:
    listed = [model.id async for model in official.openai.models.list()]
    assert {name(maker) for maker in MAKERS} | {"polydesk/auto"} <= set(listed)
    assert (await official.openai.models.retrieve("openai/gpt-4.1")).id == "openai/gpt-4.1"
    with pytest.raises(openai.NotFoundError):
        await official.openai.models.retrieve("nobody/nothing")


async def test_a_plan_is_a_model(gateway: Running, official: Clients) -> None:
    raw = await official.openai.chat.completions.with_raw_response.create(model="polydesk/auto", messages=ASK)
    assert raw.parse().choices[0].message.content == HELLO.text
    assert raw.headers["x-polydesk-model"] in [model.id async for model in official.openai.models.list()]


@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_embeddings(encoding: Any, official: Clients) -> None:
    given = await official.openai.embeddings.create(
        model="openai/text-embedding-3-small", input=["a", "b"], encoding_format=encoding
    )
    assert [row.index for row in given.data] == [0, 1]
    assert given.usage.prompt_tokens > 0


# Errors.


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
@EVERY_MAKER
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_what_a_vendor_refuses_is_raised_as_the_class_for_it(
    status: int, expected: type[openai.APIStatusError], maker: Maker, stream: bool, gateway: Running, official: Clients
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(fault=Refuse(status=status)))
    with pytest.raises(expected) as caught:
        await official.openai.chat.completions.create(model=name(maker), messages=ASK, stream=stream)
    assert caught.value.request_id is not None
    assert maker.key not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "expected", "param"),
    [
        ({"model": "no-such-model"}, openai.NotFoundError, None),
        ({"messages": "hello"}, openai.BadRequestError, "messages"),
        ({"messages": [{"role": "nobody", "content": "x"}]}, openai.BadRequestError, "messages[0].role"),
        ({"n": 2}, openai.BadRequestError, "n"),
        ({"temperature": "hot"}, openai.BadRequestError, "temperature"),
    ],
    ids=str,
)
async def test_a_request_that_is_wrong_is_refused_with_its_place(
    words: dict[str, Any], expected: type[openai.APIStatusError], param: str | None, official: Clients
) -> None:
    request: dict[str, Any] = {"model": "openai/gpt-4.1", "messages": ASK, **words}
    with pytest.raises(expected) as caught:
        await official.openai.chat.completions.create(**request)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"model":' + b"[" * 100_000])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"])
async def test_a_body_that_is_no_object_is_a_bad_request(body: bytes, path: str, gateway: Running) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(gateway.url + path, content=body, headers={"authorization": f"Bearer {KEY}"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_the_client_asks_again_when_it_is_told_to(gateway: Running) -> None:
    vendor = gateway.vendors["openai"]
    patient = clients(gateway.url, KEY, max_retries=2)
    vendor.will_only(Scene(fault=Refuse(status=429, retry_after="0")), Scene(fault=Refuse(status=503)), Scene())
    answer = await patient.openai.chat.completions.create(model="openai/gpt-4.1", messages=ASK)
    assert answer.choices[0].message.content == HELLO.text
    await patient.openai.close()
    await patient.anthropic.close()


# Streams that break for good, and clients that leave.


@EVERY_BREAK
@EVERY_MAKER
async def test_a_broken_stream_is_raised_and_never_looks_whole(
    fault: Callable[[int], Fault], maker: Maker, gateway: Running, official: Clients
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TEXT, fault=fault(maker.begun)))
    said, finished = await chat_until_raised(official, maker)
    assert answers.TEXT.text.startswith(said)
    assert finished == []


async def chat_until_raised(official: Clients, maker: Maker) -> tuple[str, list[str]]:
    """The text and the ends that came before the client raised."""
    said, finished = "", list[str]()
    try:
        async for chunk in await official.openai.chat.completions.create(model=name(maker), messages=ASK, stream=True):
            for choice in chunk.choices:
                said += choice.delta.content or ""
                finished += [choice.finish_reason] if choice.finish_reason else []
    except openai.APIError:
        return said, finished
    raise AssertionError(f"the client took {said!r} for whole")


@EVERY_BREAK
@EVERY_MAKER
async def test_so_are_responses(
    fault: Callable[[int], Fault], maker: Maker, gateway: Running, official: Clients
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TEXT, fault=fault(maker.begun)))
    kinds: list[str] = []
    try:
        async for event in await official.openai.responses.create(model=name(maker), input="Hello.", stream=True):
            kinds.append(event.type)
    except openai.APIError:
        pass
    else:  # the client gives out the last event of a failed response, and leaves it to its user to see
        assert kinds[-1] == "response.failed"
    assert "response.completed" not in kinds


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages"])
async def test_a_broken_stream_ends_with_one_typed_error_and_no_end_mark(path: str, gateway: Running) -> None:
    gateway.vendors["anthropic"].will_only(Scene(response=answers.TEXT, fault=Cut(at=1300)))
    body = {"model": "anthropic/claude-haiku-4-5", "max_tokens": 99, "messages": ASK, "input": ASK, "stream": True}
    body = {key: value for key, value in body.items() if key not in ("messages" if "resp" in path else "input",)}
    if "resp" in path:
        del body["max_tokens"]
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(gateway.url + path, json=body, headers={"authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    assert answer.text.count("error") >= 1
    assert not any(mark in answer.text for mark in ("[DONE]", "message_stop", "response.completed"))


@EVERY_MAKER
async def test_a_client_that_leaves_a_stream_ends_the_vendors_work(
    maker: Maker, gateway: Running, official: Clients
) -> None:
    vendor = gateway.vendors[maker.provider]
    vendor.abandoned.clear()
    vendor.will_only(Scene(response=answers.TEXT, fault=Stall(at=maker.begun)))
    stream = await official.openai.chat.completions.create(model=name(maker), messages=ASK, stream=True)
    await anext(aiter(stream))
    await stream.close()
    await asyncio.wait_for(vendor.abandoned.wait(), PATIENCE_S)


@EVERY_MAKER
async def test_a_client_that_gives_up_waiting_ends_the_vendors_work(
    maker: Maker, gateway: Running, official: Clients
) -> None:
    vendor = gateway.vendors[maker.provider]
    vendor.abandoned.clear()
    vendor.asked.clear()
    vendor.will_only(Scene(fault=Stall(at=0)))
    asking = asyncio.ensure_future(official.openai.chat.completions.create(model=name(maker), messages=ASK))
    await asyncio.wait_for(vendor.asked.wait(), PATIENCE_S)
    asking.cancel()
    await asyncio.wait_for(vendor.abandoned.wait(), PATIENCE_S)


async def test_strict_wishes_are_refused_rather_than_left_out(official: Clients) -> None:
    strict = {"x-polydesk-strict": "true"}
    with pytest.raises(openai.BadRequestError, match="seed"):
        await official.openai.chat.completions.create(
            model="anthropic/claude-haiku-4-5", messages=ASK, seed=4, extra_headers=strict
        )
