"""Requests: ours to Responses and back."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import ModelRequest, OutputSchema, Tool, ToolChoice, system_message, user_message
from polydesk.wire.function_tools import (
    JSON_OBJECT_NAME,
    StrictFunctionDefinition,
    choice_from_wire,
    parallel_to_wire,
    schema_to_wire,
    tool_from_wire,
)
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.openai_fields import temperature_to_wire, user_from_wire
from polydesk.wire.openai_responses.items import DIALECT, items_of
from polydesk.wire.openai_responses.shapes import ResponsesRequest, TextFormat
from polydesk.wire.openai_responses.turns import messages_of
from polydesk.wire.reasoning import EFFORTS, effort_to_wire
from polydesk.wire.shape import read_shape

ENCRYPTED = "reasoning.encrypted_content"
KNOWN = frozenset(ResponsesRequest.__struct_fields__) | {"tool_choice", "stream"}
KEPT_BY_OPENAI = ("previous_response_id", "conversation", "prompt", "background")
"""Fields that refer to what only OpenAI's servers hold, or ask them to hold it."""


def request_to_wire(request: ModelRequest, *, stream: bool = False, reasons: bool = False) -> Translated:
    """The body of `POST /responses`, of which OpenAI is to store nothing.

    `reasons` says that the model does: it is then asked for its reasoning in encrypted form, to be given back in the
    next turn, and without temperature and top_p, which it refuses. `request.provider_options` are laid over the result.
    """
    notes = Notes()
    body: dict[str, Any] = {"model": request.model, "input": items_of(request.messages, notes), "store": False}
    body |= _sampling(request, notes, sampling=not reasons or request.reasoning_effort == "none")
    if request.tools:
        body["tools"] = [_tool(tool, notes) for tool in request.tools]
    if request.tool_choice is not None:
        body |= _tool_choice(request.tool_choice)
    if request.output_schema is not None:
        body["text"] = {"format": _format(request.output_schema)}
    effort = effort_to_wire(request, notes, dialect="Responses")
    if effort is not None:
        body["reasoning"] = {"effort": effort}
    if reasons:
        body["include"] = [ENCRYPTED]
    if stream:
        body["stream"] = True
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    if reasons and "include" in options:
        options = {**options, "include": [ENCRYPTED, *options["include"]]}
    return notes.on(merged(body, options))


def request_from_wire(body: dict[str, Any], *, same_dialect: bool = False) -> ModelRequest:
    """The request that `body` makes. Whether it asks for a stream is the reader's to see in `stream`.

    Fields that we do not model are kept in `provider_options`. What refers to things that OpenAI's servers hold, such
    as `previous_response_id`, raises WireError, for no other vendor can know them; `same_dialect` lets it through, for
    a body that will reach a provider of this dialect as it came. Raises WireError naming the path of what is wrong.
    """
    if not same_dialect:
        _refuse_what_openai_holds(body)
    shape = read_shape(body, ResponsesRequest)
    options = leftovers(body, KNOWN)
    options |= _rests(body, shape)
    instructions = () if shape.instructions is None else (system_message(shape.instructions),)
    if isinstance(shape.input, str):
        said = (user_message(shape.input),)
    else:
        said = messages_of(shape.input, same_dialect=same_dialect)
    effort = None if shape.reasoning is None else shape.reasoning.effort
    choice = body.get("tool_choice")
    return ModelRequest(
        model=shape.model,
        messages=(*instructions, *said),
        max_output_tokens=shape.max_output_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        tools=tuple(_function(tool) for tool in shape.tools or () if tool.get("type") == "function"),
        tool_choice=choice_from_wire(choice, name=_named(choice), parallel=shape.parallel_tool_calls, options=options),
        output_schema=_schema_from_wire(None if shape.text is None else shape.text.format),
        reasoning_effort=effort if effort in EFFORTS else None,
        user=user_from_wire(shape.safety_identifier, options),
        provider_options=options,
    )


def streamed(body: dict[str, Any]) -> dict[str, Any]:
    """`body` as one that asks for events."""
    return {**body, "stream": True}


def _sampling(request: ModelRequest, notes: Notes, *, sampling: bool) -> dict[str, Any]:
    chosen = temperature_to_wire(request, notes, sampling=sampling)
    for name in ("top_k", "seed", "presence_penalty", "frequency_penalty"):
        if getattr(request, name) is not None:
            notes.dropped(name, f"Responses has no {name}")
    if request.stop:
        notes.dropped("stop", "Responses has no stop texts")
    fields = {**chosen, "max_output_tokens": request.max_output_tokens, "safety_identifier": request.user}
    return {name: value for name, value in fields.items() if value is not None}


def _tool(tool: Tool, notes: Notes) -> dict[str, Any]:
    if tool.cache:
        notes.dropped(f"tools[{tool.name}].cache", "a tool has no cache mark; tools are cached with the prompt's start")
    described = {} if tool.description is None else {"description": tool.description}
    # `strict` is demanded here; null leaves it to the vendor.
    return {"type": "function", "name": tool.name, **described, "parameters": tool.parameters, "strict": tool.strict}


def _tool_choice(choice: ToolChoice) -> dict[str, Any]:
    named = {"type": "function", "name": choice.name}
    return {"tool_choice": named if choice.mode == "named" else choice.mode} | parallel_to_wire(choice)


def _format(schema: OutputSchema) -> dict[str, Any]:
    if schema.json_schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema"} | schema_to_wire(schema)


def _refuse_what_openai_holds(body: dict[str, Any]) -> None:
    for name in KEPT_BY_OPENAI:
        if body.get(name):
            raise WireError(
                f"{name} refers to what OpenAI's servers keep; send the whole conversation in input - at `$.{name}`"
            )


def _rests(body: dict[str, Any], shape: ResponsesRequest) -> dict[str, Any]:
    """What fields that we know in part say beyond it."""
    rests: dict[str, Any] = {}
    if shape.store:
        rests["store"] = True
    include = [what for what in shape.include or () if what != ENCRYPTED]
    if include:
        rests["include"] = include
    text = leftovers(body.get("text") or {}, frozenset({"format"}))
    if text:
        rests["text"] = text
    reasoning = leftovers(body.get("reasoning") or {}, frozenset({"effort"}))
    effort = None if shape.reasoning is None else shape.reasoning.effort
    if effort is not None and effort not in EFFORTS:
        reasoning["effort"] = effort
    if reasoning:
        rests["reasoning"] = reasoning
    if any(tool.get("type") != "function" for tool in shape.tools or ()):
        rests["tools"] = shape.tools
    return rests


def _function(body: dict[str, Any]) -> Tool:
    function = read_shape(body, StrictFunctionDefinition)
    return tool_from_wire(function, strict=function.strict)


def _named(choice: object) -> str | None:
    """The name of the tool that `choice` names."""
    match choice:
        case {"type": "function", "name": str(name)}:
            return name
        case _:
            return None


def _schema_from_wire(shape: TextFormat | None) -> OutputSchema | None:
    if shape is None or shape.type == "text":
        return None
    if shape.type == "json_object":
        return OutputSchema(name=JSON_OBJECT_NAME, json_schema=None)
    if shape.name is None:
        raise WireError("a json_schema needs a name - at `$.text.format`")
    return OutputSchema(
        name=shape.name, json_schema=shape.schema or {}, description=shape.description, strict=shape.strict
    )
