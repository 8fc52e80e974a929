"""Whole answers: the first model that can answers, and the receipt tells the whole story."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import msgspec
import pytest

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import (
    AuthenticationError,
    ContentFilteredError,
    ContextLengthError,
    MalformedResponseError,
    ModelNotFoundError,
    NoCandidateError,
    PlanExhaustedError,
    PolydeskError,
    ProviderError,
    RateLimitError,
    RequestRejectedError,
    StoreError,
    UsageError,
)
from polydesk.core.messages import ModelRequest, ModelResponse, TextPart, user_message
from polydesk.core.receipts import Rejection
from polydesk.core.usage import Usage
from polydesk.inference.answers import same_request
from polydesk.providers.scripted import Scripted
from tests.inference.conftest import World, Worlds
from tests.inference.samples import REQUEST, down, response


class Waiting:
    """A provider that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = False

    async def send(self, request: ModelRequest) -> ModelResponse:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        raise AssertionError

    stream = Scripted([]).stream


async def _send(world: World, model: str | None = None, *, deadline_s: float = 60) -> PolydeskError | str:
    """The text of the answer, or what was raised instead."""
    try:
        answer = await world.inference.send(world.build, plan=world.plan(model), purpose="test", deadline_s=deadline_s)
    except PolydeskError as error:
        return error
    return answer.response.text


async def test_the_best_model_answers_and_the_receipt_says_everything(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response(model="gpt-4o-mini-2024-07-18")]), "inside": Scripted([])})
    answer = await world.inference.send(world.build, plan=world.plan(), purpose="edit.paragraph")
    receipt = answer.receipt
    assert answer.response.text == "tight"
    assert answer.card.id == "openai/gpt-4o-mini"
    assert (receipt.purpose, receipt.provider, receipt.model) == ("edit.paragraph", "openai", "gpt-4o-mini")
    assert receipt.response_model == "gpt-4o-mini-2024-07-18"
    assert receipt.host == "Openai"
    assert receipt.why.startswith("openai/gpt-4o-mini has the best quality for its cost of 2 permitted models")
    assert receipt.usage == Usage(input_tokens=1_000, output_tokens=100)
    assert receipt.cost_usd == Decimal("0.00021")  # 1,000 at 0.15 and 100 at 0.60 dollars per million
    assert receipt.price_source is not None
    assert "openai/gpt-4o-mini, list price on" in receipt.price_source
    assert receipt.time_to_first_chunk_ms is None
    assert [(attempt.outcome, attempt.request_id) for attempt in receipt.attempts] == [("answered", "req_1")]
    assert receipt.rejections == (
        Rejection(
            provider="anthropic",
            model="claude-haiku-4-5",
            rule="no_credential",
            reason="There is no key for Anthropic; set ANTHROPIC_KEY.",
        ),
    )


async def test_the_receipt_and_one_charge_are_in_the_store(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response()])})
    answer = await world.inference.send(world.build, plan=world.plan(), purpose="test")
    assert world.store.call_receipt(answer.receipt.id) == answer.receipt
    (charge,) = world.store.charges()
    assert charge.receipt_id == answer.receipt.id
    assert (charge.billed_cost, charge.sku_id) == (Decimal("0.00021"), "openai/gpt-4o-mini")
    assert charge.consumed_quantity == 1_100


async def test_hashes_prove_what_was_seen_and_said(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response()])})
    receipt = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).receipt
    sent = b'[{"parts":[{"text":"tighten this","type":"text"}],"role":"user"}]'
    said = b'[{"text":"tight","type":"text"}]'
    assert receipt.input_sha256 == hashlib.sha256(sent).hexdigest()
    assert receipt.output_sha256 == hashlib.sha256(said).hexdigest()


