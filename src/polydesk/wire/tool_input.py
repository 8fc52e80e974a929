"""Arguments of tool calls, for dialects that carry them as an object and not as text."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.messages import ToolCallPart
from polydesk.wire.notes import Notes


def tool_input(call: ToolCallPart, path: str, notes: Notes) -> dict[str, Any]:
    """The call's arguments as an object; what is not one is wrapped, with a note."""
    try:
        return msgspec.json.decode(call.arguments or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        notes.rewritten(f"{path}.tool_call.arguments", "not a JSON object; sent as the text under `arguments`")
        return {"arguments": call.arguments}
