from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.catalog.card import DataClass
from polydesk.core.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart, user_message
from polydesk.core.usage import Usage
from polydesk.gateway.cache.questions import Question, Scope, may_be_kept, question_of
from polydesk.gateway.doors.anthropic_messages import AnthropicDoor
from polydesk.gateway.doors.base import Asked
from polydesk.gateway.doors.openai_chat import OpenAIChatDoor

ASK: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is FOCUS?"}]
BODY: dict[str, Any] = {"model": "polydesk/auto", "messages": ASK}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
KEYS = st.none() | st.sampled_from(["key_a", "key_b"])
CLASSES: st.SearchStrategy[DataClass] = st.sampled_from(["public", "internal", "confidential"])


def scope(key_id: str | None = "key_a", data_class: DataClass = "internal") -> Scope:
    return Scope(key_id=key_id, data_class=data_class, dialect="openai_chat")


def question(body: dict[str, Any], of: Scope | None = None) -> Question:
    return question_of(OpenAIChatDoor().read(body), of or scope())


@pytest.mark.parametrize(
    "more",
    [
        {"stream": True},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"user": "u-7"},
        {"safety_identifier": "u-7"},
        {"metadata": {"job": "7"}},
        {"prompt_cache_key": "k"},
    ],
    ids=lambda more: ",".join(more),
)
def test_how_and_for_whom_it_is_answered_makes_no_other_question(more: dict[str, Any]) -> None:
    turned = dict(reversed((BODY | more).items()))
    assert question(BODY | more).exact == question(turned).exact == question(BODY).exact


@pytest.mark.parametrize("field", ["user", "safety_identifier"])
def test_what_means_the_same_is_shared_by_no_two_end_users(field: str) -> None:
    around = [question(BODY | {field: user}).around for user in ("u-7", "u-8", "u-7")]
    assert around[0] == around[2] != around[1]


@pytest.mark.parametrize(
    "more",
    [
        {"model": "openai/gpt-4.1"},
        {"messages": ASK[1:]},
        {"messages": [{"role": "user", "content": "What is focus?"}]},
        {"temperature": 0.2},
        {"top_p": 0.5},
        {"seed": 3},
        {"max_completion_tokens": 20},
        {"stop": ["."]},
        {"tools": [TOOL]},
        {"tool_choice": "none"},
        {"response_format": {"type": "json_object"}},
        {"reasoning_effort": "low"},
        {"logit_bias": {"5": 1}},
        {"something_new": 1},
    ],
    ids=lambda more: ",".join(more),
)
def test_whatever_may_shape_the_answer_makes_another_question(more: dict[str, Any]) -> None:
    assert question(BODY | more).exact != question(BODY).exact


def test_the_order_of_keys_in_a_schema_makes_another_question() -> None:
    def asked(*names: str) -> Question:
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
        return question(
            BODY | {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}}
        )

    assert asked("a", "b").exact != asked("b", "a").exact


@given(KEYS, CLASSES, KEYS, CLASSES)
def test_no_answer_is_shared_between_keys_or_data_classes(
    key: str | None, data: DataClass, other_key: str | None, other_data: DataClass
) -> None:
    one, other = question(BODY, scope(key, data)), question(BODY, scope(other_key, other_data))
    same = (key, data) == (other_key, other_data)
    assert ((one.exact == other.exact), (one.around == other.around)) == (same, same)


def test_doors_of_other_dialects_share_no_answer() -> None:
    body = BODY | {"max_tokens": 10, "messages": ASK[1:]}
    chat = question_of(OpenAIChatDoor().read(body), scope())
    dialect = AnthropicDoor.dialect
    messages = question_of(AnthropicDoor().read(body), Scope(key_id="key_a", data_class="internal", dialect=dialect))
    assert chat.exact != messages.exact
    assert chat.around != messages.around


def test_a_plain_question_may_be_answered_by_what_means_the_same() -> None:
    one = question(BODY)
    other = question(BODY | {"messages": [ASK[0], {"role": "user", "content": "Say what FOCUS is."}]})
    assert (one.text, other.text) == ("What is FOCUS?", "Say what FOCUS is.")
    assert one.around == other.around is not None
    assert one.exact != other.exact


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [TOOL]},
        {"response_format": {"type": "json_object"}},
        {"temperature": 0.7},
        {"messages": [*ASK, {"role": "assistant", "content": "A specification."}, ASK[1]]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
        {"messages": [{"role": "user", "content": " "}]},
        {"messages": [{"role": "assistant", "content": "A specification."}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
                }
            ]
        },
    ],
    ids=["tools", "schema", "temperature", "dialogue", "two parts", "blank", "no question", "picture"],
)
def test_anything_else_only_by_the_very_same(more: dict[str, Any]) -> None:
    asked = question(BODY | more)
    assert (asked.around, asked.text) == (None, None)


def test_a_request_that_is_no_more_what_its_client_sent_is_known_by_its_own_words() -> None:
    def asked(text: str, user: str) -> bytes:
        request = ModelRequest(model="m", messages=(user_message(text),), user=user)
        return question_of(Asked(request=request, stream=False), scope()).exact

    assert asked("a", "u1") == asked("a", "u2")
    assert asked("a", "u1") != asked("b", "u1")


@pytest.mark.parametrize(
    ("reason", "parts", "kept"),
    [
        ("stop", (TextPart(text="a"),), True),
        ("tool_call", (ToolCallPart(id="c", name="look", arguments="{}"),), True),
        ("length", (TextPart(text="a"),), False),
        ("content_filter", (TextPart(text="a"),), False),
        ("error", (TextPart(text="a"),), False),
        ("stop", (), False),
    ],
)
def test_only_whole_and_good_answers_are_kept(reason: Any, parts: Any, kept: bool) -> None:
    response = ModelResponse(id="a", model="m", parts=parts, finish_reason=reason, usage=Usage())
    assert may_be_kept(response) is kept
