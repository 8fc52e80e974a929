"""Whatever is refused is refused in the words and the form of the client's own vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from polydesk.governance.keys import revoke_key
from tests.flows.gateway.process import MODEL, Gateway, chat, message, new_key, records, serving, vendor
from tests.vendors.http_server import Refuse, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOORS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": chat(),
    "/v1/responses": {"model": MODEL, "input": "Tell the board about the quarter."},
    "/v1/messages": message(),
}
EXTRA = """
[plans.careful]
models = ["openai"]
data_class = "confidential"

[[budget]]
name = "spent"
scope = "key:spent"
hard_usd = 0.00001
"""
each_door = pytest.mark.parametrize("path", DOORS)


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A request that is refused: with which key, and what is wrong about it."""

    key: str | None = "good"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    content: bytes | None = None
    vendor: Refuse | None = None
    status: int
    type: str
    """As Anthropic says it."""
    code: str | None = None
    """As OpenAI says it."""
    says: str


NO_JSON = Wrong(content=b"{", status=400, type="invalid_request_error", says="not valid JSON")
WRONG = {
    "no key": Wrong(key=None, status=401, type="authentication_error", code="invalid_api_key", says="no key"),
    "unknown key": Wrong(key="?", status=401, type="authentication_error", code="invalid_api_key", says="not known"),
    "revoked": Wrong(key="revoked", status=401, type="authentication_error", code="invalid_api_key", says="revoked"),
    "expired": Wrong(key="expired", status=401, type="authentication_error", code="invalid_api_key", says="expired"),
    "model not permitted": Wrong(
        key="narrow", status=403, type="permission_error", code="no_permitted_model", says=MODEL
    ),
    "provider not permitted": Wrong(
        key="elsewhere", status=403, type="permission_error", code="no_permitted_model", says=MODEL
    ),
    "data that its key may not send": Wrong(
        headers={"x-polydesk-data-class": "confidential"},
        status=403,
        type="permission_error",
        code="not_permitted",
        says="not confidential data",
    ),
    "data that the provider may not see": Wrong(
        key="careful",
        headers={"x-polydesk-data-class": "confidential"},
        status=403,
        type="permission_error",
        code="no_permitted_model",
        says="confidential",
    ),
    "a plan of careful data": Wrong(
        more={"model": "careful"}, status=403, type="permission_error", code="not_permitted", says="confidential"
    ),
    "no such data": Wrong(
        headers={"x-polydesk-data-class": "secret"}, status=400, type="invalid_request_error", says="public, internal"
    ),
    "half strict": Wrong(
        headers={"x-polydesk-strict": "maybe"}, status=400, type="invalid_request_error", says="true or false"
    ),
    "no time": Wrong(
        headers={"x-polydesk-timeout-s": "0"}, status=400, type="invalid_request_error", says="seconds above 0"
    ),
    "unknown model": Wrong(
        more={"model": "openai/gpt-9000"}, status=404, type="not_found_error", code="model_not_found", says="gpt-9000"
    ),
    "a model's name without end": Wrong(
        more={"model": "x" * 50_000}, status=404, type="not_found_error", code="model_not_found", says="50,000"
    ),
    "too large": Wrong(
        more={"padding": "x" * 200_000}, status=413, type="request_too_large", says="larger than 100000 bytes"
    ),
    "no JSON": NO_JSON,
    "no UTF-8": Wrong(content=b'{"model": "\xff"}', status=400, type="invalid_request_error", says="JSON"),
    "no object": Wrong(content=b"[]", status=400, type="invalid_request_error", says="no JSON object"),
    "nested without end": Wrong(
        content=b'{"a":' + b"[" * 40_000 + b"]" * 40_000 + b"}", status=400, type="invalid_request_error", says="JSON"
    ),
    "nested deeply": Wrong(
        content=b'{"metadata":' + b"[" * 500 + b"]" * 500 + b"}",
        status=400,
        type="invalid_request_error",
        says="nested deeper",
    ),
    "a number beyond measure": Wrong(
        more={"temperature": 10**400}, status=400, type="invalid_request_error", says="emperature"
    ),
    "fewer than no tokens": Wrong(
        more={"max_tokens": -1, "max_output_tokens": -1},
        status=400,
        type="invalid_request_error",
        says="Expected `int",
    ),
    "more tokens than there are": Wrong(
        more={"max_tokens": 10**9, "max_output_tokens": 10**9},
        status=400,
        type="invalid_request_error",
        code="unsupported_by_model",
        says="1,000,000,000",
    ),
    "over budget": Wrong(key="spent", status=429, type="rate_limit_error", code="insufficient_quota", says="“spent”"),
    "the vendor is down": Wrong(vendor=Refuse(status=503), status=503, type="overloaded_error", says="503"),
    "the vendor limits": Wrong(
        vendor=Refuse(status=429, retry_after="10000"),
        status=429,
        type="rate_limit_error",
        code="rate_limit_exceeded",
        says="429",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Front:
    """The gateway with keys of every kind."""

    gateway: Gateway
    secrets: Mapping[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    folder = tmp_path_factory.mktemp("gateway")
    kinds: dict[str, dict[str, Any]] = {
        "good": {},
        "revoked": {},
        "expired": {"expires_at": datetime.now(UTC) - timedelta(days=1)},
        "narrow": {"permitted_models": ["openai/gpt-4.1-mini"]},
        "elsewhere": {"permitted_providers": ["anthropic"]},
        "careful": {"data_class": "confidential"},
        "spent": {},
    }
    secrets = {name: await new_key(folder, name, **asked) for name, asked in kinds.items()}
    async with records(folder) as store:
        revoke_key(store.keys, "revoked", now=datetime.now(UTC))
    async with vendor() as behind, serving(folder, behind, EXTRA, limit=100_000) as gateway:
        yield Front(gateway=gateway, secrets=secrets)
    assert "fault" not in gateway.said


@each_door
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_refusal_is_in_the_clients_form(wrong: Wrong, stream: bool, path: str, front: Front) -> None:
    behind = front.gateway.vendor
    behind.requests.clear()
    behind.will_only(*[Scene(fault=wrong.vendor)] if wrong.vendor else [])
    client = front.gateway.client(front.secrets.get(wrong.key or "", wrong.key), **wrong.headers)
    body = DOORS[path] | {"stream": stream} | dict(wrong.more)
    answer = await (client.post(path, content=wrong.content) if wrong.content else client.post(path, json=body))
    assert answer.status_code == wrong.status, answer.text
    check_form(path, answer.json(), wrong)
    named = answer.headers["request-id" if path == "/v1/messages" else "x-request-id"]
    assert named.startswith(("rcp_", "req_"))
    assert len(answer.content) < 3_000, "what was sent is not sent back"
    assert len(behind.requests) == (1 if wrong.vendor else 0)
    if wrong.status == 429 and wrong.vendor is not None:
        assert answer.headers["retry-after"] == "10000"
    assert (await front.gateway.client(front.secrets["good"]).post(path, json=DOORS[path])).status_code == 200


def check_form(path: str, body: Any, wrong: Wrong) -> None:
    assert wrong.says in body["error"]["message"]
    if path == "/v1/messages":
        assert (body["type"], set(body), set(body["error"])) == (
            "error",
            {"type", "error", "request_id"},
            {"type", "message"},
        )
        assert body["error"]["type"] == wrong.type
    else:
        assert set(body["error"]) == {"message", "type", "param", "code"}
        assert wrong.code is None or body["error"]["code"] == wrong.code


async def test_what_a_model_cannot_be_told_is_refused_only_where_its_client_is_strict(front: Front) -> None:
    client = front.gateway.client(front.secrets["good"])
    front.gateway.vendor.will_only()
    asked = message(top_k=3)
    noted = await client.post("/v1/messages", json=asked)
    refused = await client.post("/v1/messages", json=asked, headers={"x-polydesk-strict": "true"})
    assert (noted.status_code, noted.headers["x-polydesk-notes"]) == (200, "dropped top_k")
    assert (refused.status_code, "top_k" in refused.json()["error"]["message"]) == (400, True)


@each_door
async def test_a_client_says_how_long_it_waits(path: str, front: Front) -> None:
    behind = front.gateway.vendor
    behind.hold_at, behind.holding = 0, 0
    behind.go_on.clear()
    try:
        client = front.gateway.client(front.secrets["good"], **{"x-polydesk-timeout-s": "0.2"})
        answer = await client.post(path, json=DOORS[path])
    finally:
        behind.hold_at = None
        behind.go_on.set()
    assert (answer.status_code, behind.holding) == (504, 1)
    assert "deadline" in answer.json()["error"]["message"]
