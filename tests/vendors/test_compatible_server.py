"""The local DeepSeek and Qwen, held against OpenAI's client, which both name as theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.vendors import answers
from tests.vendors.compatible_server import KEY, deepseek_server, qwen_server
from tests.vendors.http_server import Scene, VendorServer

ASK: list[Any] = [{"role": "user", "content": "hello"}]
CALL: dict[str, Any] = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TURN: list[Any] = [*ASK, {"role": "assistant", "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "c1",
                                                                       "content": "a cat"}]  # fmt: skip


@pytest.fixture
async def deepseek() -> AsyncIterator[VendorServer]:
    async with deepseek_server() as running:
        yield running


@pytest.fixture
async def client(deepseek: VendorServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=deepseek.url, max_retries=0) as sdk:
        yield sdk


async def test_deepseek_shows_its_reasoning(deepseek: VendorServer, client: openai.AsyncOpenAI) -> None:
    deepseek.will(Scene(response=answers.THOUGHT), Scene(response=answers.THOUGHT))
    answer: Any = await client.chat.completions.create(model="deepseek-flash", messages=ASK)
    assert answer.choices[0].message.reasoning_content == "Let me consider the table."
    stream: Any = await client.chat.completions.create(model="deepseek-flash", messages=ASK, stream=True)
    deltas = [chunk.choices[0].delta async for chunk in stream]
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == "Let me consider the table."


async def test_deepseek_demands_its_reasoning_back(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="reasoning_content"):
        await client.chat.completions.create(model="deepseek-flash", messages=TURN)
    calm = {"thinking": {"type": "disabled"}}
    answer = await client.chat.completions.create(model="deepseek-flash", messages=TURN, extra_body=calm)
    assert answer.choices[0].message.content == "Hello there."


async def test_deepseek_goes_on_below_beta_alone(deepseek: VendorServer, client: openai.AsyncOpenAI) -> None:
    said: list[Any] = [*ASK, {"role": "assistant", "content": "So", "prefix": True}]
    with pytest.raises(openai.BadRequestError, match="beta"):
        await client.chat.completions.create(model="deepseek-flash", messages=said)
    beta = client.with_options(base_url=deepseek.url + "/beta")
    answer = await beta.chat.completions.create(model="deepseek-flash", messages=said)
    assert answer.choices[0].message.content == "Hello there."


async def test_qwen_takes_its_own_fields() -> None:
    async with (
        qwen_server() as server,
        openai.AsyncOpenAI(api_key=KEY, base_url=server.url + "/compatible-mode/v1", max_retries=0) as client,
    ):
        extra = {"enable_thinking": True, "thinking_budget": 500}
        answer = await client.chat.completions.create(model="qwen3.8-max", messages=ASK, extra_body=extra)
        assert answer.choices[0].message.content == "Hello there."
        with pytest.raises(openai.BadRequestError, match="tool_choice"):
            await client.chat.completions.create(model="qwen3.8-max", messages=ASK, tool_choice="required")
