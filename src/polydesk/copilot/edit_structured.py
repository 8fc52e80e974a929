"""Editing with a strong model: the document with its anchors goes out, a list of typed edits comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.copilot.asking import Question, ask, prompt
from polydesk.copilot.edit_limits import EditLimits, as_the_user_tracks
from polydesk.copilot.edit_task import EditTask, Findings
from polydesk.copilot.passages import Passage
from polydesk.copilot.progress import Progress
from polydesk.copilot.proposal import ProposedEdit
from polydesk.copilot.scope import in_scope
from polydesk.core.errors import OfficeError
from polydesk.office.docx.edits import Edit, words_schema
from polydesk.office.docx.views import CommentView
from polydesk.routing.plans import Plan

_BATCH_SHARE = 0.5
"""Share of a model's window that one batch of the document may fill; the rest is for the outline and the answer."""
_BYTES_PER_TOKEN = 3
_MAX_ANSWER_TOKENS = 32_000
_ANSWER_SHARE = 0.5
"""Share of the longest answer that one batch may be long; the rest is for JSON, anchors and reasoning."""
_NOT_THE_MODELS = frozenset({"tracked", "start", "end"})
"""Fields that a model is not offered: tracking is the user's choice, offsets are miscounted. Anthropic compiles at
most 16 fields of several types in one schema (https://platform.claude.com/docs/en/build-with-claude/structured-outputs,
checked 2026-11-24)."""


class _Edits(msgspec.Struct, frozen=True):
    edits: list[Edit]
    remark: str = ""


@dataclass(frozen=True)
class StructuredEditor:
    """Carries out one task with the models of one plan."""

    task: EditTask
    plan: Plan

    @cached_property
    def _limits(self) -> EditLimits:
        return EditLimits(self.task)

    async def run(self) -> Findings:
        """The edits for the whole document, batch by batch. Raises what Inference.send raises."""
        found = Findings()
        batches = self._batches()
        for done, batch in enumerate(batches):
            text = "asking for edits" if len(batches) == 1 else f"asking for edits, part {done + 1} of {len(batches)}"
            self.task.progress(Progress(text=text, done=done, total=len(batches)))
            reply = await ask(self._question(batch, whole=len(batches) == 1), self.task.inference, self.plan)
            found.calls += reply.calls
            if reply.problem is not None:
                what = "Some edits were left out" if reply.value is not None and reply.value.edits else "No edits"
                found.warnings.append(f"{what} from {reply.model}: {reply.problem}")
            if reply.value is None:
                continue
            if reply.value.remark.strip():
                found.warnings.append(f"{reply.model} remarks: {reply.value.remark.strip()}")
            receipt = reply.calls[-1].id
            edits = as_the_user_tracks(reply.value.edits)
            if lost := self._limits.losses(edits):
                found.warnings.append(f"What is deleted holds {', '.join(lost)}; check that it may go.")
            for edit in edits:
                before, after = self._limits.words(edit)
                found.edits.append(ProposedEdit(edit=edit, receipt_id=receipt, before=before, after=after))
        return found

    def _batches(self) -> list[list[Passage]]:
        """The document in parts that the models of the plan can answer; of several, those that are concerned."""
        budget = min(_budget_bytes(step.card) for step in self.plan.steps)
        batches = list(_batches(self.task.passages, budget))
        scope = self.task.scope
        if len(batches) == 1 or (scope.rewrite is not None and not scope.sections):
            return batches
        concerned = {passage.anchor for passage in in_scope(scope, self.task.passages)}
        if scope.mentions_comments:
            concerned |= {comment.anchor for comment in self.task.view.comments if comment.anchor is not None}
        return [batch for batch in batches if any(passage.anchor in concerned for passage in batch)]

    def _question(self, batch: Sequence[Passage], *, whole: bool) -> Question[_Edits]:
        return Question(
            purpose="edit.document",
            system=prompt("edit_document"),
            user=f"Instruction: {self.task.instruction}\n\n{self._shown(batch, whole=whole)}",
            reply=_Edits,
            schema=edits_reply_schema(),
            max_output_tokens=_MAX_ANSWER_TOKENS,
            check=self._problem,
            rescue=self._without_bad_edits,
        )

    def _shown(self, batch: Sequence[Passage], *, whole: bool) -> str:
        lines: list[str] = []
        if not whole:
            headings = [f"{p.label or ''} {p.text}".strip() for p in self.task.passages if p.is_heading]
            lines.append("This is one part of a longer document with the headings: " + " | ".join(headings))
        lines += [_line(passage) for passage in batch]
        anchors = {passage.anchor for passage in batch}
        lines += [_comment_line(comment) for comment in self.task.view.comments if whole or comment.anchor in anchors]
        lines += [
            f"[change {item.id}] {item.kind} by {item.author}: {item.text}" for item in self.task.view.changes if whole
        ]
        shown = "\n".join([f"Styles: {', '.join(self.task.view.styles)}", *lines])
        return f"<document>\n{_quoted(shown)}\n</document>"

    def _problem(self, reply: _Edits) -> str | None:
        """Everything that is wrong with a reply, in one text for the model."""
        problems = [f"edit {index + 1}: {problem}" for index, problem in self._bad_edits(reply.edits)]
        if not problems and reply.edits:
            problems = self._conflicts(reply.edits)
        return " ".join(problems) or None

    def _bad_edits(self, edits: Sequence[Edit]) -> list[tuple[int, str]]:
        """Positions of the edits that do not hold, from 0, each with what is wrong."""
        unable = [(problem.index, _first_sentence(problem.error)) for problem in self.task.document.check(edits)]
        return [*unable, *self._limits.doubts(edits)]

    def _without_bad_edits(self, reply: _Edits) -> _Edits:
        """The reply with the edits that hold also without the others; conflicts are settled when all are tried."""
        edits = reply.edits
        while bad := {index for index, _ in self._bad_edits(edits)}:
            edits = [edit for index, edit in enumerate(edits) if index not in bad]
        return _Edits(edits=edits, remark=reply.remark)

    def _conflicts(self, edits: Sequence[Edit]) -> list[str]:
        try:
            self.task.document.apply(edits, ignore_protection=True)
        except OfficeError as error:
            return [str(error)]
        return []