@pytest.mark.parametrize(
    "error",
    [
        down(),
        RateLimitError("slow down", provider="openai", status_code=429, retry_after_s=1),
        AuthenticationError("wrong key", provider="openai", status_code=401),
        ModelNotFoundError("gone", provider="openai", status_code=404),
        MalformedResponseError("not JSON", provider="openai", status_code=200),
        RequestRejectedError("bad parameter", provider="openai", status_code=400),
        ContextLengthError("too long", provider="openai", status_code=400),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_another_provider_could_answer_goes_to_it(worlds: Worlds, error: ProviderError) -> None:
    world = worlds.of({"openai": Scripted([error]), "anthropic": Scripted(["from the second"])})
    answer = await world.inference.send(world.build, plan=world.plan(), purpose="test")
    assert answer.response.text == "from the second"
    first, second = answer.receipt.attempts
    assert (first.outcome, first.error, first.reason) == ("failed", type(error).__name__, str(error))
    assert (first.status_code, first.cost_usd, first.usage) == (error.status_code, None, None)
    assert (second.outcome, second.provider) == ("answered", "anthropic")
    assert [charge.sku_id for charge in world.store.charges()] == ["anthropic/claude-haiku-4-5"]


async def test_a_request_too_long_goes_only_to_a_larger_model(worlds: Worlds) -> None:
    local = Scripted(["never asked"])
    too_long = ContextLengthError("too long", provider="anthropic")
    world = worlds.of({"openai": Scripted([down()]), "anthropic": Scripted([too_long]), "inside": local})
    raised = await _send(world)
    assert isinstance(raised, PlanExhaustedError)
    assert local.requests == []


async def test_what_a_filter_refused_is_not_offered_round(worlds: Worlds) -> None:
    second = Scripted(["never asked"])
    refused = ContentFilteredError("filtered", provider="openai")
    world = worlds.of({"openai": Scripted([refused]), "anthropic": second})
    assert await _send(world) is refused
    assert second.requests == []


async def test_when_all_call_the_request_wrong_the_first_cause_is_raised(worlds: Worlds) -> None:
    first = RequestRejectedError("bad schema", provider="openai", param="schema")
    second = RequestRejectedError("bad schema too", provider="anthropic")
    world = worlds.of({"openai": Scripted([first]), "anthropic": Scripted([second])})
    assert await _send(world) is first


async def test_a_single_model_fails_with_its_own_error(worlds: Worlds) -> None:
    wrong_key = AuthenticationError("wrong key", provider="openai")
    world = worlds.of({"openai": Scripted([wrong_key]), "anthropic": Scripted(["never asked"])})
    assert await _send(world, "openai") is wrong_key


async def test_an_exhausted_plan_lists_every_reason(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([down()]), "anthropic": Scripted([down("anthropic")])})
    raised = await _send(world)
    assert isinstance(raised, PlanExhaustedError)
    assert str(raised) == (
        "No model answered:\n  openai/gpt-4o-mini: openai is down.\n  anthropic/claude-haiku-4-5: anthropic is down."
    )
    assert [attempt.outcome for attempt in raised.attempts] == ["failed", "failed"]
    assert isinstance(raised.__cause__, ExceptionGroup)
    (receipt,) = world.store.call_receipts()
    assert raised.__notes__ == [f"Receipt: {receipt.id}"]
    assert (receipt.provider, receipt.output_sha256, receipt.cost_usd) == (None, None, None)
    assert receipt.attempts == tuple(raised.attempts)
    assert world.store.charges() == []


async def test_a_failed_attempt_that_used_tokens_is_charged_too(worlds: Worlds) -> None:
    broken = msgspec.structs.replace(response(), finish_reason="error")
    second = response(model="claude-haiku-4-5")
    world = worlds.of({"openai": Scripted([broken]), "anthropic": Scripted([second])})
    answer = await world.inference.send(world.build, plan=world.plan(), purpose="test")
    failed, answered = answer.receipt.attempts
    assert (failed.outcome, failed.usage, failed.cost_usd) == ("failed", broken.usage, Decimal("0.00021"))
    assert answered.cost_usd == Decimal("0.0015")  # 1,000 at 1 and 100 at 5 dollars per million
    assert answer.receipt.cost_usd == Decimal("0.00171")
    charges = world.store.charges()
    assert [charge.billed_cost for charge in charges] == [Decimal("0.00021"), Decimal("0.0015")]
    assert {charge.receipt_id for charge in charges} == {answer.receipt.id}


async def test_an_unknown_usage_leaves_the_cost_unknown(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response(usage=Usage())])})
    receipt = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).receipt
    assert (receipt.cost_usd, receipt.price_source) == (None, None)
    assert [charge.billed_cost for charge in world.store.charges()] == [None]


