"""The embedded provider with the real small model: what is promised of every answer, alone and among others."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from polydesk.core.errors import (
    ContextLengthError,
    ModelNotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
)
from polydesk.core.messages import ImagePart, Message, ModelRequest, ModelResponse, Tool, system_message, user_message
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta, response_of
from polydesk.providers.base import Load
from polydesk.providers.llamacpp import provider as provider_module
from polydesk.providers.llamacpp.engine import Engine, EngineSize
from polydesk.providers.llamacpp.provider import LlamaCpp
from tests.providers.llamacpp.samples import MODEL, PROMPTS, asked, endless, schema

_PATIENCE_S = 60
"""Only a guard against hanging: an endless answer takes longer, a good one never comes near."""


async def streamed(engine: LlamaCpp, request: ModelRequest) -> list[StreamEvent]:
    return [event async for event in engine.stream(request)]


async def begun(engine: LlamaCpp, request: ModelRequest, deltas: int = 3) -> list[StreamEvent]:
    """The first deltas of a stream, which is then closed."""
    events: list[StreamEvent] = []
    async with aclosing(engine.stream(request)) as stream:
        async for event in stream:
            events.append(event)
            if len(events) == deltas + 1:
                break
    return events


async def test_a_stream_adds_up_to_the_plain_answer(engine: LlamaCpp) -> None:
    for prompt in PROMPTS[:3]:
        events = await streamed(engine, asked(prompt))
        whole = await engine.send(asked(prompt))
        assert response_of(events).text == whole.text
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert sum(isinstance(event, TextDelta) for event in events) > 1


async def test_requests_at_once_get_the_answers_they_get_alone(engine: LlamaCpp) -> None:
    """Six requests for three slots: half of them wait, and none sees another's text."""
    alone = [(await engine.send(asked(prompt))).text for prompt in PROMPTS]
    for _ in range(2):
        together = await asyncio.gather(*(engine.send(asked(prompt)) for prompt in PROMPTS))
        assert [answer.text for answer in together] == alone


async def test_tokens_are_counted_as_the_engine_reads_them(engine: LlamaCpp) -> None:
    request = ModelRequest(
        model=MODEL,
        messages=(system_message("Answer briefly."), user_message("Qu'est-ce que c'est? ✓ 12,5 %")),
        max_output_tokens=5,
    )
    assert await engine.count_tokens(request) == (await engine.send(request)).usage.input_tokens


async def test_one_more_word_is_one_more_token(engine: LlamaCpp) -> None:
    counts = [await engine.count_tokens(asked("rain" + " rain" * more)) for more in range(4)]
    assert [count - counts[0] for count in counts] == [0, 1, 2, 3]


async def test_the_limit_of_tokens_is_kept_and_said(engine: LlamaCpp) -> None:
    response = await engine.send(asked(PROMPTS[0], tokens=9))
    assert (response.finish_reason, response.usage.output_tokens) == ("length", 9)


async def test_an_answer_that_ends_by_itself_stops(engine: LlamaCpp) -> None:
    response = await engine.send(asked(PROMPTS[2], tokens=200))
    assert response.finish_reason == "stop"
    assert response.usage.output_tokens is not None
    assert response.usage.output_tokens < 200


async def test_a_prompt_asked_again_comes_from_the_cache(narrow_engine: LlamaCpp) -> None:
    request = asked("word " * 100, tokens=2)
    first, again = [(await narrow_engine.send(request)).usage for _ in range(2)]
    assert first.cache_read_input_tokens == 0
    assert again.input_tokens == first.input_tokens
    assert again.cache_read_input_tokens == (first.input_tokens or 0) - 1


@pytest.mark.parametrize("stop", ["a", "the", " ", "\n"])
async def test_a_stop_text_is_never_in_the_answer(engine: LlamaCpp, stop: str) -> None:
    request = asked(PROMPTS[3], tokens=60, stop=(stop, "never said"))
    plain = await engine.send(request)
    assert stop not in plain.text
    assert plain.finish_reason == "stop"
    assert response_of(await streamed(engine, request)).text == plain.text


