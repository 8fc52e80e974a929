"""Edits of text: paragraphs of shapes, of table cells and of notes."""

from __future__ import annotations

from polydesk.office.edits import TypedEdit


class ReplaceText(TypedEdit, frozen=True, tag="replace_text", kw_only=True):
    """Replace the text of a paragraph, or of a span of it, by the smallest word-level difference.

    Looks, bullets, levels, links and fields of what stays are kept; new words take the look of those that they replace
    or follow.
    """

    at: str
    """Anchor of the paragraph."""
    text: str
    """The new text. A newline is a line break inside the paragraph."""
    find: str | None = None
    """Replace these characters alone; they must occur exactly once in the paragraph. None replaces it all."""
    start: int | None = None
    """First character of the span, counted from 0 in the view's `text`. Used with `end`, instead of `find`."""
    end: int | None = None
    """Character after the span."""


class SetText(TypedEdit, frozen=True, tag="set_text", kw_only=True):
    """Give a shape or placeholder its whole text; paragraphs that stay keep everything that they have."""

    at: str
    """Anchor of the shape."""
    text: str
    """Each line is a paragraph; each tab in front of it makes it one level deeper. A vertical tab is a line break."""


class InsertParagraph(TypedEdit, frozen=True, tag="insert_paragraph", kw_only=True):
    """Insert a paragraph before or after another, with the look of that one."""

    after: str | None = None
    """Anchor of the paragraph that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that comes after."""
    text: str
    """Its text; a newline is a line break inside the paragraph."""
    level: int | None = None
    """Its level, from 0 to 8; None for the neighbour's."""


class DeleteParagraph(TypedEdit, frozen=True, tag="delete_paragraph", kw_only=True):
    """Delete a paragraph. The last one of a shape or cell is emptied, for the format demands one there."""

    at: str
    """Anchor of the paragraph."""


class MoveParagraph(TypedEdit, frozen=True, tag="move_paragraph", kw_only=True):
    """Move a paragraph before or after another of the same slide or the same notes."""

    at: str
    """Anchor of the paragraph that moves."""
    after: str | None = None
    """Anchor of the paragraph that it then follows. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that it then precedes."""


class SetLevel(TypedEdit, frozen=True, tag="set_level", kw_only=True):
    """Give a paragraph another level; bullet and size follow from the layout."""

    at: str
    """Anchor of the paragraph."""
    level: int
    """From 0 to 8."""


class SetNotes(TypedEdit, frozen=True, tag="set_notes", kw_only=True):
    """Give a slide its speaker's notes; the notes page, and the notes master, are made where they lack."""

    at: str
    """Anchor of the slide or of its notes."""
    text: str
    """Each line is a paragraph, as in `set_text`."""


class SetCell(TypedEdit, frozen=True, tag="set_cell", kw_only=True):
    """Replace the text of a table cell."""

    at: str
    """Anchor of the cell."""
    text: str
    """Each line is a paragraph, as in `set_text`."""


TextEdit = ReplaceText | SetText | InsertParagraph | DeleteParagraph | MoveParagraph | SetLevel | SetNotes | SetCell
