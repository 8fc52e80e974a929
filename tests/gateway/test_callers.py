"""What a request's headers say of who asks, and with what wishes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from polydesk.core.errors import NotPermittedError
from polydesk.gateway.callers import NO_WISHES, Wishes, caller_of, secret_of, wishes_of
from polydesk.gateway.failures import RefusedRequestError
from polydesk.gateway.server.request import Request
from polydesk.governance.admission import Admission
from polydesk.governance.keys import NewKey, create_key
from polydesk.store.store import Store


def request(**headers: str) -> Request:
    named = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return Request(method="POST", path="/", headers=named)


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({}, None),
        ({"authorization": "Bearer pd-key"}, "pd-key"),
        ({"authorization": "bearer   pd-key "}, "pd-key"),
        ({"authorization": "Bearer"}, None),
        ({"authorization": "Bearer "}, None),
        ({"authorization": "Basic cGQta2V5"}, None),
        ({"authorization": "pd-key"}, None),
        ({"x_api_key": "pd-key"}, "pd-key"),
        ({"x_api_key": "pd-key "}, "pd-key"),
        ({"authorization": "Bearer first", "x_api_key": "second"}, "first"),
        ({"authorization": "Bearer k\xe9y"}, "k\xe9y"),
    ],
)
def test_a_key_is_read_as_either_dialects_clients_send_it(headers: dict[str, str], secret: str | None) -> None:
    assert secret_of(request(**headers)) == secret


@pytest.mark.parametrize(
    ("headers", "wishes"),
    [
        ({}, NO_WISHES),
        ({"x_other": "1"}, NO_WISHES),
        ({"x_polydesk_data_class": "confidential"}, Wishes(data_class="confidential")),
        ({"x_polydesk_strict": "true"}, Wishes(strict=True)),
        ({"x_polydesk_strict": "false"}, Wishes()),
        ({"x_polydesk_timeout_s": "2.5"}, Wishes(timeout_s=2.5)),
        ({"x_polydesk_unknown": "?"}, Wishes()),
    ],
)
def test_wishes_are_read(headers: dict[str, str], wishes: Wishes) -> None:
    assert wishes_of(request(**headers)) == wishes


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-polydesk-data-class", "secret"),
        ("x-polydesk-data-class", ""),
        ("x-polydesk-strict", "yes"),
        ("x-polydesk-timeout-s", "soon"),
        ("x-polydesk-timeout-s", "0"),
        ("x-polydesk-timeout-s", "-1"),
        ("x-polydesk-timeout-s", "inf"),
        ("x-polydesk-timeout-s", "nan"),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused_by_its_name(header: str, value: str) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        wishes_of(request(**{header.replace("-", "_"): value}))
    failure = caught.value.failure
    assert (failure.status, failure.kind, failure.param) == (400, "invalid_request", header)


HERE = [
    {},
    {"host": "127.0.0.1:4100"},
    {"host": "localhost:4100"},
    {"host": "[::1]:4100"},
    {"host": "localhost:4100", "origin": "http://localhost:3000"},
    {"host": "polydesk.localhost", "origin": "https://polydesk.localhost"},
    {"host": "localhost:4100", "origin": "vscode-webview://1a2b"},
]
ELSEWHERE = [
    {"host": "rebound.example:4100"},
    {"host": "rebound.example:4100", "origin": "http://rebound.example:4100"},
    {"host": "localhost:4100", "origin": "https://site.example"},
    {"host": "localhost:4100", "origin": "https://localhost.site.example"},
    {"host": "localhost:4100", "origin": "null"},
    {"host": "localhost@site.example"},
    {"host": "192.168.1.7:4100"},
    {"host": "[::1"},
]


@pytest.mark.parametrize("headers", HERE)
def test_without_keys_programs_of_this_machine_are_answered(headers: dict[str, str], tmp_path: Path) -> None:
    admission = Admission(Store.open(tmp_path / "records.db"), open=True)
    assert caller_of(admission, request(**headers)).key is None


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_without_keys_pages_of_web_sites_are_not(headers: dict[str, str], tmp_path: Path) -> None:
    """A browser sends what any page tells it to, also to this machine."""
    store = Store.open(tmp_path / "records.db")
    with pytest.raises(NotPermittedError, match="another host"):
        caller_of(Admission(store, open=True), request(**headers))
    key, secret = create_key(store.keys, NewKey(name="page"), now=datetime.now(UTC))
    shown = request(**headers, authorization=f"Bearer {secret}")
    assert caller_of(Admission(store, open=True), shown).key == key
