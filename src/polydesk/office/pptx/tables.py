"""Rows and columns of tables, with merged cells and widths kept consistent (ISO/IEC 29500-1, 21.1.3)."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx.inheritance import emu
from polydesk.office.pptx.names import A16
from polydesk.office.pptx.paragraphs import lines_text, new_paragraph, parse_lines
from polydesk.office.pptx.read_text import span_of
from polydesk.office.pptx.text import body_paragraphs

_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table, row by row, each as many as the grid has columns."""

    table: Element
    rows: list[Element]
    cells: list[list[Element]]
    columns: list[Element]
    """The `a:gridCol`."""


def grid_of(table: Element) -> Grid:
    """The table's grid. Raises UnsupportedEditError where rows and columns do not agree."""
    rows = list(table.iterchildren(f"{A}tr"))
    columns = list(table.iterfind(f"{A}tblGrid/{A}gridCol"))
    cells = [list(row.iterchildren(f"{A}tc")) for row in rows]
    if any(len(row) != len(columns) for row in cells):
        raise UnsupportedEditError("the table's rows and columns do not agree; open and save the file in Office first")
    return Grid(table, rows, cells, columns)


def insert_row(part: XmlPart, grid: Grid, at: int, like: int, texts: tuple[str, ...]) -> Element:
    """Insert a row in front of row `at` (or at the end) that looks like row `like`; return it."""
    _check_count(texts, len(grid.columns))
    row = deepcopy(grid.rows[like])
    row.tail = None
    _renew(row, "rowId", f"row {len(grid.rows)} {texts}")
    below = grid.cells[at] if at < len(grid.rows) else None
    for column, cell in enumerate(row.iterchildren(f"{A}tc")):
        spanned = below is not None and below[column].get("vMerge") in _TRUE
        _set(cell, "rowSpan", None)
        _set(cell, "vMerge", "1" if spanned else None)
        if spanned:
            _set(cell, "gridSpan", below[column].get("gridSpan") if below is not None else None)
            _set(cell, "hMerge", below[column].get("hMerge") if below is not None else None)
            _grow_above(part, grid, at, column, 1)
        write_cell(cell, "" if _is_covered(cell) else texts[column])
    if at < len(grid.rows):
        part.insert_before(grid.rows[at], row)
    else:
        part.insert_after(grid.rows[-1], row)
    return row


def delete_row(part: XmlPart, grid: Grid, at: int) -> None:
    """Delete row `at`. A cell that begins there and spans on begins in the next row instead."""
    if len(grid.rows) == 1:
        raise UnsupportedEditError("it is the table's only row; delete the table")
    for column, cell in enumerate(grid.cells[at]):
        span = span_of(cell, "rowSpan")
        if cell.get("vMerge") in _TRUE:
            _grow_above(part, grid, at, column, -1)
        elif span > 1 and at + 1 < len(grid.rows):
            part.touch(grid.cells[at + 1][column])
            _hand_over(cell, grid.cells[at + 1][column], "rowSpan", span - 1, "vMerge")
    part.remove(grid.rows[at])


def insert_column(part: XmlPart, grid: Grid, at: int, like: int, texts: tuple[str, ...]) -> Element:
    """Insert a column in front of column `at` (or at the end) that looks like column `like`; return its `a:gridCol`."""
    _check_count(texts, len(grid.rows))
    part.touch(grid.table)
    width = sum(emu(column.get("w")) for column in grid.columns)
    new = deepcopy(grid.columns[like])
    _renew(new, "colId", f"column {len(grid.columns)} {texts}")
    _beside(grid.columns, at, new)
    for number, row in enumerate(grid.cells):
        cell = deepcopy(row[like])
        cell.tail = None
        spanned = at < len(row) and row[at].get("hMerge") in _TRUE
        _set(cell, "gridSpan", None)
        _set(cell, "hMerge", "1" if spanned else None)
        if spanned:
            _set(cell, "rowSpan", row[at].get("rowSpan"))
            _set(cell, "vMerge", row[at].get("vMerge"))
            _grow_left(row, at, 1)
        write_cell(cell, "" if _is_covered(cell) else texts[number])
        _beside(row, at, cell)
    _fit([*grid.columns, new], width)
    return new


