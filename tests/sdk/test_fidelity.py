"""Any client to any provider: what is asked arrives, or is refused, or the answer says what became of it."""

from __future__ import annotations

import pytest

from tests.sdk.clients import INBOUND, Clients
from tests.sdk.features import FEATURES, Feature, Inbound
from tests.sdk.makers import MAKERS, Maker
from tests.sdk.observing import Cell, observe
from tests.sdk.page import PAGE, page
from tests.sdk.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
CASES = [
    (feature, inbound, maker)
    for feature in FEATURES
    for inbound in INBOUND
    if inbound in feature.asks
    for maker in MAKERS
]


@pytest.fixture(scope="module")
def observed() -> dict[tuple[str, Inbound, str, bool], Cell | None]:
    """What this run has seen."""
    return {}


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    ("feature", "inbound", "maker"), CASES, ids=[f"{one.name}-{way}-{maker.provider}" for one, way, maker in CASES]
)
async def test_nothing_is_lost_in_silence(
    feature: Feature,
    inbound: Inbound,
    maker: Maker,
    stream: bool,
    gateway: Running,
    official: Clients,
    observed: dict[tuple[str, Inbound, str, bool], Cell | None],
) -> None:
    vendor = gateway.vendors[maker.provider]
    key = (feature.name, inbound, maker.provider, stream)
    observed[key] = await observe(feature, inbound, maker, vendor, official, stream=stream)


async def test_the_page_says_what_was_observed(
    request: pytest.FixtureRequest, observed: dict[tuple[str, Inbound, str, bool], Cell | None]
) -> None:
    if len(observed) < 2 * len(CASES):
        pytest.skip("not every case of this module was run")
    made = page(observed)
    if request.config.getoption("--write-page", default=False):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, "run `bin/test tests/sdk/test_fidelity.py --write-page`"
