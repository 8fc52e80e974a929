"""Fields that mean the same in both of OpenAI's APIs, Chat Completions and Responses."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import ModelRequest
from polydesk.wire.notes import Notes


def user_from_wire(safety_identifier: str | None, options: dict[str, Any]) -> str | None:
    """The end user: `user` is the older name of `safety_identifier`, and stays an option only beside it."""
    if safety_identifier is not None or not isinstance(options.get("user"), str):
        return safety_identifier
    return str(options.pop("user"))


def temperature_to_wire(request: ModelRequest, notes: Notes, *, sampling: bool) -> dict[str, Any]:
    """The temperature and top_p, null where the request has none; without `sampling`, neither is there."""
    chosen = {"temperature": request.temperature, "top_p": request.top_p}
    if sampling:
        return chosen
    for name, value in chosen.items():
        if value is not None:
            notes.dropped(name, "the model reasons, and refuses sampling parameters")
    return {}
