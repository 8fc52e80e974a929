"""Requests: ours to Converse and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    OutputSchema,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.wire.bedrock_converse.parts import CACHE_POINT, DIALECT, blocks_of, parts_from_wire
from polydesk.wire.bedrock_converse.shapes import ConverseRequest, TextFormat, ToolConfig
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.reasoning import effort_to_wire
from polydesk.wire.shape import read_shape

SCHEMA_NAME = "output"
EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
JSON_ONLY = "Answer with one JSON object and nothing else."
QUIRKS = frozenset({"no_forced_tools", "no_sampling"})
"""What a model may not take: a choice that makes it call a tool; temperature and top_p."""
KNOWN = frozenset({"messages", "system", "inferenceConfig", "toolConfig", "modelId"})


def request_to_wire(request: ModelRequest, *, quirks: Collection[str] = ()) -> Translated:
    """The body of `POST /model/{model}/converse` and of `…/converse-stream`.

    `quirks` are those of the model, of `QUIRKS`. `request.provider_options` are laid over the result.
    """
    notes = Notes()
    request = _as_the_model_takes_it(request, quirks, notes)
    system = _system(request, notes)
    body: dict[str, Any] = {"messages": _messages(request.messages, notes)}
    if system:
        body["system"] = system
    config = _inference_config(request, notes)
    if config:
        body["inferenceConfig"] = config
    tools = _tool_config(request, notes)
    if tools:
        body["toolConfig"] = tools
    output = _output_config(request, notes)
    if output:
        body["outputConfig"] = output
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def request_from_wire(body: dict[str, Any], *, model: str) -> ModelRequest:
    """The request that `body` makes of `model`, which the address names.

    Fields that we do not model are kept in `provider_options`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ConverseRequest)
    options = leftovers(body, KNOWN)
    output = read_shape(options.pop("outputConfig", {}), dict[str, Any])
    effort = output.pop("effort") if output.get("effort") in EFFORTS else None
    schema = _schema_from_wire(output.pop("textFormat", None))
    if output:
        options["outputConfig"] = output
    system = [] if not shape.system else [Message(role="system", parts=parts_from_wire(shape.system))]
    config = shape.inference_config
    return ModelRequest(
        model=model,
        messages=(*system, *(Message(role=one.role, parts=parts_from_wire(one.content)) for one in shape.messages)),
        max_output_tokens=None if config is None else config.max_tokens,
        temperature=None if config is None else config.temperature,
        top_p=None if config is None else config.top_p,
        stop=() if config is None else tuple(config.stop_sequences or ()),
        tools=_tools_from_wire(shape.tool_config),
        tool_choice=_choice_from_wire(shape.tool_config),
        output_schema=schema,
        reasoning_effort=effort,
        provider_options=options,
    )


def _as_the_model_takes_it(request: ModelRequest, quirks: Collection[str], notes: Notes) -> ModelRequest:
    if "no_sampling" in quirks:
        for name in ("temperature", "top_p"):
            if getattr(request, name) is not None:
                notes.dropped(name, "the model refuses sampling parameters")
        request = msgspec.structs.replace(request, temperature=None, top_p=None)
    choice = request.tool_choice
    if "no_forced_tools" in quirks and choice is not None and choice.mode in ("required", "named"):
        notes.rewritten("tool_choice", "the model cannot be made to call a tool; it may choose to")
        request = msgspec.structs.replace(request, tool_choice=ToolChoice(parallel=choice.parallel))
    return request


def _system(request: ModelRequest, notes: Notes) -> list[dict[str, Any]]:
    """The instructions, which have a field of their own here, wherever they stand."""
    blocks: list[dict[str, Any]] = []
    spoken = False
    for index, message in enumerate(request.messages):
        path = f"messages[{index}]"
        if message.role in ("user", "assistant"):
            spoken = True
            continue
        if message.role == "developer":
            notes.rewritten(f"{path}.role", "Converse has no developer role; the words are sent as system")
        if spoken:
            notes.rewritten(path, "Converse has instructions at the beginning only; these are moved there")
        blocks += blocks_of(message.parts, path, notes, (TextPart,))
    if request.output_schema is not None and request.output_schema.json_schema is None:
        notes.emulated("output_schema", "Converse holds answers to a schema only; 'any JSON' is asked for in words")
        blocks.append({"text": JSON_ONLY})
    return blocks


