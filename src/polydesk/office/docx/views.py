"""What a reader sees in a Word document, as plain values with a JSON form, each place with its anchor."""

from __future__ import annotations

from typing import Literal

import msgspec


class _View(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a view."""


class RunView(_View, frozen=True, kw_only=True):
    """Neighbouring characters of one look."""

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    style: str | None = None
    """Name of the character style; None for the paragraph's own look."""
    link: str | None = None
    """Where a hyperlink leads: an address, or `#bookmark`."""


MarkKind = Literal[
    "footnote", "endnote", "comment", "image", "object", "text_box", "equation", "field", "content_control", "bookmark"
]


class MarkView(_View, frozen=True, kw_only=True):
    """Something in a paragraph that is not characters, or that lies around some."""

    kind: MarkKind
    start: int
    """Offset in the paragraph's `text`."""
    end: int
    """Offset behind it; equal to `start` for a point."""
    ref: str | None = None
    """What it refers to or is called: a note's or comment's id, an image's alternative text, a field's instruction,
    a content control's title, a bookmark's name. None when it has none."""


class ParagraphView(_View, frozen=True, kw_only=True, tag="paragraph", tag_field="type"):
    """One paragraph with every tracked insertion in it and every tracked deletion left out."""

    anchor: str
    text: str
    style: str | None = None
    """Name of the paragraph style; None for the document's default style."""
    level: int | None = None
    """Heading level from 1; None for body text."""
    label: str | None = None
    """Number or bullet as printed before the text; None when there is none."""
    runs: tuple[RunView, ...] = ()
    """The looks inside, when there is more than one or a particular one; empty for plain text."""
    marks: tuple[MarkView, ...] = ()
    changes: tuple[str, ...] = ()
    """Ids of tracked changes that touch this paragraph."""


class CellView(_View, frozen=True, kw_only=True):
    """One table cell."""

    anchor: str
    text: str
    """Its paragraphs joined by newlines."""
    blocks: tuple[BlockView, ...]
    columns: int = 1
    """Grid columns it spans."""
    merged_above: bool = False
    """Whether it continues the cell above it."""


class RowView(_View, frozen=True, kw_only=True):
    """One table row."""

    anchor: str
    cells: tuple[CellView, ...]
    header: bool = False
    """Whether it repeats at the top of each page."""
    change: str | None = None
    """Id of the tracked change that inserted or deleted the row; None when there is none."""


class TableView(_View, frozen=True, kw_only=True, tag="table", tag_field="type"):
    """One table."""

    anchor: str
    rows: tuple[RowView, ...]
    style: str | None = None


BlockView = ParagraphView | TableView

StoryKind = Literal["body", "header", "footer", "footnote", "endnote", "comment", "text_box"]


class StoryView(_View, frozen=True, kw_only=True):
    """One run of text that is read on its own."""

    kind: StoryKind
    part: str
    """Name of the part that holds it."""
    blocks: tuple[BlockView, ...]
    ref: str | None = None
    """Id of the note or comment, or anchor of the paragraph that holds the text box; None for the others."""


class CommentView(_View, frozen=True, kw_only=True):
    """One comment."""

    id: str
    """Such as `comment#3`."""
    author: str
    text: str
    date: str | None = None
    """As the file has it; None when it has none."""
    parent: str | None = None
    """Id of the comment that it answers; None for the first of a thread."""
    resolved: bool = False
    anchor: str | None = None
    """The paragraph where the commented words begin; None when the document no longer holds them."""
    quote: str = ""
    """The commented words; empty when the comment stands at a point."""


ChangeKind = Literal[
    "insertion",
    "deletion",
    "move_from",
    "move_to",
    "paragraph_insertion",
    "paragraph_deletion",
    "row_insertion",
    "row_deletion",
    "cell_insertion",
    "cell_deletion",
    "cell_merge",
    "formatting",
]


class ChangeView(_View, frozen=True, kw_only=True):
    """One tracked change."""

    id: str
    """Such as `body#17`: the story's short name and the revision's own id."""
    kind: ChangeKind
    author: str
    text: str = ""
    """The words inserted, deleted or moved; for formatting, what changed."""
    date: str | None = None
    anchor: str | None = None
    """The paragraph it is in; None outside paragraphs."""


class FindingView(_View, frozen=True, kw_only=True):
    """Something to know before an edit."""

    kind: str
    text: str
    part: str | None = None
    blocks_edit: bool = False


class DocumentView(_View, frozen=True, kw_only=True):
    """A whole Word document as a reader sees it."""

    format: Literal["docx"] = "docx"
    sha256: str
    """Of the file's bytes."""
    stories: tuple[StoryView, ...]
    """The body first, then headers, footers, notes and text boxes in the order of the file."""
    comments: tuple[CommentView, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    styles: tuple[str, ...] = ()
    """Names of the paragraph styles that may be used."""
    findings: tuple[FindingView, ...] = ()
