"""What a task proposes to do to a document, with where each edit comes from."""

from __future__ import annotations

from dataclasses import dataclass

from polydesk.core.receipts import CallReceipt, ReceiptId
from polydesk.office.edits import TypedEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedEdit:
    """One verified edit."""

    edit: TypedEdit
    receipt_id: ReceiptId
    """The model call that it came from."""
    before: str | None
    """The words there now; None where there are none."""
    after: str | None
    """The words that come; None where none remain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Everything one task proposes, and what was checked."""

    edits: tuple[ProposedEdit, ...]
    calls: tuple[CallReceipt, ...]
    """Every model call on the way, oldest first."""
    scope: str
    """What the instruction was taken to concern, in the words of the document."""
    checks: tuple[str, ...]
    """Sentences on what was verified."""
    warnings: tuple[str, ...]
    """Sentences on what was left alone and why, and on what needs a reader's eye."""

    @property
    def models(self) -> list[str]:
        """Who answered, each once, as `provider/model`."""
        return list(dict.fromkeys(f"{call.provider}/{call.model}" for call in self.calls if call.model is not None))