async def test_the_same_seed_gives_the_same_answer_and_another_one_another(engine: LlamaCpp) -> None:
    def seeded(seed: int) -> ModelRequest:
        return asked(PROMPTS[0], temperature=1.0, top_p=0.95, seed=seed)

    texts = [(await engine.send(seeded(seed))).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


SCHEMAS: dict[str, dict[str, Any] | None] = {
    "choice": {"type": "object", "properties": {"kind": {"enum": ["invoice", "letter"]}}, "required": ["kind"]},
    "flat": {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "title": {"type": "string", "maxLength": 20}},
        "required": ["ok", "title"],
        "additionalProperties": False,
    },
    "list": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 99}, "minItems": 1, "maxItems": 3},
    "nested": {
        "type": "object",
        "properties": {
            "place": {
                "type": "object",
                "properties": {"city": {"type": "string", "maxLength": 12}, "floor": {"type": ["integer", "null"]}},
                "required": ["city", "floor"],
            }
        },
        "required": ["place"],
    },
    "either": {"anyOf": [{"const": "yes"}, {"const": "no"}]},
    "reference": {
        "$defs": {"grade": {"enum": ["A", "B"]}},
        "type": "object",
        "properties": {"grade": {"$ref": "#/$defs/grade"}},
        "required": ["grade"],
    },
}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("seed", [1, 2])
async def test_the_answer_obeys_its_schema(engine: LlamaCpp, name: str, seed: int) -> None:
    request = asked("Read the document.", tokens=150, temperature=0.7, seed=seed, output_schema=schema(SCHEMAS[name]))
    response = await engine.send(request)
    assert response.finish_reason == "stop"
    jsonschema.validate(json.loads(response.text), SCHEMAS[name] or {})


async def test_any_json_object_can_be_asked_for(engine: LlamaCpp) -> None:
    response = await engine.send(asked("Name and age of a person.", tokens=300, output_schema=schema(None)))
    assert response.text.lstrip().startswith("{")


async def test_json_that_the_limit_cuts_is_given_as_cut(engine: LlamaCpp) -> None:
    long = {"type": "object", "properties": {"t": {"type": "string", "minLength": 500}}, "required": ["t"]}
    response = await engine.send(asked("Write.", tokens=10, output_schema=schema(long)))
    assert response.finish_reason == "length"


async def test_a_schema_that_is_none_is_rejected(engine: LlamaCpp) -> None:
    with pytest.raises(RequestRejectedError, match="unrecognized type"):
        await engine.send(asked("Write.", output_schema=schema({"type": "nonsense"})))


async def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(engine: LlamaCpp) -> None:
    request = asked("word " * 1500)
    with pytest.raises(ContextLengthError) as caught:
        await engine.send(request)
    assert (caught.value.limit_tokens, caught.value.sent_tokens) == (1024, await engine.count_tokens(request))


async def test_an_answer_that_fills_the_context_ends_as_cut(engine: LlamaCpp) -> None:
    response = await engine.send(endless("word " * 900))
    assert response.finish_reason == "length"
    assert (response.usage.input_tokens or 0) + (response.usage.output_tokens or 0) in (1024, 1025)


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        (asked("x", tools=(Tool(name="t", parameters={"type": "object"}),)), "tools"),
        (
            ModelRequest(
                model=MODEL,
                messages=(Message(role="user", parts=(ImagePart(media_type="image/png", data=b"1"),)),),
            ),
            "messages",
        ),
        (ModelRequest(model=MODEL, messages=()), "messages"),
    ],
    ids=["tools", "image", "nothing"],
)
async def test_what_it_cannot_do_is_rejected_by_name(engine: LlamaCpp, request_: ModelRequest, param: str) -> None:
    with pytest.raises(RequestRejectedError) as caught:
        await engine.send(request_)
    assert caught.value.param == param


async def test_the_event_loop_turns_while_a_model_answers(engine: LlamaCpp) -> None:
    turns = 0
    answer = asyncio.create_task(engine.send(asked(PROMPTS[3], tokens=64)))
    while not answer.done():
        await asyncio.wait([answer], timeout=0.001)
        turns += 1
    assert (await answer).usage.output_tokens == 64
    assert turns > 20


async def test_closing_a_stream_frees_its_slot(narrow_engine: LlamaCpp) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        for _ in range(3):
            assert len(await begun(narrow_engine, endless("Tell a long story."))) == 4
        assert (await narrow_engine.send(asked("Who are you?", tokens=4))).usage.output_tokens == 4


async def test_cancelling_a_call_frees_its_slot_and_those_that_wait_go_on(narrow_engine: LlamaCpp) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        await narrow_engine.load(MODEL)
        first = asyncio.create_task(narrow_engine.send(endless("Tell a long story.")))
        waiting = asyncio.create_task(narrow_engine.send(endless("Tell another.")))
        last = asyncio.create_task(narrow_engine.send(asked("Who are you?", tokens=4)))
        while narrow_engine.running(MODEL) == 0:
            await asyncio.wait([first], timeout=0.01)
        waiting.cancel()
        first.cancel()
        assert (await last).usage.output_tokens == 4
        assert await asyncio.gather(first, waiting, return_exceptions=True) != []
        assert (first.cancelled(), waiting.cancelled()) == (True, True)


