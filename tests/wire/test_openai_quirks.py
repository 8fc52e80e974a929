"""What Chat Completions becomes for servers that are nearly compatible."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.catalog.load import load_catalog
from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    OutputSchema,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    user_message,
)
from polydesk.wire.notes import Notes
from polydesk.wire.openai_chat import QUIRKS, adapted, request_from_wire, request_to_wire

HI = user_message("hi")
SCHEMA = OutputSchema(name="r", json_schema={"type": "object"}, description="A report.")
WORDS = (
    "Answer with one JSON object and nothing else, without a code fence. It must obey this JSON schema:\n"
    '{"type":"object"}\nThe object is: A report.'
)
TOOL = Tool(name="t", parameters={}, strict=True)
THOUGHT = Message(role="assistant", parts=(ReasoningPart(text="hm"), ToolCallPart(id="c", name="t", arguments="{}")))
CALL = {"id": "c", "type": "function", "function": {"name": "t", "arguments": "{}"}}
PDF = DocumentPart(media_type="application/pdf", data=b"pdf", name="a.pdf")
IMAGE = ImagePart(url="https://example.com/a.png")


def _sent(fields: dict[str, Any], *quirks: str, stream: bool = False) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    request = ModelRequest(**({"model": "m", "messages": (HI,)} | fields))
    translated = request_to_wire(request, quirks=frozenset(quirks), stream=stream)
    body = {name: value for name, value in translated.body.items() if name != "model"}
    return body, [(note.parameter, note.action) for note in translated.notes]


SAID = {"messages": [{"role": "user", "content": "hi"}]}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    ("max_tokens", {"max_output_tokens": 9}, SAID | {"max_tokens": 9}, []),
    ("no_developer_role", {"messages": (Message(role="developer", parts=(TextPart(text="d"),)),)},
     {"messages": [{"role": "system", "content": "d"}]}, [("messages[0].role", "rewritten")]),
    ("reasoning_content", {"messages": (HI, THOUGHT)}, {"messages": [*SAID["messages"], {
        "role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]}]}, []),
    ("reasoning_content", {"messages": (HI, Message(role="assistant", parts=THOUGHT.parts[1:]))},
     {"messages": [*SAID["messages"], {
         "role": "assistant", "content": None, "reasoning_content": "", "tool_calls": [CALL]}]}, []),
    ("json_object", {"output_schema": SCHEMA},
     {"messages": [{"role": "system", "content": WORDS}, *SAID["messages"]],
      "response_format": {"type": "json_object"}}, [("output_schema", "emulated")]),
    ("no_response_format", {"output_schema": SCHEMA},
     {"messages": [{"role": "system", "content": WORDS}, *SAID["messages"]]}, [("output_schema", "emulated")]),
    ("no_response_format", {"output_schema": OutputSchema(name="json", json_schema=None)},
     {"messages": [{"role": "system", "content": WORDS.partition(" It must")[0]}, *SAID["messages"]]},
     [("output_schema", "emulated")]),
    ("thinking_switch", {"reasoning_effort": "none"}, SAID | {"thinking": {"type": "disabled"}}, []),
    ("thinking_switch", {"reasoning_effort": "max"}, SAID | {"reasoning_effort": "max"}, []),
    ("enable_thinking", {"reasoning_effort": "none"}, SAID | {"enable_thinking": False}, []),
    ("enable_thinking", {"reasoning_effort": "low"}, SAID | {"enable_thinking": True, "reasoning_effort": "low"}, []),
    ("enable_thinking", {"reasoning_budget_tokens": 500}, SAID | {"enable_thinking": True, "thinking_budget": 500}, []),
    ("enable_thinking", {}, SAID, []),
    ("no_effort", {"reasoning_effort": "low"}, SAID, [("reasoning_effort", "dropped")]),
    ("no_required_choice", {"tool_choice": ToolChoice(mode="required")}, SAID | {"tool_choice": "auto"},
     [("tool_choice", "rewritten")]),
    ("no_strict_tools", {"tools": (TOOL,)},
     SAID | {"tools": [{"type": "function", "function": {"name": "t", "parameters": {}}}]},
     [("tools[t].strict", "dropped")]),
    ("no_parallel_choice", {"tool_choice": ToolChoice(parallel=False)}, SAID | {"tool_choice": "auto"},
     [("tool_choice.parallel", "dropped")]),
    ("no_seed", {"seed": 1}, SAID, [("seed", "dropped")]),
    ("no_user", {"user": "u"}, SAID, [("user", "dropped")]),
    ("user_id", {"user": "u"}, SAID | {"user_id": "u"}, []),
    ("no_cache_marks", {"messages": (Message(role="user", parts=(TextPart(text="hi", cache=True),)),)}, SAID,
     [("messages[0].cache", "dropped")]),
    ("no_documents", {"messages": (Message(role="user", parts=(TextPart(text="hi"), PDF)),)}, SAID,
     [("messages[0]", "dropped")]),
    ("no_images", {"messages": (Message(role="user", parts=(TextPart(text="hi"), IMAGE)),)}, SAID,
     [("messages[0]", "dropped")]),
    ("prefix", {"messages": (HI, Message(role="assistant", parts=(TextPart(text="So"),)))},
     {"messages": [*SAID["messages"], {"role": "assistant", "content": "So", "prefix": True}]}, []),
    ("prefix", {}, SAID, []),
]  # fmt: skip


@pytest.mark.parametrize(("quirk", "fields", "body", "notes"), CASES)
def test_server_is_asked_as_it_takes_it(
    quirk: str, fields: dict[str, Any], body: dict[str, Any], notes: list[tuple[str, str]]
) -> None:
    assert _sent(fields, quirk) == (body, notes)


def test_usage_of_a_stream_is_not_asked_for_where_it_cannot_be() -> None:
    assert _sent({}, "no_stream_options", stream=True)[0] == SAID | {"stream": True}


def test_every_quirk_is_tried() -> None:
    elsewhere = {"no_stream_options", "float_vectors"}
    assert {quirk for quirk, *_ in CASES} | elsewhere == set(QUIRKS)


def test_quirks_of_the_catalog_are_known() -> None:
    catalog = load_catalog()
    spoken = {card.name: card.dialect for card in catalog.providers}
    named = [quirk for card in catalog.providers if card.dialect == "openai_chat" for quirk in card.quirks]
    named += [quirk for card in catalog.models if spoken[card.provider] == "openai_chat" for quirk in card.quirks]
    assert set(named) <= set(QUIRKS)


def test_clients_own_body_is_adapted_and_keeps_what_we_do_not_know() -> None:
    body = {"model": "m", "messages": [{"role": "developer", "content": "d"}], "max_completion_tokens": 9, "odd": 1}
    notes = Notes()
    quirks = frozenset({"max_tokens", "no_developer_role"})
    assert adapted(body, quirks, notes) == {
        "model": "m",
        "messages": [{"role": "system", "content": "d"}],
        "max_tokens": 9,
        "odd": 1,
    }
    assert body["messages"] == [{"role": "developer", "content": "d"}]


def test_reasoning_that_a_client_gives_back_is_read() -> None:
    body = {"model": "m", "messages": [{"role": "assistant", "reasoning_content": "hm", "tool_calls": [CALL]}]}
    assert request_from_wire(body).messages == (THOUGHT,)
