"""What is learnt of models from the calls themselves, and what is made of it."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from polydesk.core.errors import (
    AuthenticationError,
    ContextLengthError,
    MalformedResponseError,
    ModelNotFoundError,
    PolydeskError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
)
from polydesk.core.limits import RateLimits
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import TextDelta
from polydesk.inference.health import ENOUGH, IDLE_FACTOR, HealthBook
from polydesk.inference.survival import Survival
from polydesk.providers.scripted import Scripted
from polydesk.routing.ranking import Ranked
from tests.inference.conftest import Worlds
from tests.inference.samples import BEST, SECOND, down, response
from tests.inference.test_stream import FINISHED, STARTED, Events

SURVIVAL = Survival(breaker_failures=3, breaker_open_s=10)
STEPS = [Ranked(card=card, score=1, cost_usd=None, why="") for card in (BEST, SECOND)]


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> HealthBook:
    return HealthBook(SURVIVAL, clock)


def order(book: HealthBook) -> list[str]:
    return [step.card.provider for step in book.ordered(STEPS)]


def state(book: HealthBook) -> str:
    return next(vitals.state for vitals in book.vitals() if vitals.model == BEST.id)


def fail(book: HealthBook, error: PolydeskError, times: int = 1) -> None:
    for _ in range(times):
        book.begins(BEST)
        book.failed(BEST, error)


def test_a_breaker_opens_after_failures_in_a_row(book: HealthBook) -> None:
    fail(book, down(), 2)
    assert order(book) == ["openai", "anthropic"]
    fail(book, down())
    assert (order(book), state(book)) == (["anthropic", "openai"], "open")


def test_an_answer_between_failures_keeps_it_closed(book: HealthBook) -> None:
    fail(book, down(), 2)
    book.answered(BEST, first_token_s=None, longest_gap_s=None)
    fail(book, down(), 2)
    assert (order(book), state(book)) == (["openai", "anthropic"], "closed")


def test_when_its_time_is_up_one_call_tries_and_the_others_wait(book: HealthBook, clock: Clock) -> None:
    fail(book, down(), 3)
    clock.now_s = 10
    assert (order(book), state(book)) == (["openai", "anthropic"], "half_open")
    book.begins(BEST)
    assert (order(book), state(book)) == (["anthropic", "openai"], "open")
    book.answered(BEST, first_token_s=1, longest_gap_s=None)
    assert (order(book), state(book)) == (["openai", "anthropic"], "closed")


def test_each_failed_trial_doubles_the_time_up_to_a_minute(book: HealthBook, clock: Clock) -> None:
    fail(book, down(), 3)
    waits: list[float] = []
    for _ in range(5):
        began_s = clock.now_s
        while state(book) == "open":
            clock.now_s += 1
        waits.append(clock.now_s - began_s)
        fail(book, down())
    assert waits == [10, 20, 40, 60, 60]


def test_a_trial_that_never_ends_does_not_keep_the_others_waiting(book: HealthBook, clock: Clock) -> None:
    fail(book, down(), 3)
    clock.now_s = 10
    book.begins(BEST)
    clock.now_s = 69
    assert state(book) == "open"
    clock.now_s = 70
    assert (order(book), state(book)) == (["openai", "anthropic"], "half_open")


def test_whole_answers_say_nothing_of_how_soon_streams_begin(book: HealthBook) -> None:
    for _ in range(ENOUGH):
        book.answered(BEST, whole_s=20)
    assert (book.usual_first_token_s(BEST), book.usual_whole_s(BEST), book.usual_latency_s(BEST)) == (None, 20, 20)
    for _ in range(ENOUGH):
        book.answered(BEST, first_token_s=0.5)
    assert (book.usual_first_token_s(BEST), book.usual_whole_s(BEST), book.usual_latency_s(BEST)) == (0.5, 20, 0.5)


def test_a_caller_who_goes_away_leaves_the_trial_to_the_next(book: HealthBook, clock: Clock) -> None:
    fail(book, down(), 3)
    clock.now_s = 10
    book.begins(BEST)
    book.left(BEST)
    assert order(book) == ["openai", "anthropic"]


@pytest.mark.parametrize(
    ("error", "open_s"),
    [
        (RateLimitError("slow down", provider="openai", retry_after_s=7), 7),
        (RateLimitError("slow down", provider="openai"), 1),
        (AuthenticationError("wrong key", provider="openai"), 60),
        (ModelNotFoundError("gone", provider="openai"), 300),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_some_failures_open_it_at_once(book: HealthBook, clock: Clock, error: PolydeskError, open_s: float) -> None:
    fail(book, error)
    clock.now_s = open_s - 0.1
    assert order(book) == ["anthropic", "openai"]
    clock.now_s = open_s
    assert order(book) == ["openai", "anthropic"]


@pytest.mark.parametrize(
    "error",
    [RequestRejectedError("bad", provider="openai"), ContextLengthError("too long", provider="openai")],
    ids=lambda error: type(error).__name__,
)
def test_what_the_request_brought_about_says_nothing_of_health(book: HealthBook, error: PolydeskError) -> None:
    fail(book, error, 10)
    assert order(book) == ["openai", "anthropic"]


def test_malformed_answers_count_as_failures(book: HealthBook) -> None:
    fail(book, MalformedResponseError("not JSON", provider="openai"), 3)
    assert order(book) == ["anthropic", "openai"]


def test_nothing_left_of_a_limit_puts_a_model_last_until_there_is(book: HealthBook, clock: Clock) -> None:
    book.limits(BEST, RateLimits(requests_remaining=0, requests_reset_s=5, tokens_remaining=100, tokens_reset_s=50))
    assert order(book) == ["anthropic", "openai"]
    clock.now_s = 5
    assert order(book) == ["openai", "anthropic"]


def test_silence_is_judged_by_what_is_usual_for_the_model(book: HealthBook) -> None:
    assert book.idle_s(BEST) == SURVIVAL.idle_s
    for _ in range(ENOUGH):
        book.answered(BEST, first_token_s=0.5, longest_gap_s=4.0)
    assert book.idle_s(BEST) == IDLE_FACTOR * 4.0
    assert book.idle_s(SECOND) == SURVIVAL.idle_s


def test_the_learnt_silence_is_never_shorter_than_the_least(book: HealthBook) -> None:
    for _ in range(ENOUGH):
        book.answered(BEST, first_token_s=0.5, longest_gap_s=0.01)
    assert book.idle_s(BEST) == SURVIVAL.min_idle_s


class Trial:
    """Counts how many calls are at work at once, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = asyncio.Event()

    async def send(self, request: ModelRequest) -> ModelResponse:
        self.asked += 1
        await self.go.wait()
        return response("first")

    stream = Scripted([]).stream


