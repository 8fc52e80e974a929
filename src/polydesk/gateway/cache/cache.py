"""The cache of answers: who looks something up in it, and what is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.messages import ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.gateway.cache.exact import ExactAnswers, Kept, kept
from polydesk.gateway.cache.questions import Question, may_be_kept
from polydesk.gateway.cache.semantic import AlikeQuestions, Likeness
from polydesk.routing.plans import Plan

_FORBIDDING = frozenset({"not_permitted", "data_class", "provider_excluded", "excluded_by_user", "not_in_plan"})
"""Rules that keep a caller from a model, and so from its answers."""

Embed = Callable[[str], Awaitable[Sequence[float] | None]]
"""Makes the vector of a question on the caller's behalf; None where that is not permitted or did not work."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that can be given again."""

    kind: Literal["exact", "semantic"]
    kept: Kept
    similarity: float = 1.0

    @property
    def why(self) -> str:
        """Where the answer comes from, in one sentence for its receipt."""
        asked = "The same was asked before"
        if self.kind == "semantic":
            asked = f"A question that means the same (similarity {self.similarity:.3f}) was asked before"
        return f"{asked}; the answer is that of {self.kept.receipt_id}."


class AnswerCache:
    """Keeps good answers, and finds them again for the same caller and data class. Used by one thread."""

    def __init__(self, answers: ExactAnswers, *, exact: bool, alike: AlikeQuestions | None) -> None:
        """`exact` whether every request may be answered so; `alike` None where only the very same ones are."""
        self._answers = answers
        self._exact = exact
        self._alike = alike

    async def search(self, question: Question, *, plan: Plan, embed: Embed, read: bool) -> Search | None:
        """Look `question` up; None where it is none that the cache answers.

        `plan` tells from whom the caller may have answers. `read` False finds nothing, for a caller that wants a new
        answer, which is then kept.
        """
        if not self._exact and (self._alike is None or question.text is None):
            return None
        found = self._answers.get(question.exact) if read else None
        if found is not None and _may_have(plan, found):
            return Search(self, question, hit=Hit(kind="exact", kept=found))
        if self._alike is None or question.around is None or question.text is None:
            return Search(self, question)
        vector = await embed(question.text)
        if vector is None or not read:
            return Search(self, question, vector=vector)
        like = self._alike.find(question.around, question.text, vector)
        return Search(self, question, vector=vector, hit=self._hit(like, plan))

    def keep(
        self,
        question: Question,
        vector: Sequence[float] | None,
        response: ModelResponse,
        card: ModelCard,
        receipt: CallReceipt,
    ) -> None:
        """Keep `response`, which answers `question`, if it is a good one."""
        if not may_be_kept(response):
            return
        answer = kept(response, card, receipt, vector_bytes=0 if vector is None else 4 * len(vector))
        if self._answers.put(question.exact, answer) and self._alike is not None and vector is not None:
            assert question.around is not None
            assert question.text is not None
            self._alike.add(question.around, question.exact, question.text, vector)

    def _hit(self, like: Likeness | None, plan: Plan) -> Hit | None:
        found = None if like is None else self._answers.get(like.key)
        if like is None or found is None or not _may_have(plan, found):
            return None
        return Hit(kind="semantic", kept=found, similarity=like.similarity)


class Search:
    """One request looked up."""

    def __init__(
        self, cache: AnswerCache, question: Question, *, vector: Sequence[float] | None = None, hit: Hit | None = None
    ) -> None:
        self._cache = cache
        self._question = question
        self._vector = vector
        self.hit = hit
        """None where a model must be asked."""

    def keep(self, response: ModelResponse, card: ModelCard, receipt: CallReceipt) -> None:
        """Keep what a model answered."""
        self._cache.keep(self._question, self._vector, response, card, receipt)


def _may_have(plan: Plan, found: Kept) -> bool:
    """Whether the caller might have asked that model now: its key may have lost the right since."""
    card = found.card
    return not any(
        one.rule in _FORBIDDING and one.provider == card.provider and one.model == card.name for one in plan.rejections
    )


def open_cache(
    *,
    exact: bool,
    semantic: bool,
    similarity: float,
    max_entries: int,
    max_bytes: int,
    ttl_s: float,
    elapsed_s: Callable[[], float],
) -> AnswerCache | None:
    """The cache that is wished for; None where none is."""
    if not exact and not semantic:
        return None
    answers = ExactAnswers(max_entries=max_entries, max_bytes=max_bytes, ttl_s=ttl_s, elapsed_s=elapsed_s)
    alike = AlikeQuestions(similarity=similarity, is_kept=answers.__contains__) if semantic else None
    return AnswerCache(answers, exact=exact, alike=alike)
