"""What holds of every call, however it went."""

from __future__ import annotations

import functools
import operator

from polydesk.core.messages import ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.streams import Finished, Started, response_of
from polydesk.core.usage import Usage
from tests.faults.world import Told

SEAMS = ("continuation", "restart")


def check_answered(told: Told, answer: ModelResponse, *, streamed: bool) -> None:
    """The caller got `answer` and nothing else, and the records agree with it."""
    assert told.error is None, told.error
    assert told.response is not None
    assert told.response.text == answer.text
    assert _calls(told.response) == _calls(answer)
    assert _thoughts(told.response).endswith(_thoughts(answer))
    assert told.response.finish_reason == answer.finish_reason
    if streamed:
        check_events(told)
    check_records(told)
    assert [attempt.outcome for attempt in told.attempts].count("answered") == 1
    assert told.attempts[-1].outcome == "answered"
    assert told.receipt.provider == told.attempts[-1].provider


def check_failed(told: Told, error: type[BaseException]) -> None:
    """The caller was told what failed: no end of an answer, and no answer."""
    assert isinstance(told.error, error), repr(told.error)
    assert told.response is None
    assert not any(isinstance(event, Finished) for event in told.events)
    assert told.receipt.provider is None
    assert "answered" not in [attempt.outcome for attempt in told.attempts]
    assert all(attempt.error and attempt.reason for attempt in told.attempts)
    check_records(told)


def check_events(told: Told) -> None:
    """Started once and first, Finished once and last, and all between adds up to the answer."""
    kinds = [type(event) for event in told.events]
    assert (kinds[0], kinds[-1]) == (Started, Finished)
    assert (kinds.count(Started), kinds.count(Finished)) == (1, 1)
    assert response_of(told.events) == told.response


def check_records(told: Told) -> None:
    """One usage that is the sum of what was written in turn, one charge for each attempt that may be billed."""
    used = [attempt.usage for attempt in told.attempts if attempt.usage is not None]
    assert len(told.charges) == len(used)
    for charge in told.charges:
        assert charge.receipt_id == told.receipt.id
    assert all((attempt.kind == "first") == (place == 0) for place, attempt in enumerate(told.attempts))
    if told.response is not None:
        assert told.receipt.usage == told.response.usage
        if any(attempt.kind in SEAMS for attempt in told.attempts):
            assert told.response.usage == functools.reduce(operator.add, used)


def total(*usages: Usage) -> Usage:
    return functools.reduce(operator.add, usages)


def _calls(response: ModelResponse) -> list[tuple[str, str]]:
    return [(part.name, part.arguments) for part in response.parts if isinstance(part, ToolCallPart)]


def _thoughts(response: ModelResponse) -> str:
    return "".join(part.text for part in response.parts if isinstance(part, ReasoningPart))


def texts(parts: tuple[Part, ...]) -> list[str]:
    return [part.text for part in parts if isinstance(part, TextPart)]
