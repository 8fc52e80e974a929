"""What only the Bedrock provider does: signatures, profiles, model identifiers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from polydesk.core.errors import AuthenticationError, ModelNotFoundError, RateLimitError
from polydesk.core.messages import ModelRequest, Original, user_message
from polydesk.core.streams import response_of
from polydesk.providers.bedrock import AwsKeys, Bedrock
from polydesk.providers.http import HttpClient
from tests.vendors.bedrock_server import ACCESS_KEY, KEY, REGION, SESSION, SIGNING_KEY, bedrock_server
from tests.vendors.http_server import Refuse, Scene, VendorServer

MODEL = "eu.anthropic.claude-sonnet-5-5-v1:0"
ASK = ModelRequest(model=MODEL, messages=(user_message("hello"),))
KEYS = AwsKeys(access_key_id=ACCESS_KEY, secret_access_key=SIGNING_KEY, session_token=SESSION)


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with bedrock_server() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


def _bedrock(http: HttpClient, server: VendorServer, **credentials: Any) -> Bedrock:
    return Bedrock(http, base_url=server.url + "/", region=REGION, **credentials)


@pytest.mark.parametrize("session", [SESSION, None])
async def test_requests_are_signed_as_aws_signs_them(
    http: HttpClient, server: VendorServer, session: str | None
) -> None:
    keys = AwsKeys(access_key_id=ACCESS_KEY, secret_access_key=SIGNING_KEY, session_token=session)
    provider = _bedrock(http, server, keys=keys)
    assert (await provider.send(ASK)).text == "Hello there."
    assert response_of([event async for event in provider.stream(ASK)]).text == "Hello there."
    first, second = server.requests
    assert first.path == "/model/eu.anthropic.claude-sonnet-5-5-v1%3A0/converse"
    assert second.path.endswith("/converse-stream")
    assert first.headers.get("x-amz-security-token") == session


async def test_token_goes_before_keys(http: HttpClient, server: VendorServer) -> None:
    await _bedrock(http, server, bearer_token=KEY, keys=KEYS).send(ASK)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_profile_is_read_from_awss_own_files(
    http: HttpClient, server: VendorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    lines = ["[work]", f"aws_access_key_id = {ACCESS_KEY}", f"aws_secret_access_key = {SIGNING_KEY}"]
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert (await _bedrock(http, server, profile="work").send(ASK)).text == "Hello there."
    with pytest.raises(AuthenticationError, match="profile play"):
        await _bedrock(http, server, profile="play").send(ASK)


async def test_missing_credentials_are_said_before_anything_is_sent(http: HttpClient, server: VendorServer) -> None:
    with pytest.raises(AuthenticationError, match="no credentials"):
        await _bedrock(http, server).send(ASK)
    assert server.requests == []


async def test_wrong_signature_is_never_shown(http: HttpClient, server: VendorServer) -> None:
    wrong = AwsKeys(access_key_id=ACCESS_KEY, secret_access_key=SIGNING_KEY[::-1])
    provider = _bedrock(http, server, keys=wrong)
    with pytest.raises(AuthenticationError) as caught:
        await provider.send(ASK)
    assert caught.value.code == "InvalidSignatureException"
    assert SIGNING_KEY[::-1] not in f"{caught.value!r} {provider!r} {wrong!r}"


async def test_whole_arn_is_a_models_name(http: HttpClient, server: VendorServer) -> None:
    arn = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc"
    with pytest.raises(ModelNotFoundError, match="abc"):
        await _bedrock(http, server, keys=KEYS).send(ModelRequest(model=arn, messages=ASK.messages))


async def test_code_in_the_body_is_read_where_the_head_has_none(http: HttpClient, server: VendorServer) -> None:
    server.will(Scene(fault=Refuse(status=424, code="ThrottlingException")))
    with pytest.raises(RateLimitError):
        await _bedrock(http, server, bearer_token=KEY).send(ASK)


async def test_clients_own_body_is_sent_as_it_came(http: HttpClient, server: VendorServer) -> None:
    body = {"messages": [{"role": "user", "content": [{"text": "hello"}]}], "requestMetadata": {"a": "b"}}
    original = Original(dialect="bedrock_converse", body=body | {"modelId": "alias"})
    request = ModelRequest(model=MODEL, messages=ASK.messages, original=original)
    await _bedrock(http, server, bearer_token=KEY).send(request)
    assert server.requests[0].body == body
