"""Access tokens for Google Cloud.

Sources, checked 2026-11-24: https://developers.google.com/identity/protocols/oauth2/service-account (signed requests)
and https://docs.cloud.google.com/docs/authentication/application-default-credentials (files).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from google.auth import jwt
from google.auth.crypt import RSASigner

from polydesk.core.errors import AuthenticationError, SettingsError
from polydesk.providers.failures import Asked
from polydesk.providers.http import Answer, Call, HttpClient
from polydesk.providers.vendor import VendorDialect, read_call
from polydesk.wire.shape import read_shape

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 # an address
LIFETIME_S = 3_600
"""The longest that Google lets a token live."""
EARLY_S = 240
"""A token is renewed this long before it ends, so that none ends on its way."""
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class GoogleCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of Application Default Credentials says: a service account, or a user who signed in."""

    type: str
    client_email: str = ""
    private_key: str = ""
    private_key_id: str = ""
    token_uri: str = TOKEN_URL
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    project_id: str | None = None

    def __repr__(self) -> str:
        return f"GoogleCredentials(type={self.type!r}, client_email={self.client_email!r})"


def read_credentials(path: Path) -> GoogleCredentials:
    """The credentials in the file at `path`. Raises SettingsError, which never shows what is in it."""
    try:
        credentials = msgspec.json.decode(path.read_bytes(), type=GoogleCredentials)
    except OSError as exc:
        raise SettingsError(f"The Google credentials file {path} cannot be read: {exc.strerror}.") from exc
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError(f"The Google credentials file {path} is not a JSON file of credentials.") from None
    if credentials.type == "service_account":
        _signer(credentials, path)
    elif credentials.type != "authorized_user":
        raise SettingsError(
            f"The Google credentials file {path} is of the kind {credentials.type}; "
            "use a service account's key, or sign in with gcloud auth application-default login."
        )
    return credentials


class _TokenAnswer(msgspec.Struct, kw_only=True):
    access_token: str
    expires_in: float = LIFETIME_S


class _TokenDialect(VendorDialect):
    name = "oauth2"
    request_id_header = ""

    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        error = body.get("error")
        return None if error is None else {"code": str(error), "message": str(body.get("error_description", ""))}


class GoogleToken:
    """One identity's access token, asked for when it is needed, and by one call at a time.

    A file of credentials is read then too, so that one which is of no use harms nobody who does not ask. `clock` is in
    seconds since 1970.
    """

    def __init__(
        self,
        http: HttpClient,
        credentials: GoogleCredentials | Path,
        *,
        provider: str = "vertex",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._provider = provider
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    def __repr__(self) -> str:
        return f"GoogleToken({self._credentials!r})"

    async def token(self) -> str:
        """A token that is good for minutes at least. Raises ProviderError."""
        if self._clock() < self._renew_at:
            return self._token
        async with self._lock:
            if self._clock() >= self._renew_at:
                await self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """Do not use `token` again: it was refused."""
        if token == self._token:
            self._renew_at = 0.0

    async def _renew(self) -> None:
        asked_at = self._clock()
        known = self._known()
        secret, fields = _proof(known, asked_at)
        call = Call(
            asked=Asked(provider=self._provider, model="access token", secret=secret),
            url=known.token_uri,
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(fields).encode(),
        )
        answer = await read_call(self._http, call, _TokenDialect(), _read_token)
        self._token = answer.access_token
        self._renew_at = asked_at + answer.expires_in - min(EARLY_S, answer.expires_in / 2)

    def _known(self) -> GoogleCredentials:
        if isinstance(self._credentials, Path):
            try:
                self._credentials = read_credentials(self._credentials)
            except SettingsError as exc:
                raise AuthenticationError(str(exc), provider=self._provider, code="credentials") from exc
        return self._credentials


def _proof(known: GoogleCredentials, now: float) -> tuple[str, dict[str, str]]:
    """What proves the identity, and the form that it is sent in."""
    if known.type == "authorized_user":
        return known.refresh_token, {
            "grant_type": "refresh_token",
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "refresh_token": known.refresh_token,
        }
    claims = {
        "iss": known.client_email,
        "scope": SCOPE,
        "aud": known.token_uri,
        "iat": int(now),
        "exp": int(now) + LIFETIME_S,
    }
    assertion = jwt.encode(_signer(known, None), claims).decode()  # pyright: ignore[reportUnknownMemberType] # untyped there
    return assertion, {"grant_type": BEARER, "assertion": assertion}


def _read_token(body: dict[str, Any], answer: Answer) -> _TokenAnswer:
    return read_shape(body, _TokenAnswer)


def _signer(credentials: GoogleCredentials, path: Path | None) -> RSASigner:
    try:
        return RSASigner.from_string(credentials.private_key, credentials.private_key_id or None)  # pyright: ignore[reportUnknownMemberType] # untyped there
    except ValueError:
        # Without the cause, which may quote the key.
        raise SettingsError(
            f"The Google credentials file {path or ''} holds no private key that can be read."
        ) from None
