"""Editing with a small model: a sentence or a comment at a time, the program finding places and differences."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from polydesk.copilot.asking import Question, ask, prompt
from polydesk.copilot.edit_task import EditTask, Findings
from polydesk.copilot.facts import difference, ungrounded_numbers
from polydesk.copilot.passages import Passage, most_alike
from polydesk.copilot.progress import Progress
from polydesk.copilot.proposal import ProposedEdit
from polydesk.copilot.scope import in_scope, open_threads
from polydesk.copilot.sentences import split_sentences
from polydesk.core.receipts import ReceiptId
from polydesk.office.edits import Edit, ReplaceText, ReplyComment
from polydesk.office.views import CommentView
from polydesk.routing.plans import Plan

_CONTEXT_PASSAGES = 6
_FEWEST_WORDS = 4
"""Shorter texts (labels, figures in table cells) are not worth a question and are easily spoilt."""
_LONGEST_GROWTH = 2.0
_EXCERPT = 60


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: str


@dataclass(frozen=True, slots=True)
class ParagraphEditor:
    """Carries out one task with the models of one plan."""

    task: EditTask
    plan: Plan

    async def run(self) -> Findings:
        """The edits for everything in scope. Raises what Inference.send raises."""
        found = Findings()
        targets = [
            passage for passage in in_scope(self.task.scope, self.task.passages) if _is_worth_asking(passage.text)
        ]
        threads = open_threads(self.task.view.comments) if self.task.scope.answer_comments else []
        total = len(targets) + len(threads)
        for done, passage in enumerate(targets):
            where = f" of \u201c{passage.heading}\u201d" if passage.heading else ""
            self.task.progress(
                Progress(text=f"rewriting paragraph {done + 1} of {len(targets)}{where}", done=done, total=total)
            )
            await self._rewrite(passage, found)
        for number, comment in enumerate(threads):
            text = f"answering comment {number + 1} of {len(threads)}"
            self.task.progress(Progress(text=text, done=len(targets) + number, total=total))
            await self._answer(comment, found)
        return found

    async def _rewrite(self, passage: Passage, found: Findings) -> None:
        pieces = split_sentences(passage.text)
        receipt: ReceiptId | None = None
        for index in range(0, len(pieces), 2):
            if not _is_worth_asking(pieces[index]):
                continue
            reply = await ask(self._sentence_question(pieces[index]), self.task.inference, self.plan)
            found.calls += reply.calls
            if reply.value is None:
                found.warnings.append(f"Left as it was, \u201c{_excerpt(pieces[index])}\u201d: {reply.problem}")
            elif (text := _fitted(reply.value.text, pieces[index])) != pieces[index]:
                pieces[index] = text
                receipt = reply.calls[-1].id
        new = "".join(pieces)
        if receipt is not None:
            edit = ReplaceText(at=passage.anchor, text=new)
            found.edits.append(ProposedEdit(edit=edit, receipt_id=receipt, before=passage.text, after=new))

    def _sentence_question(self, sentence: str) -> Question[_Text]:
        def check(reply: _Text) -> str | None:
            return rewriting_problem(sentence, reply.text, self.task.instruction)

        return Question(
            purpose="edit.sentence",
            system=prompt("rewrite_sentence"),
            user=f"Instruction: {self.task.scope.rewrite}\nText: {sentence}",
            reply=_Text,
            schema=_object_schema("text"),
            max_output_tokens=len(sentence) + 100,
            check=check,
        )

    async def _answer(self, comment: CommentView, found: Findings) -> None:
        asked = f"{comment.quote}\n{comment.text}"
        body = [passage for passage in self.task.passages if not passage.is_heading]
        context = most_alike(asked, body, _CONTEXT_PASSAGES)
        sources = [passage.text for passage in context] + [asked, self.task.instruction]

        def check(reply: _Answer) -> str | None:
            invented = ungrounded_numbers(reply.answer, sources)
            if not reply.answer.strip():
                return "the answer is empty."
            return f"the passages do not hold {', '.join(invented)}." if invented else None

        lines = "\n".join(f"- {passage.text}" for passage in context)
        question = Question(
            purpose="edit.answer_comment",
            system=prompt("answer_comment"),
            user=f"Passages:\n{lines}\nWords: {comment.quote}\nComment: {comment.text}",
            reply=_Answer,
            schema=_object_schema("answer"),
            max_output_tokens=200,
            check=check,
        )
        reply = await ask(question, self.task.inference, self.plan)
        found.calls += reply.calls
        if reply.value is None:
            found.warnings.append(f"Not answered, {comment.id} \u201c{_excerpt(comment.text)}\u201d: {reply.problem}")
            return
        edit: Edit = ReplyComment(comment=comment.id, text=reply.value.answer.strip())
        found.edits.append(
            ProposedEdit(
                edit=edit, receipt_id=reply.calls[-1].id, before=comment.text, after=reply.value.answer.strip()
            )
        )


def rewriting_problem(old: str, new: str, instruction: str) -> str | None:
    """Why `new` cannot stand for `old`; None when it can."""
    if not new.strip():
        return "the text is empty."
    if len(new) > _LONGEST_GROWTH * len(old) + 100:
        return "the text is more than twice as long as before."
    changed = difference(old, new, known=(instruction,))
    return f"the text has {changed.sentence()}." if changed else None


def _fitted(new: str, old: str) -> str:
    """The reply without what small models add around it: white space, quotation marks that were not there."""
    new = " ".join(new.split()) if "\n" not in old and "\t" not in old else new.strip()
    if new[:1] in '"\u201c' and new[-1:] in '"\u201d' and old[:1] not in '"\u201c':
        new = new[1:-1]
    return new


def _is_worth_asking(text: str) -> bool:
    return sum(1 for word in text.split() if any(character.isalpha() for character in word)) >= _FEWEST_WORDS


def _object_schema(name: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {name: {"type": "string"}},
        "required": [name],
        "additionalProperties": False,
    }


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "\u2026"
