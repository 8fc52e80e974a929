"""Converse: what it says, what it cannot say, and that everything comes back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
    user_message,
)
from polydesk.core.replay import events_of
from polydesk.core.streams import Finished, response_of
from polydesk.core.usage import Usage
from polydesk.wire import bedrock_converse
from polydesk.wire.event_stream import EventStreamReader, event_message
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from tests.wire.cutting import cuts, in_pieces, through_json
from tests.wire.strategies import answers, calls, flags, instructions, json_objects, names, some_words, texts

images = st.builds(
    ImagePart, media_type=st.sampled_from(["image/png", "image/webp"]), data=st.binary(max_size=8), cache=flags
) | st.builds(ImagePart, media_type=st.just("image/png"), url=st.just("s3://bucket/a.png"), cache=flags)
documents = st.builds(
    DocumentPart,
    media_type=st.sampled_from(["application/pdf", "text/csv", "text/markdown"]),
    data=st.binary(max_size=8),
    name=st.none() | st.sampled_from(["report (1)", "a-b [2]"]),
    cache=flags,
)
thoughts = st.one_of(
    st.builds(ReasoningPart, text=some_words, signature=st.none() | some_words),
    st.builds(ReasoningPart, text=st.just(""), redacted_data=some_words),
)
plain = st.one_of(
    texts(cache=st.just(False)),
    images.map(lambda part: msgspec.structs.replace(part, cache=False)),
    documents.map(lambda part: msgspec.structs.replace(part, cache=False)),
)
results = st.builds(
    ToolResultPart,
    call_id=names,
    content=st.lists(plain, max_size=2).map(tuple),
    is_error=flags,
    cache=flags,
)
marked_calls = st.builds(lambda call, cache: msgspec.structs.replace(call, cache=cache), calls, flags)
user = st.lists(texts() | images | documents | results, max_size=3).map(tuple)
assistant = st.lists(texts() | thoughts | marked_calls, max_size=3).map(tuple)


def _in_turn(head: list[Message], turns: list[tuple[Any, Any]]) -> tuple[Message, ...]:
    said = [
        message
        for asked, answered in turns
        for message in (Message(role="user", parts=asked), Message(role="assistant", parts=answered))
    ]
    return (*head, *said)


tools = st.lists(
    st.builds(
        Tool,
        name=names,
        description=st.none() | some_words,
        parameters=json_objects,
        strict=st.none() | flags,
        cache=flags,
    ),
    min_size=1,
    max_size=2,
).map(tuple)
choices = st.sampled_from([None, ToolChoice(), ToolChoice(mode="required"), ToolChoice(mode="named", name="f")])
requests = st.builds(
    lambda tooled, messages, **fields: ModelRequest(
        messages=messages, tools=tooled[0], tool_choice=tooled[1], **fields
    ),
    tooled=st.tuples(tools, choices) | st.just(((), None)),
    messages=st.builds(_in_turn, st.lists(instructions, max_size=1), st.lists(st.tuples(user, assistant), max_size=3)),
    model=names,
    max_output_tokens=st.none() | st.integers(1, 9_999),
    temperature=st.none() | st.floats(0, 1),
    top_p=st.none() | st.floats(0, 1),
    stop=st.lists(some_words, max_size=4).map(tuple),
    output_schema=st.none()
    | st.builds(OutputSchema, name=names, json_schema=json_objects, description=st.none() | some_words),
    reasoning_effort=st.sampled_from([None, "low", "high", "max"]),
    provider_options=st.sampled_from(
        [{}, {"additionalModelRequestFields": {"top_k": 5}}, {"guardrailConfig": {"guardrailIdentifier": "g"}}]
    ),
)
responses = answers(
    st.lists(texts(cache=st.just(False)) | thoughts | calls, max_size=4).map(tuple), stop_sequence=st.none()
).map(
    lambda answer: msgspec.structs.replace(
        answer, id="", usage=msgspec.structs.replace(answer.usage, reasoning_output_tokens=None)
    )
)


@given(requests)
def test_request_comes_back(request: ModelRequest) -> None:  # generated
    translated = bedrock_converse.request_to_wire(request)
    assert translated.notes == ()
    assert bedrock_converse.request_from_wire(through_json(translated.body), model=request.model) == request


@given(responses)
def test_answer_comes_back(answer: ModelResponse) -> None:
    translated = bedrock_converse.response_to_wire(answer)
    assert translated.notes == ()
    assert bedrock_converse.response_from_wire(through_json(translated.body), model=answer.model) == answer


@given(responses, cuts, st.integers(1, 9))
def test_stream_adds_up_to_the_plain_answer(answer: ModelResponse, sizes: list[int], delta: int) -> None:
    writer, framing = bedrock_converse.ConverseStreamWriter(), EventStreamReader()
    reader = bedrock_converse.ConverseStreamReader(model=answer.model)
    bodies = [body for event in events_of(answer, delta_characters=delta) for body in writer.write(event)]
    data = b"".join(event_message(name, json.dumps(inner).encode()) for body in bodies for name, inner in body.items())
    arrived = [event.data for piece in in_pieces(data, sizes) for event in framing.feed(piece)]
    events = [event for text in arrived for event in reader.read(json.loads(text))]
    assert response_of([*events, reader.end()]) == answer


def _said(role: Any, *parts: Any, **more: Any) -> ModelRequest:
    return ModelRequest(model="m", messages=(Message(role=role, parts=parts),), **more)


TOOL = Tool(name="f", parameters={})
CALL = ToolCallPart(id="c", name="f", arguments="{}")
UNSAID: list[tuple[ModelRequest, list[tuple[str, str]]]] = [
    (_said("user", top_k=3, seed=1, user="u"), [("top_k", "dropped"), ("seed", "dropped"), ("user", "dropped")]),
    (_said("user", reasoning_effort="none"), [("reasoning_effort", "dropped")]),
    (_said("user", reasoning_budget_tokens=9_000), [("reasoning_budget_tokens", "rewritten")]),
    (_said("user", reasoning_budget_tokens=9, reasoning_effort="low"), [("reasoning_budget_tokens", "dropped")]),
    (_said("user", tool_choice=ToolChoice(parallel=False)), [("tool_choice.parallel", "dropped")]),
    (_said("user", tools=(TOOL,), tool_choice=ToolChoice(mode="none")), [("tool_choice", "emulated")]),
    (_said("assistant", CALL, tools=(TOOL,), tool_choice=ToolChoice(mode="none")), [("tool_choice", "dropped")]),
    (_said("user", output_schema=OutputSchema(name="json", json_schema=None)), [("output_schema", "emulated")]),
    (
        _said("user", output_schema=OutputSchema(name="x", json_schema={}, strict=False)),
        [("output_schema.strict", "rewritten")],
    ),
    (_said("developer", TextPart(text="x")), [("messages[0].role", "rewritten")]),
    (_said("user", ImagePart(url="https://example.com/a.png")), [("messages[0].image", "dropped")]),
    (_said("user", DocumentPart(media_type="x/y", data=b"")), [("messages[0].document", "dropped")]),
    (
        _said("user", DocumentPart(media_type="text/csv", data=b"", name="a/b.csv")),
        [("messages[0].document.name", "emulated")],
    ),
    (_said("user", ReasoningPart(text="x")), [("messages[0]", "dropped")]),
    (
        _said("assistant", ReasoningPart(text="x", signature="s", signed_by="gemini")),
        [("messages[0].reasoning", "dropped")],
    ),
    (_said("assistant", ReasoningPart(text="x", id="r")), [("messages[0].reasoning.id", "dropped")]),
    (
        _said("assistant", ToolCallPart(id="c", name="f", arguments="[1", signature="s")),
        [("messages[0].tool_call.signature", "dropped"), ("messages[0].tool_call.arguments", "rewritten")],
    ),
    (
        _said("user", ToolResultPart(call_id="c", content=(TextPart(text="x", cache=True),))),
        [("messages[0].tool_result.cache", "dropped")],
    ),
    (
        ModelRequest(
            model="m",
            messages=(
                user_message("a"),
                Message(role="system", parts=(TextPart(text="late"),)),
                user_message("b"),
            ),
        ),
        [("messages[1]", "rewritten"), ("messages[2]", "emulated")],
    ),
]


@pytest.mark.parametrize(("request_", "notes"), UNSAID)
def test_what_cannot_be_said_is_noted(request_: ModelRequest, notes: list[tuple[str, str]]) -> None:
    translated = bedrock_converse.request_to_wire(request_)
    assert sorted((note.parameter, note.action) for note in translated.notes) == sorted(notes)


def test_what_the_model_does_not_take_is_left_out() -> None:
    choice = ToolChoice(mode="named", name="f")
    request = _said("user", temperature=0.5, top_p=0.5, tools=(TOOL,), tool_choice=choice)
    translated = bedrock_converse.request_to_wire(request, quirks={"no_forced_tools", "no_sampling"})
    assert "inferenceConfig" not in translated.body
    assert translated.body["toolConfig"]["toolChoice"] == {"auto": {}}
    assert [(note.parameter, note.action) for note in translated.notes] == [
        ("temperature", "dropped"),
        ("top_p", "dropped"),
        ("tool_choice", "rewritten"),
    ]


def test_messages_of_one_speaker_are_sent_as_one() -> None:
    body = bedrock_converse.request_to_wire(
        ModelRequest(model="m", messages=(user_message("a"), user_message("b")))
    ).body
    assert body["messages"] == [{"role": "user", "content": [{"text": "a"}, {"text": "b"}]}]


@pytest.mark.parametrize(
    ("word", "ours", "details"),
    [
        ("end_turn", "stop", {}),
        ("stop_sequence", "stop", {"stopReason": "stop_sequence"}),
        ("guardrail_intervened", "content_filter", {"stopReason": "guardrail_intervened"}),
        ("model_context_window_exceeded", "length", {"stopReason": "model_context_window_exceeded"}),
        ("malformed_tool_use", "error", {"stopReason": "malformed_tool_use"}),
        ("strange", "error", {"stopReason": "strange"}),
    ],
)
def test_stop_reason_keeps_the_vendors_word_where_ours_says_less(word: str, ours: str, details: dict[str, str]) -> None:
    body = {"output": {"message": {"role": "assistant", "content": [{"text": "x"}]}}, "stopReason": word}
    answer = bedrock_converse.response_from_wire(body, model="m")
    assert (answer.finish_reason, answer.provider_details) == (ours, details)


def test_what_is_not_modelled_is_kept() -> None:
    block = {"citationsContent": {"citations": []}}
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "cacheDetails": [{"ttl": "5m", "inputTokens": 0}]}
    body = {
        "output": {"message": {"role": "assistant", "content": [block]}},
        "stopReason": "end_turn",
        "usage": usage,
        "trace": {"guardrail": {}},
    }
    answer = bedrock_converse.response_from_wire(body, model="m")
    assert answer.provider_details == {
        "trace": {"guardrail": {}},
        "blocks": [block],
        "usage": {"cacheDetails": usage["cacheDetails"]},
    }
    assert bedrock_converse.response_to_wire(answer).body == {**body, "metrics": {"latencyMs": 0}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"throttlingException": {"message": "Slow down."}}, {"code": "ThrottlingException", "message": "Slow down."}),
        ({"error": {"code": "InternalError", "message": "Oh."}}, {"code": "InternalError", "message": "Oh."}),
    ],
)
def test_exception_inside_a_stream_is_raised(body: dict[str, Any], error: dict[str, str]) -> None:
    with pytest.raises(StreamFailedError) as caught:
        bedrock_converse.ConverseStreamReader(model="m").read(body)
    assert caught.value.error == error


def test_stream_is_whole_only_once_its_reason_has_come() -> None:
    reader = bedrock_converse.ConverseStreamReader(model="m")
    assert reader.read({"newEvent": {}}) == []
    with pytest.raises(StreamCutError):
        reader.end()
    reader.read({"messageStop": {"stopReason": "end_turn"}})
    reader.read({"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2}, "metrics": {"latencyMs": 5}}})
    assert reader.end() == Finished(finish_reason="stop", usage=Usage(input_tokens=1, output_tokens=2))


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": [{"strange": {}}]}]},
        {"messages": [], "toolConfig": {"tools": [], "toolChoice": {"some": {}}}},
        {"messages": [], "outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": "{"}}}}},
        {"messages": [], "outputConfig": {"textFormat": {"type": "json_schema"}}},
    ],
)
def test_wrong_request_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        bedrock_converse.request_from_wire(body, model="m")
