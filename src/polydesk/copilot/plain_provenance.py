"""The receipt of edits in formats that do not mark changes: what each edit found, and what it left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from polydesk.copilot.provenance import Origin, place_of
from polydesk.core.document_receipts import DocumentChange, DocumentReceipt, DocumentReceiptId
from polydesk.core.ids import time_sortable_id
from polydesk.office.edits import kind_of
from polydesk.office.files import OfficeFile
from polydesk.office.results import Result


def plain_receipt(file: OfficeFile, result: Result, *, output: Path, origin: Origin, at: datetime) -> DocumentReceipt:
    """The receipt of `result`, made of `file` and about to leave as `output`."""
    return DocumentReceipt(
        id=DocumentReceiptId(time_sortable_id("doc", at)),
        at=at,
        instruction=origin.instruction,
        input_name=Path(file.path or "").name,
        input_sha256=file.sha256,
        output_name=output.name,
        output_sha256=result.sha256,
        calls=origin.calls,
        changes=tuple(_changes(file.sha256, result, origin)),
        checks=origin.checks,
        warnings=(*origin.warnings, *(note for applied in result.edits for note in applied.notes), *result.notes),
    )


def _changes(input_sha256: str, result: Result, origin: Origin) -> Iterator[DocumentChange]:
    for index, applied in enumerate(result.edits):
        facts = (input_sha256, str(index), msgspec.json.encode(applied.edit).decode())
        yield DocumentChange(
            change_ids=(),
            fingerprint=hashlib.sha256("\0".join(facts).encode()).hexdigest(),
            kind=kind_of(applied.edit),
            anchor=place_of(applied.edit),
            before=applied.before,
            after=applied.after,
            receipt_id=origin.proposed_by.get(index),
        )
