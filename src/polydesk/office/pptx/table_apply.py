"""How each edit of tables is planned and made."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.anchors import Place, find_place
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.editing import INSERTION, REMOVAL, Editing, Plans
from polydesk.office.pptx.frames import (
    add_shape,
    checked,
    empty_placeholder,
    free_shape_id,
    slide_size,
    transform,
    tree_of,
)
from polydesk.office.pptx.inheritance import Box, Inheritance, box_of, emu
from polydesk.office.pptx.names import TABLE_URI
from polydesk.office.pptx.new_parts import element, serialised
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.object_edits import AddTable, DeleteColumn, DeleteRow, InsertColumn, InsertRow
from polydesk.office.pptx.paragraphs import new_paragraph, parse_lines
from polydesk.office.pptx.shapes import Shape, properties_of
from polydesk.office.pptx.tables import (
    Grid,
    column_text,
    delete_column,
    delete_row,
    grid_of,
    insert_column,
    insert_row,
    row_text,
)
from polydesk.office.pptx.text_apply import one_side

_ROW_HEIGHT = 370840
_DEFAULT_STYLE = "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}"
"""Medium Style 2, Accent 1: what PowerPoint gives a table where the deck names no other default."""
_FILLS = {"obj", "tbl", "body"}
_MAX_CELLS = 75 * 75
"""PowerPoint's own bound on a new table."""


def _row(editing: Editing, anchor: str) -> tuple[Place, Grid, int]:
    place = find_place(editing.deck, anchor, "row")
    table = place.element.getparent()
    assert table is not None
    grid = grid_of(table)
    return place, grid, grid.rows.index(place.element)


def _column(editing: Editing, anchor: str) -> tuple[Place, Grid, int]:
    place = find_place(editing.deck, anchor, "cell")
    row = place.element.getparent()
    table = None if row is None else row.getparent()
    assert table is not None
    assert row is not None
    grid = grid_of(table)
    return place, grid, grid.cells[grid.rows.index(row)].index(place.element)


def _insert_row(editing: Editing, index: int, edit: InsertRow) -> None:
    anchor, before = one_side(edit.after, edit.before)
    place, grid, _ = _row(editing, anchor)
    _check_texts(edit.cells, len(grid.columns))
    editing.claim(index, grid.table, "grid", shared="rows")

    def make() -> None:
        now = grid_of(grid.table)
        beside = place.element if before else editing.last_after.get(place.element, place.element)
        at = now.rows.index(beside)
        new = insert_row(place.part, now, at if before else at + 1, now.rows.index(place.element), edit.cells)
        if not before:
            editing.last_after[place.element] = new
        _resize(place, emu(new.get("h")))
        editing.told(index, after=row_text(new))

    editing.step(INSERTION, index, make)


def _delete_row(editing: Editing, index: int, edit: DeleteRow) -> None:
    place, grid, _ = _row(editing, edit.at)
    editing.claim(index, place.element, "being")
    editing.claim(index, grid.table, "grid", shared="rows")

    def make() -> None:
        now = grid_of(grid.table)
        editing.told(index, before=row_text(place.element))
        delete_row(place.part, now, now.rows.index(place.element))
        _resize(place, -emu(place.element.get("h")))

    editing.step(REMOVAL, index, make)


def _insert_column(editing: Editing, index: int, edit: InsertColumn) -> None:
    anchor, before = one_side(edit.after, edit.before)
    place, grid, number = _column(editing, anchor)
    _check_texts(edit.cells, len(grid.rows))
    editing.claim(index, grid.table, "grid", shared="columns")
    column = grid.columns[number]

    def make() -> None:
        now = grid_of(grid.table)
        beside = column if before else editing.last_after.get(column, column)
        at = now.columns.index(beside)
        new = insert_column(place.part, now, at if before else at + 1, now.columns.index(column), edit.cells)
        if not before:
            editing.last_after[column] = new
        editing.told(index, after="\n".join(edit.cells))

    editing.step(INSERTION, index, make)


def _delete_column(editing: Editing, index: int, edit: DeleteColumn) -> None:
    place, grid, number = _column(editing, edit.at)
    column = grid.columns[number]
    editing.claim(index, column, "being")
    editing.claim(index, grid.table, "grid", shared="columns")

    def make() -> None:
        now = grid_of(grid.table)
        at = now.columns.index(column)
        editing.told(index, before=column_text(now, at))
        delete_column(place.part, now, at)

    editing.step(REMOVAL, index, make)


