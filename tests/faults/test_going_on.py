"""How the second model goes on, in the cases in which that is not plain."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from polydesk.core.errors import PlanExhaustedError
from polydesk.core.messages import ModelResponse, ReasoningPart
from polydesk.core.usage import Usage
from polydesk.inference.survival import Survival
from polydesk.store.store import Store
from tests.faults.answers import LONG, REASONED, STRUCTURED, TEXT, TEXT_AND_CALL
from tests.faults.contract import check_answered, check_failed, total
from tests.faults.world import ORDERS, Told, VendorName, World, asked_for, world
from tests.vendors.continuing import HABITS, Habit, continuing
from tests.vendors.http_server import CloseAfter, Cut, NoUsage, Refuse, Scene

each_order = pytest.mark.parametrize("order", ORDERS, ids="_then_".join)
THOUGHT = ReasoningPart(text="Where did I stop? There.")


async def cut(here: World, answer: ModelResponse, *then: Scene, share: float = 0.6) -> Told:
    """What the caller is told when the first vendor breaks off after that share of its answer's bytes."""
    here.will(Scene(response=answer), Scene())
    await here.streamed(asked_for(answer))
    at = int(here.first.sent_bytes * share)
    here.first.will_only(Scene(response=answer, fault=Cut(at=at)), Scene(response=answer, fault=Cut(at=at)))
    here.second.will_only(*then)
    return await here.streamed(asked_for(answer))


@each_order
@pytest.mark.parametrize("habit", HABITS)
async def test_each_habit_of_going_on(habit: Habit, order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store) as here:
        told = await cut(here, LONG, Scene(response=continuing(LONG, habit)), share=0.8)
    check_answered(told, LONG, streamed=True)
    first, second = told.attempts
    assert (first.kind, second.kind) == ("first", "continuation")
    assert first.delivered_characters
    assert second.delivered_characters
    assert first.delivered_characters + second.delivered_characters == len(LONG.text)


