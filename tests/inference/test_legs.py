"""Each leg of an answer is in the books as what it was: its own model, request and price."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec

from polydesk.core.messages import ModelRequest
from polydesk.core.streams import Started, StreamEvent, TextDelta
from polydesk.core.usage import Usage
from polydesk.inference.answers import same_request
from polydesk.inference.inference import Inference
from polydesk.inference.survival import Survival
from polydesk.partners.prices import PublicPrices
from polydesk.routing.needs import Choice
from tests.inference.conftest import Worlds
from tests.inference.samples import BEST, NEEDS, PROVIDERS, REQUEST, down
from tests.inference.test_stream import FINISHED, STARTED, Events

CHEAP_AND_DEAR = (("gpt-4o-mini", Decimal("0.00021")), ("gpt-4o", Decimal("0.0035")))
"""Two models of one provider, and what 1,000 tokens read and 100 written cost with each."""


class TwoModels(Events):
    """Breaks off as the first model, and goes on as the second."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = [
            Events(STARTED, TextDelta(index=0, text="half"), then=down()),
            Events(
                Started(id="a2", model="gpt-4o", request_id="req_2"),
                TextDelta(index=0, text="half and whole"),
                msgspec.structs.replace(FINISHED, usage=Usage(input_tokens=1_000, output_tokens=100)),
            ),
        ]

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        return self._turns.pop(0).stream(request)


async def test_each_leg_has_its_own_price_and_request(worlds: Worlds) -> None:
    (first, _), (second, dear) = CHEAP_AND_DEAR
    inference = Inference(
        store=worlds.store,
        models=[BEST, msgspec.structs.replace(BEST, name=second, quality=0.8)],
        provider_cards=PROVIDERS,
        providers={"openai": TwoModels()},
        prices=PublicPrices(PROVIDERS),
        survival=Survival(retries=0),
    )
    plan = inference.plan(NEEDS, Choice(models=(f"openai/{first}", f"openai/{second}"), order="listed"))
    async with inference.stream(same_request(REQUEST), plan=plan, purpose="test") as stream:
        _ = [event async for event in stream]
    assert stream.receipt is not None
    broken, rest = stream.receipt.attempts
    assert [(one.model, one.request_id) for one in (broken, rest)] == [(first, "req_9"), (second, "req_2")]
    assert rest.cost_usd == dear
    assert [charge.sku_id for charge in worlds.store.charges()] == [f"openai/{first}", f"openai/{second}"]