def _add(editing: Editing, index: int, edit: AddTable) -> None:
    place = find_place(editing.deck, edit.at, "slide", "shape")
    columns = len(edit.rows[0]) if edit.rows else 0
    if not columns or any(len(row) != columns for row in edit.rows) or len(edit.rows) * columns > _MAX_CELLS:
        raise UnsupportedEditError(
            f"a table has at least one row, equally many texts in each, and at most {_MAX_CELLS} cells"
        )
    for row in edit.rows:
        _check_texts(row, columns)
    tree_of(place.part)
    shape: Shape | None = None
    if place.level == "shape":
        shape, box = empty_placeholder(editing.deck, place, _FILLS)
        editing.claim(index, shape.element, "being")
    else:
        box = _box(editing.deck, place, edit)
    style = _style(editing.deck)

    def make() -> None:
        id = free_shape_id(place.part)
        frame = element(_markup(id, box, edit.rows, style))
        holder = frame.find(f"{P}nvGraphicFramePr/{P}nvPr")
        assert holder is not None
        if shape is None or shape.placeholder is None:
            add_shape(place.part, frame)
        else:
            holder.append(element(serialised(shape.placeholder)))
            properties, own = properties_of(frame), properties_of(shape.element)
            if properties is not None and own is not None:
                id = whole(own.get("id"), id)
                properties.set("id", str(id))
            place.part.insert_after(shape.element, frame)
            place.part.remove(shape.element)
        editing.told(index, after="\n".join("\t".join(row) for row in edit.rows))
        editing.note(index, f"The new table is {place.slide.name}/sh{id}.")

    editing.step(INSERTION, index, make)


def _check_texts(texts: tuple[str, ...], wanted: int) -> None:
    if len(texts) != wanted:
        raise UnsupportedEditError(f"{len(texts)} texts were given for {wanted} cells; give one for each")
    for text in texts:
        parse_lines(text)


def _box(deck: Deck, place: Place, edit: AddTable) -> Box:
    """Where a table stands that fills no placeholder: where the slide's layout has its text, unless told."""
    width, height = slide_size(deck)
    usual = Box(x=width // 20, y=height // 4, width=width * 9 // 10, height=height // 2)
    layout = deck.related(place.part.name, "slideLayout")
    if layout is not None:
        inheritance = Inheritance(deck)
        for shape in deck.every_shape(layout):
            if inheritance.placeholder_type(layout, shape.element) in ("body", "obj"):
                usual = inheritance.box(layout, shape.element) or usual
                break
    return checked(
        Box(
            x=usual.x if edit.x is None else edit.x,
            y=usual.y if edit.y is None else edit.y,
            width=usual.width if edit.width is None else edit.width,
            height=_ROW_HEIGHT * len(edit.rows),
        )
    )


def _style(deck: Deck) -> str:
    styles = deck.related(deck.main_part, "tableStyles")
    found = None if styles is None else deck.part(styles).root.get("def")
    return found or _DEFAULT_STYLE


def _markup(id: int, box: Box, rows: tuple[tuple[str, ...], ...], style: str) -> str:
    count = len(rows[0])
    widths = [box.width // count + (1 if number < box.width % count else 0) for number in range(count)]
    grid = "".join(f'<a:gridCol w="{width}"/>' for width in widths)
    body = "".join(
        f'<a:tr h="{_ROW_HEIGHT}">' + "".join(_cell_markup(text) for text in row) + "</a:tr>" for row in rows
    )
    place = transform(Box(x=box.x, y=box.y, width=box.width, height=_ROW_HEIGHT * len(rows)), tag="p:xfrm")
    return (
        f'<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="{id}" name="Table {id - 1}"/><p:cNvGraphicFramePr>'
        f'<a:graphicFrameLocks noGrp="1"/></p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>{place}<a:graphic>'
        f'<a:graphicData uri="{TABLE_URI}"><a:tbl><a:tblPr firstRow="1" bandRow="1"><a:tableStyleId>{style}'
        f"</a:tableStyleId></a:tblPr><a:tblGrid>{grid}</a:tblGrid>{body}</a:tbl></a:graphicData></a:graphic>"
        "</p:graphicFrame>"
    )


def _cell_markup(text: str) -> str:
    cell: Element = element("<a:tc><a:txBody><a:bodyPr/><a:lstStyle/></a:txBody><a:tcPr/></a:tc>")
    body = cell.find(f"{A}txBody")
    assert body is not None
    body.extend(new_paragraph(line, None) for line in parse_lines(text))
    return serialised(cell)


def _resize(place: Place, by: int) -> None:
    """Let the frame around the table grow or shrink with its rows."""
    assert place.shape is not None
    frame = place.shape.element
    transform_node, box = frame.find(f"{P}xfrm"), box_of(frame)
    size = None if transform_node is None else transform_node.find(f"{A}ext")
    if transform_node is not None and size is not None and box is not None and by:
        place.part.touch(transform_node)
        size.set("cy", str(max(box.height + by, 0)))


PLANS: Plans = {
    InsertRow: _insert_row,
    DeleteRow: _delete_row,
    InsertColumn: _insert_column,
    DeleteColumn: _delete_column,
    AddTable: _add,
}
