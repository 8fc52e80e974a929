"""Tables as wholes: new ones, columns, and cells merged or taken apart (ISO/IEC 29500-1, 17.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_P, W_VAL, paragraph_text, whole_number
from polydesk.office.docx.order import put_child
from polydesk.office.docx.paragraphs import live_runs
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import new_run, wrap
from polydesk.office.docx.stories import child_blocks, row_cells, table_rows
from polydesk.office.docx.styles import Style
from polydesk.office.docx.tables import continues_above, grid_span, mark_row
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element, XmlPart

_TC_PR, _GRID = f"{W}tcPr", f"{W}tblGrid"
_BORDERS = ("top", "left", "bottom", "right", "insideH", "insideV")
_MOST_COLUMNS = 63
"""What Word takes."""
_NOT_INHERITED = frozenset(
    f"{W}{name}" for name in ("gridSpan", "vMerge", "hMerge", "tcPrChange", "cellIns", "cellDel")
)


def new_table(rows: Sequence[Sequence[str]], *, style: Style | None, header: bool, width: int) -> Element:
    """A table `width` twentieths of a point wide with equal columns.

    Raises UnsupportedEditError for rows of different lengths, none at all, or more columns than Word takes.
    """
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or not 1 <= min(lengths) <= _MOST_COLUMNS:
        raise UnsupportedEditError(
            f"a table has rows of equal length, 1 to {_MOST_COLUMNS} cells each; these have "
            f"{', '.join(map(str, sorted(lengths))) or 'none'}"
        )
    count = lengths.pop()
    table = etree.Element(f"{W}tbl")
    properties = etree.SubElement(table, f"{W}tblPr")
    if style is not None:
        _child(properties, "tblStyle", style.id)
    _measure(etree.SubElement(properties, f"{W}tblW"), 5000, "pct")
    if style is None:
        _draw_rules(etree.SubElement(properties, f"{W}tblBorders"))
    look = etree.SubElement(properties, f"{W}tblLook")
    look.set(W_VAL, "04A0" if header else "0480")
    for name, on in (("firstRow", header), ("lastRow", False), ("firstColumn", True), ("lastColumn", False)):
        look.set(f"{W}{name}", "1" if on else "0")
    look.set(f"{W}noHBand", "0")
    look.set(f"{W}noVBand", "1")
    grid = etree.SubElement(table, _GRID)
    for _ in range(count):
        etree.SubElement(grid, f"{W}gridCol").set(f"{W}w", str(width // count))
    for number, texts in enumerate(rows):
        table.append(_new_row(texts, width // count, header=header and number == 0, bold=style is None))
    return table


def _new_row(texts: Sequence[str], width: int, *, header: bool, bold: bool) -> Element:
    row = etree.Element(f"{W}tr")
    if header:
        etree.SubElement(etree.SubElement(row, f"{W}trPr"), f"{W}tblHeader")
    look = etree.Element(f"{W}rPr")
    if header and bold:
        etree.SubElement(look, f"{W}b")
    for text in texts:
        cell = etree.SubElement(row, f"{W}tc")
        _measure(etree.SubElement(etree.SubElement(cell, _TC_PR), f"{W}tcW"), width, "dxa")
        _fill(cell, text, look)
    return row


def _fill(cell: Element, text: str, look: Element | None) -> None:
    for line in clean_text(text).split("\n"):
        paragraph = etree.SubElement(cell, W_P)
        if line:
            paragraph.append(new_run(line, look))


def mark_table(table: Element, revisions: Revisions) -> None:
    """Mark every row of a new table as inserted."""
    for row in table_rows(table):
        mark_row(row, "ins", revisions)


# Columns ----------------------------------------------------------------------------------------------------


def insert_column(
    part: XmlPart, cell: Element, texts: Sequence[str], revisions: Revisions, *, before: bool, tracked: bool
) -> None:
    """Put a column beside the cell's through its whole table."""
    table = _table_of(cell)
    at = _start(cell) if before else _start(cell) + grid_span(cell)
    places = [(row, *_place(row, at)) for row in table_rows(table)]
    rows = [row for row, _, inside in places if inside is None]
    if texts and len(texts) != len(rows):
        raise UnsupportedEditError(
            f"{len(rows)} rows of the table get a new cell there and {len(texts)} texts were given; give one for each, "
            "or none",
            part=part.name,
        )
    if tracked and len(rows) < len(places):
        raise UnsupportedEditError(
            'a merged cell lies across the place, which cannot be tracked; insert the column with "tracked": false',
            part=part.name,
        )
    width = _insert_grid_column(part, table, at, cell)
    words = iter(texts)
    for row, neighbour, inside in places:
        if inside is not None:
            part.touch(inside)
            _set_span(inside, grid_span(inside) + 1)
            continue
        new = _beside(neighbour, next(words, ""), width, at)
        _put(part, row, neighbour, new, at)
        if tracked:
            _mark_cell(new, "ins", revisions)


