"""The whole gateway: its addresses, keys, limits and wishes, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec import structs

from polydesk.core.messages import TextPart
from tests.gateway.desk import ASK, BODIES, CHAT, MESSAGES, RESPONSES, Desk, desk
from tests.sdk.running import serve
from tests.vendors import answers, openai_server
from tests.vendors.http_server import HELLO, Scene, Stall

PATIENCE_S = 20
OPENAI_FORM = {"message", "type", "param", "code"}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, '[server]\nmax_request_bytes = 100000\n[telemetry]\nlog_level = "error"\n') as it:
        yield it


def check_form(path: str, answer: httpx2.Response) -> None:
    """An error is in the form of the client that asks at `path`, and names the request."""
    body = answer.json()
    if path.startswith("/v1/messages"):
        assert (body["type"], set(body["error"])) == ("error", {"type", "message"})
        assert body["request_id"] == answer.headers["request-id"]
    else:
        assert set(body["error"]) == OPENAI_FORM
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", BODIES)
async def test_every_address_wants_a_good_key_and_says_so_in_its_clients_form(path: str, at: Desk) -> None:
    for key in (None, "pd-wrong"):
        answer = await at.post(path, key)
        assert answer.status_code == 401
        check_form(path, answer)
        assert "pd-wrong" not in answer.text
    assert (await at.post(path)).status_code == 200
    assert len(at.openai.requests) == (0 if "count" in path else 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/v1/nothing", 404),
        ("POST", "/v1/messages/nothing", 404),
        ("GET", CHAT, 405),
        ("GET", MESSAGES, 405),
        ("DELETE", "/v1/models", 405),
        ("POST", "/healthz", 405),
        ("OPTIONS", CHAT, 405),
    ],
)
async def test_what_is_not_there_is_said_in_the_nearest_form(method: str, path: str, status: int, at: Desk) -> None:
    answer = await at.client.request(method, path)
    assert answer.status_code == status
    check_form(path, answer)


async def test_health_needs_no_key(at: Desk) -> None:
    assert (await at.get("/healthz", None)).text == "ok\n"
    assert (await at.client.head("/healthz")).content == b""
    assert (await at.get("/readyz", None)).status_code == 200
    await at.post(CHAT)
    metrics = await at.get("/metrics", None)
    assert metrics.status_code == 200
    assert "polydesk_connections" in metrics.text
    assert not any(secret in metrics.text for secret in at.secrets.values())


@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
async def test_a_body_that_is_too_large_is_refused_in_its_clients_form(path: str, at: Desk) -> None:
    answer = await at.post(path, padding="x" * 200_000)
    assert (answer.status_code, at.openai.requests) == (413, [])
    check_form(path, answer)


@pytest.mark.parametrize("path", BODIES)
async def test_an_answer_has_its_receipt_and_shows_it_to_its_own_key_alone(path: str, at: Desk) -> None:
    answer = await at.post(path)
    receipt_id = answer.headers.get("x-polydesk-receipt")
    if "count" in path:  # nobody was asked
        assert receipt_id is None
        return
    receipt = await at.get(f"/v1/receipts/{receipt_id}")
    assert receipt.json()["id"] == receipt_id
    assert receipt.json()["provider"] == "openai"
    for key, status in (("other", 404), (None, 401)):
        assert (await at.get(f"/v1/receipts/{receipt_id}", key)).status_code == status


async def test_a_key_asks_what_it_permits_and_sees_no_more(at: Desk) -> None:
    assert (await at.post(CHAT, "one model")).status_code == 200
    assert (await at.post(CHAT, "one model", model="openai/gpt-4.1-mini")).status_code == 403
    assert (await at.post(CHAT, "one model", model="anthropic/claude-haiku-4-5")).status_code == 403
    assert (await at.post(CHAT, "anthropic")).status_code == 403
    assert (await at.post(CHAT, "anthropic", model="anthropic/claude-haiku-4-5")).status_code == 200
    listed = (await at.get("/v1/models", "one model")).json()["data"]
    assert [row["id"] for row in listed] == ["openai/gpt-4.1"]
    assert (await at.get("/v1/models/openai%2Fgpt-4.1", "one model")).status_code == 200
    assert (await at.get("/v1/models/anthropic%2Fclaude-haiku-4-5", "one model")).status_code == 404
    assert len(at.openai.requests) == 1


async def test_data_goes_no_further_than_key_and_provider_permit(at: Desk) -> None:
    careful = {"x-polydesk-data-class": "confidential"}
    assert (await at.post(CHAT, "plain", careful)).status_code == 403
    refused = await at.post(CHAT, "all", careful)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "no_permitted_model")
    assert at.openai.requests == []


async def test_a_limit_is_counted_and_said(at: Desk) -> None:
    told = [await at.post(CHAT, "twice a minute") for _ in range(3)]
    assert [answer.status_code for answer in told] == [200, 200, 429]
    assert told[2].json()["error"]["code"] == "requests_per_minute"
    assert 0 < int(told[2].headers["retry-after"]) <= 60
    assert len(at.openai.requests) == 2


async def test_a_client_that_leaves_gives_its_place_back(at: Desk) -> None:
    at.openai.will(Scene(fault=Stall(at=0)))
    asking = asyncio.ensure_future(at.post(CHAT, "one at a time"))
    await asyncio.wait_for(at.openai.asked.wait(), PATIENCE_S)
    assert (await at.post(CHAT, "one at a time")).status_code == 429
    asking.cancel()
    await asyncio.wait_for(at.openai.abandoned.wait(), PATIENCE_S)
    async with asyncio.timeout(PATIENCE_S):
        while (await at.post(CHAT, "one at a time")).status_code == 429:
            pass


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
async def test_a_client_says_how_long_it_waits(path: str, stream: bool, at: Desk) -> None:
    at.openai.will(Scene(fault=Stall(at=0)))
    answer = await at.post(path, headers={"x-polydesk-timeout-s": "0.2"}, stream=stream)
    assert answer.status_code == 504
    check_form(path, answer)


@pytest.mark.parametrize("header", ["x-polydesk-data-class", "x-polydesk-strict", "x-polydesk-timeout-s"])
@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES, "/v1/embeddings"])
async def test_a_wish_that_cannot_be_meant_is_refused(path: str, header: str, at: Desk) -> None:
    answer = await at.post(path, headers={header: "what?"})
    assert answer.status_code == 400
    check_form(path, answer)
    assert header in answer.text


async def test_what_could_not_be_said_is_noted_on_one_line(at: Desk) -> None:
    odd = {"odd\r\nset-cookie: stolen\n": 1}
    answer = await at.client.post(
        CHAT,
        json={"model": "anthropic/claude-haiku-4-5", "messages": ASK, "seed": 4, **odd},
        headers={"authorization": f"Bearer {at.secrets['all']}"},
    )
    assert answer.status_code == 200
    assert "dropped seed" in answer.headers["x-polydesk-notes"]
    assert "set-cookie" not in answer.headers


async def test_text_in_order_is_refused_or_given_in_the_order_of_who_is_asked(at: Desk) -> None:
    answer = await at.client.post(
        "/v2/rerank",
        json={"model": "cohere/rerank-v4.0-pro", "query": "a", "documents": ["b", "c"]},
        headers={"authorization": f"Bearer {at.secrets['all']}"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_model")  # there is no key for Cohere here


class Endless:
    """An OpenAI whose answer never ends, and who sees when it is read no further."""

    def __init__(self) -> None:
        self.sent_bytes = 0
        self.waits = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
        delta = {"index": 0, "delta": {"content": "word " * 100}, "finish_reason": None}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4.1", "choices": [delta]}
        events = b"data: %s\n\n" % json.dumps(chunk).encode() * 50
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"%x\r\n%s\r\n" % (len(events), events))
                self.sent_bytes += len(events)
                draining = asyncio.ensure_future(writer.drain())
                if not (await asyncio.wait([draining], timeout=1))[0]:
                    self.waits.set()
                await draining
        writer.close()


async def test_a_client_that_reads_slowly_makes_the_vendor_wait_and_nobody_else(tmp_path: Path) -> None:
    endless = Endless()
    vendor = await asyncio.start_server(endless, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{vendor.sockets[0].getsockname()[1]}/v1"
    config = tmp_path / "polydesk.toml"
    config.write_text('[server]\nport = 0\n[telemetry]\nlog_level = "error"\n')
    async with (
        serve(config, tmp_path, {"OPENAI_API_KEY": openai_server.KEY, "OPENAI_BASE_URL": url}) as served,
        httpx2.AsyncClient(base_url=served.url, trust_env=False, timeout=30) as client,
        client.stream("POST", CHAT, json=BODIES[CHAT] | {"stream": True}) as answer,
    ):
        pieces = answer.aiter_bytes()
        await anext(pieces)
        await asyncio.wait_for(endless.waits.wait(), PATIENCE_S)
        assert endless.sent_bytes < 64_000_000, "what the kernel holds on three sockets"
        sent = endless.sent_bytes
        assert (await client.get("/healthz")).text == "ok\n"
        while endless.sent_bytes == sent:
            await anext(pieces)
    vendor.close()


LONG = structs.replace(HELLO, parts=(TextPart(text="A long answer. " * 40_000),))


async def until_refused(url: str) -> None:
    """Return once nobody listens any more."""
    while True:
        async with httpx2.AsyncClient(trust_env=False) as client:
            try:
                await client.get(f"{url}/healthz")
            except httpx2.TransportError:
                return


async def test_running_answers_are_finished_before_the_program_ends(tmp_path: Path) -> None:
    async with openai_server.openai_server(Scene(response=LONG)) as vendor:
        config = tmp_path / "polydesk.toml"
        config.write_text('[server]\nport = 0\ndrain_s = 20\n[telemetry]\nlog_level = "error"\n')
        environment = {"OPENAI_API_KEY": openai_server.KEY, "OPENAI_BASE_URL": f"{vendor.url}/v1"}
        async with (
            serve(config, tmp_path, environment) as served,
            httpx2.AsyncClient(base_url=served.url, trust_env=False, timeout=30) as client,
            client.stream("POST", CHAT, json=BODIES[CHAT] | {"stream": True}) as answer,
        ):
            pieces = answer.aiter_bytes()
            first = await anext(pieces)
            served.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(until_refused(served.url), PATIENCE_S)
            rest = [piece async for piece in pieces]
            assert (first + b"".join(rest)).endswith(b"data: [DONE]\n\n")
            assert await asyncio.wait_for(served.process.wait(), PATIENCE_S) == 0


async def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    async with openai_server.openai_server(Scene(response=answers.TEXT, fault=Stall(at=900))) as vendor:
        config = tmp_path / "polydesk.toml"
        config.write_text('[server]\nport = 0\ndrain_s = 1000\n[telemetry]\nlog_level = "error"\n')
        environment: dict[str, str] = {"OPENAI_API_KEY": openai_server.KEY, "OPENAI_BASE_URL": f"{vendor.url}/v1"}
        async with (
            serve(config, tmp_path, environment) as served,
            httpx2.AsyncClient(base_url=served.url, trust_env=False, timeout=30) as client,
            client.stream("POST", CHAT, json=BODIES[CHAT] | {"stream": True}) as answer,
        ):
            pieces: Any = answer.aiter_bytes()
            await anext(pieces)
            served.process.send_signal(signal.SIGTERM)
            assert served.process.stderr is not None
            while b"Stopping" not in await asyncio.wait_for(served.process.stderr.readline(), PATIENCE_S):
                pass
            served.process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx2.TransportError):
                _ = [piece async for piece in pieces]
            assert await asyncio.wait_for(served.process.wait(), PATIENCE_S) == 0


async def test_streams_commits_and_warnings_are_counted(tmp_path: Path) -> None:
    """Numbers on the telemetry page that only the running gateway can feed."""
    budget = '[[budget]]\nname = "small"\nsoft_usd = 0.0000001\nhard_usd = 100\nunpriced = "allow"\n'
    async with desk(tmp_path, '[telemetry]\nlog_level = "error"\n' + budget) as at:
        for _ in range(2):
            assert (await at.post(CHAT)).status_code == 200
        at.openai.will(Scene(response=answers.TEXT, fault=Stall(at=900)))
        async with at.client.stream(
            "POST",
            CHAT,
            json={**BODIES[CHAT], "stream": True},
            headers={"authorization": f"Bearer {at.secrets['all']}"},
        ) as answer:
            pieces = answer.aiter_raw()
            await anext(pieces)
            counted = (await at.get("/metrics", None)).text
    assert "\npolydesk_open_streams 1.0" in counted
    assert "\npolydesk_ledger_commit_records_sum 2.0" in counted
    assert '\npolydesk_budget_refusals_total{limit="soft"} 2.0' in counted
