"""Changes are told on lines of their own."""

from __future__ import annotations

from polydesk.cli.differences import unmarked_line
from polydesk.core.document_receipts import DocumentChange


def test_a_change_without_a_place_names_none() -> None:
    change = DocumentChange(
        change_ids=(), fingerprint="", kind="set_name", anchor="", before=None, after="=Sales!$B$2", receipt_id=None
    )
    assert unmarked_line(change) == "set name “=Sales!$B$2”"