def delete_column(part: XmlPart, cell: Element, revisions: Revisions, *, tracked: bool) -> None:
    """Take the cell's column out of its table."""
    if grid_span(cell) > 1:
        raise UnsupportedEditError("the cell spans several columns; name one that spans a single one", part=part.name)
    table, at = _table_of(cell), _start(cell)
    rows = table_rows(table)
    if all(len(row_cells(row)) <= 1 for row in rows):
        raise UnsupportedEditError("it is the table's only column; delete the table", part=part.name)
    covering = [_covering(row, at) for row in rows]
    if tracked and any(one is not None and grid_span(one) > 1 for one in covering):
        raise UnsupportedEditError(
            'a merged cell lies across the column, which cannot be tracked; delete it with "tracked": false',
            part=part.name,
        )
    for row, covered in zip(rows, covering, strict=True):
        if covered is None:
            continue
        if tracked:
            part.touch(covered)
            _mark_cell(covered, "del", revisions)
        elif grid_span(covered) > 1:
            part.touch(covered)
            _set_span(covered, grid_span(covered) - 1)
        elif len(row_cells(row)) == 1:
            part.remove(row)
        else:
            part.remove(covered)
    if not tracked:
        _delete_grid_column(part, table, at)


def _beside(neighbour: Element | None, text: str, width: int, at: int) -> Element:
    """A cell in the likeness of its neighbour."""
    new = etree.Element(f"{W}tc")
    properties = None if neighbour is None else neighbour.find(_TC_PR)
    copy = etree.Element(_TC_PR) if properties is None else deepcopy(properties)
    copy.tail = None
    for child in [child for child in copy if child.tag in _NOT_INHERITED]:
        copy.remove(child)
    new.append(copy)
    measure = etree.Element(f"{W}tcW")
    _measure(measure, width, "dxa")
    put_child(copy, measure)
    model = (
        next((block for block in child_blocks(neighbour) if block.tag == W_P), None) if neighbour is not None else None
    )
    look = next((run.find(f"{W}rPr") for run in model.iter(f"{W}r")), None) if model is not None else None
    _fill(new, text, look)
    own = model.find(f"{W}pPr") if model is not None else None
    if own is not None:
        for paragraph in new.iter(W_P):
            kept = deepcopy(own)
            kept.tail = None
            for name in ("rPr", "pPrChange", "sectPr"):
                for child in kept.findall(f"{W}{name}"):
                    kept.remove(child)
            paragraph.insert(0, kept)
    return new


def _mark_cell(cell: Element, kind: str, revisions: Revisions) -> None:
    put_child(cell_properties(cell), revisions.mark("cellIns" if kind == "ins" else "cellDel"))
    for paragraph in cell.iter(W_P):
        wrap(live_runs(paragraph), kind, revisions)


def _put(part: XmlPart, row: Element, neighbour: Element | None, new: Element, at: int) -> None:
    if neighbour is None:
        part.touch(row)
        row.append(new)
    elif _start(neighbour) >= at:
        part.insert_before(neighbour, new)
    else:
        part.insert_after(neighbour, new)


def _place(row: Element, at: int) -> tuple[Element | None, Element | None]:
    """For a border between grid columns: the cell beside it, or the merged cell that lies across it."""
    last: Element | None = None
    for cell in row_cells(row):
        start = _start(cell)
        if start >= at:
            return (cell if last is None else last), None
        if start < at < start + grid_span(cell):
            return None, cell
        last = cell
    return last, None


