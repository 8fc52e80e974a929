"""Access tokens: as given, or got anew for a refresh token (RFC 6749, 6)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from polydesk.mailboxes.base import Account, failed
from polydesk.mailboxes.rest import Service

_EARLY_S = 120.0
"""So long before its end a token is got anew."""


def token_source(
    account: Account, *, tls: ssl.SSLContext | None = None, now: Callable[[], float] = time.monotonic
) -> Callable[[], str]:
    """A function that gives a token that is good now. It raises MailboxError when there is none to be had."""
    if account.refresh is None:
        return lambda: account.secret
    return _Refreshed(account, tls, now).token


class _Refreshed:
    def __init__(self, account: Account, tls: ssl.SSLContext | None, now: Callable[[], float]) -> None:
        assert account.refresh is not None
        self._account = account
        self._refresh = account.refresh
        self._service = Service(account, account.refresh.token_url, None, tls=tls)
        self._now = now
        self._token = ""
        self._good_until = -1.0

    def token(self) -> str:
        if not self._token or self._now() >= self._good_until:
            self._get()
        return self._token

    def _get(self) -> None:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._refresh.client_id,
            "refresh_token": self._account.secret,
        }
        if self._refresh.scope is not None:
            form["scope"] = self._refresh.scope
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        query = urlsplit(self._refresh.token_url).query
        path = f"?{query}" if query else ""
        answer = self._service.call("POST", path, body=urlencode(form).encode("ascii"), headers=headers).json()
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token:
            raise failed(self._account, "gets no token", "the answer holds none", "Get a new refresh token.")
        self._token = token
        self._good_until = self._now() + (float(seconds) if isinstance(seconds, int) else 3600.0) - _EARLY_S
