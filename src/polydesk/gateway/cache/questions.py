"""What makes two requests the same, and which may share an answer at all."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from polydesk.catalog.card import DataClass
from polydesk.core.messages import Message, ModelRequest, ModelResponse, TextPart
from polydesk.gateway.doors.base import Asked

_SHAPES_NOTHING = frozenset(
    {
        "stream",
        "stream_options",
        "user",
        "safety_identifier",
        "metadata",
        "prompt_cache_key",
        "prompt_cache_retention",
    }
)
"""Fields of a client's JSON that say how it is answered and on whose behalf, and never what."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Who may share answers: nothing is ever found beyond it."""

    key_id: str | None
    """The caller's key; programs without one, on a machine that has none, are one caller."""
    data_class: DataClass
    dialect: str
    """The door's, for what an answer cannot say in one it may say in another."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the cache knows it."""

    exact: bytes
    """Hash of the scope and of all that shapes the answer."""
    around: bytes | None = None
    """Hash of the same without the question's own words, but with the end user's id: what means the same to one may not
    be another's to know. None where only the very same request is the same."""
    text: str | None = None
    """The question's own words; None as `around`."""


def question_of(asked: Asked, scope: Scope) -> Question:
    """The request as the cache knows it. Nothing in it is left out that could shape the answer.

    The order of keys inside a schema shapes it too, since models write in that order: only the outermost keys are
    sorted.
    """
    request = asked.request
    body = None if request.original is None else _shaping(request.original.body)
    exact = _hash(scope, request.strict, _bare(request) if body is None else body)
    text = _single_question(request)
    if text is None:
        return Question(exact=exact)
    *before, last = request.messages
    wordless = Message(role=last.role, parts=(TextPart(text=""),))
    around = msgspec.structs.replace(_bare(request), messages=(*before, wordless))
    return Question(exact=exact, around=_hash(scope, request.strict, request.user, around), text=text)


def may_be_kept(response: ModelResponse) -> bool:
    """Whether an answer is whole and good: neither cut, filtered nor broken off."""
    return response.finish_reason in ("stop", "tool_call") and bool(response.parts)


def _shaping(body: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in body.items() if name not in _SHAPES_NOTHING)


def _bare(request: ModelRequest) -> ModelRequest:
    options = dict(_shaping(request.provider_options))
    return msgspec.structs.replace(request, user=None, original=None, provider_options=options)


def _single_question(request: ModelRequest) -> str | None:
    """The words of a plain question that stands alone; None for anything else.

    Who sets a temperature above 0 wants answers to differ, and is given only the answer to the very same request.
    """
    if request.tools or request.tool_choice is not None or request.output_schema is not None or request.temperature:
        return None
    if not request.messages or request.messages[-1].role != "user" or len(request.messages[-1].parts) != 1:
        return None
    if any(message.role not in ("system", "developer") for message in request.messages[:-1]):
        return None
    if not all(isinstance(part, TextPart) for message in request.messages for part in message.parts):
        return None
    (question,) = request.messages[-1].parts
    assert isinstance(question, TextPart)
    return question.text if question.text.strip() else None


def _hash(*values: object) -> bytes:
    return hashlib.sha256(msgspec.json.encode(values)).digest()
