"""A stream that breaks at any byte still comes to the caller whole: nothing twice, nothing lost, everything charged."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from polydesk.core.messages import ModelResponse
from polydesk.inference.survival import Survival
from polydesk.store.store import Store
from tests.faults.answers import ANSWERS, TEXT
from tests.faults.contract import check_answered
from tests.faults.world import ORDERS, VendorName, World, asked_for, world
from tests.vendors.continuing import HABITS, continuing
from tests.vendors.http_server import Cut, Reset, Scene

STEADY = Survival(retries=0, breaker_failures=1_000_000)
"""No breaker opens, so that the first vendor is always asked first."""


STRIDE = 11
"""For all answers but one every so manyeth byte is enough: events are longer, and each is cut somewhere."""


@pytest.mark.parametrize("order", ORDERS, ids="_then_".join)
@pytest.mark.parametrize(("fault", "prefill"), [(Cut, True), (Reset, False)], ids=["cut", "reset"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_stream_that_breaks_at_any_byte(
    answer: ModelResponse, fault: type[Cut | Reset], prefill: bool, order: Sequence[VendorName], store: Store
) -> None:
    async with world(order, store, survival=STEADY, prefill=prefill) as here:
        length = await _length(here, answer)
        for at in range(0, length, 1 if answer is TEXT else STRIDE):
            here.will(Scene(response=answer, fault=fault(at=at)), Scene(response=continuing(answer, HABITS[at % 4])))
            told = await here.streamed(asked_for(answer))
            try:
                check_answered(told, answer, streamed=True)
            except AssertionError as error:
                error.add_note(f"broken off after {at} bytes")
                raise


async def _length(here: World, answer: ModelResponse) -> int:
    """Bytes of the first vendor's whole answer."""
    here.will(Scene(response=answer), Scene())
    check_answered(await here.streamed(asked_for(answer)), answer, streamed=True)
    return here.first.sent_bytes