async def test_a_dated_model_that_answers_has_its_own_price(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response(model="gpt-4o-2024-05-13")])})
    receipt = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).receipt
    assert receipt.model == "gpt-4o-mini"
    assert receipt.cost_usd == Decimal("0.0065")  # 1,000 at 5 and 100 at 15 dollars per million


async def test_a_model_inside_is_known_to_be_free(worlds: Worlds) -> None:
    world = worlds.of({"inside": Scripted(["done"])})
    receipt = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).receipt
    assert (receipt.cost_usd, receipt.price_source) == (Decimal(0), "runs on this machine")


async def test_each_model_is_asked_as_it_is_best_asked(worlds: Worlds) -> None:
    def build(card: ModelCard) -> ModelRequest:
        return ModelRequest(model=card.name, messages=(user_message(card.edit_style),))

    first, local = Scripted([down()]), Scripted(["done"])
    world = worlds.of({"openai": first, "inside": local})
    plan = world.plan()
    assert plan.first.edit_style == "structured"
    answer = await world.inference.send(build, plan=plan, purpose="test")
    assert [request.messages for request in first.requests] == [(user_message("structured"),)]
    assert [request.messages for request in local.requests] == [(user_message("paragraph"),)]
    assert answer.card.edit_style == "paragraph"
    sent = msgspec.json.encode(local.requests[0].messages, order="sorted")
    assert answer.receipt.input_sha256 == hashlib.sha256(sent).hexdigest()


@pytest.mark.parametrize("missing", ["openai", "anthropic", "inside"])
async def test_any_provider_can_be_taken_out(worlds: Worlds, missing: str) -> None:
    everyone = {name: Scripted([f"from {name}"]) for name in ("openai", "anthropic", "inside")}
    del everyone[missing]
    world = worlds.of(everyone)
    assert await _send(world) in [f"from {name}" for name in everyone]


async def test_no_candidate_is_said_before_anything_is_sent(worlds: Worlds) -> None:
    with pytest.raises(NoCandidateError, match="OPENAI_KEY"):
        worlds.of({}).plan()
    with pytest.raises(UsageError, match="gone"):
        worlds.of({}).plan("gone")


async def test_a_cancelled_call_is_recorded_as_cancelled(worlds: Worlds) -> None:
    waiting = Waiting()
    world = worlds.of({"openai": waiting, "anthropic": Scripted(["never asked"])})
    call = asyncio.create_task(_send(world))
    await waiting.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert waiting.cancelled
    (receipt,) = world.store.call_receipts()
    assert [attempt.outcome for attempt in receipt.attempts] == ["cancelled"]
    assert receipt.provider is None
    (charge,) = world.store.charges()
    assert charge.billed_cost == Decimal("0.0000018"), "the provider may bill what was sent"


async def test_a_call_cancelled_while_it_is_written_down_is_written_all_the_same(worlds: Worlds) -> None:
    loop, disk = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
    busy = loop.run_in_executor(None, disk.wait)
    answered = asyncio.Event()

    def script(request: ModelRequest) -> ModelResponse:
        answered.set()
        return response()

    call = asyncio.create_task(_send(worlds.of({"openai": Scripted(script)})))
    await answered.wait()  # and now the writing waits for its turn
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    disk.set()
    await busy
    await loop.run_in_executor(None, lambda: None)
    (receipt,) = worlds.store.call_receipts()
    assert receipt.attempts[0].outcome == "answered"


