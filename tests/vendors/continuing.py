"""A model that goes on with a broken answer as models do: well, with a longer repetition, from the start, or bare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from polydesk.core.messages import ModelResponse, Part, TextPart
from tests.vendors.http_server import Received

Habit = Literal["as asked", "repeats more", "starts over", "leaves the anchor out"]
HABITS: tuple[Habit, ...] = ("as asked", "repeats more", "starts over", "leaves the anchor out")
MORE_CHARACTERS = 60
"""How much of what stands before the anchor is repeated too."""


def continuing(answer: ModelResponse, habit: Habit = "as asked") -> Callable[[Received], ModelResponse]:
    """Answers with `answer`, or with what of it is missing when the request shows its beginning.

    A text part of `answer` is what is gone on with; the parts after it follow, and those before it do not.
    """

    def answered(received: Received) -> ModelResponse:
        *before, last = received.body["messages"]
        if last["role"] == "assistant":
            return _going_on(answer, _text(last), lambda said, rest: rest)
        anchor = _anchor(_text(last))
        if anchor is None:
            return answer
        return _going_on(answer, _text(before[-1]), lambda said, rest: _worded(habit, said, anchor, rest))

    return answered


def _worded(habit: Habit, said: str, anchor: str, rest: str) -> str:
    match habit:
        case "as asked":
            return anchor + rest
        case "repeats more":
            return said[-len(anchor) - MORE_CHARACTERS :] + rest
        case "starts over":
            return said + rest
        case "leaves the anchor out":
            return rest


def _going_on(answer: ModelResponse, said: str, worded: Callable[[str, str], str]) -> ModelResponse:
    """`answer` without what was `said`. Raises AssertionError when it does not begin like that."""
    place, part = _place_of(answer, said)
    text = worded(said, part.text[len(said) :])
    parts: tuple[Part, ...] = (*((TextPart(text=text),) if text else ()), *answer.parts[place + 1 :])
    return msgspec.structs.replace(answer, parts=parts)


def _place_of(answer: ModelResponse, said: str) -> tuple[int, TextPart]:
    for place, part in enumerate(answer.parts):
        if isinstance(part, TextPart):
            assert part.text.startswith(said), f"{said!r} does not begin {part.text!r}"
            return place, part
    raise AssertionError("there is no text to go on with")


def _anchor(words: str) -> str | None:
    """What stands between the marks; None where there are none."""
    _, mark, rest = words.partition("<<<")
    anchor, end, _ = rest.rpartition(">>>")
    return anchor if mark and end else None


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)
