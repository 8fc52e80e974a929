"""Access tokens, asked for at a local place of tokens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polydesk.core.errors import AuthenticationError, ProviderError, ProviderUnavailableError, SettingsError
from polydesk.providers.google_token import GoogleToken, read_credentials
from polydesk.providers.http import HttpClient
from tests.vendors.http_server import Refuse, Scene, VendorServer
from tests.vendors.vertex_server import REFRESH, key_pair, token_server, write_service_account

PRIVATE, PUBLIC = key_pair()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with token_server(PUBLIC) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def token(server: VendorServer, http: HttpClient, clock: Clock, tmp_path: Path) -> GoogleToken:
    path = write_service_account(tmp_path / "key.json", PRIVATE, server.url + "/token")
    return GoogleToken(http, read_credentials(path), clock=clock)


async def test_service_account_signs_for_a_token(token: GoogleToken) -> None:
    assert await token.token() == "ya29.1"


async def test_user_who_signed_in_gets_a_token(server: VendorServer, http: HttpClient, tmp_path: Path) -> None:
    path = tmp_path / "user.json"
    fields = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": REFRESH}
    path.write_text(json.dumps({**fields, "token_uri": server.url + "/token"}))
    assert await GoogleToken(http, read_credentials(path)).token() == "ya29.1"
    assert server.requests[0].body == {
        "grant_type": "refresh_token",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": REFRESH,
    }


async def test_token_is_renewed_shortly_before_it_ends(token: GoogleToken, clock: Clock) -> None:
    assert await token.token() == "ya29.1"
    clock.now += 3_599 - 241
    assert await token.token() == "ya29.1"
    clock.now += 2
    assert await token.token() == "ya29.2"


async def test_many_calls_at_once_ask_for_one_token(token: GoogleToken, server: VendorServer) -> None:
    assert await asyncio.gather(*(token.token() for _ in range(20))) == ["ya29.1"] * 20
    assert len(server.requests) == 1


async def test_refused_token_is_not_used_again(token: GoogleToken) -> None:
    token.forget(await token.token())
    assert await token.token() == "ya29.2"
    token.forget("ya29.1")
    assert await token.token() == "ya29.2"


async def test_failed_asking_is_tried_anew(token: GoogleToken, server: VendorServer) -> None:
    server.will(Scene(fault=Refuse(status=503)))
    with pytest.raises(ProviderUnavailableError):
        await token.token()
    assert await token.token() == "ya29.1"


async def test_wrong_key_is_said_so_and_never_shown(server: VendorServer, http: HttpClient, tmp_path: Path) -> None:
    other, _ = key_pair()
    path = write_service_account(tmp_path / "key.json", other, server.url + "/token")
    token = GoogleToken(http, read_credentials(path))
    with pytest.raises(AuthenticationError) as caught:
        await token.token()
    assert caught.value.code == "invalid_grant"
    assertion = server.requests[0].body["assertion"]
    shown = f"{caught.value!r} {caught.value} {caught.value.__dict__} {token!r} {read_credentials(path)!r}"
    assert not any(secret in shown for secret in (assertion, other, other.splitlines()[1]))


async def test_file_is_read_only_when_a_token_is_needed(http: HttpClient, tmp_path: Path) -> None:
    token = GoogleToken(http, tmp_path / "no.json")
    with pytest.raises(AuthenticationError, match="cannot be read"):
        await token.token()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not a JSON file of credentials"),
        ('{"client_email": "x"}', "is not a JSON file of credentials"),
        ('{"type": "external_account"}', "of the kind external_account"),
        ('{"type": "service_account", "private_key": "secret-0123"}', "no private key that can be read"),
        (None, "cannot be read"),
    ],
)
def test_unusable_file_is_refused_without_showing_it(text: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=words) as caught:
        read_credentials(path)
    assert "secret-0123" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert not isinstance(caught.value, ProviderError)
