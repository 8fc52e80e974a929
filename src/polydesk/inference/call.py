"""One call while it is under way: what was tried, and the receipt and charges that it adds up to."""

from __future__ import annotations

import functools
import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from polydesk.catalog.card import DataClass, ModelCard, ProviderCard
from polydesk.core.charges import Charge, charges_of
from polydesk.core.errors import PolydeskError, ProviderError
from polydesk.core.ids import time_sortable_id
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import Attempt, Caller, CallReceipt, ReceiptId
from polydesk.core.streams import Started
from polydesk.core.usage import Usage
from polydesk.inference.fallback import conclusion
from polydesk.inference.survival import Hedge
from polydesk.partners.prices import UNKNOWN, Price, PublicPrices
from polydesk.providers.http import EXTRA_HEADERS
from polydesk.routing.needs import estimated_tokens
from polydesk.routing.plans import Plan

_CHARACTERS_PER_TOKEN = 4


class Trace(Protocol):
    """The trace that a call belongs to."""

    def headers(self, *, provider: str, model: str, started_at: datetime) -> dict[str, str]:
        """Headers for the request of one attempt."""
        ...


class CallContext(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a call is made, for its receipt."""

    caller: Caller | None = None
    data_class: DataClass = "internal"
    receipt_id: ReceiptId | None = None
    """The id that the call's receipt is to have; None draws one."""
    trace: Trace | None = None
    """What each request to a provider bears, so that its spans are found; None while nothing is traced."""
    hedge: Hedge | None = None
    """As in Survival, for this call alone; None leaves it to that."""
    on_end: Callable[[CallReceipt | None], None] | None = None
    """Told of the call once it has been written down, however it ended; None when that could not be done."""


AttemptKind = Literal["first", "retry", "fallback", "continuation", "restart", "hedge"]


@dataclass(slots=True, kw_only=True)
class OpenAttempt:
    """An attempt under way; what is learnt of it is set here before it ends."""

    card: ModelCard
    request: ModelRequest
    started_at: datetime
    response: ModelResponse | None = None
    """The whole answer, when there is one; None for one that is streamed."""
    started: Started | None = None
    """The beginning of a streamed answer, when there is one."""
    usage: Usage | None = None
    """Known also for an answer that broke off; None when the provider did not say."""
    begun: bool = False
    """Whether the provider began to answer, so that it may bill what it has not finished."""
    kind: AttemptKind = "first"
    written_characters: int = 0
    """How much came of an answer that is not whole, given to the caller or not."""
    delivered_characters: int | None = None
    """How much of it the caller was given; None for an answer that is not streamed."""
    first_token_s: float | None = None
    """From the attempt's beginning; None while nothing has come."""
    whole_s: float | None = None
    """How long an answer took that was not streamed; None for any other."""
    longest_gap_s: float = 0.0
    """The longest silence inside the answer."""
    began_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    attempt: Attempt
    price: Price
    billable: bool


@dataclass(slots=True, kw_only=True)
class Call:
    """Collects the attempts of one call. Not shared between tasks."""

    purpose: str
    plan: Plan
    providers: Mapping[str, ProviderCard]
    prices: PublicPrices
    clock: Callable[[], datetime]
    elapsed_s: Callable[[], float]
    """Seconds from any fixed moment."""
    at: datetime
    began_s: float
    errors: list[PolydeskError] = field(default_factory=list[PolydeskError])
    request: ModelRequest | None = None
    """The last one built; None before the first."""
    answer: OpenAttempt | None = None
    """The attempt that was answered; None when none was."""
    first_chunk_ms: float | None = None
    """None until the caller has been given the first piece of a streamed answer."""
    receipt: CallReceipt | None = None
    """None until the call has been written down."""
    speaking: ModelCard | None = None
    """The model that writes the streamed answer now; None before the first has begun."""
    response: ModelResponse | None = None
    """The whole answer as the caller got it, from however many models; None while there is none."""
    queueing: str | None = None
    """What was decided about a busy model, in one sentence; None where none was busy."""
    context: CallContext = field(default_factory=CallContext)
    _ended: list[_Ended] = field(default_factory=list["_Ended"])

    def begin(self, card: ModelCard, request: ModelRequest, kind: AttemptKind = "first") -> OpenAttempt:
        """Note that an attempt begins; `end` must be told how it ended."""
        self.request = request
        now = self.clock()
        if self.context.trace is not None:
            EXTRA_HEADERS.set(self.context.trace.headers(provider=card.provider, model=card.name, started_at=now))
        return OpenAttempt(card=card, request=request, started_at=now, kind=kind, began_s=self.elapsed_s())

    def conclusion(self) -> PolydeskError:
        """The error to raise when every step has failed."""
        return conclusion(self.errors, [ended.attempt for ended in self._ended])

    def note_first_chunk(self) -> None:
        """Note that the caller now gets the first piece of the answer."""
        if self.first_chunk_ms is None:
            self.first_chunk_ms = self._since_ms(self.began_s)

    def records(self) -> tuple[CallReceipt, Callable[[], list[Charge]]]:
        """The receipt of the call as it has ended, and what makes its charges."""
        receipt_id = self.context.receipt_id or ReceiptId(time_sortable_id("rcp", self.at))
        receipt = self._receipt(receipt_id, [ended.price for ended in self._ended if ended.billable])
        return receipt, lambda: charges_of(receipt)

    def _receipt(self, receipt_id: ReceiptId, prices: Sequence[Price]) -> CallReceipt:
        card = None if self.answer is None else self.answer.card
        response = self.response
        total = _total(prices)
        return CallReceipt(
            id=receipt_id,
            at=self.at,
            purpose=self.purpose,
            provider=card and card.provider,
            model=card and card.name,
            response_model=response and response.model,
            host=None if card is None else self.providers[card.provider].host,
            why=self.plan.why if self.queueing is None else f"{self.plan.why} {self.queueing}",
            usage=self.total_usage() if response is None or self.has_legs else response.usage,
            cost_usd=total.cost_usd,
            price_source=total.source,
            duration_ms=self._since_ms(self.began_s),
            time_to_first_chunk_ms=self.first_chunk_ms,
            input_sha256=sha256_of(() if self.request is None else self.request.messages),
            output_sha256=None if response is None else sha256_of(response.parts),
            attempts=tuple(ended.attempt for ended in self._ended),
            rejections=self.plan.rejections,
            notes=() if response is None else response.notes,
            caller=self.context.caller,
            data_class=self.context.data_class,
        )

    def total_usage(self) -> Usage:
        """The tokens of every attempt that may be billed; unknown when any of theirs is, or when there is none."""
        usages = [ended.attempt.usage or Usage() for ended in self._ended if ended.billable]
        return functools.reduce(operator.add, usages) if usages else Usage()

    @property
    def has_legs(self) -> bool:
        """Whether the answer was written by several models in turn."""
        return any(ended.attempt.kind in ("continuation", "restart") for ended in self._ended)

    def end(
        self,
        opened: OpenAttempt,
        outcome: Literal["answered", "failed", "cancelled"],
        error: BaseException | None,
    ) -> None:
        """Note how an attempt ended."""
        card = opened.card
        # A refusal before the first word is not billed; a word, a report of usage, or a caller who did not wait may be.
        billable = outcome != "failed" or opened.begun or opened.usage is not None
        estimated = billable and outcome != "answered" and (opened.usage is None or opened.usage.output_tokens is None)
        if estimated:
            opened.usage = estimated_usage(opened)
        price = self._price(opened) if billable else UNKNOWN
        provider = self.providers[card.provider]
        attempt = Attempt(
            provider=card.provider,
            model=card.name,
            started_at=opened.started_at,
            duration_ms=self._since_ms(opened.began_s),
            outcome=outcome,
            error=None if error is None else type(error).__name__,
            reason=None if error is None else _reason(error),
            status_code=error.status_code if isinstance(error, ProviderError) else None,
            request_id=_request_id(opened.response or opened.started, error),
            usage=opened.usage,
            usage_is_estimated=estimated,
            kind=opened.kind,
            delivered_characters=opened.delivered_characters,
            cost_usd=price.cost_usd,
            price_source=price.source,
            service=provider.title,
            publisher=card.developer,
            invoice_issuer=None if provider.base_url is None else provider.title,
        )
        self._ended.append(_Ended(attempt=attempt, price=price, billable=billable))

    def _price(self, opened: OpenAttempt) -> Price:
        # The model that says it answered is often the dated form of the one asked, and may have a price of its own.
        answer = opened.response or opened.started
        name = opened.card.name
        return self.prices.price(
            provider=opened.card.provider,
            models=[name] if answer is None or answer.model == name else [answer.model, name],
            usage=opened.usage or Usage(),
            at=opened.started_at,
        )

    def _since_ms(self, began_s: float) -> float:
        return round((self.elapsed_s() - began_s) * 1000, 3)


def estimated_usage(opened: OpenAttempt) -> Usage:
    """The tokens of an answer that was broken off, where the provider did not say.

    What was read is what the provider said before, or else counted from what was sent; what was written is counted
    from what came, at the vendors' own rule of four characters to a token
    (https://developers.openai.com/api/docs/concepts, checked 2026-11-24).
    """
    known = opened.usage or Usage()
    read = estimated_tokens(opened.request) if known.input_tokens is None else known.input_tokens
    written = -(-opened.written_characters // _CHARACTERS_PER_TOKEN)
    return msgspec.structs.replace(known, input_tokens=read, output_tokens=written)


def _total(prices: Sequence[Price]) -> Price:
    """The sum of what may be billed; unknown when any of it is, or when nothing was."""
    if len(prices) == 1:
        return prices[0]
    costs = [price.cost_usd for price in prices if price.cost_usd is not None]
    if not prices or len(costs) < len(prices):
        return UNKNOWN
    sources = dict.fromkeys(price.source for price in prices if price.source is not None)
    return Price(cost_usd=sum(costs, start=Decimal(0)), source="; ".join(sources))


def sha256_of(value: object) -> str:
    """Hash of the JSON of `value` with sorted keys and no spaces."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def _reason(error: BaseException) -> str:
    # Only our own errors are known to hold neither content nor credentials.
    return str(error) if isinstance(error, PolydeskError) else "an unexpected error of the program"


def _request_id(answer: ModelResponse | Started | None, error: BaseException | None) -> str | None:
    if isinstance(error, ProviderError) and error.request_id is not None:
        return error.request_id
    return None if answer is None else answer.request_id
