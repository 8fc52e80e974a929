"""The engine's form of a request, and what its chunks and errors become."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import msgspec
import pytest

from polydesk.core.errors import (
    ContextLengthError,
    MalformedResponseError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
    WeightsError,
)
from polydesk.core.messages import Message, ModelRequest, TextPart, user_message
from polydesk.core.streams import Finished, Started, TextDelta
from polydesk.core.usage import Usage
from polydesk.providers.llamacpp import engine as engine_module
from polydesk.providers.llamacpp.chat import AnswerReader, body_of, error_of
from polydesk.providers.llamacpp.engine import Engine, EngineRefusal, EngineSize
from tests.providers.llamacpp.samples import asked, schema


def in_c(name: str) -> bytes | None:
    """An environment variable as C libraries see it."""
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    return getenv(name.encode())


def chunk(**fields: Any) -> bytes:
    return msgspec.json.encode({"id": "c1", "model": "/path/of/weights.gguf", **fields})


def delta(text: str | None = None, reason: str | None = None) -> bytes:
    return chunk(choices=[{"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": reason}])


def test_a_request_is_said_in_the_engines_words() -> None:
    request = ModelRequest(
        model="small",
        messages=(Message(role="developer", parts=(TextPart(text="Be brief."),)), user_message("Hi")),
        max_output_tokens=7,
        temperature=0.5,
        top_p=0.9,
        stop=("END",),
        seed=3,
        user="u1",
        reasoning_effort="low",
        provider_options={"n": 4, "stream": False, "min_p": 0.1},
    )
    body = msgspec.json.decode(body_of(request))
    assert [message["role"] for message in body.pop("messages")] == ["system", "user"]
    assert body == {
        "max_tokens": 7,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["END"],
        "seed": 3,
        "min_p": 0.1,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "cache_prompt": True,
    }


def test_chunks_become_events_that_name_the_asked_model() -> None:
    reader = AnswerReader(asked("x"))
    events = [*reader.read(chunk(choices=[], prompt_progress={"total": 5})), *reader.read(delta("Hel"))]
    events += [*reader.read(delta("lo")), *reader.read(delta(reason="stop"))]
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    events += reader.read(chunk(choices=[], usage=usage, timings={"cache_n": 4}))
    assert events == [
        Started(id="c1", model="smollm2-135m"),
        TextDelta(index=0, text="Hel"),
        TextDelta(index=0, text="lo"),
    ]
    assert reader.end() == Finished(
        finish_reason="stop",
        usage=Usage(input_tokens=5, output_tokens=2, cache_read_input_tokens=4),
        provider_details={"timings": {"cache_n": 4}},
    )


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (EngineRefusal(code=400, type="exceed_context_size_error", n_prompt_tokens=9, n_ctx=8), ContextLengthError),
        (EngineRefusal(code=400, type="invalid_request_error", message="no"), RequestRejectedError),
        (EngineRefusal(code=500, type="server_error", message="no"), ProviderUnavailableError),
        (EngineRefusal(message="no"), ProviderUnavailableError),
    ],
)
def test_each_refusal_is_the_error_its_caller_can_act_on(refusal: EngineRefusal, kind: type[ProviderError]) -> None:
    error = error_of(refusal, "small")
    assert type(error) is kind
    assert (error.provider, error.model) == ("embedded", "small")


def test_an_error_in_a_stream_is_raised() -> None:
    reader = AnswerReader(asked("x"))
    reader.read(delta("Hel"))
    with pytest.raises(ProviderUnavailableError, match="out of memory"):
        reader.read(b'{"error": {"code": 500, "message": "out of memory", "type": "server_error"}}')


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    reader = AnswerReader(asked("x"))
    reader.read(delta("Hel"))
    with pytest.raises(ProviderUnavailableError, match="broke off"):
        reader.end()


@pytest.mark.parametrize("data", [b"not json", b'{"choices": 5}'])
def test_a_chunk_against_the_form_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedResponseError) as caught:
        AnswerReader(asked("x")).read(data)
    assert caught.value.excerpt == data.decode()


def test_an_answer_that_is_not_the_asked_json_is_malformed() -> None:
    reader = AnswerReader(asked("x", output_schema=schema(None)))
    for data in (delta('{"a": '), delta(reason="stop")):
        reader.read(data)
    with pytest.raises(MalformedResponseError, match="not the JSON"):
        reader.end()


def test_a_missing_system_library_is_named_and_nothing_is_left(
    small_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes | None] = []

    def missing(name: str) -> None:
        seen.append(in_c("OMP_WAIT_POLICY"))
        raise ImportError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(engine_module.importlib, "import_module", missing)
    with pytest.raises(WeightsError, match="install the package libgomp1"):
        Engine(small_weights, EngineSize(threads=1))
    assert seen == [b"passive"]
    assert in_c("OMP_WAIT_POLICY") is None
    assert list(tmp_path.iterdir()) == []