def _covering(row: Element, at: int) -> Element | None:
    return next((cell for cell in row_cells(row) if _start(cell) <= at < _start(cell) + grid_span(cell)), None)


def _insert_grid_column(part: XmlPart, table: Element, at: int, cell: Element) -> int:
    """Put a column as wide as the cell's into the grid, the others narrowed to make room; its width."""
    grid = table.find(_GRID)
    columns = [] if grid is None else grid.findall(f"{W}gridCol")
    widths = [whole_number(column.get(f"{W}w")) or 0 for column in columns]
    total = sum(widths)
    new = total // (len(widths) + 1) if widths else 1440
    if grid is None:
        return new
    part.touch(grid)
    for column, width in zip(columns, widths, strict=True):
        column.set(f"{W}w", str(width * (total - new) // total if total else width))
    column = etree.Element(f"{W}gridCol")
    column.set(f"{W}w", str(new))
    grid.insert(min(at, len(columns)), column)
    return new


def _delete_grid_column(part: XmlPart, table: Element, at: int) -> None:
    grid = table.find(_GRID)
    columns = [] if grid is None else grid.findall(f"{W}gridCol")
    if grid is not None and at < len(columns):
        part.touch(grid)
        grid.remove(columns[at])


# Merged cells -----------------------------------------------------------------------------------------------


def merge_cells(part: XmlPart, first: Element, last: Element) -> None:
    """Make one cell of those between two corners. Raises UnsupportedEditError when they form no rectangle."""
    table = _table_of(first)
    if _table_of(last) is not table:
        raise UnsupportedEditError("the two cells are in different tables", part=part.name)
    rows = table_rows(table)
    top, bottom = rows.index(_row_of(first)), rows.index(_row_of(last))
    left, right = _start(first), _start(last) + grid_span(last)
    if top > bottom or left >= right:
        raise UnsupportedEditError("`at` is the upper left cell and `to` the lower right one", part=part.name)
    block = [list(_between(row, left, right, part)) for row in rows[top : bottom + 1]]
    if top == bottom and len(block[0]) == 1:
        raise UnsupportedEditError("there is but one cell between the two", part=part.name)
    if any(continues_above(cell) for cell in block[0]) or _goes_on_below(rows, bottom, left, right):
        raise UnsupportedEditError(
            "a merged cell reaches beyond the two corners; choose corners that take it in whole", part=part.name
        )
    content = [item for cells in block for cell in cells for item in cell if item.tag != _TC_PR]
    kept = [item for item in content if item.tag != W_P or paragraph_text(item) or len(item)]
    for number, cells in enumerate(block):
        _merge_row(part, cells, right - left, _vertical(number, len(block)))
    part.touch(first)
    for item in [item for item in first if item.tag != _TC_PR]:
        first.remove(item)
    words = [item for item in kept if item.tag != W_P or next(item.iter(f"{W}r"), None) is not None]
    first.extend(words)
    if not words or words[-1].tag != W_P:
        etree.SubElement(first, W_P)


def _vertical(number: int, count: int) -> str | None:
    if count == 1:
        return None
    return "restart" if number == 0 else "continue"


def _merge_row(part: XmlPart, cells: Sequence[Element], span: int, vertical: str | None) -> None:
    """Let the first cell take the room of the others."""
    head = cells[0]
    part.touch(head)
    widths = [_width(cell) for cell in cells]
    for cell in cells[1:]:
        part.remove(cell)
    _set_span(head, span)
    properties = cell_properties(head)
    if all(width is not None for width in widths):
        measure = etree.Element(f"{W}tcW")
        _measure(measure, sum(width or 0 for width in widths), "dxa")
        put_child(properties, measure)
    for old in properties.findall(f"{W}vMerge"):
        properties.remove(old)
    if vertical is not None:
        merge = etree.Element(f"{W}vMerge")
        merge.set(W_VAL, vertical)
        put_child(properties, merge)
    if vertical == "continue":
        for item in [item for item in head if item.tag != _TC_PR]:
            head.remove(item)
        etree.SubElement(head, W_P)


def _between(row: Element, left: int, right: int, part: XmlPart) -> Iterator[Element]:
    at = left
    for cell in row_cells(row):
        start, end = _start(cell), _start(cell) + grid_span(cell)
        if end <= left or start >= right:
            continue
        if start < left or end > right:
            raise UnsupportedEditError(
                "a merged cell reaches beyond the two corners; choose corners that take it in whole", part=part.name
            )
        at = end
        yield cell
    if at != right:
        raise UnsupportedEditError("the cells between the two corners form no rectangle", part=part.name)


def _goes_on_below(rows: Sequence[Element], bottom: int, left: int, right: int) -> bool:
    if bottom + 1 >= len(rows):
        return False
    below = (cell for cell in row_cells(rows[bottom + 1]) if left <= _start(cell) < right)
    return any(continues_above(cell) for cell in below)


def split_cell(part: XmlPart, cell: Element) -> None:
    """Take a merged cell apart. Raises UnsupportedEditError for one that is not merged, or begins further up."""
    if continues_above(cell):
        raise UnsupportedEditError("the merged cell begins further up; name it there", part=part.name)
    rows = table_rows(_table_of(cell))
    below = rows[rows.index(_row_of(cell)) + 1 :]
    start, span = _start(cell), grid_span(cell)
    parts = [cell]
    merge = cell.find(f"{_TC_PR}/{W}vMerge")
    if merge is not None:
        for row in below:
            follower = next((one for one in row_cells(row) if _start(one) == start), None)
            if follower is None or not continues_above(follower):
                break
            parts.append(follower)
    if span == 1 and len(parts) == 1:
        raise UnsupportedEditError("the cell is not merged", part=part.name)
    for one in parts:
        _split_row(part, one, span)


def _split_row(part: XmlPart, cell: Element, span: int) -> None:
    part.touch(cell)
    properties = cell_properties(cell)
    for name in ("vMerge", "gridSpan"):
        for child in properties.findall(f"{W}{name}"):
            properties.remove(child)
    width = _width(cell)
    share = None if width is None else width // span
    if share is not None:
        measure = etree.Element(f"{W}tcW")
        _measure(measure, share, "dxa")
        put_child(properties, measure)
    for _ in range(span - 1):
        new = etree.Element(f"{W}tc")
        copy = deepcopy(properties)
        copy.tail = None
        new.append(copy)
        etree.SubElement(new, W_P)
        part.insert_after(cell, new)


# Small things -----------------------------------------------------------------------------------------------


def cell_properties(cell: Element) -> Element:
    """The cell's `w:tcPr`, made when there is none."""
    properties = cell.find(_TC_PR)
    if properties is None:
        properties = etree.Element(_TC_PR)
        cell.insert(0, properties)
    return properties


def _set_span(cell: Element, span: int) -> None:
    properties = cell_properties(cell)
    for old in properties.findall(f"{W}gridSpan"):
        properties.remove(old)
    if span > 1:
        new = etree.Element(f"{W}gridSpan")
        new.set(W_VAL, str(span))
        put_child(properties, new)


def _start(cell: Element) -> int:
    """The grid column at which the cell begins."""
    row = _row_of(cell)
    skipped = row.find(f"{W}trPr/{W}gridBefore")
    column = (None if skipped is None else whole_number(skipped.get(W_VAL))) or 0
    for other in row_cells(row):
        if other is cell:
            break
        column += grid_span(other)
    return column


def _width(cell: Element) -> int | None:
    measure = cell.find(f"{_TC_PR}/{W}tcW")
    known = measure is not None and measure.get(f"{W}type", "dxa") == "dxa"
    return whole_number(measure.get(f"{W}w")) if known and measure is not None else None


def _table_of(element: Element) -> Element:
    return next(element.iterancestors(f"{W}tbl"))


def _row_of(cell: Element) -> Element:
    return next(cell.iterancestors(f"{W}tr"))


def _child(parent: Element, name: str, value: str) -> None:
    etree.SubElement(parent, f"{W}{name}").set(W_VAL, value)


def _measure(element: Element, value: int, type: str) -> None:
    element.set(f"{W}w", str(value))
    element.set(f"{W}type", type)


def _draw_rules(borders: Element) -> None:
    for side in _BORDERS:
        rule = etree.SubElement(borders, f"{W}{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "auto")):
            rule.set(f"{W}{name}", value)
