"""Edit a Word document by an instruction: the reply of whichever model is asked becomes verified edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from polydesk.catalog.card import EditStyle
from polydesk.copilot.edit_paragraphs import ParagraphEditor
from polydesk.copilot.edit_structured import StructuredEditor
from polydesk.copilot.edit_task import EditTask, Findings
from polydesk.copilot.passages import passages
from polydesk.copilot.progress import OnProgress, no_progress
from polydesk.copilot.proposal import Proposal, ProposedEdit
from polydesk.copilot.scope import Scope, read_scope
from polydesk.core.errors import (
    ContentFilteredError,
    OfficeError,
    PlanExhaustedError,
    ProviderError,
    UsageError,
    WeightsError,
)
from polydesk.inference.inference import Inference
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import Edit
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan

_ANSWER_TOKENS = 600
_PROMPT_TOKENS = 1_200
_EXCERPT = 60
_FACTS = (
    "No number, name or address was lost but with what is deleted, and none came that neither document nor instruction "
    "holds."
)
_FACTS_OF_A_TRANSLATION = "Every number and address was kept, and none came; names were not compared."


async def edit_document(
    document: Document,
    instruction: str,
    inference: Inference,
    *,
    choice: Choice | None = None,
    progress: OnProgress = no_progress,
) -> Proposal:
    """The edits that carry out `instruction`, verified against `document`, which is not changed.

    A strong model is shown the document and answers with edits; a small one is asked a sentence or a comment at a
    time. When the models of one kind fail, those of the other kind in the plan are asked. Raises UsageError for an
    empty instruction or document, and what Inference.plan and Inference.send raise.
    """
    if not instruction.strip():
        raise UsageError("the instruction is empty; say what to change, such as \u201ctighten the summary\u201d")
    view = document.view()
    all_passages = passages(view)
    if not all_passages:
        raise UsageError(f"{document.path or 'the document'} has no words to edit")
    scope = read_scope(instruction, all_passages, view.comments)
    plan = inference.plan(Needs(input_tokens=_PROMPT_TOKENS, output_tokens=_ANSWER_TOKENS, output_schema=True), choice)
    task = EditTask(
        instruction=instruction,
        scope=scope,
        document=document,
        view=view,
        passages=all_passages,
        inference=inference,
        progress=progress,
    )
    found = _applicable(await _first_that_works(task, plan), document)
    return Proposal(
        edits=tuple(found.edits),
        calls=tuple(found.calls),
        scope=scope.describe(),
        checks=tuple(_checks(found, scope)),
        warnings=tuple(found.warnings),
    )


async def _first_that_works(task: EditTask, plan: Plan) -> Findings:
    """What the first kind of model in the plan that answers at all finds; the receipts of others are in the store."""
    parts = _by_style(plan)
    unanswered: list[str] = []
    for part in parts[:-1]:
        try:
            return await _run(task, part)
        except ContentFilteredError:
            raise  # What one vendor's filter refuses is not offered to others unasked.
        except (ProviderError, PlanExhaustedError, WeightsError) as error:
            unanswered.append(str(error))
    found = await _run(task, parts[-1])
    found.warnings[:0] = [f"Another kind of model was asked, for the first did not answer: {why}" for why in unanswered]
    return found


def _applicable(found: Findings, document: Document) -> Findings:
    """The findings without edits that cannot be made, alone or beside those before them, each told in a warning."""
    if _fit(document, found.edits):
        return found
    kept: list[ProposedEdit] = []
    for one in found.edits:
        try:
            document.apply(_word_edits([*kept, one]), ignore_protection=True)
        except OfficeError as error:
            found.warnings.append(f"Left out, {_excerpt(one.after or one.before or '')}: {error}")
        else:
            kept.append(one)
    found.edits = kept
    return found


def _excerpt(text: str) -> str:
    return f"\u201c{text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + chr(0x2026)}\u201d"


def _fit(document: Document, edits: Sequence[ProposedEdit]) -> bool:
    """Whether all the edits can be made together."""
    try:
        document.apply(_word_edits(edits), ignore_protection=True)
    except OfficeError:
        return False
    return True


def _word_edits(proposed: Sequence[ProposedEdit]) -> list[Edit]:
    return [cast(Edit, one.edit) for one in proposed]


async def _run(task: EditTask, plan: Plan) -> Findings:
    if plan.first.edit_style == "structured":
        return await StructuredEditor(task, plan).run()
    return await ParagraphEditor(task, plan).run()


def _by_style(plan: Plan) -> list[Plan]:
    """The plan's steps apart by how their models are asked, the first step's kind first."""
    styles: list[EditStyle] = list(dict.fromkeys(step.card.edit_style for step in plan.steps))
    return [
        msgspec.structs.replace(plan, steps=tuple(step for step in plan.steps if step.card.edit_style == style))
        for style in styles
    ]


def _checks(found: Findings, scope: Scope) -> list[str]:
    """What was verified, in sentences; nothing when there is no edit to vouch for."""
    if not found.edits:
        return []
    return [
        "Every place that an edit names exists and reads as the model saw it.",
        f"No edit lies outside {scope.describe()}."
        if scope.sections or scope.rewrite is None
        else "The instruction names no section, so edits may lie anywhere in the document.",
        _FACTS_OF_A_TRANSLATION if scope.translates else _FACTS,
    ]
