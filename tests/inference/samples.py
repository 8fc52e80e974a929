"""Cards and requests for tests; the vendors' names are real so that their prices are."""

from __future__ import annotations

from polydesk.core.errors import ProviderUnavailableError
from polydesk.core.messages import ModelRequest, ModelResponse, TextPart, user_message
from polydesk.core.usage import Usage
from polydesk.routing.needs import Needs
from tests.routing.samples import model, provider

PROVIDERS = [provider("openai"), provider("anthropic"), provider("inside", base_url=None)]
BEST = model("openai", "gpt-4o-mini", quality=0.9)
SECOND = model("anthropic", "claude-haiku-4-5", quality=0.8, context_window_tokens=200_000)
LOCAL = model("inside", "small", quality=0.5, context_window_tokens=8_192, edit_style="paragraph")
MODELS = [LOCAL, SECOND, BEST]
REQUEST = ModelRequest(model="", messages=(user_message("tighten this"),))
NEEDS = Needs(input_tokens=100)


def response(text: str = "tight", *, model: str = "gpt-4o-mini", usage: Usage | None = None) -> ModelResponse:
    """An answer of 1,000 tokens read and 100 written, unless told otherwise."""
    return ModelResponse(
        id="a1",
        model=model,
        parts=(TextPart(text=text),),
        finish_reason="stop",
        usage=Usage(input_tokens=1_000, output_tokens=100) if usage is None else usage,
        request_id="req_1",
    )


def down(provider: str = "openai") -> ProviderUnavailableError:
    """A server that fails inside."""
    return ProviderUnavailableError(f"{provider} is down.", provider=provider, status_code=503, request_id="req_9")
