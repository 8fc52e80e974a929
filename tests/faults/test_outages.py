"""Outages of the past, played against a plan of two vendors: every permitted request is answered."""

from __future__ import annotations

import itertools

import pytest

from polydesk.inference.survival import Survival
from polydesk.providers.http import Timeouts
from polydesk.store.store import Store
from tests.faults.answers import LONG
from tests.faults.contract import check_answered
from tests.faults.outages import OUTAGES, Outage
from tests.faults.world import ORDERS, world
from tests.vendors.continuing import continuing
from tests.vendors.http_server import Scene

REQUESTS = 12
FAILURES = 4
TIMEOUTS = Timeouts(connect_s=5, first_byte_s=0.6, idle_s=0.6)


@pytest.mark.parametrize("outage", OUTAGES, ids=[f"{one.vendor} {one.on}" for one in OUTAGES])
@pytest.mark.parametrize("prefill", [True, False], ids=["prefill", "words"])
async def test_every_request_is_answered(outage: Outage, prefill: bool, store: Store) -> None:
    order = next(order for order in ORDERS if order[0] == outage.vendor)
    survival = Survival(retries=0, breaker_failures=FAILURES)
    async with world(order, store, survival=survival, timeouts=TIMEOUTS, prefill=prefill) as here:
        for fault in itertools.islice(itertools.cycle(outage.series), REQUESTS):
            here.will(Scene(response=LONG, fault=fault), Scene(response=continuing(LONG)))
            check_answered(await here.streamed(), LONG, streamed=True)
        asked = sum(1 for request in here.first.requests)
        vitals = {one.model.split("/")[0]: one.state for one in here.inference.health.vitals()}
    assert here.slept_s == []
    assert vitals[outage.vendor] == "open"
    assert asked <= 2 * FAILURES, "a vendor that is known to fail is left for last"