def edits_reply_schema() -> dict[str, Any]:
    """The schema of the reply in the strict form that vendors ask for: every field required, absent as null."""
    schema = words_schema()
    definitions = {name: _strict(definition) for name, definition in schema["$defs"].items()}
    return {
        "type": "object",
        "properties": {
            "edits": {"type": "array", "items": _plain(schema["items"])},
            "remark": {"type": "string"},
        },
        "required": ["edits", "remark"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _strict(definition: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: _plain(value) for name, value in definition["properties"].items() if name not in _NOT_THE_MODELS
    }
    return {
        "type": "object",
        "description": definition.get("description", "").partition("\n")[0],
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _plain(value: Any) -> Any:
    """The schema without what strict modes refuse (defaults, titles, discriminators), enumerations with a type."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        kept = {key: _plain(item) for key, item in items if key not in ("default", "title", "discriminator")}
        return {"type": "string", **kept} if "enum" in kept and "type" not in kept else kept
    return [_plain(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def _batches(passages: Sequence[Passage], budget: int) -> Iterator[list[Passage]]:
    batch: list[Passage] = []
    size = 0
    for passage in passages:
        length = len(_line(passage).encode())
        if batch and size + length > budget:
            yield batch
            batch, size = [], 0
        batch.append(passage)
        size += length
    yield batch


def _budget_bytes(card: ModelCard) -> int:
    # Every word may come back changed, so a part is no longer than an answer may be.
    answer = min(card.max_output_tokens, _MAX_ANSWER_TOKENS) * _ANSWER_SHARE
    return int(min(card.context_window_tokens * _BATCH_SHARE, answer) * _BYTES_PER_TOKEN)


def _line(passage: Passage) -> str:
    kind = "#" * max(1, passage.level or 0) + " " if passage.is_heading else ""
    place = f" (cell {passage.cell})" if passage.cell else "" if passage.story == "body" else f" ({passage.story})"
    label = f"{passage.label} " if passage.label else ""
    return f"[{passage.anchor}]{place} {kind}{label}{passage.text}"


def _comment_line(comment: CommentView) -> str:
    state = "resolved, " if comment.resolved else ""
    parent = f"answers {comment.parent}, " if comment.parent else ""
    place = f"at {comment.anchor} on \u201c{comment.quote}\u201d"
    return f"[{comment.id}] {parent}{state}{place} by {comment.author}: {comment.text}"


def _quoted(text: str) -> str:
    """The document's words, unable to look like the mark that ends the document."""
    return text.replace("</", "<\u200b/")


def _first_sentence(error: OfficeError) -> str:
    """The error without the number that it has in a list of one."""
    text = str(error)
    return text.partition(": ")[2] if text.startswith("edit 1 (") else text
