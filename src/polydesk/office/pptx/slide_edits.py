"""Edits of slides as a whole, of sections and of comments."""

from __future__ import annotations

import msgspec

from polydesk.office.edits import TypedEdit


class AddSlide(TypedEdit, frozen=True, tag="add_slide", kw_only=True):
    """Add a slide made from one of the deck's own layouts, its placeholders filled."""

    layout: str
    """Name of the layout, as the view lists it; the part's name where two have one name."""
    after: str | None = None
    """Anchor of the slide that comes before. None with `before` None puts it at the end."""
    before: str | None = None
    """Anchor of the slide that comes after."""
    content: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    """Text by placeholder: its type (`title`, `subTitle`, `body`), its index (`1`), its name, or `type:index`.
    Each line is a paragraph; each tab in front of it makes it one level deeper."""
    notes: str | None = None
    """The speaker's notes; None for none."""


class DuplicateSlide(TypedEdit, frozen=True, tag="duplicate_slide", kw_only=True):
    """Copy a slide as it was before the list, with its charts and their workbooks, its notes, its SmartArt."""

    at: str
    """Anchor of the slide."""
    after: str | None = None
    """Anchor of the slide that the copy follows. None is the slide itself."""


class DeleteSlide(TypedEdit, frozen=True, tag="delete_slide", kw_only=True):
    """Delete a slide, with what is its alone, and every link to it."""

    at: str
    """Anchor of the slide."""


class MoveSlide(TypedEdit, frozen=True, tag="move_slide", kw_only=True):
    """Move a slide before or after another, into that one's section."""

    at: str
    """Anchor of the slide that moves."""
    after: str | None = None
    """Anchor of the slide that it then follows. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the slide that it then precedes."""


class HideSlide(TypedEdit, frozen=True, tag="hide_slide", kw_only=True):
    """Leave a slide out of the show, or show it again."""

    at: str
    """Anchor of the slide."""
    hidden: bool = True


class AddSection(TypedEdit, frozen=True, tag="add_section", kw_only=True):
    """Begin a section at a slide; it holds the slides from there to the next section."""

    at: str
    """Anchor of its first slide."""
    name: str


class RenameSection(TypedEdit, frozen=True, tag="rename_section", kw_only=True):
    """Give a section another name."""

    section: str
    """Its name, or its id where two have one name."""
    name: str


class RemoveSection(TypedEdit, frozen=True, tag="remove_section", kw_only=True):
    """Remove a section; its slides go to the section before it, or to the one behind it."""

    section: str
    """Its name, or its id where two have one name."""


class AddComment(TypedEdit, frozen=True, tag="add_comment", kw_only=True):
    """Comment on a slide or on one of its shapes, in the kind of comment that the deck has."""

    at: str
    """Anchor of the slide or shape."""
    text: str


class ReplyComment(TypedEdit, frozen=True, tag="reply_comment", kw_only=True):
    """Answer a comment in its thread."""

    comment: str
    """Id of the comment, such as `s256/comment#0.1`."""
    text: str


class ResolveComment(TypedEdit, frozen=True, tag="resolve_comment", kw_only=True):
    """Mark a comment's thread as resolved, or open it again."""

    comment: str
    """Id of any comment of the thread."""
    resolved: bool = True


class DeleteComment(TypedEdit, frozen=True, tag="delete_comment", kw_only=True):
    """Delete a comment; the first of a thread takes its answers along."""

    comment: str
    """Id of the comment."""


SlideEdit = (
    AddSlide
    | DuplicateSlide
    | DeleteSlide
    | MoveSlide
    | HideSlide
    | AddSection
    | RenameSection
    | RemoveSection
    | AddComment
    | ReplyComment
    | ResolveComment
    | DeleteComment
)
