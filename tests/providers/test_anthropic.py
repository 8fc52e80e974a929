"""What only the Anthropic provider does."""

from __future__ import annotations

import pytest

from polydesk.core.messages import ModelRequest, user_message
from polydesk.providers.anthropic import Anthropic
from polydesk.providers.http import HttpClient
from polydesk.wire.anthropic_messages.request import DEFAULT_MAX_TOKENS
from tests.vendors.anthropic_server import KEY, anthropic_server
from tests.vendors.http_server import Received

MODEL = "claude-haiku-4-5"
ASK = ModelRequest(model=MODEL, messages=(user_message("hello"),), temperature=0.0)


async def _received(request: ModelRequest, limits: dict[str, int] | None = None) -> Received:
    http = HttpClient()
    async with anthropic_server() as server:
        await Anthropic(http, base_url=server.url, api_key=KEY, max_output_tokens=limits).send(request)
        (received,) = server.requests
    await http.close()
    return received


async def test_key_and_version_travel_in_their_headers() -> None:
    headers = (await _received(ASK)).headers
    assert (headers["x-api-key"], headers["anthropic-version"]) == (KEY, "2026-10-21")
    assert "authorization" not in headers


async def test_sampling_parameters_that_the_version_refuses_are_not_sent() -> None:
    assert (await _received(ASK)).body == {
        "model": MODEL,
        "max_tokens": DEFAULT_MAX_TOKENS,
        "messages": [{"role": "user", "content": "hello"}],
    }


@pytest.mark.parametrize(("limits", "sent"), [({MODEL: 64_000}, 64_000), ({"other": 1}, DEFAULT_MAX_TOKENS)])
async def test_request_without_a_limit_asks_for_the_models_own(limits: dict[str, int], sent: int) -> None:
    assert (await _received(ASK, limits)).body["max_tokens"] == sent


def test_repr_says_where_but_not_the_key() -> None:
    shown = repr(Anthropic(HttpClient(), base_url="https://api.anthropic.com", api_key=KEY))
    assert shown == "Anthropic(host=MessagesApi(https://api.anthropic.com/v1/messages), provider='anthropic')"
