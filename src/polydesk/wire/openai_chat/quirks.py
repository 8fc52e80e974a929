"""How compatible servers depart from Chat Completions, and what a body of it then becomes.

A server is described by names of quirks in its row of the catalog or of a configuration; nothing else about it is
known here. Facts of single vendors stand with their sources in the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from polydesk.wire.notes import Notes

Body = dict[str, Any]

REASONING_CONTENT = "reasoning_content"
QUIRKS: Mapping[str, str] = {
    "max_tokens": "the limit of the answer is called max_tokens",
    "no_stream_options": "usage cannot be asked for in a stream",
    "no_developer_role": "instructions are said in the role system",
    REASONING_CONTENT: "an assistant's reasoning is given back, as reasoning_content",
    "json_object": "the answer can be held to JSON, but to no schema",
    "no_response_format": "the answer can be held to nothing",
    "thinking_switch": "thinking is put off by thinking, with type disabled",
    "enable_thinking": "thinking is put on and off by enable_thinking, and bounded by thinking_budget",
    "no_effort": "how much to reason cannot be said",
    "no_required_choice": "no tool call can be demanded",
    "no_parallel_choice": "whether several calls may come at once cannot be said",
    "no_strict_tools": "tools cannot be held to their schemas",
    "no_seed": "no seed can be given",
    "no_cache_marks": "caches cannot be marked",
    "no_documents": "documents cannot be sent",
    "no_images": "images cannot be sent",
    "no_user": "the end user cannot be named",
    "user_id": "the end user is called user_id",
    "prefix": "an assistant's last message is gone on with where it says prefix",
    "float_vectors": "vectors cannot be asked for in base64",
}
"""Every quirk that is understood, and what it means."""
CACHE_MARK = "prompt_cache_breakpoint"


def adapted(body: Body, quirks: frozenset[str], notes: Notes, *, budget: int | None = None) -> Body:
    """`body` as a server with `quirks` takes it. `budget` bounds the reasoning, in tokens, where it can be said."""
    if not quirks:
        return body
    body = {**body, "messages": _messages(body["messages"], quirks, notes)}
    for quirk, change in CHANGES.items():
        if quirk in quirks:
            change(body, notes)
    if "enable_thinking" in quirks:
        _enable_thinking(body, budget)
    return body


def _renamed(old: str, new: str) -> Callable[[Body, Notes], None]:
    def change(body: Body, notes: Notes) -> None:
        if old in body:
            body[new] = body.pop(old)

    return change


def _without(name: str, ours: str, reason: str) -> Callable[[Body, Notes], None]:
    def change(body: Body, notes: Notes) -> None:
        if body.pop(name, None) is not None:
            notes.dropped(ours, reason)

    return change


def _no_stream_options(body: Body, notes: Notes) -> None:
    body.pop("stream_options", None)


def _json_object(body: Body, notes: Notes) -> None:
    """A schema said in words; the server still sees to it that the answer is JSON."""
    form: Body = body.get("response_format") or {}
    if form.get("type") != "json_schema":
        return
    notes.emulated("output_schema", "the server knows no schemas; the schema is said in words")
    _say_schema(body, form["json_schema"])
    body["response_format"] = {"type": "json_object"}


def _no_response_format(body: Body, notes: Notes) -> None:
    form: Body = body.pop("response_format", None) or {}
    if form.get("type") not in ("json_schema", "json_object"):
        return
    notes.emulated("output_schema", "the server can hold an answer to nothing; the form is said in words")
    _say_schema(body, form.get("json_schema") or {})


def _say_schema(body: Body, form: Body) -> None:
    schema = form.get("schema")
    words = "Answer with one JSON object and nothing else, without a code fence."
    if schema:
        words += " It must obey this JSON schema:\n" + msgspec.json.encode(schema).decode()
    if form.get("description"):
        words += f"\nThe object is: {form['description']}"
    messages: list[Body] = body["messages"]
    heads = 0
    while heads < len(messages) and messages[heads]["role"] in ("system", "developer"):
        heads += 1
    body["messages"] = [*messages[:heads], {"role": "system", "content": words}, *messages[heads:]]


def _thinking_switch(body: Body, notes: Notes) -> None:
    if body.get("reasoning_effort") == "none":
        del body["reasoning_effort"]
        body["thinking"] = {"type": "disabled"}


def _enable_thinking(body: Body, budget: int | None) -> None:
    effort = body.pop("reasoning_effort", None)
    if effort is None and budget is None:
        return
    body["enable_thinking"] = effort != "none"
    if effort not in (None, "none"):
        body["reasoning_effort"] = effort
    if budget is not None and effort != "none":
        body.pop("reasoning_effort", None)
        body["thinking_budget"] = budget


def _no_required_choice(body: Body, notes: Notes) -> None:
    if body.get("tool_choice") == "required":
        body["tool_choice"] = "auto"
        notes.rewritten("tool_choice", "the server cannot be made to call a tool; it may")


def _no_strict_tools(body: Body, notes: Notes) -> None:
    tools: list[Body] = []
    for tool in body.get("tools") or ():
        function: Body = dict(tool.get("function") or {})
        if function.pop("strict", None):
            notes.dropped(f"tools[{function.get('name')}].strict", "the server cannot hold calls to a schema")
        tools.append({**tool, "function": function})
    if tools:
        body["tools"] = tools


def _prefix(body: Body, notes: Notes) -> None:
    messages: list[Body] = body["messages"]
    if messages and messages[-1]["role"] == "assistant" and not messages[-1].get("tool_calls"):
        body["messages"] = [*messages[:-1], {**messages[-1], "prefix": True}]


CHANGES: Mapping[str, Callable[[Body, Notes], None]] = {
    "json_object": _json_object,
    "no_response_format": _no_response_format,
    "max_tokens": _renamed("max_completion_tokens", "max_tokens"),
    "no_stream_options": _no_stream_options,
    "thinking_switch": _thinking_switch,
    "no_effort": _without("reasoning_effort", "reasoning_effort", "the server has no word for it"),
    "no_required_choice": _no_required_choice,
    "no_parallel_choice": _without(
        "parallel_tool_calls", "tool_choice.parallel", "the server decides by itself whether calls come at once"
    ),
    "no_strict_tools": _no_strict_tools,
    "no_seed": _without("seed", "seed", "the server takes no seed"),
    "no_user": _without("safety_identifier", "user", "the server has no field for the end user"),
    "user_id": _renamed("safety_identifier", "user_id"),
    "prefix": _prefix,
}
"""What each quirk does to a whole body, in this order."""
UNSENT: Mapping[str, tuple[str, str]] = {
    "no_documents": ("file", "the server takes no documents"),
    "no_images": ("image_url", "the server takes no images"),
}


def _messages(messages: list[Body], quirks: frozenset[str], notes: Notes) -> list[Body]:
    return [_message(message, f"messages[{index}]", quirks, notes) for index, message in enumerate(messages)]


def _message(message: Body, path: str, quirks: frozenset[str], notes: Notes) -> Body:
    if message["role"] == "developer" and "no_developer_role" in quirks:
        notes.rewritten(f"{path}.role", "the server has no developer role; the words are sent as system")
        message = {**message, "role": "system"}
    content = message.get("content")
    if not isinstance(content, list):
        return message
    pieces = cast("list[Body]", content)
    kept = [changed for piece in pieces if (changed := _piece(piece, path, quirks, notes)) is not None]
    if len(kept) == 1 and kept[0].keys() == {"type", "text"} and kept[0]["type"] == "text":
        return {**message, "content": kept[0]["text"]}
    return {**message, "content": kept}


def _piece(piece: Body, path: str, quirks: frozenset[str], notes: Notes) -> Body | None:
    for quirk, (kind, reason) in UNSENT.items():
        if quirk in quirks and piece.get("type") == kind:
            notes.dropped(path, reason)
            return None
    if CACHE_MARK in piece and "no_cache_marks" in quirks:
        notes.dropped(f"{path}.cache", "the server has no cache marks")
        return {name: value for name, value in piece.items() if name != CACHE_MARK}
    return piece
