"""Requests: ours to Gemini's generateContent and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from polydesk.core.messages import Message, ModelRequest, OutputSchema, Part, TextPart, ToolCallPart
from polydesk.wire.gemini.parts import DIALECT, model_parts, parts_from_wire, result_from_wire, user_parts
from polydesk.wire.gemini.schemas import json_schema_of
from polydesk.wire.gemini.shapes import ContentShape, GenerationConfig, PartShape, Request, names_of
from polydesk.wire.gemini.thinking import (
    ALWAYS_THINKS,
    NO_BUDGETS,
    NO_LEVELS,
    NO_MINIMAL,
    NO_XHIGH,
    thinking_from_wire,
    thinking_to_wire,
)
from polydesk.wire.gemini.tools import tools_from_wire, tools_to_wire, with_other_tools
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.shape import read_shape

SCHEMA_NAME = "output"
"""The name we give an output schema; the dialect has none for it."""
JSON = "application/json"
NO_SAMPLING = "no_sampling"
NO_PENALTIES = "no_penalties"
QUIRKS = frozenset({NO_SAMPLING, NO_PENALTIES, NO_LEVELS, NO_BUDGETS, NO_MINIMAL, NO_XHIGH, ALWAYS_THINKS})
"""What a model may take less than this dialect says."""
KNOWN = names_of(Request) | {"generationConfig", "tools", "toolConfig", "model"}
SCHEMAS = frozenset({"responseMimeType", "responseSchema", "responseJsonSchema"})
CONFIG_KNOWN = names_of(GenerationConfig) | SCHEMAS | {"thinkingConfig"}


def request_to_wire(request: ModelRequest, *, quirks: Collection[str] = (), signer: str = DIALECT) -> Translated:
    """The body of `models/{model}:generateContent`, which also asks for a stream: only the address tells them apart.

    `quirks` are those of the model, `signer` the dialect of the host, which reads no other's signatures.
    `request.provider_options` are laid over the result.
    """
    notes = Notes()
    system, start = _instructions(request.messages, notes)
    body: dict[str, Any] = {"systemInstruction": {"parts": system}} if system else {}
    body["contents"] = _contents(request.messages, start, notes, signer)
    body |= tools_to_wire(request, notes)
    config = _config(request, quirks, notes)
    if config:
        body["generationConfig"] = config
    if request.user is not None:
        notes.dropped("user", "Gemini has no field for the end user")
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    options = with_other_tools(body, options)
    return notes.on(merged(body, options))


def request_from_wire(body: dict[str, Any], *, model: str) -> ModelRequest:
    """The request that `body` makes of `model`, which stands in the address, as does whether it asks for a stream.

    Fields that we do not model are kept in `provider_options`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, Request)
    options = leftovers(body, KNOWN)
    generation = read_shape(body.get("generationConfig") or {}, dict[str, Any])
    config = read_shape(generation, GenerationConfig)
    kept = leftovers(generation, CONFIG_KNOWN)
    effort, budget = thinking_from_wire(generation.get("thinkingConfig"), kept)
    schema = _schema_from_wire(generation, kept)
    tools, choice = tools_from_wire(body.get("tools"), body.get("toolConfig"), options)
    if kept:
        options["generationConfig"] = kept
    system = shape.system_instruction
    told = () if system is None else (Message(role="system", parts=_said(system.parts or ())),)
    return ModelRequest(
        model=model,
        messages=(*told, *_messages(shape.contents)),
        max_output_tokens=config.max_output_tokens,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=None if config.top_k is None else int(config.top_k),
        presence_penalty=config.presence_penalty,
        frequency_penalty=config.frequency_penalty,
        seed=config.seed,
        stop=tuple(config.stop_sequences or ()),
        tools=tools,
        tool_choice=choice,
        output_schema=schema,
        reasoning_effort=effort,
        reasoning_budget_tokens=budget,
        provider_options=options,
        options_dialect=DIALECT if options else None,
    )


def _instructions(messages: Sequence[Message], notes: Notes) -> tuple[list[dict[str, Any]], int]:
    """The leading instructions, which have a field of their own here, and how many messages they are."""
    parts: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        if message.role not in ("system", "developer"):
            return parts, index
        if message.role == "developer":
            notes.rewritten(f"messages[{index}].role", "Gemini has no developer role; the words are sent as system")
        parts += user_parts(message.parts, f"messages[{index}]", notes, names={})
    return parts, len(messages)


