"""Requests: ours to Messages and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

import msgspec

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    OutputSchema,
    Part,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.wire.anthropic_messages.media import (
    document_from_wire,
    document_to_wire,
    image_from_wire,
    image_to_wire,
)
from polydesk.wire.anthropic_messages.shapes import (
    Block,
    DocumentBlock,
    FormatShape,
    ImageBlock,
    MessagesRequest,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolChoiceShape,
    ToolResultBlock,
    ToolShape,
    ToolUseBlock,
)
from polydesk.wire.anthropic_messages.thinking import (
    ALWAYS_THINKS,
    BETWEEN_TOOLS,
    EFFORTS,
    NO_BUDGETS,
    NO_EFFORT,
    thinking_to_wire,
)
from polydesk.wire.anthropic_messages.unmodelled import with_unmodelled, without_unmodelled
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_input import tool_input

SCHEMA_NAME = "output"
"""The name we give an output schema; the dialect has none for it."""
JSON_ONLY = "Answer with one JSON object and nothing else: no explanation and no code fence."
DEFAULT_MAX_TOKENS = 8_192
"""For a request without a limit, which this dialect must have, when the caller does not know the model's own."""
DIALECT = "anthropic_messages"
CACHE_HERE = {"type": "ephemeral"}
KNOWN = frozenset(MessagesRequest.__struct_fields__) | {"output_config", "thinking", "metadata", "stream"}
MODES = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}
NO_FORCED_TOOLS = "no_forced_tools"
QUIRKS = frozenset({NO_FORCED_TOOLS, NO_BUDGETS, NO_EFFORT, ALWAYS_THINKS, BETWEEN_TOOLS})
"""What a model may take less than this dialect says."""


def request_to_wire(
    request: ModelRequest,
    *,
    stream: bool = False,
    default_max_tokens: int = DEFAULT_MAX_TOKENS,
    quirks: Collection[str] = (),
    signer: str = DIALECT,
) -> Translated:
    """The body of `POST /v1/messages`. `request.provider_options` are laid over the result.

    `quirks` are those of the model, `signer` the dialect of the host, which reads no other's signatures.
    """
    notes = Notes()
    system, messages = _system_and_rest(_legible(request.messages, signer, notes), notes)
    blocks = [block for index, message in enumerate(system) for block in _blocks(message, f"messages[{index}]", notes)]
    limit = _max_tokens(request, default_max_tokens, notes)
    body: dict[str, Any] = {"model": request.model, "max_tokens": limit}
    if request.output_schema is not None and request.output_schema.json_schema is None:
        notes.emulated("output_schema", "Messages holds answers to a schema only; 'any JSON' is asked for in words")
        blocks.append({"type": "text", "text": JSON_ONLY})
    if blocks:
        body["system"] = _shortest(blocks)
    body["messages"] = [
        {"role": _role(message), "content": _shortest(_blocks(message, f"messages[{index}]", notes))}
        for index, message in enumerate(messages, start=len(system))
    ]
    body |= _sampling(request, notes)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.tool_choice is not None:
        body["tool_choice"] = _tool_choice(request.tool_choice, quirks, notes)
    thinking, effort = thinking_to_wire(request, quirks, notes, max_tokens=limit)
    body |= _output_config(request, effort, notes) | thinking
    if stream:
        body["stream"] = True
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, with_unmodelled(body, _with_other_tools(body, options))))


def request_from_wire(body: dict[str, Any]) -> ModelRequest:
    """The request that `body` makes. Whether it asks for a stream is the reader's to see in `stream`.

    `temperature`, `top_p` and `top_k` are read for the clients of older versions, though we no longer write them.
    Fields that we do not model are kept in `provider_options`. Raises WireError naming the path of what is wrong.
    """
    options = leftovers(body, KNOWN)
    shape = read_shape(without_unmodelled(body, options), MessagesRequest)
    system = [] if shape.system is None else [Message(role="system", parts=_parts(shape.system))]
    config = read_shape(body.get("output_config") or {}, dict[str, Any])
    effort, schema = config.pop("effort", None), config.pop("format", None)
    budget, disabled = _thinking_from_wire(body.get("thinking"), options)
    if effort is not None and (disabled or effort not in EFFORTS):
        config["effort"] = effort
    if any(value is not None for value in config.values()):
        options["output_config"] = config
    return ModelRequest(
        model=shape.model,
        messages=(*system, *(Message(role=message.role, parts=_parts(message.content)) for message in shape.messages)),
        max_output_tokens=shape.max_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        stop=tuple(shape.stop_sequences or ()),
        tools=tuple(_tool_from_wire(tool) for tool in _own_tools(shape.tools or (), options)),
        tool_choice=_choice_from_wire(shape.tool_choice),
        output_schema=None if schema is None else _schema_from_wire(schema),
        reasoning_effort="none" if disabled else effort if effort in EFFORTS else None,
        reasoning_budget_tokens=budget,
        user=_user_from_wire(body.get("metadata"), options),
        provider_options=options,
    )


