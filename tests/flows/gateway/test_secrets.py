"""No credential, of a vendor's or of the gateway's own, is seen anywhere, whatever goes wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from polydesk.app import build
from tests.flows.gateway.process import Gateway, done, new_key, serving, vendor
from tests.sdk.makers import MAKERS, Maker
from tests.vendors.http_server import Received, Reply, Vendor, VendorServer

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOGS = '\n[telemetry]\nlog_level = "debug"\n'
PIECE = 12
"""So many characters of a credential in a row are too many."""


def credential(maker: Maker) -> str:
    """A vendor's key that is found wherever it goes."""
    return f"sk-{maker.provider}-Canary7Wq2Zx9Lm4Rt6Yp1Vb8".replace("-", "", 2)


class Parrot:
    """A vendor that answers every request by repeating all that it was sent, credential included, in one way."""

    request_id_header = ""

    def __init__(self) -> None:
        self.way = ""

    def objection(self, received: Received) -> Reply:
        said = json.dumps(received.headers) + received.path
        error = {"message": said, "type": "error", "code": "parrot", "status": "PARROT"}
        body = {"error": error, "message": said, "id": "x", "type": "error"}
        whole = json.dumps(body).encode()
        sse = "text/event-stream; charset=utf-8"
        headers = {"location": f"http://127.0.0.1:9/?{said}", "retry-after": "0", "www-authenticate": said}
        match self.way:
            case "page":
                return Reply(body=f"<html>{said}</html>".encode(), content_type="text/html")
            case "half an answer":
                return Reply(body=whole[: len(whole) // 2])
            case "nothing but the credential":
                return Reply(body=said.encode() * 50)
            case "another shape":
                return Reply(body=json.dumps({"said": said, "choices": said, "content": said}).encode())
            case "an error inside":
                return Reply(body=whole)
            case "an event of an error":
                return Reply(body=b"data: %s\n\n" % whole, content_type=sse)
            case "an event that is broken":
                return Reply(body=b"data: {%s\n\n" % said.encode(), content_type=sse)
            case "no HTTP":
                return Reply(status=200, body=b"", headers={"content-length": said})
            case status:
                return Reply(status=int(status), body=whole, headers=headers)


def served(parrot: Parrot) -> VendorServer:
    # It objects to every request, so that nothing else is ever asked of it.
    return VendorServer(cast("Vendor", parrot))


WAYS = [
    *("302", "400", "401", "403", "404", "408", "413", "418", "429", "500", "503"),
    *("page", "half an answer", "nothing but the credential", "another shape", "an error inside"),
    *("an event of an error", "an event that is broken", "no HTTP"),
]


class Place:
    """The gateway, the parrots behind it, and everything that clients were told."""

    def __init__(self, gateway: Gateway, parrots: dict[str, Parrot], secret: str) -> None:
        self.gateway = gateway
        self.parrots = parrots
        self.secret = secret
        self.told: list[str] = []

    async def ask(self, method: str, path: str, secret: str | None = None, **more: Any) -> httpx.Response:
        answer = await self.gateway.client(secret).request(method, path, **more)
        self.told.append(f"{answer.headers}\n{answer.text}")
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("gateway")
    secret = await new_key(folder, data_class="confidential")
    async with AsyncExitStack() as stack:
        parrots = {maker.provider: Parrot() for maker in MAKERS}
        servers = {name: await stack.enter_async_context(served(parrot)) for name, parrot in parrots.items()}
        rows = "\n".join(maker.toml(servers[maker.provider].url) for maker in MAKERS)
        keys = {maker.variable: credential(maker) for maker in MAKERS}
        behind = await stack.enter_async_context(vendor())
        gateway = await stack.enter_async_context(serving(folder, behind, LOGS, providers=rows, more=keys))
        yield Place(gateway, parrots, secret)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_vendor_that_repeats_its_credential_is_not_repeated(way: str, stream: bool, place: Place) -> None:
    for maker in MAKERS:
        place.parrots[maker.provider].way = way
        for path in ("/v1/chat/completions", "/v1/messages"):
            body = {"model": f"{maker.provider}/{maker.model}", "max_tokens": 50, "stream": stream}
            asked = body | {"messages": [{"role": "user", "content": "Hello."}]}
            answer = await place.ask("POST", path, place.secret, json=asked)
            assert answer.status_code >= 400
            receipt = await place.ask("GET", f"/v1/receipts/{answer.headers['x-polydesk-receipt']}", place.secret)
            assert receipt.status_code == 200
    check_told(place)


async def test_a_key_of_the_gateways_own_is_not_repeated_either(place: Place) -> None:
    """Wherever a client puts it, right or wrong."""
    secret, wrong = place.secret, "pd-Wrong3Nc8Hd5Js0Ke7Fg2Ua9Ty4Io6Pl1Mz"
    for shown in (secret, wrong):
        for path in ("/v1/chat/completions", "/v1/messages", "/v1/embeddings", "/v2/rerank", "/v1/models"):
            method = "GET" if path.endswith("models") else "POST"
            for headers in (
                {"authorization": f"Bearer {shown}x"},
                {"authorization": f"Basic {shown}"},
                {"authorization": shown},
                {"x-api-key": f"{shown}x"},
                {"x-api-key": secret, "x-polydesk-data-class": shown},
                {"x-api-key": secret, "x-polydesk-timeout-s": shown},
                {"x-api-key": secret, "traceparent": shown, "tracestate": shown},
            ):
                await place.ask(method, path, headers=headers, content=b"{" if method == "POST" else None)
        await place.ask("GET", "/v1/models/x", shown, params={"key": shown})
        await place.ask("GET", "/v1/receipts/x", shown, params={"api_key": shown})
    check_told(place, wrong)


async def test_nothing_that_is_kept_or_written_holds_one(place: Place) -> None:
    """After all of the above: logs, metrics, records and every other file of the gateway's home."""
    await place.ask("GET", "/metrics")
    await place.ask("GET", "/v1/models", place.secret)
    check_told(place)
    folder = place.gateway.folder
    for words in (("receipt", "list"), ("usage",), ("keys", "list"), ("models",), ("config", "show"), ("doctor",)):
        for options in ((), ("--json",)):
            code, out, err = await done(folder, *words, *options, more=environment())
            assert code != 70, err
            check(out + err, place.secret)
    check(place.gateway.said, place.secret)
    check_files(folder, place.secret)


async def test_no_object_shows_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    rows = "\n".join(maker.toml("http://127.0.0.1:9") for maker in MAKERS)
    file = tmp_path / "polydesk.toml"
    file.write_text(rows)
    async with build(config_file=file) as app:
        shown = [repr(app), repr(app.world), repr(app.world.settings), *map(repr, app.providers.values())]
        assert app.world.settings.keys.keys() >= {maker.provider for maker in MAKERS}
    check("\n".join(shown))


def environment() -> dict[str, str]:
    return {maker.variable: credential(maker) for maker in MAKERS}


def check_told(place: Place, *more: str) -> None:
    told, place.told = "\n".join(place.told), []
    check(told, place.secret, *more)


def check(text: str, *more: str) -> None:
    """Not even a piece of a credential is in `text`."""
    for secret in (*map(credential, MAKERS), *more):
        pieces = {secret[at : at + PIECE] for at in range(6, len(secret) - PIECE + 1)}
        assert [piece for piece in pieces if piece in text] == []


def check_files(folder: Path, secret: str) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "polydesk.toml"]
    assert files
    for path in files:
        check(path.read_bytes().decode("latin-1"), secret)
        assert path.stat().st_mode & 0o077 == 0, path
    with closing(sqlite3.connect(f"file:{folder}/data/records.db?mode=ro", uri=True)) as database:
        check("\n".join(database.iterdump()), secret)
