"""Editing with a strong model: the document with its anchors goes out, a list of typed edits comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.copilot.asking import Question, ask, prompt
from polydesk.copilot.edit_task import EditTask, Findings
from polydesk.copilot.facts import difference
from polydesk.copilot.passages import Passage
from polydesk.copilot.progress import Progress
from polydesk.copilot.proposal import ProposedEdit
from polydesk.copilot.scope import in_scope
from polydesk.core.errors import OfficeError
from polydesk.office.edits import (
    AcceptChange,
    AddComment,
    DeleteParagraph,
    DeleteRow,
    Edit,
    InsertParagraph,
    InsertRow,
    MoveParagraph,
    RejectChange,
    ReplaceText,
    ReplyComment,
    ResolveComment,
    SetCell,
    SetStyle,
    edits_schema,
)
from polydesk.office.views import CommentView
from polydesk.routing.plans import Plan

_BATCH_SHARE = 0.5
"""Share of a model's window that one batch of the document may fill; the rest is for the outline and the answer."""
_BYTES_PER_TOKEN = 3
_MAX_ANSWER_TOKENS = 16_000


class _Edits(msgspec.Struct, frozen=True):
    edits: list[Edit]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class StructuredEditor:
    """Carries out one task with the models of one plan."""

    task: EditTask
    plan: Plan

    async def run(self) -> Findings:
        """The edits for the whole document, batch by batch. Raises what Inference.send raises."""
        found = Findings()
        batches = list(_batches(self.task.passages, _budget_bytes(self.plan.first)))
        for done, batch in enumerate(batches):
            text = "asking for edits" if len(batches) == 1 else f"asking for edits, part {done + 1} of {len(batches)}"
            self.task.progress(Progress(text=text, done=done, total=len(batches)))
            reply = await ask(self._question(batch, whole=len(batches) == 1), self.task.inference, self.plan)
            found.calls += reply.calls
            if reply.value is None:
                found.warnings.append(f"No edits from {reply.model}: {reply.problem}")
                continue
            if reply.value.remark.strip():
                found.warnings.append(f"{reply.model} remarks: {reply.value.remark.strip()}")
            receipt = reply.calls[-1].id
            for edit in reply.value.edits:
                before, after = self._words(edit)
                found.edits.append(ProposedEdit(edit=edit, receipt_id=receipt, before=before, after=after))
        return found

    def _question(self, batch: Sequence[Passage], *, whole: bool) -> Question[_Edits]:
        return Question(
            purpose="edit.document",
            system=prompt("edit_document"),
            user=f"Instruction: {self.task.instruction}\n\n{self._shown(batch, whole=whole)}",
            reply=_Edits,
            schema=edits_reply_schema(),
            max_output_tokens=_MAX_ANSWER_TOKENS,
            check=self._problem,
        )

    def _shown(self, batch: Sequence[Passage], *, whole: bool) -> str:
        lines = [f"Styles: {', '.join(self.task.view.styles)}", "<document>"]
        if not whole:
            headings = [f"{p.label or ''} {p.text}".strip() for p in self.task.passages if p.is_heading]
            lines.append("This is one part of a longer document with the headings: " + " | ".join(headings))
        lines += [_line(passage) for passage in batch]
        anchors = {passage.anchor for passage in batch}
        lines += [_comment_line(comment) for comment in self.task.view.comments if whole or comment.anchor in anchors]
        lines += [
            f"[change {item.id}] {item.kind} by {item.author}: {item.text}" for item in self.task.view.changes if whole
        ]
        return "\n".join([*lines, "</document>"])

    def _problem(self, reply: _Edits) -> str | None:
        """Everything that is wrong with a reply, in one text for the model."""
        problems = [
            f"edit {problem.index + 1}: {_first_sentence(problem.error)}"
            for problem in self.task.document.check(reply.edits)
        ]
        if not problems and reply.edits:
            problems += self._conflicts(reply.edits)
        for number, edit in enumerate(reply.edits, 1):
            problems += [f"edit {number}: {problem}" for problem in self._doubts(edit)]
        return " ".join(problems) or None

    def _conflicts(self, edits: Sequence[Edit]) -> list[str]:
        try:
            self.task.document.apply(edits, ignore_protection=True)
        except OfficeError as error:
            return [str(error)]
        return []

    def _doubts(self, edit: Edit) -> Iterator[str]:
        place = _place(edit)
        if self.task.scope.sections and self.task.scope.rewrite is not None and place is not None:
            allowed = {passage.anchor for passage in in_scope(self.task.scope, self.task.passages)}
            allowed |= {passage.anchor for passage in self.task.passages if passage.text in self.task.scope.sections}
            cells = {passage.cell for passage in self.task.passages if passage.anchor in allowed and passage.cell}
            rows = {cell.rpartition("/")[0] for cell in cells}
            if place not in allowed | cells and place.partition("~")[0] not in rows:
                yield f"{place} is outside {self.task.scope.describe()}."
        before, after = self._words(edit)
        if isinstance(edit, ReplaceText | SetCell) and before is not None and after is not None:
            known = [self.task.instruction, *(passage.text for passage in self.task.passages)]
            changed = difference(before, after, known=known)
            lost = [fact for fact in changed.lost if fact.lower() not in self.task.instruction.lower()]
            if lost or changed.invented:
                yield f"the new text has {type(changed)(lost=tuple(lost), invented=changed.invented).sentence()}."

    def _words(self, edit: Edit) -> tuple[str | None, str | None]:
        """The words at the edit's place before and after it; None where there are none to compare."""
        texts = {passage.anchor: passage.text for passage in self.task.passages}
        match edit:
            case ReplaceText():
                old = texts.get(edit.at)
                return old, edit.text if old is None else _replaced(old, edit)
            case SetCell():
                lines = [passage.text for passage in self.task.passages if passage.cell == edit.at]
                return "\n".join(lines) or None, edit.text
            case InsertParagraph() | AddComment():
                return None, edit.text
            case InsertRow():
                return None, "\t".join(edit.cells)
            case DeleteParagraph() | MoveParagraph() | SetStyle():
                return texts.get(edit.at), texts.get(edit.at) if not isinstance(edit, DeleteParagraph) else None
            case ReplyComment():
                return next((item.text for item in self.task.view.comments if item.id == edit.comment), None), edit.text
            case DeleteRow() | ResolveComment() | AcceptChange() | RejectChange():
                return None, None


