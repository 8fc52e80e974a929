"""One instruction on one document, as both ways of asking for edits need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from polydesk.copilot.passages import Passage
from polydesk.copilot.progress import OnProgress
from polydesk.copilot.proposal import ProposedEdit
from polydesk.copilot.scope import Scope
from polydesk.core.receipts import CallReceipt
from polydesk.inference.inference import Inference
from polydesk.office.docx.document import Document
from polydesk.office.docx.views import DocumentView


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTask:
    """Everything that is known before a model is asked."""

    instruction: str
    scope: Scope
    document: Document
    view: DocumentView
    passages: Sequence[Passage]
    inference: Inference
    progress: OnProgress


@dataclass(slots=True)
class Findings:
    """What has been proposed so far."""

    edits: list[ProposedEdit] = field(default_factory=list[ProposedEdit])
    calls: list[CallReceipt] = field(default_factory=list[CallReceipt])
    warnings: list[str] = field(default_factory=list[str])