def delete_column(part: XmlPart, grid: Grid, at: int) -> None:
    """Delete column `at`. A cell that begins there and spans on begins in the next column instead."""
    if len(grid.columns) == 1:
        raise UnsupportedEditError("it is the table's only column; delete the table")
    part.touch(grid.table)
    width = sum(emu(column.get("w")) for column in grid.columns)
    for row in grid.cells:
        cell, span = row[at], span_of(row[at], "gridSpan")
        if cell.get("hMerge") in _TRUE:
            _grow_left(row, at, -1)
        elif span > 1 and at + 1 < len(row):
            _hand_over(cell, row[at + 1], "gridSpan", span - 1, "hMerge")
        _drop(cell)
    _drop(grid.columns[at])
    _fit([column for number, column in enumerate(grid.columns) if number != at], width)


def write_cell(cell: Element, text: str) -> None:
    """Give a cell that is new its text, in the look of what it was copied from."""
    body = cell.find(f"{A}txBody")
    if body is None:
        return
    paragraphs = body_paragraphs(body)
    model = paragraphs[0] if paragraphs else None
    lines = parse_lines(text)
    new = [new_paragraph(line, model) for line in lines]
    for paragraph in paragraphs:
        body.remove(paragraph)
    body.extend(new)


def row_text(row: Element) -> str:
    """The cells' texts, a tab between them."""
    bodies = (cell.find(f"{A}txBody") for cell in row.iterchildren(f"{A}tc"))
    return "\t".join("" if body is None else lines_text(body).replace("\n", " / ") for body in bodies)


def column_text(grid: Grid, column: int) -> str:
    """The texts of a column's cells, one in each line."""
    bodies = (row[column].find(f"{A}txBody") for row in grid.cells)
    return "\n".join("" if body is None else lines_text(body).replace("\n", " / ") for body in bodies)


def _grow_above(part: XmlPart, grid: Grid, at: int, column: int, by: int) -> None:
    """Let the cell above row `at` that spans over it in this column span more or fewer rows."""
    for row in range(at - 1, -1, -1):
        cell = grid.cells[row][column]
        if cell.get("vMerge") not in _TRUE:
            part.touch(cell)
            span = span_of(cell, "rowSpan") + by
            _set(cell, "rowSpan", str(span) if span > 1 else None)
            return


def _grow_left(row: list[Element], at: int, by: int) -> None:
    for cell in reversed(row[:at]):
        if cell.get("hMerge") not in _TRUE:
            span = span_of(cell, "gridSpan") + by
            _set(cell, "gridSpan", str(span) if span > 1 else None)
            return


def _hand_over(cell: Element, heir: Element, span_name: str, span: int, mark: str) -> None:
    """Make `heir` the cell that spans and shows what `cell` did."""
    _set(heir, mark, None)
    _set(heir, span_name, str(span) if span > 1 else None)
    other = "gridSpan" if span_name == "rowSpan" else "rowSpan"
    _set(heir, other, cell.get(other))
    body, old = cell.find(f"{A}txBody"), heir.find(f"{A}txBody")
    if body is not None:
        copy = deepcopy(body)
        copy.tail = None
        if old is not None:
            old.addprevious(copy)
            _drop(old)
        else:
            heir.insert(0, copy)


def _is_covered(cell: Element) -> bool:
    return any(cell.get(name) in _TRUE for name in ("hMerge", "vMerge"))


def _beside(items: list[Element], at: int, new: Element) -> None:
    if at < len(items):
        items[at].addprevious(new)
    else:
        items[-1].addnext(new)


def _fit(columns: list[Element], width: int) -> None:
    """Scale the columns to the table's width, to the last unit."""
    widths = [emu(column.get("w")) for column in columns]
    total = sum(widths) or 1
    done = 0
    for number, column in enumerate(columns):
        new = width - done if number == len(columns) - 1 else round(widths[number] * width / total)
        column.set("w", str(max(new, 0)))
        done += new


def _renew(element: Element, name: str, seen: str) -> None:
    """Give the copy of a row or column an id of its own (a16:rowId, a16:colId)."""
    for mark in element.iter(f"{A16}{name}"):
        old = mark.get("val", "")
        digest = hashlib.blake2b(f"{old}{seen}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
        mark.set("val", str(int.from_bytes(digest, "big")))


def _check_count(texts: tuple[str, ...], wanted: int) -> None:
    if len(texts) != wanted:
        raise UnsupportedEditError(f"{len(texts)} texts were given for {wanted} cells; give one for each")


def _set(cell: Element, name: str, value: str | None) -> None:
    if value is not None:
        cell.set(name, value)
    elif name in cell.attrib:
        del cell.attrib[name]


def _drop(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