async def test_a_long_prompt_is_given_up_while_it_is_read(narrow_engine: LlamaCpp) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        events = await begun(narrow_engine, asked("word " * 8000, tokens=5), deltas=0)
        assert [type(event) for event in events] == [Started]
        assert (await narrow_engine.send(asked("Who are you?", tokens=4))).usage.output_tokens == 4


async def test_first_requests_at_once_load_the_model_once(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Path] = []

    class CountedEngine(Engine):
        def __init__(self, weights: Path, size: EngineSize) -> None:
            loaded.append(weights)
            super().__init__(weights, size)

    monkeypatch.setattr(provider_module, "Engine", CountedEngine)
    engine = LlamaCpp(lambda name: small_weights, EngineSize(context_tokens=256, parallel=2, threads=1))
    answers = await asyncio.gather(*(engine.send(asked(prompt, tokens=3)) for prompt in PROMPTS))
    await engine.close()
    assert (len(answers), len(loaded)) == (6, 1)


async def test_closing_ends_what_runs_and_the_next_request_loads_anew(small_weights: Path) -> None:
    engine = LlamaCpp(lambda name: small_weights, EngineSize(parallel=1, threads=1))
    async with asyncio.timeout(_PATIENCE_S):
        running = asyncio.create_task(engine.send(endless("Tell a long story.")))
        waiting = asyncio.create_task(engine.send(endless("Tell another.")))
        while engine.running(MODEL) == 0:
            await asyncio.wait([running], timeout=0.01)
        await engine.close()
        ended = await asyncio.gather(running, waiting, return_exceptions=True)
        assert [type(error) for error in ended] == [ProviderUnavailableError, ProviderUnavailableError]
        assert (await engine.send(asked("Who are you?", tokens=2))).usage.output_tokens == 2
        await engine.close()


async def test_a_model_that_is_not_here_is_named_with_the_remedy() -> None:
    engine = LlamaCpp(lambda name: None)
    with pytest.raises(ModelNotFoundError, match="polydesk models pull qwen"):
        await engine.send(ModelRequest(model="qwen", messages=(user_message("x"),)))


async def test_a_file_that_is_no_model_makes_the_provider_unavailable(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGUF, or so it says")
    engine = LlamaCpp(lambda name: tmp_path / "x.gguf")
    with pytest.raises(ProviderUnavailableError, match="cannot be read as a GGUF model"):
        await engine.send(asked("x"))


async def test_a_damaged_model_makes_the_provider_unavailable(tmp_path: Path, small_weights: Path) -> None:
    with small_weights.open("rb") as file:
        (tmp_path / "x.gguf").write_bytes(file.read(10_000_000))
    engine = LlamaCpp(lambda name: tmp_path / "x.gguf", EngineSize(threads=1))
    with pytest.raises(ProviderError, match="cannot be loaded"):
        await engine.send(asked("x"))


async def test_the_answer_says_who_gave_it_and_how_fast(engine: LlamaCpp) -> None:
    response: ModelResponse = await engine.send(asked("Who are you?", tokens=4))
    assert response.model == MODEL
    assert response.provider_details["timings"]["predicted_n"] == 4


async def test_a_busy_model_says_so_and_refuses_one_more_than_may_wait(small_weights: Path) -> None:
    engine = LlamaCpp(lambda name: small_weights, EngineSize(parallel=1, threads=1, max_waiting=1))
    idle = Load(running=0, waiting=0, slots=1, wait_s=0.0, saved_s=0.0)
    long = asked("word " * 100, tokens=2)
    assert engine.load_of(long) == idle
    try:
        await engine.send(long)
        assert engine.load_of(long).saved_s > 0
        async with aclosing(engine.stream(endless(PROMPTS[0]))) as stream:
            await anext(stream)
            patient = asyncio.create_task(engine.send(asked(PROMPTS[1], tokens=2)))
            await asyncio.wait((patient,), timeout=0.01)
            load = engine.load_of(long)
            assert (load.running, load.waiting, load.slots) == (1, 1, 1)
            assert load.wait_s > 0
            with pytest.raises(ProviderUnavailableError, match="is busy") as failed:
                await engine.send(asked(PROMPTS[1]))
            assert failed.value.code == "busy"
        assert (await patient).usage.output_tokens == 2
    finally:
        await engine.close()