def _system_and_rest(messages: Sequence[Message], notes: Notes) -> tuple[list[Message], list[Message]]:
    """The leading instructions, which have a field of their own here, and the conversation."""
    for index, message in enumerate(messages):
        if message.role == "developer":
            notes.rewritten(f"messages[{index}].role", "Messages has no developer role; the words are sent as system")
    start = next(
        (index for index, message in enumerate(messages) if message.role not in ("system", "developer")), len(messages)
    )
    return list(messages[:start]), list(messages[start:])


def _role(message: Message) -> str:
    return "system" if message.role == "developer" else message.role


def _max_tokens(request: ModelRequest, default: int, notes: Notes) -> int:
    if request.max_output_tokens is not None:
        return request.max_output_tokens
    notes.emulated("max_output_tokens", f"Messages demands a limit; {default} is sent")
    return default


def _sampling(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    for name in ("temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty"):
        if getattr(request, name) is not None:
            notes.dropped(name, "Messages has no sampling parameters since version 2026-10-21")
    fields = {
        "stop_sequences": list(request.stop) or None,
        "metadata": None if request.user is None else {"user_id": request.user},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _output_config(request: ModelRequest, effort: str | None, notes: Notes) -> dict[str, Any]:
    config: dict[str, Any] = {} if effort is None else {"effort": effort}
    schema = request.output_schema
    if schema is not None and schema.json_schema is not None:
        config["format"] = {"type": "json_schema", "schema": schema.json_schema}
        if schema.description is not None:
            notes.dropped("output_schema.description", "a format has no description; say it in the prompt")
        if schema.strict is False:
            notes.rewritten("output_schema.strict", "a format is always strict")
    return {"output_config": config} if config else {}


def _legible(messages: Sequence[Message], signer: str, notes: Notes) -> list[Message]:
    """`messages` without the reasoning that another dialect's models signed, which only they can read."""
    return [
        msgspec.structs.replace(
            message, parts=tuple(_legible_parts(message.parts, f"messages[{index}]", signer, notes))
        )
        if any(isinstance(part, ReasoningPart | ToolCallPart) for part in message.parts)
        else message
        for index, message in enumerate(messages)
    ]


def _legible_parts(parts: Sequence[Part], path: str, signer: str, notes: Notes) -> list[Part]:
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, ReasoningPart) and part.signed_by not in (None, signer):
            notes.dropped(f"{path}.reasoning", f"Messages cannot read reasoning of {part.signed_by}")
            continue
        if isinstance(part, ToolCallPart) and part.signature is not None:
            notes.dropped(f"{path}.tool_call.signature", "a tool call has no signature here")
        kept.append(part)
    return kept


def _blocks(message: Message, path: str, notes: Notes) -> list[dict[str, Any]]:
    blocks = [_block(part, message.role, path, notes) for part in message.parts]
    return [block for block in blocks if block is not None]


def _block(part: Part, role: str, path: str, notes: Notes) -> dict[str, Any] | None:
    """The content block of `part`; None, with a note, for what a message of that role cannot carry."""
    match part, role:
        case TextPart(), _:
            return _marked({"type": "text", "text": part.text}, cache=part.cache)
        case ImagePart(), "user":
            return _marked(image_to_wire(part), cache=part.cache)
        case DocumentPart(), "user":
            block = document_to_wire(part, path, notes)
            return None if block is None else _marked(block, cache=part.cache)
        case ReasoningPart(), "assistant":
            return _reasoning(part, path, notes)
        case ToolCallPart(), "assistant":
            block = {"type": "tool_use", "id": part.id, "name": part.name, "input": tool_input(part, path, notes)}
            return _marked(block, cache=part.cache)
        case ToolResultPart(), "user":
            return _tool_result(part, path, notes)
        case _:
            notes.dropped(path, f"a {role} message carries no {type(part).__name__}")
            return None


def _reasoning(part: ReasoningPart, path: str, notes: Notes) -> dict[str, Any] | None:
    if part.redacted_data is not None:
        return {"type": "redacted_thinking", "data": part.redacted_data}
    if part.signature is None:
        notes.dropped(f"{path}.reasoning", "Messages takes back only reasoning that it signed")
        return None
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _tool_result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    blocks = [_block(piece, "user", path, notes) for piece in part.content]
    content = [block for block in blocks if block is not None]
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": part.call_id}
    if content:
        block["content"] = _shortest(content)
    if part.is_error:
        block["is_error"] = True
    return _marked(block, cache=part.cache)


def _shortest(blocks: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """A single plain text as a string, which means the same; anything else as it is."""
    return blocks[0]["text"] if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} else blocks


def _marked(block: dict[str, Any], *, cache: bool) -> dict[str, Any]:
    return {**block, "cache_control": CACHE_HERE} if cache else block


def _tool(tool: Tool) -> dict[str, Any]:
    body: dict[str, Any] = {"name": tool.name, "input_schema": tool.parameters}
    if tool.description is not None:
        body["description"] = tool.description
    if tool.strict is not None:
        body["strict"] = tool.strict
    return _marked(body, cache=tool.cache)


def _tool_choice(choice: ToolChoice, quirks: Collection[str], notes: Notes) -> dict[str, Any]:
    body: dict[str, Any] = {"type": MODES[choice.mode]}
    if choice.mode in ("required", "named") and NO_FORCED_TOOLS in quirks:
        notes.rewritten("tool_choice", "the model refuses to be made to call a tool; it may choose")
        body = {"type": "auto"}
    elif choice.name is not None:
        body["name"] = choice.name
    if choice.parallel is not None and choice.mode == "none":
        notes.dropped("tool_choice.parallel", "without tools there is nothing to call in parallel")
    elif choice.parallel is not None:
        body["disable_parallel_tool_use"] = not choice.parallel
    return body


def _parts(content: str | Sequence[Block]) -> tuple[Part, ...]:
    return (TextPart(text=content),) if isinstance(content, str) else tuple(part_from_wire(block) for block in content)


def part_from_wire(block: Block) -> Part:
    """The part that a content block says. Raises WireError for an image that is not base64."""
    match block:
        case TextBlock():
            return TextPart(text=block.text, cache=block.cache_control is not None)
        case ImageBlock():
            return image_from_wire(block)
        case DocumentBlock():
            return document_from_wire(block)
        case ThinkingBlock():
            return ReasoningPart(text=block.thinking, signature=block.signature or None)
        case RedactedThinkingBlock():
            return ReasoningPart(text="", redacted_data=block.data)
        case ToolUseBlock():
            arguments = msgspec.json.encode(block.input).decode()
            cache = block.cache_control is not None
            return ToolCallPart(id=block.id, name=block.name, arguments=arguments, cache=cache)
        case ToolResultBlock():
            return _result_from_wire(block)


def _result_from_wire(block: ToolResultBlock) -> ToolResultPart:
    pieces = _parts(block.content or ())
    return ToolResultPart(
        call_id=block.tool_use_id,
        content=tuple(piece for piece in pieces if isinstance(piece, TextPart | ImagePart | DocumentPart)),
        is_error=block.is_error or False,
        cache=block.cache_control is not None,
    )


def _own_tools(tools: Sequence[dict[str, Any]], options: dict[str, Any]) -> list[ToolShape]:
    """The client's tools; the vendor's own, such as its web search, are kept in `options`."""
    others = [tool for tool in tools if tool.get("type") not in (None, "custom")]
    if others:
        options["tools"] = others
    return [read_shape(tool, ToolShape) for tool in tools if tool.get("type") in (None, "custom")]


def _with_other_tools(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """`options` without the vendor's own tools, which are put beside those of `body` instead."""
    others = options.get("tools")
    if not isinstance(others, list):
        return options
    body["tools"] = [*body.get("tools", []), *cast("list[Any]", others)]
    return {name: value for name, value in options.items() if name != "tools"}


def _tool_from_wire(tool: ToolShape) -> Tool:
    return Tool(
        name=tool.name,
        description=tool.description,
        parameters=tool.input_schema,
        strict=tool.strict,
        cache=tool.cache_control is not None,
    )


def _choice_from_wire(choice: ToolChoiceShape | None) -> ToolChoice | None:
    if choice is None:
        return None
    parallel = None if choice.disable_parallel_tool_use is None else not choice.disable_parallel_tool_use
    match choice.type:
        case "any":
            return ToolChoice(mode="required", parallel=parallel)
        case "tool":
            if choice.name is None:
                raise WireError("a choice of one tool needs its name - at `$.tool_choice`")
            return ToolChoice(mode="named", name=choice.name, parallel=parallel)
        case "auto" | "none":
            return ToolChoice(mode=choice.type, parallel=parallel)


def _schema_from_wire(schema: object) -> OutputSchema:
    return OutputSchema(name=SCHEMA_NAME, json_schema=read_shape(schema, FormatShape).schema)


def _thinking_from_wire(thinking: object, options: dict[str, Any]) -> tuple[int | None, bool]:
    """The budget and whether thinking is off; a form that we do not model goes to `options` instead."""
    match thinking:
        case None:
            return None, False
        case {"type": "enabled", "budget_tokens": int(budget)}:
            display = cast("dict[str, Any]", thinking).get("display")
            if display is not None:
                options["thinking"] = {"display": display}
            return budget, False
        case {"type": "disabled"}:
            return None, True
        case {"type": str()}:
            options["thinking"] = cast("dict[str, Any]", thinking)
            return None, False
        case _:
            raise WireError("expected an object with a type - at `$.thinking`")


def _user_from_wire(metadata: object, options: dict[str, Any]) -> str | None:
    if metadata is None:
        return None
    fields = read_shape(metadata, dict[str, Any])
    user = fields.pop("user_id", None)
    if fields:
        options["metadata"] = fields
    return user if user is None else read_shape(user, str)
