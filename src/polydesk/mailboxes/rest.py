"""HTTPS requests to a mail service: one origin, waits where it asks for them, and no secret in any error.

The pooled client of `providers` posts JSON to models; a mailbox needs other methods, raw bytes and few requests.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from polydesk.core.errors import SettingsError
from polydesk.mailboxes.base import Account, failed

_WAITING = {429, 503, 504}
_MAX_TRIES = 5
_MAX_WAIT_S = 120.0
_MAX_BODY = 160 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one for anything else."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}


class Service:
    """Requests to the origin of one base address."""

    def __init__(
        self,
        account: Account,
        base_url: str,
        token: Callable[[], str] | None,
        *,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`token` as None sends none. `tls` as None trusts the system. `sleep` waits, in seconds.

        Raises SettingsError for an address to which a token may not be sent.
        """
        parts = urlsplit(base_url)
        if (
            parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        ) or not parts.hostname:
            raise SettingsError(
                f"The address of the mailbox {account.name!r} must begin with https://: no token is sent in the clear."
            )
        self._account = account
        self._base = base_url.rstrip("/")
        self._origin = (parts.scheme, parts.hostname, parts.port)
        self._token = token
        self._tls = tls
        self._sleep = sleep

    def call(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """The answer to a request; `path` may be a whole address of the same origin, as next pages are.

        An answer that asks to wait is waited for and asked again. Raises MailboxError when there is none, or one that
        says no.
        """
        tries = 1
        while True:
            reply = self._once(method, path, body, headers or {})
            wait = _wait_s(reply, tries) if reply.status in _WAITING else None
            if wait is None or tries == _MAX_TRIES or wait > _MAX_WAIT_S:
                break
            self._sleep(wait)
            tries += 1
        if reply.status >= 400:
            raise self._refused(reply)
        return reply

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        target = self._target(path)
        sent = {"Accept": "application/json", **headers}
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token()}"
        connection = self._connection()
        try:
            connection.request(method, target, body=body, headers=sent)
            answer = connection.getresponse()
            data = answer.read(_MAX_BODY + 1)
            if len(data) > _MAX_BODY:
                raise failed(self._account, "answers too much", f"more than {_MAX_BODY} bytes", "Ask for less.")
            return Reply(status=answer.status, headers={k.lower(): v for k, v in answer.getheaders()}, body=data)
        except (OSError, http.client.HTTPException) as exc:
            raise failed(
                self._account, "cannot be reached", str(exc) or type(exc).__name__, "Check its address."
            ) from exc
        finally:
            connection.close()

    def _target(self, path: str) -> str:
        url = path if "://" in path else self._base + path
        parts = urlsplit(url)
        if (parts.scheme, parts.hostname, parts.port) != self._origin:
            raise failed(self._account, "leads elsewhere", f"to {parts.hostname}", "Its answer was not followed.")
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _connection(self) -> http.client.HTTPConnection:
        scheme, host, port = self._origin
        assert host is not None
        if scheme == "https":
            context = self._tls or ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._account.timeout_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._account.timeout_s)

    def _refused(self, reply: Reply) -> Exception:
        error = reply.json().get("error")
        code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else error
        why = f"{reply.status} {code}" if isinstance(code, str) else str(reply.status)
        remedy = {
            401: "The token is wrong or has run out; get a new one.",
            403: "The token may not do this: it needs Mail.ReadWrite.",
            404: "The mail or folder is not there (any more); list it again.",
            412: "The mail has changed meanwhile; read it again.",
        }.get(reply.status, "Try again later.")
        made = failed(self._account, "refuses", why, remedy)
        made.status = reply.status
        return made


def _wait_s(reply: Reply, tries: int) -> float:
    """How long the service asks to wait: as Retry-After says, else twice as long each time."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    if value:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return float(2**tries)
        return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
    return float(2**tries)
