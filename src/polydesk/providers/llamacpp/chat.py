"""Our requests in the engine's form, and its chunks and errors in ours."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.errors import (
    ContextLengthError,
    MalformedResponseError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
)
from polydesk.core.messages import ImagePart, ModelRequest, ToolCallPart, ToolResultPart
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta
from polydesk.providers.llamacpp.engine import EngineRefusal
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from polydesk.wire.openai_chat.request import request_to_wire
from polydesk.wire.openai_chat.stream import ChatStreamReader

PROVIDER = "embedded"
_NOT_FOR_THE_ENGINE = ("model", "max_completion_tokens", "reasoning_effort", "safety_identifier", "n", "tool_choice")
_READ = ("id", "model", "choices", "usage", "error")
_EXCERPT = 200


def body_of(request: ModelRequest) -> bytes:
    """The chat request that the engine is given. Raises RequestRejectedError for what no embedded model can do."""
    _refuse_the_impossible(request)
    body = request_to_wire(request, stream=True).body
    for name in _NOT_FOR_THE_ENGINE:
        body.pop(name, None)
    for message in body["messages"]:
        if message["role"] == "developer":  # a word that the models' templates do not know
            message["role"] = "system"
    body |= {"stream": True, "stream_options": {"include_usage": True}, "return_progress": True, "cache_prompt": True}
    if request.max_output_tokens is not None:
        body["max_tokens"] = request.max_output_tokens
    if request.output_schema is not None and request.output_schema.json_schema is None:
        body["response_format"] = {"type": "json_object", "schema": {"type": "object"}}
    return msgspec.json.encode(body)


class AnswerReader:
    """Turns the chunks of one answer into our events."""

    def __init__(self, request: ModelRequest) -> None:
        self._request = request
        self._reader = ChatStreamReader()
        self._details: dict[str, Any] = {}
        self._text: list[str] = []

    def read(self, chunk: bytes) -> list[StreamEvent]:
        """The events of one chunk. Raises ProviderError for one that carries an error or is not understood."""
        try:
            fields: dict[str, Any] = msgspec.json.decode(chunk)
            if "timings" in fields:
                self._details["timings"] = fields["timings"]
            events = self._reader.read({name: fields[name] for name in _READ if name in fields})
        except StreamFailedError as exc:
            raise error_of(msgspec.convert(exc.error, EngineRefusal), self._request.model) from exc
        except (WireError, msgspec.DecodeError) as exc:
            raise self._malformed(
                f"The engine's answer is not understood: {exc}.", chunk.decode("utf-8", "replace")
            ) from exc
        return [self._ours(event) for event in events]

    def end(self) -> Finished:
        """The last event. Raises ProviderError when the answer broke off or is not the JSON that was asked for."""
        try:
            last = self._reader.end()
        except StreamCutError as exc:
            raise ProviderUnavailableError(
                "The embedded engine broke off its answer. Ask again.", provider=PROVIDER, model=self._request.model
            ) from exc
        if self._request.output_schema is not None and last.finish_reason == "stop" and not self._request.stop:
            self._require_json()
        return Finished(finish_reason=last.finish_reason, usage=last.usage, provider_details=self._details)

    def _ours(self, event: StreamEvent) -> StreamEvent:
        if isinstance(event, Started):
            return Started(id=event.id, model=self._request.model)
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        return event

    def _require_json(self) -> None:
        text = "".join(self._text)
        try:
            msgspec.json.decode(text)
        except msgspec.DecodeError as exc:
            raise self._malformed("The answer is not the JSON that was asked for. Ask again.", text) from exc

    def _malformed(self, message: str, text: str) -> MalformedResponseError:
        error = MalformedResponseError(message, provider=PROVIDER, model=self._request.model)
        error.excerpt = text[:_EXCERPT]
        return error


def error_of(refusal: EngineRefusal, model: str) -> ProviderError:
    """Our error for the engine's."""
    if refusal.type == "exceed_context_size_error":
        error = ContextLengthError(
            f"The request has {refusal.n_prompt_tokens} tokens, and {model} has room for {refusal.n_ctx}. "
            "Shorten it or use a model with a larger context.",
            provider=PROVIDER,
            model=model,
            status_code=refusal.code,
            code=refusal.type,
        )
        error.limit_tokens, error.sent_tokens = refusal.n_ctx, refusal.n_prompt_tokens
        return error
    if 400 <= refusal.code < 500:
        return RequestRejectedError(
            f"The embedded engine refuses the request: {refusal.message}",
            provider=PROVIDER,
            model=model,
            status_code=refusal.code,
            code=refusal.type,
        )
    return ProviderUnavailableError(
        f"The embedded engine failed: {refusal.message}. Ask again, or another model.",
        provider=PROVIDER,
        model=model,
        code=refusal.type or None,
    )


def _refuse_the_impossible(request: ModelRequest) -> None:
    parts = [part for message in request.messages for part in message.parts]
    if any(isinstance(part, ImagePart) for part in parts):
        raise _rejected("messages", "pictures cannot be shown to", request.model)
    if request.tools or any(isinstance(part, ToolCallPart | ToolResultPart) for part in parts):
        # Tried with the shipped models: they write text about the tool even where a call is required.
        raise _rejected("tools", "tools cannot be given to", request.model)
    if not parts:
        raise _rejected("messages", "nothing is asked of", request.model)


def _rejected(param: str, what: str, model: str) -> RequestRejectedError:
    return RequestRejectedError(
        f"`{param}`: {what} the embedded model {model}. Use a vendor's model for this.",
        provider=PROVIDER,
        model=model,
        param=param,
    )
