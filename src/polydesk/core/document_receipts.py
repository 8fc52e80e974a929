"""What happened to one document: what was asked, what was changed, and which model call each change came from."""

from __future__ import annotations

from datetime import datetime
from typing import NewType

import msgspec

from polydesk.core.receipts import ReceiptId

DocumentReceiptId = NewType("DocumentReceiptId", str)
"""`doc_` and 26 characters that sort by time."""


class DocumentChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a document."""

    change_ids: tuple[str, ...]
    """Ids of the tracked changes inside the output file; empty for a change made directly."""
    fingerprint: str
    """Hash of the change itself, by which it is found again in a file that has since been saved by another program."""
    kind: str
    """The kind of edit, such as `replace_text`."""
    anchor: str
    """Where, in the words of the view."""
    before: str | None
    """None where nothing was there before."""
    after: str | None
    """None where nothing is left."""
    receipt_id: ReceiptId | None
    """The model call that proposed it; None when a person or a program did."""


class DocumentReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """One document that left by a door, with everything that was done to it."""

    id: DocumentReceiptId
    at: datetime
    instruction: str
    """What was asked, in the user's words; empty when edits were given without words."""
    input_name: str
    """File name without its folder."""
    input_sha256: str
    output_name: str
    output_sha256: str
    calls: tuple[ReceiptId, ...]
    """Every model call on the way, oldest first; empty when no model was asked."""
    changes: tuple[DocumentChange, ...]
    checks: tuple[str, ...]
    """Sentences on what was verified."""
    warnings: tuple[str, ...]
    """Sentences on what could not be, or needs a reader's eye."""
