"""Tool results in dialects where each is a message of its own, of the role `tool`, and not a part of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeVar

from polydesk.core.messages import DocumentPart, ImagePart, Message, Part, TextPart, ToolResultPart
from polydesk.wire.notes import Notes, WireError


class RoleMessage(Protocol):
    """A message of a request, as it was read."""

    @property
    def role(self) -> Literal["system", "developer", "user", "assistant", "tool"]: ...
    @property
    def tool_call_id(self) -> str | None: ...


MessageT = TypeVar("MessageT", bound=RoleMessage)


def results_apart(parts: Sequence[Part], path: str, notes: Notes) -> tuple[list[ToolResultPart], Sequence[Part]]:
    """A user's tool results, which are sent first, and whatever else the user says."""
    results = [part for part in parts if isinstance(part, ToolResultPart)]
    others = [part for part in parts if not isinstance(part, ToolResultPart)]
    if others and results and not all(isinstance(part, ToolResultPart) for part in parts[: len(results)]):
        notes.rewritten(path, "tool results are moved before the rest of the message")
    return results, others


def failure_unsaid(part: ToolResultPart, path: str, notes: Notes) -> None:
    """Note that a tool failed, for which there is no word."""
    if part.is_error:
        notes.dropped(f"{path}.tool_result.is_error", "a tool message cannot say that the tool failed")


def messages_from_wire(
    messages: Sequence[MessageT], parts_of: Callable[[MessageT, int], Sequence[Part]]
) -> tuple[Message, ...]:
    """Our messages, in which tool results that follow one another are one of the user's.

    `parts_of` reads the parts of the message at an index. Raises WireError.
    """
    result: list[Message] = []
    results: list[ToolResultPart] = []
    for index, message in enumerate(messages):
        if message.role == "tool":
            results.append(_result(message, index, parts_of))
            continue
        if results:
            result.append(Message(role="user", parts=tuple(results)))
            results = []
        result.append(Message(role=message.role, parts=tuple(parts_of(message, index))))
    if results:
        result.append(Message(role="user", parts=tuple(results)))
    return tuple(result)


def _result(message: MessageT, index: int, parts_of: Callable[[MessageT, int], Sequence[Part]]) -> ToolResultPart:
    if message.tool_call_id is None:
        raise WireError(f"a tool message needs tool_call_id - at `$.messages[{index}]`")
    content = [part for part in parts_of(message, index) if isinstance(part, TextPart | ImagePart | DocumentPart)]
    return ToolResultPart(call_id=message.tool_call_id, content=tuple(content))
