"""Needs are read off a request, and lengths are estimated on the safe side."""

from __future__ import annotations

import msgspec
import pytest

from polydesk.core.messages import (
    ImagePart,
    Message,
    ModelRequest,
    OutputSchema,
    TextPart,
    Tool,
    ToolResultPart,
    user_message,
)
from polydesk.routing.needs import estimated_tokens, needs_of

PLAIN = ModelRequest(model="m", messages=(user_message("hello"),))
IMAGE = ImagePart(media_type="image/png", data=b"x")


def _with(**changes: object) -> ModelRequest:
    return msgspec.structs.replace(PLAIN, **changes)


def test_a_plain_request_needs_nothing_special() -> None:
    needs = needs_of(PLAIN)
    assert (needs.images, needs.tools, needs.output_schema, needs.output_tokens) == (False, False, False, None)


@pytest.mark.parametrize(
    ("request_", "need"),
    [
        (_with(messages=(Message(role="user", parts=(IMAGE,)),)), "images"),
        (_with(messages=(Message(role="user", parts=(ToolResultPart(call_id="1", content=(IMAGE,)),)),)), "images"),
        (_with(tools=(Tool(name="t", parameters={}),)), "tools"),
        (_with(output_schema=OutputSchema(name="s", json_schema=None)), "output_schema"),
    ],
    ids=["image", "image in a tool result", "tools", "schema"],
)
def test_a_request_shows_what_it_needs(request_: ModelRequest, need: str) -> None:
    needs = needs_of(request_)
    assert [name for name in ("images", "tools", "output_schema") if getattr(needs, name)] == [need]


def test_the_output_bound_is_needed() -> None:
    assert needs_of(_with(max_output_tokens=77)).output_tokens == 77


def test_an_estimate_grows_with_everything_a_model_reads() -> None:
    base = estimated_tokens(PLAIN)
    longer = [
        _with(messages=(user_message("hello hello"),)),
        _with(messages=(user_message("hello"), user_message(""))),
        _with(messages=(Message(role="user", parts=(TextPart(text="hello"), IMAGE)),)),
        _with(tools=(Tool(name="t", parameters={"type": "object"}),)),
        _with(output_schema=OutputSchema(name="s", json_schema={"type": "object"})),
    ]
    assert all(estimated_tokens(request) > base for request in longer)


def test_an_estimate_is_not_below_a_token_for_four_characters() -> None:
    words = "The board approved the budget for the coming year. " * 100
    assert estimated_tokens(_with(messages=(user_message(words),))) > len(words) / 4
