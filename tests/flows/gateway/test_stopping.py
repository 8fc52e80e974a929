"""SIGTERM and SIGINT: what runs is finished, what is cut off can be told, and the process ends as it should."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.flows.gateway.process import PATIENCE_S, Gateway, chat, message, receipts, serving, vendor

DOORS = {
    "/v1/chat/completions": (chat, "data: [DONE]\n\n"),
    "/v1/messages": (message, 'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
}
each_door = pytest.mark.parametrize("path", DOORS)
HELD_AT = 2_000
"""Bytes of the vendor's answer after which it is held back: its first words, and not its end."""


@asynccontextmanager
async def speaking(folder: Path, path: str, *, drain_s: float) -> AsyncGenerator[tuple[Gateway, asyncio.Task[str]]]:
    """A gateway in the middle of a streamed answer, and what its client will have read of it."""
    async with vendor() as behind:
        behind.hold_at = HELD_AT
        async with serving(folder, behind, drain_s=drain_s) as gateway:
            asking = asyncio.create_task(read(gateway, path))
            await gateway.until_held()
            yield gateway, asking


async def read(gateway: Gateway, path: str) -> str:
    """All of a streamed answer. Raises httpx.RemoteProtocolError where it was cut."""
    body, _ = DOORS[path]
    async with gateway.client().stream("POST", path, json=body(stream=True)) as answer:
        assert answer.status_code == 200
        return "".join([text async for text in answer.aiter_text()])


@each_door
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_an_answer_under_way_is_finished_and_nothing_else_begun(
    number: signal.Signals, path: str, tmp_path: Path
) -> None:
    async with speaking(tmp_path, path, drain_s=PATIENCE_S) as (gateway, asking):
        balancer, asks_when_told = await asyncio.open_connection("127.0.0.1", gateway.port)
        asks_when_told.write(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n")
        idle = gateway.client()
        assert (await idle.get("/readyz")).status_code == 200
        gateway.signal(number)
        await gateway.until_said("1 answers are finished first")
        with pytest.raises(httpx.ConnectError):
            await idle.get("/readyz")
        asks_when_told.write(b"\r\n")
        ready = await asyncio.wait_for(balancer.read(), PATIENCE_S)
        asks_when_told.close()
        gateway.vendor.go_on.set()
        said = await asking
        assert await gateway.ended() == 0
    assert ready.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nconnection: close\r\n" in ready
    assert ready.endswith(b"\r\n\r\ndraining\n")
    assert said.endswith(DOORS[path][1])
    assert "cut off" not in gateway.said
    (receipt,) = await receipts(tmp_path)
    assert [attempt.outcome for attempt in receipt.attempts] == ["answered"]


@each_door
async def test_a_second_signal_ends_it_at_once(path: str, tmp_path: Path) -> None:
    async with speaking(tmp_path, path, drain_s=10 * PATIENCE_S) as (gateway, asking):
        gateway.signal(signal.SIGTERM)
        await gateway.until_said("Once more stops at once")
        gateway.signal(signal.SIGTERM)
        assert await gateway.ended() == 0
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await asking
    await check_cut(tmp_path)


@each_door
async def test_what_takes_longer_than_it_may_is_cut_so_that_its_reader_can_tell(path: str, tmp_path: Path) -> None:
    async with speaking(tmp_path, path, drain_s=0.2) as (gateway, asking):
        gateway.signal(signal.SIGTERM)
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await asking
        assert await gateway.ended() == 0
    assert "Some answers were cut off." in gateway.said
    await check_cut(tmp_path)


async def check_cut(folder: Path) -> None:
    """The answer that was cut is written down, and what came of it is charged."""
    (receipt,) = await receipts(folder)
    (attempt,) = receipt.attempts
    assert (attempt.outcome, attempt.usage_is_estimated) == ("cancelled", True)
    assert receipt.cost_usd is not None
    assert receipt.cost_usd > 0
