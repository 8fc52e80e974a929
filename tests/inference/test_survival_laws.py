"""Whatever models do, wherever they fail: the caller reads what was meant, or is told; and the books agree."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.catalog.card import DataClass
from polydesk.core.errors import PolydeskError
from polydesk.core.receipts import CallReceipt
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta
from polydesk.inference.answers import same_request
from polydesk.inference.inference import Inference
from polydesk.inference.survival import Survival
from polydesk.partners.prices import PublicPrices
from polydesk.routing.needs import Choice
from polydesk.store.store import Store
from tests.faults.world import Kept
from tests.inference.flaky import FAILURES, Flaky, Turn
from tests.inference.samples import MODELS, NEEDS, PROVIDERS, REQUEST

NAMES = ("openai", "anthropic", "inside")
VOCABULARY = ("the", "board", "met", "on", "Tuesday", "and", "12", "%", "sold", "", "\n\n", "|", "-", "世", "ü")
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1)
TEXTS = WORDS.map(" ".join).filter(lambda text: bool(text.strip()))
TURNS = st.builds(
    Turn,
    size=st.integers(1, 40),
    per_piece=st.integers(1, 5),
    fails_at=st.none() | st.integers(0, 12),
    failure=st.sampled_from([*FAILURES, "end", "error"]),
)
SCRIPTS = st.fixed_dictionaries({name: st.lists(TURNS, max_size=3) for name in NAMES})


@dataclass(kw_only=True)
class Heard:
    """What one caller got."""

    events: list[StreamEvent] = field(default_factory=list[StreamEvent])
    error: PolydeskError | None = None
    receipt: CallReceipt
    charges: int

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    def count(self, kind: type[StreamEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


async def _hear(
    providers: Mapping[str, Flaky], *, prefill: bool, retries: int, data_class: DataClass, store: Store
) -> Heard:
    async def sleep(seconds: float) -> None:
        assert seconds >= 0

    kept = Kept()
    cards = [
        msgspec.structs.replace(card, data_classes=frozenset({"public", "internal"}))
        if card.base_url is not None
        else msgspec.structs.replace(card, data_classes=frozenset({"public", "internal", "confidential"}))
        for card in PROVIDERS
    ]
    inference = Inference(
        store=store,
        models=[msgspec.structs.replace(card, prefill=prefill) for card in MODELS],
        provider_cards=cards,
        providers=dict(providers),
        prices=PublicPrices(cards),
        weights=lambda: frozenset({"inside/small"}),
        survival=Survival(retries=retries),
        recorder=kept,
        sleep=sleep,
    )
    plan = inference.plan(NEEDS, Choice(data_class=data_class))
    events: list[StreamEvent] = []
    error: PolydeskError | None = None
    async with inference.stream(same_request(REQUEST), plan=plan, purpose="law") as stream:
        try:
            async for event in stream:
                events.append(event)
        except PolydeskError as raised:
            error = raised
    (receipt,) = kept.receipts
    return Heard(events=events, error=error, receipt=receipt, charges=len(kept.charges))


@settings(max_examples=300)
@given(TEXTS, SCRIPTS, st.booleans(), st.integers(0, 2))
def test_the_caller_reads_what_was_meant_or_is_told(
    survival_store: Store, text: str, scripts: dict[str, Sequence[Turn]], prefill: bool, retries: int
) -> None:
    providers = {name: Flaky(name, text, turns) for name, turns in scripts.items()}
    heard = asyncio.run(_hear(providers, prefill=prefill, retries=retries, data_class="internal", store=survival_store))
    assert heard.count(Finished) == (heard.error is None)
    assert heard.count(Started) <= 1
    if heard.error is None:
        assert heard.text == text
        assert isinstance(heard.events[-1], Finished)
    else:
        assert text.startswith(heard.text)
    _check_books(heard, providers)


def _check_books(heard: Heard, providers: Mapping[str, Flaky]) -> None:
    attempts = heard.receipt.attempts
    assert len(attempts) == sum(len(provider.requests) for provider in providers.values())
    assert heard.charges == sum(attempt.usage is not None for attempt in attempts)
    given = sum(attempt.delivered_characters or 0 for attempt in attempts)
    assert given == len(heard.text)
    answered = [attempt for attempt in attempts if attempt.outcome == "answered"]
    assert len(answered) == (heard.error is None)
    for attempt in attempts:
        assert (attempt.error is None) == (attempt.outcome == "answered")


@settings(max_examples=60)
@given(TEXTS, SCRIPTS, st.booleans())
def test_what_is_confidential_never_leaves_the_permitted_set(
    survival_store: Store, text: str, scripts: dict[str, Sequence[Turn]], prefill: bool
) -> None:
    providers = {name: Flaky(name, text, turns) for name, turns in scripts.items()}
    heard = asyncio.run(_hear(providers, prefill=prefill, retries=1, data_class="confidential", store=survival_store))
    assert providers["openai"].requests == providers["anthropic"].requests == []
    assert {attempt.provider for attempt in heard.receipt.attempts} == {"inside"}
    assert {rejection.rule for rejection in heard.receipt.rejections} == {"data_class"}
