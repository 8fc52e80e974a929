"""Edits of what a Word document holds beside words: pictures, notes, references, controls, properties."""

from __future__ import annotations

from typing import Literal

from polydesk.office.edits import TypedEdit

NoteKind = Literal["footnote", "endnote"]
Shown = Literal["text", "page"]


class InsertImage(TypedEdit, frozen=True, tag="insert_image", kw_only=True):
    """Insert a picture in a paragraph of its own."""

    after: str | None = None
    """Anchor of the paragraph that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that comes after."""
    data: str
    """The picture file (PNG, JPEG or GIF) in base64."""
    alt: str
    """What it shows, for those who do not see it."""
    width: float | None = None
    """Points; the height follows. None takes the picture's own size, up to the width of the text."""
    tracked: bool | None = None


class ReplaceImage(TypedEdit, frozen=True, tag="replace_image", kw_only=True):
    """Exchange a picture. It keeps its place and width; its height follows the new picture."""

    at: str
    """Anchor of the paragraph that holds it."""
    image: int = 1
    """Which picture of the paragraph, from 1."""
    data: str
    """The picture file (PNG, JPEG or GIF) in base64."""
    alt: str | None = None
    """What it shows; None keeps the text that is there."""


class SetAltText(TypedEdit, frozen=True, tag="set_alt_text", kw_only=True):
    """Say what a picture, chart or other drawing shows, for those who do not see it."""

    at: str
    """Anchor of the paragraph that holds it."""
    image: int = 1
    """Which drawing of the paragraph, from 1."""
    alt: str


class InsertNote(TypedEdit, frozen=True, tag="insert_note", kw_only=True):
    """Insert a footnote or endnote. Words of a note are changed by `replace_text` at the note's own anchor."""

    at: str
    """Anchor of the paragraph, in the body, that gets the reference."""
    find: str | None = None
    """Put it behind these characters; they must occur exactly once. None puts it at the end."""
    start: int | None = None
    """Put it behind so many characters, instead of `find`."""
    text: str
    """The note; each line is a paragraph of it."""
    kind: NoteKind = "footnote"
    tracked: bool | None = None


class InsertLink(TypedEdit, frozen=True, tag="insert_link", kw_only=True):
    """Make words a hyperlink."""

    at: str
    """Anchor of the paragraph."""
    find: str | None = None
    """Link these characters; they must occur exactly once. None links the whole paragraph."""
    start: int | None = None
    """First character of the span, as in `replace_text`."""
    end: int | None = None
    """Character after the span."""
    address: str
    """Where it leads: an http, https or mailto address, or `#` and the name of a bookmark."""


class InsertBookmark(TypedEdit, frozen=True, tag="insert_bookmark", kw_only=True):
    """Give words a name that links and references can lead to."""

    at: str
    """Anchor of the paragraph."""
    find: str | None = None
    """Name these characters; they must occur exactly once. None names the whole paragraph."""
    start: int | None = None
    """First character of the span, as in `replace_text`."""
    end: int | None = None
    """Character after the span."""
    name: str
    """A letter, then letters, digits or underscores, at most 40; new to the document."""


class InsertReference(TypedEdit, frozen=True, tag="insert_reference", kw_only=True):
    """Insert a cross-reference: the text of another paragraph, or its page, kept up to date by Word."""

    at: str
    """Anchor of the paragraph that gets it."""
    find: str | None = None
    """Put it behind these characters; they must occur exactly once. None puts it at the end."""
    start: int | None = None
    """Put it behind so many characters, instead of `find`."""
    to: str
    """Anchor of the paragraph that it refers to, in the body."""
    shows: Shown = "text"
    tracked: bool | None = None


class InsertCaption(TypedEdit, frozen=True, tag="insert_caption", kw_only=True):
    """Insert a numbered caption before or after a paragraph."""

    after: str | None = None
    """Anchor of the paragraph that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that comes after."""
    label: str = "Figure"
    """The word before the number; captions with the same word are counted together."""
    text: str
    tracked: bool | None = None


class InsertToc(TypedEdit, frozen=True, tag="insert_toc", kw_only=True):
    """Insert a table of contents. It lists the headings at once; Word puts in the pages when it updates fields."""

    after: str | None = None
    """Anchor of the paragraph that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the paragraph that comes after."""
    levels: int = 3
    """Headings down to this level, from 1 to 9."""
    tracked: bool | None = None


class InsertPageBreak(TypedEdit, frozen=True, tag="insert_page_break", kw_only=True):
    """Begin a new page with a paragraph."""

    before: str
    """Anchor of the paragraph."""
    tracked: bool | None = None


class FillControl(TypedEdit, frozen=True, tag="fill_control", kw_only=True):
    """Fill a content control: text, a date, a choice of a list, or a check box. Data behind it are filled too."""

    control: str
    """Title or tag of the control, or `#` and its number in the document from 1."""
    value: str
    """The text; a date as `2026-11-24`; what a list shows or stores; `true` or `false` for a check box."""


class SetProperties(TypedEdit, frozen=True, tag="set_properties", kw_only=True):
    """Change the document's properties. What is null stays as it is; empty text takes a property away."""

    title: str | None = None
    subject: str | None = None
    creator: str | None = None
    """The author, as Office calls it."""
    keywords: str | None = None
    description: str | None = None
    category: str | None = None


ContentEdit = (
    InsertImage
    | ReplaceImage
    | SetAltText
    | InsertNote
    | InsertLink
    | InsertBookmark
    | InsertReference
    | InsertCaption
    | InsertToc
    | InsertPageBreak
    | FillControl
    | SetProperties
)
