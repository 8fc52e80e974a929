"""What a request's headers say of who asks, and with what wishes."""

from __future__ import annotations

import pytest

from polydesk.gateway.callers import NO_WISHES, Wishes, secret_of, wishes_of
from polydesk.gateway.failures import RefusedRequestError
from polydesk.gateway.server.request import Request


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