async def test_under_load_exactly_one_call_tries_a_model_that_failed(worlds: Worlds) -> None:
    trial = Trial()
    world = worlds.of({"openai": trial, "anthropic": Scripted(lambda request: "second")})
    world.inference.health.limits(BEST, RateLimits(requests_remaining=0, requests_reset_s=1e-9))
    plan = world.plan()

    async def ask() -> str:
        return (await world.inference.send(world.build, plan=plan, purpose="test")).response.text

    calls = [asyncio.create_task(ask()) for _ in range(20)]
    await asyncio.wait(calls[1:])
    assert (trial.asked, [call.result() for call in calls[1:]]) == (1, ["second"] * 19)
    trial.go.set()
    assert await calls[0] == "first"


async def test_a_legs_limits_are_those_of_the_model_that_wrote_it(worlds: Worlds) -> None:
    """The first model's headers say nothing of the second, which goes on."""
    spent = msgspec.structs.replace(STARTED, rate_limits=RateLimits(requests_remaining=0, requests_reset_s=60))
    broken = Events(spent, TextDelta(index=0, text="half"), then=down())
    rest = Events(STARTED, TextDelta(index=0, text="half and whole"), FINISHED)
    world = worlds.of({"openai": broken, "anthropic": rest})
    async with world.inference.stream(world.build, plan=world.plan(), purpose="test") as stream:
        _ = [event async for event in stream]
    assert stream.response is not None
    assert stream.response.text == "half and whole"
    assert {vitals.model: vitals.state for vitals in world.inference.health.vitals()}[SECOND.id] == "closed"


def test_a_failure_keeps_its_words(book: HealthBook) -> None:
    fail(book, ProviderUnavailableError("it is down", provider="openai"))
    (vitals,) = book.vitals()
    assert (vitals.failures, vitals.reason) == (1, "ProviderUnavailableError")
