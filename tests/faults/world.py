"""Two real vendor servers on loopback, the providers that speak to them, and one inference above both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from polydesk.catalog.card import ModelCard
from polydesk.core.charges import Charge
from polydesk.core.errors import PolydeskError
from polydesk.core.messages import ModelRequest, ModelResponse, OutputSchema, Tool, user_message
from polydesk.core.receipts import Attempt, CallReceipt
from polydesk.core.streams import StreamEvent
from polydesk.inference.answers import same_request
from polydesk.inference.inference import Inference
from polydesk.inference.survival import Survival
from polydesk.partners.prices import PublicPrices
from polydesk.providers.anthropic import Anthropic
from polydesk.providers.base import Provider
from polydesk.providers.http import HttpClient, Timeouts
from polydesk.providers.openai import OpenAI
from polydesk.routing.needs import Choice, Needs
from polydesk.store.store import Store
from tests.faults.answers import SCHEMA, STRUCTURED, TOOL
from tests.routing.samples import model, provider
from tests.vendors import anthropic_server, openai_server
from tests.vendors.http_server import Scene, VendorServer

VendorName = Literal["openai", "anthropic"]
ORDERS: tuple[tuple[VendorName, VendorName], ...] = (("openai", "anthropic"), ("anthropic", "openai"))
PROVIDERS = [provider("openai"), provider("anthropic")]
MODELS = {"openai": "gpt-4.1", "anthropic": "claude-haiku-4-5"}
PLACES = ("first", "second")
NEEDS = Needs(input_tokens=100)
ONCE = Survival(retries=0, first_token_s=5, idle_s=5)
TIMEOUTS = Timeouts(connect_s=5, first_byte_s=5, idle_s=5, drain_s=1)
REQUEST = ModelRequest(
    model="",
    messages=(user_message("Tell the board about the quarter."),),
    tools=(Tool(name=TOOL, parameters={"type": "object", "properties": {"row": {"type": "integer"}}}),),
)
DESCRIBED = ModelRequest(
    model="",
    messages=(user_message("Tell the board about the quarter, as JSON."),),
    output_schema=OutputSchema(name="quarter", json_schema=SCHEMA),
)


def asked_for(answer: ModelResponse) -> ModelRequest:
    """The request that `answer` answers."""
    return DESCRIBED if answer is STRUCTURED else REQUEST


class Kept:
    """Keeps calls in memory, where the real one waits for the disk."""

    def __init__(self) -> None:
        self.receipts: list[CallReceipt] = []
        self.charges: list[Charge] = []

    def record(
        self, receipt: CallReceipt, charges: Callable[[], Sequence[Charge]], told: Callable[[bool], None]
    ) -> asyncio.Future[None]:
        self.receipts.append(receipt)
        self.charges = list(charges())
        told(True)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the caller of one call was told, and what was written down."""

    events: list[StreamEvent] = field(default_factory=list[StreamEvent])
    response: ModelResponse | None
    error: PolydeskError | None
    receipt: CallReceipt
    charges: list[Charge]

    @property
    def attempts(self) -> list[Attempt]:
        return list(self.receipt.attempts)


@dataclass(kw_only=True)
class World:
    """`vendors` by name; `first` and `second` in the order in which they are asked."""

    order: Sequence[VendorName]
    vendors: dict[VendorName, VendorServer]
    providers: dict[VendorName, Provider]
    inference: Inference
    choice: Choice
    kept: Kept
    slept_s: list[float] = field(default_factory=list[float])
    """How long each wait before a retry would have been."""

    @property
    def first(self) -> VendorServer:
        return self.vendors[self.order[0]]

    @property
    def second(self) -> VendorServer:
        return self.vendors[self.order[1]]

    def will(self, first: Scene, second: Scene) -> None:
        """What each does with its next request.

        The first does it twice: a kept connection that is closed without a byte is no failure, and is tried afresh.
        """
        self.first.will_only(first, first)
        self.second.will_only(second)

    async def whole(self, request: ModelRequest = REQUEST, *, deadline_s: float = 60) -> Told:
        """What a caller of a whole answer is told."""
        response: ModelResponse | None = None
        raised: PolydeskError | None = None
        plan = self.inference.plan(NEEDS, self.choice)
        try:
            answer = await self.inference.send(same_request(request), plan=plan, purpose="fault", deadline_s=deadline_s)
            response = answer.response
        except PolydeskError as error:
            raised = error
        return self._told([], response, raised)

    async def streamed(self, request: ModelRequest = REQUEST, *, deadline_s: float = 60) -> Told:
        """What a caller of a streamed answer is told."""
        events: list[StreamEvent] = []
        raised: PolydeskError | None = None
        plan = self.inference.plan(NEEDS, self.choice)
        async with self.inference.stream(
            same_request(request), plan=plan, purpose="fault", deadline_s=deadline_s
        ) as stream:
            try:
                async for event in stream:
                    events.append(event)
            except PolydeskError as error:
                raised = error
        return self._told(events, stream.response, raised)

    def _told(self, events: list[StreamEvent], response: ModelResponse | None, error: PolydeskError | None) -> Told:
        (receipt,) = self.kept.receipts
        self.kept.receipts.clear()
        return Told(events=events, response=response, error=error, receipt=receipt, charges=self.kept.charges)


def card(vendor: VendorName, name: str, place: str, prefill: bool) -> ModelCard:
    return model(vendor, name, family=place, prefill=prefill, context_window_tokens=200_000)


@asynccontextmanager
async def world(
    order: Sequence[VendorName],
    store: Store,
    *,
    survival: Survival = ONCE,
    timeouts: Timeouts = TIMEOUTS,
    prefill: bool = False,
    first_address: str | None = None,
    first_model: str | None = None,
    tried: int = 2,
) -> AsyncGenerator[World]:
    """Both vendors at work, of which the plan names the first `tried`.

    `prefill` says that models take it; `first_address` and `first_model` are asked in place of the first vendor's own.
    """
    kept, slept_s = Kept(), list[float]()
    names = dict(MODELS) if first_model is None else MODELS | {order[0]: first_model}

    async def sleep(seconds: float) -> None:
        slept_s.append(seconds)

    async with openai_server.openai_server() as openai, anthropic_server.anthropic_server() as anthropic:
        http = HttpClient(timeouts=timeouts)
        at = {"openai": openai.url, "anthropic": anthropic.url}
        if first_address is not None:
            at[order[0]] = first_address
        providers: dict[VendorName, Provider] = {
            "openai": OpenAI(http, base_url=at["openai"] + "/v1", api_key=openai_server.KEY),
            "anthropic": Anthropic(http, base_url=at["anthropic"], api_key=anthropic_server.KEY),
        }
        cards = [card(name, names[name], place, prefill) for name, place in zip(order, PLACES, strict=True)]
        inference = Inference(
            store=store,
            models=cards[:tried],
            provider_cards=PROVIDERS,
            providers={str(name): one for name, one in providers.items()},
            prices=PublicPrices(PROVIDERS),
            survival=survival,
            recorder=kept,
            sleep=sleep,
        )
        vendors: dict[VendorName, VendorServer] = {"openai": openai, "anthropic": anthropic}
        choice = Choice(models=PLACES[:tried], order="listed")
        yield World(
            order=order,
            choice=choice,
            vendors=vendors,
            providers=providers,
            inference=inference,
            kept=kept,
            slept_s=slept_s,
        )
        await http.close()
