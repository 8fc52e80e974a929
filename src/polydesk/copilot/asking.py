"""Asking a model for JSON, checking the reply, and asking once more when it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Generic, TypeVar

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import ReplyError
from polydesk.core.messages import (
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    TextPart,
    system_message,
    user_message,
)
from polydesk.core.receipts import CallReceipt
from polydesk.inference.inference import Inference
from polydesk.routing.plans import Plan

ReplyT = TypeVar("ReplyT")
_AGAIN = "Answer again in the same form."
_EXCERPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[ReplyT]):
    """What a model is asked, and how its reply is judged."""

    purpose: str
    """For the receipts, such as `edit.paragraph`."""
    system: str
    user: str
    reply: type[ReplyT]
    """What the reply must decode to."""
    schema: dict[str, Any]
    max_output_tokens: int
    check: Callable[[ReplyT], str | None]
    """A sentence on what is wrong, fit to be sent to the model; None when the reply holds."""
    reminder: str = ""
    """What to keep in mind at the second try, told with the problem; empty for nothing beyond it."""
    rescue: Callable[[ReplyT], ReplyT] | None = None
    """The part of a second reply that holds, of one that does not; None when a reply holds as a whole or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[ReplyT]):
    """A reply that holds, or the reason why there is none."""

    value: ReplyT | None
    """None when the model failed twice; what could be rescued of a second reply with a problem."""
    problem: str | None
    """What was wrong with the last reply; None when it held as a whole."""
    calls: tuple[CallReceipt, ...]
    """One or two."""

    @property
    def model(self) -> str:
        """Who answered last."""
        return self.calls[-1].model or "no model"


async def ask(question: Question[ReplyT], inference: Inference, plan: Plan) -> Reply[ReplyT]:
    """The reply to `question`, asked a second time with the problem named when the first does not hold.

    Raises what Inference.send raises.
    """
    messages = [system_message(question.system), user_message(question.user)]
    calls: list[CallReceipt] = []
    problem: str | None = None
    rescued: ReplyT | None = None
    for asked_before in (False, True):
        answer = await inference.send(_builder(question, tuple(messages)), plan=plan, purpose=question.purpose)
        calls.append(answer.receipt)
        if answer.response.finish_reason == "content_filter":
            return Reply(value=None, problem=_refusal(answer.response), calls=tuple(calls))
        try:
            value = _decoded(answer.response.text, question, finished=answer.response.finish_reason != "length")
            problem = question.check(value)
            if problem is None:
                return Reply(value=value, problem=None, calls=tuple(calls))
            if asked_before and question.rescue is not None:
                rescued = question.rescue(value)
        except ReplyError as error:
            problem = error.problem
        messages += [
            Message(role="assistant", parts=(TextPart(text=answer.response.text or "(nothing)"),)),
            user_message(" ".join(filter(None, (f"That does not hold: {problem}", question.reminder, _AGAIN)))),
        ]
    return Reply(value=rescued, problem=problem, calls=tuple(calls))


def _refusal(response: ModelResponse) -> str:
    """Why nothing came, in the model's own words where it has some. Asking again would not help."""
    said = str(response.provider_details.get("refusal") or response.text).strip()
    return f"the model refused: {said[:_EXCERPT]!r}." if said else "the model refused to answer."


def prompt(name: str, **values: str) -> str:
    """The prompt in `prompts/NAME.md` with its `$names` filled in."""
    return Template(_prompt_text(name)).substitute(values).strip()


@cache
def _prompt_text(name: str) -> str:
    return resources.files("polydesk.copilot").joinpath("prompts", f"{name}.md").read_text("utf-8")


def _builder(question: Question[ReplyT], messages: tuple[Message, ...]) -> Callable[[ModelCard], ModelRequest]:
    def build(card: ModelCard) -> ModelRequest:
        return ModelRequest(
            model=card.name,
            messages=messages,
            max_output_tokens=min(question.max_output_tokens, card.max_output_tokens),
            # Models that reason set their own temperature and refuse ours.
            temperature=None if card.reasoning else 0.0,
            output_schema=OutputSchema(name="reply", json_schema=_schema_for(card, question.schema), strict=True),
        )

    return build


def _schema_for(card: ModelCard, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema; for strong models without bounds on lists, which some vendors refuse and they do not need."""
    if card.edit_style == "paragraph":
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("minItems", "maxItems")}
    inner: dict[str, Any] = kept.get("properties", {})
    return kept | {"properties": {name: _schema_for(card, value) for name, value in inner.items()}} if inner else kept


def _decoded(text: str, question: Question[ReplyT], *, finished: bool) -> ReplyT:
    """The reply as a value, not yet checked. Raises ReplyError with the problem."""
    if not finished:
        raise ReplyError("the reply is too long", reply=text, problem="the reply did not end; keep it shorter.")
    try:
        return msgspec.json.decode(_without_fence(text), type=question.reply)
    except msgspec.DecodeError as exc:
        problem = f"the reply is not the JSON asked for ({exc}); it began {text[:_EXCERPT]!r}."
        raise ReplyError(problem, reply=text, problem=problem) from exc


def _without_fence(text: str) -> str:
    """The reply without the code fence that some models put around JSON."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        return text.partition("\n")[2].removesuffix("```")
    return text