def edits_reply_schema() -> dict[str, Any]:
    """The schema of the reply in the strict form that vendors ask for: every field required, absent as null."""
    schema = edits_schema()
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
    properties = {name: _plain(value) for name, value in definition["properties"].items()}
    return {
        "type": "object",
        "description": definition.get("description", "").partition("\n")[0],
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _plain(value: Any) -> Any:
    """The schema without what strict modes refuse: defaults, titles and discriminators."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _plain(item) for key, item in items if key not in ("default", "title", "discriminator")}
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
    return int(card.context_window_tokens * _BATCH_SHARE * _BYTES_PER_TOKEN)


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


def _place(edit: Edit) -> str | None:
    match edit:
        case InsertParagraph() | InsertRow():
            return edit.after or edit.before
        case ReplyComment() | ResolveComment() | AcceptChange() | RejectChange():
            return None
        case _:
            return edit.at


def _replaced(old: str, edit: ReplaceText) -> str:
    if edit.find is not None:
        return old.replace(edit.find, edit.text, 1)
    if edit.start is None and edit.end is None:
        return edit.text
    return old[: edit.start or 0] + edit.text + old[len(old) if edit.end is None else edit.end :]


def _first_sentence(error: OfficeError) -> str:
    """The error without the number that it has in a list of one."""
    text = str(error)
    return text.partition(": ")[2] if text.startswith("edit 1 (") else text
