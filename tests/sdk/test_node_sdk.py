"""The vendors' own clients for Node before the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from polydesk.core.messages import ModelResponse
from tests.conftest import do_without
from tests.sdk.clients import given
from tests.sdk.makers import EVERY_BREAK, EVERY_MAKER, MAKERS, Maker, name
from tests.sdk.node_clients import NodeClients, NoPackagesError, node_clients
from tests.sdk.running import KEY, Running
from tests.vendors import answers
from tests.vendors.http_server import Fault, Refuse, Scene, Stall

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_S = 10
CONVERSATIONS = ["chat", "chat streamed", "responses", "responses streamed", "messages", "messages streamed"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(request: pytest.FixtureRequest, gateway: Running) -> AsyncIterator[NodeClients]:
    """The clients, in one process."""
    try:
        async with node_clients(gateway.url, KEY) as clients:
            yield clients
    except NoPackagesError as error:
        do_without(request.config, str(error))


@pytest.mark.parametrize("answer", [answers.TEXT, answers.LENGTH, answers.TOOLS], ids=lambda answer: answer.id)
@pytest.mark.parametrize("case", CONVERSATIONS)
@EVERY_MAKER
async def test_an_answer_is_seen_as_it_was_given(
    case: str, answer: ModelResponse, maker: Maker, gateway: Running, node: NodeClients
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answer))
    expected = given(answer)
    assert await node.ask(case, name(maker)) == {
        "seen": {
            "text": expected.text,
            "tool_calls": [list(call) for call in expected.tool_calls],
            "finish": expected.finish,
            "input_tokens": expected.input_tokens,
            "output_tokens": expected.output_tokens,
        }
    }


@pytest.mark.parametrize(("status", "raised"), [(429, "RateLimitError"), (500, "InternalServerError")])
@pytest.mark.parametrize("case", CONVERSATIONS)
async def test_what_a_vendor_refuses_is_raised_as_the_class_for_it(
    status: int, raised: str, case: str, gateway: Running, node: NodeClients
) -> None:
    gateway.vendors["openai"].will_only(Scene(fault=Refuse(status=status)))
    told = await node.ask(case, "openai/gpt-4.1")
    assert (told["ours"], told["status"]) == (True, 429 if status == 429 else 503)
    assert told["raised"] in (raised, "ServiceUnavailableError")


@EVERY_BREAK
@pytest.mark.parametrize(
    "case", ["chat events", "chat streamed", "responses streamed", "messages events", "messages streamed"]
)
@EVERY_MAKER
async def test_a_broken_stream_is_raised(
    fault: Callable[[int], Fault], case: str, maker: Maker, gateway: Running, node: NodeClients
) -> None:
    gateway.vendors[maker.provider].will_only(Scene(response=answers.TEXT, fault=fault(maker.begun)))
    told = await node.ask(case, name(maker))
    assert "raised" in told


@pytest.mark.parametrize("case", ["chat left", "messages left"])
@EVERY_MAKER
async def test_a_client_that_leaves_a_stream_ends_the_vendors_work(
    case: str, maker: Maker, gateway: Running, node: NodeClients
) -> None:
    vendor = gateway.vendors[maker.provider]
    vendor.abandoned.clear()
    vendor.will_only(Scene(response=answers.TEXT, fault=Stall(at=maker.begun)))
    assert await node.ask(case, name(maker)) == {"seen": {}}
    await asyncio.wait_for(vendor.abandoned.wait(), PATIENCE_S)


async def test_models_vectors_and_counts(node: NodeClients) -> None:
    models = (await node.ask("models"))["seen"]
    assert {name(maker) for maker in MAKERS} <= set(models["ids"])
    assert models["one"] == "openai/gpt-4.1"
    assert (await node.ask("embeddings", "openai/text-embedding-3-small"))["seen"]["vectors"] == 2
    assert (await node.ask("count tokens", "anthropic/claude-haiku-4-5"))["seen"]["input_tokens"] > 0