def _contents(messages: Sequence[Message], start: int, notes: Notes, signer: str) -> list[dict[str, Any]]:
    names: dict[str, str] = {}
    contents: list[dict[str, Any]] = []
    for index, message in enumerate(messages[start:], start=start):
        path = f"messages[{index}]"
        names |= {part.id: part.name for part in message.parts if isinstance(part, ToolCallPart)}
        if message.role == "assistant":
            content = {"role": "model", "parts": model_parts(message.parts, path, notes, signer=signer)}
        else:
            content = {"role": "user", "parts": user_parts(message.parts, path, notes, names=names)}
        if message.role in ("system", "developer"):
            notes.rewritten(f"{path}.role", "Gemini has instructions at the beginning only; sent as the user's words")
        if content["parts"]:
            contents.append(content)
    return contents


def _config(request: ModelRequest, quirks: Collection[str], notes: Notes) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "maxOutputTokens": request.max_output_tokens,
        **_sampling(request, quirks, notes),
        "seed": request.seed,
        "stopSequences": list(request.stop) or None,
        "thinkingConfig": thinking_to_wire(request, quirks, notes),
    }
    if request.output_schema is not None:
        fields |= _schema(request.output_schema, notes)
    return {name: value for name, value in fields.items() if value is not None}


def _sampling(request: ModelRequest, quirks: Collection[str], notes: Notes) -> dict[str, Any]:
    """The sampling parameters, but for those that the model does not take."""
    fields = {
        "temperature": ("temperature", NO_SAMPLING),
        "top_p": ("topP", NO_SAMPLING),
        "top_k": ("topK", NO_SAMPLING),
        "presence_penalty": ("presencePenalty", NO_PENALTIES),
        "frequency_penalty": ("frequencyPenalty", NO_PENALTIES),
    }
    result: dict[str, Any] = {}
    for ours, (theirs, quirk) in fields.items():
        value = getattr(request, ours)
        if value is not None and quirk in quirks:
            notes.dropped(ours, f"{request.model} does not take it")
        else:
            result[theirs] = value
    return result


def _schema(schema: OutputSchema, notes: Notes) -> dict[str, Any]:
    if schema.json_schema is None:
        return {"responseMimeType": JSON}
    if schema.description is not None:
        notes.dropped("output_schema.description", "Gemini takes the schema alone; say it in the prompt")
    if schema.strict is False:
        notes.rewritten("output_schema.strict", "Gemini always holds the answer to the schema")
    return {"responseMimeType": JSON, "responseJsonSchema": schema.json_schema}


def _schema_from_wire(config: dict[str, Any], kept: dict[str, Any]) -> OutputSchema | None:
    kind = config.get("responseMimeType")
    if kind != JSON:
        kept |= leftovers({"responseMimeType": None if kind == "text/plain" else kind}, frozenset())
        return None
    given = config.get("responseJsonSchema")
    older = config.get("responseSchema")
    if given is None and older is not None:
        given = json_schema_of(read_shape(older, dict[str, Any]))
    return OutputSchema(name=SCHEMA_NAME, json_schema=None if given is None else read_shape(given, dict[str, Any]))


def _messages(contents: Sequence[ContentShape]) -> list[Message]:
    reading = _Reading()
    return [reading.message(content) for content in contents]


class _Reading:
    """One conversation, read in order, so that calls without ids get some and answers find theirs."""

    def __init__(self) -> None:
        self._calls = 0
        self._open: list[ToolCallPart] = []
        """Calls that no answer has been found for."""

    def message(self, content: ContentShape) -> Message:
        roles: dict[str | None, Literal["user", "assistant"]] = {
            "user": "user", "USER": "user", "function": "user", None: "user", "model": "assistant", "MODEL": "assistant"
        }  # fmt: skip
        if content.role not in roles:
            raise WireError(f"{content.role} is no role - at `$.contents`")
        parts = [part for shape in content.parts or () for part in self._parts(shape)]
        return Message(role=roles[content.role], parts=tuple(parts))

    def _parts(self, shape: PartShape) -> list[Part]:
        if shape.function_response is not None:
            return [result_from_wire(shape.function_response, call_id=self._answered(shape))]
        parts = parts_from_wire(shape, call_id=f"call_{self._calls}")
        calls = [part for part in parts if isinstance(part, ToolCallPart)]
        self._calls += len(calls)
        self._open += calls
        return parts

    def _answered(self, shape: PartShape) -> str:
        """The id of the call that is answered: the one named, or the first open one of that tool."""
        response = shape.function_response
        assert response is not None  # the caller has looked
        call = next(
            (call for call in self._open if response.id == call.id or (not response.id and response.name == call.name)),
            None,
        )
        if call is not None:
            self._open.remove(call)
            return call.id
        return response.id or response.name


def _said(parts: Sequence[PartShape]) -> tuple[Part, ...]:
    return tuple(TextPart(text=shape.text) for shape in parts if shape.text is not None)