def _messages(messages: Sequence[Message], notes: Notes) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        if message.role not in ("user", "assistant"):
            continue
        path = f"messages[{index}]"
        if message.role == "user":
            kinds = (TextPart, ImagePart, DocumentPart, ToolResultPart)
        else:
            kinds = (TextPart, ReasoningPart, ToolCallPart)
        blocks = blocks_of(message.parts, path, notes, kinds)
        if result and result[-1]["role"] == message.role:
            notes.emulated(path, "Converse wants speakers in turn; messages of one in a row are sent as one")
            result[-1]["content"] += blocks
        else:
            result.append({"role": message.role, "content": blocks})
    return result


def _inference_config(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    for name in ("top_k", "seed", "presence_penalty", "frequency_penalty", "user"):
        if getattr(request, name) is not None:
            notes.dropped(name, "Converse has no word for it; additionalModelRequestFields says it in a model's own")
    fields = {
        "maxTokens": request.max_output_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _output_config(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    config: dict[str, Any] = {}
    effort = _effort(request, notes)
    if effort is not None:
        config["effort"] = effort
    schema = request.output_schema
    if schema is not None and schema.json_schema is not None:
        if schema.strict is False:
            notes.rewritten("output_schema.strict", "a format is always strict")
        text = msgspec.json.encode(schema.json_schema).decode()
        structure = {"schema": text, "name": schema.name}
        if schema.description is not None:
            structure["description"] = schema.description
        config["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": structure}}
    return config


def _effort(request: ModelRequest, notes: Notes) -> str | None:
    if request.reasoning_effort == "none":
        notes.dropped("reasoning_effort", "Converse has no common word to switch reasoning off")
        return None
    return effort_to_wire(request, notes, dialect="Converse")


def _tool_config(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    choice = request.tool_choice
    if choice is not None and choice.parallel is False:
        notes.dropped("tool_choice.parallel", "Converse cannot keep a model from calling several tools at once")
    if not request.tools:
        return {}
    if choice is not None and choice.mode == "none":
        if not _speaks_of_tools(request.messages):
            notes.emulated("tool_choice", "Converse cannot forbid tools; none are shown")
            return {}
        notes.dropped("tool_choice", "Converse cannot forbid tools, and wants them shown where they were used before")
        choice = None
    entries: list[dict[str, Any]] = []
    for tool in request.tools:
        entries.append({"toolSpec": _tool_spec(tool)})
        if tool.cache:
            entries.append(CACHE_POINT)
    return {"tools": entries} | ({} if choice is None else {"toolChoice": _tool_choice(choice)})


def _speaks_of_tools(messages: Sequence[Message]) -> bool:
    return any(isinstance(part, ToolCallPart | ToolResultPart) for message in messages for part in message.parts)


def _tool_spec(tool: Tool) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": tool.name, "inputSchema": {"json": tool.parameters}}
    if tool.description:  # Converse refuses empty ones
        spec["description"] = tool.description
    if tool.strict is not None:
        spec["strict"] = tool.strict
    return spec


def _tool_choice(choice: ToolChoice) -> dict[str, Any]:
    match choice.mode:
        case "named":
            return {"tool": {"name": choice.name}}
        case "required":
            return {"any": {}}
        case _:
            return {"auto": {}}


def _tools_from_wire(config: ToolConfig | None) -> tuple[Tool, ...]:
    tools: list[Tool] = []
    for entry in [] if config is None else config.tools:
        spec = entry.tool_spec
        if spec is not None:
            parameters = spec.input_schema.json
            tools.append(Tool(name=spec.name, description=spec.description, parameters=parameters, strict=spec.strict))
        elif entry.cache_point is not None and tools:
            tools[-1] = msgspec.structs.replace(tools[-1], cache=True)
    return tuple(tools)


def _choice_from_wire(config: ToolConfig | None) -> ToolChoice | None:
    match None if config is None else config.tool_choice:
        case None:
            return None
        case {"auto": _}:
            return ToolChoice(mode="auto")
        case {"any": _}:
            return ToolChoice(mode="required")
        case {"tool": {"name": str(name)}}:
            return ToolChoice(mode="named", name=name)
        case _:
            raise WireError("expected auto, any or a tool with a name - at `$.toolConfig.toolChoice`")


def _schema_from_wire(text_format: object) -> OutputSchema | None:
    if text_format is None:
        return None
    shape = read_shape(text_format, TextFormat).structure.json_schema
    try:
        json_schema = msgspec.json.decode(shape.schema, type=dict[str, Any])
    except msgspec.DecodeError as exc:
        raise WireError(f"the schema is not JSON ({exc}) - at `$.outputConfig.textFormat.structure`") from exc
    return OutputSchema(name=shape.name or SCHEMA_NAME, json_schema=json_schema, description=shape.description)
