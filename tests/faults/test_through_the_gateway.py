"""A stream that breaks, as an official client sees it through `polydesk serve`: it does not see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from tests.faults.answers import LONG
from tests.faults.world import MODELS, ORDERS, VendorName
from tests.sdk.clients import Clients, clients
from tests.sdk.running import KEY, Running, running
from tests.vendors.continuing import continuing
from tests.vendors.http_server import Cut, ErrorInStream, Fault, NoEndMark, Refuse, Reset, Scene, Stall

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASK: Any = [{"role": "user", "content": "Tell the board about the quarter."}]
PLANS = "".join(
    f'[plans.{"-".join(order)}]\norder = "listed"\nmodels = {[f"{name}/{MODELS[name]}" for name in order]}\n'
    for order in ORDERS
)
FAULTS: list[Fault] = [ErrorInStream(after_events=8), Cut(at=2_400), Reset(at=2_400), NoEndMark(), Refuse(status=503)]
each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("gateway"), PLANS) as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def official(gateway: Running) -> AsyncIterator[Clients]:
    made = clients(gateway.url, KEY)
    yield made
    await made.openai.close()
    await made.anthropic.close()


# Each test asks in both orders: an answer after each failure keeps the breakers closed.


def will(gateway: Running, order: Sequence[VendorName], fault: Fault) -> None:
    first, second = (gateway.vendors[name] for name in order)
    first.will_only(*[Scene(response=LONG, fault=fault)] * 2)
    second.will_only(Scene(response=continuing(LONG)))


@each_fault
async def test_openais_client_reads_one_answer(fault: Fault, gateway: Running, official: Clients) -> None:
    for order in ORDERS:
        will(gateway, order, fault)
        said, ends, usages = "", list[str](), list[Any]()
        stream = await official.openai.chat.completions.create(
            model="-".join(order), messages=ASK, stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            usages += [chunk.usage] if chunk.usage else []
            for choice in chunk.choices:
                said += choice.delta.content or ""
                ends += [choice.finish_reason] if choice.finish_reason else []
        assert (said, ends) == (LONG.text, ["stop"])
        (usage,) = usages
        await _check_receipt(official, stream.response.headers["x-polydesk-receipt"], usage.prompt_tokens)


@each_fault
async def test_anthropics_client_reads_one_answer(fault: Fault, gateway: Running, official: Clients) -> None:
    for order in ORDERS:
        will(gateway, order, fault)
        async with official.anthropic.messages.stream(model="-".join(order), messages=ASK, max_tokens=999) as stream:
            message = await stream.get_final_message()
        assert [block.text for block in message.content if block.type == "text"] == [LONG.text]
        assert message.stop_reason == "end_turn"
        await _check_receipt(official, stream.response.headers["x-polydesk-receipt"], message.usage.input_tokens)


async def _check_receipt(official: Clients, receipt_id: str, read_tokens: int) -> None:
    """What the client was told that it used is what the receipt says that was used in all."""
    receipt: Any = await official.openai.get(f"/receipts/{receipt_id}", cast_to=object)
    first, second = receipt["attempts"]
    assert (first["outcome"], second["outcome"]) == ("failed", "answered")
    assert receipt["usage"]["input_tokens"] == read_tokens
    if second["kind"] == "continuation":
        assert read_tokens == first["usage"]["input_tokens"] + second["usage"]["input_tokens"]


async def test_a_vendor_that_falls_silent_is_left(gateway: Running, official: Clients) -> None:
    """The gateway's own limit here is five seconds; the client's deadline is shorter, and half of it is waited for."""
    for order in ORDERS:
        will(gateway, order, Stall(at=0))
        answer = await official.openai.chat.completions.create(
            model="-".join(order), messages=ASK, extra_headers={"x-polydesk-timeout-s": "2"}
        )
        assert answer.choices[0].message.content == LONG.text
