"""A sheet's rows and cells under insertions, deletions and moves of whole rows and columns, as a stream.

Rows in front of the first change pass by untouched; those behind it are renumbered in their bytes, without a look at
their cells where columns stay. Only moved rows make the stream wait: they are held until their new place comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.axis import AxisMap, Piece
from polydesk.office.formulas.grid import MAX_ROW
from polydesk.office.formulas.shift import SheetShift
from polydesk.office.xlsx.addresses import column_name
from polydesk.office.xlsx.grammar import Grammar, attribute, with_attribute
from polydesk.office.xlsx.rows import Row, RowBlock
from polydesk.office.xlsx.shifting_columns import ColumnShift

Like = Callable[[int], int | None]
"""From the new index of an inserted line to the old line that it takes its look from; None for none."""


class RowShift:
    """Moves the rows of one sheet. `like_row` and `like_column` say what inserted lines look like."""

    def __init__(
        self, shift: SheetShift, *, like_row: Like, like_column: Like, lost: Callable[[int], None] = lambda count: None
    ) -> None:
        """`lost` hears how many references to shared strings go away."""
        self._rows = shift.rows
        self._columns = shift.columns
        self._like_row = like_row
        self._like_column = like_column
        self._lost = lost
        self._by_block = None if shift.columns.is_identity else ColumnShift(shift.columns, like_column)
        self._looks: dict[int, Row] = {}
        self._wanted = {like_row(new) for start, size in shift.rows.new_lines() for new in (start, start + size - 1)}

    def shifted(self, blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        """The sheet's blocks with every row and cell in its new place."""
        moves = any(piece.moved for piece in self._rows.pieces)
        yield from self._reordered(blocks) if moves else self._in_order(blocks)

    def _in_order(self, blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        inserted = [piece for piece in self._rows.pieces if piece.old is None]
        before = 0
        grammar: Grammar | None = None
        for block in blocks:
            grammar = block.grammar
            for start, data in self._placed(block):
                while inserted and start is not None and inserted[0].new < start:
                    new = self._new_rows(inserted.pop(0), grammar)
                    if new:
                        yield (made := RowBlock(new, grammar, before))
                        before = made.last
                yield (made := RowBlock(data, grammar, before))
                before = made.last
        if grammar is None:
            return
        for piece in inserted:
            if new := self._new_rows(piece, grammar):
                yield (made := RowBlock(new, grammar, before))
                before = made.last

    def _reordered(self, blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        """As `_in_order` for rows that change their order: all are held until the last has come."""
        held: list[tuple[int, bytes]] = []
        grammar: Grammar | None = None
        for block in blocks:
            grammar = block.grammar
            held += [(start or 0, data) for row in _single(block) for start, data in self._placed(row)]
        if grammar is None:
            return
        for piece in self._rows.pieces:
            if piece.old is None and (new := self._new_rows(piece, grammar)):
                held.append((piece.new, new))
        held.sort(key=lambda item: item[0])
        yield RowBlock(b"".join(data for _, data in held), grammar, 0)

    def _placed(self, block: RowBlock) -> Iterator[tuple[int | None, bytes]]:
        """The block's rows in stretches, each with the new number of its first row (None when it has no row)."""
        numbers = block.numbers
        if not numbers:
            yield None, block.data
            return
        self._note_looks(block, numbers)
        first, last = min(numbers), max(numbers)
        delta = (self._rows.new(first) or 0) - first
        if self._columns.is_identity and self._rows.moves_as_one(first, last) and last + delta <= MAX_ROW:
            yield first + delta, block.data if not delta else _renumbered(block, delta)
            return
        if self._by_block is not None and self._rows.moves_as_one(first, last) and last + delta <= MAX_ROW:
            data = self._by_block.shifted(block)
            if data is not None:
                self._lost(strings_in(block.data) - strings_in(data))
                moved = RowBlock(data, block.grammar, block.before)
                yield first + delta, data if not delta else _renumbered(moved, delta)
                return
        yield from self._row_by_row(block)

    def _row_by_row(self, block: RowBlock) -> Iterator[tuple[int | None, bytes]]:
        """Stretches of rows that stay side by side."""
        pieces: list[bytes] = []
        start: int | None = None
        expected = 0
        at = 0
        for row in block.rows():
            place = row.place
            new = self._rows.new(row.number)
            between = block.data[at : place.start]
            at = place.end
            if new is None:
                if self._rows.pushed_out(row.number) and any(row.inner(cell) for cell in row.cells):
                    raise _pushed_out(f"row {row.number}")
                self._lost(strings_in(block.data[place.start : place.end]))
                pieces.append(between.strip())
                continue
            if start is not None and self._rows.new(row.number) != expected and self._parted(expected, new):
                yield start, b"".join(pieces)
                pieces, start = [], None
            start = new if start is None else start
            made = _moved_row(row, new, self._columns, self._like_column)
            if not self._columns.is_identity:
                self._lost(strings_in(block.data[place.start : place.end]) - strings_in(made))
            pieces += (between, made)
            expected = new + 1
        pieces.append(block.data[at:])
        if any(pieces):
            yield start, b"".join(pieces)

    def _parted(self, expected: int, new: int) -> bool:
        """Whether new rows come between two places."""
        return any(expected <= begin < new for begin, _ in self._rows.new_lines())

    def _note_looks(self, block: RowBlock, numbers: list[int]) -> None:
        """Keep the rows that inserted ones will look like."""
        wanted = self._wanted & set(numbers) if len(self._wanted) < len(numbers) else self._wanted
        if wanted and any(number in wanted for number in numbers):
            for row in block.rows():
                if row.number in wanted:
                    self._looks[row.number] = row

    def _new_rows(self, piece: Piece, grammar: Grammar) -> bytes:
        rows: list[bytes] = []
        for new in range(piece.new, min(piece.new + piece.size, MAX_ROW + 1)):
            like = self._like_row(new)
            row = None if like is None else self._looks.get(like)
            if row is not None:
                rows.append(_empty_row(row, new, self._columns))
        return b"".join(rows)


def strings_in(cells: bytes) -> int:
    """How many cells refer to a shared string."""
    return cells.count(b' t="s"') + cells.count(b" t='s'")


def _pushed_out(line: str) -> UnsupportedEditError:
    return UnsupportedEditError(
        f"{line} holds something that would be pushed off the sheet's last row or column; clear it or insert less"
    )


def _single(block: RowBlock) -> Iterator[RowBlock]:
    """Each row as a block of its own, with what stands before it."""
    at = 0
    before = block.before
    for place in block.places():
        yield RowBlock(_numbered(block.data[at : place.end], place.number, block), block.grammar, before)
        at, before = place.end, place.number
    if block.data[at:].strip():
        yield RowBlock(block.data[at:], block.grammar, before)


def _numbered(data: bytes, number: int, block: RowBlock) -> bytes:
    """A row that says its number, so that it can stand apart from those before it."""
    if block.grammar.row_number.search(data):
        return data
    mark = block.grammar.row_mark
    return data.replace(mark, mark + b' r="%d"' % number, 1)


@lru_cache(maxsize=8)
def _places(prefix: bytes) -> re.Pattern[bytes]:
    """The row numbers in the tags of rows and cells; groups: what stands before a number in its tag, the number."""
    name = re.escape(prefix)
    return re.compile(rb"(<" + name + rb"(?:row|c)\s(?:[^>\"]*?\"[^\">]*\"\s+)*?r=\"[A-Za-z]*)(\d+)(?=\")")


def _renumbered(block: RowBlock, delta: int) -> bytes:
    """The rows `delta` further down."""
    shape, prefix = block.shape, block.grammar.prefix
    marks = (
        shape.count(b"<" + prefix + b"row") + shape.count(b"<" + prefix + b"c ") + shape.count(b"<" + prefix + b"c>")
    )
    parts = _places(prefix).split(block.data) if shape is block.data else []
    if len(parts) // 3 != marks:
        return (
            b"".join(
                block.data[at : row.place.start] + _moved_row(row, row.number + delta, None, None)
                for at, row in _with_gaps(block)
            )
            + block.data[_end(block) :]
        )
    known: dict[bytes, bytes] = {}
    for index in range(2, len(parts), 3):
        number = parts[index]
        new = known.get(number)
        if new is None:
            new = known[number] = b"%d" % (int(number) + delta)
        parts[index] = new
    return b"".join(parts)


def _with_gaps(block: RowBlock) -> Iterator[tuple[int, Row]]:
    at = 0
    for row in block.rows():
        yield at, row
        at = row.place.end


def _end(block: RowBlock) -> int:
    return max((place.end for place in block.places()), default=0)


def _moved_row(row: Row, new: int, columns: AxisMap | None, like: Like | None) -> bytes:
    """The row at another place, its cells where the columns are now."""
    place, data = row.place, row.block.data
    prefix = row.block.grammar.prefix
    attributes = with_attribute(place.attributes, b"r", b"%d" % new)
    shifts = columns is not None and not columns.is_identity
    if shifts and columns is not None:
        attributes = _with_spans(attributes, columns)
    tag = b"<" + prefix + b"row" + attributes
    if place.empty_tag:
        return tag + b"/>"
    if shifts and columns is not None and like is not None:
        inner = _shifted_cells(row, new, columns, like)
    else:
        inner = _renamed_cells(row, new)
    end = data.rfind(b"</", place.tag_end, place.end)
    return tag + b">" + inner + data[end : place.end]


def _renamed_cells(row: Row, new: int) -> bytes:
    place, data = row.place, row.block.data
    pieces: list[bytes] = []
    at = place.tag_end
    for cell in row.cells:
        name = b"%s%d" % (column_name(cell.column).encode(), new)
        pieces += (data[at : cell.start], _renamed(row, cell.start, cell.end, cell.attributes, name))
        at = cell.end
    return b"".join([*pieces, data[at : data.rfind(b"</", at, place.end)]])


def _shifted_cells(row: Row, new: int, columns: AxisMap, like: Like) -> bytes:
    cells: dict[int, bytes] = {}
    styles: dict[int, bytes] = {}
    for cell in row.cells:
        style = attribute(cell.attributes, b"s")
        if style is not None:
            styles[cell.column] = style
        column = columns.new(cell.column)
        if column is None and row.inner(cell) and columns.pushed_out(cell.column):
            raise _pushed_out(f"column {column_name(cell.column)}")
        if column is not None:
            name = b"%s%d" % (column_name(column).encode(), new)
            cells[column] = _renamed(row, cell.start, cell.end, cell.attributes, name)
    prefix = row.block.grammar.prefix
    for start, size in columns.new_lines():
        for column in range(start, start + size):
            style = styles.get(like(column) or 0)
            if style not in (None, b"0"):
                name = b"%s%d" % (column_name(column).encode(), new)
                cells[column] = b"<" + prefix + b'c r="' + name + b'" s="' + (style or b"") + b'"/>'
    return b"".join(cells[column] for column in sorted(cells))


def _renamed(row: Row, start: int, end: int, attributes: bytes, name: bytes) -> bytes:
    """A cell's bytes with another reference."""
    head = len(b"<" + row.block.grammar.prefix + b"c")
    data = row.block.data
    return (
        data[start : start + head] + with_attribute(attributes, b"r", name) + data[start + head + len(attributes) : end]
    )


def _with_spans(attributes: bytes, columns: AxisMap) -> bytes:
    """The `spans` of a row, which say where its cells lie, for columns that moved."""
    spans = attribute(attributes, b"spans")
    if spans is None:
        return attributes
    new: list[str] = []
    for span in spans.decode("ascii", "replace").split():
        first, _, last = span.partition(":")
        moved = columns.span(int(first), int(last)) if first.isdigit() and last.isdigit() else None
        new += [f"{moved[0]}:{moved[1]}"] if moved else []
    return with_attribute(attributes, b"spans", " ".join(new).encode() if new else None)


def _empty_row(like: Row, new: int, columns: AxisMap) -> bytes:
    """A new row with the height and formats of another, and nothing in it; nothing when that has no look of its own."""
    prefix = like.block.grammar.prefix
    cells: dict[int, bytes] = {}
    for cell in like.cells:
        style, column = attribute(cell.attributes, b"s"), columns.new(cell.column)
        if style not in (None, b"0") and column is not None:
            name = b"%s%d" % (column_name(column).encode(), new)
            cells[column] = b"<" + prefix + b'c r="' + name + b'" s="' + (style or b"") + b'"/>'
    kept = b"".join(
        b" " + name + b'="' + value + b'"'
        for name in (b"s", b"customFormat", b"ht", b"customHeight", b"outlineLevel")
        if (value := attribute(like.place.attributes, name)) is not None
    )
    if not kept and not cells:
        return b""
    tag = b"<" + prefix + b'row r="%d"' % new + kept
    if not cells:
        return tag + b"/>"
    return tag + b">" + b"".join(cells[column] for column in sorted(cells)) + b"</" + prefix + b"row>"
