"""What clients ask for, in each dialect that the gateway speaks, and how to tell that it arrived."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import structs

from polydesk.core.messages import ModelResponse
from tests.sdk.makers import Maker
from tests.vendors import answers
from tests.vendors.http_server import HELLO

Inbound = Literal["chat", "responses", "messages"]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n a very small picture").decode()
PDF = base64.b64encode(b"%PDF-1.7 a very short document").decode()
IMAGE_URL = "https://example.com/picture-7f.png"
DATA_URL = f"data:image/png;base64,{PNG}"
PARAMETERS = {"type": "object", "properties": {"where_7f": {"type": "string"}}, "required": ["where_7f"]}
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "year": {"type": "integer"}},
    "required": ["title", "year"],
    "additionalProperties": False,
}
ASK: list[Any] = [{"role": "user", "content": "Say hello."}]
CHAT_TOOL = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": PARAMETERS}}
RESPONSES_TOOL = {
    "type": "function",
    "name": "look",
    "description": "Looks.",
    "parameters": PARAMETERS,
    "strict": False,
}
MESSAGES_TOOL = {"name": "look", "description": "Looks.", "input_schema": PARAMETERS}

FILTERED = structs.replace(answers.TEXT, id="answer_filtered", finish_reason="content_filter")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing that a client may want."""

    name: str
    """Its row on the page."""
    asks: Mapping[Inbound, Mapping[str, Any]]
    """What it adds to the smallest request, by dialect; a dialect that has no word for it is not in here."""
    sent: tuple[Any, ...] = ()
    """Values that the vendor must have been sent, wherever they stand."""
    answer: ModelResponse = HELLO
    """What the vendor answers."""
    thinks: bool = False
    """Whether the model is asked to reason."""
    sent_to: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    """The same as `sent`, by provider, where the vendor's words differ."""
    shows: frozenset[str] = frozenset({"text", "tool_calls", "finish"})
    """What of the answer the client must see as it was given."""

    def answer_of(self, maker: Maker) -> ModelResponse | None:
        """What `maker` answers; None when it never answers so."""
        if self.name == "reasoning shown":
            return maker.thought
        if self.name == "answer cut by a filter" and not maker.filters:
            return None
        return maker.cached if self.name == "usage with cached tokens" else self.answer


def _tool_turns() -> dict[Inbound, dict[str, Any]]:
    """A second turn, in which two calls have been answered."""
    calls = [("call_a", '{"where_7f":"left"}', "a cat"), ("call_b", '{"where_7f":"right"}', "a dog 7f")]
    chat = [
        {"role": "user", "content": "Look twice."},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": call_id, "type": "function", "function": {"name": "look", "arguments": arguments}}
                for call_id, arguments, _ in calls
            ],
        },
        *({"role": "tool", "tool_call_id": call_id, "content": result} for call_id, _, result in calls),
    ]
    responses = [
        {"role": "user", "content": "Look twice."},
        *(
            {"type": "function_call", "call_id": call_id, "name": "look", "arguments": arguments}
            for call_id, arguments, _ in calls
        ),
        *({"type": "function_call_output", "call_id": call_id, "output": result} for call_id, _, result in calls),
    ]
    messages = [
        {"role": "user", "content": "Look twice."},
        {
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "call_a", "name": "look", "input": {"where_7f": "left"}},
                {"type": "tool_use", "id": "call_b", "name": "look", "input": {"where_7f": "right"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": call_id, "content": result} for call_id, _, result in calls
            ],
        },
    ]
    return {
        "chat": {"messages": chat, "tools": [CHAT_TOOL]},
        "responses": {"input": responses, "tools": [RESPONSES_TOOL]},
        "messages": {"messages": messages, "tools": [MESSAGES_TOOL]},
    }


def _one_result(result: dict[str, Any]) -> list[dict[str, Any]]:
    """A second turn of Responses, with the result of one call."""
    call = {"type": "function_call", "call_id": "call_a", "name": "look", "arguments": '{"where_7f":"left"}'}
    return [{"role": "user", "content": "Look."}, call, result]


def _one_result_block(**fields: Any) -> list[dict[str, Any]]:
    """A second turn of Messages, with the result of one call."""
    call = {"type": "tool_use", "id": "call_a", "name": "look", "input": {"where_7f": "left"}}
    return [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_a", **fields}]},
    ]


