"""Signs of life come in a silent stream, never in a lively one, and stop with it."""

from __future__ import annotations

import asyncio

import pytest

from polydesk.gateway.pings import Pings
from polydesk.gateway.server.request import ClientGoneError, Reply

PATIENCE_S = 10


class Wire:
    """Takes bytes, until the client goes."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.gone = False
        self.heard = asyncio.Event()

    def write(self, data: bytes) -> None:
        if self.gone:
            raise ClientGoneError
        self.written.append(data)
        self.heard.set()

    async def drain(self) -> None:
        pass

    @property
    def is_behind(self) -> bool:
        return False

    def date(self) -> bytes:
        return b""


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def reply(wire: Wire) -> Reply:
    return Reply(wire, keep_alive=True, chunked=False, head_only=False)


async def test_a_silent_stream_says_again_and_again_that_it_lives(wire: Wire, reply: Reply) -> None:
    with Pings(reply, b": ping\n\n", every_s=0.001):
        for _ in range(3):
            wire.heard.clear()
            await asyncio.wait_for(wire.heard.wait(), PATIENCE_S)
    assert set(wire.written) == {b": ping\n\n"}


async def test_a_lively_stream_needs_none(wire: Wire, reply: Reply) -> None:
    with Pings(reply, b": ping\n\n", every_s=PATIENCE_S) as pings:
        pings.write(b"one")
        pings.write(b"")
        pings.write(b"two")
    assert wire.written == [b"one", b"two"]


async def test_none_comes_after_the_end(wire: Wire, reply: Reply) -> None:
    with Pings(reply, b": ping\n\n", every_s=0.001):
        pass
    await asyncio.sleep(0.01)
    assert wire.written == []


async def test_a_client_that_is_gone_stops_them(wire: Wire, reply: Reply) -> None:
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failures.append(context))
    wire.gone = True
    with Pings(reply, b": ping\n\n", every_s=0.001):
        await asyncio.sleep(0.01)
    assert (wire.written, failures) == ([], [])
