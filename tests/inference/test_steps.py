"""Who is asked again when nobody is left, and how long is waited before."""

from __future__ import annotations

from contextlib import suppress

import pytest

from polydesk.core.errors import (
    AuthenticationError,
    ContentFilteredError,
    PlanExhaustedError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
)
from polydesk.inference.survival import Survival
from polydesk.providers.scripted import Answer, Scripted
from tests.inference.conftest import Worlds

DOWN = ProviderUnavailableError("down", provider="p", status_code=503)
BUSY = RateLimitError("slow down", provider="p", status_code=429, retry_after_s=3)
SPENT = RateLimitError("no quota left", provider="p", status_code=429)
WRONG_KEY = AuthenticationError("wrong key", provider="p", status_code=401)
REJECTED = RequestRejectedError("no", provider="p", status_code=400)
FILTERED = ContentFilteredError("filtered", provider="p")
LATE = ProviderUnavailableError("too late", provider="p", code="timeout")


@pytest.mark.parametrize(
    ("first", "second", "slept_s", "told"),
    [
        ([DOWN], ["good"], [], "good"),
        ([BUSY], ["good"], [], "good"),
        ([DOWN], [DOWN, "good"], [0.5], "good"),
        ([DOWN], [DOWN, DOWN, "good"], [0.5, 1.0], "good"),
        ([DOWN], [BUSY, "good"], [3], "good"),
        ([DOWN, "good"], [WRONG_KEY], [0.5], "good"),
        ([DOWN, DOWN, "good"], [REJECTED], [0.5, 1.0], "good"),
        ([BUSY, "good"], [SPENT], [3], "good"),
        ([BUSY, "good"], [LATE], [3], "good"),
        ([WRONG_KEY], [REJECTED], [], None),
        ([DOWN], [FILTERED], [], None),
        ([SPENT], [LATE], [], None),
    ],
)
async def test_who_is_asked_again(
    worlds: Worlds, first: list[Answer], second: list[Answer], slept_s: list[float], told: str | None
) -> None:
    world = worlds.of({"openai": Scripted(first), "anthropic": Scripted(second)}, Survival(retries=2))
    said: str | None = None
    with suppress(ProviderError, PlanExhaustedError):
        said = (await world.inference.send(world.build, plan=world.plan(), purpose="test")).response.text
    assert (said, worlds.slept_s) == (told, slept_s)


async def test_nobody_waits_beyond_the_deadline(worlds: Worlds) -> None:
    world = worlds.of({"openai": Scripted([BUSY])}, Survival(retries=2))
    with pytest.raises(RateLimitError):
        await world.inference.send(world.build, plan=world.plan(), purpose="test", deadline_s=2)
    assert worlds.slept_s == []
