"""A client that leaves takes its vendor's connection with it, and what was used is written down."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.flows.gateway.process import LONG, Gateway, chat, message, receipts, serving, vendor
from tests.vendors.http_server import Scene, Stall

AT_ONCE_S = 1.0
DOORS = {"/v1/chat/completions": chat, "/v1/messages": message}


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    ("stream", "at"),
    [(False, 0), (True, 0), (True, 300), (True, 2_000)],
    ids=["whole", "before the stream", "before its first word", "in its middle"],
)
async def test_the_vendor_is_left_at_once(stream: bool, at: int, path: str, tmp_path: Path) -> None:
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        behind.will(Scene(response=LONG, fault=Stall(at=at)))
        asking = asyncio.create_task(heard(gateway, path, stream=stream, until_text=at == 2_000))
        await behind.asked.wait()
        if at == 2_000:
            await asking
        else:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
        await asyncio.wait_for(behind.abandoned.wait(), AT_ONCE_S)
        (receipt,) = await receipts(tmp_path, at_least=1)
    (attempt,) = receipt.attempts
    assert (attempt.outcome, attempt.usage_is_estimated) == ("cancelled", True)
    assert receipt.cost_usd is not None
    assert receipt.cost_usd > 0
    assert receipt.output_sha256 is None
    assert "fault" not in gateway.said


async def heard(gateway: Gateway, path: str, *, stream: bool, until_text: bool) -> None:
    """Ask, and leave as soon as the model speaks when `until_text`."""
    client = gateway.client()
    async with client.stream("POST", path, json=DOORS[path](stream=stream)) as answer:
        said = ""
        async for text in answer.aiter_text():
            said += text
            if until_text and said.count("delta") > 3:
                return
