"""What a reader sees in a presentation, as plain values with a JSON form, each place with its anchor."""

from __future__ import annotations

from typing import Literal

import msgspec

from polydesk.office.drawing.charts import ChartView
from polydesk.office.pptx.shapes import ShapeKind


class _View(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a view."""


class RunView(_View, frozen=True, kw_only=True):
    """Neighbouring characters of one look, inherited or its own."""

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    size_pt: float | None = None
    """None where it is the paragraph's usual size."""
    color: str | None = None
    """As written: `FF0000`, or the theme's word, such as `accent1`. None for the usual one."""
    link: str | None = None
    """Where a hyperlink leads: an address, `slide s257`, or PowerPoint's word for an action, such as `nextslide`."""
    field: str | None = None
    """Type of the field whose text this is, such as `slidenum`; None for plain words."""


class ParagraphView(_View, frozen=True, kw_only=True):
    """One paragraph."""

    anchor: str
    text: str
    """A line break is a newline."""
    level: int = 0
    label: str | None = None
    """Bullet or number as shown before the text; None when there is none."""
    runs: tuple[RunView, ...] = ()
    """The looks inside, when there is more than one or a particular one; empty for plain text."""
    equations: tuple[str, ...] = ()
    """The characters of its equations, which `text` leaves out."""


class CellView(_View, frozen=True, kw_only=True):
    """One table cell."""

    anchor: str
    text: str
    """Its paragraphs joined by newlines, line breaks inside them as vertical tabs."""
    paragraphs: tuple[ParagraphView, ...] = ()
    """Given where there are several paragraphs, levels, bullets or looks."""
    columns: int = 1
    """Columns it spans."""
    rows: int = 1
    """Rows it spans."""
    merged: bool = False
    """Whether another cell spans over it, so that its own text is not shown."""


class RowView(_View, frozen=True, kw_only=True):
    """One table row."""

    anchor: str
    cells: tuple[CellView, ...]
    height: int = 0
    """In EMU."""


class ShapeView(_View, frozen=True, kw_only=True):
    """One shape, picture, table, chart or group."""

    anchor: str
    kind: ShapeKind
    name: str = ""
    placeholder: str | None = None
    """Type of the placeholder, such as `title`, `body`, `pic`, `dt`, with `:` and its index where that is not 0;
    None for a shape of its own."""
    x: int | None = None
    """Left edge in EMU (914,400 to the inch), as inherited; None where neither it nor its layout says it."""
    y: int | None = None
    width: int | None = None
    height: int | None = None
    rotation: float = 0.0
    """Degrees, clockwise."""
    geometry: str | None = None
    """Preset form of a drawn shape, such as `ellipse`; None for a plain rectangle."""
    alt_text: str | None = None
    alt_title: str | None = None
    decorative: bool = False
    hidden: bool = False
    link: str | None = None
    """Where a click on it leads, as in runs."""
    paragraphs: tuple[ParagraphView, ...] = ()
    rows: tuple[RowView, ...] = ()
    columns: tuple[int, ...] = ()
    """Widths of a table's columns in EMU."""
    chart: ChartView | None = None
    smartart: tuple[str, ...] = ()
    """The texts of SmartArt in reading order, each indented by a tab for every level."""
    content: str | None = None
    """Part of a picture's image, an embedded object or a film; an address for what is linked. None for others."""
    shapes: tuple[ShapeView, ...] = ()
    """What a group holds."""


class NotesView(_View, frozen=True, kw_only=True):
    """The speaker's notes of one slide."""

    anchor: str
    paragraphs: tuple[ParagraphView, ...] = ()

    @property
    def text(self) -> str:
        """The paragraphs joined by newlines."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)


class CommentView(_View, frozen=True, kw_only=True):
    """One comment."""

    id: str
    """Such as `s256/comment#1.3`."""
    author: str
    text: str
    date: str | None = None
    parent: str | None = None
    """Id of the comment that it answers; None for the first of a thread."""
    resolved: bool = False
    anchor: str | None = None
    """The shape that it is about; None for the slide as a whole."""


class AnimationView(_View, frozen=True, kw_only=True):
    """One animated step."""

    kind: str
    """`entrance`, `emphasis`, `exit`, `path`, `media`, …"""
    shape: str
    """Anchor of the shape, without hash; its id where the slide has no such shape."""
    start: str
    """`click`, `with_previous`, `after_previous`; empty for what is not in the sequence."""


class SlideView(_View, frozen=True, kw_only=True):
    """One slide."""

    anchor: str
    number: int
    """Place in the show, from 1."""
    part: str
    layout: str | None = None
    """Name of its layout."""
    title: str | None = None
    """Text of its title placeholder; None when it has none."""
    hidden: bool = False
    section: str | None = None
    """Name of the section it is in; None without one."""
    shapes: tuple[ShapeView, ...] = ()
    notes: NotesView | None = None
    comments: tuple[CommentView, ...] = ()
    transition: str | None = None
    """Name of the transition into it; None without one."""
    animations: tuple[AnimationView, ...] = ()


class PlaceholderView(_View, frozen=True, kw_only=True):
    """One placeholder of a layout."""

    index: int
    type: str
    name: str
    x: int | None = None
    y: int | None = None
    width: int | None = None
    height: int | None = None


class LayoutView(_View, frozen=True, kw_only=True):
    """One layout that a new slide may be made from."""

    name: str
    part: str
    placeholders: tuple[PlaceholderView, ...] = ()


class SectionView(_View, frozen=True, kw_only=True):
    """One section of the slide list."""

    id: str
    name: str
    slides: tuple[str, ...] = ()
    """Names of its slides, such as `s256`."""


class FindingView(_View, frozen=True, kw_only=True):
    """Something to know before an edit."""

    kind: str
    text: str
    part: str | None = None
    blocks_edit: bool = False


class PresentationView(_View, frozen=True, kw_only=True):
    """A whole presentation as a reader sees it."""

    format: Literal["pptx"] = "pptx"
    sha256: str
    """Of the file's bytes."""
    width: int
    """Of a slide, in EMU."""
    height: int
    slides: tuple[SlideView, ...] = ()
    sections: tuple[SectionView, ...] = ()
    layouts: tuple[LayoutView, ...] = ()
    shows: tuple[str, ...] = ()
    """Names of the custom shows."""
    findings: tuple[FindingView, ...] = ()
