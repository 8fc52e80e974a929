"""A busy model of this machine: its queue is joined, or the next model is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from polydesk.core.errors import ProviderUnavailableError
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.core.streams import StreamEvent
from polydesk.inference.answers import same_request
from polydesk.inference.inference import Inference
from polydesk.providers.base import Load, Provider
from polydesk.providers.scripted import Scripted
from polydesk.routing.needs import Choice
from tests.inference.conftest import Worlds
from tests.inference.samples import NEEDS, REQUEST, response

FREE = Load(running=1, waiting=0, slots=2, wait_s=0.0, saved_s=0.0)
BUSY = Load(running=2, waiting=3, slots=2, wait_s=12.0, saved_s=0.0)
LISTED = Choice(models=("inside/small", "openai/gpt-4o-mini"), order="listed")
ALONE = Choice(model="inside/small")


@dataclass(kw_only=True)
class Queueing:
    """A provider that is as busy as it is told."""

    load: Load
    inner: Provider
    asked_of: list[ModelRequest] = field(default_factory=list[ModelRequest])

    def load_of(self, request: ModelRequest) -> Load:
        self.asked_of.append(request)
        return self.load

    async def send(self, request: ModelRequest) -> ModelResponse:
        return await self.inner.send(request)

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        return self.inner.stream(request)


@pytest.mark.parametrize(
    ("load", "choice", "answered", "why"),
    [
        (FREE, LISTED, "small", None),
        (
            BUSY,
            LISTED,
            "gpt-4o-mini",
            "inside/small is busy (2 of 2 slots, 3 waiting, about 12.0 s), so that it is asked after the others.",
        ),
        (
            BUSY,
            ALONE,
            "small",
            None,
        ),
        (
            Load(running=2, waiting=0, slots=2, wait_s=1.5, saved_s=0.0),
            LISTED,
            "small",
            "inside/small is busy (2 of 2 slots, 0 waiting, about 1.5 s), and the request waits its turn.",
        ),
        (
            Load(running=2, waiting=0, slots=2, wait_s=12.0, saved_s=11.0),
            LISTED,
            "small",
            "inside/small is busy (2 of 2 slots, 0 waiting, about 12.0 s, and what it has at hand of the prompt saves "
            "11.0 s), and the request waits its turn.",
        ),
    ],
    ids=["free", "busy", "busy and alone", "soon free", "busy and warm"],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_who_is_asked_first_and_why(
    worlds: Worlds, load: Load, choice: Choice, answered: str, why: str | None, stream: bool
) -> None:
    inside = Queueing(load=load, inner=Scripted([response(model="small")]))
    inference = worlds.of({"inside": inside, "openai": Scripted([response()])}).inference
    receipt = await asked(inference, choice, stream=stream)
    assert receipt.model == answered
    assert [attempt.kind for attempt in receipt.attempts] == ["first"]
    plan = inference.plan(NEEDS, choice)
    assert receipt.why == (plan.why if why is None else f"{plan.why} {why}")


async def test_the_queue_is_asked_about_the_request_itself(worlds: Worlds) -> None:
    inside = Queueing(load=FREE, inner=Scripted([response(model="small")]))
    await asked(worlds.of({"inside": inside, "openai": Scripted([])}).inference, LISTED)
    assert [(one.model, one.messages) for one in inside.asked_of] == [("small", REQUEST.messages)]


async def test_a_busy_model_is_still_asked_when_the_others_fail(worlds: Worlds) -> None:
    inside = Queueing(load=BUSY, inner=Scripted([response(model="small")]))
    down = ProviderUnavailableError("down", provider="openai", status_code=503)
    receipt = await asked(worlds.of({"inside": inside, "openai": Scripted([down])}).inference, LISTED)
    assert [(attempt.model, attempt.outcome) for attempt in receipt.attempts] == [
        ("gpt-4o-mini", "failed"),
        ("small", "answered"),
    ]


async def test_a_full_queue_is_no_failure_of_the_model(worlds: Worlds) -> None:
    full = ProviderUnavailableError("It is busy.", provider="inside", model="small", code="busy")
    inside = Queueing(load=FREE, inner=Scripted([full] * 6))
    inference = worlds.of({"inside": inside, "openai": Scripted([response()] * 6)}).inference
    for _ in range(6):
        assert (await asked(inference, LISTED)).model == "gpt-4o-mini"
    assert {one.state for one in inference.health.vitals()} == {"closed"}


async def asked(inference: Inference, choice: Choice, *, stream: bool = False) -> CallReceipt:
    """The receipt of one call."""
    plan = inference.plan(NEEDS, choice)
    if not stream:
        return (await inference.send(same_request(REQUEST), plan=plan, purpose="test")).receipt
    async with inference.stream(same_request(REQUEST), plan=plan, purpose="test") as answer:
        async for _ in answer:
            pass
    assert answer.receipt is not None
    return answer.receipt
