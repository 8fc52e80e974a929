"""Errors at each door, as the dialect's official client raises them."""

from __future__ import annotations

from typing import get_args

import anthropic
import openai
import pytest

from polydesk.gateway.doors.base import Door
from polydesk.gateway.doors.table import doors
from polydesk.gateway.failures import Failure, Kind
from polydesk.gateway.server.request import Handler, Reply, Request
from tests.gateway.server.serving import serving

STATUSES: dict[Kind, int] = {
    "invalid_request": 400,
    "authentication": 401,
    "permission": 403,
    "not_found": 404,
    "too_large": 413,
    "rate_limit": 429,
    "quota": 429,
    "content_filter": 400,
    "context_length": 400,
    "overloaded": 503,
    "timeout": 504,
    "server": 500,
}
OPENAI: dict[Kind, type[openai.APIStatusError]] = {
    "invalid_request": openai.BadRequestError,
    "authentication": openai.AuthenticationError,
    "permission": openai.PermissionDeniedError,
    "not_found": openai.NotFoundError,
    "too_large": openai.APIStatusError,
    "rate_limit": openai.RateLimitError,
    "quota": openai.RateLimitError,
    "content_filter": openai.BadRequestError,
    "context_length": openai.BadRequestError,
    "overloaded": openai.InternalServerError,
    "timeout": openai.InternalServerError,
    "server": openai.InternalServerError,
}
ANTHROPIC: dict[Kind, type[anthropic.APIStatusError]] = {
    "invalid_request": anthropic.BadRequestError,
    "authentication": anthropic.AuthenticationError,
    "permission": anthropic.PermissionDeniedError,
    "not_found": anthropic.NotFoundError,
    "too_large": anthropic.APIStatusError,
    "rate_limit": anthropic.RateLimitError,
    "quota": anthropic.RateLimitError,
    "content_filter": anthropic.BadRequestError,
    "context_length": anthropic.BadRequestError,
    "overloaded": anthropic.InternalServerError,
    "timeout": anthropic.InternalServerError,
    "server": anthropic.InternalServerError,
}
KINDS: tuple[Kind, ...] = get_args(Kind)
CHAT = doors()["/v1/chat/completions"]
MESSAGES = doors()["/v1/messages"]


def failure(kind: Kind) -> Failure:
    return Failure(status=STATUSES[kind], kind=kind, message="Not so.", code="a_code", param="messages[0]")


def failing(door: Door, kind: Kind) -> Handler:
    """A handler that fails every request so."""

    async def fail(request: Request, reply: Reply) -> None:
        said = failure(kind)
        headers = {door.request_id_header: "rcp_1"} | said.headers
        reply.whole(said.status, door.error(said, request_id="rcp_1"), headers=headers)

    return fail


@pytest.mark.parametrize("kind", KINDS)
async def test_openais_client_raises_the_class_that_it_has_for_it(kind: Kind) -> None:
    async with serving(failing(CHAT, kind)) as server:
        client = openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0)
        with pytest.raises(OPENAI[kind]) as caught:
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hello"}])
        await client.close()
    error = caught.value
    assert (error.status_code, error.code, error.param) == (STATUSES[kind], "a_code", "messages[0]")
    assert (error.request_id, vars(error)["body"]["message"]) == ("rcp_1", "Not so.")
    assert error.type


@pytest.mark.parametrize("kind", KINDS)
async def test_anthropics_client_raises_the_class_that_it_has_for_it(kind: Kind) -> None:
    async with serving(failing(MESSAGES, kind)) as server:
        client = anthropic.AsyncAnthropic(base_url=server.url, api_key="k", max_retries=0)
        with pytest.raises(ANTHROPIC[kind]) as caught:
            await client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "hello"}])
        await client.close()
    error = caught.value
    assert (error.status_code, error.request_id) == (STATUSES[kind], "rcp_1")
    assert error.body == {
        "type": "error",
        "error": {"type": error.type, "message": "Not so."},
        "request_id": "rcp_1",
    }


@pytest.mark.parametrize(("door", "mark"), [(CHAT, b"[DONE]"), (MESSAGES, b"message_stop")], ids=["chat", "messages"])
def test_a_stream_that_breaks_ends_with_an_error_and_no_end_mark(door: Door, mark: bytes) -> None:
    asked = door.read(
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}], "stream": True}
    )
    said = door.writer(asked, created=1).error(failure("overloaded"))
    assert b"Not so." in said
    assert mark not in said
    assert said.endswith(b"\n\n")
