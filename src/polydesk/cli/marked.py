"""Documents that leave full of tracked changes: receipts of what a comparison or a merger marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from polydesk.cli.drawing import change_line
from polydesk.cli.files import Target
from polydesk.cli.leaving import leave
from polydesk.cli.output import note, say, say_json
from polydesk.copilot.provenance import fingerprints
from polydesk.core.document_receipts import DocumentChange, DocumentReceipt, DocumentReceiptId
from polydesk.core.ids import time_sortable_id
from polydesk.office.docx.document import Document
from polydesk.office.docx.views import ChangeView, CommentView
from polydesk.office.results import Result
from polydesk.store.places import RecordsPlace


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk compare` and `merge` say with `--json`."""

    output: str
    sha256: str
    changed: bool
    """False when the output is the identical file."""
    changed_parts: tuple[str, ...]
    receipt_id: DocumentReceiptId | None
    """None when nothing was changed."""
    changes: tuple[ChangeView, ...]
    """The tracked changes in the output."""
    comments: tuple[CommentView, ...]
    notes: tuple[str, ...]
    """Sentences on what no tracked change shows, and on contradictions."""


def leave_marked(
    document: Document,
    result: Result,
    target: Target,
    place: RecordsPlace,
    *,
    kind: str,
    asked: str,
    at: datetime,
    notes: Sequence[str],
    as_json: bool,
) -> None:
    """Write the result, record it with `document`, which it was made of, and say what it holds."""
    after = Document(result.data).view()
    receipt = None
    if result.data != document.data:
        known = fingerprints(after)
        made: list[ChangeView | CommentView] = [*after.changes, *after.comments]
        receipt = DocumentReceipt(
            id=DocumentReceiptId(time_sortable_id("doc", at)),
            at=at,
            instruction=asked,
            input_name=Path(document.path or "").name,
            input_sha256=document.sha256,
            output_name=target.path.name,
            output_sha256=result.sha256,
            calls=(),
            changes=tuple(_change(item, known[item.id], kind) for item in made),
            checks=(),
            warnings=tuple(notes),
        )
    leave(document, result.data, receipt, target, place)
    if as_json:
        say_json(
            Report(
                output=str(target.path),
                sha256=result.sha256,
                changed=receipt is not None,
                changed_parts=result.changed_parts,
                receipt_id=None if receipt is None else receipt.id,
                changes=after.changes,
                comments=after.comments,
                notes=tuple(notes),
            )
        )
        return
    _tell(after.changes, notes, receipt, target.path)


def _tell(changes: Sequence[ChangeView], notes: Sequence[str], receipt: DocumentReceipt | None, path: Path) -> None:
    for remark in notes:
        note(f"Note: {remark}")
    if receipt is None:
        note(f"Wrote {path} (nothing differs).")
        return
    if changes:
        say("\n".join(change_line(change) for change in changes))
    note(f"Wrote {path}.\nReceipt {receipt.id}; `polydesk undo {path}` gives back the original.")


def _change(item: ChangeView | CommentView, fingerprint: str, kind: str) -> DocumentChange:
    goes = isinstance(item, ChangeView) and item.kind in ("deletion", "move_from", "row_deletion")
    words = item.text or None
    return DocumentChange(
        change_ids=(item.id,),
        fingerprint=fingerprint,
        kind=kind,
        anchor=item.anchor or item.id,
        before=words if goes else None,
        after=None if goes else words,
        receipt_id=None,
    )
