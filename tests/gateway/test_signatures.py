"""Proofs of reasoning come back to who signed, through a client that speaks another dialect."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from polydesk.core.messages import (
    Message,
    ModelRequest,
    ModelResponse,
    Original,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    user_message,
)
from polydesk.core.streams import Finished, ReasoningDelta, Started, TextDelta, ToolCallStarted
from polydesk.core.usage import Usage
from polydesk.gateway.signatures import sealed_events, sealed_response, unsealed

DIALECTS = st.sampled_from(["openai_chat", "openai_responses", "anthropic_messages", "gemini", "bedrock_converse"])
SIGNATURES = st.none() | st.text(max_size=20).filter(lambda text: not text.startswith("polydesk:"))
REASONING = st.builds(ReasoningPart, text=st.text(max_size=10), signature=SIGNATURES, redacted_data=SIGNATURES)
CALLS = st.builds(ToolCallPart, id=st.just("c1"), name=st.just("look"), arguments=st.just("{}"), signature=SIGNATURES)
PARTS = st.lists(REASONING | CALLS | st.builds(TextPart, text=st.text(max_size=10)), max_size=4).map(tuple)


def response(*parts: Any) -> ModelResponse:
    return ModelResponse(id="r", model="m", parts=parts, finish_reason="stop", usage=Usage())


def turn(*parts: Any) -> ModelRequest:
    """A next turn that gives the parts back."""
    original = Original(dialect="openai_chat", body={})
    return ModelRequest(
        model="m", messages=(user_message("go on"), Message(role="assistant", parts=parts)), original=original
    )


@given(id=st.text(max_size=20), signature=st.text(max_size=20), dialect=DIALECTS)
def test_the_result_of_a_call_comes_back_to_the_calls_own_id(id: str, signature: str, dialect: str) -> None:
    call = ToolCallPart(id=id, name="look", arguments="{}", signature=signature)
    (sealed,) = sealed_response(response(call), dialect).parts
    assert isinstance(sealed, ToolCallPart)
    assert re.fullmatch(r"[A-Za-z0-9_-]*", sealed.id.removeprefix(id)), "every dialect takes such ids"
    result = ToolResultPart(call_id=sealed.id, content=(TextPart(text="seen"),))
    assert unsealed(turn(sealed, result)).messages[1].parts == (
        replace(call, signed_by=dialect),
        replace(result, call_id=id),
    )


@pytest.mark.parametrize("id", ["c__polydesk_", "c__polydesk_!", "c__polydesk_AAAA", "c__polydesk_gA", "__polydesk_é"])
def test_an_id_that_only_looks_sealed_is_left_as_it_is(id: str) -> None:
    call = ToolCallPart(id=id, name="look", arguments="{}")
    assert unsealed(turn(call)).messages[1].parts == (call,)


def signed(part: Any, dialect: str) -> Any:
    """The part as the next turn should have it: it names who signed, if anybody did."""
    proofs = (getattr(part, "signature", None), getattr(part, "redacted_data", None))
    return part if proofs in ((None, None),) else replace(part, signed_by=dialect)


@given(parts=PARTS, dialect=DIALECTS)
def test_what_a_client_gives_back_is_what_the_model_signed(parts: tuple[Any, ...], dialect: str) -> None:
    back = unsealed(turn(*sealed_response(response(*parts), dialect).parts))
    assert back.messages[1].parts == tuple(signed(part, dialect) for part in parts)


@given(parts=PARTS)
def test_a_request_without_sealed_signatures_is_left_as_it_came(parts: tuple[Any, ...]) -> None:
    request = turn(*parts)
    assert unsealed(request) is request


@given(signature=st.text(max_size=20), dialect=DIALECTS)
def test_a_request_with_one_is_no_longer_what_its_client_sent(signature: str, dialect: str) -> None:
    sealed = sealed_response(response(ReasoningPart(text="", signature=signature)), dialect)
    assert unsealed(turn(*sealed.parts)).original is None


@given(signature=SIGNATURES, redacted=SIGNATURES, dialect=DIALECTS)
def test_a_stream_is_sealed_as_the_whole_answer_is(signature: str | None, redacted: str | None, dialect: str) -> None:
    events = [
        Started(id="r", model="m"),
        ReasoningDelta(index=0, text="so", signature=signature, redacted_data=redacted),
        ToolCallStarted(index=1, id="c1", name="look", signature=signature),
        TextDelta(index=2, text="done"),
        Finished(finish_reason="stop", usage=Usage()),
    ]
    reasoning = ReasoningPart(text="so", signature=signature, redacted_data=redacted)
    call = ToolCallPart(id="c1", name="look", arguments="{}", signature=signature)
    expected = sealed_response(response(reasoning, call), dialect).parts
    got = list(sealed_events(events, dialect))
    assert [event for event in got if isinstance(event, Started | TextDelta | Finished)] == [
        events[0],
        events[3],
        events[4],
    ]
    shown = [
        {name: getattr(event, name) for name in ("signature", "redacted_data") if hasattr(event, name)}
        | ({"id": event.id} if isinstance(event, ToolCallStarted) else {})
        for event in got
        if isinstance(event, ReasoningDelta | ToolCallStarted)
    ]
    assert shown == [
        {name: getattr(part, name) for name in ("signature", "redacted_data") if hasattr(part, name)}
        | ({"id": part.id} if isinstance(part, ToolCallPart) else {})
        for part in expected
    ]


def test_a_stream_without_reasoning_passes_untouched() -> None:
    events = [TextDelta(index=0, text="a")]
    assert sealed_events(events, "gemini") is events
