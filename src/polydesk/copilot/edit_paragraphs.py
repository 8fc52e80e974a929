"""Editing with a small model: a sentence or a comment at a time, the program finding places and differences."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from polydesk.copilot.asking import Question, ask, prompt
from polydesk.copilot.edit_task import EditTask, Findings
from polydesk.copilot.facts import addresses, difference, held, must_stay, ungrounded, without_addresses
from polydesk.copilot.fitting import dropped_words, fitted, is_prose, is_quotation, is_something_else
from polydesk.copilot.passages import Passage, most_alike
from polydesk.copilot.progress import Progress
from polydesk.copilot.proposal import ProposedEdit
from polydesk.copilot.quantities import changed_units, spelled_as_before
from polydesk.copilot.scope import Scope, in_scope, open_threads
from polydesk.copilot.sentences import split_sentences
from polydesk.core.receipts import ReceiptId
from polydesk.office.docx.edits import ReplaceText, ReplyComment
from polydesk.office.docx.views import CommentView
from polydesk.routing.plans import Plan

_CONTEXT_PASSAGES = 4
_ANSWER_TOKENS = 250
_LONGEST_GROWTH = 2.0
_EXCERPT = 60


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quote: str
    answer: str


@dataclass(frozen=True, slots=True)
class ParagraphEditor:
    """Carries out one task with the models of one plan."""

    task: EditTask
    plan: Plan

    async def run(self) -> Findings:
        """The edits for everything in scope. Raises what Inference.send raises."""
        found = Findings()
        if self.task.scope.translates:
            found.warnings.append(
                f"{self.plan.first.name} is a small model, whose translations are rough: have them read before use."
            )
        targets = [
            passage for passage in in_scope(self.task.scope, self.task.passages) if self._is_worth_asking(passage.text)
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
            if not self._is_worth_asking(pieces[index]):
                continue
            reply = await ask(self._sentence_question(pieces[index]), self.task.inference, self.plan)
            found.calls += reply.calls
            if reply.value is None:
                found.warnings.append(f"Left as it was, \u201c{_excerpt(pieces[index])}\u201d: {reply.problem}")
            elif (text := self._fitted(reply.value.text, pieces[index])) != pieces[index]:
                pieces[index] = text
                receipt = reply.calls[-1].id
        new = "".join(pieces)
        if receipt is not None:
            edit = ReplaceText(at=passage.anchor, text=new)
            found.edits.append(ProposedEdit(edit=edit, receipt_id=receipt, before=passage.text, after=new))

    def _fitted(self, new: str, old: str) -> str:
        text = fitted(new, old)
        return text if self.task.scope.translates else spelled_as_before(text, old)

    def _is_worth_asking(self, text: str) -> bool:
        if self.task.scope.translates:
            return is_prose(text, any_length=True)
        return is_prose(text) and not is_quotation(text)

    @property
    def _prompt(self) -> str:
        scope = self.task.scope
        if scope.translates:
            return "translate_sentence"
        return "correct_sentence" if scope.corrects else "rewrite_sentence"

    def _sentence_question(self, sentence: str) -> Question[_Text]:
        def check(reply: _Text) -> str | None:
            return rewriting_problem(sentence, reply.text, self.task.instruction, self.task.scope)

        facts = "; ".join(must_stay(sentence, with_names=not self.task.scope.translates))
        # Without facts the line is left out: small models take a remark in its place over into their text.
        stay = f"\nMust stay: {facts}" if facts else ""
        return Question(
            purpose="edit.sentence",
            system=prompt(self._prompt),
            user=f"Instruction: {self.task.scope.rewrite}\nText: {sentence}{stay}",
            reply=_Text,
            schema=_object_schema("text"),
            max_output_tokens=len(sentence) + 100,
            check=check,
            reminder=f"Write the whole text so that it contains all of these: {facts}." if facts else "",
        )

    async def _answer(self, comment: CommentView, found: Findings) -> None:
        question = self._comment_question(comment)
        reply = await ask(question, self.task.inference, self.plan)
        found.calls += reply.calls
        if reply.value is None:
            found.warnings.append(f"Not answered, {comment.id} \u201c{_excerpt(comment.text)}\u201d: {reply.problem}")
            return
        answer = reply.value.answer.strip()
        edit = ReplyComment(comment=comment.id, text=answer)
        found.edits.append(ProposedEdit(edit=edit, receipt_id=reply.calls[-1].id, before=comment.text, after=answer))

    def _comment_question(self, comment: CommentView) -> Question[_Answer]:
        asked = f"{comment.quote} {comment.text}"
        elsewhere = [p for p in self.task.passages if not p.is_heading and p.anchor != comment.anchor]
        here = [p for p in self.task.passages if p.anchor == comment.anchor]
        sources = [p.text for p in (*most_alike(asked, elsewhere, _CONTEXT_PASSAGES), *here)]

        def check(reply: _Answer) -> str | None:
            if not reply.answer.strip():
                return "the answer is empty."
            if _flat(reply.answer) in _flat(comment.text):
                return "the answer only repeats the comment."
            if not any(_flat(reply.quote) in _flat(source) for source in sources):
                return "the quote is not in the passages; copy it word for word."
            invented = ungrounded(without_addresses(reply.answer), held([reply.quote, comment.text, comment.quote]))
            invented += [link for link in addresses(reply.answer) if ungrounded(link, held([reply.quote]))]
            return f"the quote does not hold {', '.join(invented)}." if invented else None

        lines = "\n".join(f"- {source}" for source in sources)
        return Question(
            purpose="edit.answer_comment",
            system=prompt("answer_comment"),
            user=f'Passages:\n{lines}\nComment on "{comment.quote}": {comment.text}',
            reply=_Answer,
            schema=_object_schema("quote", "answer"),
            max_output_tokens=_ANSWER_TOKENS,
            check=check,
        )


def rewriting_problem(old: str, new: str, instruction: str, scope: Scope) -> str | None:
    """Why `new` cannot stand for `old`; None when it can."""
    if not new.strip():
        return "the text is empty."
    if len(new) > _LONGEST_GROWTH * len(old) + 100:
        return "the text is more than twice as long as before."
    changed = difference(old, new, asked=instruction, with_names=not scope.translates)
    if changed:
        return f"{changed.sentence()}."
    units = changed_units(old, new, translated=scope.translates)
    if units:
        return f"the text has changed the unit of {', '.join(units)}."
    if not scope.translates and is_something_else(new, [old, instruction]):
        return "the text is about something else."
    dropped = dropped_words(old, new) if scope.corrects else []
    return f"the text drops {', '.join(dropped)}; correct mistakes and leave every other word." if dropped else None


def _object_schema(*names: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


def _flat(text: str) -> str:
    return " ".join(text.split()).lower()


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "\u2026"
