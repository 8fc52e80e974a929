"""An edited document leaves: written whole, recorded with its original, and said."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from polydesk.cli.differences import difference_lines, unmarked_line
from polydesk.cli.files import Target, staged
from polydesk.cli.output import note, say, say_json
from polydesk.copilot.plain_provenance import plain_receipt
from polydesk.copilot.provenance import Edited, Origin, document_receipt
from polydesk.core.document_receipts import DocumentReceipt, DocumentReceiptId
from polydesk.office.docx.document import Document
from polydesk.office.edits import TypedEdit
from polydesk.office.files import OfficeFile, finished
from polydesk.office.results import DEFAULT_AUTHOR, Result, ValueChange
from polydesk.store.places import RecordsPlace
from polydesk.store.store import Store


class EditReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one edit left in the output."""

    edit: TypedEdit
    change_ids: tuple[str, ...]
    comment_ids: tuple[str, ...]
    before: str | None
    """What stood there; None where nothing did, and in Word, whose tracked changes say it."""
    after: str | None
    notes: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a command that writes a document says with `--json`."""

    output: str
    sha256: str
    changed: bool
    """False when the output is the identical file."""
    changed_parts: tuple[str, ...]
    receipt_id: DocumentReceiptId | None
    """None when nothing was changed."""
    edits: tuple[EditReport, ...]
    values: tuple[ValueChange, ...] = ()
    """Formulas of a workbook whose values are others now."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A file that has been written."""

    path: Path
    result: Result
    edited: Edited | None
    """The Word document before and after; None for other formats, and when nothing was changed."""
    receipt: DocumentReceipt | None
    """None when nothing was changed."""

    def report(self) -> Report:
        """The same for other programs."""
        return Report(
            output=str(self.path),
            sha256=self.result.sha256,
            changed=self.receipt is not None,
            changed_parts=self.result.changed_parts,
            receipt_id=None if self.receipt is None else self.receipt.id,
            values=self.result.values,
            notes=self.result.notes,
            edits=tuple(
                EditReport(
                    edit=item.edit,
                    change_ids=item.change_ids,
                    comment_ids=item.comment_ids,
                    before=item.before,
                    after=item.after,
                    notes=item.notes,
                )
                for item in self.result.edits
            ),
        )


def edit_and_leave(
    file: OfficeFile,
    edits: Sequence[TypedEdit],
    target: Target,
    place: RecordsPlace,
    *,
    tracked: bool = True,
    author: str = DEFAULT_AUTHOR,
    force: bool = False,
    origin: Origin | None = None,
) -> Left:
    """Apply `edits` to `file`, write the result, and record how it came about.

    The original is kept in the records so that it can be given back. Raises OfficeError for edits that cannot be made,
    OutputError and StoreError; then nothing was written.
    """
    at = datetime.now(UTC)
    result = finished(file, file.apply(edits, tracked=tracked, author=author, at=at, ignore_protection=force))
    edited, receipt = None, None
    if result.data != file.data:
        edited = _edited(file, result, tracked=tracked)
        origin = origin or Origin()
        if edited is not None:
            receipt = document_receipt(edited, output=target.path, origin=origin, at=at)
        else:
            receipt = plain_receipt(file, result, output=target.path, origin=origin, at=at)
    leave(file, result.data, receipt, target, place)
    return Left(path=target.path, result=result, edited=edited, receipt=receipt)


def _edited(file: OfficeFile, result: Result, *, tracked: bool) -> Edited | None:
    """A Word document before and after, whose changes are found in it; None for what marks no changes."""
    if not isinstance(file, Document):
        return None
    return Edited(
        name=Path(file.path or "").name,
        before=file.view(),
        after=Document(result.data).view(),
        edits=result.edits,
        tracked=tracked,
    )


def leave(file: OfficeFile, data: bytes, receipt: DocumentReceipt | None, target: Target, place: RecordsPlace) -> None:
    """Write `data`, made of `file`, and record `receipt` with the original. Raises OutputError and StoreError."""
    with staged(data, target, like=Path(file.path or target.path)):
        if receipt is not None:
            with closing(Store.open(place)) as store:
                store.record_document(receipt, original=file.data)


def tell(left: Left, *, as_json: bool) -> None:
    """Say what was written: a report as JSON, or the changes that were made."""
    if as_json:
        say_json(left.report())
        return
    if left.receipt is None:
        note(f"Wrote {left.path} (identical to the original).")
        return
    if left.edited is not None:
        say("\n".join(difference_lines(left.edited, left.receipt)))
    else:
        say("\n".join(unmarked_line(change) for change in left.receipt.changes))
    for change in left.result.values:
        say(f"{change.at}  {change.before or 'not calculated'} → {change.after}  (follows)")
    for remark in (*(remark for applied in left.result.edits for remark in applied.notes), *left.result.notes):
        note(f"Note: {remark}")
    note(f"Wrote {left.path}.\nReceipt {left.receipt.id}; `polydesk undo {left.path}` gives back the original.")
