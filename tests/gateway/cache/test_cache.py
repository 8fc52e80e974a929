"""The cache in a running gateway, before a local server of OpenAI, asked by OpenAI's own client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest

from polydesk.catalog.load import load_catalog
from polydesk.core.receipts import CallReceipt
from polydesk.gateway.serve import running
from polydesk.governance.keys import NewKey, create_key
from polydesk.settings import Places, read_settings
from polydesk.store.store import Store
from tests.vendors import answers, openai_server
from tests.vendors.http_server import HELLO, Refuse, Scene, VendorServer

EXACT = "[cache]\nexact = true\n"
SEMANTIC = '[cache]\nsemantic = true\nembedding_model = "openai/text-embedding-3-small"\n'
MODEL = "openai/gpt-4.1"
SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "s", "schema": {"type": "object", "properties": {}, "additionalProperties": False}},
}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A client with a key of its own."""

    client: openai.AsyncOpenAI
    vendor: VendorServer
    store: Store
    other: openai.AsyncOpenAI
    """The same program with another key."""

    async def ask(self, text: str = "What is FOCUS?", *, client: openai.AsyncOpenAI | None = None, **more: Any) -> Told:
        """Ask one question; whole, or streamed where `more` says so."""
        request: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}
        raw: Any = await (client or self.client).chat.completions.with_raw_response.create(**request)
        answer = raw.parse()
        if request.get("stream"):
            said = [chunk.choices[0].delta.content or "" async for chunk in answer if chunk.choices]
            text = "".join(said)
        else:
            text = answer.choices[0].message.content or ""
        receipt = self.store.call_receipt(raw.headers["x-polydesk-receipt"])
        return Told(text=text, cache=raw.headers.get("x-polydesk-cache"), receipt=receipt)

    @property
    def questions(self) -> list[Any]:
        """The chats that the vendor was asked."""
        return [one for one in self.vendor.requests if one.path.endswith("/chat/completions")]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer, what the header says of the cache, and its receipt."""

    text: str
    cache: str | None
    receipt: CallReceipt


Open = Callable[[str], AbstractAsyncContextManager[Caller]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def open_(configuration: str) -> AsyncIterator[Caller]:
        async with openai_server.openai_server() as vendor:
            file = tmp_path / "polydesk.toml"
            file.write_text(f"[survival]\nretries = 0\n{configuration}")
            environment = {
                "HOME": str(tmp_path),
                "POLYDESK_HOME": str(tmp_path / "data"),
                "POLYDESK_MODELS": str(tmp_path / "models"),
                "OPENAI_API_KEY": openai_server.KEY,
                "OPENAI_BASE_URL": f"{vendor.url}/v1",
            }
            settings = read_settings(load_catalog().providers, environment)
            secrets = await asyncio.to_thread(_keys, settings.places)
            async with running(settings, config_file=file, port=0) as gateway:
                first, second = (
                    openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=secret, max_retries=0)
                    for secret in secrets
                )
                async with first, second:
                    yield Caller(client=first, other=second, vendor=vendor, store=gateway.app.store)

    return open_


def _keys(places: Places) -> list[str]:
    store = Store.open(places.records_file)
    try:
        now = datetime.now(UTC)
        return [create_key(store.keys, NewKey(name=name, data_class="confidential"), now=now)[1] for name in ("a", "b")]
    finally:
        store.close()


async def test_nothing_is_kept_unless_it_is_switched_on(opened: Open) -> None:
    async with opened("") as caller:
        told = [await caller.ask(), await caller.ask()]
        assert [one.cache for one in told] == [None, None]
        assert len(caller.questions) == 2


@pytest.mark.parametrize("first", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("again", [False, True], ids=["then whole", "then streamed"])
async def test_the_very_same_request_is_answered_again_as_it_is_asked(opened: Open, first: bool, again: bool) -> None:
    async with opened(EXACT) as caller:
        one = await caller.ask(stream=first)
        other = await caller.ask(stream=again)
        assert (one.cache, other.cache) == ("miss", "hit")
        assert one.text == other.text == HELLO.text
        assert len(caller.questions) == 1


async def test_the_receipt_says_where_the_answer_comes_from_and_that_it_cost_nothing(opened: Open) -> None:
    async with opened(EXACT) as caller:
        one, other = (await caller.ask()).receipt, (await caller.ask()).receipt
        assert (other.cached, other.provider, other.model, other.host) == ("exact", "openai", "gpt-4.1", one.host)
        assert (other.attempts, other.cost_usd, other.spent_usd, other.spent_tokens) == ((), Decimal(0), 0, 0)
        assert other.why == f"The same was asked before; the answer is that of {one.id}."
        assert (other.input_sha256, other.output_sha256) == (one.input_sha256, one.output_sha256)
        assert (other.caller, other.data_class, other.rejections) == (one.caller, one.data_class, one.rejections)
        assert one.cached is None


async def test_hits_are_counted(opened: Open) -> None:
    async with opened(EXACT) as caller:
        for _ in range(3):
            await caller.ask()
        metrics = await caller.client.with_options(base_url=str(caller.client.base_url).removesuffix("v1/")).get(
            "/metrics", cast_to=str
        )
        assert 'polydesk_cache_hits_total{kind="exact"} 2.0' in metrics


async def test_tool_calls_are_answered_again(opened: Open) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    async with opened(EXACT) as caller:
        caller.vendor.will_only(Scene(response=answers.TOOLS))
        told = [await caller.ask(tools=[tool]), await caller.ask(tools=[tool], stream=True)]
        assert [one.cache for one in told] == ["miss", "hit"]


@pytest.mark.parametrize(
    ("directive", "seen", "then"),
    [("no-store", None, "miss"), ("no-cache", "miss", "hit"), ("max-age=0", "miss", "hit")],
)
async def test_a_client_may_want_a_new_answer_or_none_kept(
    opened: Open, directive: str, seen: str | None, then: str
) -> None:
    async with opened(EXACT) as caller:
        told = [await caller.ask(extra_headers={"cache-control": directive}) for _ in range(2)]
        assert [one.cache for one in told] == [seen, seen]
        assert len(caller.questions) == 2
        assert (await caller.ask()).cache == then


async def test_an_answer_goes_to_no_other_key_and_to_no_other_data_class(opened: Open) -> None:
    provider = '[[provider]]\nname = "openai"\ndata_classes = ["public", "internal", "confidential"]\n'
    async with opened(EXACT + SEMANTIC.removeprefix("[cache]\n") + provider) as caller:
        confidential = {"x-polydesk-data-class": "confidential"}
        told = [
            await caller.ask(),
            await caller.ask(client=caller.other),
            await caller.ask(extra_headers=confidential),
            await caller.ask(extra_headers=confidential),
            await caller.ask(),
        ]
        assert [one.cache for one in told] == ["miss", "miss", "miss", "hit", "hit"]
        assert len(caller.questions) == 3


async def test_a_cut_answer_and_a_failure_are_not_kept(opened: Open) -> None:
    async with opened(EXACT) as caller:
        caller.vendor.will_only(Scene(response=answers.LENGTH), Scene(fault=Refuse(status=500)))
        assert (await caller.ask()).cache == "miss"
        with pytest.raises(openai.InternalServerError):
            await caller.ask()
        assert (await caller.ask()).cache == "miss"
        assert (await caller.ask()).cache == "hit"


async def test_a_hit_counts_against_the_requests_and_not_the_tokens_of_a_minute(opened: Open) -> None:
    async with opened(EXACT + "[limits]\nrequests_per_minute = 3\ntokens_per_minute = 10000\n") as caller:
        for _ in range(3):
            await caller.ask()
        with pytest.raises(openai.RateLimitError):
            await caller.ask()
        assert len(caller.questions) == 1


async def test_a_question_that_means_the_same_gets_the_same_answer(opened: Open) -> None:
    async with opened(SEMANTIC) as caller:
        one = await caller.ask("What is our rule for leave?")
        other = await caller.ask("Which is our rule for leave?", stream=True)
        assert (one.cache, other.cache) == ("miss", "semantic")
        assert other.receipt.cached == "semantic"
        assert other.receipt.why.startswith("A question that means the same (similarity ")
        assert str(one.receipt.id) in other.receipt.why
        assert len(caller.questions) == 1
        asked = [one for one in caller.vendor.requests if one.path.endswith("/embeddings")]
        assert [one.body["input"] for one in asked] == [
            ["What is our rule for leave?"],
            ["Which is our rule for leave?"],
        ]


@pytest.mark.parametrize(
    ("first", "second", "more"),
    [
        ("What were the sales of 2025?", "What were the sales of 2026?", {}),
        ("What is our rule for leave?", "A?", {}),
        ("What is our rule for leave?", "Which is our rule for leave?", {"temperature": 0.9}),
        ("What is our rule for leave?", "Which is our rule for leave?", {"response_format": SCHEMA}),
    ],
    ids=["other year", "other meaning", "variety wished", "schema"],
)
async def test_a_question_that_may_mean_another_thing_is_asked(
    opened: Open, first: str, second: str, more: dict[str, Any]
) -> None:
    async with opened(SEMANTIC) as caller:
        await caller.ask(first, **more)
        assert (await caller.ask(second, **more)).cache in ("miss", None)
        assert len(caller.questions) == 2


async def test_a_model_of_likeness_that_fails_costs_no_answer(opened: Open) -> None:
    async with opened(SEMANTIC) as caller:
        caller.vendor.will_only(Scene(fault=Refuse(status=500)))
        assert (await caller.ask()).text == HELLO.text
        assert (await caller.ask()).cache == "hit"
