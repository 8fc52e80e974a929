"""The scripted provider."""

from __future__ import annotations

import pytest

from polydesk.core.errors import ProviderUnavailableError
from polydesk.core.messages import ModelRequest, ModelResponse, ReasoningPart, TextPart, ToolCallPart, user_message
from polydesk.core.streams import StreamEvent, TextDelta, response_of
from polydesk.core.usage import Usage
from polydesk.providers.scripted import Scripted, text_response

REQUEST = ModelRequest(model="m", messages=(user_message("hello"),))
RICH = ModelResponse(
    id="r1",
    model="m",
    parts=(
        ReasoningPart(text="let me think about it", signature="sig"),
        TextPart(text="some longer text"),
        ToolCallPart(id="c1", name="look", arguments='{"at": "the table"}'),
        ToolCallPart(id="c2", name="nothing", arguments=""),
    ),
    finish_reason="tool_call",
    usage=Usage(input_tokens=3, output_tokens=4),
)


async def test_answers_come_in_order_and_requests_are_kept() -> None:
    provider = Scripted(["one", RICH])
    assert [(await provider.send(REQUEST)).text, await provider.send(REQUEST)] == ["one", RICH]
    assert provider.requests == [REQUEST, REQUEST]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_streamed_answer_adds_up_to_the_plain_one(size: int) -> None:
    events = [event async for event in Scripted([RICH], delta_characters=size).stream(REQUEST)]
    assert response_of(events) == RICH


async def test_failure_is_raised_at_once_or_after_some_deltas() -> None:
    failure = ProviderUnavailableError("down", provider="scripted")
    with pytest.raises(ProviderUnavailableError):
        await Scripted([failure]).send(REQUEST)
    seen: list[StreamEvent] = []
    with pytest.raises(ProviderUnavailableError):
        await _collect(Scripted([failure], fail_after_deltas=2), into=seen)
    assert [type(event) for event in seen][1:] == [TextDelta, TextDelta]


async def _collect(provider: Scripted, *, into: list[StreamEvent]) -> None:
    async for event in provider.stream(REQUEST):
        into.append(event)


async def test_callable_script_sees_the_request() -> None:
    provider = Scripted(lambda request: f"you said {request.messages[0].parts[0].text}")  # pyright: ignore[reportAttributeAccessIssue] # the request is ours
    assert (await provider.send(REQUEST)).text == "you said hello"


async def test_used_up_script_is_an_assertion_failure() -> None:
    provider = Scripted([text_response("only")])
    await provider.send(REQUEST)
    with pytest.raises(AssertionError, match="used up"):
        await provider.send(REQUEST)
