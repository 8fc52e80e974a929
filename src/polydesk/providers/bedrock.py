"""Amazon Bedrock: Converse, with a bearer token or signed requests.

Signing and the files that hold credentials are botocore's, which is loaded when the first request is made. Sources,
checked 2026-11-24: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import quote

import msgspec

from polydesk.core.errors import AuthenticationError
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.providers.failures import Asked
from polydesk.providers.http import Call, HttpClient
from polydesk.providers.vendor import VendorDialect, original_body, refuse_losses
from polydesk.providers.vendor_provider import OpenedProvider, Posting
from polydesk.wire import bedrock_converse
from polydesk.wire.event_stream import CONTENT_TYPE, EventStreamReader
from polydesk.wire.notes import Translated
from polydesk.wire.sse import ServerEvent

SERVICE = "bedrock"
"""The name that signatures are made for."""


def bedrock_base_url(region: str) -> str:
    """Bedrock's own address in that region."""
    return f"https://bedrock-runtime.{region}.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsKeys:
    """An access key, and the token of the session that it belongs to; None where it is a user's own."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class _Converse(VendorDialect):
    name = bedrock_converse.DIALECT
    request_id_header = "x-amzn-requestid"
    stream_type = CONTENT_TYPE

    def __init__(self, model: str) -> None:
        self._model = model

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return bedrock_converse.response_from_wire(body, model=self._model, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> bedrock_converse.ConverseStreamReader:
        return bedrock_converse.ConverseStreamReader(model=self._model, request_id=request_id)

    def framing(self) -> EventStreamReader:
        return EventStreamReader()

    def is_end(self, event: ServerEvent) -> bool:
        return event.name == bedrock_converse.END

    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        if "output" in body:
            return None
        kind = headers.get("x-amzn-errortype") or body.get("__type") or body.get("code")
        message = body.get("message") or body.get("Message")
        # The type may come with a namespace before it and an address after it.
        code = None if kind is None else str(kind).partition(":")[0].rpartition("#")[2]
        return {"message": None if message is None else str(message), "code": code}


class Bedrock(OpenedProvider):
    """Converse at `base_url`, such as `https://bedrock-runtime.eu-central-1.amazonaws.com`, as `provider`.

    `bearer_token` goes before `keys`, and these before the `profile` of AWS's own files, which may also name a single
    sign-on or a role to take. Signatures are made for `region`. `quirks` says for each model what of Converse it does
    not take, by the names that `wire/bedrock_converse` knows.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        region: str,
        bearer_token: str | None = None,
        keys: AwsKeys | None = None,
        profile: str | None = None,
        provider: str = "bedrock",
        quirks: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        super().__init__(http, provider=provider)
        self._base_url = base_url.rstrip("/")
        self._bearer_token = bearer_token
        self._signer = _Signer(region=region, keys=keys, profile=profile)
        self._quirks = dict(quirks or {})

    def __repr__(self) -> str:
        return f"Bedrock(url={self._base_url!r}, provider={self._provider!r})"

    async def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        translated = self._translated(request)
        call = await self._call(request, "converse-stream" if stream else "converse", translated)
        return Posting(call, _Converse(request.model), translated.notes)

    def _translated(self, request: ModelRequest) -> Translated:
        as_it_came = original_body(request, _Converse.name)
        if as_it_came is None:
            return bedrock_converse.request_to_wire(request, quirks=self._quirks.get(request.model, ()))
        as_it_came.pop("modelId", None)
        return Translated(body=as_it_came)

    async def _call(self, request: ModelRequest, method: str, translated: Translated) -> Call:
        asked = Asked(provider=self._provider, model=request.model, secret=self._bearer_token or "")
        refuse_losses(asked, translated.notes, strict=request.strict)
        # An identifier may be a whole ARN; AWS signs the path with every sign of it escaped.
        url = f"{self._base_url}/model/{quote(request.model, safe='')}/{method}"
        body = msgspec.json.encode(translated.body)
        if self._bearer_token is not None:
            return Call(asked=asked, url=url, headers={"authorization": f"Bearer {self._bearer_token}"}, body=body)
        return Call(asked=asked, url=url, headers=await self._signer.headers(asked, url, body), body=body)


class _Signer:
    """Signs requests with AWS's Signature Version 4."""

    def __init__(self, *, region: str, keys: AwsKeys | None, profile: str | None) -> None:
        self._region = region
        self._keys = keys
        self._profile = profile
        self._credentials: Any = None
        """botocore's, once they were needed."""

    async def headers(self, asked: Asked, url: str, body: bytes) -> dict[str, str]:
        """The headers that sign a POST of that JSON `body` to `url`. Raises AuthenticationError."""
        # Profiles read files, and those of a single sign-on or a role ask AWS: nothing that the loop may wait for.
        frozen = await asyncio.to_thread(self._frozen, asked)
        request = import_module("botocore.awsrequest").AWSRequest(
            method="POST", url=url, data=body, headers={"content-type": "application/json"}
        )
        import_module("botocore.auth").SigV4Auth(frozen, SERVICE, self._region).add_auth(request)
        return {str(name).lower(): str(value) for name, value in request.headers.items()}

    def _frozen(self, asked: Asked) -> Any:
        exceptions = import_module("botocore.exceptions")
        import_module("botocore.auth")
        import_module("botocore.awsrequest")
        try:
            if self._credentials is None:
                self._credentials = self._found()
            frozen = None if self._credentials is None else self._credentials.get_frozen_credentials()
        except exceptions.BotoCoreError as exc:
            raise self._missing(asked, f"credentials of profile {self._profile} cannot be had ({exc})") from exc
        if frozen is None:
            raise self._missing(asked, "no credentials were found")
        return frozen

    def _found(self) -> Any:
        if self._keys is not None:
            keys = self._keys
            make = import_module("botocore.credentials").Credentials
            return make(keys.access_key_id, keys.secret_access_key, keys.session_token)
        if self._profile is None:
            return None
        return import_module("botocore.session").Session(profile=self._profile).get_credentials()

    def _missing(self, asked: Asked, what: str) -> AuthenticationError:
        message = f"{asked.provider} was not asked for {asked.model}: {what}. Check the AWS settings."
        return AuthenticationError(message, provider=asked.provider, model=asked.model, code="no_credentials")
