"""The official clients, asked in each dialect, and what they make of the answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anthropic
import openai

from polydesk.core.messages import ModelResponse, ReasoningPart
from tests.sdk.features import ASK, Inbound

FINISHES = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "content_filter": "content_filter",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_call",
    "refusal": "content_filter",
}


@dataclass(kw_only=True)
class Seen:
    """An answer as a client's own objects show it."""

    text: str = ""
    reasoning: str = ""
    tool_calls: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    """Names and parsed arguments."""
    finish: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    notes: str = ""
    """What the gateway says of its translation."""


def given(response: ModelResponse) -> Seen:
    """What a client should see of `response`."""
    return Seen(
        text=response.text,
        reasoning="".join(part.text for part in response.parts if isinstance(part, ReasoningPart)),
        tool_calls=[(call.name, json.loads(call.arguments)) for call in response.tool_calls],
        finish=response.finish_reason,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        cached_tokens=response.usage.cache_read_input_tokens,
    )


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Both vendors' clients, before one gateway."""

    openai: openai.AsyncOpenAI
    anthropic: anthropic.AsyncAnthropic


def clients(url: str, key: str, *, max_retries: int = 0) -> Clients:
    """Clients as their makers ship them; only the address and the key are given."""
    return Clients(
        openai=openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=max_retries),
        anthropic=anthropic.AsyncAnthropic(base_url=url, api_key=key, max_retries=max_retries),
    )


async def chat(client: Clients, model: str, words: Mapping[str, Any], stream: bool) -> Seen:
    """Chat Completions."""
    request: dict[str, Any] = {"model": model, "messages": ASK, **words}
    if stream:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    raw: Any = await client.openai.chat.completions.with_raw_response.create(**request)
    seen = Seen(notes=raw.headers.get("x-polydesk-notes", ""))
    answer: Any = raw.parse()
    if not stream:
        message = answer.choices[0].message
        seen.text = message.content or ""
        seen.reasoning = getattr(message, "reasoning_content", None) or ""
        calls = [(call.function.name, call.function.arguments) for call in message.tool_calls or ()]
        seen.finish = FINISHES[answer.choices[0].finish_reason]
        _chat_usage(seen, answer.usage)
    else:
        calls = await _chat_chunks(seen, answer)
    seen.tool_calls = [(name, json.loads(arguments)) for name, arguments in calls]
    return seen


async def _chat_chunks(seen: Seen, chunks: Any) -> list[tuple[str, str]]:
    calls: dict[int, tuple[str, str]] = {}
    async for chunk in chunks:
        for choice in chunk.choices:
            seen.text += choice.delta.content or ""
            seen.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
            for call in choice.delta.tool_calls or ():
                name, arguments = calls.get(call.index, ("", ""))
                calls[call.index] = (name + (call.function.name or ""), arguments + (call.function.arguments or ""))
            seen.finish = FINISHES[choice.finish_reason] if choice.finish_reason else seen.finish
        if chunk.usage is not None:
            _chat_usage(seen, chunk.usage)
    return [calls[index] for index in sorted(calls)]


def _chat_usage(seen: Seen, usage: Any) -> None:
    seen.input_tokens, seen.output_tokens = usage.prompt_tokens, usage.completion_tokens
    if usage.prompt_tokens_details is not None:
        seen.cached_tokens = usage.prompt_tokens_details.cached_tokens


async def responses(client: Clients, model: str, words: Mapping[str, Any], stream: bool) -> Seen:
    """Responses."""
    request: dict[str, Any] = {"model": model, "input": ASK, "stream": stream, **words}
    raw: Any = await client.openai.responses.with_raw_response.create(**request)
    seen = Seen(notes=raw.headers.get("x-polydesk-notes", ""))
    answer: Any = raw.parse()
    if stream:
        text = ""
        last: Any = None
        async for event in answer:
            text += event.delta if event.type == "response.output_text.delta" else ""
            last = event
        assert last.type in ("response.completed", "response.incomplete")
        answer = last.response
        assert text == answer.output_text
    seen.text = answer.output_text
    for item in answer.output:
        if item.type == "reasoning":
            seen.reasoning += "".join(piece.text for piece in [*item.summary, *(item.content or ())])
        elif item.type == "function_call":
            seen.tool_calls.append((item.name, json.loads(item.arguments)))
    seen.finish = _responses_finish(answer, seen)
    seen.input_tokens, seen.output_tokens = answer.usage.input_tokens, answer.usage.output_tokens
    seen.cached_tokens = answer.usage.input_tokens_details.cached_tokens or None
    return seen


def _responses_finish(answer: Any, seen: Seen) -> str:
    if answer.status == "incomplete":
        return {"max_output_tokens": "length", "content_filter": "content_filter"}[answer.incomplete_details.reason]
    if any(piece.type == "refusal" for item in answer.output if item.type == "message" for piece in item.content):
        return "content_filter"
    return "tool_call" if seen.tool_calls else "stop"


async def messages(client: Clients, model: str, words: Mapping[str, Any], stream: bool) -> Seen:
    """Messages."""
    request: dict[str, Any] = {"model": model, "max_tokens": 1_000, "messages": ASK, **words}
    if not stream:
        raw: Any = await client.anthropic.messages.with_raw_response.create(**request)
        answer: Any = await raw.parse()
        notes = raw.headers.get("x-polydesk-notes", "")
    else:
        async with client.anthropic.messages.stream(**request) as running:
            text = "".join([piece async for piece in running.text_stream])
            answer = await running.get_final_message()
            notes = running.response.headers.get("x-polydesk-notes", "")
        assert text == "".join(block.text for block in answer.content if block.type == "text")
    seen = Seen(notes=notes, finish=FINISHES[answer.stop_reason])
    for block in answer.content:
        match block.type:
            case "text":
                seen.text += block.text
            case "thinking":
                seen.reasoning += block.thinking
            case "tool_use":
                seen.tool_calls.append((block.name, block.input))
            case _:
                pass
    usage = answer.usage
    seen.cached_tokens = usage.cache_read_input_tokens or None
    seen.input_tokens = usage.input_tokens + (seen.cached_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    seen.output_tokens = usage.output_tokens
    return seen


Asking = Callable[[Clients, str, Mapping[str, Any], bool], Awaitable[Seen]]
INBOUND: dict[Inbound, Asking] = {"chat": chat, "responses": responses, "messages": messages}
PATHS: dict[Inbound, str] = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}
