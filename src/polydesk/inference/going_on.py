"""The request that asks a model to go on where another broke off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.messages import Message, ModelRequest, TextPart, user_message
from polydesk.inference.seams import Seam, anchor_of

_CHARACTERS_PER_TOKEN = 4
INSTRUCTION = """\
Your answer was cut off by a technical fault. The last characters that arrived are between the marks:
<<<{anchor}>>>
Go on from exactly there. Begin your reply with exactly the characters between the marks, without the marks, and then \
write the rest of the answer. Write nothing else: no remark, no apology, and nothing that came before those characters.\
"""
SCHEMA_REMINDER = "\nThe whole answer, what was already written included, must be JSON that obeys this schema: {schema}"


class GoingOn(msgspec.Struct, frozen=True, kw_only=True):
    """How one model is asked to go on."""

    request: ModelRequest
    seam: Seam
    way: Literal["prefill", "instruction"]


def going_on(request: ModelRequest, said: str, card: ModelCard, *, prefill: bool) -> GoingOn:
    """The request for the rest of an answer of which `said` has been given away; not empty.

    With `prefill` the model is given its own unfinished message, else it is told in words. A schema for the answer is
    put into words, for a model held to it would begin with a new object.
    """
    base = msgspec.structs.replace(
        request, original=None, output_schema=None, max_output_tokens=_left(request.max_output_tokens, said)
    )
    if prefill:
        prefilled = said.rstrip()
        messages = _with_unfinished(request.messages, prefilled)
        seam = Seam(said, prefilled=prefilled)
        return GoingOn(request=msgspec.structs.replace(base, messages=messages), seam=seam, way="prefill")
    anchor = anchor_of(said)
    words = INSTRUCTION.format(anchor=anchor) + _schema_words(request)
    messages = (*_with_unfinished(request.messages, said), user_message(words))
    seam = Seam(said, anchor=anchor)
    return GoingOn(request=msgspec.structs.replace(base, messages=messages), seam=seam, way="instruction")


def _with_unfinished(messages: Sequence[Message], said: str) -> tuple[Message, ...]:
    """`messages` with the unfinished answer as the last; one that its caller had begun already is made longer."""
    part = TextPart(text=said)
    if messages and messages[-1].role == "assistant":
        *before, last = messages
        return (*before, Message(role="assistant", parts=(*last.parts, part)))
    return (*messages, Message(role="assistant", parts=(part,)))


def _left(limit: int | None, said: str) -> int | None:
    """What of a limit on the answer is left for its rest."""
    return None if limit is None else max(1, limit - len(said) // _CHARACTERS_PER_TOKEN)


def _schema_words(request: ModelRequest) -> str:
    schema = request.output_schema
    if schema is None:
        return ""
    if schema.json_schema is None:
        return "\nThe whole answer, what was already written included, must be one JSON object."
    return SCHEMA_REMINDER.format(schema=msgspec.json.encode(schema.json_schema).decode())
