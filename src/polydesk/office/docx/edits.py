"""The edits of a Word document. `tracked` as None follows the list's choice; true or false decides for one edit."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.office.docx.edits_content import ContentEdit
from polydesk.office.docx.edits_layout import LayoutEdit
from polydesk.office.docx.edits_tables import TableEdit
from polydesk.office.edits import TypedEdit, parse_list


class ReplaceText(TypedEdit, frozen=True, tag="replace_text", kw_only=True):
    """Replace the text of a paragraph, or of a span of it, by the smallest word-level difference.

    Formatting, fields, bookmarks, comments and note references of what stays are kept; new words take the look of
    the words that they replace or follow.
    """

    at: str
    """Anchor of the paragraph."""
    text: str
    """The new text. A tab becomes `w:tab`, a newline `w:br` (ISO/IEC 29500-1, 17.3.3)."""
    find: str | None = None
    """Replace these characters alone; they must occur exactly once in the paragraph. None replaces it all."""
    start: int | None = None
    """First character of the span, counted from 0 in the view's `text`. Used with `end`, instead of `find`."""
    end: int | None = None
    """Character after the span."""
    tracked: bool | None = None


class InsertParagraph(TypedEdit, frozen=True, tag="insert_paragraph", kw_only=True):
    """Insert a paragraph before or after another."""

    after: str | None = None
    """Anchor of the paragraph that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that comes after."""
    text: str
    """Its text; a newline is a line break inside the paragraph."""
    style: str | None = None
    """Id or name of a paragraph style of the document. None continues as Word would: the look of the neighbour, or
    after a heading the style that follows it."""
    tracked: bool | None = None


class DeleteParagraph(TypedEdit, frozen=True, tag="delete_paragraph", kw_only=True):
    """Delete a paragraph. The last one of a cell, note or story is emptied, for the format demands one there."""

    at: str
    """Anchor of the paragraph."""
    tracked: bool | None = None


class MoveParagraph(TypedEdit, frozen=True, tag="move_paragraph", kw_only=True):
    """Move a paragraph before or after another of the same part."""

    at: str
    """Anchor of the paragraph that moves."""
    after: str | None = None
    """Anchor of the paragraph that it then follows. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that it then precedes."""
    tracked: bool | None = None


class SetStyle(TypedEdit, frozen=True, tag="set_style", kw_only=True):
    """Give a paragraph another paragraph style of the document."""

    at: str
    """Anchor of the paragraph."""
    style: str
    """Id or name of the style."""
    tracked: bool | None = None


class AddComment(TypedEdit, frozen=True, tag="add_comment", kw_only=True):
    """Comment on a paragraph or on a span of it. Comments are never tracked."""

    at: str
    """Anchor of the paragraph."""
    text: str
    """The comment; each line is a paragraph of it."""
    find: str | None = None
    """Comment on these characters alone; they must occur exactly once. None comments on the whole paragraph."""
    start: int | None = None
    """First character of the span, as in `replace_text`."""
    end: int | None = None
    """Character after the span."""


class ReplyComment(TypedEdit, frozen=True, tag="reply_comment", kw_only=True):
    """Answer a comment in its thread."""

    comment: str
    """Id of the comment, such as `comment#3`."""
    text: str
    """The answer; each line is a paragraph of it."""


class ResolveComment(TypedEdit, frozen=True, tag="resolve_comment", kw_only=True):
    """Mark a comment's thread as resolved, or open it again."""

    comment: str
    """Id of any comment of the thread."""
    resolved: bool = True


class SetCell(TypedEdit, frozen=True, tag="set_cell", kw_only=True):
    """Replace the text of a table cell; lines map to the cell's paragraphs."""

    at: str
    """Anchor of the cell."""
    text: str
    tracked: bool | None = None


class InsertRow(TypedEdit, frozen=True, tag="insert_row", kw_only=True):
    """Insert a table row that looks like its neighbour."""

    after: str | None = None
    """Anchor of the row that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the row that comes after."""
    cells: tuple[str, ...]
    """Text of each cell: as many as the neighbour row has."""
    tracked: bool | None = None


class DeleteRow(TypedEdit, frozen=True, tag="delete_row", kw_only=True):
    """Delete a table row."""

    at: str
    """Anchor of the row."""
    tracked: bool | None = None


class AcceptChange(TypedEdit, frozen=True, tag="accept_change", kw_only=True):
    """Accept a tracked change that is in the document; a move is accepted at both its ends."""

    change: str
    """Id of the change, such as `body#17`, or `*` for all."""


class RejectChange(TypedEdit, frozen=True, tag="reject_change", kw_only=True):
    """Reject a tracked change that is in the document; a move is rejected at both its ends."""

    change: str
    """Id of the change, such as `body#17`, or `*` for all."""


WordsEdit = (
    ReplaceText
    | InsertParagraph
    | DeleteParagraph
    | MoveParagraph
    | SetStyle
    | AddComment
    | ReplyComment
    | ResolveComment
    | SetCell
    | InsertRow
    | DeleteRow
    | AcceptChange
    | RejectChange
)
"""Edits of words, comments and tracked changes: what a model is asked for, whose schemas vendors keep small."""

Edit = WordsEdit | LayoutEdit | TableEdit | ContentEdit


def parse_edits(data: bytes | str, *, path: str | None = None) -> list[Edit]:
    """The edits of a JSON list, or of an object with the list under `edits`.

    Raises UsageError that names the file, the place and what is expected there.
    """
    return parse_list(data, Edit, path=path, page="docs/reference/edits.md")


def edits_schema() -> dict[str, Any]:
    """JSON Schema of a list of any edits, for other programs."""
    return msgspec.json.schema(list[Edit])


def words_schema() -> dict[str, Any]:
    """The same for edits of words, comments and tracked changes alone."""
    return msgspec.json.schema(list[WordsEdit])
