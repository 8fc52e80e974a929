"""Whatever befalls the first vendor, the caller gets the second one's answer or a typed error, and the records tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from polydesk.core import errors
from polydesk.core.messages import ModelResponse
from polydesk.store.store import Store
from tests.faults.answers import ANSWERS, LONG, TEXT_AND_CALL
from tests.faults.contract import check_answered, check_failed
from tests.faults.rows import ROWS, Row
from tests.faults.world import ORDERS, TIMEOUTS, Told, VendorName, World, asked_for, world
from tests.vendors.continuing import continuing
from tests.vendors.http_server import Reset, Scene, Stall

CASES = [
    pytest.param(row, streamed, id=f"{row.name}-{'streamed' if streamed else 'whole'}")
    for row in ROWS
    for streamed in (False, True)
    if row.error(streamed=streamed) is not None
]
each_case = pytest.mark.parametrize(("row", "streamed"), CASES)
each_order = pytest.mark.parametrize("order", ORDERS, ids="_then_".join)


async def told_of(here: World, answer: ModelResponse, *, streamed: bool) -> Told:
    return await (here.streamed if streamed else here.whole)(asked_for(answer))


def answers_for(row: Row) -> Sequence[ModelResponse]:
    """Every answer, but for faults that take their time."""
    return list(ANSWERS.values()) if row.timeouts is TIMEOUTS else [LONG, TEXT_AND_CALL]


async def scene_of(row: Row, here: World, answer: ModelResponse, *, streamed: bool) -> Scene:
    """The row's fault, while the vendor would give `answer` where it gives one at all."""
    scene = row.fault(here.order[0], streamed)
    if not row.in_the_middle:
        return scene
    fault = scene.fault
    if isinstance(fault, Stall | Reset):
        here.will(Scene(response=answer), Scene())
        await here.streamed(asked_for(answer))
        fault = type(fault)(at=here.first.sent_bytes * 2 // 3)
    return Scene(response=answer, fault=fault)


@each_case
@each_order
async def test_the_second_vendor_answers(row: Row, order: Sequence[VendorName], streamed: bool, store: Store) -> None:
    for answer in answers_for(row):
        async with world(order, store, timeouts=row.timeouts) as here:
            scene = await scene_of(row, here, answer, streamed=streamed)
            here.will(scene, Scene(response=continuing(answer)))
            told = await told_of(here, answer, streamed=streamed)
        check_answered(told, answer, streamed=streamed)
        first, second = told.attempts
        assert (first.provider, first.kind, first.outcome) == (order[0], "first", "failed")
        assert first.error == row.error(streamed=streamed)
        assert first.reason
        assert row.status in (None, first.status_code)
        # What comes in one packet with the error is lost with it, so that nothing may have been said yet.
        assert second.kind in ({"fallback", "continuation", "restart"} if row.in_the_middle else {"fallback"})
        assert here.slept_s == [], "nobody waits while another could answer"


@each_case
@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
async def test_alone_it_is_a_typed_error(row: Row, vendor: VendorName, streamed: bool, store: Store) -> None:
    error = row.error(streamed=streamed)
    assert error is not None
    order = ORDERS[vendor == "anthropic"]
    for answer in answers_for(row):
        async with world(order, store, timeouts=row.timeouts, tried=1) as here:
            here.will(await scene_of(row, here, answer, streamed=streamed), Scene())
            told = await told_of(here, answer, streamed=streamed)
        check_failed(told, getattr(errors, error))
        assert [attempt.kind for attempt in told.attempts] == ["first", *("retry" for _ in here.slept_s)]
        assert here.slept_s == pytest.approx([] if row.wait_s is None else [row.wait_s], abs=5)
        assert {(attempt.provider, attempt.error) for attempt in told.attempts} == {(vendor, error)}
        assert row.status in (None, told.attempts[0].status_code)
