"""What the vendors' classes share."""

from __future__ import annotations

import asyncio

import pytest

from polydesk.core.errors import MalformedResponseError
from polydesk.core.messages import ModelRequest, user_message
from polydesk.core.streams import Finished
from polydesk.providers.http import HttpClient, Timeouts
from polydesk.providers.openai import OpenAI
from tests.providers.test_http import read_request, serving

ASK = ModelRequest(model="m", messages=(user_message("hello"),))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENTS = b'data: {"id":"a","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def test_connection_is_kept_when_the_last_bytes_come_after_the_end_mark() -> None:
    connections = 0
    finished = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await read_request(reader)
            writer.write(HEAD + _chunk(EVENTS))
            await finished.wait()
            finished.clear()
            writer.write(b"0\r\n\r\n")

    http = HttpClient(timeouts=Timeouts(drain_s=5))
    async with serving(behave) as port:
        provider = OpenAI(http, base_url=f"http://127.0.0.1:{port}")
        for _ in range(2):
            async for event in provider.stream(ASK):
                if isinstance(event, Finished):
                    finished.set()
        await http.close()
    assert connections == 1


async def test_end_mark_is_enough_when_the_last_bytes_never_come() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(HEAD + _chunk(EVENTS))
        await reader.read()

    http = HttpClient(timeouts=Timeouts(drain_s=0.01))
    async with serving(behave) as port:
        events = [event async for event in OpenAI(http, base_url=f"http://127.0.0.1:{port}").stream(ASK)]
    await http.close()
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize(
    "data",
    [b"data: [1]\n\n", b"data: {\n\n", b'data: {"choices": 3}\n\n', b"data: \xff\n\n", b'data: {"id": [' * 9 + b"\n\n"],
)
async def test_event_that_is_not_the_vendors_shows_its_beginning(data: bytes) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(HEAD + _chunk(data) + b"0\r\n\r\n")
        await writer.drain()

    http = HttpClient()
    async with serving(behave) as port:
        with pytest.raises(MalformedResponseError) as caught:
            await anext(OpenAI(http, base_url=f"http://127.0.0.1:{port}").stream(ASK))
    await http.close()
    assert caught.value.excerpt
