"""Where clients look for each door."""

from __future__ import annotations

from polydesk.gateway.doors.anthropic_messages import AnthropicDoor
from polydesk.gateway.doors.base import Door
from polydesk.gateway.doors.openai_chat import OpenAIChatDoor
from polydesk.gateway.doors.openai_responses import OpenAIResponsesDoor


def doors() -> dict[str, Door]:
    """Doors for conversations, by path."""
    return {
        "/v1/chat/completions": OpenAIChatDoor(),
        "/v1/responses": OpenAIResponsesDoor(),
        "/v1/messages": AnthropicDoor(),
    }
