"""Generated messages that both dialects can say, and what only one of them can."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelResponse,
    OutputSchema,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.core.usage import Usage

# Surrogates are no Unicode text and no JSON; everything else goes, line ends and control characters included.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
some_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
names = st.from_regex(r"[a-zA-Z0-9_-]{1,12}", fullmatch=True)
flags = st.booleans()
json_objects = st.dictionaries(
    names, st.one_of(words, st.integers(-9, 9), flags, st.none(), st.lists(words, max_size=2)), max_size=3
)


def canonical(body: dict[str, Any]) -> str:
    """The JSON text that a dialect which carries arguments as an object gives back."""
    return msgspec.json.encode(body).decode()


arguments = json_objects.map(canonical)


def texts(*, cache: st.SearchStrategy[bool] = flags) -> st.SearchStrategy[TextPart]:
    return st.builds(TextPart, text=some_words, cache=cache)


images = st.one_of(
    st.builds(
        ImagePart, media_type=st.sampled_from(["image/png", "image/jpeg"]), data=st.binary(max_size=8), cache=flags
    ),
    st.builds(ImagePart, url=st.just("https://example.com/a.png"), cache=flags),
)
documents = st.one_of(
    st.builds(
        DocumentPart,
        media_type=st.just("application/pdf"),
        data=st.binary(max_size=8),
        name=st.none() | words,
        cache=flags,
    ),
    st.builds(DocumentPart, media_type=st.just("text/plain"), data=words.map(str.encode), cache=flags),
    st.builds(
        DocumentPart, media_type=st.just("application/pdf"), url=st.just("https://example.com/a.pdf"), cache=flags
    ),
)
plain_texts = texts(cache=st.just(False))
calls = st.builds(ToolCallPart, id=names, name=names, arguments=arguments)
usages = st.builds(
    lambda fresh, output, read, created, reasoning: Usage(
        input_tokens=fresh + (read or 0) + (created or 0),
        output_tokens=output + (reasoning or 0),
        cache_read_input_tokens=read,
        cache_creation_input_tokens=created,
        reasoning_output_tokens=reasoning,
    ),
    st.integers(0, 999),
    st.integers(0, 999),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(0, 999),
)
instructions = st.builds(Message, role=st.just("system"), parts=st.lists(texts(), min_size=1, max_size=2).map(tuple))
user_turns = st.builds(
    Message, role=st.just("user"), parts=st.lists(texts() | images, min_size=1, max_size=3).map(tuple)
)


def tools(*, cache: st.SearchStrategy[bool]) -> st.SearchStrategy[Tool]:
    return st.builds(
        Tool,
        name=names,
        description=st.none() | words,
        parameters=json_objects,
        strict=st.none() | flags,
        cache=cache,
    )


tool_choices = st.one_of(
    st.builds(ToolChoice, mode=st.sampled_from(["auto", "required"]), parallel=st.none() | flags),
    st.builds(ToolChoice, mode=st.just("named"), name=names, parallel=st.none() | flags),
    st.just(ToolChoice(mode="none")),
)
schemas = st.builds(
    OutputSchema, name=names, json_schema=json_objects, description=st.none() | words, strict=st.none() | flags
)


def tool_results(content: st.SearchStrategy[Any], **marks: Any) -> st.SearchStrategy[ToolResultPart]:
    return st.builds(ToolResultPart, call_id=names, content=st.lists(content, max_size=2).map(tuple), **marks)


def answers(parts: st.SearchStrategy[Any], **fields: Any) -> st.SearchStrategy[ModelResponse]:
    return st.builds(
        ModelResponse,
        id=some_words,
        model=some_words,
        parts=parts,
        finish_reason=st.sampled_from(["stop", "length", "tool_call", "content_filter"]),
        usage=usages,
        request_id=st.none(),
        provider_details=st.just({}),
        **fields,
    )


openai_answers = answers(
    st.tuples(
        st.lists(st.builds(ReasoningPart, text=some_words), max_size=1),
        st.lists(plain_texts, max_size=1),
        st.lists(calls, max_size=3, unique_by=lambda call: call.id),
    ).map(lambda lists: (*lists[0], *lists[1], *lists[2])),
    stop_sequence=st.none(),
)
anthropic_answers = answers(
    st.lists(
        st.one_of(
            plain_texts,
            calls,
            st.builds(ReasoningPart, text=words, signature=some_words),
            st.builds(ReasoningPart, text=st.just(""), redacted_data=some_words),
        ),
        max_size=4,
    ).map(tuple),
    stop_sequence=st.none(),
)
