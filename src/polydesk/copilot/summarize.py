"""Summarise a Word document in a few sentences, each number of which the document holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.copilot.asking import Question, Reply, ask, prompt
from polydesk.copilot.facts import held, ungrounded
from polydesk.copilot.passages import passages
from polydesk.copilot.progress import OnProgress, Progress, no_progress
from polydesk.core.errors import ReplyError, UsageError
from polydesk.core.receipts import CallReceipt
from polydesk.inference.inference import Inference
from polydesk.office.docx.document import Document
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan

SENTENCES = 5
_SENTENCES_OF_A_PART = 3
_ANSWER_TOKENS = 600
_PROMPT_TOKENS = 600
_BYTES_PER_TOKEN = 3
_LARGEST_PART = 60_000
"""Tokens in one question at most: beyond it answers grow slow and vague even where the window is larger."""


class _Sentences(msgspec.Struct, frozen=True):
    sentences: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary and where it comes from."""

    sentences: tuple[str, ...]
    calls: tuple[CallReceipt, ...]
    checks: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(self.sentences)


async def summarize_document(
    document: Document,
    inference: Inference,
    *,
    choice: Choice | None = None,
    progress: OnProgress = no_progress,
) -> Summary:
    """At most five sentences on the document; a long one is summarised part by part, then over the parts.

    Raises UsageError for a document without words, ReplyError when no reply held, and what Inference raises.
    """
    texts = [f"{item.label} {item.text}" if item.label else item.text for item in passages(document.view())]
    if not texts:
        raise UsageError(f"{document.path or 'the document'} has no words to summarise")
    plan = inference.plan(
        Needs(input_tokens=2 * _PROMPT_TOKENS, output_tokens=_ANSWER_TOKENS, output_schema=True), choice
    )
    return await _Summarizer(texts, inference, plan, progress).run()


@dataclass(frozen=True, slots=True)
class _Summarizer:
    texts: Sequence[str]
    inference: Inference
    plan: Plan
    progress: OnProgress

    async def run(self) -> Summary:
        calls: list[CallReceipt] = []
        warnings: list[str] = []
        lines = list(self.texts)
        while len(parts := list(_parts(lines, self._budget()))) > 1:
            shorter: list[str] = []
            for done, part in enumerate(parts):
                self.progress(
                    Progress(text=f"reading part {done + 1} of {len(parts)}", done=done, total=len(parts) + 1)
                )
                reply = await self._ask(part, _SENTENCES_OF_A_PART)
                calls += reply.calls
                if reply.value is None:
                    warnings.append(f"Part {done + 1} is not in the summary: {reply.problem}")
                else:
                    shorter += reply.value.sentences
            if not shorter:
                raise ReplyError("no summary: no part could be summarised", reply="", problem=warnings[-1])
            if sum(map(len, shorter)) >= sum(map(len, lines)):
                raise ReplyError("no summary: the parts grow no shorter", reply="", problem="the parts grow no shorter")
            lines = shorter
        self.progress(Progress(text="summarising", done=len(parts), total=len(parts) + 1))
        reply = await self._ask(parts[0], SENTENCES)
        calls += reply.calls
        if reply.value is None:
            raise ReplyError(f"no summary: {reply.problem}", reply="", problem=reply.problem or "")
        return Summary(
            sentences=tuple(sentence.strip() for sentence in reply.value.sentences[:SENTENCES]),
            calls=tuple(calls),
            checks=("Every number and address of the summary stands in the document.",),
            warnings=tuple(warnings),
        )

    async def _ask(self, lines: Sequence[str], most: int) -> Reply[_Sentences]:
        def check(reply: _Sentences) -> str | None:
            if not any(sentence.strip() for sentence in reply.sentences):
                return "there is no sentence."
            invented = ungrounded(" ".join(reply.sentences), held(self.texts))
            return f"the passages do not hold {', '.join(invented)}." if invented else None

        question = Question(
            purpose="summarize",
            system=prompt("summarize", most=str(most)),
            user="Passages:\n" + "\n".join(lines),
            reply=_Sentences,
            schema=_schema(most),
            max_output_tokens=_ANSWER_TOKENS,
            check=check,
        )
        return await ask(question, self.inference, self.plan)

    def _budget(self) -> int:
        """Bytes of the document that one question may hold, with every model of the plan."""
        return min(_room(step.card) for step in self.plan.steps)


def _room(card: ModelCard) -> int:
    # Twice the answer: a second question repeats the first answer.
    tokens = card.context_window_tokens - _PROMPT_TOKENS - 2 * _ANSWER_TOKENS
    return max(500, min(tokens, _LARGEST_PART)) * _BYTES_PER_TOKEN


def _parts(lines: Sequence[str], budget: int) -> Iterator[list[str]]:
    """`lines` in groups of at most `budget` bytes; a line that is longer by itself is cut."""
    part: list[str] = []
    size = 0
    for line in lines:
        for piece in _pieces(line, budget):
            length = len(piece.encode()) + 1
            if part and size + length > budget:
                yield part
                part, size = [], 0
            part.append(piece)
            size += length
    yield part


def _pieces(line: str, budget: int) -> Iterator[str]:
    if len(line.encode()) <= budget:
        yield line
        return
    step = budget // 4  # No character has more than four bytes.
    yield from (line[start : start + step] for start in range(0, len(line), step))


def _schema(most: int) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": most}},
        "required": ["sentences"],
        "additionalProperties": False,
    }
