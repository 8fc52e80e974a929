"""Edits of shapes, pictures and tables."""

from __future__ import annotations

from polydesk.office.edits import TypedEdit


class MoveShape(TypedEdit, frozen=True, tag="move_shape", kw_only=True):
    """Put a shape elsewhere, or give it another size. What is left out stays."""

    at: str
    """Anchor of the shape."""
    x: int | None = None
    """Left edge in EMU (914,400 to the inch, 360,000 to the centimetre)."""
    y: int | None = None
    """Upper edge in EMU."""
    width: int | None = None
    """In EMU."""
    height: int | None = None
    """In EMU."""


class DeleteShape(TypedEdit, frozen=True, tag="delete_shape", kw_only=True):
    """Delete a shape, picture, table, chart or group, with its animations and what is its alone."""

    at: str
    """Anchor of the shape."""


class SetAltText(TypedEdit, frozen=True, tag="set_alt_text", kw_only=True):
    """Give a shape or picture the description that is read to those who cannot see it."""

    at: str
    """Anchor of the shape."""
    text: str
    """The description; empty takes it away."""


class AddTextBox(TypedEdit, frozen=True, tag="add_text_box", kw_only=True):
    """Add a text box to a slide."""

    at: str
    """Anchor of the slide."""
    text: str
    """Each line is a paragraph, as in `set_text`."""
    x: int
    """Left edge in EMU."""
    y: int
    """Upper edge in EMU."""
    width: int
    """In EMU."""
    height: int
    """In EMU."""


class AddPicture(TypedEdit, frozen=True, tag="add_picture", kw_only=True):
    """Put a picture on a slide: into a placeholder, or at a place."""

    at: str
    """Anchor of the slide, or of an empty picture or content placeholder that the picture fills."""
    data: str | None = None
    """The picture's bytes in base64. Exactly one of `data` and `file` is given."""
    file: str | None = None
    """Path of the picture, which the command line reads."""
    alt_text: str
    """The description that is read to those who cannot see it; empty for mere decoration."""
    x: int | None = None
    """Left edge in EMU; None centres it on the slide."""
    y: int | None = None
    """Upper edge in EMU; None centres it."""
    width: int | None = None
    """In EMU; None follows from the height, or is the picture's own, made smaller where the slide demands it."""
    height: int | None = None
    """In EMU; None follows from the width."""


class ReplacePicture(TypedEdit, frozen=True, tag="replace_picture", kw_only=True):
    """Show another image in a picture; place, size, crop and effects stay."""

    at: str
    """Anchor of the picture."""
    data: str | None = None
    """The image's bytes in base64. Exactly one of `data` and `file` is given."""
    file: str | None = None
    """Path of the image, which the command line reads."""
    alt_text: str | None = None
    """The new description; None keeps the old one."""


class AddTable(TypedEdit, frozen=True, tag="add_table", kw_only=True):
    """Add a table in the deck's usual table style: into an empty content placeholder, or at a place."""

    at: str
    """Anchor of the slide, or of an empty content placeholder that the table fills."""
    rows: tuple[tuple[str, ...], ...]
    """The cells' texts, row by row, equally many in each; the first row is the header."""
    x: int | None = None
    """Left edge in EMU; None takes the place of the slide's text."""
    y: int | None = None
    """Upper edge in EMU."""
    width: int | None = None
    """In EMU."""


class InsertRow(TypedEdit, frozen=True, tag="insert_row", kw_only=True):
    """Insert a table row that looks like its neighbour."""

    after: str | None = None
    """Anchor of the row that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of the row that comes after."""
    cells: tuple[str, ...]
    """Text of each column's cell; of a cell that is merged with others the first counts."""


class DeleteRow(TypedEdit, frozen=True, tag="delete_row", kw_only=True):
    """Delete a table row; cells that span over it span one row less."""

    at: str
    """Anchor of the row."""


class InsertColumn(TypedEdit, frozen=True, tag="insert_column", kw_only=True):
    """Insert a table column that looks like its neighbour; the table keeps its width."""

    after: str | None = None
    """Anchor of a cell in the column that comes before. Exactly one of `after` and `before` is given."""
    before: str | None = None
    """Anchor of a cell in the column that comes after."""
    cells: tuple[str, ...]
    """Text of each row's cell."""


class DeleteColumn(TypedEdit, frozen=True, tag="delete_column", kw_only=True):
    """Delete a table column; the table keeps its width."""

    at: str
    """Anchor of a cell in the column."""


ObjectEdit = (
    MoveShape
    | DeleteShape
    | SetAltText
    | AddTextBox
    | AddPicture
    | ReplacePicture
    | AddTable
    | InsertRow
    | DeleteRow
    | InsertColumn
    | DeleteColumn
)