def _with(
    chat: dict[str, Any] | None = None, responses: dict[str, Any] | None = None, messages: dict[str, Any] | None = None
) -> dict[Inbound, Mapping[str, Any]]:
    """One turn whose content has a piece more, in each dialect."""
    asks: dict[Inbound, Mapping[str, Any]] = {}
    if chat is not None:
        content: list[Any] = [{"type": "text", "text": "What is this?"}, chat]
        asks["chat"] = {"messages": [{"role": "user", "content": content}]}
    if responses is not None:
        pieces: list[Any] = [{"type": "input_text", "text": "What is this?"}, responses]
        asks["responses"] = {"input": [{"role": "user", "content": pieces}]}
    if messages is not None:
        blocks: list[Any] = [{"type": "text", "text": "What is this?"}, messages]
        asks["messages"] = {"messages": [{"role": "user", "content": blocks}]}
    return asks


def _sampling(**words: Any) -> dict[Inbound, Mapping[str, Any]]:
    """Words that the client for Messages no longer has, but programs still send."""
    return {"chat": words, "responses": words, "messages": {"extra_body": words}}


def _same(**words: Any) -> dict[Inbound, Mapping[str, Any]]:
    """The same words in each dialect."""
    return {"chat": words, "responses": words, "messages": words}


FEATURES = [
    Feature(name="text", asks=_same(), sent=("Say hello.",)),
    Feature(name="text of any alphabet", asks=_same(), answer=answers.TEXT),
    Feature(
        name="system instructions",
        asks={
            "chat": {"messages": [{"role": "system", "content": "Be brief 7f."}, *ASK]},
            "responses": {"instructions": "Be brief 7f."},
            "messages": {"system": "Be brief 7f."},
        },
        sent=("Be brief 7f.",),
    ),
    Feature(
        name="developer instructions",
        asks={
            "chat": {"messages": [{"role": "developer", "content": "Be brief 7f."}, *ASK]},
            "responses": {"input": [{"role": "developer", "content": "Be brief 7f."}, *ASK]},
        },
        sent=("Be brief 7f.",),
    ),
    Feature(
        name="marks for the prompt cache",
        asks={
            "messages": {"system": [{"type": "text", "text": "Be brief 7f.", "cache_control": {"type": "ephemeral"}}]}
        },
        sent=("Be brief 7f.", "ephemeral"),
        sent_to={"bedrock": ("cachePoint",)}
        | dict.fromkeys(("openai", "openai-responses", "azure"), ("prompt_cache_breakpoint",)),
    ),
    Feature(
        name="output limit",
        asks={
            "chat": {"max_completion_tokens": 77},
            "responses": {"max_output_tokens": 77},
            "messages": {"max_tokens": 77},
        },
        sent=(77,),
        answer=answers.LENGTH,
    ),
    Feature(
        name="stop sequences",
        asks={"chat": {"stop": ["END 7f"]}, "messages": {"stop_sequences": ["END 7f"]}},
        sent=("END 7f",),
        answer=answers.STOP_SEQUENCE,
    ),
    Feature(name="temperature", asks=_sampling(temperature=0.25), sent=(0.25,)),
    Feature(name="top_p", asks=_sampling(top_p=0.75), sent=(0.75,)),
    Feature(name="top_k", asks={"messages": {"extra_body": {"top_k": 33}}}, sent=(33,)),
    Feature(name="seed", asks={"chat": {"seed": 424_242}}, sent=(424_242,)),
    Feature(
        name="penalties",
        asks={"chat": {"presence_penalty": 0.125, "frequency_penalty": 0.375}},
        sent=(0.125, 0.375),
    ),
    Feature(
        name="end user",
        asks={
            "chat": {"safety_identifier": "user-7f"},
            "responses": {"safety_identifier": "user-7f"},
            "messages": {"metadata": {"user_id": "user-7f"}},
        },
        sent=("user-7f",),
    ),
    Feature(
        name="end user, by the older name",
        asks={"chat": {"user": "user-7f"}, "responses": {"user": "user-7f"}},
        sent=("user-7f",),
    ),
    Feature(
        name="tools, called in parallel",
        asks={
            "chat": {"tools": [CHAT_TOOL]},
            "responses": {"tools": [RESPONSES_TOOL]},
            "messages": {"tools": [MESSAGES_TOOL]},
        },
        sent=("look", "Looks."),
        answer=answers.TOOLS,
    ),
    Feature(name="tool results", asks=_tool_turns(), sent=("a cat", "a dog 7f")),
    Feature(
        name="tool results that are pictures",
        asks={
            "responses": {
                "input": _one_result(
                    {
                        "type": "function_call_output",
                        "call_id": "call_a",
                        "output": [{"type": "input_image", "image_url": DATA_URL, "detail": "auto"}],
                    }
                ),
                "tools": [RESPONSES_TOOL],
            },
            "messages": {
                "messages": _one_result_block(
                    content=[{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]
                ),
                "tools": [MESSAGES_TOOL],
            },
        },
        sent=(PNG,),
    ),
    Feature(
        name="tool results that are errors",
        asks={
            "messages": {"messages": _one_result_block(content="no cat 7f", is_error=True), "tools": [MESSAGES_TOOL]}
        },
        sent=("no cat 7f",),
    ),
    Feature(
        name="no tool may be called",
        asks={
            "chat": {"tools": [CHAT_TOOL], "tool_choice": "none"},
            "responses": {"tools": [RESPONSES_TOOL], "tool_choice": "none"},
            "messages": {"tools": [MESSAGES_TOOL], "tool_choice": {"type": "none"}},
        },
        sent=("Say hello.",),
    ),
    Feature(
        name="a tool that must be called",
        asks={
            "chat": {"tools": [CHAT_TOOL], "tool_choice": {"type": "function", "function": {"name": "look"}}},
            "responses": {"tools": [RESPONSES_TOOL], "tool_choice": {"type": "function", "name": "look"}},
            "messages": {"tools": [MESSAGES_TOOL], "tool_choice": {"type": "tool", "name": "look"}},
        },
        sent=("look",),
        answer=answers.TOOLS,
    ),
    Feature(
        name="one tool call at a time",
        asks={
            "chat": {"tools": [CHAT_TOOL], "parallel_tool_calls": False},
            "responses": {"tools": [RESPONSES_TOOL], "parallel_tool_calls": False},
            "messages": {
                "tools": [MESSAGES_TOOL],
                "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
            },
        },
        sent=("look",),
    ),
    Feature(
        name="structured output",
        asks={
            "chat": {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "result", "strict": True, "schema": SCHEMA},
                }
            },
            "responses": {
                "text": {"format": {"type": "json_schema", "name": "result", "strict": True, "schema": SCHEMA}}
            },
            "messages": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        },
        sent=("year",),
        answer=answers.STRUCTURED,
    ),
    Feature(
        name="any JSON",
        asks={
            "chat": {
                "messages": [{"role": "user", "content": "Give me JSON."}],
                "response_format": {"type": "json_object"},
            },
            "responses": {"input": "Give me JSON.", "text": {"format": {"type": "json_object"}}},
        },
        answer=answers.STRUCTURED,
    ),
    Feature(
        name="images",
        asks=_with(
            chat={"type": "image_url", "image_url": {"url": DATA_URL}},
            responses={"type": "input_image", "image_url": DATA_URL, "detail": "auto"},
            messages={"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        ),
        sent=(PNG,),
    ),
    Feature(
        name="images by address",
        asks=_with(
            chat={"type": "image_url", "image_url": {"url": IMAGE_URL}},
            responses={"type": "input_image", "image_url": IMAGE_URL, "detail": "auto"},
            messages={"type": "image", "source": {"type": "url", "url": IMAGE_URL}},
        ),
        sent=(IMAGE_URL,),
    ),
    Feature(
        name="documents",
        asks=_with(
            chat={
                "type": "file",
                "file": {"filename": "short.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
            },
            responses={
                "type": "input_file",
                "filename": "short.pdf",
                "file_data": f"data:application/pdf;base64,{PDF}",
            },
            messages={
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
            },
        ),
        sent=(PDF,),
    ),
    Feature(
        name="reasoning effort",
        asks={
            "chat": {"reasoning_effort": "low"},
            "responses": {"reasoning": {"effort": "low"}},
            "messages": {"output_config": {"effort": "low"}},
        },
        sent=("low",),
        sent_to={"gemini": ("LOW",)},
        thinks=True,
    ),
    Feature(
        name="reasoning budget",
        asks={"messages": {"thinking": {"type": "enabled", "budget_tokens": 1_536}, "max_tokens": 4_000}},
        sent=(1_536,),
        thinks=True,
    ),
    Feature(
        name="reasoning shown",
        asks=_same(),
        thinks=True,
        shows=frozenset({"text", "tool_calls", "finish", "reasoning"}),
    ),
    Feature(
        name="usage with cached tokens",
        asks=_same(),
        shows=frozenset({"text", "input_tokens", "output_tokens", "cached_tokens"}),
    ),
    Feature(
        name="answer cut by a filter",
        asks=_same(),
        answer=FILTERED,
    ),
]
