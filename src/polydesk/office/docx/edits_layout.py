"""Edits of how a Word document looks: characters, paragraphs, lists, sections. Lengths are points, 72 to the inch."""

from __future__ import annotations

from typing import Literal

from polydesk.office.edits import TypedEdit

Alignment = Literal["left", "center", "right", "justify"]
Highlight = Literal[
    "yellow",
    "green",
    "cyan",
    "magenta",
    "blue",
    "red",
    "darkBlue",
    "darkCyan",
    "darkGreen",
    "darkMagenta",
    "darkRed",
    "darkYellow",
    "darkGray",
    "lightGray",
    "black",
    "white",
    "none",
]
Underline = Literal["single", "double", "dotted", "dash", "wave", "words", "none"]
Position = Literal["superscript", "subscript", "baseline"]
ListKind = Literal["bullet", "number", "none"]
SectionStart = Literal["next_page", "continuous", "even_page", "odd_page"]
Orientation = Literal["portrait", "landscape"]


class SetFormat(TypedEdit, frozen=True, tag="set_format", kw_only=True):
    """Change the look of a paragraph's characters, or of a span of them. What is null stays as it is."""

    at: str
    """Anchor of the paragraph."""
    find: str | None = None
    """Format these characters alone; they must occur exactly once. None formats the whole paragraph."""
    start: int | None = None
    """First character of the span, as in `replace_text`."""
    end: int | None = None
    """Character after the span."""
    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    underline: Underline | None = None
    color: str | None = None
    """Six hexadecimal digits of red, green and blue, or `auto`."""
    highlight: Highlight | None = None
    size: float | None = None
    """Height in points, to the half point."""
    font: str | None = None
    """Name of the typeface."""
    position: Position | None = None
    style: str | None = None
    """Id or name of a character style of the document."""
    tracked: bool | None = None


class SetParagraphFormat(TypedEdit, frozen=True, tag="set_paragraph_format", kw_only=True):
    """Change the layout of a paragraph. What is null stays as it is."""

    at: str
    """Anchor of the paragraph."""
    alignment: Alignment | None = None
    space_before: float | None = None
    """Points above it."""
    space_after: float | None = None
    """Points below it."""
    line_spacing: float | None = None
    """Height of a line as a multiple of the font's own: 1, 1.5, 2."""
    indent_left: float | None = None
    indent_right: float | None = None
    first_line: float | None = None
    """Points by which the first line is indented beyond the others; negative hangs it out."""
    keep_with_next: bool | None = None
    page_break_before: bool | None = None
    tracked: bool | None = None


class SetList(TypedEdit, frozen=True, tag="set_list", kw_only=True):
    """Make a paragraph an item of a list, change its level, or take it out of its list."""

    at: str
    """Anchor of the paragraph."""
    kind: ListKind
    level: int = 0
    """Depth in the list, from 0 to 8."""
    restart: bool = False
    """Begin a new list that counts from 1. False continues the list above it where there is one of that kind."""
    tracked: bool | None = None


class InsertSectionBreak(TypedEdit, frozen=True, tag="insert_section_break", kw_only=True):
    """End a section behind a paragraph. Both halves begin with the page layout that the section had."""

    after: str
    """Anchor of the paragraph that ends the first half; it stands in the body, outside tables and text boxes."""
    start: SectionStart = "next_page"
    """Where the second half begins."""


class SetSection(TypedEdit, frozen=True, tag="set_section", kw_only=True):
    """Change the page layout of the section that a paragraph stands in. What is null stays as it is."""

    at: str
    """Anchor of any paragraph of the section."""
    orientation: Orientation | None = None
    """Turns the page; width, height and margins go with it."""
    page_width: float | None = None
    page_height: float | None = None
    margin_top: float | None = None
    margin_bottom: float | None = None
    margin_left: float | None = None
    margin_right: float | None = None
    columns: int | None = None
    """Number of columns of text, of equal width."""
    column_gap: float | None = None
    """Points between columns."""
    tracked: bool | None = None


LayoutEdit = SetFormat | SetParagraphFormat | SetList | InsertSectionBreak | SetSection