async def test_all_attempts_share_one_deadline(worlds: Worlds) -> None:
    """The one before the last has half of what is left, so that a model that hangs leaves time for another."""
    waiting, second = Waiting(), Waiting()
    world = worlds.of({"openai": waiting, "anthropic": second})
    raised = await _send(world, deadline_s=0.4)
    assert isinstance(raised, PlanExhaustedError)
    assert "did not begin to answer" in str(raised)
    assert "deadline" in str(raised)
    assert waiting.cancelled
    assert second.cancelled


async def test_a_model_that_hangs_leaves_time_for_another(worlds: Worlds) -> None:
    world = worlds.of({"openai": Waiting(), "anthropic": Scripted(["in time"])})
    assert await _send(world, deadline_s=0.4) == "in time"


async def test_a_fault_of_the_program_is_recorded_without_its_words(worlds: Worlds) -> None:
    def script(request: ModelRequest) -> ModelResponse:
        raise ZeroDivisionError("the secret text of the document")

    world = worlds.of({"openai": Scripted(script), "anthropic": Scripted(["never asked"])})
    with pytest.raises(ZeroDivisionError):
        await _send(world)
    (attempt,) = world.store.call_receipts()[0].attempts
    assert (attempt.outcome, attempt.error) == ("failed", "ZeroDivisionError")
    assert attempt.reason == "an unexpected error of the program"


async def test_an_answer_that_cannot_be_written_down_is_not_given(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([response()])})
    plan = world.plan()
    world.store.close()
    with pytest.raises(StoreError):
        await world.inference.send(world.build, plan=plan, purpose="test")


def _echo(request: ModelRequest) -> str:
    (part,) = request.messages[0].parts
    assert isinstance(part, TextPart)
    return part.text


async def test_many_calls_at_once_each_keep_their_own_receipt(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted(_echo)})

    async def one(number: int) -> tuple[str, str]:
        request = msgspec.structs.replace(REQUEST, messages=(user_message(f"call {number}"),))
        answer = await world.inference.send(same_request(request), plan=world.plan(), purpose=f"call {number}")
        return answer.response.text, answer.receipt.purpose

    answers = await asyncio.gather(*(one(number) for number in range(20)))
    assert answers == [(f"call {number}", f"call {number}") for number in range(20)]
    assert len({receipt.input_sha256 for receipt in world.store.call_receipts(limit=100)}) == 20


async def test_a_last_model_that_asks_for_patience_is_asked_once_more(worlds: Worlds) -> None:
    busy = RateLimitError("slow down", provider="openai", status_code=429, retry_after_s=7)
    world = worlds.of({"openai": Scripted([busy, "patience paid"])})
    answer = await world.inference.send(world.build, plan=world.plan("openai"), purpose="test")
    assert answer.response.text == "patience paid"
    assert [attempt.outcome for attempt in answer.receipt.attempts] == ["failed", "answered"]
    assert worlds.slept_s == [7]


async def test_patience_is_had_once(worlds: Worlds) -> None:
    busy = RateLimitError("slow down", provider="openai", status_code=429, retry_after_s=7)
    world = worlds.of({"openai": Scripted([busy, busy])})
    assert isinstance(await _send(world, "openai"), RateLimitError)
    assert worlds.slept_s == [7]


@pytest.mark.parametrize("retry_after_s", [None, 61.0], ids=["not said", "past the deadline"])
async def test_nobody_waits_without_an_end_in_sight(worlds: Worlds, retry_after_s: float | None) -> None:
    busy = RateLimitError("slow down", provider="openai", status_code=429, retry_after_s=retry_after_s)
    world = worlds.of({"openai": Scripted([busy])})
    assert await _send(world, "openai", deadline_s=60) is busy
    assert worlds.slept_s == []


async def test_another_model_is_asked_rather_than_waited_for(worlds: Worlds) -> None:
    busy = RateLimitError("slow down", provider="openai", status_code=429, retry_after_s=7)
    world = worlds.of({"openai": Scripted([busy]), "anthropic": Scripted(["at once"])})
    assert await _send(world) == "at once"
    assert worlds.slept_s == []
