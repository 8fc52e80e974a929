"""Whatever providers do, the records agree with what the caller was told."""

from __future__ import annotations

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.core.errors import (
    ContentFilteredError,
    ContextLengthError,
    PolydeskError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
)
from polydesk.core.messages import ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.core.usage import Usage
from polydesk.providers.scripted import Scripted
from polydesk.store.store import Store
from tests.inference.conftest import World, Worlds
from tests.inference.samples import response

ERRORS = [ProviderUnavailableError, RequestRejectedError, ContextLengthError, ContentFilteredError]
USAGES = st.builds(Usage, input_tokens=st.none() | st.integers(0, 999), output_tokens=st.none() | st.integers(0, 999))
FAILURES = st.sampled_from(ERRORS).map(lambda kind: kind("it failed", provider="p"))
BROKEN = USAGES.map(lambda usage: msgspec.structs.replace(response(usage=usage), finish_reason="error"))
ANSWERS = USAGES.map(lambda usage: response(usage=usage))
SCRIPTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("openai", "anthropic", "inside"), FAILURES | BROKEN | ANSWERS)
).filter(bool)


async def _told(world: World, *, streamed: bool) -> ModelResponse | PolydeskError:
    """What the caller is told in the end."""
    plan = world.plan()
    try:
        if not streamed:
            return (await world.inference.send(world.build, plan=plan, purpose="law")).response
        async with world.inference.stream(world.build, plan=plan, purpose="law") as stream:
            _ = [event async for event in stream]
        assert stream.response is not None
        return stream.response
    except PolydeskError as error:
        return error


def _check(world: World, providers: dict[str, Scripted], told: ModelResponse | PolydeskError) -> None:
    (receipt,) = world.store.call_receipts()
    asked = [(attempt.provider, attempt.model) for attempt in receipt.attempts]
    assert len(set(asked)) == len(asked) == sum(len(provider.requests) for provider in providers.values())
    assert len(asked) + len(receipt.rejections) <= 3
    answered = [attempt.provider for attempt in receipt.attempts if attempt.outcome == "answered"]
    assert answered == ([] if isinstance(told, PolydeskError) else [receipt.provider])
    assert (receipt.output_sha256 is None) == isinstance(told, PolydeskError)
    _check_money(world, receipt)


def _check_money(world: World, receipt: CallReceipt) -> None:
    costs = [charge.billed_cost for charge in world.store.charges(receipt_id=receipt.id)]
    if costs and None not in costs:
        assert receipt.cost_usd == sum((cost for cost in costs if cost is not None), start=Decimal(0))
    else:
        assert receipt.cost_usd is None
    known = [attempt.usage for attempt in receipt.attempts if attempt.usage is not None]
    assert len(costs) == len(known), "every attempt that used tokens is one charge"
    assert (receipt.price_source is None) == (receipt.cost_usd is None)


@settings(max_examples=60)
@given(SCRIPTS, st.booleans())
def test_the_records_agree_with_what_the_caller_was_told(
    scripts: dict[str, ModelResponse | ProviderError], streamed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "records.db")
        providers = {name: Scripted([script]) for name, script in scripts.items()}
        world = Worlds(store).of(providers)
        _check(world, providers, asyncio.run(_told(world, streamed=streamed)))
        store.close()
