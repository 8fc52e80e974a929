"""A provider that says what it is told to: the double that our own tests, and our users' tests, run against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TypeAlias

from polydesk.core.errors import ProviderError
from polydesk.core.messages import ModelRequest, ModelResponse, TextPart
from polydesk.core.replay import events_of
from polydesk.core.streams import (
    Started,
    StreamEvent,
    TextDelta,
)
from polydesk.core.usage import Usage

Answer: TypeAlias = ModelResponse | ProviderError | str
"""A whole response, a failure to raise, or just the text of a response."""
Script: TypeAlias = Sequence[Answer] | Callable[[ModelRequest], Answer]


class Scripted:
    """A provider whose answers are given beforehand, one per request, or computed from the request.

    A list is used up in order; a request past its end raises AssertionError, for the test expected fewer.
    A streamed answer comes in deltas of `delta_characters`. With `fail_after_deltas`, a scripted failure of a
    streamed request is raised after that many deltas of the text "partial" rather than at once.
    """

    def __init__(self, script: Script, *, delta_characters: int = 7, fail_after_deltas: int = 0) -> None:
        self.requests: list[ModelRequest] = []
        """Every request received, oldest first."""
        self._next = script if callable(script) else _in_order(script)
        self._delta_characters = delta_characters
        self._fail_after_deltas = fail_after_deltas

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The next answer of the script. Raises it when it is an error."""
        answer = self._answer(request)
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """The next answer of the script as events that add up to it."""
        answer = self._answer(request)
        if isinstance(answer, ProviderError):
            for event in _beginning(request.model, self._fail_after_deltas):
                yield event
            raise answer
        for event in events_of(answer, delta_characters=self._delta_characters):
            yield event

    def _answer(self, request: ModelRequest) -> ModelResponse | ProviderError:
        self.requests.append(request)
        answer = self._next(request)
        return text_response(answer, model=request.model) if isinstance(answer, str) else answer


def text_response(text: str, *, model: str = "scripted") -> ModelResponse:
    """An ordinary answer of one text part, with a usage of one token per word."""
    return ModelResponse(
        id="scripted",
        model=model,
        parts=(TextPart(text=text),),
        finish_reason="stop",
        usage=Usage(input_tokens=10, output_tokens=len(text.split())),
    )


def _beginning(model: str, deltas: int) -> Iterator[StreamEvent]:
    if deltas:
        yield Started(id="scripted", model=model)
    for _ in range(deltas):
        yield TextDelta(index=0, text="partial")


def _in_order(answers: Sequence[Answer]) -> Callable[[ModelRequest], Answer]:
    left = list(answers)

    def next_answer(request: ModelRequest) -> Answer:
        if not left:
            raise AssertionError(f"the script of {len(answers)} answers is used up, but {request.model} is asked again")
        return left.pop(0)

    return next_answer
