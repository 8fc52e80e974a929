"""Each mark in a document goes to the edit, and the model call, that made it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from polydesk.copilot.provenance import Edited, Origin, document_receipt, fingerprints
from polydesk.core.receipts import ReceiptId
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import Edit, ReplaceText, SetStyle
from tests.docx_builder import docx, p

AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
TEXT = "The cat sat on the mat. The dog ate the bone. The end."


def made(edits: list[Edit], *, tracked: bool = True) -> list[tuple[str | None, str | None, str | None]]:
    """Words before, words after and the call of each change; the calls are called after the edits' places."""
    document = Document(docx(p(TEXT)))
    result = document.apply(edits, tracked=tracked, at=AT)
    calls = {index: ReceiptId(str(index)) for index in range(len(edits))}
    edited = Edited(
        name="a.docx",
        before=document.view(),
        after=Document(result.data).view(),
        edits=result.edits,
        tracked=tracked,
    )
    receipt = document_receipt(edited, output=Path("b.docx"), origin=Origin(proposed_by=calls), at=AT)
    return [(change.before, change.after, change.receipt_id) for change in receipt.changes]


def anchor() -> str:
    (block,) = Document(docx(p(TEXT))).view().stories[0].blocks
    return block.anchor


def replace(find: str, text: str) -> ReplaceText:
    return ReplaceText(at=anchor(), find=find, text=text)


FIRST, SECOND = ("The cat sat on the mat.", "A cat sat on a mat."), ("The dog ate the bone.", "A dog ate a bone.")


@pytest.mark.parametrize("backwards", [False, True])
def test_replacements_in_one_paragraph_keep_apart_whose_mark_is_whose(backwards: bool) -> None:
    edits: list[Edit] = [replace(*FIRST), replace(*SECOND)]
    if backwards:
        edits.reverse()
    alone = [(before, after, str(index)) for index, edit in enumerate(edits) for before, after, _ in made([edit])]
    assert sorted(made(edits), key=str) == sorted(alone, key=str)
    assert len({call for _, _, call in alone}) == 2


def test_a_span_is_a_replacement_too() -> None:
    start = TEXT.index("The end")
    edits: list[Edit] = [replace("cat", "fox"), ReplaceText(at=anchor(), start=start, end=len(TEXT), text="Finis.")]
    found = made(edits)
    assert ("cat", None, "0") in found
    assert {call for before, _, call in found if before and "end" in before} == {"1"}


def test_edits_of_other_kinds_at_the_same_place_are_kept_apart() -> None:
    found = made([replace("cat", "fox"), SetStyle(at=anchor(), style="Heading1")])
    assert sorted(call or "" for _, _, call in found) == ["0", "0", "1"]


def test_a_direct_edit_is_one_change_with_its_words() -> None:
    assert made([replace("cat", "fox")], tracked=False) == [("cat", "fox", "0")]


def test_an_edit_that_changes_nothing_is_no_change() -> None:
    found = made([replace("cat", "cat"), replace("dog", "fox")])
    assert sorted(found, key=str) == sorted([(None, "fox", "1"), ("dog", None, "1")], key=str)


def test_fingerprints_differ_where_author_minute_kind_or_words_do() -> None:
    document = Document(docx(p(TEXT)))
    variants = {
        fingerprint
        for author, minute, word in [("A", 30, "fox"), ("B", 30, "fox"), ("A", 31, "fox"), ("A", 30, "owl")]
        for fingerprint in fingerprints(
            Document(
                document.apply([replace("cat", word)], author=author, at=AT.replace(minute=minute, second=17)).data
            ).view()
        ).values()
    }
    assert len(variants) == 7  # the deletion of "cat" is the same in two of the four