@each_order
async def test_both_legs_are_charged_and_the_broken_one_is_estimated(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, prefill=True) as here:
        told = await cut(here, LONG, Scene(response=continuing(LONG)))
    check_answered(told, LONG, streamed=True)
    first, second = told.attempts
    assert first.usage is not None
    assert second.usage is not None
    assert (first.usage_is_estimated, second.usage_is_estimated) == (True, False)
    assert first.delivered_characters is not None
    assert first.usage.output_tokens == -(-first.delivered_characters // 4)
    assert [charge.sku_id.split("/")[0] for charge in told.charges] == list(order)
    assert told.receipt.usage == total(first.usage, second.usage)
    assert told.receipt.cost_usd == sum(charge.billed_cost or 0 for charge in told.charges)


@each_order
async def test_each_leg_keeps_its_own_request_id(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, prefill=True) as here:
        told = await cut(here, LONG, Scene(response=continuing(LONG)))
    assert [attempt.request_id for attempt in told.attempts] == ["req_2", "req_1"]


@each_order
async def test_a_model_that_refuses_a_prefilled_message_is_told_in_words(
    order: Sequence[VendorName], store: Store
) -> None:
    async with world(order, store, prefill=True) as here:
        told = await cut(here, LONG, Scene(fault=Refuse(status=400)), Scene(response=continuing(LONG)))
        prefilled, words = here.second.requests
    check_answered(told, LONG, streamed=True)
    kinds = [(attempt.kind, attempt.outcome, attempt.error) for attempt in told.attempts]
    assert kinds[1:] == [("continuation", "failed", "RequestRejectedError"), ("continuation", "answered", None)]
    assert prefilled.body["messages"][-1]["role"] == "assistant"
    assert words.body["messages"][-1]["role"] == "user"


@each_order
async def test_thoughts_on_how_to_go_on_do_not_disturb_the_text(order: Sequence[VendorName], store: Store) -> None:
    """A reasoning model thinks before it repeats the anchor; neither stands in the middle of the caller's text."""
    rest = continuing(LONG)

    def thinking(received: object) -> ModelResponse:
        answer = rest(received)  # type: ignore[arg-type]
        return msgspec.structs.replace(answer, parts=(THOUGHT, *answer.parts))

    async with world(order, store) as here:
        told = await cut(here, LONG, Scene(response=thinking))
    check_answered(told, LONG, streamed=True)
    assert told.response is not None
    assert told.response.parts == LONG.parts


@each_order
async def test_a_held_tool_call_is_made_anew(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, prefill=True) as here:
        told = await cut(here, TEXT_AND_CALL, Scene(response=continuing(TEXT_AND_CALL)), share=0.75)
    check_answered(told, TEXT_AND_CALL, streamed=True)
    assert told.attempts[0].delivered_characters == len(TEXT_AND_CALL.text)
    assert told.attempts[0].usage is not None
    assert (told.attempts[0].usage.output_tokens or 0) * 4 > len(TEXT_AND_CALL.text), "what was held was written too"


@each_order
async def test_a_tool_call_that_was_given_away_is_a_typed_error(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, survival=Survival(retries=0, hold_tool_calls=False)) as here:
        told = await cut(here, TEXT_AND_CALL, Scene(response=continuing(TEXT_AND_CALL)), share=0.75)
    check_failed(told, Exception)
    assert len(told.attempts) == 1
    assert here.second.requests == []


@each_order
async def test_reasoning_in_flight_begins_again(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store) as here:
        told = await cut(here, REASONED, Scene(response=REASONED), share=0.3)
    check_answered(told, REASONED, streamed=True)
    assert [attempt.kind for attempt in told.attempts] == ["first", "restart"]


@each_order
@pytest.mark.parametrize("prefill", [True, False], ids=["prefill", "words"])
async def test_json_goes_on_as_json(prefill: bool, order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, prefill=prefill) as here:
        told = await cut(here, STRUCTURED, Scene(response=continuing(STRUCTURED)), share=0.7)
        (asked,) = here.second.requests
    check_answered(told, STRUCTURED, streamed=True)
    assert told.response is not None
    assert msgspec.json.decode(told.response.text)["growth"] == 12.25
    # Held to the schema the model would begin a new object.
    assert "response_format" not in asked.body
    assert "output_config" not in asked.body


@each_order
async def test_both_break_off(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, prefill=True) as here:
        broken = Scene(response=continuing(LONG), fault=Cut(at=700))
        told = await cut(here, LONG, broken, broken)
    check_failed(told, PlanExhaustedError)
    assert [attempt.outcome for attempt in told.attempts] == ["failed", "failed"]
    assert len(told.charges) == sum(attempt.usage is not None for attempt in told.attempts)


@each_order
async def test_the_last_model_goes_on_with_itself(order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, survival=Survival(retries=3), prefill=True, tried=1) as here:
        here.will(Scene(response=LONG), Scene())
        await here.streamed()
        at = int(here.first.sent_bytes * 0.5)
        here.first.will_only(
            *[Scene(response=continuing(LONG), fault=Cut(at=at))] * 3, Scene(response=continuing(LONG))
        )
        told = await here.streamed()
    check_answered(told, LONG, streamed=True)
    assert {attempt.kind for attempt in told.attempts[1:]} <= {"continuation", "retry"}
    assert here.slept_s


@each_order
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_a_retired_model_is_passed_over(streamed: bool, order: Sequence[VendorName], store: Store) -> None:
    async with world(order, store, first_model="model-of-2023") as here:
        here.second.will_only(Scene(response=TEXT))
        told = await (here.streamed if streamed else here.whole)()
    check_answered(told, TEXT, streamed=streamed)
    assert (told.attempts[0].error, told.attempts[0].status_code) == ("ModelNotFoundError", 404)


@each_order
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_a_vendor_that_leaves_its_usage_out(streamed: bool, order: Sequence[VendorName], store: Store) -> None:
    """Its answer is good; what it used is unknown, never zero."""
    async with world(order, store) as here:
        here.will(Scene(response=TEXT, fault=NoUsage()), Scene())
        told = await (here.streamed if streamed else here.whole)()
    check_answered(told, TEXT, streamed=streamed)
    assert told.receipt.usage == Usage()
    assert told.receipt.cost_usd is None


@each_order
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_a_kept_connection_that_was_closed_is_no_failure(
    streamed: bool, order: Sequence[VendorName], store: Store
) -> None:
    async with world(order, store) as here:
        for _ in range(2):
            here.will(Scene(response=TEXT, fault=CloseAfter()), Scene())
            told = await (here.streamed if streamed else here.whole)()
            check_answered(told, TEXT, streamed=streamed)
            assert len(told.attempts) == 1
