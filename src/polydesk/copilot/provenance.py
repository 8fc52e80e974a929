"""What was done to a document, as a receipt: one line for each change, with the hash by which it is found again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from polydesk.core.document_receipts import DocumentChange, DocumentReceipt, DocumentReceiptId
from polydesk.core.ids import time_sortable_id
from polydesk.core.receipts import ReceiptId
from polydesk.office.docx.edits import AcceptChange, RejectChange, ReplaceText
from polydesk.office.docx.views import BlockView, ChangeView, CommentView, DocumentView, ParagraphView
from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.results import AppliedEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asked for the edits, and what was made of them on the way."""

    instruction: str = ""
    """In the user's words; empty when edits were given without words."""
    calls: tuple[ReceiptId, ...] = ()
    """Every model call on the way, oldest first."""
    proposed_by: Mapping[int, ReceiptId] = field(default_factory=dict[int, ReceiptId])
    """The call that proposed each edit, by its place in the list; no entry for a person's or program's."""
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A document before and after edits, each read once."""

    name: str
    """File name of the original, without its folder."""
    before: DocumentView
    after: DocumentView
    edits: tuple[AppliedEdit, ...]
    tracked: bool
    """Whether edits that did not say made tracked changes."""


def document_receipt(edited: Edited, *, output: Path, origin: Origin, at: datetime) -> DocumentReceipt:
    """The receipt of what was done, about to leave as `output`."""
    return DocumentReceipt(
        id=DocumentReceiptId(time_sortable_id("doc", at)),
        at=at,
        instruction=origin.instruction,
        input_name=edited.name,
        input_sha256=edited.before.sha256,
        output_name=output.name,
        output_sha256=edited.after.sha256,
        calls=origin.calls,
        changes=tuple(_document_changes(edited, origin)),
        checks=origin.checks,
        warnings=origin.warnings,
    )


def fingerprints(view: DocumentView) -> dict[str, str]:
    """The fingerprint of every tracked change and comment of a document, by id.

    It is made of what survives saving by Word, which numbers changes anew and keeps their times to the minute:
    kind, author, minute and words; where there are no words, those of the paragraph.
    """
    paragraphs = texts_of(view)
    return {
        **{change.id: _change_fingerprint(change, paragraphs) for change in view.changes},
        **{comment.id: _comment_fingerprint(comment) for comment in view.comments},
    }


def _change_fingerprint(change: ChangeView, paragraphs: Mapping[str, str]) -> str:
    words = change.text or paragraphs.get(change.anchor or "", "")
    return _hash(change.kind, change.author, (change.date or "")[:16], " ".join(words.split()))


def _comment_fingerprint(comment: CommentView) -> str:
    return _hash("comment", comment.author, (comment.date or "")[:16], " ".join(comment.text.split()))


def _document_changes(edited: Edited, origin: Origin) -> Iterator[DocumentChange]:
    before, after = edited.before, edited.after
    known = fingerprints(after)
    texts = texts_of(before)
    items = {item.id: item for item in (*after.changes, *after.comments)}
    owners = _owners(edited.edits, after, texts)
    for index, applied in enumerate(edited.edits):
        receipt_id = origin.proposed_by.get(index)
        fresh = [id for id in (*applied.change_ids, *applied.comment_ids) if owners.get(id) == index]
        for id in fresh:
            yield _marked_change(applied.edit, items[id], known[id], receipt_id)
        if not fresh and isinstance(applied.edit, AcceptChange | RejectChange):
            yield from _settled_changes(applied.edit, before, after, receipt_id)
        elif not applied.change_ids and not applied.comment_ids and _is_direct(applied, tracked=edited.tracked):
            yield _direct_change(applied.edit, texts, before.sha256, index, receipt_id)


def _owners(edits: Sequence[AppliedEdit], after: DocumentView, texts: Mapping[str, str]) -> dict[str, int]:
    """By id of a tracked change or comment: the place in the list of the edit that made it.

    Replacements in one paragraph are made together and each reports the marks of all; they are told apart by their
    words.
    """
    reporters: dict[str, list[int]] = {}
    for index, applied in enumerate(edits):
        for id in (*applied.change_ids, *applied.comment_ids):
            reporters.setdefault(id, []).append(index)
    groups: dict[tuple[int, ...], list[ChangeView | CommentView]] = {}
    for item in (*after.changes, *after.comments):
        if item.id in reporters:
            groups.setdefault(tuple(reporters[item.id]), []).append(item)
    owners: dict[str, int] = {}
    for indexes, items in groups.items():
        owners |= _shared_out(items, {index: edits[index].edit for index in indexes}, texts)
    return owners


def _shared_out(
    items: Sequence[ChangeView | CommentView], edits: Mapping[int, TypedEdit], texts: Mapping[str, str]
) -> dict[str, int]:
    """The edit that each of `items` belongs to, both in the order of the words.

    A mark belongs to the same replacement as the one before it as long as its words follow in what that replacement
    takes away or brings; else to the next one where they are found.
    """
    spans = [_Span(edit, index, texts) for index, edit in edits.items()]
    left = sorted(spans, key=lambda span: span.start)
    owners: dict[str, int] = {}
    for item in items:
        place = next((place for place, span in enumerate(left) if span.takes(item)), 0)
        left = left[place:]
        owners[item.id] = left[0].index
    return owners


class _Span:
    """One replacement, and how far into its words the marks have come."""

    def __init__(self, edit: TypedEdit, index: int, texts: Mapping[str, str]) -> None:
        self.index = index
        self.start = 0
        self._old = self._new = ""
        if isinstance(edit, ReplaceText):
            text = texts.get(edit.at, "")
            self.start = text.find(edit.find) if edit.find is not None else edit.start or 0
            self._old = edit.find if edit.find is not None else text[edit.start : edit.end]
            self._new = edit.text

    def takes(self, item: ChangeView | CommentView) -> bool:
        """Whether the words of `item` come next among those taken away, or brought; if so, they are used up."""
        goes = isinstance(item, ChangeView) and item.kind == "deletion"
        _, found, rest = (self._old if goes else self._new).partition(item.text or "\0")
        if found and goes:
            self._old = rest
        elif found:
            self._new = rest
        return bool(found)


def _marked_change(
    edit: TypedEdit, item: ChangeView | CommentView, fingerprint: str, receipt_id: ReceiptId | None
) -> DocumentChange:
    goes = isinstance(item, ChangeView) and item.kind in ("deletion", "move_from", "row_deletion")
    words = item.text or None
    return DocumentChange(
        change_ids=(item.id,),
        fingerprint=fingerprint,
        kind=kind_of(edit),
        anchor=place_of(edit),
        before=words if goes else None,
        after=None if goes else words,
        receipt_id=receipt_id,
    )


def _settled_changes(
    edit: AcceptChange | RejectChange, before: DocumentView, after: DocumentView, receipt_id: ReceiptId | None
) -> Iterator[DocumentChange]:
    left = {change.id for change in after.changes}
    known = fingerprints(before)
    for change in before.changes:
        if change.id in left or edit.change not in ("*", change.id):
            continue
        goes = change.kind in ("deletion", "move_from", "row_deletion")
        stays = goes == isinstance(edit, RejectChange)
        yield DocumentChange(
            change_ids=(),
            fingerprint=_hash(kind_of(edit), known[change.id]),
            kind=kind_of(edit),
            anchor=change.anchor or change.id,
            before=None if stays else change.text or None,
            after=change.text or None if stays else None,
            receipt_id=receipt_id,
        )


def _direct_change(
    edit: TypedEdit, texts: Mapping[str, str], input_sha256: str, index: int, receipt_id: ReceiptId | None
) -> DocumentChange:
    place = place_of(edit)
    inserts = kind_of(edit).startswith("insert")
    find = getattr(edit, "find", None)
    cells: tuple[str, ...] = getattr(edit, "cells", ())
    after: str | None = getattr(edit, "text", None) or ("\t".join(cells) if cells else None)
    return DocumentChange(
        change_ids=(),
        fingerprint=_hash(input_sha256, str(index), msgspec.json.encode(edit).decode()),
        kind=kind_of(edit),
        anchor=place,
        before=None if inserts else find or texts.get(place),
        after=after,
        receipt_id=receipt_id,
    )


def _is_direct(applied: AppliedEdit, *, tracked: bool) -> bool:
    """Whether the edit was made without marks, rather than having found nothing to change."""
    own: bool | None = getattr(applied.edit, "tracked", False)
    return not (tracked if own is None else own)


def place_of(edit: TypedEdit) -> str:
    """The anchor or id that the edit names."""
    names = ("at", "after", "before", "comment", "change")
    return next((place for name in names if (place := getattr(edit, name, None))), "")


def texts_of(view: DocumentView) -> dict[str, str]:
    """By anchor: the text of every paragraph, row and cell."""
    found: dict[str, str] = {}
    for story in view.stories:
        _add_texts(story.blocks, found)
    return found


def _add_texts(blocks: Sequence[BlockView], found: dict[str, str]) -> None:
    for block in blocks:
        if isinstance(block, ParagraphView):
            found[block.anchor] = block.text
            continue
        for row in block.rows:
            found[row.anchor] = "\t".join(cell.text for cell in row.cells)
            for cell in row.cells:
                found[cell.anchor] = cell.text
                _add_texts(cell.blocks, found)


def _hash(*facts: str) -> str:
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()
